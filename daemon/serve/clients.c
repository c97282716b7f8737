/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of clients, and what is measured of each. The place of all records that can ever be is
 * reserved at the start and the table doubles within it: a slot's records stay or go to the slot
 * that is the table's old size further on, as the next bit of their hash says.
 *
 * A new record goes into the emptier of two slots, by two hashes of its address: with one alone, a
 * slot overflows when a table is a quarter full (of 1000 clients among 4096 places one was lost in
 * a run of ten), with two when it is nearly full.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/clients.h"
#include "daemon/serve/limit.h"

/* Time over which scores decay where nothing else is said, s. */
#define SCORE_BURST_S 20

/* Requests at once do not decay by ticks, but they do by finer time. */
#define SCORE_SLACK 1e-4

/* Records in a slot. */
#define SLOT 8

/* The most records. */
#define RECORDS_MAX ((size_t)1 << 24)

/* Bytes of a pair of timestamps for interleaved mode, which share clientloglimit. */
#define PAIR 16

/* What control protocols say of an interval that is not known, or "never". */
#define REPORT_NO_INTERVAL 127

/* How far back two requests may come and still be put in order: their sockets are read by turns. */
#define ORDER_NS INT64_C(1000000000)

struct service {
	uint32_t hits, drops;
	uint32_t tick; /* of the last hit */
	uint32_t tokens;
};

/* One client. All zero: free. */
struct record {
	uint8_t ip[16];
	int64_t first, last; /* system instants */
	struct service services[CLIENTS_SERVICES];
	int16_t intervals[CLIENTS_SERVICES];
	int16_t limited; /* interval of NTP requests after a drop */
	uint16_t port;
	uint32_t tick; /* of the last hit of all services */
	float score;
	uint8_t family; /* ADDRESS_NONE: free */
	uint8_t mode_version;
	uint8_t seen;    /* services it has asked for, as bits */
	uint8_t dropped; /* services whose last request got no answer, as bits; OVER and TOLD */
};

/* Of the last request, beside the bits of services. */
#define OVER 0x40
#define TOLD 0x80

/* What a client takes: its hash is kept apart. */
#define CLIENT (sizeof(struct record) + sizeof(uint32_t) + PAIR)

_Static_assert(CLIENT <= 128, "4096 records in 512 KiB");

/* What was taken over of the counts of elsewhere. */
struct merged {
	int64_t born;
	uint32_t hits, drops;
};

struct clients {
	struct limit limits[CLIENTS_SERVICES];
	bool by_score;
	struct settings_limit score;
	uint8_t key[SIPHASH_KEY];
	size_t slots, max_slots;
	size_t count;
	uint64_t log_drops;
	int64_t newest;
	struct record *records; /* max_slots * SLOT */
	uint32_t *hashes;       /* by which the records lie where they do; a slot's side by side */
	struct merged *merged;  /* likewise; NULL: nothing was */
};

/* Of an address: its two slots. */
struct hashes {
	uint32_t first, second;
};

size_t clients_capacity(size_t bytes)
{
	size_t n = SLOT;

	while (n < RECORDS_MAX && 2 * n * CLIENT <= bytes)
		n *= 2;
	return n;
}

int clients_create(const struct clients_config *config, struct clients **ret)
{
	struct clients *c = calloc(1, sizeof(*c));
	size_t n = clients_capacity(config->bytes);

	if (!c)
		return -ENOMEM;
	/* Zero pages that nobody has written to take no memory. */
	c->records = calloc(n, sizeof(*c->records));
	c->hashes = calloc(n, sizeof(*c->hashes));
	if (!c->records || !c->hashes) {
		clients_destroy(c);
		return -ENOMEM;
	}
	clients_limit(c, &config->limits);
	memcpy(c->key, config->key, sizeof(c->key));
	c->slots = 1;
	c->max_slots = n / SLOT;
	c->newest = INT64_MIN;
	*ret = c;
	return 0;
}

