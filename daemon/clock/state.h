/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a clock remembers: for the files of this folder only.
 */
#ifndef DAEMON_CLOCK_STATE_H
#define DAEMON_CLOCK_STATE_H

#include "daemon/clock/clock.h"
#include "daemon/clock/map.h"
#include "daemon/clock/smooth.h"
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
	double nudged; /**< s, by which others slewed the clock and nobody took it yet */

	bool has_model;
	struct clock_model model;
	int64_t moved; /**< ns, sum of all jumps of the estimate of true time */

	double base_rate;         /**< asked of the driver, without the slew */
	struct loop_timer slewed; /**< the end of the slew */

	struct {
		enum leap leap; /**< the kernel is to make */
		int64_t at;     /**< system instant */
		clock_leaped *leaped;
		void *arg;
	} plan;
	struct smooth smooth;
	int tai; /**< s, TAI - UTC; 0: not known */

	double precision;
	bool rtcsync;
	struct clock_reference reference;

	clock_disturbed *disturbed;
	void *disturbed_arg;
};

/** Applies a rate and begins a piece of the map with what the system really does. Returns the raw
 * instant from which on it holds. */
int64_t clock_apply_rate(struct clock *c, double rate);

/** Whether a reading that is by s off what the map expects shows the leap second that was planned;
 * then it is accounted for. */
bool clock_take_leap(struct clock *c, int64_t raw, int64_t system, double by);

/** Now on the oscillator's scale, without a look for disturbances. */
int64_t clock_osc_now(const struct clock *c);

/** The timer at the end of a slew; arg is the clock. */
void clock_slew_ended(void *arg);

#endif
