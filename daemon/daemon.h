/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One daemon: owns everything, holds no state outside itself, so that many run in one process.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>

#include "config/settings.h"
#include "daemon/discipline/discipline.h"

struct clock_driver;
struct config_dialect;
struct crypto_backend;
struct daemon;
struct kernel;
struct log;
struct loop;
struct nts_shared;
struct rtc;
struct serve;

/** What a daemon is made of. All outlive it. */
struct daemon_options {
	struct kernel *kernel;
	const struct settings *settings;
	const struct log *log;
	const struct crypto_backend *crypto;
	const struct config_dialect *dialect; /**< of files of sources; NULL: the first */
	const struct clock_driver *driver;    /**< NULL: the first of clock_drivers that controls */
	enum discipline_mode mode;
	bool restarted;                /**< -R */
	bool load_dumps;               /**< -r */
	bool from_rtc;                 /**< -s */
	double timeout;                /**< s, -t; 0: none */
	void (*reopen_log)(void *arg); /**< for cyclelogs; NULL: nothing to do */
	void *reopen_log_arg;
	/** Reads the configuration again into ret, which is at its defaults. Returns 0, or -errno
	 * when it cannot be used: logged. NULL: it cannot be read again. */
	int (*read_settings)(void *arg, const struct log *log, struct settings *ret);
	void *read_settings_arg;
};

/** Builds all parts that need privileges: sockets, keys, clock. Returns 0 or -errno, logged. */
int daemon_create(const struct daemon_options *options, struct daemon **ret);

/** After privileges were dropped: command socket, drift file, sources. Returns 0 or -errno. */
int daemon_start(struct daemon *d);

/** One turn of the loop. Returns false when the daemon is to end. */
bool daemon_turn(struct daemon *d);

/** Whether nothing can happen any more but a signal: no source, no client, nobody to command it. */
bool daemon_idle(const struct daemon *d);

/** Asks for a clean end (a signal). */
void daemon_stop(struct daemon *d);

/**
 * Reads the configuration again and takes over what has changed, without losing what is known of
 * sources that are still there. What cannot change is named in the log. Returns 0; -ENOTSUP when
 * this daemon cannot; what read_settings returned, or -EINVAL: then nothing has changed.
 */
int daemon_reload(struct daemon *d);

/** The settings in force. */
const struct settings *daemon_settings(const struct daemon *d);

/** Reads certificates and leap seconds again and resolves names again (SIGHUP of ntpd). */
void daemon_refresh(struct daemon *d);

/** Whether all was done that comes before sources are asked: false while initstepslew takes. */
bool daemon_ready(const struct daemon *d);

/** Whether the clock is right, as far as is known. */
bool daemon_synchronised(const struct daemon *d);

/** Exit status once daemon_turn() returned false. */
int daemon_status(const struct daemon *d);

/** Saves state, closes everything, frees. */
void daemon_destroy(struct daemon *d);

/** For tests and the simulator. */
struct clock *daemon_clock(struct daemon *d);
struct rtc *daemon_rtc(struct daemon *d);
struct discipline *daemon_discipline(struct daemon *d);
struct sources *daemon_sources(struct daemon *d);
struct loop *daemon_loop(struct daemon *d);
struct nts_shared *daemon_nts(struct daemon *d);
struct serve *daemon_serve(struct daemon *d);

/** Whether this program has a driver for reference clocks, by its name in configurations. */
bool daemon_has_refclock(const char *driver);

#endif
