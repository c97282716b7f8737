/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two settings compared: a table has a line for every field of struct settings. What is the same
 * stays as it is, what is not is taken over by the part that it belongs to, or is named as what
 * needs a restart. Most of it is read anew at each use and needs no more than to be there.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "config/refclock_options.h"
#include "config/settings.h"
#include "daemon/changes.h"

/** One field, or several that a directive sets together. */
struct field {
	const char *words;   /**< of the directives, for messages */
	size_t offset, size; /**< of struct settings */
	bool text;
	/** Whether two settings say the same; NULL: when the text or all bytes do. */
	bool (*same)(const struct settings *a, const struct settings *b);
	unsigned taker; /**< enum change */
};

static bool same_sources(const struct settings *a, const struct settings *b)
{
	bool same = a->n_sources == b->n_sources;

	for (size_t i = 0; same && i < a->n_sources; i++) {
		const struct source_options *x = &a->sources[i].options;
		const struct source_options *y = &b->sources[i].options;

		same = x->kind == y->kind && strcmp(x->name, y->name) == 0 &&
		       option_same(source_option_rules, x, y);
	}
	return same;
}

static bool same_refclocks(const struct settings *a, const struct settings *b)
{
	bool same = a->n_refclocks == b->n_refclocks;

	for (size_t i = 0; same && i < a->n_refclocks; i++)
		same = refclock_says_same(&a->refclocks[i], &b->refclocks[i]) &&
		       settings_same_fudge(&a->refclocks[i].fudge, &b->refclocks[i].fudge);
	return same;
}

static bool same_sourcedirs(const struct settings *a, const struct settings *b)
{
	bool same = a->n_sourcedirs == b->n_sourcedirs;

	for (size_t i = 0; same && i < a->n_sourcedirs; i++)
		same = strcmp(a->sourcedirs[i], b->sourcedirs[i]) == 0;
	return same;
}

static bool same_initstep(const struct settings *a, const struct settings *b)
{
	bool same = a->n_initstep == b->n_initstep;

	for (size_t i = 0; same && i < a->n_initstep; i++)
		same = strcmp(a->initstep[i], b->initstep[i]) == 0;
	return same;
}

static bool same_tempcomp(const struct settings *a, const struct settings *b)
{
	const struct settings_tempcomp *x = &a->tempcomp, *y = &b->tempcomp;

	return strcmp(x->sensor, y->sensor) == 0 && strcmp(x->points, y->points) == 0 &&
	       x->interval == y->interval && x->t0 == y->t0 && x->k0 == y->k0 && x->k1 == y->k1 &&
	       x->k2 == y->k2;
}

static bool same_local(const struct settings *a, const struct settings *b)
{
	return settings_same_local(&a->local, &b->local);
}

static bool same_addresses(const struct settings *a, const struct settings *b)
{
	return address_equal(&a->bind4, &b->bind4) && address_equal(&a->bind6, &b->bind6);
}

static bool same_acquisition(const struct settings *a, const struct settings *b)
{
	return address_equal(&a->bindacq4, &b->bindacq4) &&
	       address_equal(&a->bindacq6, &b->bindacq6);
}

static bool same_command_addresses(const struct settings *a, const struct settings *b)
{
	return address_equal(&a->bindcmd4, &b->bindcmd4) &&
	       address_equal(&a->bindcmd6, &b->bindcmd6);
}

static bool same_monitor(const struct settings *a, const struct settings *b)
{
	return strcmp(a->monitor.path, b->monitor.path) == 0 &&
	       strcmp(a->monitor.group, b->monitor.group) == 0 &&
	       a->monitor.mode == b->monitor.mode;
}

static bool same_access(const struct settings *a, const struct settings *b)
{
	return settings_same_access(a->access, a->n_access, b->access, b->n_access);
}

static bool same_command_access(const struct settings *a, const struct settings *b)
{
	return settings_same_access(a->cmd_access, a->n_cmd_access, b->cmd_access, b->n_cmd_access);
}

static bool same_broadcasts(const struct settings *a, const struct settings *b)
{
	bool same = a->n_broadcasts == b->n_broadcasts;

	for (size_t i = 0; same && i < a->n_broadcasts; i++)
		same = a->broadcasts[i].interval == b->broadcasts[i].interval &&
		       a->broadcasts[i].to.port == b->broadcasts[i].to.port &&
		       address_equal(&a->broadcasts[i].to.address, &b->broadcasts[i].to.address);
	return same;
}

