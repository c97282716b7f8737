/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ntpd is like before a file is read, and what the engine is to do once one was: where the
 * engine has an equal of what ntp.conf says, it is set here.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_clocks.h"
#include "config/ntpconf_parse.h"
#include "config/ntpconf_write.h"

/** ntpd never slews faster, and believes no clock that is further off, ppm. */
#define RATE_MAX 500.0

/** The code point of the DiffServ field: expedited forwarding. */
#define DSCP 46

/** The memory of the list of clients: that of `mru maxmem 1024`. */
#define LIST_OCTETS 1048576

/** Where statistics go when nothing is said. */
#define STATSDIR "/var/NTP/"

/** Where the NTS server has its files when nothing is said. */
#define NTS_CERT "/etc/ntp/cert-chain.pem"
#define NTS_KEY  "/etc/ntp/key.pem"
#define NTS_KEYS "/var/lib/ntp/nts-keys"

/** How long a cookie key is in use, s. */
#define NTS_ROTATE 86400

/** Our pools have at most so many sources. */
#define POOL_MAX 16

/** The restrictions that are there before any is said. */
static int add_built_in(struct settings_ntp *s)
{
	static const enum address_family families[] = {ADDRESS_IP4, ADDRESS_IP6};
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		struct address any = {.family = families[i]};
		struct settings_restrict e = {.address = any,
			.mask = any,
			.flags = NTP_RESTRICT_NOQUERY | NTP_RESTRICT_LIMITED};

		r = settings_add_restrict(s, &e);
	}
	return r;
}

int ntpconf_prepare(struct settings *s)
{
	settings_ntp_release(&s->ntp);
	s->ntp = settings_ntp_default();
	s->ntp.style = true;
	s->ntp.tls.client_order = true;
	text_copy(s->ntp.statsdir, sizeof(s->ntp.statsdir), STATSDIR);
	s->dscp = DSCP;
	s->clientloglimit = LIST_OCTETS;
	s->maxslewrate_ppm = RATE_MAX;
	s->maxdrift_ppm = RATE_MAX;
	s->rtcsync = true;
	s->lock_all = true;
	s->cmdport = 0;
	s->pidfile[0] = '\0';
	text_copy(s->user, sizeof(s->user), "root");
	return add_built_in(&s->ntp);
}

int ntpconf_begin(struct ntpconf *c)
{
	return ntpconf_prepare(c->settings);
}

/** The number of leading ones of a mask, or -1 when others follow. */
static int bits_of(const struct address *mask)
{
	int bits = 0, n = address_bits(mask->family);

	while (bits < n && (mask->ip[bits / 8] & 0x80 >> bits % 8) != 0) {
		bits++;
	}
	for (int i = bits; i < n; i++) {
		if ((mask->ip[i / 8] & 0x80 >> i % 8) != 0) {
			return -1;
		}
	}
	return bits;
}

/** Who is served, as the engine's rules have it: what is more specific comes later. */
static int finish_access(struct ntpconf *c)
{
	struct settings *s = c->settings;
	int r = 0;

	for (int bits = 0; bits <= 128; bits++) {
		for (size_t i = 0; r == 0 && i < s->ntp.n_restricts; i++) {
			const struct settings_restrict *e = &s->ntp.restricts[i];
			unsigned none = NTP_RESTRICT_IGNORE | NTP_RESTRICT_NOSERVE;
			struct settings_access rule = {.allow = (e->flags & none) == 0,
				.prefix = e->address,
				.bits = bits};

			if (!e->ntpport && bits_of(&e->mask) == bits) {
				r = settings_add_access(s, false, &rule);
			}
		}
	}
	return r;
}

static void finish_tos(struct ntpconf *c)
{
	struct settings *s = c->settings;
	const struct settings_tos *t = &s->ntp.tos;

	s->minstratum = t->floor;
	s->maxstratum = t->ceiling - 1;
	s->minsources = t->minsane > 0 ? t->minsane : 1;
	s->maxdistance = t->maxdist;
	if (t->orphan < 16) {
		s->local = settings_local_default();
		s->local.on = true;
		s->local.orphan = true;
		s->local.stratum = t->orphan < 15 ? t->orphan : 15;
		s->local.waitsynced = t->orphanwait;
		s->local.waitunsynced = t->orphanwait;
	}
}

