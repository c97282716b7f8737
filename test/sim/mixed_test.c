/* SPDX-License-Identifier: BSD-2-Clause */
/* Worlds drawn from seeds keep all invariants, and who breaks one is caught. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "test/sim/invariants.h"
#include "test/sim/look.h"
#include "test/sim/mixed.h"
#include "test/sim/scenario.h"
#include "test/sim/steady.h"
#include "test/sim/world.h"

/* With sanitizers a world takes several times as long, and finds in a few what it finds in many. */
#ifdef __SANITIZE_ADDRESS__
#define SEEDS 40
#else
#define SEEDS 200
#endif

static void seeds_keep_the_invariants(void **state)
{
	(void)state;
	assert_int_equal(mixed_soak(1, SEEDS, false), 0);
}

/** Paths that are all one way, a source that finds its own time while it is asked, a rate that
 * maxupdateskew kept back and the drift file told: the root distance did not cover the error. */
static void bounds_that_were_too_small(void **state)
{
	static const uint64_t seeds[] = {276, 798, 893, 1657, 5441, 5752, 6781, 11641};

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		assert_int_equal(mixed_soak(seeds[i], 1, false), 0);
}

/** A server and its client, which is watched. */
static struct sim *small_world(struct invariants *v, double lie)
{
	struct sim *sim = sim_create(1, SCENARIO_START);
	struct sim_node_options server = {.config = "local stratum 1\nallow\n" INVARIANTS_CONFIG,
		.offset = lie,
		.uncontrolled = true};

	sim_add(sim, &server);
	sim_add(sim, &(struct sim_node_options){.config = "server node1 iburst maxpoll 6\nallow\n"
							  "makestep 1 3\n" INVARIANTS_CONFIG});
	invariants_start(v, sim);
	v->nodes[1].watched = true;
	assert_int_equal(sim_start(sim, 0), 0);
	assert_int_equal(sim_start(sim, 1), 0);
	return sim;
}

static void run_and_end(struct sim *sim, struct invariants *v, double seconds)
{
	assert_int_equal(sim_run(sim, seconds, invariants_second, v), 0);
	invariants_finish(v);
	sim_destroy(sim);
}

static void an_honest_world_passes(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);

	(void)state;
	run_and_end(sim, &v, 20000);
	assert_string_equal(v.first, "");
	assert_true(v.checks > 15000);
	/* The reports did come. */
	assert_true(v.nodes[0].stats.ntp_hits > 10);
	assert_true(v.nodes[1].data[0].total_good > 10);
}

/** A liar that is not known as one. */
static void wrong_time_is_noticed(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 5);

	(void)state;
	run_and_end(sim, &v, 1000);
	assert_true(v.violations > 100);
	assert_non_null(strstr(v.first, "node2"));
	assert_non_null(strstr(v.first, "time off by 5."));
}

/** The same liar, known: the client has no honest source, so nothing is expected of it. */
static void a_known_liar_is_no_measure(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 5);

	(void)state;
	v.nodes[0].lies = true;
	run_and_end(sim, &v, 1000);
	assert_int_equal(v.violations, 0);
}

/** A client of a client whose server lied for a while: the one in the middle has long known better,
 * but the last one has heard nothing since. */
static void what_was_not_heard_is_no_measure(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);

	(void)state;
	sim_add(sim,
		&(struct sim_node_options){.config = "server node2 iburst minpoll 6 maxpoll 6\n"
						     "makestep 1 3\n" INVARIANTS_CONFIG});
	v.nodes[2].watched = true;
	v.nodes[2].second_hand = true;
	assert_int_equal(sim_start(sim, 2), 0);
	assert_int_equal(sim_run(sim, 1000, invariants_second, &v), 0);
	v.nodes[0].lies = true;
	sim_step(sim, 0, 20);
	assert_int_equal(sim_run(sim, 1000, invariants_second, &v), 0);
	assert_true(look_at(sim, 2).error > 19);
	sim_partition(sim, 2, true);
	sim_step(sim, 0, -20);
	assert_int_equal(sim_run(sim, 300, invariants_second, &v), 0);
	v.nodes[0].lies = false;
	run_and_end(sim, &v, 100);
	assert_string_equal(v.first, "");
}

