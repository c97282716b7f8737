/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the files of a set, and the time that lines begin with. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/logs/filegen.h"

/* 2026-11-23 09:01:19.615 */
#define MOMENT (INT64_C(1795424479) * INSTANT_S + 615 * INT64_C(1000000))

static void test_suffixes(void **state)
{
	static const struct {
		enum ntp_filegen_type type;
		int64_t s; /* since 1970 */
		int64_t ran_s;
		const char *suffix;
	} cases[] = {
		{NTP_FILEGEN_NONE, 1795424479, 0, ""},
		{NTP_FILEGEN_PID, 1795424479, 0, ".#25884"},
		{NTP_FILEGEN_DAY, 1795424479, 0, ".20261123"},
		{NTP_FILEGEN_DAY, 1795478399, 0, ".20261123"},
		{NTP_FILEGEN_DAY, 1795478400, 0, ".20261124"},
		{NTP_FILEGEN_WEEK, 1795424479, 0, ".2026w46"}, /* day 326 from 0 */
		{NTP_FILEGEN_WEEK, 1767225600, 0, ".2026w00"}, /* January 1st */
		{NTP_FILEGEN_WEEK, 1767830400, 0, ".2026w01"}, /* January 8th */
		{NTP_FILEGEN_WEEK, 1735603200, 0, ".2024w52"}, /* December 31st of a leap year */
		{NTP_FILEGEN_MONTH, 1795424479, 0, ".202611"},
		{NTP_FILEGEN_YEAR, 1795424479, 0, ".2026"},
		{NTP_FILEGEN_AGE, 1795424479, 0, ".a00000000"},
		{NTP_FILEGEN_AGE, 1795424479, 86399, ".a00000000"},
		{NTP_FILEGEN_AGE, 1795424479, 2 * 86400 + 5, ".a00172800"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filegen_moment m = {cases[i].s * INSTANT_S, cases[i].ran_s, 25884};
		char buffer[32];
		struct text t = text_on(buffer, sizeof(buffer));

		filegen_suffix(cases[i].type, &m, &t);
		assert_string_equal(buffer, cases[i].suffix);
	}
}

static void test_stamp(void **state)
{
	static const struct {
		int64_t at;
		const char *columns;
	} cases[] = {
		{MOMENT, "61367 32479.615"},
		{MOMENT + 999999, "61367 32479.615"}, /* cut, not rounded */
		{0, "40587 0.000"},
		{-1, "40586 86399.999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buffer[32];
		struct text t = text_on(buffer, sizeof(buffer));

		filegen_stamp(cases[i].at, &t);
		assert_string_equal(buffer, cases[i].columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
