/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies, their keys' file, succession and derivation: with every crypto backend. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/serve/cookie_ring.h"

static const uint16_t numbers[] = {15, 16, 17, 30};

/* As chronyd 4.9 wrote it. */
static const char sample[] = "NKS1\n"
			     "31.6\n"
			     "ED3230C1 F82559B4D0A42D3863DE6A242AFCBDF1 30\n"
			     "665D0D76 BF3253EE6B0D3B39380D7AD09929D907 30\n"
			     "F272BE8F 9AD8C7A41F64A428AC1DADB11969E392 30\n"
			     "7FE3DE88 654AC7C7E67101C0C65A7586BDA0EC4D 30\n";

static void fill(uint8_t *p, size_t n, unsigned from)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(from + i * 7);
}

static struct cookie_session session_of(uint16_t aead)
{
	struct cookie_session s = {.aead = aead};

	fill(s.c2s, crypto_aead_key_length(aead), 3);
	fill(s.s2c, crypto_aead_key_length(aead), 99);
	return s;
}

static struct cookie_keyset keyset(uint16_t aead, unsigned from)
{
	struct cookie_keyset set = {0};
	uint8_t random[COOKIE_KEY_RANDOM];

	for (unsigned i = 0; i < COOKIE_KEYS; i++) {
		fill(random, sizeof(random), from + 31 * i);
		set.keys[i] = cookie_key_make(i > 0 ? &set.keys[i - 1] : NULL, aead, random);
	}
	return set;
}

static struct cookie_ring *ring_with(
	const struct crypto_backend *b, const struct cookie_keyset *set)
{
	struct cookie_ring *ring = NULL;

	assert_int_equal(cookie_ring_create(b, &ring), 0);
	assert_int_equal(cookie_ring_set(ring, set), 0);
	return ring;
}

static size_t seal(struct cookie_ring *ring, const struct cookie_session *s, uint8_t *ret)
{
	static unsigned nonces;
	uint8_t nonce[CRYPTO_AEAD_NONCE_MAX];
	int n;

	fill(nonce, sizeof(nonce), ++nonces);
	n = cookie_ring_seal(ring, nonce, s, ret, COOKIE_MAX);
	assert_true(n > 0);
	return (size_t)n;
}

/* Runs with every backend that seals. */
#define FOR_ALL(b)                                                                                 \
	for (size_t bi = 0; crypto_backends[bi]; bi++)                                             \
		for (const struct crypto_backend *b = crypto_backends[bi];                         \
			b && crypto_has_aead(b, 15); b = NULL)

/* The lengths of chrony's cookies (ntp-nts 9.6) and of those that chrony has not. */
static void lengths(void **state)
{
	(void)state;
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 15}, 15), 100);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 15}, 16), 132);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 15}, 17), 164);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 15}, 30), 68);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 30}, 15), 96);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 30}, 30), 64);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 14}, 15), 0);
	assert_int_equal(cookie_length(&(struct cookie_key){.aead = 15}, 31), 0);
}

static void opened_is_sealed(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		for (size_t sealing = 0; sealing < 4; sealing++) {
			struct cookie_keyset set = keyset(numbers[sealing], 1);
			struct cookie_ring *ring;

			if (!crypto_has_aead(b, numbers[sealing]))
				continue;
			ring = ring_with(b, &set);
			for (size_t i = 0; i < 4; i++) {
				struct cookie_session s = session_of(numbers[i]), got = {0};
				uint8_t cookie[COOKIE_MAX];
				enum cookie_age age;
				size_t n = seal(ring, &s, cookie);

				assert_int_equal(n, cookie_length(&set.keys[0], numbers[i]));
				assert_int_equal(cookie_key_id((struct span){cookie, n}),
					set.keys[COOKIE_CURRENT].id);
				assert_int_equal(cookie_ring_open(ring, (struct span){cookie, n},
							 &got, &age),
					0);
				assert_int_equal(age, COOKIE_CURRENT);
				assert_memory_equal(&got, &s, sizeof(s));
			}
			cookie_ring_destroy(ring);
		}
	}
}

