/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock on a kernel whose oscillator, granularity and manners the test chooses. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/rate.h"
#include "daemon/clock/served.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"

extern const struct clock_driver clock_driver_linux, clock_driver_none;

#define START (INT64_C(1795424846) * INSTANT_S)

/* The machine: true time is raw time times (1 + truth_rate). */
struct machine {
	struct kernel kernel;
	int64_t raw, system;
	double part; /* ns of system time not yet whole */
	struct kernel_timex timex;
	unsigned calls, steps;
	int64_t late; /* ns by which waits end late */
	bool refuse_step, refuse_rate;
	char file[600];
	size_t file_n;
	const char *file_name; /* "/drift" */
	bool file_exists;
	char messages[2048];
	struct log log;
	struct loop *loop;
	struct clock *clock;
	struct loop_timer end;
	bool ended;
	double disturbed;
	unsigned disturbances;
};

static struct machine *of(struct kernel *k)
{
	return (struct machine *)(void *)k;
}

static void pass(struct machine *m, int64_t ns)
{
	double gain = (double)ns * clock_rate_of(m->timex.tick_us, m->timex.frequency) + m->part;
	int64_t whole = (int64_t)floor(gain);

	m->raw += ns;
	m->system += ns + whole;
	m->part = gain - (double)whole;
}

static void machine_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	*ret = (struct kernel_clocks){.raw_ns = of(k)->raw, .system_ns = of(k)->system};
}

static int64_t machine_system(struct kernel *k)
{
	return of(k)->system;
}

static int machine_timex(struct kernel *k, struct kernel_timex *io)
{
	struct kernel_timex *t = &of(k)->timex;

	of(k)->calls++;
	if (io->modes != 0 && of(k)->refuse_rate)
		return -EPERM;
	if (io->modes & KERNEL_TIMEX_FREQUENCY)
		t->frequency = io->frequency;
	if (io->modes & KERNEL_TIMEX_TICK)
		t->tick_us = io->tick_us;
	if (io->modes & KERNEL_TIMEX_STATUS)
		t->status = io->status;
	if (io->modes & KERNEL_TIMEX_MAXERROR)
		t->maxerror_us = io->maxerror_us;
	if (io->modes & KERNEL_TIMEX_ESTERROR)
		t->esterror_us = io->esterror_us;
	*io = *t;
	return 0;
}

static int machine_step(struct kernel *k, int64_t delta_ns)
{
	if (of(k)->refuse_step)
		return -EPERM;
	of(k)->system += delta_ns;
	of(k)->steps++;
	return 0;
}

static int machine_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	(void)w;
	(void)n;
	assert_true(timeout_ns >= 0);
	pass(of(k), timeout_ns > 0 ? timeout_ns + of(k)->late : 0);
	return 0;
}

static int machine_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	assert_string_equal(path, of(k)->file_name ? of(k)->file_name : "/drift");
	if (!of(k)->file_exists)
		return -ENOENT;
	if (of(k)->file_n > room)
		return -EFBIG;
	memcpy(p, of(k)->file, of(k)->file_n);
	*ret_n = of(k)->file_n;
	return 0;
}

static int machine_save(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	assert_string_equal(path, of(k)->file_name ? of(k)->file_name : "/drift");
	assert_int_equal(mode, 0644);
	assert_true(content.n < sizeof(of(k)->file));
	memcpy(of(k)->file, content.p, content.n);
	of(k)->file_n = content.n;
	of(k)->file[content.n] = '\0';
	of(k)->file_exists = true;
	return 0;
}

static const struct kernel_ops ops = {
	.clocks = machine_clocks,
	.system = machine_system,
	.timex = machine_timex,
	.step = machine_step,
	.wait = machine_wait,
	.file_load = machine_load,
	.file_save = machine_save,
};

static void machine_log(void *arg, enum log_priority priority, const char *message)
{
	struct machine *m = arg;
	size_t n = strlen(m->messages);

	(void)priority;
	snprintf(m->messages + n, sizeof(m->messages) - n, "%s\n", message);
}

