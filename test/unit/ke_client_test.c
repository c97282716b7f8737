/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of key establishment round a TLS that encrypts nothing: what it asks, what it makes of
 * every answer in steps of any size, which keys it derives, what it says.
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
#include "daemon/protocol/ke_client.h"

#define ROOM 70000

/* A TLS session in clear: the handshake is one byte each way. */
struct tls {
	uint8_t in[ROOM], out[ROOM];
	size_t n_in, at, n_out;
	bool shaken, finished;
};

/* What the sessions of a test are like, and what became of the last one. */
static struct {
	enum tls_fault fault; /* at the handshake */
	bool closed;          /* the server says that there is no more */
	int export_error;
	char name[64];
	bool no_peer; /* no certificate came */
	bool any_time, finished;
	unsigned open;
} world;

static char messages[8192];

static void keep_message(void *arg, enum log_priority priority, const char *message)
{
	size_t n = strlen(messages);

	(void)arg;
	snprintf(messages + n, sizeof(messages) - n, "%d %s\n", priority, message);
}

static const struct log the_log = {.write = keep_message, .lowest = LOG_PRIORITY_INFO};

static int fake_client(const struct tls_client_settings *s, struct tls **ret)
{
	assert_string_equal(s->alpn, "ntske/1");
	assert_false(s->allow_tls12 || s->any_name);
	snprintf(world.name, sizeof(world.name), "%s", s->name);
	world.any_time = s->any_time;
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	(*ret)->out[(*ret)->n_out++] = 'H';
	world.open++;
	return 0;
}

static size_t fake_feed(struct tls *t, struct span bytes)
{
	size_t n = bytes.n < sizeof(t->in) - t->n_in ? bytes.n : sizeof(t->in) - t->n_in;

	memcpy(t->in + t->n_in, bytes.p, n);
	t->n_in += n;
	return n;
}

static size_t fake_drain(struct tls *t, uint8_t *ret, size_t room)
{
	size_t n = t->n_out < room ? t->n_out : room;

	memcpy(ret, t->out, n);
	memmove(t->out, t->out + n, t->n_out - n);
	t->n_out -= n;
	return n;
}

static int fake_step(struct tls *t)
{
	if (t->at == t->n_in && !t->shaken)
		return -EAGAIN;
	if (!t->shaken)
		t->at++;
	if (world.fault != TLS_FINE)
		return world.fault == TLS_NO_ALPN ? -EPROTO : -EKEYREJECTED;
	t->shaken = true;
	return 0;
}

static int fake_read(struct tls *t, uint8_t *ret, size_t room)
{
	size_t n = t->n_in - t->at < room ? t->n_in - t->at : room;

	if (n == 0)
		return world.closed && t->at > 1 ? 0 : -EAGAIN;
	memcpy(ret, t->in + t->at, n);
	t->at += n;
	return (int)n;
}

static int fake_write(struct tls *t, struct span data)
{
	assert_true(t->shaken);
	memcpy(t->out + t->n_out, data.p, data.n);
	t->n_out += data.n;
	return 0;
}

static void fake_finish(struct tls *t)
{
	world.finished = true;
	t->out[t->n_out++] = 'F';
}

/* A key that says what it was derived for. */
static int fake_export(
	struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n)
{
	(void)t;
	assert_string_equal(label, "EXPORTER-network-time-security");
	assert_int_equal(context.n, 5);
	memset(ret, 0, n);
	memcpy(ret, context.p, 5);
	ret[n - 1] = (uint8_t)n;
	return world.export_error;
}

static void fake_info(struct tls *t, struct tls_info *ret)
{
	(void)t;
	*ret = (struct tls_info){.version = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.cipher_bits = 256,
		.alpn = "ntske/1",
		.has_peer = !world.no_peer,
		.peer = {.subject = "/CN=ntp.example",
			.issuer = "/CN=Example CA",
			.names = "ntp.example",
			.not_after_s = 1000 + 90 * 86400}};
}

static enum tls_fault fake_fault(const struct tls *t)
{
	(void)t;
	return world.fault;
}

static const char *fake_why(const struct tls *t)
{
	(void)t;
	return "the reason";
}

static void fake_destroy(struct tls *t)
{
	free(t);
	world.open--;
}

static const struct crypto_backend fake = {
	.name = "fake",
	.tls_client = fake_client,
	.tls_feed = fake_feed,
	.tls_drain = fake_drain,
	.tls_step = fake_step,
	.tls_read = fake_read,
	.tls_write = fake_write,
	.tls_finish = fake_finish,
	.tls_export = fake_export,
	.tls_info = fake_info,
	.tls_fault = fake_fault,
	.tls_why = fake_why,
	.tls_destroy = fake_destroy,
};

static const uint16_t aeads[] = {30, 15};