/* Two cookies of one session have nothing to see in common but the key's ID. */
static void unlinkable(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		struct cookie_keyset set = keyset(15, 1);
		struct cookie_ring *ring = ring_with(b, &set);
		struct cookie_session s = session_of(15);
		uint8_t one[COOKIE_MAX], two[COOKIE_MAX];
		size_t n = seal(ring, &s, one);

		assert_int_equal(seal(ring, &s, two), n);
		for (size_t i = COOKIE_KEY_ID; i + 8 <= n; i += 8)
			assert_memory_not_equal(one + i, two + i, 8);
		cookie_ring_destroy(ring);
	}
}

/* Every bit counts, and every length. */
static void tampered(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		struct cookie_keyset set = keyset(15, 1);
		struct cookie_ring *ring = ring_with(b, &set);
		struct cookie_session s = session_of(15), got;
		uint8_t cookie[COOKIE_MAX];
		enum cookie_age age;
		size_t n = seal(ring, &s, cookie);

		for (size_t bit = 0; bit < 8 * n; bit++) {
			int r;

			cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
			r = cookie_ring_open(ring, (struct span){cookie, n}, &got, &age);
			cookie[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (bit < 32)
				assert_true(r == -ENOENT || r == -EBADMSG);
			else
				assert_int_equal(r, -EBADMSG);
		}
		for (size_t length = 0; length < n; length++)
			assert_true(cookie_ring_open(
					    ring, (struct span){cookie, length}, &got, &age) < 0);
		assert_int_equal(cookie_ring_open(ring, (struct span){cookie, n}, &got, &age), 0);
		cookie_ring_destroy(ring);
	}
}

static struct cookie_key next_key(const struct cookie_keyset *set, unsigned from)
{
	uint8_t random[COOKIE_KEY_RANDOM];

	fill(random, sizeof(random), from);
	return cookie_key_make(&set->keys[COOKIE_NEXT], 15, random);
}

/* A cookie is good for two more rotations; that of a server one ahead is good too. */
static void rotation(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		struct cookie_keyset set = keyset(15, 1), ahead = set;
		struct cookie_ring *ring = ring_with(b, &set), *other;
		struct cookie_session s = session_of(30), got;
		static const enum cookie_age ages[] = {COOKIE_CURRENT, COOKIE_OLD, COOKIE_OLD2};
		uint8_t cookie[COOKIE_MAX], early[COOKIE_MAX];
		enum cookie_age age;
		size_t n = seal(ring, &s, cookie);
		struct cookie_key next = next_key(&set, 200);

		cookie_keyset_rotate(&ahead, &next);
		assert_int_equal(ahead.keys[COOKIE_CURRENT].id, set.keys[COOKIE_NEXT].id);
		other = ring_with(b, &ahead);
		seal(other, &s, early);
		assert_int_equal(cookie_ring_open(ring, (struct span){early, n}, &got, &age), 0);
		assert_int_equal(age, COOKIE_NEXT);
		for (unsigned i = 0; i < 6; i++) {
			int r = cookie_ring_open(ring, (struct span){cookie, n}, &got, &age);

			assert_int_equal(r, i < 3 ? 0 : -ENOENT);
			if (r == 0)
				assert_int_equal(age, ages[i]);
			next = next_key(&set, 200 + 17 * i);
			cookie_keyset_rotate(&set, &next);
			assert_int_equal(cookie_ring_set(ring, &set), 0);
		}
		cookie_ring_destroy(ring);
		cookie_ring_destroy(other);
	}
}

static void empty_ring(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		struct cookie_ring *ring = NULL;
		struct cookie_session s = session_of(15);
		uint8_t nonce[CRYPTO_AEAD_NONCE_MAX] = {0}, cookie[COOKIE_MAX] = {0};
		enum cookie_age age;

		assert_int_equal(cookie_ring_create(b, &ring), 0);
		assert_null(cookie_ring_get(ring));
		assert_int_equal(
			cookie_ring_seal(ring, nonce, &s, cookie, sizeof(cookie)), -ENOENT);
		assert_int_equal(
			cookie_ring_open(ring, (struct span){cookie, 100}, &s, &age), -ENOENT);
		cookie_ring_destroy(ring);
	}
}

