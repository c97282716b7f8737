/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands, and those about the clock and the daemon. */
#include "config.h"

#include <stdio.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/discipline/discipline.h"
#include "daemon/logs/logs.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/serve.h"

/* waitunsynced of an orphan where the client has not said (chrony.conf(5), local). */
#define WAIT_UNSYNCED_ORPHAN 300.0

static enum cmdmon_status makestep(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	return discipline_makestep(c->env->discipline) < 0 ? CMDMON_FAILED : CMDMON_OK;
}

static enum cmdmon_status modify_makestep(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	discipline_set_makestep(c->env->discipline, q->number, q->real);
	return CMDMON_OK;
}

static enum cmdmon_status modify_maxupdateskew(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	discipline_set_maxupdateskew(c->env->discipline, q->real);
	return CMDMON_OK;
}

static enum cmdmon_status reselect(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	discipline_reselect(c->env->discipline);
	return CMDMON_OK;
}

static enum cmdmon_status reselect_distance(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	discipline_set_reselectdist(c->env->discipline, q->real);
	return CMDMON_OK;
}

static enum cmdmon_status adjust_frequency(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	discipline_adjust_frequency(c->env->discipline, q->real);
	return CMDMON_OK;
}

static enum cmdmon_status adjust_offset(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return discipline_adjust_offset(c->env->discipline, q->real) < 0 ? CMDMON_FAILED
									 : CMDMON_OK;
}

static enum cmdmon_status local(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	int stratum = q->local.stratum;
	double wait_unsynced = q->local.waitunsynced;

	(void)ret;
	if (stratum < 1)
		stratum = 1;
	if (stratum > 15)
		stratum = 15;
	if (q->command == CMDMON_LOCAL2)
		wait_unsynced = q->local.orphan ? WAIT_UNSYNCED_ORPHAN : 0;
	discipline_set_local(c->env->discipline, q->local.on, stratum, q->local.distance,
		q->local.orphan, q->local.activate, q->local.waitsynced, wait_unsynced);
	return CMDMON_OK;
}

static enum cmdmon_status cycle_logs(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	logs_cycle(c->env->logs);
	if (c->env->reopen_log)
		c->env->reopen_log(c->env->reopen_log_arg);
	return CMDMON_OK;
}

/* Symmetric keys, certificates and NTS keys are read again; what cannot be read stays as it is. */
static enum cmdmon_status rekey(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	const struct control_env *e = c->env;

	(void)q;
	(void)ret;
	if (e->settings->keyfile[0] != '\0')
		keys_reload(e->keys, e->kernel, e->settings->keyfile, e->log);
	if (e->serve)
		serve_rekey(e->serve);
	return CMDMON_OK;
}

static enum cmdmon_status reload_config(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	if (!c->env->reload)
		return CMDMON_NOT_ENABLED;
	return c->env->reload(c->env->reload_arg) < 0 ? CMDMON_FAILED : CMDMON_OK;
}

static enum cmdmon_status reload_trouble(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	if (!c->env->reload_trouble)
		return CMDMON_NOT_ENABLED;
	snprintf(
		ret->u.name, sizeof(ret->u.name), "%s", c->env->reload_trouble(c->env->reload_arg));
	return CMDMON_OK;
}

static enum cmdmon_status shut_down(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	log_info(c->env->log, "Received shutdown command");
	loop_stop(c->env->loop, 0);
	return CMDMON_OK;
}

static enum cmdmon_status smoothing(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	if (discipline_report_smoothing(c->env->discipline, &ret->u.smoothing) < 0)
		return CMDMON_NOT_ENABLED;
	return CMDMON_OK;
}

static enum cmdmon_status smoothtime(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return discipline_set_smoothing(c->env->discipline, q->number != 0) < 0 ? CMDMON_NOT_ENABLED
										: CMDMON_OK;
}

