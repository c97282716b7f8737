/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pulses: they tell fractions of a second (of 1/rate), and something else must tell which. Pure.
 */
#ifndef DAEMON_SOURCE_PULSE_H
#define DAEMON_SOURCE_PULSE_H

#include <stdbool.h>

/** What numbers a pulse. */
struct pulse_numbers {
	double rate;   /**< pulses per second */
	double offset; /**< s, true time minus the scale of the pulse's own offset, as it says */
	double doubt;  /**< s, by how much it may be wrong */
};

/**
 * Moves the offset of a pulse by a multiple of its interval to the nearest that is told. Returns
 * false when it is too far from any to tell which (0.4 of an interval).
 */
bool pulse_number(const struct pulse_numbers *n, double offset, double doubt, double *ret_offset);

/** Whether a pulse of this width, s, can be the true edge: the other one is a width away. */
bool pulse_is_edge(const struct pulse_numbers *n, double width, double offset, double distance);

#endif