/* Keys that the library cannot use leave those in force. */
static void unusable_keys(void **state)
{
	(void)state;
	FOR_ALL(b)
	{
		struct cookie_keyset set = keyset(15, 1), bad = keyset(15, 1);
		struct cookie_ring *ring = ring_with(b, &set);

		bad.keys[3].aead = 31;
		assert_true(cookie_ring_set(ring, &bad) < 0);
		assert_memory_equal(cookie_ring_get(ring), &set, sizeof(set));
		cookie_ring_destroy(ring);
	}
}

static int parse_n(const char *text, size_t n, struct cookie_keyset *ret)
{
	const char *reason = NULL;
	int r = cookie_file_parse((struct span){(const uint8_t *)text, n}, ret, &reason);

	assert_non_null(reason);
	return r;
}

static int parse(const char *text, struct cookie_keyset *ret)
{
	return parse_n(text, strlen(text), ret);
}

static void file_as_chrony_wrote_it(void **state)
{
	static const uint8_t current[] = {0x9A, 0xD8, 0xC7, 0xA4, 0x1F, 0x64, 0xA4, 0x28, 0xAC,
		0x1D, 0xAD, 0xB1, 0x19, 0x69, 0xE3, 0x92};
	struct cookie_keyset set;
	char text[COOKIE_FILE_MAX];
	int n;

	(void)state;
	assert_int_equal(parse(sample, &set), 0);
	assert_true(set.age == 31.6);
	assert_int_equal(set.keys[COOKIE_OLD2].id, 0xED3230C1);
	assert_int_equal(set.keys[COOKIE_CURRENT].id, 0xF272BE8F);
	assert_int_equal(set.keys[COOKIE_NEXT].id, 0x7FE3DE88);
	assert_int_equal(set.keys[COOKIE_CURRENT].aead, 30);
	assert_memory_equal(set.keys[COOKIE_CURRENT].bytes, current, sizeof(current));
	n = cookie_file_format(&set, text, sizeof(text));
	assert_int_equal(n, sizeof(sample) - 1);
	assert_string_equal(text, sample);
	assert_int_equal(cookie_file_format(&set, text, 100), -ENOSPC);
}

static void older_file(void **state)
{
	struct cookie_keyset set;
	char text[COOKIE_FILE_MAX];

	(void)state;
	assert_int_equal(parse("NKS0\n30 12.5\n"
			       "00000001 00112233445566778899aabbccddeeff\n"
			       "00000002 00112233445566778899AABBCCDDEEFF\n"
			       "00000003 00112233445566778899aabbccddeeff\n"
			       "10000000 00112233445566778899aabbccddeeff\n",
				 &set),
		0);
	assert_true(set.age == 12.5);
	assert_int_equal(set.keys[3].id, 0x10000000);
	assert_int_equal(set.keys[3].aead, 30);
	assert_int_equal(set.keys[1].bytes[15], 0xff);
	/* It is written as it was found, for a chronyd that knows no other; not when that cannot
	 * say which key is of which algorithm. */
	assert_true(set.old_file);
	assert_true(cookie_file_format(&set, text, sizeof(text)) > 0);
	assert_memory_equal(text, "NKS0\n30 12.5\n00000001 00112233445566778899AABBCCDDEEFF\n",
		strlen("NKS0\n30 12.5\n00000001 00112233445566778899AABBCCDDEEFF\n"));
	assert_int_equal(parse(text, &set), 0);
	set.keys[3].aead = 15;
	assert_true(cookie_file_format(&set, text, sizeof(text)) > 0);
	assert_memory_equal(text, "NKS1\n12.5\n", strlen("NKS1\n12.5\n"));
}

