/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a source's news to the clock: what is logged, published, reported and saved.
 */
#include "config.h"

#include "test/unit/discipline_rig.h"

static void at_start_nothing_is_claimed(void **state)
{
	struct world *w = *state;
	struct report_tracking t;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	t = tracking();
	assert_int_equal(t.refid, 0);
	assert_int_equal(t.address.family, ADDRESS_NONE);
	assert_int_equal(t.stratum, 0);
	assert_int_equal(t.leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(t.reference_time, 0);
	assert_true(t.root_delay == 1 && t.root_dispersion == 1);
	assert_true(t.correction == 0 && t.residual_ppm == 0 && t.skew_ppm == 0);
	/* The first line of tracking.log. */
	assert_int_equal(rig.unsynchronised, 1);
	assert_null(rig.last.source);
	assert_true(rig.last.max_error == 1.5 && rig.last.skew_ppm == 1e6);
}

static void smoothing_waits_for_a_quiet_clock(void **state)
{
	struct world *w = *state;
	struct report_smoothing s;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	assert_int_equal(discipline_report_smoothing(rig.d, &s), -ENOTSUP);
	assert_int_equal(discipline_set_smoothing(rig.d, true), -ENOTSUP);
	discipline_destroy(rig.d);
	rig.d = NULL;
	w->settings->smooth_frequency_ppm = 400;
	w->settings->smooth_wander_ppm = 0.001;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0.001, 3, 16);
	assert_int_equal(discipline_report_smoothing(rig.d, &s), 0);
	assert_false(s.active);
	assert_true(clock_smooth_offset(w->clock, 0) == 0);
	hear_many(w, A, 0.001, 20, 16);
	assert_non_null(strstr(w->messages, "Activated time smoothing\n"));
	/* Our time moves by a millisecond, that of clients does not. */
	hear_many(w, A, 0.002, 3, 16);
	assert_int_equal(discipline_report_smoothing(rig.d, &s), 0);
	assert_true(s.active && !s.leap_only);
	assert_true(fabs(s.offset) > 1e-4 && s.offset < 0 && s.remaining > 100);
	assert_int_equal(discipline_set_smoothing(rig.d, false), 0);
	assert_int_equal(discipline_report_smoothing(rig.d, &s), 0);
	assert_true(s.offset == 0 && s.remaining == 0);
	assert_non_null(strstr(w->messages, "Reset time smoothing\n"));
}

static void three_samples_make_a_reference(void **state)
{
	struct world *w = *state;
	struct report_tracking t;
	struct report_select s;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0.05, 2, 2);
	assert_int_equal(letter(w, A), 'M');
	assert_int_equal(rig.updates, 0);
	hear(w, A, 0.05, 0);
	world_logged(w, "0 Selected source 192.0.2.1\n");
	assert_int_equal(letter(w, A), '*');
	assert_int_equal(rig.updates, 1);
	t = tracking();
	assert_int_equal(t.stratum, 4);
	assert_int_equal(t.leap, LEAP_NONE);
	assert_int_equal(t.refid, 0xc0000201);
	assert_true(address_equal(&t.address, source_address(world_source(w, A))));
	/* chrony's signs: the clock was slow, so the last offset is negative and the correction,
	 * told as slow, positive. */
	assert_true(fabs(t.last_offset + 0.05) < 1e-5);
	assert_true(fabs(t.correction - 0.05) < 1e-5);
	assert_true(fabs(t.root_delay - 2e-3) < 1e-5);
	assert_true(t.root_dispersion > 2e-3 && t.root_dispersion < 4e-3);
	assert_true(t.reference_time > w->system - INSTANT_S &&
		    t.reference_time < w->system + INSTANT_S);
	/* It is gone within seconds. */
	world_run(w, 3);
	assert_true(fabs(truth_minus_system(w, 0.05)) < 1e-5);
	discipline_report_select(rig.d, world_source(w, A), &s);
	assert_int_equal(s.state, '*');
	assert_int_equal(s.leap, LEAP_NONE);
	assert_true(s.low < s.high && s.high - s.low < 0.02);
	/* Limits of true minus local: positive there means slow, here fast. */
	assert_true(s.low < -0.05 && s.high > -0.05);
}

