/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame that came back with a transmit timestamp. What is found must lie inside it. */
#include "config.h"

#include <stdlib.h>

#include "daemon/kernel/linux_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct endpoint peer;
	struct address local;
	struct span payload;

	if (linux_frame_udp((struct span){data, size}, &peer, &local, &payload) < 0)
		return 0;
	if (payload.p < data || payload.n > size || payload.p + payload.n > data + size)
		abort();
	if (local.family != peer.address.family || local.family == ADDRESS_NONE)
		abort();
	return 0;
}
