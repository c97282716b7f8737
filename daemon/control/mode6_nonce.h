/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nonces: a client that returns one has shown that it gets what is sent to its address. Pure.
 */
#ifndef DAEMON_CONTROL_MODE6_NONCE_H
#define DAEMON_CONTROL_MODE6_NONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/bytes.h"
#include "common/siphash.h"

/** Room for a nonce with its NUL: 24 hexadecimal digits. */
#define MODE6_NONCE_TEXT 25

/** How long a nonce is good, s. */
#define MODE6_NONCE_LIFE 16

/** The secret they are made with; a new one every hour, and the one before. */
struct mode6_nonces {
	uint8_t key[2][SIPHASH_KEY]; /**< the present and the last one */
	int64_t since;               /**< raw instant of the present one */
	bool any;
};

/** s after which a new secret is due. */
#define MODE6_NONCE_SECRET 3600

/** Whether a new secret is due at a raw instant: then mode6_nonce_rekey(). */
bool mode6_nonce_old(const struct mode6_nonces *n, int64_t raw);
void mode6_nonce_rekey(struct mode6_nonces *n, const uint8_t key[SIPHASH_KEY], int64_t raw);

/** Makes a nonce for a client; now is an NTP timestamp. */
void mode6_nonce_make(const struct mode6_nonces *n, const struct endpoint *client, uint64_t now,
	char ret[MODE6_NONCE_TEXT]);
/** Whether a client was given this one not long before now. */
bool mode6_nonce_good(const struct mode6_nonces *n, const struct endpoint *client, uint64_t now,
	struct span nonce);

#endif