static void what_is_left_behind_is_noticed(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);
	struct heap_account *before = heap_charge(&sim->nodes[1].heap);
	void *volatile lost = malloc(10);

	(void)state;
	heap_charge(before);
	run_and_end(sim, &v, 100);
	assert_int_equal(v.violations, 1);
	assert_non_null(strstr(v.first, "left 1 blocks"));
	free(lost);
}

static void growth_is_noticed(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);

	(void)state;
	assert_int_equal(sim_run(sim, 10000, invariants_second, &v), 0);
	sim->nodes[1].heap.blocks += 100;
	assert_int_equal(sim_run(sim, 10, invariants_second, &v), 0);
	sim->nodes[1].heap.blocks -= 100;
	assert_non_null(strstr(v.first, "grew to"));
	run_and_end(sim, &v, 10);
}

static void ending_and_spinning_are_noticed(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);

	(void)state;
	assert_int_equal(sim_run(sim, 100, invariants_second, &v), 0);
	assert_int_equal(v.violations, 0);
	sim->nodes[1].counts.turns += 1000;
	assert_int_equal(sim_run(sim, 1, invariants_second, &v), 0);
	assert_non_null(strstr(v.first, "turns at once"));
	v.violations = 0;
	daemon_stop(sim_daemon(sim, 1));
	assert_int_equal(sim_run(sim, 100, invariants_second, &v), 0);
	assert_non_null(strstr(v.first, "ended by itself"));
	run_and_end(sim, &v, 10);
}

/** A counter that is told smaller than before. */
static void counters_that_go_back_are_noticed(void **state)
{
	struct invariants v;
	struct sim *sim = small_world(&v, 0);

	(void)state;
	assert_int_equal(sim_run(sim, 1000, invariants_second, &v), 0);
	assert_int_equal(v.violations, 0);
	v.nodes[0].stats.ntp_hits += 1000;
	v.nodes[1].data[0].total_tx += 1000;
	run_and_end(sim, &v, 100);
	assert_int_equal(v.violations, 2);
	assert_non_null(strstr(v.first, "counter 0 went back"));
}

/** Days with a pool: nothing grows, everything holds. */
static void five_days_hold_no_more_memory(void **state)
{
	struct steady_result r;

	(void)state;
	assert_int_equal(steady_run(1, 5, &r), 0);
	assert_string_equal(r.first, "");
	assert_true(r.checks > 400000);
	assert_true(r.blocks_early > 10);
	assert_int_equal(r.blocks_late, r.blocks_early);
	assert_true(r.bytes_late < r.bytes_early + 1000);
	assert_true(r.rms < 1e-3);
	/* A server was gone twice. */
	assert_true(r.replaced >= 1);
	for (int i = 1; i < STEADY_PARTS; i++) {
		assert_true(r.parts[i].rms < 1e-3 && r.parts[i].closest < 0.5);
		assert_true(r.parts[i].distance < 3 * r.parts[1].distance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_world_passes),
		cmocka_unit_test(wrong_time_is_noticed),
		cmocka_unit_test(a_known_liar_is_no_measure),
		cmocka_unit_test(what_was_not_heard_is_no_measure),
		cmocka_unit_test(what_is_left_behind_is_noticed),
		cmocka_unit_test(growth_is_noticed),
		cmocka_unit_test(ending_and_spinning_are_noticed),
		cmocka_unit_test(counters_that_go_back_are_noticed),
		cmocka_unit_test(five_days_hold_no_more_memory),
		cmocka_unit_test(bounds_that_were_too_small),
		cmocka_unit_test(seeds_keep_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
