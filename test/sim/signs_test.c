/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signs: a clock that is 1 ms slow and loses 5 ppm, and the sign of every figure about it in every
 * report, log and file of chrony's. No two of these agree by nature; scripts know each.
 */
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

#include "daemon/kernel/kernel.h"
#include "test/sim/client.h"

#define SLOW  1e-3
#define LOSES 5e-6

#define SOCK  "/run/sock"
#define NODE1 "192.168.123.1 "

/* The first source is followed, so slowly that the clock is still slow after minutes, and never at
 * its full rate; the others show what is found without being corrected for. */
#define CONFIG                                                                                     \
	"server node1 iburst minpoll 4 maxpoll 4\n"                                                \
	"server node2 iburst minpoll 4 maxpoll 4 noselect\n"                                       \
	"refclock SOCK " SOCK " refid SOC poll 4 noselect\n"                                       \
	"maxslewrate 0.5\n"                                                                        \
	"driftfile /drift\n"                                                                       \
	"logdir /log\n"                                                                            \
	"log rawmeasurements statistics selection tracking refclocks\n"                            \
	"logbanner 0\n" CLIENT_CONFIG

/* What the clock is allowed to be corrected by: 2 of the 5 ppm stay. */
#define CAPPED "maxdrift 3\n"
#define LEFT   2e-6

struct signs {
	struct small s;
	struct client *client;
	int node;
};

/* Lets a clock of this kind be measured for some minutes. */
static void begin(struct signs *w, const char *more)
{
	static const struct sim_node_options slow = {.offset = -SLOW, .frequency = -LOSES};
	char config[1024];

	small_begin(&w->s, 1);
	small_server(&w->s, 0, "");
	small_server(&w->s, 0, "");
	snprintf(config, sizeof(config), "%s%s", CONFIG, more);
	w->node = small_client(&w->s, &slow, config);
	sim_add_receiver(w->s.sim, w->node, &(struct sim_receiver){.kind = SIM_SOCK, .path = SOCK});
	w->client = client_begin(&w->s);
	small_run(&w->s, 161.5);
}

static void end(struct signs *w)
{
	client_end(w->client);
	small_end(&w->s);
}

/* By how much the clock is slow now: as the simulator knows it. */
static double slow_now(struct signs *w)
{
	double r = -sim_time_error(w->s.sim, w->node);

	assert_true(r > SLOW / 2);
	return r;
}

static void near(const char *what, double is, double should, double error)
{
	if (!(fabs(is - should) <= error))
		fail_msg("%s: %.9g, not %.9g", what, is, should);
}

/* A field of a report in CSV, in its last line or in one that is given, from 0. */
static double number(struct signs *w, const char *line, int field)
{
	return client_number(w->client, w->node, line, -1, field);
}

static double row_number(struct signs *w, const char *line, int row, int field)
{
	return client_number(w->client, w->node, line, row, field);
}

/* A column, from 0, of the first or the last line of a log that has this word in it. */
static double column_of(struct signs *w, const char *name, const char *word, bool first, int index)
{
	char path[64], line[512], found[512] = "";
	const char *p = found;
	struct span f;
	size_t n;

	snprintf(path, sizeof(path), "/log/%s.log", name);
	f = sim_file(w->s.sim, w->node, path);
	for (const char *at = (const char *)f.p, *end = at + f.n; at < end; at += n + 1) {
		n = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, at);
		if (strstr(line, word) && (!first || !*found))
			strcpy(found, line);
	}
	assert_true(*found);
	for (; index > 0; index--) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return strtod(p, NULL);
}

static double column(struct signs *w, const char *name, const char *word, int index)
{
	return column_of(w, name, word, false, index);
}

static double first_column(struct signs *w, const char *name, const char *word, int index)
{
	return column_of(w, name, word, true, index);
}

/* "System time": positive is slow, and said in words. Frequency: positive is fast. */
static void sign_in_tracking(void **state)
{
	struct signs w;
	const char *text;

	(void)state;
	begin(&w, "");
	near("system time", number(&w, "tracking", 4), slow_now(&w), 1e-5);
	near("frequency", number(&w, "tracking", 7), -LOSES * 1e6, 0.01);
	text = client_ask(w.client, w.node, PRINT_HUMAN, "tracking");
	assert_non_null(strstr(text, " seconds slow of NTP time\n"));
	assert_non_null(strstr(text, " ppm slow\n"));
	end(&w);
}

