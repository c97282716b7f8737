/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of a selection that rule sources out: one by one by their own merits, then by what the
 * others say. For the files of this folder and their tests.
 */
#ifndef DAEMON_SELECT_JUDGE_H
#define DAEMON_SELECT_JUDGE_H

#include "daemon/select/select.h"

/** Root distance of a source now, s: half of the root delay plus the root dispersion, the path's
 * part of its best sample, the source's of its last, and what has grown since. */
double select_distance(const struct select_settings *s, const struct select_candidate *c);

/** Root dispersion by its best sample and estimate now, s. */
double select_dispersion(const struct select_settings *s, const struct select_candidate *c);

/** Fills distance and interval, and gives a state to each that is unfit by itself. */
void select_judge_alone(
	const struct select_settings *s, struct select_candidate *c, size_t n, int64_t origin_ns);

/** Whether to wait for sources that will have enough samples soon; then all are given state w. */
bool select_judge_waiting(struct select_candidate *c, size_t n);

/** Where all was forgotten a short while ago, holds back whoever was wrong before that until those
 * that were right have answered. Returns whether nothing else is left. */
bool select_judge_standing(struct select_candidate *c, size_t n);

/** Rules out what is stale or an orphan; with nothing else left one orphan may stay in. */
void select_judge_reach(const struct select_settings *s, struct select_candidate *c, size_t n);

/** The interval that most agree on, and which do. */
struct select_agreement {
	double low, high;
	unsigned depth, trusted; /**< sources that cover it, trusted ones among them */
	unsigned n, n_trusted;   /**< sources that were asked */
};

/**
 * Finds the interval that the most trusted sources cover, and of such the one that the most cover;
 * of equals the lowest. Quadratic in n and without memory of its own: sources are few.
 */
struct select_agreement select_intersect(const struct select_candidate *c, size_t n);

/** Whether more than half of those that may vote agree. */
bool select_majority(const struct select_agreement *a);

/** Rules out falsetickers and what does not fit the trusted sources. */
void select_judge_agreement(struct select_candidate *c, size_t n, const struct select_agreement *a);

/** How many are still in. */
unsigned select_still_in(const struct select_candidate *c, size_t n);

/** Gives all that are still in this state. */
void select_all(struct select_candidate *c, size_t n, enum select_state state);

#endif
