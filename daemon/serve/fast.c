/* SPDX-License-Identifier: BSD-2-Clause */
/* The fast path of the NTP server: made, told what it may say and to whom, and read. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/fast_path.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/fast.h"
#include "daemon/serve/limit.h"

/* How often it is told at least what time it is, s: what it was told last is good for longer. */
#define LOOK_S 1.0

/* The system clock does not go on by more between two readings one after the other, s. */
#define JUMP_S 0.1

/* The most of our addresses that it is told. */
#define OWN_MAX 32

/* Its clients are read no more often than that, s, nor for more than that part of the time. */
#define MERGE_S    0.05
#define MERGE_PART 0.05

struct fast {
	struct serve *serve;
	struct fast_path *path;
	struct loop_timer look;
	bool timed;
	bool ready; /* it knows the rules */
	int fd;     /* tells of changes of our addresses; -1: none */
	struct address own[OWN_MAX];
	size_t n_own;
	struct fast_path_prefix *prefixes;
	size_t n_prefixes, room;
	int64_t merged; /* instant of its clock */
	double merge_s; /* how long that took */
};

/* A merge of its clients: the clocks then. */
struct merge {
	struct serve *serve;
	int64_t at, system, raw;
};

static void look_again(void *arg)
{
	struct fast *f = arg;

	loop_timer_in(f->serve->loop, &f->look, LOOK_S);
}

