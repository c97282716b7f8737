/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources, reference clocks, restrictions and interfaces as lines of ntp.conf.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/option.h"
#include "common/text.h"
#include "config/ntpconf_clocks.h"
#include "config/ntpconf_write.h"
#include "config/writing.h"

static void add_real(struct text *t, const char *word, double v)
{
	text_add(t, " %s ", word);
	option_write_real(v, t);
}

static void add_select(struct text *t, unsigned select)
{
	text_add(t, "%s%s%s", (select & SELECT_PREFER) != 0 ? " prefer" : "",
		(select & SELECT_NOSELECT) != 0 ? " noselect" : "",
		(select & SELECT_TRUST) != 0 ? " true" : "");
}

static const char *trust_path(const struct settings *s, uint32_t set)
{
	for (size_t i = 0; i < s->nts_client.n_trust; i++) {
		if (s->nts_client.trust[i].set == set) {
			return s->nts_client.trust[i].path;
		}
	}
	return NULL;
}

static void add_nts(const struct config_writing *w, const struct source_options *o, struct text *t)
{
	const char *ca = o->certset != 0 ? trust_path(w->s, o->certset) : NULL;

	text_add(t, " nts");
	if (ca) {
		text_add(t, " ca \"%s\"", ca);
	}
	if (o->nts_aead != 0 && w->s->n_ntsaeads > 0 && o->nts_aead != w->s->ntsaeads[0] &&
		ntpconf_aead_name(o->nts_aead)) {
		text_add(t, " aead %s", ntpconf_aead_name(o->nts_aead));
	}
	if (o->nts_unchecked) {
		text_add(t, " noval");
	}
}

static void write_source(const struct config_writing *w, const struct source_options *o)
{
	static const char *const words[] = {
		[SOURCE_SERVER] = "server", [SOURCE_PEER] = "peer", [SOURCE_POOL] = "pool"};
	const struct source_options otherwise = source_options_default(o->kind);
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));
	bool port = o->nts && o->nts_port != otherwise.nts_port;
	bool brackets = port && strchr(o->name, ':');
	const char *quote = ntpconf_quote(o->name);

	text_add(&t, "%s%s %s%s%s%s", words[o->kind],
		o->ip4_only   ? " -4"
		: o->ip6_only ? " -6"
			      : "",
		quote, brackets ? "[" : "", o->name, brackets ? "]" : "");
	if (port) {
		text_add(&t, ":%d", o->nts_port);
	}
	text_add(&t, "%s%s%s%s", quote, o->iburst ? " iburst" : "", o->burst ? " burst" : "",
		o->xleave ? " xleave" : "");
	add_select(&t, o->select);
	if (o->minpoll != otherwise.minpoll) {
		text_add(&t, " minpoll %d", o->minpoll);
	}
	if (o->maxpoll != otherwise.maxpoll) {
		text_add(&t, " maxpoll %d", o->maxpoll);
	}
	if (o->key != 0) {
		text_add(&t, " key %u", o->key);
	}
	if (o->version != otherwise.version) {
		text_add(&t, " version %d", o->version);
	}
	if (o->offset != 0.0) {
		add_real(&t, "bias", o->offset);
	}
	if (o->nts) {
		add_nts(w, o, &t);
	}
	w->line(w->arg, buffer);
}

/** The reference ID in characters, when it has only such. */
static void add_refid(struct text *t, uint32_t id)
{
	char text[5] = "";

	for (int i = 0; i < 4; i++) {
		text[i] = (char)(id >> (24 - 8 * i));
	}
	if (text[0] > ' ' && text[0] < 0x7f && strpbrk(text, " \"") == NULL) {
		text_add(t, " refid %s", text);
	}
}

/** What the clock's line says of its device. */
static void add_device(struct text *t, const struct settings_refclock *k)
{
	if (k->fudge.mode != 0) {
		text_add(t, " mode %d", k->fudge.mode);
	}
	if (k->fudge.baud != 0) {
		text_add(t, " baud %d", k->fudge.baud);
	}
	if (k->fudge.path[0] != '\0') {
		text_add(t, " path \"%s\"", k->fudge.path);
	}
	if (k->fudge.ppspath[0] != '\0') {
		text_add(t, " ppspath \"%s\"", k->fudge.ppspath);
	}
}

