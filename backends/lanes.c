/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIV of many messages side by side. A MAC is a chain: each block waits for the one before, and the
 * processor could have worked on eight meanwhile. So eight messages, each with its key or all with
 * one, go through together, block by block; one that has fewer blocks than others idles at its end.
 * What is done depends on lengths alone.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/crypto.h"
#include "backends/native.h"

#if defined(__x86_64__)

#include "backends/native_aes.h"

#define LANES 8

/* In the order of lanes, without a loop: then blocks stay in registers. */
#define EACH _Pragma("GCC unroll 8") for (size_t l = 0; l < LANES; l++)

/* Keys of the lanes' own. Secret. */
struct own_keys {
	struct native_key mac[LANES], stream[LANES];
};

/* The keys of the lanes, and what SIV makes of each. Secret. */
struct lanes {
	const struct native_key *mac, *stream; /* of the first lane */
	bool same;                             /* it is that of all */
	__m128i whole[LANES], padded[LANES], zero[LANES];
};

/* What each lane chains: blocks where they lie, then some that were made up. Secret. */
struct run {
	const uint8_t *p[LANES];
	size_t there[LANES]; /* blocks at p */
	size_t n[LANES];     /* blocks in all */
	uint8_t made[LANES][2 * SIV_BLOCK];
};

/* Messages on their way, those without one empty. */
struct group {
	struct aead_job *jobs[LANES];
	size_t n;
	struct span parts[LANES][2], plain[LANES];
	size_t n_parts[LANES];
};

WITH_AES static inline __attribute__((always_inline)) void rounds(
	const struct native_key *k, size_t step, __m128i s[LANES])
{
	EACH s[l] = _mm_xor_si128(s[l], native_round_key(&k[l * step], 0));
	for (int i = 1; i < k->rounds; i++)
		EACH s[l] = _mm_aesenc_si128(s[l], native_round_key(&k[l * step], i));
	EACH s[l] = _mm_aesenclast_si128(s[l], native_round_key(&k[l * step], k->rounds));
}

/* A block of each lane. The keys of all are of one length. */
WITH_AES static inline __attribute__((always_inline)) void encrypt(
	const struct native_key *k, bool same, __m128i s[LANES])
{
	if (same)
		rounds(k, 0, s);
	else
		rounds(k, 1, s);
}

/* Doubling in GF(2^128) (RFC 5297 2.3). */
WITH_AES static __m128i twice(__m128i v)
{
	const __m128i turn = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	__m128i carry;

	v = _mm_shuffle_epi8(v, turn);
	carry = _mm_and_si128(_mm_shuffle_epi32(_mm_srai_epi32(v, 31), _MM_SHUFFLE(2, 1, 0, 3)),
		_mm_set_epi32(1, 1, 1, 0x87));
	return _mm_shuffle_epi8(_mm_xor_si128(_mm_slli_epi32(v, 1), carry), turn);
}

/* The keys of AES-128, all at once: else the same as native_expand(). */
WITH_AES static void expand(struct native_key k[LANES], struct aead_job *const *jobs, size_t at)
{
	__m128i v[LANES];
	int constant = 1;

	EACH
	{
		v[l] = native_load(jobs[l]->key.p + at);
		native_store((uint8_t *)k[l].schedule[0], v[l]);
		k[l].rounds = 10;
	}
	for (int i = 1; i <= 10; i++) {
		EACH
		{
			v[l] = native_next_key(v[l], constant);
			native_store((uint8_t *)k[l].schedule[i], v[l]);
		}
		constant = native_next_constant(constant);
	}
}

/* What siv_start() does. */
WITH_AES static void start(struct lanes *k, struct own_keys *own, const struct group *g)
{
	struct aead_job *jobs[LANES];
	size_t half = g->jobs[0]->key.n / 2;
	__m128i s[LANES];

	EACH jobs[l] = g->jobs[l < g->n ? l : 0];
	if (half == SIV_BLOCK) {
		expand(own->mac, jobs, 0);
		expand(own->stream, jobs, half);
	} else {
		for (size_t l = 0; l < LANES; l++) {
			native_expand(&own->mac[l], jobs[l]->key.p, half);
			native_expand(&own->stream[l], jobs[l]->key.p + half, half);
		}
	}
	k->mac = own->mac;
	k->stream = own->stream;
	k->same = false;
	EACH s[l] = _mm_setzero_si128();
	encrypt(k->mac, false, s);
	EACH
	{
		k->whole[l] = s[l] = twice(s[l]);
		k->padded[l] = twice(s[l]);
	}
	encrypt(k->mac, false, s);
	EACH k->zero[l] = s[l];
}

/* The same with a key that was made ready before. */
WITH_AES static void start_same(struct lanes *k, const struct siv *s)
{
	const struct native_siv *keys = s->keys;

	k->mac = &keys->mac;
	k->stream = &keys->stream;
	k->same = true;
	EACH
	{
		k->whole[l] = native_load(s->whole);
		k->padded[l] = native_load(s->padded);
		k->zero[l] = native_load(s->zero);
	}
}

