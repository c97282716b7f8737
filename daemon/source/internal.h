/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry from inside: its objects, and what its files ask of each other. Nobody outside
 * daemon/source includes this.
 */
#ifndef DAEMON_SOURCE_INTERNAL_H
#define DAEMON_SOURCE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/source_options.h"
#include "config/settings.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/protocol.h"
#include "daemon/source/jump.h"
#include "daemon/source/source.h"
#include "daemon/track/track.h"
#include "refclocks/refclock.h"

struct text;

/** Room for the name of a *.sources file, without its directory. */
#define SOURCE_FILE 256

/** Bits of the reach register (chrony-behaviour 3). */
#define SOURCE_REACH_BITS 8

/** The most slots of a pool (chrony-behaviour 8). */
#define SOURCE_POOL_SLOTS 16

/** Delays remembered for maxdelayquant. */
#define SOURCE_DELAYS 64

/** Tests B and C need this many samples (chrony-behaviour 2). */
#define SOURCE_TEST_SAMPLES 6

/** The most samples that the filter option reduces to one. */
#define MEDIAN_MAX 256

/** Room for what is wrong with a reference clock. */
#define REFCLOCK_TROUBLE 200

/** Retry intervals of names are 7 * 2^k s, k from the first to the last of these. */
#define SOURCE_RETRY_UNIT  7.0
#define SOURCE_RETRY_FIRST 2
#define SOURCE_RETRY_LAST  9

/** What was said on one line of the configuration, of a *.sources file or by one command: a server,
 * or a pool with its slots. It lives as long as one of its sources. */
struct source_entry {
	struct source_options options; /**< as said */
	enum address_family family;    /**< to resolve; ADDRESS_NONE: any */
	bool named;                    /**< a name, not an address */
	bool resolvable;               /**< a family remains after all options */
	char file[SOURCE_FILE];        /**< name of the *.sources file it is of; empty: of none */
	bool kept;                     /**< found again by the reload under way */
	bool initial;                  /**< of initstepslew: for the start alone */
	bool warned;                   /**< "Invalid host" was said */
	unsigned slots, confirmed;
};

/** The part of a source that is a reference clock. */
struct source_refclock {
	struct settings_refclock settings;
	const struct refclock_driver *driver;
	struct refclock_instance *instance;
	struct loop_timer timer;
	uint32_t refid;
	int poll, dpoll;        /**< log2 s, as they are used */
	int64_t tick;           /**< driver polls since the last poll */
	unsigned arrived;       /**< samples since the last poll */
	uint32_t polls, silent; /**< polls so far, and those without a sample */
	struct sample newest;
	struct jump jump;
	uint64_t bad_format, bad_data;  /**< what came and was no sample, or made no sense */
	int64_t seen_osc;               /**< when the newest reading was of, used or not; 0: none */
	char trouble[REFCLOCK_TROUBLE]; /**< what is wrong with the device; empty: nothing */
	enum status_clock_fault fault;  /**< the kind of that */
	struct {
		int64_t osc; /**< when it was last compared with the oscillator; 0: never */
		int64_t offset_ns;
		double rate;
	} steady; /**< of a local one */
};

/** The newest samples, for reports. */
struct source_register {
	struct {
		int64_t osc;
		double offset; /**< s, true minus system clock then */
		double delay, dispersion;
	} samples[REPORT_REGISTER]; /**< a ring */
	unsigned n;                 /**< taken so far */
};

/** One source: a slot that an address may still be missing from. */
struct source {
	struct sources *registry;
	struct source_entry *entry;       /**< NULL for a reference clock */
	struct source_refclock *refclock; /**< NULL for an NTP source */
	struct source_options options;    /**< in force; commands change them */
	struct address address;           /**< ADDRESS_ID without one, ADDRESS_NONE: refclock */
	struct protocol_instance *instance;
	struct track *track;
	bool running;   /**< polling was started */
	bool confirmed; /**< gave a good response since it has this address */
	bool replace;   /**< its name is being resolved to find another address */
	bool refresh;   /**< its name is being resolved to see if the address is still listed */
	bool denied;    /**< the server sent us away */
	bool doomed;    /**< to be removed as soon as no call of it is on the stack */
	bool news;
	char state;
	enum leap leap; /**< of the last response of a server that is synchronised */
	unsigned reach, reach_updates, unreachable_runs;
	int64_t resolved_at;    /**< raw instant at which the address was last found in the DNS */
	double original_offset; /**< s, of the newest sample against our true time then; fast > 0 */
	double stress;
	float delays[SOURCE_DELAYS]; /**< s, of the last responses, good or not */
	size_t n_delays;             /**< counted since the beginning */
	struct sample *held;         /**< of the filter option, room for as many; NULL: none yet */
	size_t n_held;
	int held_polls;     /**< since the last sample went on */
	int64_t leap_at;    /**< true instant of the leap second that its samples were before, or
			     * INT64_MAX */
	int64_t ignored_ns; /**< by so much it may be off what is expected of it, for one that we
			     * ignored */
	int64_t leapt_ns;   /**< they were moved by so much for one, and it did not say so itself */
	struct source_select_memory memory;
	struct source_event_memory events;
	uint16_t association;
	struct source_register recent;
};

