/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dump files: what is taken must survive being written and read again, and never lie in the future.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/source/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** 2026-11-23 09:06:30 UTC. */
#define NOW INT64_C(1795424790000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dump d, again;
	char text[DUMP_TEXT];
	size_t n;

	if (dump_parse((struct span){.p = data, .n = size}, NOW, &d) < 0)
		return 0;
	n = dump_format(&d, text, sizeof(text));
	if (n == 0 || dump_parse((struct span){.p = (uint8_t *)text, .n = n}, NOW, &again) < 0)
		abort();
	if (again.n != d.n || d.n < 1 || d.n > DUMP_SAMPLES ||
		again.samples[d.n - 1].truth != d.samples[d.n - 1].truth ||
		d.samples[d.n - 1].truth > NOW || strcmp(again.name, d.name) != 0 ||
		again.reach != d.reach || d.reach > 0xff || d.stratum > 15)
		abort();
	return 0;
}
