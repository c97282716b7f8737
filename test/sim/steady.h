/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The long run: a client with four servers of a pool, every invariant checked, memory measured.
 * Every few days one of the servers is gone for hours, so that others take its place.
 */
#ifndef TEST_SIM_STEADY_H
#define TEST_SIM_STEADY_H

#include <stdint.h>

/** The parts that a run is measured in. */
#define STEADY_PARTS 10

/** What a tenth of a run was like, the first without its first two hours. */
struct steady_part {
	double rms;      /**< s, time error */
	double distance; /**< s, mean root distance claimed */
	double closest;  /**< largest part of it that the error was */
	double requests; /**< a day */
};

/** What came of it. */
struct steady_result {
	uint64_t violations, checks, requests;
	int64_t blocks_early, bytes_early; /**< the client held after two hours */
	int64_t blocks_late, bytes_late;   /**< and at the end */
	double rms;                        /**< s, time error after two hours */
	unsigned replaced;                 /**< sources that gave way to others */
	struct steady_part parts[STEADY_PARTS];
	char first[240]; /**< the first violation in words */
};

/** Runs it for so many days. Returns 0 or -errno. */
int steady_run(uint64_t seed, double days, struct steady_result *ret);

#endif
