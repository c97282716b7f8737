/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other settings change of those in force, and which part of the daemon takes that over.
 */
#ifndef DAEMON_CHANGES_H
#define DAEMON_CHANGES_H

struct log;
struct settings;

/** Who takes a change over. */
enum change {
	CHANGE_FIXED = 0x1, /**< nobody can: it stays as it was, and that is said */
	CHANGE_LIVE = 0x2,  /**< who needs it reads it anew */
	CHANGE_SOURCES = 0x4,
	CHANGE_REFCLOCKS = 0x8,
	CHANGE_SAMPLES = 0x10, /**< numbers of samples of all sources */
	CHANGE_DISCIPLINE = 0x20,
	CHANGE_SOCKETS = 0x40,
	CHANGE_ACCESS = 0x80,
	CHANGE_LIMITS = 0x100,
	CHANGE_BROADCASTS = 0x200,
	CHANGE_NTS_SERVER = 0x400,
	CHANGE_CONTROL = 0x800,
	CHANGE_COMMANDS = 0x1000, /**< who may command */
	CHANGE_LOGS = 0x2000,
	CHANGE_TRUST = 0x4000,
};

/**
 * Finds what has changed, and puts back what cannot change while running, which is logged.
 * Returns the bits of who has to take something over; *ret_n is the number of changes.
 */
unsigned changes_find(
	const struct log *log, const struct settings *was, struct settings *now, unsigned *ret_n);

#endif
