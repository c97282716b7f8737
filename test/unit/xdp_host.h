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

/** The most clients that are remembered, and the longest frame. */
#define HOST_CLIENTS 64
#define HOST_FRAME   1024

/** Where the headers begin. */
#define HOST_IP 14

/** Everything that the kernel has of it. */
struct xdp_host {
	struct xdp_state state;
	const struct access *access; /**< what the maps of prefixes were made of */
	uint32_t allowed;
	struct xdp_client_key keys[HOST_CLIENTS];
	struct xdp_client clients[HOST_CLIENTS];
	size_t n_clients;
	struct xdp_counts counts;
	uint64_t now;
	uint32_t random; /**< the next; all of an answer get the same */
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
	for (size_t i = 0; i < host.n_clients; i++)
		if (memcmp(&host.keys[i], key, sizeof(host.keys[i])) == 0)
			return &host.clients[i];
	return NULL;
}

static long bpf_map_update_elem(void *map, const void *key, const void *value, uint64_t flags)
{
	if (map != &clients || flags != BPF_NEW || host.n_clients == HOST_CLIENTS)
		return -1;
	memcpy(&host.keys[host.n_clients], key, sizeof(host.keys[0]));
	memcpy(&host.clients[host.n_clients++], value, sizeof(host.clients[0]));
	return 0;
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

/** Lets the program have the frame. */
static inline int host_run(void)
{
	uintptr_t at = (uintptr_t)host_frame();

	return answer(&(struct xdp_md){at, at + host.n});
}

#endif
