/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing the world of an nts scenario: nodes, links, options. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "backends/crypto.h"
#include "test/sim/nts_sim_world.h"
#include "test/unit/pki.h"

/** A clock that is so far behind finds no certificate valid yet: 8 years, s. */
#define LONG_AGO (8 * 31557600.0)

void nts_sim_write(struct sim *s, int node, const char *path, const char *content)
{
	sim_put_file(s, node, path, (struct span){(const uint8_t *)content, strlen(content)});
}

void nts_sim_equip(struct sim *s, int node)
{
	nts_sim_write(s, node, NTS_SIM_CERT, pki_nodes);
	nts_sim_write(s, node, NTS_SIM_KEY, pki_key);
	nts_sim_write(s, node, NTS_SIM_SHARED, "a secret of all servers of this world\n");
	nts_sim_write(s, node, NTS_SIM_ROOT, pki_root);
}

static const struct crypto_backend *draw_crypto(struct nts_sim_world *w)
{
	return w->crypto[sim_random_pick(&w->random, 0, (int)w->n_crypto - 1)];
}

/** Every tenth packet is lost, some are altered, some come twice or late. */
static struct sim_link draw_link(struct nts_sim_world *w)
{
	struct sim_random *r = &w->random;
	struct sim_link l = {.base = sim_random_log_between(r, 1e-4, 5e-2), .loss = 0.1};

	l.jitter = l.base * sim_random_log_between(r, 1e-3, 0.5);
	if (sim_random_chance(r, 0.4))
		l.mangle = sim_random_between(r, 0, 0.05);
	if (sim_random_chance(r, 0.4))
		l.duplicate = sim_random_between(r, 0, 0.1);
	if (sim_random_chance(r, 0.4)) {
		l.hold = sim_random_between(r, 0, 0.1);
		l.hold_delay = sim_random_log_between(r, 1e-2, 3);
	}
	return l;
}

/** The algorithms of a node: the first is preferred, the one that all have is among them. */
static void draw_aeads(struct nts_sim_world *w, struct text *t)
{
	static const char *const lists[] = {
		"15", "17 15", "16 17 15", "30 15", "30 17 16 15", "15 16 17"};

	text_add(t, "ntsaeads %s\n", lists[sim_random_pick(&w->random, 0, 5)]);
}

/** Adds a word by chance. */
static void maybe(struct nts_sim_world *w, double probability, struct text *t, const char *words)
{
	if (sim_random_chance(&w->random, probability))
		text_add(t, "%s", words);
}

/** The key establishment of a group of servers names those that tell the time. */
static void name_ntp_server(struct nts_sim_world *w, int node, struct text *t)
{
	if (node > 0 || w->keys == NTS_SIM_OWN)
		return;
	if (w->servers == 2)
		text_add(t, "ntsntpserver node2\n");
	else
		text_add(t, "ntsntpserver pool2-%d\n", w->servers);
}

static int add_server(struct nts_sim_world *w, int node)
{
	char buffer[1024];
	struct text t = text_on(buffer, sizeof(buffer));
	struct sim_node_options o = {.config = buffer, .uncontrolled = true, .verbose = w->verbose};
	int r;

	/* Servers of a group read each other's keys: what one has all must have. */
	o.crypto = node == 0 || w->keys != NTS_SIM_FILE ? draw_crypto(w) : w->crypto[0];
	if (w->keys == NTS_SIM_FILE && node == 0)
		o.crypto = w->crypto[0];
	text_add(&t, NTS_SIM_SERVER);
	if (w->watch.port != 123)
		text_add(&t, "port %u\n", w->watch.port);
	draw_aeads(w, &t);
	name_ntp_server(w, node, &t);
	text_add(&t, "ntsrotate %.0f\n", w->keys == NTS_SIM_FILE && node > 0 ? 0 : w->rotate);
	if (w->keys == NTS_SIM_SECRET)
		text_add(&t, "ntssharedsecret " NTS_SIM_SHARED "\n");
	if (w->keys == NTS_SIM_FILE || sim_random_chance(&w->random, 0.7))
		text_add(&t, "ntsdumpdir /nts\n");
	maybe(w, 0.1, &t, "maxntsconnections 1\n");
	r = sim_add(w->sim, &o);
	if (r < 0)
		return r;
	text_add(&w->words, "node%d (%s): %s", node + 1, o.crypto->name, buffer);
	nts_sim_equip(w->sim, node);
	w->watch.nodes[node].server = true;
	return 0;
}

