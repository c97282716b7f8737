/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RTC (chrony-behaviour 14): the clock at start, its course while the daemon runs, what is kept
 * of it over a restart, and how it is set.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cmdmon.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/rtc.h"
#include "test/sim/small.h"
#include "test/sim/world.h"

#define HEARD  4000
#define RTC    "rtcdevice /dev/rtc0\nrtconutc\n"
#define FILED  RTC "rtcfile /rtc\n"
#define SERVER "server node1 iburst minpoll 4 maxpoll 6\nmakestep 1 3\n"

/* A server, and a machine with an RTC that is not started. */
struct machine {
	struct small s;
	int node;
	char heard[HEARD];
	struct sim_receiver *rtc;
};

static void hear(void *arg, const char *message)
{
	strncat(arg, message, HEARD - strlen(arg) - 1);
	strncat(arg, "\n", HEARD - strlen(arg) - 1);
}

static void begin(struct machine *m, const char *config, double offset, bool from_rtc,
	const struct sim_receiver *rtc)
{
	const struct sim_node_options o = {.config = config,
		.offset = offset,
		.frequency = 3e-6,
		.wander = 1e-9,
		.from_rtc = from_rtc,
		.hear = hear,
		.hear_arg = m->heard};

	m->heard[0] = '\0';
	small_begin(&m->s, 1);
	small_server(&m->s, 0, "");
	m->node = sim_add(m->s.sim, &o);
	assert_true(m->node > 0);
	m->rtc = rtc ? sim_add_receiver(m->s.sim, m->node, rtc) : NULL;
}

static void start(struct machine *m)
{
	assert_int_equal(sim_start(m->s.sim, m->node), 0);
}

static bool heard(const struct machine *m, const char *what)
{
	return strstr(m->heard, what) != NULL;
}

static void put(struct machine *m, const char *path, const char *text)
{
	sim_put_file(m->s.sim, m->node, path, (struct span){(const uint8_t *)text, strlen(text)});
}

static double error(struct machine *m)
{
	return sim_time_error(m->s.sim, m->node);
}

static void command(struct machine *m, uint16_t number)
{
	struct cmdmon_request q = {.command = number};
	uint8_t p[CMDMON_REQUEST_MAX];
	int n = cmdmon_request_encode(&q, p, sizeof(p));

	assert_true(n > 0);
	sim_visit_path(m->s.sim, m->node, "/visitor", GNOMON_SOCKET, (struct span){p, (size_t)n});
	small_run(&m->s, 0.1);
}

/* How fast the RTC is, s. */
static double rtc_error(const struct machine *m)
{
	return m->rtc->lie + m->rtc->drift * sim_elapsed(m->s.sim);
}

