/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings at their defaults (chrony.conf(5)), their growth and their copy.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/settings.h"

/** Everything whose default is not zero. */
static void set_defaults(struct settings *s)
{
	*s = (struct settings){
		.maxslewrate_ppm = 83333.333,
		.corrtimeratio = 3.0,
		.hwtstimeout = 1e-3,
		.maxdrift_ppm = 100000.0,
		.maxclockerror_ppm = 1.0,
		.maxupdateskew_ppm = 1000.0,
		.logchange = 1.0,
		.drift_interval = 3600,
		.rtcdevice = "/dev/rtc",
		.local = settings_local_default(),
		.maxdistance = 3.0,
		.maxjitter = 1.0,
		.combinelimit = 3.0,
		.reselectdist = 1e-4,
		.stratumweight = 1e-3,
		.minsources = 1,
		.minsamples = 6,
		.maxstratum = 15,
		.refresh = 1209600,
		.port = 123,
		.ptpdomain = 123,
		.acquisition_port = -1,
		.ip4 = true,
		.ip6 = true,
		.clientloglimit = 524288,
		.ratelimit = {.interval = 3, .burst = 8, .leak = 2},
		.ntsratelimit = {.interval = 6, .burst = 8, .leak = 2},
		.cmdratelimit = {.interval = -4, .burst = 8, .leak = 2},
		.cmdport = 323,
		.monitor = settings_monitor_default(),
		.logbanner = 32,
		.ntsaeads = {30, 15},
		.n_ntsaeads = 2,
		.nts_server = {.port = 4460,
			.processes = 1,
			.max_connections = 100,
			.rotate = 604800},
		.nts_client = {.refresh = 2419200},
		.ntp = settings_ntp_default(),
	};
}

/** What is copied at a time. */
#define PIECE 512

/**
 * Copies the struct itself, as far as it differs. Most of it is empty in most configurations: pages
 * of fresh memory that nobody writes to take none.
 */
static void copy_struct(struct settings *to, const struct settings *from)
{
	uint8_t *t = (uint8_t *)to;
	const uint8_t *f = (const uint8_t *)from;

	for (size_t at = 0; at < sizeof(*to); at += PIECE) {
		size_t n = sizeof(*to) - at < PIECE ? sizeof(*to) - at : PIECE;

		if (memcmp(t + at, f + at, n) != 0)
			memcpy(t + at, f + at, n);
	}
}

struct settings *settings_create(void)
{
	struct settings *s = calloc(1, sizeof(*s)), *defaults = malloc(sizeof(*defaults));

