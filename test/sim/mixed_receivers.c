/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receivers in the world of a mixed scenario: what the client has beside its servers, and what
 * happens to it. All is drawn from a stream of its own, so that the world of a seed is the same
 * with receivers and without.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/mixed_world.h"

/** Lies are much larger than any honest root distance here, or whole weeks. */
#define LIE_MIN 2.0
#define LIE_MAX 1000.0
#define WEEK    604800.0

/** The most that an honest receiver is off by, always in the same way, as part of its delay/2. */
#define PART 0.9

/** Swaps the stream of the world's draws. */
static void swap_streams(struct mixed_world *w)
{
	struct sim_random r = w->random;

	w->random = w->receiver_random;
	w->receiver_random = r;
}

/** A kind, how its devices are called, and its noise in s. */
static const struct kind {
	enum sim_receiver_kind kind;
	const char *driver, *place;
	double least, most;
} kinds[] = {
	{SIM_SHM, "SHM", "", 1e-7, 1e-2},
	{SIM_SOCK, "SOCK", "/run/clock", 1e-7, 1e-2},
	{SIM_PHC, "PHC", "/dev/ptp", 1e-8, 1e-6},
	{SIM_PPS, "PPS", "/dev/pps", 1e-8, 1e-5},
	{SIM_NMEA, "NMEA", "/dev/ttyS", 0, 0},
};

/** In worlds of leap seconds, that are of times when no receiver was asked by this daemon, there is
 * no NMEA: it would be put right by 1024 weeks. */
#define KINDS      5
#define LEAP_KINDS 4

/** Options that all have. */
static void draw_options(struct mixed_world *w, struct text *t)
{
	int poll = mixed_pick(w, 0, 6);

	text_add(t, " poll %d", poll);
	if (mixed_chance(w, 0.3))
		text_add(t, " dpoll %d", mixed_pick(w, poll > 3 ? 1 : -2, poll));
	if (mixed_chance(w, 0.1))
		text_add(t, " filter %d", mixed_pick(w, 2, 16));
	if (mixed_chance(w, 0.1))
		text_add(t, " minsamples 4 maxsamples 16");
	if (mixed_chance(w, 0.2))
		text_add(t, " prefer");
}

/** What is always wrong with what it says, and the words that tell how much that may be. */
static void draw_error(struct mixed_world *w, struct mixed_receiver *m, struct text *t)
{
	double delay = mixed_log_between(w, 1e-7, 0.2);
	double error = PART * delay / 2 * mixed_between(w, -1, 1);

	if (mixed_chance(w, 0.3))
		delay = 0;
	if (m->now.kind == SIM_NMEA) {
		delay = mixed_log_between(w, 1e-3, 0.4);
		error = PART * delay / 2 * mixed_between(w, -1, 1);
		m->now.late = mixed_between(w, 0.01, 0.6);
		text_add(t, " offset %.6f", m->now.late + error);
	} else if (delay > 0) {
		m->now.lie = m->honest = error;
	}
	if (delay > 0)
		text_add(t, " delay %.3e", delay);
}

static void draw_receiver(struct mixed_world *w, int i, const struct kind *k, struct text *t)
{
	struct mixed_receiver *m = &w->receivers[i];

	m->now = (struct sim_receiver){.kind = k->kind, .unit = i, .path = m->path};
	if (k->most > 0)
		m->now.noise = mixed_log_between(w, k->least, k->most);
	if (mixed_chance(w, 0.3) && k->kind != SIM_NMEA && k->kind != SIM_PHC) {
		m->now.wild = mixed_between(w, 0, 0.02);
		m->now.wild_by = m->now.noise * mixed_log_between(w, 3, 1000);
	}
	snprintf(m->path, sizeof(m->path), "%s%d", k->place, i);
	text_add(t, "refclock %s %s refid R%d", k->driver, m->path, i);
	draw_error(w, m, t);
	draw_options(w, t);
	/* Pulses of the receiver before it, if that says which second it is. */
	if (k->kind == SIM_PPS && i > 0 && w->receivers[i - 1].now.kind != SIM_PPS)
		text_add(t, " lock R%d", i - 1);
	text_add(t, "\n");
}

