/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The readings of a hardware clock that were not interrupted.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/clock/standing.h"

/** Readings that took at most this much longer than the quickest are as good. */
#define QUICK 1.25

static double delay_of(const struct kernel_comparison *c)
{
	return fmax(instant_diff_s(c->after_ns, c->before_ns), 0);
}

struct standing standing_of(const struct kernel_comparison *c, int n, double precision)
{
	struct standing s = {.ahead_ns = 0};
	double least = INFINITY, sum = 0;
	int64_t base = 0;
	int quick = 0;

	for (int j = 0; j < n; j++)
		least = fmin(least, delay_of(&c[j]));
	for (int j = 0; j < n; j++) {
		int64_t middle = c[j].before_ns + (c[j].after_ns - c[j].before_ns) / 2;

		if (delay_of(&c[j]) > QUICK * least + precision)
			continue;
		if (quick++ == 0)
			base = c[j].device_ns - middle;
		sum += (double)(c[j].device_ns - middle - base);
		s.system = middle;
	}
	s.ahead_ns = base + (int64_t)llround(sum / quick);
	s.doubt = least / 2;
	return s;
}
