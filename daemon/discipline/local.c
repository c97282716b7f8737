/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local reference: our own clock given out as a source when nothing better is there
 * (chrony-behaviour 7).
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/discipline/state.h"

/* The local reference's time is renewed this often, s. */
#define REFRESH 64.0
/* How far in the past it lies, s. */
#define REFERENCE_AGE 1.0
/* Nothing about a local reference is more urgent or less than this, s. */
#define SOONEST 0.01
#define LATEST  3600.0

static double real_distance(const struct discipline *d, int64_t osc)
{
	double age = fmax(instant_diff_s(osc, d->real.osc), 0.0);

	return d->real.root_delay / 2 + d->real.root_dispersion + age * d->real.dispersion_rate;
}

/* Seconds until the local reference's time has come; 0: it has; negative: not by waiting. */
static double local_due(struct discipline *d, const struct clock_now *now)
{
	const struct settings_local *s = &d->local.settings;
	double distance = real_distance(d, now->osc), by_distance, by_time;

	if (d->real.synchronised && distance < s->activate)
		d->local.reached = true;
	if (!s->on || (s->activate > 0.0 && !d->local.reached))
		return -1.0;
	if (!d->real.synchronised)
		return fmax(s->waitunsynced - instant_diff_s(now->raw, d->local.unsync_since), 0.0);
	by_distance = fmax((s->distance - distance) / d->real.dispersion_rate, 0.0);
	by_time = s->waitsynced - instant_diff_s(now->raw, d->last_update);
	return fmax(by_distance, by_time);
}

void discipline_publish(struct discipline *d)
{
	struct clock_now now = clock_now(d->clock);
	double due = local_due(d, &now);
	struct clock_reference local = {
		.synchronised = true,
		.leap = LEAP_NONE,
		.stratum = d->local.settings.stratum,
		.refid = REFID_LOCAL,
		.reference_time = instant_add_s(now.truth, -REFERENCE_AGE),
		.osc = now.osc,
	};

	/* It has come when less is left than a timer can tell. */
	d->local.active = due >= 0.0 && due < SOONEST / 10;
	clock_set_reference(d->clock, d->local.active ? &local : &d->real);
	if (d->local.active)
		loop_timer_in(d->loop, &d->local.timer, REFRESH);
	else if (due >= 0.0)
		loop_timer_in(d->loop, &d->local.timer, fmin(fmax(due, SOONEST), LATEST));
	else
		loop_timer_stop(d->loop, &d->local.timer);
}

void discipline_local_timer(void *arg)
{
	discipline_publish(arg);
}

void discipline_local_start(struct discipline *d)
{
	d->local.unsync_since = clock_now(d->clock).raw;
}

void discipline_set_local(struct discipline *d, bool on, int stratum, double distance, bool orphan,
	double activate, double waitsynced, double waitunsynced)
{
	d->local.settings = (struct settings_local){.on = on,
		.stratum = stratum,
		.orphan = orphan,
		.distance = distance,
		.activate = activate,
		.waitsynced = waitsynced,
		.waitunsynced = waitunsynced};
	d->local.reached = false;
	d->select.orphan_stratum = on && orphan ? stratum : 0;
	log_info(d->log, on ? "Enabled local reference mode" : "Disabled local reference mode");
	discipline_publish(d);
}
