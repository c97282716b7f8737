/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single stations in the life of an NTS client and its server, each in a world of its own: what
 * restarts cost, how requests grow, when another attempt is made, what follows a change of keys or
 * of the server.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/daemon.h"
#include "daemon/modules.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"
#include "test/sim/nts_sim.h"
#include "test/sim/nts_sim_world.h"
#include "test/sim/scenario.h"

#define LENGTHS 64

/** A world, and the lengths and instants of the client's requests (from the last node). */
struct scene {
	struct sim *sim;
	int client;
	size_t n;
	size_t lengths[LENGTHS];
	double at[LENGTHS];
};

static void note_request(void *arg, struct sim *sim, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct scene *s = arg;

	(void)from;
	if (node != s->client || to->port != 123 || s->n == LENGTHS)
		return;
	s->at[s->n] = sim_elapsed(sim);
	s->lengths[s->n++] = data.n;
}

static void add(
	struct scene *s, const struct crypto_backend *crypto, const char *first, const char *second)
{
	bool server = !strncmp(second, "local", 5);
	char config[1024];
	struct text t = text_on(config, sizeof(config));
	struct sim_node_options o = {.config = config, .crypto = crypto, .uncontrolled = server};
	int node;

	text_add(&t, "%s\n%s", first, second);
	node = sim_add(s->sim, &o);
	assert_true(node >= 0);
	nts_sim_equip(s->sim, node);
	if (!server)
		s->client = node;
}

/** A world of servers with these further lines each, and a client with these. */
static void begin(struct scene *s, const struct crypto_backend *crypto, const char *const *servers,
	const char *client)
{
	memset(s, 0, sizeof(*s));
	s->sim = sim_create(1, SCENARIO_START);
	sim_on_send(s->sim, note_request, s);
	for (; *servers; servers++)
		add(s, crypto, *servers, NTS_SIM_SERVER);
	add(s, crypto, client, NTS_SIM_CLIENT);
	for (int i = 0; i <= s->client; i++)
		assert_int_equal(sim_start(s->sim, i), 0);
}

static void pass(struct scene *s, double seconds)
{
	assert_int_equal(sim_run(s->sim, seconds, NULL, NULL), 0);
}

static struct report_nts_client used(struct scene *s)
{
	return *nts_shared_counters(daemon_nts(sim_daemon(s->sim, s->client)));
}

static struct report_nts_server served(struct scene *s, int node)
{
	struct report_nts_server r;

	serve_report_nts(daemon_serve(sim_daemon(s->sim, node)), &r);
	return r;
}

static const struct source *source_of(struct scene *s)
{
	return sources_at(daemon_sources(sim_daemon(s->sim, s->client)), 0);
}

static struct report_auth auth_of(struct scene *s)
{
	struct report_auth r;

	assert_int_equal(source_report_auth(source_of(s), &r), 0);
	return r;
}

/** The libraries that have TLS. */
#define FOR_ALL(crypto)                                                                            \
	for (size_t index = 0; crypto_backends[index]; index++)                                    \
		for (const struct crypto_backend *crypto = crypto_backends[index];                 \
			crypto && crypto_has_tls(crypto); crypto = NULL)

static const char *const one[] = {"ntsdumpdir /nts", NULL};

/** Neither side needs new keys after a restart when it could save them, be it before its end or, as
 * the server does, as soon as it makes them. */
static void restarts_cost_nothing(void **state)
{
	(void)state;
	FOR_ALL(crypto)
	{
		struct scene s;

		begin(&s, crypto, one, "server node1 nts minpoll 4 maxpoll 4\nntsdumpdir /nts");
		pass(&s, 200);
		assert_int_equal(used(&s).ke_good, 1);
		sim_stop(s.sim, 1);
		assert_int_equal(sim_start(s.sim, 1), 0);
		pass(&s, 200);
		assert_int_equal(used(&s).ke_good, 0);
		assert_int_equal(auth_of(&s).cookies, 8);
		assert_int_equal(auth_of(&s).key_id, 1);
		sim_stop(s.sim, 0);
		assert_int_equal(sim_start(s.sim, 0), 0);
		pass(&s, 200);
		sim_kill(s.sim, 0);
		assert_int_equal(sim_start(s.sim, 0), 0);
		pass(&s, 200);
		assert_int_equal(served(&s, 0).ke_good, 0);
		assert_int_equal(used(&s).naks, 0);
		assert_true(used(&s).good > 30);
		assert_true(used(&s).good >= used(&s).requests - 1);
		/* A client that lost its power lost its cookies: none may be used twice. */
		sim_kill(s.sim, 1);
		assert_int_equal(sim_start(s.sim, 1), 0);
		pass(&s, 200);
		assert_int_equal(used(&s).ke_good, 1);
		sim_destroy(s.sim);
	}
}

