/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often to measure. The interval grows while the error that is predicted for the next sample
 * stays small against the path's own noise: then a sample would tell little.
 */
#include "config.h"

#include <math.h>

#include "daemon/track/state.h"

/* The next sample is due when the error predicted for it has grown to so many standard deviations
 * of a sample. */
#define WORTH_A_SAMPLE 1.76
/* The number of samples (polltarget) for which this is so. */
#define TARGET 8
/* A gap is that much longer than the interval. */
#define GAP 1.5
/* Log2 of all intervals, s, that there can be. */
#define LEAST -7.0
#define MOST  24.0
/* Part of a sample in the running mean: single samples tell more or less by luck. */
#define MEAN_PART 0.1

/* Log2 of the interval, s, after which a surprise is looked at again; each interval after it is
 * twice as long, for so many samples. */
#define SOON      3
#define SOON_LAST 3
/* So many samples after a change the interval was reached, and is gone back to at once after a
 * surprise that was none. */
#define REACHED 32

/* Fractional parts of the multiples of this are spread evenly. */
#define GOLDEN 0.6180339887498949

/* Log2 of the interval, s, after which a sample is worth its packets. */
static double worth(const struct track *t)
{
	double limit = WORTH_A_SAMPLE * fmax(track_sample_sd(t), 1e-9), low = LEAST, high = MOST;

	/* The predicted variance is a cubic of the interval that only grows: halving finds it. */
	for (int i = 0; i < 12; i++) {
		struct filter f = t->bank.estimate.mean;
		double middle = (low + high) / 2;

		filter_predict(&f, exp2(middle), t->bank.estimate.wander);
		if (f.p00 < limit * limit)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* Takes note of the interval that the present estimate asks for. What it asks for after a gap says
 * nothing of samples that come when they are due. In the beginning it knows so little that it asks
 * for less than there is. */
static void count_interval(struct track *t, int present, int min)
{
	double w = worth(t);

	if (t->samples < REACHED)
		w = fmax(w, min);

	if (!t->interval_known)
		t->interval = w;
	else if (t->spacing < GAP * exp2(present))
		t->interval += MEAN_PART * (w - t->interval);
	t->interval_known = true;
}

/* The longest interval up to now, log2 s, which is doubled for a wanted one that is longer: the
 * sooner the more samples there are (chrony-behaviour 1.4), of which those do not count that were
 * loaded from a dump, as chronyd has it. */
static int grown(struct track *t, int present, int wanted, int min, int target)
{
	double step = ((double)t->polled / target - 1) / target;

	if (t->polled <= 1 || t->since_change < REACHED)
		t->grown = present;
	t->grown = t->grown > min ? t->grown : min;
	if (wanted <= t->grown)
		return t->grown;
	if (target <= TARGET && t->since_change >= REACHED && t->polled >= REACHED)
		return t->grown = wanted;
	t->patience = fmax(t->patience + (step < 0 ? 2 * step : step), 0.0);
	if (t->patience >= 1) {
		t->patience -= 1;
		t->grown++;
	}
	return t->grown;
}

/* The interval, log2 s, in which no more than a target of samples tell something: a wandering
 * oscillator is the easier seen to wander the more of them there are, so that they are kept for a
 * span that goes with the power 1/4 of the interval. */
static double aimed(const struct track *t, int target)
{
	return t->interval + log2((double)TARGET / target) * 4 / 3;
}

int track_poll(struct track *t, int present, int min, int max, int target)
{
	int poll = present < min ? min : present > max ? max : present;
	int next, most;

	if (!t->started)
		return poll;
	target = target > 0 ? target : 1;
	if (t->polled < TRACK_KEPT)
		t->polled++;
	count_interval(t, poll, min);
	/* What surprises is soon looked at again, and so is what was learnt of it. */
	if (t->open.is)
		return min < SOON ? min : SOON;
	if (t->samples > t->since_change && t->since_change <= SOON_LAST) {
		t->grown = min < SOON ? min : SOON + (int)t->since_change - 1;
		return t->grown;
	}
	/* An interval between two powers of two is made of both, evenly mixed. */
	next = (int)floor(aimed(t, target) + fmod(t->taken * GOLDEN, 1.0));
	next = next < min ? min : next > max ? max : next;
	most = grown(t, poll, next, min, target);
	return next < most ? next : most;
}
