/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bank: one filter for each hypothesis of oscillator wander and noise shape, averaged by the
 * evidence that measurements gave each. It learns both while it runs and has no constant that an
 * administrator would have to choose. Pure.
 */
#ifndef DAEMON_TRACK_BANK_H
#define DAEMON_TRACK_BANK_H

#include "daemon/track/filter.h"
#include "daemon/track/path.h"

/** Hypotheses of the wander: half decades. */
#define BANK_WANDERS 13
/** The most noise shapes: of a source whose delays tell nothing. */
#define BANK_SHAPES  17
#define BANK_FILTERS (BANK_WANDERS * BANK_SHAPES)

/** The bank's estimate at the instant of the last measurement. */
struct bank_estimate {
	struct filter mean; /**< with the spread between hypotheses in its covariance */
	double wander;      /**< s/s per sqrt(s) */
	double deviation;   /**< s, of a measurement (Gaussian shapes only; else 0) */
	double sharpness;   /**< errors as a part of those of a path that is alike both ways */
};

/** The bank. */
struct bank {
	struct filter filters[BANK_FILTERS];
	double log_weight[BANK_FILTERS];
	double weight[BANK_FILTERS]; /**< sum 1 */
	unsigned shapes;             /**< in use */
	bool queueing;               /**< shapes are of a path's delays; else absolute */
	struct bank_estimate estimate;
};

/** One measurement with what its path says of it. */
struct bank_measurement {
	double z;          /**< s, offset */
	double width;      /**< s, of the walls (queueing) */
	double core;       /**< s, typical excess of the shorter round trips (queueing) */
	double excess;     /**< s, typical excess of all round trips (queueing) */
	double deviation;  /**< s, of the Gaussian (queueing) */
	double dispersion; /**< s, of both clocks and stamps */
	double bell;       /**< s */
};

/** What the bank made of a measurement, averaged over hypotheses. */
struct bank_verdict {
	double innovation; /**< s, measurement minus prediction */
	double expected;   /**< share explained by ordinary noise */
};

/** The hypotheses of the wander, s/s per sqrt(s), i below BANK_WANDERS. */
double bank_wander(unsigned i);

/** What a measurement's error looks like by each shape, and how much evidence that has. Returns the
 * number of shapes. */
unsigned bank_shapes(const struct bank *b, const struct bank_measurement *m,
	struct filter_noise ret_noise[BANK_SHAPES], double ret_weight[BANK_SHAPES]);

/** Begins at offset 0 with these standard deviations. wander: what it was before, 0: not known. */
void bank_start(struct bank *b, bool queueing, double x_sd, double y, double y_sd, double wander);

/**
 * Carries all filters dt seconds on. fade >= 1 multiplies covariances (a bounded memory), but not
 * beyond this standard deviation of the rate, s/s.
 */
void bank_predict(struct bank *b, double dt, double fade, double rate_sd_limit);

struct bank_verdict bank_update(struct bank *b, const struct bank_measurement *m);

/**
 * Adds to the uncertainty of all filters: within the last dt s something happened that no
 * hypothesis has, and moved the offset and the rate by unknown steps of these standard deviations.
 */
void bank_inflate(struct bank *b, double x_sd, double y_sd, double dt);

/** Moves the offset of all filters. */
void bank_move(struct bank *b, double dx);

/** Changes the rate of all filters, from the instant of the last measurement on. */
void bank_turn(struct bank *b, double dy);

#endif
