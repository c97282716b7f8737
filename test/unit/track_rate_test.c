/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An oscillator whose rate is far from what any should have (a virtual machine's, one whose tick
 * was set wrong): it is known from the first three samples, and told from a step of the source.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/track/track.h"

#define S INT64_C(1000000000)

/* A sample at t s: true time is offset s ahead of the oscillator. */
static void take(struct track *t, double at, double offset, double noise)
{
	struct sample s = {.osc = S + (int64_t)(at * 1e9),
		.offset_ns = (int64_t)((offset + noise) * 1e9),
		.delay = 4e-4 + 2 * fabs(noise),
		.dispersion = 1e-6,
		.queueing = true};

	assert_int_equal(track_sample(t, &s), 0);
}

static void a_wild_rate_is_learnt_from_three_samples(void **state)
{
	static const double rates[] = {5e-3, -5e-3, 5e-2, -5e-2};

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct track *t = track_create(6, 0);
		struct track_estimate e;
		struct track_figures f;

		take(t, 0, 0, 1e-5);
		take(t, 64, 64 * rates[k], -2e-5);
		take(t, 129, 129 * rates[k], 1e-5);
		assert_int_equal(track_estimate(t, S + 129 * S, &e), 0);
		assert_true(fabs(e.rate - rates[k]) < 1e-5);
		assert_true(e.rate_sd < 1e-4);
		track_get_figures(t, &f);
		assert_int_equal(f.in_force, 3);
		track_destroy(t);
	}
}

/* The same surprises of a source that stepped: the rate stays what it was. */
static void a_step_is_no_rate(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;

	(void)state;
	for (int i = 0; i < 8; i++)
		take(t, 64 * i, 0, (i % 3 - 1) * 1e-5);
	for (int i = 8; i < 14; i++)
		take(t, 64 * i, 0.3, (i % 3 - 1) * 1e-5);
	assert_int_equal(track_estimate(t, S + 64 * 13 * S, &e), 0);
	assert_true(fabs(e.rate) < 1e-6);
	assert_true(fabs((double)e.offset_ns * 1e-9 - 0.3) < 1e-4);
	track_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wild_rate_is_learnt_from_three_samples),
		cmocka_unit_test(a_step_is_no_rate),
	};

	return cmocka_run_group_tests_name("track_rate", tests, NULL, NULL);
}
