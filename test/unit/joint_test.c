/* SPDX-License-Identifier: BSD-2-Clause */
/* The joint estimator on a simulated oscillator with several sources that are asked by turns. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "common/instant.h"
#include "daemon/track/joint.h"
#include "test/sim/random.h"

#define SOURCES 3

/** A clock with sources. */
struct world {
	struct sim_random clock, net;
	double wander; /**< s/s per sqrt(s) */
	double t, x, y;
	double jitter[SOURCES], bias[SOURCES]; /**< s */
	int n;
	struct track *tracks[SOURCES];
	struct joint *joint;
	struct joint_source joined[SOURCES];
};

static struct world begin(uint64_t seed, int n, double wander, double jitter)
{
	struct world w = {.wander = wander, .t = 1.0, .n = n, .joint = joint_create()};

	assert_non_null(w.joint);
	w.clock = sim_random_from(seed, 1);
	w.net = sim_random_from(seed, 2);
	for (int i = 0; i < n; i++) {
		w.jitter[i] = jitter;
		w.tracks[i] = track_create(6, 0);
		w.joined[i] = (struct joint_source){w.tracks[i], 20 * 0.05 * jitter, JOINT_FOLLOW};
	}
	return w;
}

static void end(struct world *w)
{
	joint_destroy(w->joint);
	for (int i = 0; i < w->n; i++)
		track_destroy(w->tracks[i]);
}

static void advance(struct world *w, double dt)
{
	double a = sim_random_normal(&w->clock), b = sim_random_normal(&w->clock);
	double dy = w->wander * sqrt(dt) * a;

	w->x += dt * w->y + dt * dy / 2 + w->wander * dt * sqrt(dt / 12) * b;
	w->y += dy;
	w->t += dt;
}

static void measure(struct world *w, int i)
{
	double j = w->jitter[i], out = j * sim_random_exponential(&w->net);
	double back = j * sim_random_exponential(&w->net);
	struct sample s = {.osc = instant_ns(w->t),
		.offset_ns = instant_ns(w->x + w->bias[i] + (out - back) / 2),
		.delay = 20 * j + out + back,
		.dispersion = 1e-9,
		.queueing = true};

	assert_int_equal(track_sample(w->tracks[i], &s), 0);
	joint_follow(w->joint, w->joined, (size_t)w->n);
}

static double error(const struct world *w, struct track_estimate *ret)
{
	assert_int_equal(joint_estimate(w->joint, instant_ns(w->t), ret), 0);
	return (double)ret->offset_ns * 1e-9 - w->x;
}

/* What is known by all estimates, each weighted by its variance. */
static double combined_error(const struct world *w)
{
	double sum = 0.0, weight = 0.0;

	for (int i = 0; i < w->n; i++) {
		struct track_estimate e;

		assert_int_equal(track_estimate(w->tracks[i], instant_ns(w->t), &e), 0);
		sum += ((double)e.offset_ns * 1e-9 - w->x) / (e.offset_sd * e.offset_sd);
		weight += 1 / (e.offset_sd * e.offset_sd);
	}
	return sum / weight;
}

/** Root mean squares of errors before each sample, s. */
struct result {
	double joint, combined, first; /**< first: of the first source's own estimate */
	double claimed;
};

/* Rounds of samples of all sources, evenly spread over interval. */
static struct result run(struct world *w, int rounds, double interval)
{
	struct result r = {0};
	int counted = 0;

	for (int k = 0; k < rounds * w->n; k++) {
		struct track_estimate e, own;
		double by;

		advance(w, interval / w->n);
		if (k >= rounds * w->n / 4) {
			by = error(w, &e);
			r.joint += by * by;
			r.claimed += e.offset_sd * e.offset_sd;
			by = combined_error(w);
			r.combined += by * by;
			track_estimate(w->tracks[0], instant_ns(w->t), &own);
			by = (double)own.offset_ns * 1e-9 - w->x;
			r.first += by * by;
			counted++;
		}
		measure(w, k % w->n);
	}
	return (struct result){sqrt(r.joint / counted), sqrt(r.combined / counted),
		sqrt(r.first / counted), sqrt(r.claimed / counted)};
}

/* Where the clock wanders between samples, sources by turns are one that is asked more often. */
static void turns_are_worth_more_than_means(void **state)
{
	double joint = 0.0, combined = 0.0, claimed = 0.0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world w = begin(seed, 3, 1e-9, 1e-4);
		struct result r = run(&w, 200, 1024);

		joint += r.joint * r.joint / 10;
		combined += r.combined * r.combined / 10;
		claimed += r.claimed * r.claimed / 10;
		end(&w);
	}
	printf("joint %.1f us, it says %.1f us; combined %.1f us\n", sqrt(joint) * 1e6,
		sqrt(claimed) * 1e6, sqrt(combined) * 1e6);
	assert_true(joint < 0.92 * 0.92 * combined);
	assert_true(claimed > joint / 4 && claimed < joint * 4);
}

/* Bad sources do not harm a good one. */
static void the_good_one_is_not_harmed(void **state)
{
	double joint = 0.0, good = 0.0;

	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct world w = begin(seed, 3, 1e-9, 1e-5);
		struct result r;

		w.jitter[1] = 1e-4;
		w.jitter[2] = 1e-3;
		for (int i = 0; i < 3; i++)
			w.joined[i].bias = w.jitter[i];
		r = run(&w, 400, 256);
		joint += r.joint * r.joint / 10;
		good += r.first * r.first / 10;
		end(&w);
	}
	printf("joint %.2f us, the good one alone %.2f us\n", sqrt(joint) * 1e6, sqrt(good) * 1e6);
	assert_true(joint < 1.01 * 1.01 * good);
}