static void ended(void *arg)
{
	((struct machine *)arg)->ended = true;
}

static void run(struct machine *m, double seconds)
{
	m->ended = false;
	loop_timer_in(m->loop, &m->end, seconds);
	while (!m->ended)
		assert_int_equal(loop_turn(m->loop), 0);
}

static void disturbed(void *arg, double offset_s)
{
	struct machine *m = arg;

	m->disturbed = offset_s;
	m->disturbances++;
}

static struct machine *machine(const struct clock_driver *driver, double rate_in_force)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->kernel.ops = &ops;
	m->raw = 1000 * INSTANT_S;
	m->system = START;
	clock_rate_split(rate_in_force, &m->timex.tick_us, &m->timex.frequency);
	m->log = (struct log){.write = machine_log, .arg = m};
	m->loop = loop_create(&m->kernel);
	assert_non_null(m->loop);
	assert_int_equal(clock_create(&m->kernel, m->loop, driver, &m->log, &m->clock), 0);
	clock_on_disturbance(m->clock, disturbed, m);
	assert_int_equal(loop_timer_init(m->loop, &m->end, ended, m), 0);
	return m;
}

static void scrap(struct machine *m)
{
	clock_destroy(m->clock);
	loop_timer_done(m->loop, &m->end);
	loop_destroy(m->loop);
	free(m);
}

/* True time is offset ahead of the system clock now, and gains rate on the oscillator. */
static void tell(struct machine *m, double offset, double rate)
{
	struct clock_now now = clock_now(m->clock);
	struct clock_model model = {
		.osc = now.osc,
		.offset_ns = now.system - now.osc + instant_ns(offset),
		.rate = rate,
	};

	clock_set_model(m->clock, &model);
}

static void starts_with_what_is_in_force(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 25e-6);
	struct clock_now now = clock_now(m->clock);

	(void)state;
	assert_int_equal(now.osc, START);
	assert_int_equal(now.system, START);
	assert_int_equal(now.truth, START);
	assert_true(fabs(clock_base_rate(m->clock) - 25e-6) < 1e-11);
	assert_true(fabs(clock_get_model(m->clock)->rate - 25e-6) < 1e-11);
	assert_true(clock_get_model(m->clock)->rate_sd > 1e-4);
	assert_false(clock_has_model(m->clock));
	/* Without an estimate, true time is what the system clock says, however it runs. */
	run(m, 1000);
	now = clock_now(m->clock);
	assert_int_equal(now.truth, now.system);
	assert_true(llabs(clock_model_offset(m->clock, now.osc) - (now.system - now.osc)) <= 1);
	assert_true(llabs(now.system - now.osc - 25 * 1000000) <= 10);
	scrap(m);
}

static void a_slew_ends_exactly(void **state)
{
	static const double offsets[] = {0.1, -0.1, 1e-3, 1.2345e-5, -3e-8};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct machine *m = machine(&clock_driver_linux, 0);

		tell(m, offsets[i], 12.3456e-6);
		clock_slew(m->clock, 10, 0.08);
		run(m, 9.5);
		assert_true(fabs(clock_correction(m->clock)) > fabs(offsets[i]) * 0.04 - 2e-9);
		assert_true(fabs(clock_correction(m->clock)) < fabs(offsets[i]) * 0.06 + 2e-9);
		run(m, 1);
		assert_true(fabs(clock_correction(m->clock)) < 4e-9);
		assert_true(fabs(clock_rate_of(m->timex.tick_us, m->timex.frequency) - 12.3456e-6) <
			    1e-11);
		run(m, 1000);
		assert_true(fabs(clock_correction(m->clock)) < 20e-9);
		assert_int_equal(m->disturbances, 0);
		scrap(m);
	}
}

