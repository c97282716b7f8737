/* SPDX-License-Identifier: BSD-2-Clause */
/* Token buckets. A leak lets now and then an answer through, so that nobody who is blocked by
 * requests in his name (spoofed addresses) is cut off from time for good. */
#include "config.h"

#include <stdint.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/serve/limit.h"

void limit_init(struct limit *l, const struct settings_rate_limit *settings)
{
	int interval = settings->interval + LIMIT_TICK_LOG2;

	*l = (struct limit){
		.on = settings->on,
		.gain = interval < 0 ? UINT32_C(1) << -interval : 1,
		.cost = interval > 0 ? UINT32_C(1) << interval : 1,
		.leak = settings->leak,
		.kod = settings->kod,
	};
	l->bucket = l->cost * (uint32_t)settings->burst;
}

uint32_t limit_tick(int64_t raw)
{
	return (uint32_t)(raw / (INSTANT_S / LIMIT_TICKS));
}

void limit_fill(const struct limit *l, uint32_t *io_tokens, uint32_t ticks)
{
	uint64_t tokens = *io_tokens + (uint64_t)ticks * l->gain;

	*io_tokens = tokens < l->bucket ? (uint32_t)tokens : l->bucket;
}

enum limit_verdict limit_take(
	const struct limit *l, uint32_t *io_tokens, bool pushes, uint32_t random)
{
	bool leaks = (random & ((UINT32_C(1) << l->leak) - 1)) == 0;

	if (!l->on)
		return LIMIT_PASS;
	if (*io_tokens >= l->cost) {
		*io_tokens -= l->cost;
		return LIMIT_PASS;
	}
	random >>= l->leak;
	if (leaks != pushes) {
		*io_tokens = 0;
		return LIMIT_PASS;
	}
	if (l->kod > 0 && (random & ((UINT32_C(1) << l->kod) - 1)) == 0)
		return LIMIT_TELL;
	return LIMIT_STOP;
}