static bool same_cards(const struct settings *a, const struct settings *b)
{
	bool same = a->n_hwtimestamps == b->n_hwtimestamps;

	for (size_t i = 0; same && i < a->n_hwtimestamps; i++) {
		const struct settings_hwtimestamp *x = &a->hwtimestamps[i],
						  *y = &b->hwtimestamps[i];

		same = strcmp(x->interface, y->interface) == 0 && x->minpoll == y->minpoll &&
		       x->maxpoll == y->maxpoll && x->minsamples == y->minsamples &&
		       x->maxsamples == y->maxsamples && x->precision == y->precision &&
		       x->txcomp == y->txcomp && x->rxcomp == y->rxcomp &&
		       x->nocrossts == y->nocrossts && strcmp(x->rxfilter, y->rxfilter) == 0;
	}
	return same;
}

static bool same_limits(const struct settings *a, const struct settings *b)
{
	return settings_same_rate_limit(&a->ratelimit, &b->ratelimit) &&
	       settings_same_rate_limit(&a->ntsratelimit, &b->ntsratelimit) &&
	       settings_same_rate_limit(&a->cmdratelimit, &b->cmdratelimit);
}

static bool same_aeads(const struct settings *a, const struct settings *b)
{
	return a->n_ntsaeads == b->n_ntsaeads &&
	       memcmp(a->ntsaeads, b->ntsaeads, a->n_ntsaeads * sizeof(a->ntsaeads[0])) == 0;
}

static bool same_nts_server(const struct settings *a, const struct settings *b)
{
	const struct settings_nts_server *x = &a->nts_server, *y = &b->nts_server;
	bool same = x->n_certs == y->n_certs && x->n_keys == y->n_keys && x->port == y->port &&
		    x->processes == y->processes && x->max_connections == y->max_connections &&
		    x->rotate == y->rotate && strcmp(x->ntp_server, y->ntp_server) == 0 &&
		    strcmp(x->secret, y->secret) == 0;

	for (size_t i = 0; same && i < x->n_certs; i++)
		same = strcmp(x->certs[i], y->certs[i]) == 0;
	for (size_t i = 0; same && i < x->n_keys; i++)
		same = strcmp(x->keys[i], y->keys[i]) == 0;
	return same;
}

static bool same_nts_client(const struct settings *a, const struct settings *b)
{
	const struct settings_nts_client *x = &a->nts_client, *y = &b->nts_client;
	bool same = x->n_trust == y->n_trust && x->no_system == y->no_system &&
		    x->no_time_check == y->no_time_check && x->refresh == y->refresh;

	for (size_t i = 0; same && i < x->n_trust; i++)
		same = x->trust[i].set == y->trust[i].set &&
		       strcmp(x->trust[i].path, y->trust[i].path) == 0;
	return same;
}

/* Of ntp.conf only what its control protocol may change is looked at: the file is not read again
 * (daemon_reload()). The rest of it is read anew at each use. */
static bool same_restricts(const struct settings *a, const struct settings *b)
{
	const struct settings_ntp *x = &a->ntp, *y = &b->ntp;
	bool same = x->n_restricts == y->n_restricts;

	for (size_t i = 0; same && i < x->n_restricts; i++)
		same = settings_same_restrict(&x->restricts[i], &y->restricts[i]);
	return same;
}

static bool same_steps(const struct settings *a, const struct settings *b)
{
	const struct settings_tinker *x = &a->ntp.tinker, *y = &b->ntp.tinker;

	return x->stepback == y->stepback && x->stepfwd == y->stepfwd && x->stepout == y->stepout;
}

static bool same_selection(const struct settings *a, const struct settings *b)
{
	return a->ntp.tos.mindist == b->ntp.tos.mindist &&
	       a->ntp.tos.minclock == b->ntp.tos.minclock;
}

/* The bytes from one field to another, both included. */
#define BYTES(first, last)                                                                         \
	offsetof(struct settings, first), offsetof(struct settings, last) +                        \
						  sizeof(((struct settings *)NULL)->last) -        \
						  offsetof(struct settings, first)

/* Lines of the table: one field of bytes, one of text, and fields from first to last that are
 * compared by a function. */
#define PLAIN(taker, words, field)                                                                 \
	{                                                                                          \
		words, BYTES(field, field), false, NULL, taker                                     \
	}
#define TEXT(taker, words, field)                                                                  \
	{                                                                                          \
		words, BYTES(field, field), true, NULL, taker                                      \
	}
#define RANGE(taker, words, first, last, same)                                                     \
	{                                                                                          \
		words, BYTES(first, last), false, same, taker                                      \
	}