void clients_limit(struct clients *c, const struct clients_limits *limits)
{
	for (size_t i = 0; i < CLIENTS_SERVICES; i++)
		limit_init(&c->limits[i], &limits->buckets[i]);
	c->by_score = limits->by_score;
	c->score = limits->score;
	if (c->score.burst <= 0)
		c->score.burst = SCORE_BURST_S;
}

void clients_destroy(struct clients *c)
{
	if (!c)
		return;
	free(c->records);
	free(c->hashes);
	free(c->merged);
	free(c);
}

static struct hashes hash_of(const struct clients *c, const struct address *a)
{
	uint8_t bytes[sizeof(a->ip) + 1];
	uint64_t hash;

	memcpy(bytes, a->ip, sizeof(a->ip));
	bytes[sizeof(a->ip)] = (uint8_t)a->family;
	hash = siphash(c->key, bytes, sizeof(bytes));
	return (struct hashes){(uint32_t)hash, (uint32_t)(hash >> 32)};
}

/* The place of the first record of the slot. */
static size_t slot_of(const struct clients *c, uint32_t hash)
{
	return (hash & (c->slots - 1)) * SLOT;
}

static struct record *find_in_slot(const struct clients *c, const struct address *a, uint32_t hash)
{
	size_t slot = slot_of(c, hash);

	for (size_t i = slot; i < slot + SLOT; i++) {
		struct record *r = &c->records[i];

		if (c->hashes[i] == hash && r->family == (uint8_t)a->family &&
			memcmp(r->ip, a->ip, sizeof(a->ip)) == 0)
			return r;
	}
	return NULL;
}

static struct record *find(
	const struct clients *c, const struct address *a, const struct hashes *hashes)
{
	struct record *r = find_in_slot(c, a, hashes->first);

	return r ? r : find_in_slot(c, a, hashes->second);
}

/* How many records a slot has; the first free place of it, or NULL. */
static size_t fill_of(const struct clients *c, uint32_t hash, struct record **ret_free)
{
	struct record *slot = &c->records[slot_of(c, hash)];
	size_t n = 0;

	*ret_free = NULL;
	for (size_t i = 0; i < SLOT; i++) {
		if (slot[i].family != ADDRESS_NONE)
			n++;
		else if (*ret_free == NULL)
			*ret_free = &slot[i];
	}
	return n;
}

/* A free place in the emptier slot, and the hash that leads there; NULL when both are full. */
static struct record *find_free(
	const struct clients *c, const struct hashes *hashes, uint32_t *ret_hash)
{
	struct record *first, *second;
	bool by_first = fill_of(c, hashes->first, &first) <= fill_of(c, hashes->second, &second);

	*ret_hash = by_first ? hashes->first : hashes->second;
	return by_first ? first : second;
}

static void grow(struct clients *c)
{
	size_t high = c->slots * SLOT;

	for (size_t i = 0; i < c->slots * SLOT; i++) {
		struct record *r = &c->records[i];

		if (r->family == ADDRESS_NONE || (c->hashes[i] & c->slots) == 0)
			continue;
		c->records[high + i] = *r;
		c->hashes[high + i] = c->hashes[i];
		if (c->merged)
			c->merged[high + i] = c->merged[i];
		memset(r, 0, sizeof(*r));
	}
	c->slots *= 2;
}

/* That of two which was silent longer. */
static struct record *older(struct record *a, struct record *b)
{
	return (int32_t)(b->tick - a->tick) < 0 ? b : a;
}

static struct record *oldest(const struct clients *c, uint32_t hash)
{
	struct record *slot = &c->records[slot_of(c, hash)], *old = slot;

	for (size_t i = 1; i < SLOT; i++)
		old = older(old, &slot[i]);
	return old;
}

/* Takes the place of a record: of both slots' that which was silent longest. */
static struct record *displace(struct clients *c, const struct hashes *hashes, uint32_t *ret_hash)
{
	struct record *of_first = oldest(c, hashes->first);
	struct record *old = older(of_first, oldest(c, hashes->second));

