/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator: its error in the published scenarios against chrony's and against the limit, and
 * what it does when something breaks.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <math.h>

#include "daemon/track/track.h"
#include "test/unit/track_world.h"

#define S INT64_C(1000000000)

/* One scenario: RMS over runs, s. */
static double rms(const struct world_options *o, int runs, int samples, double *ret_claimed)
{
	double sum = 0, claimed = 0;

	for (int i = 0; i < runs; i++) {
		struct world_result r = world_run(o, (uint64_t)i + 1, samples);

		sum += r.square_between / runs;
		claimed += r.expected / runs;
	}
	if (ret_claimed)
		*ret_claimed = sqrt(claimed);
	return sqrt(sum);
}

static void nears_the_limit(void **state)
{
	static const struct {
		struct world_options o;
		double limit, chrony, bound; /* us */
	} rows[] = {
		{{.law = "exp", .jitter = 1e-4, .wander = 1e-9, .interval = 64}, 9.87, 23.4, 13},
		{{.law = "exp", .jitter = 1e-4, .wander = 1e-8, .interval = 64}, 25.5, 57.1, 31},
		{{.law = "exp", .jitter = 1e-3, .wander = 1e-9, .interval = 64}, 38.1, 105, 58},
		{{.law = "exp", .jitter = 1e-6, .wander = 1e-8, .interval = 64}, 2.51, 11.1, 3.3},
		{{.law = "exp", .jitter = 1e-5, .wander = 1e-9, .interval = 256}, 6.27, 22.6, 7.5},
		{{.law = "exp", .jitter = 1e-4, .wander = 1e-9, .interval = 1024}, 54.2, 99.6, 66},
		{{.law = "gauss", .jitter = 1e-4, .wander = 1e-9, .interval = 64}, 24, 0, 29},
		{{.law = "mix", .jitter = 1e-4, .wander = 1e-9, .interval = 64}, 12.1, 0, 17},
		{{.law = "asym", .jitter = 1e-4, .wander = 1e-9, .interval = 64}, 0, 0, 9},
		{{.law = "burst", .jitter = 1e-4, .wander = 1e-9, .interval = 64}, 0, 0, 20},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double claimed, us = rms(&rows[i].o, 12, 800, &claimed) * 1e6;

		printf("%-5s jitter %.0e wander %.0e every %4.0f s: %.2f us (limit %.2f, chrony "
		       "%.1f)\n",
			rows[i].o.law, rows[i].o.jitter, rows[i].o.wander, rows[i].o.interval, us,
			rows[i].limit, rows[i].chrony);
		assert_true(us < rows[i].bound);
		/* Better than the limit by far would mean that the world is broken. */
		assert_true(us > 0.85 * rows[i].limit);
	}
}

/* What it says of its own error holds within a factor of two. */
static void knows_its_error(void **state)
{
	struct world_options o = {.law = "exp", .jitter = 1e-4, .wander = 1e-9, .interval = 64};
	double claimed, real = rms(&o, 12, 800, &claimed);
	struct world_result r = world_run(&o, 5, 800);

	(void)state;
	assert_true(claimed > real / 2 && claimed < real * 2);
	assert_true(r.wander > 1e-10 && r.wander < 1e-8);
	assert_true(r.deviation > 4e-5 && r.deviation < 1e-4);
}

/* Runs a scenario with an event half way; returns the error n samples after it, RMS of 20 runs. */
static double after(struct world_options o, int n)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct world_result r;

		o.after = n;
		r = world_run(&o, seed, 400);
		sum += r.last * r.last / 20;
	}
	return sqrt(sum);
}

static void recovers_from_surprises(void **state)
{
	struct world_options calm = {.law = "exp", .jitter = 1e-4, .wander = 1e-10, .interval = 64};
	struct world_options o = calm;

	(void)state;
	o.step = 0.1;
	/* One sample may be an outlier; two are the truth. */
	assert_true(after(o, 1) > 0.05);
	assert_true(after(o, 2) < 3e-4);
	assert_true(after(o, 6) < 1e-4);
	o.interval = 1024;
	assert_true(after(o, 6) < 2e-4);
	o = calm;
	o.jump = 1e-6;
	assert_true(after(o, 10) < 8e-5);
	o.interval = 1024;
	assert_true(after(o, 4) < 2e-4);
	o = calm;
	o.jump = 5e-5;
	assert_true(after(o, 12) < 2e-4);
	/* A longer way out moves the estimate by no more than half of what it adds. */
	o = calm;
	o.new_delay = 5e-3;
	assert_true(after(o, 8) < 5e-5);
	assert_true(after(o, 40) < 2.6e-3);
}

