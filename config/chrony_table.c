/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All directives of chrony.conf, in the order of the alphabet. One with a reader of its own is
 * written by a line in chrony_write.c.
 */
#include "config.h"

#include <limits.h>
#include <stddef.h>

#include "config/chrony_parse.h"
#include "config/reader.h"

#define AT(field) offsetof(struct settings, field)

/* Values that are kept, in the shapes that most directives have. */
#define REAL(name, field, unit)                                                                    \
	{                                                                                          \
		name, OPTION_REAL, AT(field), -OPTION_ANY, OPTION_ANY, unit                        \
	}
#define POSITIVE(name, field, unit)                                                                \
	{                                                                                          \
		name, OPTION_REAL, AT(field), 0, OPTION_ANY, unit                                  \
	}
#define INT(name, field, min, max, unit)                                                           \
	{                                                                                          \
		name, OPTION_INT, AT(field), min, max, unit                                        \
	}
#define TEXT(name, field)                                                                          \
	{                                                                                          \
		name, OPTION_TEXT, AT(field), 0, sizeof(((struct settings *)NULL)->field), ""      \
	}
#define FLAG(field)                                                                                \
	{                                                                                          \
		"flag", OPTION_FLAG, AT(field), 0, 0, ""                                           \
	}

/* Lines of the table: a directive whose values are kept. */
#define USED(name, ...)                                                                            \
	{                                                                                          \
		.word = name, .values = { __VA_ARGS__ }                                            \
	}
#define READ(name, function, ...)                                                                  \
	{                                                                                          \
		.word = name, .read = function, .values = { __VA_ARGS__ }                          \
	}
#define OBSOLETE(name)                                                                             \
	{                                                                                          \
		.word = name, .standing = DIRECTIVE_OBSOLETE, .more = true                         \
	}

