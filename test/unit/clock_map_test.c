/* SPDX-License-Identifier: BSD-2-Clause */
/* The map between raw and system time: slews, steps, foreign hands; and the units of rates. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <math.h>

#include "daemon/clock/map.h"
#include "daemon/clock/rate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

/* Raw time has any epoch; system time is of our century. */
#define RAW    (5 * S)
#define SYSTEM (INT64_C(1795424846) * S)

static void maps_both_ways_across_slews(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_rate(&m, RAW + 10 * S, 0.01);
	clock_map_rate(&m, RAW + 20 * S, -0.01);
	clock_map_rate(&m, RAW + 30 * S, 0.0);
	assert_int_equal(clock_map_system(&m, RAW + 5 * S), SYSTEM + 5 * S);
	assert_int_equal(clock_map_system(&m, RAW + 15 * S), SYSTEM + 15 * S + 50 * MS);
	assert_int_equal(clock_map_system(&m, RAW + 20 * S), SYSTEM + 20 * S + 100 * MS);
	assert_int_equal(clock_map_system(&m, RAW + 25 * S), SYSTEM + 25 * S + 50 * MS);
	assert_int_equal(clock_map_system(&m, RAW + 99 * S), SYSTEM + 99 * S);
	for (int64_t t = 0; t <= 40 * S; t += 777 * MS) {
		int64_t back = clock_map_raw(&m, clock_map_system(&m, RAW + t), RAW + 40 * S);

		assert_true(llabs(back - (RAW + t)) <= 1);
	}
}

static void maps_across_a_forward_step(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_jump(&m, RAW + 10 * S, SYSTEM + 70 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 9 * S, RAW + 11 * S), RAW + 9 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 71 * S, RAW + 12 * S), RAW + 11 * S);
	assert_int_equal(clock_map_system(&m, RAW + 9 * S), SYSTEM + 9 * S);
	assert_int_equal(clock_map_system(&m, RAW + 10 * S), SYSTEM + 70 * S);
	/* Readings in the gap belong to whichever end is near. */
	assert_int_equal(clock_map_raw(&m, SYSTEM + 10 * S + 5, RAW + 12 * S), RAW + 10 * S + 5);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 70 * S - 5, RAW + 12 * S), RAW + 10 * S - 5);
}

/* After a step back by 5 s, five seconds of system time exist twice: what was stamped before the
 * step and read after it must not land in the future. */
static void maps_across_a_backward_step(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_jump(&m, RAW + 10 * S, SYSTEM + 5 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 4 * S, RAW + 11 * S), RAW + 4 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 9 * S, RAW + 11 * S), RAW + 9 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 9 * S, RAW + 15 * S), RAW + 14 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 5 * S + MS, RAW + 11 * S), RAW + 10 * S + MS);
}

/* So it is when rounding makes it seem to come a nanosecond after now: another time it had that
 * name does not count then. */
static void a_stamp_of_now_is_not_of_before_a_backward_step(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_jump(&m, RAW + 10 * S, SYSTEM + 5 * S);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 6 * S + 3, RAW + 11 * S), RAW + 11 * S + 3);
}

static void a_stamp_just_after_now_is_near_now(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_jump(&m, RAW + 10 * S, SYSTEM + 70 * S);
	assert_int_equal(
		clock_map_raw(&m, SYSTEM + 71 * S + 100, RAW + 11 * S), RAW + 11 * S + 100);
}

/* The noise of readings does not enter; what exceeds it does, and no more than it exceeds. */
static void observes_within_the_error(void **state)
{
	struct clock_map m;
	unsigned n;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	n = m.n;
	clock_map_observe(&m, RAW + S, SYSTEM + S + 90, 100);
	clock_map_observe(&m, RAW + 2 * S, SYSTEM + 2 * S - 100, 100);
	assert_int_equal(m.n, n);
	assert_int_equal(clock_map_surprise(&m, RAW + 3 * S, SYSTEM + 3 * S + 5), 5);
	clock_map_observe(&m, RAW + 4 * S, SYSTEM + 4 * S + 300, 100);
	assert_int_equal(clock_map_system(&m, RAW + 4 * S), SYSTEM + 4 * S + 200);
	/* Half way, half of it had happened: a foreign slew. */
	assert_int_equal(clock_map_system(&m, RAW + 2 * S), SYSTEM + 2 * S + 100);
	clock_map_observe(&m, RAW + 5 * S, SYSTEM + 5 * S - 300, 100);
	assert_int_equal(clock_map_system(&m, RAW + 5 * S), SYSTEM + 5 * S - 200);
}

/* A reading at every packet must not push the steering actions out of memory. */
static void many_observations_keep_the_past(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	clock_map_jump(&m, RAW + 10 * S, SYSTEM + 20 * S);
	for (int64_t i = 1; i <= 3000; i++)
		clock_map_observe(&m, RAW + 10 * S + i * MS, SYSTEM + 20 * S + i * MS + i * 10, 1);
	assert_true(m.n < 10);
	assert_int_equal(clock_map_raw(&m, SYSTEM + 9 * S, RAW + 14 * S), RAW + 9 * S);
}

static void forgets_only_the_oldest(void **state)
{
	struct clock_map m;

	(void)state;
	clock_map_start(&m, RAW, SYSTEM, 0.0);
	for (int64_t i = 1; i <= 200; i++)
		clock_map_rate(&m, RAW + i * S, i % 2 ? 1e-3 : -1e-3);
	assert_int_equal(m.n, CLOCK_MAP_PIECES);
	for (int64_t i = 140; i < 200; i++) {
		int64_t at = RAW + i * S + S / 3;

		assert_true(llabs(clock_map_raw(&m, clock_map_system(&m, at), RAW + 200 * S) -
				    at) <= 1);
	}
}

static void splits_rates_into_tick_and_frequency(void **state)
{
	static const double rates[] = {0, 1e-9, -1e-9, 37.123456e-6, -499.9e-6, 500e-6, 501e-6,
		-777.7e-6, 0.0123, -0.0999, 0.1};
	int64_t tick, frequency;

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		clock_rate_split(rates[i], &tick, &frequency);
		assert_in_range(tick, 9000, 11000);
		assert_true(llabs(frequency) <= 500 * 65536);
		assert_true(
			fabs(clock_rate_of(tick, frequency) - rates[i]) <= 0.5e-6 / 65536 * 1.001);
		if (fabs(rates[i]) <= 500e-6)
			assert_int_equal(tick, 10000);
	}
	clock_rate_split(0.3, &tick, &frequency);
	assert_int_equal(tick, 11000);
	assert_int_equal(frequency, 0);
	clock_rate_split(-0.3, &tick, &frequency);
	assert_int_equal(tick, 9000);
	/* The sign and unit of adjtimex(2): 65536 is one part in a million, faster. */
	assert_true(fabs(clock_rate_of(10000, 65536) - 1e-6) < 1e-18);
	assert_true(fabs(clock_rate_of(10001, 0) - 100e-6) < 1e-18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_both_ways_across_slews),
		cmocka_unit_test(maps_across_a_forward_step),
		cmocka_unit_test(maps_across_a_backward_step),
		cmocka_unit_test(a_stamp_of_now_is_not_of_before_a_backward_step),
		cmocka_unit_test(a_stamp_just_after_now_is_near_now),
		cmocka_unit_test(observes_within_the_error),
		cmocka_unit_test(many_observations_keep_the_past),
		cmocka_unit_test(forgets_only_the_oldest),
		cmocka_unit_test(splits_rates_into_tick_and_frequency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
