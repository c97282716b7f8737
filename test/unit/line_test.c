/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line through a few points, some of them wild.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "daemon/clock/line.h"

static struct line fit(const struct line_point *p, size_t n)
{
	struct line l;

	line_fit(p, n, &l);
	return l;
}

static void few(void **state)
{
	static const struct line_point p[] = {{-10, 3}, {-4, 1}, {0, 7}};
	struct line l = fit(p, 1);

	(void)state;
	assert_true(l.offset == 3 && l.slope == 0);
	assert_int_equal(l.n, 1);
	l = fit(p, 2);
	assert_true(fabs(line_at(&l, -10) - 3) < 1e-12 && fabs(line_at(&l, -4) - 1) < 1e-12);
	l = fit(p, 3);
	assert_int_equal(l.n, 3);
}

/* Wild points less than half in number do not matter. */
static void wild(void **state)
{
	struct line_point p[16];
	struct line l;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		p[i].x = (double)i - 15;
		p[i].y = 2 + 0.5 * p[i].x + (i % 5 == 2 ? 1e6 : i % 5 == 0 ? -40 : 0);
	}
	l = fit(p, 16);
	assert_true(fabs(l.offset - 2) < 1e-9 && fabs(l.slope - 0.5) < 1e-9);
	assert_int_equal(l.n, 16);
}

/* Points about another line before are left out. */
static void bends(void **state)
{
	struct line_point p[LINE_MOST];
	struct line l;

	(void)state;
	for (size_t i = 0; i < LINE_MOST; i++) {
		double noise = i % 3 == 0 ? 0.01 : i % 3 == 1 ? -0.01 : 0.002;

		p[i].x = (double)i - LINE_MOST;
		p[i].y = (i < 40 ? -2 * (p[i].x + 24) : 0.1 * (p[i].x + 24)) + noise;
	}
	l = fit(p, LINE_MOST);
	assert_true(l.n < 40);
	assert_true(fabs(l.slope - 0.1) < 0.01);
	l = fit(p + 40, 24);
	assert_int_equal(l.n, 24);
	assert_true(l.runs > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few),
		cmocka_unit_test(wild),
		cmocka_unit_test(bends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