/* Lays out the CMAC of a string: its last block is treated apart. */
WITH_AES static void lay_string(struct run *r, size_t l, const struct lanes *k, struct span part)
{
	uint8_t *made = r->made[l];
	size_t rest;

	r->p[l] = part.p;
	r->there[l] = part.n > 0 ? (part.n - 1) / SIV_BLOCK : 0;
	r->n[l] = r->there[l] + 1;
	rest = part.n - r->there[l] * SIV_BLOCK;
	native_store(made, _mm_setzero_si128());
	if (rest > 0)
		memcpy(made, part.p + r->there[l] * SIV_BLOCK, rest);
	if (rest < SIV_BLOCK)
		made[rest] = 0x80;
	native_store(made,
		_mm_xor_si128(native_load(made), rest < SIV_BLOCK ? k->padded[l] : k->whole[l]));
}

/* Lays out the last CMAC of S2V: that of the plaintext with d at its end, or over it. */
WITH_AES static void lay_plain(
	struct run *r, size_t l, const struct lanes *k, struct span plain, __m128i d)
{
	uint8_t *made = r->made[l], *end;
	size_t rest;

	if (plain.n < SIV_BLOCK) {
		lay_string(r, l, k, plain);
		/* The padding is the same, but the block counts as whole. */
		d = _mm_xor_si128(twice(d), _mm_xor_si128(k->padded[l], k->whole[l]));
		native_store(made, _mm_xor_si128(native_load(made), d));
		return;
	}
	r->p[l] = plain.p;
	r->there[l] = (plain.n - SIV_BLOCK) / SIV_BLOCK;
	rest = plain.n % SIV_BLOCK;
	r->n[l] = r->there[l] + 1 + (rest > 0);
	native_store(made + SIV_BLOCK, _mm_setzero_si128());
	memcpy(made, plain.p + r->there[l] * SIV_BLOCK, SIV_BLOCK + rest);
	native_store(made + rest, _mm_xor_si128(native_load(made + rest), d));
	end = rest > 0 ? made + SIV_BLOCK : made;
	if (rest > 0)
		end[rest] = 0x80;
	native_store(end, _mm_xor_si128(native_load(end), rest > 0 ? k->padded[l] : k->whole[l]));
}

/* The i-th block of a lane, or any of its own when it has not so many. */
WITH_AES static inline __m128i block_at(const struct run *r, size_t l, size_t i)
{
	if (i < r->there[l])
		return native_load(r->p[l] + i * SIV_BLOCK);
	return native_load(r->made[l] + (i > r->there[l] ? SIV_BLOCK : 0));
}

/* Of some numbers the least and the greatest. */
static void range(const size_t n[LANES], size_t *ret_least, size_t *ret_most)
{
	*ret_least = *ret_most = n[0];
	for (size_t l = 1; l < LANES; l++) {
		*ret_least = n[l] < *ret_least ? n[l] : *ret_least;
		*ret_most = n[l] > *ret_most ? n[l] : *ret_most;
	}
}

/* CMAC, but for what lay_...() did. Where n is 0, zero. */
WITH_AES static void chain(const struct lanes *k, const struct run *r, __m128i ret[LANES])
{
	__m128i s[LANES], t[LANES];
	size_t least, most;

	range(r->n, &least, &most);
	EACH s[l] = _mm_setzero_si128();
	for (size_t i = 0; i < least; i++) {
		EACH s[l] = _mm_xor_si128(s[l], block_at(r, l, i));
		encrypt(k->mac, k->same, s);
	}
	for (size_t i = least; i < most; i++) {
		EACH t[l] = _mm_xor_si128(s[l], block_at(r, l, i));
		encrypt(k->mac, k->same, t);
		EACH s[l] = i < r->n[l] ? t[l] : s[l];
	}
	EACH ret[l] = s[l];
}

/* S2V (RFC 5297 2.4). */
WITH_AES static void make_tags(const struct lanes *k, const struct group *g, __m128i ret[LANES])
{
	__m128i d[LANES], t[LANES];
	struct run r = {0};

	EACH d[l] = k->zero[l];
	for (size_t part = 0; part < 2; part++) {
		for (size_t l = 0; l < LANES; l++) {
			r.n[l] = r.there[l] = 0;
			if (part < g->n_parts[l])
				lay_string(&r, l, k, g->parts[l][part]);
		}
		chain(k, &r, t);
		for (size_t l = 0; l < LANES; l++)
			if (r.n[l] > 0)
				d[l] = _mm_xor_si128(twice(d[l]), t[l]);
	}
	for (size_t l = 0; l < LANES; l++)
		lay_plain(&r, l, k, g->plain[l], d[l]);
	chain(k, &r, ret);
	crypto_wipe(&r, sizeof(r));
}

