/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the discipline remembers: for the files of this folder only.
 */
#ifndef DAEMON_DISCIPLINE_STATE_H
#define DAEMON_DISCIPLINE_STATE_H

#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/leaptable.h"
#include "daemon/discipline/discipline.h"
#include "daemon/discipline/policy.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/track/joint.h"

/** The local reference. */
struct local {
	struct settings_local settings;
	bool reached;         /**< the root distance was below `activate` once */
	bool active;          /**< it is what is published */
	int64_t unsync_since; /**< raw instant */
	struct loop_timer timer;
};

/** Log2 s, the longest mean of a fallback drift. */
#define FALLBACK_MOST 30

/** Fallback drifts. */
struct fallback {
	int min, max;                   /**< log2 s; off unless 0 < min <= max */
	double mean[FALLBACK_MOST + 1]; /**< s/s, of the model's rate over 2^i s */
	bool counted;
	int next; /**< log2 s after the last update at which the next one is used */
	struct loop_timer timer;
};

/** Where we are with a leap second. */
enum leap_phase {
	LEAP_FAR,     /**< none planned */
	LEAP_PLANNED, /**< today ends with one */
	LEAP_NEAR,    /**< within seconds: no samples */
	LEAP_MADE,    /**< just now: nobody is told the time */
	LEAP_SETTLES, /**< still no samples */
};

/** The leap second of today. */
struct leap_plan {
	enum leap_phase phase;
	enum leap leap;
	enum settings_leap_mode mode; /**< who makes it */
	int64_t at;                   /**< true instant that comes twice or is left out */
	bool seen;                    /**< true time has moved */
	bool told;                    /**< by the kernel, that it has been made */
	struct loop_timer timer;
	bool contradicted;      /**< the table contradicts what sources announce */
	struct leaptable table; /**< from leapseclist or leapsectz; empty without */
	int64_t looked;         /**< raw instant at which it was read; 0: never */
	int tai;                /**< s, what the system is told; 0: nothing */
};

/** What was typed once. */
struct manual_sample {
	int64_t osc;     /**< oscillator instant at which it was */
	int64_t truth;   /**< what was typed */
	double original; /**< s, how fast our clock was thought to be then */
};

/** Time by hand. */
struct manual {
	bool on;
	size_t n;
	struct manual_sample samples[REPORT_MANUAL_MAX]; /**< oldest first */
};

/** A point of tempcomp. */
struct warmth_point {
	double temperature, ppm;
};

/** What temperature does to the oscillator. */
struct warmth {
	struct warmth_point *points; /**< ascending; NULL: the formula holds */
	size_t n;
	double rate; /**< s/s, that true time gains on the oscillator by it, as last read */
	struct loop_timer timer;
};

/** struct discipline. */
struct discipline {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	struct sources *sources;
	const struct log *log;
	bool frequency_given; /**< by the drift file or the settings */
	double given_rate;    /**< s/s, if so */
	enum discipline_mode mode;

	struct {
		const struct discipline_listener *listener;
		void *arg;
	} listeners[DISCIPLINE_LISTENERS];
	size_t n_listeners;

	/* selection */
	struct select_settings select;
	struct select_candidate *candidates;
	struct source **who; /**< of each candidate */
	bool *authenticated; /**< of each candidate */
	size_t n, room;
	const struct source *selected; /**< compared with those that exist, never followed */
	struct joint *joint;           /**< what all combined sources say, sample by sample */
	struct joint_source *joined;   /**< of each candidate */
	bool reselect;
	bool told_at_start; /**< that nothing can be selected */

	/* reference */
	struct policy policy;
	struct clock_reference real; /**< what sources say; the local one may be published instead
				      */
	struct local local;
	struct leap_plan leap;
	struct fallback fallback;
	struct manual manual;
	struct warmth warmth;
	struct clock_reference lost; /**< real as it was when it was lost last */
	int64_t last_update;         /**< raw instant of the last update; 0: none */
	double update_interval, last_offset, mean_square_offset;
	bool offsets_settled; /**< mean_square_offset is a mean, not the last one */
	double residual;      /**< s/s, estimated rate that was not taken as the model's */
	bool waits;           /**< the offset is to last before the clock is stepped */

	/* drift file */
	double drift_age; /**< s of updates since it was written */
	bool drift_news;
	bool drift_unknown; /**< there was no file at the start */
	double drift_saved; /**< rate that was written last; NAN: none yet */
	double drift_least; /**< change of it that is worth a write by now (nonvolatile) */