/* Without rtcfile: one reading, when it is a second off; never before the drift file. */
static void section_14_s_without_rtcfile(void **state)
{
	static const struct {
		double offset, lie;
		bool drift_file, step;
		const char *said;
	} cases[] = {
		{-1e6, 0.3, false, true, "System time set from RTC\n"},
		{1e6, 0.3, false, true, "System time set from RTC\n"},
		{0.4, 0.3, false, false, ""},
		{-1e6, -86400, true, false,
			"RTC time before last driftfile modification (ignored)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine m;

		begin(&m, RTC "driftfile /drift\ncmdport 0\n", 0, true,
			&(struct sim_receiver){
				.kind = SIM_RTC, .path = "/dev/rtc0", .lie = cases[i].lie});
		if (cases[i].drift_file)
			put(&m, "/drift", "0 1\n");
		sim_step(m.s.sim, m.node, cases[i].offset);
		start(&m);
		small_run(&m.s, 1);
		assert_true(heard(&m, cases[i].said));
		assert_int_equal(cases[i].step, heard(&m, "System time set from RTC\n"));
		assert_true(cases[i].step ? fabs(error(&m)) <= 1
					  : fabs(error(&m) - cases[i].offset) < 0.1);
		small_end(&m.s);
	}
}

/* Without an RTC the clock is not before the drift file. */
static void section_14_s_without_rtc(void **state)
{
	struct machine m;

	(void)state;
	for (int ahead = 0; ahead < 2; ahead++) {
		begin(&m, RTC "driftfile /drift\n", 0, true, NULL);
		put(&m, "/drift", "0 1\n");
		sim_step(m.s.sim, m.node, ahead ? 1000 : -1e6);
		start(&m);
		small_run(&m.s, 1);
		assert_int_equal(!ahead, heard(&m, "System time restored from driftfile\n"));
		assert_true(fabs(error(&m) - (ahead ? 1000 : 0)) < 0.1);
		assert_false(heard(&m, "Could not open RTC"));
		small_end(&m.s);
	}
}

/* With the file the RTC's error is known: eight seconds of it make the system clock right. */
static void section_14_s_with_rtcfile(void **state)
{
	static const char *const nothing[] = {
		"1 x\n", "1 1432970756 1e300 0\n", "1 1432970756 nan 0\n", "1 1 1 1e7\n"};
	const struct sim_receiver rtc = {
		.kind = SIM_RTC, .path = "/dev/rtc0", .lie = 7.25, .drift = 20e-6};
	struct machine m;
	char file[100];

	(void)state;
	begin(&m, FILED SERVER, -5000, true, &rtc);
	snprintf(file, sizeof(file), "1 %lld 7.250000 20.000\n",
		(long long)instant_floor_s(sim_utc(m.s.sim)));
	put(&m, "/rtc", file);
	small_run(&m.s, 3600);
	start(&m);
	small_run(&m.s, 5);
	assert_true(heard(&m, "System time set from RTC\n"));
	/* Nobody is told that it is ready before that is done. */
	assert_false(daemon_ready(sim_daemon(m.s.sim, m.node)));
	small_run(&m.s, 10);
	assert_true(daemon_ready(sim_daemon(m.s.sim, m.node)));
	assert_true(heard(&m, "System clock off from RTC by "));
	assert_true(fabs(error(&m)) < 2e-3);
	small_run(&m.s, 600);
	assert_true(fabs(error(&m)) < 1e-3);
	small_end(&m.s);
	/* What is in the file is nothing. */
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		begin(&m, FILED, -5000, true, &rtc);
		put(&m, "/rtc", nothing[i]);
		start(&m);
		small_run(&m.s, 15);
		assert_true(heard(&m, "Could not read coefficients from /rtc\n"));
		assert_true(heard(&m, "No valid rtcfile coefficients\n"));
		assert_true(fabs(error(&m) - 7.25) < 0.01);
		small_end(&m.s);
	}
}

/* Its course is found, written at the end and on command, and told. */
static void section_14_rtcfile(void **state)
{
	const struct sim_receiver rtc = {
		.kind = SIM_RTC, .path = "/dev/rtc0", .lie = -1.632, .drift = -100e-6};
	struct report_rtc report = {0};
	struct machine m;
	double offset, rate;
	long long at;
	int valid;

	(void)state;
	begin(&m, FILED SERVER "logdir /log\nlog rtc\n", 0.2, false, &rtc);
	start(&m);
	small_run(&m.s, 30);
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), 0);
	assert_int_equal(report.samples, 1);
	assert_int_equal(rtc_save(daemon_rtc(sim_daemon(m.s.sim, m.node))), -EAGAIN);
	small_run(&m.s, 7200);
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), 0);
	/* This one ticks without noise, so the bends of our own error are seen: old ones go. */
	assert_true(report.samples > 6 && report.runs > 1);
	assert_true(fabs(report.rate_ppm + 100) < 1);
	assert_true(fabs(report.offset - rtc_error(&m)) < 0.05);
	assert_null(sim_file(m.s.sim, m.node, "/rtc").p);
	command(&m, CMDMON_WRITERTC);
	assert_non_null(sim_file(m.s.sim, m.node, "/rtc").p);
	assert_int_equal(sscanf((const char *)sim_file(m.s.sim, m.node, "/rtc").p,
				 "%d %lld %lf %lf\n", &valid, &at, &offset, &rate),
		4);
	assert_int_equal(valid, 1);
	assert_true(fabs(rate + 100) < 1 && fabs(offset - report.offset) < 1e-5);
	assert_true(llabs(at - instant_floor_s(report.reference_time)) <= 1);
	assert_non_null(strstr((const char *)sim_file(m.s.sim, m.node, "/log/rtc.log").p,
		"   Date (UTC) Time   RTC fast (s) Val   Est fast (s)   Slope (ppm)  Ns  Nr Meas"));
	/* Somebody sets it: what was measured before is of another clock. */
	m.rtc->lie += 30;
	small_run(&m.s, 600);
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), 0);
	assert_true(report.samples < 20 && fabs(report.offset - rtc_error(&m)) < 0.1);
	sim_stop(m.s.sim, m.node);
	assert_int_equal(sscanf((const char *)sim_file(m.s.sim, m.node, "/rtc").p, "%d %lld %lf",
				 &valid, &at, &offset),
		3);
	assert_true(offset > 20);
	small_end(&m.s);
}

