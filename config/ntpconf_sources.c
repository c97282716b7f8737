/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server, pool, peer and unpeer of ntp.conf.
 *
 * An option that is not known is left out and its line kept: fewer servers would be worse than a
 * server without it. What asks for authentication that there is not drops the line instead.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_parse.h"

/** The longest poll interval, log2 s. */
#define POLL_MAX 17

/** The largest number of a key here; larger ones are not for people. */
#define KEY_MAX 65534

/** A server, pool or peer line being read. */
struct reading {
	struct ntpconf_cursor u;
	struct settings_source source;
	char ca[SETTINGS_PATH];
	const char *word; /**< the option */
};

/** One option. */
struct source_option {
	const char *word;
	/** Returns 0; -EINVAL when the line is to be left out; or as ntpconf_take_int(). */
	int (*read)(struct reading *r);
};

static int read_flag(struct reading *r)
{
	struct source_options *o = &r->source.options;
	const char *w = r->word;

	if (strcmp(w, "iburst") == 0) {
		o->iburst = true;
	} else if (strcmp(w, "burst") == 0) {
		o->burst = true;
	} else if (strcmp(w, "nts") == 0) {
		o->nts = true;
	} else if (strcmp(w, "noval") == 0) {
		o->nts_unchecked = true;
	} else if (strcmp(w, "xleave") == 0) {
		o->xleave = true;
	} else {
		o->select |= strcmp(w, "prefer") == 0     ? SELECT_PREFER
			     : strcmp(w, "noselect") == 0 ? SELECT_NOSELECT
							  : SELECT_TRUST;
	}
	return 0;
}

static int read_poll(struct reading *r)
{
	struct source_options *o = &r->source.options;
	bool low = strcmp(r->word, "minpoll") == 0;
	int v, e = ntpconf_take_int(&r->u, INT32_MIN, UINT32_MAX, &v);

	if (e < 0) {
		return e;
	}
	if (v < 0 || v > POLL_MAX) {
		log_warning(r->u.c->log, "CONFIG: %s: provided value (%d) is too %s [0-%d])",
			r->word, v, v < 0 ? "small" : "large", POLL_MAX);
		v = v < 0 ? 0 : POLL_MAX;
	}
	*(low ? &o->minpoll : &o->maxpoll) = v;
	return 0;
}

static int read_key(struct reading *r)
{
	int v, e = ntpconf_take_int(&r->u, INT32_MIN, UINT32_MAX, &v);

	if (e < 0) {
		return e;
	}
	if (v < 1 || v > KEY_MAX) {
		log_error(r->u.c->log, "CONFIG: key: invalid argument");
		r->u.c->errors++;
		return -EINVAL;
	}
	r->source.options.key = (uint32_t)v;
	return 0;
}

static int read_version(struct reading *r)
{
	int v, e = ntpconf_take_int(&r->u, 0, 254, &v);

	if (e == 0 && v >= 1 && v <= 4) {
		r->source.options.version = v;
	} else if (e == 0) {
		ntpconf_note(r->u.c, r->u.s, "there is no NTP version %d, 4 is used", v);
	}
	return e;
}

static int read_bias(struct reading *r)
{
	double v;
	int e = ntpconf_take_real(&r->u, &v);

	if (e == 0 && (v < -SOURCE_OFFSET_MAX || v > SOURCE_OFFSET_MAX)) {
		r->u.at--;
		return ntpconf_syntax(&r->u);
	}
	if (e == 0) {
		r->source.options.offset = v;
	}
	return e;
}

static int read_ca(struct reading *r)
{
	const char *path = ntpconf_take_text(&r->u);

	if (!path || text_copy(r->ca, sizeof(r->ca), path) < 0) {
		return -EINVAL;
	}
	return 0;
}

/** There are no certificates of clients in NTS. */
static int read_cert(struct reading *r)
{
	const char *path = ntpconf_take_text(&r->u);

	log_warning(r->u.c->log, "CONFIG: Unknown peer/server option token T_Cert");
	return path ? 0 : -EINVAL;
}

static int read_aead(struct reading *r)
{
	const char *name = ntpconf_take_text(&r->u);
	uint16_t number = name ? ntpconf_aead(name) : 0;

	if (name && number == 0) {
		log_error(r->u.c->log, "CONFIG: Invalid AEAD parameter: %s", name);
		r->u.c->errors++;
		return -EINVAL;
	}
	r->source.options.nts_aead = number;
	return name ? 0 : -EINVAL;
}

/** Only reference clocks have a use for it. */
static int read_number(struct reading *r)
{
	double v;

	return ntpconf_take_real(&r->u, &v);
}

static int ignore_flag(struct reading *r)
{
	ntpconf_note(r->u.c, r->u.s, "%s is not supported, ignored", r->word);
	return 0;
}

static int ignore_number(struct reading *r)
{
	ignore_flag(r);
	return read_number(r);
}

