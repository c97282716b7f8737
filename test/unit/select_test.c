/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Selection: every state letter, the verified scenarios of the stock daemon (chrony-behaviour 4),
 * scores, combination, and authselectmode.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "config/settings.h"
#include "daemon/select/select.h"

#define NOW (INT64_C(1795424846) * 1000000000)

/* chrony's defaults. */
static struct select_settings defaults(void)
{
	return (struct select_settings){.maxdistance = 3,
		.maxjitter = 1,
		.combinelimit = 3,
		.reselectdist = 1e-4,
		.stratumweight = 1e-3,
		.maxclockerror = 1e-6,
		.minsources = 1,
		.maxstratum = 15};
}

/* A good source whose offset is off by so many seconds, with a distance of 10 ms. */
static struct select_candidate good(double offset)
{
	struct sample s = {
		.osc = NOW - INT64_C(1000000000),
		.delay = 8e-3,
		.root_delay = 8e-3,
		.root_dispersion = 2e-3 - 1e-5,
		.dispersion = 1e-5,
		.stratum = 2,
		.leap = LEAP_NONE,
	};

	return (struct select_candidate){
		.has_estimate = true,
		.estimate = {.osc = NOW,
			.offset_ns = (int64_t)llround(offset * 1e9),
			.offset_sd = 1e-6,
			.rate_sd = 1e-8,
			.wander = 1e-9,
			.sample_sd = 1e-4},
		.figures = {.samples = 8, .span = 400, .last = s, .best = s, .last_osc = s.osc},
		.age = 1,
		.reach = 0377,
		.reach_updates = 8,
		.maxunreach = 100000,
		.active = true,
		.updated = true,
		.score = 1,
	};
}

static void letters(const struct select_candidate *c, size_t n, const char *expected)
{
	char got[32] = {0};

	assert_true(n < sizeof(got));
	for (size_t i = 0; i < n; i++)
		got[i] = (char)c[i].state;
	assert_string_equal(got, expected);
}

static struct select_result run(struct select_settings *s, struct select_candidate *c, size_t n,
	int previous, const char *expected)
{
	struct select_result r;

	select_run(s, c, n, previous, 0, &r);
	letters(c, n, expected);
	return r;
}

/* three good-ish + one 0.5 s wrong + one with root delay 10 s, maxdistance 1 */
static void section_4_five_sources_of_all_kinds(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[4] = {good(0), good(0.01), good(0.5), good(0)};
	struct select_result r;

	(void)state;
	s.maxdistance = 1;
	c[1].figures.last.root_dispersion = 0.1;
	c[3].figures.last.root_delay = 10;
	r = run(&s, c, 4, -1, "*Dxd");
	assert_int_equal(r.selected, 0);
	assert_true(r.update);
	assert_int_equal(r.combined, 1);
	assert_int_equal(r.failure, SELECT_OK);
}

static void section_4_two_that_differ_have_no_majority(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0.5)};
	struct select_result r = run(&s, c, 2, 0, "xx");

	(void)state;
	assert_int_equal(r.selected, -1);
	assert_false(r.update);
	assert_int_equal(r.failure, SELECT_NO_MAJORITY);
	assert_int_equal(r.agreeing, 1);
	assert_int_equal(r.voting, 2);
	assert_false(r.trusted_vote);
	assert_int_equal(r.leap, LEAP_UNSYNCHRONISED);
}

/* A good source with a distance of 0.2 ms. */
static struct select_candidate near(double offset)
{
	struct select_candidate c = good(offset);

	c.figures.last.delay = c.figures.last.root_delay = 2e-5;
	c.figures.last.root_dispersion = 1.5e-4;
	c.figures.best = c.figures.last;
	return c;
}

