/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds from lists and time zones: what is read, and what is refused.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/clock/leaptable.h"
#include "test/unit/zone_file.h"

#define LIST                                                                                       \
	"#\tcomment\n"                                                                             \
	"#$\t3676924800\n"                                                                         \
	"#@\t3928521600\n"                                                                         \
	"2272060800\t10\t# 1 Jan 1972\n"                                                           \
	"2287785600\t11\t# 1 Jul 1972\n"                                                           \
	"3439756800\t34\t# 1 Jan 2009\n"                                                           \
	"3550089600\t35\t# 1 Jul 2012\n"                                                           \
	"3644697600\t36\t# 1 Jul 2015\n"                                                           \
	"\n"                                                                                       \
	"3692217600 37\n"

static int parse(const char *text, struct leaptable *t)
{
	return leaptable_parse_list(
		(struct span){.p = (const uint8_t *)text, .n = strlen(text)}, t);
}

static void lists_are_read(void **state)
{
	struct leaptable t;
	int tai = -1;

	(void)state;
	assert_int_equal(parse(LIST, &t), 0);
	assert_int_equal(t.n, 6);
	assert_true(t.expires == INT64_C(3928521600) - 2208988800);
	assert_true(leaptable_check(&t));
	/* 2016-12-31 23:59:59 and the second after. */
	assert_int_equal(leaptable_at(&t, 1483228799, &tai), LEAP_INSERT);
	assert_int_equal(tai, 36);
	assert_int_equal(leaptable_at(&t, 1483228800, &tai), LEAP_NONE);
	assert_int_equal(tai, 37);
	assert_int_equal(leaptable_at(&t, 1483228800 - 86401, &tai), LEAP_NONE);
	assert_int_equal(tai, 36);
	/* Before 1972 there were none. */
	assert_int_equal(leaptable_at(&t, -1, &tai), LEAP_NONE);
	assert_int_equal(tai, 0);
}

static void a_deleted_second_is_seen(void **state)
{
	struct leaptable t;
	int tai;

	(void)state;
	assert_int_equal(
		parse("#$ 3676924800\n#@ 3928521600\n3550089600 35\n3644697600 34", &t), 0);
	assert_int_equal(leaptable_at(&t, 3644697600 - 2208988800 - 1, &tai), LEAP_DELETE);
	assert_int_equal(tai, 35);
	assert_false(leaptable_check(&t));
}

static void bad_lists_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"#$ 3676924800\n#@ 3928521600\n",
		"#@ 3928521600\n2272060800 10\n",
		"#$ 3676924800\n2272060800 10\n",
		"#$ 3676924800\n#@ x\n2272060800 10\n",
		"#$ 3676924800\n#@ 3928521600\n2272060800\n",
		"#$ 3676924800\n#@ 3928521600\n2272060800 10 11\n",
		"#$ 3676924800\n#@ 3928521600\n2272060801 10\n",
		"#$ 3676924800\n#@ 3928521600\n2287785600 11\n2272060800 10\n",
		"#$ 3676924800\n#@ 3928521600\n2272060800 99999\n",
		"#$ 3676924800\n#@ 3928521600\n99999999999999999999 10\n",
	};
	struct leaptable t = {.n = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &t), -EINVAL);
	assert_int_equal(t.n, 7);
	assert_int_equal(
		leaptable_parse_list((struct span){.p = (const uint8_t *)"a\0b", .n = 3}, &t),
		-EINVAL);
}

static void time_zones_are_read(void **state)
{
	static const struct zone_leap leaps[] = {
		{78796800, 1}, {78796800 + 184 * 86400, 2}, {78796800 + 2 * 184 * 86400, 1}};
	struct leaptable t = {.n = 0};
	uint8_t p[512];
	size_t n = zone_file(p, sizeof(p), leaps, 3);
	int tai;

	(void)state;
	assert_int_equal(leaptable_parse_tzif((struct span){p, n}, &t), 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(leaptable_at(&t, 78796799, &tai), LEAP_INSERT);
	assert_int_equal(tai, 10);
	assert_int_equal(leaptable_at(&t, 78796800, &tai), LEAP_NONE);
	assert_int_equal(tai, 11);
	assert_int_equal(leaptable_at(&t, 78796800 + 2 * 184 * 86400 - 1, &tai), LEAP_DELETE);
	assert_int_equal(tai, 12);
	/* Every beginning of it is refused, and nothing beyond it is read. */
	for (size_t cut = 0; cut < n - 2; cut++) {
		uint8_t exact[512];

		memcpy(exact + sizeof(exact) - cut, p, cut);
		assert_int_equal(
			leaptable_parse_tzif((struct span){exact + sizeof(exact) - cut, cut}, &t),
			-EINVAL);
	}
	p[0] = 't';
	assert_int_equal(leaptable_parse_tzif((struct span){p, n}, &t), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(a_deleted_second_is_seen),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(time_zones_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
