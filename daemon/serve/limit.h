/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of the rate of answers as the settings have them. Pure. */
#ifndef DAEMON_SERVE_LIMIT_H
#define DAEMON_SERVE_LIMIT_H

#include <stdint.h>

#include "common/limit.h"

struct settings_rate_limit;

void limit_init(struct limit *l, const struct settings_rate_limit *settings);

/** The tick of a raw instant; they come round after 8 years. */
uint32_t limit_tick(int64_t raw);

#endif
