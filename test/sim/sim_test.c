/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator itself: its links keep their laws, its clocks the kernel's rules, its faults
 * strike. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/discipline/discipline.h"
#include "test/sim/scenario.h"
#include "test/sim/world.h"

#define PACKETS 100000

/** Mean and standard deviation of a link's delays, and how many packets of a hundred come. */
struct law {
	double mean, sd, arrived, twice;
};

static struct law measure(const struct sim_link *link, double elapsed, size_t n)
{
	struct sim_random r = sim_random_from(1, 2);
	struct law law = {0};
	double squares = 0, copies = 0;
	int i, j;

	for (i = 0; i < PACKETS; i++) {
		struct sim_fate fate = sim_link_next(link, &r, elapsed, n);

		law.arrived += fate.copies > 0;
		law.twice += fate.copies > 1;
		for (j = 0; j < fate.copies; j++) {
			copies++;
			law.mean += fate.delay[j];
			squares += fate.delay[j] * fate.delay[j];
		}
	}
	if (copies > 0) {
		law.mean /= copies;
		law.sd = sqrt(fmax(squares / copies - law.mean * law.mean, 0));
	}
	law.arrived /= PACKETS;
	law.twice /= PACKETS;
	return law;
}

static void assert_near(double v, double wanted, double part)
{
	if (fabs(v - wanted) > part * fabs(wanted))
		fail_msg("%.6g is not within %g %% of %.6g", v, part * 100, wanted);
}

static void links_keep_their_laws(void **state)
{
	struct sim_link l = {.base = 1e-3, .jitter = 1e-4};
	struct law law = measure(&l, 0, 48);

	(void)state;
	assert_near(law.mean, 1.1e-3, 0.01);
	assert_near(law.sd, 1e-4, 0.02);
	assert_near(law.arrived, 1, 0);
	l.normal = true;
	law = measure(&l, 0, 48);
	assert_near(law.mean, 1e-3, 0.01);
	assert_near(law.sd, 1e-4, 0.02);
	l = (struct sim_link){.base = 1e-3, .jitter = 1e-4, .wild = 0.2, .wild_times = 50};
	assert_near(measure(&l, 0, 48).mean, 1e-3 + 1e-4 * (0.8 + 0.2 * 50), 0.02);
}

static void links_lose_double_and_hold_back(void **state)
{
	struct sim_link l = {.base = 1e-3, .loss = 0.25, .duplicate = 0.1};
	struct law law = measure(&l, 0, 48);

	(void)state;
	assert_near(law.arrived, 0.75, 0.02);
	assert_near(law.twice, 0.075, 0.05);
	l = (struct sim_link){.base = 1e-3, .hold = 0.5, .hold_delay = 0.1};
	assert_near(measure(&l, 0, 48).mean, 0.051, 0.02);
	l = (struct sim_link){.base = 1e-3, .mtu = 100};
	assert_near(measure(&l, 0, 100).arrived, 1, 0);
	assert_true(measure(&l, 0, 101).arrived == 0);
}

static void links_change_with_time(void **state)
{
	struct sim_link l = {.base = 1e-3, .jitter = 1e-5};

	(void)state;
	l.burst = (struct sim_window){2400, 600};
	l.burst_times = 50;
	assert_near(measure(&l, 599, 48).mean, 1.5e-3, 0.01);
	assert_near(measure(&l, 600, 48).mean, 1.01e-3, 0.01);
	assert_near(measure(&l, 2400, 48).mean, 1.5e-3, 0.01);
	l = (struct sim_link){.base = 1e-3, .open = {10000, 1000}};
	assert_near(measure(&l, 20999, 48).arrived, 1, 0);
	assert_true(measure(&l, 21000, 48).arrived == 0);
	l = (struct sim_link){.base = 1e-3, .route_at = 100, .route_base = 7e-3};
	assert_near(measure(&l, 99, 48).mean, 1e-3, 1e-9);
	assert_near(measure(&l, 100, 48).mean, 7e-3, 1e-9);
}

/** A world of one idle node. */
static struct sim *one_node(const struct sim_node_options *o)
{
	struct sim_node_options options = *o;
	struct sim *sim = sim_create(1, SCENARIO_START);

