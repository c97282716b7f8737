/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What administrators ask of the discipline while it runs, and what it reports to them.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/source_options.h"
#include "daemon/discipline/state.h"
#include "daemon/words.h"

/* A slew asked for by hand takes its time at most by this, s. */
#define HAND_DURATION 1.0
/* A year is kept free at the end of what instants can say. */
#define LAST_INSTANT (INT64_MAX - INT64_C(366) * 86400 * INSTANT_S)

bool discipline_can_be(int64_t truth)
{
	return truth >= 0 && truth <= LAST_INSTANT;
}

void discipline_report_tracking(struct discipline *d, struct report_tracking *ret)
{
	struct clock_now now = clock_now(d->clock);
	const struct clock_reference *r = clock_get_reference(d->clock);
	const struct clock_model *m = clock_get_model(d->clock);

	*ret = (struct report_tracking){
		.refid = r->refid,
		.address = r->address,
		.stratum = r->synchronised ? r->stratum : 0,
		.leap = r->leap,
		.reference_time = r->reference_time,
		.correction = instant_diff_s(now.truth, now.system),
		.last_offset = d->last_offset,
		.rms_offset = sqrt(d->mean_square_offset),
		.frequency_ppm = discipline_frequency_ppm(d, m->rate),
		.root_delay = r->root_delay,
		.root_dispersion = clock_root_dispersion(d->clock, now.osc),
		.update_interval = d->update_interval,
	};
	if (d->real.synchronised) {
		/* Positive: the reference loses on us more than we allow for. */
		ret->residual_ppm = -d->residual * 1e6 + 0.0;
		ret->skew_ppm = m->rate_sd * 1e6;
	}
}

void discipline_report_select(
	struct discipline *d, const struct source *s, struct report_select *ret)
{
	struct source *mine = NULL;
	const struct source_select_memory *m;

	for (size_t i = 0; i < sources_count(d->sources); i++) {
		if (sources_at(d->sources, i) == s)
			mine = sources_at(d->sources, i);
	}
	if (!mine)
		return;
	m = source_select_memory(mine);
	*ret = (struct report_select){
		.refid = source_refid(s),
		.state = source_state(s),
		.authenticated = source_authenticated(s),
		.leap = source_leap(s),
		.configured = source_select_options(s),
		.effective = m->effective,
		.score = m->score,
		.low = -m->high,
		.high = -m->low,
	};
	if (source_mode(s) != REPORT_MODE_REFCLOCK)
		ret->address = *source_address(s);
	if (m->low != m->high)
		ret->age = (uint32_t)fmin(m->age, REPORT_NEVER - 1);
}

void discipline_reset_sources(struct discipline *d)
{
	sources_reset(d->sources);
	joint_reset(d->joint);
	discipline_unsynchronise(d);
}

int discipline_makestep(struct discipline *d)
{
	double correction = clock_correction(d->clock);
	int r = clock_step(d->clock);

	if (r < 0)
		log_error(d->log, "Could not step system clock");
	else
		words_say(d->log, stepped, correction);
	return r;
}

void discipline_set_makestep(struct discipline *d, int limit, double threshold)
{
	d->policy.makestep_left = limit;
	d->policy.makestep_threshold = threshold;
	log_info(d->log, "New makestep %f %d", threshold, limit);
}

void discipline_set_maxupdateskew(struct discipline *d, double ppm)
{
	d->policy.maxupdateskew = fabs(ppm) * 1e-6;
	log_info(d->log, "New maxupdateskew %f ppm", ppm);
}

void discipline_set_reselectdist(struct discipline *d, double s)
{
	d->select.reselectdist = s;
	log_info(d->log, "New reselect distance %f", s);
}

void discipline_adjust_frequency(struct discipline *d, double ppm)
{
	struct clock_now now = clock_now(d->clock);
	struct clock_model m = *clock_get_model(d->clock);

	m.osc = now.osc;
	m.offset_ns = clock_model_offset(d->clock, now.osc);
	m.rate = fmax(-d->policy.maxdrift, fmin(m.rate - ppm * 1e-6, d->policy.maxdrift));
	clock_set_model(d->clock, &m);
	clock_slew(d->clock, HAND_DURATION, d->policy.maxslewrate);
	log_info(d->log, "Accumulated delta freq of %.3fppm", ppm);
}

int discipline_adjust_offset(struct discipline *d, double s)
{
	struct clock_now now = clock_now(d->clock);
	struct clock_model m = *clock_get_model(d->clock);

	if (!(fabs(s) <= SOURCE_OFFSET_MAX))
		return -EINVAL;
	m.osc = now.osc;
	m.offset_ns = instant_add_s(clock_model_offset(d->clock, now.osc), -s);
	/* Nor may several together leave what instants can say. */
	if (!discipline_can_be(instant_add(now.osc, m.offset_ns)))
		return -EINVAL;
	clock_set_model(d->clock, &m);
	clock_slew(d->clock, HAND_DURATION, d->policy.maxslewrate);
	log_info(d->log, "Accumulated delta offset of %.6f seconds", s);
	return 0;
}

int discipline_report_smoothing(struct discipline *d, struct report_smoothing *ret)
{
	return clock_smooth_report(d->clock, ret);
}

int discipline_set_smoothing(struct discipline *d, bool on)
{
	int r = on ? clock_smooth_activate(d->clock) : clock_smooth_reset(d->clock);

	if (r < 0)
		return r;
	log_info(d->log, on ? "Activated time smoothing%s" : "Reset time smoothing",
		d->settings->smooth_leap_only ? " (leap seconds only)" : "");
	return 0;
}
