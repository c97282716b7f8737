/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that have no words of their own in ntpd's log: each gets the tag of the part that
 * speaks, and what ntpd tells otherwise (mobilize, sys_peer, ...) is left out.
 */
#include "config.h"

#include <string.h>

#include "common/text.h"
#include "daemon/words.h"

/* What stands before a message by how it begins; the first line that fits counts. */
static const struct {
	const char *begin;
	const char *instead; /* a tag; a message, when it does not end in a blank; NULL: nothing */
} lines[] = {
	{"Found ", ""},
	{"statistics directory ", ""},
	{"CAP_SYS_TIME not present", "CLOCK: ntp_adjtime: Operation not permitted"},
	{"Disabled control of system clock", NULL},
	{"Running with root privileges", NULL},
	{"Selected source ", NULL},
	{"Added source ", NULL},
	{"Added pool ", NULL},
	{"Removed source ", NULL},
	{"Removed pool ", NULL},
	{"Source ", "PROTO: "},
	{"Received KoD ", "PROTO: "},
	{"Out of order sample ", "PROTO: "},
	{"Refclock ", "REFCLOCK: "},
	{"refclock ", "REFCLOCK: "},
	{"Could not initialise refclock ", "REFCLOCK: "},
	{"Could not change a refclock ", "REFCLOCK: "},
	{"Can't synchronise", "SYNC: "},
	{"Detected falseticker ", "SYNC: "},
	{"No suitable source ", "SYNC: "},
	{"Enabled local reference mode", "SYNC: "},
	{"Disabled local reference mode", "SYNC: "},
	{"System clock ", "CLOCK: "},
	{"System's ", "CLOCK: "},
	{"Could not step ", "CLOCK: "},
	{"Forward time jump ", "CLOCK: "},
	{"Backward time jump ", "CLOCK: "},
	{"Could not open NTP socket", "IO: "},
	{"NTP packets ", "IO: "},
	{"Could not open keyfile ", "AUTH: "},
	{"Could not parse key ", "AUTH: "},
	{"Detected duplicate key ", "AUTH: "},
	{"World-", "AUTH: "},
	{"Wrong permissions ", "AUTH: "},
	{"Key ", "AUTH: "},
	{"Missing read access ", "AUTH: "},
	{"Having write access ", "AUTH: "},
	{"Could not resolve ", "DNS: "},
	{"Invalid host ", "DNS: "},
	{"Could not set credentials ", "NTS: "},
	{"Could not begin TLS ", "NTS: "},
	{"Could not connect to ", "NTS: "},
	{"No trusted certificates ", "NTS: "},
	{"Started NTS-KE ", "NTSs: "},
	{"Could not get user/group ID ", "SANDBOX: "},
	{"Could not drop ", "SANDBOX: "},
	{"Could not change ", "SANDBOX: "},
	{"User ", "SANDBOX: "},
	{"Could not ", "LOG: "},
};

/* What it says of a frequency that cannot be read, before the file. */
#define DRIFT_OURS "Could not read valid frequency and skew from driftfile "
#define DRIFT_NTPD "LOG: format error frequency file "

/* Whether a message begins with a tag of capitals, which may end in small letters (NTSc). */
static bool has_tag(const char *message)
{
	size_t capitals = strspn(message, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
	       n = capitals + strspn(message + capitals, "cs");

	return capitals >= 2 && strncmp(message + n, ": ", 2) == 0;
}

bool words_ntpd_line(const char *message, struct text *ret)
{
	const char *instead = "LOG: ";

	if (has_tag(message)) {
		text_add(ret, "%s", message);
		return true;
	}
	if (strncmp(message, DRIFT_OURS, strlen(DRIFT_OURS)) == 0) {
		text_add(ret, "%s%s", DRIFT_NTPD, message + strlen(DRIFT_OURS));
		return true;
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strncmp(message, lines[i].begin, strlen(lines[i].begin)) == 0) {
			instead = lines[i].instead;
			break;
		}
	if (instead == NULL)
		return false;
	if (instead[0] != '\0' && instead[strlen(instead) - 1] != ' ')
		text_add(ret, "%s", instead);
	else
		text_add(ret, "%s%s", instead, message);
	return true;
}
