/* SPDX-License-Identifier: BSD-2-Clause */
/* The law of a link: what becomes of each packet. */
#include "config.h"

#include <math.h>

#include "test/sim/world.h"

bool sim_window_holds(const struct sim_window *w, double elapsed)
{
	return w->period > 0 && fmod(elapsed, w->period) < w->length;
}

static double one_delay(const struct sim_link *l, struct sim_random *r, double elapsed)
{
	bool wild = sim_random_uniform(r) < l->wild;
	double base = l->route_at > 0 && elapsed >= l->route_at ? l->route_base : l->base;
	double jitter = l->jitter * (wild ? l->wild_times : 1), delay;

	if (sim_window_holds(&l->burst, elapsed))
		jitter *= l->burst_times;
	if (l->normal)
		delay = base + jitter * sim_random_normal(r);
	else
		delay = base + jitter * sim_random_exponential(r);
	if (l->hold > 0 && sim_random_uniform(r) < l->hold)
		delay += l->hold_delay;
	return fmax(delay, 0);
}

/** Draws what happens to the bits of a copy. */
static void mangle(const struct sim_link *l, struct sim_random *r, struct sim_fate *io, int copy)
{
	if (l->mangle <= 0)
		return;
	io->mangled[copy] = sim_random_uniform(r) < l->mangle;
	io->bit[copy] = sim_random_u64(r);
}

struct sim_fate sim_link_next(
	const struct sim_link *link, struct sim_random *r, double elapsed, size_t n)
{
	bool lost = sim_random_uniform(r) < link->loss;
	struct sim_fate fate = {.copies = 1};

	fate.delay[0] = one_delay(link, r, elapsed);
	mangle(link, r, &fate, 0);
	if (link->duplicate > 0 && sim_random_uniform(r) < link->duplicate) {
		fate.copies = 2;
		fate.delay[1] = one_delay(link, r, elapsed);
		mangle(link, r, &fate, 1);
	}
	if (lost || (link->mtu && n > link->mtu) ||
		(link->open.period > 0 && !sim_window_holds(&link->open, elapsed)))
		fate.copies = 0;
	return fate;
}
