/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates as people type them, and the things that are none. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cli/date.h"
#include "common/instant.h"
#include "test/unit/environment.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* 2026-11-23 09:06:58 UTC, a Monday */
#define NOW 1795424818

static void test_good(void **state)
{
	static const struct {
		const char *text, *expected;
	} table[] = {
		{"16:30", "2026-11-23T16:30:00.000Z"},
		{"16:30:05", "2026-11-23T16:30:05.000Z"},
		{"16:30:05.25", "2026-11-23T16:30:05.250Z"},
		{"4:30 pm", "2026-11-23T16:30:00.000Z"},
		{"12:30 am", "2026-11-23T00:30:00.000Z"},
		{"Nov 21, 2015 16:30:05", "2015-11-21T16:30:05.000Z"},
		{"Sep 25, 2015 16:30:05", "2015-09-25T16:30:05.000Z"},
		{"16:30:05 25 september 2015", "2015-09-25T16:30:05.000Z"},
		{"Mon Nov 23 09:06:50 2026", "2026-11-23T09:06:50.000Z"},
		{"Sept 5", "2026-09-05T00:00:00.000Z"},
		{"2015-09-25", "2015-09-25T00:00:00.000Z"},
		{"2015-09-25 16:30", "2015-09-25T16:30:00.000Z"},
		{"2015-09-25T16:30:05.5Z", "2015-09-25T16:30:05.500Z"},
		{"9/25/2015 1:00", "2015-09-25T01:00:00.000Z"},
		{"9/25 1:00", "2026-09-25T01:00:00.000Z"},
		{"@1795424818.5", "2026-11-23T09:06:58.500Z"},
		{"now", "2026-11-23T09:06:58.000Z"},
		{"now + 2 hours", NULL},
		{"+2 hours", "2026-11-23T11:06:58.000Z"},
		{"3 days ago", "2026-11-20T09:06:58.000Z"},
		{"-1 week", "2026-11-16T09:06:58.000Z"},
		{"yesterday", "2026-11-22T00:00:00.000Z"},
		{"tomorrow 1:00", "2026-11-24T01:00:00.000Z"},
		{"today 12:00 1 min", "2026-11-23T12:01:00.000Z"},
		{"2015-12-31 23:59:59 1 sec", "2016-01-01T00:00:00.000Z"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		char text[INSTANT_TEXT];
		int64_t t;
		int r = date_parse(table[i].text, NOW, &t);

		if (!table[i].expected) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		if (r < 0)
			fail_msg("%s: not understood", table[i].text);
		instant_format_rfc3339(t, 3, text, sizeof(text));
		assert_string_equal(text, table[i].expected);
	}
}

static void test_bad(void **state)
{
	static const char *const table[] = {"", "   ", "soon", "25:00", "12:60", "12:00:61",
		"12:00:05x", "-1:30", "1:-5", "2015--1-01", "0000-01-01", "1/1/0", "12:00 13:00",
		"13:00 pm", "Nov", "Nov 32", "Nov 21 Dec", "2015", "2015-13-01", "2015-00-10",
		"0009-01-01", "2262-01-01", "9/25/1969", "2015-09-25T", "2015-09-25Tx",
		"2015-09-25 2015-09-26", "9/32/2015", "@", "@x", "5", "3 fortnights", "ago", "Mo",
		"-12", "Nov 21 2015 2016", "a b c d e f g h i j k l m n o p q r s t u v w x y z"};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		if (date_parse(table[i], NOW, &t) == 0)
			fail_msg("%s: understood", table[i]);
	}
}

/* Local time unless it says otherwise. */
static void test_zone(void **state)
{
	int64_t t;

	(void)state;
	setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
	tzset();
	assert_int_equal(date_parse("2026-07-01 12:00", NOW, &t), 0);
	assert_int_equal(t / INSTANT_S, 1782921600);
	assert_int_equal(date_parse("2026-12-01 12:00", NOW, &t), 0);
	assert_int_equal(t / INSTANT_S, 1796144400);
	assert_int_equal(date_parse("2026-12-01 12:00 UTC", NOW, &t), 0);
	assert_int_equal(t / INSTANT_S, 1796144400 - 5 * 3600);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		ENVIRONMENT_TEST(test_zone),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
