/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of the files of a set that begins a new one from time to time (ntp.conf(5), filegen). Pure.
 */
#ifndef DAEMON_LOGS_FILEGEN_H
#define DAEMON_LOGS_FILEGEN_H

#include <stdint.h>

#include "config/settings_ntp.h"

struct text;

/** What a name depends on. */
struct filegen_moment {
	int64_t system; /**< system instant, UTC */
	int64_t ran_s;  /**< s that the daemon has run */
	long pid;
};

/** Appends what the name of the file of a moment ends in: "" or ".20261123" and the like. */
void filegen_suffix(enum ntp_filegen_type type, const struct filegen_moment *m, struct text *t);

/** The two columns that every line begins with: the modified Julian day, and the seconds of that
 * day in UTC with three decimals, cut. */
void filegen_stamp(int64_t system, struct text *t);

#endif
