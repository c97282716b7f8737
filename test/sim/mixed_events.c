/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in the world of a mixed scenario besides the passing of time. */
#include "config.h"

#include "test/sim/mixed_world.h"

/** One that cannot be started is tried again after so many s. */
#define RETRY 10.0

struct mixed_event *mixed_plan_event(
	struct mixed_world *w, double at, sim_action *act, int node, double value, const char *what)
{
	struct mixed_event *e;

	if (w->n_events == MIXED_EVENTS)
		return NULL;
	e = &w->events[w->n_events++];
	*e = (struct mixed_event){.world = w, .node = node, .value = value};
	sim_at(w->sim, at, act, e);
	text_add(&w->words, " %s node%d %g at %.0f;", what, node + 1, value, at);
	return e;
}

static void begin(void *arg, struct sim *s)
{
	struct mixed_event *e = arg;

	if (sim_start(s, e->node) < 0)
		sim_at(s, sim_elapsed(s) + RETRY, begin, e);
}

static void stop(void *arg, struct sim *s)
{
	sim_stop(s, ((struct mixed_event *)arg)->node);
}

static void kill_it(void *arg, struct sim *s)
{
	sim_kill(s, ((struct mixed_event *)arg)->node);
}

static void step(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	/* Nobody steps the clock of a machine that sleeps. */
	if (!sim_asleep(s, e->node))
		sim_step(s, e->node, e->value);
}

/** From now on the server lies. */
static void step_server(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	e->world->invariants->nodes[e->node].lies = true;
	sim_step(s, e->node, e->value);
}

static void sleep_for(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	sim_suspend(s, e->node, e->value, 0);
}

static void cut(void *arg, struct sim *s)
{
	sim_partition(s, ((struct mixed_event *)arg)->node, true);
}

static void join(void *arg, struct sim *s)
{
	sim_partition(s, ((struct mixed_event *)arg)->node, false);
}

static void set_faults(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	e->world->invariants->nodes[e->node].fails = e->faults.allocation > 0;
	sim_set_faults(s, e->node, &e->faults);
	/* Whoever ended for want of memory is started again, as a supervisor would. */
	if (!sim_daemon(s, e->node))
		begin(arg, s);
}

static double some_time(struct mixed_world *w)
{
	return mixed_between(w, 60, w->end);
}

static void plan_restart(struct mixed_world *w, int node, bool killed)
{
	double at = some_time(w), pause = mixed_log_between(w, 1, 1800);

	mixed_plan_event(w, at, killed ? kill_it : stop, node, 0, killed ? "kill" : "stop");
	mixed_plan_event(w, at + pause, begin, node, 0, "start");
}

static void plan_faults(struct mixed_world *w, int node)
{
	double at = some_time(w), length = mixed_between(w, 60, 3600);
	struct sim_faults f = {.allocation = 0};
	struct mixed_event *e;

	if (mixed_chance(w, 0.4))
		f.allocation = mixed_log_between(w, 1e-3, 1);
	if (mixed_chance(w, 0.4))
		f.write = mixed_between(w, 0, 1);
	if (mixed_chance(w, 0.4))
		f.resolve = mixed_between(w, 0, 1);
	if (mixed_chance(w, 0.3))
		f.send = mixed_between(w, 0, 0.5);
	if (mixed_chance(w, 0.3))
		f.stamp = mixed_between(w, 0, 1);
	f.disk_full = mixed_chance(w, 0.3);
	f.resolver_dead = mixed_chance(w, 0.2);
	e = mixed_plan_event(w, at, set_faults, node, f.allocation, "faults");
	if (e)
		e->faults = f;
	mixed_plan_event(w, at + length, set_faults, node, 0, "no faults");
}

/** What happens to the client's and its client's machines. */
static void plan_client(struct mixed_world *w, int node)
{
	double at = some_time(w);

	if (mixed_chance(w, 0.2))
		mixed_plan_event(w, some_time(w), step, node,
			mixed_log_between(w, 1e-3, 1000) * (mixed_chance(w, 0.5) ? 1 : -1), "step");
	if (mixed_chance(w, 0.2))
		mixed_plan_event(
			w, some_time(w), sleep_for, node, mixed_log_between(w, 1, 7200), "sleep");
	if (mixed_chance(w, 0.25)) {
		mixed_plan_event(w, at, cut, node, 0, "cut");
		mixed_plan_event(w, at + mixed_log_between(w, 10, 7200), join, node, 0, "join");
	}
	if (mixed_chance(w, 0.25))
		plan_restart(w, node, mixed_chance(w, 0.5));
	if (mixed_chance(w, 0.5))
		plan_faults(w, node);
}

void mixed_plan(struct mixed_world *w)
{
	int server = mixed_pick(w, 0, w->honest - 1);

	plan_client(w, w->client);
	plan_client(w, w->client + 1);
	if (mixed_chance(w, 0.3))
		plan_restart(w, mixed_pick(w, 0, w->client - 1), mixed_chance(w, 0.5));
	if (mixed_chance(w, 0.2))
		plan_faults(w, mixed_pick(w, 0, w->client - 1));
	/* One server may go wrong while most of the others are right. */
	if (!w->liars && w->honest >= 3 && mixed_chance(w, 0.3)) {
		mixed_plan_event(w, some_time(w), step_server, server,
			mixed_between(w, 2, 100) * (mixed_chance(w, 0.5) ? 1 : -1), "server steps");
		w->invariants->nodes[w->client].settle =
			w->invariants->nodes[w->client + 1].settle = 7200;
	}
}