static void a_slew_obeys_its_limit(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	tell(m, 1.0, 0);
	clock_slew(m->clock, 1, 1e-3);
	run(m, 500);
	assert_true(fabs(clock_correction(m->clock) - 0.5) < 1e-6);
	run(m, 501);
	assert_true(fabs(clock_correction(m->clock)) < 1e-8);
	/* More than the driver can do is cut to what it can, the base rate included. */
	tell(m, -1.0, 0.01);
	clock_slew(m->clock, 1, 1.0);
	assert_true(clock_rate_of(m->timex.tick_us, m->timex.frequency) >= -0.1);
	run(m, 13);
	assert_true(fabs(clock_correction(m->clock)) < 1e-7);
	scrap(m);
}

static void a_late_timer_is_made_good(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	m->late = INSTANT_S / 50;
	tell(m, 0.05, 0);
	clock_slew(m->clock, 1, 0.08);
	run(m, 10);
	assert_true(fabs(clock_correction(m->clock)) < 1.1e-6);
	scrap(m);
}

static void stamps_are_mapped_across_steering(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	int64_t stamp[40], osc[40];

	(void)state;
	tell(m, 0.3, 5e-6);
	for (int i = 0; i < 40; i++) {
		if (i == 5)
			clock_slew(m->clock, 5, 0.08);
		if (i == 20) {
			tell(m, -7.5, 5e-6);
			assert_int_equal(clock_step(m->clock), 0);
		}
		osc[i] = clock_now(m->clock).osc;
		stamp[i] = m->system;
		run(m, 0.4);
	}
	/* In the first 7.5 s after the step back, a stamp from before it is ambiguous; the later is
	 * meant. What is read in time is right. */
	for (int i = 0; i < 40; i++) {
		int64_t got = clock_osc_from_system(m->clock, stamp[i]);

		if (i < 2 || i >= 20)
			assert_true(llabs(got - osc[i]) <= 2);
	}
	assert_int_equal(m->steps, 1);
	assert_true(llabs(clock_true_from_system(m->clock, stamp[39]) - stamp[39]) < 200);
	scrap(m);
}

/* The line says what the map and the model say, while the clock is left alone. */
static void the_line_is_the_map(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 20e-6);
	struct served_line line;
	struct served served;

	(void)state;
	run(m, 100);
	for (int i = 0; i < 3; i++) {
		int64_t begun = clock_now(m->clock).system;

		if (i == 1)
			tell(m, 0.01, 30e-6);
		if (i == 2)
			clock_slew(m->clock, 200, 1e-3);
		run(m, 5);
		served_now(m->clock, false, &served, &line);
		assert_true(i < 2 || llabs(line.since - begun) < 10);
		for (int64_t ms = -4000; ms <= 1000; ms += 100) {
			int64_t at = m->system + ms * 1000000;

			if (ms > 0)
				assert_true(llabs(served_by_line(&line, at) -
						    served_by_line(&line, at - 1000000) - 1000000) <
					    1100);
			else
				assert_true(llabs(served_by_line(&line, at) -
						    served_from_system(m->clock, at)) <= 1);
		}
	}
	scrap(m);
}

static void steps_by_the_correction(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	tell(m, -1234.5, 3e-6);
	assert_int_equal(clock_step(m->clock), 0);
	assert_int_equal(m->system, START - INT64_C(1234500000000));
	assert_true(fabs(clock_correction(m->clock)) < 2e-9);
	assert_true(fabs(clock_base_rate(m->clock) - 3e-6) < 1e-12);
	assert_int_equal(m->disturbances, 0);
	assert_string_equal(m->messages, "");
	m->refuse_step = true;
	tell(m, 1, 0);
	assert_int_equal(clock_step(m->clock), -EPERM);
	assert_true(fabs(clock_correction(m->clock) - 1) < 1e-9);
	scrap(m);
}

/* A clock that starts in 1970 is 1.7e9 s off: nothing may be lost on the way. */
static void starts_in_1970(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	m->system -= START;
	clock_forget_offset(m->clock);
	(void)clock_now(m->clock);
	tell(m, 1795424846.25, 0);
	assert_int_equal(clock_step(m->clock), 0);
	assert_int_equal(m->system, START + INSTANT_S / 4);
	scrap(m);
}

