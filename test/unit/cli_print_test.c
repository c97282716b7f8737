/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns of numbers at and beside every threshold, in chronyc's three forms and in JSON. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/print.h"
#include "common/cmdmon.h"
#include "common/instant.h"
#include "test/unit/cli_capture.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void test_intervals(void **state)
{
	static const struct {
		uint32_t s;
		const char *text;
	} table[] = {{0, "   0"}, {59, "  59"}, {1199, "1199"}, {1200, " 20m"}, {1259, " 20m"},
		{35999, "599m"}, {36000, " 10h"}, {345599, " 95h"}, {345600, "  4d"},
		{86400U * 999, "999d"}, {86400U * 1000 - 1, "999d"}, {86400U * 1000, "  2y"},
		{86400U * 365 * 3, "  3y"}, {REPORT_NEVER - 1, "136y"}, {REPORT_NEVER, "   -"}};
	char text[16];

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		print_format_interval(table[i].s, text, sizeof(text));
		assert_string_equal(text, table[i].text);
	}
}

static void test_amounts(void **state)
{
	static const struct {
		double s;
		const char *amount, *offset;
	} table[] = {
		{0, "   0ns", "   +0ns"},
		{-1e-12, "   0ns", "   -0ns"},
		{70e-6, "  70us", "  +70us"},
		{5973e-9, "5973ns", "+5973ns"},
		{9999.4e-9, "9999ns", "+9999ns"},
		{9999.6e-9, "  10us", "  +10us"},
		{-9999.6e-9, "  10us", "  -10us"},
		{9999.4e-6, "9999us", "+9999us"},
		{9999.6e-6, "  10ms", "  +10ms"},
		{4, "4000ms", "+4000ms"},
		{9999.4e-3, "9999ms", "+9999ms"},
		{9999.6e-3, " 10.0s", " +10.0s"},
		{-123.45, "123.5s", "-123.5s"},
		{999.4, "999.4s", "+999.4s"},
		{999.6, " 1000s", " +1000s"},
		{99999.4, "99999s", "+99999s"},
		{99999.6, " 1667m", " +1667m"},
		{99999.4 * 60, "99999m", "+99999m"},
		{-99999.6 * 60, " 1667h", " -1667h"},
		{99999.4 * 3600, "99999h", "+99999h"},
		{99999.6 * 3600, " 4167d", " +4167d"},
		{99999.4 * 86400, "99999d", "+99999d"},
		{99999.6 * 86400, "  274y", "  +274y"},
		{-4.6e18, "145865043125y", "-145865043125y"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		print_format_seconds(table[i].s, false, text, sizeof(text));
		assert_string_equal(text, table[i].amount);
		print_format_seconds(table[i].s, true, text, sizeof(text));
		assert_string_equal(text, table[i].offset);
	}
}

/* One value in all its forms. */
static void one(enum print_mode mode, void (*print)(struct printer *p), const char *expected)
{
	struct capture c;

	capture_begin(&c, mode, false);
	print_report(&c.printer, "test", false);
	print_row(&c.printer);
	print(&c.printer);
	print_row_end(&c.printer, "");
	print_report_end(&c.printer);
	assert_string_equal(capture_take(&c), expected);
	assert_false(c.printer.failed);
	capture_end(&c);
}

#define JSON(members) "{\"version\":1,\"report\":\"test\"," members "}\n"

static void frequency(struct printer *p)
{
	print_ppm(p, "", "a_ppm", 2000);
	print_signed_ppm(p, " ", "b_ppm", -0.0004);
	print_signed_ppm(p, " ", "c_ppm", 99999.4994);
	print_signed_ppm(p, " ", "d_ppm", 99999.5);
	print_ppm(p, " ", "e_ppm", -1e6);
}

static void test_frequencies(void **state)
{
	(void)state;
	one(PRINT_HUMAN, frequency, "  2000.000     -0.000 +99999.499    +100000   -1000000");
	one(PRINT_CSV, frequency, "2000.000,-0.000,99999.499,99999.500,-1000000.000\n");
	one(PRINT_JSON, frequency,
		JSON("\"a_ppm\":2000,\"b_ppm\":0,\"c_ppm\":99999.499,\"d_ppm\":99999.5,"
		     "\"e_ppm\":-1000000"));
}

static void times(struct printer *p)
{
	print_time(p, "", "a", INT64_C(1795424810442772289));
	print_date(p, " ", "b", INT64_C(1795424816177051089));
	print_time(p, " ", "c", 0);
}

static void test_times(void **state)
{
	(void)state;
	one(PRINT_HUMAN, times,
		"Mon Nov 23 09:06:50 2026 2026-11-23 09:06:56 Thu Jan 01 00:00:00 1970");
	one(PRINT_CSV, times, "1795424810.442772289,2026-11-23 09:06:56,0.000000000\n");
	one(PRINT_JSON, times,
		JSON("\"a\":\"2026-11-23T09:06:50.442772289Z\",\"a_unix_s\":1795424810.4427722,"
		     "\"b\":\"2026-11-23T09:06:56.177051089Z\",\"b_unix_s\":1795424816.177051,"
		     "\"c\":null,\"c_unix_s\":null"));
}

static void before_1970(struct printer *p)
{
	print_time(p, "", NULL, -1);
}

static void oldest(struct printer *p)
{
	print_time(p, "", NULL, INT64_MIN);
}

static void test_times_before_1970(void **state)
{
	(void)state;
	one(PRINT_HUMAN, before_1970, "Wed Dec 31 23:59:59 1969");
	one(PRINT_CSV, before_1970, "-1.999999999\n");
	one(PRINT_CSV, oldest, "-9223372037.145224192\n");
}

static void words(struct printer *p)
{
	print_leap(p, "", "a", LEAP_INSERT);
	print_leap_short(p, " ", "b", LEAP_DELETE);
	print_leap(p, " ", "c", (enum leap)7);
	print_bool(p, " ", "d", true);
	print_select_options(p, " ", "e", SELECT_PREFER | SELECT_REQUIRE);
	print_text(p, " ", "f", NULL, 3);
	print_text(p, " ", "g", "ab", -4);
	print_hex(p, "|", "h", 0x7f000002);
	print_octal(p, " ", "i", 0377, 4);
	print_log2(p, " ", "j", -5);
	print_log2(p, " ", "k", 127);
	print_text(p, NULL, "l", "only JSON and CSV", 0);
}

static void test_words(void **state)
{
	(void)state;
	one(PRINT_HUMAN, words, "Insert second - Invalid Yes -P-R-     ab  |7F000002  377 -5  -");
	one(PRINT_CSV, words,
		"Insert second,Delete second,Invalid,Yes,-,P,-,R,-,,ab,7F000002,377,-5,127,"
		"only JSON and CSV\n");
	one(PRINT_JSON, words,
		JSON("\"a\":\"insert\",\"b\":\"delete\",\"c\":null,\"d\":true,"
		     "\"e\":[\"prefer\",\"require\"],\"f\":null,\"g\":\"ab\","
		     "\"h\":\"7F000002\",\"i\":255,\"j\":-5,\"k\":null,"
		     "\"l\":\"only JSON and CSV\""));
}

static void numbers(struct printer *p)
{
	print_u64(p, "", "a", UINT64_MAX, 4);
	print_int(p, " ", "b", -3, 5);
	print_real(p, " ", "c", 1.25, 8, 1);
	print_signed(p, " ", "d", 1.25, 0, 3);
	print_either(p, " ", "e", -0.25, 2, "ppm", "slow");
	print_interval(p, " ", "f", REPORT_NEVER);
	print_interval(p, " ", "g", 3);
	print_real(p, " ", "h", NAN, 0, 1);
}

static void test_numbers(void **state)
{
	(void)state;
	one(PRINT_HUMAN, numbers,
		"18446744073709551615    -3      1.2 +1.250 0.25 ppm slow    -    3 nan");
	one(PRINT_CSV, numbers, "18446744073709551615,-3,1.2,1.250,-0.25,4294967295,3,nan\n");
	one(PRINT_JSON, numbers,
		JSON("\"a\":18446744073709551615,\"b\":-3,\"c\":1.2,\"d\":1.25,\"e\":-0.25,"
		     "\"f\":null,\"g\":3,\"h\":null"));
}

static void test_header(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	print_header(&c.printer, "Name", "  X ");
	assert_string_equal(capture_take(&c), "Name  X \n========\n");
	c.printer.wide = true;
	print_header(&c.printer, "Name", "  X ");
	assert_string_equal(capture_take(&c), "Name                X \n======================\n");
	print_header(&c.printer, "Name", NULL);
	assert_string_equal(capture_take(&c), "Name\n====\n");
	c.printer.mode = PRINT_CSV;
	print_header(&c.printer, "Name", "  X ");
	print_literal(&c.printer, "text");
	assert_string_equal(capture_take(&c), "");
	capture_end(&c);
}

/* The column of names grows with -w to either side. */
static void test_wide_names(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, true);
	print_row(&c.printer);
	print_name(&c.printer, "[", "name", "ab", -3);
	print_name(&c.printer, "][", "name", "ab", 3);
	print_row_end(&c.printer, "]");
	assert_string_equal(capture_take(&c), "[ab               ][               ab]");
	capture_end(&c);
}

