/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving the system clock: base rate, slews and steps. Each action begins a piece of the map, so
 * nobody else needs to know that it happened.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/state.h"
#include "daemon/kernel/kernel.h"

/* A correction below this, s, is not worth a slew. */
#define NEGLIGIBLE 1e-9
/* What a late timer may leave, s, before another slew takes it away... */
#define LEFT_OVER 1e-6
/* ...within this time, s, and at this rate, s/s. */
#define LEFT_OVER_TIME 1.0
#define LEFT_OVER_RATE 500e-6

int64_t clock_apply_rate(struct clock *c, double rate)
{
	struct kernel_clocks now;
	double actual;
	int r = c->driver->set_rate(c->kernel, rate, &actual);

	c->kernel->ops->clocks(c->kernel, &now);
	if (r < 0)
		log_error(c->log, "Could not set the rate of the system clock (error %d)", -r);
	else
		clock_map_rate(&c->map, now.raw_ns, actual);
	return now.raw_ns;
}

void clock_set_prior_rate(struct clock *c, double rate, double sd)
{
	c->model.rate = rate;
	c->model.rate_sd = sd;
	if (!c->driver->controls)
		return;
	c->base_rate = rate;
	loop_timer_stop(c->loop, &c->slewed);
	clock_apply_rate(c, rate);
}

void clock_set_prior_wander(struct clock *c, double wander)
{
	c->model.wander = wander;
}

void clock_slew(struct clock *c, double duration_s, double max_rate)
{
	double correction = clock_correction(c);
	double limit = c->driver->max_rate - fabs(c->model.rate);
	double slew, closing;
	int64_t begun;

	if (!c->driver->controls)
		return;
	c->base_rate = c->model.rate;
	loop_timer_stop(c->loop, &c->slewed);
	max_rate = fmax(0.0, fmin(max_rate, limit));
	slew = fmax(-max_rate, fmin(correction / duration_s, max_rate));
	if (fabs(correction) < NEGLIGIBLE || slew == 0.0) {
		clock_apply_rate(c, c->base_rate);
		return;
	}
	begun = clock_apply_rate(c, c->base_rate + slew);
	/* The driver's granularity changes the rate a little; the end is set so that the slew still
	 * takes away just what there is. */
	closing = clock_map_rate_now(&c->map) - c->base_rate;
	if (correction * closing > 0.0)
		loop_timer_set(c->loop, &c->slewed, instant_add_s(begun, correction / closing));
	else
		clock_apply_rate(c, c->base_rate);
}

void clock_slew_ended(void *arg)
{
	struct clock *c = arg;

	if (fabs(clock_correction(c)) > LEFT_OVER)
		clock_slew(c, LEFT_OVER_TIME, LEFT_OVER_RATE);
	else
		clock_apply_rate(c, c->base_rate);
}

void clock_slew_stop(struct clock *c)
{
	if (c->slewed.position == 0)
		return;
	loop_timer_stop(c->loop, &c->slewed);
	clock_apply_rate(c, c->base_rate);
}

int clock_step(struct clock *c)
{
	struct clock_now before;
	struct kernel_clocks after;
	int64_t delta;
	int r;

	if (!c->driver->controls)
		return -EPERM;
	before = clock_now(c);
	delta = before.truth - before.system;
	r = c->driver->step(c->kernel, delta);
	if (r < 0)
		return r;
	c->kernel->ops->clocks(c->kernel, &after);
	smooth_reset(&c->smooth, after.raw_ns + c->shift);
	/* The map goes by the step asked for; a reading that differs is a matter of observing. */
	clock_map_jump(&c->map, before.raw, clock_map_system(&c->map, before.raw) + delta);
	clock_map_observe(
		&c->map, after.raw_ns, after.system_ns, (int64_t)ceil(after.error_s * 1e9) + 1);
	c->base_rate = c->model.rate;
	loop_timer_stop(c->loop, &c->slewed);
	clock_apply_rate(c, c->base_rate);
	return 0;
}
