/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -q and -Q: the first estimate steps the clock, or is only told, and the daemon ends
 * (chrony-config 3.1).
 */
#include "config.h"

#include "common/instant.h"
#include "common/log.h"
#include "daemon/discipline/state.h"

/* How often it is looked whether any source can still answer, s. */
#define INTERVAL 0.1

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

	clock_set_model(d->clock, &m);
	now = clock_now(d->clock);
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

	if (!sources_exhausted(d->sources)) {
		loop_timer_in(d->loop, &d->once, INTERVAL);
		return;
	}
	/* To ntpd that is no failure. */
	log_warning(d->log, d->settings->ntp.style ? "SYNC: no servers found"
						   : "No suitable source for synchronisation");
	loop_stop(d->loop, d->settings->ntp.style ? 0 : 1);
}
