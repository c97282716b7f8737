/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a clock remembers: for the files of this folder only.
 */
#ifndef DAEMON_CLOCK_STATE_H
#define DAEMON_CLOCK_STATE_H

#include "daemon/clock/clock.h"
#include "daemon/clock/map.h"
#include "daemon/loop/loop.h"

/** struct clock. */
struct clock {
	struct kernel *kernel;
	struct loop *loop;
	const struct clock_driver *driver;
	const struct log *log;

	int64_t shift; /**< oscillator minus raw */
	struct clock_map map;
	bool interference_told;

	bool has_model;
	struct clock_model model;

	double base_rate;         /**< asked of the driver, without the slew */
	struct loop_timer slewed; /**< the end of the slew */

	double precision;
	bool rtcsync;
	struct clock_reference reference;

	clock_disturbed *disturbed;
	void *disturbed_arg;
};

/** Applies a rate and begins a piece of the map with what the system really does. Returns the raw
 * instant from which on it holds. */
int64_t clock_apply_rate(struct clock *c, double rate);

/** The timer at the end of a slew; arg is the clock. */
void clock_slew_ended(void *arg);

#endif
