/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other settings for a daemon that runs. A table has a line for every field of struct settings:
 * what is the same stays as it is, what is not is taken over by the part that it belongs to, or is
 * named as what needs a restart. Most of it is read anew at each use and needs no more than to be
 * there.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/refclock_options.h"
#include "daemon/discipline/discipline.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/logs.h"
#include "daemon/named.h"
#include "daemon/parts.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

/** Who takes a change over. */
enum taker {
	TAKER_FIXED = 0x1, /**< nobody can: it stays as it was, and that is said */
	TAKER_LIVE = 0x2,  /**< who needs it reads it anew */
	TAKER_SOURCES = 0x4,
	TAKER_REFCLOCKS = 0x8,
	TAKER_SAMPLES = 0x10, /**< numbers of samples of all sources */
	TAKER_DISCIPLINE = 0x20,
	TAKER_SOCKETS = 0x40,
	TAKER_ACCESS = 0x80,
	TAKER_LIMITS = 0x100,
	TAKER_BROADCASTS = 0x200,
	TAKER_NTS_SERVER = 0x400,
	TAKER_CONTROL = 0x800,
	TAKER_COMMANDS = 0x1000, /**< who may command */
	TAKER_LOGS = 0x2000,
	TAKER_TRUST = 0x4000,
};

