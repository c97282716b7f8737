/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTP packets of a client with NTS: the request sealed, the response opened (RFC 8915 5.7). Pure
 * but for the cipher.
 */
#ifndef DAEMON_PROTOCOL_NTS_PACKET_H
#define DAEMON_PROTOCOL_NTS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "daemon/protocol/nts_session.h"
#include "daemon/wire/nts_field.h"

/** What goes into a request. */
struct nts_packet_request {
	struct span unique_id;
	const struct nts_cookie *cookie;
	unsigned placeholders; /**< further cookies asked for */
	struct span nonce;
};

/** A cipher with the key of one direction. */
struct nts_packet_cipher {
	const struct crypto_backend *crypto;
	struct aead *aead;
};

/**
 * How many placeholders go into a request that takes a cookie of this length and leaves so many: as
 * many as fill the stock again, as long as the request stays within room bytes.
 */
unsigned nts_packet_placeholders(size_t cookies_left, size_t cookie, size_t nonce, size_t room);

/** Appends the NTS fields to a header of *io_n bytes. Returns 0, -ENOSPC or -errno of the cipher.
 */
int nts_packet_seal(const struct nts_packet_cipher *c, const struct nts_packet_request *r,
	uint8_t *packet, size_t *io_n, size_t room);

/**
 * Opens the authenticator of a response; the cookies in it go to ret (NTS_COOKIES of them).
 * Returns how many, or -EBADMSG for one that is not authentic or not understood.
 */
int nts_packet_open(
	const struct nts_packet_cipher *c, const struct nts_fields *f, struct nts_cookie *ret);

#endif