static void foreign_steps_are_told(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	struct clock_now before, after;

	(void)state;
	tell(m, 0, 0);
	before = clock_now(m->clock);
	m->system += 3 * INSTANT_S;
	run(m, 1);
	after = clock_now(m->clock);
	assert_int_equal(m->disturbances, 1);
	assert_true(fabs(m->disturbed - 3) < 1e-6);
	assert_string_equal(
		m->messages, "System clock was stepped by others by 3.000000 seconds\n");
	/* Our idea of true time did not move, so what they did is there to be corrected. */
	assert_int_equal(after.truth - before.truth, INSTANT_S);
	assert_true(fabs(clock_correction(m->clock) + 3) < 1e-6);
	assert_int_equal(m->disturbances, 1);
	m->messages[0] = '\0';
	m->system -= 100 * INSTANT_S;
	(void)clock_now(m->clock);
	m->system += 100 * INSTANT_S;
	(void)clock_now(m->clock);
	assert_string_equal(
		m->messages, "Backward time jump detected!\nForward time jump detected!\n");
	assert_int_equal(m->disturbances, 3);
	scrap(m);
}

static void small_foreign_slews_are_followed(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	int64_t osc, stamp;

	(void)state;
	tell(m, 0, 0);
	run(m, 10);
	m->system += 20000;
	osc = clock_now(m->clock).osc;
	stamp = m->system;
	assert_true(llabs(clock_osc_from_system(m->clock, stamp) - osc) <= 2);
	assert_string_equal(m->messages, "");
	/* Milliseconds tell of another program that steers. It is said once. */
	m->system += 5000000;
	run(m, 1);
	(void)clock_now(m->clock);
	m->system += 5000000;
	(void)clock_now(m->clock);
	assert_string_equal(
		m->messages, "System clock interference detected (another NTP client?)\n");
	assert_int_equal(m->disturbances, 0);
	assert_true(fabs(clock_correction(m->clock) + 0.01002) < 1e-7);
	scrap(m);
}

static void without_control_nothing_is_touched(void **state)
{
	struct machine *m = machine(&clock_driver_none, 40e-6);
	struct kernel_timex before = m->timex;
	struct clock_reference r = {.synchronised = true, .leap = LEAP_NONE, .stratum = 2};

	(void)state;
	assert_false(clock_controls(m->clock));
	tell(m, 0.5, 10e-6);
	clock_slew(m->clock, 1, 0.08);
	assert_int_equal(clock_step(m->clock), -EPERM);
	clock_set_rtcsync(m->clock, true);
	clock_set_reference(m->clock, &r);
	clock_set_prior_rate(m->clock, 1e-4, 1e-6);
	assert_memory_equal(&before, &m->timex, sizeof(before));
	assert_int_equal(m->system, START);
	/* Somebody else steers: the map follows, and true time stays what it is. */
	m->timex.frequency += 100 * 65536;
	tell(m, 0.5, 0);
	run(m, 100);
	assert_true(fabs(clock_correction(m->clock) - (0.5 - 100 * 140e-6)) < 1e-6);
	assert_true(fabs(clock_base_rate(m->clock) - 140e-6) < 1e-10);
	assert_int_equal(m->disturbances, 0);
	scrap(m);
}

