/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded text, words, suggestions, numbers in any locale.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"

static void builds_within_bounds(void **state)
{
	char s[8];
	struct text t = text_on(s, sizeof(s));

	(void)state;
	text_add(&t, "%d-%s", 12, "ab");
	assert_string_equal(s, "12-ab");
	assert_int_equal(t.n, 5);
	assert_false(t.cut);
	text_add(&t, "%s", "cd");
	assert_string_equal(s, "12-abcd");
	assert_false(t.cut);
	text_add(&t, "e");
	assert_string_equal(s, "12-abcd");
	assert_int_equal(t.n, 7);
	assert_true(t.cut);
	text_add(&t, "f");
	assert_string_equal(s, "12-abcd");

	t = text_on(s, 1);
	text_add(&t, "x");
	assert_string_equal(s, "");
	assert_true(t.cut);
}

static void reads_hexadecimal(void **state)
{
	static const char *const bad[] = {"0", "000", "0g", "g0", " 00", "00 ", "0x10", "00:0",
		"@A", "`a", "/0", "G0", "\xe1\xe1"};
	const uint8_t want[] = {0x09, 0xaf, 0xAF};
	uint8_t got[3];

	(void)state;
	assert_int_equal(text_hex_digit('\0'), -1);
	assert_int_equal(text_hex("09afAF", got, sizeof(got)), 3);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(text_hex("09afAF", got, 2), 0);
	assert_int_equal(text_hex("", got, sizeof(got)), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(text_hex(bad[i], got, sizeof(got)), 0);
}

static void copies_whole_or_not(void **state)
{
	char s[4] = "old";

	(void)state;
	assert_int_equal(text_copy(s, sizeof(s), "long"), -ENAMETOOLONG);
	assert_string_equal(s, "old");
	assert_int_equal(text_copy(s, sizeof(s), "new"), 0);
	assert_string_equal(s, "new");
	assert_int_equal(text_copy(s, sizeof(s), ""), 0);
	assert_string_equal(s, "");
}

static void distances(void **state)
{
	char at_limit[64], beyond[65];

	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("abc", ""), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("makestp", "makestep"), 1);
	assert_int_equal(text_distance("MakeStep", "makestep"), 0);
	assert_int_equal(text_distance("ibrust", "iburst"), 1);
	assert_int_equal(text_distance("iburst", "burst"), 1);
	assert_int_equal(text_distance("ab", "ba"), 1);
	memset(at_limit, 'a', 63);
	at_limit[63] = '\0';
	memset(beyond, 'a', 64);
	beyond[64] = '\0';
	assert_int_equal(text_distance(at_limit, at_limit), 0);
	assert_int_equal(text_distance(at_limit, ""), 63);
	assert_int_equal(text_distance(beyond, beyond), UINT_MAX);
	assert_int_equal(text_distance("a", beyond), UINT_MAX);
}

static const char *nearest(const char *typed)
{
	struct text_nearest n = text_nearest_to(typed);

	text_nearest_offer(&n, "port");
	text_nearest_offer(&n, "pool");
	text_nearest_offer(&n, "makestep");
	return n.word ? n.word : "";
}

static void suggestions(void **state)
{
	char s[64];
	struct text t = text_on(s, sizeof(s));
	struct text_nearest n = text_nearest_to("prot");

	(void)state;
	assert_string_equal(nearest("prot"), "port");
	assert_string_equal(nearest("poll"), "pool");
	assert_string_equal(nearest("makesteps"), "makestep");
	assert_string_equal(nearest("mkastep"), "makestep");
	assert_string_equal(nearest("xyz"), "");
	assert_string_equal(nearest(""), "");
	text_add_nearest(&t, &n);
	assert_string_equal(s, "");
	text_nearest_offer(&n, "port");
	text_add_nearest(&t, &n);
	assert_string_equal(s, ", did you mean port?");
}

static void words(void **state)
{
	char line[] = " \t one\vtwo  three\r\n", blank[] = " \n", empty[] = "";
	char *w[3] = {NULL, NULL, NULL};

	(void)state;
	assert_int_equal(text_split(line, w, 3), 3);
	assert_string_equal(w[0], "one");
	assert_string_equal(w[1], "two");
	assert_string_equal(w[2], "three");
	assert_int_equal(text_split(blank, w, 3), 0);
	assert_int_equal(text_split(empty, w, 3), 0);
	assert_true(text_same_word("IBurst", "iburst"));
	assert_false(text_same_word("iburst", "ibursts"));
	assert_false(text_same_word("ibursts", "iburst"));
}

static void split_stops_at_its_room(void **state)
{
	char line[] = "one two three";
	char *w[2];

	(void)state;
	assert_int_equal(text_split(line, w, 2), 2);
	assert_string_equal(w[1], "two");
}

