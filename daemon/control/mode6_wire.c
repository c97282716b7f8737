/* SPDX-License-Identifier: BSD-2-Clause */
/* The twelve bytes, and what follows them. */
#include "config.h"

#include "daemon/control/mode6_wire.h"
#include "daemon/wire/packet.h"

#define BIT_RESPONSE 0x80
#define BIT_ERROR    0x40
#define BIT_MORE     0x20
#define OPCODE       0x1f

/* Lengths of a MAC with its key ID: MD5 or AES-CMAC, and SHA-1 or what is cut to its length. */
#define MAC_SHORT 20
#define MAC_LONG  24

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* Clients of ntp 4.2.8 and ntpq pad to 8 bytes before a MAC: a key ID is never 0, so the four bytes
 * before it are padding. */
static void find_mac(struct span datagram, size_t at, struct mode6_request *ret)
{
	size_t left = datagram.n - at;
	struct reader r;

	if (left == MAC_LONG || left == MAC_LONG + 4) {
		r = reader_on(datagram.p + at, 4);
		if (read_u32(&r) == 0) {
			at += 4;
			left -= 4;
		}
	}
	if (left != MAC_SHORT && left != MAC_LONG)
		return;
	r = reader_on(datagram.p + at, left);
	ret->has_mac = true;
	ret->key = read_u32(&r);
	ret->mac = read_span(&r, left - 4);
	ret->signed_part = (struct span){datagram.p, at};
}

enum mode6_shape mode6_decode(struct span datagram, struct mode6_request *ret)
{
	struct reader r = reader_on(datagram.p, datagram.n);
	uint8_t first = read_u8(&r), second = read_u8(&r);
	struct mode6_request q = {.version = first >> 3 & 7, .opcode = second & OPCODE};
	uint16_t offset, count;

	q.sequence = read_u16(&r);
	read_u16(&r);
	q.association = read_u16(&r);
	offset = read_u16(&r);
	count = read_u16(&r);
	if (r.bad || (first & 7) != PACKET_CONTROL || q.version < PACKET_VERSION_MIN ||
		q.version > PACKET_VERSION_MAX)
		return MODE6_FOREIGN;
	if ((second & (BIT_RESPONSE | BIT_ERROR | BIT_MORE)) || offset != 0)
		return MODE6_SUSPECT;
	q.data = read_span(&r, count);
	if (r.bad || datagram.n % 4 != 0) {
		q.data = (struct span){NULL, 0};
		*ret = q;
		return MODE6_MALFORMED;
	}
	find_mac(datagram, padded(MODE6_HEADER + count), &q);
	*ret = q;
	return MODE6_GOOD;
}

size_t mode6_encode(const struct mode6_answer *a, struct span text, size_t offset,
	uint8_t ret[MODE6_HEADER + MODE6_DATA])
{
	struct writer w = writer_on(ret, MODE6_HEADER + MODE6_DATA);
	bool error = a->error != MODE6_FINE;
	size_t left = error ? 0 : text.n - offset;
	size_t n = left < MODE6_DATA ? left : MODE6_DATA;

	write_u8(&w, (uint8_t)(a->version << 3 | PACKET_CONTROL));
	write_u8(&w, (uint8_t)(BIT_RESPONSE | (error ? BIT_ERROR : 0) | (n < left ? BIT_MORE : 0) |
			       (a->opcode & OPCODE)));
	write_u16(&w, a->sequence);
	write_u16(&w, error ? (uint16_t)((unsigned)a->error << 8) : a->status);
	write_u16(&w, a->association);
	write_u16(&w, error ? 0 : (uint16_t)offset);
	write_u16(&w, (uint16_t)n);
	if (n > 0)
		write_bytes(&w, text.p + offset, n);
	write_zeros(&w, padded(w.n) - w.n);
	return w.n;
}
