/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of many sources never come close to each other.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/protocol/pace.h"

#define SEPARATION 200

static void section_1_1_together_becomes_apart(void **state)
{
	struct protocol_pace p = {0};
	struct pace_slot slots[6] = {{0}};

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_int_equal(pace_plan(&p, &slots[i], 1000, SEPARATION), 1000 + i * SEPARATION);
	/* What was sent keeps its distance too. */
	pace_due(&p, &slots[0], 1010);
	assert_int_equal(pace_plan(&p, &slots[0], 1020, 50), 1060);
	assert_int_equal(pace_plan(&p, &slots[0], 1000, 90), 1100);
	/* A gap between two plans is used only when it is wide enough. */
	assert_int_equal(pace_plan(&p, &slots[0], 1250, SEPARATION), 2200);
	pace_drop(&p, &slots[3]);
	pace_drop(&p, &slots[3]);
	assert_int_equal(pace_plan(&p, &slots[0], 1250, SEPARATION), 1600);
}

static void section_1_1_order_and_distance_hold(void **state)
{
	struct protocol_pace p = {0};
	struct pace_slot slots[40] = {{0}};

	(void)state;
	srand(4);
	for (int i = 0; i < 5000; i++) {
		struct pace_slot *s = &slots[rand() % 40];
		int64_t at = 100 + rand() % 20000, got;

		if (rand() % 8 == 0) {
			pace_drop(&p, s);
			continue;
		}
		got = pace_plan(&p, s, at, SEPARATION);
		assert_true(got >= at);
		assert_true(got <= at + 40 * 2 * SEPARATION);
		for (const struct pace_slot *x = p.first; x && x->next; x = x->next)
			assert_true(x->next->at - x->at >= SEPARATION);
	}
	for (int i = 0; i < 40; i++)
		pace_drop(&p, &slots[i]);
	assert_null(p.first);
}

static void section_1_1_separations(void **state)
{
	(void)state;
	assert_true(pace_separation(-7, 0) == 0.002);
	assert_true(pace_separation(0, 0) == 0.125);
	assert_true(pace_separation(10, 0) == 0.2);
	assert_true(pace_separation(10, 1) == 0.2 * 1.02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_1_1_together_becomes_apart),
		cmocka_unit_test(section_1_1_order_and_distance_hold),
		cmocka_unit_test(section_1_1_separations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
