/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeatable random streams. */
#include "config.h"

#include <math.h>

#include "test/sim/random.h"

/** A full turn in radians. */
#define TURN 6.283185307179586

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct sim_random sim_random_from(uint64_t seed, uint64_t use)
{
	struct sim_random r;
	uint64_t x = seed * UINT64_C(0xd1342543de82ef95) + use;
	int i;

	for (i = 0; i < 4; i++)
		r.s[i] = splitmix(&x);
	return r;
}

static uint64_t rotate(uint64_t v, int k)
{
	return (v << k) | (v >> (64 - k));
}

uint64_t sim_random_u64(struct sim_random *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double sim_random_uniform(struct sim_random *r)
{
	return ((double)(sim_random_u64(r) >> 12) + 0.5) * 0x1p-52;
}

bool sim_random_chance(struct sim_random *r, double probability)
{
	return sim_random_uniform(r) < probability;
}

double sim_random_between(struct sim_random *r, double low, double high)
{
	return low + (high - low) * sim_random_uniform(r);
}

double sim_random_log_between(struct sim_random *r, double low, double high)
{
	return exp(sim_random_between(r, log(low), log(high)));
}

int sim_random_pick(struct sim_random *r, int low, int high)
{
	return low + (int)(sim_random_uniform(r) * (high - low + 1));
}

double sim_random_exponential(struct sim_random *r)
{
	return -log(sim_random_uniform(r));
}

double sim_random_normal(struct sim_random *r)
{
	double radius = sqrt(-2 * log(sim_random_uniform(r)));

	return radius * cos(TURN * sim_random_uniform(r));
}
