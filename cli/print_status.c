/* SPDX-License-Identifier: BSD-2-Clause */
/* What chronyc says for each status of the control protocol. */
#include "config.h"

#include "cli/print.h"
#include "common/cmdmon.h"

const char *print_status_message(uint16_t status, int *ret_code)
{
	static const struct {
		int code;
		const char *message;
	} messages[] = {
		[CMDMON_OK] = {200, "OK"},
		[CMDMON_FAILED] = {500, "Failure"},
		[CMDMON_UNAUTHORISED] = {501, "Not authorised"},
		[CMDMON_INVALID] = {502, "Invalid command"},
		[CMDMON_NO_SUCH_SOURCE] = {503, "No such source"},
		[5] = {504, "Duplicate or stale logon detected"},
		[CMDMON_NOT_ENABLED] = {505, "Facility not enabled in daemon"},
		[CMDMON_BAD_SUBNET] = {507, "Bad subnet"},
		[CMDMON_ACCESS_ALLOWED] = {208, "Access allowed"},
		[CMDMON_ACCESS_DENIED] = {209, "Access denied"},
		[10] = {510, "No command access from this host"},
		[CMDMON_SOURCE_EXISTS] = {511, "Source already present"},
		[CMDMON_TOO_MANY_SOURCES] = {512, "Too many sources present"},
		[CMDMON_NO_RTC] = {513, "RTC driver not running"},
		[CMDMON_RTC_NOT_WRITABLE] = {514, "Can't write RTC parameters"},
		[CMDMON_NO_CLIENT_LOG] = {519, "Client logging is not active in the daemon"},
		[CMDMON_BAD_SAMPLE] = {516, "Sample index out of range"},
		[CMDMON_BAD_FAMILY] = {515, "Invalid address family"},
		[CMDMON_BAD_VERSION] = {517, "Protocol version mismatch"},
		[CMDMON_BAD_LENGTH] = {518, "Packet length mismatch"},
		[20] = {520, "Got unexpected error from daemon"},
		[CMDMON_BAD_NAME] = {521, "Invalid name"},
	};
	unsigned i = status < sizeof(messages) / sizeof(messages[0]) ? status : 20;

	*ret_code = messages[i].code;
	return messages[i].message;
}