static struct sample sample_at(double t, double offset, double delay)
{
	return (struct sample){
		.osc = (int64_t)(t * 1e9),
		.offset_ns = (int64_t)llround(offset * 1e9),
		.delay = delay,
		.dispersion = 1e-7,
		.root_delay = 0.01,
		.root_dispersion = 0.02,
		.stratum = 2,
		.queueing = true,
	};
}

static void section_2_3_single_outliers_do_no_harm(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct sample s = sample_at(
			64.0 * i, i % 20 == 10 ? 0.25 : 1e-5 * (i % 3 - 1), 1e-3 + 1e-5 * (i % 7));

		assert_int_equal(track_sample(t, &s), 0);
	}
	assert_int_equal(track_estimate(t, INT64_C(64) * 199 * S, &e), 0);
	assert_true(llabs(e.offset_ns) < 20000);
	assert_true(fabs(e.rate) < 1e-8);
	track_destroy(t);
}

/* What the oscillator was like before a restart is believed at first, and no longer than it is
 * true.
 */
static void a_known_wander_helps(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate known, unknown, later;

	(void)state;
	for (int k = 0; k < 2; k++) {
		track_reset(t);
		track_prior_wander(t, k == 0 ? 1e-7 : 0.0);
		for (int i = 0; i < 4; i++) {
			struct sample s = sample_at(64.0 * i, 0.0, 1e-3 + 1e-5 * (i % 3));

			assert_int_equal(track_sample(t, &s), 0);
		}
		assert_int_equal(track_estimate(t, 64 * 3 * S, k == 0 ? &known : &unknown), 0);
	}
	assert_true(known.wander > 3e-8 && known.wander < 3e-7 && unknown.wander < 1e-8);
	track_reset(t);
	track_prior_wander(t, 1e-7);
	for (int i = 0; i < 100; i++) {
		struct sample s = sample_at(64.0 * i, 0.0, 1e-3 + 1e-5 * (i % 3));

		assert_int_equal(track_sample(t, &s), 0);
	}
	assert_int_equal(track_estimate(t, 64 * 99 * S, &later), 0);
	assert_true(later.wander < 1e-9);
	track_destroy(t);
}

/* Until a second sample tells whether a surprise is the truth, it is doubted, and the next sample
 * is wanted soon. */
static void surprises_are_doubted(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;
	struct sample s;

	(void)state;
	for (int i = 0; i < 100; i++) {
		s = sample_at(256.0 * i, 1e-6 * (i % 3 - 1), 1e-3 + 1e-5 * (i % 7));
		assert_int_equal(track_sample(t, &s), 0);
	}
	assert_true(track_poll(t, 10, 6, 10, 8) > 6);
	s = sample_at(25600, 0.02, 1e-3);
	assert_int_equal(track_sample(t, &s), 0);
	assert_int_equal(track_estimate(t, s.osc, &e), 0);
	assert_true(e.offset_ns < 1000000 && e.offset_sd > 0.019);
	assert_true(e.rate_sd > 0.019 / 256);
	assert_int_equal(track_poll(t, 10, 6, 10, 8), 3);
	/* The other side is no confirmation. */
	s = sample_at(25664, -0.02, 1e-3);
	assert_int_equal(track_sample(t, &s), 0);
	assert_int_equal(track_estimate(t, s.osc, &e), 0);
	assert_true(llabs(e.offset_ns) < 1000000 && e.offset_sd > 0.019);
	s = sample_at(25728, 1e-6, 1e-3);
	assert_int_equal(track_sample(t, &s), 0);
	assert_int_equal(track_estimate(t, s.osc, &e), 0);
	assert_true(llabs(e.offset_ns) < 100000 && e.offset_sd < 1e-4);
	track_destroy(t);
}

/* A surprise that the next sample does not confirm is as if it had never been, and the interval is
 * again what it was. */
