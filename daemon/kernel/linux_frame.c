/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With a transmit timestamp the system hands the frame back as it left, headers and all. This takes
 * the headers off. Pure.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/kernel/linux_frame.h"

/** Ethernet: two addresses, then the type. */
#define ETHERNET_ADDRESSES 12
#define ETHERTYPE_IP4      0x0800
#define ETHERTYPE_IP6      0x86DD
#define ETHERTYPE_VLAN     0x8100
#define ETHERTYPE_QINQ     0x88A8

#define PROTOCOL_UDP 17

/** VLAN tags, and IPv6 extension headers, that are looked through. */
#define NESTING 4

/* Reads past the link header; false when it is none that we know. */
static bool skip_ethernet(struct reader *r)
{
	read_skip(r, ETHERNET_ADDRESSES);
	for (int i = 0; i < NESTING; i++) {
		uint16_t type = read_u16(r);

		if (type == ETHERTYPE_IP4 || type == ETHERTYPE_IP6)
			return !r->bad && r->left > 0 &&
			       r->p[0] >> 4 == (type == ETHERTYPE_IP4 ? 4 : 6);
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ)
			return false;
		read_skip(r, 2);
	}
	return false;
}

static void read_address(struct reader *r, enum address_family family, struct address *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->family = family;
	read_bytes(r, ret->ip, family == ADDRESS_IP4 ? 4 : 16);
}

/* RFC 791 3.1 */
static bool read_ip4(struct reader *r, struct address *ret_from, struct address *ret_to)
{
	unsigned words = read_u8(r) & 0xf;
	uint16_t fragment;
	uint8_t protocol;

	read_skip(r, 5);
	fragment = read_u16(r) & 0x1fff;
	read_skip(r, 1);
	protocol = read_u8(r);
	read_skip(r, 2);
	read_address(r, ADDRESS_IP4, ret_from);
	read_address(r, ADDRESS_IP4, ret_to);
	if (words < 5 || fragment != 0 || protocol != PROTOCOL_UDP)
		return false;
	read_skip(r, (words - 5) * 4);
	return !r->bad;
}

/* RFC 8200 3 and 4: hop-by-hop (0), routing (43) and destination options (60) may come between. */
static bool read_ip6(struct reader *r, struct address *ret_from, struct address *ret_to)
{
	uint8_t next;

	read_skip(r, 6);
	next = read_u8(r);
	read_skip(r, 1);
	read_address(r, ADDRESS_IP6, ret_from);
	read_address(r, ADDRESS_IP6, ret_to);
	for (int i = 0; i < NESTING && (next == 0 || next == 43 || next == 60); i++) {
		next = read_u8(r);
		read_skip(r, read_u8(r) * 8u + 6);
	}
	return !r->bad && next == PROTOCOL_UDP;
}

/* RFC 768. The length field bounds the payload: Ethernet pads short frames. */
static int read_udp(struct reader *r, uint16_t *ret_port, struct span *ret_payload)
{
	uint16_t port, length;

	read_skip(r, 2);
	port = read_u16(r);
	length = read_u16(r);
	read_skip(r, 2);
	if (r->bad || length < 8)
		return -EBADMSG;
	length -= 8;
	*ret_port = port;
	*ret_payload = (struct span){r->p, length < r->left ? length : r->left};
	return 0;
}

int linux_frame_udp(struct span frame, struct endpoint *ret_peer, struct address *ret_local,
	struct span *ret_payload)
{
	struct reader r = reader_on(frame.p, frame.n);
	struct endpoint peer = {0};
	struct address local;
	bool ok;

	if (!skip_ethernet(&r)) {
		/* Tunnels have no link header; no Ethernet frame gets here that begins like IP. */
		r = reader_on(frame.p, frame.n);
	}
	if (r.left == 0)
		return -EBADMSG;
	ok = r.p[0] >> 4 == 4 ? read_ip4(&r, &local, &peer.address)
			      : r.p[0] >> 4 == 6 && read_ip6(&r, &local, &peer.address);
	if (!ok || read_udp(&r, &peer.port, ret_payload) < 0)
		return -EBADMSG;
	*ret_peer = peer;
	*ret_local = local;
	return 0;
}
