/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map between the kernel's free-running counter (raw) and the system clock: a short memory of
 * straight pieces. Every steering action begins a piece; so does a reading that the piece in force
 * does not explain. Pure.
 */
#ifndef DAEMON_CLOCK_MAP_H
#define DAEMON_CLOCK_MAP_H

#include <stdbool.h>
#include <stdint.h>

/** How many pieces are remembered: minutes even when a burst steers every two seconds. */
#define CLOCK_MAP_PIECES 64

/** Why a piece begins. */
enum clock_map_kind {
	CLOCK_MAP_RATE,     /**< the rate was changed; system time is continuous */
	CLOCK_MAP_JUMP,     /**< the system clock was stepped */
	CLOCK_MAP_OBSERVED, /**< a reading showed that the piece before was a little off */
};

/** One straight piece: it begins at raw, where the system clock reads system. */
struct clock_map_piece {
	int64_t raw, system;
	double rate; /**< s/s that the system clock gains on raw */
	enum clock_map_kind kind;
};

/** The map. */
struct clock_map {
	struct clock_map_piece pieces[CLOCK_MAP_PIECES]; /**< a ring */
	unsigned newest, n;
};

/** Begins with one reading and the rate in force. */
void clock_map_start(struct clock_map *m, int64_t raw, int64_t system, double rate);

/** By how much a reading of the system clock differs from what the map expects, ns. */
int64_t clock_map_surprise(const struct clock_map *m, int64_t raw, int64_t system);

/**
 * Takes a reading that is good to error_ns: the map moves only as far as it must to agree with it,
 * so that the noise of reading does not enter. Differences are taken as a foreign slew since the
 * last piece began.
 */
void clock_map_observe(struct clock_map *m, int64_t raw, int64_t system, int64_t error_ns);

/** The rate changes at raw. */
void clock_map_rate(struct clock_map *m, int64_t raw, double rate);

/** The system clock jumps at raw to system. */
void clock_map_jump(struct clock_map *m, int64_t raw, int64_t system);

/** System time at a raw instant. */
int64_t clock_map_system(const struct clock_map *m, int64_t raw);

/**
 * Raw instant of a system timestamp taken at or before raw instant now. Where a backward step
 * makes it ambiguous, the latest instant that is not after now is meant.
 */
int64_t clock_map_raw(const struct clock_map *m, int64_t system, int64_t now);

/** System instant at which the newest piece begins. */
int64_t clock_map_since(const struct clock_map *m);

/** The rate in force. */
double clock_map_rate_now(const struct clock_map *m);

#endif
