/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference: an update becomes the clock's model, a movement of the system clock, and what is
 * published.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/discipline/state.h"
#include "daemon/words.h"

/* Part of a new offset in the running mean of their squares. */
#define RMS_PART 0.1
/* Skew over this time, s, is what smoothing must be able to follow. */
#define SMOOTH_TIME 1e4
/* What is published as a bound has so many standard deviations... */
#define BOUND_SIGMAS 4.0
/* ...and allows for the wander of so many intervals. */
#define BOUND_INTERVALS 2.0
/* Part of a poll over which a correction is spread that the stable clock's news leaves. */
#define FOLLOW_PART 0.3
/* A poll where there is no source, s. */
#define UNPACED 64.0
/* Skew that is told while there is no estimate, ppm, and of what was typed. */
#define NO_SKEW_PPM 1e6
/* what a drift file says of a frequency that nobody measured, s/s */
#define SKEW_UNKNOWN  1.0
#define HAND_SKEW_PPM 99999.999
/* What was typed is slewed to at most by this, s. */
#define HAND_DURATION 1.0

double discipline_frequency_ppm(const struct discipline *d, double rate)
{
	double others = clock_controls(d->clock) ? 0.0 : clock_base_rate(d->clock);

	/* What the temperature does comes and goes with it. Adding zero turns -0.0 into 0.0. */
	return (others - (rate - d->warmth.rate)) * 1e6 + 0.0;
}

static void tell_listeners(const struct discipline *d, const struct discipline_update *u)
{
	for (size_t i = 0; i < d->n_listeners; i++) {
		if (d->listeners[i].listener->updated)
			d->listeners[i].listener->updated(d->listeners[i].arg, u);
	}
}

/* A reference time that does not tell when exactly we ask our sources. */
static int64_t blurred(const struct discipline *d, int64_t truth)
{
	uint32_t r = 0;

	if (d->kernel->ops->random(d->kernel, &r, sizeof(r)) < 0)
		return truth - INSTANT_S / 2;
	return instant_add_s(truth, -ldexp(r, -32));
}

static double max_error(const struct discipline *d, int64_t osc)
{
	return clock_get_reference(d->clock)->root_delay / 2 + clock_root_dispersion(d->clock, osc);
}

static void forget_reference(struct discipline *d, const struct clock_now *now)
{
	if (d->real.synchronised) {
		d->local.unsync_since = now->raw;
		d->lost = d->real;
	}
	d->real = (struct clock_reference){.leap = LEAP_UNSYNCHRONISED,
		.stratum = 16,
		.osc = now->osc,
		.root_delay = 1.0,
		.root_dispersion = 1.0};
	d->residual = 0.0;
	discipline_publish(d);
}

/* The log tells what was known last, as it has become since. */
static void tell_lost(const struct discipline *d, int64_t osc, struct discipline_update *io)
{
	double age = fmax(instant_diff_s(osc, d->lost.osc), 0);

	if (!d->lost.synchronised)
		return;
	io->skew_ppm = clock_get_model(d->clock)->rate_sd * 1e6;
	io->root_delay = d->lost.root_delay;
	io->root_dispersion = d->lost.root_dispersion + age * d->lost.dispersion_rate;
}

void discipline_unsynchronise(struct discipline *d)
{
	struct clock_now now = clock_now(d->clock);
	struct discipline_update u = {
		.truth = now.truth,
		.frequency_ppm = discipline_frequency_ppm(d, clock_get_model(d->clock)->rate),
		.skew_ppm = NO_SKEW_PPM,
		.leap = LEAP_UNSYNCHRONISED,
		.remaining = instant_diff_s(now.truth, now.system),
		.root_delay = 1.0,
		.root_dispersion = 1.0,
	};

	forget_reference(d, &now);
	tell_lost(d, now.osc, &u);
	u.max_error = u.root_delay / 2 + u.root_dispersion;
	tell_listeners(d, &u);
}

/* Mean time between the samples of a source lately, s; 0 when there is only one. */
static double spacing_of(const struct select_candidate *c)
{
	unsigned n = c->figures.samples;

	return n > 1 ? c->figures.span / (n - 1) : 0.0;
}

void discipline_notice(struct discipline *d, enum discipline_notice what, double offset)
{
	for (size_t i = 0; i < d->n_listeners; i++)
		if (d->listeners[i].listener->noticed)
			d->listeners[i].listener->noticed(d->listeners[i].arg, what, offset);
}

