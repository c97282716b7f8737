/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about who may ask for time and who may ask for reports. */
#include "config.h"

#include <errno.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/serve/serve.h"

/* What each of the eight commands says. */
static const struct {
	bool commands; /* about the control protocol, not about time */
	bool allow, all;
} meanings[] = {
	[CMDMON_ALLOW] = {false, true, false},
	[CMDMON_ALLOWALL] = {false, true, true},
	[CMDMON_DENY] = {false, false, false},
	[CMDMON_DENYALL] = {false, false, true},
	[CMDMON_CMDALLOW] = {true, true, false},
	[CMDMON_CMDALLOWALL] = {true, true, true},
	[CMDMON_CMDDENY] = {true, false, false},
	[CMDMON_CMDDENYALL] = {true, false, true},
};

static int set_command_access(struct commands *c, const struct settings_access *rule)
{
	char text[LOG_MESSAGE];
	int r = access_set(c->access, rule);

	if (r < 0)
		return r;
	access_describe(rule, "command", text, sizeof(text));
	log_info(c->env->log, "%s", text);
	return 0;
}

enum cmdmon_status command_set_access(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct settings_access rule = {.allow = meanings[q->command].allow,
		.all = meanings[q->command].all,
		.prefix = q->address,
		.bits = q->number};
	int r = meanings[q->command].commands ? set_command_access(c, &rule)
					      : serve_access(c->env->serve, &rule);

	(void)ret;
	if (r == -EINVAL)
		return CMDMON_BAD_SUBNET;
	return r < 0 ? CMDMON_FAILED : CMDMON_OK;
}

enum cmdmon_status command_accheck(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return serve_allowed(c->env->serve, &q->address) ? CMDMON_ACCESS_ALLOWED
							 : CMDMON_ACCESS_DENIED;
}

enum cmdmon_status command_cmdaccheck(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return access_allowed(c->access, &q->address) ? CMDMON_ACCESS_ALLOWED
						      : CMDMON_ACCESS_DENIED;
}
