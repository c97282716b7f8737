/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator of one source: hands samples to the bank with what their path says of them, and
 * deals with what no hypothesis of the bank has: steps of the source, new paths, lost time.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/track/state.h"

/* A sample is a surprise when ordinary noise explains less than this part of it. */
#define ORDINARY 0.1
/* It changed when it is off by so many standard deviations. */
#define STEP_SIGMAS 3.0
/* A line explains two surprises when it leaves so much of what a step would. */
#define RATE_PART 0.1
/* A deviation below this, s, is never believed: one unit of the time scales. */
#define LEAST_DEVIATION 1e-9
/* Offsets are kept near zero for the bank's sake: beyond this, s, the base moves. */
#define BASE_LIMIT 1.0

void track_limit(struct track *t, int min_samples, int max_samples)
{
	t->min_samples = min_samples;
	t->max_samples = max_samples > 0 && max_samples < TRACK_KEPT ? max_samples : TRACK_KEPT;
}

struct track *track_create(int min_samples, int max_samples)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	track_limit(t, min_samples, max_samples);
	t->prior_rate_sd = TRACK_UNKNOWN_RATE;
	return t;
}

void track_destroy(struct track *t)
{
	free(t);
}

void track_reset(struct track *t)
{
	t->started = false;
	t->samples = 0;
	t->interval_known = false;
	t->patience = 0;
	t->polled = 0;
	t->since_change = 0;
	t->open.is = false;
	t->n_kept = 0;
	path_reset(&t->path);
}

void track_prior_rate(struct track *t, double rate, double sd)
{
	t->prior_rate = rate;
	t->prior_rate_sd = sd;
}

void track_prior_wander(struct track *t, double wander)
{
	t->prior_wander = wander;
}

static double seconds(int64_t later, int64_t earlier)
{
	return (double)(later - earlier) * 1e-9;
}

/* What a sample and its path say of the sample's error. */
static struct bank_measurement measurement(const struct track *t, const struct sample *s)
{
	struct bank_measurement m = {
		.z = (double)(s->offset_ns - t->base_ns) * 1e-9,
		.dispersion = fmax(s->dispersion, LEAST_DEVIATION),
	};
	double mean_excess;

	if (!s->queueing) {
		m.bell = 5 * m.dispersion;
		return m;
	}
	mean_excess = path_quantile(&t->path, 0.75) - path_min(&t->path);
	m.width = path_width(&t->path, s->delay) + LEAST_DEVIATION;
	m.excess = mean_excess;
	m.core = path_quantile(&t->path, 0.25) - path_min(&t->path);
	m.deviation = fmax(path_deviation(&t->path), LEAST_DEVIATION);
	m.bell = 3 * m.width + mean_excess + m.dispersion;
	return m;
}

/* Error that the first sample of a source may have whose delays tell nothing, s. */
#define ANY_ERROR 1.0

/* The first sample: its own error, and a rate known before or not at all. */
static void begin(struct track *t, const struct sample *s)
{
	double sd = s->queueing ? 10 * (s->delay + s->dispersion) + 1e-6 : ANY_ERROR;

	t->base_ns = s->offset_ns;
	t->began = s->osc;
	t->step.osc = s->osc;
	t->step.rate_step = 0.0;
	bank_start(&t->bank, s->queueing, sd, t->prior_rate, t->prior_rate_sd, t->prior_wander);
	t->started = true;
}

/* A memory of at most max_samples: what is older fades. */
static double fade(const struct track *t)
{
	if (t->max_samples >= TRACK_KEPT)
		return 1.0;
	return t->max_samples > 1 ? t->max_samples / (t->max_samples - 1.0) : 1e6;
}

/* A path that became shorter or was replaced: its asymmetry is another one. */
static void path_changed(struct track *t, double by)
{
	t->moved.x_sd = fabs(by) / 2 / sqrt(3);
	bank_inflate(&t->bank, t->moved.x_sd, 0.0, 0.0);
}

