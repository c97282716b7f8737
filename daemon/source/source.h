/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry of sources: what selection sees, whatever protocol or driver feeds it. It resolves
 * names, fills pools, replaces members that do not answer, and keeps each source's estimator.
 */
#ifndef DAEMON_SOURCE_SOURCE_H
#define DAEMON_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"
#include "common/status_words.h"
#include "common/source_options.h"
#include "config/settings.h"
#include "daemon/protocol/protocol.h"
#include "daemon/track/track.h"

struct kernel_message;
struct refclock_driver;
struct settings_refclock;
struct settings_source;
struct source;
struct sources;

/** One sample of a reference clock, for refclocks.log. */
struct source_refclock_sample {
	int64_t truth; /**< instant by our estimate of true time */
	int tick;      /**< driver poll within the poll; -1: what the estimator makes of the poll */
	enum leap leap;
	bool pulse;
	double raw; /**< s; positive: local slow. True minus system clock as the driver gave it */
	double cooked;     /**< s; positive: local slow. Against our estimate of true time */
	double dispersion; /**< s */
};

/** Tells whoever wants to know: selection (discipline/reference.c) and the logs. A member that is
 * NULL is not called. */
struct sources_listener {
	/**
	 * A source has a new sample, or its reach register moved, or it came or went. One that went
	 * is in the registry no more, and is freed when this returns: forget it.
	 */
	void (*updated)(void *arg, struct source *s, bool new_sample);
	/** A source came: it is in the registry now. */
	void (*added)(void *arg, struct source *s);
	/** Every measured response, for the logs. */
	void (*measured)(void *arg, struct source *s, const struct protocol_measurement *m);
	/** A reference clock of more stable rate than the oscillator (local) tells that this moved
	 * by ns until the instant osc, and from then on runs otherwise by rate, s/s. Both are of
	 * true time minus oscillator, and all estimates of sources have them already. */
	void (*steadied)(void *arg, const struct source *s, int64_t osc, int64_t ns, double rate);
	/** Every sample of a reference clock, for the logs. */
	void (*refclock)(void *arg, const struct source *s, const struct source_refclock_sample *m);
	/** A poll of a reference clock is over; what its driver counted meanwhile. */
	void (*counted)(void *arg, const struct source *s, const char *counts);
};

/** What the registry is handed from above itself. Copied; a member that is NULL is done without. */
struct sources_modules {
	/** How NTP sources are spoken with; without one, only reference clocks can be added. */
	const struct source_protocol *protocol;
	/** Parses a line of a *.sources file (struct config_dialect). */
	int (*source_line)(const char *line, struct source_options *ret, struct text *why);
	/** The state for `sources` of a state letter (daemon/select/select.h). */
	enum report_state (*report_state)(char letter);
};

/** The most listeners of a registry. */
#define SOURCES_LISTENERS 4

/** The most sources of a registry (chrony-control 6.2). */
#define SOURCES_MAX 65536

/** Makes an empty registry. env outlives it. Returns 0 or -ENOMEM. */
int sources_create(const struct protocol_env *env, const struct sources_modules *modules,
	struct sources **ret);
void sources_destroy(struct sources *r);
/** Adds a listener; all are called, in the order added. At most SOURCES_LISTENERS. */
void sources_listen(struct sources *r, const struct sources_listener *listener, void *arg);

/** Status of the registry's commands, to be mapped by each control protocol. */
enum sources_status {
	SOURCES_OK = 0,
	SOURCES_NO_SUCH,
	SOURCES_ALREADY,
	SOURCES_TOO_MANY,
	SOURCES_BAD_NAME,
	SOURCES_BAD_FAMILY,
	SOURCES_BAD_KIND,
	SOURCES_NO_MEMORY,
};

/** Adds a server, peer or pool. A name is resolved in the background once started. */
enum sources_status sources_add(struct sources *r, const struct source_options *o);
/** How many sources become of these options: several of a pool. */
unsigned sources_slots(const struct source_options *o);
/** The next association gets the first free number after n. Numbers of reference clocks, which are
 * added first, are left out for the sources between. */
void sources_number_after(struct sources *r, uint32_t n);
/** Adds a reference clock. Returns 0 or -errno with a message in why. */
int sources_add_refclock(struct sources *r, const struct settings_refclock *settings,
	const struct refclock_driver *driver, struct text *why);
/** Who knows TAI - UTC, s, at an instant of TAI (s since 1970), 0: not; for reference clocks that
 * keep TAI. */
void sources_set_tai(struct sources *r, int (*at)(void *arg, int64_t tai_s), void *arg);
/**
 * Who knows leap seconds: next tells the true instant of the one that the day of utc ends with, by
 * what a source announces then or by what is known better; INT64_MAX: it ends with none.
 */
void sources_set_leaps(
	struct sources *r, int64_t (*next)(void *arg, int64_t utc, enum leap announced), void *arg);