	*ret_hash = old == of_first ? hashes->first : hashes->second;
	c->log_drops++;
	return old;
}

static struct record *add(struct clients *c, const struct address *a, const struct hashes *hashes)
{
	uint32_t hash;
	struct record *r = find_free(c, hashes, &hash);

	while (!r && c->slots < c->max_slots) {
		grow(c);
		r = find_free(c, hashes, &hash);
	}
	if (r)
		c->count++;
	else
		r = displace(c, hashes, &hash);
	*r = (struct record){.family = (uint8_t)a->family, .limited = LIMIT_INTERVAL_NONE};
	c->hashes[r - c->records] = hash;
	if (c->merged)
		c->merged[r - c->records] = (struct merged){0};
	memcpy(r->ip, a->ip, sizeof(r->ip));
	for (size_t i = 0; i < CLIENTS_SERVICES; i++) {
		r->intervals[i] = LIMIT_INTERVAL_NONE;
		r->services[i].tokens = c->limits[i].bucket;
	}
	return r;
}

static float score_at(const struct clients *c, const struct record *r, uint32_t tick)
{
	uint32_t ticks = tick - r->tick;

	return ticks == 0 ? r->score
			  : r->score * expf(-(float)ticks / (LIMIT_TICKS * (float)c->score.burst));
}

/* What the record keeps of any request. */
static void note(struct clients *c, struct record *r, const struct clients_hit *hit, uint32_t tick)
{
	int64_t last = hit->system;

	if (last <= c->newest && c->newest - last < ORDER_NS)
		last = c->newest + 1;
	if (r->seen == 0)
		r->first = last;
	r->last = c->newest = last;
	r->score = score_at(c, r, tick) + 1 / (float)c->score.burst;
	r->tick = tick;
	r->port = hit->port;
	r->mode_version = (uint8_t)((hit->version & 7) << 3 | (hit->mode & 7));
}

/* The first request of a client is never too many. */
static enum clients_verdict judge_score(struct clients *c, struct record *r)
{
	double score = (double)r->score - SCORE_SLACK;

	if (r->first == r->last || score < c->score.average)
		return CLIENTS_ANSWER;
	r->dropped |= OVER;
	return score > c->score.average + c->score.kod ? CLIENTS_DROP : CLIENTS_KOD;
}

static enum clients_verdict judge(
	struct clients *c, struct record *r, const struct clients_hit *hit)
{
	bool ntp = hit->service == CLIENTS_NTP;

	if (ntp && c->by_score)
		return judge_score(c, r);

	switch (limit_take(&c->limits[hit->service], &r->services[hit->service].tokens,
		ntp && limit_pushes(r->intervals[CLIENTS_NTP], r->limited), hit->random)) {
	case LIMIT_PASS:
		return CLIENTS_ANSWER;
	case LIMIT_TELL:
		return CLIENTS_KOD;
	case LIMIT_STOP:
		break;
	}
	return CLIENTS_DROP;
}

enum clients_verdict clients_hit(struct clients *c, const struct clients_hit *hit)
{
	uint32_t tick = limit_tick(hit->raw);
	struct hashes hashes = hash_of(c, hit->address);
	struct record *r = find(c, hit->address, &hashes);
	uint8_t bit = (uint8_t)(1 << hit->service);
	enum clients_verdict verdict = CLIENTS_ANSWER;
	struct service *s;

	if (!r)
		r = add(c, hit->address, &hashes);
	note(c, r, hit, tick);
	s = &r->services[hit->service];
	s->hits++;
	if (r->seen & bit) {
		limit_measure(hit->service == CLIENTS_NTP && (r->dropped & bit)
				      ? &r->limited
				      : &r->intervals[hit->service],
			tick - s->tick);
		limit_fill(&c->limits[hit->service], &s->tokens, tick - s->tick);
	}
	s->tick = tick;
	r->seen |= bit;
	r->dropped &= (uint8_t) ~(bit | OVER | TOLD);
	if (!hit->unlimited)
		verdict = judge(c, r, hit);
	else if (hit->dropped)
		verdict = CLIENTS_DROP;
	if (verdict == CLIENTS_KOD && hit->untold)
		verdict = CLIENTS_DROP;
	if (verdict == CLIENTS_DROP)
		r->dropped |= bit;
	else if (verdict == CLIENTS_KOD && (r->dropped & OVER))
		r->dropped |= TOLD;
	s->drops += (r->dropped & (bit | OVER)) != 0;
	return verdict;
}

