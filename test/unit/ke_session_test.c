/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of the key establishment server with a client of every backend: each good request gets
 * what it should, each bad one an error, and none more than its bounds.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/ke_session.h"
#include "test/unit/pki.h"

#define LABEL "EXPORTER-network-time-security"

/* A server, a client, and what the client read. */
struct world {
	const struct crypto_backend *cb, *sb;
	struct kernel kernel;
	struct ke_session_env env;
	struct tls_identity *identity;
	struct tls_trust *trust;
	struct ke_session *session;
	struct tls *client;
	int step; /* of the client's handshake */
	size_t piece;
	bool random_fails;
	uint8_t answer[4096];
	size_t n_answer;
};

static int random_bytes(struct kernel *k, void *p, size_t n)
{
	struct world *w = (struct world *)((char *)k - offsetof(struct world, kernel));

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)rand();
	return w->random_fails ? -EIO : 0;
}

static const struct kernel_ops ops = {.random = random_bytes};

static struct span text(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static void start(struct world *w, const struct crypto_backend *cb, const struct crypto_backend *sb,
	const char *alpn)
{
	struct tls_client_settings c = {.name = "a.test", .alpn = alpn, .at_s = PKI_NOW};
	struct tls_certificate info;
	struct cookie_keyset set = {0};
	char why[TLS_WHY];

	*w = (struct world){.cb = cb, .sb = sb, .kernel.ops = &ops, .step = -EAGAIN, .piece = 1024};
	w->env = (struct ke_session_env){.crypto = sb,
		.kernel = &w->kernel,
		.aeads = {17, 16, 15},
		.n_aeads = 3,
		.ntp_server = "",
		.ntp_port = 123};
	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		uint8_t random[COOKIE_KEY_RANDOM];

		random_bytes(&w->kernel, random, sizeof(random));
		set.keys[i] = cookie_key_make(i ? &set.keys[i - 1] : NULL, 15, random);
	}
	assert_int_equal(cookie_ring_create(sb, &w->env.ring), 0);
	assert_int_equal(cookie_ring_set(w->env.ring, &set), 0);
	assert_int_equal(sb->identity_create(NULL, &w->identity), 0);
	assert_int_equal(sb->identity_add(w->identity, text(pki_a), text(pki_key), &info, why), 0);
	assert_int_equal(cb->trust_create(NULL, &w->trust), 0);
	assert_int_equal(cb->trust_add_pem(w->trust, text(pki_root), why), 1);
	c.trust = w->trust;
	assert_int_equal(cb->tls_client(&c, &w->client), 0);
	assert_int_equal(ke_session_create(&w->env, w->identity, &w->session), 0);
}

static void finish(struct world *w)
{
	ke_session_destroy(w->session);
	w->cb->tls_destroy(w->client);
	w->cb->trust_destroy(w->trust);
	w->sb->identity_destroy(w->identity);
	cookie_ring_destroy(w->env.ring);
}

/* Moves bytes both ways until nobody has any, the client reading what it is told. */
static void run(struct world *w)
{
	uint8_t bytes[1024];
	bool moved = true;
	size_t n;
	int r;

	for (int i = 0; moved && i < 200000; i++) {
		moved = false;
		if (w->step == -EAGAIN)
			w->step = w->cb->tls_step(w->client);
		n = w->cb->tls_drain(w->client, bytes, w->piece);
		if (n > 0)
			ke_session_feed(w->session, (struct span){bytes, n});
		moved = n > 0;
		n = ke_session_drain(w->session, bytes, w->piece);
		if (n > 0)
			w->cb->tls_feed(w->client, (struct span){bytes, n});
		moved = moved || n > 0;
		while (w->step == 0 && (r = w->cb->tls_read(w->client, w->answer + w->n_answer,
						sizeof(w->answer) - w->n_answer)) > 0)
			w->n_answer += (size_t)r;
	}
	assert_false(moved);
}

static void send_bytes(struct world *w, const void *p, size_t n)
{
	assert_int_equal(w->cb->tls_write(w->client, (struct span){p, n}), 0);
	run(w);
}

#define FOR_ALL_PAIRS(cb, sb)                                                                      \
	for (size_t ci = 0; crypto_backends[ci]; ci++)                                             \
		for (size_t si = 0; crypto_backends[si]; si++)                                     \
			for (const struct crypto_backend *cb = crypto_backends[ci],                \
							 *sb = crypto_backends[si];                \
				cb && crypto_has_tls(cb) && crypto_has_tls(sb); cb = NULL)

static void read_answer(struct world *w, struct nts_response *ret)
{
	const char *reason = "";

	assert_int_equal(
		nts_response_decode((struct span){w->answer, w->n_answer}, ret, &reason), 0);
}

