/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference clock drivers: they feed samples and nothing else.
 */
#ifndef REFCLOCKS_REFCLOCK_H
#define REFCLOCKS_REFCLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"
#include "common/status_words.h"
#include "config/settings.h"

struct clock;
struct kernel;
struct log;
struct loop;
struct refclock_instance;
struct text;

/** Where a driver delivers. */
struct refclock_sink {
	/** true minus system clock (s) at a system instant; pulse: only the fraction of a second
	 * counts. Returns whether it makes sense. */
	bool (*sample)(void *arg, int64_t system, double offset, double dispersion, enum leap leap,
		bool pulse);
	/** Something came that is no sample. It is counted, and told now and then: why, in a few
	 * constant words. */
	void (*refused)(void *arg, const char *why);
	/** What is wrong with the device and what to do about it, and of which kind it is for
	 * ntpd's tools; NULL: nothing any more. Told when it changes. */
	void (*trouble)(void *arg, enum status_clock_fault kind, const char *what);
};

/** What a driver works with; outlives it. */
struct refclock_env {
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
};

/** A driver. */
struct refclock_driver {
	const char *name; /**< upper case, as in the configuration */
	/** parameter as written. On failure a message in why. Returns 0 or -errno. */
	int (*create)(const struct refclock_env *env, const struct settings_refclock *settings,
		const struct refclock_sink *sink, void *arg, struct text *why,
		struct refclock_instance **ret);
	/** Called every 2^dpoll s; NULL for drivers that wait for a descriptor themselves. */
	void (*poll)(struct refclock_instance *i);
	void (*destroy)(struct refclock_instance *i);
	/** What it counted since this was last called, as ntpd's clockstats have it
	 * (ntp-statistics 2.3). NULL: nothing. */
	void (*count)(struct refclock_instance *i, struct text *ret);
	/** What it was told last, as it came or in a few words; NULL: it is told numbers. */
	const char *(*timecode)(const struct refclock_instance *i);
};

/** All drivers that were built, NULL-terminated (modules.c). */
extern const struct refclock_driver *const refclock_drivers[];

#endif
