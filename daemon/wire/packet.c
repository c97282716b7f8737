/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP header on the wire, and the rule that tells extension fields from a MAC.
 */
#include "config.h"

#include <errno.h>

#include "daemon/wire/packet.h"

#define FIELD_HEADER 4 /* type and length */
#define KEY_ID       4

int packet_decode(struct span datagram, struct packet *ret)
{
	struct reader r = reader_on(datagram.p, datagram.n);
	struct packet p;
	uint8_t first;

	if (datagram.n < PACKET_HEADER || datagram.n % 4 != 0)
		return -EBADMSG;
	first = read_u8(&r);
	p.leap = (enum leap)(first >> 6);
	p.version = first >> 3 & 7;
	p.mode = (enum packet_mode)(first & 7);
	p.stratum = read_u8(&r);
	p.poll = (int8_t)read_u8(&r);
	p.precision = (int8_t)read_u8(&r);
	p.root_delay = read_u32(&r);
	p.root_dispersion = read_u32(&r);
	p.refid = read_u32(&r);
	p.reference = read_u64(&r);
	p.origin = read_u64(&r);
	p.receive = read_u64(&r);
	p.transmit = read_u64(&r);
	if (r.bad || p.version < PACKET_VERSION_MIN || p.version > PACKET_VERSION_MAX)
		return -EBADMSG;
	*ret = p;
	return 0;
}

void packet_encode(const struct packet *p, uint8_t ret[PACKET_HEADER])
{
	struct writer w = writer_on(ret, PACKET_HEADER);

	write_u8(&w, (uint8_t)(((unsigned)p->leap & 3) << 6 | ((unsigned)p->version & 7) << 3 |
			       ((unsigned)p->mode & 7)));
	write_u8(&w, (uint8_t)p->stratum);
	write_u8(&w, (uint8_t)p->poll);
	write_u8(&w, (uint8_t)p->precision);
	write_u32(&w, p->root_delay);
	write_u32(&w, p->root_dispersion);
	write_u32(&w, p->refid);
	write_u64(&w, p->reference);
	write_u64(&w, p->origin);
	write_u64(&w, p->receive);
	write_u64(&w, p->transmit);
}

/* The lengths, key ID included, by which a MAC is known (RFC 7822 7.5; 4 is a crypto-NAK). Before
 * version 4 nothing else can follow the header, so every digest fits in full. */
static bool is_mac_length(size_t n, int version)
{
	switch (n) {
	case KEY_ID:
	case KEY_ID + 16:
	case KEY_ID + 20:
		return true;
	case KEY_ID + 28:
	case KEY_ID + 32:
	case KEY_ID + 48:
	case KEY_ID + 64:
		return version < 4;
	default:
		return false;
	}
}

/* Takes one field off the front. A field that is not whole takes nothing. */
static bool take_field(struct span *io, struct packet_field *ret)
{
	const uint8_t *p = io->p;
	size_t n;

	if (io->n < FIELD_HEADER)
		return false;
	n = (size_t)p[2] << 8 | p[3];
	if (n < PACKET_FIELD_MIN || n % 4 != 0 || n > io->n)
		return false;
	ret->type = (uint16_t)((unsigned)p[0] << 8 | p[1]);
	ret->body = (struct span){p + FIELD_HEADER, n - FIELD_HEADER};
	io->p += n;
	io->n -= n;
	return true;
}

int packet_split(struct span datagram, int version, struct packet_trailer *ret)
{
	struct packet_trailer t = {0};
	struct packet_field field;
	struct span rest;
	struct reader r;

	if (datagram.n < PACKET_HEADER || datagram.n % 4 != 0)
		return -EBADMSG;
	rest.p = datagram.p + PACKET_HEADER;
	rest.n = datagram.n - PACKET_HEADER;
	t.fields.p = rest.p;
	while (rest.n > 0 && !is_mac_length(rest.n, version)) {
		/* Shorter than that it could be taken for a MAC by others. */
		if (version < 4 || rest.n < PACKET_FIELD_MIN_LAST || !take_field(&rest, &field))
			return -EBADMSG;
	}
	t.fields.n = (size_t)(rest.p - t.fields.p);
	t.signed_part.p = datagram.p;
	t.signed_part.n = PACKET_HEADER + t.fields.n;
	if (rest.n > 0) {
		r = reader_on(rest.p, rest.n);
		t.has_mac = true;
		t.key = read_u32(&r);
		t.mac = read_span(&r, r.left);
	}
	*ret = t;
	return 0;
}

bool packet_next_field(struct span *io_fields, struct packet_field *ret)
{
	return io_fields->n > 0 && take_field(io_fields, ret);
}
