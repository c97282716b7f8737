/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three time scales: reading them, mapping between them, and noticing when somebody else moves
 * the system clock.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/state.h"
#include "daemon/kernel/kernel.h"

/* A reading that differs by more than this, s, beyond its own error was a step; anything less is
 * taken as somebody's slew. */
#define STEP_LIMIT 0.1
/* A foreign slew of more than this, s, between two readings is worth a warning. */
#define INTERFERENCE_LIMIT 1e-3
/* What we believe of an oscillator that nobody ever measured, s/s. */
#define UNKNOWN_RATE_SD 3e-4
/* No oscillator of a computer is further off, s/s. */
#define RATE_MOST 500e-6
/* Readings taken to find the precision. */
#define PRECISION_READINGS 100

static struct kernel_clocks read_clocks(struct kernel *kernel)
{
	struct kernel_clocks k;

	kernel->ops->clocks(kernel, &k);
	return k;
}

double clock_measure_precision(struct kernel *kernel)
{
	int64_t last = kernel->ops->system(kernel), least = INT64_MAX;

	for (int i = 0; i < PRECISION_READINGS; i++) {
		int64_t now = kernel->ops->system(kernel);

		if (now > last && now - last < least)
			least = now - last;
		last = now;
	}
	return least == INT64_MAX ? 1e-9 : (double)least * 1e-9;
}

int clock_create(struct kernel *kernel, struct loop *loop, const struct clock_driver *driver,
	const struct log *log, struct clock **ret)
{
	struct clock *c = calloc(1, sizeof(*c));
	struct kernel_clocks now;
	double rate = 0.0;
	int r;

	if (!c)
		return -ENOMEM;
	*c = (struct clock){.kernel = kernel, .loop = loop, .driver = driver, .log = log};
	r = loop_timer_init(loop, &c->slewed, clock_slew_ended, c);
	if (r < 0)
		goto fail;
	r = driver->start(kernel, &rate);
	if (r < 0)
		goto fail_timer;
	now = read_clocks(c->kernel);
	c->shift = now.system_ns - now.raw_ns;
	clock_map_start(&c->map, now.raw_ns, now.system_ns, rate);
	c->base_rate = rate;
	/* No oscillator is that far off: somebody's slew was cut short, and tells nothing. */
	c->model = (struct clock_model){.rate = rate,
		.rate_sd = fmax(UNKNOWN_RATE_SD, fabs(rate) > RATE_MOST ? fabs(rate) : 0.0)};
	c->reference = (struct clock_reference){.leap = LEAP_UNSYNCHRONISED,
		.stratum = 16,
		.root_delay = 1.0,
		.root_dispersion = 1.0};
	c->precision = clock_measure_precision(kernel);
	*ret = c;
	return 0;

fail_timer:
	loop_timer_done(loop, &c->slewed);
fail:
	free(c);
	return r;
}

void clock_destroy(struct clock *c)
{
	if (!c)
		return;
	if (c->driver->controls && c->slewed.position != 0)
		clock_apply_rate(c, c->base_rate);
	loop_timer_done(c->loop, &c->slewed);
	free(c);
}

void clock_on_disturbance(struct clock *c, clock_disturbed *disturbed, void *arg)
{
	c->disturbed = disturbed;
	c->disturbed_arg = arg;
}

/* The system clock is not where our own steering put it. */
static void jumped(struct clock *c, const struct kernel_clocks *now, double by)
{
	clock_map_jump(&c->map, now->raw_ns, now->system_ns);
	/* Whether somebody moved the clock or the machine slept: one of the scales is off by as
	 * much, and until it is known which, nobody may be told otherwise. */
	c->reference.root_dispersion += fabs(by) + CLOCK_JUMP_DOUBT;
	if (fabs(by) > CLOCK_JUMP_LARGE) {
		c->reference.synchronised = false;
		c->reference.leap = LEAP_UNSYNCHRONISED;
	}
	if (by > CLOCK_JUMP_LARGE)
		log_warning(c->log, "Forward time jump detected!");
	else if (by < -CLOCK_JUMP_LARGE)
		log_warning(c->log, "Backward time jump detected!");
	else
		log_warning(c->log, "System clock was stepped by others by %.6f seconds", by);
	if (c->disturbed)
		c->disturbed(c->disturbed_arg, by);
}

