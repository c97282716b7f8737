/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The joint estimator: the samples of all sources that are believed, one state of the clock. Each
 * source keeps its own path and what its own bank learnt of its noise; and each may be off by an
 * offset of its own, because a path can be asymmetric by more than any statistics see. Sources that
 * are asked by turns so foretell each other. Pure.
 */
#ifndef DAEMON_TRACK_JOINT_H
#define DAEMON_TRACK_JOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/track/track.h"

/** The most sources that take part. */
#define JOINT_MOST 8

/** What becomes of a source. */
enum joint_use {
	JOINT_FOLLOW, /**< its samples are taken */
	JOINT_LEAVE,  /**< none are, from now on */
	JOINT_UNDO,   /**< it lies: what was taken is to be undone */
};

/** A source. */
struct joint_source {
	const struct track *track;
	double bias; /**< s, standard deviation of its own offset; above 0 */
	enum joint_use use;
};

struct joint;

/** NULL when there is no memory. */
struct joint *joint_create(void);
void joint_destroy(struct joint *j);

/** Forgets everything: the time scales moved, or what it says cannot be. */
void joint_reset(struct joint *j);

/**
 * Takes what is new of the sources; those that are not mentioned leave. A new one begins with its
 * newest sample. After a reset, and when one is undone, the samples that the others have kept are
 * taken from the oldest on. Of too many sources the first take part.
 */
void joint_follow(struct joint *j, const struct joint_source *s, size_t n);

/**
 * The estimate at an instant. Its offset is by all sources, their own offsets allowed for; its
 * standard deviation is that of the best source's offset, which includes its own. sample_sd is not
 * filled. Returns 0, or -EAGAIN with fewer than two sources.
 */
int joint_estimate(const struct joint *j, int64_t osc, struct track_estimate *ret);

#endif