const struct directive_rule chrony_directives[] = {
	USED("acquisitionport", INT("port", acquisition_port, 0, 65535, "UDP port")),
	READ("allow", chrony_access, {0}),
	READ("authselectmode", chrony_auth_select, {0}),
	READ("bindacqaddress", chrony_bind, {0}),
	USED("bindacqdevice", TEXT("interface", bindacqdevice)),
	READ("bindaddress", chrony_bind, {0}),
	READ("bindcmdaddress", chrony_bind, {0}),
	USED("bindcmddevice", TEXT("interface", bindcmddevice)),
	USED("binddevice", TEXT("interface", binddevice)),
	READ("broadcast", chrony_broadcast, {0}),
	READ("clientloglimit", chrony_log_limit, {0}),
	READ("clockprecision", chrony_precision, REAL("precision", clockprecision, "s")),
	READ("cmdallow", chrony_access, {0}),
	READ("cmddeny", chrony_access, {0}),
	USED("cmdport", INT("port", cmdport, 0, 65535, "UDP port")),
	READ("cmdratelimit", chrony_rate_limit, {0}),
	USED("combinelimit", POSITIVE("limit", combinelimit, "ratio")),
	OBSOLETE("commandkey"),
	{.word = "confdir", .read = reader_directories, .extra = ".conf", .hidden = true},
	USED("corrtimeratio", POSITIVE("ratio", corrtimeratio, "ratio")),
	READ("deny", chrony_access, {0}),
	READ("driftfile", chrony_drift, TEXT("path", driftfile)),
	USED("dscp", INT("code", dscp, 0, 63, "DSCP")),
	USED("dumpdir", TEXT("path", dumpdir)),
	{.word = "dumponexit", .standing = DIRECTIVE_SILENT, .more = true},
	USED("fallbackdrift", INT("minimum", fallbackdrift_min, INT_MIN, INT_MAX, "log2 s"),
		INT("maximum", fallbackdrift_max, INT_MIN, INT_MAX, "log2 s")),
	OBSOLETE("generatecommandkey"),
	USED("hwclockfile", TEXT("path", hwclockfile)),
	READ("hwtimestamp", chrony_hwtimestamp, {0}),
	USED("hwtstimeout", REAL("timeout", hwtstimeout, "s")),
	{.word = "include", .read = reader_include, .hidden = true},
	READ("initstepslew", chrony_initstep, REAL("threshold", initstep_threshold, "s")),
	USED("keyfile", TEXT("path", keyfile)),
	USED("leapseclist", TEXT("path", leapseclist)),
	READ("leapsecmode", chrony_leap, {0}),
	USED("leapsectz", TEXT("zone", leapsectz)),
	OBSOLETE("linux_freq_scale"),
	OBSOLETE("linux_hz"),
	READ("local", chrony_local, {0}),
	USED("lock_all", FLAG(lock_all)),
	READ("log", chrony_log, {0}),
	USED("logbanner", INT("lines", logbanner, 0, INT_MAX, "lines")),
	USED("logchange", POSITIVE("threshold", logchange, "s")),
	USED("logdir", TEXT("path", logdir)),
	USED("mailonchange", TEXT("address", mail_to), REAL("threshold", mail_change, "s")),
	USED("makestep", REAL("threshold", makestep_threshold, "s"),
		INT("limit", makestep_limit, INT_MIN, INT_MAX, "updates")),
	USED("manual", FLAG(manual)),
	READ("maxchange", chrony_maxchange, REAL("offset", maxchange_offset, "s"),
		INT("start", maxchange_start, INT_MIN, INT_MAX, "updates"),
		INT("ignore", maxchange_ignore, INT_MIN, INT_MAX, "updates")),
	USED("maxclockerror", POSITIVE("error", maxclockerror_ppm, "ppm")),
	USED("maxdistance", POSITIVE("distance", maxdistance, "s")),
	USED("maxdrift", POSITIVE("drift", maxdrift_ppm, "ppm")),
	USED("maxjitter", POSITIVE("jitter", maxjitter, "s")),
	USED("maxntsconnections",
		INT("connections", nts_server.max_connections, 1, INT_MAX, "sessions")),
	USED("maxsamples", INT("samples", maxsamples, 0, INT_MAX, "samples")),
	USED("maxslewrate", POSITIVE("rate", maxslewrate_ppm, "ppm")),
	USED("maxstratum", INT("stratum", maxstratum, 0, INT_MAX, "stratum")),
	USED("maxtxbuffers", INT("buffers", maxtxbuffers, 0, 1048576, "datagrams")),
	READ("maxupdateskew", chrony_skew, REAL("skew", maxupdateskew_ppm, "ppm")),
	USED("minsamples", INT("samples", minsamples, 0, INT_MAX, "samples")),
	USED("minsources", INT("sources", minsources, 1, INT_MAX, "sources")),
	USED("minstratum", INT("stratum", minstratum, 0, INT_MAX, "stratum")),
	READ("monitorsocket", chrony_monitor, {0}),
	USED("nocerttimecheck", INT("updates", nts_client.no_time_check, 0, INT_MAX, "updates")),
	USED("noclientlog", FLAG(noclientlog)),
	USED("nosystemcert", FLAG(nts_client.no_system)),
	USED("ntpsigndsocket", TEXT("directory", ntpsigndsocket)),
	READ("ntsaeads", chrony_aeads, {0}),
	USED("ntscachedir", TEXT("path", ntsdumpdir)),
	USED("ntsdumpdir", TEXT("path", ntsdumpdir)),
	READ("ntsmintls", chrony_min_tls, {0}),
	USED("ntsntpserver", TEXT("name", nts_server.ntp_server)),
	USED("ntsport", INT("port", nts_server.port, 0, 65535, "TCP port")),
	USED("ntsprocesses", INT("processes", nts_server.processes, 0, 1000, "processes")),
	READ("ntsratelimit", chrony_rate_limit, {0}),
	USED("ntsrefresh", INT("interval", nts_client.refresh, 0, INT_MAX, "s")),
	USED("ntsrotate", INT("interval", nts_server.rotate, 0, INT_MAX, "s")),
	READ("ntsservercert", chrony_nts_file, {0}),
	READ("ntsserverkey", chrony_nts_file, {0}),
	USED("ntssharedsecret", TEXT("path", nts_server.secret)),
	READ("ntstrustedcerts", chrony_trust, {0}),
	READ("opencommands", chrony_open, {0}),
	READ("peer", chrony_source, {0}),
	USED("pidfile", TEXT("path", pidfile)),
	READ("pool", chrony_source, {0}),
	USED("port", INT("port", port, 0, 65535, "UDP port")),
	USED("ptpdomain", INT("domain", ptpdomain, 0, 255, "PTP domain")),
	USED("ptpport", INT("port", ptpport, 0, 65535, "UDP port")),
	READ("ratelimit", chrony_rate_limit, {0}),
	READ("refclock", chrony_refclock, {0}),
	USED("refresh", INT("interval", refresh, 0, INT_MAX, "s")),
	USED("reselectdist", POSITIVE("distance", reselectdist, "s")),
	USED("rtcautotrim", REAL("threshold", rtcautotrim, "s")),
	USED("rtcdevice", TEXT("path", rtcdevice)),
	USED("rtcfile", TEXT("path", rtcfile)),
	USED("rtconutc", FLAG(rtconutc)),
	USED("rtcsync", FLAG(rtcsync)),
	USED("sched_priority", INT("priority", sched_priority, 0, 100, "SCHED_FIFO priority")),
	READ("server", chrony_source, {0}),
	USED("serverthreads", INT("threads", serverthreads, 0, 64, "threads")),
	READ("smoothtime", chrony_smooth, REAL("frequency", smooth_frequency_ppm, "ppm"),
		REAL("wander", smooth_wander_ppm, "ppm/s")),
	READ("sourcedir", chrony_sourcedir, {0}),
	USED("stratumweight", POSITIVE("weight", stratumweight, "s")),
	READ("tempcomp", chrony_tempcomp, {0}),
	READ("user", chrony_user, TEXT("name", user)),
	USED("xdp", TEXT("interface", xdp)),
	{.word = NULL},
};
