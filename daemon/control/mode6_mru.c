/* SPDX-License-Identifier: BSD-2-Clause */
/* Nonces, and the list of clients that they open: the oldest first, from where the client is. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/control/mode6.h"
#include "daemon/control/mode6_kernel.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/serve.h"

#define FRAGS_MAX 128
#define LIMIT_MAX 256
/* Clients asked of the log at once. */
#define CHUNK 64
/* Places that a client may say it has come to. */
#define RESTARTS 16
/* Room that an entry takes at most, and the lines at the end. */
#define ENTRY 320
#define TAIL  80

/* What a list is asked for. */
struct query {
	struct span nonce;
	long long frags, limit, recent; /* 0: not said */
	long long mincount, mindrop;
	double minscore;
	unsigned resall, resany;
	double maxlstint, minlstint; /* s; negative: not said */
	struct {
		struct span address;
		uint64_t last; /* NTP timestamp */
	} restarts[RESTARTS];
	bool restarted;
};

/* A nonce for the client of a call. False where there is no randomness. */
static bool make_nonce(struct mode6_call *c, char ret[MODE6_NONCE_TEXT])
{
	struct mode6 *m = c->m;
	struct kernel *k = m->env->kernel;
	uint8_t key[SIPHASH_KEY];

	if (mode6_nonce_old(&m->nonces, mode6_now(m))) {
		if (k->ops->random(k, key, sizeof(key)) < 0)
			return false;
		mode6_nonce_rekey(&m->nonces, key, mode6_now(m));
	}
	mode6_nonce_make(
		&m->nonces, &c->client->peer, instant_to_ntp(clock_now(m->env->clock).system), ret);
	return true;
}

int mode6_request_nonce(struct mode6_call *c)
{
	char nonce[MODE6_NONCE_TEXT];

	if (!make_nonce(c, nonce))
		return MODE6_SILENCE;
	mode6_text_add(&c->text, "nonce=%s", nonce);
	mode6_text_end(&c->text);
	return MODE6_FINE;
}

/* Copies a span that is short enough. */
static bool copy(struct span s, char *ret, size_t room)
{
	if (s.n >= room)
		return false;
	if (s.n > 0)
		memcpy(ret, s.p, s.n);
	ret[s.n] = '\0';
	return true;
}

static bool read_number(struct span s, long long min, long long max, long long *ret)
{
	char text[24];

	return s.n > 0 && copy(s, text, sizeof(text)) && text_to_int(text, min, max, ret) == 0;
}

static bool read_real(struct span s, double *ret)
{
	char text[32];

	return s.n > 0 && copy(s, text, sizeof(text)) && text_to_real(text, ret) == 0;
}

