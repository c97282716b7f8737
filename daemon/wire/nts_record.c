/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single records of NTS key establishment: a critical bit, 15 bits of type, 16 bits of length.
 */
#include "config.h"

#include <errno.h>

#include "daemon/wire/nts_record.h"

#define CRITICAL 0x8000
#define TYPE     0x7fff

bool nts_record_next(struct span *io_records, struct nts_record *ret)
{
	struct reader r = reader_on(io_records->p, io_records->n);
	uint16_t first = read_u16(&r);
	size_t n = read_u16(&r);
	struct span body = read_span(&r, n);

	if (r.bad)
		return false;
	*ret = (struct nts_record){(first & CRITICAL) != 0, first & TYPE, body};
	*io_records = (struct span){r.p, r.left};
	return true;
}

void nts_record_write(struct writer *w, bool critical, uint16_t type, struct span body)
{
	if (body.n > UINT16_MAX) {
		w->bad = true;
		return;
	}
	write_u16(w, (uint16_t)((critical ? CRITICAL : 0) | (type & TYPE)));
	write_u16(w, (uint16_t)body.n);
	write_bytes(w, body.p, body.n);
}

void nts_record_write_list(
	struct writer *w, bool critical, uint16_t type, const uint16_t *numbers, size_t n)
{
	if (n > UINT16_MAX / 2) {
		w->bad = true;
		return;
	}
	write_u16(w, (uint16_t)((critical ? CRITICAL : 0) | (type & TYPE)));
	write_u16(w, (uint16_t)(2 * n));
	for (size_t i = 0; i < n; i++)
		write_u16(w, numbers[i]);
}

int nts_frame(struct nts_framer *f, struct span received, size_t max)
{
	size_t seen = received.n < max ? received.n : max;

	while (f->at <= seen && seen - f->at >= NTS_RECORD_HEADER) {
		struct reader r = reader_on(received.p + f->at, NTS_RECORD_HEADER);
		uint16_t type = read_u16(&r) & TYPE;
		size_t next = f->at + NTS_RECORD_HEADER + read_u16(&r);

		/* What was announced alone tells: there is no waiting for bytes without use. */
		if (next > max)
			return -EMSGSIZE;
		if (next > seen)
			return 0;
		f->at = next;
		if (type == NTS_RECORD_END)
			return (int)next;
	}
	/* Another record, the end at the least, must still fit. */
	return f->at + NTS_RECORD_HEADER > max ? -EMSGSIZE : 0;
}

bool nts_list_has(struct span list, uint16_t number)
{
	struct reader r = reader_on(list.p, list.n);

	while (r.left >= 2) {
		if (read_u16(&r) == number)
			return true;
	}
	return false;
}
