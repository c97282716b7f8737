/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's files of statistics, which ntp.conf asks for: loopstats, peerstats and the others, column
 * by column what ntpviz and other programs read.
 */
#ifndef DAEMON_LOGS_STATISTICS_H
#define DAEMON_LOGS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings_ntp.h"

struct clock;
struct discipline;
struct events;
struct kernel;
struct log;
struct loop;
struct settings;
struct sources;
struct statistics;

/** What the lines are made from. All outlive it. */
struct statistics_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	struct sources *sources;
	struct discipline *discipline;
	struct events *events;
	const struct log *log;
};

/** Listens to sources, discipline and events from here on, where ntp.conf is in force. Also tells
 * the log of events that logconfig asks for. Returns 0 or -ENOMEM. */
int statistics_create(const struct statistics_env *env, struct statistics **ret);
void statistics_destroy(struct statistics *s);

/** Writes a line, if its file is asked for: the time of now, a blank, then columns. */
void statistics_line(struct statistics *s, enum ntp_statistics file, const char *columns);

/** Writes a line of numbers: whole ones where decimals says 0, else so many decimals. */
void statistics_numbers(struct statistics *s, enum ntp_statistics file, const double *values,
	const unsigned char *decimals, size_t n);

/** Whether a file is asked for. */
bool statistics_wants(const struct statistics *s, enum ntp_statistics file);

#endif
