/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which side of a leap second a measurement is of. What was measured before it says nothing of the
 * time after it: whether the leap second was planned or passed while the daemon knew no time,
 * whether the measurement waited in a median, in an exchange of interleaved mode or with a source
 * that was not asked since. All along the client's word is held against the truth.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "common/instant.h"
#include "daemon/discipline/state.h"
#include "daemon/source/source.h"
#include "daemon/track/joint.h"
#include "test/sim/leap_list.h"
#include "test/sim/look.h"
#include "test/sim/small.h"

#define LIST "leapseclist " LEAP_LIST "\nmakestep 0.1 3\n"

/* What was seen of the watched node, which is the last one, from twelve seconds after the leap
 * second on: no samples are taken around it. */
struct seen {
	int node;
	double told;   /* s, worst error of what it told */
	double inside; /* s, worst error of what its sources said, each alone and all together, or
			* of what they were in doubt by */
	bool silent;   /* it told nothing at all */
};

static double doubt(struct small *s, const struct track_estimate *e)
{
	double error = instant_diff_s(e->osc + e->offset_ns, sim_utc(s->sim));

	return fmax(fabs(error), e->offset_sd);
}

static double look_inside(struct small *s, int node)
{
	struct daemon *d = sim_daemon(s->sim, node);
	struct track_estimate e;
	int64_t osc, system;
	double worst = 0;

	sim_clocks(s->sim, node, &osc, &system);
	for (size_t i = 0; i < sources_count(daemon_sources(d)); i++)
		if (track_estimate(source_track(small_source(s, node, i)), osc, &e) == 0)
			worst = fmax(worst, doubt(s, &e));
	if (joint_estimate(daemon_discipline(d)->joint, osc, &e) == 0)
		worst = fmax(worst, doubt(s, &e));
	return worst;
}

static void look(struct small *s)
{
	struct seen *seen = s->arg;
	struct look l = look_at(s->sim, seen->node);

	if (sim_elapsed(s->sim) < s->invariants.leap_at + 12)
		return;
	seen->inside = fmax(seen->inside, look_inside(s, seen->node));
	if (!l.synchronised)
		return;
	seen->told = fmax(seen->told, fabs(l.error));
	seen->silent = false;
}

/* A world that a leap second comes to after so many s, with so many perfect servers. */
static void begin(
	struct small *s, struct seen *seen, uint64_t seed, double at, int direction, int servers)
{
	small_begin_at(s, seed, instant_add_s(LEAP_MIDNIGHT, -at - (direction < 0)));
	s->invariants.leap_at = at;
	sim_leap(s->sim, at, direction);
	for (int i = 0; i < servers; i++)
		small_server(s, 0, "");
	*seen = (struct seen){.silent = true};
	s->each = look;
	s->arg = seen;
}

/* Adds a client that has the list, and watches it. */
static void add_client(struct small *s, struct seen *seen, int direction, const char *config)
{
	static const struct sim_node_options clock = {.frequency = 20e-6, .wander = 1e-9};
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};

	seen->node = small_client(s, &clock, config);
	/* It is there from the start on. */
	sim_stop(s->sim, seen->node);
	leap_give(s->sim, seen->node, direction);
	assert_int_equal(sim_start(s->sim, seen->node), 0);
	for (int i = 0; i < seen->node; i++)
		small_link(s, i, seen->node, &link);
}

static void end(struct small *s, const struct seen *seen, const char *what)
{
	printf("%s: told %.6f s off, inside %.6f s\n", what, seen->told, seen->inside);
	small_end(s);
	assert_false(seen->silent);
	assert_true(seen->told < 1e-3);
}

/* A response of interleaved mode after the leap second measures the exchange before it. */
static void a_pair_of_before_is_of_before(void **state)
{
	static const char *const modes[] = {"system", "step", "slew"};
	struct seen seen;
	struct small s;
	char config[256];

	(void)state;
	for (int direction = -1; direction <= 1; direction += 2) {
		for (int i = 0; i < 3; i++) {
			snprintf(config, sizeof(config),
				"server node1 iburst minpoll 6 maxpoll 6 xleave\n" LIST
				"leapsecmode %s\n",
				modes[i]);
			/* In this one no response of that time comes to nothing. */
			begin(&s, &seen, 2, 1000, direction, 1);
			add_client(&s, &seen, direction, config);
			small_run(&s, 2000);
			end(&s, &seen, modes[i]);
			assert_true(seen.inside < 1e-3);
		}
	}
}

