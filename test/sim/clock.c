/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's oscillator and the system clock that runs on it. */
#include "config.h"

#include <math.h>

#include "common/instant.h"
#include "test/sim/world.h"

double sim_clock_adjustment(const struct sim_node *n)
{
	double tick = (double)(n->timex.tick_us - 10000) / 10000;

	return tick + (double)n->timex.frequency / 65536 * 1e-6;
}

/** Moves both clocks over a stretch of true time in which the rates stand still. */
static void pass(struct sim_node *n, int64_t ns)
{
	double raw_gain = (double)ns * n->rate + n->raw_part;
	double adjust = sim_clock_adjustment(n);
	double system_gain = (double)ns * (n->rate + adjust + n->rate * adjust) + n->system_part;
	int64_t whole = (int64_t)floor(raw_gain);

	n->raw_ns += ns + whole;
	n->raw_part = raw_gain - (double)whole;
	whole = (int64_t)floor(system_gain);
	n->system_ns += ns + whole;
	n->system_part = system_gain - (double)whole;
	n->true_ns += ns;
}

void sim_clock_advance(struct sim_node *n, int64_t true_ns)
{
	while (n->true_ns < true_ns) {
		int64_t passed = (n->true_ns - n->sim->start_ns) % INSTANT_S;
		int64_t left = true_ns - n->true_ns, to_second = INSTANT_S - passed;

		if (left < to_second) {
			pass(n, left);
			return;
		}
		pass(n, to_second);
		if (n->wander > 0)
			n->rate += n->wander * sim_random_normal(&n->wander_random);
	}
}

int64_t sim_clock_true_at(const struct sim_node *n, int64_t raw)
{
	double left = (double)(raw - n->raw_ns) / (1 + n->rate);

	return n->true_ns + (left > 0 ? (int64_t)ceil(left) : 0);
}
