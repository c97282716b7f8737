/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of the RTC: for the files of this folder only.
 */
#ifndef DAEMON_CLOCK_RTC_STATE_H
#define DAEMON_CLOCK_RTC_STATE_H

#include "daemon/clock/line.h"
#include "daemon/clock/rtc.h"
#include "daemon/loop/loop.h"

/** Measurements at start (chrony-behaviour 14). */
#define RTC_FIRST 8

/** What the file says (chrony-files 1.5). */
struct rtc_law {
	bool valid;
	int64_t at;    /**< s since 1970, true time */
	double offset; /**< s at that time, positive: RTC fast */
	double rate;   /**< s/s, positive: it gains */
};

/** struct rtc. */
struct rtc {
	struct rtc_env env;
	int fd; /**< -1: none */
	struct rtc_law law;
	struct loop_timer timer;
	bool ticking;  /**< a second is waited for */
	bool tracking; /**< measured for ever */
	bool trim;     /**< to be set when the next second begins */
	bool sure;     /**< line is of enough samples */
	struct {
		int64_t osc, device_ns;
	} samples[LINE_MOST]; /**< oldest first */
	size_t n;
	struct line line; /**< s the RTC is fast, from the newest sample on */
	void (*done)(void *arg);
	void *arg;      /**< of done */
	unsigned first; /**< measurements at start that are still wanted */
};

/** Steps the system clock at start: to the RTC, or to when the drift file was written. */
void rtc_set_system(struct rtc *r);
/** The end of the measurements at start: slews the system clock. */
void rtc_slew_system(struct rtc *r);
/** Reads the file into law. */
void rtc_law_load(struct rtc *r);
/** Waits for seconds to begin, or no more. */
void rtc_listen(struct rtc *r, bool on);
/** Draws the line through all samples. */
void rtc_fit(struct rtc *r);

#endif