enum sources_status sources_remove(struct sources *r, const struct address *a);
/** Starts resolving and polling; sources added later start at once. */
void sources_start(struct sources *r);
/** Before sources_start(): asks only these servers, by name or address. */
void sources_start_initial(struct sources *r, const char (*names)[SETTINGS_NAME], size_t n);
/** Forgets them again. Not to be called by what a source calls. */
void sources_end_initial(struct sources *r);
/** Reads the *.sources files of sourcedirs again: keeps what is unchanged, removes, adds. */
void sources_reload(struct sources *r);
/**
 * The configuration is another one: from the lines was to the lines now. A source whose line is
 * unchanged keeps its state; one whose options can change while it is polled keeps its state too,
 * any other is removed and added. What commands added and no line says stays. Reads the files of
 * sourcedirs again too.
 */
void sources_configure(struct sources *r, const struct settings_source *was, size_t n_was,
	const struct settings_source *now, size_t n_now);
/** Removes a reference clock by what was said of it. */
void sources_remove_refclock(struct sources *r, const struct settings_refclock *settings);
/** Something else is said of a reference clock of the same driver, which goes on: what it measured
 * moves by what its correction did. The driver begins anew when its parameter is another one; with
 * one that it cannot have the clock stays as it was, which is logged. */
void sources_change_refclock(struct sources *r, const struct settings_refclock *was,
	const struct settings_refclock *now);
/** Takes minsamples and maxsamples for all sources anew. */
void sources_limit_samples(struct sources *r);
/** Resolves the names of all sources again (refresh). */
void sources_refresh(struct sources *r);
/** Forgets all samples; polling begins anew (reset sources, a clock step by others). */
void sources_reset(struct sources *r);
/** True time moves by ns against the oscillator for all sources alike: UTC made a leap second. */
void sources_shift(struct sources *r, int64_t ns);
/** The same, made by UTC and not by us: each source moves once it is heard to have made it. */
void sources_ignore_leap(struct sources *r, int64_t ns);
/** At the oscillator instant osc: what sources have of before a leap second is forgotten where it
 * passed, by their own time, without sources_shift(). */
void sources_pass_leap(struct sources *r, int64_t osc);
/** The oscillator runs otherwise from osc on: true time gains rate s/s more on it. */
void sources_bend(struct sources *r, int64_t osc, double rate);
/** While on, samples are not taken: around a leap second nobody knows which side they are of. */
void sources_hold(struct sources *r, bool on);
/** The oscillator lost time or the clock was stepped by others: widen or reset estimators. */
void sources_disturbed(struct sources *r);

/** Sets online or offline all sources in a prefix; mask and address as in the control protocol;
 * family ADDRESS_NONE: all. */
enum sources_status sources_online(
	struct sources *r, const struct address *mask, const struct address *address, bool online);
enum sources_status sources_burst(struct sources *r, const struct address *mask,
	const struct address *address, int good, int total);
/** online or offline by whether there is a route. */
void sources_onoffline(struct sources *r);

/** The options of a source by its address, for the modify commands; NULL: no such. Clamp with
 * source_options_clamp() after a change. */
struct source_options *sources_options(struct sources *r, const struct address *a);
/** Configured selection options of a source (address) or reference clock (refid); NULL: no such. */
unsigned *sources_select_options(struct sources *r, const struct address *a, uint32_t refid);
/** The offset correction of a source or reference clock; NULL: no such. */
double *sources_offset(struct sources *r, const struct address *a, uint32_t refid);

/** Number of slots, unresolved ones included, in creation order. */
size_t sources_count(const struct sources *r);
struct source *sources_at(struct sources *r, size_t i);
struct source *sources_find(struct sources *r, const struct address *a);

/** Saves each source's samples in dumpdir (chrony-files 1.2). */
void sources_dump(struct sources *r);
/** Before sources_start(): each source loads its dump file as soon as it has an address (-r). */
void sources_load(struct sources *r);
/** Removes all dump files from dumpdir once the names were tried for the first time. */
void sources_remove_dumps(struct sources *r);

/** A datagram of modes 1, 2 or 4 that came to the server's socket, for serve_forward(). Returns
 * whether it is of a symmetric peer of ours. */
bool sources_deliver(struct sources *r, const struct kernel_message *m);
/** A datagram of mode 1 that the server's socket sent, with its transmit timestamp, likewise. */
void sources_sent(struct sources *r, const struct kernel_message *m);

/** True once every configured name was tried and, in -q mode, no source can give more. */
bool sources_exhausted(const struct sources *r);

/* One source. */

