/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what a reference clock's driver read to a sample of the estimator: whether it can be, which
 * second a pulse is of, TAI to UTC, and readings that do not fit.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"
#include "daemon/source/pulse.h"

/** So many standard deviations are ordinary noise. Gaussian readings pass once in 10^15. */
#define ORDINARY 8.0
/** From so many samples on the estimator knows how large noise is. */
#define KNOWN 8
/** An estimate may be wrong by so many of its standard deviations. */
#define DOUBT 3.0
/** So much of the noise of single readings is taken for the limit of what the estimate is off. */
#define NOISE 3.0
/** No clock is further off, s: sums of instants have an end. */
#define OFFSET_MOST 4e9

void refclock_tell(const struct source *s, const struct source_refclock_sample *m)
{
	const struct sources *r = s->registry;

	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.refclock != NULL)
			r->listeners[i].calls.refclock(r->listeners[i].arg, s, m);
}

double refclock_cooked(const struct source *s, int64_t osc, int64_t offset_ns)
{
	return instant_diff_s(offset_ns, clock_model_offset(s->registry->env->clock, osc));
}

static bool is_power_of_ten(uint64_t n)
{
	while (n % 10 == 0 && n > 0)
		n /= 10;
	return n == 1;
}

static void tell_refused(const struct source *s, const char *why)
{
	uint64_t n = s->refclock->bad_format + s->refclock->bad_data;
	char name[SOURCE_NAME];

	if (!is_power_of_ten(n))
		return;
	source_text(s, name, sizeof(name));
	log_warning(s->registry->env->log, "Refclock %s: sample refused (%s), %llu so far", name,
		why, (unsigned long long)n);
}

static void refuse(void *arg, const char *why)
{
	struct source *s = arg;

	s->refclock->bad_format++;
	tell_refused(s, why);
}

static void set_trouble(void *arg, enum status_clock_fault kind, const char *what)
{
	struct source *s = arg;
	struct source_refclock *rc = s->refclock;
	char name[SOURCE_NAME], now[REFCLOCK_TROUBLE];
	struct text t = text_on(now, sizeof(now));

	if (what != NULL)
		text_add(&t, "%s", what);
	rc->fault = kind;
	if (strcmp(now, rc->trouble) == 0)
		return;
	memcpy(rc->trouble, now, sizeof(now));
	source_text(s, name, sizeof(name));
	if (what != NULL)
		log_warning(s->registry->env->log, "Refclock %s: %s", name, now);
	else
		log_info(s->registry->env->log, "Refclock %s: works again", name);
}

/** What a driver read. */
struct reading {
	int64_t system, osc;
	double offset; /**< s, true minus system clock */
	double dispersion;
	enum leap leap;
	int stratum;
	bool pulse;
};

/** Why a reading makes no sense at all; NULL: it may. */
static const char *nonsense(const struct source *s, const struct reading *m)
{
	const struct source_refclock *rc = s->refclock;
	double age = instant_diff_s(clock_now(s->registry->env->clock).system, m->system);

	if (!isfinite(m->offset) || !isfinite(m->dispersion) || m->dispersion < 0)
		return "not a number";
	if (fabs(m->offset) > OFFSET_MOST)
		return "more than a century from our clock";
	if (m->leap < LEAP_NONE || m->leap >= LEAP_UNSYNCHRONISED)
		return "its clock is not synchronised";
	if (age < 0)
		return "measured in the future";
	if (age > exp2(rc->poll + 1))
		return "too old";
	return NULL;
}

struct source *refclock_lock(const struct source *s)
{
	const struct sources *r = s->registry;
	uint32_t refid = s->refclock->settings.lock;

	for (size_t i = 0; i < r->n && refid != 0; i++)
		if (r->all[i] != s && r->all[i]->refclock != NULL &&
			r->all[i]->refclock->refid == refid)
			return r->all[i];
	return NULL;
}

/** That a lock's samples come too seldom to number all pulses by. */
static void check_lockage(const struct source *s, const struct source *lock)
{
	const struct settings_refclock *o = &s->refclock->settings;
	char name[SOURCE_NAME], other[SOURCE_NAME];

	if ((double)o->maxlockage / o->rate >= exp2(lock->refclock->dpoll))
		return;
	source_text(s, name, sizeof(name));
	source_text(lock, other, sizeof(other));
	log_warning(s->registry->env->log, "%s maxlockage too small for %s", name, other);
}

