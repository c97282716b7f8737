/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of a network card against the oscillator: a line through the newest comparisons. Pure.
 */
#ifndef DAEMON_CLOCK_CARD_H
#define DAEMON_CLOCK_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/clock/line.h"

/** The clock of a card. All zero but least and most: it was never compared. */
struct card {
	size_t least, most; /**< comparisons that are needed and kept; see card_limits() */
	struct {
		int64_t osc, device_ns;
		double doubt; /**< s */
	} samples[LINE_MOST];
	size_t n;
	struct line line; /**< s that it gained on the oscillator since the newest */
};

/** Puts the bounds into the range that takes effect: 2 to LINE_MOST, and 0 of most for all. */
void card_limits(struct card *c, int least, int most);

/** Takes a comparison: the card's clock read device_ns at osc, give or take doubt (s). One that no
 * clock could have come to since the last makes all earlier ones forgotten. */
void card_compared(struct card *c, int64_t osc, int64_t device_ns, double doubt);

/** The oscillator when the card's clock read device_ns, and how wrong that may be (s). False when
 * it is not known. */
bool card_to_osc(const struct card *c, int64_t device_ns, int64_t *ret_osc, double *ret_error);

#endif