static void the_kernel_is_told_the_state(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	struct clock_reference r = {.synchronised = true,
		.leap = LEAP_NONE,
		.stratum = 3,
		.refid = 0x01020304,
		.osc = clock_now(m->clock).osc,
		.root_delay = 0.02,
		.root_dispersion = 0.005,
		.dispersion_rate = 1e-6};

	(void)state;
	assert_int_equal(clock_get_reference(m->clock)->stratum, 16);
	assert_int_equal(clock_get_reference(m->clock)->leap, LEAP_UNSYNCHRONISED);
	assert_false(clock_get_reference(m->clock)->synchronised);
	clock_set_reference(m->clock, &r);
	assert_int_equal(m->timex.status, KERNEL_STATUS_UNSYNC);
	assert_int_equal(m->timex.maxerror_us, 15000);
	clock_set_rtcsync(m->clock, true);
	clock_set_reference(m->clock, &r);
	assert_int_equal(m->timex.status, 0);
	r.root_dispersion = 20;
	clock_set_reference(m->clock, &r);
	assert_int_equal(m->timex.status, KERNEL_STATUS_UNSYNC);
	assert_int_equal(m->timex.maxerror_us, 16000000);
	r.root_dispersion = 0.005;
	r.refid = REFID_LOCAL;
	clock_set_reference(m->clock, &r);
	assert_int_equal(m->timex.status, KERNEL_STATUS_UNSYNC);
	run(m, 1000);
	assert_true(fabs(clock_root_dispersion(m->clock, clock_now(m->clock).osc) - 0.006) < 1e-9);
	scrap(m);
}

static void write_drift(struct machine *m, const char *content)
{
	m->file_n = strlen(content);
	m->file_exists = true;
	memcpy(m->file, content, m->file_n);
}

static void the_wander_has_its_own_file(void **state)
{
	static const char *const bad[] = {
		"", "\n", "x\n", "-1e-9\n", "0\n", "1\n", "nan\n", "1e-9 1e-9\n", "1e-20\n"};
	struct machine *m = machine(&clock_driver_linux, 0);
	double wander = 7;
	char longest[2100];

	(void)state;
	m->file_name = "/drift.wander";
	assert_int_equal(clock_wander_load(m->clock, "/drift", &wander), -ENOENT);
	assert_int_equal(clock_wander_save(m->clock, "/drift", 1.234e-9), 0);
	assert_string_equal(m->file, "1.234e-09\n");
	assert_int_equal(clock_wander_load(m->clock, "/drift", &wander), 0);
	assert_true(fabs(wander - 1.234e-9) < 1e-15);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_drift(m, bad[i]);
		assert_int_equal(clock_wander_load(m->clock, "/drift", &wander), -EINVAL);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(clock_wander_save(m->clock, longest, 1e-9), -EINVAL);
	assert_int_equal(clock_wander_load(m->clock, longest, &wander), -EINVAL);
	assert_true(fabs(wander - 1.234e-9) < 1e-15);
	scrap(m);
}

static void the_drift_file_has_chronys_form(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	double rate = 7, skew = 7;

	(void)state;
	assert_int_equal(clock_drift_load(m->clock, "/drift", false, &rate, &skew), -ENOENT);
	/* A clock that loses 0.029614 ppm: true time gains that on it. */
	assert_int_equal(clock_drift_save(m->clock, "/drift", false, 0.029614e-6, 0.158052e-6), 0);
	assert_string_equal(m->file, "           -0.029614             0.158052\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", false, &rate, &skew), 0);
	assert_true(fabs(rate - 0.029614e-6) < 1e-15);
	assert_true(fabs(skew - 0.158052e-6) < 1e-15);
	write_drift(m, "\n 12.5\t0 rest is ignored 17\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", false, &rate, &skew), 0);
	assert_true(fabs(rate + 12.5e-6) < 1e-15);
	assert_true(skew == 1e-12);
	assert_int_equal(clock_drift_save(m->clock, "/drift", false, 0.0, 1e-6), 0);
	assert_string_equal(m->file, "            0.000000             1.000000\n");
	scrap(m);
}

