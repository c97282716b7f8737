/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the fast path as the program in the driver has them. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/kernel/xdp_slot.h"

/* Units of an NTP timestamp in a nanosecond. */
#define NTP_IN_NS 4.294967296

/* What is told of dispersions at most, s and s/s. */
#define DISPERSION_MOST 60000
#define RATE_MOST       1

int xdp_slot_tell(struct xdp_slot *io, const struct fast_path_says *says)
{
	int bits = says->precision + 32;
	uint64_t at = (uint64_t)says->at;

	/* Time that runs half as fast or twice is none. */
	if (says->at <= 0 || !(fabs(says->rate) < 0.5))
		return -ERANGE;
	io->from = at;
	io->ntp = instant_to_ntp(says->truth);
	io->multiplier =
		(uint64_t)llround(ldexp((1 + says->rate) * NTP_IN_NS, XDP_MULTIPLIER_BITS));
	io->dispersion =
		(uint64_t)ceil(ldexp(fmin(fmax(says->root_dispersion, 0), DISPERSION_MOST), 48));
	io->dispersion_rate = (uint64_t)ceil(
		ldexp(fmin(fmax(says->dispersion_rate, 0), RATE_MOST) * 1e-9, 48 + XDP_RATE_BITS));
	io->tick = (uint32_t)(at / LIMIT_TICK_NS);
	io->tick_ns = (uint32_t)(at % LIMIT_TICK_NS);
	io->blur = bits <= 0 ? 0 : bits < 32 ? (UINT32_C(1) << bits) - 1 : UINT32_MAX;
	io->least_poll = says->least_poll;
	memcpy(io->header, says->header, sizeof(io->header));
	memcpy(io->rate, says->rate_header, sizeof(io->rate));
	return 0;
}

/* Whether a family needs its map: not when one rule holds for all. */
static bool needs_lookup(const struct fast_path_rules *rules, enum address_family family)
{
	size_t n = 0;
	bool all = false;

	for (size_t i = 0; i < rules->n_prefixes; i++) {
		const struct fast_path_prefix *p = &rules->prefixes[i];

		if (p->address.family != family)
			continue;
		n++;
		all |= p->bits == 0 && p->allowed;
	}
	return n != 1 || !all;
}

static void set_own(struct xdp_slot *slot, const struct fast_path_rules *rules)
{
	size_t n4 = 0, n6 = 0;

	for (size_t i = 0; i < rules->n_own; i++) {
		const struct address *a = &rules->own[i];

		if (a->family == ADDRESS_IP4 && n4 < XDP_OWN)
			memcpy(&slot->own4[n4++], a->ip, sizeof(slot->own4[0]));
		else if (a->family == ADDRESS_IP6 && n6 < XDP_OWN)
			memcpy(slot->own6[n6++], a->ip, sizeof(slot->own6[0]));
	}
}

void xdp_slot_rules(struct xdp_slot *ret, const struct fast_path_rules *rules, size_t n_sets)
{
	uint8_t port[2] = {(uint8_t)(rules->port >> 8), (uint8_t)rules->port};

	*ret = (struct xdp_slot){.limit = rules->limit, .class = (uint32_t)rules->dscp << 2};
	memcpy(&ret->port, port, sizeof(port));
	set_own(ret, rules);
	ret->sets = (uint32_t)n_sets;
	ret->flags = (rules->ip4 ? XDP_IP4 : 0) | (rules->ip6 ? XDP_IP6 : 0) |
		     (needs_lookup(rules, ADDRESS_IP4) ? XDP_LOOKUP4 : 0) |
		     (needs_lookup(rules, ADDRESS_IP6) ? XDP_LOOKUP6 : 0) |
		     (n_sets > 0 ? XDP_LOG : 0);
}

void xdp_slot_client(const struct xdp_client *c, struct fast_path_client *ret)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *ip = (const uint8_t *)c->key.ip;

	*ret = (struct fast_path_client){.address.family = ADDRESS_IP6,
		.port = c->port,
		.version = c->version,
		.dropped = c->dropped != 0,
		.born = (int64_t)c->born,
		.last = (int64_t)c->last,
		.hits = c->hits,
		.drops = c->drops,
		.interval = c->interval,
		.limited = c->limited};
	if (memcmp(ip, mapped, sizeof(mapped)) != 0) {
		memcpy(ret->address.ip, ip, sizeof(ret->address.ip));
		return;
	}
	ret->address.family = ADDRESS_IP4;
	memcpy(ret->address.ip, ip + sizeof(mapped), 4);
}

void xdp_slot_set(const struct xdp_set *set,
	void (*each)(void *arg, const struct fast_path_client *c), void *arg)
{
	for (size_t i = 0; i < XDP_SET; i++) {
		uint32_t tag = __atomic_load_n(&set->tags[i], __ATOMIC_ACQUIRE);
		struct xdp_client record;
		struct fast_path_client c;

		if (tag == 0 || tag == XDP_BUSY)
			continue;
		memcpy(&record, &set->clients[i], sizeof(record));
		if (__atomic_load_n(&set->tags[i], __ATOMIC_ACQUIRE) != tag)
			continue;
		xdp_slot_client(&record, &c);
		each(arg, &c);
	}
}