static void a_known_slow_clock_shows_the_right_signs(void **state)
{
	struct world *w = *state;
	struct report_tracking t;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	/* 1 ms and 5 ppm slow. */
	for (int i = 0; i < 40; i++) {
		double ahead = 1e-3 + 5e-6 * (double)(w->raw - 1000 * INSTANT_S) * 1e-9;

		hear(w, A, ahead, 1e-7 * (i % 3));
		world_run(w, 16);
	}
	t = tracking();
	assert_true(fabs(t.frequency_ppm + 5) < 0.01);
	assert_true(fabs(rig.last.frequency_ppm + 5) < 0.01);
	assert_true(fabs(clock_get_model(w->clock)->rate - 5e-6) < 1e-8);
	assert_true(fabs(clock_rate_of(rig.timex.tick_us, rig.timex.frequency) - 5e-6) < 1e-7);
	assert_true(t.skew_ppm > 0 && t.skew_ppm < 1);
	assert_true(fabs(t.update_interval - 16) < 1e-6);
}

static void steps_as_configured(void **state)
{
	struct world *w = *state;

	w->settings->makestep_threshold = 1;
	w->settings->makestep_limit = 3;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, -7200.5, 2, 2);
	hear(w, A, -7200.5, 0);
	assert_non_null(strstr(w->messages, "1 System clock wrong by -7200.500"));
	assert_non_null(strstr(w->messages, "1 System clock was stepped by -7200.500"));
	assert_true(fabs(truth_minus_system(w, -7200.5)) < 1e-5);
	/* Our own step is no disturbance, and the samples from before it still count. */
	world_run(w, 2);
	hear(w, A, -7200.5, 0);
	assert_null(strstr(w->messages, "jump"));
	assert_int_equal(rig.updates, 2);
	assert_true(fabs(tracking().last_offset) < 1e-5);
}

static void a_refused_step_becomes_a_slew(void **state)
{
	struct world *w = *state;

	w->settings->makestep_threshold = 1;
	w->settings->makestep_limit = -1;
	rig.refuse_step = true;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 2, 2, 2);
	hear(w, A, 2, 0);
	assert_non_null(strstr(w->messages, "2 Could not step system clock\n"));
	world_run(w, 12);
	assert_true(fabs(truth_minus_system(w, 2) - 1) < 0.01);
	assert_int_equal(discipline_makestep(rig.d), -EPERM);
}

static void without_control_only_the_estimate_moves(void **state)
{
	struct world *w = *state;

	w->settings->makestep_threshold = 1;
	w->settings->makestep_limit = -1;
	w->settings->rtcsync = true;
	begin(w, &clock_driver_none, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 5, 4, 2);
	assert_true(truth_minus_system(w, 5) == 5);
	assert_int_equal(rig.timex.frequency, 0);
	assert_int_equal(rig.timex.status, 0);
	assert_true(fabs(tracking().correction - 5) < 1e-5);
	assert_int_equal(tracking().stratum, 4);
	assert_null(strstr(w->messages, "step"));
	assert_int_equal(discipline_makestep(rig.d), -EPERM);
	assert_non_null(strstr(w->messages, "2 Could not step system clock\n"));
}

/* Others move the clock, and a source says for as long as it takes that we are off: with maxchange,
 * that ends the daemon. */
static void ends_by_change(struct world *w, int64_t moved, double ahead, const char *told)
{
	int status = -1;

	w->settings->maxchange_on = true;
	w->settings->maxchange_offset = w->settings->maxchange_start = 1;
	w->settings->maxchange_ignore = 1;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 8, 16);
	w->system += moved * INSTANT_S;
	for (int i = 0; i < 12 && !loop_stopped(w->loop, &status); i++) {
		world_run(w, 16);
		hear(w, A, ahead, 0);
	}
	assert_int_equal(status, 1);
	assert_non_null(strstr(w->messages, told));
	assert_non_null(strstr(w->messages, "maximum of 1.000 seconds (ignored) \n"));
	assert_non_null(strstr(w->messages, "maximum of 1.000 seconds (exiting) \n"));
	assert_true(fabs(truth_minus_system(w, 0) + (double)moved) < 1e-4);
}

static void a_large_change_ends_the_daemon(void **state)
{
	ends_by_change(*state, 0, 5, "1 Adjustment of 5.000 seconds exceeds the allowed ");
}

static void a_large_change_by_others_ends_the_daemon(void **state)
{
	ends_by_change(*state, 2, 0, "1 Adjustment of -2.000 seconds exceeds the allowed ");
}