/** Returns the longest time in which the client recovers from what went wrong, s. */
static double draw_sources(struct nts_sim_world *w, struct text *t)
{
	struct sim_random *r = &w->random;
	int n = w->keys == NTS_SIM_OWN ? sim_random_pick(r, 1, w->servers) : 1;
	double bound = 0;

	for (int i = 0; i < n; i++) {
		int minpoll = sim_random_pick(r, 2, 5), maxpoll = sim_random_pick(r, minpoll, 6);
		int retry = sim_random_pick(r, 6, 8);

		text_add(t, "server node%d nts minpoll %d maxpoll %d maxntsretry %d", i + 1,
			minpoll, maxpoll, retry);
		maybe(w, 0.7, t, " iburst");
		maybe(w, 0.1, t, " burst");
		maybe(w, 0.1, t, " presend 4");
		text_add(t, "\n");
		/* Three attempts at new keys, and twenty requests of which one is answered. */
		bound = fmax(bound, 3 * (ldexp(1, retry) + 20) + 20 * ldexp(1, maxpoll));
	}
	return bound;
}

static int add_client(struct nts_sim_world *w, int node)
{
	struct sim_random *r = &w->random;
	char buffer[1024];
	struct text t = text_on(buffer, sizeof(buffer));
	struct sim_node_options o = {.config = buffer,
		.crypto = draw_crypto(w),
		.frequency = sim_random_between(r, -50e-6, 50e-6),
		.offset = sim_random_between(r, -1, 1),
		.wander = 1e-10,
		.verbose = w->verbose};
	bool long_ago = sim_random_chance(r, 0.1);
	int e;

	w->watch.bound = fmax(w->watch.bound, draw_sources(w, &t));
	text_add(&t, NTS_SIM_CLIENT);
	draw_aeads(w, &t);
	if (long_ago) {
		o.offset -= LONG_AGO;
		text_add(&t, "nocerttimecheck 1\n");
	}
	maybe(w, 0.6, &t, "ntsdumpdir /nts\n");
	if (sim_random_chance(r, 0.6)) {
		w->watch.nodes[node].refresh = floor(sim_random_log_between(r, 300, 5000));
		text_add(&t, "ntsrefresh %.0f\n", w->watch.nodes[node].refresh);
	}
	e = sim_add(w->sim, &o);
	if (e < 0)
		return e;
	text_add(&w->words, "node%d (%s): %s", node + 1, o.crypto->name, buffer);
	nts_sim_equip(w->sim, node);
	w->watch.nodes[node].client = true;
	w->invariants.nodes[node].watched = true;
	return 0;
}

static void connect_all(struct nts_sim_world *w)
{
	for (int s = 0; s < w->servers; s++)
		for (int c = w->servers; c < w->servers + w->clients; c++) {
			struct sim_link out = draw_link(w), back = draw_link(w);

			sim_connect(w->sim, c, s, &out);
			sim_connect(w->sim, s, c, &back);
		}
}

/** Keys that are copied, or looked for in a file, come later than they are made. */
static double shortest_rotation(const struct nts_sim_world *w)
{
	switch (w->keys) {
	case NTS_SIM_OWN:
		return 60;
	case NTS_SIM_FILE:
		return 900;
	case NTS_SIM_SECRET:
		break;
	}
	return 300;
}

static void draw_shape(struct nts_sim_world *w)
{
	struct sim_random *r = &w->random;

	w->keys = (enum nts_sim_keys)sim_random_pick(r, NTS_SIM_OWN, NTS_SIM_SECRET);
	w->servers = w->keys == NTS_SIM_OWN    ? sim_random_pick(r, 1, 2)
		     : w->keys == NTS_SIM_FILE ? 2
					       : sim_random_pick(r, 2, 4);
	w->clients = sim_random_pick(r, 1, 3);
	w->rotate = floor(sim_random_log_between(r, shortest_rotation(w), 10000));
	w->watch.port = sim_random_chance(r, 0.2) ? 11123 : 123;
	w->span = sim_random_between(r, 600, 5000);
}

int nts_sim_build(struct nts_sim_world *w)
{
	int r = 0;

	draw_shape(w);
	for (int i = 0; i < w->servers && r == 0; i++)
		r = add_server(w, i);
	for (int i = 0; i < w->clients && r == 0; i++)
		r = add_client(w, w->servers + i);
	connect_all(w);
	for (int i = 0; i < w->servers + w->clients && r == 0; i++)
		r = sim_start(w->sim, i);
	if (r < 0)
		return r;
	/* The file of keys is there a minute after it was copied, the next keys a rotation later.
	 */
	if (w->keys == NTS_SIM_FILE)
		w->watch.bound += w->rotate;
	nts_sim_plan(w);
	w->end = w->watch.quiet + 2 * w->watch.bound + 60;
	w->watch.quiet = 0;
	/* A line of its own in the list of failures. */
	for (char *at = w->words.s; *at; at++)
		if (*at == '\n')
			*at = ';';
	return 0;
}