	struct loop_timer disturbed; /**< deals with a disturbance outside clock_now() */
	double disturbed_by;
	double moved; /**< s, by which others moved the clock since the last update that was used */
	struct loop_timer once; /**< looks whether -q can still succeed */
	struct {
		bool over; /**< the first estimate was used */
		void (*done)(void *arg);
		void *arg;
	} initial; /**< of initstepslew */
};

/** The part of the settings that selection knows. */
struct select_settings discipline_select_from(const struct settings *s);

/** Runs a selection and, when there is news, an update. */
void discipline_select(struct discipline *d);

/** Tells the log what selection found (chrony-files 3.2). lost: a source was selected before and
 * none is now; changed: another one is. */
void discipline_tell(struct discipline *d, const struct select_result *r, bool lost, bool changed);

/** Lets the joint estimator follow the sources that were combined, and puts its estimate in the
 * place of the combination of theirs where it knows more. */
void discipline_join(struct discipline *d, struct select_result *r);

/** Takes the outcome of a selection as the new idea of true time. */
void discipline_take(struct discipline *d, const struct select_result *r);

/** The oscillator is known to have moved by ns until osc and to run otherwise by rate (s/s) since:
 * the model and the system clock follow. s is the clock that tells, NULL when it is none. */
void discipline_follow(
	struct discipline *d, const struct source *s, int64_t osc, int64_t ns, double rate);

/** Takes what was typed as the new idea of true time: it gains offset s, and runs at this rate
 * (s/s) against the oscillator. It makes us no source for others. */
void discipline_take_by_hand(struct discipline *d, double offset, double rate);

/** Whether an instant can be one of true time: within 1970 to 2261. */
bool discipline_can_be(int64_t truth);

/** Nobody tells us the time any more. */
void discipline_unsynchronise(struct discipline *d);

/** Publishes the reference of the sources, or the local one where its time has come. */
void discipline_publish(struct discipline *d);

/** The timer of the local reference; arg is the discipline. */
void discipline_local_timer(void *arg);

/** Reads the settings of fallback drifts. */
void discipline_fallback_start(struct discipline *d);
/** Counts the rate of an update, s/s, elapsed s after the one before. */
void discipline_fallback_count(struct discipline *d, double rate, double elapsed);
/** The timer of fallback drifts; arg is the discipline. */
void discipline_fallback_timer(void *arg);

/** What today ends with by what sources say (voted) and, when they say nothing, by the leap second
 * data; plans it. truth: s of UTC. */
enum leap discipline_leap(struct discipline *d, enum leap voted, int64_t truth);

/** TAI - UTC at an instant of TAI, s; 0 when nobody knows. arg is the discipline. */
int discipline_tai(void *arg, int64_t tai_s);

/** Reads the leap second data for the first time, and says nothing of it yet. */
void discipline_leap_start(struct discipline *d);

/** The true instant of the leap second that the day of utc ends with by the leap second data, or
 * else by what is announced; INT64_MAX: none. arg is the discipline. */
int64_t discipline_next_leap(void *arg, int64_t utc, enum leap announced);

/** Forgets the plan of a leap second: nothing is known of the time any more. */
void discipline_leap_forget(struct discipline *d);

/** The timer of the leap second; arg is the discipline. */
void discipline_leap_timer(void *arg);

/** Sends the mail that mailonchange asks for: an update moves the clock by offset s, which read
 * system before. */
void discipline_mail(struct discipline *d, double offset, int64_t system);

/** Reads the points of tempcomp. Returns 0 or -errno, which is logged. */
int discipline_warmth_create(struct discipline *d);
/** Reads the sensor, now and from now on; arg is the discipline. */
void discipline_warmth_timer(void *arg);

/** Forgets how long there was no source: at start. */
void discipline_local_start(struct discipline *d);

/** Frequency of the system clock without us, ppm: positive gains. */
double discipline_frequency_ppm(const struct discipline *d, double rate);

/** Writes the drift file if there is one and it would say something new. */
void discipline_save_drift(struct discipline *d);

/** -q and -Q: takes the first estimate and ends. */
void discipline_once(struct discipline *d, const struct select_result *r);
/** The timer of -q and -Q; arg is the discipline. */
void discipline_once_timer(void *arg);

/** Tells all listeners. */
void discipline_notice(struct discipline *d, enum discipline_notice what, double offset);

#endif