static void outliers_leave_nothing_behind(void **state)
{
	struct track *with = track_create(6, 0), *without = track_create(6, 0);
	struct track_estimate a, b;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct sample s = sample_at(256.0 * i, 1e-6 * (i % 3 - 1), 1e-3 + 1e-5 * (i % 7));

		assert_int_equal(track_sample(with, &s), 0);
		assert_int_equal(track_sample(without, &s), 0);
		assert_int_equal(track_poll(with, 8, 6, 10, 8), track_poll(without, 8, 6, 10, 8));
		if (i == 98) {
			s = sample_at(256.0 * i + 8, 0.02, 1e-3);
			assert_int_equal(track_sample(with, &s), 0);
			assert_int_equal(track_poll(with, 8, 6, 10, 8), 3);
		}
	}
	assert_int_equal(track_estimate(with, 256 * 99 * S, &a), 0);
	assert_int_equal(track_estimate(without, 256 * 99 * S, &b), 0);
	assert_true(llabs(a.offset_ns - b.offset_ns) < 100);
	assert_true(fabs(a.rate - b.rate) < 0.01 * b.rate_sd);
	assert_true(fabs(a.offset_sd - b.offset_sd) < 0.1 * b.offset_sd);
	assert_true(track_poll(with, 6, 6, 10, 8) > 7);
	track_destroy(with);
	track_destroy(without);
}

/* Steps of the rate are told of beforehand by what came before: the variance claimed grows as that
 * of a random walk that would go as far. Steps of the source are no such thing. */
static void steps_of_the_rate_are_allowed_for(void **state)
{
	static const double rates[] = {0, 2e-5}, offsets[] = {0.1, 0};

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct track *t = track_create(6, 0);
		struct track_estimate now, later;

		for (int i = 0; i < 200; i++) {
			double at = 64.0 * i, after = fmax(at - 6400, 0.0);
			struct sample s = sample_at(at,
				rates[k] * after + (after > 0 ? offsets[k] : 0.0) +
					1e-6 * (i % 3 - 1),
				1e-3 + 1e-5 * (i % 7));

			assert_int_equal(track_sample(t, &s), 0);
		}
		assert_int_equal(track_estimate(t, 64 * 199 * S, &now), 0);
		assert_int_equal(track_estimate(t, 64 * 209 * S, &later), 0);
		assert_true(fabs(now.rate - rates[k]) < 1e-7);
		/* 2e-5 in 6400 s: 2.5e-7 per sqrt(s), in 640 s 2.3 ms. */
		if (k == 1)
			assert_true(later.offset_sd > 2e-3 && later.offset_sd < 3e-3);
		else
			assert_true(later.offset_sd < 1e-4);
		track_destroy(t);
	}
}

/* What was best before the path changed is not its best now. */
static void the_best_is_of_the_path_in_force(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_figures f;

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct sample s = sample_at(64.0 * i, 1e-6 * (i % 3 - 1), 1e-3 + 1e-6 * (i % 7));

		assert_int_equal(track_sample(t, &s), 0);
	}
	track_get_figures(t, &f);
	assert_true(f.best.delay < 1.01e-3);
	/* The way out becomes longer: the offset moves by half of it. */
	for (int i = 30; i < 50; i++) {
		struct sample s = sample_at(64.0 * i, 2e-2, 4.1e-2 + 1e-6 * (i % 7));

		assert_int_equal(track_sample(t, &s), 0);
	}
	track_get_figures(t, &f);
	assert_true(f.best.delay > 4e-2);
	track_destroy(t);
}

/* Two samples came while the source was in doubt, a third when it was sure again: the estimate is
 * still made of all three. */
static void shares_the_doubt_of_its_samples(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_figures f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct sample s = sample_at(64.0 * i, 1e-6 * i, 1e-3);

		s.root_delay = i < 2 ? 0.2 : 0.02;
		s.root_dispersion = i < 2 ? 2.0 : 0.01;
		assert_int_equal(track_sample(t, &s), 0);
	}
	track_get_figures(t, &f);
	assert_true(f.last.root_dispersion == 0.01);
	assert_true(fabs(f.doubt - (2.1 - 0.02)) < 1e-12);
	track_destroy(t);
}

/* All of the delay is on one way, so each sample is wrong by all of its bound, and the estimate,
 * made of all, by more than half of the shortest round trip. */
static void samples_bound_the_estimate(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;
	double error, bound;

	(void)state;
	assert_true(track_bound(t, 1e-6) == 0.0);
	for (int i = 0; i < 8; i++) {
		double delay = 1e-3 + (i < 6 ? 0 : 5e-4);
		struct sample s = sample_at(64.0 * i, delay / 2, delay);

		s.root_delay = s.root_dispersion = 0;
		assert_int_equal(track_sample(t, &s), 0);
		assert_int_equal(track_estimate(t, s.osc, &e), 0);
		error = (double)e.offset_ns * 1e-9;
		bound = track_bound(t, 1e-6);
		assert_true(error <= bound && bound < (i < 6 ? 0.501e-3 : 1.1e-3));
	}
	track_destroy(t);
}

