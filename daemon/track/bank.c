/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence and averaging. The prototype with its figures is the pair estimator.py and accuracy.md
 * that the design names; what is added here is that hypotheses without weight take over the state
 * of those that have it, so that each is ready when the oscillator or the path changes its habits.
 */
#include "config.h"

#include <math.h>

#include "daemon/track/bank.h"

/* Evidence is forgotten by this factor of its logarithm with each measurement. */
#define FORGET 0.997
/* Chance that the right hypothesis changes between two measurements. */
#define SWITCH 1e-3
/* A wander of less weight is one that nobody believed in: it explains nothing, it is looked for
 * after something happened that is not explained. */
#define BELIEVED 3e-4

/* What errors of a path look like: walls whose edges are soft by a part of the path's core, upright
 * or leaning to the side of the slower way (delays of means a and b on both ways make the error's
 * density lean by 1/b - 1/a), or a Gaussian. */
static const struct {
	double edge;      /* of the path's core */
	double lean;      /* e-folds per typical excess */
	double gauss;     /* of the path's deviation */
	double sharpness; /* standard deviation, as a part of that of upright walls */
} queueing_shapes[] = {
	{.edge = 0.01, .sharpness = 1},
	{.edge = 0.3, .sharpness = 1},
	{.gauss = 1, .sharpness = 1},
	{.edge = 0.1, .lean = 3, .sharpness = 0.8},
	{.edge = 0.1, .lean = -3, .sharpness = 0.8},
	{.edge = 0.1, .lean = 12, .sharpness = 0.3},
	{.edge = 0.1, .lean = -12, .sharpness = 0.3},
};

#define QUEUEING_SHAPES (sizeof(queueing_shapes) / sizeof(queueing_shapes[0]))

double bank_wander(unsigned i)
{
	static const double grid[BANK_WANDERS] = {1e-12, 3.16e-12, 1e-11, 3.16e-11, 1e-10, 3.16e-10,
		1e-9, 3.16e-9, 1e-8, 3.16e-8, 1e-7, 3.16e-7, 1e-6};

	return grid[i];
}

/* Gaussian deviations of a source whose delays tell nothing: half decades from 1 ns. */
static double deviation_of(unsigned i)
{
	static const double grid[BANK_SHAPES] = {1e-9, 3.16e-9, 1e-8, 3.16e-8, 1e-7, 3.16e-7, 1e-6,
		3.16e-6, 1e-5, 3.16e-5, 1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1};

	return grid[i];
}

/* How much rarer a wander is than the one that was there before. */
static double likeness(unsigned i, double wander)
{
	double ratio = bank_wander(i) / wander;

	return fmin(ratio, 1 / ratio);
}

void bank_start(struct bank *b, bool queueing, double x_sd, double y, double y_sd, double wander)
{
	unsigned n;
	double sum = 0.0;

	b->queueing = queueing;
	b->shapes = queueing ? QUEUEING_SHAPES : BANK_SHAPES;
	n = BANK_WANDERS * b->shapes;
	for (unsigned i = 0; i < n; i++) {
		b->filters[i] = (struct filter){.y = y, .p00 = x_sd * x_sd, .p11 = y_sd * y_sd};
		b->weight[i] = wander > 0 ? likeness(i / b->shapes, wander) : 1.0;
		b->log_weight[i] = log(b->weight[i]);
		sum += b->weight[i];
	}
	for (unsigned i = 0; i < n; i++)
		b->weight[i] /= sum;
	b->estimate = (struct bank_estimate){.mean = b->filters[0]};
}

/* Never less certain of the rate than at the very start. */
static void fade_out(struct filter *f, double fade, double rate_sd_limit)
{
	double part = fmin(fade, fmax(1.0, rate_sd_limit * rate_sd_limit / f->p11));

	f->p00 *= part;
	f->p01 *= part;
	f->p11 *= part;
}

void bank_predict(struct bank *b, double dt, double fade, double rate_sd_limit)
{
	if (dt <= 0)
		return;
	for (unsigned i = 0; i < BANK_WANDERS * b->shapes; i++) {
		fade_out(&b->filters[i], fade, rate_sd_limit);
		filter_predict(&b->filters[i], dt, bank_wander(i / b->shapes));
	}
	fade_out(&b->estimate.mean, fade, rate_sd_limit);
	filter_predict(&b->estimate.mean, dt, b->estimate.wander);
}

static struct filter_noise noise_of(
	const struct bank *b, unsigned shape, const struct bank_measurement *m)
{
	double floor = m->dispersion * m->dispersion, sd;

	if (!b->queueing) {
		sd = deviation_of(shape);
		return (struct filter_noise){.variance = sd * sd, .bell = fmax(m->bell, 5 * sd)};
	}
	if (queueing_shapes[shape].gauss > 0) {
		sd = queueing_shapes[shape].gauss * m->deviation;
		return (struct filter_noise){.variance = sd * sd + floor, .bell = m->bell};
	}
	sd = queueing_shapes[shape].edge * m->core;
	return (struct filter_noise){.width = m->width,
		.tilt = queueing_shapes[shape].lean / fmax(m->excess, m->dispersion),
		.variance = sd * sd + floor,
		.bell = m->bell};
}