	options.config = "cmdport 0\n";
	assert_int_equal(sim_add(sim, &options), 0);
	return sim;
}

static struct kernel_timex timex(struct sim *sim, struct kernel_timex t)
{
	struct kernel *k = sim_kernel(sim, 0);

	assert_int_equal(k->ops->timex(k, &t), 0);
	return t;
}

static void adjtimex_has_its_limits(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.offset = 0});
	struct kernel *k = sim_kernel(sim, 0);
	struct kernel_timex t = {.modes = KERNEL_TIMEX_TICK, .tick_us = 8999};

	(void)state;
	assert_int_equal(k->ops->timex(k, &t), -EINVAL);
	t.tick_us = 11001;
	assert_int_equal(k->ops->timex(k, &t), -EINVAL);
	t = timex(sim, (struct kernel_timex){.modes = KERNEL_TIMEX_TICK, .tick_us = 9000});
	assert_int_equal(t.tick_us, 9000);
	t = timex(sim, (struct kernel_timex){.modes = KERNEL_TIMEX_TICK | KERNEL_TIMEX_FREQUENCY,
			       .tick_us = 10000,
			       .frequency = 600 * 65536});
	assert_int_equal(t.frequency, 500 * 65536);
	assert_near(sim_frequency_error(sim, 0), 500e-6, 1e-9);
	assert_int_equal(sim_run(sim, 1000, NULL, NULL), 0);
	assert_near(sim_time_error(sim, 0), 0.5, 1e-6);
	sim_destroy(sim);
}

static void the_error_bound_ages(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.offset = 0});
	struct kernel_timex t = {
		.modes = KERNEL_TIMEX_MAXERROR | KERNEL_TIMEX_STATUS, .maxerror_us = 1000};

	(void)state;
	timex(sim, t);
	assert_int_equal(sim_run(sim, 10, NULL, NULL), 0);
	t = timex(sim, (struct kernel_timex){.modes = 0});
	assert_int_equal(t.maxerror_us, 6000);
	assert_int_equal(t.status, 0);
	assert_int_equal(sim_run(sim, 40000, NULL, NULL), 0);
	t = timex(sim, (struct kernel_timex){.modes = 0});
	assert_int_equal(t.maxerror_us, 16000000);
	assert_int_equal(t.status, KERNEL_STATUS_UNSYNC);
	sim_destroy(sim);
}

/** At the end of the UTC day of the kernel's own clock, once, until the flag is cleared. */
static void the_kernel_makes_leap_seconds(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.offset = 0});

	(void)state;
	timex(sim, (struct kernel_timex){.modes = KERNEL_TIMEX_STATUS | KERNEL_TIMEX_TAI,
			   .status = KERNEL_STATUS_INSERT,
			   .tai = 37});
	sim_leap(sim, 86400, 1);
	assert_int_equal(sim_run(sim, 86399.9, NULL, NULL), 0);
	assert_true(sim_time_error(sim, 0) == 0);
	assert_int_equal(timex(sim, (struct kernel_timex){.modes = 0}).tai, 37);
	assert_int_equal(sim_run(sim, 0.6, NULL, NULL), 0);
	assert_int_equal(sim_utc(sim), SCENARIO_START + 86399 * INSTANT_S + INSTANT_S / 2);
	assert_true(sim_time_error(sim, 0) == 0);
	assert_int_equal(sim_run(sim, 100, NULL, NULL), 0);
	assert_true(sim_time_error(sim, 0) == 0);
	assert_int_equal(timex(sim, (struct kernel_timex){.modes = 0}).tai, 38);
	timex(sim, (struct kernel_timex){.modes = KERNEL_TIMEX_STATUS});
	assert_int_equal(sim_run(sim, 2, NULL, NULL), 0);
	timex(sim, (struct kernel_timex){
			   .modes = KERNEL_TIMEX_STATUS, .status = KERNEL_STATUS_DELETE});
	assert_int_equal(sim_run(sim, 86400, NULL, NULL), 0);
	assert_near(sim_time_error(sim, 0), 1, 1e-9);
	sim_destroy(sim);
}

