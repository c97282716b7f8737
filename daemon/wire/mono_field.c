/* SPDX-License-Identifier: BSD-2-Clause */
/* The field F323, byte by byte. */
#include "config.h"

#include <math.h>

#include "daemon/wire/mono_field.h"
#include "daemon/wire/nts_field.h"
#include "daemon/wire/packet.h"

#define TYPE  0xf323
#define MAGIC UINT32_C(0xf5bedd9a)
#define UNIT  268435456.0 /* 2^28 */

/* Seconds in units of 2^-28, rounded up so that a bound stays a bound. */
static uint32_t fixed(double s)
{
	return (uint32_t)fmin(ceil(fmax(s, 0.0) * UNIT), (double)UINT32_MAX);
}

void mono_field_write(struct writer *w, const struct mono_field *f)
{
	write_u16(w, TYPE);
	write_u16(w, MONO_FIELD);
	write_u32(w, MAGIC);
	write_u32(w, fixed(f->root_delay));
	write_u32(w, fixed(f->root_dispersion));
	write_u64(w, f->receive);
	write_u32(w, f->epoch);
}

bool mono_field_find(struct span fields, struct mono_field *ret)
{
	struct packet_field f;

	while (packet_next_field(&fields, &f) && f.type != NTS_FIELD_AUTHENTICATOR) {
		struct reader r = reader_on(f.body.p, f.body.n);

		if (f.type != TYPE || f.body.n != MONO_FIELD - 4 || read_u32(&r) != MAGIC)
			continue;
		ret->root_delay = read_u32(&r) / UNIT;
		ret->root_dispersion = read_u32(&r) / UNIT;
		ret->receive = read_u64(&r);
		ret->epoch = read_u32(&r);
		return true;
	}
	return false;
}
