/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an estimator remembers: for the files of this folder only.
 */
#ifndef DAEMON_TRACK_STATE_H
#define DAEMON_TRACK_STATE_H

#include "daemon/track/bank.h"
#include "daemon/track/path.h"
#include "daemon/track/track.h"

/** Samples kept for figures and dump files. */
#define TRACK_KEPT 64

/** Rate of an oscillator that nobody ever measured: standard deviation, s/s. */
#define TRACK_UNKNOWN_RATE 3e-4

/** The most that a clock may be off by and still be steered, s/s. */
#define TRACK_ANY_RATE 0.1

/** So many samples after a step it is known by how much the rate changed. */
#define TRACK_STEP_SAMPLES 6

/** One kept sample and what the estimate left of it. */
struct track_kept {
	struct sample sample;
	double residual;                     /**< s, sample minus estimate just after it */
	struct bank_measurement measurement; /**< what the path said of it */
};

/** struct track. */
struct track {
	int min_samples, max_samples;
	double prior_rate, prior_rate_sd, prior_wander;

	bool started;
	int64_t osc;      /**< instant of the newest sample: the bank's */
	int64_t base_ns;  /**< the bank's offsets are relative to this */
	unsigned samples; /**< taken since reset, saturates at TRACK_KEPT */
	unsigned taken;   /**< samples taken, wraps */
	double spacing;   /**< s, between the two newest samples */
	bool interval_known;
	double patience; /**< 0 to 1: at 1 the interval may grow, in the beginning */
	int grown;       /**< log2 s, the longest interval that was asked for */
	unsigned polled; /**< times that an interval was asked for since reset, saturates */
	double interval; /**< log2 s, mean interval after which a sample was worth taking lately */
	struct bank bank;
	int64_t began; /**< instant of the first sample since reset */
	struct {
		double x_sd, y_sd; /**< s, s/s */
		double since;      /**< s, before the newest sample */
	} moved;                   /**< steps of unknown size that the newest sample told of */
	unsigned since_change;     /**< samples since the path or the source changed, saturates */
	struct bank before;        /**< the bank without the newest sample, for take() */
	struct {
		bool is;           /**< ordinary noise does not explain the newest sample, and it is
				    * not taken so far */
		double since;      /**< s, from the sample before it */
		double innovation; /**< s */
		struct bank_measurement measurement;
	} open;
	struct {
		int64_t osc;        /**< when what was open was confirmed; 0: never */
		double interval;    /**< s, since the time before, or the start */
		struct filter then; /**< the estimate before it */
		double rate_step;   /**< s/s, by which it turned out to have changed the rate */
	} step;
	struct path path;

	struct track_kept kept[TRACK_KEPT]; /**< a ring */
	unsigned newest, n_kept;
};

/** Random walk of the rate, s/s per sqrt(s), that steps of the rate lately amount to. */
double track_step_wander(const struct track *t);

/** A kept sample, back places before the newest. */
const struct track_kept *track_kept_at(const struct track *t, unsigned back);

/** Standard deviation of a sample of this path, s. */
double track_sample_sd(const struct track *t);

/** How many of the kept samples count in the estimate. */
unsigned track_counted(const struct track *t);

#endif
