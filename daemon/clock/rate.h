/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rates in the units of adjtimex(2): a coarse tick and a fine frequency that add up. Pure.
 */
#ifndef DAEMON_CLOCK_RATE_H
#define DAEMON_CLOCK_RATE_H

#include <stdint.h>

/** Largest |rate| that tick and frequency together give, s/s. */
#define CLOCK_RATE_MAX 0.1

/** The rate, s/s, of a tick in us per 10 ms and a frequency in 2^-16 ppm. */
double clock_rate_of(int64_t tick_us, int64_t frequency);

/**
 * Splits a rate: the tick stays at its nominal 10000 us while the frequency alone (+-500 ppm)
 * suffices. Rates beyond CLOCK_RATE_MAX are clamped.
 */
void clock_rate_split(double rate, int64_t *ret_tick_us, int64_t *ret_frequency);

#endif
