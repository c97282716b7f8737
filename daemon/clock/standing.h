/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a hardware clock stood to the system's, by some readings of both. Pure.
 */
#ifndef DAEMON_CLOCK_STANDING_H
#define DAEMON_CLOCK_STANDING_H

#include <stdint.h>

#include "daemon/kernel/kernel.h"

/** How the hardware clock stood to the system's. */
struct standing {
	int64_t system;   /**< when, by the system clock */
	int64_t ahead_ns; /**< hardware clock minus system clock */
	double doubt;     /**< s: half of what the quickest reading took */
};

/** The mean of those of n > 0 comparisons that were quick: what takes longer than the quickest by
 * more than a part of it and precision (s) was interrupted. */
struct standing standing_of(const struct kernel_comparison *c, int n, double precision);

#endif
