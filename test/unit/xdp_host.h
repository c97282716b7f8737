/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program in the network driver on this machine: its own source, with the kernel's helpers and
 * maps played by what is here. To be included once by a test that is about it.
 */
#ifndef TEST_UNIT_XDP_HOST_H
#define TEST_UNIT_XDP_HOST_H

#include <stdbool.h>
#include <string.h>

#include "daemon/kernel/xdp/answer.bpf.c"

#include "common/address.h"
#include "daemon/kernel/xdp_slot.h"
#include "daemon/serve/responder.h"
#include "daemon/serve/serve.h"

/** Sets of clients, and the longest frame. */
#define HOST_SETS  16
#define HOST_FRAME 1024

/** Where the headers begin. */
#define HOST_IP 14

/** Everything that the kernel has of it. */
struct xdp_host {
	struct xdp_state state;
	const struct access *access; /**< what the maps of prefixes were made of */
	uint32_t allowed;
	struct xdp_set sets[HOST_SETS];
	struct xdp_counts counts;
	uint64_t now;
	uint32_t random; /**< what the next is */
	_Alignas(8) uint8_t room[2 + HOST_FRAME];
	size_t n; /**< bytes of the frame */
};

static struct xdp_host host;

static uint32_t bpf_get_prandom_u32(void)
{
	return host.random;
}

static uint64_t bpf_ktime_get_boot_ns(void)
{
	return host.now;
}

static void *host_prefix(const struct address *a)
{
	host.allowed = access_allowed(host.access, a);
	return &host.allowed;
}

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	struct address a = {.family = map == &access4 ? ADDRESS_IP4 : ADDRESS_IP6};

	if (map == &published)
		return &host.state;
	if (map == &counts)
		return &host.counts;
	if (map == &access4)
		memcpy(a.ip, &((const struct xdp_prefix4 *)key)->ip, 4);
	else if (map == &access6)
		memcpy(a.ip, ((const struct xdp_prefix6 *)key)->ip, 16);
	if (map != &clients)
		return host_prefix(&a);
	return *(const uint32_t *)key < HOST_SETS ? &host.sets[*(const uint32_t *)key] : NULL;
}

/** The frame: what follows its Ethernet header is aligned, as it is in the kernel. */
static inline uint8_t *host_frame(void)
{
	return host.room + 2;
}

/** Publishes. */
static inline void host_tell(const struct xdp_slot *slot)
{
	host.state.current++;
	host.state.slots[host.state.current % XDP_SLOTS] = *slot;
}

/** The random bits that an answer to the request in the frame will have, now: the receive
 * timestamp's in the lower half. */
static inline uint64_t host_random(const struct xdp_slot *slot)
{
	word ntp[XDP_HEADER] = {0};

	/* A copy: a frame that is not a request's may end where no word does. */
	memcpy(&ntp[AT_TRANSMIT + 1], host_frame() + host.n - sizeof(word), sizeof(word));
	return random_of(slot, ntp, host.now);
}

/** Lets the program have the frame. */
static inline int host_run(void)
{
	uintptr_t at = (uintptr_t)host_frame();

	return answer(&(struct xdp_md){at, at + host.n});
}

#endif
