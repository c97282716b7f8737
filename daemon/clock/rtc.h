/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock that runs while the machine is off: the system clock is set from it at start (-s), how
 * it goes is measured and kept in a file (rtcfile), and it is set right (trimrtc). It is not used
 * as a source: refclocks/rtc.c does that.
 */
#ifndef DAEMON_CLOCK_RTC_H
#define DAEMON_CLOCK_RTC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

struct clock;
struct kernel;
struct log;
struct loop;
struct rtc;
struct settings;

/** One measurement, for the log; positive: the RTC is fast, or gains. */
struct rtc_measurement {
	int64_t truth;
	double fast;     /**< s, measured */
	bool valid;      /**< what follows is known */
	double estimate; /**< s */
	double rate_ppm;
	int samples, runs;
	int interval; /**< s until the next one */
};

/** What it works with. All outlive it. */
struct rtc_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
	/** Takes every measurement; NULL: nobody does. */
	void (*measured)(void *arg, const struct rtc_measurement *m);
	void *arg;
};

/**
 * Opens the device where rtcfile or -s (set) needs it, which may take rights that are given up
 * later; reads the file. With set the system clock is stepped to the RTC, or to when the drift file
 * was written last. What cannot be done is logged. Returns 0 or -ENOMEM.
 */
int rtc_create(const struct rtc_env *env, bool set, struct rtc **ret);
/** Writes the file when something is known; NULL is nothing. */
void rtc_destroy(struct rtc *r);

/** With -s and rtcfile: measures for eight seconds, slews the system clock and calls done. Returns
 * false when there is nothing to do; then done is not called. */
bool rtc_begin(struct rtc *r, void (*done)(void *arg), void *arg);
/** Measures from now on, where there is an rtcfile. */
void rtc_track(struct rtc *r);

/** rtcdata. 0, or -ENODEV when it is not measured. */
int rtc_report(const struct rtc *r, struct report_rtc *ret);
/** writertc. 0, -ENODEV, or -errno when it cannot be written; -EAGAIN when nothing is known yet. */
int rtc_save(struct rtc *r);
/** trimrtc: sets it to true time when the next second begins. 0 or -ENODEV. */
int rtc_trim(struct rtc *r);

#endif