/* Paths that are not alike both ways: the estimate is between the sources and does not jump from
 * one to the other. */
static void offsets_of_sources_are_learnt(void **state)
{
	struct world w = begin(3, 2, 1e-10, 1e-5);
	struct track_estimate before, after;
	double most = 0.0;

	(void)state;
	w.bias[0] = 2e-4;
	w.bias[1] = -2e-4;
	w.joined[0].bias = w.joined[1].bias = 2e-4;
	run(&w, 100, 64);
	for (int k = 0; k < 40; k++) {
		advance(&w, 32);
		error(&w, &before);
		measure(&w, k % 2);
		error(&w, &after);
		most = fmax(most, fabs((double)(after.offset_ns - before.offset_ns) * 1e-9));
		assert_true(fabs(error(&w, &after)) < 1e-4);
	}
	assert_true(most < 1e-5);
	/* What both may be off by alike is not in it. */
	assert_true(after.offset_sd < 2e-5);
	end(&w);
}

/* What a liar said is undone: the others' samples alone are left. */
static void lies_are_undone(void **state)
{
	struct world w = begin(4, 3, 1e-10, 1e-5);
	struct joint *honest = joint_create();
	struct track_estimate with, without;

	(void)state;
	assert_non_null(honest);
	w.bias[2] = 1e-3;
	w.joined[2].bias = 1e-3;
	run(&w, 20, 64);
	joint_follow(honest, w.joined, 2);
	assert_int_equal(joint_estimate(honest, instant_ns(w.t), &without), 0);
	assert_true(fabs(error(&w, &with)) < 1e-3);
	w.joined[2].use = JOINT_UNDO;
	joint_follow(w.joint, w.joined, 3);
	assert_int_equal(joint_estimate(w.joint, instant_ns(w.t), &with), 0);
	assert_int_equal(with.offset_ns, without.offset_ns);
	assert_true(with.rate == without.rate && with.offset_sd == without.offset_sd);
	/* It can come back later, and go without a trace of its own. */
	w.bias[2] = 0.0;
	track_reset(w.tracks[2]);
	w.joined[2].use = JOINT_FOLLOW;
	run(&w, 20, 64);
	assert_true(fabs(error(&w, &with)) < 1e-5);
	w.joined[2].use = JOINT_LEAVE;
	joint_follow(w.joint, w.joined, 3);
	assert_true(fabs(error(&w, &with)) < 1e-5);
	joint_destroy(honest);
	end(&w);
}

/* A source that steps, within what may be believed of it, does not take the clock with it; a clock
 * whose rate steps takes all sources with it. */
static void steps_find_their_owner(void **state)
{
	struct world w = begin(5, 3, 1e-10, 1e-5);
	struct track_estimate e;

	(void)state;
	run(&w, 100, 64);
	w.bias[0] = 5e-4;
	run(&w, 8, 64);
	assert_true(fabs(error(&w, &e)) < 1e-4);
	w.bias[0] = 0;
	w.joined[0].use = JOINT_LEAVE;
	joint_follow(w.joint, w.joined, 3);
	w.joined[0].use = JOINT_FOLLOW;
	run(&w, 20, 64);
	w.y += 1e-5;
	run(&w, 12, 64);
	assert_true(fabs(error(&w, &e)) < 1e-4);
	assert_true(fabs(e.rate - w.y) < 1e-6);
	end(&w);
}

/* One source alone, none, too many, and offsets far from zero. */
static void at_its_edges(void **state)
{
	struct world w = begin(6, 2, 1e-9, 1e-4);
	struct joint_source many[JOINT_MOST + 2];
	struct track *tracks[JOINT_MOST + 2];
	struct track_estimate e;

	(void)state;
	assert_int_equal(joint_estimate(w.joint, 0, &e), -EAGAIN);
	joint_follow(w.joint, NULL, 0);
	assert_int_equal(joint_estimate(w.joint, 0, &e), -EAGAIN);
	joint_follow(w.joint, w.joined, 2); /* without a sample */
	assert_int_equal(joint_estimate(w.joint, 0, &e), -EAGAIN);
	w.x = 1e6;
	w.y = 2e-4;
	run(&w, 100, 64);
	assert_true(fabs(error(&w, &e)) < 1e-3);
	joint_follow(w.joint, w.joined, 1);
	assert_int_equal(joint_estimate(w.joint, 0, &e), -EAGAIN);
	joint_follow(w.joint, w.joined, 2);
	assert_true(fabs(error(&w, &e)) < 1e-3);
	for (int i = 0; i < JOINT_MOST + 2; i++) {
		struct sample s = {.osc = instant_ns(w.t + 2 * i),
			.offset_ns = instant_ns(w.x),
			.delay = 1e-3,
			.dispersion = 1e-9,
			.queueing = i % 2};

		tracks[i] = track_create(6, 0);
		many[i] = (struct joint_source){tracks[i], 1e-4, JOINT_FOLLOW};
		assert_int_equal(track_sample(tracks[i], &s), 0);
		joint_follow(w.joint, many, (size_t)i + 1);
	}
	assert_true(fabs(error(&w, &e)) < 1e-3 && isfinite(e.offset_sd));
	for (int i = 0; i < JOINT_MOST + 2; i++)
		track_destroy(tracks[i]);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_worth_more_than_means),
		cmocka_unit_test(the_good_one_is_not_harmed),
		cmocka_unit_test(offsets_of_sources_are_learnt),
		cmocka_unit_test(lies_are_undone),
		cmocka_unit_test(steps_find_their_owner),
		cmocka_unit_test(at_its_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