/* A source that finds its own time moves, and what looks like a rate is its movement. */
static void a_source_may_move_within_its_distance(void **state)
{
	struct track *t = track_create(6, 0);

	(void)state;
	assert_true(track_tilt(t) == 0.0);
	for (int i = 0; i < 4; i++) {
		struct sample s = sample_at(2.0 * i, 0, 1e-3);

		s.root_dispersion = i == 0 ? 0.025 : 0.011 - 0.001 * i;
		assert_int_equal(track_sample(t, &s), 0);
	}
	/* From 25 to 8 ms within 6 s. */
	assert_true(fabs(track_tilt(t) - 2 * 0.017 / 6) < 1e-12);
	for (int i = 4; i < 60; i++) {
		struct sample s = sample_at(2.0 * i, 0, 1e-3);

		s.root_dispersion = 0.001;
		assert_int_equal(track_sample(t, &s), 0);
	}
	/* It can't have moved farther than from 30 to 6 ms. */
	assert_true(fabs(track_tilt(t) - (0.03 + 0.006) / 118) < 1e-12);
	track_destroy(t);
}

/* The oscillator of a machine that starts in 1970 is 1.8e9 s off, and drifts on. */
static void large_offsets_keep_their_digits(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct sample s = sample_at(64.0 * i, 0, 1e-3 + 1e-7 * (i % 5));

		s.offset_ns = INT64_C(1795424846) * S + INT64_C(6400) * i;
		assert_int_equal(track_sample(t, &s), 0);
	}
	assert_int_equal(track_estimate(t, INT64_C(64) * 400 * S, &e), 0);
	assert_true(llabs(e.offset_ns - (INT64_C(1795424846) * S + 6400 * 400)) < 300);
	assert_true(fabs(e.rate - 1e-7) < 1e-10);
	track_destroy(t);
}

static void bad_order_changes_nothing(void **state)
{
	struct track *t = track_create(6, 0);
	struct sample s = sample_at(100, 1e-3, 1e-3);
	struct track_estimate before, after_it;
	struct track_figures f;

	(void)state;
	assert_int_equal(track_estimate(t, 0, &before), -EAGAIN);
	track_get_figures(t, &f);
	assert_int_equal(f.samples, 0);
	assert_int_equal(track_sample(t, &s), 0);
	assert_int_equal(track_estimate(t, 200 * S, &before), 0);
	assert_int_equal(track_sample(t, &s), -EINVAL);
	s.osc -= S;
	assert_int_equal(track_sample(t, &s), -EINVAL);
	s.osc += 2 * S;
	s.queueing = false;
	assert_int_equal(track_sample(t, &s), -EINVAL);
	assert_int_equal(track_estimate(t, 200 * S, &after_it), 0);
	assert_memory_equal(&before, &after_it, sizeof(before));
	track_reset(t);
	assert_int_equal(track_estimate(t, 200 * S, &before), -EAGAIN);
	track_destroy(t);
	track_destroy(NULL);
}

static void a_known_rate_helps(void **state)
{
	struct track *known = track_create(6, 0), *unknown = track_create(6, 0);
	struct track_estimate a, b;

	(void)state;
	track_prior_rate(known, 5e-5, 1e-7);
	for (int i = 0; i < 2; i++) {
		struct sample s = sample_at(2.0 * i, 5e-5 * 2 * i + 1e-4 * i, 1e-3);

		assert_int_equal(track_sample(known, &s), 0);
		assert_int_equal(track_sample(unknown, &s), 0);
	}
	assert_int_equal(track_estimate(known, 100 * S, &a), 0);
	assert_int_equal(track_estimate(unknown, 100 * S, &b), 0);
	assert_true(fabs(a.rate - 5e-5) < 1e-6);
	assert_true(a.rate_sd < 1e-6 && b.rate_sd > 1e-5);
	assert_true(a.offset_sd < b.offset_sd);
	/* It is kept over a reset, for the next start. */
	track_reset(known);
	assert_int_equal(track_sample(known, &(struct sample){.osc = 1, .queueing = true}), 0);
	assert_int_equal(track_estimate(known, 2, &a), 0);
	assert_true(fabs(a.rate - 5e-5) < 1e-9);
	track_destroy(known);
	track_destroy(unknown);
}

