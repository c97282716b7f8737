/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instants as int64_t nanoseconds, and their way to and from NTP's formats and text.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"

int64_t instant_floor_s(int64_t t)
{
	int64_t s = t / INSTANT_S;

	return t % INSTANT_S < 0 ? s - 1 : s;
}

int64_t instant_rest_ns(int64_t t)
{
	int64_t ns = t % INSTANT_S;

	return ns < 0 ? ns + INSTANT_S : ns;
}

int64_t instant_from_s(int64_t s, int64_t ns)
{
	int64_t t;

	if (__builtin_mul_overflow(s, INSTANT_S, &t))
		return s < 0 ? INT64_MIN : INT64_MAX;
	return instant_add(t, ns);
}

int64_t instant_add(int64_t t, int64_t ns)
{
	int64_t sum;

	if (__builtin_add_overflow(t, ns, &sum)) {
		return ns < 0 ? INT64_MIN : INT64_MAX;
	}
	return sum;
}

double instant_diff_s(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d)) {
		d = a < b ? INT64_MIN : INT64_MAX;
	}
	/* Seconds and the rest apart: a short difference keeps every nanosecond. */
	return (double)(d / INSTANT_S) + (double)(d % INSTANT_S) * 1e-9;
}

int64_t instant_ns(double s)
{
	double whole;
	int64_t ns, rest;

	if (isnan(s)) {
		return 0;
	}
	whole = trunc(s);
	if (whole >= 1e10) {
		return INT64_MAX;
	}
	if (whole <= -1e10) {
		return INT64_MIN;
	}
	rest = llround((s - whole) * 1e9);
	if (__builtin_mul_overflow((int64_t)whole, INSTANT_S, &ns)) {
		return s < 0.0 ? INT64_MIN : INT64_MAX;
	}
	return instant_add(ns, rest);
}

int64_t instant_add_s(int64_t t, double s)
{
	return instant_add(t, instant_ns(s));
}

uint64_t instant_to_ntp(int64_t t)
{
	uint64_t seconds = (uint64_t)(instant_floor_s(t) + INSTANT_NTP_UNIX);
	uint64_t ns = (uint64_t)instant_rest_ns(t);

	/* The largest fraction, of 999999999 ns, still rounds to less than 2^32. */
	return seconds << 32 | ((ns << 32) + (uint64_t)INSTANT_S / 2) / (uint64_t)INSTANT_S;
}

/** A 32-bit fraction of a second in nanoseconds, to the nearest. */
static int64_t fraction_ns(uint32_t fraction)
{
	return (int64_t)(((uint64_t)fraction * (uint64_t)INSTANT_S + (UINT64_C(1) << 31)) >> 32);
}

int64_t instant_from_ntp(uint64_t ntp, int64_t pivot)
{
	int64_t pivot_s = instant_floor_s(pivot), whole;
	uint32_t seconds = (uint32_t)(ntp >> 32);
	int32_t ahead = (int32_t)(seconds - (uint32_t)(pivot_s + INSTANT_NTP_UNIX));

	if (__builtin_mul_overflow(pivot_s + ahead, INSTANT_S, &whole)) {
		return ahead < 0 ? INT64_MIN : INT64_MAX;
	}
	return instant_add(whole, fraction_ns((uint32_t)ntp));
}

int64_t instant_ntp_diff(uint64_t a, uint64_t b)
{
	uint64_t d = a - b;

	return (int64_t)(int32_t)(d >> 32) * INSTANT_S + fraction_ns((uint32_t)d);
}

double instant_from_short(uint32_t v)
{
	return v / 65536.0;
}

uint32_t instant_to_short(double s)
{
	double v = ceil(s * 65536.0);

	if (v <= 0.0) {
		return 0;
	}
	/* Also where s is not a number: a bound that is not known is not small. */
	return v < 4294967295.0 ? (uint32_t)v : UINT32_MAX;
}

/** Writes year, month and day of a day counted from 1970-01-01 (Gregorian). */
static void civil(int64_t day, int *ret_year, int *ret_month, int *ret_day)
{
	/* Years are counted from March so that the leap day is the last; 400 years are 146097 days.
	 */
	int64_t d = day + 719468;
	int64_t era = (d >= 0 ? d : d - 146096) / 146097;
	int64_t in_era = d - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	*ret_day = (int)(in_year - (153 * month + 2) / 5 + 1);
	*ret_month = (int)(month < 10 ? month + 3 : month - 9);
	*ret_year = (int)(year + era * 400 + (*ret_month <= 2 ? 1 : 0));
}

/** "2026-11-23" and "09:03:12" with between between them. Returns its length. */
static int format_seconds(int64_t seconds, char between, char *ret, size_t n)
{
	int64_t day = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
	int s = (int)(seconds - day * 86400);
	int year, month, mday;

	civil(day, &year, &month, &mday);
	return snprintf(ret, n, "%04d-%02d-%02d%c%02d:%02d:%02d", year, month, mday, between,
		s / 3600, s / 60 % 60, s % 60);
}

void instant_format(int64_t t, char *ret, size_t n)
{
	format_seconds(instant_floor_s(t), ' ', ret, n);
}

void instant_format_s(int64_t s, char *ret, size_t n)
{
	format_seconds(s, ' ', ret, n);
}

void instant_format_rfc3339(int64_t t, int digits, char *ret, size_t n)
{
	char text[INSTANT_TEXT];
	int length = format_seconds(instant_floor_s(t), 'T', text, sizeof(text));

	if (digits > 9) {
		digits = 9;
	}
	if (digits > 0) {
		snprintf(text + length, sizeof(text) - (size_t)length, ".%09d",
			(int)instant_rest_ns(t));
		length += 1 + digits;
	}
	snprintf(ret, n, "%.*sZ", length, text);
}

void instant_format_minute(int64_t s, char *ret)
{
	char text[INSTANT_TEXT];

	instant_format_s(s, text, sizeof(text));
	snprintf(ret, INSTANT_TEXT, "%.10sT%.5sZ", text, text + 11);
}
