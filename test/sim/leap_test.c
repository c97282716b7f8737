/* SPDX-License-Identifier: BSD-2-Clause */
/* A leap second in a simulated world: servers that know nothing of it make it by themselves, the
 * client takes it from a list and applies it in each of the ways that leapsecmode names. */
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
#include "test/sim/leap_list.h"
#include "test/sim/world.h"

/* 2016-12-31 21:00:00, and from there to midnight. */
#define MIDNIGHT 10800.0
#define START    (LEAP_MIDNIGHT - 10800 * INSTANT_S)

/* What was seen of the client. */
struct seen {
	double worst,
		worst_truth; /* s, from a minute on; of the system clock and of what it tells */
	double slewed;       /* s of time for which the system clock was off by 1 ms */
	double beyond;       /* s, most by which what it tells was outside of its bound, from half a
			      * minute before it on */
	bool announced, silent, armed;
	int tai_before, tai_after; /* s */
	char said[4096];           /* what the client logged, a line each */
};

static void hear(void *arg, const char *message)
{
	struct seen *seen = arg;
	size_t n = strlen(seen->said);

	snprintf(seen->said + n, sizeof(seen->said) - n, "%s\n", message);
}

static void watch(void *arg, struct sim *s)
{
	struct seen *seen = arg;
	struct clock *clock = daemon_clock(sim_daemon(s, 1));
	const struct clock_reference *r = clock_get_reference(clock);
	double elapsed = sim_elapsed(s), error = fabs(sim_time_error(s, 1)), told;
	int64_t osc, system;

	sim_clocks(s, 1, &osc, &system);
	told = fabs(instant_diff_s(clock_true_from_osc(clock, osc), sim_utc(s)));
	if (elapsed < 600)
		return;
	seen->worst = fmax(seen->worst, error);
	seen->slewed += error > 1e-3;
	/* While it says that it does not know, it may be wrong. */
	if (r->leap != LEAP_UNSYNCHRONISED)
		seen->worst_truth = fmax(seen->worst_truth, told);
	/* At the very instant, a microsecond of error is a second. */
	if (r->leap != LEAP_UNSYNCHRONISED && elapsed > MIDNIGHT - 30 &&
		fabs(elapsed - MIDNIGHT) > 0.5)
		seen->beyond = fmax(
			seen->beyond, told - r->root_delay / 2 - clock_root_dispersion(clock, osc));
	*(elapsed < MIDNIGHT ? &seen->tai_before : &seen->tai_after) = s->nodes[1].clock.timex.tai;
	seen->announced |= elapsed < MIDNIGHT - 1 && r->leap == LEAP_INSERT;
	seen->silent |=
		elapsed > MIDNIGHT && elapsed < MIDNIGHT + 2 && r->leap == LEAP_UNSYNCHRONISED;
	seen->armed |= (s->nodes[1].clock.timex.status & KERNEL_STATUS_INSERT) != 0;
}

/* Something that happens to the client's machine before. */
struct mishap {
	double before;      /* s before midnight */
	double sleep, step; /* s */
};

static void happen(void *arg, struct sim *s)
{
	const struct mishap *m = arg;

	if (m->sleep > 0)
		sim_suspend(s, 1, m->sleep, 0);
	if (m->step != 0)
		sim_step(s, 1, m->step);
}

static struct seen run_after(const char *mode, double end, struct mishap mishap)
{
	struct sim *s = sim_create(1, START);
	char config[256];
	struct sim_node_options server = {
		.config = "local stratum 1\nallow\ncmdport 0\n", .uncontrolled = true};
	struct sim_node_options client = {.config = config, .wander = 1e-9};
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};
	struct seen seen = {.beyond = -1};

	client.hear = hear;
	client.hear_arg = &seen;
	snprintf(config, sizeof(config),
		"server 192.168.123.1 iburst minpoll 4 maxpoll 6\nleapseclist " LEAP_LIST
		"\nleapsecmode %s\ncmdport 0\n",
		mode);
	assert_non_null(s);
	assert_int_equal(sim_add(s, &server), 0);
	assert_int_equal(sim_add(s, &client), 1);
	sim_connect(s, 0, 1, &link);
	sim_connect(s, 1, 0, &link);
	leap_give(s, 1, 1);
	sim_leap(s, MIDNIGHT, 1);
	if (mishap.before > 0)
		sim_at(s, MIDNIGHT - mishap.before, happen, &mishap);
	assert_int_equal(sim_start(s, 0), 0);
	assert_int_equal(sim_start(s, 1), 0);
	assert_int_equal(sim_run(s, end, watch, &seen), 0);
	printf("leapsecmode %s: clock off by %.6f s at most, for %.0f s; told %.6f s\n", mode,
		seen.worst, seen.slewed, seen.worst_truth);
	sim_destroy(s);
	return seen;
}