static command_run *const commands[] = {
	[CMDMON_ONLINE] = command_switch,
	[CMDMON_OFFLINE] = command_switch,
	[CMDMON_BURST] = command_switch,
	[CMDMON_MODIFY_MINPOLL] = command_modify,
	[CMDMON_MODIFY_MAXPOLL] = command_modify,
	[CMDMON_DUMP] = command_dump,
	[CMDMON_MODIFY_MAXDELAY] = command_modify,
	[CMDMON_MODIFY_MAXDELAYRATIO] = command_modify,
	[CMDMON_MODIFY_MAXUPDATESKEW] = modify_maxupdateskew,
	[CMDMON_SETTIME] = command_settime,
	[CMDMON_MANUAL] = command_manual,
	[CMDMON_N_SOURCES] = command_n_sources,
	[CMDMON_SOURCE_DATA] = command_source_data,
	[CMDMON_REKEY] = rekey,
	[CMDMON_ALLOW] = command_set_access,
	[CMDMON_ALLOWALL] = command_set_access,
	[CMDMON_DENY] = command_set_access,
	[CMDMON_DENYALL] = command_set_access,
	[CMDMON_CMDALLOW] = command_set_access,
	[CMDMON_CMDALLOWALL] = command_set_access,
	[CMDMON_CMDDENY] = command_set_access,
	[CMDMON_CMDDENYALL] = command_set_access,
	[CMDMON_ACCHECK] = command_accheck,
	[CMDMON_CMDACCHECK] = command_cmdaccheck,
	[CMDMON_DEL_SOURCE] = command_delete_source,
	[CMDMON_WRITERTC] = command_write_rtc,
	[CMDMON_DFREQ] = adjust_frequency,
	[CMDMON_TRACKING] = command_tracking,
	[CMDMON_SOURCESTATS] = command_sourcestats,
	[CMDMON_RTCREPORT] = command_rtc,
	[CMDMON_TRIMRTC] = command_trim_rtc,
	[CMDMON_CYCLELOGS] = cycle_logs,
	[CMDMON_MANUAL_LIST] = command_manual_list,
	[CMDMON_MANUAL_DELETE] = command_manual_delete,
	[CMDMON_MAKESTEP] = makestep,
	[CMDMON_ACTIVITY] = command_activity,
	[CMDMON_MODIFY_MINSTRATUM] = command_modify,
	[CMDMON_MODIFY_POLLTARGET] = command_modify,
	[CMDMON_MODIFY_MAXDELAYDEVRATIO] = command_modify,
	[CMDMON_RESELECT] = reselect,
	[CMDMON_RESELECTDISTANCE] = reselect_distance,
	[CMDMON_MODIFY_MAKESTEP] = modify_makestep,
	[CMDMON_SMOOTHING] = smoothing,
	[CMDMON_SMOOTHTIME] = smoothtime,
	[CMDMON_REFRESH] = command_refresh,
	[CMDMON_SERVER_STATS] = command_server_stats,
	[CMDMON_LOCAL2] = local,
	[CMDMON_NTP_DATA] = command_ntp_data,
	[CMDMON_SHUTDOWN] = shut_down,
	[CMDMON_ONOFFLINE] = command_onoffline,
	[CMDMON_ADD_SOURCE] = command_add_source,
	[CMDMON_NTP_SOURCE_NAME] = command_source_name,
	[CMDMON_RESET_SOURCES] = command_reset_sources,
	[CMDMON_AUTH_DATA] = command_auth_data,
	[CMDMON_CLIENTS] = command_clients,
	[CMDMON_SELECT_DATA] = command_select_data,
	[CMDMON_RELOAD_SOURCES] = command_reload_sources,
	[CMDMON_DOFFSET] = adjust_offset,
	[CMDMON_MODIFY_SELECTOPTS] = command_modify_selectopts,
	[CMDMON_MODIFY_OFFSET] = command_modify_offset,
	[CMDMON_LOCAL3] = local,
	[CMDMON_ADD_SOURCE2] = command_add_source,
};

command_run *control_command(uint16_t command)
{
	if (command == CMDMON_NTS_INFO)
		return command_nts_info;
	if (command == CMDMON_REFUSALS)
		return command_refusals;
	if (command == CMDMON_RELOAD_CONFIG)
		return reload_config;
	if (command == CMDMON_RELOAD_TROUBLE)
		return reload_trouble;
	return command < sizeof(commands) / sizeof(commands[0]) ? commands[command] : NULL;
}
