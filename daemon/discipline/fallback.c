/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fallback drifts (fallbackdrift): long means of the clock's rate. When updates stop, the latest
 * rate may have been a passing deviation; the longer nothing is heard, the longer the mean that is
 * the better guess.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/discipline/state.h"

/* The change of rate is not an offset: nothing is to be corrected soon. */
#define SLEW_DURATION 1.0

void discipline_fallback_start(struct discipline *d)
{
	const struct settings *s = d->settings;

	d->fallback.min = s->fallbackdrift_min;
	d->fallback.max =
		s->fallbackdrift_max > FALLBACK_MOST ? FALLBACK_MOST : s->fallbackdrift_max;
}

static bool is_on(const struct fallback *f)
{
	return f->min > 0 && f->max >= f->min;
}

void discipline_fallback_count(struct discipline *d, double rate, double elapsed)
{
	struct fallback *f = &d->fallback;

	if (!is_on(f))
		return;
	for (int i = f->min; i <= f->max; i++) {
		double part = f->counted ? -expm1(-elapsed / ldexp(1.0, i)) : 1.0;

		f->mean[i] += part * (rate - f->mean[i]);
	}
	f->counted = true;
	f->next = f->min;
	loop_timer_in(d->loop, &f->timer, ldexp(1.0, f->next));
}

void discipline_fallback_timer(void *arg)
{
	struct discipline *d = arg;
	struct fallback *f = &d->fallback;
	struct clock_now now = clock_now(d->clock);
	struct clock_model m = *clock_get_model(d->clock);

	m.osc = now.osc;
	m.offset_ns = clock_model_offset(d->clock, now.osc);
	m.rate = f->mean[f->next];
	clock_set_model(d->clock, &m);
	clock_slew(d->clock, SLEW_DURATION, d->policy.maxslewrate);
	discipline_unsynchronise(d);
	if (f->next++ < f->max)
		loop_timer_set(
			d->loop, &f->timer, instant_add_s(d->last_update, ldexp(1.0, f->next)));
}