/* Any prefix of a file, a byte too many, and every byte replaced: taken whole or not at all. */
static void corrupt_files(void **state)
{
	struct cookie_keyset set, before;
	char text[sizeof(sample) + 1];
	size_t n = sizeof(sample) - 1;

	(void)state;
	memset(&set, 0x55, sizeof(set));
	before = set;
	for (size_t length = 0; length < n - 1; length++)
		assert_int_equal(parse_n(sample, length, &set), -EBADMSG);
	for (size_t at = 0; at < n; at++) {
		memcpy(text, sample, n);
		text[at] = '\0';
		assert_int_equal(parse_n(text, n, &set), -EBADMSG);
		text[at] = 'x';
		if (sample[at] == '\n' || at != n - 1)
			assert_int_equal(parse_n(text, n, &set), -EBADMSG);
	}
	assert_memory_equal(&set, &before, sizeof(set));
	snprintf(text, sizeof(text), "%sx", sample);
	assert_int_equal(parse(text, &set), -EBADMSG);
	/* keys of another length than the algorithm's, IDs out of order, ages that are none */
	memcpy(text, sample, n + 1);
	memcpy(strrchr(text, '3'), "15", 2);
	assert_int_equal(parse(text, &set), -EBADMSG);
	memcpy(text, sample, n + 1);
	*strstr(text, "C1 ") = 'D', strstr(text, "D1 ")[1] = '2';
	assert_int_equal(parse(text, &set), -EBADMSG);
	assert_int_equal(parse("NKS1\n-1\n", &set), -EBADMSG);
	assert_int_equal(parse("NKS1\nnan\n", &set), -EBADMSG);
	assert_int_equal(parse("NKS2\n1\n", &set), -EBADMSG);
	assert_int_equal(parse("", &set), -EBADMSG);
	assert_memory_equal(&set, &before, sizeof(set));
}

/* Three servers that share nothing but the secret, and a fourth that gives the cookies. */
static void servers_agree(void **state)
{
	static const uint8_t secret[] = "correct horse battery staple";
	struct span shared = {secret, sizeof(secret) - 1};

	(void)state;
	FOR_ALL(b)
	{
		struct cookie_ring *rings[4];
		struct cookie_session s = session_of(15), got;
		uint8_t cookie[COOKIE_MAX];
		enum cookie_age age;
		size_t n;

		/* one is a period behind, one is a period ahead */
		for (size_t i = 0; i < 4; i++) {
			struct cookie_keyset set;

			assert_int_equal(cookie_keyset_derive(b, shared, 2939 + i % 3, &set), 0);
			rings[i] = ring_with(b, &set);
		}
		n = seal(rings[1], &s, cookie);
		for (size_t i = 0; i < 4; i++) {
			memset(&got, 0, sizeof(got));
			assert_int_equal(
				cookie_ring_open(rings[i], (struct span){cookie, n}, &got, &age),
				0);
			assert_memory_equal(&got, &s, sizeof(s));
		}
		for (size_t i = 0; i < 4; i++)
			cookie_ring_destroy(rings[i]);
	}
}

/* All libraries derive the same; periods, secrets and neighbours do not meet. */
static void derivation(void **state)
{
	static const uint8_t one[] = "0123456789abcdef", two[] = "0123456789abcdeg";
	struct cookie_keyset first = {0}, set, other;
	bool have = false;

	(void)state;
	FOR_ALL(b)
	{
		assert_int_equal(cookie_keyset_derive(b, (struct span){one, 16}, 7, &set), 0);
		if (have)
			assert_memory_equal(&set, &first, sizeof(set));
		first = set;
		have = true;
		assert_int_equal(set.keys[COOKIE_CURRENT].id & 3, 7 & 3);
		assert_int_equal(set.keys[COOKIE_CURRENT].aead, 15);
		assert_int_equal(cookie_keyset_derive(b, (struct span){one, 16}, 8, &other), 0);
		assert_memory_equal(&other.keys[1], &set.keys[2], sizeof(set.keys[2]));
		assert_memory_not_equal(other.keys[2].bytes, set.keys[2].bytes, 32);
		assert_int_equal(cookie_keyset_derive(b, (struct span){two, 16}, 7, &other), 0);
		assert_memory_not_equal(other.keys[2].bytes, set.keys[2].bytes, 32);
		assert_int_equal(
			cookie_keyset_derive(b, (struct span){one, 15}, 7, &other), -EINVAL);
		assert_int_equal(cookie_keyset_derive(b, (struct span){one, 16}, 0, &other), 0);
	}
}

