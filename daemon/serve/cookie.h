/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTS cookies of ours: the keys of a client's session, sealed with a key of the server, so that the
 * server keeps nothing of the client (RFC 8915 6). Pure.
 *
 * In chrony's form: key ID, nonce, AEAD(C2S key || S2C key) with no associated data; the session's
 * algorithm is implied by the length of its keys. In ntpd's: key ID, nonce, AEAD(algorithm || C2S
 * key || S2C key) with ID and nonce as associated data; ID and algorithm are in the byte order of
 * the machine.
 */
#ifndef DAEMON_SERVE_COOKIE_H
#define DAEMON_SERVE_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"

#define COOKIE_KEY_ID 4 /**< bytes of the key ID */

/** The longest cookie, bytes. */
#define COOKIE_MAX                                                                                 \
	(COOKIE_KEY_ID + CRYPTO_AEAD_NONCE_MAX + CRYPTO_AEAD_TAG + COOKIE_NUMBER +                 \
		2 * CRYPTO_AEAD_KEY_MAX)

/** The longest plaintext of one. */
#define COOKIE_PLAIN_MAX (COOKIE_NUMBER + 2 * (size_t)CRYPTO_AEAD_KEY_MAX)

#define COOKIE_NUMBER 4 /**< bytes of the algorithm's number in ntpd's form */

/** A key that seals cookies. */
struct cookie_key {
	uint32_t id;   /**< the first four bytes of its cookies, as a number */
	uint16_t aead; /**< IANA's number; 0: there is no such key */
	bool ntpd;     /**< it seals in ntpd's form */
	uint8_t bytes[CRYPTO_AEAD_KEY_MAX];
};

/** What a cookie holds: the keys of a session. */
struct cookie_session {
	uint16_t aead; /**< IANA's number: both keys are of its length */
	uint8_t c2s[CRYPTO_AEAD_KEY_MAX], s2c[CRYPTO_AEAD_KEY_MAX];
};

/** Length of a cookie for sessions of an algorithm, sealed by a key; 0: not one of ours. */
size_t cookie_length(const struct cookie_key *sealing, uint16_t session);

/** The ID of the key that sealed a cookie; 0 for what is too short to have one. */
uint32_t cookie_key_id(struct span cookie);

/**
 * Prepares the sealing of a session into ret, by a cipher that has the key's bytes. nonce is fresh
 * random bytes of which as many are taken as the algorithm wants. plain is for the session's keys
 * in clear, to be wiped; all arguments stay where they are until the job is done. Returns how many
 * bytes stand before what the job writes; -EINVAL for unknown algorithms, or -ENOSPC.
 */
int cookie_seal_begin(const struct cookie_key *key, const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX],
	const struct cookie_session *session, uint8_t plain[COOKIE_PLAIN_MAX], uint8_t *ret,
	size_t room, struct aead_job *ret_job);

/** Prepares the opening of a cookie in the same way. Returns 0, or -EBADMSG when it is none of this
 * key. */
int cookie_open_begin(const struct cookie_key *key, struct span cookie,
	uint8_t plain[COOKIE_PLAIN_MAX], struct aead_job *ret_job);
/** Takes the session when the job is done. Returns 0, or -EBADMSG when the cookie is not what this
 * key once sealed. */
int cookie_open_end(
	const struct cookie_key *key, const struct aead_job *job, struct cookie_session *ret);

#endif