/* tos mindist: sources that differ by less are no reason to believe neither. */
static void least_distance(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {near(0), near(9e-4)};

	(void)state;
	run(&s, c, 2, 0, "xx");
	s.mindistance = 1e-3;
	assert_int_equal(run(&s, c, 2, 0, "*+").combined, 2);
	/* what is told of a source stays what it is */
	assert_true(c[0].distance < 3e-4);
	c[1] = near(2.2e-3);
	run(&s, c, 2, 0, "xx");
}

/* tos minclock: the nearest are combined, and no more than so many. */
static void most_combined(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[4] = {good(0), good(0), good(0), good(0)};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		c[i].figures.last.root_dispersion += i == 1 ? 4e-3 : (double)i * 1e-3;
	assert_int_equal(run(&s, c, 4, 0, "*+++").combined, 4);
	s.maxcombined = 3;
	assert_int_equal(run(&s, c, 4, 0, "*L++").combined, 3);
}

static void section_4_two_pairs_have_no_majority(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[4] = {good(0), good(0.5), good(0), good(0.5)};
	struct select_result r = run(&s, c, 4, -1, "xxxx");

	(void)state;
	assert_int_equal(r.failure, SELECT_NO_MAJORITY);
	assert_int_equal(r.agreeing, 2);
	assert_int_equal(r.voting, 4);
}

static void section_4_prefer_and_stratum(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0)};

	(void)state;
	s.maxstratum = 8;
	s.minsources = 2;
	c[0].effective = SELECT_PREFER;
	c[2].figures.last.stratum = 9;
	run(&s, c, 3, -1, "*Pr");
	s.maxstratum = 15;
	s.minstratum = 3;
	c[0].figures.last.stratum = 4;
	run(&s, c, 3, -1, "*rP");
}

static void section_4_one_source_where_two_are_wanted(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[1] = {good(0)};
	struct select_result r;

	(void)state;
	s.minsources = 2;
	r = run(&s, c, 1, -1, "W");
	assert_int_equal(r.failure, SELECT_NOT_ENOUGH);
}

static void section_4_a_trusted_one_outvotes_two(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0.5)};
	struct select_result r;

	(void)state;
	c[2].effective = SELECT_TRUST | SELECT_REQUIRE;
	r = run(&s, c, 3, -1, "xx*");
	assert_true(r.trusted_vote);
	assert_int_equal(r.voting, 1);
	assert_int_equal(r.agreeing, 1);
}

static void section_4_nothing_reachable_is_selectable(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0)};
	struct select_result r;

	(void)state;
	c[0].reach = c[1].reach = c[2].reach = 0;
	c[1].effective = SELECT_NOSELECT;
	c[2].has_estimate = false; /* not resolved yet */
	r = run(&s, c, 3, 0, "SNM");
	assert_int_equal(r.failure, SELECT_NO_SELECTABLE);
	assert_int_equal(r.unreachable, 2);
	r = run(&s, c, 0, -1, "");
	assert_int_equal(r.failure, SELECT_NO_SOURCES);
}

static void section_4_unfit_by_themselves(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[6] = {good(0), good(0), good(0), good(0), good(0), good(0)};

	(void)state;
	c[0].effective = SELECT_NOSELECT;
	c[1].figures.samples = 2;
	c[2].figures.last.leap = LEAP_UNSYNCHRONISED;
	c[3].figures.last.root_dispersion = NAN;
	c[4].estimate.sample_sd = 1.5;
	run(&s, c, 6, -1, "NMsd~*");
}

/* Three samples are asked for, except where the administrator wants fewer kept. */
static void section_4_short_memories_are_enough_when_asked_for(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};

	(void)state;
	c[0].figures.samples = 1;
	c[0].max_samples = 1;
	c[1].figures.samples = 1;
	c[1].max_samples = 2;
	run(&s, c, 2, 0, "*M");
	c[1].figures.samples = 2;
	run(&s, c, 2, 0, "*+");
}

