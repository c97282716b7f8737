/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All is computed as differences from the newest comparison, which are small.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/clock/card.h"

/* A clock that left its line by this much, s, was set by somebody. */
#define SET_BY_OTHERS 1e-3
/* From the newest comparison no line is drawn further than this, s. */
#define REACH 100.0

void card_limits(struct card *c, int least, int most)
{
	c->most = most <= 0 || most > LINE_MOST ? LINE_MOST : most < 2 ? 2 : (size_t)most;
	c->least = least < 2 ? 2 : (size_t)least;
	if (c->least > c->most)
		c->least = c->most;
}

/* How far the clock moved against the oscillator from the i-th sample to the newest, s. */
static double moved(const struct card *c, size_t i)
{
	size_t newest = c->n - 1;

	return 1e-9 * (double)((c->samples[i].device_ns - c->samples[newest].device_ns) -
			       (c->samples[i].osc - c->samples[newest].osc));
}

static void fit(struct card *c)
{
	struct line_point p[LINE_MOST];

	for (size_t i = 0; i < c->n; i++) {
		p[i].x = instant_diff_s(c->samples[i].osc, c->samples[c->n - 1].osc);
		p[i].y = moved(c, i);
	}
	line_fit(p, c->n, &c->line);
}

/* How far a comparison is off the line, s. */
static double off(const struct card *c, int64_t osc, int64_t device_ns)
{
	double x = instant_diff_s(osc, c->samples[c->n - 1].osc);
	double y = 1e-9 * (double)((device_ns - c->samples[c->n - 1].device_ns) -
				   (osc - c->samples[c->n - 1].osc));

	return y - line_at(&c->line, x);
}

void card_compared(struct card *c, int64_t osc, int64_t device_ns, double doubt)
{
	/* A line needs comparisons at different times. */
	if (c->n > 0 && osc <= c->samples[c->n - 1].osc)
		return;
	if (c->n > 0 && fabs(off(c, osc, device_ns)) > SET_BY_OTHERS + doubt)
		c->n = 0;
	if (c->n == c->most)
		memmove(c->samples, c->samples + 1, --c->n * sizeof(c->samples[0]));
	c->samples[c->n].osc = osc;
	c->samples[c->n].device_ns = device_ns;
	c->samples[c->n++].doubt = doubt;
	fit(c);
}

bool card_to_osc(const struct card *c, int64_t device_ns, int64_t *ret_osc, double *ret_error)
{
	double since, x;

	if (c->n == 0 || c->n < c->least)
		return false;
	/* device = newest + x + line(x), with x from the newest comparison. */
	since = 1e-9 * (double)(device_ns - c->samples[c->n - 1].device_ns);
	x = (since - c->line.offset) / (1 + c->line.slope);
	if (!(fabs(x) < REACH))
		return false;
	*ret_osc = c->samples[c->n - 1].osc + instant_ns(x);
	*ret_error = c->samples[c->n - 1].doubt;
	return true;
}
