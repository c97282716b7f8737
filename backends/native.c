/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES (FIPS 197) by AES-NI. No table is looked into and no branch depends on a secret.
 */
#include "config.h"

#include <string.h>

#include "backends/crypto.h"
#include "backends/native.h"

#if defined(__x86_64__)

#include "backends/native_aes.h"

/* Blocks in the counter mode that the processor works on at a time. */
#define SIDE 4

bool native_is_here(void)
{
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("ssse3");
}

/* The S-box on each byte: see native_next_key(). */
WITH_AES static uint32_t substitute(uint32_t word)
{
	__m128i v = _mm_set1_epi32((int)word);

	return (uint32_t)_mm_cvtsi128_si32(_mm_aesenclast_si128(v, _mm_setzero_si128()));
}

/* FIPS 197 5.2 for longer keys, on words whose first byte is the lowest. */
WITH_AES static void expand_long(struct native_key *k, const uint8_t *key, size_t n)
{
	uint32_t *w = k->schedule[0], t;
	size_t words = n / 4, end = 4 * (words + 7), of_key = 0;
	int constant = 1;

	memcpy(w, key, n);
	t = w[words - 1];
	for (size_t i = words; i < end; i++) {
		if (of_key == 0) {
			t = substitute(t);
			t = (t >> 8 | t << 24) ^ (uint32_t)constant;
			constant = native_next_constant(constant);
		} else if (words == 8 && of_key == 4) {
			t = substitute(t);
		}
		of_key = of_key + 1 == words ? 0 : of_key + 1;
		t ^= w[i - words];
		w[i] = t;
	}
}

WITH_AES void native_expand(struct native_key *k, const uint8_t *key, size_t n)
{
	__m128i v;
	int constant = 1;

	k->rounds = (int)n / 4 + 6;
	if (n > SIV_BLOCK) {
		expand_long(k, key, n);
		return;
	}
	v = native_load(key);
	memcpy(k->schedule[0], key, SIV_BLOCK);
	for (int i = 1; i <= k->rounds; i++) {
		v = native_next_key(v, constant);
		native_store((uint8_t *)k->schedule[i], v);
		constant = native_next_constant(constant);
	}
}

WITH_AES static void chain(void *keys, uint8_t *state, const uint8_t *p, size_t n)
{
	const struct native_key *k = &((const struct native_siv *)keys)->mac;
	__m128i s = native_load(state);

	for (; n > 0; p += SIV_BLOCK, n -= SIV_BLOCK) {
		s = _mm_xor_si128(s, native_load(p));
		s = _mm_xor_si128(s, native_round_key(k, 0));
		for (int i = 1; i < k->rounds; i++)
			s = _mm_aesenc_si128(s, native_round_key(k, i));
		s = _mm_aesenclast_si128(s, native_round_key(k, k->rounds));
	}
	native_store(state, s);
}

/* The counter i blocks on: SIV starts it with its highest bits clear, so the last word suffices. */
WITH_AES static __m128i count_on(const uint8_t *counter, uint32_t i)
{
	const __m128i not_last = _mm_set_epi32(0, -1, -1, -1);
	uint32_t low = (uint32_t)counter[12] << 24 | (uint32_t)counter[13] << 16 |
		       (uint32_t)counter[14] << 8 | counter[15];
	__m128i last = _mm_cvtsi32_si128((int)__builtin_bswap32(low + i));

	return _mm_or_si128(
		_mm_and_si128(native_load(counter), not_last), _mm_slli_si128(last, 12));
}

/* The key stream of the next blocks. */
WITH_AES static void make_stream(
	const struct native_key *k, const uint8_t *counter, uint32_t first, __m128i ret[SIDE])
{
	for (uint32_t j = 0; j < SIDE; j++)
		ret[j] = _mm_xor_si128(count_on(counter, first + j), native_round_key(k, 0));
	for (int i = 1; i < k->rounds; i++)
		for (int j = 0; j < SIDE; j++)
			ret[j] = _mm_aesenc_si128(ret[j], native_round_key(k, i));
	for (int j = 0; j < SIDE; j++)
		ret[j] = _mm_aesenclast_si128(ret[j], native_round_key(k, k->rounds));
}

WITH_AES static void count(
	void *keys, const uint8_t *counter, const uint8_t *p, uint8_t *ret, size_t n)
{
	const struct native_key *k = &((const struct native_siv *)keys)->stream;
	__m128i blocks[SIDE];

	for (uint32_t first = 0; n > 0; first += SIDE) {
		make_stream(k, counter, first, blocks);
		for (int j = 0; j < SIDE && n > 0; j++) {
			size_t part = n < SIV_BLOCK ? n : SIV_BLOCK;

			native_mix(ret, p, part, blocks[j]);
			p += part;
			ret += part;
			n -= part;
		}
	}
	/* It and the plaintext give each other away. */
	crypto_wipe(blocks, sizeof(blocks));
}

static const struct siv_cipher cipher = {chain, count};

void native_siv_start(struct siv *s, struct native_siv *k, struct span key)
{
	native_expand(&k->mac, key.p, key.n / 2);
	native_expand(&k->stream, key.p + key.n / 2, key.n / 2);
	siv_start(s, &cipher, k);
}

#else

bool native_is_here(void)
{
	return false;
}

void native_siv_start(struct siv *s, struct native_siv *k, struct span key)
{
	(void)s;
	(void)k;
	(void)key;
}

#endif