/* Both ends have the same keys, and the cookies hold them. */
static void assert_keys(struct world *w, const struct nts_response *r)
{
	size_t n = crypto_aead_key_length((uint16_t)r->aead);
	uint8_t context[5] = {0, 0, 0, (uint8_t)r->aead, 0}, c2s[64], s2c[64];

	assert_int_equal(w->cb->tls_export(w->client, LABEL, (struct span){context, 5}, c2s, n), 0);
	context[4] = 1;
	assert_int_equal(w->cb->tls_export(w->client, LABEL, (struct span){context, 5}, s2c, n), 0);
	assert_int_equal(r->n_cookies, 8);
	for (size_t i = 0; i < r->n_cookies; i++) {
		struct cookie_session s;
		enum cookie_age age;

		assert_int_equal(
			cookie_ring_open(w->env.ring,
				(struct span){r->cookies[i].bytes, r->cookies[i].n}, &s, &age),
			0);
		assert_int_equal(s.aead, r->aead);
		assert_memory_equal(s.c2s, c2s, n);
		assert_memory_equal(s.s2c, s2c, n);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(
				r->cookies[i].bytes, r->cookies[j].bytes, r->cookies[i].n);
	}
}

static void section_9_1_served(void **state)
{
	static const struct {
		uint16_t aeads[3];
		size_t n, length; /* of the answer: seed-walkthrough 8.1 */
		int aead;
	} rows[] = {
		{{15}, 1, 848, 15},
		{{17, 16, 15}, 3, 1360, 17},
		{{16, 17}, 2, 1104, 16},
		{{30, 15}, 2, 848, 15},
		{{9, 15}, 2, 848, 15},
	};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct nts_response r;
			struct world w;
			uint8_t q[64];
			int n = nts_request_encode(rows[i].aeads, rows[i].n, q, sizeof(q));

			start(&w, cb, sb, "ntske/1");
			assert_int_equal(ke_session_stage(w.session), KE_SILENT);
			run(&w);
			assert_int_equal(w.step, 0);
			assert_int_equal(ke_session_stage(w.session), KE_REQUEST);
			send_bytes(&w, q, (size_t)n);
			assert_int_equal(ke_session_stage(w.session), KE_SERVED);
			assert_int_equal(w.n_answer, rows[i].length);
			read_answer(&w, &r);
			assert_int_equal(r.error, NTS_NONE);
			assert_int_equal(r.protocol, NTS_PROTOCOL_NTP4);
			assert_int_equal(r.aead, rows[i].aead);
			assert_int_equal(r.port, NTS_NONE);
			assert_string_equal(r.server, "");
			assert_keys(&w, &r);
			/* the session is over for both */
			assert_int_equal(cb->tls_read(w.client, q, sizeof(q)), 0);
			finish(&w);
		}
	}
}

static char messages[4096];

static void keep_message(void *arg, enum log_priority priority, const char *message)
{
	size_t n = strlen(messages);

	(void)arg;
	assert_int_equal(priority, LOG_PRIORITY_DEBUG);
	snprintf(messages + n, sizeof(messages) - n, "%s\n", message);
}

static const char *told(const struct world *w, const char *why)
{
	const struct log log = {.write = keep_message, .arg = NULL, .lowest = LOG_PRIORITY_DEBUG};

	messages[0] = '\0';
	ke_session_tell(w->session, &log, "192.0.2.9:1", &(struct ke_spent){.took_s = 0.25}, why);
	return messages;
}

/* A line a stage, and as far as it got. */
static void what_is_told(void **state)
{
	static const uint16_t aead = 15;
	const struct log info = {.write = keep_message, .arg = NULL, .lowest = LOG_PRIORITY_INFO};
	const char *end;

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct world w;
		uint8_t q[64];
		int n = nts_request_encode(&aead, 1, q, sizeof(q));

		start(&w, cb, sb, "ntske/1");
		assert_string_equal(told(&w, "timed out"),
			"NTS-KE session with 192.0.2.9:1 : timed out\n"
			"NTS-KE session with 192.0.2.9:1: took 0.250 s, fail\n");
		run(&w);
		end = strchr(told(&w, "timed out"), '\n') + 1;
		assert_non_null(strstr(messages, "session with 192.0.2.9:1: TLSv1.3, TLS_AES_"));
		assert_string_equal(end,
			"NTS-KE session with 192.0.2.9:1: asked for a.test, protocol ntske/1\n"
			"NTS-KE session with 192.0.2.9:1 : timed out\n"
			"NTS-KE session with 192.0.2.9:1: took 0.250 s, fail\n");
		send_bytes(&w, q, (size_t)n);
		end = strchr(told(&w, NULL), '\n') + 1;
		assert_string_equal(end,
			"NTS-KE session with 192.0.2.9:1: asked for a.test, protocol ntske/1\n"
			"NTS-KE session with 192.0.2.9:1: read 16 bytes, sent 848\n"
			"NTS-KE session with 192.0.2.9:1: 8 cookies of 100 bytes, AEAD 15 "
			"(AEAD_AES_SIV_CMAC_256)\n"
			"NTS-KE session with 192.0.2.9:1: took 0.250 s, OK\n");
		messages[0] = '\0';
		ke_session_tell(w.session, &info, "192.0.2.9:1", &(struct ke_spent){0}, NULL);
		assert_string_equal(messages, "");
		finish(&w);

		start(&w, cb, sb, "ntske/1");
		run(&w);
		send_bytes(&w, "\x80\0\0\0", 4);
		assert_non_null(strstr(told(&w, NULL),
			"NTS-KE session with 192.0.2.9:1 : bad request\n"
			"NTS-KE session with 192.0.2.9:1: took 0.250 s, fail\n"));
		assert_non_null(strstr(messages, ": read 4 bytes, sent 10\n"));
		finish(&w);
	}
}