/** by_time2: what corrects this clock is time2, and time1 something else. */
static void add_corrections(struct text *t, const struct settings_refclock *k, bool by_time2)
{
	double other = by_time2 ? k->fudge.time1 : k->fudge.time2;

	if (k->offset != 0.0) {
		add_real(t, by_time2 ? "time2" : "time1", k->offset);
	}
	if (!isnan(other)) {
		add_real(t, by_time2 ? "time1" : "time2", other);
	}
}

/** The same of one that a chrony.conf says by its path and what follows that. */
static void add_path(struct text *t, const struct settings_refclock *k, int type)
{
	const char *baud = strstr(k->parameter, ":baud=");
	const char *word = type == NTP_CLOCK_PPS ? "ppspath" : "path";

	if (k->fudge.type != 0 ||
		(type != NTP_CLOCK_PPS && type != NTP_CLOCK_NMEA && type != NTP_CLOCK_SOCK)) {
		return;
	}
	text_add(t, " %s \"%.*s\"", word, (int)strcspn(k->parameter, ":"), k->parameter);
	if (baud) {
		text_add(t, " baud %.*s", (int)strspn(baud + 6, "0123456789"), baud + 6);
	}
	if (ntpconf_kinds_mode(k->parameter) != 0) {
		text_add(t, " mode %d", ntpconf_kinds_mode(k->parameter));
	}
}

/** The mode of shared memory that a chrony.conf keeps to itself, as it does all. */
static void add_private(struct text *t, const struct settings_refclock *k, int type, int unit)
{
	if (k->fudge.type == 0 && type == NTP_CLOCK_SHM && unit >= NTPCONF_PRIVATE_UNITS &&
		!strstr(k->parameter, ":perm=")) {
		text_add(t, " mode 1");
	}
}

/** Flags of one that a chrony.conf says. */
static void add_flags_of(struct text *t, const struct settings_refclock *k, int type)
{
	const char *limit = strstr(k->parameter, ":limit=");

	if (k->fudge.type == 0 && type == NTP_CLOCK_SHM && limit) {
		limit += strlen(":limit=");
		text_add(t, " flag1 1 time2 %.*s", (int)strcspn(limit, ":"), limit);
	}
	if (k->fudge.type == 0 && type == NTP_CLOCK_PPS && strstr(k->parameter, ":clear")) {
		text_add(t, " flag2 1");
	}
	if (k->fudge.type == 0 && type == NTP_CLOCK_NMEA && strstr(k->parameter, ":hide")) {
		text_add(t, " flag4 1");
	}
}

/** Whether a clock is the one that is served when nothing else is left. */
static bool falls_back(const struct settings *s, const struct settings_refclock *k)
{
	const struct settings_local *l = &s->local;

	return strcmp(k->driver, "LOCAL") == 0 && (k->select & SELECT_NOSELECT) != 0 && l->on &&
	       !l->orphan && l->stratum == k->stratum + 1;
}

static void write_clock(const struct config_writing *w, const struct settings_refclock *k)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));
	int type, unit;

	/* Flag1 of another one says this one. */
	if (k->fudge.paired || ntpconf_clock_of(k, &type, &unit) < 0) {
		return;
	}
	text_add(&t, "server 127.127.%d.%d", type, unit);
	/* One that serves when nothing else is left is not selected before. */
	add_select(&t, falls_back(w->s, k) ? k->select & ~(unsigned)SELECT_NOSELECT : k->select);
	if (k->poll != 6) {
		text_add(&t, " minpoll %d", k->poll);
	}
	add_device(&t, k);
	add_path(&t, k, type);
	add_private(&t, k, type, unit);
	w->line(w->arg, buffer);
	t = text_on(buffer, sizeof(buffer));
	text_add(&t, "fudge 127.127.%d.%d stratum %d", type, unit, k->stratum);
	add_corrections(&t, k, type == NTP_CLOCK_NMEA || ntpconf_by_time2(&k->fudge));
	add_refid(&t, k->stratum == 0 ? k->refid : k->fudge.refid);
	for (unsigned i = 0; i < 4; i++) {
		if ((k->fudge.flags_said & 1U << i) != 0) {
			text_add(&t, " flag%u %u", i + 1, k->fudge.flags >> i & 1);
		}
	}
	add_flags_of(&t, k, type);
	w->line(w->arg, buffer);
}

