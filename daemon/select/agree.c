/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sources say of each other: the intersection of their intervals (after Marzullo), and who is
 * outside it.
 */
#include "config.h"

#include <math.h>

#include "daemon/select/judge.h"

static bool is_trusted(const struct select_candidate *c)
{
	return c->effective & SELECT_TRUST;
}

/* The deepest point of a set of intervals lies at the lower end of one; the interval around it ends
 * at the nearest upper end of those that cover it. */
static struct select_agreement around(const struct select_candidate *c, size_t n, size_t which)
{
	struct select_agreement r = {.low = c[which].low, .high = c[which].high};

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN)
			continue;
		r.n++;
		r.n_trusted += is_trusted(&c[i]);
		if (c[i].low > r.low || c[i].high < r.low)
			continue;
		r.depth++;
		r.trusted += is_trusted(&c[i]);
		r.high = fmin(r.high, c[i].high);
	}
	return r;
}

static bool better(const struct select_agreement *a, const struct select_agreement *b)
{
	if (a->trusted != b->trusted)
		return a->trusted > b->trusted;
	if (a->depth != b->depth)
		return a->depth > b->depth;
	return a->low < b->low;
}

struct select_agreement select_intersect(const struct select_candidate *c, size_t n)
{
	struct select_agreement best = {0};

	for (size_t i = 0; i < n; i++) {
		struct select_agreement r;

		if (c[i].state != SELECT_STILL_IN)
			continue;
		r = around(c, n, i);
		if (best.n == 0 || better(&r, &best))
			best = r;
	}
	return best;
}

bool select_majority(const struct select_agreement *a)
{
	return a->n_trusted > 0 ? a->trusted > a->n_trusted / 2 : a->depth > a->n / 2;
}

/* One of both contains the other. */
static bool agrees(const struct select_candidate *c, const struct select_agreement *a)
{
	return (c->low <= a->low && c->high >= a->high) || (c->low >= a->low && c->high <= a->high);
}

void select_judge_agreement(struct select_candidate *c, size_t n, const struct select_agreement *a)
{
	double low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		if (c[i].state != SELECT_STILL_IN)
			continue;
		if (!agrees(&c[i], a)) {
			c[i].state = SELECT_FALSETICKER;
		} else if (is_trusted(&c[i])) {
			low = fmin(low, c[i].low);
			high = fmax(high, c[i].high);
		}
	}
	/* Where some are trusted, the others must not claim less certainty than they. */
	for (size_t i = 0; i < n && low <= high; i++) {
		if (c[i].state == SELECT_STILL_IN && !is_trusted(&c[i]) &&
			(c[i].low < low || c[i].high > high))
			c[i].state = SELECT_UNTRUSTED;
	}
}
