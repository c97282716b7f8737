/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of words. */
#include "config.h"

#include <stddef.h>

#include "common/status_words.h"

const char *status_event_name(unsigned code)
{
	static const char *const names[] = {
		[STATUS_EVENT_NONE] = "unspecified",
		[STATUS_FREQ_NOT_SET] = "freq_not_set",
		[STATUS_FREQ_SET] = "freq_set",
		[STATUS_SPIKE] = "spike_detect",
		[STATUS_FREQ_MODE] = "freq_mode",
		[STATUS_CLOCK_SYNC] = "clock_sync",
		[STATUS_RESTART] = "restart",
		[STATUS_PANIC_STOP] = "panic_stop",
		[STATUS_NO_SYS_PEER] = "no_sys_peer",
		[STATUS_LEAP_ARMED] = "leap_armed",
		[STATUS_LEAP_DISARMED] = "leap_disarmed",
		[STATUS_LEAP_EVENT] = "leap_event",
		[STATUS_CLOCK_STEP] = "clock_step",
		[STATUS_KERN] = "kern",
		[STATUS_TAI] = "TAI",
		[STATUS_STALE_LEAP] = "stale_leapsecond_values",
	};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "";
}

const char *status_peer_event_name(unsigned code)
{
	static const char *const names[] = {
		"",
		[STATUS_MOBILIZE] = "mobilize",
		[STATUS_DEMOBILIZE] = "demobilize",
		[STATUS_UNREACHABLE] = "unreachable",
		[STATUS_REACHABLE] = "reachable",
		[STATUS_PEER_RESTART] = "restart",
		[STATUS_NO_REPLY] = "no_reply",
		[STATUS_RATE_EXCEEDED] = "rate_exceeded",
		[STATUS_ACCESS_DENIED] = "access_denied",
		[STATUS_PEER_LEAP_ARMED] = "leap_armed",
		[STATUS_SYS_PEER] = "sys_peer",
		[STATUS_CLOCK_EVENT] = "clock_event",
		[STATUS_BAD_AUTH] = "bad_auth",
		[STATUS_POPCORN] = "popcorn",
	};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "";
}

const char *status_selection_name(unsigned selection)
{
	static const char *const names[] = {
		[STATUS_REJECT] = "reject",
		[STATUS_FALSETICKER] = "falsetick",
		[STATUS_EXCESS] = "excess",
		[STATUS_OUTLIER] = "outlier",
		[STATUS_CANDIDATE] = "candidate",
		[STATUS_BACKUP] = "backup",
		[STATUS_SYSTEM_PEER] = "sys.peer",
		[STATUS_PPS_PEER] = "pps.peer",
	};

	return names[selection & 7];
}

const char *status_clock_name(unsigned clock)
{
	static const char *const names[] = {"unspec", "pps", "lf_radio", "hf_radio", "uhf_radio",
		"local", "ntp", "other", "wristwatch", "telephone"};

	return clock < sizeof(names) / sizeof(names[0]) ? names[clock] : "";
}

const char *status_clock_fault_name(unsigned code)
{
	static const char *const names[] = {
		[STATUS_CLOCK_FINE] = "clk_unspec",
		[STATUS_CLOCK_SILENT] = "clk_no_reply",
		[STATUS_CLOCK_FORMAT] = "clk_bad_format",
		[STATUS_CLOCK_FAULT] = "clk_fault",
		[STATUS_CLOCK_SIGNAL] = "clk_bad_signal",
		[STATUS_CLOCK_DATE] = "clk_bad_date",
		[STATUS_CLOCK_TIME] = "clk_bad_time",
	};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "";
}
