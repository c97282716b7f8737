/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES (FIPS 197) by AES-NI. No table is looked into and no branch depends on a secret.
 */
#include "config.h"

#include <string.h>

#include "backends/crypto.h"
#include "backends/native.h"

#if defined(__x86_64__)

#include <wmmintrin.h>

#define WITH_AES __attribute__((target("aes,sse2")))

/* Blocks in the counter mode that the processor works on at a time. */
#define SIDE 4

bool native_is_here(void)
{
	return __builtin_cpu_supports("aes");
}

/* The S-box on each byte: in the last round of a state of four equal columns shifting its rows
 * changes nothing. */
WITH_AES static uint32_t substitute(uint32_t word)
{
	__m128i v = _mm_set1_epi32((int)word);

	return (uint32_t)_mm_cvtsi128_si32(_mm_aesenclast_si128(v, _mm_setzero_si128()));
}

/* FIPS 197 5.2, on words whose first byte is the lowest. */
WITH_AES static void expand(struct native_key *k, const uint8_t *key, size_t n)
{
	uint32_t *w = k->schedule[0], constant = 1, t;
	size_t words = n / 4, end = 4 * (words + 7), of_key = 0;

	k->rounds = (int)words + 6;
	memcpy(w, key, n);
	t = w[words - 1];
	for (size_t i = words; i < end; i++) {
		if (of_key == 0) {
			t = substitute(t);
			t = (t >> 8 | t << 24) ^ constant;
			constant = constant << 1 ^ (constant >> 7 ? 0x11b : 0);
		} else if (words == 8 && of_key == 4) {
			t = substitute(t);
		}
		of_key = of_key + 1 == words ? 0 : of_key + 1;
		t ^= w[i - words];
		w[i] = t;
	}
}

WITH_AES static inline __m128i round_key(const struct native_key *k, int i)
{
	return _mm_loadu_si128((const __m128i *)(const void *)k->schedule[i]);
}

WITH_AES static void chain(void *keys, uint8_t *state, const uint8_t *p, size_t n)
{
	const struct native_key *k = &((const struct native_siv *)keys)->mac;
	__m128i s = _mm_loadu_si128((const __m128i *)(const void *)state);

	for (; n > 0; p += SIV_BLOCK, n -= SIV_BLOCK) {
		s = _mm_xor_si128(s, _mm_loadu_si128((const __m128i *)(const void *)p));
		s = _mm_xor_si128(s, round_key(k, 0));
		for (int i = 1; i < k->rounds; i++)
			s = _mm_aesenc_si128(s, round_key(k, i));
		s = _mm_aesenclast_si128(s, round_key(k, k->rounds));
	}
	_mm_storeu_si128((__m128i *)(void *)state, s);
}

/* The counter i blocks on: SIV starts it with its highest bits clear, so the last word suffices. */
static __m128i count_on(const uint8_t *counter, uint32_t i)
{
	uint8_t at[SIV_BLOCK];
	uint32_t low = (uint32_t)counter[12] << 24 | (uint32_t)counter[13] << 16 |
		       (uint32_t)counter[14] << 8 | counter[15];

	memcpy(at, counter, SIV_BLOCK);
	low += i;
	for (int j = 0; j < 4; j++)
		at[12 + j] = (uint8_t)(low >> (24 - 8 * j));
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* The key stream of the next blocks. */
WITH_AES static void make_stream(
	const struct native_key *k, const uint8_t *counter, uint32_t first, __m128i ret[SIDE])
{
	for (uint32_t j = 0; j < SIDE; j++)
		ret[j] = _mm_xor_si128(count_on(counter, first + j), round_key(k, 0));
	for (int i = 1; i < k->rounds; i++)
		for (int j = 0; j < SIDE; j++)
			ret[j] = _mm_aesenc_si128(ret[j], round_key(k, i));
	for (int j = 0; j < SIDE; j++)
		ret[j] = _mm_aesenclast_si128(ret[j], round_key(k, k->rounds));
}

WITH_AES static void count(
	void *keys, const uint8_t *counter, const uint8_t *p, uint8_t *ret, size_t n)
{
	const struct native_key *k = &((const struct native_siv *)keys)->stream;
	uint8_t stream[SIDE * SIV_BLOCK];
	__m128i blocks[SIDE];

	for (uint32_t first = 0; n > 0; first += SIDE) {
		size_t part = n < sizeof(stream) ? n : sizeof(stream);

		make_stream(k, counter, first, blocks);
		memcpy(stream, blocks, sizeof(stream));
		for (size_t i = 0; i < part; i++)
			ret[i] = p[i] ^ stream[i];
		p += part;
		ret += part;
		n -= part;
	}
	/* It and the plaintext give each other away. */
	crypto_wipe(stream, sizeof(stream));
	crypto_wipe(blocks, sizeof(blocks));
}

static const struct siv_cipher cipher = {chain, count};

void native_siv_start(struct siv *s, struct native_siv *k, struct span key)
{
	expand(&k->mac, key.p, key.n / 2);
	expand(&k->stream, key.p + key.n / 2, key.n / 2);
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
