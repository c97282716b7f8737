/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS sessions: each backend as client of each as server, through memory. What one library says of
 * a fault the other has to say too.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "test/unit/pki.h"

#define ALPN "ntske/1"

/** Two ends and what the last step of each returned. */
struct ends {
	const struct crypto_backend *cb, *sb;
	struct tls *c, *s;
	int client, server;
};

/** What a case is about; zero for the usual. */
struct setting {
	const char *root, *name;
	const char *certificate, *key;
	const char *second, *second_key; /* another pair of the server */
	const char *client_alpn, *server_alpn;
	bool client12, server12;     /* TLS 1.2 too */
	bool client_old, server_old; /* and that alone */
	bool any_name, any_time;
	int64_t at_s;
	size_t piece; /* bytes moved at once */
};

static struct span pem(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static struct tls_trust *trusting(const struct crypto_backend *b, const char *root)
{
	char why[TLS_WHY] = "";
	struct tls_trust *t = NULL;

	assert_int_equal(b->trust_create(&t), 0);
	if (root[0])
		assert_int_equal(b->trust_add_pem(t, pem(root), why), 1);
	assert_string_equal(why, "");
	return t;
}

static void add_pair(const struct crypto_backend *b, struct tls_identity *i, const char *crt,
	const char *key, struct tls_certificate *ret_info)
{
	char why[TLS_WHY] = "";

	assert_int_equal(b->identity_add(i, pem(crt), pem(key), ret_info, why), 0);
	assert_string_equal(why, "");
}

/* Moves what one has to say to the other, in pieces. Returns whether there was anything. */
static bool move(const struct crypto_backend *from, struct tls *f, const struct crypto_backend *to,
	struct tls *t, size_t piece)
{
	uint8_t bytes[1024];
	size_t n = from->tls_drain(f, bytes, piece && piece < 1024 ? piece : 1024);

	if (n > 0)
		assert_int_equal(to->tls_feed(t, (struct span){bytes, n}), n);
	return n > 0;
}

static void shake(struct ends *e, size_t piece)
{
	bool moved = true;

	for (int i = 0; i < 20000 && moved; i++) {
		e->client = e->cb->tls_step(e->c);
		moved = move(e->cb, e->c, e->sb, e->s, piece);
		e->server = e->sb->tls_step(e->s);
		moved |= move(e->sb, e->s, e->cb, e->c, piece);
	}
	assert_false(moved);
}

static const char *either(const char *given, const char *usual)
{
	return given ? given : usual;
}

static void begin(struct ends *e, const struct crypto_backend *cb, const struct crypto_backend *sb,
	const struct setting *x)
{
	struct tls_client_settings c = {.name = either(x->name, "a.test"),
		.alpn = either(x->client_alpn, ALPN),
		.allow_tls12 = x->client12 || x->client_old,
		.no_tls13 = x->client_old,
		.any_name = x->any_name,
		.any_time = x->any_time,
		.at_s = x->at_s ? x->at_s : PKI_NOW};
	struct tls_server_settings s = {.alpn = either(x->server_alpn, ALPN),
		.allow_tls12 = x->server12 || x->server_old,
		.no_tls13 = x->server_old};
	struct tls_certificate info;

	*e = (struct ends){.cb = cb, .sb = sb};
	c.trust = trusting(cb, either(x->root, pki_root));
	assert_int_equal(sb->identity_create(&s.identity), 0);
	add_pair(sb, s.identity, either(x->certificate, pki_a), either(x->key, pki_key), &info);
	if (x->second)
		add_pair(sb, s.identity, x->second, x->second_key, &info);
	assert_int_equal(cb->tls_client(&c, &e->c), 0);
	assert_int_equal(sb->tls_server(&s, &e->s), 0);
	/* the sessions keep them */
	cb->trust_destroy(c.trust);
	sb->identity_destroy(s.identity);
	shake(e, x->piece);
}

static void end(struct ends *e)
{
	e->cb->tls_destroy(e->c);
	e->sb->tls_destroy(e->s);
}

/* Runs a case with every pair of libraries. */
#define FOR_ALL_PAIRS(cb, sb)                                                                      \
	for (size_t ci = 0; crypto_backends[ci]; ci++)                                             \
		for (size_t si = 0; crypto_backends[si]; si++)                                     \
			for (const struct crypto_backend *cb = crypto_backends[ci],                \
							 *sb = crypto_backends[si];                \
				cb && crypto_has_tls(cb) && crypto_has_tls(sb); cb = NULL)

static void send_over(struct ends *e, const char *words)
{
	uint8_t in[64];
	size_t n = strlen(words);

	assert_int_equal(e->cb->tls_write(e->c, pem(words)), 0);
	while (move(e->cb, e->c, e->sb, e->s, 7))
		continue;
	assert_int_equal(e->sb->tls_read(e->s, in, sizeof(in)), (int)n);
	assert_memory_equal(in, words, n);
	assert_int_equal(e->sb->tls_read(e->s, in, sizeof(in)), -EAGAIN);
}

static void exporters_agree(struct ends *e)
{
	static const char label[] = "EXPORTER-network-time-security";
	static const uint8_t contexts[2][5] = {{0, 0, 0, 15, 0}, {0, 0, 0, 15, 1}};
	uint8_t c[2][64], s[64];

	for (int i = 0; i < 2; i++) {
		struct span context = {contexts[i], 5};

		assert_int_equal(e->cb->tls_export(e->c, label, context, c[i], 64), 0);
		assert_int_equal(e->sb->tls_export(e->s, label, context, s, 64), 0);
		assert_memory_equal(c[i], s, 64);
	}
	assert_memory_not_equal(c[0], c[1], 64);
}

static void both_talk(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {0};
		struct tls_info info;
		struct ends e;
		uint8_t in[8];

		begin(&e, cb, sb, &x);
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		assert_int_equal(cb->tls_fault(e.c), TLS_FINE);
		assert_string_equal(cb->tls_why(e.c), "");
		cb->tls_info(e.c, &info);
		assert_string_equal(info.version, "TLSv1.3");
		assert_string_equal(info.cipher, "TLS_AES_128_GCM_SHA256");
		assert_int_equal(info.cipher_bits, 128);
		assert_string_equal(info.alpn, ALPN);
		assert_true(info.has_peer);
		assert_string_equal(info.peer.subject, "/C=DE/O=Gnomon/CN=a.test");
		assert_string_equal(info.peer.issuer, "/C=DE/O=Gnomon/CN=Test Root");
		assert_string_equal(info.peer.names, "a.test, *.wild.test, 192.0.2.1, 2001:db8::1");
		assert_int_equal(info.peer.not_before_s, 1577836800);
		assert_int_equal(info.peer.not_after_s, 4102444799);
		assert_int_equal(tls_days_left(&info.peer, PKI_NOW), 26701);
		sb->tls_info(e.s, &info);
		assert_string_equal(info.server_name, "a.test");
		assert_string_equal(info.alpn, ALPN);
		assert_false(info.has_peer);
		send_over(&e, "hello");
		send_over(&e, "and again");
		exporters_agree(&e);
		cb->tls_finish(e.c);
		while (move(cb, e.c, sb, e.s, 0))
			continue;
		assert_int_equal(sb->tls_read(e.s, in, sizeof(in)), 0);
		end(&e);
	}
}