/* ntpd's file: the newest first, numbers in the byte order of the machine. */
static void test_ntpd_file(void **state)
{
	static const char text[] =
		"T: 1795424118\nL: 32\nI: 2125016958\nK: "
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nI: 7\nK: "
		"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";
	static const char *const bad[] = {"", "T: 5\nL: 32\n", "T: 5\nL: 31\nI: 1\nK: 00\n",
		"T: 5\nL: 32\nI: 1\nK: 00\n", "T: -5\nL: 32\n", "NKS1\n0.0\n"};
	struct span content = {(const uint8_t *)text, sizeof(text) - 1};
	struct cookie_keyset set = {0};
	char again[COOKIE_FILE_MAX];
	uint32_t number = 2125016958;
	uint8_t bytes[4];

	(void)state;
	assert_int_equal(cookie_file_parse_ntpd(content, 1795424118 + 90, &set), 0);
	assert_true(set.age == 90);
	memcpy(bytes, &number, 4);
	assert_int_equal(set.keys[COOKIE_CURRENT].id, cookie_key_id((struct span){bytes, 4}));
	assert_int_equal(set.keys[COOKIE_CURRENT].bytes[31], 0x1f);
	assert_int_equal(set.keys[COOKIE_OLD].bytes[0], 0x20);
	assert_int_equal(set.keys[COOKIE_OLD2].aead, 0);
	assert_int_equal(set.keys[COOKIE_NEXT].aead, 0);
	assert_int_equal(cookie_file_format_ntpd(&set, 1795424118 + 90, again, sizeof(again)),
		(int)content.n);
	assert_string_equal(again, text);
	/* A second is not gained with each restart. */
	assert_int_equal(cookie_file_parse_ntpd(content, 1795424118 + 90.7, &set), 0);
	set.age += 2.6;
	assert_int_equal(
		cookie_file_format_ntpd(&set, 1795424118 + 90.7 + 2.6, again, sizeof(again)),
		(int)content.n);
	assert_string_equal(again, text);
	/* Before its time a clock is wrong, not a key. */
	assert_int_equal(cookie_file_parse_ntpd(content, 0, &set), 0);
	assert_true(set.age == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			cookie_file_parse_ntpd(
				(struct span){(const uint8_t *)bad[i], strlen(bad[i])}, 0, &set),
			-EBADMSG);
	/* Whole keys or none. */
	for (size_t n = 0; n < content.n; n++)
		assert_int_equal(cookie_file_parse_ntpd((struct span){content.p, n}, 0, &set),
			n == (size_t)(strstr(text, "I: 7") - text) ? 0 : -EBADMSG);
}

/* Cookies of ten keys are opened, by age; those of the eleventh are not. */
static void test_ntpd_ages(void **state)
{
	static const enum cookie_age ages[] = {COOKIE_CURRENT, COOKIE_OLD, COOKIE_OLD2,
		COOKIE_OLDER, COOKIE_OLDER + 1, COOKIE_OLDER + 2, COOKIE_OLDER + 3,
		COOKIE_OLDER + 4, COOKIE_OLDER + 5, COOKIE_OLDER + 6};
	static const size_t lengths[] = {104, 136, 168};
	uint8_t random[COOKIE_KEY_RANDOM] = {1}, cookie[COOKIE_MAX];

	(void)state;
	FOR_ALL(b)
	{
		struct cookie_session s = {.aead = 15, .c2s = {5}, .s2c = {6}}, got;
		struct cookie_keyset set = {.keys[COOKIE_CURRENT] = cookie_key_make_ntpd(random)};
		struct cookie_ring *ring = ring_with(b, &set);
		enum cookie_age age;
		size_t n = 0;

		for (unsigned i = 0; i < 3; i++) {
			s.aead = (uint16_t)(17 - i);
			n = seal(ring, &s, cookie);
			assert_int_equal(n, lengths[2 - i]);
		}
		for (unsigned i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
			struct cookie_key next;

			assert_int_equal(
				cookie_ring_open(ring, (struct span){cookie, n}, &got, &age), 0);
			assert_int_equal(age, ages[i]);
			assert_int_equal(got.aead, 15);
			assert_memory_equal(got.s2c, s.s2c, 32);
			random[0]++;
			next = cookie_key_make_ntpd(random);
			cookie_keyset_rotate_ntpd(&set, &next);
			assert_int_equal(cookie_ring_set(ring, &set), 0);
		}
		assert_int_equal(
			cookie_ring_open(ring, (struct span){cookie, n}, &got, &age), -ENOENT);
		cookie_ring_destroy(ring);
	}
}

