/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about the RTC. */
#include "config.h"

#include <errno.h>

#include "daemon/clock/rtc.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"

enum cmdmon_status command_rtc(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	return rtc_report(c->env->rtc, &ret->u.rtc) < 0 ? CMDMON_NO_RTC : CMDMON_OK;
}

enum cmdmon_status command_write_rtc(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	switch (rtc_save(c->env->rtc)) {
	case 0:
		return CMDMON_OK;
	case -ENODEV:
		return CMDMON_NO_RTC;
	default:
		return CMDMON_RTC_NOT_WRITABLE;
	}
}

enum cmdmon_status command_trim_rtc(
	struct commands *c, const struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	(void)q;
	(void)ret;
	return rtc_trim(c->env->rtc) < 0 ? CMDMON_NO_RTC : CMDMON_OK;
}
