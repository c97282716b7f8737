/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three stages of constant wander. Going towards zero offset from a speed v over a distance with
 * wander a, the top speed p is where both ramps meet: (p^2 - v^2) / 2a + p^2 / 2a = distance.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/clock/smooth.h"

/* Where it is after the stages' first t seconds. */
struct place {
	double offset, frequency, wander;
};

bool smooth_on(const struct smooth *s)
{
	return s->max_frequency > 0 && s->max_wander > 0;
}

static struct place place_at(const struct smooth *s, int64_t osc)
{
	const double wander[3] = {s->turn, 0, -s->turn};
	struct place p = {.offset = s->offset, .frequency = s->frequency};
	double left = fmax(instant_diff_s(osc, s->osc), 0.0);

	for (int i = 0; i < 3 && left > 0; i++) {
		double t = fmin(left, s->length[i]);

		p.offset += t * (p.frequency + t * wander[i] / 2);
		p.frequency += t * wander[i];
		p.wander = left < s->length[i] ? wander[i] : 0;
		left -= s->length[i];
	}
	/* All stages are over: nothing is left but rounding. */
	if (left > 0)
		p.offset = p.frequency = 0;
	return p;
}

/* Plans the stages from where it is. */
static void plan(struct smooth *s)
{
	double a = s->max_wander, f = s->frequency;
	/* Where it would come to rest if it only slowed down tells the direction. */
	double rest = s->offset + f * fabs(f) / (2 * a);
	double sign = rest > 0 ? -1 : 1, v = f * sign, distance = -s->offset * sign;
	double top = sqrt(fmax(a * distance + v * v / 2, 0.0));

	s->length[1] = 0;
	if (top > s->max_frequency) {
		top = fmax(s->max_frequency, v);
		s->length[1] = (distance - (2 * top * top - v * v) / (2 * a)) / top;
	}
	s->turn = sign * a;
	s->length[0] = fmax(top - v, 0.0) / a;
	s->length[2] = top / a;
}

void smooth_take(struct smooth *s, int64_t osc, double offset, double frequency)
{
	struct place p = place_at(s, osc);

	s->osc = osc;
	s->offset = p.offset - offset;
	s->frequency = p.frequency - frequency;
	plan(s);
}

void smooth_reset(struct smooth *s, int64_t osc)
{
	s->osc = osc;
	s->offset = s->frequency = s->turn = 0;
	s->length[0] = s->length[1] = s->length[2] = 0;
}

double smooth_offset(const struct smooth *s, int64_t osc)
{
	return place_at(s, osc).offset;
}

void smooth_report(const struct smooth *s, int64_t osc, struct report_smoothing *ret)
{
	struct place p = place_at(s, osc);
	double all = s->length[0] + s->length[1] + s->length[2];
	double ago = s->osc != 0 ? instant_diff_s(osc, s->osc) : 0.0;

	/* Adding zero turns -0.0 into 0.0. */
	*ret = (struct report_smoothing){
		.active = s->active,
		.leap_only = s->leap_only,
		.offset = p.offset + 0.0,
		.frequency_ppm = p.frequency * 1e6 + 0.0,
		.wander_ppm = p.wander * 1e6 + 0.0,
		.last_update = ago,
		.remaining = fmax(all - ago, 0.0),
	};
}
