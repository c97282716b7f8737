/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often to measure. The interval grows while the error that is predicted for the next sample
 * stays small against the path's own noise: then a sample would tell little.
 */
#include "config.h"

#include <math.h>

#include "daemon/track/state.h"

/* Predicted error in units of a sample's: below the first at twice the interval it is lengthened,
 * above the second at the present one shortened. Between them lies the hysteresis. */
#define LENGTHEN_BELOW 1.6
#define SHORTEN_ABOVE  2.5

/* Before the interval is lengthened again, so many samples must have been taken at it. */
#define SAMPLES_EACH 3

/* Predicted error after dt seconds in units of a sample's. */
static double predicted(const struct track *t, double dt)
{
	struct filter f = t->bank.estimate.mean;
	double sd = track_sample_sd(t);

	filter_predict(&f, dt, t->bank.estimate.wander);
	return sqrt(fmax(f.p00, 0.0)) / fmax(sd, 1e-9);
}

/* Newest samples whose spacing was about interval seconds. */
static unsigned taken_at(const struct track *t, double interval)
{
	unsigned n = 0;

	while (n + 1 < t->n_kept) {
		int64_t d = track_kept_at(t, n)->sample.osc - track_kept_at(t, n + 1)->sample.osc;

		if ((double)d * 1e-9 < 0.7 * interval)
			break;
		n++;
	}
	return n;
}

int track_poll(const struct track *t, int present, int min, int max, int target)
{
	int poll = present < min ? min : present > max ? max : present;
	double interval = ldexp(1.0, poll);

	if (!t->started)
		return poll;
	if (poll > min && predicted(t, interval) > SHORTEN_ABOVE)
		return poll - 1;
	if (poll < max && t->samples >= fmin(2.0 * target, TRACK_KEPT) &&
		taken_at(t, interval) >= SAMPLES_EACH &&
		predicted(t, 2 * interval) < LENGTHEN_BELOW)
		return poll + 1;
	return poll;
}