static void whole_numbers(void **state)
{
	static const char *const bad[] = {
		"", "-", "+", "1x", "x", "0x10", "1.0", " 1", "1 ", "--1", "1e3"};
	long long v = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(text_to_int(bad[i], LLONG_MIN, LLONG_MAX, &v), -EINVAL);
	}
	assert_int_equal(text_to_int("8", 1, 7, &v), -ERANGE);
	assert_int_equal(text_to_int("0", 1, 7, &v), -ERANGE);
	assert_int_equal(text_to_int("9223372036854775808", LLONG_MIN, LLONG_MAX, &v), -ERANGE);
	assert_int_equal(text_to_int("99999999999999999999999", LLONG_MIN, LLONG_MAX, &v), -ERANGE);
	assert_int_equal(v, 42);
	assert_int_equal(text_to_int("9223372036854775807", LLONG_MIN, LLONG_MAX, &v), 0);
	assert_true(v == LLONG_MAX);
	assert_int_equal(text_to_int("-9223372036854775808", LLONG_MIN, LLONG_MAX, &v), 0);
	assert_true(v == LLONG_MIN);
	assert_int_equal(text_to_int("+007", 1, 7, &v), 0);
	assert_int_equal(v, 7);
}

static void real(const char *s, double want)
{
	double v = -1234.5;

	assert_int_equal(text_to_real(s, &v), 0);
	if (v != want) {
		fail_msg("%s gives %.17g, not %.17g", s, v, want);
	}
}

static void real_numbers(void **state)
{
	static const char *const bad[] = {"", ".", "-", "+.", "e5", "1e", "1e+", "1.0x", "1,5",
		"nan", "inf", "-inf", "infinity", "0x10", "1e400", "1 ", " 1",
		"1e99999999999999999999"};
	double v = 42.0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (text_to_real(bad[i], &v) != -EINVAL) {
			fail_msg("%s was taken", bad[i]);
		}
	}
	assert_true(v == 42.0);
	real("0", 0.0);
	real("1", 1.0);
	real("-1.5", -1.5);
	real("+.5", 0.5);
	real("5.", 5.0);
	real("1e3", 1e3);
	real("1E-3", 1e-3);
	real("0.1", 0.1);
	real("83333.333", 83333.333);
	real("0.000000001", 1e-9);
	real("123456789012345678901234567890", 123456789012345678901234567890.0);
	real("0.1000000000000000055511151231257827", 0.1);
	real("1e308", 1e308);
	real("0e400", 0.0);
	real("1e-400", 0.0);
	real("2.2250738585072014e-308", 2.2250738585072014e-308);
}

/** Numbers as they are printed come back. */
static void real_numbers_round_trip(void **state)
{
	uint64_t x = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		char s[40];
		double v, want;

		x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		want = (double)(int64_t)x / (double)(UINT64_C(1) << (i % 60));
		snprintf(s, sizeof(s), "%.15g", want);
		want = strtod(s, NULL);
		assert_int_equal(text_to_real(s, &v), 0);
		assert_true(v == want);
	}
}

static void the_locale_has_no_say(void **state)
{
	static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
	bool found = false;

	(void)state;
	for (size_t i = 0; !found && i < sizeof(comma) / sizeof(comma[0]); i++) {
		found = setlocale(LC_ALL, comma[i]) != NULL;
	}
	if (!found) {
		skip();
	}
	assert_string_equal(localeconv()->decimal_point, ",");
	real("1.5", 1.5);
	setlocale(LC_ALL, "C");
}

/** What the sink got last. */
struct heard {
	int messages;
	enum log_priority priority;
	char message[LOG_MESSAGE];
};

static void hear(void *arg, enum log_priority priority, const char *message)
{
	struct heard *h = arg;

	h->messages++;
	h->priority = priority;
	text_copy(h->message, sizeof(h->message), message);
}

static void messages(void **state)
{
	struct heard h = {0};
	struct log log = {.write = hear, .arg = &h, .lowest = LOG_PRIORITY_WARNING};
	char big[2 * LOG_MESSAGE];

	(void)state;
	log_debug(&log, "no");
	log_info(&log, "no");
	assert_int_equal(h.messages, 0);
	log_warning(&log, "%s %d", "port", 5);
	assert_string_equal(h.message, "port 5");
	assert_int_equal(h.priority, LOG_PRIORITY_WARNING);
	log_error(&log, "e");
	assert_int_equal(h.priority, LOG_PRIORITY_ERROR);
	log_fatal(&log, "f");
	assert_int_equal(h.priority, LOG_PRIORITY_FATAL);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_error(&log, "%s", big);
	assert_int_equal(strlen(h.message), LOG_MESSAGE - 1);
	assert_int_equal(h.messages, 4);
	log_error(NULL, "nowhere");
	/* Nobody else begins a line, or commands a terminal. */
	log_error(&log, "name %s", "\033[2J\n2026 fake \x7f\xc3\xa9");
	assert_string_equal(h.message, "name ?[2J?2026 fake ?\xc3\xa9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_within_bounds),
		cmocka_unit_test(copies_whole_or_not),
		cmocka_unit_test(reads_hexadecimal),
		cmocka_unit_test(distances),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(words),
		cmocka_unit_test(split_stops_at_its_room),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(real_numbers),
		cmocka_unit_test(real_numbers_round_trip),
		cmocka_unit_test(the_locale_has_no_say),
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
