/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIV over an AES of the test's own: RFC 5297's example with several strings, which the backends'
 * interface does not take, and lengths about the blocks.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backends/siv.h"

/** AES-128, slow and plain (FIPS 197): two keys. */
struct keys {
	uint8_t mac[16], stream[16];
};

static uint8_t times2(uint8_t v)
{
	return (uint8_t)(v << 1 ^ (v & 0x80 ? 0x1b : 0));
}

static uint8_t times(uint8_t a, uint8_t b)
{
	uint8_t r = 0;

	for (; b; b >>= 1, a = times2(a))
		if (b & 1)
			r ^= a;
	return r;
}

static uint8_t substitute(uint8_t v)
{
	uint8_t inverse = 1, r = 0x63;

	/* v to the 254th */
	for (int i = 0; i < 254; i++)
		inverse = times(inverse, v);
	for (int i = 0; i < 5; i++)
		r ^= (uint8_t)(inverse << i | inverse >> (8 - i));
	return r;
}

static void next_key(uint8_t *key, uint8_t constant)
{
	static const uint8_t order[4] = {13, 14, 15, 12};

	for (int i = 0; i < 4; i++)
		key[i] ^= substitute(key[order[i]]);
	key[0] ^= constant;
	for (int i = 4; i < 16; i++)
		key[i] ^= key[i - 4];
}

static void aes(const uint8_t *given, uint8_t *state)
{
	uint8_t key[16], old[16], constant = 1;

	memcpy(key, given, 16);
	for (int i = 0; i < 16; i++)
		state[i] ^= key[i];
	for (int round = 1; round <= 10; round++) {
		for (int i = 0; i < 16; i++)
			old[i] = substitute(state[(i + i % 4 * 4) % 16]);
		for (int i = 0; i < 16; i++) {
			int c = i & ~3;

			state[i] = round == 10 ? old[i]
					       : (uint8_t)(times2(old[i]) ^
							   times(old[c | ((i + 1) & 3)], 3) ^
							   old[c | ((i + 2) & 3)] ^
							   old[c | ((i + 3) & 3)]);
		}
		next_key(key, constant);
		constant = times2(constant);
		for (int i = 0; i < 16; i++)
			state[i] ^= key[i];
	}
}

static void chain(void *keys, uint8_t *state, const uint8_t *p, size_t n)
{
	const struct keys *k = keys;

	assert_true(n > 0 && n % 16 == 0);
	for (size_t i = 0; i < n; i++) {
		state[i % 16] ^= p[i];
		if (i % 16 == 15)
			aes(k->mac, state);
	}
}

static void count(void *keys, const uint8_t *counter, const uint8_t *p, uint8_t *ret, size_t n)
{
	const struct keys *k = keys;
	uint8_t at[16], block[16];

	memcpy(at, counter, 16);
	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0) {
			memcpy(block, at, 16);
			aes(k->stream, block);
			for (int j = 15; j >= 0 && ++at[j] == 0; j--)
				continue;
		}
		ret[i] = p[i] ^ block[i % 16];
	}
}

static const struct siv_cipher cipher = {chain, count};

/* FIPS 197 B: the test's own cipher is AES. */
static void cipher_is_aes(void **state)
{
	static const uint8_t key[16] = "\x2b\x7e\x15\x16\x28\xae\xd2\xa6"
				       "\xab\xf7\x15\x88\x09\xcf\x4f\x3c";
	static const uint8_t want[16] = "\x39\x25\x84\x1d\x02\xdc\x09\xfb"
					"\xdc\x11\x85\x97\x19\x6a\x0b\x32";
	uint8_t block[16] = "\x32\x43\xf6\xa8\x88\x5a\x30\x8d\x31\x31\x98\xa2\xe0\x37\x07\x34";

	(void)state;
	aes(key, block);
	assert_memory_equal(block, want, 16);
}

/* RFC 5297 A.2: three strings. */
static void several_strings(void **state)
{
	struct keys keys = {"\x7f\x7e\x7d\x7c\x7b\x7a\x79\x78\x77\x76\x75\x74\x73\x72\x71\x70",
		"\x40\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f"};
	static const uint8_t first[] = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99"
				       "\xaa\xbb\xcc\xdd\xee\xff\xde\xad\xda\xda"
				       "\xde\xad\xda\xda\xff\xee\xdd\xcc\xbb\xaa"
				       "\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00";
	static const uint8_t second[] = "\x10\x20\x30\x40\x50\x60\x70\x80\x90\xa0";
	static const uint8_t nonce[] = "\x09\xf9\x11\x02\x9d\x74\xe3\x5b"
				       "\xd8\x41\x56\xc5\x63\x56\x88\xc0";
	static const uint8_t plain[] = "this is some plaintext to encrypt using SIV-AES";
	static const uint8_t want[63] = "\x7b\xdb\x6e\x3b\x43\x26\x67\xeb\x06\xf4\xd1\x4b\xff\x2f"
					"\xbd\x0f\xcb\x90\x0f\x2f\xdd\xbe\x40\x43\x26\x60\x19\x65"
					"\xc8\x89\xbf\x17\xdb\xa7\x7c\xeb\x09\x4f\xa6\x63\xb7\xa3"
					"\xf7\x48\xba\x8a\xf8\x29\xea\x64\xad\x54\x4a\x27\x2e\x9c"
					"\x48\x5b\x62\xa3\xfd\x5c\x0d";
	struct span parts[] = {{first, 40}, {second, 10}, {nonce, 16}};
	uint8_t sealed[63], opened[47];
	struct siv s;

	(void)state;
	siv_start(&s, &cipher, &keys);
	siv_seal(&s, parts, 3, (struct span){plain, 47}, sealed);
	assert_memory_equal(sealed, want, 63);
	assert_int_equal(siv_open(&s, parts, 3, (struct span){sealed, 63}, opened), 0);
	assert_memory_equal(opened, plain, 47);
	/* fewer, more or other strings are not these */
	assert_int_equal(siv_open(&s, parts, 2, (struct span){sealed, 63}, opened), -EBADMSG);
	for (size_t i = 0; i < 47; i++)
		assert_int_equal(opened[i], 0);
	assert_int_equal(siv_open(&s, parts + 1, 2, (struct span){sealed, 63}, opened), -EBADMSG);
	parts[1].n--;
	assert_int_equal(siv_open(&s, parts, 3, (struct span){sealed, 63}, opened), -EBADMSG);
	assert_int_equal(siv_open(&s, parts, 3, (struct span){sealed, 15}, opened), -EBADMSG);
}

static void order_of_parts(void **state)
{
	uint8_t bytes[4] = {1, 2, 3, 4};
	struct span ad = {bytes, 2}, nonce = {bytes + 2, 2}, none = {bytes, 0}, parts[2];

	(void)state;
	assert_int_equal(siv_parts(ad, nonce, parts), 2);
	assert_ptr_equal(parts[0].p, bytes);
	assert_ptr_equal(parts[1].p, bytes + 2);
	/* An empty string is a string: chronyd's cookies have one. */
	assert_int_equal(siv_parts(none, nonce, parts), 2);
	assert_int_equal(parts[0].n, 0);
	assert_ptr_equal(parts[1].p, bytes + 2);
	assert_int_equal(siv_parts(ad, none, parts), 1);
	assert_ptr_equal(parts[0].p, bytes);
	assert_int_equal(siv_parts(none, none, parts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cipher_is_aes),
		cmocka_unit_test(several_strings),
		cmocka_unit_test(order_of_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
