/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stock of cookies, the file it is kept in, and packets sealed and opened with published
 * vectors.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/protocol/nts_packet.h"
#include "daemon/protocol/nts_session.h"

static struct nts_session session(void)
{
	struct nts_session s = {.keys = {.aead = 30, .n = 16},
		.server = {.port = 11123},
		.establishments = 1,
		.established = INT64_C(1795424631) * INSTANT_S};

	assert_int_equal(address_parse("127.0.0.1", &s.server.address), 0);
	for (uint8_t i = 0; i < 16; i++) {
		s.keys.c2s[i] = i;
		s.keys.s2c[i] = (uint8_t)(0xf0 + i);
	}
	for (uint8_t i = 0; i < NTS_COOKIES; i++) {
		struct nts_cookie c = {.n = 64};

		memset(c.bytes, i, sizeof(c.bytes));
		nts_session_put(&s, &c);
	}
	return s;
}

static void section_9_1_stock(void **state)
{
	struct nts_session s = session();
	struct nts_cookie c = {.n = 4};

	(void)state;
	/* No more than eight; the oldest goes first. */
	nts_session_put(&s, &c);
	assert_int_equal(s.n_cookies, 8);
	for (int i = 0; i < 8; i++) {
		assert_true(nts_session_take(&s, &c));
		assert_int_equal(c.n, 64);
		assert_int_equal(c.bytes[63], i);
	}
	assert_false(nts_session_take(&s, &c));
	s = session();
	nts_session_wipe(&s);
	assert_int_equal(s.n_cookies, 0);
	assert_int_equal(s.keys.n, 0);
}

static const char file_start[] = "NNC0\nlocalhost\n1795424631.0\n127.0.0.1 11123\n"
				 "1 30 F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF "
				 "000102030405060708090A0B0C0D0E0F\n";

static int parse(const char *text, size_t n, struct nts_session *ret)
{
	char *copy = malloc(n + 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, text, n);
	r = nts_session_parse((struct span){(uint8_t *)copy, n}, "localhost", ret);
	free(copy);
	return r;
}

static void file_there_and_back(void **state)
{
	struct nts_session s = session(), back;
	char text[NTS_SESSION_FILE];
	int n = nts_session_format(&s, "localhost", text, sizeof(text));

	(void)state;
	assert_int_equal(n, (int)sizeof(file_start) - 1 + 8 * 129);
	assert_memory_equal(text, file_start, sizeof(file_start) - 1);
	assert_memory_equal(text + n - 129, "07070707", 8);
	assert_int_equal(parse(text, (size_t)n, &back), 0);
	assert_int_equal(back.keys.aead, 30);
	assert_memory_equal(back.keys.c2s, s.keys.c2s, 16);
	assert_memory_equal(back.keys.s2c, s.keys.s2c, 16);
	assert_int_equal(back.establishments, 1);
	assert_int_equal(back.established, s.established);
	assert_int_equal(back.n_cookies, 8);
	assert_memory_equal(back.cookies[7].bytes, s.cookies[7].bytes, 64);
	assert_int_equal(back.server.port, 11123);
	assert_true(address_equal(&back.server.address, &s.server.address));
	assert_int_equal(back.other_keys.n, 0);
	/* The longest of all fits, and what does not is said. */
	s.keys.aead = 17;
	s.keys.n = 64;
	for (int i = 0; i < 8; i++)
		s.cookies[i].n = NTS_COOKIE_MAX;
	n = nts_session_format(&s, "localhost", text, sizeof(text));
	assert_true(n > 8 * 513);
	assert_int_equal(parse(text, (size_t)n, &back), 0);
	assert_int_equal(back.cookies[0].n, NTS_COOKIE_MAX);
	assert_int_equal(nts_session_format(&s, "localhost", text, 4000), -ENOSPC);
	/* Another server's file. */
	assert_int_equal(
		nts_session_parse((struct span){(uint8_t *)text, (size_t)n}, "localhos", &back),
		-EBADMSG);
	/* A file that was cut anywhere but between cookies is damaged. */
	s = session();
	n = nts_session_format(&s, "localhost", text, sizeof(text));
	for (int i = 0; i < n; i++) {
		int whole = i - (int)(sizeof(file_start) - 1);

		assert_int_equal(parse(text, (size_t)i, &back),
			whole >= 129 && whole % 129 == 0 ? 0 : -EBADMSG);
	}
}

