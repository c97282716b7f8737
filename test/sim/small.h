/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small worlds for tests: perfect servers and a few clients whose every word is held against the
 * truth (invariants.h).
 */
#ifndef TEST_SIM_SMALL_H
#define TEST_SIM_SMALL_H

#include "test/sim/invariants.h"
#include "test/sim/sim.h"

struct source;

/** A small world. */
struct small {
	struct sim *sim;
	struct invariants invariants;
	/** Called each second, if not NULL, after the invariants were checked. */
	void (*each)(struct small *s);
	void *arg; /**< for each */
};

/** An empty world, and one whose true time starts at start_ns since 1970. */
void small_begin(struct small *s, uint64_t seed);
void small_begin_at(struct small *s, uint64_t seed, int64_t start_ns);
/** Adds a server whose clock is off by this, s, and starts it; more is configuration besides. One
 * that is off is known to lie. Returns its node. */
int small_server(struct small *s, double offset, const char *more);
/** Adds a client with this clock (NULL: a good one) and starts it. It is watched. Returns its node.
 */
int small_client(struct small *s, const struct sim_node_options *clock, const char *config);
/** A world of a server that is right, node 0, and such a client, whose node it returns. */
int small_pair(struct small *s, const struct sim_node_options *clock, const char *config);
/** The same link both ways. */
void small_link(struct small *s, int a, int b, const struct sim_link *link);
/** Runs for so many seconds; fails when something spins. */
void small_run(struct small *s, double seconds);
/** Ends the world; fails when an invariant was violated. */
void small_end(struct small *s);

/** The n-th source of a node. */
struct source *small_source(struct small *s, int node, size_t n);
/** What a node's daemon would report. It must run. */
struct report_tracking small_tracking(struct small *s, int node);
/** Counters of the n-th source of a node. */
struct report_ntpdata small_ntpdata(struct small *s, int node, size_t n);

#endif
