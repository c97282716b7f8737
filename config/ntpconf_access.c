/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restrict, unrestrict, limit, discard and mru of ntp.conf.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_parse.h"

/** Entries in all: each packet looks through them. */
#define ENTRIES_MAX 10000

/** Lines about names: each is looked up. */
#define NAMES_MAX 1000

/** What a client costs in the list, octets: ntpd's figure, by which memory is said. */
#define CLIENT_OCTETS 96.0
#define KIB           1024.0

/** What a client costs here, and the most that the list takes where no limit is set: its memory is
 * locked with the rest. */
#define OWN_CLIENT_OCTETS 128.0
#define LIST_MOST         (16384 * KIB)

/** Flags that older programs know, which change nothing here. */
static const char *const idle_flags[] = {"fuzz", "lowpriotrap", "noepeer", "serverresponse", NULL};

static const struct {
	const char *word;
	unsigned flag;
} flags[] = {
	{"flake", NTP_RESTRICT_FLAKE},
	{"ignore", NTP_RESTRICT_IGNORE},
	{"kod", NTP_RESTRICT_KOD},
	{"limited", NTP_RESTRICT_LIMITED},
	{"mssntp", NTP_RESTRICT_MSSNTP},
	{"nomodify", NTP_RESTRICT_NOMODIFY},
	{"nomrulist", NTP_RESTRICT_NOMRULIST},
	{"nopeer", NTP_RESTRICT_NOPEER},
	{"noquery", NTP_RESTRICT_NOQUERY},
	{"noserve", NTP_RESTRICT_NOSERVE},
	{"notrap", NTP_RESTRICT_NOTRAP},
	{"notrust", NTP_RESTRICT_NOTRUST},
	{"version", NTP_RESTRICT_VERSION},
};

/** A restrict or unrestrict line. */
struct reading {
	struct ntpconf_cursor u;
	struct settings_restrict entry;
	const char *name; /**< as written */
	bool ip4, ip6;    /**< families of "default" */
	bool is_default, is_source;
	bool is_name; /**< of a host: its addresses are not known yet */
	bool any;     /**< flags were said */
};

/** The mask of the first bits bits. */
static struct address mask_of(enum address_family family, int bits)
{
	struct address m = {.family = family};