/* In the order of struct settings; test/check/reload looks that no field is missing. */
static const struct field fields[] = {
	RANGE(CHANGE_SOURCES, "server, pool, peer", sources, n_sources, same_sources),
	RANGE(CHANGE_REFCLOCKS, "refclock", refclocks, n_refclocks, same_refclocks),
	RANGE(CHANGE_SOURCES, "sourcedir", sourcedirs, n_sourcedirs, same_sourcedirs),
	/* Asked at the start only. */
	PLAIN(CHANGE_LIVE, "initstepslew", initstep_threshold),
	RANGE(CHANGE_LIVE, "initstepslew", initstep, n_initstep, same_initstep),
	PLAIN(CHANGE_DISCIPLINE, "makestep", makestep_threshold),
	PLAIN(CHANGE_DISCIPLINE, "makestep", makestep_limit),
	PLAIN(CHANGE_DISCIPLINE, "maxslewrate", maxslewrate_ppm),
	PLAIN(CHANGE_DISCIPLINE, "corrtimeratio", corrtimeratio),
	PLAIN(CHANGE_DISCIPLINE, "maxdrift", maxdrift_ppm),
	PLAIN(CHANGE_DISCIPLINE, "maxclockerror", maxclockerror_ppm),
	PLAIN(CHANGE_DISCIPLINE, "maxupdateskew", maxupdateskew_ppm),
	PLAIN(CHANGE_DISCIPLINE, "maxchange", maxchange_offset),
	PLAIN(CHANGE_DISCIPLINE, "maxchange", maxchange_start),
	PLAIN(CHANGE_DISCIPLINE, "maxchange", maxchange_ignore),
	PLAIN(CHANGE_DISCIPLINE, "maxchange", maxchange_on),
	PLAIN(CHANGE_DISCIPLINE, "logchange", logchange),
	TEXT(CHANGE_FIXED, "mailonchange", mail_to),
	PLAIN(CHANGE_LIVE, "mailonchange", mail_change),
	PLAIN(CHANGE_DISCIPLINE, "clockprecision", clockprecision),
	PLAIN(CHANGE_DISCIPLINE, "manual", manual),
	PLAIN(CHANGE_DISCIPLINE, "fallbackdrift", fallbackdrift_min),
	PLAIN(CHANGE_DISCIPLINE, "fallbackdrift", fallbackdrift_max),
	PLAIN(CHANGE_LIVE, "leapsecmode", leapsecmode),
	PLAIN(CHANGE_DISCIPLINE, "smoothtime", smooth_frequency_ppm),
	PLAIN(CHANGE_DISCIPLINE, "smoothtime", smooth_wander_ppm),
	PLAIN(CHANGE_DISCIPLINE, "smoothtime", smooth_leap_only),
	TEXT(CHANGE_DISCIPLINE, "leapsectz", leapsectz),
	TEXT(CHANGE_DISCIPLINE, "leapseclist", leapseclist),
	TEXT(CHANGE_DISCIPLINE, "driftfile", driftfile),
	PLAIN(CHANGE_LIVE, "driftfile", drift_interval),
	RANGE(CHANGE_FIXED, "tempcomp", tempcomp, tempcomp, same_tempcomp),
	PLAIN(CHANGE_DISCIPLINE, "rtcsync", rtcsync),
	TEXT(CHANGE_FIXED, "rtcfile", rtcfile),
	TEXT(CHANGE_FIXED, "rtcdevice", rtcdevice),
	TEXT(CHANGE_FIXED, "hwclockfile", hwclockfile),
	PLAIN(CHANGE_FIXED, "rtconutc", rtconutc),
	PLAIN(CHANGE_LIVE, "rtcautotrim", rtcautotrim),
	RANGE(CHANGE_DISCIPLINE, "local", local, local, same_local),
	PLAIN(CHANGE_DISCIPLINE, "maxdistance", maxdistance),
	PLAIN(CHANGE_DISCIPLINE, "maxjitter", maxjitter),
	PLAIN(CHANGE_DISCIPLINE, "combinelimit", combinelimit),
	PLAIN(CHANGE_DISCIPLINE, "reselectdist", reselectdist),
	PLAIN(CHANGE_DISCIPLINE, "stratumweight", stratumweight),
	PLAIN(CHANGE_DISCIPLINE, "minsources", minsources),
	PLAIN(CHANGE_SAMPLES, "minsamples", minsamples),
	PLAIN(CHANGE_SAMPLES, "maxsamples", maxsamples),
	PLAIN(CHANGE_DISCIPLINE, "minstratum", minstratum),
	PLAIN(CHANGE_DISCIPLINE, "maxstratum", maxstratum),
	PLAIN(CHANGE_DISCIPLINE, "authselectmode", authselectmode),
	PLAIN(CHANGE_LIVE, "refresh", refresh),
	PLAIN(CHANGE_SOCKETS, "port", port),
	PLAIN(CHANGE_SOCKETS, "ptpport", ptpport),
	PLAIN(CHANGE_LIVE, "ptpdomain", ptpdomain),
	PLAIN(CHANGE_LIVE, "acquisitionport", acquisition_port),
	RANGE(CHANGE_SOCKETS, "bindaddress", bind4, bind6, same_addresses),
	RANGE(CHANGE_LIVE, "bindacqaddress", bindacq4, bindacq6, same_acquisition),
	TEXT(CHANGE_SOCKETS, "binddevice", binddevice),
	TEXT(CHANGE_LIVE, "bindacqdevice", bindacqdevice),
	TEXT(CHANGE_CONTROL, "bindcmddevice", bindcmddevice),
	PLAIN(CHANGE_SOCKETS, "dscp", dscp),
	PLAIN(CHANGE_FIXED, "-4", ip4),
	PLAIN(CHANGE_FIXED, "-6", ip6),
	RANGE(CHANGE_ACCESS, "allow, deny", access, n_access, same_access),
	RANGE(CHANGE_BROADCASTS, "broadcast", broadcasts, n_broadcasts, same_broadcasts),
	TEXT(CHANGE_FIXED, "ntpsigndsocket", ntpsigndsocket),
	RANGE(CHANGE_FIXED, "hwtimestamp", hwtimestamps, n_hwtimestamps, same_cards),
	PLAIN(CHANGE_LIVE, "hwtstimeout", hwtstimeout),
	PLAIN(CHANGE_FIXED, "maxtxbuffers", maxtxbuffers),
	TEXT(CHANGE_FIXED, "xdp", xdp),
	PLAIN(CHANGE_FIXED, "clientloglimit", clientloglimit),
	PLAIN(CHANGE_FIXED, "serverthreads", serverthreads),
	PLAIN(CHANGE_FIXED, "noclientlog", noclientlog),
	RANGE(CHANGE_LIMITS, "ratelimit, ntsratelimit, cmdratelimit", ratelimit, cmdratelimit,
		same_limits),
	RANGE(CHANGE_FIXED, "ntsaeads", ntsaeads, n_ntsaeads, same_aeads),
	TEXT(CHANGE_FIXED, "ntsdumpdir", ntsdumpdir),
	PLAIN(CHANGE_LIVE, "ntsmintls", nts_no_tls13),
	PLAIN(CHANGE_LIVE, "ntsmintls", nts_tls12),
	RANGE(CHANGE_NTS_SERVER, "ntsservercert", nts_server, nts_server, same_nts_server),
	RANGE(CHANGE_TRUST, "ntstrustedcerts", nts_client, nts_client, same_nts_client),
	PLAIN(CHANGE_CONTROL, "cmdport", cmdport),
	RANGE(CHANGE_CONTROL, "bindcmdaddress", bindcmd4, bindcmd6, same_command_addresses),
	TEXT(CHANGE_CONTROL, "bindcmdaddress", command_socket),
	RANGE(CHANGE_CONTROL, "monitorsocket", monitor, monitor, same_monitor),
	RANGE(CHANGE_COMMANDS, "cmdallow, cmddeny", cmd_access, n_cmd_access, same_command_access),
	PLAIN(CHANGE_COMMANDS, "opencommands", opencommands),
	PLAIN(CHANGE_COMMANDS, "opencommands", opencommands_set),
	TEXT(CHANGE_LIVE, "keyfile", keyfile),
	TEXT(CHANGE_FIXED, "pidfile", pidfile),
	TEXT(CHANGE_LIVE, "dumpdir", dumpdir),
	TEXT(CHANGE_LOGS, "logdir", logdir),
	PLAIN(CHANGE_LOGS, "log", logs),
	PLAIN(CHANGE_LOGS, "logbanner", logbanner),
	TEXT(CHANGE_FIXED, "user", user),
	PLAIN(CHANGE_FIXED, "user", user_set),
	PLAIN(CHANGE_FIXED, "lock_all", lock_all),
	PLAIN(CHANGE_FIXED, "sched_priority", sched_priority),
	RANGE(CHANGE_ACCESS, "restrict", ntp, ntp, same_restricts),
	RANGE(CHANGE_DISCIPLINE, "tinker", ntp, ntp, same_steps),
	RANGE(CHANGE_DISCIPLINE, "tos", ntp, ntp, same_selection),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static bool is_same(const struct field *f, const struct settings *a, const struct settings *b)
{
	const char *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;

	if (f->same != NULL)
		return f->same(a, b);
	return f->text ? strcmp(x, y) == 0 : memcmp(x, y, f->size) == 0;
}

unsigned changes_find(
	const struct log *log, const struct settings *was, struct settings *now, unsigned *ret_n)
{
	unsigned takers = 0;

	*ret_n = 0;
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *f = &fields[i];

		if (is_same(f, was, now))
			continue;
		if (f->taker == CHANGE_FIXED) {
			log_warning(log,
				"%s cannot change while running: it will at the next start",
				f->words);
			memcpy((char *)now + f->offset, (const char *)was + f->offset, f->size);
			continue;
		}
		takers |= f->taker;
		(*ret_n)++;
	}
	/* The two exclude each other, and the file is that of the start. */
	if (now->rtcfile[0] != '\0')
		now->rtcsync = false;
	return takers;
}
