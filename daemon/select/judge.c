/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with a source by itself: one predicate after the other, the first that holds names
 * its state.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>

#include "common/instant.h"
#include "daemon/select/judge.h"

double select_dispersion(const struct select_settings *s, const struct select_candidate *c)
{
	const struct sample *best = &c->figures.best, *last = &c->figures.last;
	double age = fmax(instant_diff_s(c->estimate.osc, best->osc), 0.0);
	/* Beyond the span that it was watched for, an oscillator may do anything it can. */
	double unseen = fmax(c->age - c->figures.span, 0.0) * s->maxclockerror;
	/* The path is what its best sample shows; how the source itself is doing now, only its last
	 * one knows: it may have been restarted since, or have found its time again only now. */
	double own = last->root_dispersion + c->figures.doubt + best->dispersion +
		     age * c->estimate.rate_sd;
	/* An estimate is made of all samples and need not be where the best one is. */
	double bound = c->bound - (last->root_delay + best->delay) / 2 +
		       c->age * (c->estimate.rate_sd + c->tilt);

	/* What is not a number stays so. */
	return (bound > own ? bound : own) + c->estimate.offset_sd + unseen;
}

double select_distance(const struct select_settings *s, const struct select_candidate *c)
{
	return (c->figures.last.root_delay + c->figures.best.delay) / 2 + select_dispersion(s, c);
}

/* A regression over fewer than three samples says nothing of its own error; an administrator who
 * asks for memories that short wants them used anyway. */
static bool has_samples(const struct select_candidate *c)
{
	if (!c->has_estimate || c->figures.samples == 0)
		return false;
	return c->figures.samples >= 3 ||
	       (c->max_samples > 0 && c->figures.samples >= (unsigned)c->max_samples);
}

static enum select_state judge(const struct select_settings *s, const struct select_candidate *c)
{
	if (c->effective & SELECT_NOSELECT)
		return SELECT_NOSELECT_STATE;
	if (!has_samples(c))
		return SELECT_MISSING_SAMPLES;
	if (c->figures.last.leap == LEAP_UNSYNCHRONISED)
		return SELECT_UNSYNCHRONISED;
	if (c->figures.last.stratum < s->minstratum || c->figures.last.stratum > s->maxstratum)
		return SELECT_BAD_STRATUM;
	if (!(c->distance <= s->maxdistance))
		return SELECT_BAD_DISTANCE;
	if (c->estimate.sample_sd > s->maxjitter)
		return SELECT_JITTERY;
	return SELECT_STILL_IN;
}

void select_judge_alone(
	const struct select_settings *s, struct select_candidate *c, size_t n, int64_t origin_ns)
{
	for (size_t i = 0; i < n; i++) {
		double offset = instant_diff_s(c[i].estimate.offset_ns, origin_ns);

		c[i].combined = false;
		c[i].distance = c[i].has_estimate ? select_distance(s, &c[i]) : 0.0;
		c[i].low = c[i].has_estimate ? offset - fmax(c[i].distance, s->mindistance) : 0.0;
		c[i].high = c[i].has_estimate ? offset + fmax(c[i].distance, s->mindistance) : 0.0;
		c[i].state = judge(s, &c[i]);
	}
}

bool select_judge_waiting(struct select_candidate *c, size_t n)
{
	unsigned good = 0, missing = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned *most = c[i].state == SELECT_STILL_IN          ? &good
				 : c[i].state == SELECT_MISSING_SAMPLES ? &missing
									: NULL;

		if (most && c[i].reach > *most && c[i].reach_updates < 8)
			*most = c[i].reach;
	}
	/* The others answer as well and are just one sample behind. */
	if (missing == 0 || good >> 1 != missing)
		return false;
	select_all(c, n, SELECT_WAITS_STATS);
	return true;
}

/* It was right before all was forgotten, and did not have its chance to answer again so far. */
static bool is_awaited(const struct select_candidate *c)
{
	return c->vouches && c->state == SELECT_MISSING_SAMPLES && c->reach_updates < 8;
}

bool select_judge_standing(struct select_candidate *c, size_t n)
{
	bool awaited = false, held = false;

	for (size_t i = 0; i < n; i++)
		awaited |= is_awaited(&c[i]);
	for (size_t i = 0; i < n && awaited; i++) {
		if (c[i].state != SELECT_STILL_IN || !c[i].doubted)
			continue;
		c[i].state = SELECT_WAITS_STATS;
		held = true;
	}
	return held && select_still_in(c, n) == 0;
}

static bool is_stale(const struct select_candidate *c, double oldest_reachable)
{
	return c->reach == 0 && (c->age > oldest_reachable ||
					c->unreachable_runs > (unsigned)fmax(c->maxunreach, 0));
}

static bool is_orphan(const struct select_settings *s, const struct select_candidate *c)
{
	return s->orphan_stratum > 0 && !c->refclock &&
	       c->figures.last.stratum >= s->orphan_stratum;
}

/* The orphan that everybody follows: of equal stratum, with the smallest reference ID, and that
 * smaller than our own. Returns n when there is none. */
static size_t orphan_parent(
	const struct select_settings *s, const struct select_candidate *c, size_t n)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_ORPHAN || c[i].reach == 0 ||
			c[i].figures.last.stratum != s->orphan_stratum ||
			c[i].refid >= c[i].local_refid)
			continue;
		if (best == n || c[i].refid < c[best].refid)
			best = i;
	}
	return best;
}

void select_judge_reach(const struct select_settings *s, struct select_candidate *c, size_t n)
{
	double oldest = 0.0;
	size_t parent;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state == SELECT_STILL_IN && c[i].reach != 0)
			oldest = fmax(oldest, c[i].age + c[i].figures.span);
	}
	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN)
			continue;
		if (is_stale(&c[i], oldest))
			c[i].state = SELECT_STALE;
		else if (is_orphan(s, &c[i]))
			c[i].state = SELECT_ORPHAN;
	}
	if (select_still_in(c, n) > 0)
		return;
	parent = orphan_parent(s, c, n);
	if (parent < n)
		c[parent].state = SELECT_STILL_IN;
}

unsigned select_still_in(const struct select_candidate *c, size_t n)
{
	unsigned r = 0;

	for (size_t i = 0; i < n; i++)
		r += c[i].state == SELECT_STILL_IN;
	return r;
}

void select_all(struct select_candidate *c, size_t n, enum select_state state)
{
	for (size_t i = 0; i < n; i++) {
		if (c[i].state == SELECT_STILL_IN)
			c[i].state = state;
	}
}
