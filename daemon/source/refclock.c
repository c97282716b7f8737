/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference clocks as sources: the driver is asked every 2^dpoll s, each of its samples goes to the
 * estimator, and every 2^poll s the reach register moves and selection looks (chrony-behaviour 13).
 * There is no median filter before the estimator, which weighs every sample by what it is worth,
 * unless the filter option asks for one.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** Polling intervals that work, log2 s. */
#define POLL_MIN (-7)
#define POLL_MAX 24
/** The clock is steered up to 2^2 times in a poll. */
#define STEERINGS_LOG2 2
/** Room for what a driver counts. */
#define COUNTS 128
/** Readings of a clock of ntp.conf before its first poll is over. */
#define FIRST_TICKS 4

/** What the estimator makes of a poll's samples, for the log. */
static void tell_estimate(const struct source *s)
{
	const struct sample *newest = &s->refclock->newest;
	struct track_estimate e;

	if (track_estimate(s->track, newest->osc, &e) < 0)
		return;
	refclock_tell(s, &(struct source_refclock_sample){
				 .truth = clock_true_from_osc(s->registry->env->clock, newest->osc),
				 .tick = -1,
				 .leap = newest->leap,
				 .cooked = refclock_cooked(s, newest->osc, e.offset_ns),
				 .dispersion = e.offset_sd,
			 });
}

/** What the driver counted in a poll, for the statistics. */
static void tell_counts(const struct source *s)
{
	const struct sources *r = s->registry;
	char counts[COUNTS];
	struct text t = text_on(counts, sizeof(counts));

	if (s->refclock->driver->count == NULL)
		return;
	s->refclock->driver->count(s->refclock->instance, &t);
	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.counted != NULL)
			r->listeners[i].calls.counted(r->listeners[i].arg, s, counts);
}

/** The clock is steered by new samples more often than reports count polls: an estimate that is
 * made of many samples is worth more while it is fresh. */
static void steer_between(struct source *s)
{
	const struct source_refclock *rc = s->refclock;
	int apart = rc->poll - rc->dpoll - STEERINGS_LOG2;

	if (!s->news || rc->tick % (INT64_C(1) << (apart > 0 ? apart : 0)) != 0)
		return;
	if (rc->settings.local)
		steady_follow(s);
	else
		registry_tell(s, true);
}

bool source_between_polls(const struct source *s)
{
	return s->refclock != NULL && s->refclock->tick != 0;
}

/** What the filter option makes of a poll goes to the estimator. Returns whether that has news. */
static bool take_combined(struct source *s)
{
	struct sample combined;

	if (s->refclock->settings.filter < 2)
		return true;
	return combine_emit(s, &combined) == 0 && refclock_estimate(s, &combined) == 0;
}

static void run_poll(void *arg)
{
	struct source *s = arg;
	struct source_refclock *rc = s->refclock;
	struct loop *loop = s->registry->env->loop;
	int64_t now = loop_now(loop), next;
	bool arrived, fresh;

	if (rc->driver->poll != NULL)
		rc->driver->poll(rc->instance);
	/* From the instant that was meant, so that the polls do not drift. */
	next = instant_add_s(rc->timer.at, exp2(rc->dpoll));
	loop_timer_set(loop, &rc->timer, next > now ? next : instant_add_s(now, exp2(rc->dpoll)));
	if (++rc->tick < INT64_C(1) << (rc->poll - rc->dpoll)) {
		steer_between(s);
		return;
	}
	arrived = rc->arrived > 0;
	fresh = arrived && take_combined(s);
	rc->polls++;
	rc->silent += !arrived;
	rc->tick = 0;
	rc->arrived = 0;
	member_reach(s, arrived);
	tell_counts(s);
	if (fresh)
		tell_estimate(s);
	if (fresh && rc->settings.local)
		steady_follow(s);
	registry_tell(s, fresh && !rc->settings.local);
}

void refclock_start(struct source *s)
{
	struct loop *loop = s->registry->env->loop;

	refclock_check_lock(s);
	loop_timer_set(loop, &s->refclock->timer, loop_now(loop));
}

/** "SHM0", "PPS1"; from the tenth on "SH10": driver's letters and a running number. */
static uint32_t automatic_refid(const char *driver, unsigned index)
{
	uint8_t id[4] = {0};

	for (int i = 0; i < 3 && driver[i] != '\0'; i++)
		id[i] = (uint8_t)driver[i];
	if (index >= 10)
		id[2] = (uint8_t)('0' + index / 10 % 10);
	id[3] = (uint8_t)('0' + index % 10);
	return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}

static int clamp_poll(int poll)
{
	return poll < POLL_MIN ? POLL_MIN : poll > POLL_MAX ? POLL_MAX : poll;
}

/** More readings than this are not counted one by one. */
#define MANY 64

/** Samples that are said are of polls; the estimator counts readings. */
static int readings(const struct settings_refclock *o, int samples)
{
	int poll = clamp_poll(o->poll), dpoll = clamp_poll(o->dpoll);
	int each =
		o->filter < 2 && poll > dpoll ? (poll - dpoll < 6 ? 1 << (poll - dpoll) : MANY) : 1;

	if (samples <= 0)
		return samples;
	return samples >= MANY / each ? MANY : samples * each;
}

