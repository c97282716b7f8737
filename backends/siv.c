/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-SIV (RFC 5297): a MAC over all parts and the plaintext is both the tag and the start of the
 * counter, so that a repeated nonce betrays no more than a repeated message.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/crypto.h"
#include "backends/siv.h"

static void add(uint8_t *to, const uint8_t *p)
{
	uint64_t a[2], b[2];

	memcpy(a, to, SIV_BLOCK);
	memcpy(b, p, SIV_BLOCK);
	a[0] ^= b[0];
	a[1] ^= b[1];
	memcpy(to, a, SIV_BLOCK);
}

/* Doubling in GF(2^128), in a time that does not depend on the value (RFC 5297 2.3). */
static void twice(uint8_t *v)
{
	uint64_t high = bytes_u64(v), low = bytes_u64(v + 8), carry = high >> 63;

	bytes_put_u64(v, high << 1 | low >> 63);
	bytes_put_u64(v + 8, low << 1 ^ (0x87 & (0 - carry)));
}

/* A CMAC (RFC 4493) in the making: the last bytes wait, as the last block is treated apart. */
struct cmac {
	uint8_t state[SIV_BLOCK], last[SIV_BLOCK];
	size_t n; /* in last */
};

static void cmac_add(const struct siv *s, struct cmac *c, const uint8_t *p, size_t n)
{
	size_t part;

	if (n == 0)
		return;
	if (c->n > 0) {
		part = SIV_BLOCK - c->n < n ? SIV_BLOCK - c->n : n;
		memcpy(c->last + c->n, p, part);
		c->n += part;
		p += part;
		n -= part;
		if (n == 0)
			return;
		s->cipher->chain(s->keys, c->state, c->last, SIV_BLOCK);
	}
	part = (n - 1) / SIV_BLOCK * SIV_BLOCK;
	if (part > 0)
		s->cipher->chain(s->keys, c->state, p, part);
	c->n = n - part;
	memcpy(c->last, p + part, c->n);
}

static void cmac_end(const struct siv *s, struct cmac *c, uint8_t *ret)
{
	if (c->n == SIV_BLOCK) {
		add(c->last, s->whole);
	} else {
		memset(c->last + c->n, 0, SIV_BLOCK - c->n);
		c->last[c->n] = 0x80;
		add(c->last, s->padded);
	}
	s->cipher->chain(s->keys, c->state, c->last, SIV_BLOCK);
	memcpy(ret, c->state, SIV_BLOCK);
}

void siv_start(struct siv *s, const struct siv_cipher *cipher, void *keys)
{
	static const uint8_t zeros[SIV_BLOCK];
	struct cmac c = {.n = 0};

	s->cipher = cipher;
	s->keys = keys;
	memset(s->whole, 0, SIV_BLOCK);
	cipher->chain(keys, s->whole, zeros, SIV_BLOCK);
	twice(s->whole);
	memcpy(s->padded, s->whole, SIV_BLOCK);
	twice(s->padded);
	cmac_add(s, &c, zeros, SIV_BLOCK);
	cmac_end(s, &c, s->zero);
}

size_t siv_parts(struct span ad, struct span nonce, struct span ret[2])
{
	size_t n = 0;

	/* With a nonce there is always associated data, be it empty (RFC 5297 3): so chronyd has
	 * its cookies. */
	if (ad.n > 0 || nonce.n > 0)
		ret[n++] = ad;
	if (nonce.n > 0)
		ret[n++] = nonce;
	return n;
}

/* S2V (RFC 5297 2.4): a string from many. */
static void tag_of(const struct siv *s, const struct span *parts, size_t n_parts, struct span plain,
	uint8_t *ret)
{
	struct cmac c;
	uint8_t d[SIV_BLOCK], part[SIV_BLOCK];
	size_t rest;

	memcpy(d, s->zero, SIV_BLOCK);
	for (size_t i = 0; i < n_parts; i++) {
		c = (struct cmac){.n = 0};
		cmac_add(s, &c, parts[i].p, parts[i].n);
		cmac_end(s, &c, part);
		twice(d);
		add(d, part);
	}
	c = (struct cmac){.n = 0};
	if (plain.n >= SIV_BLOCK) {
		rest = plain.n - SIV_BLOCK;
		cmac_add(s, &c, plain.p, rest);
		add(d, plain.p + rest);
	} else {
		twice(d);
		for (size_t i = 0; i < plain.n; i++)
			d[i] ^= plain.p[i];
		d[plain.n] ^= 0x80;
	}
	cmac_add(s, &c, d, SIV_BLOCK);
	cmac_end(s, &c, ret);
}

/* The counter starts at the tag with two bits cleared, so that adders of 32 bits suffice. */
static void count(const struct siv *s, const uint8_t *tag, struct span in, uint8_t *ret)
{
	uint8_t counter[SIV_BLOCK];

	if (in.n == 0)
		return;
	memcpy(counter, tag, SIV_BLOCK);
	counter[8] &= 0x7f;
	counter[12] &= 0x7f;
	s->cipher->count(s->keys, counter, in.p, ret, in.n);
}

void siv_seal(const struct siv *s, const struct span *parts, size_t n_parts, struct span plain,
	uint8_t *ret)
{
	tag_of(s, parts, n_parts, plain, ret);
	count(s, ret, plain, ret + SIV_BLOCK);
}

int siv_open(const struct siv *s, const struct span *parts, size_t n_parts, struct span sealed,
	uint8_t *ret)
{
	struct span inside;
	uint8_t tag[SIV_BLOCK];

	if (sealed.n < SIV_BLOCK)
		return -EBADMSG;
	inside = (struct span){sealed.p + SIV_BLOCK, sealed.n - SIV_BLOCK};
	count(s, sealed.p, inside, ret);
	tag_of(s, parts, n_parts, (struct span){ret, inside.n}, tag);
	if (bytes_equal_secret(tag, sealed.p, SIV_BLOCK))
		return 0;
	crypto_wipe(ret, inside.n);
	return -EBADMSG;
}
