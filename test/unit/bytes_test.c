/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readers and writers stay within their bounds.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/bytes.h"

static void reads_big_endian(void **state)
{
	static const uint8_t p[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
	struct reader r = reader_on(p, sizeof(p));
	uint8_t two[2];

	(void)state;
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0203);
	assert_int_equal(read_u32(&r), 0x04050607);
	assert_true(read_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	read_bytes(&r, two, 2);
	assert_int_equal(two[0], 16);
	assert_int_equal(two[1], 17);
	read_skip(&r, 1);
	assert_int_equal(r.left, 0);
	assert_false(r.bad);
	read_skip(&r, 0);
	assert_false(r.bad);
}

static void reads_nothing_past_the_end(void **state)
{
	static const uint8_t p[] = {0xff, 0xff, 0xff};
	struct reader r = reader_on(p, sizeof(p));
	uint8_t two[2] = {7, 7};
	struct span s;

	(void)state;
	assert_int_equal(read_u32(&r), 0);
	assert_true(r.bad);
	/* Bad stays bad, although two bytes would be there. */
	read_bytes(&r, two, 2);
	assert_int_equal(two[0], 0);
	assert_int_equal(two[1], 0);
	s = read_span(&r, 1);
	assert_null(s.p);
	assert_int_equal(s.n, 0);
	assert_int_equal(read_u8(&r), 0);

	r = reader_on(p, sizeof(p));
	s = read_span(&r, 3);
	assert_ptr_equal(s.p, p);
	assert_int_equal(s.n, 3);
	s = read_span(&r, SIZE_MAX);
	assert_null(s.p);
	assert_true(r.bad);

	r = reader_on(NULL, 0);
	assert_int_equal(read_u64(&r), 0);
	assert_true(r.bad);
}

static void writes_big_endian(void **state)
{
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 9};
	static const uint8_t nine[] = {9};
	uint8_t p[sizeof(want)];
	struct writer w = writer_on(p, sizeof(p));

	(void)state;
	write_u8(&w, 1);
	write_u16(&w, 0x0203);
	write_u32(&w, 0x04050607);
	write_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	write_zeros(&w, 2);
	write_bytes(&w, nine, 1);
	assert_false(w.bad);
	assert_int_equal(w.n, sizeof(want));
	assert_memory_equal(p, want, sizeof(want));
	write_bytes(&w, NULL, 0);
	assert_false(w.bad);
	write_u8(&w, 1);
	assert_true(w.bad);
	assert_int_equal(w.n, sizeof(want));
}

static void writes_nothing_past_the_end(void **state)
{
	uint8_t p[4] = {1, 1, 1, 1};
	struct writer w = writer_on(p, 3);

	(void)state;
	write_u32(&w, 0);
	assert_true(w.bad);
	write_u8(&w, 0);
	assert_int_equal(w.n, 0);
	for (size_t i = 0; i < sizeof(p); i++) {
		assert_int_equal(p[i], 1);
	}
	w = writer_on(p, 3);
	write_zeros(&w, SIZE_MAX);
	assert_true(w.bad);
	assert_int_equal(p[0], 1);
}

static void compares_secrets(void **state)
{
	static const uint8_t a[] = {1, 2, 3}, b[] = {1, 2, 4}, c[] = {0, 2, 3};

	(void)state;
	assert_true(bytes_equal_secret(a, a, 3));
	assert_true(bytes_equal_secret(a, b, 2));
	assert_false(bytes_equal_secret(a, b, 3));
	assert_false(bytes_equal_secret(a, c, 3));
	assert_true(bytes_equal_secret(a, c, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_big_endian),
		cmocka_unit_test(reads_nothing_past_the_end),
		cmocka_unit_test(writes_big_endian),
		cmocka_unit_test(writes_nothing_past_the_end),
		cmocka_unit_test(compares_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
