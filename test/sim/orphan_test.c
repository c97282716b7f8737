/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that have lost all others agree on one of them, known to each other by IPv4 or IPv6
 * addresses (chrony-behaviour 7), and the local reference of a single one.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "daemon/source/source.h"
#include "test/sim/scenario.h"
#include "test/sim/small.h"

#define ORPHANS 4
#define STRATUM 10

/* Node 0 is a real server, the others ask it and each other. */
static struct sim *world(bool ip6)
{
	struct sim *s = sim_create(1, SCENARIO_START);

	assert_int_equal(sim_add(s, &(struct sim_node_options){.uncontrolled = true,
					    .ip6 = ip6,
					    .config = "local stratum 1\nallow\nallow ::/0\n"}),
		0);
	for (int i = 1; i <= ORPHANS; i++) {
		char config[1024], name[ADDRESS_TEXT];
		struct text t = text_on(config, sizeof(config));
		struct sim_node_options o = {.config = config,
			.ip6 = ip6,
			.wander = 1e-9,
			.offset = 0.01 * i,
			.frequency = 1e-5 * i};

		for (int j = 0; j <= ORPHANS; j++) {
			struct address a = ip6 ? sim_address6(j) : sim_address(j);

			address_format(&a, name, sizeof(name));
			if (j != i)
				text_add(&t, "server %s iburst minpoll 6 maxpoll 6\n", name);
		}
		text_add(&t, "local stratum 10 orphan distance 0.01\nallow\nallow ::/0\n"
			     "makestep 1 -1\n");
		assert_int_equal(sim_add(s, &o), i);
	}
	for (int i = 0; i <= ORPHANS; i++)
		assert_int_equal(sim_start(s, i), 0);
	return s;
}

/* Whether a source gave something to follow lately. */
static bool is_fresh(struct sim *s, int node, const struct source *source)
{
	struct track_figures f;
	int64_t osc, system;

	sim_clocks(s, node, &osc, &system);
	track_get_figures(source_track(source), &f);
	return osc - f.last_osc < 200 * INSTANT_S;
}

/* The node that a node follows, or -1. Two that would follow each other refuse each other's samples
 * (2, test D) and wait. */
static int followed(struct sim *s, int node)
{
	struct sources *sources = daemon_sources(sim_daemon(s, node));

	for (size_t i = 0; i < sources_count(sources); i++) {
		const struct source *source = sources_at(sources, i);

		for (int j = 0; j < sim_nodes(s); j++) {
			struct address a = sim_address(j), b = sim_address6(j);

			if (source_state(source) == '*' && is_fresh(s, node, source) &&
				(address_equal(source_address(source), &a) ||
					address_equal(source_address(source), &b)))
				return j;
		}
	}
	return -1;
}

static const struct clock_reference *reference(struct sim *s, int node)
{
	return clock_get_reference(daemon_clock(sim_daemon(s, node)));
}

/* Who of them, from a first one on, would be followed: the least reference ID. */
static int expected(bool ip6, int without)
{
	uint32_t least = UINT32_MAX;
	int r = -1;

	for (int i = 1; i <= ORPHANS; i++) {
		struct address a = ip6 ? sim_address6(i) : sim_address(i);

		if (i != without && address_refid(&a) < least) {
			least = address_refid(&a);
			r = i;
		}
	}
	return r;
}

/* Counts nodes that follow each other round a circle at this moment. */
static void each_second(void *arg, struct sim *s)
{
	unsigned *circles = arg;

	for (int i = 1; i <= ORPHANS; i++) {
		int at = i, n = 0;

		while (at > 0 && sim_daemon(s, at) && reference(s, at)->refid != REFID_LOCAL &&
			n++ <= ORPHANS)
			at = followed(s, at);
		*circles += n > ORPHANS;
	}
}

/* All but one that is cut off follow the parent. */
static void assert_follow(struct sim *s, int parent, int without)
{
	assert_int_equal(reference(s, parent)->refid, REFID_LOCAL);
	assert_int_equal(reference(s, parent)->stratum, STRATUM);
	assert_int_equal(reference(s, parent)->leap, LEAP_NONE);
	for (int i = 1; i <= ORPHANS; i++) {
		if (i == parent || i == without)
			continue;
		assert_int_equal(followed(s, i), parent);
		assert_int_equal(reference(s, i)->stratum, STRATUM + 1);
		assert_true(fabs(sim_time_error(s, i) - sim_time_error(s, parent)) < 1e-3);
	}
}