/** The request grows by a cookie while answers are lost; then there are new keys. */
static void section_9_1_lost_answers(void **state)
{
	static const struct {
		const char *aead;
		size_t bare,
			cookie; /* bytes: of the healthy request, and of a cookie with its head */
		unsigned most;  /* placeholders that fit */
	} cases[] = {{"15", 228, 104, 7}, {"16", 260, 136, 7}, {"17", 292, 168, 5}};

	(void)state;
	FOR_ALL(crypto)
	{
		for (size_t i = 0; i < 3; i++) {
			char config[200];
			struct text t = text_on(config, sizeof(config));
			struct sim_link lost = {.base = 1e-3, .loss = 1}, fine = {.base = 1e-3};
			struct scene s;
			static const char *const all[] = {"ntsaeads 15 16 17", NULL};

			/* Cookies are shorter where AES-GCM-SIV seals them. */
			if (crypto_has_aead(crypto, CRYPTO_AEAD_GCM_SIV_128))
				continue;
			text_add(&t, "server node1 nts minpoll 4 maxpoll 4\nntsaeads %s",
				cases[i].aead);
			begin(&s, crypto, all, config);
			pass(&s, 100);
			assert_int_equal(s.lengths[s.n - 1], cases[i].bare);
			s.n = 0;
			sim_connect(s.sim, 0, 1, &lost);
			pass(&s, 8.5 * 16);
			assert_int_equal(auth_of(&s).cookies, 0);
			sim_connect(s.sim, 0, 1, &fine);
			pass(&s, 300);
			for (unsigned j = 0; j < 8; j++)
				assert_int_equal(s.lengths[j],
					cases[i].bare + (j < cases[i].most ? j : cases[i].most) *
								cases[i].cookie);
			for (size_t j = 8; j < s.n; j++)
				assert_int_equal(s.lengths[j], cases[i].bare);
			assert_int_equal(used(&s).ke_good, 2);
			assert_int_equal(auth_of(&s).cookies, 8);
			sim_destroy(s.sim);
		}
	}
}

/** Connections that are refused are tried again after 16 s, 32 s and so on. */
static void section_9_1_when_nobody_listens(void **state)
{
	struct scene s;
	double wanted = 16;

	(void)state;
	begin(&s, crypto_backends[0], one, "server node1 nts minpoll 0 maxpoll 0 maxntsretry 7");
	sim_stop(s.sim, 0);
	pass(&s, 1);
	for (unsigned i = 1; i < 7; i++) {
		double from = sim_elapsed(s.sim);

		assert_int_equal(used(&s).ke_bad, i);
		assert_int_equal(auth_of(&s).ke_attempts, i);
		while (used(&s).ke_bad == i && sim_elapsed(s.sim) < from + 1000)
			pass(&s, 0.25);
		/* attempts are made when a poll is due: within two seconds after */
		assert_in_range((int)(sim_elapsed(s.sim) - from), (int)wanted - 2, (int)wanted + 2);
		wanted = fmin(2 * wanted, 128);
	}
	assert_int_equal(used(&s).requests, 0);
	/* and the wait is over as soon as one goes well */
	assert_int_equal(sim_start(s.sim, 0), 0);
	pass(&s, 140);
	assert_int_equal(auth_of(&s).ke_attempts, 0);
	assert_true(used(&s).good > 5);
	sim_destroy(s.sim);
}

