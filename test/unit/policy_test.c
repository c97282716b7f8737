/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of the discipline, one table a rule. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "config/settings.h"
#include "daemon/discipline/policy.h"

static struct policy defaults(void)
{
	struct settings *s = settings_create();
	struct policy p;

	assert_non_null(s);
	p = policy_from(s, false);
	settings_destroy(s);
	return p;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static struct policy_decision decide(struct policy *p, double offset)
{
	struct policy_update u = {
		.controls = true, .offset = offset, .correction = offset, .rate_sd = 1e-8};

	return policy_decide(p, &u);
}

static void slews_by_default(void **state)
{
	struct policy p = defaults();

	(void)state;
	assert_int_equal(decide(&p, 1000).action, POLICY_SLEW);
	assert_int_equal(decide(&p, -1e-6).action, POLICY_SLEW);
}

/* ntpd: the first update steps at once, later ones when the correction stayed large. */
static struct policy ntpd_policy(bool step_first)
{
	struct settings *s = settings_create();
	struct policy p;

	assert_non_null(s);
	s->ntp.style = true;
	s->ntp.step_first = step_first;
	s->ntp.tinker.stepback = 0.128;
	s->ntp.tinker.stepfwd = 0.5;
	p = policy_from(s, false);
	settings_destroy(s);
	return p;
}

static enum policy_action decide_at(struct policy *p, double now, double offset)
{
	struct policy_update u = {.controls = true,
		.offset = offset,
		.correction = offset,
		.rate_sd = 1e-8,
		.now = now};

