/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the drift file is written, and what the clock's listeners are told besides updates.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/driver.h"
#include "daemon/discipline/discipline.h"
#include "test/unit/source_world.h"

#define SERVER "192.0.2.1"
#define DRIFT  "/var/lib/drift"

/* A clock that nobody may set, disciplined by one server. */
static struct discipline *begin(struct world *w)
{
	struct discipline *d = NULL;

	sources_destroy(w->sources);
	clock_destroy(w->clock);
	assert_int_equal(
		clock_create(&w->kernel, w->loop, &clock_driver_none, &w->log, &w->clock), 0);
	w->env.clock = w->clock;
	world_registry(w);
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &d),
		0);
	discipline_start(d);
	sources_start(w->sources);
	assert_int_equal(world_add(w, SOURCE_SERVER, SERVER), SOURCES_OK);
	return d;
}

/* nonvolatile of ntp.conf: after the first time only a change is written. */
static void a_steady_drift_is_not_written(void **state)
{
	struct world *w = *state;
	struct discipline *d;
	int writes[2] = {0, 0};

	w->settings->ntp.nonvolatile = 1e-3;
	w->settings->drift_interval = 100;
	snprintf(w->settings->driftfile, sizeof(w->settings->driftfile), DRIFT);
	d = begin(w);
	for (int i = 0; i < 120; i++) {
		w->settings->ntp.style = i < 60;
		world_write(w, DRIFT, "x", 1, false);
		world_respond(w, SERVER, 0, 1e-3);
		world_run(w, 16);
		writes[i / 60] += world_file(w, DRIFT)->n > 1;
	}
	assert_int_equal(writes[0], 1);
	assert_in_range(writes[1], 7, 9);
	discipline_destroy(d);
}

/** What a run that never synchronises leaves of a drift file that held content, NULL: that was
 * none. */
static void unsynchronised(struct world *w, const char *content, const char *wanted)
{
	struct discipline *d;

	if (content)
		world_write(w, DRIFT, content, strlen(content), false);
	d = begin(w);
	world_run(w, 16);
	discipline_destroy(d);
	if (!wanted) {
		assert_null(world_file(w, DRIFT));
		return;
	}
	assert_int_equal(world_file(w, DRIFT)->n, strlen(wanted));
	assert_memory_equal(world_file(w, DRIFT)->p, wanted, strlen(wanted));
}

/* As chronyd: there is a file after the first run, and what is known stays. */
static void a_drift_that_nobody_knows_is_written(void **state)
{
	static const char unknown[] = "            0.000000       1000000.000000\n";
	static const char known[] = "          -12.500000             0.250000\n";
	struct world *w = *state;

	snprintf(w->settings->driftfile, sizeof(w->settings->driftfile), DRIFT);
	w->settings->ntp.style = true;
	unsynchronised(w, NULL, NULL);
	w->settings->ntp.style = false;
	unsynchronised(w, NULL, unknown);
	unsynchronised(w, unknown, unknown);
	/* It tells no more than none. */
	assert_true(clock_get_model(w->clock)->rate_sd < 1e-2);
	unsynchronised(w, known, known);
	assert_true(clock_get_model(w->clock)->rate_sd < 1e-4);
	/* What is no drift may be somebody's. */
	unsynchronised(w, "junk\n", "junk\n");
}

static void count(void *arg, enum discipline_notice what, double offset)
{
	double *told = arg;

	if (what == DISCIPLINE_PANIC)
		*told = offset;
}

static void panic_is_told(void **state)
{
	static const struct discipline_listener listener = {.noticed = count};
	struct world *w = *state;
	struct discipline *d;
	double told = 0;

	w->settings->maxchange_on = true;
	w->settings->maxchange_offset = 1000;
	d = begin(w);
	discipline_listen(d, &listener, &told);
	for (int i = 0; i < 8; i++) {
		world_respond(w, SERVER, 500, 1e-3);
		world_run(w, 16);
	}
	assert_true(told == 0);
	for (int i = 0; i < 60 && told == 0; i++) {
		world_respond(w, SERVER, 5000, 1e-3);
		/* The loop is stopped then. */
		if (told == 0)
			world_run(w, 16);
	}
	assert_true(fabs(told) > 1000);
	discipline_destroy(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_steady_drift_is_not_written, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			a_drift_that_nobody_knows_is_written, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(panic_is_told, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