	for (int i = 0; i < bits; i++) {
		m.ip[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return m;
}

/** ADDR or ADDR/BITS. /0 is no prefix but the host alone, as in ntpd. */
static int read_address(struct reading *r, const char *text)
{
	char host[ADDRESS_TEXT];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct address *a = &r->entry.address;
	long long bits;

	if (n >= sizeof(host)) {
		return -ENOENT;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	if (address_parse(host, a) < 0) {
		return -ENOENT;
	}
	bits = address_bits(a->family);
	if (slash && text_to_int(slash + 1, 0, bits, &bits) < 0) {
		return -EINVAL;
	}
	r->entry.mask = mask_of(a->family, bits > 0 ? (int)bits : address_bits(a->family));
	return 0;
}

/** Whether a text can be the name of a host, and no address that is written wrongly. */
static bool is_host(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  others[] = "0123456789.-_";
	bool letter = false;

	for (const char *p = text; *p; p++) {
		letter |= strchr(letters, *p) != NULL;
		if (!strchr(letters, *p) && !strchr(others, *p)) {
			return false;
		}
	}
	return letter && strlen(text) < sizeof(((struct settings_named *)NULL)->name);
}

/** -4, -6, and what the line is about. */
static int read_subject(struct reading *r)
{
	int e;

	r->ip6 = !ntpconf_take(&r->u, "-4");
	r->ip4 = !r->ip6 || !ntpconf_take(&r->u, "-6");
	r->is_default = ntpconf_take(&r->u, "default");
	r->is_source = !r->is_default && ntpconf_take(&r->u, "source");
	if (r->is_default || r->is_source) {
		r->name = r->is_default ? "default" : "source";
		return 0;
	}
	r->name = ntpconf_take_text(&r->u);
	if (!r->name) {
		return -EINVAL;
	}
	e = read_address(r, r->name);
	r->is_name = e == -ENOENT && is_host(r->name);
	if (e < 0 && !r->is_name) {
		r->u.at--;
		return ntpconf_syntax(&r->u);
	}
	return 0;
}

static int read_mask(struct reading *r)
{
	const char *text;

	if (!ntpconf_take(&r->u, "mask")) {
		return 0;
	}
	text = ntpconf_take_text(&r->u);
	if (!text) {
		return -EINVAL;
	}
	if (address_parse(text, &r->entry.mask) < 0 || r->is_default || r->is_source ||
		(!r->is_name && r->entry.mask.family != r->entry.address.family)) {
		r->u.at--;
		return ntpconf_syntax(&r->u);
	}
	return 0;
}

/** Takes a flag that changes nothing, with a number behind where it has one. */
static bool take_idle(struct reading *r)
{
	int number;
	bool limit = ntpconf_take(&r->u, "ippeerlimit");
	const char *word = limit ? "ippeerlimit" : NULL;

	if (limit) {
		ntpconf_take_int(&r->u, -1, 65535, &number);
	}
	for (int i = 0; !word && idle_flags[i]; i++) {
		word = ntpconf_take(&r->u, idle_flags[i]) ? idle_flags[i] : NULL;
	}
	if (word) {
		ntpconf_note(r->u.c, r->u.s, "restrict %s ignored", word);
	}
	return word != NULL;
}

static int read_flag(struct reading *r)
{
	const unsigned idle = NTP_RESTRICT_NOPEER | NTP_RESTRICT_NOTRAP;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!ntpconf_take(&r->u, flags[i].word)) {
			continue;
		}
		r->entry.flags |= flags[i].flag;
		if ((flags[i].flag & idle) != 0) {
			log_info(r->u.c->log, "CONFIG: restrict %s ignored", flags[i].word);
		}
		return 0;
	}
	if (ntpconf_take(&r->u, "ntpport")) {
		r->entry.ntpport = true;
		return 0;
	}
	return take_idle(r) ? 0 : ntpconf_syntax(&r->u);
}

static int read_flags(struct reading *r)
{
	int e = 0;

	while (e == 0 && ntpconf_peek(&r->u)) {
		r->any = true;
		e = read_flag(r);
	}
	return e;
}

/** The order of the list: larger addresses first, then longer masks, so that of all entries that
 * match the most specific comes first; of one subnet that of the port first. */
static int compare(const struct settings_restrict *a, const struct settings_restrict *b)
{
	int r = (int)a->address.family - (int)b->address.family;

	if (r == 0) {
		r = memcmp(b->address.ip, a->address.ip, sizeof(a->address.ip));
	}
	if (r == 0) {
		r = memcmp(b->mask.ip, a->mask.ip, sizeof(a->mask.ip));
	}
	return r != 0 ? r : (int)b->ntpport - (int)a->ntpport;
}

/** The entry for this subnet, or where one belongs. */
static size_t place_of(const struct settings_ntp *s, const struct settings_restrict *e, bool *found)
{
	size_t i = 0;

	*found = false;
	while (i < s->n_restricts && compare(&s->restricts[i], e) < 0) {
		i++;
	}
	*found = i < s->n_restricts && compare(&s->restricts[i], e) == 0;
	return i;
}

/** Adds an entry, or its flags to the one that is there. */
static int add_entry(struct settings_ntp *s, const struct settings_restrict *e)
{
	bool found;
	size_t i = place_of(s, e, &found);
	int r;

	if (found) {
		s->restricts[i].flags |= e->flags;
		return 0;
	}
	if (s->n_restricts >= ENTRIES_MAX) {
		return -ENOMEM;
	}
	r = settings_add_restrict(s, e);
	if (r == 0) {
		memmove(&s->restricts[i + 1], &s->restricts[i],
			(s->n_restricts - 1 - i) * sizeof(*e));
		s->restricts[i] = *e;
	}
	return r;
}

static bool is_default(const struct settings_restrict *e)
{
	for (size_t i = 0; i < sizeof(e->mask.ip); i++) {
		if (e->mask.ip[i] != 0) {
			return false;
		}
	}
	return !e->ntpport;
}

/** Takes flags away, or without flags the entry. */
static int clear_entry(struct settings_ntp *s, const struct settings_restrict *e, bool flags_said)
{
	bool found;
	size_t i = place_of(s, e, &found);

	if (!found) {
		return 0;
	}
	if (flags_said) {
		s->restricts[i].flags &= ~e->flags;
	} else if (!is_default(e)) {
		memmove(&s->restricts[i], &s->restricts[i + 1],
			(s->n_restricts - 1 - i) * sizeof(*e));
		s->n_restricts--;
	}
	return 0;
}

static int change(struct reading *r, struct settings_restrict e)
{
	struct settings_ntp *s = &r->u.c->settings->ntp;

	for (size_t i = 0; i < sizeof(e.mask.ip); i++) {
		e.address.ip[i] &= e.mask.ip[i];
	}
	return strcmp(r->u.s->rule->word, "restrict") == 0 ? add_entry(s, &e)
							   : clear_entry(s, &e, r->any);
}

static int change_default(struct reading *r)
{
	struct settings_restrict e = r->entry;
	int result = 0;

	if (r->ip4) {
		e.address = e.mask = (struct address){.family = ADDRESS_IP4};
		result = change(r, e);
	}
	if (result == 0 && r->ip6) {
		e.address = e.mask = (struct address){.family = ADDRESS_IP6};
		result = change(r, e);
	}
	return result;
}

static void change_source(struct reading *r)
{
	struct settings_ntp *s = &r->u.c->settings->ntp;

	s->restrict_source = strcmp(r->u.s->rule->word, "restrict") == 0;
	s->source = r->entry;
}

/** Keeps a line until somebody knows the host's addresses. rest: index of the word behind its
 * name. */
static int keep_name(const struct reading *r, size_t rest)
{
	const struct ntpconf_words *line = &r->u.s->line;
	struct settings_ntp *s = &r->u.c->settings->ntp;
	struct settings_named named = {.undo = strcmp(r->u.s->rule->word, "unrestrict") == 0,
		.ip4 = r->ip4,
		.ip6 = r->ip6};
	struct text t = text_on(named.rest, sizeof(named.rest));

	text_copy(named.name, sizeof(named.name), r->name);
	for (size_t i = rest; i < line->n; i++) {
		text_add(&t, " %s", line->words[i].text);
	}
	if (t.cut || s->n_named >= NAMES_MAX) {
		ntpconf_note(r->u.c, r->u.s, "%s: too %s, line ignored", r->name,
			t.cut ? "many words" : "many names");
		r->u.c->errors++;
		return 0;
	}
	return settings_add_named(s, &named);
}

int ntpconf_access(struct ntpconf *c, const struct ntpconf_statement *s)
{
	size_t rest;
	struct reading r = {.u = {.c = c, .s = s, .at = 1}};
	int e = read_subject(&r);

	rest = r.u.at;
	if (e == 0) {
		e = read_mask(&r);
	}
	if (e == 0) {
		e = read_flags(&r);
	}
	if (e < 0) {
		return ntpconf_go_on(e);
	}
	if ((r.entry.flags & (NTP_RESTRICT_KOD | NTP_RESTRICT_LIMITED)) == NTP_RESTRICT_KOD &&
		strcmp(s->rule->word, "restrict") == 0) {
		log_warning(c->log, "CONFIG: restrict %s: KOD does nothing without LIMITED.",
			!r.is_default || r.ip4 == r.ip6 ? r.name
			: r.ip4                         ? "0.0.0.0"
							: "::");
	}
	if (r.is_source) {
		change_source(&r);
		return 0;
	}
	if (r.is_name) {
		return keep_name(&r, rest);
	}
	return r.is_default ? change_default(&r) : change(&r, r.entry);
}

int ntpconf_limit(struct ntpconf *c, const struct ntpconf_statement *s)
{
	static const struct ntpconf_field fields[] = {
		{"average", NTPCONF_FIELD_REAL, offsetof(struct settings_limit, average), 1e-6, 1e6,
			false},
		{"burst", NTPCONF_FIELD_REAL, offsetof(struct settings_limit, burst), 1e-3, 1e6,
			false},
		{"kod", NTPCONF_FIELD_REAL, offsetof(struct settings_limit, kod), 0, 1e6, false},
		{NULL, NTPCONF_FIELD_INT, 0, 0, 0, false},
	};
	struct settings_limit *limit = &c->settings->ntp.limit;
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};