struct sources {
	const struct protocol_env *env;
	struct sources_modules modules;
	struct refclock_env refclock_env;
	struct {
		int (*at)(void *arg, int64_t tai_s);
		void *arg;
	} tai; /**< at is NULL while nobody knows */
	struct {
		int64_t (*next)(void *arg, int64_t utc, enum leap announced);
		void *arg;
	} leaps; /**< likewise */
	struct {
		struct sources_listener calls;
		void *arg;
	} listeners[SOURCES_LISTENERS];
	size_t n_listeners;

	struct source **all; /**< in creation order */
	size_t n, room;
	struct source_entry **entries;
	size_t n_entries, entries_room;
	uint32_t last_id;      /**< IDs of unresolved sources are never used twice */
	uint32_t associations; /**< numbers given so far */
	unsigned n_refclocks;  /**< ever added: the digit of automatic reference IDs */
	bool started;
	bool held;           /**< samples are not taken */
	int64_t shifted_osc; /**< when a leap second was last made; 0: never */
	int64_t ignored_ns;  /**< nobody was heard since one that we ignored */
	struct loop_timer chores;

	/* resolving: one name at a time, in rounds */
	struct source_entry *looked_up; /**< the answer to this is awaited */
	int64_t asked;                  /**< since this raw instant */
	bool in_round, again;           /**< again: something was asked for behind the cursor */
	size_t cursor;
	unsigned rounds; /**< ended */
	bool any_resolved, warned_unresolved;
	int retry; /**< k of 7 * 2^k s */
	struct loop_timer retry_timer;
	int64_t replace_at; /**< raw instant before which no address is replaced */
	int64_t refresh_at; /**< and none refreshed */

	/* files */
	struct source_options *refused; /**< of *.sources files, already logged */
	size_t n_refused;
	bool load_dumps, remove_dumps;
};

/* registry.c */
/** file: name of the *.sources file that says so; NULL: none. */
enum sources_status registry_add(
	struct sources *r, const struct source_options *o, const char *file);
/** Puts a source at the end of the list. Returns 0 or -ENOMEM. */
int registry_append(struct sources *r, struct source *s);
/** Takes a source out, tells the listeners, frees it and, when it was the last, its entry. Not to
 * be called from inside a callback of that source: see registry_doom(). */
void registry_drop(struct source *s);
/** Drops it in the next turn of the loop. */
void registry_doom(struct source *s);
/** Runs the chores no later than at this raw instant. */
void registry_chores_at(struct sources *r, int64_t at);
void registry_tell(struct source *s, bool new_sample);
/** Tells the listeners that a source came. */
void registry_tell_added(struct source *s);
bool registry_uses(const struct sources *r, const struct address *a);
/** A random number in [0, 1). */
double registry_random(struct sources *r);

/* member.c */
/** Makes a source of an entry (NULL: of a reference clock) without an address. NULL: no memory. */
struct source *member_create(
	struct sources *r, struct source_entry *entry, const struct source_options *o);
void member_destroy(struct source *s);
/** minsamples or maxsamples, its own or the global ones, are others now. */
void member_limit_samples(struct source *s);
/** Gives a source its address, or another one: whatever was known before is forgotten. */
int member_attach(struct source *s, const struct address *a);
/** Begins polling when the registry has started and there is an address. */
void member_start(struct source *s);
/** Forgets samples. */
void member_unlearn(struct source *s);
/** Forgets samples, reach and what selection remembers. */
void member_forget(struct source *s);
/** One step of the reach register. */
void member_reach(struct source *s, bool reached);
/** Takes a sample into the estimator. Returns 0, or -errno when it was not taken. */
int member_take(struct source *s, const struct sample *sample);