/** A reference clock's settings in the words of a source's options. */
static struct source_options options_of(const struct settings_refclock *o)
{
	struct source_options ret = source_options_default(SOURCE_SERVER);

	ret.minpoll = ret.maxpoll = clamp_poll(o->poll);
	ret.minsamples = readings(o, o->minsamples);
	ret.maxsamples = readings(o, o->maxsamples);
	ret.maxunreach = o->maxunreach;
	ret.offset = o->offset;
	ret.select = o->select;
	/* What does not know the time cannot tell it. */
	if (o->local)
		ret.select = SELECT_NOSELECT;
	return ret;
}

int sources_add_refclock(struct sources *r, const struct settings_refclock *settings,
	const struct refclock_driver *driver, struct text *why)
{
	struct source_options options = options_of(settings);
	struct source_refclock *rc;
	struct source *s;
	int64_t ticks;
	int e;

	rc = calloc(1, sizeof(*rc));
	s = rc != NULL ? member_create(r, NULL, &options) : NULL;
	if (s == NULL) {
		free(rc);
		return -ENOMEM;
	}
	s->refclock = rc;
	rc->settings = *settings;
	if (rc->settings.filter > MEDIAN_MAX) {
		log_warning(r->env->log, "Refclock %s: filter %d is too long, %d will do",
			driver->name, settings->filter, MEDIAN_MAX);
		rc->settings.filter = MEDIAN_MAX;
	}
	rc->driver = driver;
	rc->poll = clamp_poll(settings->poll);
	rc->dpoll = clamp_poll(settings->dpoll);
	if (rc->dpoll > rc->poll)
		rc->dpoll = rc->poll;
	/* ntpd looks at a clock soon, whatever its poll. */
	ticks = INT64_C(1) << (rc->poll - rc->dpoll);
	if (settings->fudge.type != 0 && ticks > FIRST_TICKS)
		rc->tick = ticks - FIRST_TICKS;
	rc->refid = settings->refid;
	if (rc->refid == 0)
		rc->refid = automatic_refid(driver->name, r->n_refclocks);
	e = loop_timer_init(r->env->loop, &rc->timer, run_poll, s);
	if (e == 0)
		e = driver->create(
			&r->refclock_env, settings, &refclock_sink, s, why, &rc->instance);
	if (e == 0)
		e = registry_append(r, s);
	if (e < 0) {
		member_destroy(s);
		return e;
	}
	r->n_refclocks++;
	registry_tell_added(s);
	member_start(s);
	return 0;
}

/** The driver with another parameter. Returns 0 or -errno, logged. */
static int begin_driver(struct source *s, const struct settings_refclock *now)
{
	const struct sources *r = s->registry;
	struct source_refclock *rc = s->refclock;
	struct refclock_instance *instance;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	int e = rc->driver->create(&r->refclock_env, now, &refclock_sink, s, &why, &instance);

	if (e < 0) {
		log_error(r->env->log, "%s",
			why.n > 0 ? buffer : "Could not change a refclock : Out of memory");
		return e;
	}
	rc->driver->destroy(rc->instance);
	rc->instance = instance;
	return 0;
}

void refclock_change(struct source *s, const struct settings_refclock *now)
{
	struct source_refclock *rc = s->refclock;
	double moved = now->offset - rc->settings.offset;
	int filter = rc->settings.filter;

	if (strcmp(rc->settings.parameter, now->parameter) != 0 && begin_driver(s, now) < 0)
		return;
	rc->settings = *now;
	rc->settings.filter = filter;
	if (now->refid != 0)
		rc->refid = now->refid;
	s->options.select = options_of(now).select;
	s->options.offset += moved;
	if (moved != 0) {
		track_shift(s->track, instant_add_s(0, moved), 0);
		median_forget(s);
		refclock_forget(s);
	}
	if (s->running)
		refclock_check_lock(s);
}

void refclock_destroy(struct source *s)
{
	struct source_refclock *rc = s->refclock;

	if (rc == NULL)
		return;
	if (rc->instance != NULL)
		rc->driver->destroy(rc->instance);
	if (rc->timer.run != NULL)
		loop_timer_done(s->registry->env->loop, &rc->timer);
	free(rc);
}

void refclock_forget(struct source *s)
{
	if (s->refclock == NULL)
		return;
	s->refclock->jump = (struct jump){0};
	s->refclock->steady.osc = 0;
}

void refclock_shifted(struct source *s)
{
	if (s->refclock == NULL)
		return;
	s->refclock->jump.since = clock_now(s->registry->env->clock).osc;
	s->refclock->jump.n = 0;
	s->refclock->steady.osc = 0;
}

void sources_set_tai(struct sources *r, int (*at)(void *arg, int64_t tai_s), void *arg)
{
	r->tai.at = at;
	r->tai.arg = arg;
}
