/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds made by the kernel: the system clock jumps by a second, and true time with it, while
 * the oscillator runs on.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "daemon/clock/state.h"

/* How far the jump may be from a second, s: readings are a little later, and the clock is slewed.
 */
#define SECOND_DOUBT 0.1
/* How far from its instant it may be seen, ns. */
#define NEAR (INT64_C(20) * INSTANT_S)

void clock_plan_leap(struct clock *c, enum leap leap, int64_t at, clock_leaped *leaped, void *arg)
{
	bool changed = leap != c->plan.leap;

	c->plan.leap = leap;
	c->plan.at = at;
	c->plan.leaped = leaped;
	c->plan.arg = arg;
	if (changed) {
		struct clock_reference same = c->reference;

		clock_set_reference(c, &same);
	}
}

void clock_set_tai(struct clock *c, int tai_s)
{
	c->tai = tai_s;
}

void clock_shift_truth(struct clock *c, int64_t ns)
{
	if (!c->has_model)
		return;
	c->model.offset_ns += ns;
	c->moved += ns;
	if (c->smooth.active)
		smooth_take(&c->smooth, clock_osc_now(c), (double)ns * 1e-9, 0.0);
}

bool clock_take_leap(struct clock *c, int64_t raw, int64_t system, double by)
{
	int64_t ns = c->plan.leap == LEAP_INSERT ? -INSTANT_S : INSTANT_S, when;

	if (c->plan.leap != LEAP_INSERT && c->plan.leap != LEAP_DELETE)
		return false;
	if (fabs(by - (double)ns * 1e-9) > SECOND_DOUBT || llabs(system - c->plan.at) > NEAR)
		return false;
	/* It was made when the clock read `at`, which is a moment ago. */
	when = clock_map_raw(&c->map, c->plan.at, raw);
	if (when < c->map.pieces[c->map.newest].raw)
		when = c->map.pieces[c->map.newest].raw;
	clock_map_jump(&c->map, when, clock_map_system(&c->map, when) + ns);
	clock_shift_truth(c, ns);
	c->plan.leap = LEAP_NONE;
	/* The kernel counted its own TAI offset; until ours is set again it is not told. */
	c->tai = 0;
	if (c->plan.leaped)
		c->plan.leaped(c->plan.arg);
	return true;
}
