/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator's arithmetic against brute force: one filter, and the delays of a path.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "daemon/track/filter.h"
#include "daemon/track/path.h"

#define ROOT_2PI 2.50662827463100050242

/* Density between walls that leans to one of them, seen through a Gaussian, by small pieces. */
static double leaning(const struct filter_noise *n, double error)
{
	double low = -n->width / 2, piece = n->width / 400, sum = 0, all = 0;

	for (int i = 0; i < 400; i++) {
		double e = low + (i + 0.5) * piece, d = error - e, p = exp(n->tilt * e);

		all += p * piece;
		sum += p * piece * exp(-d * d / 2 / n->variance) / sqrt(n->variance) / ROOT_2PI;
	}
	return sum / all;
}

/* Density of a measurement's error by the filter's own words. */
static double density(const struct filter_noise *n, double error)
{
	double sd = sqrt(n->variance), usual, bell;

	bell = exp(-error * error / 2 / n->bell / n->bell) / n->bell / ROOT_2PI;
	if (n->tilt != 0)
		usual = leaning(n, error);
	else if (n->width > 0)
		usual = 0.5 *
			(erf((error + n->width / 2) / sd / sqrt(2)) -
				erf((error - n->width / 2) / sd / sqrt(2))) /
			n->width;
	else
		usual = exp(-error * error / 2 / n->variance) / sd / ROOT_2PI;
	return (1 - FILTER_BELL_SHARE) * usual + FILTER_BELL_SHARE * bell;
}

/* Mean and variance of the offset after a measurement, by adding up small pieces. */
static void brute(const struct filter *f, double z, const struct filter_noise *n, double *ret_mean,
	double *ret_variance, double *ret_density)
{
	double sd = sqrt(f->p00), w = 0, m = 0, v = 0, dx = sd / 2000;

	for (double u = -8 * sd; u <= 8 * sd; u += dx) {
		double p =
			exp(-u * u / 2 / f->p00) / sd / ROOT_2PI * density(n, z - (f->x + u)) * dx;

		w += p;
		m += p * u;
		v += p * u * u;
	}
	*ret_mean = f->x + m / w;
	*ret_variance = v / w - m / w * (m / w);
	*ret_density = w;
}

static void updates_are_exact(void **state)
{
	static const struct {
		double z;
		struct filter_noise n;
	} cases[] = {
		{0.3, {.width = 1, .variance = 1e-4, .bell = 3}},
		{-1.4, {.width = 1, .variance = 1e-2, .bell = 3}},
		{2.5, {.width = 3, .variance = 1e-2, .bell = 9}},
		{4, {.width = 0.5, .variance = 1e-2, .bell = 2}},
		{-6, {.width = 0.5, .variance = 1e-2, .bell = 2}},
		{0.7, {.variance = 0.2, .bell = 5}},
		{-5, {.variance = 0.2, .bell = 5}},
		{0.3, {.width = 3, .tilt = 2, .variance = 1e-2, .bell = 9}},
		{1.9, {.width = 3, .tilt = -2, .variance = 1e-2, .bell = 9}},
		{1.4, {.width = 2, .tilt = -4, .variance = 1e-1, .bell = 9}},
		{-0.2, {.width = 2, .tilt = 4, .variance = 1e-1, .bell = 9}},
		{0, {.width = 20, .variance = 1e-2, .bell = 60}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter before = {.x = 0.1, .y = 2, .p00 = 1, .p01 = 0.3, .p11 = 0.5};
		struct filter after = before;
		double mean, variance, w, gain;
		struct filter_evidence e;

		brute(&before, cases[i].z, &cases[i].n, &mean, &variance, &w);
		e = filter_update(&after, cases[i].z, &cases[i].n);
		assert_true(fabs(after.x - mean) < 1e-4);
		assert_true(fabs(after.p00 - variance) < 1e-4);
		assert_true(fabs(e.log_density - log(w)) < 1e-4);
		/* The rate follows the offset by their covariance. */
		gain = before.p01 / before.p00;
		assert_true(fabs(after.y - (before.y + gain * (after.x - before.x))) < 1e-9);
		assert_true(after.p00 * after.p11 > after.p01 * after.p01);
	}
}

static void what_nothing_explains_moves_nothing(void **state)
{
	struct filter_noise n = {.width = 1e-4, .variance = 1e-12, .bell = 1e-3};
	struct filter f = {.p00 = 1e-10, .p11 = 1e-16}, before = f;
	struct filter_evidence e = filter_update(&f, 0.1, &n);

	(void)state;
	assert_true(e.lost > 0.999);
	assert_true(isfinite(e.log_density));
	assert_true(fabs(f.x - before.x) < 1e-12);
	assert_true(fabs(f.p00 / before.p00 - 1) < 1e-6);
}

static void prediction_grows_as_a_random_walk(void **state)
{
	struct filter a = {.x = 1, .y = 0.5, .p00 = 1, .p01 = 0.1, .p11 = 0.2}, b = a;

	(void)state;
	filter_predict(&a, 10, 0.3);
	for (int i = 0; i < 10; i++)
		filter_predict(&b, 1, 0.3);
	assert_true(fabs(a.x - 6) < 1e-12);
	assert_true(fabs(a.p11 - (0.2 + 0.09 * 10)) < 1e-9);
	assert_true(fabs(a.p00 - b.p00) < 1e-9 && fabs(a.p01 - b.p01) < 1e-9);
}

static void the_path_keeps_order(void **state)
{
	static struct path p;
	uint32_t r = 1;
	double all[2000];

	(void)state;
	path_reset(&p);
	assert_true(path_min(&p) == 0 && path_quantile(&p, 0.5) == 0);
	for (int i = 0; i < 2000; i++) {
		double least = INFINITY;

		r = r * 1664525 + 1013904223;
		all[i] = 1e-3 + (r >> 8) * 1e-10;
		path_add(&p, all[i]);
		for (int j = i; j >= 0 && j > i - PATH_ROOM; j--)
			least = fmin(least, all[j]);
		assert_true(path_min(&p) == least);
		for (unsigned j = 1; j < p.n; j++)
			assert_true(p.sorted[j - 1] <= p.sorted[j]);
	}
	assert_int_equal(p.n, PATH_ROOM);
	assert_true(path_quantile(&p, 0) <= path_quantile(&p, 0.3));
	assert_true(path_width(&p, path_min(&p)) > 0);
}

static void a_new_path_is_taken_after_a_handful(void **state)
{
	static struct path p;
	int n;

	(void)state;
	path_reset(&p);
	for (int i = 0; i < 100; i++)
		assert_true(path_add(&p, 1e-3 + 1e-6 * (i * 37 % 100)) <= 0);
	for (n = 1; n < 100; n++) {
		double changed = path_add(&p, 6e-3 + 1e-6 * (n * 37 % 100));

		if (changed > 0) {
			assert_true(fabs(changed - 5e-3) < 1e-4);
			break;
		}
	}
	assert_int_equal(n, PATH_NEW);
	assert_true(path_min(&p) > 5.9e-3);
	/* The way back is seen at once. */
	assert_true(path_add(&p, 1e-3) < -4.9e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates_are_exact),
		cmocka_unit_test(what_nothing_explains_moves_nothing),
		cmocka_unit_test(prediction_grows_as_a_random_walk),
		cmocka_unit_test(the_path_keeps_order),
		cmocka_unit_test(a_new_path_is_taken_after_a_handful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
