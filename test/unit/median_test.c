/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter option: one sample of so many polls, the median.
 */
#include "config.h"

#include <math.h>

#include "test/unit/source_world.h"

#define A "192.0.2.1"

static void add(struct world *w, int filter)
{
	struct source_options o = source_options_default(SOURCE_SERVER);

	strcpy(o.name, A);
	o.filter = filter;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_OK);
	sources_start(w->sources);
}

static struct track_figures figures(struct world *w)
{
	struct track_figures f;

	track_get_figures(source_track(world_source(w, A)), &f);
	return f;
}

static void respond(struct world *w, double offset)
{
	world_respond(w, A, offset, 1e-3);
	world_run(w, 1);
}

static void section_2_2_median(void **state)
{
	struct world *w = *state;

	add(w, 3);
	respond(w, 0.001);
	respond(w, 0.5);
	assert_int_equal(figures(w).samples, 0);
	assert_int_equal(w->news, 0);
	respond(w, 0.002);
	assert_int_equal(figures(w).samples, 1);
	assert_int_equal(w->news, 1);
	assert_true(fabs(instant_diff_s(figures(w).last.offset_ns, 0) - 0.002) < 1e-6);
	/* The next three are others. */
	respond(w, 0.003);
	respond(w, 0.003);
	assert_int_equal(figures(w).samples, 1);
	respond(w, 0.003);
	assert_int_equal(figures(w).samples, 2);
}

/** A poll without an answer counts too. */
static void section_2_2_missing(void **state)
{
	struct world *w = *state;

	add(w, 4);
	respond(w, 0.001);
	world_ignore(w, A, 2);
	assert_int_equal(figures(w).samples, 0);
	respond(w, 0.001);
	assert_int_equal(figures(w).samples, 1);
	respond(w, 0.001);
	/* The round ends with a poll that gave nothing: what there is goes on with the next. */
	world_ignore(w, A, 3);
	assert_int_equal(figures(w).samples, 1);
	world_ignore(w, A, 1);
	assert_int_equal(figures(w).samples, 2);
	world_ignore(w, A, 9);
	assert_int_equal(figures(w).samples, 2);
}

static void test_forgotten(void **state)
{
	struct world *w = *state;

	add(w, 2);
	respond(w, 0.001);
	sources_reset(w->sources);
	respond(w, 0.002);
	assert_int_equal(figures(w).samples, 0);
	sources_shift(w->sources, INSTANT_S);
	respond(w, 0.002);
	assert_int_equal(figures(w).samples, 0);
	respond(w, 0.002);
	assert_int_equal(figures(w).samples, 1);
}

/** 0 and 1 are no filter. */
static void test_off(void **state)
{
	struct world *w = *state;

	add(w, 1);
	respond(w, 0.001);
	assert_int_equal(figures(w).samples, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_2_2_median),
		TEST(section_2_2_missing),
		TEST(test_forgotten),
		TEST(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