static void shifts_move_everything(void **state)
{
	struct track *t = track_create(6, 0);
	struct sample kept[64];
	struct track_estimate before, moved;

	(void)state;
	track_shift(t, S, 0.1);
	for (int i = 0; i < 10; i++) {
		struct sample s = sample_at(64.0 * i, 1e-3, 1e-3 + 1e-6 * i);

		track_sample(t, &s);
	}
	track_estimate(t, 600 * S, &before);
	track_shift(t, 5 * S, 0.01);
	track_estimate(t, 600 * S, &moved);
	assert_int_equal(moved.offset_ns - before.offset_ns, 5 * S);
	assert_true(moved.offset_sd > 0.0099 && moved.offset_sd < 0.0101);
	assert_true(track_samples(t, kept, 64) >= 6);
	assert_int_equal(kept[0].offset_ns, 5 * S + 1000000);
	track_destroy(t);
}

/* A reference clock's noise has no delay to tell of it: it is learnt. */
static void learns_a_reference_clock(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_estimate e;
	uint32_t r = 12345;
	double square = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		double noise = -6;
		struct sample s;

		for (int j = 0; j < 12; j++) {
			r = r * 1664525 + 1013904223;
			noise += (r >> 8) / 16777216.0;
		}
		s = sample_at(i, noise * 1e-6, 0);
		s.queueing = false;
		assert_int_equal(track_sample(t, &s), 0);
		track_estimate(t, s.osc, &e);
		if (i >= 1000)
			square += (double)e.offset_ns * (double)e.offset_ns * 1e-18 / 1000;
	}
	assert_true(e.sample_sd > 0.5e-6 && e.sample_sd < 2e-6);
	assert_true(sqrt(square) < 0.3e-6);
	track_destroy(t);
}

static void section_2_3_figures_are_counted(void **state)
{
	struct track *t = track_create(6, 0);
	struct track_figures f;
	struct sample kept[64];
	size_t n;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct sample s =
			sample_at(64.0 * i, 1e-5 * (i % 2 ? 1 : -1), 1e-3 + 1e-5 * (i % 7));

		s.root_delay = i == 95 ? 0.001 : 0.01;
		track_sample(t, &s);
		track_get_figures(t, &f);
		assert_true(f.samples <= 64 && f.samples <= (unsigned)i + 1);
		assert_true(f.samples >= (i < 6 ? (unsigned)i + 1 : 6));
		assert_true(fabs(f.span - 64.0 * (f.samples - 1)) < 1e-6);
	}
	/* Offsets that alternate in sign give a run each. */
	assert_int_equal(f.runs, f.samples);
	assert_true(f.min_delay == 1e-3);
	assert_int_equal(f.last_osc, INT64_C(64) * 99 * S);
	assert_int_equal(f.last.osc, f.last_osc);
	assert_int_equal(f.best.osc, INT64_C(64) * 95 * S);
	n = track_samples(t, kept, 64);
	assert_int_equal(n, f.samples);
	for (size_t i = 1; i < n; i++)
		assert_true(kept[i].osc > kept[i - 1].osc);
	assert_int_equal(track_samples(t, kept, 3), 3);
	assert_int_equal(kept[2].osc, f.last_osc);
	track_destroy(t);
}

/* maxsamples bounds the memory: with one, each sample stands for itself. */
static void section_2_3_short_memories_are_short(void **state)
{
	struct track *t = track_create(6, 1);
	struct track_estimate e;
	struct track_figures f;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct sample s = sample_at(64.0 * i, i == 19 ? 3e-5 : 0, 1e-3 + 1e-4 * (i % 7));

		track_sample(t, &s);
	}
	track_estimate(t, INT64_C(64) * 19 * S, &e);
	track_get_figures(t, &f);
	assert_int_equal(f.samples, 1);
	assert_true(llabs(e.offset_ns - 30000) < 3000);
	track_destroy(t);
}

/* Polls by itself for a while. Returns the interval at the end and counts packets. */
static int poll_for(
	double jitter, double wander, double seconds, int min, int max, int *ret_packets)
{
	struct world_options o = {.law = "exp", .jitter = jitter, .wander = wander};

	return world_poll(&o, 3, seconds, min, max, ret_packets);
}