static void oscillators_wander_jump_and_warm(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.wander = 1e-9});
	double rate;

	(void)state;
	assert_int_equal(sim_run(sim, 10000, NULL, NULL), 0);
	rate = sim_frequency_error(sim, 0);
	assert_true(fabs(rate) > 1e-9 && fabs(rate) < 5e-7);
	sim_destroy(sim);
	sim = one_node(&(struct sim_node_options){.jump = 1e-6, .jump_every = 20000});
	assert_int_equal(sim_run(sim, 19999, NULL, NULL), 0);
	assert_true(sim_frequency_error(sim, 0) == 0);
	assert_int_equal(sim_run(sim, 2, NULL, NULL), 0);
	assert_near(fabs(sim_frequency_error(sim, 0)), 1e-6, 1e-9);
	sim_destroy(sim);
	sim = one_node(&(struct sim_node_options){
		.temperature[0] = {.swing = 10, .period = 4000, .linear = 1e-7, .square = 1e-9}});
	assert_int_equal(sim_run(sim, 1000, NULL, NULL), 0);
	assert_near(sim_temperature(sim, 0), 10, 1e-3);
	assert_near(sim_frequency_error(sim, 0), 1e-6 + 1e-7, 1e-3);
	/* Half a period of a sine: its mean is 2 / pi. */
	assert_int_equal(sim_run(sim, 1000, NULL, NULL), 0);
	assert_near(sim_time_error(sim, 0), 2000 * (1e-6 * 0.63662 + 1e-7 / 2), 1e-3);
	sim_destroy(sim);
}

static void a_sleeping_oscillator_stands(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.frequency = 1e-5});
	struct kernel *k = sim_kernel(sim, 0);
	struct kernel_clocks before, after;

	(void)state;
	assert_int_equal(sim_run(sim, 100, NULL, NULL), 0);
	k->ops->clocks(k, &before);
	sim_suspend(sim, 0, 50, 0.25);
	assert_false(sim_take_disturbed(sim, 0));
	assert_int_equal(sim_run(sim, 60, NULL, NULL), 0);
	assert_true(sim_take_disturbed(sim, 0));
	k->ops->clocks(k, &after);
	assert_near((double)(after.raw_ns - before.raw_ns), 10e9 * (1 + 1e-5), 1e-9);
	assert_near((double)(after.system_ns - before.system_ns), 60.25e9 + 10e9 * 1e-5, 1e-9);
	sim_destroy(sim);
}

/** A client that trusted its server sleeps for 7 s: from its first word on, what it reports is
 * within what it says of its error. */
static void no_false_bound_after_a_sleep(void **state)
{
	struct sim *sim = sim_create(1, SCENARIO_START);
	struct report_tracking t;
	double error;

	(void)state;
	sim_add(sim, &(struct sim_node_options){.config = "local stratum 1\nallow\ncmdport 0\n",
			     .uncontrolled = true});
	sim_add(sim, &(struct sim_node_options){.config = "server node1 iburst\ncmdport 0\n"});
	assert_int_equal(sim_start(sim, 0), 0);
	assert_int_equal(sim_start(sim, 1), 0);
	assert_int_equal(sim_run(sim, 1000, NULL, NULL), 0);
	sim_suspend(sim, 1, 7, 0);
	assert_int_equal(sim_run(sim, 7.5, NULL, NULL), 0);
	discipline_report_tracking(daemon_discipline(sim_daemon(sim, 1)), &t);
	error = sim_time_error(sim, 1) + t.correction;
	assert_true(t.leap == LEAP_UNSYNCHRONISED ||
		    fabs(error) <= t.root_delay / 2 + t.root_dispersion);
	assert_int_equal(sim_run(sim, 300, NULL, NULL), 0);
	discipline_report_tracking(daemon_discipline(sim_daemon(sim, 1)), &t);
	assert_int_equal(t.leap, LEAP_NONE);
	assert_true(t.root_delay / 2 + t.root_dispersion < 0.1);
	sim_destroy(sim);
}

