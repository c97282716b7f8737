/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control protocols: they ask for reports and run commands. The only place from which the daemon is
 * changed while it runs.
 */
#ifndef DAEMON_CONTROL_CONTROL_H
#define DAEMON_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

struct access;
struct clock;
struct control_instance;
struct discipline;
struct events;
struct kernel;
struct keys;
struct log;
struct rtc;
struct logs;
struct loop;
struct nts_shared;
struct serve;
struct settings;
struct sources;
struct statistics;

/** What commands work on. All outlive the control protocols. */
struct control_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	struct sources *sources;
	struct discipline *discipline;
	struct events *events;
	struct serve *serve;
	struct nts_shared *nts; /**< of all associations that use NTS */
	struct keys *keys;      /**< symmetric keys */
	struct logs *logs;
	struct statistics *statistics; /**< ntpd's files */
	struct rtc *rtc;               /**< NULL: there is none */
	const struct log *log;
	/** Called by cyclelogs for the message log (-l). */
	void (*reopen_log)(void *arg);
	void *reopen_log_arg;
	/** Puts other settings in force, a changed copy of those that are, and uses them up. NULL:
	 * nobody can. */
	void (*change)(void *arg, struct settings *now);
	void *change_arg;
	/** Reads the configuration again (`reload config`). Returns 0 or -errno, logged. */
	int (*reload)(void *arg);
	/** The first thing that was wrong the last time, "" when nothing was. */
	const char *(*reload_trouble)(void *arg);
	void *reload_arg;
};

/** What of the settings has changed. */
enum control_change {
	CONTROL_SOCKETS = 0x1,
	CONTROL_ACCESS = 0x2, /**< cmdallow and the like, opencommands */
};

/** A control protocol. */
struct control_protocol {
	const char *name;
	/** Opens the UDP sockets (before root is dropped); one that does not open is only logged.
	 * Returns 0, -ENOMEM, or -EINVAL for a cmdallow that is no subnet. */
	int (*create)(const struct control_env *env, struct control_instance **ret);
	/** Opens the Unix socket (after root was dropped), or logs why not. Returns 0. */
	int (*start)(struct control_instance *c);
	/** The settings, which are at the same place, have changed: a set of enum control_change.
	 * May be called by one of its own commands. NULL: nothing of them matters. */
	void (*configure)(struct control_instance *c, unsigned changes);
	void (*destroy)(struct control_instance *c);
};

/** All control protocols that were built, NULL-terminated (modules.c). */
extern const struct control_protocol *const control_protocols[];

#endif