/** One field, or several that a directive sets together. */
struct field {
	const char *words;   /**< of the directives, for messages */
	size_t offset, size; /**< of struct settings */
	bool text;
	/** Whether two settings say the same; NULL: when the text or all bytes do. */
	bool (*same)(const struct settings *a, const struct settings *b);
	unsigned taker;
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
		same = refclock_says_same(&a->refclocks[i], &b->refclocks[i]);
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
	RANGE(TAKER_SOURCES, "server, pool, peer", sources, n_sources, same_sources),
	RANGE(TAKER_REFCLOCKS, "refclock", refclocks, n_refclocks, same_refclocks),
	RANGE(TAKER_SOURCES, "sourcedir", sourcedirs, n_sourcedirs, same_sourcedirs),
	/* Asked at the start only. */
	PLAIN(TAKER_LIVE, "initstepslew", initstep_threshold),
	RANGE(TAKER_LIVE, "initstepslew", initstep, n_initstep, same_initstep),
	PLAIN(TAKER_DISCIPLINE, "makestep", makestep_threshold),
	PLAIN(TAKER_DISCIPLINE, "makestep", makestep_limit),
	PLAIN(TAKER_DISCIPLINE, "maxslewrate", maxslewrate_ppm),
	PLAIN(TAKER_DISCIPLINE, "corrtimeratio", corrtimeratio),
	PLAIN(TAKER_DISCIPLINE, "maxdrift", maxdrift_ppm),
	PLAIN(TAKER_DISCIPLINE, "maxclockerror", maxclockerror_ppm),
	PLAIN(TAKER_DISCIPLINE, "maxupdateskew", maxupdateskew_ppm),
	PLAIN(TAKER_DISCIPLINE, "maxchange", maxchange_offset),
	PLAIN(TAKER_DISCIPLINE, "maxchange", maxchange_start),
	PLAIN(TAKER_DISCIPLINE, "maxchange", maxchange_ignore),
	PLAIN(TAKER_DISCIPLINE, "maxchange", maxchange_on),
	PLAIN(TAKER_DISCIPLINE, "logchange", logchange),
	TEXT(TAKER_FIXED, "mailonchange", mail_to),
	PLAIN(TAKER_LIVE, "mailonchange", mail_change),
	PLAIN(TAKER_DISCIPLINE, "clockprecision", clockprecision),
	PLAIN(TAKER_DISCIPLINE, "manual", manual),
	PLAIN(TAKER_DISCIPLINE, "fallbackdrift", fallbackdrift_min),
	PLAIN(TAKER_DISCIPLINE, "fallbackdrift", fallbackdrift_max),
	PLAIN(TAKER_LIVE, "leapsecmode", leapsecmode),
	PLAIN(TAKER_DISCIPLINE, "smoothtime", smooth_frequency_ppm),
	PLAIN(TAKER_DISCIPLINE, "smoothtime", smooth_wander_ppm),
	PLAIN(TAKER_DISCIPLINE, "smoothtime", smooth_leap_only),
	TEXT(TAKER_DISCIPLINE, "leapsectz", leapsectz),
	TEXT(TAKER_DISCIPLINE, "leapseclist", leapseclist),
	TEXT(TAKER_DISCIPLINE, "driftfile", driftfile),
	PLAIN(TAKER_LIVE, "driftfile", drift_interval),
	RANGE(TAKER_FIXED, "tempcomp", tempcomp, tempcomp, same_tempcomp),
	PLAIN(TAKER_DISCIPLINE, "rtcsync", rtcsync),
	TEXT(TAKER_FIXED, "rtcfile", rtcfile),
	TEXT(TAKER_FIXED, "rtcdevice", rtcdevice),
	TEXT(TAKER_FIXED, "hwclockfile", hwclockfile),
	PLAIN(TAKER_FIXED, "rtconutc", rtconutc),
	PLAIN(TAKER_LIVE, "rtcautotrim", rtcautotrim),
	RANGE(TAKER_DISCIPLINE, "local", local, local, same_local),
	PLAIN(TAKER_DISCIPLINE, "maxdistance", maxdistance),
	PLAIN(TAKER_DISCIPLINE, "maxjitter", maxjitter),
	PLAIN(TAKER_DISCIPLINE, "combinelimit", combinelimit),
	PLAIN(TAKER_DISCIPLINE, "reselectdist", reselectdist),
	PLAIN(TAKER_DISCIPLINE, "stratumweight", stratumweight),
	PLAIN(TAKER_DISCIPLINE, "minsources", minsources),
	PLAIN(TAKER_SAMPLES, "minsamples", minsamples),
	PLAIN(TAKER_SAMPLES, "maxsamples", maxsamples),
	PLAIN(TAKER_DISCIPLINE, "minstratum", minstratum),
	PLAIN(TAKER_DISCIPLINE, "maxstratum", maxstratum),
	PLAIN(TAKER_DISCIPLINE, "authselectmode", authselectmode),
	PLAIN(TAKER_LIVE, "refresh", refresh),
	PLAIN(TAKER_SOCKETS, "port", port),
	PLAIN(TAKER_SOCKETS, "ptpport", ptpport),
	PLAIN(TAKER_LIVE, "ptpdomain", ptpdomain),
	PLAIN(TAKER_LIVE, "acquisitionport", acquisition_port),
	RANGE(TAKER_SOCKETS, "bindaddress", bind4, bind6, same_addresses),
	RANGE(TAKER_LIVE, "bindacqaddress", bindacq4, bindacq6, same_acquisition),
	TEXT(TAKER_SOCKETS, "binddevice", binddevice),
	TEXT(TAKER_LIVE, "bindacqdevice", bindacqdevice),
	TEXT(TAKER_CONTROL, "bindcmddevice", bindcmddevice),
	PLAIN(TAKER_SOCKETS, "dscp", dscp),
	PLAIN(TAKER_FIXED, "-4", ip4),
	PLAIN(TAKER_FIXED, "-6", ip6),
	RANGE(TAKER_ACCESS, "allow, deny", access, n_access, same_access),
	RANGE(TAKER_BROADCASTS, "broadcast", broadcasts, n_broadcasts, same_broadcasts),
	TEXT(TAKER_FIXED, "ntpsigndsocket", ntpsigndsocket),
	RANGE(TAKER_FIXED, "hwtimestamp", hwtimestamps, n_hwtimestamps, same_cards),
	PLAIN(TAKER_LIVE, "hwtstimeout", hwtstimeout),
	PLAIN(TAKER_FIXED, "maxtxbuffers", maxtxbuffers),
	TEXT(TAKER_FIXED, "xdp", xdp),
	PLAIN(TAKER_FIXED, "clientloglimit", clientloglimit),
	PLAIN(TAKER_FIXED, "serverthreads", serverthreads),
	PLAIN(TAKER_FIXED, "noclientlog", noclientlog),
	RANGE(TAKER_LIMITS, "ratelimit, ntsratelimit, cmdratelimit", ratelimit, cmdratelimit,
		same_limits),
	RANGE(TAKER_FIXED, "ntsaeads", ntsaeads, n_ntsaeads, same_aeads),
	TEXT(TAKER_FIXED, "ntsdumpdir", ntsdumpdir),
	PLAIN(TAKER_LIVE, "ntsmintls", nts_no_tls13),
	PLAIN(TAKER_LIVE, "ntsmintls", nts_tls12),
	RANGE(TAKER_NTS_SERVER, "ntsservercert", nts_server, nts_server, same_nts_server),
	RANGE(TAKER_TRUST, "ntstrustedcerts", nts_client, nts_client, same_nts_client),
	PLAIN(TAKER_CONTROL, "cmdport", cmdport),
	RANGE(TAKER_CONTROL, "bindcmdaddress", bindcmd4, bindcmd6, same_command_addresses),
	TEXT(TAKER_CONTROL, "bindcmdaddress", command_socket),
	RANGE(TAKER_CONTROL, "monitorsocket", monitor, monitor, same_monitor),
	RANGE(TAKER_COMMANDS, "cmdallow, cmddeny", cmd_access, n_cmd_access, same_command_access),
	PLAIN(TAKER_COMMANDS, "opencommands", opencommands),
	PLAIN(TAKER_COMMANDS, "opencommands", opencommands_set),
	TEXT(TAKER_LIVE, "keyfile", keyfile),
	TEXT(TAKER_FIXED, "pidfile", pidfile),
	TEXT(TAKER_LIVE, "dumpdir", dumpdir),
	TEXT(TAKER_LOGS, "logdir", logdir),
	PLAIN(TAKER_LOGS, "log", logs),
	PLAIN(TAKER_LOGS, "logbanner", logbanner),
	TEXT(TAKER_FIXED, "user", user),
	PLAIN(TAKER_FIXED, "user", user_set),
	PLAIN(TAKER_FIXED, "lock_all", lock_all),
	PLAIN(TAKER_FIXED, "sched_priority", sched_priority),
	RANGE(TAKER_ACCESS, "restrict", ntp, ntp, same_restricts),
	RANGE(TAKER_DISCIPLINE, "tinker", ntp, ntp, same_steps),
	RANGE(TAKER_DISCIPLINE, "tos", ntp, ntp, same_selection),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static bool is_same(const struct field *f, const struct settings *a, const struct settings *b)
{
	const char *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;

	if (f->same != NULL)
		return f->same(a, b);
	return f->text ? strcmp(x, y) == 0 : memcmp(x, y, f->size) == 0;
}

/** Finds what has changed, and puts back what cannot. Returns who has to take something over;
 * *ret_n is the number of changes. */
static unsigned compare(
	const struct log *log, const struct settings *was, struct settings *now, unsigned *ret_n)
{
	unsigned takers = 0;

	*ret_n = 0;
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *f = &fields[i];

		if (is_same(f, was, now))
			continue;
		if (f->taker == TAKER_FIXED) {
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

static bool has_refclock(const struct settings *s, const struct settings_refclock *c)
{
	for (size_t i = 0; i < s->n_refclocks; i++)
		if (refclock_says_same(&s->refclocks[i], c))
			return true;
	return false;
}

static void change_refclocks(struct daemon *d, const struct settings *was)
{
	const struct settings *now = d->settings;

	for (size_t i = 0; i < was->n_refclocks; i++)
		if (!has_refclock(now, &was->refclocks[i]))
			sources_remove_refclock(d->sources, &was->refclocks[i]);
	/* One that cannot be had is logged, and no reason to give up the rest. */
	for (size_t i = 0; i < now->n_refclocks; i++)
		if (!has_refclock(was, &now->refclocks[i]))
			daemon_add_refclock(d, &now->refclocks[i]);
}

/** Who takes over, in what part of the daemon; bits that the part knows by another name. */
static unsigned translate(unsigned takers, const unsigned pairs[][2], size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		if (takers & pairs[i][0])
			bits |= pairs[i][1];
	return bits;
}

static void change_server(struct daemon *d, unsigned takers)
{
	static const unsigned pairs[][2] = {{TAKER_SOCKETS, SERVE_SOCKETS},
		/* Peers keep the server's sockets open. */
		{TAKER_SOURCES, SERVE_HELD}, {TAKER_ACCESS, SERVE_ACCESS},
		{TAKER_LIMITS, SERVE_LIMITS}, {TAKER_BROADCASTS, SERVE_BROADCASTS},
		{TAKER_NTS_SERVER, SERVE_NTS}};

	if (d->serve != NULL)
		serve_configure(
			d->serve, translate(takers, pairs, sizeof(pairs) / sizeof(pairs[0])));
}

static void change_control(struct daemon *d, unsigned takers)
{
	static const unsigned pairs[][2] = {
		{TAKER_CONTROL, CONTROL_SOCKETS}, {TAKER_COMMANDS, CONTROL_ACCESS}};
	unsigned changes = translate(takers, pairs, sizeof(pairs) / sizeof(pairs[0]));

	for (size_t i = 0; changes != 0 && i < d->n_controls; i++)
		if (d->controls[i].protocol->configure != NULL)
			d->controls[i].protocol->configure(d->controls[i].instance, changes);
}

/** Every part takes over what is its own. Files that others may have changed are read in any case.
 */
static void apply(struct daemon *d, const struct settings *was, unsigned takers)
{
	const struct settings *now = d->settings;

	keys_reload(d->keys, d->options.kernel, now->keyfile, d->options.log);
	nts_shared_forget_trust(d->nts);
	if (takers & TAKER_REFCLOCKS)
		change_refclocks(d, was);
	if (takers & TAKER_SOURCES)
		sources_configure(
			d->sources, was->sources, was->n_sources, now->sources, now->n_sources);
	sources_reload(d->sources);
	if (takers & TAKER_SAMPLES)
		sources_limit_samples(d->sources);
	if (takers & TAKER_DISCIPLINE)
		discipline_configure(d->discipline, was);
	else
		discipline_refresh(d->discipline);
	change_server(d, takers);
	if (takers & TAKER_LOGS)
		logs_cycle(d->logs);
	change_control(d, takers);
}

/** Whether a file of the NTS server can be read: else there would soon be none. */
static bool is_readable(struct daemon *d, const struct log *log, const char *path)
{
	struct kernel *k = d->options.kernel;
	uint8_t byte;
	size_t n;
	int r = k->ops->file_load(k, path, &byte, sizeof(byte), &n);

	if (r >= 0 || r == -EFBIG)
		return true;
	log_error(log, "Could not open %s : %s", path, strerror(-r));
	return false;
}

/** Whether what would be a reason not to start is all right. */
static bool is_good(struct daemon *d, const struct log *log, const struct settings *s)
{
	bool good = true;

	for (size_t i = 0; i < s->n_sources; i++)
		good &= !s->sources[i].options.nts ||
			daemon_can_nts(d, log, s->sources[i].options.name);
	for (size_t i = 0; i < s->n_refclocks; i++)
		good &= s->refclocks[i].optional || daemon_knows_refclock(d, log, &s->refclocks[i]);
	for (size_t i = 0; i < s->nts_server.n_certs; i++)
		good &= is_readable(d, log, s->nts_server.certs[i]) &&
			is_readable(d, log, s->nts_server.keys[i]);
	return good;
}

/** Puts other settings in force, which are used up. Returns how many have changed. */
static unsigned take(struct daemon *d, struct settings *now)
{
	struct settings was;
	unsigned n, takers = compare(d->options.log, d->settings, now, &n);

	was = *d->settings;
	*d->settings = *now;
	apply(d, &was, takers);
	*now = was;
	return n;
}

void daemon_change(struct daemon *d, struct settings *now)
{
	struct settings was = *d->settings;
	unsigned n, takers = compare(d->options.log, d->settings, now, &n);

	*d->settings = *now;
	if (takers & TAKER_DISCIPLINE)
		discipline_configure(d->discipline, &was);
	if (d->serve != NULL && takers & (TAKER_ACCESS | TAKER_LIMITS))
		serve_change_rules(d->serve);
	if (d->settings->ntp.n_named > was.ntp.n_named)
		named_start(d);
	*now = was;
	settings_destroy(now);
}

/** A message on its way to the log: the first error stays, for who asked. */
static void overhear(void *arg, enum log_priority priority, const char *message)
{
	struct daemon *d = arg;
	const struct log *log = d->options.log;

	if (priority >= LOG_PRIORITY_ERROR && d->reload_trouble[0] == '\0')
		snprintf(d->reload_trouble, sizeof(d->reload_trouble), "%s", message);
	log->write(log->arg, priority, message);
}

const char *daemon_reload_trouble(void *arg)
{
	const struct daemon *d = arg;

	return d->reload_trouble;
}

/** Reads settings that can be put in force. Returns 0 or -errno, told to log. */
static int read_good(struct daemon *d, const struct log *log, struct settings *ret)
{
	const struct daemon_options *o = &d->options;
	int r;

	if (d->settings->ntp.style) {
		log_error(log, "What ntp.conf says is read at the start only");
		return -ENOTSUP;
	}
	r = o->read_settings(o->read_settings_arg, log, ret);
	return r == 0 && !is_good(d, log, ret) ? -EINVAL : r;
}

int daemon_reload(struct daemon *d)
{
	const struct daemon_options *o = &d->options;
	const struct log log = {
		.write = overhear, .arg = d, .lowest = o->log->lowest, .words = o->log->words};
	struct settings *now;
	int r;

	if (o->read_settings == NULL || !d->polling || o->mode != DISCIPLINE_NORMAL)
		return -ENOTSUP;
	now = settings_create();
	if (now == NULL)
		return -ENOMEM;
	d->reload_trouble[0] = '\0';
	r = read_good(d, &log, now);
	if (r == 0)
		log_info(o->log, "Configuration read again: %u settings changed", take(d, now));
	else
		log_error(o->log, "The configuration stays as it was");
	settings_destroy(now);
	return r;
}
