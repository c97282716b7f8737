/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the discipline does when sources are lost, or cannot be followed.
 */
#include "config.h"

#include "test/unit/discipline_rig.h"

/* The rate deviates for a while and updates stop: the longer, the older the rate that is used. */
static void fallback_drifts_look_further_back(void **state)
{
	struct world *w = *state;
	double ahead = 0.001, before, dispersion;

	w->settings->fallbackdrift_min = 6;
	w->settings->fallbackdrift_max = 8;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, ahead, 100, 16);
	for (int i = 0; i < 10; i++) {
		ahead += 16 * 5e-6;
		hear(w, A, ahead, 1e-6 * (i % 3));
		world_run(w, 16);
	}
	before = tracking().frequency_ppm;
	assert_true(before < -3);
	assert_int_not_equal(tracking().leap, LEAP_UNSYNCHRONISED);
	/* 64 s after the last update; it was 16 s ago. */
	world_run(w, 47);
	assert_true(tracking().frequency_ppm == before);
	world_run(w, 2);
	assert_int_equal(tracking().leap, LEAP_UNSYNCHRONISED);
	assert_true(tracking().frequency_ppm > before);
	before = tracking().frequency_ppm;
	/* the log goes on with what was known, as chronyd's does */
	assert_true(rig.last.skew_ppm > 0 && rig.last.skew_ppm < 100);
	assert_true(rig.last.root_delay < 0.1 && rig.last.root_dispersion < 0.1);
	dispersion = rig.last.root_dispersion;
	world_run(w, 64);
	assert_true(rig.last.root_dispersion > dispersion && rig.last.root_dispersion < 0.1);
	assert_true(fabs(rig.last.max_error - rig.last.root_delay / 2 - rig.last.root_dispersion) <
		    1e-12);
	assert_true(tracking().frequency_ppm > before);
	before = tracking().frequency_ppm;
	world_run(w, 128);
	assert_true(tracking().frequency_ppm > before && tracking().frequency_ppm < 0);
	before = tracking().frequency_ppm;
	world_run(w, 1000);
	assert_true(tracking().frequency_ppm == before);
	/* News ends it. */
	hear(w, A, ahead, 0);
	world_run(w, 16);
	hear(w, A, ahead, 1e-6);
	world_run(w, 1);
	assert_int_not_equal(tracking().leap, LEAP_UNSYNCHRONISED);
}

static void section_5_2_losing_all_sources_keeps_the_reference(void **state)
{
	struct world *w = *state;
	double before;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	w->messages[0] = '\0';
	before = tracking().root_dispersion;
	for (int i = 0; i < 10; i++) {
		world_ignore(w, A, 1);
		world_run(w, 64);
	}
	world_logged(w, "1 Can't synchronise: no selectable sources (1 unreachable sources)\n");
	assert_int_equal(letter(w, A), 'S');
	assert_int_equal(tracking().stratum, 4);
	assert_true(tracking().root_dispersion > before + 600e-6);
	/* Back again: once told, once selected. */
	hear_many(w, A, 0, 1, 2);
	world_logged(w, "0 Selected source 192.0.2.1\n");
}

/* An orphan that does not know what it would be to others cannot tell who comes first. */
static void section_7_orphan_without_an_address(void **state)
{
	struct world *w = *state;

	w->settings->local = (struct settings_local){
		.on = true, .orphan = true, .stratum = 3, .distance = 1, .waitunsynced = 300};
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	w->messages[0] = '\0';
	hear_many(w, A, 0, 6, 2);
	assert_int_equal(letter(w, A), 'O');
	world_logged(w, "2 Unknown local refid in orphan mode\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fallback_drifts_look_further_back),
		TEST(section_5_2_losing_all_sources_keeps_the_reference),
		TEST(section_7_orphan_without_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