static struct ke_client *open_client(void)
{
	struct ke_client_settings s = {.crypto = &fake,
		.log = &the_log,
		.server = {.port = 4460},
		.name = "ntp.example",
		.at_s = 1000,
		.aeads = aeads,
		.n_aeads = 2};
	struct ke_client *c;
	uint8_t hello[16];

	messages[0] = '\0';
	world.finished = false;
	assert_int_equal(address_parse("192.0.2.1", &s.server.address), 0);
	assert_int_equal(ke_client_create(&s, &c), 0);
	assert_string_equal(world.name, "ntp.example");
	assert_int_equal(ke_client_drain(c, hello, sizeof(hello)), 1);
	return c;
}

/* The handshake, after which it must have asked. */
static struct ke_client *shake(void)
{
	static const uint8_t request[] = {
		0x80, 1, 0, 2, 0, 0, 0x80, 4, 0, 4, 0, 30, 0, 15, 4, 0, 0, 0, 0x80, 0, 0, 0};
	struct ke_client *c = open_client();
	uint8_t out[64];

	assert_int_equal(ke_client_feed(c, (struct span){(const uint8_t *)"h", 1}), 0);
	assert_int_equal(ke_client_drain(c, out, sizeof(out)), sizeof(request));
	assert_memory_equal(out, request, sizeof(request));
	return c;
}

static size_t response(int aead, bool export, uint8_t *ret)
{
	struct nts_response r = {.error = NTS_NONE,
		.warning = NTS_NONE,
		.protocol = 0,
		.aead = aead,
		.gcm_siv_export = export,
		.port = NTS_NONE,
		.n_cookies = 8};
	int n;

	for (uint8_t i = 0; i < 8; i++) {
		r.cookies[i].n = 100;
		memset(r.cookies[i].bytes, i, 100);
	}
	n = nts_response_encode(&r, ret, ROOM);
	assert_true(n > 0);
	return (size_t)n;
}

static void all_goes_well(void **state)
{
	static uint8_t bytes[ROOM];
	static const char *const lines[] = {
		"0 NTS-KE with 192.0.2.1:4460 (ntp.example): TLSv1.3, TLS_AES_256_GCM_SHA384, ",
		"256 bits\n",
		"(ntp.example): certificate of /CN=ntp.example for ntp.example\n",
		"(ntp.example): issued by /CN=Example CA, 90 days left\n",
		"(ntp.example): certificate is valid\n",
		"(ntp.example): protocol ntske/1\n",
		"(ntp.example): read 848 bytes\n",
		"(ntp.example): 8 cookies of 100 bytes, AEAD 15 (AEAD_AES_SIV_CMAC_256)\n",
	};
	static const uint8_t c2s[] = {0, 0, 0, 15, 0}, s2c[] = {0, 0, 0, 15, 1};

	(void)state;
	/* In one piece, and byte by byte. */
	for (size_t step = 1; step <= 848; step += 847) {
		struct ke_client *c = shake();
		size_t n = response(15, false, bytes), at = 0;
		const struct ke_result *r;
		const char *m = messages;
		int done = 0;

		for (; at < n && done == 0; at += step)
			done = ke_client_feed(
				c, (struct span){bytes + at, step < n - at ? step : n - at});
		assert_int_equal(done, 1);
		assert_true(at >= n);
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			m = strstr(m, lines[i]);
			assert_non_null(m);
		}
		r = ke_client_result(c);
		assert_int_equal(r->keys.aead, 15);
		assert_int_equal(r->keys.n, 32);
		assert_memory_equal(r->keys.c2s, c2s, 5);
		assert_memory_equal(r->keys.s2c, s2c, 5);
		assert_int_equal(r->other_keys.n, 0);
		assert_int_equal(r->response.n_cookies, 8);
		/* Closed properly, and then nothing more is looked at. */
		assert_true(world.finished);
		assert_int_equal(ke_client_feed(c, (struct span){bytes, 1}), 1);
		assert_int_equal(ke_client_closed(c), 1);
		ke_client_destroy(c);
	}
	assert_int_equal(world.open, 0);
	ke_client_destroy(NULL);
}

static void keys_of_gcm_siv(void **state)
{
	static uint8_t bytes[ROOM];

	(void)state;
	for (int export = 0; export < 2; export ++) {
		struct ke_client *c = shake();
		size_t n = response(30, export, bytes);
		const struct ke_result *r;

		assert_int_equal(ke_client_feed(c, (struct span){bytes, n}), 1);
		r = ke_client_result(c);
		/* Without the server's word the keys are those of 15, and the right ones are kept
		 * to be tried. */
		assert_int_equal(r->keys.aead, 30);
		assert_int_equal(r->keys.n, 16);
		assert_int_equal(r->keys.c2s[3], export ? 30 : 15);
		assert_int_equal(r->keys.s2c[4], 1);
		assert_int_equal(r->other_keys.n, export ? 0 : 16);
		if (!export)
			assert_int_equal(r->other_keys.c2s[3], 30);
		assert_int_equal(strstr(messages, "exported the old way") == NULL, export);
		ke_client_destroy(c);
	}
	world.export_error = -EPROTO;
	{
		struct ke_client *c = shake();
		size_t n = response(15, false, bytes);

		assert_int_equal(ke_client_feed(c, (struct span){bytes, n}), -EPROTO);
		assert_non_null(strstr(messages, "2 Key export from 192.0.2.1:4460 (ntp.example) "
						 "failed : the reason\n"));
		ke_client_destroy(c);
	}
	world.export_error = 0;
}

