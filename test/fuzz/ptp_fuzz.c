/* SPDX-License-Identifier: BSD-2-Clause */
/* NTP over PTP and the field F323: whatever is found lies within the datagram and reads the same
 * when it is written anew. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/wire/mono_field.h"
#include "daemon/wire/ptp.h"

static void check_field(struct span fields)
{
	uint8_t bytes[MONO_FIELD];
	struct writer w = writer_on(bytes, sizeof(bytes));
	struct mono_field f, again;

	if (!mono_field_find(fields, &f))
		return;
	mono_field_write(&w, &f);
	if (w.bad || !mono_field_find((struct span){bytes, sizeof(bytes)}, &again) ||
		again.receive != f.receive || again.epoch != f.epoch ||
		again.root_delay != f.root_delay || again.root_dispersion != f.root_dispersion)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t copy[4096];
	struct span ntp, again;

	check_field((struct span){data, n});
	if (n > sizeof(copy) || ptp_unwrap((struct span){data, n}, 123, &ntp) != 0)
		return 0;
	if (ntp.p < data || ntp.p + ntp.n != data + n)
		abort();
	check_field(ntp);
	memcpy(copy, data, n);
	if (ptp_wrap(copy, ntp.n, 123, ptp_sequence(data)) != n ||
		ptp_unwrap((struct span){copy, n}, 123, &again) != 0 || again.n != ntp.n ||
		ptp_sequence(copy) != ptp_sequence(data))
		abort();
	return 0;
}
