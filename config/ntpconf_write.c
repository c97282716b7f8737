/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as an ntp.conf. What the engine has is written whatever it was read from; what only
 * ntp.conf can say is there when it was.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/option.h"
#include "common/text.h"
#include "config/ntpconf_write.h"
#include "config/writing.h"

/** A line being written; it is put out when it has more than its beginning. */
struct ntpconf_line {
	const struct config_writing *w;
	char buffer[WRITING_LINE];
	struct text t;
	size_t beginning;
};

const char *ntpconf_quote(const char *s)
{
	bool plain = s[0] != '\0' && s[0] != '-';

	for (const char *p = s; *p; p++) {
		plain &= *p > ' ' && *p <= '~' && !strchr("#{}(),;|=", *p);
	}
	return plain ? "" : "\"";
}

/** Begins a line. */
static void begin(struct ntpconf_line *l, const struct config_writing *w, const char *word)
{
	l->w = w;
	l->t = text_on(l->buffer, sizeof(l->buffer));
	text_add(&l->t, "%s", word);
	l->beginning = l->t.n;
}

/** Adds a number that is not what it is when nothing is said. */
static void add(struct ntpconf_line *l, const char *word, double v, double otherwise)
{
	if (v != otherwise) {
		text_add(&l->t, " %s ", word);
		option_write_real(v, &l->t);
	}
}

static void finish(struct ntpconf_line *l)
{
	if (l->t.n > l->beginning) {
		l->w->line(l->w->arg, l->buffer);
	}
}

/** A path or another text: in quotes where it has blanks. */
static void put_path(const struct config_writing *w, const char *word, const char *path)
{
	const char *quote = ntpconf_quote(path);

	if (path[0] != '\0') {
		config_put(w, "%s %s%s%s", word, quote, path, quote);
	}
}

static void write_files(const struct config_writing *w)
{
	const struct settings *s = w->s, *o = w->otherwise;

	put_path(w, "driftfile", s->driftfile);
	if (s->ntp.nonvolatile != o->ntp.nonvolatile) {
		struct ntpconf_line l;

		begin(&l, w, "nonvolatile ");
		option_write_real(s->ntp.nonvolatile, &l.t);
		finish(&l);
	}
	put_path(w, "leapfile", s->leapseclist);
	put_path(w, "logfile", s->ntp.logfile);
	if (strcmp(s->pidfile, o->pidfile) != 0 && strcmp(s->pidfile, "/") != 0) {
		put_path(w, "pidfile", s->pidfile);
	}
	put_path(w, "keys", s->keyfile);
	for (size_t i = 0; i < s->ntp.n_trusted; i++) {
		const struct settings_key_range *k = &s->ntp.trusted[i];

		config_put(w, "trustedkey ( %u ... %u )", k->first, k->last);
	}
	if (!s->ntp.style && s->keyfile[0] != '\0') {
		config_put(w, "trustedkey ( 1 ... 65535 )");
	}
	if (s->ntp.control_key != 0) {
		config_put(w, "controlkey %u", s->ntp.control_key);
	}
	put_path(w, "ntpsigndsocket", s->ntpsigndsocket);
}

/** How many associations pools and servers want together. */
static double wanted(const struct settings *s)
{
	double n = 0;
	bool pools = false;

	for (size_t i = 0; i < s->n_sources; i++) {
		const struct source_options *o = &s->sources[i].options;

		pools |= o->kind == SOURCE_POOL;
		if (o->kind == SOURCE_POOL) {
			n += o->maxsources;
		} else {
			n += (o->select & SELECT_NOSELECT) == 0;
		}
	}
	return pools ? n : settings_ntp_default().tos.maxclock;
}

