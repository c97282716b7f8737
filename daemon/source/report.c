/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of sources. Inside an offset is true minus local; "local fast" of the reports is the
 * negative of that.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** What chrony reports while nothing is known (chrony-behaviour 2.3). */
#define UNKNOWN_SD       4.0
#define UNKNOWN_SKEW_PPM 2000.0

void source_report(struct sources *r, const struct source *s, struct report_source *ret)
{
	struct clock *clock = r->env->clock;
	const struct sample *last;
	struct track_figures f;
	double age;

	*ret = (struct report_source){
		.address = s->address,
		.poll = source_poll(s),
		.state = REPORT_STATE_NOT_SELECTABLE,
		.mode = source_mode(s),
		.reach = s->reach,
		.age = REPORT_NEVER,
	};
	if (s->refclock != NULL) {
		ret->address.family = ADDRESS_IP4;
		for (int i = 0; i < 4; i++)
			ret->address.ip[i] = (uint8_t)(s->refclock->refid >> (24 - 8 * i));
	}
	if (r->modules.report_state != NULL)
		ret->state = r->modules.report_state(s->state);
	track_get_figures(s->track, &f);
	if (f.samples == 0)
		return;
	last = &f.last;
	age = instant_diff_s(clock_now(clock).osc, last->osc);
	ret->age = (uint32_t)fmin(fmax(age, 0), REPORT_NEVER - 1.0);
	ret->stratum = last->stratum;
	ret->original_offset = s->original_offset;
	ret->adjusted_offset =
		instant_diff_s(clock_model_offset(clock, last->osc), last->offset_ns);
	ret->error =
		(last->root_delay + last->delay) / 2 + last->root_dispersion + last->dispersion;
}

void source_report_stats(struct sources *r, const struct source *s, struct report_sourcestats *ret)
{
	struct clock *clock = r->env->clock;
	int64_t osc = clock_now(clock).osc;
	struct track_estimate e;
	struct track_figures f;

	*ret = (struct report_sourcestats){
		.refid = source_refid(s),
		.address = s->address,
		.std_dev = UNKNOWN_SD,
		.skew_ppm = UNKNOWN_SKEW_PPM,
	};
	track_get_figures(s->track, &f);
	if (f.samples == 0 || track_estimate(s->track, osc, &e) < 0)
		return;
	ret->samples = f.samples;
	ret->runs = f.runs;
	ret->span = (uint32_t)lround(fmin(f.span, REPORT_NEVER - 1.0));
	ret->std_dev = e.sample_sd;
	ret->residual_ppm = (clock_get_model(clock)->rate - e.rate) * 1e6;
	ret->skew_ppm = e.rate_sd * 1e6;
	ret->offset = instant_diff_s(clock_model_offset(clock, osc), e.offset_ns);
	ret->offset_error = e.offset_sd;
}

int source_report_ntp(const struct source *s, struct report_ntpdata *ret)
{
	if (s->instance == NULL)
		return -ENOENT;
	s->registry->modules.protocol->report(s->instance, ret);
	return 0;
}

int source_report_auth(const struct source *s, struct report_auth *ret)
{
	if (s->refclock != NULL)
		return -ENOENT;
	if (s->instance == NULL)
		*ret = (struct report_auth){.ke_age = REPORT_NEVER};
	else
		s->registry->modules.protocol->report_auth(s->instance, ret);
	return 0;
}

bool source_stands_in(const struct source *s)
{
	const struct clock_reference *r = clock_get_reference(s->registry->env->clock);

	return s->refclock != NULL && s->refclock->settings.fudge.last_resort && r->synchronised &&
	       r->refid == REFID_LOCAL;
}

int source_report_refclock(const struct source *s, struct source_refclock_report *ret)
{
	const char *(*timecode)(const struct refclock_instance *i);

	if (s->refclock == NULL)
		return -ENOENT;
	timecode = s->refclock->driver->timecode;
	*ret = (struct source_refclock_report){.settings = &s->refclock->settings,
		.polls = s->refclock->polls,
		.silent = s->refclock->silent,
		.bad_format = s->refclock->bad_format,
		.bad_data = s->refclock->bad_data,
		.fault = s->refclock->fault,
		.timecode = timecode != NULL ? timecode(s->refclock->instance) : ""};
	return 0;
}

void sources_report_activity(const struct sources *r, struct report_activity *ret)
{
	*ret = (struct report_activity){0};
	for (size_t i = 0; i < r->n; i++) {
		const struct source *s = r->all[i];

		if (s->refclock != NULL)
			continue;
		if (s->instance == NULL) {
			ret->unresolved++;
			continue;
		}
		switch (r->modules.protocol->activity(s->instance)) {
		case PROTOCOL_OFFLINE:
			ret->offline++;
			break;
		case PROTOCOL_ONLINE:
			ret->online++;
			break;
		case PROTOCOL_BURST_ONLINE:
			ret->burst_online++;
			break;
		case PROTOCOL_BURST_OFFLINE:
			ret->burst_offline++;
			break;
		}
	}
}

/** The most updates of the reach register that -q waits for, and the samples it needs. */
#define EXHAUSTED_UPDATES 7
#define EXHAUSTED_SAMPLES 3

/**
 * Whether a source waits for its name, or that of its pool, to be resolved: the clock is often set
 * before the network is there. What ntpd's -q gives up is given up.
 */
static bool awaits_address(const struct source *s)
{
	const struct sources *r = s->registry;

	if (s->address.family != ADDRESS_ID || s->entry->initial || !s->options.online ||
		r->env->settings->ntp.style)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->entry == s->entry && r->all[i]->instance != NULL)
			return false;
	return true;
}

/** Whether a source can still come to as many samples as selection asks for. */
static bool can_give(const struct source *s)
{
	unsigned needed = EXHAUSTED_SAMPLES, left;
	int max = s->options.maxsamples;
	struct track_figures f;

	if (max < 0)
		max = s->registry->env->settings->maxsamples;
	if (max > 0 && (unsigned)max < needed)
		needed = (unsigned)max;
	if (awaits_address(s))
		return true;
	if (!source_active(s) || (s->refclock != NULL && !s->running) ||
		s->reach_updates >= EXHAUSTED_UPDATES)
		return false;
	left = EXHAUSTED_UPDATES - s->reach_updates;
	track_get_figures(s->track, &f);
	return f.samples + left >= needed;
}

bool sources_exhausted(const struct sources *r)
{
	if (r->rounds == 0)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (can_give(r->all[i]))
			return false;
	return true;
}