/* As if so many requests had come evenly since the last one that is known of. */
static void add_score(
	const struct clients *c, struct record *r, uint32_t tick, uint32_t since, uint32_t hits)
{
	float s = (float)((int32_t)(tick - since) > 0 ? tick - since : 0) / LIMIT_TICKS;
	float burst = (float)c->score.burst, part = s > 0 ? (1 - expf(-s / burst)) / s : 1 / burst;

	r->score += (float)hits * part;
}

/* The newest of what is known; drops is of hits. */
static void merge(struct clients *c, struct record *r, const struct clients_elsewhere *e,
	uint32_t hits, uint32_t drops)
{
	const uint8_t bit = 1 << CLIENTS_NTP;
	uint32_t tick = limit_tick(e->last_raw);
	struct service *s = &r->services[CLIENTS_NTP];

	if (r->seen == 0) {
		r->first = e->first_system;
		r->last = INT64_MIN;
		r->tick = tick - (uint32_t)((e->last_system - e->first_system) / LIMIT_TICK_NS);
	}
	s->hits += hits;
	s->drops += drops;
	if (e->interval != LIMIT_INTERVAL_NONE)
		r->intervals[CLIENTS_NTP] = e->interval;
	if (e->limited != LIMIT_INTERVAL_NONE)
		r->limited = e->limited;
	if (!(r->seen & bit) || (int32_t)(tick - s->tick) > 0)
		s->tick = tick;
	if ((int32_t)(tick - r->tick) >= 0) {
		uint32_t since = r->tick;

		r->score = score_at(c, r, tick);
		r->tick = tick;
		add_score(c, r, tick, since, hits);
	}
	r->seen |= bit;
	if (e->last_system <= r->last)
		return;
	r->last = e->last_system;
	if (r->last > c->newest)
		c->newest = r->last;
	r->port = e->port;
	r->mode_version = (uint8_t)((e->version & 7) << 3 | (e->mode & 7));
	r->dropped = (uint8_t)((r->dropped & ~bit) | (e->dropped ? bit : 0));
}

/* Whether a client that is not there would push one out who asked later. */
static bool is_older(const struct clients *c, const struct hashes *hashes, uint32_t tick)
{
	const struct record *old = older(oldest(c, hashes->first), oldest(c, hashes->second));
	uint32_t hash;

	return c->slots == c->max_slots && !find_free(c, hashes, &hash) &&
	       (int32_t)(tick - old->tick) <= 0;
}

void clients_merge(struct clients *c, const struct clients_elsewhere *e)
{
	struct hashes hashes = hash_of(c, e->address);
	struct record *r = find(c, e->address, &hashes);
	struct merged was = {.born = e->born}, *to;

	if (!c->merged)
		c->merged = calloc(c->max_slots * SLOT, sizeof(*c->merged));
	if (!c->merged)
		return;
	if (r && c->merged[r - c->records].born == e->born)
		was = c->merged[r - c->records];
	if (e->hits == was.hits || (!r && is_older(c, &hashes, limit_tick(e->last_raw))))
		return;
	if (!r)
		r = add(c, e->address, &hashes);
	merge(c, r, e, e->hits - was.hits, e->drops - was.drops);
	to = &c->merged[r - c->records];
	*to = (struct merged){e->born, e->hits, e->drops};
}

size_t clients_size(const struct clients *c)
{
	return c->slots * SLOT;
}

static void address_of(const struct record *r, struct address *ret)
{
	ret->family = r->family;
	memcpy(ret->ip, r->ip, sizeof(ret->ip));
}

