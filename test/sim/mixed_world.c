/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing the world of a mixed scenario: nodes, links, oscillators, options. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "test/sim/leap_list.h"
#include "test/sim/mixed_world.h"

/** Lies are much larger than any honest root distance here, so that they can be told. */
#define LIE_MIN 2.0
#define LIE_MAX 1000.0

bool mixed_chance(struct mixed_world *w, double probability)
{
	return sim_random_chance(&w->random, probability);
}

double mixed_between(struct mixed_world *w, double low, double high)
{
	return sim_random_between(&w->random, low, high);
}

double mixed_log_between(struct mixed_world *w, double low, double high)
{
	return sim_random_log_between(&w->random, low, high);
}

int mixed_pick(struct mixed_world *w, int low, int high)
{
	return sim_random_pick(&w->random, low, high);
}

static struct sim_link draw_link(struct mixed_world *w)
{
	struct sim_link l = {.base = mixed_log_between(w, 1e-4, 3e-2)};

	l.jitter = l.base * mixed_log_between(w, 1e-3, 0.5);
	l.normal = mixed_chance(w, 0.2);
	if (mixed_chance(w, 0.3)) {
		l.wild = mixed_between(w, 0, 0.2);
		l.wild_times = 10;
	}
	if (mixed_chance(w, 0.2)) {
		l.burst = (struct sim_window){mixed_between(w, 1000, 5000), 600};
		l.burst_times = mixed_between(w, 2, 20);
	}
	if (mixed_chance(w, 0.4))
		l.loss = mixed_between(w, 0, 0.2);
	if (mixed_chance(w, 0.3))
		l.duplicate = mixed_between(w, 0, 0.1);
	if (mixed_chance(w, 0.3)) {
		l.hold = mixed_between(w, 0, 0.05);
		l.hold_delay = mixed_log_between(w, 1e-3, 3);
	}
	if (mixed_chance(w, 0.1))
		l.open = (struct sim_window){
			mixed_between(w, 2000, 8000), mixed_between(w, 500, 2000)};
	if (mixed_chance(w, 0.3)) {
		l.route_at = mixed_between(w, 0, w->end);
		l.route_base = l.base * mixed_log_between(w, 0.2, 5);
	}
	l.mtu = mixed_chance(w, 0.2) ? 576 : 0;
	return l;
}

/** The oscillator of a client: what maxclockerror's 1 ppm allows for. */
static struct sim_node_options draw_clock(struct mixed_world *w)
{
	struct sim_node_options o = {
		.frequency = mixed_between(w, -200e-6, 200e-6), .verbose = w->verbose};

	o.offset = mixed_log_between(w, 1e-4, 2) * (mixed_chance(w, 0.5) ? 1 : -1);
	o.wander = mixed_log_between(w, 1e-11, 1e-8);
	if (mixed_chance(w, 0.3)) {
		o.jump = mixed_between(w, 0, 5e-7);
		o.jump_every = 5000;
	}
	if (mixed_chance(w, 0.4))
		o.temperature[0] = (struct sim_temperature){.swing = mixed_between(w, 1, 20),
			.period = mixed_between(w, 7200, 86400),
			.linear = 1e-8,
			.square = mixed_between(w, -4e-10, 0)};
	if (mixed_chance(w, 0.5))
		o.stamp_lag = mixed_log_between(w, 1e-7, 1e-4);
	return o;
}

/** A word of a configuration by chance. */
static void maybe(struct mixed_world *w, double probability, struct text *t, const char *words)
{
	if (mixed_chance(w, probability))
		text_add(t, "%s", words);
}

static void draw_source_options(struct mixed_world *w, struct text *t)
{
	int minpoll = mixed_pick(w, 4, 6), maxpoll = mixed_pick(w, minpoll, w->maxpoll);

	text_add(t, " minpoll %d maxpoll %d", minpoll, maxpoll);
	maybe(w, 0.7, t, " iburst");
	maybe(w, 0.2, t, " xleave");
	maybe(w, 0.1, t, " presend 6");
	maybe(w, 0.1, t, " filter 3");
	maybe(w, 0.1, t, " polltarget 30");
	maybe(w, 0.1, t, " minsamples 8 maxsamples 32");
	maybe(w, 0.1, t, " maxdelay 0.5");
	maybe(w, 0.1, t, " maxdelayratio 4");
	maybe(w, 0.1, t, " maxdelaydevratio 10");
	maybe(w, 0.1, t, " version 3");
	maybe(w, 0.05, t, " burst");
	text_add(t, "\n");
}

/** The sources of the client. Where somebody lies, each server has its line and its address, so
 * that who is reached does not hang on the resolver. */
static void draw_sources(struct mixed_world *w, struct text *t)
{
	int servers = w->honest + w->liars, i;

	if (!w->liars && mixed_chance(w, 0.25)) {
		w->invariants->nodes[w->client].has_pool = true;
		text_add(t, "pool pool1-%d maxsources %d", servers, mixed_pick(w, 1, 4));
		draw_source_options(w, t);
		return;
	}
	for (i = 0; i < servers; i++) {
		if (!w->liars && mixed_chance(w, 0.5))
			text_add(t, "server node%d", i + 1);
		else
			text_add(t, "server 192.168.123.%d", i + 1);
		maybe(w, i < w->honest ? 0.05 : 0, t, " prefer");
		draw_source_options(w, t);
	}
}