static void test_list(void **state)
{
	struct capture c;
	json_t *root;
	json_error_t error;

	(void)state;
	capture_begin(&c, PRINT_JSON, false);
	print_report(&c.printer, "things", true);
	for (int i = 0; i < 3; i++) {
		print_row(&c.printer);
		print_int(&c.printer, "", "i", i, 0);
		print_text(&c.printer, "", "s", "\"\\\n\xff", 0);
		print_row_end(&c.printer, "\n");
	}
	print_report_end(&c.printer);
	root = json_loads(capture_take(&c), 0, &error);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "version")), 1);
	assert_string_equal(json_string_value(json_object_get(root, "report")), "things");
	assert_int_equal(json_array_size(json_object_get(root, "things")), 3);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(json_object_get(root, "things"), 2), "i")),
		2);
	json_decref(root);
	print_report(&c.printer, "things", true);
	print_report_end(&c.printer);
	assert_string_equal(
		capture_take(&c), "{\"version\":1,\"report\":\"things\",\"things\":[]}\n");
	capture_end(&c);
}

/* Of a report that fails half way nothing is written but the failure. */
static void test_dropped_report(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_JSON, false);
	print_report(&c.printer, "things", true);
	print_row(&c.printer);
	print_int(&c.printer, "", "i", 1, 0);
	print_row_end(&c.printer, "\n");
	print_result(&c.printer, 503, "No such source");
	print_report_drop(&c.printer);
	assert_string_equal(capture_take(&c), "{\"version\":1,\"report\":\"result\",\"code\":503,"
					      "\"message\":\"No such source\"}\n");
	assert_false(c.printer.failed);
	c.printer.mode = PRINT_CSV;
	print_result(&c.printer, 200, "OK");
	assert_string_equal(capture_take(&c), "200 OK\n");
	capture_end(&c);
}

static void test_full_disk(void **state)
{
	struct printer p = {.out = fopen("/dev/full", "w"), .mode = PRINT_JSON};

	(void)state;
	if (!p.out)
		skip();
	setvbuf(p.out, NULL, _IONBF, 0);
	print_report(&p, "things", true);
	print_report_end(&p);
	assert_true(p.failed);
	fclose(p.out);
}

static void test_statuses(void **state)
{
	static const struct {
		uint16_t status;
		int code;
		const char *message;
	} table[] = {{0, 200, "OK"}, {1, 500, "Failure"}, {2, 501, "Not authorised"},
		{3, 502, "Invalid command"}, {4, 503, "No such source"},
		{6, 505, "Facility not enabled in daemon"}, {8, 208, "Access allowed"},
		{9, 209, "Access denied"}, {15, 519, "Client logging is not active in the daemon"},
		{21, 521, "Invalid name"}, {22, 520, "Got unexpected error from daemon"},
		{65535, 520, "Got unexpected error from daemon"}};
	int code;

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		assert_string_equal(print_status_message(table[i].status, &code), table[i].message);
		assert_int_equal(code, table[i].code);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_frequencies),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_before_1970),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_wide_names),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_dropped_report),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
