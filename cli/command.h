/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands: one table says what each is called, what it takes, what it does and who does it.
 * The help, the completion and the dispatch read nothing else.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/session.h"

/** The longest line with its NUL, as chronyc's. */
#define COMMAND_LINE 2048

/** The most words in a line. */
#define COMMAND_WORDS (COMMAND_LINE / 2)

/** What follows a command on its line. */
struct command_words {
	const char *rest; /**< all of it, one space between words */
	char **word;
	size_t n;
};

/** A line of the table. A command that has several lines is run by the first. */
struct command {
	const char *name;
	const char *arguments; /**< for the help */
	const char *help;      /**< NULL: not in the help */
	/** Does it; returns whether it succeeded. */
	bool (*run)(struct session *s, const struct command *c, const struct command_words *a);
	uint16_t number;            /**< of the request, where the command is just that */
	const char *complete;       /**< words that may follow; "@": sources */
	const char *group;          /**< title of the group that begins here */
	const struct command *next; /**< at the end: the table that goes on, or NULL */
};

/** The table; ends with a NULL name. */
extern const struct command commands[];

/** The line after c, or the first one; NULL after the last of all. Words of ntpq that the client
 * has itself are left out. */
const struct command *command_next(const struct command *c);

/** The first line of a command, or NULL. */
const struct command *command_find(const char *name);

/**
 * Runs one line. Blank lines and comments do nothing and succeed; *ret_ran tells whether there was
 * a command. Returns whether it succeeded.
 */
bool command_run(struct session *s, const char *line, bool *ret_ran);

/**
 * Offers every word that could stand for the last one of a line: commands, what may follow them,
 * and the sources that the daemon knows. before is the line up to that word.
 */
void command_complete(struct session *s, const char *before,
	void (*offer)(void *arg, const char *word), void *arg);

/** Prints the help of all commands, or of the one named. Returns whether there is such a one. */
bool command_help(struct printer *p, const char *name);

/** Offers the addresses and names of all sources, without a word on failure. */
void command_offer_sources(
	struct session *s, void (*offer)(void *arg, const char *word), void *arg);

/*
 * Who does it, by theme.
 */
typedef bool command_handler(
	struct session *s, const struct command *c, const struct command_words *a);

/* commands_sources.c: reports with a line a source */
command_handler run_sources, run_sourcestats, run_selectdata, run_authdata, run_ntpdata,
	run_sourcename;

/* commands_report.c: reports about the whole */
command_handler run_tracking, run_waitsync, run_activity, run_serverstats, run_ntsinfo,
	run_refusals, run_clients, run_rtcdata, run_smoothing;

/* commands_change.c: sources told to do something */
command_handler run_online, run_burst, run_number_of_source, run_real_of_source, run_add,
	run_delete, run_offset, run_selectopts;

/* commands_access.c */
command_handler run_subnet, run_check;

/* commands_clock.c: the clock and the daemon */
command_handler run_simple, run_sources_word, run_reload, run_real, run_makestep, run_local,
	run_manual, run_settime, run_smoothtime;

/* commands_client.c: the client itself */
command_handler run_help, run_quit, run_version, run_dns, run_timeout, run_retries, run_keygen,
	run_obsolete;

#endif
