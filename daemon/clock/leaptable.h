/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds of the past and the announced future: read from a list of NIST or IERS, or from a
 * time zone of the "right" tree (chrony-files 1.7). Pure.
 */
#ifndef DAEMON_CLOCK_LEAPTABLE_H
#define DAEMON_CLOCK_LEAPTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/report.h"

/** The most entries: twice a year for a century. */
#define LEAPTABLE_ROOM 200

/** TAI - UTC over time. */
struct leaptable {
	struct {
		int64_t utc;       /**< s since 1970: from this midnight on */
		int tai;           /**< s, TAI - UTC */
	} entries[LEAPTABLE_ROOM]; /**< in order of time */
	unsigned n;
	int64_t expires; /**< s since 1970; 0: not said */
};

/** Reads a leap-seconds.list. Returns 0, or -EINVAL when it is none or has no time of update and
 * expiry. */
int leaptable_parse_list(struct span text, struct leaptable *ret);

/** What a leap-seconds.list is signed by. */
#define LEAPTABLE_HASH 20

/**
 * Reads the line #h of a list into ret_hash, and what that is the SHA-1 of into ret_digits, which
 * has room for all of the text: the digits of the times in it. Returns 0, -ENODATA when there is
 * no such line, or -EINVAL when it cannot be understood.
 */
int leaptable_signature(
	struct span text, uint8_t ret_hash[LEAPTABLE_HASH], uint8_t *ret_digits, size_t *ret_n);

/** Reads a TZif file with leap seconds (RFC 8536). Returns 0, or -EINVAL. */
int leaptable_parse_tzif(struct span data, struct leaptable *ret);

/** What the UTC day that utc (s since 1970) is in ends with, and TAI - UTC then (0: not known). */
enum leap leaptable_at(const struct leaptable *t, int64_t utc, int *ret_tai);

/** Whether it knows the leap second of June 2012 and that December 2012 had none. */
bool leaptable_check(const struct leaptable *t);

#endif
