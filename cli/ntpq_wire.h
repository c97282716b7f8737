/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's control protocol, mode 6, as a client speaks it (RFC 9327): requests, answers put together
 * of their fragments, and the variables in them. Pure.
 */
#ifndef CLI_NTPQ_WIRE_H
#define CLI_NTPQ_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/ntpq_key.h"
#include "common/bytes.h"

/** Operations that are asked for. */
enum ntpq_opcode {
	NTPQ_READ_STATUS = 1,
	NTPQ_READ_VARIABLES = 2,
	NTPQ_READ_CLOCK = 4,
	NTPQ_CONFIGURE = 8,
	NTPQ_READ_MRU = 10,
	NTPQ_READ_LIST = 11,
	NTPQ_REQUEST_NONCE = 12,
};

/** The longest text of a request, the longest request, and the longest datagram of an answer. */
#define NTPQ_DATA_MAX     468
#define NTPQ_REQUEST_MAX  (NTPQ_DATA_MAX + 12 + 7 + NTPQ_MAC_MAX)
#define NTPQ_DATAGRAM_MAX 600
/** The version of NTP that is claimed unless told otherwise. */
#define NTPQ_VERSION 2

/** What is asked. */
struct ntpq_query {
	unsigned opcode, association;
	const char *data;
	unsigned version;           /**< of NTP, 1 to 4; 0: NTPQ_VERSION */
	const struct ntpq_key *key; /**< it is signed with; NULL: it is not */
	int timeout_ms;             /**< for the first fragment; 0: as always */
};
/** The longest answer: 128 fragments. */
#define NTPQ_ANSWER_MAX 60000
#define NTPQ_FRAGMENTS  128

/** An answer, whole once ntpq_gather() says so. */
struct ntpq_answer {
	unsigned opcode;
	uint16_t sequence;
	uint16_t status; /**< of the last fragment */
	int error;       /**< code; -1: none */
	char text[NTPQ_ANSWER_MAX + 1];
	size_t n; /**< its length */
	struct {
		size_t at, n;
	} parts[NTPQ_FRAGMENTS];
	size_t n_parts, end;
	bool has_end;
};

/** Writes a request. Returns its length, 0 when its text is too long. */
size_t ntpq_request(const struct ntpq_query *q, uint16_t sequence, uint8_t ret[NTPQ_REQUEST_MAX]);

/** Begins an answer to a request. */
void ntpq_expect(struct ntpq_answer *a, unsigned opcode, uint16_t sequence);
/** Takes a datagram. Returns 1 when the answer is whole, 0 when more is to come, or -EBADMSG for
 * what is no part of it: nothing is changed then. */
int ntpq_gather(struct ntpq_answer *a, struct span datagram);

/** The next variable of a text; its name and value are cut to their room. False at the end. */
bool ntpq_next(
	const char **io, char *ret_name, size_t name_room, char *ret_value, size_t value_room);
/** The value of a variable without quotes. False, and an empty one, where it is not. */
bool ntpq_value(const char *text, const char *name, char *ret, size_t room);
/** The same as a number, 0 where there is none. */
double ntpq_number(const char *text, const char *name);
/** The same as a whole number from 0 to max. */
int ntpq_integer(const char *text, const char *name, int max);
/** An NTP timestamp, "0xeeae871f.a0e66e2f"; 0 where there is none. */
uint64_t ntpq_stamp(const char *text);

/** The error of a request for a variable that the daemon does not know. */
#define NTPQ_ERROR_VARIABLE 5

/** "BADASSOC" and the like. */
const char *ntpq_error_name(int error);

#endif
