/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line through a few points, some of which may be wild: what was typed by hand, or read from a
 * coarse clock. The sum of the absolute residuals is least, so less than half of the points cannot
 * draw it far off. Pure.
 */
#ifndef DAEMON_CLOCK_LINE_H
#define DAEMON_CLOCK_LINE_H

#include <stddef.h>

/** The most points. */
#define LINE_MOST 64

/** A point. */
struct line_point {
	double x, y;
};

/** The line. */
struct line {
	double offset; /**< y at x = 0 */
	double slope;
	size_t n;      /**< newest points that it was drawn through */
	unsigned runs; /**< of residuals of one sign */
};

/**
 * Draws it through the newest of n points (2 to LINE_MOST, oldest first, no x twice): the oldest
 * are left out while the residuals come in too few runs for points about one line, and more than 3
 * remain. With a point alone the slope is 0.
 */
void line_fit(const struct line_point *p, size_t n, struct line *ret);

/** y at x. */
double line_at(const struct line *l, double x);

#endif