static void elect(bool ip6)
{
	struct sim *s = world(ip6);
	unsigned circles = 0;
	int parent = expected(ip6, 0), next = expected(ip6, parent);

	sim_partition(s, 0, true);
	/* Nobody is in a hurry: another one may be about to come up. */
	assert_int_equal(sim_run(s, 290, each_second, &circles), 0);
	for (int i = 1; i <= ORPHANS; i++)
		assert_int_equal(reference(s, i)->leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(sim_run(s, 1500, each_second, &circles), 0);
	assert_follow(s, parent, 0);
	assert_int_equal(circles, 0);
	printf("orphans by IPv%d: node%d is followed, after it node%d\n", ip6 ? 6 : 4, parent + 1,
		next + 1);
	/* The parent is gone. */
	sim_partition(s, parent, true);
	assert_int_equal(sim_run(s, 20000, each_second, &circles), 0);
	assert_follow(s, next, parent);
	/* It comes back. */
	sim_partition(s, parent, false);
	assert_int_equal(sim_run(s, 6000, each_second, &circles), 0);
	assert_follow(s, parent, 0);
	assert_int_equal(circles, 0);
	/* Somebody knows the time. */
	sim_partition(s, 0, false);
	assert_int_equal(sim_run(s, 1500, each_second, &circles), 0);
	for (int i = 1; i <= ORPHANS; i++) {
		assert_int_equal(reference(s, i)->stratum, 2);
		assert_int_equal(followed(s, i), 0);
		assert_true(fabs(sim_time_error(s, i)) < 1e-3);
	}
	/* And is gone for good: in the end it is as before. */
	sim_partition(s, 0, true);
	assert_int_equal(sim_run(s, 60000, each_second, &circles), 0);
	assert_follow(s, parent, 0);
	printf("  after the last server, in a circle for %u s of nodes\n", circles);
	assert_true(circles < 4 * 600);
	sim_destroy(s);
}

static void section_7_orphans_by_ip4(void **state)
{
	(void)state;
	elect(false);
}

static void section_7_orphans_by_ip6(void **state)
{
	(void)state;
	elect(true);
}

/* With nobody to ask, what is configured is served: at once, or after a while. */
static void section_7_local_waits(void **state)
{
	struct small s;
	int at_once, later;

	(void)state;
	small_begin(&s, 1);
	at_once = small_client(&s, NULL, "server 192.168.123.99\nlocal stratum 7\nallow\n");
	later = small_client(
		&s, NULL, "server 192.168.123.99\nlocal stratum 7 waitunsynced 200\nallow\n");
	s.invariants.nodes[at_once].watched = s.invariants.nodes[later].watched = false;
	small_run(&s, 1);
	assert_int_equal(small_tracking(&s, at_once).refid, REFID_LOCAL);
	assert_int_equal(small_tracking(&s, at_once).stratum, 7);
	assert_true(small_tracking(&s, at_once).root_delay == 0);
	small_run(&s, 190);
	assert_int_equal(small_tracking(&s, later).leap, LEAP_UNSYNCHRONISED);
	small_run(&s, 20);
	assert_int_equal(small_tracking(&s, later).refid, REFID_LOCAL);
	small_end(&s);
}

/* Served when the last source's distance has grown beyond it, and not before the source was good
 * once. Its reference time is renewed every 64 s. */
static void section_7_local_after_distance(void **state)
{
	struct small s;
	struct report_tracking t;
	int64_t before;
	int client;

	(void)state;
	small_begin(&s, 1);
	small_server(&s, 0, "");
	sim_partition(s.sim, 0, true);
	client = small_client(&s, NULL,
		"server node1 iburst minpoll 4 maxpoll 6\n"
		"local stratum 7 distance 0.01 activate 0.005 waitsynced 600\nallow\n");
	small_run(&s, 1000);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_UNSYNCHRONISED);
	sim_partition(s.sim, 0, false);
	small_run(&s, 2000);
	assert_int_equal(small_tracking(&s, client).stratum, 2);
	sim_partition(s.sim, 0, true);
	small_run(&s, 3000);
	t = small_tracking(&s, client);
	assert_int_equal(t.stratum, 2);
	assert_true(t.root_delay / 2 + t.root_dispersion < 0.01);
	/* What is claimed from now on is not true time. */
	s.invariants.nodes[client].watched = false;
	small_run(&s, 10000);
	t = small_tracking(&s, client);
	assert_int_equal(t.refid, REFID_LOCAL);
	assert_int_equal(t.stratum, 7);
	assert_true(t.root_delay == 0 && t.root_dispersion < 1e-3);
	before = t.reference_time;
	small_run(&s, 64);
	assert_int_equal(
		(small_tracking(&s, client).reference_time - before + 500000000) / 1000000000, 64);
	/* The source is back, and is followed. */
	sim_partition(s.sim, 0, false);
	small_run(&s, 200);
	assert_int_equal(small_tracking(&s, client).stratum, 2);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_7_orphans_by_ip4),
		cmocka_unit_test(section_7_orphans_by_ip6),
		cmocka_unit_test(section_7_local_waits),
		cmocka_unit_test(section_7_local_after_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
