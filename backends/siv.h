/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synthetic initialisation vectors (RFC 5297) over a block cipher of 128-bit blocks. The libraries
 * offer SIV for some lengths of key only, or set it up anew with allocations for each key, which a
 * server does twice for every packet; all have the cipher itself. Nothing outside backends includes
 * this, except its test.
 */
#ifndef BACKENDS_SIV_H
#define BACKENDS_SIV_H

#include "common/bytes.h"

#define SIV_BLOCK 16

/** A block cipher with two keys: one authenticates, the other encrypts. */
struct siv_cipher {
	/** Chains n bytes (whole blocks) through the cipher: state = E(state ^ block), for each. */
	void (*chain)(void *keys, uint8_t state[SIV_BLOCK], const uint8_t *p, size_t n);
	/** Encrypts or decrypts n bytes in counter mode; the counter is one of 128 bits. */
	void (*count)(void *keys, const uint8_t counter[SIV_BLOCK], const uint8_t *p, uint8_t *ret,
		size_t n);
};

/** SIV with a key. Holds secrets: to be wiped. */
struct siv {
	const struct siv_cipher *cipher;
	void *keys; /**< for the cipher */
	/* E(0) doubled once and twice, and the CMAC of a zero block: all depend on the key alone */
	uint8_t whole[SIV_BLOCK], padded[SIV_BLOCK], zero[SIV_BLOCK];
};

/** Makes s ready for keys; to be called again when they change. */
void siv_start(struct siv *s, const struct siv_cipher *cipher, void *keys);

/** Orders the strings of an AEAD as RFC 8915 5.6 has them: ad, which with a nonce may be an empty
 * string but is one, then nonce. Returns how many there are. */
size_t siv_parts(struct span ad, struct span nonce, struct span ret[2]);

/** Seals plain with n_parts strings of associated data into ret: plain.n + SIV_BLOCK bytes. */
void siv_seal(const struct siv *s, const struct span *parts, size_t n_parts, struct span plain,
	uint8_t *ret);

/**
 * Opens sealed into ret: sealed.n - SIV_BLOCK bytes. Returns 0, or -EBADMSG with ret zeroed.
 */
int siv_open(const struct siv *s, const struct span *parts, size_t n_parts, struct span sealed,
	uint8_t *ret);

#endif
