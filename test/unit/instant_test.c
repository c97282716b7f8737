/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instants: eras, rounding, saturation, text.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"

/** 2036-02-07 06:28:16 UTC, where NTP's era 1 begins, in seconds of Unix time. */
#define ERA_1 INT64_C(2085978496)

static void differences(void **state)
{
	(void)state;
	assert_true(instant_diff_s(3 * INSTANT_S, INSTANT_S) == 2.0);
	assert_true(instant_diff_s(1, 2) == -1e-9);
	assert_true(instant_diff_s(ERA_1 * INSTANT_S + 1, ERA_1 * INSTANT_S) == 1e-9);
	assert_true(instant_diff_s(INT64_MAX, INT64_MIN) > 9.2e9);
	assert_true(instant_diff_s(INT64_MIN, INT64_MAX) < -9.2e9);
}

static void additions(void **state)
{
	(void)state;
	assert_int_equal(instant_add(5, -7), -2);
	assert_int_equal(instant_add(INT64_MAX, 1), INT64_MAX);
	assert_int_equal(instant_add(INT64_MIN, -1), INT64_MIN);
	assert_int_equal(instant_add_s(5, 1.5), 5 + 3 * INSTANT_S / 2);
	assert_int_equal(instant_add_s(0, -0.25), -INSTANT_S / 4);
	assert_int_equal(instant_add_s(INT64_MAX - 1, 1.0), INT64_MAX);
	assert_int_equal(instant_add_s(INT64_MIN + 1, -1.0), INT64_MIN);
	assert_int_equal(instant_ns(1e-9), 1);
	assert_int_equal(instant_ns(-1.4e-9), -1);
	assert_int_equal(instant_ns(1e300), INT64_MAX);
	assert_int_equal(instant_ns(-1e300), INT64_MIN);
	assert_int_equal(instant_ns(INFINITY), INT64_MAX);
	assert_int_equal(instant_ns(-INFINITY), INT64_MIN);
	assert_int_equal(instant_ns(9223372037.0), INT64_MAX);
	assert_int_equal(instant_ns(-9223372037.0), INT64_MIN);
	assert_int_equal(instant_ns(NAN), 0);
}

/* The two halves of an instant, before 1970 too, and back. */
static void halves(void **state)
{
	static const int64_t instants[] = {
		INT64_MIN, -INSTANT_S - 1, -INSTANT_S, -1, 0, 1, INSTANT_S, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
		int64_t s = instant_floor_s(instants[i]), ns = instant_rest_ns(instants[i]);

		assert_in_range(ns, 0, INSTANT_S - 1);
		if (instants[i] > INT64_MIN)
			assert_true(instant_from_s(s, ns) == instants[i]);
	}
	assert_true(instant_floor_s(-1) == -1);
	assert_true(instant_rest_ns(-1) == INSTANT_S - 1);
	assert_true(instant_from_s(INT64_MAX / INSTANT_S, INSTANT_S - 1) == INT64_MAX);
	assert_true(instant_from_s(INT64_MAX, 0) == INT64_MAX);
	assert_true(instant_from_s(INT64_MIN, 5) == INT64_MIN);
}

static void ntp_epoch(void **state)
{
	(void)state;
	/* 1970-01-01 is 2208988800 s after 1900-01-01. */
	assert_true(instant_to_ntp(0) == UINT64_C(2208988800) << 32);
	assert_true(instant_to_ntp(INSTANT_S / 2) ==
		    (UINT64_C(2208988800) << 32 | UINT64_C(0x80000000)));
	/* A nanosecond before 1970. */
	assert_true(instant_to_ntp(-1) >> 32 == 2208988799U);
	assert_true((uint32_t)instant_to_ntp(INSTANT_S - 1) == 0xfffffffcU);
}

static void ntp_round_trip(void **state)
{
	static const int64_t at[] = {0, 1, -1, 999999999, 1732348992123456789, -1234567890123456789,
		ERA_1 * INSTANT_S - 1, ERA_1 * INSTANT_S, ERA_1 * INSTANT_S + 1};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		assert_int_equal(instant_from_ntp(instant_to_ntp(at[i]), at[i]), at[i]);
	}
}