void mixed_draw_receivers(struct mixed_world *w, struct text *config)
{
	if (!w->with_receivers)
		return;
	swap_streams(w);
	w->n_receivers = mixed_pick(w, 1, MIXED_RECEIVERS);
	for (int i = 0; i < w->n_receivers; i++)
		draw_receiver(
			w, i, &kinds[mixed_pick(w, 0, (w->leap ? LEAP_KINDS : KINDS) - 1)], config);
	swap_streams(w);
}

static void set_silent(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	(void)s;
	e->receiver->device->silent = e->value > 0;
}

static void set_gone(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	(void)s;
	e->receiver->device->gone = e->value > 0;
}

static void set_noise(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	(void)s;
	e->receiver->device->noise = e->value;
}

static void remake_memory(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;

	sim_memory_remove(s, e->node, e->receiver->now.unit);
}

/** From now on it lies, and so does who numbers its pulses by it. */
static void lie(void *arg, struct sim *s)
{
	const struct mixed_event *e = arg;
	struct invariants_node *n = &e->world->invariants->nodes[e->node];
	const struct mixed_world *w = e->world;
	int i = (int)(e->receiver - w->receivers);

	(void)s;
	e->receiver->device->lie = e->receiver->honest + e->value;
	n->receiver_lies |= 1U << i;
	if (i + 1 < w->n_receivers && w->receivers[i + 1].now.kind == SIM_PPS)
		n->receiver_lies |= 2U << i;
}

static void plan(
	struct mixed_world *w, int i, double at, sim_action *act, double value, const char *what)
{
	struct mixed_event *e = mixed_plan_event(w, at, act, w->client, value, what);

	if (e)
		e->receiver = &w->receivers[i];
}

/** What happens to an honest receiver. */
static void plan_receiver(struct mixed_world *w, int i)
{
	const struct sim_receiver *r = &w->receivers[i].now;
	double at = mixed_between(w, 60, w->end), pause = mixed_log_between(w, 5, 3600);
	bool device = r->kind != SIM_SHM && r->kind != SIM_SOCK;

	if (mixed_chance(w, 0.3)) {
		plan(w, i, at, device ? set_gone : set_silent, 1, device ? "gone" : "silent");
		plan(w, i, at + pause, device ? set_gone : set_silent, 0, "back");
	}
	if (mixed_chance(w, 0.2) && r->noise > 0)
		plan(w, i, mixed_between(w, 60, w->end), set_noise,
			r->noise * mixed_log_between(w, 0.1, 30), "noise");
	if (mixed_chance(w, 0.3) && r->kind == SIM_SHM)
		plan(w, i, mixed_between(w, 60, w->end), remake_memory, 0, "memory");
}

/** Some lie, from the start or later on, while most sources are honest. */
static void plan_lies(struct mixed_world *w)
{
	struct invariants_node *n = &w->invariants->nodes[w->client];
	int room = (w->honest - 1) / 2 - w->liars;

	for (int i = 0; i < w->n_receivers && room > 0; i++) {
		bool early = mixed_chance(w, 0.5);
		double by = mixed_log_between(w, LIE_MIN, LIE_MAX);

		if (w->receivers[i].now.kind == SIM_PPS || !mixed_chance(w, 0.4))
			continue;
		if (mixed_chance(w, 0.2))
			by = WEEK;
		plan(w, i, early ? 0 : mixed_between(w, 60, w->end), lie,
			mixed_chance(w, 0.5) ? by : -by, "receiver lies");
		/* With it its pulses. */
		room -= 2;
		n->settle = w->invariants->nodes[w->client + 1].settle = 7200;
	}
}

void mixed_add_receivers(struct mixed_world *w)
{
	for (int i = 0; i < w->n_receivers; i++) {
		struct mixed_receiver *m = &w->receivers[i];

		m->device = sim_add_receiver(w->sim, w->client, &m->now);
	}
}

void mixed_plan_receivers(struct mixed_world *w)
{
	swap_streams(w);
	for (int i = 0; i < w->n_receivers; i++)
		plan_receiver(w, i);
	plan_lies(w);
	swap_streams(w);
}
