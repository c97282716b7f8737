/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As filter.c and bank.c, with more dimensions: an update acts along the covariance of the state
 * with what a sample shows, which is the clock's offset and its source's.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "daemon/track/joint_state.h"

/* As in bank.c. */
#define FORGET 0.997
#define SWITCH 1e-3

/* Time, s, in which the asymmetry of a path may become another one. A new route is seen otherwise.
 */
#define BIAS_TIME 1e6

static void clear(struct joint_state *s, unsigned at)
{
	s->m[at] = 0.0;
	for (unsigned i = 0; i < JOINT_DIMS; i++)
		s->p[i][at] = s->p[at][i] = 0.0;
}

static void average(struct joint_bank *b)
{
	struct joint_state *mean = &b->mean;
	double wander = 0.0;

	memset(mean, 0, sizeof(*mean));
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		wander += b->weight[k] * log(bank_wander(k));
		for (unsigned i = 0; i < b->dims; i++)
			mean->m[i] += b->weight[k] * b->states[k].m[i];
	}
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		const struct joint_state *s = &b->states[k];

		for (unsigned i = 0; i < b->dims; i++) {
			for (unsigned l = 0; l < b->dims; l++)
				mean->p[i][l] += b->weight[k] *
						 (s->p[i][l] + (s->m[i] - mean->m[i]) *
								       (s->m[l] - mean->m[l]));
		}
	}
	b->wander = exp(wander);
}

void joint_bank_start(
	struct joint_bank *b, const struct bank *wanders, double x_sd, double y, double y_sd)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		struct joint_state *s = &b->states[k];

		memset(s, 0, sizeof(*s));
		s->m[JOINT_Y] = y;
		s->p[JOINT_X][JOINT_X] = x_sd * x_sd;
		s->p[JOINT_Y][JOINT_Y] = y_sd * y_sd;
		for (unsigned i = JOINT_BIAS; i < b->dims; i++)
			s->p[i][i] = b->bias[i - JOINT_BIAS] * b->bias[i - JOINT_BIAS];
		b->weight[k] = 0.0;
		for (unsigned i = 0; i < wanders->shapes; i++)
			b->weight[k] += wanders->weight[k * wanders->shapes + i];
		b->log_weight[k] = log(b->weight[k]);
	}
	average(b);
}

void joint_bank_add(struct joint_bank *b, double bias)
{
	unsigned at = b->dims;

	b->dims = at + 1;
	b->bias[at - JOINT_BIAS] = bias;
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		clear(&b->states[k], at);
		b->states[k].p[at][at] = bias * bias;
	}
	clear(&b->mean, at);
	b->mean.p[at][at] = bias * bias;
}

static void drop(struct joint_state *s, unsigned at, unsigned dims)
{
	for (unsigned i = at; i + 1 < dims; i++) {
		s->m[i] = s->m[i + 1];
		memcpy(s->p[i], s->p[i + 1], sizeof(s->p[i]));
	}
	for (unsigned i = 0; i < dims; i++)
		memmove(&s->p[i][at], &s->p[i][at + 1], (dims - at - 1) * sizeof(s->p[i][0]));
}

void joint_bank_drop(struct joint_bank *b, unsigned which)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		drop(&b->states[k], JOINT_BIAS + which, b->dims);
	drop(&b->mean, JOINT_BIAS + which, b->dims);
	b->dims--;
	memmove(&b->bias[which], &b->bias[which + 1],
		(b->dims - JOINT_BIAS - which) * sizeof(b->bias[0]));
}

static void predict(struct joint_state *s, const struct joint_bank *b, double dt, double wander)
{
	double q = wander * wander, keeps = exp(-dt / BIAS_TIME);

	s->m[JOINT_X] += dt * s->m[JOINT_Y];
	for (unsigned i = 0; i < b->dims; i++)
		s->p[JOINT_X][i] += dt * s->p[JOINT_Y][i];
	for (unsigned i = 0; i < b->dims; i++)
		s->p[i][JOINT_X] += dt * s->p[i][JOINT_Y];
	s->p[JOINT_X][JOINT_X] += q * dt * dt * dt / 3;
	s->p[JOINT_X][JOINT_Y] += q * dt * dt / 2;
	s->p[JOINT_Y][JOINT_X] += q * dt * dt / 2;
	s->p[JOINT_Y][JOINT_Y] += q * dt;
	for (unsigned i = JOINT_BIAS; i < b->dims; i++) {
		double bias = b->bias[i - JOINT_BIAS];

		s->m[i] *= keeps;
		for (unsigned l = 0; l < b->dims; l++) {
			s->p[i][l] *= keeps;
			s->p[l][i] *= keeps;
		}
		s->p[i][i] += (1 - keeps * keeps) * bias * bias;
	}
}

void joint_bank_predict(struct joint_bank *b, double dt)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		predict(&b->states[k], b, dt, bank_wander(k));
	predict(&b->mean, b, dt, b->wander);
}

/* All shapes of a sample's error, put together by their shares. */
static struct filter_gain weigh(const struct joint_sample *s, double variance, double innovation)
{
	struct filter_gain g[BANK_SHAPES], all = {0};

