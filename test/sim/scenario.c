/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios by name. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/scenario.h"

/** Base delays are so many times the jitter. */
#define BASE 10

static struct sim_link symmetric(double jitter)
{
	return (struct sim_link){.base = BASE * jitter, .jitter = jitter};
}

/** Adds a server behind the same link both ways. */
static void add_server(struct scenario *s, struct sim_link link, double lie)
{
	s->lie[s->servers] = lie;
	s->out[s->servers] = s->back[s->servers] = link;
	s->servers++;
}

static int find_cell(const char *name, struct scenario *s)
{
	double jitter, wander;
	char kind[16];
	int poll;

	if (sscanf(name, "%15[a-z0-9]:j%lf:w%lf", kind, &jitter, &wander) != 3)
		return -EINVAL;
	add_server(s, symmetric(jitter), 0);
	s->client.wander = wander;
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

static int find_convergence(const char *name, struct scenario *s)
{
	bool both = !strcmp(name, "conv:both");
	bool offset = both || !strcmp(name, "conv:0.1s");
	bool frequency = both || !strcmp(name, "conv:100ppm");

	if (!offset && !frequency)
		return -EINVAL;
	add_server(s, symmetric(2e-5), 0);
	s->client.wander = 1e-9;
	s->client.offset = offset ? 0.1 : 0;
	s->client.frequency = frequency ? 100e-6 : 0;
	s->iburst = true;
	s->warm_up = 0;
	s->end = 7200;
	return 0;
}

/** Scenarios that change the law of one link with a jitter of 1e-4 s; wander 1e-9. */
static int find_link(const char *name, struct scenario *s)
{
	struct sim_link link = symmetric(1e-4);

	if (!strcmp(name, "asym")) {
		add_server(s, link, 0);
		s->out[0].jitter = 1.8e-4;
		s->back[0].jitter = 0.2e-4;
	} else if (!strcmp(name, "gauss")) {
		link.normal = true;
		add_server(s, link, 0);
	} else if (!strcmp(name, "mix")) {
		link.wild = 0.2;
		link.wild_times = 50;
		add_server(s, link, 0);
	} else if (!strcmp(name, "burst")) {
		link.burst = (struct sim_window){2400, 600};
		link.burst_times = 50;
		add_server(s, link, 0);
	} else if (!strcmp(name, "intermittent")) {
		link.open = (struct sim_window){10000, 1000};
		add_server(s, link, 0);
		s->end = 220000;
	} else {
		return -EINVAL;
	}
	s->client.wander = 1e-9;
	return 0;
}

/** Scenarios that change the client's oscillator; jitter 1e-4, wander 1e-10. */
static int find_oscillator(const char *name, struct scenario *s)
{
	struct sim_temperature *t = &s->client.temperature[0];

	if (!strcmp(name, "tempday")) {
		*t = (struct sim_temperature){.swing = 1, .period = 86400, .linear = 1e-6};
		s->end = 192800;
	} else if (!strcmp(name, "temphour")) {
		*t = (struct sim_temperature){.swing = 1, .period = 3600, .linear = 1e-7};
	} else if (!strcmp(name, "freqjump")) {
		s->client.jump = 1e-6;
		s->client.jump_every = 20000;
	} else {
		return -EINVAL;
	}
	add_server(s, symmetric(1e-4), 0);
	s->client.wander = 1e-10;
	return 0;
}

/** Scenarios about servers; wander 1e-9. */
static int find_servers(const char *name, struct scenario *s)
{
	static const double lies[] = {0, 0, 0, 0.05, -0.03};
	int i;

	s->client.wander = 1e-9;
	if (!strcmp(name, "serverstep")) {
		add_server(s, symmetric(1e-4), 0);
		s->step = 0.1;
		s->step_at = 30000;
		s->warm_up = 29990;
		s->end = 60000;
	} else if (!strcmp(name, "srv3")) {
		add_server(s, symmetric(1e-5), 0);
		add_server(s, symmetric(1e-4), 0);
		add_server(s, symmetric(1e-3), 0);
	} else if (!strcmp(name, "srv5false2")) {
		for (i = 0; i < 5; i++)
			add_server(s, symmetric(1e-4), lies[i]);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int find_refclock(const char *name, struct scenario *s)
{
	if (strcmp(name, "refclock"))
		return -EINVAL;
	s->client.wander = 1e-9;
	s->receivers[s->n_receivers++] = (struct sim_receiver){.kind = SIM_SHM, .noise = 1e-6};
	s->refclocks = "refclock SHM 0 poll 4\n";
	s->warm_up = 10000;
	s->end = 110000;
	return 0;
}

int scenario_find(const char *name, struct scenario *ret)
{
	int (*const find[])(const char *name, struct scenario *s) = {find_cell, find_convergence,
		find_link, find_oscillator, find_servers, find_refclock};
	size_t i;
	int r = -EINVAL;

	for (i = 0; r && i < sizeof(find) / sizeof(find[0]); i++) {
		struct scenario s = {.client = {.offset = 1e-3},
			.minpoll = 6,
			.maxpoll = 10,
			.warm_up = 20000,
			.end = 140000};

		r = find[i](name, &s);
		if (!r)
			*ret = s;
	}
	return r;
}