/* Carries the bank on and takes a measurement at the end of it. */
static struct bank_verdict advance(struct track *t, double dt, const struct bank_measurement *m)
{
	bank_predict(&t->bank, dt, fade(t), TRACK_UNKNOWN_RATE);
	return bank_update(&t->bank, m);
}

/* Whether two surprises lie on a line with the sample before them rather than beside it by as much:
 * then the rate is what was wrong. */
static bool is_of_rate(const struct track *t, double innovation, double dt)
{
	double first = t->open.innovation, grown = first * (t->open.since + dt) / t->open.since;

	return fabs(innovation - grown) < RATE_PART * fabs(innovation - first);
}

/* Two surprises to the same side are no outliers: since the sample before them the source or the
 * oscillator's frequency made a step. Both are taken by a bank that holds either for possible, but
 * of a frequency that no oscillator should have only when nothing else explains them. */
static void learn_anew(
	struct track *t, const struct bank_measurement *m, double innovation, double dt)
{
	bool turned = is_of_rate(t, innovation, dt);
	double by = fabs(t->open.innovation), limit = turned ? TRACK_ANY_RATE : TRACK_UNKNOWN_RATE;
	double rate = fmin(by / t->open.since, limit);

	t->bank = t->before;
	bank_inflate(&t->bank, by, rate, t->open.since);
	bank_update(&t->bank, &t->open.measurement);
	advance(t, dt, m);
	t->moved.x_sd = hypot(t->moved.x_sd, by);
	t->moved.y_sd = rate;
	t->moved.since = t->open.since + dt;
	t->open.is = false;
	/* Of a rate that was never known the first sample tells as much as the others. */
	if (!turned || t->samples > 2)
		t->since_change = 1;
	t->step.interval = seconds(t->osc, t->step.osc);
	t->step.osc = t->osc;
	t->step.then = t->before.estimate.mean;
}

/* The sample is not taken for now. */
static void leave_open(struct track *t, const struct bank_measurement *m, double dt, double by)
{
	t->bank = t->before;
	/* One to either side is noise that was not known of. */
	if (t->open.is)
		bank_update(&t->bank, &t->open.measurement);
	bank_predict(&t->bank, dt, fade(t), TRACK_UNKNOWN_RATE);
	t->open.is = true;
	t->open.since = fmax(dt, 1e-3);
	t->open.measurement = *m;
	t->open.innovation = by;
}

/* Takes a measurement dt s after the one before. A surprise is left open until there is another
 * sample: what that one does not confirm was an outlier and is as if it had never been. */
static void take(struct track *t, const struct bank_measurement *m, double dt)
{
	struct bank_verdict v;

	t->before = t->bank;
	v = advance(t, dt, m);
	if (v.expected > ORDINARY)
		t->open.is = false;
	else if (t->open.is && signbit(v.innovation) == signbit(t->open.innovation))
		learn_anew(t, m, v.innovation, dt);
	else
		leave_open(t, m, dt, v.innovation);
}

static void keep(struct track *t, const struct sample *s, const struct bank_measurement *m)
{
	t->newest = t->n_kept > 0 ? (t->newest + 1) % TRACK_KEPT : 0;
	t->kept[t->newest] = (struct track_kept){
		.sample = *s, .residual = m->z - t->bank.estimate.mean.x, .measurement = *m};
	if (t->n_kept < TRACK_KEPT)
		t->n_kept++;
}

static void move_base(struct track *t)
{
	double x = t->bank.estimate.mean.x;
	int64_t whole;

	if (fabs(x) < BASE_LIMIT)
		return;
	whole = (int64_t)llround(x * 1e9);
	t->base_ns += whole;
	t->open.measurement.z -= (double)whole * 1e-9;
	bank_move(&t->bank, -(double)whole * 1e-9);
}