/* A key file and a cookie that chronyd 4.3 made, and what its client knew. */
static void cookie_as_chronyd_made_it(void **state)
{
	static const char file[] =
		"NKS0\n"
		"15 1.3\n"
		"8B60C811 DE5E5CDE375BD52B8CDDD5F05EC2862649D762A5674509809B85A487A10DD786\n"
		"6D6E4E3E 05D0918B67D96E04F301ABBAF72659E34A6D74C8861BE111BD1FA44EED6C2630\n"
		"7D4E1DC3 D0BE970B59CE576A18FB15FBED6A31A29336000FDE70024F6A7BA6C7B74D7626\n"
		"4F44FD44 8AAFE62A1940EABAAC525B2C25A909D7C0372F8717B1DA417516CEB82AA8B955\n";
	static const char sealed[] =
		"7D4E1DC362DA221684A86DE7C4D10AE4F54873E9CA3DC987C931076315D7A533"
		"D94AC34B9CADF84D3C67B7EA7D4E6B916808B9045DE06B8A0D5611E73468D6FC"
		"2EB0278B1228D7B6A77B7AEB169DE1D78F916356133717C872CD9CC79A53ACDB"
		"98D263D6";
	static const char s2c[] =
		"410CF9BA9B16E4AB85CEADC08935958D8B4A5329434EAD00DEAC3481750C2FAC";
	static const char c2s[] =
		"4943AF199D54F50193BF59A49EA3585F324EE5E9F30D16797F25DB0737BCB680";
	uint8_t cookie[100], key[32];
	struct cookie_keyset set;
	struct cookie_session session;
	enum cookie_age age;
	const char *why;

	(void)state;
	assert_int_equal(
		cookie_file_parse((struct span){(const uint8_t *)file, strlen(file)}, &set, &why),
		0);
	assert_int_equal(text_hex(sealed, cookie, sizeof(cookie)), 100);
	FOR_ALL(b)
	{
		struct cookie_ring *ring = ring_with(b, &set);

		assert_int_equal(
			cookie_ring_open(ring, (struct span){cookie, 100}, &session, &age), 0);
		assert_int_equal(age, COOKIE_CURRENT);
		assert_int_equal(session.aead, 15);
		assert_int_equal(text_hex(c2s, key, sizeof(key)), 32);
		assert_memory_equal(session.c2s, key, 32);
		assert_int_equal(text_hex(s2c, key, sizeof(key)), 32);
		assert_memory_equal(session.s2c, key, 32);
		cookie_ring_destroy(ring);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(opened_is_sealed),
		cmocka_unit_test(unlinkable),
		cmocka_unit_test(tampered),
		cmocka_unit_test(rotation),
		cmocka_unit_test(empty_ring),
		cmocka_unit_test(unusable_keys),
		cmocka_unit_test(file_as_chrony_wrote_it),
		cmocka_unit_test(older_file),
		cmocka_unit_test(corrupt_files),
		cmocka_unit_test(servers_agree),
		cmocka_unit_test(derivation),
		cmocka_unit_test(cookie_as_chronyd_made_it),
		cmocka_unit_test(test_ntpd_file),
		cmocka_unit_test(test_ntpd_ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