static void one_byte_at_a_time(void **state)
{
	static const uint16_t aead = 15;

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct nts_response r;
		struct world w;
		uint8_t q[64];
		int n = nts_request_encode(&aead, 1, q, sizeof(q));

		start(&w, cb, sb, "ntske/1");
		w.piece = 1;
		run(&w);
		for (int i = 0; i < n; i++) {
			assert_int_equal(ke_session_stage(w.session), KE_REQUEST);
			send_bytes(&w, q + i, 1);
		}
		assert_int_equal(ke_session_stage(w.session), KE_SERVED);
		read_answer(&w, &r);
		assert_keys(&w, &r);
		finish(&w);
	}
}

/* Where to ask for time; a server that is no NTP server itself (port 0) leaves the port open. */
static void section_9_1_negotiated_server(void **state)
{
	static const uint16_t aead = 15;
	static const int ports[][2] = {{11123, 11123}, {123, NTS_NONE}, {0, NTS_NONE}};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
			struct nts_response r;
			struct world w;
			uint8_t q[64];
			int n = nts_request_encode(&aead, 1, q, sizeof(q));

			start(&w, cb, sb, "ntske/1");
			w.env.ntp_server = "ntp.example";
			w.env.ntp_port = ports[i][0];
			run(&w);
			send_bytes(&w, q, (size_t)n);
			read_answer(&w, &r);
			assert_string_equal(r.server, "ntp.example");
			assert_int_equal(r.port, ports[i][1]);
			finish(&w);
		}
	}
}

/* Requests that get an answer without cookies: the bytes of each are those of ntp-nts 13. */
static void section_9_2_refused(void **state)
{
	static const struct {
		const char *request;
		size_t n;
		const char *answer;
		size_t n_answer;
	} rows[] = {
#define ROW(q, a)                                                                                  \
	{                                                                                          \
		q, sizeof(q) - 1, a, sizeof(a) - 1                                                 \
	}
#define BAD "\x80\x02\0\2\0\1\x80\0\0\0"
		/* nothing but the end; no next protocol; no AEAD; a list of odd length */
		ROW("\x80\0\0\0", BAD),
		ROW("\x80\4\0\2\0\x0f\x80\0\0\0", BAD),
		ROW("\x80\1\0\2\0\0\x80\0\0\0", BAD),
		ROW("\x80\1\0\3\0\0\0\x80\4\0\2\0\x0f\x80\0\0\0", BAD),
		/* two protocol records; a cookie, an error, a warning from a client */
		ROW("\x80\1\0\2\0\0\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\0\0\0", BAD),
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x0f\0\5\0\4abcd\x80\0\0\0", BAD),
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\2\0\2\0\0\x80\0\0\0", BAD),
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\3\0\2\0\0\x80\0\0\0", BAD),
		/* something after the end */
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\0\0\0x", BAD),
		/* a record that could never fit */
		ROW("\0\x63\xff\xff", BAD),
		/* an unknown critical record */
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80\x63\0\0\x80\0\0\0",
			"\x80\2\0\2\0\0\x80\0\0\0"),
		/* no protocol, no AEAD in common */
		ROW("\x80\1\0\2\x80\1\x80\4\0\2\0\x0f\x80\0\0\0", "\x80\1\0\0\x80\0\0\0"),
		ROW("\x80\1\0\2\0\0\x80\4\0\2\0\x1f\x80\0\0\0",
			"\x80\1\0\2\0\0\x80\4\0\0\x80\0\0\0"),
	};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct world w;

			start(&w, cb, sb, "ntske/1");
			run(&w);
			send_bytes(&w, rows[i].request, rows[i].n);
			assert_int_equal(ke_session_stage(w.session), KE_REFUSED);
			assert_true(ke_session_why(w.session)[0] != '\0');
			assert_int_equal(w.n_answer, rows[i].n_answer);
			assert_memory_equal(w.answer, rows[i].answer, rows[i].n_answer);
			finish(&w);
		}
	}
}