static void section_4_waits_for_those_one_sample_behind(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};
	struct select_result r;

	(void)state;
	c[0].reach = 07;
	c[0].reach_updates = 3;
	c[1].reach = 03;
	c[1].reach_updates = 2;
	c[1].figures.samples = 2;
	r = run(&s, c, 2, -1, "wM");
	assert_int_equal(r.failure, SELECT_WAITING);
	/* Not when one is selected, nor for one that is further behind. */
	run(&s, c, 2, 0, "*M");
	c[1].reach = 01;
	run(&s, c, 2, -1, "*M");
}

/** Everything was forgotten a moment ago, but not who was right before that. */
static void who_was_wrong_waits_for_who_was_right(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(2.4), good(0), good(0)}, had[3];

	(void)state;
	c[0].doubted = true;
	c[0].effective = SELECT_PREFER;
	for (int i = 1; i < 3; i++) {
		c[i].vouches = true;
		c[i].figures.samples = 1;
		c[i].reach = c[i].reach_updates = 1;
	}
	memcpy(had, c, sizeof(had));
	assert_int_equal(run(&s, c, 3, -1, "wMM").failure, SELECT_WAITING);
	/* The first who answers does so alone. */
	c[1].figures.samples = 3;
	run(&s, c, 3, -1, "w*M");
	c[2].figures.samples = 3;
	run(&s, c, 3, 1, "x*+");
	/* They had their chance; or what they said last was that they did not know either. */
	memcpy(c, had, sizeof(c));
	c[1].reach = c[2].reach = 0;
	c[1].reach_updates = c[2].reach_updates = 8;
	run(&s, c, 3, -1, "*MM");
	memcpy(c, had, sizeof(c));
	c[1].vouches = c[2].vouches = false;
	run(&s, c, 3, -1, "*MM");
	/* Nobody said anything against it. */
	memcpy(c, had, sizeof(c));
	c[0].doubted = false;
	run(&s, c, 3, -1, "*MM");
}

static void section_4_old_news_is_stale(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};

	(void)state;
	c[0].reach = 0;
	c[0].age = 402; /* older than the oldest of the other: 401 s */
	run(&s, c, 2, 0, "S*");
	c[0].age = 300;
	run(&s, c, 2, 0, "*+");
	c[0].unreachable_runs = 11;
	c[0].maxunreach = 10;
	run(&s, c, 2, 0, "S*");
}

static void section_4_orphans(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0)};

	(void)state;
	s.orphan_stratum = 10;
	c[0].figures.last.stratum = 10;
	c[1].figures.last.stratum = 11;
	run(&s, c, 3, -1, "OO*");
	/* Alone, all follow the one with the smallest ID, if that is not they themselves. */
	c[2].figures.last.stratum = 10;
	c[0].refid = 3;
	c[0].local_refid = 5;
	c[2].refid = 2;
	c[2].local_refid = 5;
	run(&s, c, 3, -1, "OO*");
	c[0].local_refid = c[2].local_refid = 1;
	run(&s, c, 3, -1, "OOO");
	c[0].refclock = true;
	run(&s, c, 3, -1, "*OO");
}

/* Beside trusted sources, the others must lie within what those claim. */
static void section_4_wider_than_the_trusted(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0.001), good(0)};

	(void)state;
	c[0].effective = SELECT_TRUST;
	c[2].figures.last.root_dispersion = 1e-4;
	/* The second reaches beyond the first by a millisecond. */
	run(&s, c, 2, -1, "*T");
	c[1].estimate.offset_ns = 0;
	run(&s, c, 3, 0, "*++");
	c[1].figures.last.root_dispersion = 0.1;
	run(&s, c, 3, 0, "*T+");
}

static void section_4_required_must_be_there(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};
	struct select_result r;

	(void)state;
	c[1].effective = SELECT_REQUIRE;
	c[1].figures.samples = 0;
	r = run(&s, c, 2, 0, "WM");
	assert_int_equal(r.failure, SELECT_NO_REQUIRED);
	c[1].figures.samples = 8;
	run(&s, c, 2, 0, "*+");
}

