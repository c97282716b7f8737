/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extension fields of NTS in NTP packets (RFC 8915 5). Pure: nothing is sealed or opened here,
 * only found and laid out.
 */
#ifndef DAEMON_WIRE_NTS_FIELD_H
#define DAEMON_WIRE_NTS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "daemon/wire/packet.h"

/** Types of extension fields (RFC 8915 7.6). */
enum nts_field_type {
	NTS_FIELD_UNIQUE_ID = 0x0104,
	NTS_FIELD_COOKIE = 0x0204,
	NTS_FIELD_PLACEHOLDER = 0x0304,
	NTS_FIELD_AUTHENTICATOR = 0x0404,
};

#define NTS_FIELD_HEADER  4  /**< type and length */
#define NTS_UNIQUE_ID     32 /**< bytes of ours */
#define NTS_UNIQUE_ID_MIN 16 /**< bytes of others that are taken */

/** Bytes of an authenticator before its nonce: field header and the two lengths. */
#define NTS_AUTHENTICATOR_HEADER 8

/** The kiss code of a server that could not make sense of a cookie (RFC 8915 5.7). */
#define NTS_KISS_NTSN UINT32_C(0x4E54534E)

/** The NTS fields of a packet. A span without bytes: that field is not there. */
struct nts_fields {
	struct span unique_id;
	struct span cookie;     /**< in clear */
	unsigned placeholders;  /**< of the cookie's length, in clear */
	struct span associated; /**< what is authenticated: packet up to the authenticator */
	struct span nonce;      /**< without padding */
	struct span ciphertext; /**< tag included, without padding */
	size_t padding;         /**< bytes after nonce and ciphertext, each padded to 4 */
	bool authenticated;     /**< an authenticator is there; whether it is right is open */
};

/**
 * Finds the NTS fields of a packet that packet_split() took apart. What follows the authenticator
 * is not authenticated and ignored.
 * Returns 0; -ENOENT when there is none; or -EBADMSG for a field that is there twice or is not
 * whole, a cookie without authenticator, and a MAC: such a packet must be dropped.
 */
int nts_fields_find(const struct packet_trailer *t, struct nts_fields *ret);

/** Counts the placeholders for a cookie of length bytes: it may come after them. */
unsigned nts_fields_placeholders(struct span fields, size_t length);

/** Whether an authenticator has the padding that lets the answer use a nonce of nonce_max bytes and
 * still be no longer (RFC 8915 5.6). */
bool nts_fields_padded(const struct nts_fields *f, size_t nonce_max);

/** Length of a whole field with a body of n bytes: padded, and never below the least. */
size_t nts_field_length(size_t n);

/** Length of a whole authenticator without padding of its own. */
size_t nts_authenticator_length(size_t nonce, size_t ciphertext);

/** Appends a field, its body padded with zeros. */
void nts_field_write(struct writer *w, uint16_t type, struct span body);

/** Appends a field of zeros. Returns the place of its body of n bytes, or NULL when it does not
 * fit.
 */
uint8_t *nts_field_reserve(struct writer *w, uint16_t type, size_t n);

/** Appends a placeholder for a cookie of n bytes. */
void nts_field_write_placeholder(struct writer *w, size_t n);

/**
 * Appends an authenticator whose ciphertext is still to be filled in, with padding more bytes at
 * its end (a multiple of 4). All before it in w is what it authenticates.
 * Returns the place of the n_ciphertext bytes, or NULL when it does not fit.
 */
uint8_t *nts_field_write_authenticator(
	struct writer *w, struct span nonce, size_t n_ciphertext, size_t padding);

#endif
