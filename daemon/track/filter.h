/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One filter: offset and rate of true time against the oscillator with their covariance, under one
 * hypothesis of how the oscillator wanders and what measurement errors look like. Pure arithmetic.
 */
#ifndef DAEMON_TRACK_FILTER_H
#define DAEMON_TRACK_FILTER_H

/** The state, at one instant that the owner keeps. */
struct filter {
	double x, y;          /**< s, s/s */
	double p00, p01, p11; /**< s^2, s^2/s, (s/s)^2 */
};

/** What one measurement's error looks like. */
struct filter_noise {
	double width;    /**< s: uniform on +-width / 2; 0: Gaussian only */
	double tilt;     /**< 1/s: between the walls the error e has density ~ exp(tilt * e) */
	double variance; /**< s^2: softens the walls, or is the Gaussian's */
	double bell;     /**< s, standard deviation of the wide bell that surprises come from */
};

/** What a measurement told of its hypothesis. */
struct filter_evidence {
	double log_density; /**< of the measurement, given all before */
	double expected;    /**< share of it that the ordinary noise explains, 0 to 1 */
	double lost;        /**< share that nothing explains: such a measurement moves nothing */
};

/** What a measurement does to a state: a shift along one direction and a shrinkage of the
 * covariance in it. */
struct filter_gain {
	double density;        /**< of the measurement */
	double expected, lost; /**< as above */
	double shift;  /**< state += shift * c; c: covariance of the state with the prediction */
	double shrink; /**< covariance -= shrink * c c' */
};

/** The share of measurements that the bell is assumed to make. */
#define FILTER_BELL_SHARE 0.05

/** Carries the state dt seconds on; wander is the random walk of the rate, s/s per sqrt(s). */
void filter_predict(struct filter *f, double dt, double wander);

/**
 * What a measurement does that is off its prediction by innovation, s, where the prediction has
 * this variance, s^2. The three explanations (ordinary noise, bell, none) are each updated in
 * closed form and put together by their shares, keeping mean and covariance.
 */
struct filter_gain filter_weigh(
	double variance, double innovation, const struct filter_noise *noise);

/** Takes a measurement z of the offset, s. */
struct filter_evidence filter_update(struct filter *f, double z, const struct filter_noise *noise);

/** Moves f the share part of the way to other: mean and covariance of the mixture of both. */
void filter_mix(struct filter *f, const struct filter *other, double part);

#endif