unsigned bank_shapes(const struct bank *b, const struct bank_measurement *m,
	struct filter_noise ret_noise[BANK_SHAPES], double ret_weight[BANK_SHAPES])
{
	for (unsigned s = 0; s < b->shapes; s++) {
		ret_noise[s] = noise_of(b, s, m);
		ret_weight[s] = 0.0;
		for (unsigned i = 0; i < BANK_WANDERS; i++)
			ret_weight[s] += b->weight[i * b->shapes + s];
	}
	return b->shapes;
}

/* Log weights to weights, with a floor for hypotheses that may become right again. */
static void normalise(struct bank *b, unsigned n)
{
	double most = -INFINITY, sum = 0.0;

	for (unsigned i = 0; i < n; i++)
		most = fmax(most, b->log_weight[i]);
	for (unsigned i = 0; i < n; i++) {
		b->log_weight[i] -= most;
		b->weight[i] = exp(b->log_weight[i]);
		sum += b->weight[i];
	}
	for (unsigned i = 0; i < n; i++)
		b->weight[i] /= sum;
}

/* The mean and covariance over all hypotheses. */
static void average(struct bank *b, unsigned n)
{
	struct filter m = {0};
	double wander = 0.0, deviation = 0.0, sharpness = 0.0;

	for (unsigned i = 0; i < n; i++) {
		m.x += b->weight[i] * b->filters[i].x;
		m.y += b->weight[i] * b->filters[i].y;
		wander += b->weight[i] * log(bank_wander(i / b->shapes));
		if (b->queueing)
			sharpness += b->weight[i] * queueing_shapes[i % b->shapes].sharpness;
		else
			deviation += b->weight[i] * log(deviation_of(i % b->shapes));
	}
	for (unsigned i = 0; i < n; i++) {
		const struct filter *f = &b->filters[i];
		double dx = f->x - m.x, dy = f->y - m.y;

		m.p00 += b->weight[i] * (f->p00 + dx * dx);
		m.p01 += b->weight[i] * (f->p01 + dx * dy);
		m.p11 += b->weight[i] * (f->p11 + dy * dy);
	}
	b->estimate = (struct bank_estimate){.mean = m,
		.wander = exp(wander),
		.deviation = b->queueing ? 0.0 : exp(deviation),
		.sharpness = sharpness};
}

/* Every hypothesis may have become the right one just now; then its state is the average one. Large
 * changes of the wander are rarer than small ones: hypotheses that are decades off would otherwise
 * add their rate's large variance to the average. */
static void mix(struct bank *b, unsigned n)
{
	double chance[BANK_WANDERS], sum = 0.0;

	for (unsigned i = 0; i < BANK_WANDERS; i++) {
		chance[i] = likeness(i, b->estimate.wander);
		sum += chance[i] * b->shapes;
	}
	for (unsigned i = 0; i < n; i++) {
		double fresh = SWITCH * chance[i / b->shapes] / sum;
		double w = (1 - SWITCH) * b->weight[i] + fresh;

		filter_mix(&b->filters[i], &b->estimate.mean, fresh / w);
		b->weight[i] = w;
		b->log_weight[i] = fmax(b->log_weight[i], log(w));
	}
}

/* Which wanders were believed in before a measurement. */
static void find_believed(const struct bank *b, bool ret[BANK_WANDERS])
{
	for (unsigned i = 0; i < BANK_WANDERS; i++) {
		double sum = 0.0;

		for (unsigned s = 0; s < b->shapes; s++)
			sum += b->weight[i * b->shapes + s];
		ret[i] = sum >= BELIEVED;
	}
}

struct bank_verdict bank_update(struct bank *b, const struct bank_measurement *m)
{
	unsigned n = BANK_WANDERS * b->shapes;
	struct filter_evidence e[BANK_FILTERS];
	bool believed[BANK_WANDERS];
	struct bank_verdict v = {0};

	find_believed(b, believed);

	for (unsigned i = 0; i < n; i++) {
		struct filter_noise noise = noise_of(b, i % b->shapes, m);

		v.innovation += b->weight[i] * (m->z - b->filters[i].x);
		e[i] = filter_update(&b->filters[i], m->z, &noise);
		b->log_weight[i] = FORGET * b->log_weight[i] + e[i].log_density;
	}
	normalise(b, n);
	for (unsigned i = 0; i < n; i++) {
		if (believed[i / b->shapes])
			v.expected += b->weight[i] * e[i].expected;
	}
	average(b, n);
	mix(b, n);
	return v;
}

static void inflate(struct filter *f, double x_sd, double y_sd, double dt)
{
	f->p00 += x_sd * x_sd + y_sd * y_sd * dt * dt;
	f->p01 += y_sd * y_sd * dt;
	f->p11 += y_sd * y_sd;
}

void bank_inflate(struct bank *b, double x_sd, double y_sd, double dt)
{
	for (unsigned i = 0; i < BANK_WANDERS * b->shapes; i++)
		inflate(&b->filters[i], x_sd, y_sd, dt);
	inflate(&b->estimate.mean, x_sd, y_sd, dt);
}

void bank_move(struct bank *b, double dx)
{
	for (unsigned i = 0; i < BANK_WANDERS * b->shapes; i++)
		b->filters[i].x += dx;
	b->estimate.mean.x += dx;
}

void bank_turn(struct bank *b, double dy)
{
	for (unsigned i = 0; i < BANK_WANDERS * b->shapes; i++)
		b->filters[i].y += dy;
	b->estimate.mean.y += dy;
}
