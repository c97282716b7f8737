/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tempcomp (chrony-behaviour 5): a crystal whose temperature goes up and down, and a sensor beside
 * it that the daemon reads.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/small.h"

#define SENSOR "/sys/temperature"
#define CONFIG "server node1 iburst minpoll 6 maxpoll 6\nmakestep 1 -1\nlogdir /log\nlog tempcomp\n"

/* A rate that goes 2 ppm up and down in an hour: 0.2 ppm for every kelvin. */
static const struct sim_node_options crystal = {.offset = 1,
	.frequency = 5e-6,
	.wander = 1e-10,
	.temperature = {{.swing = 10, .period = 3600, .linear = 2e-7}}};

/* What was seen of a client. */
struct seen {
	double from; /**< elapsed s */
	double squares;
	unsigned n;
};

static void put(struct sim *sim, double millikelvin)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.0f\n", millikelvin);

	sim_put_file(sim, 1, SENSOR, (struct span){(const uint8_t *)text, (size_t)n});
}

/* The sensor says thousandths of a kelvin, 50 K being the crystal's own. */
static void look(struct small *s)
{
	struct seen *seen = s->arg;
	double error = sim_time_error(s->sim, 1);

	put(s->sim, 1e3 * (50 + sim_temperature(s->sim, 1)));
	if (sim_elapsed(s->sim) < seen->from)
		return;
	seen->squares += error * error;
	seen->n++;
}

static void hear(void *arg, const char *message)
{
	strncat(arg, message, 2000 - strlen(arg) - 1);
	strncat(arg, "\n", 2000 - strlen(arg) - 1);
}

/* Root of the mean square of a client's error in hours that come after two to learn in. */
static double error_with(const char *config)
{
	struct seen seen = {.from = 7200};
	struct small s;
	struct sim_link jitter = {.base = 1e-3, .jitter = 300e-6};

	small_begin(&s, 7);
	small_server(&s, 0, "");
	small_client(&s, &crystal, config);
	small_link(&s, 0, 1, &jitter);
	s.each = look;
	s.arg = &seen;
	small_run(&s, 6 * 3600);
	small_end(&s);
	return sqrt(seen.squares / seen.n);
}

static void section_5_tempcomp(void **state)
{
	double without = error_with(CONFIG), formula, constant;

	(void)state;
	formula = error_with(CONFIG "tempcomp " SENSOR " 10 50000 0 -0.0002 0\n");
	printf("rms error %.3g s without, %.3g s with tempcomp\n", without, formula);
	assert_true(formula < 0.7 * without);
	constant = error_with(CONFIG "tempcomp " SENSOR " 10 50000 3 -0.0002 0\n");
	printf("%.3g s with a constant besides\n", constant);
	assert_true(constant < 0.7 * without);
}

static int begin(struct small *s, const char *config, char *heard)
{
	struct sim_node_options o = crystal;

	heard[0] = '\0';
	o.hear = hear;
	o.hear_arg = heard;
	small_begin(s, 7);
	small_server(s, 0, "");
	return small_client(s, &o, config);
}

/* Beyond 10 ppm the sensor is not believed; without a sensor it is said, and time goes on. What
 * the temperature does is not in the frequency that is reported. */
static void section_5_limits(void **state)
{
	char heard[2000];
	struct small s;
	int node = begin(&s, CONFIG "tempcomp " SENSOR " 30 50000 0 -0.0002 0\n", heard);
	double before;
	struct span log;

	(void)state;
	small_run(&s, 100);
	assert_non_null(strstr(heard, "Could not read temperature from " SENSOR));
	put(s.sim, 101000);
	small_run(&s, 60);
	assert_non_null(strstr(
		heard, "Temperature compensation of -10.200 ppm exceeds sanity limit of 10.0\n"));
	assert_true(sim_file(s.sim, node, "/log/tempcomp.log").p == NULL);
	before = small_tracking(&s, node).frequency_ppm;
	put(s.sim, 45000);
	small_run(&s, 31);
	log = sim_file(s.sim, node, "/log/tempcomp.log");
	assert_non_null(log.p);
	assert_non_null(strstr((const char *)log.p, "        Temp.       Comp.\n"));
	assert_non_null(strstr((const char *)log.p, "  4.5000e+04  1.0000e+00\n"));
	assert_true(fabs(small_tracking(&s, node).frequency_ppm - before) < 0.5);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_5_tempcomp),
		cmocka_unit_test(section_5_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
