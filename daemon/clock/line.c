/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Least absolute deviations: the best line goes through two of the points, so all pairs are tried.
 */
#include "config.h"

#include <math.h>

#include "daemon/clock/line.h"

/* So many points are always kept. */
#define KEPT 3
/* Below this many standard deviations runs are too few: 1 in 20 by chance. */
#define FEW_RUNS 1.645
/* A residual below this part of the largest is none: the points that the line goes through. */
#define NOTHING 1e-9

double line_at(const struct line *l, double x)
{
	return l->offset + l->slope * x;
}

static double deviation(const struct line_point *p, size_t n, const struct line *l)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += fabs(p[i].y - line_at(l, p[i].x));
	return sum;
}

static struct line through(const struct line_point *a, const struct line_point *b)
{
	double slope = (b->y - a->y) / (b->x - a->x);

	return (struct line){.offset = a->y - slope * a->x, .slope = slope};
}

static struct line best(const struct line_point *p, size_t n)
{
	struct line found = {.offset = p[n - 1].y};
	double least = INFINITY;

	for (size_t j = n; j-- > 1;) {
		for (size_t i = 0; i < j; i++) {
			struct line l = through(&p[i], &p[j]);
			double sum = deviation(p, n, &l);

			if (sum < least) {
				least = sum;
				found = l;
			}
		}
	}
	found.n = n;
	return found;
}

/* Counts the runs; ret_n: of so many residuals that have a sign. */
static unsigned count_runs(
	const struct line_point *p, size_t n, const struct line *l, unsigned *ret_n)
{
	double largest = 0;
	unsigned runs = 0;
	int before = 0;

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		largest = fmax(largest, fabs(p[i].y - line_at(l, p[i].x)));
	for (size_t i = 0; i < n; i++) {
		double residual = p[i].y - line_at(l, p[i].x);
		int sign = residual > 0 ? 1 : -1;

		if (fabs(residual) <= NOTHING * largest)
			continue;
		(*ret_n)++;
		if (sign != before)
			runs++;
		before = sign;
	}
	return runs;
}

void line_fit(const struct line_point *p, size_t n, struct line *ret)
{
	for (;;) {
		struct line l = best(p, n);
		unsigned signs;

		l.runs = count_runs(p, n, &l, &signs);
		if (n <= KEPT || signs < KEPT ||
			l.runs > (signs + 1) / 2.0 - FEW_RUNS * sqrt((signs - 1) / 4.0)) {
			*ret = l;
			return;
		}
		p++;
		n--;
	}
}