	if (!s || !defaults) {
		free(defaults);
		free(s);
		return NULL;
	}
	set_defaults(defaults);
	copy_struct(s, defaults);
	free(defaults);
	if (text_copy(s->command_socket, sizeof(s->command_socket), GNOMON_SOCKET) < 0 ||
		text_copy(s->pidfile, sizeof(s->pidfile), GNOMON_PID_FILE) < 0 ||
		text_copy(s->user, sizeof(s->user), GNOMON_USER) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

/** Frees what settings point to. */
static void release(struct settings *s)
{
	free(s->sources);
	free(s->refclocks);
	free(s->access);
	free(s->cmd_access);
	free(s->broadcasts);
	free(s->hwtimestamps);
	free(s->initstep);
	free(s->nts_server.certs);
	free(s->nts_server.keys);
	free(s->nts_client.trust);
	settings_ntp_release(&s->ntp);
}

void settings_destroy(struct settings *s)
{
	if (!s) {
		return;
	}
	release(s);
	free(s);
}

/** A copy of n items, or NULL. */
static void *duplicate(const void *items, size_t n, size_t size)
{
	void *copy = n > 0 ? malloc(n * size) : NULL;

	if (copy) {
		memcpy(copy, items, n * size);
	}
	return copy;
}

struct settings *settings_copy(const struct settings *s)
{
	const struct settings_nts_server *n = &s->nts_server;
	const struct settings_nts_client *t = &s->nts_client;
	struct settings *c = calloc(1, sizeof(*c));

	if (!c) {
		return NULL;
	}
	copy_struct(c, s);
	c->sources = duplicate(s->sources, s->n_sources, sizeof(*s->sources));
	c->refclocks = duplicate(s->refclocks, s->n_refclocks, sizeof(*s->refclocks));
	c->access = duplicate(s->access, s->n_access, sizeof(*s->access));
	c->cmd_access = duplicate(s->cmd_access, s->n_cmd_access, sizeof(*s->cmd_access));
	c->broadcasts = duplicate(s->broadcasts, s->n_broadcasts, sizeof(*s->broadcasts));
	c->hwtimestamps = duplicate(s->hwtimestamps, s->n_hwtimestamps, sizeof(*s->hwtimestamps));
	c->initstep = duplicate(s->initstep, s->n_initstep, sizeof(*s->initstep));
	c->nts_server.certs = duplicate(n->certs, n->n_certs, sizeof(*n->certs));
	c->nts_server.keys = duplicate(n->keys, n->n_keys, sizeof(*n->keys));
	c->nts_client.trust = duplicate(t->trust, t->n_trust, sizeof(*t->trust));
	c->ntp = settings_ntp_default(); /* until it is copied: it must be fit to be released */
	if ((s->n_sources > 0 && !c->sources) || (s->n_refclocks > 0 && !c->refclocks) ||
		(s->n_access > 0 && !c->access) || (s->n_cmd_access > 0 && !c->cmd_access) ||
		(s->n_broadcasts > 0 && !c->broadcasts) || (s->n_initstep > 0 && !c->initstep) ||
		(n->n_certs > 0 && !c->nts_server.certs) ||
		(n->n_keys > 0 && !c->nts_server.keys) ||
		(t->n_trust > 0 && !c->nts_client.trust) ||
		settings_ntp_copy(&s->ntp, &c->ntp) < 0) {
		settings_destroy(c);
		return NULL;
	}
	return c;
}

void settings_move(struct settings *to, struct settings *from)
{
	release(to);
	copy_struct(to, from);
	free(from);
}

struct settings_monitor settings_monitor_default(void)
{
	return (struct settings_monitor){.mode = 0660};
}

struct settings_hwtimestamp settings_hwtimestamp_default(void)
{
	return (struct settings_hwtimestamp){
		.maxpoll = 1, .minsamples = 2, .maxsamples = 16, .precision = 100e-9};
}

struct settings_local settings_local_default(void)
{
	return (struct settings_local){.stratum = 10, .distance = 1.0};
}

static int clamp(int x, int min, int max)
{
	if (x < min)
		return min;
	return x > max ? max : x;
}

void settings_rate_limit_clamp(struct settings_rate_limit *l)
{
	l->interval = clamp(l->interval, -19, 12);
	l->burst = clamp(l->burst, 1, 255);
	l->leak = clamp(l->leak, 1, 4);
	l->kod = clamp(l->kod, 0, 4);
}

struct settings_refclock settings_refclock_default(void)
{
	return (struct settings_refclock){
		.poll = 4,
		.minsamples = -1,
		.maxsamples = -1,
		.maxunreach = 100000,
		.rate = 1,
		.maxlockage = 2,
		.delay = 1e-9,
		.fudge = {.time1 = NAN, .time2 = NAN, .stratum = -1},
	};
}

/** Room for one more than n items, or NULL and items stays as it is. */
static void *grow(void *items, size_t n, size_t size)
{
	return n < SIZE_MAX / size - 1 ? realloc(items, (n + 1) * size) : NULL;
}

int settings_add_source(struct settings *s, const struct settings_source *source)
{
	struct settings_source *p = grow(s->sources, s->n_sources, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	s->sources = p;
	p[s->n_sources++] = *source;
	return 0;
}

int settings_add_refclock(struct settings *s, const struct settings_refclock *refclock)
{
	struct settings_refclock *p = grow(s->refclocks, s->n_refclocks, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	s->refclocks = p;
	p[s->n_refclocks] = *refclock;
	p[s->n_refclocks++].after = s->n_sources;
	return 0;
}

int settings_add_access(struct settings *s, bool command, const struct settings_access *rule)
{
	struct settings_access **table = command ? &s->cmd_access : &s->access;
	size_t *n = command ? &s->n_cmd_access : &s->n_access;
	struct settings_access *p = grow(*table, *n, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	*table = p;
	p[(*n)++] = *rule;
	return 0;
}

int settings_add_hwtimestamp(struct settings *s, const struct settings_hwtimestamp *h)
{
	struct settings_hwtimestamp *p = grow(s->hwtimestamps, s->n_hwtimestamps, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	s->hwtimestamps = p;
	p[s->n_hwtimestamps++] = *h;
	return 0;
}

int settings_add_broadcast(struct settings *s, const struct settings_broadcast *broadcast)
{
	struct settings_broadcast *p = grow(s->broadcasts, s->n_broadcasts, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	s->broadcasts = p;
	p[s->n_broadcasts++] = *broadcast;
	return 0;
}

int settings_add_initstep(struct settings *s, const char *host)
{
	char(*p)[SETTINGS_NAME];

	if (strlen(host) >= SETTINGS_NAME) {
		return -ENAMETOOLONG;
	}
	p = grow(s->initstep, s->n_initstep, sizeof(*p));
	if (!p) {
		return -ENOMEM;
	}
	s->initstep = p;
	return text_copy(p[s->n_initstep++], SETTINGS_NAME, host);
}

int settings_add_trust(struct settings *s, const struct settings_trust *trust)
{
	struct settings_nts_client *n = &s->nts_client;
	struct settings_trust *p = grow(n->trust, n->n_trust, sizeof(*p));

	if (!p) {
		return -ENOMEM;
	}
	n->trust = p;
	p[n->n_trust++] = *trust;
	return 0;
}

int settings_add_nts_file(struct settings *s, bool key, const char *path)
{
	struct settings_nts_server *n = &s->nts_server;
	char(**list)[SETTINGS_PATH] = key ? &n->keys : &n->certs;
	size_t *count = key ? &n->n_keys : &n->n_certs;
	char(*p)[SETTINGS_PATH];

	if (strlen(path) >= SETTINGS_PATH) {
		return -ENAMETOOLONG;
	}
	p = grow(*list, *count, sizeof(*p));
	if (!p) {
		return -ENOMEM;
	}
	*list = p;
	return text_copy(p[(*count)++], SETTINGS_PATH, path);
}
