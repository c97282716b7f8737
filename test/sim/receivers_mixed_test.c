/* SPDX-License-Identifier: BSD-2-Clause */
/* Worlds drawn from seeds keep all invariants with reference clocks too, honest and lying ones. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/sim/mixed.h"

#ifdef __SANITIZE_ADDRESS__
#define SEEDS 10
#else
#define SEEDS 50
#endif

static void seeds_keep_the_invariants(void **state)
{
	(void)state;
	assert_int_equal(mixed_soak(1, SEEDS, true), 0);
}

/** The oscillator's rate jumped between a pulse and the poll that found it; three readings agreed
 * by chance right after the start; a receiver that was known to lie answered first after a step;
 * the selection itself noticed that the machine had slept. */
static void bounds_that_were_too_small(void **state)
{
	static const uint64_t seeds[] = {90, 481, 1509, 1922};

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		assert_int_equal(mixed_soak(seeds[i], 1, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_that_were_too_small),
		cmocka_unit_test(seeds_keep_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
