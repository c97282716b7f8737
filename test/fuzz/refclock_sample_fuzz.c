/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a datagram for SOCK and as a segment for SHM: what is taken makes sense, and a
 * segment is never taken twice.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "refclocks/shm_segment.h"
#include "refclocks/sock_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct shm_segment segment = {.mode = 0};
	struct sock_sample datagram;
	struct shm_sample sample;
	const char *why;

	if (sock_sample_parse(data, n, &datagram, &why) == 0 &&
		(!isfinite(datagram.offset) || datagram.leap < LEAP_NONE ||
			datagram.leap >= LEAP_UNSYNCHRONISED))
		abort();
	memcpy(&segment, data, n < sizeof(segment) ? n : sizeof(segment));
	if (shm_take(&segment, &sample, &why) == 0 &&
		(sample.leap < LEAP_NONE || sample.leap >= LEAP_UNSYNCHRONISED))
		abort();
	if (shm_take(&segment, &sample, &why) != -EAGAIN)
		abort();
	return 0;
}