static int refuse(struct reading *r)
{
	log_error(r->u.c->log, "CONFIG: %s line %d: Autokey not supported, %s is left out",
		r->u.s->file, r->u.s->number, r->source.options.name);
	r->u.c->errors++;
	return -EINVAL;
}

static const struct source_option options[] = {
	{"aead", read_aead},
	{"autokey", refuse},
	{"bias", read_bias},
	{"burst", read_flag},
	{"ca", read_ca},
	{"cert", read_cert},
	{"iburst", read_flag},
	{"key", read_key},
	{"maxpoll", read_poll},
	{"minpoll", read_poll},
	{"mode", read_number},
	{"noselect", read_flag},
	{"noval", read_flag},
	{"nts", read_flag},
	{"preempt", ignore_flag},
	{"prefer", read_flag},
	{"subtype", read_number},
	{"true", read_flag},
	{"ttl", ignore_number},
	{"version", read_version},
	{"xleave", read_flag},
	{"xmtnonce", ignore_flag},
	{NULL, NULL},
};

static const struct source_option *find(const char *word)
{
	for (const struct source_option *o = options; o->word; o++) {
		if (strcmp(o->word, word) == 0) {
			return o;
		}
	}
	return NULL;
}

/** Says what is wrong with the word to be looked at, and passes it with a number behind. */
static void skip_unknown(struct reading *r)
{
	const struct ntpconf_word *w = ntpconf_peek(&r->u);
	struct text_nearest nearest = text_nearest_to(w->text);
	char message[LOG_MESSAGE];
	struct text t = text_on(message, sizeof(message));
	double number;

	ntpconf_syntax(&r->u);
	text_add(&t, "%s is no option and left out", w->text);
	for (const struct source_option *o = options; o->word; o++) {
		text_nearest_offer(&nearest, o->word);
	}
	text_add_nearest(&t, &nearest);
	ntpconf_note(r->u.c, r->u.s, "%s", message);
	r->u.at++;
	w = ntpconf_peek(&r->u);
	if (w && ntpconf_real(w, &number) == 0) {
		r->u.at++;
	}
}

static int read_options(struct reading *r)
{
	const struct ntpconf_word *w;
	int e = 0;

	while (e == 0 && (w = ntpconf_peek(&r->u)) != NULL) {
		const struct source_option *o = w->quoted || w->mark ? NULL : find(w->text);

		if (!o) {
			skip_unknown(r);
			continue;
		}
		r->u.at++;
		r->word = o->word;
		e = o->read(r);
	}
	return e;
}

/** Cuts the port of key establishment off a name: host:port, a.b.c.d:port, [v6]:port; and the
 * brackets off an address. */
static int split_port(struct reading *r)
{
	struct source_options *o = &r->source.options;
	bool bracket = o->name[0] == '[';
	char *end = bracket ? strchr(o->name, ']') : NULL;
	char *colon = bracket ? end : strchr(o->name, ':');
	long long port;

	if (bracket) {
		if (!end) {
			return -EINVAL;
		}
		memmove(o->name, o->name + 1, strlen(o->name));
		colon = end - 1;
		*colon++ = '\0';
		colon = *colon == ':' ? colon : NULL;
	} else if (colon && strchr(colon + 1, ':')) {
		colon = NULL; /* IPv6 */
	}
	if (!colon) {
		return 0;
	}
	if (!o->nts || text_to_int(colon + 1, 1, 65535, &port) < 0) {
		return -EINVAL;
	}
	*colon = '\0';
	o->nts_port = (int)port;
	return o->name[0] != '\0' ? 0 : -EINVAL;
}

/** Whether the name is an address to which no request can go, or one of a host's own that ntpd asks
 * nothing. */
static bool is_no_host(const char *name)
{
	static const uint8_t local[4] = {127, 0, 0, 1};
	struct address a;

	if (address_parse(name, &a) < 0) {
		return false;
	}
	return address_is_not_unicast(&a) || (a.family == ADDRESS_IP4 && a.ip[0] == 127 &&
						     memcmp(a.ip, local, sizeof(local)) != 0);
}

static bool is_duplicate(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_sources; i++) {
		if (text_same_word(s->sources[i].options.name, name)) {
			return true;
		}
	}
	return false;
}

/** The set of the certificates of a file or directory, for `ca`. */
static int make_set(struct ntpconf *c, const char *path, uint32_t *ret)
{
	const struct settings_nts_client *n = &c->settings->nts_client;
	struct settings_trust trust = {.set = c->sets + 1};
	int r;

	for (size_t i = 0; i < n->n_trust; i++) {
		if (n->trust[i].set > 0 && strcmp(n->trust[i].path, path) == 0) {
			*ret = n->trust[i].set;
			return 0;
		}
	}
	text_copy(trust.path, sizeof(trust.path), path);
	r = settings_add_trust(c->settings, &trust);
	if (r == 0) {
		*ret = ++c->sets;
	}
	return r;
}

/**
 * A peer is one where its options say that the other side knows of it: it shares a key, or
 * interleaves. Whoever else may send as a peer could be anybody, so that the host is only asked,
 * as NTPsec does with all peers; and NTS is for asking only.
 */
