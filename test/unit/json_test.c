/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON: what is written is read back by another hand's parser.
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "common/text.h"

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

/** A document in memory. */
struct document {
	char s[4096];
	struct text t;
	struct json j;
};

static struct json *begin(struct document *d)
{
	d->t = text_on(d->s, sizeof(d->s));
	d->j = json_on(json_to_text, &d->t);
	return &d->j;
}

static void exact_text(void **state)
{
	struct document d;
	struct json *j = begin(&d);

	(void)state;
	json_put_object(j, NULL);
	json_put_string(j, "s", "a\"b\\c\n\x7f");
	json_put_array(j, "a");
	json_put_int(j, NULL, INT64_MIN);
	json_put_uint(j, NULL, UINT64_MAX);
	json_put_real(j, NULL, 0.1);
	json_put_real(j, NULL, NAN);
	json_put_bool(j, NULL, true);
	json_put_null(j, NULL);
	json_put_object(j, NULL);
	json_end(j);
	json_put_array(j, NULL);
	json_end(j);
	json_end(j);
	json_put_bool(j, "b", false);
	assert_false(json_complete(j));
	json_end(j);
	assert_true(json_complete(j));
	assert_string_equal(d.s, "{\"s\":\"a\\\"b\\\\c\\u000a\\u007f\",\"a\":[-9223372036854775808,"
				 "18446744073709551615,0.1,null,true,null,{},[]],\"b\":false}");
}

static void misuse_is_remembered(void **state)
{
	struct document d;
	struct json *j = begin(&d);

	(void)state;
	assert_false(json_complete(j));
	json_end(j);
	assert_true(j->bad);

	j = begin(&d);
	json_put_object(j, NULL);
	json_put_int(j, NULL, 1);
	assert_true(j->bad);
	assert_string_equal(d.s, "{");

	j = begin(&d);
	json_put_array(j, NULL);
	json_put_int(j, "key", 1);
	assert_true(j->bad);

	j = begin(&d);
	json_put_int(j, NULL, 1);
	assert_true(json_complete(j));
	json_put_int(j, NULL, 2);
	assert_true(j->bad);
	assert_string_equal(d.s, "1");
}

static void depth_is_bounded(void **state)
{
	struct document d;
	struct json *j = begin(&d);

	(void)state;
	for (int i = 0; i < JSON_DEPTH; i++) {
		json_put_array(j, NULL);
	}
	assert_false(j->bad);
	for (int i = 0; i < JSON_DEPTH; i++) {
		json_end(j);
	}
	assert_true(json_complete(j));
	j = begin(&d);
	for (int i = 0; i <= JSON_DEPTH; i++) {
		json_put_array(j, NULL);
	}
	assert_true(j->bad);
	assert_false(json_complete(j));
}

#ifdef HAVE_JANSSON

static json_t *parse(const char *s)
{
	json_error_t error;
	json_t *root = json_loads(s, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	if (!root) {
		fail_msg("%s: %s", error.text, s);
	}
	return root;
}

static void strings_come_back(void **state)
{
	struct document d;
	struct json *j = begin(&d);
	json_t *root;
	char all[256];

	(void)state;
	for (int i = 1; i < 128; i++) {
		all[i - 1] = (char)i;
	}
	memcpy(all + 127, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90\xf4\x8f\xbf\xbf", 14);
	json_put_object(j, NULL);
	json_put_string(j, all, all);
	json_put_string(j, "none", NULL);
	json_end(j);
	root = parse(d.s);
	assert_string_equal(json_string_value(json_object_get(root, all)), all);
	assert_true(json_is_null(json_object_get(root, "none")));
	json_decref(root);
}

/** Bytes that are not UTF-8, and what must stand for them. */
static void bad_utf8_is_replaced(void **state)
{
	static const char *const pairs[][2] = {
		{"a\x80z", "a\xef\xbf\xbdz"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc3", "\xef\xbf\xbd"},
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf0\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xff", "\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct document d;
		json_t *root;

		json_put_string(begin(&d), NULL, pairs[i][0]);
		root = parse(d.s);
		assert_string_equal(json_string_value(root), pairs[i][1]);
		json_decref(root);
	}
}

static void reals_come_back(void **state)
{
	static const double v[] = {0.0, -0.0, 1.0, -1.5, 0.1, 1e-9, 83333.333, 1.0 / 3.0, DBL_MAX,
		DBL_MIN, 5e-324, 1e22, 1e23, 123456789.123456789, -2.2250738585072011e-308};
	uint64_t x = 7;

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct document d;
		double want = v[i % (sizeof(v) / sizeof(v[0]))];
		json_t *root;

		if (i >= sizeof(v) / sizeof(v[0])) {
			x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			want = (double)(int64_t)x * pow(2.0, (double)(i % 120) - 100.0);
		}
		json_put_real(begin(&d), NULL, want);
		root = parse(d.s);
		assert_true(json_number_value(root) == want);
		json_decref(root);
	}
}

static void infinities_are_null(void **state)
{
	struct document d;

	(void)state;
	json_put_real(begin(&d), NULL, INFINITY);
	assert_string_equal(d.s, "null");
	json_put_real(begin(&d), NULL, -INFINITY);
	assert_string_equal(d.s, "null");
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_text),
		cmocka_unit_test(misuse_is_remembered),
		cmocka_unit_test(depth_is_bounded),
#ifdef HAVE_JANSSON
		cmocka_unit_test(strings_come_back),
		cmocka_unit_test(bad_utf8_is_replaced),
		cmocka_unit_test(reals_come_back),
		cmocka_unit_test(infinities_are_null),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