/* A server that was restarted says so in its last sample, whatever its best one was. */
static void the_source_is_as_it_was_last(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[1] = {good(0)};
	struct select_result r;

	(void)state;
	c[0].figures.best.delay = 2e-3;
	c[0].figures.best.root_delay = c[0].figures.best.root_dispersion = 0;
	c[0].figures.last.root_delay = 0.2;
	c[0].figures.last.root_dispersion = 0.5;
	r = run(&s, c, 1, -1, "*");
	assert_true(fabs(r.root_delay - 0.202) < 1e-9);
	assert_true(r.root_dispersion > 0.5 && r.root_dispersion < 0.51);
	/* Unless the estimate still has to do with what it said before. */
	c[0].figures.doubt = 0.3;
	r = run(&s, c, 1, 0, "*");
	assert_true(r.root_dispersion > 0.8 && r.root_dispersion < 0.81);
	/* Or the samples together allow of more. */
	c[0].bound = 1.1;
	c[0].tilt = 0.01;
	c[0].age = 4;
	r = run(&s, c, 1, 0, "*");
	assert_true(r.root_delay / 2 + r.root_dispersion > 1.14);
	assert_true(r.root_delay / 2 + r.root_dispersion < 1.15);
}

static void section_4_the_best_must_have_news(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};
	struct select_result r;

	(void)state;
	c[0].updated = false;
	c[1].figures.last.root_dispersion += 1e-3;
	r = run(&s, c, 2, -1, "UU");
	assert_int_equal(r.failure, SELECT_WAITING);
	/* The one in force needs none to stay. */
	r = run(&s, c, 2, 0, "*+");
	assert_false(r.update);
	c[0].updated = true;
	r = run(&s, c, 2, 0, "*+");
	assert_true(r.update);
}

/* A better source takes over, but only when it has been better for a while. */
static void section_4_scores_are_slow(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};
	int n;

	(void)state;
	c[1].figures.last.root_dispersion = 0;
	c[1].figures.last.root_delay = 0;
	/* 10 ms against 4 ms and 0.1 ms: each update counts 2.44. */
	for (n = 1; n < 10; n++) {
		struct select_result r;

		select_run(&s, c, 2, 0, 0, &r);
		if (r.selected == 1)
			break;
		assert_true(fabs(c[1].score - pow(10.0 / 4.1, n)) < 0.02 * c[1].score);
	}
	assert_int_equal(n, 3);
	letters(c, 2, "+*");
	assert_true(c[0].score == 1 && c[1].score == 1);
	/* Alike, nothing changes, ever. */
	c[1] = good(0);
	for (n = 0; n < 100; n++)
		run(&s, c, 2, 0, "*+");
	/* A lower stratum counts as much as stratumweight. */
	c[0].figures.last.stratum = 14;
	s.stratumweight = 1;
	s.maxdistance = 100;
	run(&s, c, 2, 0, "+*");
}

static void section_4_without_a_selection_the_nearest_wins(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0)};

	(void)state;
	c[0].figures.last.root_dispersion += 1e-3;
	c[1].figures.last.root_dispersion += 5e-5;
	c[2].figures.last.root_dispersion += 1e-5;
	run(&s, c, 3, -1, "++*");
	/* A reference clock goes without the distance that keeps choices steady. */
	c[1].refclock = true;
	run(&s, c, 3, -1, "+*+");
}

