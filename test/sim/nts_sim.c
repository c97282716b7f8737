/* SPDX-License-Identifier: BSD-2-Clause */
/* The nts scenario: drawing a world, running it, judging it. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backends/crypto.h"
#include "test/sim/heap.h"
#include "test/sim/nts_sim.h"
#include "test/sim/nts_sim_world.h"
#include "test/sim/scenario.h"

/** Every so many seeds one is run twice. */
#define AGAIN 10

bool nts_sim_possible(void)
{
	return crypto_has_tls(crypto_backends[0]);
}

static void find_crypto(struct nts_sim_world *w)
{
	for (size_t i = 0; crypto_backends[i] && w->n_crypto < 4; i++)
		if (crypto_has_tls(crypto_backends[i]))
			w->crypto[w->n_crypto++] = crypto_backends[i];
}

static void each_second(void *arg, struct sim *sim)
{
	struct nts_sim_world *w = arg;

	invariants_second(&w->invariants, sim);
	nts_sim_watch_second(&w->watch);
}

static void digest(struct nts_sim_world *w, uint64_t x)
{
	w->invariants.digest =
		(w->invariants.digest ^ x) * UINT64_C(0x100000001b3) + (w->invariants.digest >> 29);
}

static void tell(struct nts_sim_world *w, struct nts_sim_result *ret)
{
	const struct report_nts_client *used = &w->watch.all_used;
	const struct report_nts_server *served = &w->watch.all_served;
	uint64_t all[] = {used->requests, used->good, used->bad, used->naks, used->ke_good,
		used->ke_bad, served->cookies_old + served->cookies_old2, served->cookies_too_old,
		served->cookies_bad};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		digest(w, all[i]);
	ret->requests = all[0];
	ret->good = all[1];
	ret->bad = all[2];
	ret->naks = all[3];
	ret->establishments = all[4];
	ret->failed = all[5];
	ret->old_cookies = all[6];
	ret->too_old = all[7];
	ret->mangled = all[8];
	ret->most_placeholders = w->watch.most_placeholders;
	ret->most_length = w->watch.most_length;
	ret->violations = w->invariants.violations;
	ret->digest = w->invariants.digest;
	ret->seconds = sim_elapsed(w->sim);
	snprintf(ret->first, sizeof(ret->first), "%s", w->invariants.first);
}

int nts_sim_run(uint64_t seed, bool verbose, struct nts_sim_result *ret)
{
	struct nts_sim_world *w = sim_alloc(sizeof(*w));
	int r;

	memset(ret, 0, sizeof(*ret));
	w->random = sim_random_from(seed, 2);
	w->sim = sim_create(seed, SCENARIO_START);
	w->verbose = verbose;
	w->words = text_on(ret->world, sizeof(ret->world));
	find_crypto(w);
	invariants_start(&w->invariants, w->sim);
	nts_sim_watch_start(&w->watch, &w->invariants);
	r = nts_sim_build(w);
	if (r == 0)
		r = sim_run(w->sim, w->end, each_second, w);
	if (r < 0)
		invariants_violate(
			&w->invariants, 0, "%s", r == -ELOOP ? "a daemon spins" : strerror(-r));
	invariants_finish(&w->invariants);
	tell(w, ret);
	sim_destroy(w->sim);
	sim_free(w);
	return r;
}

static void add(struct nts_sim_result *sum, const struct nts_sim_result *r)
{
	sum->requests += r->requests;
	sum->good += r->good;
	sum->bad += r->bad;
	sum->naks += r->naks;
	sum->establishments += r->establishments;
	sum->failed += r->failed;
	sum->old_cookies += r->old_cookies;
	sum->too_old += r->too_old;
	sum->mangled += r->mangled;
	sum->seconds += r->seconds;
	if (r->most_placeholders > sum->most_placeholders)
		sum->most_placeholders = r->most_placeholders;
	if (r->most_length > sum->most_length)
		sum->most_length = r->most_length;
}

static void check_again(uint64_t seed, struct nts_sim_result *io)
{
	struct nts_sim_result again;

	nts_sim_run(seed, false, &again);
	if (again.digest == io->digest)
		return;
	io->violations = 1;
	snprintf(io->first, sizeof(io->first), "the same seed came out differently");
}

unsigned long nts_sim_soak(uint64_t first, unsigned long n, struct nts_sim_result *ret_sum)
{
	struct nts_sim_result sum = {.violations = 0};
	unsigned long failed = 0;

	for (unsigned long i = 0; i < n; i++) {
		struct nts_sim_result r;

		nts_sim_run(first + i, false, &r);
		if (!r.violations && i % AGAIN == 0)
			check_again(first + i, &r);
		add(&sum, &r);
		if (!r.violations)
			continue;
		failed++;
		printf("seed %llu: %llu violations, the first %s\n  %s\n"
		       "  replay: gnomon-sim run nts --seed %llu --verbose\n",
			(unsigned long long)(first + i), (unsigned long long)r.violations, r.first,
			r.world, (unsigned long long)(first + i));
		fflush(stdout);
	}
	printf("%lu seeds, %.0f simulated hours, %llu requests, %llu good, %llu bad, %llu refused, "
	       "%llu establishments, %llu failed: %lu seeds failed\n",
		n, sum.seconds / 3600, (unsigned long long)sum.requests,
		(unsigned long long)sum.good, (unsigned long long)sum.bad,
		(unsigned long long)sum.naks, (unsigned long long)sum.establishments,
		(unsigned long long)sum.failed, failed);
	if (ret_sum)
		*ret_sum = sum;
	return failed;
}