static void draw_directives(struct mixed_world *w, struct text *t)
{
	text_add(t, INVARIANTS_CONFIG "allow\n");
	maybe(w, 0.6, t, "makestep 0.1 3\n");
	maybe(w, 0.1, t, "makestep 1 -1\n");
	maybe(w, 0.6, t, "driftfile /var/drift\n");
	maybe(w, 0.4, t, "dumpdir /var/dump\ndumponexit\n");
	maybe(w, 0.4, t, "logdir /var/log\nlog tracking measurements statistics selection\n");
	maybe(w, 0.3, t, "rtcsync\n");
	maybe(w, 0.2, t, "maxslewrate 500\n");
	maybe(w, 0.2, t, "corrtimeratio 10\n");
	maybe(w, 0.2, t, "maxupdateskew 10\n");
	maybe(w, 0.1, t, "combinelimit 0\n");
	maybe(w, 0.1, t, "reselectdist 1e-3\n");
	maybe(w, 0.1, t, "stratumweight 0\n");
	maybe(w, 0.1, t, "clientloglimit 65536\n");
	maybe(w, 0.1, t, "noclientlog\n");
	maybe(w, 0.1, t, "logchange 0.01\n");
	maybe(w, 0.1, t, "acquisitionport 123\n");
}

/** Who hears of a leap second only by a list makes it in one of four ways. */
static void draw_leap(struct mixed_world *w, struct text *t)
{
	static const char *const modes[] = {"system", "step", "slew", "ignore"};

	if (w->leap)
		text_add(t, "leapseclist " LEAP_LIST "\nleapsecmode %s\n",
			modes[mixed_pick(w, 0, 3)]);
}

static void give_leap(struct mixed_world *w)
{
	if (!w->leap)
		return;
	leap_give(w->sim, w->client, w->leap);
	leap_give(w->sim, w->client + 1, w->leap);
	sim_leap(w->sim, w->leap_at, w->leap);
	text_add(&w->words, " leap second %+d at %.0f;", w->leap, w->leap_at);
}

static int add_servers(struct mixed_world *w)
{
	int i, r = 0;

	for (i = 0; i < w->honest + w->liars && r >= 0; i++) {
		struct sim_node_options server = {
			.config = "local stratum 1\nallow\n" INVARIANTS_CONFIG,
			.uncontrolled = true};

		if (i >= w->honest) {
			server.offset = mixed_log_between(w, LIE_MIN, LIE_MAX) *
					(mixed_chance(w, 0.5) ? 1 : -1);
			w->invariants->nodes[i].lies = true;
		}
		r = sim_add(w->sim, &server);
	}
	return r;
}

static int add_clients(struct mixed_world *w)
{
	char buffer[2048], last[256];
	struct text config = text_on(buffer, sizeof(buffer));
	struct text config_last = text_on(last, sizeof(last));
	struct sim_node_options client = draw_clock(w), second = draw_clock(w);
	int i, r;

	draw_sources(w, &config);
	draw_directives(w, &config);
	draw_leap(w, &config);
	mixed_draw_receivers(w, &config);
	draw_leap(w, &config_last);
	text_add(&config_last, "server 192.168.123.%d iburst\nmakestep 0.1 3\n" INVARIANTS_CONFIG,
		w->client + 1);
	client.config = buffer;
	second.config = last;
	text_add(&w->words, "%d honest, %d lying; %s", w->honest, w->liars, buffer);
	r = sim_add(w->sim, &client);
	if (r >= 0)
		mixed_add_receivers(w);
	if (r >= 0)
		r = sim_add(w->sim, &second);
	if (r >= 0)
		give_leap(w);
	for (i = 0; i <= w->client + 1; i++) {
		struct sim_link out = draw_link(w), back = draw_link(w);

		sim_connect(w->sim, w->client, i, &out);
		sim_connect(w->sim, i, w->client, &back);
	}
	for (i = w->client; i <= w->client + 1; i++) {
		w->invariants->nodes[i].watched = true;
		w->invariants->nodes[i].second_hand = i != w->client;
		w->invariants->nodes[i].settle = w->liars ? 300 + 2 * ldexp(1, w->maxpoll) : 0;
	}
	return r;
}

int mixed_build(struct mixed_world *w)
{
	char *at;
	int i, r;

	w->end = mixed_between(w, 3600, 4 * 3600);
	w->honest = mixed_pick(w, 1, 6);
	w->liars = mixed_chance(w, 0.4) ? mixed_pick(w, 0, (w->honest - 1) / 2) : 0;
	w->client = w->honest + w->liars;
	w->maxpoll = mixed_pick(w, 6, 10);
	r = add_servers(w);
	if (r >= 0)
		r = add_clients(w);
	for (i = 0; i <= w->client + 1 && r >= 0; i++)
		r = sim_start(w->sim, i);
	if (r >= 0)
		mixed_plan(w);
	if (r >= 0)
		mixed_plan_receivers(w);
	/* A line of its own in the list of failures. */
	for (at = w->words.s; *at; at++)
		if (*at == '\n')
			*at = ';';
	return r < 0 ? r : 0;
}
