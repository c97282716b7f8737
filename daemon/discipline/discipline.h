/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference: runs selection when a source has news, decides by policy whether to step, slew or
 * hold, and publishes what is served and reported.
 */
#ifndef DAEMON_DISCIPLINE_DISCIPLINE_H
#define DAEMON_DISCIPLINE_DISCIPLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"
#include "daemon/select/select.h"
#include "daemon/source/source.h"

struct clock;
struct discipline;
struct log;
struct loop;
struct settings;

/** How the daemon was asked to run. */
enum discipline_mode {
	DISCIPLINE_NORMAL,
	DISCIPLINE_STEP_ONCE,  /**< -q: step by the first estimate and end */
	DISCIPLINE_PRINT_ONCE, /**< -Q: print the offset and end */
	DISCIPLINE_INITIAL,    /**< initstepslew: correct by the first estimate, then go on */
};

/** What a reference update tells the tracking log. */
struct discipline_update {
	int64_t truth;
	const struct source *source; /**< NULL: unsynchronised or local */
	uint32_t refid;
	int stratum;
	double frequency_ppm, skew_ppm; /**< positive: gains */
	double offset;                  /**< s; positive: local fast */
	enum leap leap;
	unsigned combined;
	double offset_sd;
	double remaining; /**< s; positive: local slow */
	double root_delay, root_dispersion, max_error;
	double stepped; /**< s that the system clock was stepped by; 0: it was not */
};

/** What else happens to the clock. */
enum discipline_notice {
	DISCIPLINE_SPIKE, /**< an offset is so large that the clock would be stepped if it lasted */
	DISCIPLINE_PANIC, /**< so large that the daemon ends */
	DISCIPLINE_LEAPT, /**< a leap second was made; the offset says which */
};

/** Who wants to know. */
struct discipline_listener {
	/** offset: s, positive: the clock is behind. */
	void (*noticed)(void *arg, enum discipline_notice what, double offset);
	/** Every update and every loss of synchronisation. */
	void (*updated)(void *arg, const struct discipline_update *u);
	/** Every selection: the candidates with their states. */
	void (*selected)(void *arg, int64_t truth, const struct select_candidate *c, size_t n);
	/** Every reading of tempcomp, with what came of it in ppm. */
	void (*warmed)(void *arg, int64_t truth, double temperature, double ppm);
};

/** The most listeners. */
#define DISCIPLINE_LISTENERS 4

/** Listens to sources and clock from here on. All arguments outlive it. Returns 0 or -errno, which
 * is logged but for -ENOMEM. */
int discipline_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, struct sources *sources, const struct log *log,
	enum discipline_mode mode, bool restarted, struct discipline **ret);
/** Has the list of leap seconds read again soon. */
void discipline_refresh(struct discipline *d);
/**
 * The settings, which are at the same place, have changed: they were was. What changed is taken,
 * commands' changes of the rest stay. Steps and changes allowed at the start are over by then.
 */
void discipline_configure(struct discipline *d, const struct settings *was);
void discipline_destroy(struct discipline *d);
/** Who goes on after DISCIPLINE_INITIAL; the mode is DISCIPLINE_NORMAL then. */
void discipline_on_initial(struct discipline *d, void (*done)(void *arg), void *arg);
/** Adds a listener, at most DISCIPLINE_LISTENERS; a member that is NULL is not called. */
void discipline_listen(struct discipline *d, const struct discipline_listener *l, void *arg);

/** Reads the drift file and sets the frequency, tells listeners the state at start; before sources
 * start. */
void discipline_start(struct discipline *d);
/** Whether the frequency was known at the start: by the drift file or the settings. */
bool discipline_frequency_given(const struct discipline *d);

/** tracking and, for one source, selectdata. */
void discipline_report_tracking(struct discipline *d, struct report_tracking *ret);
void discipline_report_select(
	struct discipline *d, const struct source *s, struct report_select *ret);

/** From leapseclist or leapsectz. */
void discipline_report_leap(const struct discipline *d, struct report_leap *ret);
/** smoothing; smoothtime activate (on) or reset. 0, or -ENOTSUP without smoothtime. */
int discipline_report_smoothing(struct discipline *d, struct report_smoothing *ret);
int discipline_set_smoothing(struct discipline *d, bool on);
/** reset sources command: nothing that was measured counts, and the time is not known. */
void discipline_reset_sources(struct discipline *d);
/** makestep command: steps by what remains. Returns 0 or -errno. */
int discipline_makestep(struct discipline *d);
/** Changes makestep's limit and threshold. */
void discipline_set_makestep(struct discipline *d, int limit, double threshold);
void discipline_set_maxupdateskew(struct discipline *d, double ppm);
/** Runs selection anew with all scores at 1. */
void discipline_reselect(struct discipline *d);
void discipline_set_reselectdist(struct discipline *d, double s);
/** local on or off by command. */
void discipline_set_local(struct discipline *d, bool on, int stratum, double distance, bool orphan,
	double activate, double waitsynced, double waitunsynced);
/** Frequency and offset by hand (dfreq ppm, doffset s; positive offset: clock is fast). -EINVAL for
 * an offset beyond SOURCE_OFFSET_MAX, or that would put true time outside 1970 to 2261. */
void discipline_adjust_frequency(struct discipline *d, double ppm);
int discipline_adjust_offset(struct discipline *d, double s);

/** settime: true time is this now. -ENOTSUP where manual is off, -EINVAL when it cannot be, -EAGAIN
 * within a second of the one before. */
int discipline_settime(struct discipline *d, int64_t truth, struct report_manual *ret);
/** manual on, off and reset; delete: -ERANGE when there is no such entry. */
void discipline_set_manual(struct discipline *d, bool on);
void discipline_reset_manual(struct discipline *d);
int discipline_delete_manual(struct discipline *d, int i);
/** manual list. Returns how many. */
size_t discipline_report_manual(
	const struct discipline *d, struct report_manual_sample ret[REPORT_MANUAL_MAX]);

#endif