/* It is set right, on command and by itself. */
static void section_14_trim(void **state)
{
	const struct sim_receiver rtc = {
		.kind = SIM_RTC, .path = "/dev/rtc0", .lie = 12, .drift = 300e-6};
	struct machine m;

	(void)state;
	begin(&m, FILED SERVER, 0.2, false, &rtc);
	start(&m);
	small_run(&m.s, 300);
	assert_true(fabs(rtc_error(&m) - 12) < 0.2);
	command(&m, CMDMON_TRIMRTC);
	small_run(&m.s, 2);
	assert_true(heard(&m, "RTC wrong by 12.0"));
	assert_true(fabs(rtc_error(&m)) < 0.01);
	small_end(&m.s);
	begin(&m, FILED SERVER "rtcautotrim 2\n", 0.2, false, &rtc);
	start(&m);
	small_run(&m.s, 300);
	assert_true(heard(&m, "RTC wrong by 12.0"));
	assert_true(fabs(rtc_error(&m)) < 0.2);
	for (int i = 0; i < 50; i++) {
		small_run(&m.s, 600);
		assert_true(fabs(rtc_error(&m)) < 2.5);
	}
	small_end(&m.s);
}

/* No device, or one that goes: it is said, and time goes on. */
static void section_14_no_rtc(void **state)
{
	const struct sim_receiver rtc = {.kind = SIM_RTC, .path = "/dev/rtc0", .silent = true};
	struct report_rtc report;
	struct machine m;

	(void)state;
	begin(&m, FILED SERVER, 0.2, true, NULL);
	start(&m);
	small_run(&m.s, 20);
	assert_true(heard(&m, "Could not open RTC device /dev/rtc0 : No such file or directory\n"));
	assert_true(heard(&m, "RTC driver could not be initialised\n"));
	assert_true(daemon_ready(sim_daemon(m.s.sim, m.node)));
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), -ENODEV);
	small_end(&m.s);
	/* One that never ticks. */
	begin(&m, FILED SERVER, 0.2, true, &rtc);
	start(&m);
	small_run(&m.s, 300);
	assert_true(daemon_ready(sim_daemon(m.s.sim, m.node)));
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), 0);
	assert_int_equal(report.samples, 0);
	m.rtc->silent = false;
	small_run(&m.s, 300);
	assert_int_equal(rtc_report(daemon_rtc(sim_daemon(m.s.sim, m.node)), &report), 0);
	assert_true(report.samples > 3);
	m.rtc->gone = true;
	small_run(&m.s, 600);
	assert_true(fabs(error(&m)) < 1e-3);
	small_end(&m.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_14_s_without_rtcfile),
		cmocka_unit_test(section_14_s_without_rtc),
		cmocka_unit_test(section_14_s_with_rtcfile),
		cmocka_unit_test(section_14_rtcfile),
		cmocka_unit_test(section_14_trim),
		cmocka_unit_test(section_14_no_rtc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
