/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Among the sources that tell the truth: which one is followed, and what they say together. For
 * the files of this folder.
 */
#ifndef DAEMON_SELECT_CHOOSE_H
#define DAEMON_SELECT_CHOOSE_H

#include "daemon/select/select.h"

/**
 * Keeps scores and picks the source to follow among those still in. previous: index that was
 * selected and is still in, or -1. Returns the index of the one to follow.
 */
int select_choose(
	const struct select_settings *s, struct select_candidate *c, size_t n, int previous);

/** All scores at 1, as after a new selection. */
void select_new_scores(struct select_candidate *c, size_t n);

/**
 * Combines the estimates of all that are still in and near enough, the selected one included, by
 * the inverse of their variances; marks them and the others. Returns how many took part.
 */
unsigned select_combine(const struct select_settings *s, struct select_candidate *c, size_t n,
	int selected, struct track_estimate *ret);

#endif