/* Returns the step that was made, 0 when none could be. */
static double step(struct discipline *d, double correction)
{
	if (clock_step(d->clock) == 0) {
		words_say(d->log, stepped, correction);
		return correction;
	}
	log_error(d->log, "Could not step system clock");
	clock_slew(d->clock, 1.0, d->policy.maxslewrate);
	return 0.0;
}

/* Says what the policy found. Returns false when the update is not to be used. */
static bool tell_decision(
	struct discipline *d, const struct policy_decision *p, double rate, double offset)
{
	if (p->rate_clamped)
		log_warning(d->log, "Frequency %.1f ppm exceeds allowed maximum", -rate * 1e6);
	if (p->tell)
		log_warning(d->log, "System clock wrong by %.6f seconds", offset);
	if (p->action == POLICY_WAIT) {
		if (!d->waits)
			discipline_notice(d, DISCIPLINE_SPIKE, offset);
		d->waits = true;
		return false;
	}
	d->waits = false;
	if (p->action != POLICY_IGNORE && p->action != POLICY_EXIT) {
		discipline_mail(d, offset, clock_now(d->clock).system);
		return true;
	}
	if (p->action == POLICY_EXIT)
		discipline_notice(d, DISCIPLINE_PANIC, offset);
	if (p->action == POLICY_EXIT && d->policy.ntpd) {
		log_error(d->log, "CLOCK: Panic: offset too big: %.3f", offset);
		loop_stop(d->loop, 1);
		return false;
	}
	log_warning(d->log,
		"Adjustment of %.3f seconds exceeds the allowed maximum of %.3f seconds (%s) ",
		offset, d->policy.maxchange_offset,
		p->action == POLICY_EXIT ? "exiting" : "ignored");
	if (p->action == POLICY_EXIT)
		loop_stop(d->loop, 1);
	return false;
}

/* Moves the model, and the system clock after it. Returns the step that was made, if any. */
static double steer(struct discipline *d, const struct select_result *r,
	const struct policy_decision *p, double correction, double elapsed)
{
	const struct select_candidate *c = &d->candidates[r->selected];
	struct clock_model m = {
		.osc = r->estimate.osc,
		.offset_ns = r->estimate.offset_ns,
		.rate = p->rate,
		.offset_sd = r->estimate.offset_sd,
		/* A rate that was kept back is wrong by what was measured. */
		.rate_sd = hypot(r->estimate.rate_sd, r->estimate.rate - p->rate),
		.wander = r->estimate.wander,
	};

	clock_set_model(d->clock, &m);
	d->residual = r->estimate.rate - p->rate;
	if (p->action == POLICY_STEP)
		return step(d, correction);
	clock_slew(d->clock,
		policy_duration(&d->policy,
			&(struct policy_correction){
				correction, r->estimate.offset_sd, r->estimate.rate_sd},
			ldexp(1.0, source_poll(d->selected)),
			fmax(elapsed, spacing_of(c) / r->combined)),
		d->policy.maxslewrate);
	return 0.0;
}

/* s/s at which the bound of the error grows until the next update, which is due in about interval
 * seconds: until then the rate wanders as well. The bound is of one estimate, and another one may
 * be followed. */
static double dispersion_rate(
	const struct discipline *d, const struct select_result *r, double interval)
{
	const struct track_estimate *followed = &r->estimate, *bounded = &r->bounded;
	double wander =
		fmax(followed->wander, bounded->wander) * sqrt(BOUND_INTERVALS * interval / 3);

	return BOUND_SIGMAS * hypot(fmax(followed->rate_sd, bounded->rate_sd), wander) +
	       fabs(followed->rate - bounded->rate) + fabs(d->residual) +
	       fmax(d->select.maxclockerror, d->candidates[r->selected].tilt);
}

/** An estimate of few readings may be off by so much more than it thinks, as Student's distribution
 * has it for 1 case in 100,000 against three standard deviations. */
#define FEW(freedoms) (600.0 / ((freedoms) * (freedoms) * (freedoms)))
#define SIGMAS        3.0

/**
 * What its samples do not tell of a source, s. A driver may find what is as old as its poll, and a
 * response of interleaved mode measures the exchange before it: the oscillator may have done
 * anything it can since. And no round trip bounds the error of a reading of a reference clock: few
 * of them may agree by chance.
 */
static double unknown(const struct discipline *d, const struct select_result *r)
{
	const struct select_candidate *c = &d->candidates[r->selected];
	double freedoms = fmax(c->figures.in_force - 1.0, 1.0);
	double aged = c->age * d->select.maxclockerror;

	if (!c->refclock)
		return aged;
	return aged + SIGMAS * FEW(freedoms) * c->estimate.offset_sd;
}

static void set_reference(
	struct discipline *d, const struct select_result *r, const struct clock_now *now)
{
	const struct address *a = source_address(d->selected);

