/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readings of a reference clock that its estimate has no room for: wild ones, which are forgotten,
 * or another time, which is followed once it has lasted. Pure.
 */
#ifndef DAEMON_SOURCE_JUMP_H
#define DAEMON_SOURCE_JUMP_H

#include <stdbool.h>
#include <stdint.h>

/** What is remembered of one reference clock; all zero at first. */
struct jump {
	int64_t since;  /**< oscillator instant from which it has told the present time; 0: none */
	int64_t from;   /**< oscillator instant of the first reading in a row that did not fit */
	unsigned n;     /**< readings in that row */
	double by;      /**< s, deviation of the first of them */
	bool scattered; /**< they do not agree with each other either */
	bool follows;   /**< they were believed at last, and the estimate is on its way */
	bool told;      /**< the caller said that it waits; he may set and read it */
};

/** What becomes of a reading. */
enum jump_verdict {
	JUMP_FITS,
	JUMP_WAIT,   /**< not to be used */
	JUMP_FOLLOW, /**< to be used */
	JUMP_RESET,  /**< to be used, after all that was measured before was forgotten */
};

/** One reading. */
struct jump_reading {
	int64_t osc;
	bool known;       /**< there is an estimate to compare with */
	double deviation; /**< s, from the estimate */
	double tolerance; /**< s, what ordinary noise makes of it */
};

/** Judges a reading. */
enum jump_verdict jump_judge(struct jump *j, const struct jump_reading *r);

/** Whether the newest readings tell another time than is believed so far. */
bool jump_waits(const struct jump *j);

/** How long a deviation must last to be believed, s, after `age` s of another time. */
double jump_wait(double deviation, double age);

#endif
