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

#include "common/sha1.h"
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

/* Of a list's digits the five words of its line #h are the SHA-1. */
static void signatures_are_read(void **state)
{
	static const char digits[] = "36769248003928521600227206080010228778560011343975680034"
				     "355008960035364469760036369221760037";
	static const uint8_t expected[LEAPTABLE_HASH] = {0x1c, 0x59, 0xa7, 0xba, 0, 0xff, 0x79,
		0xeb, 0xc4, 0x27, 0xc8, 0xba, 0xc7, 0x64, 0xe5, 0xb1, 0, 0, 0, 0x64};
	static const struct {
		const char *line;
		int result;
	} cases[] = {{"#h\t1ca\n", -EINVAL}, {"#h 1 2 3 4 5 6\n", -EINVAL},
		{"#h 1 2 3 4 x\n", -EINVAL}, {"#h 1 2 3 4 123456789\n", -EINVAL},
		{"#h 1 2 3 4 -5\n", -EINVAL}, {"#h", -EINVAL}, {"# h 1 2 3 4 5", -ENODATA},
		{"", -ENODATA}, {"#h 1c59a7ba ff79eb c427c8ba c764e5b1 64\n", 0}};
	uint8_t hash[LEAPTABLE_HASH], own[SHA1_LENGTH], got[1000];
	char text[1000];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", LIST, cases[i].line);
		assert_int_equal(leaptable_signature((struct span){(uint8_t *)text, strlen(text)},
					 hash, got, &n),
			cases[i].result);
	}
	assert_memory_equal(hash, expected, sizeof(hash));
	sha1(got, n, own);
	assert_memory_equal(own, "\x1c\x59\xa7\xba\xff\xff\x79\xeb", 8);
	assert_int_equal(n, strlen(digits));
	assert_memory_equal(got, digits, n);
}

/* RFC 3174 7.3, and lengths about that of a block. */
static void hashes(void **state)
{
	static const struct {
		size_t n;
		const char *hash;
	} cases[] = {{0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{3, "7e240de74fb1ed08fa08d38063f6a6a91462a815"},
		{55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
		{56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
		{63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
		{64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
		{65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
		{119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
		{120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
		{128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
		{200, "e61cfffe0d9195a525fc6cf06ca2d77119c24a40"}};
	uint8_t data[200], hash[SHA1_LENGTH];
	char text[2 * SHA1_LENGTH + 1];

	(void)state;
	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sha1(data, cases[i].n, hash);
		for (size_t j = 0; j < sizeof(hash); j++)
			snprintf(text + 2 * j, 3, "%02x", (unsigned)hash[j]);
		assert_string_equal(text, cases[i].hash);
	}
	sha1((const uint8_t *)"abc", 3, hash);
	assert_memory_equal(hash, "\xa9\x99\x3e\x36\x47\x06\x81\x6a", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(a_deleted_second_is_seen),
		cmocka_unit_test(bad_lists_are_refused),
		cmocka_unit_test(signatures_are_read),
		cmocka_unit_test(hashes),
		cmocka_unit_test(time_zones_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
