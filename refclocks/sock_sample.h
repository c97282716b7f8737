/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datagram that a program sends to a SOCK reference clock (chrony-files 4). Pure.
 */
#ifndef REFCLOCKS_SOCK_SAMPLE_H
#define REFCLOCKS_SOCK_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"

/** The longest datagram that can be a sample. */
#define SOCK_SAMPLE_MAX 40

/** What it says. */
struct sock_sample {
	int64_t system; /**< system clock when it was measured */
	double offset;  /**< s, true minus system */
	bool pulse;     /**< only the fraction of a second counts */
	enum leap leap;
};

/** Reads a datagram. Returns 0, or -EINVAL with the reason. */
int sock_sample_parse(const uint8_t *p, size_t n, struct sock_sample *ret, const char **ret_why);

#endif