static void kernel_stamps_lag(void **state)
{
	struct sim_node_options o = {.config = "cmdport 0\n", .stamp_lag = 1e-4};
	struct sim *sim = sim_create(1, SCENARIO_START);
	struct sim_datagram d = {.from = {.port = 1}, .to = {.port = 2, .address = sim_address(1)}};
	int i;

	(void)state;
	sim_add(sim, &o);
	sim_add(sim, &o);
	for (i = 0; i < 1000; i++)
		sim_net_send(&sim->nodes[0], &d);
	/* Base 1 ms and twice the lag: the median of their sum is 1.168 ms. */
	assert_int_equal(sim_run(sim, 1.168e-3, NULL, NULL), 0);
	assert_near((double)sim_counts(sim, 1).arrived, 500, 0.1);
	sim_destroy(sim);
}

/** What a look-up found. */
struct found {
	int answers, error;
	size_t n;
	struct address first;
};

static void take_answer(void *arg, int error, const struct address *a, size_t n)
{
	struct found *f = arg;

	f->answers++;
	f->error = error;
	f->n = n;
	if (n)
		f->first = a[0];
}

static struct found look_up(struct sim *sim, const char *name, double wait)
{
	struct kernel *k = sim_kernel(sim, 0);
	struct found f = {0};

	assert_int_equal(k->ops->resolve(k, name, ADDRESS_NONE, take_answer, &f), 0);
	assert_int_equal(sim_run(sim, wait, NULL, NULL), 0);
	while (sim_resolve_deliver(sim_node_of(k)))
		;
	k->ops->resolve_cancel(k, &f);
	return f;
}

static void the_resolver_fails_and_changes(void **state)
{
	struct sim *sim = sim_create(1, SCENARIO_START);
	struct sim_faults faults = {.resolve = 1};
	struct found f;
	int i, others = 0;
	uint8_t last = 0;

	(void)state;
	for (i = 0; i < 8; i++)
		sim_add(sim, &(struct sim_node_options){.config = ""});
	assert_int_equal(look_up(sim, "node3", 0.001).answers, 0);
	f = look_up(sim, "node3", 1);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.first.ip[3], 3);
	assert_int_equal(look_up(sim, "nowhere", 1).error, -ENOENT);
	for (i = 0; i < 20; i++) {
		f = look_up(sim, "pool2-8", 1);
		assert_int_equal(f.n, 4);
		others += f.first.ip[3] != last;
		last = f.first.ip[3];
	}
	assert_true(others > 10);
	sim_set_faults(sim, 0, &faults);
	f = look_up(sim, "node3", 1);
	assert_true(f.answers == 1 && f.error < 0);
	faults = (struct sim_faults){.resolver_dead = true};
	sim_set_faults(sim, 0, &faults);
	assert_int_equal(look_up(sim, "node3", 100).answers, 0);
	sim_destroy(sim);
}

static void disks_fail(void **state)
{
	struct sim *sim = one_node(&(struct sim_node_options){.offset = 0});
	struct kernel *k = sim_kernel(sim, 0);
	struct span old = {(const uint8_t *)"old", 3}, new = {(const uint8_t *)"new line", 8};
	struct sim_faults faults = {.disk_full = true};
	size_t n;
	int i;

	(void)state;
	assert_int_equal(k->ops->file_save(k, "/a", old, 0644), 0);
	sim_set_faults(sim, 0, &faults);
	assert_int_equal(k->ops->file_save(k, "/a", new, 0644), -ENOSPC);
	assert_int_equal(sim_file(sim, 0, "/a").n, 3);
	faults = (struct sim_faults){.write = 1};
	sim_set_faults(sim, 0, &faults);
	assert_int_equal(k->ops->file_save(k, "/a", new, 0644), -EIO);
	assert_int_equal(sim_file(sim, 0, "/a").n, 3);
	/* An append that fails may leave any part of the line behind. */
	for (i = 0; i < 50; i++)
		assert_int_equal(k->ops->file_append(k, "/log", new, 0644), -EIO);
	n = sim_file(sim, 0, "/log").n;
	assert_true(n > 0 && n < (size_t)50 * 8);
	sim_destroy(sim);
}