/** Pools share what maxclock leaves of room after the servers. */
static void finish_pools(struct ntpconf *c)
{
	struct settings *s = c->settings;
	int pools = 0, left = (int)s->ntp.tos.maxclock;

	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_options *o = &s->sources[i].options;

		pools += o->kind == SOURCE_POOL;
		left -= o->kind != SOURCE_POOL && (o->select & SELECT_NOSELECT) == 0;
	}
	for (size_t i = 0; i < s->n_sources; i++) {
		struct source_options *o = &s->sources[i].options;
		int share;

		if (o->kind != SOURCE_POOL) {
			continue;
		}
		share = (left + pools - 1) / pools;
		share = share < 1 ? 1 : share > POOL_MAX ? POOL_MAX : share;
		o->maxsources = share;
		left -= share;
		pools--;
	}
}

/** From so many servers on it is said that more than one should agree. */
#define MANY_SERVERS 4

/** With many servers those that lie can be told from the others, if it is asked for. */
static void suggest_minsane(const struct ntpconf *c)
{
	const struct settings *s = c->settings;
	size_t n = 0, pools = 0;

	for (size_t i = 0; i < s->n_sources; i++) {
		pools += s->sources[i].options.kind == SOURCE_POOL;
		n += (s->sources[i].options.select & SELECT_NOSELECT) == 0;
	}
	for (size_t i = 0; i < s->n_refclocks; i++) {
		n += (s->refclocks[i].select & SELECT_NOSELECT) == 0;
	}
	if (pools > 0) {
		n = (size_t)s->ntp.tos.maxclock;
	}
	if (s->ntp.tos.minsane > 1 || n < MANY_SERVERS) {
		return;
	}
	log_info(c->log, "SYNC: Found %zu servers, suggest minsane %s", n,
		n == MANY_SERVERS ? "of 2" : "at least 3");
}

static void finish_tinker(struct ntpconf *c)
{
	struct settings *s = c->settings;
	const struct settings_tinker *t = &s->ntp.tinker, otherwise = settings_ntp_default().tinker;

	s->makestep_threshold = fmin(t->stepback > 0.0 ? t->stepback : INFINITY,
		t->stepfwd > 0.0 ? t->stepfwd : INFINITY);
	s->makestep_limit = isinf(s->makestep_threshold) ? 0 : -1;
	if (isinf(s->makestep_threshold)) {
		s->makestep_threshold = 0.0;
	}
	s->maxchange_on = t->panic > 0.0;
	s->maxchange_offset = t->panic;
	s->maxchange_start = s->maxchange_ignore = 0;
	if (t->dispersion_ppm != otherwise.dispersion_ppm) {
		s->maxclockerror_ppm = t->dispersion_ppm;
	}
}

/** The algorithms, the one that was asked for first: a server takes all that it knows. */
static void finish_aeads(struct ntpconf *c)
{
	static const uint16_t known[] = {CRYPTO_AEAD_SIV_256, CRYPTO_AEAD_SIV_384,
		CRYPTO_AEAD_SIV_512, CRYPTO_AEAD_GCM_SIV_128};
	struct settings *s = c->settings;
	uint16_t first = c->nts_aead != 0 ? c->nts_aead : CRYPTO_AEAD_SIV_256;

	s->ntsaeads[0] = first;
	s->n_ntsaeads = 1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i] != first) {
			s->ntsaeads[s->n_ntsaeads++] = known[i];
		}
	}
	for (size_t i = 0; i < s->n_sources; i++) {
		struct source_options *o = &s->sources[i].options;

		if (o->nts && o->nts_aead == 0) {
			o->nts_aead = first;
		}
	}
}

/** The file of the cookie keys, and its directory. */
static void finish_cookies(struct settings *s)
{
	char *file = s->ntp.cookie_file, *slash;
	struct text t = text_on(s->ntsdumpdir, sizeof(s->ntsdumpdir));

	if (file[0] == '\0') {
		text_copy(file, sizeof(s->ntp.cookie_file), NTS_KEYS);
	}
	slash = strrchr(file, '/');
	text_add(&t, "%.*s", !slash ? 1 : (int)(slash > file ? slash - file : 1),
		slash ? file : ".");
}

/** To have at most TLS 1.2 is to have it at all. */
static void finish_tls(struct ntpconf *c)
{
	struct settings *s = c->settings;

	if (c->nts_max_tls != 12) {
		return;
	}
	s->nts_no_tls13 = s->nts_tls12;
	if (!s->nts_tls12) {
		log_error(c->log, "NTS: maxtls TLS1.2 needs mintls TLS1.2, ignored");
		c->errors++;
	}
}