static void choose_mode(struct reading *r)
{
	struct source_options *o = &r->source.options;

	if ((o->key != 0 || o->xleave) && !o->nts) {
		o->kind = SOURCE_PEER;
	} else {
		log_warning(r->u.c->log, "CONFIG: peer deprecated, treated as server: %s", o->name);
	}
}

/** Adds what was read. */
static int add(struct reading *r)
{
	struct ntpconf *c = r->u.c;
	struct source_options *o = &r->source.options;
	int e = 0;

	if (is_no_host(o->name)) {
		log_error(c->log, "CONFIG: attempt to configure invalid address %s", o->name);
		c->errors++;
		return 0;
	}
	if (is_duplicate(c->settings, o->name)) {
		log_warning(c->log, "CONFIG: configpeers: Ignoring duplicate '%s'", o->name);
		return 0;
	}
	if (o->nts && !crypto_has_tls(crypto_backends[0])) {
		log_error(c->log, "CONFIG: %s line %d: nts is not in this build, %s is left out",
			r->u.s->file, r->u.s->number, o->name);
		c->errors++;
		return 0;
	}
	if (strcmp(r->u.s->rule->word, "peer") == 0) {
		choose_mode(r);
	}
	if (o->nts && r->ca[0] != '\0') {
		e = make_set(c, r->ca, &o->certset);
	}
	source_options_clamp(o);
	return e < 0 ? e : settings_add_source(c->settings, &r->source);
}

/** -4 or -6, and the name. */
static int read_name(struct reading *r)
{
	struct source_options *o = &r->source.options;
	const char *name;

	o->ip4_only = ntpconf_take(&r->u, "-4");
	o->ip6_only = !o->ip4_only && ntpconf_take(&r->u, "-6");
	name = ntpconf_take_text(&r->u);
	if (!name) {
		return -EINVAL;
	}
	for (const char *p = name; *p; p++) {
		if (*p <= ' ' || *p > '~') {
			r->u.at--;
			return ntpconf_syntax(&r->u);
		}
	}
	if (name[0] == '\0' || text_copy(o->name, sizeof(o->name), name) < 0) {
		r->u.at--;
		return ntpconf_syntax(&r->u);
	}
	return 0;
}

int ntpconf_source(struct ntpconf *c, const struct ntpconf_statement *s)
{
	bool pool = strcmp(s->rule->word, "pool") == 0;
	struct reading r = {.u = {.c = c, .s = s, .at = 1},
		.source.options = source_options_default(pool ? SOURCE_POOL : SOURCE_SERVER)};
	struct text origin = text_on(r.source.origin, sizeof(r.source.origin));
	int type, unit, e = read_name(&r);

	text_add(&origin, "%s:%d", s->file, s->number);
	if (e < 0) {
		return ntpconf_go_on(e);
	}
	if (ntpconf_clock_address(r.source.options.name, &type, &unit) == 0) {
		return ntpconf_go_on(ntpconf_add_clock(&r.u, type, unit));
	}
	e = read_options(&r);
	if (e == 0 && split_port(&r) < 0) {
		r.u.at = 1;
		e = ntpconf_syntax(&r.u);
	}
	return ntpconf_go_on(e == 0 ? add(&r) : e);
}

/** Takes source i away. */
static void remove_source(struct settings *s, size_t i)
{
	memmove(&s->sources[i], &s->sources[i + 1], (s->n_sources - i - 1) * sizeof(s->sources[0]));
	s->n_sources--;
}

static void remove_clock(struct settings *s, int type, int unit)
{
	for (size_t i = s->n_refclocks; i-- > 0;) {
		if (s->refclocks[i].fudge.type != type || s->refclocks[i].fudge.unit != unit) {
			continue;
		}
		memmove(&s->refclocks[i], &s->refclocks[i + 1],
			(s->n_refclocks - i - 1) * sizeof(s->refclocks[0]));
		s->n_refclocks--;
	}
}

int ntpconf_unpeer(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const char *name;
	int type, unit;

	if (ntpconf_take(&u, "clock")) {
		name = ntpconf_take_text(&u);
		type = name ? ntpconf_driver_type(name) : 0;
		unit = 0;
		if (!name ||
			(ntpconf_take(&u, "unit") && ntpconf_take_int(&u, 0, 255, &unit) < 0)) {
			return 0;
		}
		remove_clock(c->settings, type, unit);
		return 0;
	}
	if (!ntpconf_take(&u, "-4")) {
		ntpconf_take(&u, "-6");
	}
	name = ntpconf_take_text(&u);
	if (!name || ntpconf_done(&u) < 0) {
		return 0;
	}
	if (ntpconf_clock_address(name, &type, &unit) == 0) {
		remove_clock(c->settings, type, unit);
	}
	for (size_t i = c->settings->n_sources; i-- > 0;) {
		if (text_same_word(c->settings->sources[i].options.name, name)) {
			remove_source(c->settings, i);
		}
	}
	return 0;
}
