/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference clocks in simulated worlds: what is followed, and what is not. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/figures.h"
#include "test/sim/look.h"
#include "test/sim/scenario.h"

/** A part of the published scenario: its length is for the grid. */
static void the_cell_is_better_than_asked(void **state)
{
	struct scenario s;
	struct scenario_result r;

	(void)state;
	assert_int_equal(scenario_find("refclock", &s), 0);
	s.warm_up = 2000;
	s.end = 32000;
	assert_int_equal(scenario_run(&s, 1, false, NULL, NULL, &r), 0);
	assert_true(r.rms < 0.6 * figures_of("refclock")->rms);
	/* 1.15 of what is asked since walls are sharper: no better, and no worse than this. */
	assert_true(r.frequency < 1.2 * figures_of("refclock")->frequency);
	assert_int_equal(r.outside, 0);
	assert_true(r.sd_ratio > 0.5 && r.sd_ratio < 2);
}

/** A node with receivers, and what was seen of it. */
struct world {
	struct sim *sim;
	int node;
	double from, most; /**< s: the largest error since then */
	bool lost;         /**< it was not synchronised once since then */
};

static void watch(void *arg, struct sim *s)
{
	struct world *w = arg;
	struct look look = look_at(s, w->node);

	if (sim_elapsed(s) < w->from)
		return;
	w->most = fmax(w->most, fabs(sim_time_error(s, w->node)));
	w->lost |= !look.synchronised;
}

static struct world world(const char *config, uint64_t seed)
{
	struct world w = {.sim = sim_create(seed, SCENARIO_START)};
	struct sim_node_options o = {.config = config, .offset = 1e-3, .wander = 1e-9};

	w.node = sim_add(w.sim, &o);
	return w;
}

static struct sim_receiver *add(struct world *w, struct sim_receiver r)
{
	return sim_add_receiver(w->sim, w->node, &r);
}

static void start(struct world *w)
{
	assert_int_equal(sim_start(w->sim, w->node), 0);
}

/** Runs on. Returns the largest error meanwhile. */
static double pass(struct world *w, double seconds)
{
	w->from = sim_elapsed(w->sim);
	w->most = 0;
	w->lost = false;
	assert_int_equal(sim_run(w->sim, seconds, watch, w), 0);
	return w->most;
}

static void shm_and_sock_agree(void **state)
{
	struct world w = world("refclock SHM 2 refid GPS poll 2\n"
			       "refclock SOCK /run/clock.sock refid PTP poll 2\ncmdport 0\n",
		1);

	(void)state;
	add(&w, (struct sim_receiver){.kind = SIM_SHM, .unit = 2, .noise = 1e-4});
	add(&w, (struct sim_receiver){.kind = SIM_SOCK, .path = "/run/clock.sock", .noise = 1e-6});
	start(&w);
	pass(&w, 600);
	assert_true(pass(&w, 3000) < 3e-6);
	assert_false(w.lost);
	sim_destroy(w.sim);
}

static void a_receiver_that_jumps_alone(void **state)
{
	struct world w = world("refclock SHM 0 poll 2\ncmdport 0\n", 2);
	struct sim_receiver *r;

	(void)state;
	r = add(&w, (struct sim_receiver){.kind = SIM_SHM, .noise = 1e-6});
	start(&w);
	pass(&w, 7200);
	r->lie = 1;
	assert_true(pass(&w, 600) < 1e-4);
	r->lie = 0;
	pass(&w, 60);
	r->lie = -7 * 86400;
	assert_true(pass(&w, 600) < 1e-4);
	r->lie = 0;
	r->silent = true;
	assert_true(pass(&w, 600) < 1e-4);
	r->silent = false;
	pass(&w, 60);
	assert_true(pass(&w, 600) < 3e-6);
	sim_destroy(w.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cell_is_better_than_asked),
		cmocka_unit_test(shm_and_sock_agree),
		cmocka_unit_test(a_receiver_that_jumps_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
