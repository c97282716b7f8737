/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cookie keys in force with their ciphers, and how they follow each other: at random, or one
 * way from a secret that a group of servers shares. Pure.
 */
#ifndef DAEMON_SERVE_COOKIE_RING_H
#define DAEMON_SERVE_COOKIE_RING_H

#include "daemon/serve/cookie_file.h"

struct cookie_ring;

/** Random bytes for a new key: its ID and the key itself. */
#define COOKIE_KEY_RANDOM (COOKIE_KEY_ID + CRYPTO_AEAD_KEY_MAX)

/** The algorithm that seals cookies when we choose: the one with the shorter cookies, if it is
 * there. */
uint16_t cookie_ring_best_aead(const struct crypto_backend *crypto);

/**
 * Makes a key of random bytes for the slot after that of before (NULL: slot 0).
 */
struct cookie_key cookie_key_make(
	const struct cookie_key *before, uint16_t aead, const uint8_t random[COOKIE_KEY_RANDOM]);

/** Moves all keys one age on; next is the new COOKIE_NEXT, and the age of the set is 0. */
void cookie_keyset_rotate(struct cookie_keyset *set, const struct cookie_key *next);

/** The same as ntpd does it: up to nine old ones are kept, next is the new COOKIE_CURRENT. */
void cookie_keyset_rotate_ntpd(struct cookie_keyset *set, const struct cookie_key *next);
struct cookie_key cookie_key_make_ntpd(const uint8_t random[COOKIE_KEY_RANDOM]);

/** The fewest bytes of a shared secret. */
#define COOKIE_SECRET_MIN 16

/**
 * Derives the keys of a period from a shared secret: that of the period is COOKIE_CURRENT, those of
 * the two before and the one after are there too. All servers must derive alike, so the algorithm
 * is always AES-SIV-CMAC-256, which every one has. A key tells nothing of the secret or of the keys
 * of other periods (HKDF-SHA256, RFC 5869; info "gnomon NTS cookie key" and the period in 8 bytes).
 * Returns 0, -EINVAL for a short secret, or -ENOTSUP.
 */
int cookie_keyset_derive(const struct crypto_backend *crypto, struct span secret, uint64_t period,
	struct cookie_keyset *ret);

/** A ring without keys: it neither seals nor opens. Returns 0 or -ENOMEM. */
int cookie_ring_create(const struct crypto_backend *crypto, struct cookie_ring **ret);
void cookie_ring_destroy(struct cookie_ring *ring);

/**
 * Puts keys in force. Returns 0, -ENOTSUP when the crypto backend has not the algorithm of one of
 * them, or -ENOMEM; then the ring is as it was.
 */
int cookie_ring_set(struct cookie_ring *ring, const struct cookie_keyset *set);

/** The keys in force; NULL while there are none. */
const struct cookie_keyset *cookie_ring_get(const struct cookie_ring *ring);

/** A cookie to be sealed with the current key: see cookie_seal_begin(). */
struct cookie_sealing {
	const uint8_t *nonce; /**< CRYPTO_AEAD_NONCE_MAX bytes */
	const struct cookie_session *session;
	uint8_t *ret;
	size_t room;
	int result; /**< the cookie's length; -ENOENT while there is no key, or another error */
};

/** Seals cookies side by side. */
void cookie_ring_seal_many(struct cookie_ring *ring, struct cookie_sealing *c, size_t n);

/** Seals one. Returns what its result would be. */
int cookie_ring_seal(struct cookie_ring *ring, const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX],
	const struct cookie_session *session, uint8_t *ret, size_t room);

/** A cookie to be opened. */
struct cookie_opening {
	struct span cookie;
	struct cookie_session *session; /**< written when result is 0 */
	enum cookie_age age;            /**< of its key */
	/** 0; -ENOENT when the key is not or no longer known; -EBADMSG when the cookie is not what
	 * the key once sealed */
	int result;
};

/** Opens cookies side by side. */
void cookie_ring_open_many(struct cookie_ring *ring, struct cookie_opening *c, size_t n);

/** Opens one. Returns what its result would be, with the age of its key in *ret_age. */
int cookie_ring_open(struct cookie_ring *ring, struct span cookie, struct cookie_session *ret,
	enum cookie_age *ret_age);

#endif