/* ntpd writes one number, what is to be added: a clock that loses has a positive one. */
static void the_drift_file_has_ntpds_form(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);
	double rate = 7, skew = 7;

	(void)state;
	assert_int_equal(clock_drift_save(m->clock, "/drift", true, 12.345678e-6, 1e-6), 0);
	assert_string_equal(m->file, "12.345678\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", true, &rate, &skew), 0);
	assert_true(fabs(rate - 12.345678e-6) < 1e-15);
	assert_true(skew == 1e-6);
	/* what follows the number is not looked at */
	write_drift(m, "-1.5 x\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", true, &rate, &skew), 0);
	assert_true(fabs(rate + 1.5e-6) < 1e-15);
	/* chrony's form is read as chrony means it */
	write_drift(m, "  -1.5   0.25\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", true, &rate, &skew), 0);
	assert_true(fabs(rate - 1.5e-6) < 1e-15);
	assert_true(fabs(skew - 0.25e-6) < 1e-15);
	write_drift(m, "x\n");
	assert_int_equal(clock_drift_load(m->clock, "/drift", true, &rate, &skew), -EINVAL);
	assert_int_equal(clock_drift_save(m->clock, "/drift", true, -0.0, 1e-6), 0);
	assert_string_equal(m->file, "0.000000\n");
	scrap(m);
}

static void bad_drift_files_change_nothing(void **state)
{
	static const char *const bad[] = {
		"", "\n", "12.5", "x y", "nan 1", "1 inf", "2e6 1", "1 -1", "1,5 2", "\xff\xfe"};
	struct machine *m = machine(&clock_driver_linux, 0);
	double rate = 7, skew = 8;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_drift(m, bad[i]);
		assert_int_equal(
			clock_drift_load(m->clock, "/drift", false, &rate, &skew), -EINVAL);
	}
	m->file_n = sizeof(m->file);
	memset(m->file, ' ', sizeof(m->file));
	assert_int_equal(clock_drift_load(m->clock, "/drift", false, &rate, &skew), -EINVAL);
	m->file_n = 512;
	memset(m->file, '1', sizeof(m->file));
	assert_int_equal(clock_drift_load(m->clock, "/drift", false, &rate, &skew), -EINVAL);
	assert_true(rate == 7 && skew == 8);
	scrap(m);
}

static void precision_is_measured_or_told(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	/* A clock that stands still while it is read has its unit as precision. */
	assert_int_equal(clock_precision_log2(m->clock), -30);
	clock_set_precision(m->clock, 1e-6);
	assert_int_equal(clock_precision_log2(m->clock), -20);
	clock_set_precision(m->clock, 0);
	assert_true(clock_precision(m->clock) == 1e-6);
	clock_set_precision(m->clock, 5);
	assert_true(clock_precision(m->clock) == 1);
	scrap(m);
}

static void a_refused_rate_keeps_the_map_right(void **state)
{
	struct machine *m = machine(&clock_driver_linux, 0);

	(void)state;
	m->refuse_rate = true;
	tell(m, 0.01, 0);
	clock_slew(m->clock, 1, 0.08);
	run(m, 100);
	assert_true(fabs(clock_correction(m->clock) - 0.01) < 1e-9);
	assert_int_equal(m->disturbances, 0);
	assert_non_null(strstr(m->messages, "Could not set the rate of the system clock"));
	scrap(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_with_what_is_in_force),
		cmocka_unit_test(a_slew_ends_exactly),
		cmocka_unit_test(a_slew_obeys_its_limit),
		cmocka_unit_test(a_late_timer_is_made_good),
		cmocka_unit_test(stamps_are_mapped_across_steering),
		cmocka_unit_test(the_line_is_the_map),
		cmocka_unit_test(steps_by_the_correction),
		cmocka_unit_test(starts_in_1970),
		cmocka_unit_test(foreign_steps_are_told),
		cmocka_unit_test(small_foreign_slews_are_followed),
		cmocka_unit_test(without_control_nothing_is_touched),
		cmocka_unit_test(the_kernel_is_told_the_state),
		cmocka_unit_test(the_drift_file_has_chronys_form),
		cmocka_unit_test(the_wander_has_its_own_file),
		cmocka_unit_test(the_drift_file_has_ntpds_form),
		cmocka_unit_test(bad_drift_files_change_nothing),
		cmocka_unit_test(precision_is_measured_or_told),
		cmocka_unit_test(a_refused_rate_keeps_the_map_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
