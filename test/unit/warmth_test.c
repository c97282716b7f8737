/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tempcomp by a file of points, and what is wrong with such files.
 */
#include "config.h"

#include <math.h>

#include "daemon/discipline/discipline.h"
#include "test/unit/source_world.h"

#define SENSOR "/sensor"
#define POINTS "/points"

static double warmed_ppm, warmed_temperature;

static void warmed(void *arg, int64_t truth, double temperature, double ppm)
{
	(void)arg;
	(void)truth;
	warmed_temperature = temperature;
	warmed_ppm = ppm;
}

static void put(struct world *w, const char *path, const char *text)
{
	world_save(&w->kernel, path, (struct span){(const uint8_t *)text, strlen(text)}, 0644);
}

static int create(struct world *w, const char *points, struct discipline **ret)
{
	struct settings_tempcomp *t = &w->settings->tempcomp;

	snprintf(t->sensor, sizeof(t->sensor), SENSOR);
	snprintf(t->points, sizeof(t->points), POINTS);
	t->interval = 1;
	if (points)
		put(w, POINTS, points);
	w->messages[0] = '\0';
	return discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources, &w->log,
		DISCIPLINE_NORMAL, false, ret);
}

static void bad(struct world *w, const char *points, int error, const char *message)
{
	struct discipline *d = NULL;

	assert_int_equal(create(w, points, &d), error);
	assert_non_null(strstr(w->messages, message));
}

/* Straight between two points, and on beyond the last. */
static void files_1_9_points(void **state)
{
	static const struct discipline_listener listener = {.warmed = warmed};
	static const struct {
		const char *sensor;
		double temperature, ppm;
	} cases[] = {{"20000\n", 20000, 1}, {"25000 of it\n", 25000, 2}, {"10000\n", 10000, -1},
		{"40000\n", 40000, 1}, {"  35000", 35000, 2}, {"55000\n", 55000, -2}};
	struct world *w = *state;
	struct discipline *d = NULL;

	assert_int_equal(create(w, "20000 1\n\n 30000   3.0\n40000 1\n", &d), 0);
	discipline_listen(d, &listener, NULL);
	put(w, SENSOR, "30000");
	discipline_start(d);
	assert_true(warmed_ppm == 3.0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(w, SENSOR, cases[i].sensor);
		world_run(w, 1.5);
		assert_true(warmed_temperature == cases[i].temperature);
		assert_true(fabs(warmed_ppm - cases[i].ppm) < 1e-9);
	}
	put(w, SENSOR, "");
	w->messages[0] = '\0';
	world_run(w, 1.5);
	assert_non_null(strstr(w->messages, "Could not read temperature from " SENSOR));
	discipline_destroy(d);
}

static void files_1_9_bad_points(void **state)
{
	struct world *w = *state;

	bad(w, NULL, -ENOENT, "Could not open " POINTS);
	bad(w, "", -EINVAL, "Not enough points in " POINTS);
	bad(w, "1 1\n", -EINVAL, "Not enough points in " POINTS);
	bad(w, "1 1\n2\n", -EINVAL, "Could not read tempcomp point from " POINTS);
	bad(w, "1 1\n2 x\n", -EINVAL, "Could not read tempcomp point from " POINTS);
	bad(w, "1 1\n1 2\n", -EINVAL, "Could not read tempcomp point from " POINTS);
	bad(w, "2 1\n1 2\n", -EINVAL, "Could not read tempcomp point from " POINTS);
	bad(w, "1 1 1\n2 2\n", -EINVAL, "Could not read tempcomp point from " POINTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_1_9_points, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(files_1_9_bad_points, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
