/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to do about an update: step, slew, ignore it, or give up. The rules of makestep, maxchange,
 * maxupdateskew, maxdrift, maxslewrate, corrtimeratio and logchange (chrony-behaviour 5), as pure
 * functions of what is measured and a few counters.
 */
#ifndef DAEMON_DISCIPLINE_POLICY_H
#define DAEMON_DISCIPLINE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"

struct settings;

/** The rules with their counters. */
struct policy {
	double makestep_threshold; /**< s */
	int makestep_left;         /**< updates that may still step; negative: always */
	bool maxchange_on;
	double maxchange_offset;   /**< s */
	int maxchange_start_left;  /**< updates that are not checked yet */
	int maxchange_ignore_left; /**< negative: always ignore */
	double maxupdateskew;      /**< s/s */
	double maxdrift;           /**< s/s */
	double maxslewrate;        /**< s/s */
	double corrtimeratio;
	double logchange; /**< s */
	/* ntp.conf: */
	bool ntpd;                  /**< these are in force */
	double step_back, step_fwd; /**< s, beyond which the clock is stepped; 0: never */
	double stepout;             /**< s that a correction must be so large first */
	bool step_first;            /**< the first update is a step, however small */
	bool updated;               /**< there was an update */
	double large_since;         /**< s, when corrections became large; negative: they are not */
};

/** An update. */
struct policy_update {
	bool controls;     /**< the system clock is ours to move */
	double offset;     /**< s, how far the update moves our idea of true time */
	double correction; /**< s, true minus system time after it */
	double rate, rate_sd;
	double present_rate; /**< s/s, in force */
	double now;          /**< s, of a clock that runs on */
};

/** What to do with it. */
enum policy_action {
	POLICY_SLEW,
	POLICY_STEP,
	POLICY_IGNORE,
	POLICY_WAIT, /**< leave it: if it is still so large in a while, the clock is stepped */
	POLICY_EXIT,
};

/** The decision. */
struct policy_decision {
	enum policy_action action;
	double rate;       /**< s/s, to be taken as the model's */
	bool rate_kept;    /**< the update's own rate is too uncertain */
	bool rate_clamped; /**< it is beyond maxdrift */
	bool tell;         /**< the offset is worth a message (logchange) */
};

/** The rules as configured. restarted (-R): no steps at start. */
struct policy policy_from(const struct settings *s, bool restarted);

/** Decides, and counts the update. */
struct policy_decision policy_decide(struct policy *p, const struct policy_update *u);

/** A leap second as announced, or none when today is not the last day of June or December in UTC:
 * there are no leap seconds on other days. */
enum leap policy_leap(enum leap announced, int64_t truth);

/** A correction of the system clock, and how well what it is made of is known. */
struct policy_correction {
	double offset, offset_sd; /**< s */
	double rate_sd;           /**< s/s */
};

/**
 * How long to take over a correction, s: about a third of the time until the next update, which is
 * at most poll seconds and was spacing seconds lately (0: not known). What is small beside the
 * standard deviation of the offset may be wrong as well, is no gain to have soon, and takes up to
 * the time to the second next update, unless the slew is lost in that of the rate anyway.
 */
double policy_duration(
	const struct policy *p, const struct policy_correction *c, double poll, double spacing);

#endif