/* 64 KiB of records that mean nothing: given up at 2 KiB with an error. */
static void junk(void **state)
{
	static uint8_t much[65536];

	(void)state;
	for (size_t i = 0; i < sizeof(much); i += 64)
		memcpy(much + i, "\0\x63\0\x3c", 4);
	FOR_ALL_PAIRS(cb, sb)
	{
		struct world w;

		start(&w, cb, sb, "ntske/1");
		run(&w);
		send_bytes(&w, much, 32768);
		assert_int_equal(ke_session_stage(w.session), KE_REFUSED);
		assert_int_equal(w.n_answer, 10);
		assert_memory_equal(w.answer, "\x80\2\0\2\0\1\x80\0\0\0", 10);
		/* it is over: more is not even looked at */
		ke_session_feed(w.session, (struct span){much, sizeof(much)});
		assert_int_equal(ke_session_stage(w.session), KE_REFUSED);
		finish(&w);
	}
}

/* No TLS at all, and TLS of somebody else's. */
static void no_tls(void **state)
{
	static const char *const rows[] = {"GET / HTTP/1.0\r\n\r\n", "\x16\x03\x01\xff\xff",
		"\x80\1\0\2\0\0\x80\4\0\2\0\x0f\x80"};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t i = 0; i < 3; i++) {
			struct world w;

			start(&w, cb, sb, "ntske/1");
			ke_session_feed(w.session, text(rows[i]));
			for (int more = 0; more < 40; more++)
				ke_session_feed(w.session,
					text("more that is no TLS either, and goes on and on"));
			assert_int_equal(ke_session_stage(w.session), KE_FAILED);
			assert_true(ke_session_why(w.session)[0] != '\0');
			finish(&w);
		}
	}
}

static void wrong_alpn(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct world w;

		start(&w, cb, sb, "http/1.1");
		run(&w);
		assert_int_equal(ke_session_stage(w.session), KE_FAILED);
		assert_int_not_equal(w.step, 0);
		finish(&w);
	}
}

static void connection_lost(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct world w;

		start(&w, cb, sb, "ntske/1");
		ke_session_end(w.session);
		assert_int_equal(ke_session_stage(w.session), KE_FAILED);
		finish(&w);
		start(&w, cb, sb, "ntske/1");
		run(&w);
		send_bytes(&w, "\x80\1", 2);
		ke_session_end(w.session);
		assert_int_equal(ke_session_stage(w.session), KE_REFUSED);
		assert_int_equal(w.n_answer, 0);
		finish(&w);
	}
}

/* Without randomness there are no cookies, but an error. */
static void no_randomness(void **state)
{
	static const uint16_t aead = 15;

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct world w;
		uint8_t q[64];
		int n = nts_request_encode(&aead, 1, q, sizeof(q));

		start(&w, cb, sb, "ntske/1");
		run(&w);
		w.random_fails = true;
		send_bytes(&w, q, (size_t)n);
		assert_int_equal(ke_session_stage(w.session), KE_REFUSED);
		assert_int_equal(w.n_answer, 10);
		assert_memory_equal(w.answer, "\x80\2\0\2\0\2\x80\0\0\0", 10);
		finish(&w);
	}
}

/* The client's order counts; AEAD 30 needs the record on its exporter unless it is all there is. */
static void section_9_2_choice(void **state)
{
	static const uint16_t ours[] = {30, 15, 17};
	static const struct {
		const char *theirs;
		size_t n;
		bool export;
		int aead;
	} rows[] = {
		{"\0\x11\0\x0f", 4, false, 17},
		{"\0\x0f\0\x11", 4, false, 15},
		{"\0\x1e\0\x0f", 4, true, 30},
		{"\0\x1e\0\x0f", 4, false, 15},
		{"\0\x1e", 2, false, 30},
		{"\0\x10", 2, false, NTS_NONE},
		{"", 0, false, NTS_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nts_request q = {.aeads = {(const uint8_t *)rows[i].theirs, rows[i].n},
			.gcm_siv_export = rows[i].export};

		assert_int_equal(ke_choose_aead(&q, ours, 3), rows[i].aead);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_9_1_served),
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(one_byte_at_a_time),
		cmocka_unit_test(section_9_1_negotiated_server),
		cmocka_unit_test(section_9_2_refused),
		cmocka_unit_test(junk),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(wrong_alpn),
		cmocka_unit_test(connection_lost),
		cmocka_unit_test(no_randomness),
		cmocka_unit_test(section_9_2_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