static void damaged_files(void **state)
{
	static const char *const bad[] = {
		"NNC1\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\nx\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1e300\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0 2\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 0\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 65536\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n224.0.0.1 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\nexample 123\n1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n-1 30 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 99 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 15 %s %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s0 %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %sAA %s\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s x\nAABBCCDD\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\nAABBCC\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\nAABBCCDG\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD\n\n",
		"NNC0\nlocalhost\n1.0\n192.0.2.1 123\n1 30 %s %s\nAABBCCDD AABBCCDD\n",
	};
	static const char key[] = "000102030405060708090A0B0C0D0E0F";
	static const char good[] = "NNC0\nlocalhost\n1.0\n2001:db8::1 123\n1 30 %s %s\nAABBCCDD\n";
	struct nts_session s;
	char text[4096];
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), good, key, key);
	assert_int_equal(parse(text, (size_t)n, &s), 0);
	assert_int_equal(s.server.address.family, ADDRESS_IP6);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = snprintf(text, sizeof(text), bad[i], key, key);
		assert_int_equal(parse(text, (size_t)n, &s), -EBADMSG);
	}
	/* Nine cookies, one that is too long, and a line that is. */
	n = snprintf(text, sizeof(text), good, key, key);
	for (int i = 0; i < 8; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "AABBCCDD\n");
	assert_int_equal(parse(text, (size_t)n, &s), -EBADMSG);
	assert_int_equal(parse(text, (size_t)n - 9, &s), 0);
	for (size_t length = 520; length < 2000; length += 1000) {
		n = snprintf(text, sizeof(text), good, key, key);
		memset(text + n, 'A', length);
		text[(size_t)n + length] = '\n';
		assert_int_equal(parse(text, (size_t)n + length + 1, &s), -EBADMSG);
	}
	n = snprintf(text, sizeof(text), good, key, key);
	text[10] = '\0';
	assert_int_equal(parse(text, (size_t)n, &s), -EBADMSG);
}

static void section_9_1_how_many_placeholders(void **state)
{
	(void)state;
	/* As many as were lost. */
	for (size_t left = 0; left <= 7; left++)
		assert_int_equal(nts_packet_placeholders(left, 100, 16, 1232), 7 - left);
	/* AEAD 17 with cookies of 168, AEAD 16 with 136: never above 1232 bytes. */
	assert_int_equal(nts_packet_placeholders(0, 168, 16, 1232), 5);
	assert_int_equal(nts_packet_placeholders(0, 136, 16, 1232), 6);
	assert_int_equal(nts_packet_placeholders(0, 104, 16, 1232), 7);
	assert_int_equal(nts_packet_placeholders(0, 100, 16, 227), 0);
	assert_int_equal(nts_packet_placeholders(0, 100, 16, 228 + 103), 0);
	assert_int_equal(nts_packet_placeholders(0, 100, 16, 228 + 104), 1);
	assert_int_equal(nts_packet_placeholders(8, 100, 16, 1232), 0);
}

static void hex(struct span s, char *ret)
{
	for (size_t i = 0; i < s.n; i++)
		sprintf(ret + 2 * i, "%02x", s.p[i]);
}

static void count_from(uint8_t first, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(first + i);
}

/* ntp-nts 14.4: whole packets made of counting bytes. */
static const struct vector {
	uint16_t aead;
	uint16_t cookie;
	size_t size;
	const char *authenticator, *request, *response;
} vectors[] = {
	{15, 100, 228,
		"0404002800100010c0c1c2c3c4c5c6c7c8c9cacbcccdcecffa2b40f0c0bc8acc71299e742e3dfa13",
		"ae27409a91663dc21b2c26ccaac6f98731a9618069173af3dbe78b8535defd9b",
		"66a6201ee63b5f8fb1be23f58a5e6477df14a9977f352768c293d9125b7a270f"},
	{16, 132, 260,
		"0404002800100010c0c1c2c3c4c5c6c7c8c9cacbcccdcecfa72022e33a98be9d6c4eb31cd35a31bc",
		"c74f70447ba0fcc79655d81b57731334bdbd864f47ee3a6e82c5ad3328eeffb3",
		"5842e103c0f245891f68d1b68c5ace928b21d4eb4a56ccf99e055bc8ca5d866d"},
	{17, 164, 292,
		"0404002800100010c0c1c2c3c4c5c6c7c8c9cacbcccdcecf93bd1172806868675c94cb95933daa15",
		"7bfd095ee8b09394e15c0c90da57b7a7013e9a26a51f4ae1a39fbe617d5b6f0e",
		"b66b9d7e3603a108795642762b56a2a9a42c0817d5bb03356ac40ea77724dd40"},
	{30, 68, 192, "04040024000c0010c0c1c2c3c4c5c6c7c8c9cacbebef85b88b0b007e7959593a9db16f62",
		"f23e5ddc6c896ab51fbb58f8d4f3130c5bee9d356ae502dd5c674279ecf32c86",
		"2bef527bdddef980f498dc91a37c8a158cbb2520549833fbe16a2e9838d107f6"},
};

static void check_digest(
	const struct crypto_backend *b, const uint8_t *packet, size_t n, const char *expected)
{
	uint8_t digest[32];
	char text[65];

	assert_int_equal(b->mac(CRYPTO_SHA256, (struct span){0}, (struct span){packet, n}, digest,
				 sizeof(digest)),
		32);
	hex((struct span){digest, 32}, text);
	assert_string_equal(text, expected);
}