static void look_for_disturbance(struct clock *c, const struct kernel_clocks *now)
{
	int64_t error = (int64_t)ceil(now->error_s * 1e9) + 1;
	double by = (double)clock_map_surprise(&c->map, now->raw_ns, now->system_ns) * 1e-9;
	double rate;

	if (clock_take_leap(c, now->raw_ns, now->system_ns, by))
		return;
	if (fabs(by) > STEP_LIMIT + now->error_s) {
		jumped(c, now, by);
		return;
	}
	if (c->driver->controls && fabs(by) > INTERFERENCE_LIMIT + now->error_s) {
		c->nudged += by;
		if (!c->interference_told)
			log_warning(
				c->log, "System clock interference detected (another NTP client?)");
		c->interference_told = true;
	}
	clock_map_observe(&c->map, now->raw_ns, now->system_ns, error);
	/* Whoever steers the clock instead of us changes its rate without telling. */
	if (!c->driver->controls && fabs(by) > 1e-9 &&
		c->driver->set_rate(c->kernel, 0.0, &rate) == 0) {
		clock_map_rate(&c->map, now->raw_ns, rate);
		c->base_rate = rate;
	}
}

struct clock_now clock_now(struct clock *c)
{
	struct kernel_clocks now = read_clocks(c->kernel);
	int64_t osc = now.raw_ns + c->shift;

	look_for_disturbance(c, &now);
	return (struct clock_now){.raw = now.raw_ns,
		.osc = osc,
		.system = now.system_ns,
		.truth = c->has_model ? clock_true_from_osc(c, osc) : now.system_ns};
}

double clock_take_nudges(struct clock *c)
{
	double by = c->nudged;

	c->nudged = 0.0;
	return by;
}

int64_t clock_osc_from_system(const struct clock *c, int64_t system)
{
	return clock_map_raw(&c->map, system, read_clocks(c->kernel).raw_ns) + c->shift;
}

int64_t clock_true_from_system(const struct clock *c, int64_t system)
{
	return clock_true_from_osc(c, clock_osc_from_system(c, system));
}

int64_t clock_true_from_osc(const struct clock *c, int64_t osc)
{
	return instant_add(osc, clock_model_offset(c, osc));
}

int64_t clock_system_from_osc(const struct clock *c, int64_t osc)
{
	return clock_map_system(&c->map, osc - c->shift);
}

int64_t clock_system_since(const struct clock *c)
{
	return clock_map_since(&c->map);
}

int64_t clock_model_offset(const struct clock *c, int64_t osc)
{
	if (!c->has_model)
		return clock_system_from_osc(c, osc) - osc;
	return instant_add(
		c->model.offset_ns, instant_ns(instant_diff_s(osc, c->model.osc) * c->model.rate));
}

const struct clock_model *clock_get_model(const struct clock *c)
{
	return &c->model;
}

void clock_set_model(struct clock *c, const struct clock_model *m)
{
	int64_t before, osc = clock_osc_now(c);

	if (c->has_model && c->smooth.active && !c->smooth.leap_only)
		smooth_take(&c->smooth, m->osc,
			instant_diff_s(m->offset_ns, clock_model_offset(c, m->osc)),
			m->rate - c->model.rate);
	before = clock_true_from_osc(c, osc);
	c->model = *m;
	c->has_model = true;
	c->moved += clock_true_from_osc(c, osc) - before;
}

int64_t clock_moved(const struct clock *c)
{
	return c->moved;
}

bool clock_has_model(const struct clock *c)
{
	return c->has_model;
}

void clock_forget_offset(struct clock *c)
{
	int64_t osc = clock_osc_now(c), before = clock_true_from_osc(c, osc);

	c->has_model = false;
	c->model.osc = 0;
	c->moved += clock_true_from_osc(c, osc) - before;
	smooth_reset(&c->smooth, clock_osc_now(c));
}

double clock_correction(struct clock *c)
{
	struct clock_now now = clock_now(c);

	return instant_diff_s(now.truth, now.system);
}

bool clock_controls(const struct clock *c)
{
	return c->driver->controls;
}

double clock_base_rate(const struct clock *c)
{
	return c->base_rate;
}

int clock_precision_log2(const struct clock *c)
{
	return (int)lround(log2(c->precision));
}

double clock_precision(const struct clock *c)
{
	return c->precision;
}

void clock_set_precision(struct clock *c, double precision_s)
{
	if (precision_s > 0.0)
		c->precision = fmax(1e-9, fmin(precision_s, 1.0));
}
