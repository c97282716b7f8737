/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a control reply: what is read can be written, and reads back the same. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/cmdmon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t first[CMDMON_REPLY_MAX], second[CMDMON_REPLY_MAX];
	struct cmdmon_reply r;
	int length;

	if (cmdmon_reply_decode((struct span){data, n}, &r) != 0)
		return 0;
	length = cmdmon_reply_encode(&r, first, sizeof(first));
	if (length < 0) {
		if (cmdmon_reply_length(r.kind) != 0)
			abort();
		return 0;
	}
	if (cmdmon_reply_decode((struct span){first, (size_t)length}, &r) != 0)
		abort();
	if (cmdmon_reply_encode(&r, second, sizeof(second)) != length)
		abort();
	if (memcmp(first, second, (size_t)length) != 0)
		abort();
	return 0;
}
