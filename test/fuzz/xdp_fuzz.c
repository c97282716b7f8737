/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a frame for the program in the network driver: what it passes on it has not touched,
 * and what it answers the responder would have answered with the same bytes.
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>

#include "common/instant.h"
#include "test/unit/xdp_host.h"
#include "test/unit/responder_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define BOOT  INT64_C(5000000000123)
#define TRUTH INT64_C(1795472888123456789)

#define NTP 48

static void must(bool right)
{
	if (!right)
		abort();
}

/* A server at 192.0.2.200 and 2001:db8::c8, for all. */
static struct xdp_slot publish(const struct responder_snapshot *now)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	const struct address own[] = {
		{ADDRESS_IP4, {192, 0, 2, 200}}, {ADDRESS_IP6, {0x20, 1, 0xd, 0xb8, [15] = 0xc8}}};
	const struct fast_path_prefix all[] = {
		{{.family = ADDRESS_IP4}, 0, true}, {{.family = ADDRESS_IP6}, 0, true}};
	const struct fast_path_rules rules = {.ip4 = true,
		.ip6 = true,
		.port = 123,
		.prefixes = all,
		.n_prefixes = 2,
		.own = own,
		.n_own = 2};
	struct fast_path_says says = {.at = BOOT,
		.truth = TRUTH,
		.precision = now->served.precision,
		.least_poll = INT_MIN};
	struct packet p = {0};
	struct xdp_slot slot;

	served_fill(&now->served, &p);
	packet_encode(&p, says.header);
	xdp_slot_rules(&slot, &rules, HOST_SETS);
	must(xdp_slot_tell(&slot, &says) == 0);
	memcpy(slot.mac, mac, sizeof(mac));
	slot.number = 1;
	host_tell(&slot);
	return slot;
}

/* The answer that lies in the frame, to the request that lay there. */
static void compare(
	const uint8_t *request, bool ip6, uint64_t bits, const struct responder_snapshot *now)
{
	const uint8_t *ip = request + HOST_IP, *udp = ip + (ip6 ? 40 : 20);
	struct endpoint peer = {.address.family = ip6 ? ADDRESS_IP6 : ADDRESS_IP4};
	struct address local = {.family = peer.address.family};
	struct responder_auth auth = {0};
	struct responder_stamps stamps = {.receive = TRUTH, .transmit = TRUTH};
	struct responder_random random = {.stamps = bits};
	struct responder_request q;
	uint8_t wanted[NTP];

	memcpy(peer.address.ip, ip + (ip6 ? 8 : 12), ip6 ? 16 : 4);
	memcpy(local.ip, ip + (ip6 ? 24 : 16), ip6 ? 16 : 4);
	peer.port = (uint16_t)(udp[0] << 8 | udp[1]);
	must(responder_admit((struct span){udp + 8, NTP}, &peer, &local, 123, true, &q) ==
		RESPONDER_ANSWER);
	must(responder_one_check(&auth, &q) == RESPONDER_ANSWER && !responder_refers(&q));
	must(responder_one_reply(&q, now, &stamps, &random, &auth, wanted, NTP) == NTP);
	must(memcmp(host_frame() + host.n - NTP, wanted, NTP) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct responder_snapshot now = {.least_poll = INT_MIN,
		.served = {.synchronised = true,
			.stratum = 2,
			.precision = -20,
			.refid = 0x0a000001,
			.reference_time = TRUTH - INSTANT_S,
			.root_delay = 0.01}};
	uint8_t before[HOST_FRAME];
	struct xdp_slot slot;
	uint64_t bits = 0;

	if (n > HOST_FRAME)
		return 0;
	memset(&host, 0, sizeof(host));
	slot = publish(&now);
	host.now = (uint64_t)BOOT;
	host.n = n;
	memcpy(host_frame(), data, n);
	memcpy(before, data, n);
	if (n >= NTP && n % 4 == 2)
		bits = host_random(&slot);
	switch (host_run()) {
	case XDP_PASS:
		must(memcmp(before, host_frame(), n) == 0);
		break;
	case XDP_TX:
		compare(before, before[12] == 0x86, bits, &now);
		break;
	default:
		abort();
	}
	return 0;
}