static void one_byte_at_a_time(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {.piece = 1};
		struct ends e;

		begin(&e, cb, sb, &x);
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		send_over(&e, "hello");
		end(&e);
	}
}

/* The longest answer that a client of NTS key establishment has to take. */
static void long_messages(void **state)
{
	static uint8_t out[65536], in[65536];

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 31 >> 3);
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {0};
		struct ends e;
		size_t got = 0;
		int n;

		begin(&e, cb, sb, &x);
		assert_int_equal(sb->tls_write(e.s, (struct span){out, sizeof(out)}), 0);
		for (int i = 0; i < 1000 && got < sizeof(in); i++) {
			move(sb, e.s, cb, e.c, 1000);
			while ((n = cb->tls_read(e.c, in + got, sizeof(in) - got)) > 0)
				got += (size_t)n;
			assert_int_equal(n, got < sizeof(in) ? -EAGAIN : n);
		}
		assert_int_equal(got, sizeof(out));
		assert_memory_equal(in, out, sizeof(out));
		assert_int_equal(sb->tls_write(e.s, (struct span){out, 65537}), -EFBIG);
		end(&e);
	}
}

/* What the client has against the server, in the same words for both libraries. */
static void refused(const struct setting *x, enum tls_fault fault, const char *why)
{
	FOR_ALL_PAIRS(cb, sb)
	{
		uint8_t secret[32];
		struct ends e;

		begin(&e, cb, sb, x);
		assert_string_equal(cb->tls_why(e.c), why);
		assert_int_equal(cb->tls_fault(e.c), fault);
		assert_int_equal(e.client, -EKEYREJECTED);
		/* the server is told, and nothing can be had of the session */
		assert_int_equal(e.server, -EPROTO);
		assert_int_equal(sb->tls_fault(e.s), TLS_ALERTED);
		assert_int_equal(strncmp(sb->tls_why(e.s), "the client refused: ", 20), 0);
		assert_int_equal(cb->tls_export(e.c, "x", (struct span){secret, 5}, secret, 32),
			-EKEYREJECTED);
		assert_int_equal(cb->tls_write(e.c, pem("x")), -EKEYREJECTED);
		assert_int_equal(cb->tls_read(e.c, secret, 1), -EKEYREJECTED);
		end(&e);
	}
}