/* By how much the rate is another one than before the last step, s/s; 0 unless that is certain. */
static double rate_step(const struct track *t)
{
	const struct filter *f = &t->bank.estimate.mean, *then = &t->step.then;
	double by = f->y - then->y;

	return by * by > STEP_SIGMAS * STEP_SIGMAS * (f->p11 + then->p11) ? by : 0.0;
}

int track_sample(struct track *t, const struct sample *s)
{
	struct bank_measurement m;
	double changed = 0.0;
	int64_t before = t->osc;

	if (t->started && (s->osc <= t->osc || s->queueing != t->bank.queueing))
		return -EINVAL;
	if (!t->started) {
		begin(t, s);
		before = s->osc;
	}
	t->osc = s->osc;
	memset(&t->moved, 0, sizeof(t->moved));
	if (s->queueing)
		changed = path_add(&t->path, s->delay);
	m = measurement(t, s);
	if (fabs(changed) > m.width)
		path_changed(t, changed);
	if (changed > 0)
		t->since_change = PATH_NEW - 1;
	t->spacing = seconds(t->osc, before);
	take(t, &m, t->spacing);
	keep(t, s, &m);
	if (t->samples > t->since_change && t->since_change <= TRACK_STEP_SAMPLES)
		t->step.rate_step = rate_step(t);
	if (t->samples < TRACK_KEPT)
		t->samples++;
	if (t->since_change < TRACK_KEPT)
		t->since_change++;
	t->taken++;
	move_base(t);
	return 0;
}

void track_shift(struct track *t, int64_t ns, double sd)
{
	if (!t->started)
		return;
	t->base_ns += ns;
	bank_inflate(&t->bank, sd, 0.0, 0.0);
	t->open.is = false;
	for (unsigned i = 0; i < t->n_kept; i++)
		t->kept[i].sample.offset_ns += ns;
}

void track_bend(struct track *t, int64_t osc, int64_t ns, double rate)
{
	int64_t by = ns - (int64_t)llround(rate * (double)(osc - t->osc));

	if (!t->started)
		return;
	t->base_ns += by;
	bank_turn(&t->bank, rate);
	bank_turn(&t->before, rate);
	t->step.then.y += rate;
	for (unsigned i = 0; i < t->n_kept; i++)
		t->kept[i].sample.offset_ns += by;
}

/* While it is open whether a surprise was an outlier, the estimate may be wrong by as much. */
static void doubt(const struct track *t, struct filter *f)
{
	double by = t->open.innovation, rate = by / t->open.since;

	if (!t->open.is)
		return;
	f->p00 += by * by;
	f->p11 += fmin(rate * rate, TRACK_UNKNOWN_RATE * TRACK_UNKNOWN_RATE);
}

/* A rate that steps now and then may do so again, although it hardly wanders in between: steps of
 * this size as often as lately are a random walk too. */
double track_step_wander(const struct track *t)
{
	double often = fmax(t->step.interval, seconds(t->osc, t->step.osc));

	return often > 0 ? fabs(t->step.rate_step) / sqrt(often) : 0.0;
}

int track_estimate(const struct track *t, int64_t osc, struct track_estimate *ret)
{
	struct filter f = t->bank.estimate.mean;
	double wander = hypot(t->bank.estimate.wander, track_step_wander(t));

	if (!t->started)
		return -EAGAIN;
	/* Looking back in time does not make the past less certain than the newest sample. */
	if (osc >= t->osc)
		filter_predict(&f, seconds(osc, t->osc), wander);
	else
		f.x += seconds(osc, t->osc) * f.y;
	doubt(t, &f);
	*ret = (struct track_estimate){
		.osc = osc,
		.offset_ns = t->base_ns + (int64_t)llround(f.x * 1e9),
		.rate = f.y,
		.offset_sd = sqrt(fmax(f.p00, 0.0)),
		.rate_sd = sqrt(fmax(f.p11, 0.0)),
		.covariance = f.p01,
		.wander = wander,
		.sample_sd = track_sample_sd(t),
	};
	return 0;
}
