/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smoothing of served time: continuous, within its limits, and over when it should be.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>

#include "common/instant.h"
#include "daemon/clock/smooth.h"

#define S INSTANT_S

/* Follows it for so long, s; everything stays continuous and within the limits. */
static double follow(const struct smooth *s, int64_t from, double length, double step)
{
	double last = smooth_offset(s, from), top = 0, slope, before = NAN;

	for (double t = step; t <= length; t += step) {
		double now = smooth_offset(s, instant_add_s(from, t));

		slope = (now - last) / step;
		assert_true(fabs(slope) <= s->max_frequency * (1 + 1e-6) + 1e-12);
		if (!isnan(before))
			assert_true(
				fabs(slope - before) <= s->max_wander * step * (1 + 1e-3) + 1e-11);
		before = slope;
		top = fmax(top, fabs(slope));
		last = now;
	}
	return top;
}

/* chrony's own example: a second in 62500 s with 32 ppm at the middle. */
static void section_19_a_leap_second_is_smeared(void **state)
{
	struct smooth s = {.max_frequency = 400e-6, .max_wander = 1.024e-9};
	struct report_smoothing r;

	(void)state;
	assert_true(smooth_on(&s));
	smooth_take(&s, S, -1.0, 0);
	assert_true(fabs(smooth_offset(&s, S) - 1.0) < 1e-12);
	assert_true(fabs(smooth_offset(&s, 31251 * S) - 0.5) < 1e-9);
	assert_true(fabs(smooth_offset(&s, 62501 * S)) < 1e-9);
	assert_true(smooth_offset(&s, 62502 * S) == 0);
	assert_true(fabs(follow(&s, S, 63000, 10) - 32e-6) < 1e-8);
	smooth_report(&s, 31250 * S, &r);
	assert_true(fabs(r.frequency_ppm + 32) < 0.01 && fabs(r.wander_ppm + 0.001024) < 1e-9);
	assert_true(fabs(r.remaining - 31251) < 1e-3 && fabs(r.last_update - 31249) < 1e-3);
	smooth_report(&s, 70000 * S, &r);
	assert_true(r.offset == 0 && r.frequency_ppm == 0 && r.wander_ppm == 0 && r.remaining == 0);
}

/* A limit that the ramps would pass is kept to in the middle stage. */
static void section_19_the_frequency_is_limited(void **state)
{
	struct smooth s = {.max_frequency = 10e-6, .max_wander = 1e-8};

	(void)state;
	smooth_take(&s, S, 0.1, 0);
	assert_true(fabs(smooth_offset(&s, S) + 0.1) < 1e-12);
	assert_true(fabs(s.length[0] - 1000) < 1e-6 && fabs(s.length[2] - 1000) < 1e-6);
	assert_true(fabs(s.length[1] - 9000) < 1e-6);
	assert_true(fabs(follow(&s, S, 12000, 5) - 10e-6) < 1e-9);
	assert_true(smooth_offset(&s, 11003 * S) == 0);
}

/* More comes while some is left, also to the other side, and with a change of our own rate. */
static void updates_continue(void **state)
{
	static const struct {
		double after, offset, frequency;
	} updates[] = {{1000, 1e-3, 0}, {500, -4e-3, 1e-7}, {3, 2e-6, -3e-7}, {20000, -1e-5, 2e-8}};
	struct smooth s = {.max_frequency = 1e-6, .max_wander = 1e-9};
	int64_t now = S;

	(void)state;
	smooth_take(&s, now, -2e-4, 0);
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
		double before;

		follow(&s, now, updates[i].after, updates[i].after / 100);
		now = instant_add_s(now, updates[i].after);
		before = smooth_offset(&s, now);
		smooth_take(&s, now, updates[i].offset, updates[i].frequency);
		/* Served time does not move; ours did. */
		assert_true(fabs(smooth_offset(&s, now) + updates[i].offset - before) < 1e-12);
		for (int k = 0; k < 3; k++)
			assert_true(s.length[k] >= 0);
	}
	follow(&s, now, 50000, 10);
	assert_true(smooth_offset(&s, now + 50000 * S) == 0);
	smooth_take(&s, now, 1, 0);
	smooth_reset(&s, now);
	assert_true(smooth_offset(&s, now) == 0 && smooth_offset(&s, now + S) == 0);
}

static void it_is_off_by_default(void **state)
{
	struct smooth s = {0};

	(void)state;
	assert_false(smooth_on(&s));
	assert_true(smooth_offset(&s, S) == 0);
	s.max_frequency = 1;
	assert_false(smooth_on(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_19_a_leap_second_is_smeared),
		cmocka_unit_test(section_19_the_frequency_is_limited),
		cmocka_unit_test(updates_continue),
		cmocka_unit_test(it_is_off_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
