/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold in every world at every moment:
 * - while most sources that a node reaches are honest, and were when it heard of them last, the
 * time it serves and reports is within the root distance that it serves and reports of true time;
 * - no reply is longer than its request;
 * - no counter goes back, as serverstats and ntpdata tell them over the control protocol;
 * - no daemon spins, ends by itself, grows, or leaves memory behind.
 */
#ifndef TEST_SIM_INVARIANTS_H
#define TEST_SIM_INVARIANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"
#include "test/sim/sim.h"

/** The configuration lines that the checks need of a daemon: its reports by UDP. */
#define INVARIANTS_CONFIG "opencommands ntpdata serverstats tracking\n"

#define INVARIANTS_NODES 16

/** What is known of one node. */
struct invariants_node {
	bool watched;     /**< it is a client to be judged */
	bool has_pool;    /**< its sources come and go, and their counters with them */
	bool second_hand; /**< its sources are clients: what it knows of them may be wrong as soon
			   * as it hears nothing */
	bool lies;        /**< it serves wrong time on purpose */
	unsigned receiver_lies;  /**< bit i: so does its i-th reference clock */
	bool fails;              /**< its allocations fail at present: it may end by itself */
	double settle;           /**< s for which most sources must have been honest */
	double honest_since;     /**< elapsed s; negative: most are not honest */
	double started_at;       /**< elapsed s */
	uint64_t started;        /**< how often, when last looked */
	uint64_t ended;          /**< how often by itself, when last looked */
	uint64_t turns, arrived; /**< when last looked */
	int64_t blocks_allowed;  /**< 0: not set yet */
	struct report_serverstats stats;
	struct report_ntpdata data[INVARIANTS_NODES]; /**< of each other node */
};

/** All checks of a world. */
struct invariants {
	struct sim *sim;
	struct invariants_node nodes[INVARIANTS_NODES];
	double leap_at;  /**< elapsed s of a leap second; 0: there is none */
	uint64_t checks; /**< times compared with the truth */
	uint64_t violations;
	uint64_t digest; /**< of all that was seen */
	char first[240]; /**< the first violation in words */
};

/** Begins to watch a world. */
void invariants_start(struct invariants *v, struct sim *sim);
/** Checks a second: the each_second of sim_run(). */
void invariants_second(void *arg, struct sim *sim);
/** Ends all daemons and checks that nothing is left of them. */
void invariants_finish(struct invariants *v);
/** Notes a violation. */
void invariants_violate(struct invariants *v, int node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
