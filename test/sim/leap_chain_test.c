/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A leap second on its way through servers and their clients: two servers have it from a list and
 * one from a time zone, four clients in the four modes of leapsecmode only hear of it, and each of
 * them serves a client of its own.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/source.h"
#include "daemon/wire/packet.h"
#include "test/sim/leap_list.h"
#include "test/sim/look.h"
#include "test/sim/world.h"
#include "test/unit/zone_file.h"

/* 2016-12-31 21:00:00, and from there to midnight; what is watched begins SETTLED s after start. */
#define MIDNIGHT 10800.0
#define START    (LEAP_MIDNIGHT - 10800 * INSTANT_S)
#define SETTLED  1800.0
#define END      (MIDNIGHT + 3000)

#define ZONE "/usr/share/zoneinfo/right/UTC"

/* The leap second as a time zone tells it. */
static struct span zone(enum leap leap, uint8_t *p, size_t room)
{
	const struct zone_leap leaps[] = {{1230768000, 24}, {1341100800, 25}, {1435708800, 26},
		{1483228800, leap == LEAP_INSERT ? 27 : 25}};

	return (struct span){p, zone_file(p, room, leaps, 4)};
}

enum {
	TOP,
	SERVERS, /* three */
	CLIENTS = SERVERS + 3,
	LAST = CLIENTS + 4,
	NODES = LAST + 4,
};

static const char *const modes[] = {"system", "step", "slew", "ignore"};

/* What was seen of a node. */
struct seen {
	bool announced;      /* before, at all times */
	bool silent;         /* in the second after it: told nobody the time */
	bool done;           /* from half a minute after it on: no leap second any more */
	unsigned false_ones; /* seconds in which it took a source for a falseticker */
	double beyond;       /* most by which its time was outside of what it claims, s */
	double end;          /* s, error of its clock in the end */
};

struct chain {
	enum leap leap;
	double at; /* elapsed s */
	struct seen seen[NODES];
	unsigned replies,
		wrong; /* before and long after it, and without the right leap indicator */
};

static bool has_falseticker(struct sim *s, int node)
{
	struct sources *sources = daemon_sources(sim_daemon(s, node));
	bool found = false;

	for (size_t i = 0; i < sources_count(sources); i++)
		found |= source_state(sources_at(sources, i)) == 'x';
	return found;
}

static void watch_node(const struct chain *c, struct sim *s, int node, struct seen *seen)
{
	enum leap leap = clock_get_reference(daemon_clock(sim_daemon(s, node)))->leap;
	double elapsed = sim_elapsed(s);
	struct look look = look_at(s, node);

	if (elapsed < c->at - 6)
		seen->announced &= leap == c->leap;
	if (elapsed > c->at && elapsed < c->at + 2)
		seen->silent &= leap == LEAP_UNSYNCHRONISED;
	if (elapsed > c->at + 30)
		seen->done &= leap == LEAP_NONE;
	/* At the very instant, a microsecond of error is a second. */
	if (leap != LEAP_UNSYNCHRONISED && fabs(elapsed - c->at) > 0.5)
		seen->beyond = fmax(seen->beyond, fabs(look.error) - look.distance);
	seen->false_ones += has_falseticker(s, node);
	seen->end = fabs(sim_time_error(s, node));
}

static void watch(void *arg, struct sim *s)
{
	struct chain *c = arg;

	if (sim_elapsed(s) < SETTLED)
		return;
	for (int i = SERVERS; i < NODES; i++)
		watch_node(c, s, i, &c->seen[i]);
}

/* Replies on the wire tell of it before, and do not after. */
static void watch_sent(void *arg, struct sim *s, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct chain *c = arg;
	double elapsed = sim_elapsed(s);
	struct packet p;

	(void)to;
	if (node == TOP || from->port != 123 || packet_decode(data, &p) < 0 || elapsed < SETTLED ||
		fabs(elapsed - c->at) < 30)
		return;
	c->replies++;
	c->wrong +=
		p.leap != LEAP_UNSYNCHRONISED && p.leap != (elapsed < c->at ? c->leap : LEAP_NONE);
}