static void section_5_2_two_that_differ_unsynchronise(void **state)
{
	struct world *w = *state;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	assert_int_equal(tracking().stratum, 4);
	w->messages[0] = '\0';
	add(w, B);
	for (int i = 0; i < 4; i++) {
		hear(w, A, 0, 0);
		hear(w, B, 0.5, 0);
		world_run(w, 2);
	}
	world_logged(w, "1 Can't synchronise: no majority (no agreement among 2 sources)\n");
	assert_int_equal(letter(w, A), 'x');
	assert_int_equal(letter(w, B), 'x');
	assert_int_equal(tracking().stratum, 0);
	assert_int_equal(tracking().leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(rig.unsynchronised, 2);
	/* A third one settles it. */
	add(w, C);
	for (int i = 0; i < 5; i++) {
		hear(w, A, 0, 0);
		hear(w, B, 0.5, 0);
		hear(w, C, 0, 0);
		world_run(w, 2);
	}
	assert_int_equal(letter(w, B), 'x');
	assert_non_null(strstr(w->messages, "0 Selected source 192.0.2."));
	assert_non_null(strstr(w->messages, "1 Detected falseticker 192.0.2.2\n"));
	assert_int_equal(tracking().stratum, 4);
}

static void section_4_trouble_is_told_once(void **state)
{
	struct world *w = *state;

	w->settings->maxdistance = 1e-3;
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 5, 2);
	world_logged(w, "");
	assert_int_equal(letter(w, A), 'd');
	hear_many(w, A, 0, 8, 2);
	world_logged(w, "1 Root distance of 192.0.2.1 exceeds maxdistance of 0.001 seconds\n"
			"1 Can't synchronise: no selectable sources\n");
}

static void the_drift_file_is_read_and_written(void **state)
{
	struct world *w = *state;

	snprintf(w->settings->driftfile, sizeof(w->settings->driftfile), DRIFT);
	world_write(w, DRIFT, "  -5.5  0.25\n", 13, false);
	sources_destroy(w->sources);
	clock_destroy(w->clock);
	assert_int_equal(
		clock_create(&w->kernel, w->loop, &clock_driver_linux, &w->log, &w->clock), 0);
	w->env.clock = w->clock;
	world_registry(w);
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &rig.d),
		0);
	discipline_start(rig.d);
	world_logged(w, "0 Frequency -5.500 +/- 0.250 ppm read from " DRIFT "\n");
	/* The system clock loses 5.5 ppm, so it is made to run faster from now on. */
	assert_true(fabs(clock_rate_of(rig.timex.tick_us, rig.timex.frequency) - 5.5e-6) < 1e-10);
	assert_true(fabs(tracking().frequency_ppm + 5.5) < 1e-9);
	sources_start(w->sources);
	w->settings->drift_interval = 100;
	add(w, A);
	for (int i = 0; i < 20; i++) {
		hear(w, A, 5.5e-6 * (double)(w->raw - 1000 * INSTANT_S) * 1e-9, 0);
		world_run(w, 16);
	}
	assert_int_equal(world_file(w, DRIFT)->n, 42);
	assert_memory_equal(world_file(w, DRIFT)->p, "           -5.", 13);
	world_write(w, DRIFT, "x", 1, false);
	discipline_destroy(rig.d);
	rig.d = NULL;
	assert_int_equal(world_file(w, DRIFT)->n, 42);
}

static void a_bad_drift_file_is_told(void **state)
{
	struct world *w = *state;

	snprintf(w->settings->driftfile, sizeof(w->settings->driftfile), DRIFT);
	world_write(w, DRIFT, "garbage\n", 8, false);
	clock_rate_split(3e-6, &rig.timex.tick_us, &rig.timex.frequency);
	clock_destroy(w->clock);
	assert_int_equal(
		clock_create(&w->kernel, w->loop, &clock_driver_linux, &w->log, &w->clock), 0);
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &rig.d),
		0);
	discipline_start(rig.d);
	/* What the kernel was doing goes on; nothing is overwritten before something is known. */
	world_logged(w, "1 Could not read valid frequency and skew from driftfile " DRIFT "\n"
			"0 Initial frequency -3.000 ppm\n");
	discipline_destroy(rig.d);
	rig.d = NULL;
	assert_int_equal(world_file(w, DRIFT)->n, 8);
}

static void a_foreign_jump_starts_anew(void **state)
{
	struct world *w = *state;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	w->messages[0] = '\0';
	w->system += 100 * INSTANT_S;
	world_run(w, 1);
	(void)clock_now(w->clock);
	world_run(w, 1);
	assert_non_null(strstr(w->messages, "1 Forward time jump detected!\n"));
	assert_int_equal(tracking().stratum, 0);
	assert_true(fabs(tracking().correction) < 1e-6);
	assert_int_equal(letter(w, A), 'M');
	/* A smaller one is taken back as soon as a source tells. */
	hear_many(w, A, 100, 4, 2);
	assert_int_equal(tracking().stratum, 4);
	w->system += 2 * INSTANT_S;
	world_run(w, 1);
	(void)clock_now(w->clock);
	world_run(w, 1);
	assert_int_equal(tracking().stratum, 4);
	assert_true(fabs(tracking().correction + 2) < 1e-3);
}

