/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every backend against the RFC vectors and against each other.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "common/md5.h"

static const enum crypto_mac all[] = {CRYPTO_MD5, CRYPTO_SHA1, CRYPTO_SHA256, CRYPTO_SHA384,
	CRYPTO_SHA512, CRYPTO_SHA3_224, CRYPTO_SHA3_256, CRYPTO_SHA3_384, CRYPTO_SHA3_512,
	CRYPTO_AES128_CMAC, CRYPTO_AES256_CMAC};

#define N_ALL (sizeof(all) / sizeof(all[0]))

static struct span span_of(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static void self_test_passes(void **state)
{
	const char *which = NULL;

	(void)state;
	assert_non_null(crypto_backends[0]);
	for (size_t i = 0; crypto_backends[i]; i++) {
		assert_int_equal(crypto_self_test(crypto_backends[i], &which), 0);
		assert_null(which);
		assert_true(crypto_backends[i]->has_mac(CRYPTO_MD5));
		assert_true(strlen(crypto_backends[i]->version()) > 0);
	}
}

/* A backend that is wrong in one bit must not pass. */
static int wrong_mac(
	enum crypto_mac mac, struct span key, struct span data, uint8_t *ret, size_t room)
{
	int n = crypto_backends[0]->mac(mac, key, data, ret, room);

	if (n > 0)
		ret[n - 1] ^= 1;
	return n;
}

static void self_test_fails(void **state)
{
	struct crypto_backend wrong = *crypto_backends[0];
	const char *which = NULL;

	(void)state;
	wrong.mac = wrong_mac;
	assert_int_equal(crypto_self_test(&wrong, &which), -EBADMSG);
	assert_string_equal(which, "MD5 (RFC 1321 A.5)");
}

/* RFC 1321 A.5, whole; their lengths cross the padding's corners together with the next test. */
static void md5_vectors(void **state)
{
	static const struct {
		const char *message;
		uint8_t result[4];
	} rows[] = {
		{"", {0xd4, 0x1d, 0x8c, 0xd9}},
		{"a", {0x0c, 0xc1, 0x75, 0xb9}},
		{"abc", {0x90, 0x01, 0x50, 0x98}},
		{"message digest", {0xf9, 0x6b, 0x69, 0x7d}},
		{"abcdefghijklmnopqrstuvwxyz", {0xc3, 0xfc, 0xd3, 0xd7}},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
			{0xd1, 0x74, 0xab, 0x98}},
		{"1234567890123456789012345678901234567890123456789012345678901234567890123456789"
		 "0",
			{0x57, 0xed, 0xf4, 0xa2}},
	};
	/* Seen: an NTPsec client of fd77::1 reported reference ID 119.169.75.223. */
	static const uint8_t address[16] = {0xfd, 0x77, [15] = 1};
	static const uint8_t refid[4] = {119, 169, 75, 223};
	uint8_t result[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span m = span_of(rows[i].message);

		md5(m.p, m.n, result);
		assert_memory_equal(result, rows[i].result, 4);
	}
	md5(address, sizeof(address), result);
	assert_memory_equal(result, refid, 4);
}

/* All backends that have a code give the same for any key and data, of every length to 200. */
static void backends_agree(void **state)
{
	uint8_t key[40], data[200], first[CRYPTO_MAC_MAX], other[CRYPTO_MAC_MAX];

	(void)state;
	srand(2);
	for (size_t n = 0; n <= sizeof(data); n++) {
		enum crypto_mac mac = all[n % N_ALL];
		struct span k = {key, n % sizeof(key)}, d = {data, n};
		int made = 0;

		if (mac == CRYPTO_AES128_CMAC || mac == CRYPTO_AES256_CMAC)
			k.n = mac == CRYPTO_AES128_CMAC ? 16 : 32;
		for (size_t i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)rand();
		for (size_t i = 0; i < n; i++)
			data[i] = (uint8_t)rand();
		for (size_t i = 0; crypto_backends[i]; i++) {
			const struct crypto_backend *b = crypto_backends[i];
			uint8_t *out = made == 0 ? first : other;

			if (!b->has_mac(mac)) {
				assert_int_equal(b->mac(mac, k, d, out, CRYPTO_MAC_MAX), -ENOTSUP);
				continue;
			}
			assert_int_equal(b->mac(mac, k, d, out, CRYPTO_MAC_MAX),
				(int)crypto_mac_length(mac));
			if (made++ > 0)
				assert_memory_equal(first, other, crypto_mac_length(mac));
		}
		/* A build without a crypto library has but MD5. */
		assert_true(made > 0 || !crypto_backends[0]->has_mac(mac));
	}
}

static void md5_agrees(void **state)
{
	uint8_t data[300], own[16], theirs[16];

	(void)state;
	srand(3);
	for (size_t n = 0; n <= sizeof(data); n++) {
		struct span none = {data, 0}, d = {data, n};

		for (size_t i = 0; i < n; i++)
			data[i] = (uint8_t)rand();
		md5(data, n, own);
		assert_int_equal(crypto_backends[0]->mac(CRYPTO_MD5, none, d, theirs, 16), 16);
		assert_memory_equal(own, theirs, 16);
	}
}

static void bad_keys_and_rooms(void **state)
{
	uint8_t key[64] = {0}, out[CRYPTO_MAC_MAX];
	struct span d = {key, 4};

	(void)state;
	for (size_t i = 0; crypto_backends[i]; i++) {
		const struct crypto_backend *b = crypto_backends[i];

		assert_int_equal(b->mac(CRYPTO_MD5, d, d, out, 15), -ENOSPC);
		for (size_t n = 0; n <= sizeof(key); n++) {
			struct span k = {key, n};

			if (b->has_mac(CRYPTO_AES128_CMAC) && n != 16)
				assert_int_equal(
					b->mac(CRYPTO_AES128_CMAC, k, d, out, 64), -EINVAL);
			if (b->has_mac(CRYPTO_AES256_CMAC) && n != 32)
				assert_int_equal(
					b->mac(CRYPTO_AES256_CMAC, k, d, out, 64), -EINVAL);
		}
	}
}

static void names(void **state)
{
	enum crypto_mac mac;

	(void)state;
	for (size_t i = 0; i < N_ALL; i++) {
		assert_int_equal(crypto_mac_from_name(crypto_mac_name(all[i]), &mac), 0);
		assert_int_equal(mac, all[i]);
		assert_in_range(crypto_mac_length(mac), 16, CRYPTO_MAC_MAX);
	}
	assert_int_equal(crypto_mac_from_name("md5", &mac), -ENOENT);
	assert_null(crypto_mac_name((enum crypto_mac)10));
	assert_int_equal(crypto_mac_length((enum crypto_mac)10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_test_passes),
		cmocka_unit_test(self_test_fails),
		cmocka_unit_test(md5_vectors),
		cmocka_unit_test(backends_agree),
		cmocka_unit_test(md5_agrees),
		cmocka_unit_test(bad_keys_and_rooms),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