static void write_tos(const struct config_writing *w)
{
	const struct settings_tos *t = &w->s->ntp.tos, o = settings_ntp_default().tos;
	const struct settings *s = w->s;
	struct ntpconf_line l;

	begin(&l, w, "tos");
	add(&l, "floor", s->minstratum, o.floor);
	add(&l, "ceiling", fmin(s->maxstratum + 1, 15), o.ceiling);
	add(&l, "minsane", s->minsources, o.minsane);
	add(&l, "maxdist", s->maxdistance, o.maxdist);
	add(&l, "minclock", t->minclock, o.minclock);
	add(&l, "maxclock", wanted(s), o.maxclock);
	add(&l, "mindist", t->mindist, o.mindist);
	add(&l, "maxdisp", t->maxdisp, o.maxdisp);
	if (s->local.on && s->local.orphan) {
		add(&l, "orphan", s->local.stratum, o.orphan);
	}
	/* What is below 1 s stands for 300 s in ntp.conf. */
	if (s->local.on && s->local.waitunsynced >= 1.0) {
		add(&l, "orphanwait", s->local.waitunsynced, o.orphanwait);
	}
	finish(&l);
}

static void write_tinker(const struct config_writing *w)
{
	const struct settings_tinker *t = &w->s->ntp.tinker, o = settings_ntp_default().tinker;
	const struct settings *s = w->s;
	double step = s->makestep_limit != 0 ? s->makestep_threshold : 0.0;
	struct ntpconf_line l;

	begin(&l, w, "tinker");
	add(&l, "step", step, o.stepfwd);
	add(&l, "stepback", s->ntp.style && t->stepback != step ? t->stepback : 0, 0);
	add(&l, "stepfwd", s->ntp.style && t->stepfwd != step ? t->stepfwd : 0, 0);
	add(&l, "panic", s->maxchange_on ? s->maxchange_offset : 0.0, o.panic);
	add(&l, "stepout", t->stepout, o.stepout);
	add(&l, "allan", t->allan, o.allan);
	add(&l, "huffpuff", t->huffpuff, o.huffpuff);
	add(&l, "dispersion", t->dispersion_ppm, o.dispersion_ppm);
	if (!isnan(t->freq_ppm)) {
		add(&l, "freq", t->freq_ppm, NAN);
	}
	finish(&l);
}

static void write_switches(const struct config_writing *w)
{
	const struct settings *s = w->s;

	if (!s->ntp.discipline) {
		config_put(w, "disable ntp");
	}
	if (!s->rtcsync) {
		config_put(w, "disable kernel");
	}
	if (s->noclientlog) {
		config_put(w, "disable monitor");
	}
	if (s->clientloglimit != w->otherwise->clientloglimit) {
		struct ntpconf_line l;

		begin(&l, w, "mru maxmem ");
		option_write_real((double)s->clientloglimit / 1024, &l.t);
		finish(&l);
	}
	if (!s->ntp.stats) {
		config_put(w, "disable stats");
	}
	if (s->dscp != w->otherwise->dscp) {
		config_put(w, "dscp %d", s->dscp);
	}
	if (s->smooth_leap_only && s->smooth_frequency_ppm > 0.0) {
		struct ntpconf_line l;

		begin(&l, w, "leapsmearinterval ");
		option_write_real(2e6 / s->smooth_frequency_ppm, &l.t);
		finish(&l);
	}
}

static void write_statistics(const struct config_writing *w)
{
	static const char *const types[] = {"none", "pid", "day", "week", "month", "year", "age"};
	const struct settings_ntp *n = &w->s->ntp;

	if (strcmp(n->statsdir, w->otherwise->ntp.statsdir) != 0) {
		put_path(w, "statsdir", n->statsdir);
	}
	for (int i = 0; i < NTP_STATISTICS; i++) {
		const struct settings_filegen *f = &n->filegens[i];

		if (f->enable) {
			const char *quote = ntpconf_quote(f->file);

			config_put(w, "filegen %s file %s%s%s type %s %s enable",
				ntp_statistics_words[i], quote, f->file, quote, types[f->type],
				f->link ? "link" : "nolink");
		}
	}
}