static void section_1_4_polls_by_what_a_sample_tells(void **state)
{
	int packets;

	(void)state;
	/* chrony's mean intervals in these scenarios: 1000, 282, 70 and 65 s. */
	assert_int_equal(poll_for(1e-4, 1e-10, 100000, 6, 10, &packets), 10);
	assert_in_range(packets, 90, 150);
	/* As chrony does: 18 polls at 64 s, 5, 4 and 3 at the next ones, then all at 1024 s. */
	poll_for(1e-5, 1e-10, 4352, 6, 10, &packets);
	assert_in_range(packets, 33, 37);
	assert_in_range(poll_for(1e-5, 1e-9, 100000, 6, 10, &packets), 7, 9);
	assert_in_range(packets, 250, 700);
	assert_in_range(poll_for(1e-6, 1e-8, 100000, 6, 10, &packets), 6, 7);
	assert_int_equal(poll_for(1e-6, 1e-7, 20000, 6, 10, &packets), 6);
	assert_int_equal(poll_for(1e-4, 1e-10, 20000, 4, 4, &packets), 4);
}

/* The more samples are to be kept in the regression, the more are taken. chronyd 4.3 takes 82 to
 * 116, 249 to 259 and 2475 here. */
static void section_1_4_polltarget(void **state)
{
	static const struct {
		int target, least, most;
	} cases[] = {{8, 60, 116}, {20, 130, 260}, {60, 1500, 2500}};
	int packets;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world_options o = {
			.law = "exp", .jitter = 1e-4, .wander = 1e-9, .target = cases[i].target};

		world_poll(&o, 3, 40000, 4, 10, &packets);
		printf("polltarget %d: %d packets\n", cases[i].target, packets);
		assert_in_range(packets, cases[i].least, cases[i].most);
	}
}

/* Samples loaded from a dump do not make polls long: these are doubled as from the start. */
static void section_1_4_polls_after_a_dump(void **state)
{
	struct track *t = track_create(6, 0);
	int poll = 4, polls = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct sample s = sample_at(16.0 * i, 1e-5 * (i % 3 - 1), 1e-3 + 1e-5 * (i % 7));

		assert_int_equal(track_sample(t, &s), 0);
	}
	for (double at = 1000; poll < 6 && polls < 100; polls++, at += exp2(poll)) {
		struct sample s = sample_at(at, 1e-5 * (polls % 3 - 1), 1e-3);

		assert_int_equal(track_sample(t, &s), 0);
		poll = track_poll(t, poll, 4, 10, 8);
	}
	/* chronyd's first doublings, after the start and after -r: 18 and 5 */
	assert_in_range(polls, 20, 26);
	track_destroy(t);
}

static void section_1_4_polls_within_bounds(void **state)
{
	struct track *t = track_create(6, 0);

	(void)state;
	assert_int_equal(track_poll(t, 6, 6, 10, 8), 6);
	assert_int_equal(track_poll(t, 3, 6, 10, 8), 6);
	assert_int_equal(track_poll(t, 12, 6, 10, 8), 10);
	assert_int_equal(track_poll(t, -7, -7, -7, 8), -7);
	track_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nears_the_limit),
		cmocka_unit_test(knows_its_error),
		cmocka_unit_test(recovers_from_surprises),
		cmocka_unit_test(surprises_are_doubted),
		cmocka_unit_test(a_known_wander_helps),
		cmocka_unit_test(outliers_leave_nothing_behind),
		cmocka_unit_test(steps_of_the_rate_are_allowed_for),
		cmocka_unit_test(the_best_is_of_the_path_in_force),
		cmocka_unit_test(section_2_3_single_outliers_do_no_harm),
		cmocka_unit_test(shares_the_doubt_of_its_samples),
		cmocka_unit_test(samples_bound_the_estimate),
		cmocka_unit_test(a_source_may_move_within_its_distance),
		cmocka_unit_test(large_offsets_keep_their_digits),
		cmocka_unit_test(bad_order_changes_nothing),
		cmocka_unit_test(a_known_rate_helps),
		cmocka_unit_test(shifts_move_everything),
		cmocka_unit_test(learns_a_reference_clock),
		cmocka_unit_test(section_2_3_figures_are_counted),
		cmocka_unit_test(section_2_3_short_memories_are_short),
		cmocka_unit_test(section_1_4_polls_by_what_a_sample_tells),
		cmocka_unit_test(section_1_4_polltarget),
		cmocka_unit_test(section_1_4_polls_after_a_dump),
		cmocka_unit_test(section_1_4_polls_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