static void section_4_combines_by_quality(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(1e-4), good(-3e-4)};
	struct select_result r;

	(void)state;
	for (int i = 0; i < 3; i++)
		c[i].figures.best.delay = c[i].figures.last.root_delay = 0;
	c[0].estimate.offset_sd = 1e-5;
	c[1].estimate.offset_sd = 1e-5;
	c[2].estimate.offset_sd = 1e-3;
	r = run(&s, c, 3, 0, "*++");
	assert_int_equal(r.combined, 3);
	assert_true(fabs((double)r.estimate.offset_ns - 50e3) < 1e3);
	assert_true(fabs(r.estimate.offset_sd - 1e-5 / sqrt(2)) < 1e-7);
	/* Of paths that may be asymmetric by far more than statistics say, the short one counts. */
	c[1].figures.last.root_delay = 0.008;
	c[1].figures.last.root_dispersion = 0;
	r = run(&s, c, 3, 0, "*++");
	assert_true(fabs((double)r.estimate.offset_ns) < 1e3);
	s.combinelimit = 0;
	r = run(&s, c, 3, 0, "*DD");
	assert_int_equal(r.combined, 1);
	assert_int_equal(r.estimate.offset_ns, c[0].estimate.offset_ns);
}

static void section_4_strays_stay_away(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[2] = {good(0), good(0)};

	(void)state;
	/* A frequency of its own is as bad as a distance. */
	c[1].estimate.rate = 1e-5;
	run(&s, c, 2, 0, "*D");
	c[1].estimate.rate = 0;
	for (int i = 0; i < 31; i++)
		run(&s, c, 2, 0, "*D");
	run(&s, c, 2, 0, "*+");
	/* In its first eight updates it is forgiven at once. */
	c[1].reach_updates = 4;
	c[1].figures.last.root_dispersion = 1;
	run(&s, c, 2, 0, "*D");
	c[1].figures.last.root_dispersion = 2e-3;
	run(&s, c, 2, 0, "*+");
}

static void section_4_leaps_are_voted_for(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[3] = {good(0), good(0), good(0)};

	(void)state;
	c[0].figures.last.leap = LEAP_INSERT;
	assert_int_equal(run(&s, c, 3, 0, "*++").leap, LEAP_NONE);
	c[1].figures.last.leap = LEAP_INSERT;
	assert_int_equal(run(&s, c, 3, 0, "*++").leap, LEAP_INSERT);
	c[1].figures.last.leap = c[2].figures.last.leap = LEAP_DELETE;
	assert_int_equal(run(&s, c, 3, 0, "*++").leap, LEAP_DELETE);
	/* The trusted vote alone. */
	c[0].effective = SELECT_TRUST;
	assert_int_equal(run(&s, c, 3, 0, "*++").leap, LEAP_INSERT);
}

static void section_4_distance_is_chronys(void **state)
{
	struct select_settings s = defaults();
	struct select_candidate c[1] = {good(0.25)};
	struct select_result r;

	(void)state;
	select_run(&s, c, 1, 0, 250000000, &r);
	/* Half the root delay, path included, and the dispersions. */
	assert_true(fabs(c[0].distance - (0.008 + 0.002 + 1e-6 + 1e-8)) < 1e-9);
	assert_true(fabs(c[0].low + c[0].distance) < 1e-9);
	assert_true(fabs(c[0].high - c[0].distance) < 1e-9);
	assert_true(fabs(r.root_delay - 0.016) < 1e-12);
	assert_int_equal(r.stratum, 2);
	/* Older than it was ever watched for: the worst that an oscillator may do. */
	c[0].age = 10400;
	select_run(&s, c, 1, 0, 250000000, &r);
	assert_true(fabs(c[0].distance - (0.010001 + 0.01)) < 1e-6);
}

static void auth(int mode, const char *expected)
{
	/* One with a key, one plain, a reference clock, a plain one that is not to be selected. */
	struct select_candidate c[4] = {
		{0}, {0}, {.refclock = true}, {.configured = SELECT_NOSELECT}};
	const bool authenticated[4] = {true, false, false, false};
	char got[5] = {0};

	select_auth_options(mode, c, authenticated, 4);
	for (int i = 0; i < 4; i++)
		got[i] = c[i].effective == SELECT_NOSELECT                   ? 'N'
			 : c[i].effective == (SELECT_TRUST | SELECT_REQUIRE) ? 'T'
			 : c[i].effective == 0                               ? '-'
									     : '?';
	assert_string_equal(got, expected);
}