static struct seen run(const char *mode, double end)
{
	return run_after(mode, end, (struct mishap){0});
}

static void section_10_the_kernel_makes_it(void **state)
{
	struct seen s = run("system", MIDNIGHT + 1000);

	(void)state;
	assert_true(s.armed && s.announced && s.silent);
	assert_int_equal(s.tai_before, 36);
	assert_int_equal(s.tai_after, 37);
	assert_non_null(strstr(s.said, "System clock TAI offset set to 36 seconds\n"));
	assert_non_null(strstr(s.said, "System clock status set to insert leap second\n"));
	/* At once, not with the next sample. */
	assert_non_null(
		strstr(s.said, "System clock TAI offset set to 37 seconds\n"
			       "System clock status set to not insert/delete leap second\n"));
	assert_null(strstr(s.said, "reset after leap second"));
	/* each once */
	assert_null(strstr(strstr(s.said, "status set to insert") + 1, "status set to insert"));
	/* The second in which it is made may be looked at on either side of it. */
	assert_true(s.slewed <= 1);
	assert_true(s.worst_truth < 1e-3);
}

/* The kernel tells that it made one only of a clock that it thinks right: rtcsync says so. It has
 * counted its TAI offset itself. */
static void section_10_the_kernel_tells_of_it(void **state)
{
	struct seen s = run("system\nrtcsync", MIDNIGHT + 1000);

	(void)state;
	assert_true(s.armed && s.announced && s.silent);
	assert_int_equal(s.tai_after, 37);
	assert_non_null(strstr(s.said, "System clock status reset after leap second\n"));
	assert_null(strstr(s.said, "TAI offset set to 37"));
	assert_null(strstr(s.said, "not insert/delete"));
}

static void section_10_the_daemon_steps(void **state)
{
	struct seen s = run("step", MIDNIGHT + 1000);

	(void)state;
	assert_true(!s.armed && s.announced && s.silent);
	assert_non_null(strstr(s.said, "System clock was stepped for leap second\n"));
	assert_null(strstr(s.said, "stepped by"));
	assert_true(s.slewed <= 1);
	assert_true(s.worst_truth < 1e-3);
}

static void section_10_the_daemon_slews(void **state)
{
	struct seen s = run("slew", MIDNIGHT + 1000);

	(void)state;
	assert_true(!s.armed && s.announced && s.silent);
	assert_non_null(strstr(s.said, "Adjusting system clock for leap second\n"));
	/* A second at 83333 ppm. */
	assert_true(s.worst > 0.9 && s.slewed >= 11 && s.slewed <= 14);
	assert_true(s.worst_truth < 1e-3);
}

static void section_10_nobody_makes_it(void **state)
{
	struct seen s = run("ignore", MIDNIGHT + 1000);

	(void)state;
	assert_false(s.armed);
	assert_non_null(strstr(s.said, "Ignoring leap second\n"));
	/* It is found by measuring: two samples, and slewed away. The server stays selected. */
	assert_null(strstr(s.said, "Can't synchronise"));
	assert_null(strstr(strstr(s.said, "Selected source") + 1, "Selected source"));
	assert_true(s.worst > 0.9 && s.slewed > 14 && s.slewed < 300);
}

/* A machine that slept after the leap second was planned makes it in time all the same. */
static void sleep_does_not_delay_it(void **state)
{
	static const char *const modes[] = {"system", "step", "slew"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct seen s = run_after(
			modes[i], MIDNIGHT + 1000, (struct mishap){.before = 1000, .sleep = 100});

		assert_true(s.announced && s.silent);
		assert_true(s.beyond < 0);
	}
}

