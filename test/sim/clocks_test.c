/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference clocks as ntp.conf has them: what their fudges do, and what is told of each driver. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/source/clock_name.h"
#include "daemon/source/source.h"
#include "test/sim/lines.h"
#include "test/sim/look.h"
#include "test/sim/scenario.h"
#include "test/sim/sim.h"

/** A node under ntp.conf. */
static int add(struct sim *s, const char *config)
{
	struct sim_node_options o = {
		.config = config, .dialect = "ntp", .offset = 1e-3, .wander = 1e-9};

	return sim_add(s, &o);
}

static struct sim_receiver *receive(struct sim *s, struct sim_receiver r)
{
	return sim_add_receiver(s, 0, &r);
}

static void run(struct sim *s, double seconds)
{
	assert_int_equal(sim_run(s, seconds, NULL, NULL), 0);
}

/** The clock that ntpd calls so; fails when there is none. */
static struct source *clock_named(struct sim *s, const char *name)
{
	struct sources *all = daemon_sources(sim_daemon(s, 0));
	char text[SOURCE_CLOCK_NAME];
	struct address a;

	for (size_t i = 0; i < sources_count(all); i++)
		if (source_clock_name(all, sources_at(all, i), text, sizeof(text), &a) == 0 &&
			strcmp(text, name) == 0)
			return sources_at(all, i);
	fail_msg("there is no %s", name);
	return NULL;
}

static struct source_refclock_report report_of(struct sim *s, const char *name)
{
	struct source_refclock_report r;

	assert_int_equal(source_report_refclock(clock_named(s, name), &r), 0);
	return r;
}

/** flag1 of a receiver asks for its pulses: they are followed, whatever its sentences' lateness. */
static void pulses_of_a_receiver(void **state)
{
	struct sim *s = sim_create(1, SCENARIO_START);
	struct sim_receiver *pulses;

	(void)state;
	add(s, "refclock nmea unit 3 path /dev/ttyS0 ppspath /dev/pps7 flag1 1 minpoll 4 "
	       "time1 0.00001\n");
	receive(s, (struct sim_receiver){.kind = SIM_NMEA, .path = "/dev/ttyS0", .late = 0.3});
	pulses = receive(
		s, (struct sim_receiver){
			   .kind = SIM_PPS, .path = "/dev/pps7", .noise = 1e-6, .lie = -1e-5});
	assert_int_equal(sim_start(s, 0), 0);
	run(s, 3000);
	assert_int_equal(source_state(clock_named(s, "PPS(3)")), '*');
	assert_true(fabs(sim_time_error(s, 0)) < 3e-6);
	/* Without them the sentences remain, with all that they may be late. */
	pulses->gone = true;
	run(s, 3000);
	assert_int_equal(source_state(clock_named(s, "NMEA(3)")), '*');
	assert_true(look_at(s, 0).distance > 0.3);
	sim_destroy(s);
}

/** flag1 and time2 of shared memory: what is further from our clock does not count. */
static void limits_of_memory(void **state)
{
	struct sim *s = sim_create(2, SCENARIO_START);
	struct sim_receiver *r;

	(void)state;
	add(s, "server 127.127.28.2 minpoll 4\nfudge 127.127.28.2 flag1 1 time2 10 time1 0.5\n");
	r = receive(
		s, (struct sim_receiver){.kind = SIM_SHM, .unit = 2, .noise = 1e-6, .lie = -0.5});
	assert_int_equal(sim_start(s, 0), 0);
	run(s, 600);
	assert_true(fabs(sim_time_error(s, 0)) < 1e-5);
	assert_int_equal(report_of(s, "SHM(2)").bad_format, 0);
	r->lie = 9.5;
	run(s, 64);
	assert_int_equal(report_of(s, "SHM(2)").bad_format, 0);
	r->lie = 10.5;
	run(s, 64);
	assert_int_equal(report_of(s, "SHM(2)").bad_format, 64);
	sim_destroy(s);
}

#define MINUTES 60

static void what_drivers_count(void **state)
{
	struct sim *s = sim_create(3, SCENARIO_START);
	struct sim_receiver *line, *memory;
	struct source_refclock_report r;

	(void)state;
	add(s, "server 127.127.20.0 minpoll 6 mode 0x10001\n"
	       "fudge 127.127.20.0 flag1 1 flag4 1 time2 0.1\n"
	       "server 127.127.28.0 minpoll 6\nfudge 127.127.28.0 flag4 1\n"
	       "server 127.127.28.1 minpoll 6 noselect\n"
	       "statsdir /stats/\nstatistics clockstats\n");
	line = receive(
		s, (struct sim_receiver){.kind = SIM_NMEA, .path = "/dev/gps0", .late = 0.1});
	receive(s, (struct sim_receiver){.kind = SIM_PPS, .path = "/dev/gpspps0", .noise = 1e-6});
	memory = receive(s, (struct sim_receiver){.kind = SIM_SHM, .noise = 1e-6});
	receive(s, (struct sim_receiver){.kind = SIM_SHM, .unit = 1, .noise = 1e-6});
	assert_int_equal(sim_start(s, 0), 0);
	run(s, 64 * MINUTES);
	/* Every driver has its own columns; what has no flag4 is silent. */
	assert_true(lines_like(s, 0, "clockstats",
			    "(NMEA\\(0\\) \\$GPRMC,[0-9.]+,A,[0-9A-Z_.,]*\\*[0-9A-F]{2}  [0-9]+ "
			    "[0-9]+ 0 0 0 0|PPS\\(0\\) [0-9]+ [0-9]+ [0-9]+ 0 [0-9]+|"
			    "SHM\\(0\\) +[0-9]+ +[0-9]+ +[0-9]+ +0 +0)") >= 3 * (MINUTES - 1));
	assert_true(lines_with(s, 0, "clockstats", " SHM(0)  64  64   0   0   0") >= MINUTES - 2);
	/* The position is not told, and the rest is. */
	r = report_of(s, "NMEA(0)");
	assert_ptr_equal(strstr(r.timecode, "$GPRMC,"), r.timecode);
	assert_non_null(strstr(r.timecode, ",A,____.___,_,_____.___,_,"));
	assert_int_equal(r.bad_format, 0);
	assert_string_equal(report_of(s, "SHM(0)").timecode, "");
	assert_int_equal(r.polls, MINUTES);
	assert_int_equal(r.silent, 0);
	/* What is bad is counted: of bytes that are no sentence, and of an answer of nobody. */
	line->garbled = true;
	memory->leap = LEAP_UNSYNCHRONISED;
	run(s, 640);
	assert_int_equal(report_of(s, "SHM(0)").bad_format, 640);
	assert_true(lines_with(s, 0, "clockstats", " SHM(0)  64   0   0  64   0") >= 9);
	assert_true(report_of(s, "NMEA(0)").silent >= 9);
	sim_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pulses_of_a_receiver),
		cmocka_unit_test(limits_of_memory),
		cmocka_unit_test(what_drivers_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
