/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS sessions: each backend as client of each as server, through memory.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/unit/tls_ends.h"

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

		ends_begin(&e, cb, sb, &x);
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
		ends_send(&e, "hello");
		ends_send(&e, "and again");
		exporters_agree(&e);
		cb->tls_finish(e.c);
		while (ends_move(cb, e.c, sb, e.s, 0))
			continue;
		assert_int_equal(sb->tls_read(e.s, in, sizeof(in)), 0);
		ends_end(&e);
	}
}

static void one_byte_at_a_time(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {.piece = 1};
		struct ends e;

		ends_begin(&e, cb, sb, &x);
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		ends_send(&e, "hello");
		ends_end(&e);
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

		ends_begin(&e, cb, sb, &x);
		assert_int_equal(sb->tls_write(e.s, (struct span){out, sizeof(out)}), 0);
		for (int i = 0; i < 1000 && got < sizeof(in); i++) {
			ends_move(sb, e.s, cb, e.c, 1000);
			while ((n = cb->tls_read(e.c, in + got, sizeof(in) - got)) > 0)
				got += (size_t)n;
			assert_int_equal(n, got < sizeof(in) ? -EAGAIN : n);
		}
		assert_int_equal(got, sizeof(out));
		assert_memory_equal(in, out, sizeof(out));
		assert_int_equal(sb->tls_write(e.s, (struct span){out, 65537}), -EFBIG);
		ends_end(&e);
	}
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
		ends_begin(&e, cb, sb, &x);
		assert_int_equal(e.client, 0);
		cb->tls_info(e.c, &info);
		assert_string_equal(info.version, "TLSv1.3");
		ends_end(&e);
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

			ends_begin(&e, cb, sb, &x);
			assert_int_equal(e.client, -EPROTO);
			assert_int_equal(e.server, -EPROTO);
			if (i == 0)
				assert_string_equal(
					sb->tls_why(e.s), "the client does not speak TLS 1.3");
			assert_int_equal(cb->tls_fault(e.c), TLS_BAD_VERSION);
			assert_int_equal(sb->tls_fault(e.s), TLS_BAD_VERSION);
			ends_end(&e);

			x.client12 = x.server12 = true;
			ends_begin(&e, cb, sb, &x);
			assert_string_equal(cb->tls_why(e.c), "");
			assert_int_equal(e.client, 0);
			assert_int_equal(e.server, 0);
			cb->tls_info(e.c, &info);
			assert_string_equal(info.version, "TLSv1.2");
			assert_int_equal(info.cipher_bits, 128);
			assert_string_equal(info.alpn, ALPN);
			assert_true(info.has_peer);
			ends_send(&e, "hello");
			exporters_agree(&e);
			ends_end(&e);

			/* the checks are the same */
			x.name = "b.test";
			ends_begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_fault(e.c), TLS_WRONG_NAME);
			assert_int_equal(sb->tls_fault(e.s), TLS_ALERTED);
			ends_end(&e);
			x.name = NULL;
			x.client_alpn = "http/1.1";
			ends_begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_fault(e.c), TLS_NO_ALPN);
			assert_int_equal(sb->tls_fault(e.s), TLS_NO_ALPN);
			ends_end(&e);
		}
	}
}

/* What one session of an identity may use says nothing of the next. */
static void versions_of_one_identity(void **state)
{
	static const struct {
		bool old, allowed;
		int result;
	} order[] = {{true, true, 0}, {true, false, -EPROTO}, {false, false, 0}, {true, true, 0},
		{false, true, 0}, {true, false, -EPROTO}};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {0};
		struct tls_certificate described;
		struct tls_info info;
		struct ends e;

		assert_int_equal(sb->identity_create(NULL, &x.identity), 0);
		ends_add_pair(sb, x.identity, pki_a, pki_key, &described);
		for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
			x.client_old = order[i].old;
			x.server12 = order[i].allowed;
			ends_begin(&e, cb, sb, &x);
			assert_int_equal(e.client, order[i].result);
			cb->tls_info(e.c, &info);
			if (order[i].result == 0)
				assert_string_equal(
					info.version, order[i].old ? "TLSv1.2" : "TLSv1.3");
			ends_end(&e);
		}
		sb->identity_destroy(x.identity);
	}
}