	return ntpconf_go_on(ntpconf_take_fields(&u, fields, limit, sizeof(*limit)));
}

int ntpconf_discard(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct discard {
		double average;
	} d = {.average = NAN};
	static const struct ntpconf_field fields[] = {
		{"average", NTPCONF_FIELD_REAL, offsetof(struct discard, average), 0, 20, false},
		{"minimum", NTPCONF_FIELD_INERT, 0, 0, 0, false},
		{"monitor", NTPCONF_FIELD_INERT, 0, 0, 0, false},
		{NULL, NTPCONF_FIELD_INT, 0, 0, 0, false},
	};
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_take_fields(&u, fields, &d, sizeof(d));

	if (r == 0 && !isnan(d.average)) {
		c->settings->ntp.limit.average = exp2(-d.average);
	}
	return ntpconf_go_on(r);
}

/** KiB of memory as a number of clients; negative: no limit. */
static int clients_of(double kib)
{
	return kib < 0 ? -1 : (int)fmin(kib * KIB / CLIENT_OCTETS, INT32_MAX);
}

/** The sizes of the list that were said, as the memory that the engine gives it. */
static void set_memory(struct settings *s, int maxdepth, double maxmem)
{
	double octets = !isnan(maxmem) ? maxmem * KIB : maxdepth * OWN_CLIENT_OCTETS;

	s->clientloglimit = (size_t)(octets < 0 ? LIST_MOST : fmin(octets, LIST_MOST));
}

