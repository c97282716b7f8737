/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to the machine of a client: somebody steps its clock, it sleeps, its daemon is
 * killed, it boots. All along its word is held against the truth (chrony-behaviour 5.1, 5.2).
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

#define CLIENT "server node1 iburst minpoll 4 maxpoll 6\nmakestep 1 -1\nallow\n"

/* A server, its client, and a client of the client. */
static int three(struct small *s, const char *config)
{
	static const struct sim_node_options clock = {
		.offset = 0.5, .frequency = 80e-6, .wander = 1e-9};
	int client;

	client = small_pair(s, &clock, config);
	small_client(s, NULL, "server node2 iburst minpoll 4 maxpoll 6\nmakestep 1 -1\n");
	s->invariants.nodes[client + 1].second_hand = true;
	small_run(s, 2000);
	assert_true(fabs(sim_time_error(s->sim, client)) < 1e-3);
	return client;
}

/* Seconds until a client's clock is good to a millisecond and stays so for a minute; what is
 * beyond 2000 s is failure. */
static double recovery(struct small *s, int node)
{
	double since = 0;

	for (int i = 1; i <= 2000; i++) {
		small_run(s, 1);
		if (fabs(sim_time_error(s->sim, node)) > 1e-3)
			since = i;
		else if (i - since > 60)
			return since;
	}
	return INFINITY;
}

static void look(struct small *s)
{
	bool *unsynchronised = s->arg;

	*unsynchronised |= small_tracking(s, 1).leap == LEAP_UNSYNCHRONISED;
}

/* Somebody steps the clock. Beyond 10 s all is forgotten, and the daemon says so. */
static void section_5_1_steps_by_others(void **state)
{
	static const double steps[] = {0.02, -0.05, 0.5, -5, 9, -30, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct small s;
		int client = three(&s, CLIENT);
		bool unsynchronised = false;
		double r;

		s.each = look;
		s.arg = &unsynchronised;
		sim_step(s.sim, client, steps[i]);
		r = recovery(&s, client);
		assert_int_equal(unsynchronised, fabs(steps[i]) > 10);
		printf("step by others of %g s: good again after %.0f s\n", steps[i], r);
		assert_true(r < 300);
		assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
		small_end(&s);
	}
}

/* The machine sleeps; its clock comes back right or off. */
static void section_5_1_sleeps(void **state)
{
	static const struct {
		double seconds, error;
	} sleeps[] = {{0.5, 0}, {7, 0}, {7, 0.4}, {7, -0.4}, {3600, 0}, {3600, -0.5}, {40000, 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
		struct small s;
		int client = three(&s, CLIENT);
		double r;

		sim_suspend(s.sim, client, sleeps[i].seconds, sleeps[i].error);
		small_run(&s, sleeps[i].seconds + 1);
		r = recovery(&s, client);
		printf("slept %g s, off by %g s: good after %.0f s\n", sleeps[i].seconds,
			sleeps[i].error, r);
		assert_true(r < 400);
		small_end(&s);
	}
}

/* Rate of the clock in the first seconds after a boot, by which the kernel forgets it. */
static double first_seconds(const char *config)
{
	struct small s;
	int client = three(&s, config);
	double rate;

	/* The file is written once an hour. */
	small_run(&s, 2000);
	sim_reboot(s.sim, client, 0.2);
	small_run(&s, 100);
	assert_int_equal(sim_start(s.sim, client), 0);
	small_run(&s, 1);
	rate = fabs(sim_frequency_error(s.sim, client));
	assert_true(recovery(&s, client) < 100);
	small_end(&s);
	return rate;
}

static void section_5_a_boot_finds_the_rate_again(void **state)
{
	double with = first_seconds(CLIENT "driftfile /drift\n"), without = first_seconds(CLIENT);

	(void)state;
	printf("rate after a boot: with a drift file %.2e, without %.2e\n", with, without);
	assert_true(with < 1e-6);
	assert_true(without > 79e-6);
}

/* Killed in the middle of a slew, the kernel goes on at its rate until the daemon is back. */
static void a_slew_is_cut_short(void **state)
{
	struct small s;
	int client = three(&s, "server node1 iburst minpoll 4 maxpoll 6\ndriftfile /drift\n");
	double r;

	(void)state;
	sim_step(s.sim, client, 5);
	for (int i = 0; i < 300 && fabs(sim_frequency_error(s.sim, client)) < 0.01; i++)
		small_run(&s, 1);
	assert_true(sim_frequency_error(s.sim, client) < -0.01);
	sim_kill(s.sim, client);
	small_run(&s, 20);
	assert_true(sim_frequency_error(s.sim, client) < -0.01);
	assert_int_equal(sim_start(s.sim, client), 0);
	r = recovery(&s, client);
	printf("killed in a slew: good after %.0f s\n", r);
	assert_true(r < 400);
	small_end(&s);
}

/* What was learnt of the sources is in the dump files: with -r the next daemon knows the time
 * before it has asked anybody. */
static void a_dump_is_as_good_as_a_minute(void **state)
{
	static const struct sim_node_options clock = {
		.frequency = 30e-6, .wander = 1e-9, .load_dumps = true};
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, &clock,
		"server node1 iburst minpoll 4 maxpoll 6\ndumpdir /dump\ndriftfile /drift\n");
	small_run(&s, 2000);
	sim_stop(s.sim, client);
	assert_true(sim_file(s.sim, client, "/dump/192.168.123.1.dat").n > 0);
	small_run(&s, 30);
	assert_int_equal(sim_start(s.sim, client), 0);
	small_run(&s, 1);
	assert_int_equal(small_ntpdata(&s, client, 0).total_good, 1);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
	assert_true(small_tracking(&s, client).root_dispersion < 1e-3);
	small_run(&s, 300);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-3);
	small_end(&s);
}

