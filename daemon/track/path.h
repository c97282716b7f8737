/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a network path: the round trips of the recent past in order of size. What a
 * round trip exceeds the smallest by bounds the error of its offset. Pure.
 */
#ifndef DAEMON_TRACK_PATH_H
#define DAEMON_TRACK_PATH_H

#include <stdbool.h>

/** Round trips remembered. The smallest ages out with the rest. */
#define PATH_ROOM 512

/** So many round trips in a row above nearly all that are remembered are a new path. */
#define PATH_NEW 12

/** The memory of round trips, s. */
struct path {
	double ring[PATH_ROOM]; /**< in order of arrival */
	double sorted[PATH_ROOM];
	unsigned n, next;
	unsigned high; /**< round trips in a row above the ninth decile */
};

void path_reset(struct path *p);

/**
 * Takes a round trip. Returns by how much the smallest is now different from before, s: negative
 * when this one is the smallest, positive when an old path was forgotten; else 0.
 */
double path_add(struct path *p, double delay);

/** The smallest in memory, s; 0 when there is none. */
double path_min(const struct path *p);

/** A quantile (0 to 1) of what is in memory, s. */
double path_quantile(const struct path *p, double q);

/**
 * Full width of the walls for a round trip in memory: its excess over the smallest, and what the
 * smallest itself may still be too large by, s.
 */
double path_width(const struct path *p, double delay);

/** Standard deviation of an offset if errors on both ways are alike and independent, s, robust
 * to outliers. */
double path_deviation(const struct path *p);

#endif
