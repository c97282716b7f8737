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

#define SCENARIO_SERVERS   5
#define SCENARIO_RECEIVERS 2

/** The instant at which simulated worlds begin: 2026-01-01 00:00:00 UTC. */
#define SCENARIO_START (INT64_C(1767225600) * INT64_C(1000000000))

/** A scenario. */
struct scenario {
	struct sim_node_options client; /**< its clock; the configuration is made */
	int servers;
	struct sim_link out[SCENARIO_SERVERS], back[SCENARIO_SERVERS]; /**< to and from each */
	double lie[SCENARIO_SERVERS]; /**< s, error of a server's clock */
	double step, step_at; /**< s, by which the first server's clock is stepped, and when;
			       * then errors are against that server. 0: never */
	int minpoll, maxpoll;
	bool iburst;
	struct sim_receiver receivers[SCENARIO_RECEIVERS]; /**< of the client */
	int n_receivers;
	const char *refclocks; /**< lines of its configuration; NULL: none */
	double warm_up, end;   /**< s; from the one to the other is measured */
};

/** What there is to see of the client once a second of true time. */
struct scenario_instant {
	double elapsed;   /**< s */
	double error;     /**< s, system clock minus true time */
	double frequency; /**< s/s, rate of the system clock minus 1 */
	double estimate;  /**< s, the daemon's own idea of error */
	double sd;        /**< s, the standard deviation that its estimator gives to estimate */
	double bound;     /**< s, root distance it reports; negative: not synchronised */
};

/** What came out of a run. */
struct scenario_result {
	double rms, max;         /**< s, time error after warm-up */
	double frequency;        /**< s/s, RMS frequency error after warm-up */
	double to_1ms, to_100us; /**< s, from the start or from the server's step, after which the
				    error stays below; negative: never */
	uint64_t packets;        /**< requests of the client in all */
	double interval;         /**< s, mean between requests to one server after warm-up */
	double sd_ratio;         /**< RMS of the estimator's own standard deviation over that of the
				  * estimate's error, after warm-up */
	unsigned outside; /**< seconds in which the error of the reported time was not within the
			   * reported root distance, warm-up included */
	double closest;   /**< largest ratio of the two */
	uint64_t amplified;
};

/**
 * A scenario by its name: "p6:j1e-4:w1e-9", "def:j1e-4:w1e-9", "lan:j1e-5:w1e-9", "pN:jJ:wW",
 * "asym", "gauss", "mix", "burst", "intermittent", "tempday", "temphour", "freqjump", "serverstep",
 * "srv3", "srv5false2", "refclock", "conv:0.1s", "conv:100ppm", "conv:both". Returns 0 or
 * -EINVAL.
 */
int scenario_find(const char *name, struct scenario *ret);

/** Takes what there is to see, once a second. */
typedef void scenario_second(void *arg, const struct scenario_instant *now);

/** Runs a scenario. Returns 0 or -errno. */
int scenario_run(const struct scenario *s, uint64_t seed, bool verbose, scenario_second *each,
	void *arg, struct scenario_result *ret);

#endif