static void section_6_authselectmode(void **state)
{
	struct select_candidate c[2] = {{0}, {.configured = SELECT_PREFER}};
	const bool none[2] = {false, false};

	(void)state;
	assert_int_equal(SELECT_AUTH_MIX, SETTINGS_AUTH_MIX);
	assert_int_equal(SELECT_AUTH_REQUIRE, SETTINGS_AUTH_REQUIRE);
	assert_int_equal(SELECT_AUTH_PREFER, SETTINGS_AUTH_PREFER);
	assert_int_equal(SELECT_AUTH_IGNORE, SETTINGS_AUTH_IGNORE);
	auth(SELECT_AUTH_MIX, "T-TN");
	auth(SELECT_AUTH_REQUIRE, "-N-N");
	auth(SELECT_AUTH_PREFER, "-N-N");
	auth(SELECT_AUTH_IGNORE, "---N");
	/* With none authenticated, only `require` rules any out. */
	select_auth_options(SELECT_AUTH_PREFER, c, none, 2);
	assert_int_equal(c[0].effective, 0);
	select_auth_options(SELECT_AUTH_MIX, c, none, 2);
	assert_int_equal(c[0].effective, 0);
	assert_int_equal(c[1].effective, SELECT_PREFER);
	select_auth_options(SELECT_AUTH_REQUIRE, c, none, 2);
	assert_int_equal(c[0].effective, SELECT_NOSELECT);
}

static void five_states_for_sources(void **state)
{
	static const struct {
		const char *letters;
		enum report_state state;
	} rows[] = {
		{"*", REPORT_STATE_SELECTED},
		{"+", REPORT_STATE_COMBINED},
		{"x", REPORT_STATE_FALSETICKER},
		{"~", REPORT_STATE_JITTERY},
		{"WPUDL", REPORT_STATE_NOT_USED},
		{"NMsrdwSOT", REPORT_STATE_NOT_SELECTABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (const char *p = rows[i].letters; *p; p++)
			assert_int_equal(select_report_state(*p), rows[i].state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_4_five_sources_of_all_kinds),
		cmocka_unit_test(section_4_two_that_differ_have_no_majority),
		cmocka_unit_test(least_distance),
		cmocka_unit_test(most_combined),
		cmocka_unit_test(section_4_two_pairs_have_no_majority),
		cmocka_unit_test(section_4_prefer_and_stratum),
		cmocka_unit_test(section_4_one_source_where_two_are_wanted),
		cmocka_unit_test(section_4_a_trusted_one_outvotes_two),
		cmocka_unit_test(section_4_nothing_reachable_is_selectable),
		cmocka_unit_test(section_4_unfit_by_themselves),
		cmocka_unit_test(section_4_short_memories_are_enough_when_asked_for),
		cmocka_unit_test(section_4_waits_for_those_one_sample_behind),
		cmocka_unit_test(who_was_wrong_waits_for_who_was_right),
		cmocka_unit_test(section_4_old_news_is_stale),
		cmocka_unit_test(section_4_orphans),
		cmocka_unit_test(section_4_wider_than_the_trusted),
		cmocka_unit_test(section_4_required_must_be_there),
		cmocka_unit_test(the_source_is_as_it_was_last),
		cmocka_unit_test(section_4_the_best_must_have_news),
		cmocka_unit_test(section_4_scores_are_slow),
		cmocka_unit_test(section_4_without_a_selection_the_nearest_wins),
		cmocka_unit_test(section_4_combines_by_quality),
		cmocka_unit_test(section_4_strays_stay_away),
		cmocka_unit_test(section_4_leaps_are_voted_for),
		cmocka_unit_test(section_4_distance_is_chronys),
		cmocka_unit_test(section_6_authselectmode),
		cmocka_unit_test(five_states_for_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
