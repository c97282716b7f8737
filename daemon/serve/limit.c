/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits out of the settings. */
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
		.leak = (uint32_t)settings->leak,
		.kod = (uint32_t)settings->kod,
	};
	l->bucket = l->cost * (uint32_t)settings->burst;
}

uint32_t limit_tick(int64_t raw)
{
	return (uint32_t)(raw / (INSTANT_S / LIMIT_TICKS));
}
