/* SPDX-License-Identifier: BSD-2-Clause */
/* The long run. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "daemon/source/source.h"
#include "test/sim/invariants.h"
#include "test/sim/look.h"
#include "test/sim/scenario.h"
#include "test/sim/steady.h"

#define SERVERS 6

/** From here on, s, nothing may grow. */
#define EARLY 7200.0

/** Every so many s a server goes, and comes back after so many. */
#define OUTAGE_EVERY  (3 * 86400.0)
#define OUTAGE_LENGTH (6 * 3600.0)

/** Sums over a part of a run. */
struct sums {
	double squares, distance, closest;
	uint64_t seconds, sent;
};

/** A run. */
struct steady {
	struct invariants invariants;
	double end; /**< s */
	struct sums parts[STEADY_PARTS];
	int gone; /**< the server that is away, or was last */
	struct address in_use[SERVERS];
	unsigned replaced;
};

/** Counts addresses that were not in use before. */
static void look_at_sources(struct steady *s, struct sim *sim)
{
	struct sources *sources = daemon_sources(sim_daemon(sim, SERVERS));
	size_t i;

	for (i = 0; i < sources_count(sources) && i < SERVERS; i++) {
		const struct address *a = source_address(sources_at(sources, i));

		if (address_equal(a, &s->in_use[i]))
			continue;
		s->replaced += s->in_use[i].family == ADDRESS_IP4;
		s->in_use[i] = *a;
	}
}

static void each_second(void *arg, struct sim *sim)
{
	struct steady *s = arg;
	double elapsed = sim_elapsed(sim), error = sim_time_error(sim, SERVERS);
	int part = (int)(elapsed / s->end * STEADY_PARTS);
	struct sums *sums = &s->parts[part < STEADY_PARTS ? part : STEADY_PARTS - 1];
	struct look look = look_at(sim, SERVERS);

	invariants_second(&s->invariants, sim);
	if (elapsed < EARLY)
		return;
	look_at_sources(s, sim);
	if (sums->seconds++ == 0)
		sums->sent = sim_sent(sim, SERVERS);
	sums->squares += error * error;
	sums->distance += look.distance;
	sums->closest = fmax(sums->closest, fabs(look.error) / look.distance);
}

static void come_back(void *arg, struct sim *sim)
{
	struct steady *s = arg;

	sim_start(sim, s->gone);
	s->gone = (s->gone + 1) % SERVERS;
}

static void go(void *arg, struct sim *sim)
{
	struct steady *s = arg;

	sim_stop(sim, s->gone);
	sim_at(sim, sim_elapsed(sim) + OUTAGE_LENGTH, come_back, s);
	sim_at(sim, sim_elapsed(sim) + OUTAGE_EVERY, go, s);
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

/** Sums up what the parts were like, and the whole. */
static void measure(const struct steady *s, uint64_t sent, struct steady_result *ret)
{
	double squares = 0, seconds = 0;
	int i;

	for (i = 0; i < STEADY_PARTS; i++) {
		const struct sums *p = &s->parts[i];
		uint64_t until = i + 1 < STEADY_PARTS ? s->parts[i + 1].sent : sent;
		double n = (double)p->seconds;

		if (n > 0)
			ret->parts[i] = (struct steady_part){.rms = sqrt(p->squares / n),
				.distance = p->distance / n,
				.closest = p->closest,
				.requests = (double)(until - p->sent) * 86400 / n};
		squares += p->squares;
		seconds += n;
	}
	ret->rms = seconds > 0 ? sqrt(squares / seconds) : 0;
}

int steady_run(uint64_t seed, double days, struct steady_result *ret)
{
	struct sim *sim = sim_create(seed, SCENARIO_START);
	struct steady s = {.end = days * 86400};
	struct sim_counts early, late;
	int r;

	invariants_start(&s.invariants, sim);
	s.invariants.nodes[SERVERS].watched = true;
	r = build(sim);
	sim_at(sim, OUTAGE_EVERY / 2, go, &s);
	if (!r)
		r = sim_run(sim, EARLY, each_second, &s);
	early = sim_counts(sim, SERVERS);
	if (!r)
		r = sim_run(sim, s.end - EARLY, each_second, &s);
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
		.replaced = s.replaced,
	};
	measure(&s, late.sent, ret);
	snprintf(ret->first, sizeof(ret->first), "%s", s.invariants.first);
	sim_destroy(sim);
	return r;
}
