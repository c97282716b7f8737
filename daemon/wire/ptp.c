/* SPDX-License-Identifier: BSD-2-Clause */
/* The PTP message round an NTP message. */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/wire/ptp.h"

/* Types of messages. */
#define SYNC      0
#define DELAY_REQ 1

#define VERSION     2
#define VERSION_2_1 0x12
#define UNICAST     0x0400

/* Where the sequence is. */
#define SEQUENCE 30

/* What is between the flags and the sequence, and between that and the TLV. */
#define CORRECTION_TO_IDENTITY 22
#define CONTROL_TO_TIMESTAMP   12

/* TLVs of organisations: what is not to be propagated has a number of its own since 2.1. */
#define TLV         3
#define TLV_2_1     0x8000
#define TLV_HEADER  4
#define TLV_SUBTYPE 8 /* organisation, subtype, padding */
static const uint8_t ntp_message[TLV_SUBTYPE] = {0, 0, 0x5e, 0, 0, 1, 0, 0};

size_t ptp_wrap(uint8_t *p, size_t n, int domain, uint16_t sequence)
{
	struct writer w = writer_on(p, PTP_OVERHEAD);

	write_u8(&w, DELAY_REQ);
	write_u8(&w, VERSION);
	write_u16(&w, (uint16_t)(PTP_OVERHEAD + n));
	write_u8(&w, (uint8_t)domain);
	write_u8(&w, 0);
	write_u16(&w, UNICAST);
	write_zeros(&w, CORRECTION_TO_IDENTITY);
	write_u16(&w, sequence);
	write_zeros(&w, CONTROL_TO_TIMESTAMP);
	write_u16(&w, TLV);
	write_u16(&w, (uint16_t)(TLV_SUBTYPE + n));
	write_bytes(&w, ntp_message, sizeof(ntp_message));
	return PTP_OVERHEAD + n;
}

/* Whether the header is one of ours up to the sequence. */
static bool is_header(struct reader *r, size_t length, int domain)
{
	uint8_t type = read_u8(r), version = read_u8(r);
	uint16_t n = read_u16(r);
	uint8_t in = read_u8(r);

	read_u8(r);
	return (type == SYNC || type == DELAY_REQ) &&
	       (version == VERSION || version == VERSION_2_1) && n == length && in == domain &&
	       read_u16(r) == UNICAST;
}

int ptp_unwrap(struct span datagram, int domain, struct span *ret)
{
	struct reader r = reader_on(datagram.p, datagram.n);
	uint16_t type, n;
	struct span subtype;

	if (datagram.n < PTP_OVERHEAD || !is_header(&r, datagram.n, domain))
		return -EBADMSG;
	read_skip(&r, CORRECTION_TO_IDENTITY + 2 + CONTROL_TO_TIMESTAMP);
	type = read_u16(&r);
	n = read_u16(&r);
	subtype = read_span(&r, TLV_SUBTYPE);
	if ((type != TLV && type != TLV_2_1) || n != datagram.n - PTP_OVERHEAD + TLV_SUBTYPE ||
		memcmp(subtype.p, ntp_message, sizeof(ntp_message)) != 0)
		return -EBADMSG;
	*ret = (struct span){datagram.p + PTP_OVERHEAD, datagram.n - PTP_OVERHEAD};
	return 0;
}

uint16_t ptp_sequence(const uint8_t *p)
{
	struct reader r = reader_on(p, PTP_OVERHEAD);

	read_skip(&r, SEQUENCE);
	return read_u16(&r);
}
