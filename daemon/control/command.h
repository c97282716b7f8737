/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command table: what each command of the control protocol does, working on structures alone.
 * Who may run it is decided before (answer.h).
 */
#ifndef DAEMON_CONTROL_COMMAND_H
#define DAEMON_CONTROL_COMMAND_H

#include <stdint.h>

#include "common/cmdmon.h"

struct access;
struct control_env;

/** What commands work on besides the daemon's parts. */
struct commands {
	const struct control_env *env;
	struct access *access; /**< of cmdallow and cmddeny */
	uint64_t hits;         /**< requests taken in, for serverstats */
	uint64_t drops;        /**< of them those that were too many of one client's */
};

/** Does one command and fills its report. Returns a status for the reply. */
typedef enum cmdmon_status command_run(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret);

/** The function of a command, or NULL when the number does not exist. */
command_run *control_command(uint16_t command);

/* Commands about one or many sources (command_source.c). */
command_run command_switch, command_onoffline;
command_run command_add_source, command_delete_source;
command_run command_modify, command_modify_selectopts, command_modify_offset;
command_run command_refresh, command_reload_sources, command_reset_sources, command_dump;

/* Commands that only read (command_report.c). */
command_run command_n_sources, command_source_data, command_sourcestats, command_select_data;
command_run command_ntp_data, command_auth_data, command_source_name, command_activity;
command_run command_tracking, command_server_stats, command_nts_info, command_refusals,
	command_clients;

/* Time by hand (command_manual.c). */
command_run command_manual, command_settime, command_manual_list, command_manual_delete;

/* Commands about the RTC (command_rtc.c). */
command_run command_rtc, command_write_rtc, command_trim_rtc;

/* Commands about access (command_access.c). */
command_run command_set_access, command_accheck, command_cmdaccheck;

#endif