static void eras(void **state)
{
	/* 10 s after the era began: the timestamp has a small number of seconds. */
	uint64_t after = instant_to_ntp((ERA_1 + 10) * INSTANT_S);
	uint64_t before = instant_to_ntp((ERA_1 - 10) * INSTANT_S);

	(void)state;
	assert_int_equal(after >> 32, 10);
	assert_int_equal(before >> 32, 0xffffffffU - 9);
	assert_int_equal(
		instant_from_ntp(after, (ERA_1 - 1000000) * INSTANT_S), (ERA_1 + 10) * INSTANT_S);
	assert_int_equal(
		instant_from_ntp(before, (ERA_1 + 1000000) * INSTANT_S), (ERA_1 - 10) * INSTANT_S);
	/* Seen from 1970 the same bits are of era 0: 1900 is nearer than 2036. */
	assert_int_equal(instant_from_ntp(UINT64_C(10) << 32, -INSTANT_S * 2208988800),
		-INSTANT_S * (2208988800 - 10));
	assert_int_equal(instant_ntp_diff(after, before), 20 * INSTANT_S);
	assert_int_equal(instant_ntp_diff(before, after), -20 * INSTANT_S);
	assert_int_equal(instant_ntp_diff(UINT64_C(1) << 31, 0), INSTANT_S / 2);
	assert_int_equal(instant_ntp_diff(0, UINT64_C(1) << 31), -INSTANT_S / 2);
}

static void from_ntp_saturates(void **state)
{
	(void)state;
	assert_int_equal(
		instant_from_ntp(instant_to_ntp(INT64_MAX) + (UINT64_C(1000) << 32), INT64_MAX),
		INT64_MAX);
	assert_int_equal(
		instant_from_ntp(instant_to_ntp(INT64_MIN) - (UINT64_C(1000) << 32), INT64_MIN),
		INT64_MIN);
}

static void short_format(void **state)
{
	(void)state;
	assert_true(instant_from_short(0x00018000) == 1.5);
	assert_int_equal(instant_to_short(1.5), 0x00018000);
	/* A bound is never rounded down. */
	assert_int_equal(instant_to_short(1e-9), 1);
	assert_int_equal(instant_to_short(1.0 / 65536.0), 1);
	assert_int_equal(instant_to_short(0.0), 0);
	assert_int_equal(instant_to_short(-5.0), 0);
	assert_int_equal(instant_to_short(65536.0), UINT32_MAX);
	assert_int_equal(instant_to_short(1e300), UINT32_MAX);
	assert_int_equal(instant_to_short(INFINITY), UINT32_MAX);
	assert_int_equal(instant_to_short(NAN), UINT32_MAX);
}

static void as_text(void **state)
{
	char s[INSTANT_TEXT], tiny[5];

	(void)state;
	instant_format(INT64_C(1795424592) * INSTANT_S + 5, s, sizeof(s));
	assert_string_equal(s, "2026-11-23 09:03:12");
	instant_format(0, s, sizeof(s));
	assert_string_equal(s, "1970-01-01 00:00:00");
	instant_format(-1, s, sizeof(s));
	assert_string_equal(s, "1969-12-31 23:59:59");
	/* 2000 has a leap day, 2100 has none. */
	instant_format(INT64_C(951782400) * INSTANT_S, s, sizeof(s));
	assert_string_equal(s, "2000-02-29 00:00:00");
	instant_format(INT64_C(4107542400) * INSTANT_S, s, sizeof(s));
	assert_string_equal(s, "2100-03-01 00:00:00");
	instant_format(INT64_MIN, s, sizeof(s));
	assert_string_equal(s, "1677-09-21 00:12:43");
	instant_format(0, tiny, sizeof(tiny));
	assert_string_equal(tiny, "1970");
}

static void as_rfc3339(void **state)
{
	char s[INSTANT_TEXT];

	(void)state;
	instant_format_rfc3339(INT64_C(1795424592123456789), 9, s, sizeof(s));
	assert_string_equal(s, "2026-11-23T09:03:12.123456789Z");
	instant_format_rfc3339(INT64_C(1795424592123456789), 3, s, sizeof(s));
	assert_string_equal(s, "2026-11-23T09:03:12.123Z");
	instant_format_rfc3339(INT64_C(1795424592123456789), 0, s, sizeof(s));
	assert_string_equal(s, "2026-11-23T09:03:12Z");
	instant_format_rfc3339(INT64_MAX, 12, s, sizeof(s));
	assert_string_equal(s, "2262-04-11T23:47:16.854775807Z");
	instant_format_rfc3339(-1, 9, s, sizeof(s));
	assert_string_equal(s, "1969-12-31T23:59:59.999999999Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(additions),
		cmocka_unit_test(halves),
		cmocka_unit_test(ntp_epoch),
		cmocka_unit_test(ntp_round_trip),
		cmocka_unit_test(eras),
		cmocka_unit_test(from_ntp_saturates),
		cmocka_unit_test(short_format),
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_rfc3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
