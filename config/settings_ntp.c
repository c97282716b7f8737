/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings of ntp.conf: their defaults, growth and copy, and what is looked up in them.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/settings_ntp.h"

const char *const ntp_statistics_words[] = {"clockstats", "loopstats", "ntskelog", "ntskestats",
	"ntsstats", "peerstats", "protostats", "rawstats", "sysstats", "usestats", NULL};

struct settings_ntp settings_ntp_default(void)
{
	struct settings_ntp s = {
		.tos = {.ceiling = 15,
			.minclock = 0,
			.maxclock = 10,
			.minsane = 1,
			.mindist = 0.001,
			.maxdist = 1.5,
			.maxdisp = 16.0,
			.orphan = 17,
			.orphanwait = 300.0},
		.tinker = {.allan = 11,
			.dispersion_ppm = 15,
			.freq_ppm = NAN,
			.panic = 1000,
			.stepback = 0.128,
			.stepfwd = 0.128,
			.stepout = 300},
		.limit = {.average = 1.0, .burst = 20.0, .kod = 0.5},
		.mru = {.maxdepth = 10922,
			.mindepth = 600,
			.maxage = 3600,
			.minage = 64,
			.initalloc = 42,
			.incalloc = 42},
		.stats = true,
		.logconfig = 15U << NTP_LOG_SYNC,
		.discipline = true,
		.kernel = true,
		.monitor = true,
		.nonvolatile = 1e-7,
	};

	for (int i = 0; i < NTP_STATISTICS; i++) {
		s.filegens[i].type = NTP_FILEGEN_DAY;
		s.filegens[i].link = true;
		(void)text_copy(
			s.filegens[i].file, sizeof(s.filegens[i].file), ntp_statistics_words[i]);
	}
	return s;
}

void settings_ntp_release(struct settings_ntp *s)
{
	free(s->restricts);
	free(s->named);
	free(s->trusted);
	free(s->nics);
	free(s->variables);
	s->restricts = NULL;
	s->named = NULL;
	s->trusted = NULL;
	s->nics = NULL;
	s->variables = NULL;
	s->n_restricts = s->n_named = s->n_trusted = s->n_nics = s->n_variables = 0;
}

/** Appends a copy of item, of size bytes, to the n of items. Returns 0 or -ENOMEM. */
static int append(void **items, size_t *n, const void *item, size_t size)
{
	char *p = *n < SIZE_MAX / size - 1 ? realloc(*items, (*n + 1) * size) : NULL;

	if (!p) {
		return -ENOMEM;
	}
	memcpy(p + *n * size, item, size);
	*items = p;
	(*n)++;
	return 0;
}

int settings_add_restrict(struct settings_ntp *s, const struct settings_restrict *entry)
{
	void *p = s->restricts;
	int r = append(&p, &s->n_restricts, entry, sizeof(*entry));

	s->restricts = p;
	return r;
}

int settings_add_named(struct settings_ntp *s, const struct settings_named *named)
{
	void *p = s->named;
	int r = append(&p, &s->n_named, named, sizeof(*named));

	s->named = p;
	return r;
}

int settings_add_nic(struct settings_ntp *s, const struct settings_nic *nic)
{
	void *p = s->nics;
	int r = append(&p, &s->n_nics, nic, sizeof(*nic));

	s->nics = p;
	return r;
}

int settings_add_trusted(struct settings_ntp *s, const struct settings_key_range *range)
{
	void *p = s->trusted;
	int r = append(&p, &s->n_trusted, range, sizeof(*range));

	s->trusted = p;
	return r;
}

int settings_add_variable(struct settings_ntp *s, const struct settings_variable *variable)
{
	void *p = s->variables;
	int r = append(&p, &s->n_variables, variable, sizeof(*variable));

	s->variables = p;
	return r;
}

int settings_ntp_copy(const struct settings_ntp *from, struct settings_ntp *ret)
{
	struct settings_ntp c = *from;
	int r = 0;

	c.restricts = NULL;
	c.named = NULL;
	c.trusted = NULL;
	c.nics = NULL;
	c.variables = NULL;
	c.n_restricts = c.n_named = c.n_trusted = c.n_nics = c.n_variables = 0;
	for (size_t i = 0; r == 0 && i < from->n_restricts; i++) {
		r = settings_add_restrict(&c, &from->restricts[i]);
	}
	for (size_t i = 0; r == 0 && i < from->n_named; i++) {
		r = settings_add_named(&c, &from->named[i]);
	}
	for (size_t i = 0; r == 0 && i < from->n_trusted; i++) {
		r = settings_add_trusted(&c, &from->trusted[i]);
	}
	for (size_t i = 0; r == 0 && i < from->n_nics; i++) {
		r = settings_add_nic(&c, &from->nics[i]);
	}
	for (size_t i = 0; r == 0 && i < from->n_variables; i++) {
		r = settings_add_variable(&c, &from->variables[i]);
	}
	if (r < 0) {
		settings_ntp_release(&c);
	}
	*ret = c;
	return r;
}

bool settings_trusts_key(const struct settings_ntp *s, uint32_t key)
{
	for (size_t i = 0; i < s->n_trusted; i++) {
		if (key >= s->trusted[i].first && key <= s->trusted[i].last) {
			return true;
		}
	}
	return !s->style;
}

static bool matches(const struct settings_restrict *r, const struct address *a)
{
	if (a->family != r->address.family) {
		return false;
	}
	for (int i = 0; i < address_bits(a->family) / 8; i++) {
		if ((a->ip[i] & r->mask.ip[i]) != r->address.ip[i]) {
			return false;
		}
	}
	return true;
}

const struct settings_restrict *settings_find_restrict(
	const struct settings_ntp *s, const struct address *address, uint16_t port)
{
	for (size_t i = 0; i < s->n_restricts; i++) {
		const struct settings_restrict *r = &s->restricts[i];

		if ((!r->ntpport || port == 123) && matches(r, address)) {
			return r;
		}
	}
	return NULL;
}

unsigned settings_restricts(
	const struct settings_ntp *s, const struct address *address, uint16_t port)
{
	const struct settings_restrict *r = settings_find_restrict(s, address, port);

	return r ? r->flags : 0;
}

unsigned settings_restricts_source(
	const struct settings_ntp *s, const struct address *address, uint16_t port, bool *ret_hole)
{
	const unsigned blocking = NTP_RESTRICT_IGNORE | NTP_RESTRICT_NOSERVE | NTP_RESTRICT_NOTRUST;
	unsigned flags = settings_restricts(s, address, port);

	*ret_hole = s->restrict_source && (flags & blocking) != 0 &&
		    (!s->source.ntpport || port == 123);
	return *ret_hole ? s->source.flags : flags;
}

bool settings_same_restrict(const struct settings_restrict *a, const struct settings_restrict *b)
{
	return address_equal(&a->address, &b->address) && address_equal(&a->mask, &b->mask) &&
	       a->ntpport == b->ntpport && a->flags == b->flags;
}