/* What is acceptable. */
static void accepted(const struct setting *x)
{
	FOR_ALL_PAIRS(cb, sb)
	{
		struct ends e;

		begin(&e, cb, sb, x);
		assert_string_equal(cb->tls_why(e.c), "");
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		end(&e);
	}
}

static void dates(void **state)
{
	struct setting x = {.certificate = pki_expired};

	(void)state;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
	x.at_s = 1609459200;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2021-01-01 00:00:00)");
	x.at_s = 1609459199;
	accepted(&x);
	x = (struct setting){.certificate = pki_future};
	refused(&x, TLS_NOT_YET_VALID,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is not valid until 2090-01-01 "
		"00:00:00 UTC (it is now 2026-11-23 09:00:00)");
	x.any_time = true;
	accepted(&x);
	x.any_time = false;
	x.at_s = 3786912000;
	accepted(&x);
	/* a clock at 1970: all certificates are of the future */
	x = (struct setting){.at_s = 1};
	refused(&x, TLS_NOT_YET_VALID,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is not valid until 2020-01-01 "
		"00:00:00 UTC (it is now 1970-01-01 00:00:01)");
	x.any_time = true;
	accepted(&x);
	/* a root has its dates too */
	x = (struct setting){.certificate = pki_old_signer, .root = pki_old_root};
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=Old Root expired on 2009-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
}

static void names(void **state)
{
	static const char *const good[] = {"a.test", "A.Test", "a.test.", "x.wild.test",
		"192.0.2.1", "2001:db8::1", "2001:DB8:0::1"};
	static const char *const bad[] = {
		"b.test", "wild.test", "x.y.wild.test", "192.0.2.2", "2001:db8::2", "aa.test"};
	struct setting x = {0};
	char why[TLS_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		x.name = good[i];
		accepted(&x);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		x.name = bad[i];
		snprintf(why, sizeof(why),
			"the certificate is for a.test, *.wild.test, 192.0.2.1, 2001:db8::1, not "
			"for %s",
			bad[i]);
		refused(&x, TLS_WRONG_NAME, why);
	}
	x.any_name = true;
	accepted(&x);
	x = (struct setting){.certificate = pki_common_name, .name = "cn.test"};
	accepted(&x);
	x.name = "a.test";
	refused(&x, TLS_WRONG_NAME,
		"the certificate is for /C=DE/O=Gnomon/CN=cn.test, not for a.test");
}