void ntpconf_write_sources(const struct config_writing *w)
{
	const struct settings_local *l = &w->s->local;

	for (size_t i = 0; i < w->s->n_sources; i++) {
		write_source(w, &w->s->sources[i].options);
	}
	for (size_t i = 0; i < w->s->n_refclocks; i++) {
		write_clock(w, &w->s->refclocks[i]);
	}
	/* The local clock of a chrony.conf is a clock here. */
	if (!w->s->ntp.style && l->on && !l->orphan && w->s->n_refclocks == 0) {
		config_put(w, "server 127.127.1.0");
		config_put(w, "fudge 127.127.1.0 stratum %d", l->stratum - 1);
	}
}

/** The words of a set of enum ntp_restrict, a blank before each. */
static void add_flags(struct text *t, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {{NTP_RESTRICT_IGNORE, "ignore"}, {NTP_RESTRICT_NOSERVE, "noserve"},
		{NTP_RESTRICT_NOTRUST, "notrust"}, {NTP_RESTRICT_VERSION, "version"},
		{NTP_RESTRICT_NOPEER, "nopeer"}, {NTP_RESTRICT_LIMITED, "limited"},
		{NTP_RESTRICT_KOD, "kod"}, {NTP_RESTRICT_NOQUERY, "noquery"},
		{NTP_RESTRICT_NOMODIFY, "nomodify"}, {NTP_RESTRICT_NOTRAP, "notrap"},
		{NTP_RESTRICT_MSSNTP, "mssntp"}, {NTP_RESTRICT_FLAKE, "flake"},
		{NTP_RESTRICT_NOMRULIST, "nomrulist"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((flags & words[i].flag) != 0) {
			text_add(t, " %s", words[i].word);
		}
	}
}

static bool is_zero(const struct address *a)
{
	static const uint8_t zero[16];

	return memcmp(a->ip, zero, sizeof(zero)) == 0;
}

static void write_restrict(const struct config_writing *w, const struct settings_restrict *r)
{
	char buffer[WRITING_LINE], address[ADDRESS_TEXT], mask[ADDRESS_TEXT];
	struct text t = text_on(buffer, sizeof(buffer));
	unsigned built_in = NTP_RESTRICT_NOQUERY | NTP_RESTRICT_LIMITED;

	if (is_zero(&r->mask) && !r->ntpport) {
		const char *family = r->mask.family == ADDRESS_IP4 ? "-4" : "-6";

		text_add(&t, "unrestrict %s default", family);
		add_flags(&t, built_in & ~r->flags);
		if ((built_in & ~r->flags) != 0) {
			w->line(w->arg, buffer);
		}
		t = text_on(buffer, sizeof(buffer));
		text_add(&t, "restrict %s default", family);
	} else {
		address_format(&r->address, address, sizeof(address));
		address_format(&r->mask, mask, sizeof(mask));
		text_add(&t, "restrict %s mask %s%s", address, mask, r->ntpport ? " ntpport" : "");
	}
	add_flags(&t, r->flags);
	w->line(w->arg, buffer);
}

/** The mask of the first bits bits. */
static struct address mask_of(enum address_family family, int bits)
{
	struct address m = {.family = family};

	for (int i = 0; i < bits; i++) {
		m.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return m;
}

/** Whether a later rule takes the place of rule i. */
static bool is_overridden(const struct settings *s, size_t i)
{
	const struct settings_access *a = &s->access[i];

	for (size_t j = i + 1; j < s->n_access; j++) {
		const struct settings_access *b = &s->access[j];
		bool same = b->bits == a->bits && address_equal(&a->prefix, &b->prefix);

		if (same || b->prefix.family == ADDRESS_NONE ||
			(b->all && b->bits <= a->bits &&
				address_in_prefix(&a->prefix, &b->prefix, b->bits))) {
			if (same || b->all) {
				return true;
			}
		}
	}
	return false;
}

/** allow and deny as restrictions: who is not allowed is not served. */
static void write_rules(const struct config_writing *w)
{
	static const enum address_family families[] = {ADDRESS_IP4, ADDRESS_IP6};
	const struct settings *s = w->s;
	unsigned limited = s->ratelimit.on ? NTP_RESTRICT_LIMITED : 0;
	unsigned kod = s->ratelimit.on && s->ratelimit.kod > 0 ? NTP_RESTRICT_KOD : 0;
	unsigned mssntp = s->ntpsigndsocket[0] != '\0' ? NTP_RESTRICT_MSSNTP : 0;
	unsigned flags[2];

	for (size_t f = 0; f < 2; f++) {
		flags[f] = NTP_RESTRICT_NOQUERY | NTP_RESTRICT_NOSERVE | limited | kod | mssntp;
		for (size_t i = 0; i < s->n_access; i++) {
			const struct settings_access *a = &s->access[i];

			if (a->prefix.family != ADDRESS_NONE &&
				(a->prefix.family != families[f] || a->bits > 0)) {
				continue;
			}
			flags[f] |= NTP_RESTRICT_NOSERVE;
			if (a->allow) {
				flags[f] &= ~(unsigned)NTP_RESTRICT_NOSERVE;
			}
		}
	}
	for (size_t i = 0; i < s->n_access; i++) {
		const struct settings_access *a = &s->access[i];
		unsigned rest =
			flags[a->prefix.family == ADDRESS_IP6] & ~(unsigned)NTP_RESTRICT_NOSERVE;
		struct settings_restrict r = {.address = a->prefix,
			.mask = mask_of(a->prefix.family, a->bits),
			.flags = a->allow ? rest : rest | NTP_RESTRICT_NOSERVE};

		if (a->bits > 0 && !is_overridden(s, i)) {
			write_restrict(w, &r);
		}
	}
	for (size_t f = 0; f < 2; f++) {
		struct settings_restrict r = {.flags = flags[f]};

		r.address.family = r.mask.family = families[f];
		write_restrict(w, &r);
	}
}

static void write_nics(const struct config_writing *w)
{
	static const char *const actions[] = {"listen", "ignore", "drop"};
	static const char *const matches[] = {"all", "ipv4", "ipv6", "wildcard"};

	for (size_t i = 0; i < w->s->ntp.n_nics; i++) {
		const struct settings_nic *n = &w->s->ntp.nics[i];
		char address[ADDRESS_TEXT];

		address_format(&n->address, address, sizeof(address));
		if (n->match == NTP_NIC_ADDRESS) {
			config_put(w, "interface %s %s/%d", actions[n->action], address, n->bits);
		} else {
			const char *quote = n->match == NTP_NIC_NAME ? "\"" : "";

			config_put(w, "interface %s %s%s%s", actions[n->action], quote,
				n->match == NTP_NIC_NAME ? n->name : matches[n->match], quote);
		}
	}
}

static void write_restrict_source(const struct config_writing *w)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (w->s->ntp.restrict_source) {
		text_add(&t, "restrict source");
		if (w->s->ntp.source.ntpport) {
			text_add(&t, " ntpport");
		}
		add_flags(&t, w->s->ntp.source.flags);
		w->line(w->arg, buffer);
	}
}

static void write_named(const struct config_writing *w, const struct settings_named *n)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));
	const char *family = n->ip4 == n->ip6 ? "" : n->ip4 ? " -4" : " -6";

	text_add(&t, "%s%s %s%s", n->undo ? "unrestrict" : "restrict", family, n->name, n->rest);
	w->line(w->arg, buffer);
}

void ntpconf_write_access(const struct config_writing *w)
{
	const struct settings_limit *l = &w->s->ntp.limit, o = settings_ntp_default().limit;
	double average = w->s->ntp.style ? l->average : exp2(-w->s->ratelimit.interval);
	double burst = w->s->ntp.style ? l->burst : w->s->ratelimit.burst / average;
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));

	if (w->s->ntp.style) {
		for (size_t i = 0; i < w->s->ntp.n_restricts; i++) {
			write_restrict(w, &w->s->ntp.restricts[i]);
		}
		for (size_t i = 0; i < w->s->ntp.n_named; i++) {
			write_named(w, &w->s->ntp.named[i]);
		}
		write_restrict_source(w);
	} else {
		write_rules(w);
	}
	if (w->s->ratelimit.on && (average != o.average || burst != o.burst || l->kod != o.kod)) {
		text_add(&t, "limit");
		add_real(&t, "average", average);
		add_real(&t, "burst", burst);
		if (l->kod != o.kod) {
			add_real(&t, "kod", l->kod);
		}
		w->line(w->arg, buffer);
	}
	write_nics(w);
}
