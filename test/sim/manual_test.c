/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time by hand (chrony-behaviour 7): a machine without any source, and somebody who types what a
 * clock on the wall says.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/cmdmon.h"
#include "common/instant.h"
#include "config/settings.h"
#include "test/sim/small.h"

/* Starts a machine that is this wrong. Its word is not held against the truth: it is a hand's. */
static int begin(struct small *s, double offset, double frequency, const char *config)
{
	const struct sim_node_options clock = {
		.offset = offset, .frequency = frequency, .wander = 1e-9};
	int node;

	small_begin(s, 1);
	node = small_client(s, &clock, config);
	s->invariants.nodes[node].watched = false;
	return node;
}

static size_t list(struct small *s, int node, struct report_manual_sample *ret)
{
	return discipline_report_manual(daemon_discipline(sim_daemon(s->sim, node)), ret);
}

/* Types true time with this error, s, through the command socket. Returns what was kept of it, and
 * how the clock runs then. */
static struct report_manual type(struct small *s, int node, double error)
{
	struct cmdmon_request q = {
		.command = CMDMON_SETTIME, .time = instant_add_s(sim_utc(s->sim), error)};
	struct report_manual_sample samples[REPORT_MANUAL_MAX];
	uint8_t p[CMDMON_REQUEST_MAX];
	int n = cmdmon_request_encode(&q, p, sizeof(p));
	size_t kept;

	assert_true(n > 0);
	sim_visit_path(s->sim, node, "/visitor", GNOMON_SOCKET, (struct span){p, (size_t)n});
	small_run(s, 2);
	kept = list(s, node, samples);
	assert_true(kept > 0);
	return (struct report_manual){.offset = samples[kept - 1].original,
		.new_frequency_ppm = small_tracking(s, node).frequency_ppm};
}

/* The first entry sets the offset, more of them the frequency; one that is wrong by a few seconds
 * does not draw the clock away. */
static void section_7_manual(void **state)
{
	struct report_manual_sample samples[REPORT_MANUAL_MAX];
	struct report_manual r;
	struct small s;
	int node = begin(&s, -20, 90e-6, "manual\nmakestep 1 -1\nlogdir /log\nlog tracking\n");
	struct span log;

	(void)state;
	small_run(&s, 10);
	r = type(&s, node, 0);
	assert_true(fabs(r.offset + 20) < 0.01 && r.new_frequency_ppm == 0);
	assert_true(fabs(sim_time_error(s.sim, node)) < 2e-3);
	for (int i = 0; i < 20; i++) {
		small_run(&s, 3600);
		r = type(&s, node, i % 3 == 0 ? 0.2 : i % 3 == 1 ? -0.2 : 0);
	}
	assert_true(fabs(r.new_frequency_ppm - 90) < 4);
	/* A fifth of a second in 15 hours. */
	assert_true(fabs(sim_frequency_error(s.sim, node)) < 4e-6);
	assert_true(fabs(sim_time_error(s.sim, node)) < 0.5);
	/* Of 21 entries the last 16 are kept. */
	assert_int_equal(list(&s, node, samples), REPORT_MANUAL_MAX);
	assert_true(fabs(instant_diff_s(samples[15].when, sim_utc(s.sim)) + 2) < 0.5);
	assert_true(fabs(instant_diff_s(samples[15].when, samples[0].when) - 15 * 3602) < 1);
	small_run(&s, 3600);
	type(&s, node, 5);
	assert_true(fabs(sim_time_error(s.sim, node)) < 0.5);
	assert_int_equal(list(&s, node, samples), REPORT_MANUAL_MAX);
	assert_true(fabs(samples[15].original + 5) < 0.5 && fabs(samples[15].residual + 5) < 0.5);
	/* Nobody is served that. */
	assert_int_equal(small_tracking(&s, node).leap, LEAP_UNSYNCHRONISED);
	log = sim_file(s.sim, node, "/log/tracking.log");
	assert_non_null(
		strstr((const char *)log.p, " MANU             1      0.000  99999.999 -2"));
	small_end(&s);
}

/* A second between entries; only with manual; what cannot be is refused. */
static void section_7_entries(void **state)
{
	struct report_manual_sample samples[REPORT_MANUAL_MAX];
	struct report_manual r;
	struct small s;
	int node = begin(&s, 3, 0, "");
	struct discipline *d = daemon_discipline(sim_daemon(s.sim, node));

	(void)state;
	small_run(&s, 10);
	assert_int_equal(discipline_settime(d, sim_utc(s.sim), &r), -ENOTSUP);
	discipline_set_manual(d, true);
	assert_int_equal(discipline_settime(d, -1, &r), -EINVAL);
	assert_int_equal(discipline_settime(d, INT64_MAX, &r), -EINVAL);
	assert_int_equal(list(&s, node, samples), 0);
	type(&s, node, 0);
	assert_int_equal(discipline_settime(d, sim_utc(s.sim), &r), 0);
	assert_int_equal(discipline_settime(d, sim_utc(s.sim), &r), -EAGAIN);
	assert_int_equal(discipline_delete_manual(d, 1), 0);
	type(&s, node, 2);
	/* Without makestep it is slewed, at most 83333 ppm. */
	small_run(&s, 60);
	assert_true(fabs(sim_time_error(s.sim, node)) > 1);
	/* What was wrong is taken back: the rest is fitted anew. */
	assert_int_equal(discipline_delete_manual(d, 2), -ERANGE);
	assert_int_equal(discipline_delete_manual(d, -1), -ERANGE);
	assert_int_equal(discipline_delete_manual(d, 1), 0);
	assert_int_equal(list(&s, node, samples), 1);
	discipline_reset_manual(d);
	assert_int_equal(list(&s, node, samples), 0);
	assert_int_equal(discipline_delete_manual(d, 0), -ERANGE);
	discipline_set_manual(d, false);
	assert_int_equal(discipline_settime(d, sim_utc(s.sim), &r), -ENOTSUP);
	small_end(&s);
}

/* With local the time that was typed is served; another clock that is typed is believed. */
static void section_7_manual_and_local(void **state)
{
	struct small s;
	int node = begin(&s, -3, 0, "manual\nlocal stratum 7\nmakestep 1 -1\n");

	(void)state;
	small_run(&s, 10);
	for (int i = 0; i < 6; i++) {
		type(&s, node, 0);
		small_run(&s, 100);
	}
	assert_int_equal(small_tracking(&s, node).refid, REFID_LOCAL);
	assert_int_equal(small_tracking(&s, node).stratum, 7);
	assert_true(fabs(sim_time_error(s.sim, node)) < 2e-3);
	type(&s, node, 86400);
	assert_true(fabs(sim_time_error(s.sim, node) - 86400) < 5e-3);
	assert_true(fabs(sim_frequency_error(s.sim, node)) < 1e-6);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_7_manual),
		cmocka_unit_test(section_7_entries),
		cmocka_unit_test(section_7_manual_and_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
