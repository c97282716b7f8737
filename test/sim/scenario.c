/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios by name, and their runs. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "test/sim/scenario.h"

/** 2026-01-01 00:00:00 UTC. */
#define START (INT64_C(1767225600) * INSTANT_S)

/** The error must stay below for so many seconds to count as reached. */
#define SETTLED 10

/** Published figures of chrony and the limit for the cells that tests name. */
static const struct {
	const char *name;
	double rms, frequency, limit;
} published[] = {
	{"p6:j1e-4:w1e-9", 2.34e-5, 1.28e-7, 9.87e-6},
	{"p6:j1e-4:w1e-8", 5.71e-5, 7.34e-7, 2.55e-5},
	{"p6:j1e-5:w1e-9", 5.73e-6, 7.30e-8, 2.62e-6},
	{"p6:j1e-3:w1e-9", 1.05e-4, 3.22e-7, 3.83e-5},
	{"def:j1e-4:w1e-9", 9.96e-5, 1.30e-7, 5.42e-5},
	{"def:j1e-4:w1e-8", 2.43e-4, 6.56e-7, 6.12e-5},
	{"lan:j1e-5:w1e-9", 1.05e-6, 2.64e-7, 2.18e-7},
};

static void one_server(struct scenario *s, double jitter, double wander)
{
	s->servers = 1;
	s->out[0] = s->back[0] = (struct sim_link){.base = 10 * jitter, .jitter = jitter};
	s->wander = wander;
}

static int find_cell(const char *name, struct scenario *s)
{
	double jitter, wander;
	char kind[16];
	int poll;

	if (sscanf(name, "%15[a-z0-9]:j%lf:w%lf", kind, &jitter, &wander) != 3)
		return -EINVAL;
	one_server(s, jitter, wander);
	s->offset = 1e-3;
	s->warm_up = 20000;
	s->end = 140000;
	s->minpoll = 6;
	s->maxpoll = 10;
	if (!strcmp(kind, "lan")) {
		s->minpoll = s->maxpoll = 0;
		s->warm_up = 5000;
		s->end = 25000;
	} else if (sscanf(kind, "p%d", &poll) == 1) {
		s->minpoll = s->maxpoll = poll;
	} else if (strcmp(kind, "def")) {
		return -EINVAL;
	}
	return 0;
}

static int find_convergence(const char *kind, struct scenario *s)
{
	bool both = !strcmp(kind, "both");

	if (!both && strcmp(kind, "0.1s") && strcmp(kind, "100ppm"))
		return -EINVAL;
	one_server(s, 2e-5, 1e-9);
	s->offset = both || !strcmp(kind, "0.1s") ? 0.1 : 0;
	s->frequency = both || !strcmp(kind, "100ppm") ? 100e-6 : 0;
	s->minpoll = 6;
	s->maxpoll = 10;
	s->iburst = true;
	s->end = 7200;
	return 0;
}

int scenario_find(const char *name, struct scenario *ret)
{
	struct scenario s = {0};
	size_t i;
	int r = strncmp(name, "conv:", 5) ? find_cell(name, &s) : find_convergence(name + 5, &s);

	if (r)
		return r;
	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (!strcmp(published[i].name, name)) {
			s.chrony_rms = published[i].rms;
			s.chrony_frequency = published[i].frequency;
			s.limit = published[i].limit;
		}
	*ret = s;
	return 0;
}

/** Sums up a run. */
struct watch {
	const struct scenario *scenario;
	scenario_second *each;
	void *arg;
	int client;
	double squares, frequency_squares, max;
	double above_1ms, above_100us; /**< last second at which the error was above */
	unsigned n;
};

static void watch_second(void *arg, struct sim *sim)
{
	struct watch *w = arg;
	double elapsed = sim_elapsed(sim), error = sim_time_error(sim, w->client);
	double frequency = sim_frequency_error(sim, w->client);

	if (w->each)
		w->each(w->arg, elapsed, error, frequency);
	if (fabs(error) > 1e-3 && elapsed <= w->above_1ms + SETTLED)
		w->above_1ms = elapsed;
	if (fabs(error) > 1e-4 && elapsed <= w->above_100us + SETTLED)
		w->above_100us = elapsed;
	if (elapsed < w->scenario->warm_up)
		return;
	w->squares += error * error;
	w->frequency_squares += frequency * frequency;
	w->max = fmax(w->max, fabs(error));
	w->n++;
}

/** Adds servers and client to the world and starts them; the client is node `servers`. */
static int build(struct sim *sim, const struct scenario *s, bool verbose)
{
	char buffer[2048];
	struct text config = text_on(buffer, sizeof(buffer));
	struct sim_node_options client = {.config = buffer,
		.offset = s->offset,
		.frequency = s->frequency,
		.wander = s->wander,
		.verbose = verbose};
	int i, r = 0;

	for (i = 0; i < s->servers && r >= 0; i++) {
		struct sim_node_options server = {.config = "local stratum 1\nallow\ncmdport 0\n",
			.offset = s->lie[i],
			.uncontrolled = true};

		r = sim_add(sim, &server);
		text_add(&config, "server 192.168.123.%d minpoll %d maxpoll %d%s\n", i + 1,
			s->minpoll, s->maxpoll, s->iburst ? " iburst" : "");
		sim_connect(sim, s->servers, i, &s->out[i]);
		sim_connect(sim, i, s->servers, &s->back[i]);
	}
	text_add(&config, "cmdport 0\n");
	if (r >= 0)
		r = sim_add(sim, &client);
	for (i = 0; i <= s->servers && r >= 0; i++)
		r = sim_start(sim, i);
	return r < 0 ? r : 0;
}

int scenario_run(const struct scenario *s, uint64_t seed, bool verbose, scenario_second *each,
	void *arg, struct scenario_result *ret)
{
	struct sim *sim = sim_create(seed, START);
	struct watch w = {.scenario = s, .each = each, .arg = arg, .client = s->servers};
	struct scenario_result result = {0};
	int r;

	if (!sim)
		return -ENOMEM;
	r = build(sim, s, verbose);
	if (!r)
		r = sim_run(sim, s->end, watch_second, &w);
	if (!r && w.n) {
		result.rms = sqrt(w.squares / w.n);
		result.frequency = sqrt(w.frequency_squares / w.n);
		result.max = w.max;
		result.to_1ms = w.above_1ms + SETTLED < s->end ? w.above_1ms : -1;
		result.to_100us = w.above_100us + SETTLED < s->end ? w.above_100us : -1;
		result.packets = sim_sent(sim, s->servers);
		result.amplified = sim_amplified(sim);
		*ret = result;
	}
	sim_destroy(sim);
	return r;
}
