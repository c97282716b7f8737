/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other settings for a clock that is steered.
 */
#include "config.h"

#include <string.h>

#include "daemon/discipline/state.h"

/* Takes a field from what the settings say now, if they said something else before. */
#define TAKE(to, was, now, field)                                                                  \
	do {                                                                                       \
		if ((was).field != (now).field)                                                    \
			(to).field = (now).field;                                                  \
	} while (0)

static void take_selection(struct discipline *d, const struct settings *was)
{
	struct select_settings then = discipline_select_from(was);
	struct select_settings now = discipline_select_from(d->settings);

	TAKE(d->select, then, now, maxdistance);
	TAKE(d->select, then, now, maxjitter);
	TAKE(d->select, then, now, combinelimit);
	TAKE(d->select, then, now, reselectdist);
	TAKE(d->select, then, now, stratumweight);
	TAKE(d->select, then, now, maxclockerror);
	TAKE(d->select, then, now, minsources);
	TAKE(d->select, then, now, minstratum);
	TAKE(d->select, then, now, maxstratum);
	TAKE(d->select, then, now, orphan_stratum);
	TAKE(d->select, then, now, mindistance);
	TAKE(d->select, then, now, maxcombined);
}

static void take_policy(struct discipline *d, const struct settings *was)
{
	struct policy then = policy_from(was, false), now = policy_from(d->settings, false);

	/* These many updates are counted from the start. */
	if (d->last_update != 0 && now.makestep_left > 0)
		now.makestep_left = 0;
	if (d->last_update != 0)
		now.maxchange_start_left = 0;
	if (was->makestep_limit != d->settings->makestep_limit)
		d->policy.makestep_left = now.makestep_left;
	TAKE(d->policy, then, now, makestep_threshold);
	TAKE(d->policy, then, now, maxchange_on);
	TAKE(d->policy, then, now, maxchange_offset);
	if (was->maxchange_start != d->settings->maxchange_start)
		d->policy.maxchange_start_left = now.maxchange_start_left;
	TAKE(d->policy, then, now, maxchange_ignore_left);
	TAKE(d->policy, then, now, maxupdateskew);
	TAKE(d->policy, then, now, maxdrift);
	TAKE(d->policy, then, now, maxslewrate);
	TAKE(d->policy, then, now, corrtimeratio);
	TAKE(d->policy, then, now, logchange);
	TAKE(d->policy, then, now, step_back);
	TAKE(d->policy, then, now, step_fwd);
	TAKE(d->policy, then, now, stepout);
}

static void take_clock(struct discipline *d, const struct settings *was)
{
	const struct settings *now = d->settings;

	clock_set_rtcsync(d->clock, now->rtcsync);
	if (was->clockprecision != now->clockprecision)
		clock_set_precision(d->clock, now->clockprecision);
	if (was->smooth_frequency_ppm != now->smooth_frequency_ppm ||
		was->smooth_wander_ppm != now->smooth_wander_ppm ||
		was->smooth_leap_only != now->smooth_leap_only)
		clock_smooth(d->clock, now->smooth_frequency_ppm * 1e-6,
			now->smooth_wander_ppm * 1e-6, now->smooth_leap_only);
	if (was->fallbackdrift_min != now->fallbackdrift_min ||
		was->fallbackdrift_max != now->fallbackdrift_max) {
		d->fallback.counted = false;
		discipline_fallback_start(d);
	}
	/* A new file has to be written though nothing is new. */
	if (strcmp(was->driftfile, now->driftfile) != 0)
		d->drift_news = d->last_update != 0;
}

static void take_leap(struct discipline *d, const struct settings *was)
{
	if (strcmp(was->leapseclist, d->settings->leapseclist) == 0 &&
		strcmp(was->leapsectz, d->settings->leapsectz) == 0)
		return;
	d->leap.table = (struct leaptable){0};
	d->leap.looked = 0;
	discipline_leap_start(d);
}

static void take_local(struct discipline *d, const struct settings *was)
{
	const struct settings_local *l = &d->settings->local;

	if (settings_same_local(&was->local, l))
		return;
	discipline_set_local(d, l->on, l->stratum, l->distance, l->orphan, l->activate,
		l->waitsynced, l->waitunsynced);
}

void discipline_configure(struct discipline *d, const struct settings *was)
{
	take_selection(d, was);
	take_policy(d, was);
	take_clock(d, was);
	take_leap(d, was);
	take_local(d, was);
	if (was->manual != d->settings->manual)
		discipline_set_manual(d, d->settings->manual);
	discipline_select(d);
}
