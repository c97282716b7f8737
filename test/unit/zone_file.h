/* SPDX-License-Identifier: BSD-2-Clause */
/* A time zone of the "right" tree, made up: UTC with leap seconds. */
#ifndef TEST_UNIT_ZONE_FILE_H
#define TEST_UNIT_ZONE_FILE_H

#include <stddef.h>
#include <stdint.h>

/** A leap second. */
struct zone_leap {
	int64_t utc;    /**< s since 1970: the midnight after it */
	int correction; /**< s, sum of all to then */
};

/** Writes a TZif file of version 2 (RFC 8536). Returns its size. */
size_t zone_file(uint8_t *p, size_t room, const struct zone_leap *leaps, uint32_t n);

#endif