void refclock_check_lock(const struct source *s)
{
	const struct source *lock = refclock_lock(s);
	uint32_t refid = s->refclock->settings.lock;

	if (refid == 0)
		return;
	if (lock != NULL)
		check_lockage(s, lock);
	else
		log_warning(s->registry->env->log, "Invalid lock refid %c%c%c%c",
			(char)(refid >> 24), (char)(refid >> 16), (char)(refid >> 8), (char)refid);
}

/** One that is locked to nothing is like one that is not locked; one that is locked to itself has
 * no numbers. */
static bool is_locked(const struct source *s)
{
	const struct source_refclock *rc = s->refclock;

	return rc->settings.lock != 0 &&
	       (rc->settings.lock == rc->refid || refclock_lock(s) != NULL);
}

/** Numbers by another reference clock: what it says now, as long as it says something. */
static const char *lock_numbers(struct source *s, struct reading *m, struct pulse_numbers *ret)
{
	const struct settings_refclock *o = &s->refclock->settings;
	struct source *lock = refclock_lock(s);
	struct track_estimate e;

	if (lock == NULL || track_estimate(lock->track, m->osc, &e) < 0)
		return "pulse without a number: the locked source has no samples";
	if (fabs(instant_diff_s(m->osc, lock->refclock->seen_osc)) > o->maxlockage / ret->rate)
		return "pulse without a number: samples of the locked source are older than "
		       "maxlockage";
	ret->offset = instant_diff_s(e.offset_ns, m->system - m->osc);
	ret->doubt = DOUBT * e.offset_sd;
	m->leap = lock->refclock->newest.leap;
	return NULL;
}

/** Numbers by our own time, where that is known well enough. */
static const char *own_numbers(struct source *s, struct reading *m, struct pulse_numbers *ret)
{
	struct clock *clock = s->registry->env->clock;
	const struct clock_reference *r = clock_get_reference(clock);
	double distance = r->root_delay / 2 + clock_root_dispersion(clock, m->osc);

	if (!r->synchronised || distance >= 0.5 / ret->rate) {
		track_reset(s->track);
		median_forget(s);
		return "pulse without a number: nothing else tells the time well enough";
	}
	ret->offset = instant_diff_s(clock_true_from_osc(clock, m->osc), m->system);
	m->leap = r->leap;
	/* What has its seconds from nobody is no primary reference. */
	if (r->refid == REFID_LOCAL || (s->state == '*' && r->refid == s->refclock->refid))
		m->stratum = r->stratum - 1;
	return NULL;
}

/** Finds the second that a pulse is of. Returns why it can not be used, or NULL. */
static const char *complete_pulse(struct source *s, struct reading *m)
{
	const struct settings_refclock *o = &s->refclock->settings;
	struct pulse_numbers n = {.rate = o->rate};
	bool locked = is_locked(s);
	const char *why = locked ? lock_numbers(s, m, &n) : own_numbers(s, m, &n);
	double distance = o->delay / 2 + m->dispersion;

	if (why != NULL)
		return why;
	if (!locked)
		m->offset += round((n.offset - m->offset) * n.rate) / n.rate;
	else if (!pulse_number(&n, m->offset, m->dispersion, &m->offset))
		return "pulse too far from the locked source to be numbered";
	if (o->width > 0 && !pulse_is_edge(&n, o->width, m->offset, distance))
		return "pulse is the other edge, by width";
	return NULL;
}

/** TAI to UTC. Returns why that is not possible, or NULL. */
static const char *from_tai(const struct source *s, struct reading *m)
{
	const struct sources *r = s->registry;
	int64_t tai_s = instant_floor_s(instant_add_s(m->system, m->offset));
	int tai = r->tai.at != NULL ? r->tai.at(r->tai.arg, tai_s) : 0;

	if (tai == 0)
		return "TAI cannot be told from UTC: leapseclist and leapsectz say nothing";
	m->offset -= tai;
	return NULL;
}

static void tell_jump(struct source *s, double deviation)
{
	struct jump *j = &s->refclock->jump;
	double age = instant_diff_s(j->from, j->since), wait = jump_wait(deviation, age);
	char name[SOURCE_NAME];

	if (j->told || j->n < 2 || wait < 1)
		return;
	j->told = true;
	source_text(s, name, sizeof(name));
	log_warning(s->registry->env->log,
		"Refclock %s jumped by %.6f seconds: not followed until that has lasted %.0f "
		"seconds",
		name, deviation, wait);
}