static int report_interval(int16_t interval)
{
	if (interval == LIMIT_INTERVAL_NONE)
		return REPORT_NO_INTERVAL;
	return (int)floor((double)interval / LIMIT_INTERVAL_ONE + 0.5);
}

static uint32_t age_of(const struct record *r, enum clients_service service, uint32_t tick)
{
	if ((r->seen & 1 << service) == 0)
		return REPORT_NEVER;
	return (tick - r->services[service].tick) / LIMIT_TICKS;
}

bool clients_report(const struct clients *c, size_t place, int64_t raw, struct report_client *ret)
{
	const struct record *r = &c->records[place];
	const struct service *s = r->services;
	uint32_t tick = limit_tick(raw);

	if (place >= clients_size(c) || r->family == ADDRESS_NONE)
		return false;
	*ret = (struct report_client){
		.ntp_hits = s[CLIENTS_NTP].hits,
		.nke_hits = s[CLIENTS_NKE].hits,
		.cmd_hits = s[CLIENTS_COMMAND].hits,
		.ntp_drops = s[CLIENTS_NTP].drops,
		.nke_drops = s[CLIENTS_NKE].drops,
		.cmd_drops = s[CLIENTS_COMMAND].drops,
		.ntp_interval = report_interval(r->intervals[CLIENTS_NTP]),
		.nke_interval = report_interval(r->intervals[CLIENTS_NKE]),
		.cmd_interval = report_interval(r->intervals[CLIENTS_COMMAND]),
		.ntp_timeout_interval = report_interval(r->limited),
		.ntp_age = age_of(r, CLIENTS_NTP, tick),
		.nke_age = age_of(r, CLIENTS_NKE, tick),
		.cmd_age = age_of(r, CLIENTS_COMMAND, tick),
	};
	address_of(r, &ret->address);
	return true;
}

void clients_reset(struct clients *c, size_t place)
{
	if (place >= clients_size(c))
		return;
	for (size_t i = 0; i < CLIENTS_SERVICES; i++)
		c->records[place].services[i].hits = c->records[place].services[i].drops = 0;
}

size_t clients_count(const struct clients *c)
{
	return c->count;
}

uint64_t clients_log_drops(const struct clients *c)
{
	return c->log_drops;
}

static void describe(
	const struct clients *c, const struct record *r, uint32_t tick, struct clients_seen *ret)
{
	*ret = (struct clients_seen){
		.port = r->port,
		.mode = r->mode_version & 7,
		.version = r->mode_version >> 3,
		.first = r->first,
		.last = r->last,
		.score = (double)score_at(c, r, tick),
		.over = (r->dropped & OVER) != 0,
		.told = (r->dropped & TOLD) != 0,
	};
	for (size_t i = 0; i < CLIENTS_SERVICES; i++) {
		ret->packets += r->services[i].hits;
		ret->drops += r->services[i].drops;
	}
	address_of(r, &ret->address);
}

size_t clients_seen_after(
	const struct clients *c, int64_t after, int64_t raw, struct clients_seen *ret, size_t n)
{
	uint32_t tick = limit_tick(raw);
	size_t got = 0;

	for (size_t i = 0; n > 0 && i < clients_size(c); i++) {
		const struct record *r = &c->records[i];
		size_t at = got;

		if (r->family == ADDRESS_NONE || r->last <= after ||
			(got == n && r->last >= ret[n - 1].last))
			continue;
		if (got == n)
			at--;
		else
			got++;
		for (; at > 0 && ret[at - 1].last > r->last; at--)
			ret[at] = ret[at - 1];
		describe(c, r, tick, &ret[at]);
	}
	return got;
}

bool clients_seen_find(const struct clients *c, const struct address *address, int64_t raw,
	struct clients_seen *ret)
{
	struct hashes hashes = hash_of(c, address);
	const struct record *r = find(c, address, &hashes);

	if (r)
		describe(c, r, limit_tick(raw), ret);
	return r != NULL;
}

int64_t clients_newest(const struct clients *c)
{
	return c->newest;
}
