/* SPDX-License-Identifier: BSD-2-Clause */
/* A time zone of the "right" tree, made up. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "test/unit/zone_file.h"

size_t zone_file(uint8_t *p, size_t room, const struct zone_leap *leaps, uint32_t n)
{
	struct writer w = writer_on(p, room);
	int before = 0;

	for (int version = 1; version <= 2; version++) {
		write_bytes(&w, (const uint8_t *)"TZif2", 5);
		write_zeros(&w, 15);
		write_u32(&w, 1);
		write_u32(&w, 1);
		write_u32(&w, version == 2 ? n : 0);
		write_u32(&w, 0);
		write_u32(&w, 1);
		write_u32(&w, 4);
		write_zeros(&w, 6);
		write_bytes(&w, (const uint8_t *)"UTC", 4);
		for (uint32_t i = 0; version == 2 && i < n; i++) {
			int64_t at = leaps[i].utc + before - (leaps[i].correction < before);

			write_u64(&w, (uint64_t)at);
			write_u32(&w, (uint32_t)leaps[i].correction);
			before = leaps[i].correction;
		}
		write_zeros(&w, 2);
	}
	assert_false(w.bad);
	return w.n;
}
