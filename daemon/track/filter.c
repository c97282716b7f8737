/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of one filter. An update of any kind acts along the vector (p00, p01), so each
 * explanation of a measurement is two numbers: a shift of the state and a shrinkage of the
 * covariance, and explanations mix by their shares.
 */
#include "config.h"

#include <math.h>

#include "daemon/track/filter.h"

#define SQRT1_2      0.70710678118654752440
#define INV_SQRT_2PI 0.39894228040143267794

/* Density of a measurement that nothing explains, as a share of the bell's height: beyond 6.5
 * standard deviations of what the bell predicts a measurement is not believed at all. */
#define LOST_SHARE 1e-9

/* The steepest density between walls, in e-folds per standard deviation of what is expected. */
#define STEEPEST 6.0

/* One explanation of a measurement. */
struct explanation {
	double density;
	double shift;  /* x += p00 * shift, y += p01 * shift */
	double shrink; /* P -= shrink * (p00, p01)(p00, p01)' */
};

void filter_predict(struct filter *f, double dt, double wander)
{
	double q = wander * wander;

	f->x += dt * f->y;
	f->p00 += dt * (2 * f->p01 + dt * (f->p11 + q * dt / 3));
	f->p01 += dt * (f->p11 + q * dt / 2);
	f->p11 += q * dt;
}

static double normal(double u)
{
	return INV_SQRT_2PI * exp(-0.5 * u * u);
}

/* Gaussian error of this variance: a Kalman filter. */
static struct explanation gaussian(double p00, double innovation, double variance)
{
	double t = p00 + variance, sd = sqrt(t);

	return (struct explanation){
		.density = normal(innovation / sd) / sd,
		.shift = innovation / t,
		.shrink = 1 / t,
	};
}

/* Log of the height that exp(tilt * e) must be multiplied by to be a density on +-width / 2. */
static double log_height(double tilt, double width)
{
	double steep = fabs(tilt) * width;

	if (steep < 1e-6)
		return -log(width);
	return log(fabs(tilt)) - steep / 2 - log1p(-exp(-steep));
}

/* Error between walls with a density that may lean to one of them, seen through a Gaussian. Leaning
 * moves the Gaussian to the other side by tilt variances: what is left is a truncated normal, whose
 * moments are matched. */
static struct explanation walls(double p00, double innovation, const struct filter_noise *noise)
{
	double t = p00 + noise->variance, sd = sqrt(t);
	/* Where little is known of the offset a steep density would lie where no digits are. */
	double lean = fmax(-STEEPEST, fmin(noise->tilt * sd, STEEPEST));
	double low = (innovation - noise->width / 2) / sd + lean;
	double high = (innovation + noise->width / 2) / sd + lean;
	double sign = 1.0, mass, at_low, at_high, mean, variance;

	/* Work in the lower tail, where the difference of two erfc keeps its digits. */
	if (low + high > 0) {
		double swap = low;

		low = -high;
		high = -swap;
		sign = -1.0;
	}
	mass = 0.5 * (erfc(-high * SQRT1_2) - erfc(-low * SQRT1_2));
	if (!(mass > 1e-200))
		return (struct explanation){.density = 0.0};
	at_low = normal(low);
	at_high = normal(high);
	mean = (at_low - at_high) / mass;
	variance = 1 + (low * at_low - high * at_high) / mass - mean * mean;
	variance = fmin(fmax(variance, 1e-9), 1.0);
	return (struct explanation){
		.density = mass * exp(log_height(lean / sd, noise->width) + lean * innovation / sd +
					  lean * lean / 2),
		.shift = (sign * mean - lean) / sd,
		.shrink = (1 - variance) / t,
	};
}

struct filter_gain filter_weigh(
	double variance, double innovation, const struct filter_noise *noise)
{
	struct explanation usual = noise->width > 0
					   ? walls(variance, innovation, noise)
					   : gaussian(variance, innovation, noise->variance);
	struct explanation bell = gaussian(variance, innovation, noise->bell * noise->bell);
	double lost = FILTER_BELL_SHARE * LOST_SHARE * INV_SQRT_2PI /
		      sqrt(variance + noise->bell * noise->bell);
	double u = (1 - FILTER_BELL_SHARE) * usual.density, b = FILTER_BELL_SHARE * bell.density;
	double all = u + b + lost, shift;

	u /= all;
	b /= all;
	lost /= all;
	shift = u * usual.shift + b * bell.shift;
	return (struct filter_gain){
		.density = all,
		.expected = u,
		.lost = lost,
		.shift = shift,
		/* Less the spread between the explanations' means (that of the third is zero). */
		.shrink = u * usual.shrink + b * bell.shrink -
			  (u * usual.shift * usual.shift + b * bell.shift * bell.shift -
				  shift * shift),
	};
}

struct filter_evidence filter_update(struct filter *f, double z, const struct filter_noise *noise)
{
	struct filter_gain g = filter_weigh(f->p00, z - f->x, noise);
	double b0 = f->p00, b1 = f->p01;

	f->x += b0 * g.shift;
	f->y += b1 * g.shift;
	f->p00 -= g.shrink * b0 * b0;
	f->p01 -= g.shrink * b0 * b1;
	f->p11 -= g.shrink * b1 * b1;
	return (struct filter_evidence){
		.log_density = log(g.density), .expected = g.expected, .lost = g.lost};
}

void filter_mix(struct filter *f, const struct filter *other, double part)
{
	double dx = other->x - f->x, dy = other->y - f->y, spread = part * (1 - part);

	f->x += part * dx;
	f->y += part * dy;
	f->p00 += part * (other->p00 - f->p00) + spread * dx * dx;
	f->p01 += part * (other->p01 - f->p01) + spread * dx * dy;
	f->p11 += part * (other->p11 - f->p11) + spread * dy * dy;
}
