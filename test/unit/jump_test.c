/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which readings of a reference clock are wild, and when another time is believed.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/source/jump.h"

/** Judges one reading a second; tolerance 8 us. */
struct run {
	struct jump jump;
	int64_t now;
};

static enum jump_verdict next(struct run *r, double deviation)
{
	struct jump_reading m = {.osc = r->now += INSTANT_S,
		.known = true,
		.deviation = deviation,
		.tolerance = 8e-6};

	return jump_judge(&r->jump, &m);
}

/** How many readings in a row are not used. */
static int waits(struct run *r, double deviation, double step)
{
	int n = 0;

	while (n < 5000 && next(r, deviation + n * step) == JUMP_WAIT)
		n++;
	return n;
}

static void settle(struct run *r, int seconds)
{
	for (int i = 0; i < seconds; i++)
		assert_int_equal(next(r, i % 2 ? 3e-6 : -3e-6), JUMP_FITS);
}

static void wild_ones_are_forgotten(void **state)
{
	struct run r = {.now = INSTANT_S};

	(void)state;
	settle(&r, 100);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(next(&r, 0.3), JUMP_WAIT);
		assert_int_equal(next(&r, -0.2), JUMP_WAIT);
		assert_int_equal(next(&r, 0), JUMP_FITS);
	}
}

static void what_lasts_longer_is_believed(void **state)
{
	struct run r = {.now = INSTANT_S};

	(void)state;
	settle(&r, 60);
	/* A minute of one time: a minute of the other. */
	assert_in_range(waits(&r, 1, 0), 58, 62);
	/* Now the other is the one that is known, as if the caller had begun anew. */
	settle(&r, 10000);
	assert_in_range(waits(&r, -5, 0), 3595, 3605);
	settle(&r, 10000);
	/* Of a tenth of a second, a tenth of an hour. */
	assert_in_range(waits(&r, 0.1, 0), 358, 362);
}

static void small_ones_are_soon_believed(void **state)
{
	struct run r = {.now = INSTANT_S};

	(void)state;
	settle(&r, 1000);
	assert_int_equal(waits(&r, 50e-6, 0), 3);
	settle(&r, 1000);
	/* The frequency has changed by 100 ppm. */
	assert_int_equal(waits(&r, 100e-6, 100e-6), 3);
	/* It goes on being used until it fits again. */
	assert_int_equal(next(&r, 200e-6), JUMP_FOLLOW);
	settle(&r, 10);
	assert_int_equal(next(&r, 200e-6), JUMP_WAIT);
}

static void noise_may_grow(void **state)
{
	struct run r = {.now = INSTANT_S};
	int n = 0;

	(void)state;
	settle(&r, 10);
	while (n < 100 && next(&r, n % 2 ? 5e-3 : -4e-3) == JUMP_WAIT)
		n++;
	assert_in_range(n, 7, 20);
	assert_int_equal(next(&r, -4e-3), JUMP_FOLLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wild_ones_are_forgotten),
		cmocka_unit_test(what_lasts_longer_is_believed),
		cmocka_unit_test(small_ones_are_soon_believed),
		cmocka_unit_test(noise_may_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
