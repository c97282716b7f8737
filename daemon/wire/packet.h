/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTP packets of versions 1 to 4: the header as a structure, and what follows it split into
 * extension fields and MAC. Pure: bytes in, structures out, never past the end.
 */
#ifndef DAEMON_WIRE_PACKET_H
#define DAEMON_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/report.h"

#define PACKET_HEADER      48 /**< bytes of the header */
#define PACKET_VERSION_MIN 1
#define PACKET_VERSION_MAX 4

/** Room for any packet that is taken in: header, extension fields and MAC. */
#define PACKET_ROOM 2048

/** The longest MAC with its key ID: of version 4 (RFC 7822), and of the versions before it. */
#define PACKET_MAC_V4  24
#define PACKET_MAC_MAX 68

/** Lengths of extension fields with their header (RFC 7822): any, and the last one with no MAC. */
#define PACKET_FIELD_MIN      16
#define PACKET_FIELD_MIN_LAST 28

/** Stratum of a server that is not synchronised, inside (RFC 5905 7.3); on the wire it is 0. */
#define PACKET_STRATUM_UNSYNCHRONISED 16

/** Kiss codes: the reference ID when leap is 3 and the stratum 0 (RFC 5905 7.4). */
#define PACKET_KISS_DENY UINT32_C(0x44454E59)
#define PACKET_KISS_RSTR UINT32_C(0x52535452)
#define PACKET_KISS_RATE UINT32_C(0x52415445)

/** What a packet is (RFC 5905 7.3). */
enum packet_mode {
	PACKET_UNSET = 0, /**< version 1 knows no modes: there a client's request */
	PACKET_ACTIVE = 1,
	PACKET_PASSIVE = 2,
	PACKET_CLIENT = 3,
	PACKET_SERVER = 4,
	PACKET_BROADCAST = 5,
	PACKET_CONTROL = 6,
	PACKET_PRIVATE = 7,
};

/** A header. The short and long formats are kept as on the wire: see common/instant.h. */
struct packet {
	enum leap leap;
	int version; /**< 1 to 4 */
	enum packet_mode mode;
	int stratum;              /**< 0 to 255 */
	int poll;                 /**< log2 s, -128 to 127 */
	int precision;            /**< log2 s, -128 to 127 */
	uint32_t root_delay;      /**< 16.16 s */
	uint32_t root_dispersion; /**< 16.16 s */
	uint32_t refid;
	uint64_t reference; /**< NTP timestamps; 0: not known */
	uint64_t origin;
	uint64_t receive;
	uint64_t transmit;
};

/** What follows the header. */
struct packet_trailer {
	struct span fields;      /**< extension fields, back to back; see packet_next_field() */
	bool has_mac;            /**< a key ID is there */
	uint32_t key;            /**< key ID */
	struct span mac;         /**< after the key ID; empty in a crypto-NAK (RFC 5905 9.2) */
	struct span signed_part; /**< header and fields: what the MAC is made over */
};

/** One extension field. */
struct packet_field {
	uint16_t type;
	struct span body; /**< without type and length, with its padding */
};

/**
 * Reads the header of a datagram.
 * Returns 0, or -EBADMSG for fewer than 48 bytes, a length that is not a multiple of 4, or a
 * version other than 1 to 4.
 */
int packet_decode(struct span datagram, struct packet *ret);

/** Writes a header. Fields are cut to their width on the wire. */
void packet_encode(const struct packet *p, uint8_t ret[PACKET_HEADER]);

/**
 * Splits what follows the header of a datagram that packet_decode() took (RFC 7822 7.5): in version
 * 4 extension fields and then perhaps a MAC of 4, 20 or 24 bytes with its key ID; in older versions
 * at most a MAC, there of up to 68 bytes.
 * Returns 0, or -EBADMSG when it is neither: such a packet must be dropped.
 */
int packet_split(struct span datagram, int version, struct packet_trailer *ret);

/** Takes the next of the fields that packet_split() found. False when there is none left. */
bool packet_next_field(struct span *io_fields, struct packet_field *ret);

#endif
