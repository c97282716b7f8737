/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repeatable randomness for the simulator: xoshiro256** (Blackman and Vigna, public domain
 * algorithm), one stream for each use so that what a daemon does never shifts the weather.
 */
#ifndef TEST_SIM_RANDOM_H
#define TEST_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/** One stream. */
struct sim_random {
	uint64_t s[4];
};

/** A stream that depends on nothing but the seed and the number of its use. */
struct sim_random sim_random_from(uint64_t seed, uint64_t use);
uint64_t sim_random_u64(struct sim_random *r);
/** Uniform in (0, 1). */
double sim_random_uniform(struct sim_random *r);
/** True with this probability. */
bool sim_random_chance(struct sim_random *r, double probability);
/** Uniform between low and high. */
double sim_random_between(struct sim_random *r, double low, double high);
/** The same on a logarithmic scale. */
double sim_random_log_between(struct sim_random *r, double low, double high);
/** An integer from low to high, both included. */
int sim_random_pick(struct sim_random *r, int low, int high);
/** Mean 1. */
double sim_random_exponential(struct sim_random *r);
/** Mean 0, standard deviation 1. */
double sim_random_normal(struct sim_random *r);

#endif