static void local_is_given_out_when_nothing_else_is(void **state)
{
	struct world *w = *state;
	struct report_tracking t;

	w->settings->local = (struct settings_local){.on = true, .stratum = 10, .distance = 0.5};
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	t = tracking();
	assert_int_equal(t.refid, 0x7f7f0101);
	assert_int_equal(t.stratum, 10);
	assert_int_equal(t.leap, LEAP_NONE);
	assert_true(t.root_delay == 0 && t.root_dispersion == 0);
	world_run(w, 1000);
	t = tracking();
	assert_true(w->system - t.reference_time <= 66 * INSTANT_S);
	assert_true(w->system - t.reference_time >= INSTANT_S);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	assert_int_equal(tracking().stratum, 4);
	/* When the source falls silent, local takes over at its distance: 0.5 s at about 1 ppm and
	 * what is not known of the frequency. */
	for (int i = 0; i < 2000 && tracking().stratum == 4; i++) {
		assert_true(tracking().root_dispersion + 1e-3 <= 0.51);
		world_run(w, 1000);
	}
	assert_int_equal(tracking().stratum, 10);
}

static void local_may_have_to_wait(void **state)
{
	struct world *w = *state;

	w->settings->local = (struct settings_local){
		.on = true, .stratum = 8, .distance = 1e-9, .waitunsynced = 300, .waitsynced = 50};
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	world_run(w, 299);
	assert_int_equal(tracking().stratum, 0);
	world_run(w, 2);
	assert_int_equal(tracking().stratum, 8);
	add(w, A);
	hear_many(w, A, 0, 3, 2);
	/* The distance is exceeded at once, but an update is not to be hidden that soon. */
	world_run(w, 40);
	assert_int_equal(tracking().stratum, 4);
	world_run(w, 20);
	assert_int_equal(tracking().stratum, 8);
}

static void local_may_wait_for_a_first_lock(void **state)
{
	struct world *w = *state;

	w->settings->local = (struct settings_local){
		.on = true, .stratum = 8, .distance = 0.004, .activate = 0.1};
	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	world_run(w, 5000);
	assert_int_equal(tracking().stratum, 0);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	assert_int_equal(tracking().stratum, 4);
	world_run(w, 5000);
	assert_int_equal(tracking().stratum, 8);
	discipline_set_local(rig.d, false, 8, 1, false, 0, 0, 0);
	assert_non_null(strstr(w->messages, "0 Disabled local reference mode\n"));
	assert_int_equal(tracking().stratum, 4);
	discipline_set_local(rig.d, true, 5, 0.001, false, 0, 0, 0);
	assert_non_null(strstr(w->messages, "0 Enabled local reference mode\n"));
	assert_int_equal(tracking().stratum, 5);
}

static void section_15_once_steps_and_ends(void **state)
{
	struct world *w = *state;
	int status = -1;

	begin(w, &clock_driver_linux, DISCIPLINE_STEP_ONCE);
	add(w, A);
	hear_many(w, A, 0.25, 2, 2);
	assert_false(loop_stopped(w->loop, &status));
	hear(w, A, 0.25, 0);
	assert_true(loop_stopped(w->loop, &status));
	assert_int_equal(status, 0);
	assert_non_null(strstr(w->messages, "0 System clock wrong by 0.25000"));
	assert_non_null(strstr(w->messages, " seconds (step)\n"));
	assert_null(strstr(w->messages, "Selected"));
	assert_true(fabs(truth_minus_system(w, 0.25)) < 1e-5);
}

static void once_only_tells(void **state)
{
	struct world *w = *state;
	int status = -1;

	begin(w, &clock_driver_none, DISCIPLINE_PRINT_ONCE);
	add(w, A);
	hear_many(w, A, -0.25, 2, 2);
	hear(w, A, -0.25, 0);
	assert_true(loop_stopped(w->loop, &status));
	assert_int_equal(status, 0);
	assert_non_null(strstr(w->messages, "0 System clock wrong by -0.2500"));
	assert_non_null(strstr(w->messages, " seconds (ignored)\n"));
	assert_true(truth_minus_system(w, -0.25) == -0.25);
}

static void copies_stratum_and_refid(void **state)
{
	struct source_options o = source_options_default(SOURCE_SERVER);
	struct world *w = *state;
	uint32_t own;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	strcpy(o.name, A);
	o.copy = true;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_OK);
	hear_many(w, A, 0, 4, 2);
	own = source_refid(world_source(w, A));
	assert_int_equal(tracking().stratum, 3);
	assert_int_equal(tracking().refid, world_sample(w, 0, 0).refid);
	assert_int_not_equal(tracking().refid, own);
}