int ntpconf_mru(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct memory {
		struct settings_mru mru;
		double maxmem, initmem, incmem; /* KiB */
	} m = {.mru = c->settings->ntp.mru, .maxmem = NAN, .initmem = NAN, .incmem = NAN};
	int before = m.mru.maxdepth;
#define INT(word, field, idle)                                                                     \
	{                                                                                          \
		word, NTPCONF_FIELD_INT, offsetof(struct memory, mru.field), -1, INT32_MAX, idle   \
	}
#define MEM(word, idle)                                                                            \
	{                                                                                          \
#word, NTPCONF_FIELD_REAL, offsetof(struct memory, word), -1e9, 1e9, idle          \
	}
	static const struct ntpconf_field fields[] = {
		INT("incalloc", incalloc, true),
		MEM(incmem, true),
		INT("initalloc", initalloc, true),
		MEM(initmem, true),
		INT("maxage", maxage, true),
		INT("maxdepth", maxdepth, false),
		MEM(maxmem, false),
		INT("minage", minage, true),
		INT("mindepth", mindepth, true),
		{NULL, NTPCONF_FIELD_INT, 0, 0, 0, false},
	};
#undef INT
#undef MEM
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	int r = ntpconf_take_fields(&u, fields, &m, sizeof(m));

	if (r < 0) {
		return ntpconf_go_on(r);
	}
	if (!isnan(m.maxmem) || m.mru.maxdepth != before) {
		set_memory(c->settings, m.mru.maxdepth, m.maxmem);
	}
	c->settings->ntp.mru = m.mru;
	if (!isnan(m.maxmem)) {
		c->settings->ntp.mru.maxdepth = clients_of(m.maxmem);
	}
	if (!isnan(m.initmem)) {
		c->settings->ntp.mru.initalloc = clients_of(m.initmem);
	}
	if (!isnan(m.incmem)) {
		c->settings->ntp.mru.incalloc = clients_of(m.incmem);
	}
	return 0;
}
