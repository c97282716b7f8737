/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of gpsd's JSON protocol: TOFF and PPS tell the time, TPV whether there is a fix. Pure.
 */
#ifndef REFCLOCKS_GPSD_REPORT_H
#define REFCLOCKS_GPSD_REPORT_H

#include <stddef.h>
#include <stdint.h>

/** Room for the path of a device. */
#define GPSD_DEVICE 128

/** A report. */
struct gpsd_report {
	enum gpsd_class {
		GPSD_OTHER,
		GPSD_VERSION,
		GPSD_TPV,
		GPSD_TOFF, /**< the time by sentences */
		GPSD_PPS,  /**< by pulses */
		GPSD_ERROR,
	} class;
	char device[GPSD_DEVICE]; /**< "" when it says none */
	int mode;                 /**< TPV: 0 not known, 1 no fix, 2 or 3 a fix */
	int64_t real, clock;      /**< TOFF, PPS: true time and system clock, ns since 1970 */
};

/** Reads a line. Returns 0, or -EINVAL when it is no JSON, or says a time that cannot be. */
int gpsd_parse(const char *line, size_t n, struct gpsd_report *ret);

#endif
