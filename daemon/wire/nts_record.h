/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of NTS key establishment, and where a message of them ends (RFC 8915 4). Pure.
 */
#ifndef DAEMON_WIRE_NTS_RECORD_H
#define DAEMON_WIRE_NTS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

#define NTS_RECORD_HEADER 4 /**< bytes before a record's body */

/** The longest response that is taken in, bytes (RFC 8915 4 asks for 65536 or more). */
#define NTS_RESPONSE_MAX 65536

/** The longest request that is taken in, bytes (RFC 8915 4 asks for 1024 or more). */
#define NTS_REQUEST_MAX 2048

/** Record types (RFC 8915 4.1). */
enum nts_record_type {
	NTS_RECORD_END = 0,
	NTS_RECORD_PROTOCOL = 1,
	NTS_RECORD_ERROR = 2,
	NTS_RECORD_WARNING = 3,
	NTS_RECORD_AEAD = 4,
	NTS_RECORD_COOKIE = 5,
	NTS_RECORD_SERVER = 6,
	NTS_RECORD_PORT = 7,
	/** Both export the keys of AEAD 30 by the standard, not as if it were AEAD 15. */
	NTS_RECORD_GCM_SIV_EXPORT = 1024,
};

/** Codes of an error record (RFC 8915 4.1.3). */
enum nts_error {
	NTS_ERROR_UNKNOWN_CRITICAL = 0,
	NTS_ERROR_BAD_REQUEST = 1,
	NTS_ERROR_INTERNAL = 2,
};

/** The protocol to get keys for: NTPv4. */
#define NTS_PROTOCOL_NTP4 0

/** One record. */
struct nts_record {
	bool critical; /**< who does not know the type must give up */
	uint16_t type; /**< 0 to 32767 */
	struct span body;
};

/** Takes the next whole record off the front. False when there is none. */
bool nts_record_next(struct span *io_records, struct nts_record *ret);

/** Appends a record. */
void nts_record_write(struct writer *w, bool critical, uint16_t type, struct span body);

/** Appends a record whose body is a list of 16-bit numbers. */
void nts_record_write_list(
	struct writer *w, bool critical, uint16_t type, const uint16_t *numbers, size_t n);

/** Looks for the end of a message while it comes in, in steps of any size; zero-initialised. */
struct nts_framer {
	size_t at; /**< start of the first record that was not whole yet */
};

/**
 * Looks at all that came in so far. Returns the length of the message, its end record included; 0
 * when the end has not come; or -EMSGSIZE when it cannot come within max bytes.
 */
int nts_frame(struct nts_framer *f, struct span received, size_t max);

/** Whether a list of 16-bit numbers, the body of a record, holds a number. */
bool nts_list_has(struct span list, uint16_t number);

#endif
