/* SPDX-License-Identifier: BSD-2-Clause */
/* The long run: a client with four servers of a pool, every invariant checked, memory measured. */
#ifndef TEST_SIM_STEADY_H
#define TEST_SIM_STEADY_H

#include <stdint.h>

/** What came of it. */
struct steady_result {
	uint64_t violations, checks, requests;
	int64_t blocks_early, bytes_early; /**< the client held after two hours */
	int64_t blocks_late, bytes_late;   /**< and at the end */
	double rms;                        /**< s, time error after two hours */
	char first[240];                   /**< the first violation in words */
};

/** Runs it for so many days. Returns 0 or -errno. */
int steady_run(uint64_t seed, double days, struct steady_result *ret);

#endif