/** The mask as classes of which all kinds are logged, and single kinds. */
static void write_logconfig(const struct config_writing *w)
{
	static const char *const classes[] = {"sys", "peer", "clock", "sync"};
	static const char *const kinds[] = {"info", "events", "status", "statistics"};
	unsigned mask = w->s->ntp.logconfig;
	struct ntpconf_line l;
	const char *sign = "=";

	if (mask == w->otherwise->ntp.logconfig) {
		return;
	}
	if (mask == 0) {
		config_put(w, "logconfig =allall -allall");
		return;
	}
	begin(&l, w, "logconfig");
	for (int c = 0; c < 4; c++) {
		unsigned bits = mask >> 4 * c & 0xf;

		if (bits == 0xf) {
			text_add(&l.t, " %s%sall", sign, classes[c]);
			sign = "+";
			continue;
		}
		for (int k = 0; k < 4; k++) {
			if ((bits & 1U << k) != 0) {
				text_add(&l.t, " %s%s%s", sign, classes[c], kinds[k]);
				sign = "+";
			}
		}
	}
	finish(&l);
}

static void write_variables(const struct config_writing *w)
{
	for (size_t i = 0; i < w->s->ntp.n_variables; i++) {
		const struct settings_variable *v = &w->s->ntp.variables[i];

		const char *quote = ntpconf_quote(v->name);

		config_put(w, "setvar %s%s%s = \"%s\"%s", quote, v->name, quote, v->value,
			v->by_default ? " default" : "");
	}
}

static void write_names(const struct config_writing *w, const char *word, enum tls_kind kind,
	const struct tls_numbers *names)
{
	struct ntpconf_line l;

	begin(&l, w, word);
	tls_numbers_write(kind, names, &l.t);
	finish(&l);
}

static void write_tls(const struct config_writing *w)
{
	const struct tls_choice *tls = &w->s->ntp.tls;

	write_names(w, "nts tlsciphersuites ", TLS_SUITES, &tls->suites);
	write_names(w, "nts tlsecdhcurves ", TLS_GROUPS, &tls->groups);
	if (!tls->client_order && (w->s->ntp.style || w->s->nts_server.n_certs > 0)) {
		config_put(w, "nts tlscipherserverpreference");
	}
}

static void write_nts(const struct config_writing *w)
{
	const struct settings *s = w->s;
	const char *aead = ntpconf_aead_name(s->n_ntsaeads > 0 ? s->ntsaeads[0] : 0);

	if (s->nts_server.n_certs > 0 && s->nts_server.n_keys > 0) {
		config_put(w, "nts enable");
		config_put(w, "nts cert \"%s\"", s->nts_server.certs[0]);
		config_put(w, "nts key \"%s\"", s->nts_server.keys[0]);
		if (s->ntsdumpdir[0] != '\0') {
			config_put(w, "nts cookie \"%s/nts-keys\"", s->ntsdumpdir);
		}
	}
	for (size_t i = 0; i < s->nts_client.n_trust && s->nts_client.no_system; i++) {
		if (s->nts_client.trust[i].set == 0) {
			config_put(w, "nts ca \"%s\"", s->nts_client.trust[i].path);
		}
	}
	if (aead && s->ntsaeads[0] != CRYPTO_AEAD_SIV_256) {
		config_put(w, "nts aead %s", aead);
	}
	write_tls(w);
	if (s->nts_tls12) {
		config_put(w, "nts mintls TLS1.2");
	}
	if (s->nts_no_tls13) {
		config_put(w, "nts maxtls TLS1.2");
	}
	if (s->ntp.extra_port != 0) {
		config_put(w, "extra port %d", s->ntp.extra_port);
	}
}

int ntpconf_write(const struct settings *s, void (*line)(void *arg, const char *text), void *arg)
{
	struct settings *otherwise = settings_create();
	struct config_writing w = {.s = s, .otherwise = otherwise, .line = line, .arg = arg};
	int r = otherwise ? ntpconf_prepare(otherwise) : -ENOMEM;

	if (r == 0) {
		ntpconf_write_sources(&w);
		write_files(&w);
		write_tos(&w);
		write_tinker(&w);
		write_switches(&w);
		write_nts(&w);
		ntpconf_write_access(&w);
		write_statistics(&w);
		write_logconfig(&w);
		write_variables(&w);
	}
	settings_destroy(otherwise);
	return r;
}
