/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scores keep the choice steady among sources alike; the combination uses all that agree, each by
 * the variance that its own estimator claims.
 */
#include "config.h"

#include <math.h>

#include "daemon/select/choose.h"

/* The score at which another source takes over. */
#define SCORE_LIMIT 10.0
/* Updates for which a source that was too far away is kept out of the combination. */
#define DISTANT_UPDATES       32
#define DISTANT_UPDATES_FIRST 1
/* The part of its root delay by which a path may well be asymmetric: no statistics see that. */
#define ASYMMETRY 0.05

/* The distance that sources compete by. */
static double penalised(const struct select_settings *s, const struct select_candidate *c,
	int least_stratum, bool selected)
{
	double d = c->distance + (c->figures.last.stratum - least_stratum) * s->stratumweight;

	return selected || c->refclock ? d : d + s->reselectdist;
}

static int least_stratum_in(const struct select_candidate *c, size_t n)
{
	int least = 16;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state == SELECT_STILL_IN && c[i].figures.last.stratum < least)
			least = c[i].figures.last.stratum;
	}
	return least;
}

void select_new_scores(struct select_candidate *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		c[i].score = 1.0;
}

static int nearest(
	const struct select_settings *s, const struct select_candidate *c, size_t n, int stratum)
{
	int best = -1;
	double least = INFINITY;

	for (size_t i = 0; i < n; i++) {
		double d;

		if (c[i].state != SELECT_STILL_IN)
			continue;
		d = penalised(s, &c[i], stratum, false);
		if (d < least || best < 0) {
			least = d;
			best = (int)i;
		}
	}
	return best;
}

int select_choose(
	const struct select_settings *s, struct select_candidate *c, size_t n, int previous)
{
	int stratum = least_stratum_in(c, n), best = previous;
	double own;

	if (previous < 0)
		return nearest(s, c, n, stratum);
	own = penalised(s, &c[previous], stratum, true);
	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN || (int)i == previous) {
			c[i].score = 1.0;
			continue;
		}
		/* Without news in one of both nothing was learnt of which is better. */
		if (c[i].updated || c[previous].updated)
			c[i].score =
				fmax(1.0, c[i].score * own / penalised(s, &c[i], stratum, false));
		if (c[i].score > SCORE_LIMIT && (best == previous || c[i].score > c[best].score))
			best = (int)i;
	}
	return best;
}

double select_bias(const struct select_candidate *c)
{
	return ASYMMETRY * (c->figures.last.root_delay + c->figures.best.delay);
}

/* What an estimate is worth beside others: its variance, and what an asymmetric path may add. */
static double variance(const struct select_candidate *c)
{
	double bias = select_bias(c);

	return c->estimate.offset_sd * c->estimate.offset_sd + bias * bias + 1e-20;
}

static bool is_distant(const struct select_settings *s, const struct select_candidate *c,
	const struct select_candidate *selected)
{
	double skews = c->estimate.rate_sd + selected->estimate.rate_sd + s->maxclockerror;

	return c->distance > s->combinelimit * (selected->distance + s->reselectdist) ||
	       fabs(c->estimate.rate - selected->estimate.rate) > s->combinelimit * skews;
}

/* A source that strays keeps away for a while, so that it does not pull the clock to and fro. */
static bool keeps_away(const struct select_settings *s, struct select_candidate *c,
	const struct select_candidate *selected)
{
	if (is_distant(s, c, selected))
		c->distant_left = c->reach_updates < 8 ? DISTANT_UPDATES_FIRST : DISTANT_UPDATES;
	else if (c->distant_left > 0 && c->updated)
		c->distant_left--;
	return c->distant_left > 0 || s->combinelimit <= 0.0;
}

/* Sums over those that take part. */
struct sums {
	double weight, offset, offset_variance; /* offsets relative to the selected source's, s */
	double rate_weight, rate, covariance, log_wander;
};

static void add(struct sums *a, const struct select_candidate *c, int64_t base_ns)
{
	const struct track_estimate *e = &c->estimate;
	double w = 1 / variance(c), v = 1 / (e->rate_sd * e->rate_sd + 1e-24);

	a->weight += w;
	a->offset += w * (double)(e->offset_ns - base_ns) * 1e-9;
	a->offset_variance += w * w * e->offset_sd * e->offset_sd;
	a->covariance += w * v * e->covariance;
	a->rate_weight += v;
	a->rate += v * e->rate;
	a->log_wander += w * log(e->wander);
}

/* Leaves out who is too far away, and of the others the farthest where they are too many. Returns
 * how many are left. */
static unsigned leave_nearest(
	const struct select_settings *s, struct select_candidate *c, size_t n, int selected)
{
	unsigned left = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN)
			continue;
		if ((int)i != selected && keeps_away(s, &c[i], &c[selected]))
			c[i].state = SELECT_DISTANT;
		else
			left++;
	}
	for (; s->maxcombined > 0 && left > s->maxcombined; left--) {
		int farthest = -1;

		for (size_t i = 0; i < n; i++)
			if (c[i].state == SELECT_STILL_IN && (int)i != selected &&
				(farthest < 0 || c[i].distance > c[farthest].distance))
				farthest = (int)i;
		c[farthest].state = SELECT_OUTLIER;
	}
	return left;
}

unsigned select_combine(const struct select_settings *s, struct select_candidate *c, size_t n,
	int selected, struct track_estimate *ret)
{
	const struct track_estimate *base = &c[selected].estimate;
	struct track_estimate e = *base;
	struct sums a = {0};
	unsigned combined = leave_nearest(s, c, n, selected);

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN)
			continue;
		c[i].state = (int)i == selected ? SELECT_SELECTED : SELECT_COMBINED;
		c[i].combined = true;
		add(&a, &c[i], base->offset_ns);
	}
	if (combined > 1) {
		e.offset_ns += (int64_t)llround(a.offset / a.weight * 1e9);
		e.offset_sd = sqrt(a.offset_variance) / a.weight;
		e.rate = a.rate / a.rate_weight;
		e.rate_sd = sqrt(1 / a.rate_weight);
		e.covariance = a.covariance / (a.weight * a.rate_weight);
		e.wander = exp(a.log_wander / a.weight);
	}
	*ret = e;
	return combined;
}
