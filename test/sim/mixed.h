/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mixed scenario: a world drawn entirely from a seed. Servers, honest and lying, a client of
 * them, and a client of the client; links, oscillators, options and faults of all kinds; hours of
 * simulated time, and all invariants checked all along.
 */
#ifndef TEST_SIM_MIXED_H
#define TEST_SIM_MIXED_H

#include <stdbool.h>
#include <stdint.h>

/** What came of a seed. */
struct mixed_result {
	uint64_t violations, checks, digest;
	double seconds;   /**< simulated */
	char first[240];  /**< the first violation in words */
	char world[1600]; /**< the world in words: what was drawn */
};

/** Runs a seed. receivers: the client has reference clocks besides, honest and lying ones, drawn
 * apart, and all else is as without. verbose: the daemons' messages go to stderr. Returns 0 or
 * -errno; the result is written in each case. */
int mixed_run(uint64_t seed, bool receivers, bool verbose, struct mixed_result *ret);

/**
 * Runs n seeds from the first on and prints a line and the command that replays it for each that
 * violates an invariant; every tenth seed is run twice and must come out the same. Returns how many
 * seeds failed.
 */
unsigned long mixed_soak(uint64_t first, unsigned long n, bool receivers);

#endif
