/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpq's words: one table of what each is called, takes and does. The client knows them beside its
 * own; called ntpq it knows no others, and takes any beginning that only one of them has.
 */
#ifndef CLI_COMMAND_NTPQ_H
#define CLI_COMMAND_NTPQ_H

#include "cli/command.h"

/** The table, as that of command.h. */
extern const struct command ntpq_commands[];

/** What number says of the words that show variables. */
enum ntpq_of {
	NTPQ_OF_CLOCK = 1,   /**< of a reference clock */
	NTPQ_OF_LIST = 2,    /**< those of the list of addvars */
	NTPQ_OF_MANY = 4,    /**< the numbers of associations are shown */
	NTPQ_KNOWN_ONES = 8, /**< associations: of the last list */
};

/** What number says of the words that set something. */
enum ntpq_setting {
	NTPQ_TIMEOUT,
	NTPQ_VERSION_CLAIMED,
	NTPQ_RAW,
	NTPQ_COOKED,
	NTPQ_UNITS,
	NTPQ_DIRECT,
};

/** Runs a line as ntpq does; as command_run(). */
bool command_run_ntpq(struct session *s, const char *line, bool *ret_ran);

/** Says how a word is used. Returns false. */
bool ntpq_usage(struct session *s, const struct command *c);
/** Ends a report, or drops what was built of it. */
void ntpq_end(struct session *s, bool good);

/* commands_ntpq.c */
command_handler run_ntpq_peers, run_ntpq_associations, run_ntpq_variables, run_ntpq_range,
	run_ntpq_summary, run_ntpq_pstats;
/* commands_ntpq_lists.c */
command_handler run_ntpq_mrulist, run_ntpq_ifstats, run_ntpq_reslist;
/* commands_ntpq_change.c: the daemon, and the list of variables */
command_handler run_ntpq_config, run_ntpq_config_file, run_ntpq_addvars, run_ntpq_rmvars,
	run_ntpq_clearvars, run_ntpq_showvars;
/* commands_ntpq_client.c: the client itself */
command_handler run_ntpq_set, run_ntpq_flag, run_ntpq_host, run_ntpq_hostnames, run_ntpq_keyid,
	run_ntpq_keytype, run_ntpq_passwd, run_ntpq_authenticate, run_ntpq_debug, run_ntpq_help,
	run_ntpq_delay, run_ntpq_version, run_ntpq_nothing, run_ntpq_poll;

#endif
