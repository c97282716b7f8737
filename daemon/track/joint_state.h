/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of the joint estimator: offset and rate of the clock and an offset of each source,
 * under one hypothesis of the wander each. For the files of this folder.
 */
#ifndef DAEMON_TRACK_JOINT_STATE_H
#define DAEMON_TRACK_JOINT_STATE_H

#include "daemon/track/bank.h"
#include "daemon/track/joint.h"

/** Places of a state. */
#define JOINT_X    0
#define JOINT_Y    1
#define JOINT_BIAS 2
#define JOINT_DIMS (JOINT_BIAS + JOINT_MOST)

/** A state: mean and covariance. Units are s and s/s. */
struct joint_state {
	double m[JOINT_DIMS];
	double p[JOINT_DIMS][JOINT_DIMS];
};

/** States by wander, averaged by evidence. */
struct joint_bank {
	unsigned dims; /**< in use */
	struct joint_state states[BANK_WANDERS], mean;
	double log_weight[BANK_WANDERS], weight[BANK_WANDERS];
	double wander;           /**< s/s per sqrt(s) */
	double bias[JOINT_MOST]; /**< s, standard deviations of the sources' offsets at first */
};

/** A sample of a source: with its shapes. */
struct joint_sample {
	unsigned source;
	double z; /**< s */
	unsigned shapes;
	struct filter_noise noise[BANK_SHAPES];
	double weight[BANK_SHAPES];
};

/** Begins at offset 0; the sources stay, at their first. wanders: a bank whose evidence of the
 * wander is taken over. */
void joint_bank_start(
	struct joint_bank *b, const struct bank *wanders, double x_sd, double y, double y_sd);

/** Adds a source, the last, or drops one with what it says of itself. */
void joint_bank_add(struct joint_bank *b, double bias);
void joint_bank_drop(struct joint_bank *b, unsigned which);

void joint_bank_predict(struct joint_bank *b, double dt);
void joint_bank_update(struct joint_bank *b, const struct joint_sample *s);

/** Within the last dt s a source stepped, or the rate did, by unknown steps of these standard
 * deviations. */
void joint_bank_inflate(struct joint_bank *b, unsigned which, double x_sd, double y_sd, double dt);

/** Says what a source's own offset is, s, and how certain that is, s^2. */
void joint_bank_pin(struct joint_bank *b, unsigned which, double bias, double variance);

/** Moves the offset of all states. */
void joint_bank_move(struct joint_bank *b, double dx);

/** The clock's part of the mean. Its variances are those with that source's offset added which
 * makes them smallest: what all sources may be off by alike, nobody sees. */
struct filter joint_bank_best(const struct joint_bank *b);

#endif