/** Its address, an ID while unresolved, ADDRESS_NONE for a reference clock. */
const struct address *source_address(const struct source *s);
/** Name as configured; "" for a reference clock. */
const char *source_name(const struct source *s);
/** Reference ID we would have when following it. */
uint32_t source_refid(const struct source *s);
/** "192.0.2.1" or "GPS0": as logs name it. */
void source_text(const struct source *s, char *ret, size_t n);
/** The same followed by " (NAME)" when the configured name differs. */
void source_text_long(const struct source *s, char *ret, size_t n);
enum report_mode source_mode(const struct source *s);
unsigned source_reach(const struct source *s);         /**< 8 bits */
unsigned source_reach_updates(const struct source *s); /**< 0 to 8 */
bool source_active(const struct source *s);            /**< online, resolved */
bool source_authenticated(const struct source *s);
/** Whether it is a slot of a pool that has no address, as others before it have none: who looks at
 * what there is sees the first of them, which stands for the pool. */
bool source_is_spare(const struct source *s);
unsigned source_select_options(const struct source *s);
int source_poll(const struct source *s);
/** Consecutive updates of the reach register that left it empty. */
unsigned source_unreachable_runs(const struct source *s);
/** Whether this is a reference clock between two of its polls, which logs count by. */
bool source_between_polls(const struct source *s);
/** Whether it has a sample that no selection has seen: set with each sample, cleared by
 * source_seen(). */
bool source_has_news(const struct source *s);
void source_seen(struct source *s);
/** How far the newest sample moved the estimated rate, in standard deviations it had before. */
double source_stress(const struct source *s);
const struct track *source_track(const struct source *s);
const struct source_options *source_get_options(const struct source *s);
/** Reports of one source. */
void source_report(struct sources *r, const struct source *s, struct report_source *ret);
void source_report_stats(struct sources *r, const struct source *s, struct report_sourcestats *ret);
/** Returns 0, or -ENOENT when it is no NTP source or is unresolved. */
int source_report_ntp(const struct source *s, struct report_ntpdata *ret);
int source_report_auth(const struct source *s, struct report_auth *ret);
void sources_report_activity(const struct sources *r, struct report_activity *ret);

/** What the others said of a source when they were asked last. */
enum source_standing {
	SOURCE_UNKNOWN,
	SOURCE_GOOD,    /**< it agreed with most */
	SOURCE_DOUBTED, /**< it did not */
};

/** What selection remembers of a source; begins anew when the source does (other address, reset).
 */
struct source_select_memory {
	double score;       /**< 1 at first */
	int distant_left;   /**< updates for which it stays D */
	unsigned bad;       /**< bad selections in a row, each after an own update */
	bool reported;      /**< its present trouble is in the log already */
	unsigned effective; /**< selection options in force at the last selection */
	double age;         /**< s since the last sample then */
	double low, high;   /**< s, its interval then, as in struct select_candidate */
	/** Outlives a reset: a jump of our own clock makes no source better or worse. */
	enum source_standing standing;
};

/** The memory of a source, kept by it and used by selection alone. */
struct source_select_memory *source_select_memory(struct source *s);

/** What the watch over events remembers of a source (daemon/discipline/events.h). */
struct source_event_memory {
	unsigned code, count;  /**< the last event, and how often it was in a row */
	unsigned flash;        /**< what the last packet was found at fault for */
	unsigned reach;        /**< as last seen */
	int64_t reach_changed; /**< raw instant at which it was last reached or lost */
	bool authentic;        /**< the last packet was */
	bool leap;             /**< it tells of a leap second */
	/* of a reference clock: what was wrong at its last poll, how often it began to be, and its
	 * counts then */
	unsigned fault, faults;
	uint32_t polls, silent;
	uint64_t bad_format, bad_data;
};

/** The memory of a source, zero at first, kept by it and used by that watch alone. */
struct source_event_memory *source_event_memory(struct source *s);
const struct source_event_memory *source_events(const struct source *s);

/** Its number in ntpd's control protocol: never 0, of no other source, the same all its life. */
uint16_t source_association(const struct source *s);

/** A reference clock as ntpd shows it. */
struct source_refclock_report {
	const struct settings_refclock *settings;
	uint32_t polls, silent;        /**< polls so far, and those without a sample */
	uint64_t bad_format;           /**< what could not be read so far */
	uint64_t bad_data;             /**< and what made no sense */
	enum status_clock_fault fault; /**< what the driver finds wrong with its device now */
	const char *timecode; /**< what it was told last, until its next poll; "": numbers */
};

/** Whether this is a local clock of ntp.conf whose turn has come, since nothing else is left: the
 * discipline serves its stratum, though nobody measures it. */
bool source_stands_in(const struct source *s);

/** Returns 0, or -ENOENT for a source that is none. */
int source_report_refclock(const struct source *s, struct source_refclock_report *ret);
/** Its newest samples. */
void source_report_register(const struct source *s, struct report_register *ret);

/** State letter that the last selection gave it (enum select_state as char), for reports. */
void source_set_state(struct source *s, char letter);
char source_state(const struct source *s);
/** What it said of leap seconds last, whether its sample was any good or not. */
enum leap source_leap(const struct source *s);
/** Selection asks for another address: four bad selections in a row. */
void source_bad_selection(struct sources *r, struct source *s);

#endif
