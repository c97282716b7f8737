/* SPDX-License-Identifier: BSD-2-Clause */
/* The mixed scenario: drawing a world, running it, judging it. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "test/sim/invariants.h"
#include "test/sim/leap_list.h"
#include "test/sim/mixed.h"
#include "test/sim/mixed_world.h"
#include "test/sim/scenario.h"

/** Every so many seeds one is run twice. */
#define AGAIN 10

/** This part of all worlds has a leap second. */
#define LEAP_PART 0.15

/** When a world begins: anywhen, or an hour at most before a leap second. */
static int64_t draw_start(struct mixed_world *w, uint64_t seed)
{
	struct sim_random r = sim_random_from(seed, 2);

	if (sim_random_uniform(&r) >= LEAP_PART)
		return SCENARIO_START;
	w->leap = sim_random_uniform(&r) < 0.5 ? 1 : -1;
	w->leap_at = floor(1200 + 2400 * sim_random_uniform(&r));
	return instant_add_s(LEAP_MIDNIGHT, -w->leap_at - (w->leap < 0));
}

int mixed_run(uint64_t seed, bool receivers, bool verbose, struct mixed_result *ret)
{
	struct invariants invariants;
	struct mixed_world world = {.random = sim_random_from(seed, 1),
		.receiver_random = sim_random_from(seed, 3),
		.with_receivers = receivers,
		.invariants = &invariants,
		.verbose = verbose};
	struct sim *sim = sim_create(seed, draw_start(&world, seed));
	int r;

	memset(ret, 0, sizeof(*ret));
	world.words = text_on(ret->world, sizeof(ret->world));
	world.sim = sim;
	invariants_start(&invariants, sim);
	invariants.leap_at = world.leap_at;
	r = mixed_build(&world);
	if (!r)
		r = sim_run(sim, world.end, invariants_second, &invariants);
	if (r)
		invariants_violate(
			&invariants, 0, "%s", r == -ELOOP ? "a daemon spins" : strerror(-r));
	invariants_finish(&invariants);
	ret->violations = invariants.violations;
	ret->checks = invariants.checks;
	ret->digest = invariants.digest;
	ret->seconds = sim_elapsed(sim);
	snprintf(ret->first, sizeof(ret->first), "%s", invariants.first);
	sim_destroy(sim);
	return r;
}

unsigned long mixed_soak(uint64_t first, unsigned long n, bool receivers)
{
	unsigned long i, failed = 0;
	double checks = 0, seconds = 0;

	for (i = 0; i < n; i++) {
		struct mixed_result result, again;
		uint64_t seed = first + i;

		mixed_run(seed, receivers, false, &result);
		checks += (double)result.checks;
		seconds += result.seconds;
		if (!result.violations && i % AGAIN == 0) {
			mixed_run(seed, receivers, false, &again);
			if (again.digest != result.digest) {
				result.violations = 1;
				snprintf(result.first, sizeof(result.first),
					"the same seed came out differently");
			}
		}
		if (!result.violations)
			continue;
		failed++;
		printf("seed %llu: %llu violations, the first %s\n  %s\n"
		       "  replay: gnomon-sim run %s --seed %llu --verbose\n",
			(unsigned long long)seed, (unsigned long long)result.violations,
			result.first, result.world, receivers ? "receivers" : "mixed",
			(unsigned long long)seed);
		fflush(stdout);
	}
	printf("%lu seeds, %.0f simulated hours, %.0f times compared with the truth: %lu seeds "
	       "failed\n",
		n, seconds / 3600, checks, failed);
	return failed;
}