static void section_15_once_without_sources_fails(void **state)
{
	struct world *w = *state;
	int status = -1;

	begin(w, &clock_driver_linux, DISCIPLINE_STEP_ONCE);
	for (int i = 0; i < 20 && !loop_stopped(w->loop, &status); i++)
		assert_int_equal(loop_turn(w->loop), 0);
	assert_int_equal(status, 1);
	world_logged(w, "1 No suitable source for synchronisation\n");
}

static void commands(void **state)
{
	struct world *w = *state;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	discipline_set_makestep(rig.d, 3, 0.5);
	discipline_set_maxupdateskew(rig.d, 100);
	discipline_set_reselectdist(rig.d, 0.001);
	discipline_adjust_frequency(rig.d, 5);
	assert_int_equal(discipline_adjust_offset(rig.d, -0.05), 0);
	assert_int_equal(discipline_adjust_offset(rig.d, NAN), -EINVAL);
	assert_int_equal(discipline_adjust_offset(rig.d, 1e12), -EINVAL);
	world_logged(w, "0 New makestep 0.500000 3\n"
			"0 New maxupdateskew 100.000000 ppm\n"
			"0 New reselect distance 0.001000\n"
			"0 Accumulated delta freq of 5.000ppm\n"
			"0 Accumulated delta offset of -0.050000 seconds\n");
	assert_true(fabs(tracking().frequency_ppm - 5) < 1e-9);
	assert_true(fabs(tracking().correction - 0.05) < 1e-6);
	assert_int_equal(discipline_makestep(rig.d), 0);
	world_logged(w, "1 System clock was stepped by 0.050000 seconds\n");
	discipline_reselect(rig.d);
}

/* Neither one offset nor many together leave what an instant can say. */
static void offsets_stay_in_range(void **state)
{
	struct world *w = *state;
	int refused = 0;

	begin(w, &clock_driver_none, DISCIPLINE_NORMAL);
	assert_int_equal(discipline_adjust_offset(rig.d, 2.2e9), -EINVAL);
	for (int i = 0; i < 10; i++)
		refused += discipline_adjust_offset(rig.d, -2e9) < 0;
	/* 2026 and three times 63 years are before 2262. */
	assert_int_equal(refused, 7);
	assert_true(tracking().correction > 5.9e9 && tracking().correction < 6.1e9);
	refused = 0;
	for (int i = 0; i < 10; i++)
		refused += discipline_adjust_offset(rig.d, 2e9) < 0;
	assert_int_equal(refused, 7);
	assert_true(fabs(tracking().correction) < 2.0e9);
}

static void reselection_needs_no_news(void **state)
{
	struct world *w = *state;

	begin(w, &clock_driver_linux, DISCIPLINE_NORMAL);
	add(w, A);
	hear_many(w, A, 0, 4, 2);
	discipline_reselect(rig.d);
	assert_int_equal(letter(w, A), '*');
	assert_int_equal(tracking().stratum, 4);
	/* A source that is taken away while it is selected. */
	w->messages[0] = '\0';
	assert_int_equal(sources_remove(w->sources,
				 &(struct address){.family = ADDRESS_IP4, .ip = {192, 0, 2, 1}}),
		SOURCES_OK);
	assert_non_null(strstr(w->messages, "1 Can't synchronise: no sources\n"));
	assert_int_equal(tracking().stratum, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(at_start_nothing_is_claimed),
		TEST(smoothing_waits_for_a_quiet_clock),
		TEST(three_samples_make_a_reference),
		TEST(a_known_slow_clock_shows_the_right_signs),
		TEST(steps_as_configured),
		TEST(a_refused_step_becomes_a_slew),
		TEST(without_control_only_the_estimate_moves),
		TEST(a_large_change_ends_the_daemon),
		TEST(a_large_change_by_others_ends_the_daemon),
		TEST(section_5_2_two_that_differ_unsynchronise),
		TEST(section_4_trouble_is_told_once),
		TEST(the_drift_file_is_read_and_written),
		TEST(a_bad_drift_file_is_told),
		TEST(a_foreign_jump_starts_anew),
		TEST(local_is_given_out_when_nothing_else_is),
		TEST(local_may_have_to_wait),
		TEST(local_may_wait_for_a_first_lock),
		TEST(section_15_once_steps_and_ends),
		TEST(once_only_tells),
		TEST(section_15_once_without_sources_fails),
		TEST(copies_stratum_and_refid),
		TEST(commands),
		TEST(offsets_stay_in_range),
		TEST(reselection_needs_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