/** A stream that is too slow ends after 16 s and counts as a failure of the server. */
static void section_9_1_a_slow_stream_ends(void **state)
{
	struct sim_link slow = {.base = 9};
	struct scene s;

	(void)state;
	begin(&s, crypto_backends[0], one, "server node1 nts minpoll 4 maxpoll 4");
	sim_connect(s.sim, 0, 1, &slow);
	pass(&s, 18);
	assert_int_equal(used(&s).ke_bad, 1);
	assert_int_equal(served(&s, 0).ke_no_tls + served(&s, 0).ke_good, 1);
	/* for 1024 s nothing more is tried */
	pass(&s, 1000);
	assert_int_equal(auth_of(&s).ke_attempts, 1);
	pass(&s, 100);
	assert_int_equal(auth_of(&s).ke_attempts, 2);
	assert_int_equal(used(&s).requests, 0);
	sim_destroy(s.sim);
}

/** Who sleeps over a few rotations comes with cookies of a key that is gone, and asks for new ones.
 */
static void section_9_1_keys_that_are_gone(void **state)
{
	static const char *const rotating[] = {"ntsrotate 600", NULL};

	(void)state;
	FOR_ALL(crypto)
	{
		struct scene s;

		begin(&s, crypto, rotating, "server node1 nts minpoll 4 maxpoll 4");
		pass(&s, 100);
		sim_suspend(s.sim, 1, 700, 0);
		pass(&s, 900);
		assert_true(served(&s, 0).cookies_old > 0);
		assert_int_equal(used(&s).naks, 0);
		sim_suspend(s.sim, 1, 3000, 0);
		pass(&s, 3300);
		/* With the refusal new keys are asked for, while the old go on: it may be forged.
		 */
		assert_int_equal(used(&s).naks, 2);
		/* The first request finds that the machine slept, so all sources begin anew and
		 * nobody waits for its answer. */
		assert_int_equal(served(&s, 0).naks, 3);
		assert_int_equal(served(&s, 0).cookies_too_old, 3);
		assert_int_equal(used(&s).ke_good, 2);
		assert_int_equal(auth_of(&s).cookies, 8);
		sim_destroy(s.sim);
	}
}

/** Keys are renewed when ntsrefresh says so, without a request being left out. */
static void keys_that_are_old(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, crypto_backends[0], one, "server node1 nts minpoll 4 maxpoll 4\nntsrefresh 1000");
	pass(&s, 3500);
	assert_int_equal(used(&s).ke_good, 4);
	assert_int_equal(used(&s).good, used(&s).requests);
	assert_true(used(&s).good > 3500 / 17);
	sim_destroy(s.sim);
}

/** Another server is another clock and another path: what was measured of the one before says
 * nothing of it. */
static void section_9_1_another_server(void **state)
{
	static const char *const three[] = {"ntsntpserver node2\nntssharedsecret " NTS_SIM_SHARED,
		"ntssharedsecret " NTS_SIM_SHARED, "ntssharedsecret " NTS_SIM_SHARED, NULL};
	struct sim_link far = {.base = 0.2};
	struct track_figures f;
	struct scene s;

	(void)state;
	begin(&s, crypto_backends[0], three,
		"server node1 nts minpoll 4 maxpoll 4 maxdelayratio 2\nntsrefresh 1000");
	/* much farther away: by the measure of the second it would be outlandish */
	sim_connect(s.sim, 2, s.client, &far);
	pass(&s, 900);
	track_get_figures(source_track(source_of(&s)), &f);
	assert_in_range(f.samples, 16, 64);
	assert_true(served(&s, 1).replies > 20);
	nts_sim_write(s.sim, 0, "/etc/sim.conf",
		"ntsntpserver node3\nntssharedsecret " NTS_SIM_SHARED "\n" NTS_SIM_SERVER);
	sim_stop(s.sim, 0);
	assert_int_equal(sim_start(s.sim, 0), 0);
	pass(&s, 250);
	assert_in_range(served(&s, 2).replies, 5, 15);
	track_get_figures(source_track(source_of(&s)), &f);
	assert_in_range(f.samples, 5, 15);
	assert_true(f.min_delay > 0.2);
	sim_destroy(s.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarts_cost_nothing),
		cmocka_unit_test(section_9_1_lost_answers),
		cmocka_unit_test(section_9_1_when_nobody_listens),
		cmocka_unit_test(section_9_1_a_slow_stream_ends),
		cmocka_unit_test(section_9_1_keys_that_are_gone),
		cmocka_unit_test(keys_that_are_old),
		cmocka_unit_test(section_9_1_another_server),
	};

	return nts_sim_possible() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