static void authorities(void **state)
{
	struct setting x = {.certificate = pki_unknown};

	(void)state;
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.root = "";
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	/* neither name nor date are of interest without it */
	x = (struct setting){.certificate = pki_unknown_chain, .any_name = true, .any_time = true};
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=Other Root is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.root = pki_other_root;
	accepted(&x);
	x = (struct setting){.certificate = pki_self};
	refused(&x, TLS_SELF_SIGNED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by itself and not trusted");
	x.root = pki_self;
	accepted(&x);
	x = (struct setting){.certificate = pki_forged};
	refused(&x, TLS_BAD_SIGNATURE,
		"the signature of /C=DE/O=Gnomon/CN=Test Root on the certificate of "
		"/C=DE/O=Gnomon/CN=a.test is not good");
	x = (struct setting){.certificate = pki_client_only};
	refused(&x, TLS_BAD_PURPOSE,
		"the certificate of /C=DE/O=Gnomon/CN=a.test may not be used for this");
}

/* Of several faults the one without which nothing can be said of the rest. */
static void several_faults(void **state)
{
	struct setting x = {.certificate = pki_expired, .name = "b.test"};

	(void)state;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
	x = (struct setting){.certificate = pki_unknown, .name = "b.test", .at_s = 1};
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.certificate = pki_client_only;
	refused(&x, TLS_BAD_PURPOSE,
		"the certificate of /C=DE/O=Gnomon/CN=a.test may not be used for this");
	x.certificate = pki_forged;
	refused(&x, TLS_BAD_SIGNATURE,
		"the signature of /C=DE/O=Gnomon/CN=Test Root on the certificate of "
		"/C=DE/O=Gnomon/CN=a.test is not good");
	x.certificate = pki_self;
	refused(&x, TLS_SELF_SIGNED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by itself and not trusted");
}

static void chains(void **state)
{
	struct setting x = {.certificate = pki_chain, .name = "c.test"};

	(void)state;
	accepted(&x);
	x.root = pki_middle;
	accepted(&x);
	x.root = pki_other_root;
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=Test Intermediate is signed by "
		"/C=DE/O=Gnomon/CN=Test Root, which is not trusted");
}

/* Who may not sign for others is not believed; the libraries word their objection differently. */
static void no_authority(void **state)
{
	struct setting x = {.certificate = pki_no_authority, .key = pki_key_b, .name = "b.test"};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct ends e;

		begin(&e, cb, sb, &x);
		assert_int_equal(e.client, -EKEYREJECTED);
		assert_int_not_equal(cb->tls_fault(e.c), TLS_FINE);
		end(&e);
	}
}

static void chosen_by_name(void **state)
{
	struct setting x = {.second = pki_b, .second_key = pki_key_b};

	(void)state;
	accepted(&x);
	x.name = "b.test";
	accepted(&x);
	/* by address no name is sent: the first is shown */
	x.name = "192.0.2.1";
	accepted(&x);
	x.name = "c.test";
	refused(&x, TLS_WRONG_NAME,
		"the certificate is for a.test, *.wild.test, 192.0.2.1, 2001:db8::1, not for "
		"c.test");
	x = (struct setting){.certificate = pki_rsa, .key = pki_rsa_key, .name = "rsa.test"};
	accepted(&x);
}

static void versions(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {.client12 = true, .server12 = true};
		struct tls_info info;
		struct ends e;

		/* both would do 1.2, yet take 1.3 */
		begin(&e, cb, sb, &x);
		assert_int_equal(e.client, 0);
		cb->tls_info(e.c, &info);
		assert_string_equal(info.version, "TLSv1.3");
		end(&e);
	}
}

