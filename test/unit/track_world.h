/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measurements of a wandering oscillator over a noisy path, made up from a seed: the model of
 * the published estimator. For the estimator's tests and figures.
 */
#ifndef TEST_UNIT_TRACK_WORLD_H
#define TEST_UNIT_TRACK_WORLD_H

#include <stdint.h>

/** What the world is like. */
struct world_options {
	const char *law;  /**< of delays: exp, gauss, burst, mix, asym */
	double jitter;    /**< s */
	double wander;    /**< s/s per sqrt(s) */
	double interval;  /**< s between samples */
	double rate;      /**< s/s at start */
	double jump;      /**< s/s, the rate jumps by this half way */
	double step;      /**< s, the source steps by this half way */
	double new_delay; /**< s, added to the way out half way: another route */
	int after;        /**< samples after what happens half way; 0: as many as before */
	int target;       /**< polltarget; 0: the default */
};

/** What came of it, over the second half of the samples. */
struct world_result {
	double square;         /**< s^2, mean square error after each sample */
	double square_between; /**< s^2, the same between samples */
	double expected;       /**< s^2, mean variance that the estimator claims */
	double deviation;      /**< s, of a sample, learnt */
	double wander;         /**< learnt */
	double counted;        /**< mean number of samples that count */
	double predicted;      /**< predicted error before a sample in units of a sample's */
	double last;           /**< s, error after the last sample */
};

/** Takes samples at the world's interval; the estimator's poll is not asked. */
struct world_result world_run(const struct world_options *o, uint64_t seed, int samples);

/** Samples as the estimator asks for them, for so many seconds. Returns the interval it has come
 * to, log2 s, and the number of samples. */
int world_poll(const struct world_options *o, uint64_t seed, double seconds, int min, int max,
	int *ret_samples);

#endif
