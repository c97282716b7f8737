/* SPDX-License-Identifier: BSD-2-Clause */
/* Which requests are answered, and the bytes of the answers. */
#include "config.h"

#include <errno.h>

#include "common/instant.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/responder.h"

#define PORT_NTP 123
#define KEY_ID   4

/* Root delay and dispersion that are told while there is nothing to tell. */
#define UNSYNCHRONISED_ROOT 1.0

/* A server must not be made to answer itself, another server, or many hosts at once. */
static bool may_be_answered(const struct endpoint *peer, const struct address *local, uint16_t port)
{
	if (peer->port == 0 || address_is_not_unicast(&peer->address))
		return false;
	return peer->port != port || !address_equal(&peer->address, local);
}

/* Requests of version 1 have no mode, and what comes from the server's port is no client's. */
static bool is_request(const struct packet *p, const struct endpoint *peer)
{
	switch (p->mode) {
	case PACKET_CLIENT:
	case PACKET_ACTIVE:
		return true;
	case PACKET_UNSET:
		return p->version == 1 && peer->port != PORT_NTP;
	default:
		return false;
	}
}

enum responder_verdict responder_check(struct span datagram, const struct endpoint *peer,
	const struct address *local, uint16_t port, bool allowed, const struct keys *keys,
	struct responder_request *ret)
{
	struct responder_request q = {.length = datagram.n};
	struct packet_trailer trailer;

	if (!may_be_answered(peer, local, port) || packet_decode(datagram, &q.packet) != 0)
		return RESPONDER_MALFORMED;
	if (q.packet.mode == PACKET_SERVER || q.packet.mode == PACKET_PASSIVE)
		return RESPONDER_FORWARD;
	if (!is_request(&q.packet, peer))
		return RESPONDER_IGNORE;
	if (!allowed)
		return RESPONDER_DENIED;
	if (packet_split(datagram, q.packet.version, &trailer) != 0)
		return RESPONDER_MALFORMED;
	if (trailer.has_mac) {
		if (!keys || keys_check(keys, trailer.key, q.packet.version, trailer.signed_part,
				     trailer.mac) != 0)
			return RESPONDER_NOT_AUTHENTIC;
		q.authenticated = true;
		q.key = trailer.key;
	}
	*ret = q;
	return RESPONDER_ANSWER;
}

/* A timestamp whose bits below the precision are random: they say nothing, and an attacker who must
 * guess a timestamp has to guess them too (RFC 5905 6). */
static uint64_t stamp(int64_t truth, int precision, uint32_t random)
{
	uint64_t ntp = instant_to_ntp(truth);
	int bits = precision + 32;
	uint64_t mask;

	if (bits <= 0)
		return ntp;
	mask = (UINT64_C(1) << (bits < 32 ? bits : 32)) - 1;
	return (ntp & ~mask) | (random & mask);
}

static enum packet_mode mode_of_reply(enum packet_mode mode)
{
	return mode == PACKET_ACTIVE ? PACKET_PASSIVE : PACKET_SERVER;
}

static void fill_synchronisation(const struct responder_snapshot *s, struct packet *p)
{
	if (!s->synchronised) {
		p->leap = LEAP_UNSYNCHRONISED;
		p->root_delay = p->root_dispersion = instant_to_short(UNSYNCHRONISED_ROOT);
		return;
	}
	p->leap = s->leap;
	p->stratum = s->stratum < PACKET_STRATUM_UNSYNCHRONISED ? s->stratum : 0;
	p->refid = s->refid;
	p->reference = s->reference_time ? instant_to_ntp(s->reference_time) : 0;
	p->root_delay = instant_to_short(s->root_delay);
	p->root_dispersion = instant_to_short(s->root_dispersion);
}

int responder_reply(const struct responder_request *q, const struct responder_snapshot *s,
	int64_t receive, int64_t transmit, uint64_t random, const struct keys *keys, uint8_t *ret,
	size_t room)
{
	struct packet p = {
		.version = q->packet.version,
		.mode = mode_of_reply(q->packet.mode),
		.poll = q->packet.poll,
		.precision = s->precision,
		.origin = q->packet.transmit,
	};
	struct writer w = writer_on(ret, room < q->length ? room : q->length);
	int mac;

	if (w.room < PACKET_HEADER)
		return -ENOSPC;
	fill_synchronisation(s, &p);
	/* The lowest bits tell the two kinds apart for interleaved clients (RFC 9769). */
	p.receive = stamp(receive, s->precision, (uint32_t)random) | 1;
	p.transmit = stamp(transmit, s->precision, (uint32_t)(random >> 32)) & ~UINT64_C(1);
	/* Within one step of the precision the random bits may turn the order round. */
	if ((int64_t)(p.transmit - p.receive) <= 0)
		p.transmit = p.receive + 1;
	packet_encode(&p, ret);
	w.n = PACKET_HEADER;
	if (!q->authenticated)
		return PACKET_HEADER;
	write_u32(&w, q->key);
	if (w.bad)
		return -ENOSPC;
	mac = keys_sign(keys, q->key, p.version, (struct span){ret, PACKET_HEADER}, ret + w.n,
		w.room - w.n);
	return mac < 0 ? -ENOSPC : PACKET_HEADER + KEY_ID + mac;
}