static int finish_nts(struct ntpconf *c)
{
	struct settings *s = c->settings;
	struct settings_trust trust = {0};
	int r = 0;

	finish_aeads(c);
	finish_tls(c);
	if (c->nts_ca[0] != '\0') {
		text_copy(trust.path, sizeof(trust.path), c->nts_ca);
		s->nts_client.no_system = true;
		r = settings_add_trust(s, &trust);
	}
	if (r < 0 || !c->nts_enabled) {
		return r;
	}
	s->nts_server.rotate = NTS_ROTATE;
	finish_cookies(s);
	r = settings_add_nts_file(s, false, c->nts_cert[0] != '\0' ? c->nts_cert : NTS_CERT);
	return r < 0 ? r
		     : settings_add_nts_file(s, true, c->nts_key[0] != '\0' ? c->nts_key : NTS_KEY);
}

/** Served time is smeared over so many seconds: half of them faster and faster, and then slower. */
static void finish_smear(struct settings *s)
{
	double interval = s->ntp.leapsmear;

	if (interval <= 0.0) {
		return;
	}
	s->leapsecmode = SETTINGS_LEAP_SLEW;
	s->smooth_leap_only = true;
	s->smooth_frequency_ppm = 2e6 / interval;
	s->smooth_wander_ppm = 4e6 / (interval * interval);
}

/** n within [min, max]. */
static int within(double n, int min, int max)
{
	return n < min ? min : n > max ? max : (int)lround(n);
}

/** The rate that clients are limited to: where a restriction has the flag, the engine's bucket of
 * tokens is as large as ntpd's score may become, and fills as fast. */
static void finish_limit(struct settings *s)
{
	const struct settings_limit *l = &s->ntp.limit;
	unsigned flags = 0;

	for (size_t i = 0; i < s->ntp.n_restricts; i++) {
		flags |= s->ntp.restricts[i].flags;
	}
	s->ratelimit = (struct settings_rate_limit){
		.on = (flags & NTP_RESTRICT_LIMITED) != 0,
		.interval = within(-log2(l->average), -19, 12),
		.burst = within(l->average * l->burst, 1, 255),
		.leak = 4,
		.kod = (flags & NTP_RESTRICT_KOD) != 0 ? 1 : 0,
	};
}

/** disable monitor is not obeyed while somebody is limited, since that needs the list. */
static void finish_monitor(struct ntpconf *c)
{
	struct settings_ntp *s = &c->settings->ntp;

	for (size_t i = 0; !s->monitor && i < s->n_restricts; i++) {
		if ((s->restricts[i].flags & NTP_RESTRICT_LIMITED) != 0) {
			log_warning(c->log,
				"CONFIG: 'monitor' cannot be disabled while 'limited' is enabled");
			s->monitor = true;
		}
	}
}

/** mssntp needs somebody who signs. */
static void finish_signd(struct ntpconf *c)
{
	const struct settings *s = c->settings;
	unsigned flags = 0;

	for (size_t i = 0; i < s->ntp.n_restricts; i++) {
		flags |= s->ntp.restricts[i].flags;
	}
	if ((flags & NTP_RESTRICT_MSSNTP) != 0 && s->ntpsigndsocket[0] == '\0') {
		log_warning(c->log, "CONFIG: restrict mssntp does nothing without ntpsigndsocket");
	}
}

int ntpconf_follow(struct ntpconf *c, enum ntpconf_group group)
{
	struct settings *s = c->settings;

	switch (group) {
	case NTPCONF_RESTRICT:
		s->n_access = 0;
		finish_limit(s);
		return finish_access(c);
	case NTPCONF_TOS:
		finish_tos(c);
		return 0;
	case NTPCONF_FUDGE:
		return ntpconf_finish_clocks(c);
	case NTPCONF_TINKER:
		finish_tinker(c);
		return 0;
	case NTPCONF_ENABLE:
	case NTPCONF_DISABLE:
		s->rtcsync = s->ntp.kernel;
		return 0;
	default:
		return 0;
	}
}

int ntpconf_finish(struct ntpconf *c)
{
	struct settings *s = c->settings;
	int r = finish_access(c);

	if (r < 0) {
		return r;
	}
	finish_tos(c);
	finish_pools(c);
	suggest_minsane(c);
	r = ntpconf_finish_clocks(c);
	if (r < 0) {
		return r;
	}
	finish_tinker(c);
	finish_smear(s);
	finish_monitor(c);
	finish_limit(s);
	finish_signd(c);
	s->noclientlog = !s->ntp.monitor;
	s->rtcsync = s->ntp.kernel;
	r = finish_nts(c);
	s->ntp.errors = c->errors;
	return r;
}
