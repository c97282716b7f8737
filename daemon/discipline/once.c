/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -q and -Q: the first estimate steps the clock, or is only told, and the daemon ends
 * (chrony-config 3.1). initstepslew: it corrects the clock, and the daemon begins.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/discipline/state.h"

/* How often it is looked whether any source can still answer, s. */
#define INTERVAL 0.1
/* A first offset too small for a step is taken away within this time at best, s. */
#define SLEW_DURATION 1.0

void discipline_on_initial(struct discipline *d, void (*done)(void *arg), void *arg)
{
	d->initial.done = done;
	d->initial.arg = arg;
}

/* initstepslew: the model is the first estimate. */
static void correct_initially(struct discipline *d, double offset)
{
	bool large = fabs(offset) > d->settings->initstep_threshold;

	log_info(d->log, "System's initial offset : %.6f seconds %s of true (%s)", fabs(offset),
		offset < 0.0 ? "fast" : "slow", large ? "step" : "slew");
	if (large && clock_step(d->clock) < 0)
		log_error(d->log, "Could not step system clock");
	else if (!large)
		clock_slew(d->clock, SLEW_DURATION, d->policy.maxslewrate);
	/* Its source called us: what follows takes it away. */
	d->initial.over = true;
	loop_timer_set(d->loop, &d->once, loop_now(d->loop));
}

/* On to what is configured. */
static void end_initially(struct discipline *d)
{
	if (!d->initial.over)
		log_warning(d->log, "No suitable source for initstepslew");
	d->mode = DISCIPLINE_NORMAL;
	d->selected = NULL;
	joint_reset(d->joint);
	if (d->initial.done)
		d->initial.done(d->initial.arg);
}

void discipline_once(struct discipline *d, const struct select_result *r)
{
	bool set = d->mode == DISCIPLINE_STEP_ONCE;
	struct clock_now now;
	struct clock_model m = {
		.osc = r->estimate.osc,
		.offset_ns = r->estimate.offset_ns,
		.rate = clock_get_model(d->clock)->rate,
		.offset_sd = r->estimate.offset_sd,
		.rate_sd = r->estimate.rate_sd,
	};

	if (d->initial.over)
		return;
	clock_set_model(d->clock, &m);
	now = clock_now(d->clock);
	if (d->mode == DISCIPLINE_INITIAL) {
		correct_initially(d, instant_diff_s(now.truth, now.system));
		return;
	}
	if (d->settings->ntp.style)
		log_info(d->log, "CLOCK: time set %+.6f s", instant_diff_s(now.truth, now.system));
	else
		log_info(d->log, "System clock wrong by %.6f seconds (%s)",
			instant_diff_s(now.truth, now.system), set ? "step" : "ignored");
	if (set && clock_step(d->clock) < 0)
		log_error(d->log, "Could not step system clock");
	loop_timer_stop(d->loop, &d->once);
	loop_stop(d->loop, 0);
}

void discipline_once_timer(void *arg)
{
	struct discipline *d = arg;

	if (!d->initial.over && !sources_exhausted(d->sources)) {
		loop_timer_in(d->loop, &d->once, INTERVAL);
		return;
	}
	if (d->mode == DISCIPLINE_INITIAL) {
		end_initially(d);
		return;
	}
	/* To ntpd that is no failure. */
	log_warning(d->log, d->settings->ntp.style ? "SYNC: no servers found"
						   : "No suitable source for synchronisation");
	loop_stop(d->loop, d->settings->ntp.style ? 0 : 1);
}