/* recent.c */
/** Keeps a sample for reports. */
void recent_take(struct source *s, const struct sample *sample);
void recent_forget(struct source *s);

/* median.c */
/** A held sample, and what it is compared by. */
struct median_held {
	const struct sample *sample;
	double offset; /**< s, against the clock's model */
};
/** Fills in the offsets of n samples of a source and orders them by these. */
void median_order(const struct source *s, size_t n, struct median_held *io);
/** A poll begins to count for the filter option, answered or not. */
void median_poll(struct source *s);
/** Keeps a sample for the filter, which takes one of so many. False: there is no filter. */
bool median_take(struct source *s, const struct sample *sample);
/** Begins anew. */
void median_forget(struct source *s);
/** The filter option is another one: begins anew. */
void median_resize(struct source *s);

/* leap.c */
/** Remembers which leap second a sample that is taken was before, if any. */
void leap_note(struct source *s, const struct sample *sample);
/** Whether a sample is of the same side of a leap second as the time now, as far as can be told. If
 * what was known of its source was of the other side, it is forgotten. */
bool leap_admits(struct source *s, const struct sample *sample);
/** What is left of a jump that a server tells of when a leap second was made here already. */
int64_t leap_rest(struct source *s, int64_t jumped_ns);

/* feed.c */
extern const struct source_sink feed_sink;

/* pool.c */
/** A good response came: the address is worth keeping. */
void pool_confirm(struct source *s);
/** Another address is wanted for a source; at most one is replaced in a random time up to 1 h. */
void pool_replace(struct source *s);
/** A good response came: looks whether some name is due to be resolved again. */
void pool_refresh(struct sources *r);
/** Gives slots of an entry addresses out of those its name was resolved to. */
void pool_assign(struct source_entry *e, struct sources *r, const struct address *a, size_t n);
/** Whether packets can be sent there at all. */
bool pool_is_routable(struct sources *r, const struct address *a, int port);
/** Whether the name of an entry has to be resolved. */
bool pool_wants(const struct sources *r, const struct source_entry *e);

/* resolve.c */
/** Resolves all names that are wanted, now; failures are retried at lengthening intervals. */
void resolve_round(struct sources *r);
/** The same, and the intervals begin anew. */
void resolve_kick(struct sources *r);
void resolve_retry(void *arg);
/** An entry is about to go away. */
void resolve_forget(struct sources *r, const struct source_entry *e, size_t position);

/* reload.c */
/** Whether two lines say the same. */
bool reload_says_same(const struct source_options *a, const struct source_options *b);
/** Removes all sources of an entry, and with them the entry. */
void reload_remove(struct sources *r, const struct source_entry *entry);
/** Why a source was not added. */
const char *reload_reason(enum sources_status status);
void reload_free(struct sources *r);

/* refclock.c */
void refclock_start(struct source *s);
/** Says what is wrong with what it is locked to. */
void refclock_check_lock(const struct source *s);
/** Something else is said of one, as in sources_change_refclock(). */
void refclock_change(struct source *s, const struct settings_refclock *now);
void refclock_destroy(struct source *s);
/** Forgets what was measured. */
void refclock_forget(struct source *s);
/** UTC made a leap second, or so we think: if the clock does not, it is soon believed. */
void refclock_shifted(struct source *s);

/* combine.c */
/** Keeps a reading for the filter option. False: there is no filter. */
bool combine_take(struct source *s, const struct sample *sample);
/** A poll is over. Returns 0 and what its readings make together, or -EAGAIN: too few. */
int combine_emit(struct source *s, struct sample *ret);

/* steady.c */
/** A local reference clock has news: what the oscillator did is taken out of all estimates. */
void steady_follow(struct source *s);

/* refclock_take.c */
/** Where drivers deliver. */
extern const struct refclock_sink refclock_sink;
/** Hands a sample to the estimator. Returns 0, or -EAGAIN: it has to wait, or is not taken. */
int refclock_estimate(struct source *s, struct sample *sample);
/** The reference clock that numbers the seconds of this one; NULL: none. */
struct source *refclock_lock(const struct source *s);
/** Tells the listeners of a sample. */
void refclock_tell(const struct source *s, const struct source_refclock_sample *m);
/** True minus our estimate of true time, s. */
double refclock_cooked(const struct source *s, int64_t osc, int64_t offset_ns);

/* dumps.c */
void dumps_load(struct source *s);
/** The first round of resolving is over. */
void dumps_round_done(struct sources *r);

#endif
