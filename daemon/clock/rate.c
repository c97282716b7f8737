/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tick and frequency of the kernel clock: one unit of tick is 100 ppm, one of frequency 2^-16 ppm.
 */
#include "config.h"

#include <math.h>

#include "daemon/clock/rate.h"

#define TICK_NOMINAL_US 10000
#define TICK_UNIT       1e-4             /* s/s per us of tick */
#define FREQUENCY_UNIT  (1e-6 / 65536.0) /* s/s */
#define FREQUENCY_MAX   500e-6           /* s/s that the frequency alone can give */

double clock_rate_of(int64_t tick_us, int64_t frequency)
{
	return (double)(tick_us - TICK_NOMINAL_US) * TICK_UNIT + (double)frequency * FREQUENCY_UNIT;
}

void clock_rate_split(double rate, int64_t *ret_tick_us, int64_t *ret_frequency)
{
	double ticks;

	rate = fmax(-CLOCK_RATE_MAX, fmin(rate, CLOCK_RATE_MAX));
	ticks = fabs(rate) <= FREQUENCY_MAX ? 0.0 : round(rate / TICK_UNIT);
	*ret_tick_us = TICK_NOMINAL_US + (int64_t)ticks;
	*ret_frequency = (int64_t)llround((rate - ticks * TICK_UNIT) / FREQUENCY_UNIT);
}
