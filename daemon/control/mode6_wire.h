/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of ntpd's control protocol, mode 6 (RFC 9327): requests taken apart, answers cut into
 * fragments. Pure.
 */
#ifndef DAEMON_CONTROL_MODE6_WIRE_H
#define DAEMON_CONTROL_MODE6_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

#define MODE6_HEADER 12
/** The most data of a fragment, bytes. */
#define MODE6_DATA 468
/** The longest MAC with its key ID, bytes. */
#define MODE6_MAC_MAX  24
#define MODE6_FRAGMENT (MODE6_HEADER + MODE6_DATA + MODE6_MAC_MAX)

/** Operations. */
enum mode6_opcode {
	MODE6_UNSPECIFIED = 0,
	MODE6_READ_STATUS = 1,
	MODE6_READ_VARIABLES = 2,
	MODE6_READ_CLOCK = 4,
	MODE6_CONFIGURE = 8,
	MODE6_READ_MRU = 10,
	MODE6_READ_LIST = 11,
	MODE6_REQUEST_NONCE = 12,
};

/** Error codes of answers. */
enum mode6_error {
	MODE6_FINE = -1,
	MODE6_PERMISSION = 1,
	MODE6_BAD_FORMAT = 2,
	MODE6_BAD_OPCODE = 3,
	MODE6_BAD_ASSOCIATION = 4,
	MODE6_UNKNOWN_VARIABLE = 5,
	MODE6_BAD_VALUE = 6,
	MODE6_RESTRICTED = 7,
};

/** A request. */
struct mode6_request {
	int version;
	unsigned opcode;
	uint16_t sequence, association;
	struct span data;
	bool has_mac; /**< there is something that may be one: */
	uint32_t key;
	struct span mac, signed_part;
};

/** What became of a datagram. */
enum mode6_shape {
	MODE6_GOOD,
	MODE6_MALFORMED, /**< to be answered by MODE6_BAD_FORMAT; all but the data is filled */
	MODE6_SUSPECT,   /**< no request of any client, but perhaps an attack: silence */
	MODE6_FOREIGN,   /**< none of this protocol: silence */
};

/** Takes a datagram apart. */
enum mode6_shape mode6_decode(struct span datagram, struct mode6_request *ret);

/** What an answer's header says. */
struct mode6_answer {
	int version;
	unsigned opcode;
	uint16_t sequence, association, status;
	enum mode6_error error; /**< MODE6_FINE: none */
};

/**
 * Writes the fragment of an answer that begins at offset: at most MODE6_HEADER + MODE6_DATA bytes,
 * padded with zeros to a multiple of 4; of an error the header alone. Returns its length.
 */
size_t mode6_encode(const struct mode6_answer *a, struct span text, size_t offset,
	uint8_t ret[MODE6_HEADER + MODE6_DATA]);

#endif