/* Counter mode from the tags on: in, of the plaintexts' lengths, to ret. */
WITH_AES static void count(const struct lanes *k, const struct group *g, const __m128i tags[LANES],
	const uint8_t *const in[LANES], uint8_t *const ret[LANES])
{
	const __m128i kept = _mm_set_epi32(0, ~0x80, -1, -1);
	__m128i first[LANES], t[LANES];
	uint32_t last[LANES];
	size_t blocks[LANES], most = 0;

	EACH
	{
		const struct span *plain = &g->plain[l];

		blocks[l] = (plain->n + SIV_BLOCK - 1) / SIV_BLOCK;
		most = blocks[l] > most ? blocks[l] : most;
		first[l] = _mm_and_si128(tags[l], kept);
		last[l] = (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(tags[l], 12));
		last[l] = __builtin_bswap32(last[l]) & 0x7fffffff;
	}
	for (uint32_t i = 0; i < most; i++) {
		EACH
		{
			uint32_t at = __builtin_bswap32(last[l] + i);

			t[l] = _mm_or_si128(
				first[l], _mm_slli_si128(_mm_cvtsi32_si128((int)at), 12));
		}
		encrypt(k->stream, k->same, t);
		for (size_t l = 0; l < LANES; l++) {
			size_t done = (size_t)i * SIV_BLOCK, left = g->plain[l].n - done;

			if (i < blocks[l])
				native_mix(ret[l] + done, in[l] + done,
					left < SIV_BLOCK ? left : SIV_BLOCK, t[l]);
		}
	}
	crypto_wipe(t, sizeof(t));
}

WITH_AES static void seal_group(const struct lanes *k, struct group *g)
{
	const uint8_t *in[LANES] = {NULL};
	uint8_t *out[LANES] = {NULL};
	__m128i tags[LANES];

	for (size_t l = 0; l < g->n; l++) {
		g->plain[l] = g->jobs[l]->text;
		in[l] = g->plain[l].p;
		out[l] = g->jobs[l]->ret + SIV_BLOCK;
	}
	make_tags(k, g, tags);
	for (size_t l = 0; l < g->n; l++) {
		native_store(g->jobs[l]->ret, tags[l]);
		g->jobs[l]->result = (int)(g->plain[l].n + SIV_BLOCK);
	}
	count(k, g, tags, in, out);
}

WITH_AES static void open_group(const struct lanes *k, struct group *g)
{
	const uint8_t *in[LANES] = {NULL};
	uint8_t *out[LANES] = {NULL};
	__m128i tags[LANES], given[LANES];

	EACH given[l] = _mm_setzero_si128();
	for (size_t l = 0; l < g->n; l++) {
		struct aead_job *job = g->jobs[l];

		given[l] = native_load(job->text.p);
		g->plain[l] = (struct span){job->ret, job->text.n - SIV_BLOCK};
		in[l] = job->text.p + SIV_BLOCK;
		out[l] = job->ret;
	}
	count(k, g, given, in, out);
	make_tags(k, g, tags);
	for (size_t l = 0; l < g->n; l++) {
		bool good = _mm_movemask_epi8(_mm_cmpeq_epi8(tags[l], given[l])) == 0xffff;

		g->jobs[l]->result = good ? (int)g->plain[l].n : -EBADMSG;
		if (!good)
			crypto_wipe(g->jobs[l]->ret, g->plain[l].n);
	}
}

/* Whether a job can be done, as aead_seal() and aead_open() would have it. Returns 0 or -errno. */
static int check(const struct aead_job *job, bool sealing, size_t key_n)
{
	if (job->key.n != key_n)
		return -EINVAL;
	if (sealing)
		return job->room >= SIV_BLOCK && job->text.n <= job->room - SIV_BLOCK ? 0 : -ENOSPC;
	if (job->text.n < SIV_BLOCK)
		return -EBADMSG;
	return job->text.n - SIV_BLOCK <= job->room ? 0 : -ENOSPC;
}

/* Takes the next jobs that can be done into a group. Returns how many were passed. */
static size_t gather(struct group *g, struct aead_job *jobs, size_t n, bool sealing, size_t key_n)
{
	size_t i = 0;

	*g = (struct group){.n = 0};
	for (; i < n && g->n < LANES; i++) {
		int r = check(&jobs[i], sealing, key_n);

		jobs[i].result = r;
		if (r < 0)
			continue;
		g->n_parts[g->n] = siv_parts(jobs[i].ad, jobs[i].nonce, g->parts[g->n]);
		g->jobs[g->n++] = &jobs[i];
	}
	return i;
}

WITH_AES void native_siv_many(
	const struct siv *same, bool sealing, struct aead_job *jobs, size_t n, size_t key_n)
{
	struct own_keys own;
	struct lanes k;
	struct group g;

	if (same)
		start_same(&k, same);
	for (size_t i = 0; i < n;) {
		i += gather(&g, jobs + i, n - i, sealing, same ? 0 : key_n);
		if (g.n == 0)
			continue;
		if (!same)
			start(&k, &own, &g);
		if (sealing)
			seal_group(&k, &g);
		else
			open_group(&k, &g);
	}
	if (!same)
		crypto_wipe(&own, sizeof(own));
	crypto_wipe(&k, sizeof(k));
}

#else

void native_siv_many(
	const struct siv *same, bool sealing, struct aead_job *jobs, size_t n, size_t key_n)
{
	(void)same, (void)sealing, (void)jobs, (void)n, (void)key_n;
}

#endif
