/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other settings for a daemon that runs: every part takes over what changed of its own, or all
 * stays as it was.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "config/refclock_options.h"
#include "daemon/changes.h"
#include "daemon/discipline/discipline.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/logs.h"
#include "daemon/named.h"
#include "daemon/parts.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"

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

/** What was said of the clock of ntp.conf that is this one, or NULL. */
static const struct settings_refclock *find_clock(
	const struct settings *s, const struct settings_fudge *f)
{
	for (size_t i = 0; i < s->n_refclocks; i++)
		if (s->refclocks[i].fudge.type == f->type && s->refclocks[i].fudge.unit == f->unit)
			return &s->refclocks[i];
	return NULL;
}

/** Clocks of ntp.conf are fudged, and go on; pulses of receivers come and go with flag1. */
static void fudge_clocks(struct daemon *d, const struct settings *was)
{
	const struct settings *now = d->settings;

	for (size_t i = 0; i < was->n_refclocks; i++)
		if (find_clock(now, &was->refclocks[i].fudge) == NULL)
			sources_remove_refclock(d->sources, &was->refclocks[i]);
	for (size_t i = 0; i < now->n_refclocks; i++) {
		const struct settings_refclock *k = find_clock(was, &now->refclocks[i].fudge);

		if (k != NULL)
			sources_change_refclock(d->sources, k, &now->refclocks[i]);
		else
			daemon_add_refclock(d, &now->refclocks[i]);
	}
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
	static const unsigned pairs[][2] = {{CHANGE_SOCKETS, SERVE_SOCKETS},
		/* Peers keep the server's sockets open. */
		{CHANGE_SOURCES, SERVE_HELD}, {CHANGE_ACCESS, SERVE_ACCESS},
		{CHANGE_LIMITS, SERVE_LIMITS}, {CHANGE_BROADCASTS, SERVE_BROADCASTS},
		{CHANGE_NTS_SERVER, SERVE_NTS}};

	if (d->serve != NULL)
		serve_configure(
			d->serve, translate(takers, pairs, sizeof(pairs) / sizeof(pairs[0])));
}

static void change_control(struct daemon *d, unsigned takers)
{
	static const unsigned pairs[][2] = {
		{CHANGE_CONTROL, CONTROL_SOCKETS}, {CHANGE_COMMANDS, CONTROL_ACCESS}};
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
	if (takers & CHANGE_REFCLOCKS)
		change_refclocks(d, was);
	if (takers & CHANGE_SOURCES)
		sources_configure(
			d->sources, was->sources, was->n_sources, now->sources, now->n_sources);
	sources_reload(d->sources);
	if (takers & CHANGE_SAMPLES)
		sources_limit_samples(d->sources);
	if (takers & CHANGE_DISCIPLINE)
		discipline_configure(d->discipline, was);
	else
		discipline_refresh(d->discipline);
	change_server(d, takers);
	if (takers & CHANGE_LOGS)
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
	unsigned n, takers = changes_find(d->options.log, d->settings, now, &n);

	was = *d->settings;
	*d->settings = *now;
	apply(d, &was, takers);
	*now = was;
	return n;
}

void daemon_change(struct daemon *d, struct settings *now)
{
	struct settings was = *d->settings;
	unsigned n, takers = changes_find(d->options.log, d->settings, now, &n);

	*d->settings = *now;
	if (takers & CHANGE_REFCLOCKS)
		fudge_clocks(d, &was);
	if (takers & CHANGE_DISCIPLINE)
		discipline_configure(d->discipline, &was);
	if (d->serve != NULL && takers & (CHANGE_ACCESS | CHANGE_LIMITS))
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