int fast_create(struct serve *s)
{
	const struct settings *set = s->settings;
	const struct fast_path_config c = {.interface = set->xdp,
		.clients = s->clients ? clients_capacity(set->clientloglimit) : 0};
	struct fast *f;
	int r;

	if (set->xdp[0] == '\0')
		return 0;
	if (!s->kernel->ops->fast_path) {
		log_fatal(s->log, "xdp %s : this program is built without libbpf", set->xdp);
		return -ENOTSUP;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->serve = s;
	f->fd = -1;
	r = s->kernel->ops->fast_path(s->kernel, &c, &f->path);
	if (r < 0) {
		log_error(s->log, "Could not answer requests in the driver of %s : %s", set->xdp,
			strerror(-r));
		free(f);
		return 0;
	}
	log_info(s->log, "Plain requests at %s are answered in %s", set->xdp, f->path->mode);
	s->fast = f;
	return 0;
}

void fast_destroy(struct serve *s)
{
	struct fast *f = s->fast;

	if (!f)
		return;
	f->path->ops->close(f->path);
	if (f->timed)
		loop_timer_done(s->loop, &f->look);
	if (f->fd >= 0) {
		loop_unwatch(s->loop, f->fd);
		s->kernel->ops->close(s->kernel, f->fd);
	}
	free(f->prefixes);
	free(f);
	s->fast = NULL;
}

static void addresses_changed(void *arg, unsigned got)
{
	struct fast *f = arg;
	const struct kernel_ops *ops = f->serve->kernel->ops;
	uint8_t news[4096];

	(void)got;
	while (ops->stream_read(f->serve->kernel, f->fd, news, sizeof(news)) > 0)
		;
	fast_change(f->serve);
}

static void watch(struct fast *f)
{
	struct serve *s = f->serve;

	f->fd = s->kernel->ops->watch_addresses(s->kernel);
	if (f->fd < 0)
		return;
	if (loop_watch(s->loop, f->fd, KERNEL_READ, addresses_changed, f) == 0)
		return;
	s->kernel->ops->close(s->kernel, f->fd);
	f->fd = -1;
}

int fast_start(struct serve *s)
{
	struct fast *f = s->fast;
	int r;

	if (!f)
		return 0;
	r = loop_timer_init(s->loop, &f->look, look_again, f);
	if (r < 0)
		return r;
	f->timed = true;
	look_again(f);
	watch(f);
	fast_change(s);
	return 0;
}

/* Whether our socket of the family takes what comes to an address. Link-local ones are of more than
 * one interface. */
static bool is_served(const struct settings *set, const struct address *a)
{
	const struct address *bound = a->family == ADDRESS_IP4 ? &set->bind4 : &set->bind6;

	if (bound->family != ADDRESS_NONE && !address_is_not_unicast(bound) &&
		!address_equal(bound, a))
		return false;
	return a->family != ADDRESS_IP6 || a->ip[0] != 0xfe || (a->ip[1] & 0xc0) != 0x80;
}

static void take_own(void *arg, const struct kernel_own_address *own)
{
	struct fast *f = arg;
	const struct settings *set = f->serve->settings;

	if (strcmp(own->name, set->xdp) == 0 && f->n_own < OWN_MAX &&
		is_served(set, &own->at.address))
		f->own[f->n_own++] = own->at.address;
}

static int take_prefix(void *arg, const struct address *address, int bits, bool allowed)
{
	struct fast *f = arg;
	struct fast_path_prefix *p = f->prefixes;

	if (f->n_prefixes == f->room) {
		size_t room = 2 * f->room + 16;

		p = realloc(p, room * sizeof(*p));
		if (!p)
			return -ENOMEM;
		f->prefixes = p;
		f->room = room;
	}
	p[f->n_prefixes++] = (struct fast_path_prefix){*address, bits, allowed};
	return 0;
}

static int set_rules(struct fast *f)
{
	struct serve *s = f->serve;
	const struct settings *set = s->settings;
	bool here = set->binddevice[0] == '\0' || strcmp(set->binddevice, set->xdp) == 0;
	struct fast_path_rules rules = {.ip4 = here && s->ports[SERVE_IP4].fd >= 0,
		.ip6 = here && s->ports[SERVE_IP6].fd >= 0,
		.port = (uint16_t)set->port,
		.dscp = set->dscp};
	int r;

	f->n_own = f->n_prefixes = 0;
	r = s->kernel->ops->addresses(s->kernel, ADDRESS_IP4, take_own, f);
	if (r == 0)
		r = s->kernel->ops->addresses(s->kernel, ADDRESS_IP6, take_own, f);
	if (r == 0)
		r = access_each(s->access, ADDRESS_IP4, take_prefix, f);
	if (r == 0)
		r = access_each(s->access, ADDRESS_IP6, take_prefix, f);
	limit_init(&rules.limit, &set->ratelimit);
	rules.prefixes = f->prefixes;
	rules.n_prefixes = f->n_prefixes;
	rules.own = f->own;
	rules.n_own = f->n_own;
	return r < 0 ? r : f->path->ops->rules(f->path, &rules);
}

void fast_change(struct serve *s)
{
	struct fast *f = s->fast;
	int r;

	if (!f || !f->timed)
		return;
	/* Nothing that was true before is said meanwhile. */
	f->path->ops->tell(f->path, NULL);
	r = set_rules(f);
	f->ready = r == 0;
	if (r < 0)
		log_error(s->log, "Nothing is answered in the driver of %s : %s", s->settings->xdp,
			strerror(-r));
	fast_publish(s);
}

static void write_header(const struct responder_snapshot *now, uint8_t ret[static FAST_PATH_HEADER])
{
	struct packet p = {0};

	served_fill(&now->served, &p);
	packet_encode(&p, ret);
}

void fast_publish(struct serve *s)
{
	struct fast *f = s->fast;
	struct responder_snapshot now, rate;
	struct fast_path_says says = {0};
	struct served_line line;
	int64_t system;

	if (!f || !f->ready)
		return;
	serve_take_snapshot(s, &now, &line);
	rate = serve_rate_snapshot(&now);
	/* On the day of a leap second the system clock may jump at any moment. */
	if (!now.served.synchronised || now.served.leap != LEAP_NONE) {
		f->path->ops->tell(f->path, NULL);
		return;
	}
	f->path->ops->read(f->path, &says.at, &system);
	/* Somebody has set the clock this very moment: the next snapshot will tell. */
	if (fabs(instant_diff_s(system, line.system)) > JUMP_S) {
		f->path->ops->tell(f->path, NULL);
		return;
	}
	says.truth = served_by_line(&line, system);
	says.rate = line.rate;
	says.root_dispersion = now.served.root_dispersion;
	says.dispersion_rate = now.served.dispersion_rate;
	says.precision = now.served.precision;
	says.least_poll = now.least_poll;
	write_header(&now, says.header);
	write_header(&rate, says.rate_header);
	f->path->ops->tell(f->path, &says);
}

void fast_sum(const struct serve *s, struct workers_sum *io)
{
	struct fast_path_counts c;
	uint64_t hits;

	if (!s->fast)
		return;
	s->fast->path->ops->counts(s->fast->path, &c);
	hits = c.hits[0] + c.hits[1] + c.hits[2] + c.hits[3];
	io->packets.received += hits;
	io->packets.this_version += c.hits[3];
	io->packets.old_version += hits - c.hits[3];
	io->packets.version1 += c.hits[0];
	io->packets.version1_client += c.hits[0];
	io->packets.kods += c.rate;
	io->counts.ntp_hits += hits;
	io->counts.ntp_drops += c.drops;
	io->counts.kernel_rx += hits - c.drops;
	io->counts.daemon_tx += hits - c.drops;
}

static void merge_client(void *arg, const struct fast_path_client *c)
{
	const struct merge *m = arg;
	const struct clients_elsewhere e = {.address = &c->address,
		.port = c->port,
		.mode = PACKET_CLIENT,
		.version = c->version,
		.dropped = c->dropped,
		.born = c->born,
		.hits = c->hits,
		.drops = c->drops,
		.interval = c->interval,
		.limited = c->limited,
		.first_system = m->system - (m->at - c->born),
		.last_system = m->system - (m->at - c->last),
		.last_raw = m->raw - (m->at - c->last)};

	clients_merge(m->serve->clients, &e);
}

void fast_merge(struct serve *s)
{
	struct fast *f = s->fast;
	struct merge m = {.serve = s};
	struct kernel_clocks clocks;
	int64_t after;
	double since;

	if (!f || !s->clients)
		return;
	f->path->ops->read(f->path, &m.at, &m.system);
	since = instant_diff_s(m.at, f->merged);
	if (f->merged != 0 && (since < MERGE_S || since * MERGE_PART < f->merge_s))
		return;
	s->kernel->ops->clocks(s->kernel, &clocks);
	m.raw = clocks.raw_ns;
	f->path->ops->clients(f->path, merge_client, &m);
	f->path->ops->read(f->path, &after, &m.system);
	f->merged = after;
	f->merge_s = instant_diff_s(after, m.at);
}
