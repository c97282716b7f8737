/* SPDX-License-Identifier: BSD-2-Clause */
/* The long run. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "test/sim/invariants.h"
#include "test/sim/scenario.h"
#include "test/sim/steady.h"

#define SERVERS 6

/** From here on, s, nothing may grow. */
#define EARLY 7200.0

/** A run. */
struct steady {
	struct invariants invariants;
	double squares;
	uint64_t seconds;
};

static void each_second(void *arg, struct sim *sim)
{
	struct steady *s = arg;
	double error = sim_time_error(sim, SERVERS);

	invariants_second(&s->invariants, sim);
	if (sim_elapsed(sim) < EARLY)
		return;
	s->squares += error * error;
	s->seconds++;
}

static int build(struct sim *sim)
{
	struct sim_node_options server = {
		.config = "local stratum 1\nallow\n" INVARIANTS_CONFIG, .uncontrolled = true};
	struct sim_node_options client = {
		.config = "pool pool1-6 iburst maxsources 4\nmakestep 0.1 3\n"
			  "driftfile /drift\nrtcsync\nallow\n" INVARIANTS_CONFIG,
		.offset = 0.5,
		.frequency = 20e-6,
		.wander = 1e-9,
		.temperature[0] = {.swing = 5, .period = 86400, .linear = 2e-8}};
	int i, r = 0;

	for (i = 0; i < SERVERS && r >= 0; i++) {
		struct sim_link link = {.base = 5e-3 * (i + 1), .jitter = 1e-3, .loss = 0.01};

		r = sim_add(sim, &server);
		sim_connect(sim, i, SERVERS, &link);
		sim_connect(sim, SERVERS, i, &link);
	}
	if (r >= 0)
		r = sim_add(sim, &client);
	for (i = 0; i <= SERVERS && r >= 0; i++)
		r = sim_start(sim, i);
	return r < 0 ? r : 0;
}

int steady_run(uint64_t seed, double days, struct steady_result *ret)
{
	struct sim *sim = sim_create(seed, SCENARIO_START);
	struct steady s = {.squares = 0};
	struct sim_counts early, late;
	int r;

	invariants_start(&s.invariants, sim);
	s.invariants.nodes[SERVERS].watched = true;
	r = build(sim);
	if (!r)
		r = sim_run(sim, EARLY, each_second, &s);
	early = sim_counts(sim, SERVERS);
	if (!r)
		r = sim_run(sim, days * 86400 - EARLY, each_second, &s);
	late = sim_counts(sim, SERVERS);
	invariants_finish(&s.invariants);
	*ret = (struct steady_result){
		.violations = s.invariants.violations,
		.checks = s.invariants.checks,
		.requests = late.sent,
		.blocks_early = early.blocks,
		.bytes_early = early.bytes,
		.blocks_late = late.blocks,
		.bytes_late = late.bytes,
		.rms = s.seconds ? sqrt(s.squares / (double)s.seconds) : 0,
	};
	snprintf(ret->first, sizeof(ret->first), "%s", s.invariants.first);
	sim_destroy(sim);
	return r;
}
