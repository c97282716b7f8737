/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other programs hand to reference clocks: segments of shared memory, datagrams, and the
 * parameters of drivers.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "common/text.h"
#include "refclocks/parameter.h"
#include "refclocks/shm_segment.h"
#include "refclocks/sock_sample.h"

static struct shm_segment good_segment(void)
{
	return (struct shm_segment){.mode = 1,
		.count = 2,
		.clock_s = 1795424846,
		.clock_us = 250000,
		.clock_ns = 250000123,
		.receive_s = 1795424845,
		.receive_us = 999999,
		.receive_ns = 999999007,
		.leap = LEAP_INSERT,
		.valid = 1};
}

static void segments_are_taken_once(void **state)
{
	struct shm_segment g = good_segment();
	struct shm_sample m;
	const char *why;

	(void)state;
	assert_int_equal(offsetof(struct shm_segment, receive_s), 24);
	assert_int_equal(offsetof(struct shm_segment, valid), 48);
	assert_int_equal(offsetof(struct shm_segment, receive_ns), 56);
	assert_int_equal(shm_take(&g, &m, &why), 0);
	assert_true(m.reference == INT64_C(1795424846250000123));
	assert_true(m.system == INT64_C(1795424845999999007));
	assert_int_equal(m.leap, LEAP_INSERT);
	assert_int_equal(g.valid, 0);
	assert_int_equal(shm_take(&g, &m, &why), -EAGAIN);
}

static void nanoseconds_must_agree(void **state)
{
	struct shm_segment g = good_segment();
	struct shm_sample m;
	const char *why;

	(void)state;
	/* Older writers leave what they like there. */
	g.clock_ns = 17;
	assert_int_equal(shm_take(&g, &m, &why), 0);
	assert_true(m.reference == INT64_C(1795424846250000000));
	assert_true(m.system == INT64_C(1795424845999999000));
}

static void bad_segments_are_refused(void **state)
{
	static const struct {
		size_t field;
		int32_t value;
		const char *why;
	} bad[] = {
		{offsetof(struct shm_segment, mode), 2, "mode"},
		{offsetof(struct shm_segment, clock_us), 1000000, "microseconds"},
		{offsetof(struct shm_segment, receive_us), -1, "microseconds"},
		{offsetof(struct shm_segment, leap), 3, "not synchronised"},
		{offsetof(struct shm_segment, leap), -1, "leap"},
		{offsetof(struct shm_segment, leap), 4, "leap"},
	};
	struct shm_sample m;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct shm_segment g = good_segment();

		memcpy((uint8_t *)&g + bad[i].field, &bad[i].value, sizeof(bad[i].value));
		assert_int_equal(shm_take(&g, &m, &why), -EINVAL);
		assert_non_null(strstr(why, bad[i].why));
		/* Not seen again at every poll. */
		assert_int_equal(g.valid, 0);
	}
}

/** A datagram as a program in C sends it. */
struct datagram {
	int64_t s, us;
	double offset;
	int32_t pulse, leap, padding, magic;
};

static const struct datagram good_datagram = {
	1795424846, 500000, -0.125, 1, LEAP_DELETE, 77, 0x534f434b};

static int parse(const struct datagram *d, struct sock_sample *ret, const char **why)
{
	return sock_sample_parse((const uint8_t *)d, sizeof(*d), ret, why);
}

static void datagrams_are_read(void **state)
{
	struct sock_sample m;
	const char *why;

	(void)state;
	assert_int_equal(sizeof(good_datagram), SOCK_SAMPLE_MAX);
	assert_int_equal(parse(&good_datagram, &m, &why), 0);
	assert_true(m.system == INT64_C(1795424846500000000));
	assert_true(m.offset == -0.125);
	assert_true(m.pulse);
	assert_int_equal(m.leap, LEAP_DELETE);
}

static void bad_datagrams_are_refused(void **state)
{
	struct sock_sample m;
	struct datagram d;
	const char *why;

	(void)state;
	for (size_t n = 0; n < sizeof(d); n++)
		assert_int_equal(sock_sample_parse((const uint8_t *)&good_datagram, n, &m, &why),
			n == 32 && sizeof(long) == 4 ? 0 : -EINVAL);
	d = good_datagram;
	d.magic++;
	assert_int_equal(parse(&d, &m, &why), -EINVAL);
	assert_string_equal(why, "magic number");
	d = good_datagram;
	d.us = 1000000;
	assert_int_equal(parse(&d, &m, &why), -EINVAL);
	d = good_datagram;
	d.offset = NAN;
	assert_int_equal(parse(&d, &m, &why), -EINVAL);
	d = good_datagram;
	d.leap = 3;
	assert_int_equal(parse(&d, &m, &why), -EINVAL);
	assert_string_equal(why, "its clock is not synchronised");
	d.leap = 4;
	assert_int_equal(parse(&d, &m, &why), -EINVAL);
	/* Any time can be said; that it is nonsense is seen later. */
	d = good_datagram;
	d.s = INT64_MAX;
	assert_int_equal(parse(&d, &m, &why), 0);
}

struct options {
	int perm;
	bool clear;
	char owner[8];
};

static const struct option_rule rules[] = {
	{"clear", OPTION_FLAG, offsetof(struct options, clear), 0, 0, "an edge"},
	{"owner", OPTION_TEXT, offsetof(struct options, owner), 0, 8, "a user"},
	{"perm", OPTION_OCTAL, offsetof(struct options, perm), 0, 0777, "a mode"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static int parse_parameter(
	const char *parameter, struct options *o, char ret[16], char why_text[200])
{
	struct text why = text_on(why_text, 200);

	return parameter_parse(parameter, rules, o, sizeof(*o), ret, 16, &why);
}

static void parameters_have_options(void **state)
{
	struct options o = {0};
	char name[16], why[200];

	(void)state;
	assert_int_equal(parse_parameter("/dev/pps0", &o, name, why), 0);
	assert_string_equal(name, "/dev/pps0");
	assert_int_equal(parse_parameter("3:perm=0640:clear:owner=gps", &o, name, why), 0);
	assert_string_equal(name, "3");
	assert_int_equal(o.perm, 0640);
	assert_true(o.clear);
	assert_string_equal(o.owner, "gps");
	assert_string_equal(why, "");
	assert_int_equal(parse_parameter("3:prem=0640", &o, name, why), -EINVAL);
	assert_non_null(strstr(why, "Invalid refclock driver option prem"));
	assert_non_null(strstr(why, "did you mean perm?"));
	assert_int_equal(parse_parameter("3:perm=0999", &o, name, why), -EINVAL);
	assert_int_equal(parse_parameter("3:", &o, name, why), -EINVAL);
	assert_int_equal(parse_parameter("3:perm", &o, name, why), -EINVAL);
	assert_int_equal(parse_parameter("/a/path/too/long/for/it", &o, name, why), -EINVAL);
	assert_int_equal(parse_parameter("3:clear:clear:clear:clear:clear:clear:clear:clear:clear"
					 ":clear:clear:clear:clear:clear:clear:clear:clear:clear"
					 ":clear:clear:clear:clear:clear:clear:clear:clear:clear"
					 ":clear:clear:clear:clear:clear",
				 &o, name, why),
		-EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_taken_once),
		cmocka_unit_test(nanoseconds_must_agree),
		cmocka_unit_test(bad_segments_are_refused),
		cmocka_unit_test(datagrams_are_read),
		cmocka_unit_test(bad_datagrams_are_refused),
		cmocka_unit_test(parameters_have_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