/* One end has TLS 1.2 alone: the other takes it where it may, and says so where it may not. */
static void old_peers(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		FOR_ALL_PAIRS(cb, sb)
		{
			struct setting x = {.client_old = i == 0, .server_old = i == 1};
			struct tls_info info;
			struct ends e;

			begin(&e, cb, sb, &x);
			assert_int_equal(e.client, -EPROTO);
			assert_int_equal(e.server, -EPROTO);
			if (i == 0)
				assert_string_equal(
					sb->tls_why(e.s), "the client does not speak TLS 1.3");
			assert_int_equal(cb->tls_fault(e.c), TLS_BAD_VERSION);
			assert_int_equal(sb->tls_fault(e.s), TLS_BAD_VERSION);
			end(&e);

			x.client12 = x.server12 = true;
			begin(&e, cb, sb, &x);
			assert_string_equal(cb->tls_why(e.c), "");
			assert_int_equal(e.client, 0);
			assert_int_equal(e.server, 0);
			cb->tls_info(e.c, &info);
			assert_string_equal(info.version, "TLSv1.2");
			assert_int_equal(info.cipher_bits, 128);
			assert_string_equal(info.alpn, ALPN);
			assert_true(info.has_peer);
			send_over(&e, "hello");
			exporters_agree(&e);
			end(&e);

			/* the checks are the same */
			x.name = "b.test";
			begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_fault(e.c), TLS_WRONG_NAME);
			assert_int_equal(sb->tls_fault(e.s), TLS_ALERTED);
			end(&e);
			x.name = NULL;
			x.client_alpn = "http/1.1";
			begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_fault(e.c), TLS_NO_ALPN);
			assert_int_equal(sb->tls_fault(e.s), TLS_NO_ALPN);
			end(&e);
		}
	}
}

static void alpn_is_needed(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {.client_alpn = "http/1.1"};
		struct ends e;

		begin(&e, cb, sb, &x);
		assert_int_equal(e.client, -EPROTO);
		assert_int_equal(e.server, -EPROTO);
		assert_int_equal(sb->tls_fault(e.s), TLS_NO_ALPN);
		assert_string_equal(sb->tls_why(e.s), "the client does not ask for ntske/1");
		assert_int_equal(cb->tls_fault(e.c), TLS_NO_ALPN);
		assert_string_equal(cb->tls_why(e.c),
			"the server refused: no application protocol (alert 120)");
		end(&e);
	}
}

/* Anything that is no TLS is refused in words, and costs no memory. */
static void garbage(void **state)
{
	static const char *const words[] = {"GET / HTTP/1.0\r\n\r\n",
		"\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff", "\x15\x03\x03\x00\x02\x02\x28",
		"SSH-2.0-OpenSSH_9.2\r\n", "\x80\x2e\x01\x03\x01\x00\x15\x00\x00"};
	uint8_t bytes[4096];

	(void)state;
	srand(17);
	for (size_t i = 0; crypto_backends[i]; i++) {
		const struct crypto_backend *b = crypto_backends[i];

		for (size_t j = 0; crypto_has_tls(b) && j < 100; j++) {
			struct setting x = {0};
			struct ends e;
			int r = -EAGAIN;

			begin(&e, b, b, &x);
			end(&e);
			x.piece = j;
			for (size_t k = 0; k < sizeof(bytes); k++)
				bytes[k] = (uint8_t)rand();
			if (j < sizeof(words) / sizeof(words[0]))
				memcpy(bytes, words[j], strlen(words[j]));
			{
				struct tls_client_settings c = {.trust = trusting(b, pki_root),
					.name = "a.test",
					.alpn = ALPN,
					.at_s = PKI_NOW};
				struct tls *t;

				assert_int_equal(b->tls_client(&c, &t), 0);
				b->trust_destroy(c.trust);
				assert_int_equal(b->tls_step(t), -EAGAIN);
				for (int k = 0; k < 30 && r == -EAGAIN; k++) {
					b->tls_feed(t, (struct span){bytes, sizeof(bytes)});
					r = b->tls_step(t);
				}
				assert_int_equal(r, -EPROTO);
				assert_true(strlen(b->tls_why(t)) > 5);
				b->tls_destroy(t);
			}
		}
	}
}