	d->real = (struct clock_reference){
		.synchronised = true,
		.leap = discipline_leap(d, r->leap, now->truth),
		.stratum = r->stratum + 1,
		.refid = source_refid(d->selected),
		.reference_time = blurred(d, now->truth),
		.osc = now->osc,
		.root_delay = r->root_delay,
		/* One standard deviation is in it already. */
		.root_dispersion = r->root_dispersion + unknown(d, r) +
				   (BOUND_SIGMAS - 1) * r->bounded.offset_sd,
		.dispersion_rate = dispersion_rate(d, r, ldexp(1.0, source_poll(d->selected))),
	};
	if (source_mode(d->selected) == REPORT_MODE_REFCLOCK)
		return;
	d->real.address = *a;
	/* The copy option: we stand in its place, not behind it. */
	if (source_get_options(d->selected)->copy) {
		d->real.stratum = r->stratum;
		d->real.refid = d->candidates[r->selected].figures.last.refid;
	}
}

/* Served time is smoothed from when our own is quiet: its frequency must be known better than
 * clients may see it change. Leap seconds alone need no such wait. */
static void look_to_smooth(struct discipline *d, double rate_sd)
{
	const struct settings *s = d->settings;

	if (clock_smooth_hides_leap(d->clock) ||
		(!s->smooth_leap_only && rate_sd / SMOOTH_TIME >= s->smooth_wander_ppm * 1e-6) ||
		clock_smooth_activate(d->clock) < 0)
		return;
	log_info(d->log, "Activated time smoothing%s",
		s->smooth_leap_only ? " (leap seconds only)" : "");
}

static void count_offset(struct discipline *d, double offset, double elapsed)
{
	double square = offset * offset;

	d->last_offset = -offset;
	if (d->offsets_settled)
		d->mean_square_offset += RMS_PART * (square - d->mean_square_offset);
	else {
		/* What the clock was off by at start is no part of how it runs: as chronyd does,
		 * begin to average where the offsets stop shrinking. */
		d->offsets_settled = d->mean_square_offset > 0 && square > d->mean_square_offset;
		d->mean_square_offset = square;
	}
	d->update_interval = elapsed;
	d->drift_news = true;
	d->drift_age += elapsed;
}

/* With `disable ntp` the frequency is left as it was given, and so is its file. */
static double rate_to_save(const struct discipline *d)
{
	if (!d->settings->ntp.discipline)
		return d->given_rate;
	return -discipline_frequency_ppm(d, clock_get_model(d->clock)->rate) * 1e-6;
}

/* The interval between writes has passed. ntp.conf can say which change is worth one; it halves
 * with each interval that saw a smaller one. */
static void look_at_drift(struct discipline *d)
{
	if (!d->settings->ntp.style || isnan(d->drift_saved) ||
		fabs(rate_to_save(d) - d->drift_saved) >= d->drift_least) {
		discipline_save_drift(d);
		return;
	}
	d->drift_age = 0;
	d->drift_least /= 2;
}

void discipline_take(struct discipline *d, const struct select_result *r)
{
	struct clock_now now = clock_now(d->clock);
	int64_t offset_ns = r->estimate.offset_ns +
			    instant_ns(instant_diff_s(now.osc, r->estimate.osc) * r->estimate.rate);
	/* What others did to the clock is a fault of the clock's: of the model's it is none. */
	double moved = d->moved += clock_take_nudges(d->clock);
	double offset = instant_diff_s(offset_ns, clock_model_offset(d->clock, now.osc)) - moved;
	double correction = instant_diff_s(instant_add(now.osc, offset_ns), now.system);
	double elapsed = d->last_update != 0 ? instant_diff_s(now.raw, d->last_update) : 0.0;
	double before = max_error(d, now.osc);
	struct policy_update u = {.controls = clock_controls(d->clock),
		.offset = offset,
		.correction = correction,
		.rate = r->estimate.rate,
		.rate_sd = r->estimate.rate_sd,
		.present_rate = clock_get_model(d->clock)->rate,
		.now = instant_diff_s(now.raw, 0)};
	struct policy_decision p = policy_decide(&d->policy, &u);
	double stepped;

	if (!tell_decision(d, &p, r->estimate.rate, offset))
		return;
	d->moved = 0.0;
	stepped = steer(d, r, &p, correction, elapsed);
	now = clock_now(d->clock);
	set_reference(d, r, &now);
	look_to_smooth(d, r->estimate.rate_sd);
	count_offset(d, offset, elapsed);
	d->last_update = now.raw;
	discipline_fallback_count(d, p.rate, elapsed);
	discipline_publish(d);
	tell_listeners(d, &(struct discipline_update){
				  .truth = now.truth,
				  .source = d->selected,
				  .refid = d->real.refid,
				  .stratum = d->real.stratum,
				  .frequency_ppm = discipline_frequency_ppm(d, p.rate),
				  .skew_ppm = r->estimate.rate_sd * 1e6,
				  .offset = -offset,
				  .leap = d->real.leap,
				  .combined = r->combined,
				  .offset_sd = r->estimate.offset_sd,
				  .remaining = instant_diff_s(now.truth, now.system),
				  .root_delay = d->real.root_delay,
				  .root_dispersion = d->real.root_dispersion,
				  .max_error = before + fabs(offset),
				  .stepped = stepped,
			  });
	if (d->drift_age >= d->settings->drift_interval)
		look_at_drift(d);
}

