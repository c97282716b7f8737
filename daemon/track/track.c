/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator of one source: hands samples to the bank with what their path says of them, and
 * deals with what no hypothesis of the bank has: steps of the source, new paths, lost time.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "daemon/track/state.h"

/* So many samples in a row that nothing explains are the truth, not outliers. */
#define LOST_LIMIT 4
/* A deviation below this, s, is never believed: one unit of the time scales. */
#define LEAST_DEVIATION 1e-9
/* Offsets are kept near zero for the bank's sake: beyond this, s, the base moves. */
#define BASE_LIMIT 1.0

struct track *track_create(int min_samples, int max_samples)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->min_samples = min_samples;
	t->max_samples = max_samples > 0 && max_samples < TRACK_KEPT ? max_samples : TRACK_KEPT;
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
	t->lost = 0;
	t->n_kept = 0;
	path_reset(&t->path);
}

void track_prior_rate(struct track *t, double rate, double sd)
{
	t->prior_rate = rate;
	t->prior_rate_sd = sd;
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
	m.core = path_quantile(&t->path, 0.25) - path_min(&t->path);
	m.deviation = fmax(path_deviation(&t->path), LEAST_DEVIATION);
	m.bell = 3 * m.width + mean_excess + m.dispersion;
	return m;
}

/* The first sample: its own error, and a rate known before or not at all. */
static void begin(struct track *t, const struct sample *s)
{
	double sd = 10 * (s->delay + s->dispersion) + 1e-6;

	t->base_ns = s->offset_ns;
	bank_start(&t->bank, s->queueing, 0.0, sd, t->prior_rate, t->prior_rate_sd);
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
	if (fabs(by) > 0)
		bank_inflate(&t->bank, fabs(by) / 2 / sqrt(3), 0.0);
}

/* Surprises: single ones are outliers, a run of them is a step of the source. */
static void look_for_step(
	struct track *t, const struct bank_measurement *m, const struct bank_verdict *v)
{
	t->lost = v->lost > 0.5 ? t->lost + 1 : 0;
	if (t->lost < LOST_LIMIT)
		return;
	t->lost = 0;
	bank_inflate(&t->bank, fabs(v->innovation), 0.0);
	bank_update(&t->bank, m);
}

static void keep(struct track *t, const struct sample *s, double residual)
{
	t->newest = t->n_kept > 0 ? (t->newest + 1) % TRACK_KEPT : 0;
	t->kept[t->newest] = (struct track_kept){.sample = *s, .residual = residual};
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
	bank_move(&t->bank, -(double)whole * 1e-9);
}

int track_sample(struct track *t, const struct sample *s)
{
	struct bank_measurement m;
	struct bank_verdict v;
	double changed = 0.0;

	if (t->started && (s->osc <= t->osc || s->queueing != t->bank.queueing))
		return -EINVAL;
	if (!t->started)
		begin(t, s);
	else
		bank_predict(&t->bank, seconds(s->osc, t->osc), fade(t), TRACK_UNKNOWN_RATE);
	t->osc = s->osc;
	if (s->queueing)
		changed = path_add(&t->path, s->delay);
	m = measurement(t, s);
	if (fabs(changed) > m.width)
		path_changed(t, changed);
	v = bank_update(&t->bank, &m);
	look_for_step(t, &m, &v);
	keep(t, s, m.z - t->bank.estimate.mean.x);
	if (t->samples < TRACK_KEPT)
		t->samples++;
	move_base(t);
	return 0;
}

void track_shift(struct track *t, int64_t ns, double sd)
{
	if (!t->started)
		return;
	t->base_ns += ns;
	bank_inflate(&t->bank, sd, 0.0);
	for (unsigned i = 0; i < t->n_kept; i++)
		t->kept[i].sample.offset_ns += ns;
}

int track_estimate(const struct track *t, int64_t osc, struct track_estimate *ret)
{
	struct filter f = t->bank.estimate.mean;

	if (!t->started)
		return -EAGAIN;
	/* Looking back in time does not make the past less certain than the newest sample. */
	if (osc >= t->osc)
		filter_predict(&f, seconds(osc, t->osc), t->bank.estimate.wander);
	else
		f.x += seconds(osc, t->osc) * f.y;
	*ret = (struct track_estimate){
		.osc = osc,
		.offset_ns = t->base_ns + (int64_t)llround(f.x * 1e9),
		.rate = f.y,
		.offset_sd = sqrt(fmax(f.p00, 0.0)),
		.rate_sd = sqrt(fmax(f.p11, 0.0)),
		.covariance = f.p01,
		.wander = t->bank.estimate.wander,
		.sample_sd = track_sample_sd(t),
	};
	return 0;
}