static void alpn_is_needed(void **state)
{
	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct setting x = {.client_alpn = "http/1.1"};
		struct ends e;

		ends_begin(&e, cb, sb, &x);
		assert_int_equal(e.client, -EPROTO);
		assert_int_equal(e.server, -EPROTO);
		assert_int_equal(sb->tls_fault(e.s), TLS_NO_ALPN);
		assert_string_equal(sb->tls_why(e.s), "the client does not ask for ntske/1");
		assert_int_equal(cb->tls_fault(e.c), TLS_NO_ALPN);
		assert_string_equal(cb->tls_why(e.c),
			"the server refused: no application protocol (alert 120)");
		ends_end(&e);
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

			ends_begin(&e, b, b, &x);
			ends_end(&e);
			x.piece = j;
			for (size_t k = 0; k < sizeof(bytes); k++)
				bytes[k] = (uint8_t)rand();
			if (j < sizeof(words) / sizeof(words[0]))
				memcpy(bytes, words[j], strlen(words[j]));
			{
				struct tls_client_settings c = {.trust = ends_trusting(b, pki_root),
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

			ends_begin(&e, cb, sb, &x);
			assert_int_equal(cb->tls_write(e.c, ends_pem("hello")), 0);
			n = cb->tls_drain(e.c, bytes, sizeof(bytes));
			assert_int_equal(n, 27);
			bytes[at] ^= 0x10;
			assert_int_equal(sb->tls_feed(e.s, (struct span){bytes, n}), n);
			r = sb->tls_read(e.s, in, sizeof(in));
			/* a longer length waits for more */
			assert_true(r == -EPROTO || (at >= 3 && at < 5 && r == -EAGAIN));
			if (r == -EPROTO)
				assert_true(strlen(sb->tls_why(e.s)) > 5);
			ends_end(&e);
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
		c.trust = ends_trusting(b, pki_root);
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
		assert_int_equal(b->identity_create(NULL, &s.identity), 0);
		assert_int_equal(b->tls_server(&s, &t), -EINVAL);
		b->identity_destroy(s.identity);
		b->trust_destroy(NULL);
		b->identity_destroy(NULL);
		b->tls_destroy(NULL);
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

		c.trust = ends_trusting(b, "");
		n = b->trust_add_system(c.trust);
		assert_true(n >= 0 || n == -ENOENT);
		assert_int_equal(b->identity_create(NULL, &s.identity), 0);
		ends_add_pair(b, s.identity, pki_a, pki_key, &info);
		assert_int_equal(b->tls_client(&c, &e.c), 0);
		assert_int_equal(b->tls_server(&s, &e.s), 0);
		b->trust_destroy(c.trust);
		b->identity_destroy(s.identity);
		ends_shake(&e, 0);
		assert_int_equal(b->tls_fault(e.c), TLS_UNKNOWN_CA);
		ends_end(&e);
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
			ends_begin(&e[i], cb, sb, &x);
		}
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(e[i].client, 0);
			ends_send(&e[i], "still there");
			ends_end(&e[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_talk),
		cmocka_unit_test(one_byte_at_a_time),
		cmocka_unit_test(long_messages),
		cmocka_unit_test(versions),
		cmocka_unit_test(old_peers),
		cmocka_unit_test(versions_of_one_identity),
		cmocka_unit_test(alpn_is_needed),
		cmocka_unit_test(garbage),
		cmocka_unit_test(tampered),
		cmocka_unit_test(settings),
		cmocka_unit_test(system_roots),
		cmocka_unit_test(replaced_while_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