/* Before the first update, and when all is forgotten, replies say that nothing is known. Losing all
 * sources only lets the dispersion grow. */
static void section_5_2_unsynchronised(void **state)
{
	struct small s;
	struct report_ntpdata d;
	int client = three(&s, CLIENT);
	double before;

	(void)state;
	d = small_ntpdata(&s, client + 1, 0);
	assert_int_equal(d.leap, LEAP_NONE);
	assert_int_equal(d.stratum, 2);
	before = d.root_dispersion;
	/* The server is gone for a day. */
	sim_partition(s.sim, 0, true);
	small_run(&s, 86400);
	d = small_ntpdata(&s, client + 1, 0);
	assert_int_equal(d.leap, LEAP_NONE);
	assert_int_equal(d.stratum, 2);
	assert_true(d.root_dispersion > before + 0.08 && d.root_dispersion < 1);
	/* Nothing is known any more. */
	sim_step(s.sim, client, 100);
	small_run(&s, 200);
	d = small_ntpdata(&s, client + 1, 0);
	assert_int_equal(d.leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(d.stratum, 0);
	assert_int_equal(d.refid, 0);
	assert_true(fabs(d.root_delay - 1) < 1e-4 && fabs(d.root_dispersion - 1) < 1e-4);
	assert_int_equal(d.reference_time, 0);
	sim_partition(s.sim, 0, false);
	assert_true(recovery(&s, client) < 300);
	small_end(&s);
}

/* Small steps by others, which nobody asks the daemon about before its next request: the timestamps
 * of that are all of after the step. */
static void a_request_after_a_step_measures_no_step(void **state)
{
	struct sim_link link = {.base = 1e-3, .jitter = 1e-5};
	struct report_ntpdata d;
	struct small s;
	int client = small_pair(&s, NULL, "server node1 iburst minpoll 4 maxpoll 4\n");

	(void)state;
	small_link(&s, 0, client, &link);
	small_run(&s, 1000);
	s.invariants.nodes[client].watched = false;
	for (int i = 0; i < 20; i++) {
		sim_step(s.sim, client, i % 2 ? -1.5e-3 : 1.5e-3);
		small_run(&s, 20);
		d = small_ntpdata(&s, client, 0);
		assert_true(d.delay > 1.9e-3 && d.delay < 2.3e-3);
		assert_true(fabs(d.offset) < 1e-3);
	}
	small_end(&s);
}

/* In interleaved mode a response measures the exchange before it: what is used now is as old as a
 * poll, and the rate of the oscillator may have jumped since. */
static void what_is_old_when_it_is_measured_may_be_off(void **state)
{
	static const struct sim_node_options clock = {
		.wander = 1e-10, .jump = 5e-7, .jump_every = 3000};
	struct sim_link link = {.base = 2e-5, .jitter = 1e-6};
	struct small s;

	(void)state;
	small_link(&s, 0,
		small_pair(&s, &clock, "server node1 iburst minpoll 4 maxpoll 9 xleave\n"), &link);
	small_run(&s, 40000);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_5_1_steps_by_others),
		cmocka_unit_test(section_5_1_sleeps),
		cmocka_unit_test(section_5_a_boot_finds_the_rate_again),
		cmocka_unit_test(a_slew_is_cut_short),
		cmocka_unit_test(a_dump_is_as_good_as_a_minute),
		cmocka_unit_test(section_5_2_unsynchronised),
		cmocka_unit_test(a_request_after_a_step_measures_no_step),
		cmocka_unit_test(what_is_old_when_it_is_measured_may_be_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