static struct aead *make(const struct crypto_backend *b, const struct vector *v, uint8_t first)
{
	uint8_t key[CRYPTO_AEAD_KEY_MAX];
	size_t n = crypto_aead_key_length(v->aead);
	struct aead *a;

	count_from(first, key, sizeof(key));
	assert_int_equal(b->aead_create(v->aead, &a), 0);
	assert_int_equal(b->aead_rekey(a, (struct span){key, n}), 0);
	return a;
}

static void check_request(const struct crypto_backend *b, const struct vector *v)
{
	struct nts_packet_cipher c = {b, make(b, v, 0x80)};
	uint8_t packet[512] = {0x23, 0, 0, 0x20}, id[32], nonce[16];
	struct nts_cookie cookie = {.n = v->cookie};
	size_t n = PACKET_HEADER, tail;
	struct nts_packet_request r = {.unique_id = {id, 32},
		.cookie = &cookie,
		.nonce = {nonce, crypto_aead_nonce_length(v->aead)}};
	char text[128];

	count_from(1, packet + 40, 8);
	count_from(0x20, id, sizeof(id));
	count_from(0x40, cookie.bytes, cookie.n);
	count_from(0xc0, nonce, sizeof(nonce));
	assert_int_equal(nts_packet_seal(&c, &r, packet, &n, v->size - 1), -ENOSPC);
	n = PACKET_HEADER;
	assert_int_equal(nts_packet_seal(&c, &r, packet, &n, sizeof(packet)), 0);
	assert_int_equal(n, v->size);
	tail = strlen(v->authenticator) / 2;
	hex((struct span){packet + n - tail, tail}, text);
	assert_string_equal(text, v->authenticator);
	check_digest(b, packet, n, v->request);
	b->aead_destroy(c.aead);
}

/* The server's packet, sealed here; then opened as the client does, whole and with each byte
 * changed. */
static void check_response(const struct crypto_backend *b, const struct vector *v)
{
	struct nts_packet_cipher c = {b, make(b, v, 0)};
	static const uint8_t head[] = {
		0x24, 1, 6, 0xe9, 0, 0, 0, 0, 0, 0, 0, 0x10, 'L', 'O', 'C', 'L'};
	uint8_t packet[512], id[32], nonce[16], plain[300], body[256], *place;
	struct writer w = writer_on(packet, sizeof(packet));
	struct writer inner = writer_on(plain, sizeof(plain));
	struct nts_cookie cookies[NTS_COOKIES];
	struct packet_trailer t;
	struct nts_fields f;
	size_t authenticator;

	write_bytes(&w, head, sizeof(head));
	count_from(0x10, packet + 16, 8);
	count_from(1, packet + 24, 8);
	count_from(0x18, packet + 32, 16);
	w.n = PACKET_HEADER;
	count_from(0x20, id, sizeof(id));
	count_from(0xd0, nonce, sizeof(nonce));
	count_from(0x90, body, sizeof(body));
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, (struct span){id, 32});
	nts_field_write(&inner, NTS_FIELD_COOKIE, (struct span){body, v->cookie});
	authenticator = w.n;
	place = nts_field_write_authenticator(
		&w, (struct span){nonce, crypto_aead_nonce_length(v->aead)}, inner.n + 16, 0);
	assert_non_null(place);
	assert_int_equal(
		b->aead_seal(c.aead, (struct span){nonce, crypto_aead_nonce_length(v->aead)},
			(struct span){packet, authenticator}, (struct span){plain, inner.n}, place,
			inner.n + 16),
		(int)inner.n + 16);
	assert_int_equal(w.n, v->size);
	check_digest(b, packet, w.n, v->response);
	for (size_t i = 0; i <= w.n; i++) {
		if (i < w.n)
			packet[i] ^= 0x10;
		if (packet_split((struct span){packet, w.n}, 4, &t) == 0 &&
			nts_fields_find(&t, &f) == 0 && f.authenticated)
			assert_int_equal(nts_packet_open(&c, &f, cookies), i < w.n ? -EBADMSG : 1);
		else
			assert_true(i < w.n);
		if (i < w.n)
			packet[i] ^= 0x10;
	}
	assert_int_equal(cookies[0].n, v->cookie);
	assert_memory_equal(cookies[0].bytes, body, v->cookie);
	b->aead_destroy(c.aead);
}

static void packets_of_the_vectors(void **state)
{
	unsigned checked = 0;

	(void)state;
	for (const struct crypto_backend *const *b = crypto_backends; *b; b++) {
		for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
			if (!crypto_has_aead(*b, vectors[i].aead))
				continue;
			check_request(*b, &vectors[i]);
			check_response(*b, &vectors[i]);
			checked++;
		}
	}
	if (checked == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_9_1_stock),
		cmocka_unit_test(file_there_and_back),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(section_9_1_how_many_placeholders),
		cmocka_unit_test(packets_of_the_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
