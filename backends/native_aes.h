/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-NI as native.c and lanes.c use it: keys made ready, and the blocks of SIV as vectors. Only
 * where there is __x86_64__, and only to be run where native_is_here().
 */
#ifndef BACKENDS_NATIVE_AES_H
#define BACKENDS_NATIVE_AES_H

#include <tmmintrin.h>
#include <wmmintrin.h>

#include "backends/crypto.h"
#include "backends/native.h"

#define WITH_AES __attribute__((target("aes,ssse3")))

/** Makes a key of n bytes ready (16, 24 or 32), in a time that does not depend on it. */
void native_expand(struct native_key *k, const uint8_t *key, size_t n);

WITH_AES static inline __m128i native_load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

WITH_AES static inline void native_store(uint8_t *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)p, v);
}

/** Adds a block of the key stream to n bytes, at most a block. */
WITH_AES static inline void native_mix(uint8_t *ret, const uint8_t *p, size_t n, __m128i stream)
{
	uint8_t rest[SIV_BLOCK];

	if (n == SIV_BLOCK) {
		native_store(ret, _mm_xor_si128(native_load(p), stream));
		return;
	}
	native_store(rest, stream);
	for (size_t i = 0; i < n; i++)
		ret[i] = p[i] ^ rest[i];
	crypto_wipe(rest, sizeof(rest));
}

WITH_AES static inline __m128i native_round_key(const struct native_key *k, int i)
{
	return _mm_load_si128((const __m128i *)(const void *)k->schedule[i]);
}

/**
 * The next round key of AES-128 (FIPS 197 5.2): its last word through the S-box, which the last
 * round of a state of four equal columns is, as shifting its rows changes nothing; then each word
 * takes the sum of those before it.
 */
WITH_AES static inline __m128i native_next_key(__m128i key, int constant)
{
	__m128i t = _mm_shuffle_epi32(key, 0xff);

	t = _mm_xor_si128(_mm_srli_epi32(t, 8), _mm_slli_epi32(t, 24));
	t = _mm_aesenclast_si128(t, _mm_set1_epi32(constant));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
	return _mm_xor_si128(key, t);
}

/** The constant after this one: the next power of x. */
static inline int native_next_constant(int constant)
{
	return constant << 1 ^ (constant >> 7 ? 0x11b : 0);
}

#endif
