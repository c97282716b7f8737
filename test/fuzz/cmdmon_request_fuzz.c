/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a control request: what is read can be written, and reads back the same. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/cmdmon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t first[CMDMON_REQUEST_MAX], second[CMDMON_REQUEST_MAX];
	struct cmdmon_request q;
	int length;

	if (cmdmon_request_decode((struct span){data, n}, &q) != 0)
		return 0;
	length = cmdmon_request_encode(&q, first, sizeof(first));
	if (length < 0 || q.source.name[SOURCE_NAME - 1] != 0)
		abort();
	if (cmdmon_request_decode((struct span){first, (size_t)length}, &q) != 0)
		abort();
	if (cmdmon_request_encode(&q, second, sizeof(second)) != length)
		abort();
	if (memcmp(first, second, (size_t)length) != 0)
		abort();
	return 0;
}