/* A system clock that is being slewed by many seconds has its midnight at another time: the kernel
 * must not make the leap second then. */
static void a_clock_far_off_does_not_advance_it(void **state)
{
	struct seen s =
		run_after("system", MIDNIGHT + 3000, (struct mishap){.before = 200, .step = 30});

	(void)state;
	assert_true(s.announced && s.silent);
	assert_true(s.beyond < 0);
}

/* What was seen of a client of a server that smears. */
struct smear {
	double after, end, fastest;        /* s, s, s/s */
	bool told;                         /* of a leap second */
	bool marked_before, marked, still; /* served time was marked as smoothed: before it, all
					    * the time after it, in the end */
};

/* Whether the client's server marks its time as smoothed: the refid of its last sample. */
static bool is_marked(struct sim *s)
{
	struct track_figures f;

	track_get_figures(source_track(sources_at(daemon_sources(sim_daemon(s, 2)), 0)), &f);
	return f.last.refid == REFID_SMOOTH;
}

static void watch_smear(void *arg, struct sim *s)
{
	struct smear *m = arg;
	double elapsed = sim_elapsed(s), error = sim_time_error(s, 2);
	const struct clock_reference *r = clock_get_reference(daemon_clock(sim_daemon(s, 2)));

	if (elapsed < 3600)
		return;
	m->fastest = fmax(m->fastest, fabs(sim_frequency_error(s, 2)));
	m->told |= r->leap != LEAP_NONE;
	if (elapsed < MIDNIGHT)
		m->marked_before |= is_marked(s);
	else if (elapsed > MIDNIGHT + 200 && elapsed < MIDNIGHT + 60000)
		m->marked &= is_marked(s);
	else
		m->still = is_marked(s);
	if (elapsed > MIDNIGHT + 1 && m->after == 0)
		m->after = error;
	m->end = error;
}

/* The server in the middle slews its own clock and smears what it serves: its client sees no leap
 * second, is a second ahead of UTC after it, and comes back within 62500 s. */
static void section_19_served_time_is_smeared(void **state)
{
	struct sim *s = sim_create(1, START);
	struct sim_node_options top = {
		.config = "local stratum 1\nallow\ncmdport 0\n", .uncontrolled = true};
	struct sim_node_options middle = {
		.config = "server 192.168.123.1 iburst minpoll 4 maxpoll 6\nallow\ncmdport 0\n"
			  "leapseclist " LEAP_LIST
			  "\nleapsecmode slew\nsmoothtime 400 0.001024 leaponly\n"};
	struct sim_node_options client = {
		.config = "server 192.168.123.2 iburst minpoll 4 maxpoll 6\ncmdport 0\n"};
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};
	struct smear m = {.marked = true};

	(void)state;
	assert_int_equal(sim_add(s, &top), 0);
	assert_int_equal(sim_add(s, &middle), 1);
	assert_int_equal(sim_add(s, &client), 2);
	for (int i = 0; i < 2; i++) {
		sim_connect(s, i, i + 1, &link);
		sim_connect(s, i + 1, i, &link);
	}
	leap_give(s, 1, 1);
	sim_leap(s, MIDNIGHT, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sim_start(s, i), 0);
	assert_int_equal(sim_run(s, MIDNIGHT + 64000, watch_smear, &m), 0);
	printf("smear: client ahead by %.6f s, then %.6f s; at most %.1f ppm\n", m.after, m.end,
		m.fastest * 1e6);
	assert_true(fabs(m.after - 1.0) < 1e-3 && fabs(m.end) < 1e-3);
	assert_true(m.fastest > 30e-6 && m.fastest < 60e-6);
	assert_false(m.told);
	assert_true(m.marked && !m.marked_before && !m.still);
	sim_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_10_the_kernel_makes_it),
		cmocka_unit_test(section_10_the_kernel_tells_of_it),
		cmocka_unit_test(section_10_the_daemon_steps),
		cmocka_unit_test(section_10_the_daemon_slews),
		cmocka_unit_test(section_10_nobody_makes_it),
		cmocka_unit_test(sleep_does_not_delay_it),
		cmocka_unit_test(a_clock_far_off_does_not_advance_it),
		cmocka_unit_test(section_19_served_time_is_smeared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
