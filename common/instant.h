/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instants and durations.
 *
 * An instant is an int64_t: nanoseconds since 1970-01-01 00:00:00 on a time scale that its name or
 * its declaration states: the system clock, the oscillator (daemon/clock/clock.h) or true time.
 * Instants of different scales are never subtracted except by the code that relates the scales.
 * A duration is a double in seconds: exact to a nanosecond up to about 100 days.
 */
#ifndef COMMON_INSTANT_H
#define COMMON_INSTANT_H

#include <stddef.h>
#include <stdint.h>

/** Nanoseconds in a second. */
#define INSTANT_S INT64_C(1000000000)

/** Seconds from 1900-01-01 (NTP era 0) to 1970-01-01 (RFC 5905 6). */
#define INSTANT_NTP_UNIX INT64_C(2208988800)

/** Room that instant_format() and instant_format_rfc3339() need, with the final NUL. */
#define INSTANT_TEXT 40

/** Whole seconds of t, rounded towards the past. */
int64_t instant_floor_s(int64_t t);

/** Nanoseconds of t past instant_floor_s(): 0 to 999999999. */
int64_t instant_rest_ns(int64_t t);

/** The instant of s seconds and ns nanoseconds; saturates at the ends of int64_t. */
int64_t instant_from_s(int64_t s, int64_t ns);

/** The duration from b to a in seconds; saturates where the difference overflows. */
double instant_diff_s(int64_t a, int64_t b);

/** The instant ns nanoseconds after t; saturates at the ends of int64_t. */
int64_t instant_add(int64_t t, int64_t ns);

/** The instant s seconds after t, rounded to a nanosecond; saturates at the ends of int64_t. */
int64_t instant_add_s(int64_t t, double s);

/** Seconds as nanoseconds, rounded; saturates at the ends of int64_t; NaN gives 0. */
int64_t instant_ns(double s);

/** t as a 64-bit NTP timestamp: era dropped, fraction rounded to the nearest (RFC 5905 6). */
uint64_t instant_to_ntp(int64_t t);

/**
 * An NTP timestamp as an instant: the era is the one that puts it nearest to pivot, so a clock that
 * is less than 68 years off reads the right time on both sides of 2036-02-07 (RFC 5905 6).
 */
int64_t instant_from_ntp(uint64_t ntp, int64_t pivot);

/** a - b of two NTP timestamps in nanoseconds, by two's complement: right when they lie within 68
 * years of each other, whatever their eras. */
int64_t instant_ntp_diff(uint64_t a, uint64_t b);

/** A 16.16 NTP short format value in seconds. */
double instant_from_short(uint32_t v);

/** Seconds as NTP short format, rounded up so that a bound stays a bound; saturates; negative is 0.
 */
uint32_t instant_to_short(double s);

/** Writes t as "2026-11-23 09:03:12" (UTC) into ret of n bytes. */
void instant_format(int64_t t, char *ret, size_t n);

/** Writes an instant given in seconds likewise: of any year to 9999 (certificates have such). */
void instant_format_s(int64_t s, char *ret, size_t n);

/** The same to the minute as ntpd has it: "2017-01-01T00:00Z". ret: INSTANT_TEXT bytes. */
void instant_format_minute(int64_t s, char *ret);

/** Writes t as "2026-11-23T09:03:12.123456789Z" into ret; digits: 0 to 9 after the point. */
void instant_format_rfc3339(int64_t t, int digits, char *ret, size_t n);

#endif
