/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios by name: a client and its servers, clocks and links, what is measured, and for how
 * long.
 */
#ifndef TEST_SIM_SCENARIO_H
#define TEST_SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "test/sim/sim.h"

#define SCENARIO_SERVERS 5

/** A scenario. */
struct scenario {
	double offset;    /**< s, of the client's clock at start (positive: fast) */
	double frequency; /**< s/s, of the client's oscillator at start */
	double wander;    /**< s/s per sqrt(s) */
	int servers;
	struct sim_link out[SCENARIO_SERVERS], back[SCENARIO_SERVERS]; /**< to and from each */
	double lie[SCENARIO_SERVERS]; /**< s, error of a server's clock */
	int minpoll, maxpoll;
	bool iburst;
	double warm_up, end;                        /**< s */
	double chrony_rms, chrony_frequency, limit; /**< published figures; 0: none */
};

/** What came out of a run. */
struct scenario_result {
	double rms, max;  /**< s, time error after warm-up */
	double frequency; /**< s/s, RMS frequency error after warm-up */
	double to_1ms,
		to_100us; /**< s after which the error stays below for 10 s; negative: never */
	uint64_t packets; /**< requests of the client in all */
	uint64_t amplified;
};

/**
 * A scenario by its name: "p6:j1e-4:w1e-9", "def:j1e-4:w1e-9", "lan:j1e-5:w1e-9", "pN:jJ:wW",
 * "conv:0.1s", "conv:100ppm", "conv:both". Returns 0 or -EINVAL.
 */
int scenario_find(const char *name, struct scenario *ret);

/** Takes the client's error once a second of true time. */
typedef void scenario_second(void *arg, double elapsed, double time_error, double frequency_error);

/** Runs a scenario. Returns 0 or -errno. */
int scenario_run(const struct scenario *s, uint64_t seed, bool verbose, scenario_second *each,
	void *arg, struct scenario_result *ret);

#endif