/* "0x20" or "32". */
static bool read_mask(struct span s, unsigned *ret)
{
	char text[16], *end;
	unsigned long v;

	if (s.n == 0 || !copy(s, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
		return false;
	v = strtoul(text, &end, 0);
	*ret = (unsigned)v;
	return *end == '\0' && v <= UINT16_MAX;
}

/* "0xeeae872f.9d3a6d7e" */
static bool read_stamp(struct span s, uint64_t *ret)
{
	char text[24], *end;
	unsigned long long high, low;

	if (!copy(s, text, sizeof(text)) || strncmp(text, "0x", 2) != 0)
		return false;
	high = strtoull(text, &end, 16);
	if (*end != '.' || end[1] == '\0' || strchr("+- ", end[1]) != NULL)
		return false;
	low = strtoull(end + 1, &end, 16);
	*ret = high << 32 | low;
	return *end == '\0' && high <= UINT32_MAX && low <= UINT32_MAX;
}

/* addr.i and last.i: false for what is none. */
static bool read_restart(struct span name, struct span value, struct query *q)
{
	struct span digits = {name.p + 5, name.n > 5 ? name.n - 5 : 0};
	long long i;

	if (!read_number(digits, 0, RESTARTS - 1, &i))
		return false;
	q->restarted = true;
	if (memcmp(name.p, "addr.", 5) == 0) {
		q->restarts[i].address = value;
		return true;
	}
	return memcmp(name.p, "last.", 5) == 0 && read_stamp(value, &q->restarts[i].last);
}

static bool read_parameter(struct span name, struct span value, struct query *q)
{
	const long long most = INT64_MAX;

	if (mode6_is(name, "nonce")) {
		q->nonce = value;
		return true;
	}
	if (mode6_is(name, "frags"))
		return read_number(value, 1, FRAGS_MAX, &q->frags);
	if (mode6_is(name, "limit"))
		return read_number(value, 1, most, &q->limit);
	if (mode6_is(name, "recent"))
		return read_number(value, 1, most, &q->recent);
	if (mode6_is(name, "mincount"))
		return read_number(value, 0, most, &q->mincount);
	if (mode6_is(name, "mindrop"))
		return read_number(value, 0, most, &q->mindrop);
	if (mode6_is(name, "minscore"))
		return read_real(value, &q->minscore);
	if (mode6_is(name, "resall"))
		return read_mask(value, &q->resall);
	if (mode6_is(name, "resany"))
		return read_mask(value, &q->resany);
	if (mode6_is(name, "maxlstint"))
		return read_real(value, &q->maxlstint);
	if (mode6_is(name, "minlstint"))
		return read_real(value, &q->minlstint);
	return name.n == 0 || read_restart(name, value, q);
}

/* The nonce comes first: who has none learns nothing, not even what is wrong. */
static int read_query(struct mode6_call *c, struct query *q)
{
	uint64_t now = instant_to_ntp(clock_now(c->m->env->clock).system);
	struct span rest = c->q->data, name, value;
	bool good = true;

	*q = (struct query){.maxlstint = -1, .minlstint = -1};
	while (mode6_next(&rest, &name, &value))
		good = read_parameter(name, value, q) && good;
	if (!mode6_nonce_good(&c->m->nonces, &c->client->peer, now, q->nonce))
		return MODE6_SILENCE;
	c->proved = true;
	if (c->client->restricts & NTP_RESTRICT_NOMRULIST)
		return MODE6_PERMISSION;
	if (!good || (q->frags == 0 && (q->limit == 0 || q->limit > LIMIT_MAX)))
		return MODE6_BAD_VALUE;
	return MODE6_FINE;
}

/* "192.0.2.1:123" or "[2001:db8::1]:123" */
static bool read_endpoint(struct span s, struct address *ret)
{
	char text[ENDPOINT_TEXT], *p = text, *end;

	if (!copy(s, text, sizeof(text)))
		return false;
	end = strrchr(text, ':');
	if (end == NULL)
		return false;
	if (*p == '[') {
		p++;
		if (end[-1] != ']')
			return false;
		end--;
	}
	*end = '\0';
	return address_parse(p, ret) == 0;
}

/* Where to go on: the first place of the client's that is still as it says. */
static bool find_restart(
	const struct mode6 *m, const struct query *q, struct clients *log, struct clients_seen *ret)
{
	for (size_t i = 0; i < RESTARTS; i++) {
		struct address a;

		if (q->restarts[i].address.n > 0 && read_endpoint(q->restarts[i].address, &a) &&
			clients_seen_find(log, &a, mode6_now(m), ret) &&
			instant_to_ntp(ret->last) == q->restarts[i].last)
			return true;
	}
	return false;
}

/* What is kept from a client; and whether it was too fast with its last request, and told so. */
static unsigned restricts_of(const struct mode6 *m, const struct clients_seen *s)
{
	const struct settings_restrict *r =
		settings_find_restrict(&m->env->settings->ntp, &s->address, s->port);

	unsigned flags = r == NULL ? 0 : r->flags;

	flags &= ~(unsigned)(NTP_RESTRICT_LIMITED | NTP_RESTRICT_KOD);
	return flags | (s->over ? NTP_RESTRICT_LIMITED : 0U) | (s->told ? NTP_RESTRICT_KOD : 0U);
}

static bool is_wanted(
	const struct query *q, const struct clients_seen *s, unsigned restricts, int64_t system)
{
	double silent = instant_diff_s(system, s->last);

	return (long long)s->packets >= q->mincount && (long long)s->drops >= q->mindrop &&
	       s->score >= q->minscore && (restricts & q->resall) == q->resall &&
	       (q->resany == 0 || (restricts & q->resany) != 0) &&
	       (q->maxlstint < 0 || silent <= q->maxlstint) &&
	       (q->minlstint < 0 || silent >= q->minlstint);
}

static void put_stamp(struct mode6_text *t, const char *name, int64_t system)
{
	uint64_t ntp = instant_to_ntp(system);

	mode6_text_add(t, "%s=0x%08lx.%08lx", name, (unsigned long)(ntp >> 32),
		(unsigned long)(ntp & UINT32_MAX));
}

static void put_client(
	struct mode6_text *t, unsigned i, const struct clients_seen *s, unsigned restricts)
{
	const struct endpoint at = {.address = s->address, .port = s->port};
	char text[ENDPOINT_TEXT], name[16];
	struct text builder;

	endpoint_format(&at, text, sizeof(text));
	mode6_text_add(t, "addr.%u=%s", i, text);
	builder = text_on(name, sizeof(name));
	text_add(&builder, "last.%u", i);
	put_stamp(t, name, s->last);
	builder = text_on(name, sizeof(name));
	text_add(&builder, "first.%u", i);
	put_stamp(t, name, s->first);
	mode6_text_add(t, "ct.%u=%llu", i, (unsigned long long)s->packets);
	mode6_text_add(t, "mv.%u=%u", i, (unsigned)s->version << 3 | s->mode);
	mode6_text_add(t, "rs.%u=0x%x", i, restricts);
	mode6_text_add(t, "sc.%u=%.3f", i, s->score);
	mode6_text_add(t, "dr.%u=%llu", i, (unsigned long long)s->drops);
}

/* The instant after which the last so many clients came: one pass of the log for each chunk. */
static int64_t skip_to_recent(const struct mode6 *m, struct clients *log, long long recent)
{
	struct clients_seen seen[CHUNK];
	long long left = (long long)clients_count(log) - recent;
	int64_t after = INT64_MIN;

	while (left > 0) {
		size_t wanted = left < CHUNK ? (size_t)left : CHUNK;
		size_t n = clients_seen_after(log, after, mode6_now(m), seen, wanted);

		if (n == 0)
			break;
		after = seen[n - 1].last;
		left -= (long long)n;
	}
	return after;
}

/* Writes clients from an instant on as long as there is room. Returns whether all were written. */
static bool put_clients(
	struct mode6_call *c, const struct query *q, struct clients *log, int64_t after)
{
	int64_t system = clock_now(c->m->env->clock).system;
	struct clients_seen seen[CHUNK];
	unsigned put = 0;
	size_t n;

	while ((n = clients_seen_after(log, after, mode6_now(c->m), seen, CHUNK)) > 0) {
		for (size_t i = 0; i < n; i++) {
			unsigned restricts = restricts_of(c->m, &seen[i]);

			if (mode6_text_left(&c->text) < ENTRY + TAIL ||
				(q->limit > 0 && put >= q->limit))
				return false;
			if (is_wanted(q, &seen[i], restricts, system))
				put_client(&c->text, put++, &seen[i], restricts);
			after = seen[i].last;
		}
	}
	return true;
}

static void put_older(struct mode6_text *t, const struct clients_seen *older)
{
	const struct endpoint at = {.address = older->address, .port = older->port};
	char text[ENDPOINT_TEXT];

	endpoint_format(&at, text, sizeof(text));
	put_stamp(t, "last.older", older->last);
	mode6_text_add(t, "addr.older=%s", text);
}

int mode6_read_mru(struct mode6_call *c)
{
	struct clients *log = serve_clients(c->m->env->serve);
	char nonce[MODE6_NONCE_TEXT];
	struct clients_seen older;
	struct query q;
	int64_t after = INT64_MIN;
	int r = read_query(c, &q);

	if (r != MODE6_FINE)
		return r;
	if (q.frags > 0)
		c->text.room = (size_t)q.frags * MODE6_DATA;
	if (q.restarted && (log == NULL || !find_restart(c->m, &q, log, &older)))
		return MODE6_UNKNOWN_VARIABLE;
	if (!make_nonce(c, nonce))
		return MODE6_SILENCE;
	if (q.restarted) {
		put_older(&c->text, &older);
		after = older.last;
	} else if (log != NULL && q.recent > 0) {
		after = skip_to_recent(c->m, log, q.recent);
	}
	mode6_text_add(&c->text, "nonce=%s", nonce);
	if (log == NULL || put_clients(c, &q, log, after)) {
		put_stamp(&c->text, "now", clock_now(c->m->env->clock).system);
		put_stamp(&c->text, "last.newest", log != NULL ? clients_newest(log) : 0);
	}
	mode6_text_end(&c->text);
	return MODE6_FINE;
}

static void fill_log(const struct mode6 *m, const struct clients *log, struct mode6_mru_view *ret)
{
	struct report_client r;
	struct clients_seen oldest;
	int64_t hits = 0;

	for (size_t i = 0; i < clients_size(log); i++)
		if (clients_report(log, i, mode6_now(m), &r))
			hits += (int64_t)r.ntp_hits + r.nke_hits + r.cmd_hits;
	ret->hashslots = (int64_t)clients_size(log);
	ret->depth = ret->deepest = (int64_t)clients_count(log);
	ret->recyclefull = (int64_t)clients_log_drops(log);
	ret->made = ret->depth;
	ret->exists = hits > ret->depth ? hits - ret->depth : 0;
	if (clients_seen_after(log, INT64_MIN, mode6_now(m), &oldest, 1) > 0)
		ret->oldest_age = (int64_t)fmax(
			instant_diff_s(clock_now(m->env->clock).system, oldest.last), 0);
}

/* Why there is a list of clients. */
enum {
	MRU_WANTED = 1, /**< enable monitor */
	MRU_NEEDED = 2, /**< by who is limited */
};

/* Whether somebody is served no more than so often, which needs the list. */
static bool is_limiting(const struct settings_ntp *s)
{
	bool limiting = false;

	for (size_t i = 0; i < s->n_restricts && !limiting; i++)
		limiting = (s->restricts[i].flags & NTP_RESTRICT_LIMITED) != 0;
	return limiting;
}

void mode6_fill_mru(const struct mode6 *m, struct mode6_mru_view *ret)
{
	const struct settings *set = m->env->settings;
	const struct clients *log = serve_clients(m->env->serve);

	*ret = (struct mode6_mru_view){
		.enabled = log == NULL ? 0
				       : (set->ntp.monitor ? MRU_WANTED : 0) |
						 (is_limiting(&set->ntp) ? MRU_NEEDED : 0),
		.mindepth = set->ntp.mru.mindepth,
		.maxage = set->ntp.mru.maxage,
		.minage = set->ntp.mru.minage,
	};
	if (log == NULL)
		return;
	ret->maxdepth = (int64_t)clients_capacity(set->clientloglimit);
	ret->maxmem = (int64_t)(set->clientloglimit / 1024);
	fill_log(m, log, ret);
	ret->mem = ret->maxdepth > 0 ? ret->maxmem * ret->hashslots / ret->maxdepth : 0;
}
