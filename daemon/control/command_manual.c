/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about time by hand. */
#include "config.h"

#include <errno.h>

#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/discipline/discipline.h"

/* Modes of MANUAL. */
enum {
	MANUAL_OFF = 0,
	MANUAL_ON = 1,
	MANUAL_RESET = 2,
};

enum cmdmon_status command_manual(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	switch (q->number) {
	case MANUAL_OFF:
	case MANUAL_ON:
		discipline_set_manual(c->env->discipline, q->number == MANUAL_ON);
		return CMDMON_OK;
	case MANUAL_RESET:
		discipline_reset_manual(c->env->discipline);
		return CMDMON_OK;
	default:
		return CMDMON_INVALID;
	}
}

enum cmdmon_status command_settime(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	switch (discipline_settime(c->env->discipline, q->time, &ret->u.manual_timestamp)) {
	case 0:
		return CMDMON_OK;
	case -ENOTSUP:
		return CMDMON_NOT_ENABLED;
	default:
		return CMDMON_FAILED;
	}
}

enum cmdmon_status command_manual_list(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	ret->u.manual_list.n =
		(uint32_t)discipline_report_manual(c->env->discipline, ret->u.manual_list.samples);
	return CMDMON_OK;
}

enum cmdmon_status command_manual_delete(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)ret;
	return discipline_delete_manual(c->env->discipline, q->number) < 0 ? CMDMON_BAD_SAMPLE
									   : CMDMON_OK;
}
