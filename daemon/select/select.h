/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Selection: which sources tell the truth, which one is followed, and what they say together.
 * Pure: candidates in, states and one combined estimate out.
 */
#ifndef DAEMON_SELECT_SELECT_H
#define DAEMON_SELECT_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"
#include "daemon/track/track.h"

/** States with the characters of chrony's selectdata. */
enum select_state {
	SELECT_STILL_IN = 0, /**< while a selection runs: not ruled out so far */
	SELECT_NOSELECT_STATE = 'N',
	SELECT_MISSING_SAMPLES = 'M',
	SELECT_UNSYNCHRONISED = 's',
	SELECT_BAD_STRATUM = 'r',
	SELECT_BAD_DISTANCE = 'd',
	SELECT_JITTERY = '~',
	SELECT_WAITS_STATS = 'w',
	SELECT_STALE = 'S',
	SELECT_ORPHAN = 'O',
	SELECT_UNTRUSTED = 'T',
	SELECT_FALSETICKER = 'x',
	SELECT_WAITS_SOURCES = 'W',
	SELECT_NONPREFERRED = 'P',
	SELECT_WAITS_UPDATE = 'U',
	SELECT_DISTANT = 'D',
	SELECT_OUTLIER = 'L',
	SELECT_COMBINED = '+',
	SELECT_SELECTED = '*',
};

/** Settings that selection obeys (chrony.conf(5)). */
struct select_settings {
	double maxdistance, maxjitter, combinelimit, reselectdist, stratumweight; /**< s */
	double maxclockerror;                                                     /**< s/s */
	int minsources, minstratum, maxstratum;
	int orphan_stratum;   /**< 0: no orphan mode */
	double mindistance;   /**< s, as which smaller distances count when sources are compared */
	unsigned maxcombined; /**< sources, the nearest first; 0: no limit */
};

/** One source before and after selection. What survives from one run to the next is marked. */
struct select_candidate {
	/* in */
	void *source; /**< for the caller */
	bool refclock;
	bool has_estimate;
	struct track_estimate estimate; /**< at the instant of selection */
	struct track_figures figures;
	double age;                /**< s since the last sample */
	double bound;              /**< s, of the estimate's error then (track_bound) */
	double tilt;               /**< s/s, of its rate's (track_tilt) */
	unsigned configured;       /**< options, set of enum select_option */
	unsigned effective;        /**< after authselectmode */
	unsigned reach;            /**< 8 bits */
	unsigned reach_updates;    /**< 0 to 8 */
	unsigned unreachable_runs; /**< consecutive updates without reach */
	int maxunreach;
	int max_samples; /**< that its estimator may keep; 0: no limit of its own */
	bool active;
	bool updated;         /**< has a sample that no selection has seen */
	uint32_t refid;       /**< reference ID that we would have when following it */
	uint32_t local_refid; /**< that it would have when following us; 0: not known */
	bool doubted;         /**< most others were against it when they were asked last */
	bool vouches;         /**< it was among most then */
	/* kept by the caller from run to run */
	double score;     /**< 1 after a new selection */
	int distant_left; /**< updates for which it stays D */
	/* out */
	enum select_state state;
	double distance;  /**< s, root distance now */
	double low, high; /**< s, interval of true time minus oscillator, relative to origin_ns */
	bool combined;    /**< takes part in the combination */
};

/** Why nothing could be selected. */
enum select_failure {
	SELECT_OK,
	SELECT_WAITING, /**< for samples of others (w), or for a new one of the best (U) */
	SELECT_NO_SOURCES,
	SELECT_NO_SELECTABLE,
	SELECT_NO_REQUIRED,
	SELECT_NOT_ENOUGH,
	SELECT_NO_MAJORITY,
};

/** The outcome. */
struct select_result {
	int selected;                       /**< index, or -1 */
	bool update;                        /**< the combination is new: steer by it */
	struct track_estimate estimate;     /**< to follow; valid when selected >= 0 */
	struct track_estimate bounded;      /**< combined: the bound of the error is of this one */
	double root_delay, root_dispersion; /**< s, at the instant of selection, path included */
	int stratum;                        /**< of the selected source */
	enum leap leap;                     /**< what more than half of those that may vote say */
	unsigned combined;                  /**< how many took part */
	enum select_failure failure;
	unsigned agreeing, voting; /**< for "only M of N sources agree" */
	bool trusted_vote;         /**< only trusted sources voted */
	unsigned unreachable;      /**< sources without noselect whose register is empty */
};

/**
 * Runs a selection (chrony-behaviour 4). All estimates are of one instant. origin_ns: the offset
 * (true minus oscillator) that intervals are relative to, so that low and high are about our own
 * idea of true time. previous: index that was selected, or -1.
 */
void select_run(const struct select_settings *settings, struct select_candidate *c, size_t n,
	int previous, int64_t origin_ns, struct select_result *ret);

/** By how much a source may well be off because the ways to it and back differ, s. */
double select_bias(const struct select_candidate *c);

/** authselectmode (chrony-behaviour 6); the values of enum settings_auth_select. */
enum select_auth {
	SELECT_AUTH_MIX,
	SELECT_AUTH_REQUIRE,
	SELECT_AUTH_PREFER,
	SELECT_AUTH_IGNORE,
};

/** Applies authselectmode (enum select_auth): fills effective from configured. */
void select_auth_options(int mode, struct select_candidate *c, const bool *authenticated, size_t n);

/** The five-state form of a state letter for `sources`. */
enum report_state select_report_state(char state);

#endif
