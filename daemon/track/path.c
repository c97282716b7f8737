/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trips in a ring and in a sorted array side by side: at most one insertion and one removal
 * each time, so every quantile is a look-up.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "daemon/track/path.h"

/* How far the smallest of n round trips may still be above the true base, in units of the first
 * quartile's excess over sqrt(n): the base is approached fast, but what is left matters twice as
 * much when it is too small as when it is too large. */
#define MARGIN 1.8

/* Interquartile range of a normal distribution in standard deviations. */
#define QUARTILES 1.349

void path_reset(struct path *p)
{
	p->n = 0;
	p->next = 0;
	p->high = 0;
}

/* The first place in sorted whose value is not less than v. */
static unsigned place(const struct path *p, double v)
{
	unsigned low = 0, high = p->n;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (p->sorted[middle] < v)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct path *p, double delay)
{
	unsigned at;

	if (p->n == PATH_ROOM) {
		at = place(p, p->ring[p->next]);
		p->n--;
		memmove(&p->sorted[at], &p->sorted[at + 1], (p->n - at) * sizeof(p->sorted[0]));
	}
	at = place(p, delay);
	memmove(&p->sorted[at + 1], &p->sorted[at], (p->n - at) * sizeof(p->sorted[0]));
	p->sorted[at] = delay;
	p->ring[p->next] = delay;
	p->next = (p->next + 1) % PATH_ROOM;
	p->n++;
}

/* Forgets all but the newest PATH_NEW round trips. */
static void begin_anew(struct path *p)
{
	double kept[PATH_NEW];

	for (unsigned i = 0; i < PATH_NEW; i++)
		kept[i] = p->ring[(p->next + PATH_ROOM - PATH_NEW + i) % PATH_ROOM];
	path_reset(p);
	for (unsigned i = 0; i < PATH_NEW; i++)
		insert(p, kept[i]);
}

double path_add(struct path *p, double delay)
{
	double before = path_min(p);
	bool first = p->n == 0;
	/* Those of the present run do not raise the mark that the next one is held against. */
	double usual = p->n > 0 ? 0.9 * (p->n - p->high) / p->n : 0.0;

	/* That the smallest ages out is no news of the path. */
	p->high = p->n > PATH_NEW && delay > path_quantile(p, usual) ? p->high + 1 : 0;
	insert(p, delay);
	if (p->high < PATH_NEW)
		return first ? 0.0 : fmin(delay - before, 0.0);
	begin_anew(p);
	return path_min(p) - before;
}

double path_min(const struct path *p)
{
	return p->n > 0 ? p->sorted[0] : 0.0;
}

double path_quantile(const struct path *p, double q)
{
	double at = q * (p->n > 0 ? p->n - 1 : 0);
	unsigned i = (unsigned)at;

	if (p->n == 0)
		return 0.0;
	if (i + 1 >= p->n)
		return p->sorted[p->n - 1];
	return p->sorted[i] + (at - i) * (p->sorted[i + 1] - p->sorted[i]);
}

double path_width(const struct path *p, double delay)
{
	double least = path_min(p);
	double margin = MARGIN * (path_quantile(p, 0.25) - least) / sqrt(p->n > 0 ? p->n : 1);

	/* A few round trips say little of their own spread; what is certain is that no error
	 * exceeds half of a round trip. */
	if (p->n < 8)
		margin += ldexp(least, 1 - (int)p->n);
	return delay - least + margin;
}

double path_deviation(const struct path *p)
{
	double range = path_quantile(p, 0.75) - path_quantile(p, 0.25);

	if (p->n < 8)
		range += ldexp(path_min(p), 1 - (int)p->n);
	return range / QUARTILES / 2;
}
