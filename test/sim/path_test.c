/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens on the way to a server: another route, a partition, datagrams that are too large,
 * come twice or late, names that nobody knows or that mean another machine today. All along the
 * client's word is held against the truth.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "daemon/source/source.h"
#include "test/sim/small.h"
#include "test/sim/world.h"

#define SERVER "server node1 iburst minpoll 4 maxpoll 6\n"

/* The way out becomes longer, then it is as before. What the longer way is like alone nobody can
 * tell: the error is anything up to half of what the ways differ by, and no more than is claimed.
 */
static void a_route_changes_and_changes_back(void **state)
{
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4}, longer = link;
	struct small s;
	int client;

	(void)state;
	longer.base = 9e-3;
	client = small_pair(&s, NULL, SERVER);
	small_link(&s, 0, client, &link);
	small_run(&s, 4000);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-4);
	sim_connect(s.sim, client, 0, &longer);
	small_run(&s, 4000);
	assert_true(fabs(sim_time_error(s.sim, client)) < 4.2e-3);
	sim_connect(s.sim, client, 0, &link);
	small_run(&s, 1000);
	assert_true(fabs(sim_time_error(s.sim, client)) < 2e-4);
	small_end(&s);
}

/* The fastest that a client ran, s/s. */
static void look(struct small *s)
{
	double *fastest = s->arg;

	*fastest = fmax(*fastest, fabs(small_tracking(s, 2).frequency_ppm) * 1e-6);
}

/* Two paths, each all one way and another one: what their servers seem to differ by is no rate,
 * although one is not heard for a while. */
static void opposite_ways_are_no_rate(void **state)
{
	struct sim_link slow = {.base = 32e-3, .jitter = 1e-4},
			fast = {.base = 1e-3, .jitter = 1e-4};
	double fastest = 0;
	struct small s = {.each = NULL};

	(void)state;
	small_begin(&s, 1);
	small_server(&s, 0, "");
	small_server(&s, 0, "");
	small_client(&s, NULL,
		"server node1 iburst minpoll 4 maxpoll 6\nserver node2 iburst minpoll 4 maxpoll "
		"6\n");
	sim_connect(s.sim, 2, 0, &slow);
	sim_connect(s.sim, 0, 2, &fast);
	sim_connect(s.sim, 2, 1, &fast);
	sim_connect(s.sim, 1, 2, &slow);
	small_run(&s, 14);
	sim_partition(s.sim, 0, true);
	small_run(&s, 20);
	s.each = look;
	s.arg = &fastest;
	small_run(&s, 40);
	sim_partition(s.sim, 0, false);
	small_run(&s, 200);
	assert_true(fastest < 1e-4);
	small_end(&s);
}

static void an_hour_without_the_network(void **state)
{
	struct small s;
	double before;
	int client;

	(void)state;
	client = small_pair(&s, NULL, SERVER);
	small_run(&s, 4000);
	before = small_tracking(&s, client).root_dispersion;
	sim_partition(s.sim, client, true);
	small_run(&s, 3600);
	assert_int_equal(source_reach(small_source(&s, client, 0)), 0);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
	assert_true(small_tracking(&s, client).root_dispersion > before + 3.5e-3);
	sim_partition(s.sim, client, false);
	small_run(&s, 200);
	assert_true(source_reach(small_source(&s, client, 0)) != 0);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-4);
	assert_true(small_tracking(&s, client).root_dispersion < before + 1e-3);
	small_end(&s);
}

/* A key makes packets longer than this path bears; without one they fit. */
static void section_1_what_is_too_large_is_lost(void **state)
{
	struct sim_link narrow = {.base = 1e-3, .mtu = 60};
	struct small s;
	int with, without;
	static const char keys[] = "1 SHA256 HEX:00112233445566778899AABBCCDDEEFF\n";

	(void)state;
	with = small_pair(&s, NULL, "server node1 iburst key 1\nkeyfile /keys\n");
	without = small_client(&s, NULL, SERVER);
	sim_stop(s.sim, with);
	sim_file_write(&s.sim->nodes[with], "/keys",
		(struct span){(const uint8_t *)keys, sizeof(keys) - 1}, false);
	assert_int_equal(sim_start(s.sim, with), 0);
	small_link(&s, 0, with, &narrow);
	small_link(&s, 0, without, &narrow);
	small_run(&s, 600);
	assert_int_equal(source_reach(small_source(&s, with, 0)), 0);
	assert_true(small_ntpdata(&s, with, 0).total_tx > 8);
	assert_int_equal(small_tracking(&s, with).leap, LEAP_UNSYNCHRONISED);
	assert_true(source_reach(small_source(&s, without, 0)) != 0);
	assert_int_equal(small_tracking(&s, without).leap, LEAP_NONE);
	small_end(&s);
}