	return policy_decide(p, &u).action;
}

static void steps_as_ntpd(void **state)
{
	struct policy p = ntpd_policy(false);

	(void)state;
	assert_int_equal(decide_at(&p, 0, 0.6), POLICY_STEP);
	assert_int_equal(decide_at(&p, 10, 0.4), POLICY_SLEW);
	/* a spike */
	assert_int_equal(decide_at(&p, 20, -0.2), POLICY_WAIT);
	assert_int_equal(decide_at(&p, 200, -0.2), POLICY_WAIT);
	assert_int_equal(decide_at(&p, 210, 0.01), POLICY_SLEW);
	/* a change */
	assert_int_equal(decide_at(&p, 220, -0.2), POLICY_WAIT);
	assert_int_equal(decide_at(&p, 519, 0.6), POLICY_WAIT);
	assert_int_equal(decide_at(&p, 520, -0.2), POLICY_STEP);
	assert_int_equal(decide_at(&p, 530, -0.2), POLICY_WAIT);
	p = ntpd_policy(false);
	assert_int_equal(decide_at(&p, 0, 0.4), POLICY_SLEW);
	p = ntpd_policy(true);
	assert_int_equal(decide_at(&p, 0, 1e-6), POLICY_STEP);
	assert_int_equal(decide_at(&p, 1, 1e-6), POLICY_SLEW);
	p = ntpd_policy(false);
	p.step_back = p.step_fwd = 0.0;
	assert_int_equal(decide_at(&p, 0, -900), POLICY_SLEW);
}

static void section_5_steps_while_it_may(void **state)
{
	static const struct {
		int limit;
		double offsets[5];
		enum policy_action actions[5];
	} rows[] = {
		{3, {5, 0.5, 5, 5, 5},
			{POLICY_STEP, POLICY_SLEW, POLICY_STEP, POLICY_SLEW, POLICY_SLEW}},
		{-1, {5, 0.5, -5, 1, 1.001},
			{POLICY_STEP, POLICY_SLEW, POLICY_STEP, POLICY_SLEW, POLICY_STEP}},
		{0, {5, 5, 5, 5, 5},
			{POLICY_SLEW, POLICY_SLEW, POLICY_SLEW, POLICY_SLEW, POLICY_SLEW}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy p = defaults();

		p.makestep_threshold = 1;
		p.makestep_left = rows[i].limit;
		for (int j = 0; j < 5; j++)
			assert_int_equal(decide(&p, rows[i].offsets[j]).action, rows[i].actions[j]);
	}
}

/* What counts for makestep is what remains to be corrected, old slews included; what counts for
 * logchange and maxchange is what the update says is new. */
static void remaining_and_new_are_told_apart(void **state)
{
	struct policy p = defaults();
	struct policy_update u = {.controls = true, .offset = 0.1, .correction = 5};
	struct policy_decision d;

	(void)state;
	p.makestep_threshold = 1;
	p.makestep_left = -1;
	d = policy_decide(&p, &u);
	assert_int_equal(d.action, POLICY_STEP);
	assert_false(d.tell);
	u = (struct policy_update){.controls = true, .offset = 5, .correction = 0.1};
	d = policy_decide(&p, &u);
	assert_int_equal(d.action, POLICY_SLEW);
	assert_true(d.tell);
}

static void never_steps_what_is_not_ours(void **state)
{
	struct policy p = defaults();
	struct policy_update u = {.controls = false, .offset = 5, .correction = 5};

	(void)state;
	p.makestep_threshold = 1;
	p.makestep_left = -1;
	assert_int_equal(policy_decide(&p, &u).action, POLICY_SLEW);
}

static void section_5_a_restart_does_not_step_at_start(void **state)
{
	struct settings *s = settings_create();

	(void)state;
	assert_non_null(s);
	s->makestep_limit = 3;
	assert_int_equal(policy_from(s, true).makestep_left, 0);
	assert_int_equal(policy_from(s, false).makestep_left, 3);
	s->makestep_limit = -1;
	assert_int_equal(policy_from(s, true).makestep_left, -1);
	settings_destroy(s);
}

static void section_5_large_changes_are_ignored_then_fatal(void **state)
{
	struct policy p = defaults();

	(void)state;
	p.maxchange_on = true;
	p.maxchange_offset = 1;
	p.maxchange_start_left = 2;
	p.maxchange_ignore_left = 2;
	assert_int_equal(decide(&p, 5).action, POLICY_SLEW);
	assert_int_equal(decide(&p, -5).action, POLICY_SLEW);
	assert_int_equal(decide(&p, 1).action, POLICY_SLEW);
	assert_int_equal(decide(&p, 1.01).action, POLICY_IGNORE);
	assert_int_equal(decide(&p, 0).action, POLICY_SLEW);
	assert_int_equal(decide(&p, -5).action, POLICY_IGNORE);
	assert_int_equal(decide(&p, 5).action, POLICY_EXIT);
	p.maxchange_ignore_left = -1;
	for (int i = 0; i < 10; i++)
		assert_int_equal(decide(&p, 5).action, POLICY_IGNORE);
}

/* An ignored update is not one of those that makestep counts. */
static void ignored_updates_do_not_count(void **state)
{
	struct policy p = defaults();

	(void)state;
	p.maxchange_on = true;
	p.maxchange_offset = 10;
	p.maxchange_ignore_left = -1;
	p.makestep_left = 1;
	p.makestep_threshold = 1;
	assert_int_equal(decide(&p, 50).action, POLICY_IGNORE);
	assert_int_equal(decide(&p, 5).action, POLICY_STEP);
	assert_int_equal(decide(&p, 5).action, POLICY_SLEW);
}

static void large_offsets_are_told(void **state)
{
	struct policy p = defaults();

	(void)state;
	assert_false(decide(&p, 0.9).tell);
	assert_true(decide(&p, -1.1).tell);
	p.logchange = 0.1;
	assert_true(decide(&p, 0.9).tell);
}

static void bad_rates_are_kept_out(void **state)
{
	struct policy p = defaults();
	struct policy_update u = {.rate = 5e-5, .rate_sd = 2e-4, .present_rate = 1e-6};
	struct policy_decision d;

	(void)state;
	p.maxupdateskew = 100e-6;
	d = policy_decide(&p, &u);
	assert_true(d.rate_kept && d.rate == 1e-6);
	u.rate_sd = 0.9e-4;
	d = policy_decide(&p, &u);
	assert_true(!d.rate_kept && d.rate == 5e-5 && !d.rate_clamped);
	p.maxdrift = 20e-6;
	u.rate = -5e-5;
	d = policy_decide(&p, &u);
	assert_true(d.rate_clamped && d.rate == -20e-6);
}

static void durations(void **state)
{
	struct policy p = defaults();
	/* A rate known so well that every slew is more than that. */
	struct policy_correction c = {.offset = 64, .offset_sd = 1, .rate_sd = 1e-12};

	(void)state;
	/* A part of a poll; in a burst, of its spacing. */
	assert_true(near(policy_duration(&p, &c, 64, 64), 19.2));
	assert_true(near(policy_duration(&p, &c, 64, 0), 19.2));
	assert_true(near(policy_duration(&p, &c, 64, 2), 0.6));
	assert_true(near(policy_duration(&p, &c, 64, 5000), 19.2));
	/* What is less than ten standard deviations has more time, within reason. */
	c.offset = -10;
	assert_true(near(policy_duration(&p, &c, 64, 64), 19.2));
	c.offset = -3;
	assert_true(near(policy_duration(&p, &c, 64, 64), 64));
	c.offset = 0.1;
	assert_true(near(policy_duration(&p, &c, 64, 64), 128));
	c.offset = 0;
	assert_true(near(policy_duration(&p, &c, 64, 64), 128));
	/* What is far off has less. */
	c.offset = 200;
	assert_true(near(policy_duration(&p, &c, 64, 64), 9.6));
	/* But not where its slew is no more than five standard deviations of the rate. */
	c = (struct policy_correction){.offset = 2e-3, .offset_sd = 2e-3, .rate_sd = 1e-5};
	assert_true(near(policy_duration(&p, &c, 64, 64), 40));
	c.rate_sd = 1e-4;
	assert_true(near(policy_duration(&p, &c, 64, 64), 19.2));
	p.corrtimeratio = 6;
	assert_true(near(policy_duration(&p, &c, 64, 64), 38.4));
	p.corrtimeratio = 0;
	assert_true(policy_duration(&p, &c, 64, 64) > 0);
	p.corrtimeratio = 1e9;
	assert_true(policy_duration(&p, &c, 64, 64) == 10000);
}

/* Every day that an instant can name: only the eves of 1 January and 1 July may have a leap second.
 */
static void section_10_leap_seconds_have_their_days(void **state)
{
	static const int months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t today = 0;

	(void)state;
	for (int year = 1970; year < 2262; year++) {
		bool leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 0; month < 12; month++) {
			int days = months[month] + (month == 1 && leap_year);

			for (int day = 1; day <= days; day++, today++) {
				bool eve = (month == 5 && day == 30) || (month == 11 && day == 31);
				int64_t noon = (today * 86400 + 43200) * 1000000000;

				assert_int_equal(policy_leap(LEAP_INSERT, noon),
					eve ? LEAP_INSERT : LEAP_NONE);
			}
		}
	}
	/* 2016-12-31 23:59:59 and one second later. */
	assert_int_equal(policy_leap(LEAP_DELETE, INT64_C(1483228799) * 1000000000), LEAP_DELETE);
	assert_int_equal(policy_leap(LEAP_DELETE, INT64_C(1483228800) * 1000000000), LEAP_NONE);
}

static void settings_arrive_in_si_units(void **state)
{
	struct policy p = defaults();

	(void)state;
	assert_true(fabs(p.maxslewrate - 83333.333e-6) < 1e-12);
	assert_true(fabs(p.maxdrift - 0.1) < 1e-12);
	assert_true(fabs(p.maxupdateskew - 1e-3) < 1e-12);
	assert_true(p.corrtimeratio == 3 && p.logchange == 1);
	assert_int_equal(p.makestep_left, 0);
	assert_false(p.maxchange_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slews_by_default),
		cmocka_unit_test(section_5_steps_while_it_may),
		cmocka_unit_test(steps_as_ntpd),
		cmocka_unit_test(remaining_and_new_are_told_apart),
		cmocka_unit_test(never_steps_what_is_not_ours),
		cmocka_unit_test(section_5_a_restart_does_not_step_at_start),
		cmocka_unit_test(section_5_large_changes_are_ignored_then_fatal),
		cmocka_unit_test(ignored_updates_do_not_count),
		cmocka_unit_test(large_offsets_are_told),
		cmocka_unit_test(bad_rates_are_kept_out),
		cmocka_unit_test(durations),
		cmocka_unit_test(section_10_leap_seconds_have_their_days),
		cmocka_unit_test(settings_arrive_in_si_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