	for (unsigned i = 0; i < s->shapes; i++) {
		g[i] = filter_weigh(variance, innovation, &s->noise[i]);
		all.density += s->weight[i] * g[i].density;
	}
	for (unsigned i = 0; i < s->shapes; i++) {
		double share = s->weight[i] * g[i].density / all.density;

		all.shift += share * g[i].shift;
		all.shrink += share * (g[i].shrink - g[i].shift * g[i].shift);
	}
	all.shrink += all.shift * all.shift;
	return all;
}

static void move(struct joint_state *s, unsigned dims, const double c[JOINT_DIMS], double shift,
	double shrink)
{
	for (unsigned i = 0; i < dims; i++) {
		s->m[i] += shift * c[i];
		for (unsigned l = 0; l < dims; l++)
			s->p[i][l] -= shrink * c[i] * c[l];
	}
}

/* Returns the density of the sample. */
static double update(struct joint_state *s, unsigned dims, const struct joint_sample *sample)
{
	unsigned at = JOINT_BIAS + sample->source;
	double c[JOINT_DIMS] = {0};
	struct filter_gain g;

	for (unsigned i = 0; i < dims; i++)
		c[i] = s->p[i][JOINT_X] + s->p[i][at];
	g = weigh(sample, c[JOINT_X] + c[at], sample->z - s->m[JOINT_X] - s->m[at]);
	move(s, dims, c, g.shift, g.shrink);
	return g.density;
}

/* As in bank.c: every wander may have become the right one just now. */
static void mix(struct joint_bank *b)
{
	double chance[BANK_WANDERS], sum = 0.0;

	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		double ratio = bank_wander(k) / b->wander;

		chance[k] = fmin(ratio, 1 / ratio);
		sum += chance[k];
	}
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		double fresh = SWITCH * chance[k] / sum, w = (1 - SWITCH) * b->weight[k] + fresh;
		double part = fresh / w, spread = part * (1 - part);
		struct joint_state *s = &b->states[k];
		double d[JOINT_DIMS];

		for (unsigned i = 0; i < b->dims; i++)
			d[i] = b->mean.m[i] - s->m[i];
		for (unsigned i = 0; i < b->dims; i++) {
			s->m[i] += part * d[i];
			for (unsigned l = 0; l < b->dims; l++)
				s->p[i][l] += part * (b->mean.p[i][l] - s->p[i][l]) +
					      spread * d[i] * d[l];
		}
		b->weight[k] = w;
		b->log_weight[k] = fmax(b->log_weight[k], log(w));
	}
}

void joint_bank_update(struct joint_bank *b, const struct joint_sample *s)
{
	double most = -INFINITY, sum = 0.0;

	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		b->log_weight[k] =
			FORGET * b->log_weight[k] + log(update(&b->states[k], b->dims, s));
		most = fmax(most, b->log_weight[k]);
	}
	for (unsigned k = 0; k < BANK_WANDERS; k++) {
		b->log_weight[k] -= most;
		b->weight[k] = exp(b->log_weight[k]);
		sum += b->weight[k];
	}
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		b->weight[k] /= sum;
	average(b);
	mix(b);
}

static void inflate(struct joint_state *s, unsigned at, double x_sd, double y_sd, double dt)
{
	double q = y_sd * y_sd;

	s->p[at][at] += x_sd * x_sd;
	s->p[JOINT_X][JOINT_X] += q * dt * dt;
	s->p[JOINT_X][JOINT_Y] += q * dt;
	s->p[JOINT_Y][JOINT_X] += q * dt;
	s->p[JOINT_Y][JOINT_Y] += q;
}

void joint_bank_inflate(struct joint_bank *b, unsigned which, double x_sd, double y_sd, double dt)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		inflate(&b->states[k], JOINT_BIAS + which, x_sd, y_sd, dt);
	inflate(&b->mean, JOINT_BIAS + which, x_sd, y_sd, dt);
}

static void pin(struct joint_state *s, unsigned dims, unsigned at, double value, double variance)
{
	double c[JOINT_DIMS], t = s->p[at][at] + variance;

	memcpy(c, s->p[at], sizeof(c));
	move(s, dims, c, (value - s->m[at]) / t, 1 / t);
}

void joint_bank_pin(struct joint_bank *b, unsigned which, double bias, double variance)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		pin(&b->states[k], b->dims, JOINT_BIAS + which, bias, variance);
	pin(&b->mean, b->dims, JOINT_BIAS + which, bias, variance);
}

void joint_bank_move(struct joint_bank *b, double dx)
{
	for (unsigned k = 0; k < BANK_WANDERS; k++)
		b->states[k].m[JOINT_X] += dx;
	b->mean.m[JOINT_X] += dx;
}

struct filter joint_bank_best(const struct joint_bank *b)
{
	const struct joint_state *s = &b->mean;
	struct filter f = {.x = s->m[JOINT_X],
		.y = s->m[JOINT_Y],
		.p00 = INFINITY,
		.p11 = s->p[JOINT_Y][JOINT_Y]};

	for (unsigned i = JOINT_BIAS; i < b->dims; i++) {
		double p00 = s->p[JOINT_X][JOINT_X] + 2 * s->p[JOINT_X][i] + s->p[i][i];

		if (p00 < f.p00) {
			f.p00 = p00;
			f.p01 = s->p[JOINT_X][JOINT_Y] + s->p[i][JOINT_Y];
		}
	}
	return f;
}
