/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimate in the words of those who think of it as a regression over some samples: counts,
 * runs, span.
 */
#include "config.h"

#include <math.h>

#include "daemon/track/state.h"

const struct track_kept *track_kept_at(const struct track *t, unsigned back)
{
	return &t->kept[(t->newest + TRACK_KEPT - back) % TRACK_KEPT];
}

double track_sample_sd(const struct track *t)
{
	double floor = t->n_kept > 0 ? track_kept_at(t, 0)->sample.dispersion : 0.0;

	return fmax(t->bank.queueing ? path_deviation(&t->path) * t->bank.estimate.sharpness
				     : t->bank.estimate.deviation,
		floor);
}

/* A straight line through n samples of variance R knows its end to 4 R / n; so an estimate that is
 * known to P is worth 4 R / P samples. */
unsigned track_counted(const struct track *t)
{
	double r = track_sample_sd(t), p = t->bank.estimate.mean.p00;
	double worth = p > 0 ? 4 * r * r / p : TRACK_KEPT;
	double least = t->min_samples > 3 ? t->min_samples : 3;
	unsigned n = (unsigned)fmin(fmax(worth, least), t->max_samples);

	return n < t->n_kept ? n : t->n_kept;
}

static double distance(const struct sample *s)
{
	return (s->root_delay + s->delay) / 2 + s->root_dispersion + s->dispersion;
}

/* What the source says of its own error. */
static double source_distance(const struct sample *s)
{
	return s->root_delay / 2 + s->root_dispersion;
}

/* Samples since the path or the source changed: what is older says nothing of how it is now. */
static unsigned in_force(const struct track *t)
{
	return t->n_kept < t->since_change ? t->n_kept : t->since_change;
}

void track_get_figures(const struct track *t, struct track_figures *ret)
{
	struct track_figures f = {.min_delay = path_min(&t->path)};
	double skew = sqrt(fmax(t->bank.estimate.mean.p11, 0.0)), least = INFINITY, doubt = 0.0;

	f.samples = t->started ? track_counted(t) : 0;
	for (unsigned i = 0; i < f.samples; i++) {
		const struct track_kept *k = track_kept_at(t, i);
		double age = (double)(t->osc - k->sample.osc) * 1e-9;
		double d = distance(&k->sample) + age * skew;

		if (i == 0)
			f.last = k->sample;
		if (i == 0 || signbit(k->residual) != signbit(track_kept_at(t, i - 1)->residual))
			f.runs++;
		/* What was before a change says nothing of how far the source is now. */
		if (d < least && (i == 0 || i < t->since_change)) {
			least = d;
			f.best = k->sample;
		}
		doubt = fmax(doubt, source_distance(&k->sample));
		f.span = age;
	}
	f.in_force = in_force(t);
	if (f.samples > 0)
		f.doubt = doubt - source_distance(&f.last);
	f.last_osc = f.samples > 0 ? t->osc : 0;
	*ret = f;
}

/* s/s by which the rate may be wrong when the source was at one end of its distance at first and is
 * at the other one now. */
static double most_tilt(const struct track *t)
{
	unsigned n = in_force(t) > 1 ? in_force(t) : 2;
	const struct sample *first, *last;

	if (t->n_kept < 2)
		return 0.0;
	first = &track_kept_at(t, n - 1)->sample;
	last = &track_kept_at(t, 0)->sample;
	return (source_distance(first) + source_distance(last)) /
	       ((double)(last->osc - first->osc) * 1e-9);
}

double track_tilt(const struct track *t)
{
	double moved = 0.0, span = 0.0;

	for (unsigned i = 0; i + 1 < t->n_kept && (i < in_force(t) || i == 0); i++) {
		const struct sample *s = &track_kept_at(t, i)->sample;
		const struct sample *before = &track_kept_at(t, i + 1)->sample;

		moved += fabs(source_distance(s) - source_distance(before));
		span += (double)(s->osc - before->osc) * 1e-9;
	}
	return span > 0 ? fmin(2 * moved / span, most_tilt(t)) : 0.0;
}

double track_bound(const struct track *t, double drift)
{
	const struct filter *f = &t->bank.estimate.mean;
	double skew = sqrt(fmax(f->p11, 0.0)) + fmax(drift, most_tilt(t));
	double above = INFINITY, below = INFINITY;
	unsigned n = in_force(t);

	if (!t->started)
		return 0.0;
	for (unsigned i = 0; i < n; i++) {
		const struct sample *s = &track_kept_at(t, i)->sample;
		double age = (double)(t->osc - s->osc) * 1e-9;
		double off = (double)(s->offset_ns - t->base_ns) * 1e-9 - (f->x - f->y * age);

		above = fmin(above, distance(s) + age * skew + off);
		below = fmin(below, distance(s) + age * skew - off);
	}
	return fmax(above, below);
}

size_t track_samples(const struct track *t, struct sample *ret, size_t room)
{
	size_t n = t->started ? track_counted(t) : 0;

	if (n > room)
		n = room;
	for (size_t i = 0; i < n; i++)
		ret[i] = track_kept_at(t, (unsigned)(n - 1 - i))->sample;
	return n;
}
