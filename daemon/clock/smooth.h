/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smoothing of served time (smoothtime, chrony-behaviour 19): what our own time jumps by is given
 * to clients gently. The frequency of what they see changes by no more than a set wander and stays
 * below a set limit: it rises, stays, and falls to zero just when the offset is gone. Pure.
 */
#ifndef DAEMON_CLOCK_SMOOTH_H
#define DAEMON_CLOCK_SMOOTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

/** The smoothing process. All zero: off. */
struct smooth {
	double max_frequency; /**< s/s; 0: off */
	double max_wander;    /**< s/s per s */
	bool leap_only;       /**< takes only leap seconds */
	bool active;          /**< otherwise it takes nothing yet */
	int64_t osc;          /**< oscillator instant of the following */
	double offset;        /**< s, served minus true time */
	double frequency;     /**< s/s, that offset grows by */
	double turn;          /**< s/s per s, wander of the first stage; of the third with the other
			       * sign */
	double length[3];     /**< s, of the stages */
};

/** Whether it is configured. */
bool smooth_on(const struct smooth *s);

/** Our time moves by offset s and its rate by frequency s/s at an instant: served time does not. */
void smooth_take(struct smooth *s, int64_t osc, double offset, double frequency);

/** Nothing is to be smoothed any more. */
void smooth_reset(struct smooth *s, int64_t osc);

/** Served minus true time at an instant, s. */
double smooth_offset(const struct smooth *s, int64_t osc);

void smooth_report(const struct smooth *s, int64_t osc, struct report_smoothing *ret);

#endif
