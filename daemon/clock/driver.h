/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock driver changes the rate and the phase of the system clock. Only daemon/clock/clock.c
 * calls one.
 */
#ifndef DAEMON_CLOCK_DRIVER_H
#define DAEMON_CLOCK_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

struct kernel;

/** What a clock driver tells the system about the clock's state. */
struct clock_status {
	bool synchronised;
	enum leap leap;   /**< to be applied by the system at the end of the UTC day */
	double max_error; /**< s, bound of the error */
	double est_error; /**< s, standard deviation */
	int tai;          /**< TAI - UTC in s; 0: not known */
};

/** A clock driver. Rates are s/s on top of the oscillator's nominal rate. */
struct clock_driver {
	const char *name;
	/** Whether it really moves the system clock. */
	bool controls;
	/** The rate in force at start. Returns 0 or -errno. */
	int (*start)(struct kernel *k, double *ret_rate);
	/** Sets the rate; *ret_rate is what the system really applies, to its granularity and
	 * limit. */
	int (*set_rate)(struct kernel *k, double rate, double *ret_rate);
	/** Steps by delta_ns. Returns 0, or -errno: then nothing was changed. */
	int (*step)(struct kernel *k, int64_t delta_ns);
	int (*set_status)(struct kernel *k, const struct clock_status *status);
	/** Largest |rate| it can apply. */
	double max_rate;
};

/** All drivers that were built, NULL-terminated (modules.c). */
extern const struct clock_driver *const clock_drivers[];

#endif