/* What several sources say together moves along with what each of them says. */
static void what_sources_say_together_moves_along(void **state)
{
	struct seen seen;
	struct small s;

	(void)state;
	begin(&s, &seen, 1, 3000, 1, 3);
	add_client(&s, &seen, 1,
		"server node1 iburst minpoll 5 maxpoll 5\nserver node2 iburst minpoll 5 maxpoll "
		"5\nserver node3 iburst minpoll 5 maxpoll 5\nleapsecmode step\n" LIST);
	small_run(&s, 4000);
	end(&s, &seen, "together");
	assert_true(seen.inside < 1e-3);
}

/* A server of ours tells by how much its clock was corrected; that was the leap second. */
static void a_server_that_tells_of_it_is_no_second_one(void **state)
{
	struct seen seen;
	struct small s;

	(void)state;
	begin(&s, &seen, 1, 1000, 1, 1);
	add_client(&s, &seen, 1, "server node1 iburst minpoll 4 maxpoll 4\nallow\n" LIST);
	add_client(&s, &seen, 1, "server node2 iburst minpoll 4 maxpoll 4 extfield F323\n" LIST);
	small_run(&s, 2000);
	end(&s, &seen, "F323");
	assert_true(seen.inside < 1e-3);
}

/* Two of the samples that make one are of before it, when nothing was known yet. */
static void a_median_of_both_sides_is_none(void **state)
{
	struct seen seen;
	struct small s;

	(void)state;
	begin(&s, &seen, 1, 500, 1, 1);
	add_client(&s, &seen, 1, "server node1 minpoll 6 maxpoll 6 filter 3\n" LIST);
	small_run(&s, 2000);
	end(&s, &seen, "filter");
}

/* Most of those that have to agree were heard before it, and the last one after it. */
static void those_of_before_do_not_outvote_one_of_after(void **state)
{
	struct seen seen;
	struct small s;

	(void)state;
	begin(&s, &seen, 1, 50, 1, 3);
	add_client(&s, &seen, 1,
		"server node1 minpoll 4 maxpoll 4 iburst\nserver node2 minpoll 4 maxpoll 4 iburst\n"
		"server node3 minpoll 4 maxpoll 4 iburst\nminsources 3\n" LIST);
	sim_partition(s.sim, 2, true);
	small_run(&s, 40);
	for (int i = 0; i < 3; i++)
		sim_partition(s.sim, i, i < 2);
	small_run(&s, 110);
	for (int i = 0; i < 2; i++)
		sim_partition(s.sim, i, false);
	small_run(&s, 1000);
	end(&s, &seen, "minsources");
}

/* Nobody was heard since the day before, but the list is there. */
static void no_update_is_needed_for_one_that_is_listed(void **state)
{
	static const char *const modes[] = {"system", "step", "slew"};
	struct seen seen;
	struct small s;
	char config[256];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(config, sizeof(config),
			"server node1 iburst minpoll 6 maxpoll 6\n" LIST "leapsecmode %s\n",
			modes[i]);
		begin(&s, &seen, 1, 90000, 1, 1);
		add_client(&s, &seen, 1, config);
		small_run(&s, 1000);
		sim_partition(s.sim, 0, true);
		small_run(&s, 91000);
		printf("unheard, %s: told %.6f s off\n", modes[i], seen.told);
		small_end(&s);
		assert_false(seen.silent);
		assert_true(seen.told < 0.1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_of_before_is_of_before),
		cmocka_unit_test(what_sources_say_together_moves_along),
		cmocka_unit_test(a_server_that_tells_of_it_is_no_second_one),
		cmocka_unit_test(a_median_of_both_sides_is_none),
		cmocka_unit_test(those_of_before_do_not_outvote_one_of_after),
		cmocka_unit_test(no_update_is_needed_for_one_that_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
