/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in the world of an nts scenario: restarts, outages, faults, keys that change. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "test/sim/nts_sim_world.h"
#include "test/unit/pki.h"

/** One that cannot be started is tried again after so many s. */
#define RETRY 10.0

/** Something is wrong until an elapsed time. */
static void disturb(struct nts_sim_world *w, double until)
{
	w->watch.quiet = fmax(w->watch.quiet, until);
}

/** Plans what happens at an elapsed time, and says so. */
static struct nts_sim_event *plan(struct nts_sim_world *w, double at, sim_action *act, int node,
	double value, const char *what)
{
	struct nts_sim_event *e;

	if (w->n_events == NTS_SIM_EVENTS)
		return NULL;
	e = &w->events[w->n_events++];
	*e = (struct nts_sim_event){.world = w, .node = node, .value = value};
	sim_at(w->sim, at, act, e);
	text_add(&w->words, " %s node%d %g at %.0f;", what, node + 1, value, at);
	/* For the length of the world; it is set again as things happen. */
	disturb(w, at);
	return e;
}

static void begin(void *arg, struct sim *s)
{
	struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s));
	if (sim_start(s, e->node) < 0)
		sim_at(s, sim_elapsed(s) + RETRY, begin, e);
}

/** Ends a daemon for value s. */
static void stop(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s) + e->value);
	nts_sim_watch_end(&e->world->watch, e->node);
	sim_stop(s, e->node);
}

static void kill_it(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s) + e->value);
	nts_sim_watch_end(&e->world->watch, e->node);
	sim_kill(s, e->node);
}

static void sleep_for(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s) + e->value);
	sim_suspend(s, e->node, e->value, 0);
}

static void cut(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s) + e->value);
	sim_partition(s, e->node, true);
}

static void join(void *arg, struct sim *s)
{
	sim_partition(s, ((struct nts_sim_event *)arg)->node, false);
}

/** value: how long they last, s. */
static void set_faults(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	disturb(e->world, sim_elapsed(s) + e->value);
	e->world->invariants.nodes[e->node].fails = e->faults.allocation > 0;
	/* A response that could not be written may go out all the same with the alert behind it. */
	if (e->node < e->world->servers && e->faults.allocation > 0)
		e->world->watch.uncounted = true;
	sim_set_faults(s, e->node, &e->faults);
	/* Whoever ended for want of memory is started again, as a supervisor would. */
	if (!sim_daemon(s, e->node))
		begin(arg, s);
}

/** The file of the certificate is replaced by rubbish (value 1), or by a good one. */
static void renew(void *arg, struct sim *s)
{
	const struct nts_sim_event *e = arg;

	nts_sim_write(s, e->node, NTS_SIM_CERT, e->value > 0 ? "no certificate" : pki_nodes);
	nts_sim_write(s, e->node, NTS_SIM_KEY, pki_key);
}

/** All servers get another secret, each a little later than the one before. */
static void change_secret(void *arg, struct sim *s)
{
	struct nts_sim_event *e = arg;
	struct nts_sim_world *w = e->world;

	/* Files are looked at once a minute. */
	disturb(w, sim_elapsed(s) + 60);
	nts_sim_write(s, e->node, NTS_SIM_SHARED, "another secret of all servers of this world\n");
	if (++e->node < w->servers)
		sim_at(s, sim_elapsed(s) + e->value, change_secret, e);
}

/** The operator copies the keys of the first server to the second, again and again. */
static void copy_keys(void *arg, struct sim *s)
{
	struct nts_sim_event *e = arg;
	struct span keys = sim_file(s, 0, NTS_SIM_KEYS_FILE);

	if (keys.n > 0)
		sim_put_file(s, 1, NTS_SIM_KEYS_FILE, keys);
	sim_at(s, sim_elapsed(s) + e->value, copy_keys, e);
}

static double some_time(struct nts_sim_world *w)
{
	return sim_random_between(&w->random, 60, w->span);
}

static void plan_restart(struct nts_sim_world *w, int node)
{
	double at = some_time(w), pause = sim_random_log_between(&w->random, 0.5, 1000);
	bool killed = sim_random_chance(&w->random, 0.5);

	plan(w, at, killed ? kill_it : stop, node, pause, killed ? "kill" : "stop");
	plan(w, at + pause, begin, node, 0, "start");
}

static void plan_cut(struct nts_sim_world *w, int node)
{
	double at = some_time(w), length = sim_random_log_between(&w->random, 1, 2000);

	plan(w, at, cut, node, length, "cut");
	plan(w, at + length, join, node, 0, "join");
}

static void plan_faults(struct nts_sim_world *w, int node)
{
	struct sim_random *r = &w->random;
	double at = some_time(w), length = sim_random_between(r, 60, 1500);
	struct sim_faults f = {.allocation = 0};
	struct nts_sim_event *e;

	if (sim_random_chance(r, 0.4))
		f.allocation = sim_random_log_between(r, 1e-3, 0.3);
	if (sim_random_chance(r, 0.4))
		f.write = sim_random_between(r, 0, 1);
	if (sim_random_chance(r, 0.5))
		f.reset = sim_random_between(r, 0, 0.5);
	/* Replies that the system refused would not be seen by whoever counts them. */
	if (node >= w->servers && sim_random_chance(r, 0.3))
		f.send = sim_random_between(r, 0, 0.5);
	f.disk_full = sim_random_chance(r, 0.2);
	f.resolver_dead = sim_random_chance(r, 0.2);
	e = plan(w, at, set_faults, node, length, "faults");
	if (e)
		e->faults = f;
	plan(w, at + length, set_faults, node, 0, "no faults");
}

static void plan_server(struct nts_sim_world *w, int node)
{
	struct sim_random *r = &w->random;

	if (sim_random_chance(r, 0.5))
		plan_restart(w, node);
	if (sim_random_chance(r, 0.2))
		plan_cut(w, node);
	if (sim_random_chance(r, 0.3))
		plan_faults(w, node);
	if (sim_random_chance(r, 0.3)) {
		double at = some_time(w);

		plan(w, at, renew, node, 1, "bad certificate");
		plan(w, at + sim_random_log_between(r, 1, 500), renew, node, 0, "renew");
	}
}

static void plan_client(struct nts_sim_world *w, int node)
{
	struct sim_random *r = &w->random;

	if (sim_random_chance(r, 0.5))
		plan_restart(w, node);
	if (sim_random_chance(r, 0.2))
		plan_cut(w, node);
	if (sim_random_chance(r, 0.4))
		plan_faults(w, node);
	if (sim_random_chance(r, 0.2))
		plan(w, some_time(w), sleep_for, node, sim_random_log_between(r, 1, 3000), "sleep");
}

void nts_sim_plan(struct nts_sim_world *w)
{
	for (int i = 0; i < w->servers; i++)
		plan_server(w, i);
	for (int i = w->servers; i < w->servers + w->clients; i++)
		plan_client(w, i);
	if (w->keys == NTS_SIM_SECRET && sim_random_chance(&w->random, 0.3))
		plan(w, some_time(w), change_secret, 0, sim_random_between(&w->random, 0, 30),
			"secret");
	if (w->keys == NTS_SIM_FILE)
		plan(w, 1, copy_keys, 0, w->rotate / 3, "copy");
}
