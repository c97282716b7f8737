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

struct world_result world_run(const struct world_options *o, uint64_t seed, int samples)
{
	struct world w = {.o = o, .y = o->rate, .t = 1.0};
	struct track *track = track_create(6, 64);
	struct track_figures figures;
	struct track_estimate e;
	struct world_result r = {0};
	int n = 0;

	w.clock = sim_random_from(seed, 1);
	w.net = sim_random_from(seed, 2);
	for (int i = 0; i < samples; i++) {
		struct sample s;

		for (int part = 0; part < PARTS; part++) {
			double between;

			advance(&w, o->interval / PARTS);
			if (i <= samples / 2 || track_estimate(track, instant_ns(w.t), &e) < 0)
				continue;
			between = error(&w, track, &e);
			r.square_between += between * between / PARTS;
		}
		if (i == samples / 2) {
			w.y += o->jump;
			w.x += o->step;
			w.extra += o->new_delay;
		}
		s = measure(&w);
		r.predicted += i > samples / 2 ? e.offset_sd / e.sample_sd : 0;
		track_sample(track, &s);
		r.last = error(&w, track, &e);
		if (i <= samples / 2)
			continue;
		track_get_figures(track, &figures);
		r.square += r.last * r.last;
		r.expected += e.offset_sd * e.offset_sd;
		r.deviation += e.sample_sd;
		r.counted += figures.samples;
		n++;
	}
	r.square /= n;
	r.square_between /= n;
	r.expected /= n;
	r.deviation /= n;
	r.counted /= n;
	r.predicted /= n;
	r.wander = e.wander;
	track_destroy(track);
	return r;
}
