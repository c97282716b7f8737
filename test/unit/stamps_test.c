/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of timestamps for interleaved mode. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/serve/stamps.h"

#define S (UINT64_C(1) << 32)

static struct stamps *make(size_t n)
{
	struct stamps *s;

	assert_int_equal(stamps_create(n, &s), 0);
	return s;
}

static bool take(struct stamps *s, uint64_t receive, uint64_t transmit, bool kernel)
{
	uint64_t got;
	bool whose;

	if (!stamps_take(s, receive, &got, &whose))
		return false;
	assert_int_equal(got, transmit);
	assert_int_equal(whose, kernel);
	return true;
}

static void told_once(void **state)
{
	struct stamps *s = make(8);

	(void)state;
	assert_int_equal(stamps_held(s), 0);
	assert_true(stamps_span(s) == 0);
	assert_false(take(s, 0, 0, false));
	stamps_save(s, 5 * S + 1, 5 * S + 4);
	stamps_save(s, 7 * S + 1, 7 * S + 4);
	assert_int_equal(stamps_held(s), 2);
	assert_true(stamps_span(s) == 2);
	assert_true(stamps_correct(s, 5 * S + 1, 5 * S + 9, true));
	assert_true(take(s, 5 * S + 1, 5 * S + 8, true));
	assert_false(take(s, 5 * S + 1, 0, false));
	assert_false(stamps_correct(s, 5 * S + 1, 5 * S + 10, true));
	assert_false(take(s, 5 * S + 1, 0, false));
	assert_true(take(s, 7 * S + 1, 7 * S + 4, false));
	stamps_destroy(s);
	stamps_destroy(NULL);
}

/* chrony-behaviour 12: a stamp of the kernel counts within 1 s. */
static void section_12_corrected_within_a_second(void **state)
{
	struct stamps *s = make(8);

	(void)state;
	stamps_save(s, 5 * S + 1, 5 * S + 4);
	assert_false(stamps_correct(s, 5 * S + 1, 7 * S, true));
	assert_false(stamps_correct(s, 5 * S + 1, 3 * S, true));
	assert_false(stamps_correct(s, 5 * S + 3, 5 * S + 6, true));
	assert_true(stamps_correct(s, 5 * S + 1, 5 * S + S / 2, false));
	assert_true(take(s, 5 * S + 1, 5 * S + S / 2, false));
	stamps_destroy(s);
}

static void twice_is_never(void **state)
{
	struct stamps *s = make(8);

	(void)state;
	stamps_save(s, 5, 8);
	stamps_save(s, 5, 10);
	assert_false(take(s, 5, 0, false));
	stamps_destroy(s);
}

static void oldest_gives_way(void **state)
{
	struct stamps *s = make(8);

	(void)state;
	for (uint64_t i = 1; i <= 20; i++)
		stamps_save(s, i * S + 1, i * S + 2);
	assert_int_equal(stamps_held(s), 8);
	assert_true(stamps_span(s) == 7);
	for (uint64_t i = 1; i <= 20; i++)
		assert_int_equal(take(s, i * S + 1, i * S + 2, false), i > 12);
	/* older than all in a full ring */
	stamps_save(s, S, S + 2);
	assert_false(take(s, S, 0, false));
	stamps_destroy(s);
}

/* Two sockets are read by turns; all orders find all. */
static void out_of_order(void **state)
{
	struct stamps *s = make(1024);

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		stamps_save(s, (i ^ 0x2a) * S + 1, (i ^ 0x2a) * S + 2);
	for (uint64_t i = 0; i < 1000; i++)
		assert_true(take(s, (i ^ 0x2a) * S + 1, (i ^ 0x2a) * S + 2, false));
	assert_true(stamps_span(s) > 990);
	stamps_destroy(s);
}

/* A clock that goes back, and the end of an era. */
static void clock_goes_back(void **state)
{
	struct stamps *s = make(1024);

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		stamps_save(s, (i + 5000) * S + 1, (i + 5000) * S + 2);
	stamps_save(s, 10 * S + 1, 10 * S + 2);
	assert_int_equal(stamps_held(s), 1);
	assert_true(take(s, 10 * S + 1, 10 * S + 2, false));
	stamps_destroy(s);
	s = make(8);
	stamps_save(s, UINT64_MAX - S, UINT64_MAX - S + 3);
	stamps_save(s, S, S + 2);
	assert_true(stamps_span(s) > 1.9 && stamps_span(s) < 2.1);
	assert_true(take(s, S, S + 2, false));
	assert_true(take(s, UINT64_MAX - S, UINT64_MAX - S + 3, false));
	stamps_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_once),
		cmocka_unit_test(section_12_corrected_within_a_second),
		cmocka_unit_test(twice_is_never),
		cmocka_unit_test(oldest_gives_way),
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(clock_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
