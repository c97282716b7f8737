/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon owns: for daemon.c, which makes it, and reload.c, which changes it.
 */
#ifndef DAEMON_PARTS_H
#define DAEMON_PARTS_H

#include "daemon/control/control.h"
#include "daemon/daemon.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/protocol.h"

/** The most control protocols of a build. */
#define CONTROLS_MAX 8

/** struct daemon. */
struct daemon {
	struct daemon_options options;
	struct settings *settings;            /**< in force; its address never changes */
	char reload_trouble[SOURCE_NAME + 1]; /**< what was wrong first with those read last */
	struct loop *loop;
	struct clock *clock;
	struct rtc *rtc;
	struct cards *cards; /**< NULL: none stamps anything */
	struct keys *keys;
	struct nts_shared *nts;
	struct serve *serve;
	struct log ntskelog; /**< where it tells of key establishments, if there */
	struct protocol_pace pace;
	struct protocol_env protocol_env;
	struct protocol_server protocol_server;
	struct sources *sources;
	struct logs *logs;
	struct discipline *discipline;
	struct events *events;
	struct statistics *statistics;
	struct control_env control_env;
	struct {
		const struct control_protocol *protocol;
		struct control_instance *instance;
	} controls[CONTROLS_MAX];
	size_t n_controls;
	struct named *named; /**< lines about hosts whose addresses are to be found */
	struct loop_timer timeout;
	size_t made;  /**< parts */
	bool polling; /**< sources were started */
};

/** Whether it ends by itself after one look at the time. */
bool daemon_is_once(const struct daemon *d);
/** The logger of what is fatal at the start, and no more than an error later. */
void (*daemon_trouble(const struct daemon *d))(const struct log *log, const char *format, ...);

/** Puts settings in force that are a copy of those which are, with some of ntp.conf's policy
 * changed, and uses them up. */
void daemon_change(struct daemon *d, struct settings *now);
/** What was wrong first with the configuration that was read last, "" when nothing was; arg is the
 * daemon. */
const char *daemon_reload_trouble(void *arg);

/** Whether a source can use NTS, else that is logged. */
bool daemon_can_nts(struct daemon *d, const struct log *log, const char *name);
/** Whether this program has a driver for a reference clock, else that is logged. */
bool daemon_knows_refclock(
	struct daemon *d, const struct log *log, const struct settings_refclock *s);
/** Adds a reference clock. Returns 0, also when an optional one cannot be had, or -errno, logged.
 */
int daemon_add_refclock(struct daemon *d, const struct settings_refclock *s);

#endif