/** Whether a sample goes to the estimator now. */
static bool fits(struct source *s, const struct sample *sample)
{
	struct jump *j = &s->refclock->jump;
	struct jump_reading r = {.osc = sample->osc};
	struct track_figures f;
	struct track_estimate e;
	enum jump_verdict v;

	track_get_figures(s->track, &f);
	if (f.samples >= KNOWN && track_estimate(s->track, sample->osc, &e) == 0) {
		r.known = true;
		r.deviation = instant_diff_s(sample->offset_ns, e.offset_ns);
		r.tolerance = ORDINARY * hypot(e.sample_sd, e.offset_sd) + sample->dispersion;
	}
	v = jump_judge(j, &r);
	if (v == JUMP_WAIT)
		tell_jump(s, r.deviation);
	if (v == JUMP_RESET) {
		track_reset(s->track);
		s->refclock->steady.osc = 0;
	}
	return v != JUMP_WAIT;
}

int refclock_estimate(struct source *s, struct sample *sample)
{
	struct track_figures f;
	struct track_estimate e;

	track_get_figures(s->track, &f);
	/* What a sample of this clock is worth is part of how far it is from the truth. */
	if (f.samples > 0 && track_estimate(s->track, sample->osc, &e) == 0)
		sample->root_dispersion = NOISE * e.sample_sd;
	if (!fits(s, sample) || member_take(s, sample) < 0)
		return -EAGAIN;
	s->refclock->newest = *sample;
	return 0;
}

/** Whether a reading is no newer than the last one: drivers may give one twice. */
static bool is_repeated(const struct source *s, int64_t osc)
{
	struct track_figures f;

	track_get_figures(s->track, &f);
	if (s->n_held > 0)
		return osc <= s->held[s->n_held - 1].osc;
	return f.samples > 0 && osc <= f.last_osc;
}

/** Hands a reading that makes sense on, as a sample. */
static void hand_on(struct source *s, const struct reading *m, double raw)
{
	struct source_refclock *rc = s->refclock;
	struct clock *clock = s->registry->env->clock;
	const struct settings_refclock *o = &rc->settings;
	struct sample sample = {
		.osc = m->osc,
		.offset_ns =
			instant_add(m->system - m->osc, instant_ns(m->offset + s->options.offset)),
		.dispersion = m->dispersion,
		.root_delay = o->delay,
		.stratum = m->stratum,
		.leap = m->leap,
		.refid = rc->refid,
		.queueing = false,
	};
	struct source_refclock_sample told = {
		.truth = clock_true_from_osc(clock, sample.osc),
		.tick = (int)rc->tick,
		.leap = m->leap,
		.pulse = m->pulse,
		.raw = raw,
		.cooked = refclock_cooked(s, sample.osc, sample.offset_ns),
		.dispersion = sample.dispersion,
	};

	if (is_repeated(s, sample.osc))
		return;
	if (leap_admits(s, &sample) &&
		(combine_take(s, &sample) || refclock_estimate(s, &sample) == 0))
		rc->arrived++;
	refclock_tell(s, &told);
}

static bool take_sample(
	void *arg, int64_t system, double offset, double dispersion, enum leap leap, bool pulse)
{
	struct source *s = arg;
	struct source_refclock *rc = s->refclock;
	struct clock *clock = s->registry->env->clock;
	const struct settings_refclock *o = &rc->settings;
	struct reading m = {.system = system,
		.offset = offset,
		.dispersion = dispersion,
		.leap = leap,
		.stratum = o->stratum,
		.pulse = pulse || o->pps};
	const char *why;

	why = nonsense(s, &m);
	/* Instants of which nobody knows what they are have no place in a sum. */
	if (why == NULL)
		m.osc = clock_osc_from_system(clock, system);
	m.dispersion = fmax(dispersion, fmax(o->precision, clock_precision(clock)));
	if (why == NULL && o->maxdispersion > 0 && m.dispersion > o->maxdispersion)
		why = "dispersion above maxdispersion";
	if (why == NULL && o->tai && !m.pulse)
		why = from_tai(s, &m);
	if (why == NULL && m.pulse)
		why = complete_pulse(s, &m);
	if (why != NULL) {
		rc->bad_data++;
		tell_refused(s, why);
		return false;
	}
	rc->seen_osc = m.osc;
	hand_on(s, &m, offset);
	return true;
}

const struct refclock_sink refclock_sink = {
	.sample = take_sample,
	.refused = refuse,
	.trouble = set_trouble,
};
