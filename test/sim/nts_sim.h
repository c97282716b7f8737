/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The nts scenario: servers and clients of Network Time Security, drawn from a seed, on any of the
 * crypto libraries that were built. TLS runs over simulated streams.
 *
 * The libraries take their randomness from the real world, so keys, cookies and ciphertext differ
 * from run to run. Lengths, and with them everything that happens and when, do not: the same seed
 * gives the same digest.
 */
#ifndef TEST_SIM_NTS_SIM_H
#define TEST_SIM_NTS_SIM_H

#include <stdbool.h>
#include <stdint.h>

/** What came of a seed. */
struct nts_sim_result {
	uint64_t violations, digest;
	uint64_t requests, good, bad, naks;      /**< of clients */
	uint64_t establishments, failed;         /**< of keys, as clients count */
	uint64_t old_cookies, too_old, mangled;  /**< cookies, as servers count */
	uint64_t most_placeholders, most_length; /**< of a request */
	double seconds;                          /**< simulated */
	char first[240];                         /**< the first violation in words */
	char world[2400];                        /**< what was drawn */
};

/** Whether the configuration of this build's daemons may ask for NTS. */
bool nts_sim_possible(void);

/** Runs a seed. verbose: the daemons' messages go to stderr. Returns 0 or -errno; the result is
 * written in each case. */
int nts_sim_run(uint64_t seed, bool verbose, struct nts_sim_result *ret);

/** Runs n seeds from the first on, every tenth twice, and prints what to replay and a summary,
 * which ret_sum (may be NULL) gets too. Returns how many seeds failed. */
unsigned long nts_sim_soak(uint64_t first, unsigned long n, struct nts_sim_result *ret_sum);

#endif
