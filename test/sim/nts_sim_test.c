/* SPDX-License-Identifier: BSD-2-Clause */
/* Worlds of NTS drawn from seeds keep all invariants, and who breaks one is caught. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "test/sim/nts_sim.h"
#include "test/sim/nts_sim_world.h"
#include "test/sim/scenario.h"

/* With sanitizers a world takes several times as long, and finds in a few what it finds in many. */
#ifdef __SANITIZE_ADDRESS__
#define SEEDS 15
#else
#define SEEDS 50
#endif

static void seeds_keep_the_invariants(void **state)
{
	struct nts_sim_result sum;

	(void)state;
	assert_int_equal(nts_sim_soak(1, SEEDS, &sum), 0);
	/* What is to be tested did happen. */
	assert_true(sum.good > 100 * SEEDS && sum.good < sum.requests * 9 / 10);
	assert_true(sum.bad > SEEDS);
	assert_true(sum.naks > SEEDS && sum.naks < sum.bad);
	assert_true(sum.establishments > 3 * SEEDS);
	assert_true(sum.failed > SEEDS);
	assert_true(sum.old_cookies > SEEDS && sum.too_old > SEEDS && sum.mangled > SEEDS);
	assert_int_equal(sum.most_placeholders, 7);
	assert_in_range(sum.most_length, 1000, 1232);
}

/** Two paths all one way, opposite to each other: the joint estimate took that for a rate, and the
 * bound did not grow by it. */
static void opposite_paths_stay_within_the_bound(void **state)
{
	struct nts_sim_result sum;

	(void)state;
	assert_int_equal(nts_sim_soak(129, 1, &sum), 0);
}

/** A server and its client, watched. */
struct small {
	struct sim *sim;
	struct invariants invariants;
	struct nts_sim_watch watch;
};

static void begin(struct small *w, const char *client)
{
	char config[512];
	struct text t = text_on(config, sizeof(config));
	struct sim_node_options server = {.config = NTS_SIM_SERVER, .uncontrolled = true};

	memset(w, 0, sizeof(*w));
	w->sim = sim_create(1, SCENARIO_START);
	invariants_start(&w->invariants, w->sim);
	nts_sim_watch_start(&w->watch, &w->invariants);
	w->watch.port = 123;
	w->watch.bound = 200;
	w->watch.nodes[0].server = w->watch.nodes[1].client = true;
	text_add(&t, "%s\n%s", client, NTS_SIM_CLIENT);
	sim_add(w->sim, &server);
	sim_add(w->sim, &(struct sim_node_options){.config = config});
	nts_sim_equip(w->sim, 0);
	nts_sim_equip(w->sim, 1);
	assert_int_equal(sim_start(w->sim, 0), 0);
	assert_int_equal(sim_start(w->sim, 1), 0);
}

static void each_second(void *arg, struct sim *sim)
{
	struct small *w = arg;

	invariants_second(&w->invariants, sim);
	nts_sim_watch_second(&w->watch);
}

static void run(struct small *w, double seconds)
{
	assert_int_equal(sim_run(w->sim, seconds, each_second, w), 0);
}

/** Expects a violation with these words from here on, or none ("") and ends. */
static void end(struct small *w, double seconds, const char *words)
{
	assert_string_equal(w->invariants.first, "");
	run(w, seconds);
	invariants_finish(&w->invariants);
	if (words[0])
		assert_non_null(strstr(w->invariants.first, words));
	else
		assert_string_equal(w->invariants.first, "");
	sim_destroy(w->sim);
}

#define CLIENT "server node1 nts iburst minpoll 4 maxpoll 4"

static void a_healthy_world_passes(void **state)
{
	struct small w;

	(void)state;
	begin(&w, CLIENT);
	run(&w, 1000);
	assert_true(w.watch.all_used.good > 60);
	assert_int_equal(w.watch.all_used.good, w.watch.all_used.requests);
	assert_int_equal(w.watch.all_served.replies, w.watch.all_used.good);
	assert_int_equal(w.watch.all_served.ke_good, 1);
	end(&w, 100, "");
}

static void plain_ntp_is_noticed(void **state)
{
	struct small w;

	(void)state;
	begin(&w, "server node1 iburst");
	end(&w, 100, "node2: sent 48 bytes that are not NTS");
}

static void a_cookie_sent_twice_is_noticed(void **state)
{
	struct span saved, copy;
	uint8_t kept[8192];
	struct small w;

	(void)state;
	begin(&w, CLIENT "\nntsdumpdir /nts");
	run(&w, 100);
	sim_stop(w.sim, 1);
	saved = sim_file(w.sim, 1, "/nts/192.168.123.1.nts");
	assert_in_range(saved.n, 1000, sizeof(kept));
	copy = (struct span){memcpy(kept, saved.p, saved.n), saved.n};
	assert_int_equal(sim_start(w.sim, 1), 0);
	run(&w, 100);
	sim_kill(w.sim, 1);
	/* somebody restores a backup */
	sim_put_file(w.sim, 1, "/nts/192.168.123.1.nts", copy);
	assert_int_equal(sim_start(w.sim, 1), 0);
	end(&w, 100, "node2: sent a cookie for the second time");
}

static void wrong_counters_are_noticed(void **state)
{
	struct small w;

	(void)state;
	for (int i = 0; i < 4; i++) {
		static const char *const words[] = {"replies", "cookies made in 1 establishments",
			"NTS server counter 0 went back", "NTS client counter 1 went back"};

		begin(&w, CLIENT);
		run(&w, 100);
		w.watch.nodes[0].sealed += i == 0;
		w.watch.nodes[0].asked += i == 1;
		w.watch.nodes[0].served.requests_good += i == 2 ? 1000 : 0;
		w.watch.nodes[1].used.good += i == 3 ? 1000 : 0;
		end(&w, 1, words[i]);
	}
}

static void a_client_that_does_not_recover_is_noticed(void **state)
{
	struct small w;

	(void)state;
	begin(&w, CLIENT);
	run(&w, 300);
	sim_partition(w.sim, 0, true);
	end(&w, 300, "no authentic time for 20");
	/* the same, but known */
	begin(&w, CLIENT);
	run(&w, 300);
	sim_partition(w.sim, 0, true);
	w.watch.quiet = 600;
	end(&w, 300, "");
}

static void old_keys_are_noticed(void **state)
{
	struct small w;

	(void)state;
	begin(&w, CLIENT);
	w.watch.nodes[1].refresh = 100;
	end(&w, 400, "keys of ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_world_passes),
		cmocka_unit_test(plain_ntp_is_noticed),
		cmocka_unit_test(a_cookie_sent_twice_is_noticed),
		cmocka_unit_test(wrong_counters_are_noticed),
		cmocka_unit_test(a_client_that_does_not_recover_is_noticed),
		cmocka_unit_test(old_keys_are_noticed),
		cmocka_unit_test(opposite_paths_stay_within_the_bound),
		cmocka_unit_test(seeds_keep_the_invariants),
	};

	return nts_sim_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