/* Every packet comes twice, every third one late, after others. None counts twice. */
static void section_2_twice_and_late(void **state)
{
	struct sim_link link = {
		.base = 1e-3, .jitter = 1e-4, .duplicate = 1, .hold = 0.3, .hold_delay = 20};
	struct report_ntpdata d;
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, NULL, "server node1 iburst minpoll 4 maxpoll 4\n");
	small_link(&s, 0, client, &link);
	small_run(&s, 8000);
	d = small_ntpdata(&s, client, 0);
	printf("twice and late: %u sent, %u valid, %u good\n", d.total_tx, d.total_valid,
		d.total_good);
	assert_true(d.total_good <= d.total_tx && d.total_valid <= d.total_tx);
	/* Both copies of either way late: the answer does not count. */
	assert_true(d.total_good > d.total_tx * 3 / 4 && d.total_good < d.total_tx * 9 / 10);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-4);
	small_end(&s);
}

/* Nobody answers questions for names for ten minutes; the next attempt after that finds it. */
static void section_8_a_resolver_comes_late(void **state)
{
	struct sim_faults dead = {.resolve = 1}, none = {.resolve = 0};
	struct small s;
	double asked;
	int client;

	(void)state;
	client = small_pair(&s, NULL, SERVER);
	sim_stop(s.sim, client);
	sim_set_faults(s.sim, client, &dead);
	assert_int_equal(sim_start(s.sim, client), 0);
	small_run(&s, 600);
	assert_int_equal(small_source(&s, client, 0) != NULL, 1);
	assert_int_equal(source_address(small_source(&s, client, 0))->family, ADDRESS_ID);
	sim_set_faults(s.sim, client, &none);
	/* 28, 84, 196, 420, 868 s after start. */
	small_run(&s, 250);
	assert_int_equal(source_address(small_source(&s, client, 0))->family, ADDRESS_ID);
	asked = sim_elapsed(s.sim);
	while (source_address(small_source(&s, client, 0))->family == ADDRESS_ID &&
		sim_elapsed(s.sim) < 1000)
		small_run(&s, 1);
	printf("resolver: found %.0f s after start\n", sim_elapsed(s.sim));
	assert_true(sim_elapsed(s.sim) > asked && sim_elapsed(s.sim) < 880);
	small_run(&s, 60);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
	small_end(&s);
}

/* Two of four in use are gone: others of the same name take their places. */
static void section_8_a_pool_is_filled_up(void **state)
{
	struct small s;
	unsigned reached = 0, gone = 0;
	int client;

	(void)state;
	small_begin(&s, 1);
	for (int i = 0; i < 8; i++)
		small_server(&s, 0, "");
	client = small_client(&s, NULL, "pool pool1-8 iburst minpoll 4 maxpoll 6 maxsources 4\n");
	s.invariants.nodes[client].has_pool = true;
	small_run(&s, 600);
	assert_int_equal(sources_count(daemon_sources(sim_daemon(s.sim, client))), 4);
	for (size_t i = 0; i < 2; i++)
		sim_stop(s.sim, source_address(small_source(&s, client, i))->ip[3] - 1);
	small_run(&s, 4 * 3600);
	for (size_t i = 0; i < 4; i++) {
		const struct source *source = small_source(&s, client, i);

		reached += source_reach(source) == 0377;
		gone += sim_daemon(s.sim, source_address(source)->ip[3] - 1) == NULL;
	}
	assert_int_equal(reached, 4);
	assert_int_equal(gone, 0);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_changes_and_changes_back),
		cmocka_unit_test(opposite_ways_are_no_rate),
		cmocka_unit_test(an_hour_without_the_network),
		cmocka_unit_test(section_1_what_is_too_large_is_lost),
		cmocka_unit_test(section_2_twice_and_late),
		cmocka_unit_test(section_8_a_resolver_comes_late),
		cmocka_unit_test(section_8_a_pool_is_filled_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