static void tls_that_fails(void **state)
{
	struct ke_client *c;

	(void)state;
	world.fault = TLS_EXPIRED;
	c = open_client();
	assert_int_equal(ke_client_feed(c, (struct span){(const uint8_t *)"h", 1}), -EPROTO);
	/* Whom it was about is said before the verdict. */
	assert_string_equal(messages,
		"0 NTS-KE with 192.0.2.1:4460 (ntp.example): certificate of /CN=ntp.example for "
		"ntp.example\n"
		"0 NTS-KE with 192.0.2.1:4460 (ntp.example): issued by /CN=Example CA, 90 days "
		"left\n"
		"2 TLS handshake with 192.0.2.1:4460 (ntp.example) failed : the reason\n");
	/* It stays so, and says it once. */
	assert_int_equal(ke_client_feed(c, (struct span){(const uint8_t *)"h", 1}), -EPROTO);
	assert_int_equal(ke_client_closed(c), -EPROTO);
	assert_null(strstr(strstr(messages, "TLS") + 1, "TLS"));
	ke_client_destroy(c);
	world.no_peer = true;
	world.fault = TLS_NO_ALPN;
	c = open_client();
	assert_int_equal(ke_client_feed(c, (struct span){(const uint8_t *)"h", 1}), -EPROTO);
	assert_string_equal(
		messages, "2 NTS-KE not supported by 192.0.2.1:4460 (ntp.example) : the reason\n");
	ke_client_destroy(c);
	world.fault = TLS_FINE;
	world.no_peer = false;
	c = open_client();
	assert_int_equal(ke_client_closed(c), -EPROTO);
	assert_string_equal(messages, "2 TLS handshake with 192.0.2.1:4460 (ntp.example) failed : "
				      "connection closed\n");
	ke_client_destroy(c);
	assert_int_equal(world.open, 0);
}

/* Feeds a whole message; the reason it is refused for. */
static void refused(const uint8_t *message, size_t n, const char *reason)
{
	struct ke_client *c = shake();
	char line[256];
	int r = 0;

	for (size_t at = 0; at < n && r == 0; at += 4096)
		r = ke_client_feed(c, (struct span){message + at, n - at < 4096 ? n - at : 4096});
	if (r == 0)
		r = ke_client_closed(c);
	assert_int_equal(r, -EPROTO);
	snprintf(line, sizeof(line), "2 Received invalid NTS-KE response from ntp.example : %s\n",
		reason);
	assert_non_null(strstr(messages, line));
	assert_false(world.finished);
	ke_client_destroy(c);
}

static void answers_that_are_none(void **state)
{
	static uint8_t bytes[ROOM];
	size_t n = response(15, false, bytes);

	(void)state;
	for (size_t cut = 0; cut < n; cut += 13)
		refused(bytes, cut, "connection closed before the end of message");
	bytes[n] = 0;
	refused(bytes, n + 1, "data after the end of message");
	n = response(16, false, bytes);
	refused(bytes, n, "AEAD is none we offered");
	bytes[0] = 0x90;
	refused(bytes, n, "unknown critical record");
	/* Junk of 64 KiB and more, in records that never end. */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 16 == 0 ? 0x40 : i % 16 == 3 ? 12 : 0;
	refused(bytes, sizeof(bytes), "message too long");
	memset(bytes, 0xff, sizeof(bytes));
	refused(bytes, sizeof(bytes), "message too long");
	/* The server says by TLS that there is no more. */
	world.closed = true;
	n = response(15, false, bytes);
	refused(bytes, n - 4, "connection closed before the end of message");
	world.closed = false;
	assert_int_equal(world.open, 0);
}

static void settings_that_are_none(void **state)
{
	struct ke_client_settings s = {
		.crypto = &fake, .log = &the_log, .name = "a", .aeads = aeads};
	struct ke_client *c;

	(void)state;
	assert_int_equal(ke_client_create(&s, &c), -EINVAL);
	s.n_aeads = KE_AEADS + 1;
	assert_int_equal(ke_client_create(&s, &c), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_goes_well),
		cmocka_unit_test(keys_of_gcm_siv),
		cmocka_unit_test(tls_that_fails),
		cmocka_unit_test(answers_that_are_none),
		cmocka_unit_test(settings_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
