/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oscillator is a random walk of its rate, drawn exactly for each interval; delays are the
 * laws of the published scenarios.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/track/track.h"
#include "test/unit/track_world.h"
#include "test/sim/random.h"

/* Parts of an interval at which the error between samples is looked at. */
#define PARTS 8

/* The state of the world. */
struct world {
	const struct world_options *o;
	struct sim_random clock, net;
	double t, x, y; /* true minus oscillator, and its rate */
	double extra;   /* s, on the way out */
};

static void advance(struct world *w, double dt)
{
	double a = sim_random_normal(&w->clock), b = sim_random_normal(&w->clock);
	double q = w->o->wander;
	double dy = q * sqrt(dt) * a;

	w->x += dt * w->y + dt * dy / 2 + q * dt * sqrt(dt / 12) * b;
	w->y += dy;
	w->t += dt;
}

/* One way's delay beyond the base. */
static double delay(struct world *w, double out_share, double times)
{
	const char *law = w->o->law;
	double j = w->o->jitter * times;

	if (strcmp(law, "gauss") == 0)
		return 5 * j + j * sim_random_normal(&w->net);
	if (strcmp(law, "mix") == 0)
		j *= sim_random_uniform(&w->net) < 0.2 ? 50 : 1;
	if (strcmp(law, "asym") == 0)
		j *= out_share;
	return j * sim_random_exponential(&w->net);
}

static struct sample measure(struct world *w)
{
	/* 600 s of every 2400 s. */
	double times = strcmp(w->o->law, "burst") == 0 && fmod(w->t, 2400) < 600 ? 50 : 1;
	double base = 10 * w->o->jitter;
	double out = base + w->extra + delay(w, 1.8, times), back = base + delay(w, 0.2, times);

	return (struct sample){
		.osc = instant_ns(w->t),
		.offset_ns = instant_ns(w->x + (out - back) / 2),
		.delay = out + back,
		.dispersion = 1e-9,
		.queueing = true,
	};
}

static double error(const struct world *w, const struct track *t, struct track_estimate *ret)
{
	track_estimate(t, instant_ns(w->t), ret);
	return (double)ret->offset_ns * 1e-9 - w->x;
}

static struct world world_begin(const struct world_options *o, uint64_t seed)
{
	struct world w = {.o = o, .y = o->rate, .t = 1.0};

	w.clock = sim_random_from(seed, 1);
	w.net = sim_random_from(seed, 2);
	return w;
}

/* Lets an interval pass; adds the square error along it. */
static void pass(struct world *w, const struct track *t, bool count, struct world_result *r)
{
	struct track_estimate e;

	for (int part = 0; part < PARTS; part++) {
		double between;

		advance(w, w->o->interval / PARTS);
		if (!count)
			continue;
		between = error(w, t, &e);
		r->square_between += between * between / PARTS;
		r->predicted += part == PARTS - 1 ? e.offset_sd / e.sample_sd : 0;
	}
}

static void count_sample(const struct world *w, const struct track *t, struct world_result *r)
{
	struct track_figures figures;
	struct track_estimate e;

	r->last = error(w, t, &e);
	track_get_figures(t, &figures);
	r->square += r->last * r->last;
	r->expected += e.offset_sd * e.offset_sd;
	r->deviation += e.sample_sd;
	r->counted += figures.samples;
	r->wander = e.wander;
}

struct world_result world_run(const struct world_options *o, uint64_t seed, int samples)
{
	struct world w = world_begin(o, seed);
	struct track *track = track_create(6, 64);
	struct world_result r = {0};
	int half = samples / 2, n = o->after > 0 ? o->after : samples - half;

	for (int i = 0; i < half + n; i++) {
		struct sample s;

		pass(&w, track, i >= half, &r);
		if (i == half) {
			w.y += o->jump;
			w.x += o->step;
			w.extra += o->new_delay;
		}
		s = measure(&w);
		track_sample(track, &s);
		if (i >= half)
			count_sample(&w, track, &r);
	}
	r.square /= n;
	r.square_between /= n;
	r.expected /= n;
	r.deviation /= n;
	r.counted /= n;
	r.predicted /= n;
	track_destroy(track);
	return r;
}

int world_poll(const struct world_options *o, uint64_t seed, double seconds, int min, int max,
	int *ret_samples)
{
	struct world_options here = *o;
	struct world w = world_begin(&here, seed);
	struct track *track = track_create(6, 64);
	int poll = min, n = 0;

	while (w.t < seconds) {
		struct sample s = measure(&w);

		track_sample(track, &s);
		poll = track_poll(track, poll, min, max, o->target > 0 ? o->target : 8);
		advance(&w, ldexp(1.0, poll));
		n++;
	}
	track_destroy(track);
	*ret_samples = n;
	return poll;
}