/* Each update of a clock that goes on losing finds it slow: negative, as the residual frequency. */
static void sign_of_what_is_left(void **state)
{
	struct signs w;

	(void)state;
	begin(&w, CAPPED);
	near("last offset", number(&w, "tracking", 5), -LEFT * 16, 2e-6);
	near("frequency", number(&w, "tracking", 7), -(LOSES - LEFT) * 1e6, 0.01);
	near("residual frequency", number(&w, "tracking", 8), -LEFT * 1e6, 0.01);
	end(&w);
}

/* Offsets and rates of sources: positive is fast. Between two updates the clock goes on losing. */
static void sign_in_sources(void **state)
{
	static const char *const names[] = {"refclock", "followed", "not followed"};
	struct signs w;

	(void)state;
	begin(&w, CAPPED);
	/* The last two are measured at the updates: the one that makes them finds it slow, the
	 * other comes after it. */
	near("refclock, measured", row_number(&w, "sources", 0, 8), -LEFT * 12, LEFT * 4);
	near("refclock, adjusted", row_number(&w, "sources", 0, 7), -LEFT * 12, LEFT * 4);
	near("followed, measured", row_number(&w, "sources", 1, 8), -LEFT * 16, LEFT * 2);
	for (int i = 0; i < 3; i++) {
		near(names[i], row_number(&w, "sourcestats", i, 4), -LEFT * 1e6, 0.01);
		near(names[i], row_number(&w, "sourcestats", i, 6), -LEFT * 12, LEFT * 4);
	}
	end(&w);
}

/* Limits: positive is fast. */
static void sign_in_selectdata(void **state)
{
	struct signs w;

	(void)state;
	begin(&w, CAPPED);
	for (int i = 0; i < 3; i++) {
		double low = row_number(&w, "selectdata", i, 15);
		double high = row_number(&w, "selectdata", i, 16);

		/* What has come together since a sample, of one of the last 16 s. */
		near("middle", (low + high) / 2, -LEFT * 9, LEFT * 8);
	}
	end(&w);
}

/* NTP's own: positive is slow. */
static void sign_in_ntpdata(void **state)
{
	struct signs w;

	(void)state;
	begin(&w, CAPPED);
	near("offset", number(&w, "ntpdata 192.168.123.1", 18), LEFT * 16, LEFT * 2);
	end(&w);
}

/* measurements and refclocks: positive is slow; statistics, selection and tracking: positive is
 * fast, but the correction that is left in tracking: positive is slow. */
static void sign_in_logs(void **state)
{
	struct signs w;

	(void)state;
	begin(&w, CAPPED);
	near("measurements", column(&w, "measurements", NODE1, 11), LEFT * 16, LEFT * 2);
	near("first measurement", first_column(&w, "measurements", NODE1, 11), SLOW, 1e-5);
	near("statistics, offset", column(&w, "statistics", NODE1, 4), -LEFT * 16, LEFT * 2);
	near("statistics, frequency", column(&w, "statistics", NODE1, 6), -LEFT, LEFT / 10);
	near("tracking, frequency", column(&w, "tracking", NODE1, 4), -(LOSES - LEFT) * 1e6, 0.01);
	near("tracking, offset", column(&w, "tracking", NODE1, 6), -LEFT * 16, LEFT * 2);
	near("tracking, correction", column(&w, "tracking", NODE1, 10), slow_now(&w), LEFT * 40);
	near("selection", column(&w, "selection", NODE1, 8) + column(&w, "selection", NODE1, 9),
		-2 * LEFT * 12, LEFT * 14);
	near("refclocks, raw", column(&w, "refclocks", " SOC ", 6), slow_now(&w), LEFT * 4);
	near("refclocks, first", first_column(&w, "refclocks", " SOC ", 7), SLOW, LOSES * 2);
	end(&w);
}

/* What the clock gains, as chronyd keeps it; the kernel is told the opposite. */
static void sign_in_the_drift_file(void **state)
{
	struct signs w;
	struct kernel_timex timex = {.modes = 0};
	struct span drift;

	(void)state;
	begin(&w, "");
	sim_stop(w.s.sim, w.node);
	drift = sim_file(w.s.sim, w.node, "/drift");
	assert_true(drift.n > 0);
	near("drift file", strtod((const char *)drift.p, NULL), -LOSES * 1e6, 0.01);
	assert_int_equal(
		sim_kernel(w.s.sim, w.node)->ops->timex(sim_kernel(w.s.sim, w.node), &timex), 0);
	assert_true(timex.frequency > 0);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sign_in_tracking),
		cmocka_unit_test(sign_of_what_is_left),
		cmocka_unit_test(sign_in_sources),
		cmocka_unit_test(sign_in_selectdata),
		cmocka_unit_test(sign_in_ntpdata),
		cmocka_unit_test(sign_in_logs),
		cmocka_unit_test(sign_in_the_drift_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
