/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of the tests of the discipline: the registry is real, the network is played by the
 * test, the system clock obeys its kernel.
 */
#ifndef TEST_UNIT_DISCIPLINE_RIG_H
#define TEST_UNIT_DISCIPLINE_RIG_H

#include <math.h>

#include "daemon/clock/rate.h"
#include "daemon/discipline/discipline.h"
#include "daemon/select/select.h"
#include "test/unit/source_world.h"

extern const struct clock_driver clock_driver_linux;

#define A "192.0.2.1"
#define B "192.0.2.2"
#define C "192.0.2.3"

#define DRIFT "/var/lib/drift"

/* The kernel's clock discipline, and the discipline under test. */
static struct {
	struct kernel_ops ops;
	struct kernel_timex timex;
	bool refuse_step;
	struct discipline *d;
	unsigned updates, unsynchronised, selections;
	struct discipline_update last;
} rig;

static int rig_timex(struct kernel *k, struct kernel_timex *io)
{
	(void)k;
	if (io->modes & KERNEL_TIMEX_FREQUENCY)
		rig.timex.frequency = io->frequency;
	if (io->modes & KERNEL_TIMEX_TICK)
		rig.timex.tick_us = io->tick_us;
	if (io->modes & KERNEL_TIMEX_STATUS)
		rig.timex.status = io->status;
	if (io->modes & KERNEL_TIMEX_MAXERROR)
		rig.timex.maxerror_us = io->maxerror_us;
	*io = rig.timex;
	return 0;
}

static int rig_step(struct kernel *k, int64_t delta_ns)
{
	if (rig.refuse_step)
		return -EPERM;
	world_of(k)->system += delta_ns;
	return 0;
}

static int rig_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	int r = world_wait(k, w, n, timeout_ns);
	double gain = (double)(timeout_ns > 0 ? timeout_ns : 0) *
		      clock_rate_of(rig.timex.tick_us, rig.timex.frequency);

	world_of(k)->system += (int64_t)llround(gain);
	return r;
}

static void took(void *arg, const struct discipline_update *u)
{
	(void)arg;
	rig.last = *u;
	if (u->leap == LEAP_UNSYNCHRONISED)
		rig.unsynchronised++;
	else
		rig.updates++;
}

static void selected(void *arg, int64_t truth, const struct select_candidate *c, size_t n)
{
	(void)arg;
	(void)truth;
	(void)c;
	(void)n;
	rig.selections++;
}

static const struct discipline_listener listener = {.updated = took, .selected = selected};

static int setup(void **state)
{
	struct world *w;

	world_setup(state);
	w = *state;
	memset(&rig, 0, sizeof(rig));
	rig.ops = world_ops;
	rig.ops.timex = rig_timex;
	rig.ops.step = rig_step;
	rig.ops.wait = rig_wait;
	rig.timex.tick_us = 10000;
	w->kernel.ops = &rig.ops;
	return 0;
}

static int teardown(void **state)
{
	discipline_destroy(rig.d);
	rig.d = NULL;
	return world_teardown(state);
}

/* Gives the clock to this driver and begins. */
static inline void begin(
	struct world *w, const struct clock_driver *driver, enum discipline_mode mode)
{
	sources_destroy(w->sources);
	clock_destroy(w->clock);
	assert_int_equal(clock_create(&w->kernel, w->loop, driver, &w->log, &w->clock), 0);
	w->env.clock = w->clock;
	world_registry(w);
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, mode, false, &rig.d),
		0);
	discipline_listen(rig.d, &listener, NULL);
	discipline_start(rig.d);
	sources_start(w->sources);
	w->messages[0] = '\0';
}

static inline void add(struct world *w, const char *address)
{
	assert_int_equal(world_add(w, SOURCE_SERVER, address), SOURCES_OK);
	w->messages[0] = '\0';
}

/* True time by the raw clock: `ahead` s ahead of what the system clock was at start. */
static inline double truth_minus_system(const struct world *w, double ahead)
{
	return ahead + (double)((w->raw - 1000 * INSTANT_S) - (w->system - WORLD_START)) * 1e-9;
}

/* A response that tells true time, and its noise. */
static inline void hear(struct world *w, const char *address, double ahead, double noise)
{
	world_respond(w, address, truth_minus_system(w, ahead) + noise, 1e-3 + fabs(noise));
}

static inline void hear_many(
	struct world *w, const char *address, double ahead, int n, double spacing)
{
	for (int i = 0; i < n; i++) {
		hear(w, address, ahead, 1e-6 * (i % 3));
		world_run(w, spacing);
	}
}

static inline struct report_tracking tracking(void)
{
	struct report_tracking t;

	discipline_report_tracking(rig.d, &t);
	return t;
}

static inline char letter(struct world *w, const char *address)
{
	return source_state(world_source(w, address));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
