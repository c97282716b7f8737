/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local option: a clock that does not know the time, but runs more evenly than the oscillator.
 * What the oscillator does against it is known, so no estimate needs to learn it: each is bent as
 * the oscillator went, and finds what is left of the true time's rate against the stable clock.
 */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** Samples from which on the comparison means something. */
#define KNOWN 8

static void tell(const struct source *s, int64_t osc, int64_t ns, double rate)
{
	const struct sources *r = s->registry;

	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.steadied != NULL)
			r->listeners[i].calls.steadied(r->listeners[i].arg, s, osc, ns, rate);
}

void sources_bend(struct sources *r, int64_t osc, double rate)
{
	for (size_t i = 0; i < r->n; i++)
		track_bend(r->all[i]->track, osc, 0, rate);
}

void steady_follow(struct source *s)
{
	struct sources *r = s->registry;
	struct source_refclock *rc = s->refclock;
	int64_t osc = clock_now(r->env->clock).osc, moved;
	struct track_estimate e;
	struct track_figures f;
	double passed = instant_diff_s(osc, rc->steady.osc), rate;

	track_get_figures(s->track, &f);
	if (f.samples < KNOWN || track_estimate(s->track, osc, &e) < 0)
		return;
	rate = e.rate - rc->steady.rate;
	moved = e.offset_ns - rc->steady.offset_ns - instant_ns(passed * rc->steady.rate);
	if (rc->steady.osc != 0) {
		for (size_t i = 0; i < r->n; i++)
			if (r->all[i] != s)
				track_bend(r->all[i]->track, osc, moved, rate);
		tell(s, osc, moved, rate);
	}
	rc->steady.osc = osc;
	rc->steady.offset_ns = e.offset_ns;
	rc->steady.rate = e.rate;
}