/** Allocations fail, and are counted, only while an account is open. */
static void allocations_are_counted_and_fail(void **state)
{
	struct heap_account a = {.random = sim_random_from(1, 1)};
	struct heap_account *before = heap_charge(&a);
	void *volatile p = malloc(100);
	void *volatile s = calloc(13, 1);
	void *volatile more;

	(void)state;
	assert_int_equal(a.blocks, 2);
	assert_true(a.bytes >= 113);
	more = realloc(p, 300);
	assert_int_equal(a.blocks, 2);
	assert_true(a.bytes >= 313);
	a.fail = 1;
	assert_null(malloc(1));
	assert_null(calloc(1, 1));
	assert_null(realloc(more, 1000));
	assert_int_equal(a.failed, 3);
	free(more);
	free(s);
	assert_int_equal(a.blocks, 0);
	assert_int_equal(a.bytes, 0);
	heap_charge(before);
	p = malloc(1);
	assert_non_null(p);
	free(p);
	assert_int_equal(a.calls, 6);
}

/** A daemon gives back all that it took, also when it cannot be started for want of memory. */
static void daemons_leave_nothing_behind(void **state)
{
	struct sim *sim = sim_create(1, SCENARIO_START);
	struct sim_faults faults = {.allocation = 0.02};
	int i, failed = 0;

	(void)state;
	sim_add(sim, &(struct sim_node_options){
			     .config = "local stratum 1\nallow\nserver node1\n"
				       "server 192.168.123.9\ndumpdir /d\n"
				       "driftfile /drift\nlogdir /l\nlog tracking\n"});
	sim_set_faults(sim, 0, &faults);
	for (i = 0; i < 50; i++) {
		failed += sim_start(sim, 0) < 0;
		assert_int_equal(sim_run(sim, 10, NULL, NULL), 0);
		sim_stop(sim, 0);
		assert_int_equal(sim_counts(sim, 0).blocks, 0);
		assert_int_equal(sim_counts(sim, 0).bytes, 0);
	}
	assert_true(failed > 5 && failed < 50);
	sim_destroy(sim);
}

/** Killed, a daemon writes no drift file; ended, it does. */
static void the_killed_leave_no_will(void **state)
{
	struct sim *sim = sim_create(1, SCENARIO_START);

	(void)state;
	sim_add(sim, &(struct sim_node_options){.config = "local stratum 1\nallow\ncmdport 0\n",
			     .uncontrolled = true});
	sim_add(sim, &(struct sim_node_options){
			     .config = "server node1 iburst\ndriftfile /drift\ncmdport 0\n"});
	assert_int_equal(sim_start(sim, 0), 0);
	assert_int_equal(sim_start(sim, 1), 0);
	assert_int_equal(sim_run(sim, 600, NULL, NULL), 0);
	assert_int_equal(sim_file(sim, 1, "/drift").n, 0);
	sim_kill(sim, 1);
	assert_int_equal(sim_file(sim, 1, "/drift").n, 0);
	assert_int_equal(sim_counts(sim, 1).blocks, 0);
	assert_int_equal(sim_start(sim, 1), 0);
	assert_int_equal(sim_run(sim, 600, NULL, NULL), 0);
	sim_stop(sim, 1);
	assert_true(sim_file(sim, 1, "/drift").n > 0);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_keep_their_laws),
		cmocka_unit_test(links_lose_double_and_hold_back),
		cmocka_unit_test(links_change_with_time),
		cmocka_unit_test(adjtimex_has_its_limits),
		cmocka_unit_test(the_error_bound_ages),
		cmocka_unit_test(the_kernel_makes_leap_seconds),
		cmocka_unit_test(oscillators_wander_jump_and_warm),
		cmocka_unit_test(a_sleeping_oscillator_stands),
		cmocka_unit_test(no_false_bound_after_a_sleep),
		cmocka_unit_test(kernel_stamps_lag),
		cmocka_unit_test(the_resolver_fails_and_changes),
		cmocka_unit_test(disks_fail),
		cmocka_unit_test(allocations_are_counted_and_fail),
		cmocka_unit_test(daemons_leave_nothing_behind),
		cmocka_unit_test(the_killed_leave_no_will),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