/* Bytes changed under way: the session ends, and no plaintext is given out. */
static void tampered(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		for (size_t at = 0; at < 27; at++) {
			struct setting x = {0};
			uint8_t bytes[256], in[64];
			struct ends e;
			size_t n;
			int r;

			begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_write(e.c, pem("hello")), 0);
			n = cb->tls_drain(e.c, bytes, sizeof(bytes));
			assert_int_equal(n, 27);
			bytes[at] ^= 0x10;
			assert_int_equal(sb->tls_feed(e.s, (struct span){bytes, n}), n);
			r = sb->tls_read(e.s, in, sizeof(in));
			/* a longer length waits for more */
			assert_true(r == -EPROTO || (at >= 3 && at < 5 && r == -EAGAIN));
			if (r == -EPROTO)
				assert_true(strlen(sb->tls_why(e.s)) > 5);
			end(&e);
		}
	}
}

static void settings(void **state)
{
	(void)state;
	for (size_t i = 0; crypto_backends[i] && crypto_has_tls(crypto_backends[i]); i++) {
		const struct crypto_backend *b = crypto_backends[i];
		struct tls_client_settings c = {.name = "a.test", .alpn = ALPN};
		struct tls_server_settings s = {.alpn = ALPN};
		char longer[300];
		struct tls *t;

		memset(longer, 'a', sizeof(longer));
		longer[sizeof(longer) - 1] = '\0';
		assert_int_equal(b->tls_client(&c, &t), -EINVAL);
		c.trust = trusting(b, pki_root);
		c.name = NULL;
		assert_int_equal(b->tls_client(&c, &t), -EINVAL);
		c.name = longer;
		assert_int_equal(b->tls_client(&c, &t), -EINVAL);
		c.name = "a.test";
		c.no_tls13 = true;
		assert_int_equal(b->tls_client(&c, &t), -EINVAL);
		c.no_tls13 = false;
		c.alpn = longer;
		assert_int_equal(b->tls_client(&c, &t), -EINVAL);
		b->trust_destroy(c.trust);
		assert_int_equal(b->tls_server(&s, &t), -EINVAL);
		assert_int_equal(b->identity_create(&s.identity), 0);
		assert_int_equal(b->tls_server(&s, &t), -EINVAL);
		b->identity_destroy(s.identity);
		b->trust_destroy(NULL);
		b->identity_destroy(NULL);
		b->tls_destroy(NULL);
	}
}

