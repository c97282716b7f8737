/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All statements of ntp.conf but includefile and end, which act while files are read.
 */
#include "config.h"

#include "config/ntpconf_parse.h"

/* Why what older programs knew is not done here. */
#define UNSUPPORTED "not supported"
#define AUTOKEY     "Autokey not supported"
#define NO_EFFECT   "accepted, has no effect"

const struct ntpconf_rule ntpconf_rules[] = {
	{"autokey", NTPCONF_KEYS, ntpconf_refused, AUTOKEY},
	{"broadcast", NTPCONF_SOURCES, ntpconf_ignored, UNSUPPORTED},
	{"broadcastclient", NTPCONF_SOURCES, ntpconf_ignored, UNSUPPORTED},
	{"controlkey", NTPCONF_KEYS, ntpconf_control, NULL},
	{"crypto", NTPCONF_KEYS, ntpconf_refused, AUTOKEY},
	{"device", NTPCONF_FUDGE, ntpconf_device, NULL},
	{"disable", NTPCONF_DISABLE, ntpconf_switch, NULL},
	{"discard", NTPCONF_RESTRICT, ntpconf_discard, NULL},
	{"driftfile", NTPCONF_OTHERS, ntpconf_drift, NULL},
	{"dscp", NTPCONF_OTHERS, ntpconf_number, "dscp"},
	{"enable", NTPCONF_ENABLE, ntpconf_switch, NULL},
	{"extra", NTPCONF_EXTRA, ntpconf_extra, NULL},
	{"filegen", NTPCONF_STATISTICS, ntpconf_filegen, NULL},
	{"fudge", NTPCONF_FUDGE, ntpconf_fudge, NULL},
	{"ident", NTPCONF_KEYS, ntpconf_refused, AUTOKEY},
	{"interface", NTPCONF_NIC, ntpconf_nic, NULL},
	{"keys", NTPCONF_KEYS, ntpconf_path, "keys"},
	{"keysdir", NTPCONF_KEYS, ntpconf_refused, AUTOKEY},
	{"leapfile", NTPCONF_OTHERS, ntpconf_path, "leapfile"},
	{"leapsmearinterval", NTPCONF_OTHERS, ntpconf_number, "leapsmearinterval"},
	{"limit", NTPCONF_RESTRICT, ntpconf_limit, NULL},
	{"logconfig", NTPCONF_LOGCONFIG, ntpconf_logconfig, NULL},
	{"logfile", NTPCONF_LOGFILE, ntpconf_path, "logfile"},
	{"manycastclient", NTPCONF_SOURCES, ntpconf_ignored, UNSUPPORTED},
	{"manycastserver", NTPCONF_SOURCES, ntpconf_ignored, UNSUPPORTED},
	{"mdnstries", NTPCONF_OTHERS, ntpconf_number, "mdnstries"},
	{"monlist", NTPCONF_OTHERS, ntpconf_ignored, UNSUPPORTED},
	{"mru", NTPCONF_RESTRICT, ntpconf_mru, NULL},
	{"multicastclient", NTPCONF_SOURCES, ntpconf_ignored, UNSUPPORTED},
	{"nic", NTPCONF_NIC, ntpconf_nic, NULL},
	{"nonvolatile", NTPCONF_OTHERS, ntpconf_number, "nonvolatile"},
	{"ntpsigndsocket", NTPCONF_KEYS, ntpconf_path, "ntpsigndsocket"},
	{"nts", NTPCONF_NTS, ntpconf_nts, NULL},
	{"peer", NTPCONF_SOURCES, ntpconf_source, "peer"},
	{"phone", NTPCONF_OTHERS, ntpconf_ignored, NO_EFFECT},
	{"pidfile", NTPCONF_OTHERS, ntpconf_path, "pidfile"},
	{"pool", NTPCONF_SOURCES, ntpconf_source, "pool"},
	{"refclock", NTPCONF_SOURCES, ntpconf_refclock, NULL},
	{"requestkey", NTPCONF_KEYS, ntpconf_number, "requestkey"},
	{"reset", NTPCONF_RESET, ntpconf_ignored, NULL},
	{"restrict", NTPCONF_RESTRICT, ntpconf_access, "restrict"},
	{"revoke", NTPCONF_KEYS, ntpconf_refused, AUTOKEY},
	{"rlimit", NTPCONF_RLIMIT, ntpconf_rlimit, NULL},
	{"saveconfigdir", NTPCONF_OTHERS, ntpconf_ignored, NULL},
	{"server", NTPCONF_SOURCES, ntpconf_source, "server"},
	{"setvar", NTPCONF_OTHERS, ntpconf_setvar, NULL},
	{"statistics", NTPCONF_STATISTICS, ntpconf_statistics, NULL},
	{"statsdir", NTPCONF_STATISTICS, ntpconf_path, "statsdir"},
	{"tick", NTPCONF_OTHERS, ntpconf_number, "tick"},
	{"tinker", NTPCONF_TINKER, ntpconf_tinker, NULL},
	{"tos", NTPCONF_TOS, ntpconf_tos, NULL},
	{"trap", NTPCONF_OTHERS, ntpconf_ignored, UNSUPPORTED},
	{"trustedkey", NTPCONF_KEYS, ntpconf_trusted, NULL},
	{"ttl", NTPCONF_OTHERS, ntpconf_ignored, UNSUPPORTED},
	{"unconfig", NTPCONF_UNPEER, ntpconf_unpeer, NULL},
	{"unpeer", NTPCONF_UNPEER, ntpconf_unpeer, NULL},
	{"unrestrict", NTPCONF_RESTRICT, ntpconf_access, "unrestrict"},
	{NULL, NTPCONF_OTHERS, NULL, NULL},
};