void discipline_take_by_hand(struct discipline *d, double offset, double rate)
{
	struct clock_now now = clock_now(d->clock);
	struct clock_model m = *clock_get_model(d->clock);
	struct policy_update u = {.controls = clock_controls(d->clock),
		.offset = offset,
		.correction = instant_diff_s(now.truth, now.system) + offset,
		.rate = rate,
		.present_rate = m.rate,
		.now = instant_diff_s(now.raw, 0)};
	struct policy_decision p = policy_decide(&d->policy, &u);
	double stepped = 0.0, before = max_error(d, now.osc);

	if (!tell_decision(d, &p, rate, offset))
		return;
	m.offset_ns = instant_add_s(clock_model_offset(d->clock, now.osc), offset);
	m.osc = now.osc;
	m.rate = p.rate;
	clock_set_model(d->clock, &m);
	if (p.action == POLICY_STEP)
		stepped = step(d, u.correction);
	else
		clock_slew(d->clock, HAND_DURATION, d->policy.maxslewrate);
	count_offset(d, offset, d->last_update != 0 ? instant_diff_s(now.raw, d->last_update) : 0);
	d->last_update = now.raw;
	now = clock_now(d->clock);
	forget_reference(d, &now);
	tell_listeners(d, &(struct discipline_update){
				  .truth = now.truth,
				  .refid = REFID_MANUAL,
				  .stratum = 1,
				  .frequency_ppm = discipline_frequency_ppm(d, p.rate),
				  .skew_ppm = HAND_SKEW_PPM,
				  .offset = -offset,
				  .leap = LEAP_UNSYNCHRONISED,
				  .combined = 1,
				  .remaining = instant_diff_s(now.truth, now.system),
				  .max_error = before + fabs(offset),
				  .stepped = stepped,
			  });
}

void discipline_follow(
	struct discipline *d, const struct source *s, int64_t osc, int64_t ns, double rate)
{
	struct clock_model m = *clock_get_model(d->clock);
	double passed = instant_diff_s(osc, m.osc);
	const struct source *paced = d->selected != NULL ? d->selected : s;
	double poll = paced != NULL ? ldexp(1.0, source_poll(paced)) : UNPACED;

	if (!clock_has_model(d->clock))
		return;
	m.offset_ns = clock_model_offset(d->clock, osc) + ns;
	m.offset_sd = hypot(m.offset_sd, fmax(passed, 0) * m.rate_sd);
	m.osc = osc;
	m.rate += rate;
	clock_set_model(d->clock, &m);
	/* What is left of an older correction is not hurried. */
	clock_slew(d->clock, fmax(poll * FOLLOW_PART, 1.0), d->policy.maxslewrate);
}

void discipline_save_drift(struct discipline *d)
{
	const struct clock_model *m = clock_get_model(d->clock);
	double rate = rate_to_save(d), skew = d->last_update != 0 ? m->rate_sd : SKEW_UNKNOWN;
	int r;

	if (d->settings->driftfile[0] == '\0' || (!d->drift_news && !d->drift_unknown))
		return;
	d->drift_age = 0.0;
	d->drift_news = false;
	d->drift_unknown = false;
	d->drift_saved = rate;
	d->drift_least = d->settings->ntp.nonvolatile;
	r = clock_drift_save(d->clock, d->settings->driftfile, d->settings->ntp.style, rate, skew);
	if (r < 0)
		log_error(d->log, "Could not write drift file %s (error %d)",
			d->settings->driftfile, -r);
	/* One complaint of a directory is enough. */
	if (r == 0 && d->last_update != 0 && m->wander > 0)
		r = clock_wander_save(d->clock, d->settings->driftfile, m->wander);
	if (r < 0)
		log_debug(d->log, "Wander not written (error %d)", -r);
}