static void loading(void **state)
{
	static char huge[TLS_PEM_MAX + 2], both[8192];

	(void)state;
	memset(huge, 'A', sizeof(huge) - 1);
	snprintf(both, sizeof(both), "a comment\n%s\nand another\n%s", pki_root, pki_other_root);
	for (size_t i = 0; crypto_backends[i] && crypto_has_tls(crypto_backends[i]); i++) {
		const struct crypto_backend *b = crypto_backends[i];
		struct tls_trust *t = trusting(b, "");
		struct tls_identity *id;
		struct tls_certificate info = {.subject = "as it was"};
		char why[TLS_WHY] = "", broken[4096];

		assert_int_equal(b->trust_add_pem(t, pem(both), why), 2);
		assert_int_equal(b->trust_add_pem(t, pem(""), why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(b->trust_add_pem(t, pem(pki_key), why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(b->trust_add_pem(t, pem(huge), why), -EFBIG);
		assert_string_equal(why, "1048577 bytes are too many for certificates");
		snprintf(broken, sizeof(broken), "%s", pki_root);
		memset(broken + 100, '!', 100);
		assert_int_equal(b->trust_add_pem(t, pem(broken), why), -EBADMSG);
		assert_int_equal(strncmp(why, "a certificate in it cannot be read: ", 36), 0);
		b->trust_destroy(t);

		assert_int_equal(b->identity_create(&id), 0);
		assert_int_equal(
			b->identity_add(id, pem(pki_a), pem(pki_key_b), &info, why), -EKEYREJECTED);
		assert_string_equal(why, "the private key is not that of the certificate");
		assert_int_equal(b->identity_add(id, pem(pki_a), pem(pki_rsa_key), &info, why),
			-EKEYREJECTED);
		assert_int_equal(b->identity_add(id, pem(""), pem(pki_key), &info, why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(
			b->identity_add(id, pem(broken), pem(pki_key), &info, why), -EBADMSG);
		assert_int_equal(b->identity_add(id, pem(pki_a), pem(""), &info, why), -EBADMSG);
		assert_string_equal(why, "the private key cannot be read");
		assert_int_equal(b->identity_add(id, pem(pki_a), pem(pki_a), &info, why), -EBADMSG);
		assert_int_equal(
			b->identity_add(id, pem(pki_a), pem(pki_locked_key), &info, why), -EBADMSG);
		assert_string_equal(why, "the private key cannot be read");
		assert_int_equal(b->identity_add(id, pem(huge), pem(pki_key), &info, why), -EFBIG);
		assert_int_equal(b->identity_add(id, pem(pki_a), pem(huge), &info, why), -EFBIG);
		assert_string_equal(why, "1048577 bytes are too many for a certificate or key");
		assert_string_equal(info.subject, "as it was");
		/* an expired one is taken and said to be */
		assert_int_equal(
			b->identity_add(id, pem(pki_expired), pem(pki_key), &info, why), 0);
		assert_int_equal(tls_dates_fault(&info, PKI_NOW), TLS_EXPIRED);
		assert_int_equal(tls_days_left(&info, PKI_NOW), -2153);
		b->identity_destroy(id);
	}
}

/* A machine may have roots of its own or none; ours is not among them. */
static void system_roots(void **state)
{
	(void)state;
	for (size_t i = 0; crypto_backends[i] && crypto_has_tls(crypto_backends[i]); i++) {
		const struct crypto_backend *b = crypto_backends[i];
		struct tls_client_settings c = {.name = "a.test", .alpn = ALPN, .at_s = PKI_NOW};
		struct tls_server_settings s = {.alpn = ALPN};
		struct ends e = {.cb = b, .sb = b};
		struct tls_certificate info;
		int n;

		c.trust = trusting(b, "");
		n = b->trust_add_system(c.trust);
		assert_true(n >= 0 || n == -ENOENT);
		assert_int_equal(b->identity_create(&s.identity), 0);
		add_pair(b, s.identity, pki_a, pki_key, &info);
		assert_int_equal(b->tls_client(&c, &e.c), 0);
		assert_int_equal(b->tls_server(&s, &e.s), 0);
		b->trust_destroy(c.trust);
		b->identity_destroy(s.identity);
		shake(&e, 0);
		assert_int_equal(b->tls_fault(e.c), TLS_UNKNOWN_CA);
		end(&e);
	}
}

/* Sessions of one identity go on with it when its owner has put another in its place. */
static void replaced_while_in_use(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {0};
		struct ends e[3];

		for (size_t i = 0; i < 3; i++) {
			x.certificate = i == 1 ? pki_b : pki_a;
			x.key = i == 1 ? pki_key_b : pki_key;
			x.name = i == 1 ? "b.test" : "a.test";
			begin(&e[i], cb, sb, &x);
		}
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(e[i].client, 0);
			send_over(&e[i], "still there");
			end(&e[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_talk),
		cmocka_unit_test(one_byte_at_a_time),
		cmocka_unit_test(long_messages),
		cmocka_unit_test(dates),
		cmocka_unit_test(names),
		cmocka_unit_test(authorities),
		cmocka_unit_test(several_faults),
		cmocka_unit_test(chains),
		cmocka_unit_test(no_authority),
		cmocka_unit_test(chosen_by_name),
		cmocka_unit_test(versions),
		cmocka_unit_test(old_peers),
		cmocka_unit_test(alpn_is_needed),
		cmocka_unit_test(garbage),
		cmocka_unit_test(tampered),
		cmocka_unit_test(settings),
		cmocka_unit_test(loading),
		cmocka_unit_test(system_roots),
		cmocka_unit_test(replaced_while_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