static void add(struct sim *s, int node, const char *config, bool uncontrolled)
{
	struct sim_node_options o = {.config = config,
		.uncontrolled = uncontrolled,
		.offset = uncontrolled ? 0 : 1e-3 * node,
		.wander = uncontrolled ? 0 : 1e-9};

	assert_int_equal(sim_add(s, &o), node);
}

static void add_clients(struct sim *s)
{
	char config[400];

	for (int i = 0; i < 4; i++) {
		snprintf(config, sizeof(config),
			"server 192.168.123.2 iburst minpoll 4 maxpoll 6\n"
			"server 192.168.123.3 iburst minpoll 4 maxpoll 7\n"
			"server 192.168.123.4 iburst minpoll 4 maxpoll 6\n"
			"makestep 0.1 3\nallow\ncmdport 0\nleapsecmode %s\n",
			modes[i]);
		add(s, CLIENTS + i, config, false);
	}
	for (int i = 0; i < 4; i++) {
		snprintf(config, sizeof(config),
			"server 192.168.123.%d iburst minpoll 4 maxpoll 6\n"
			"makestep 0.1 3\nallow\ncmdport 0\nleapsecmode system\n",
			CLIENTS + i + 1);
		add(s, LAST + i, config, false);
	}
}

static void add_servers(struct sim *s, enum leap leap)
{
	uint8_t p[512];

	add(s, TOP, "local stratum 1\nallow\ncmdport 0\n", true);
	for (int i = SERVERS; i < CLIENTS - 1; i++) {
		add(s, i,
			"server 192.168.123.1 iburst minpoll 4 maxpoll 6\n"
			"leapseclist " LEAP_LIST "\nmakestep 0.1 3\nallow\ncmdport 0\n",
			false);
		leap_give(s, i, leap == LEAP_INSERT ? 1 : -1);
	}
	add(s, CLIENTS - 1,
		"server 192.168.123.1 iburst minpoll 4 maxpoll 6\n"
		"leapsectz right/UTC\nmakestep 0.1 3\nallow\ncmdport 0\n",
		false);
	sim_file_write(&s->nodes[CLIENTS - 1], ZONE, zone(leap, p, sizeof(p)), false);
}

static struct chain run(enum leap leap)
{
	struct sim *s = sim_create(1, START);
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};
	struct chain c = {.leap = leap, .at = MIDNIGHT - (leap == LEAP_DELETE)};

	for (int i = 0; i < NODES; i++)
		c.seen[i] = (struct seen){
			.announced = true, .silent = true, .done = true, .beyond = -1};
	add_servers(s, leap);
	add_clients(s);
	for (int i = 0; i < NODES; i++) {
		for (int j = 0; j < NODES; j++)
			sim_connect(s, i, j, &link);
		assert_int_equal(sim_start(s, i), 0);
	}
	sim_on_send(s, watch_sent, &c);
	sim_leap(s, c.at, leap == LEAP_INSERT ? 1 : -1);
	assert_int_equal(sim_run(s, END, watch, &c), 0);
	for (int i = SERVERS; i < NODES; i++)
		printf("node%d %s: announced %d, silent %d, done %d, false %u s, beyond its bound "
		       "by %.6f s, in the end off by %.6f s\n",
			i + 1, i < CLIENTS ? "server" : modes[(i - CLIENTS) % 4],
			c.seen[i].announced, c.seen[i].silent, c.seen[i].done, c.seen[i].false_ones,
			c.seen[i].beyond, c.seen[i].end);
	sim_destroy(s);
	return c;
}

static void check(const struct chain *c)
{
	assert_true(c->replies > 1000);
	assert_int_equal(c->wrong, 0);
	for (int i = SERVERS; i < NODES; i++) {
		const struct seen *seen = &c->seen[i];

		assert_true(seen->announced);
		assert_true(seen->done);
		assert_true(seen->beyond <= 0);
		assert_true(seen->end < 1e-3);
		assert_true(seen->silent);
		assert_int_equal(seen->false_ones, 0);
	}
}

static void a_second_is_inserted(void **state)
{
	struct chain c = run(LEAP_INSERT);

	(void)state;
	check(&c);
}

static void a_second_is_deleted(void **state)
{
	struct chain c = run(LEAP_DELETE);

	(void)state;
	check(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_is_inserted),
		cmocka_unit_test(a_second_is_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
