/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of NTS. */
#include "config.h"

#include <string.h>

#include "common/instant.h"
#include "daemon/daemon.h"
#include "daemon/protocol/auth.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"
#include "daemon/wire/nts_message.h"
#include "test/sim/look.h"
#include "test/sim/nts_sim_watch.h"

#define CONTROL_PORT 323

/** Finds the NTS fields of a datagram. */
static bool find_fields(struct span data, struct packet *ret, struct nts_fields *ret_fields)
{
	struct packet_trailer t;

	return packet_decode(data, ret) == 0 && packet_split(data, ret->version, &t) == 0 &&
	       nts_fields_find(&t, ret_fields) == 0;
}

/** What a client has of the source that it asks at an address, or, where servers are negotiated, of
 * the one that it has. */
static bool find_auth(
	struct nts_sim_watch *w, int node, const struct address *a, struct report_auth *ret)
{
	struct sources *all = daemon_sources(sim_daemon(w->sim, node));
	const struct source *found = NULL;

	for (size_t i = 0; i < sources_count(all); i++) {
		const struct source *s = sources_at(all, i);

		if (s && (!found || address_equal(source_address(s), a)))
			found = s;
	}
	return found && source_report_auth(found, ret) == 0;
}

/** Notes a cookie. Returns false when it was sent before. */
static bool is_fresh(struct nts_sim_watch *w, struct span cookie)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t at;

	for (size_t i = 0; i < cookie.n; i++)
		hash = (hash ^ cookie.p[i]) * UINT64_C(0x100000001b3);
	hash |= 1;
	for (at = hash >> 48; w->cookies[at]; at = (at + 1) % NTS_SIM_COOKIES)
		if (w->cookies[at] == hash)
			return false;
	if (w->n_cookies < NTS_SIM_COOKIES / 2) {
		w->cookies[at] = hash;
		w->n_cookies++;
	}
	return true;
}

/** How many placeholders a request of n bytes should have had. */
static size_t placeholders_due(const struct nts_fields *f, size_t n, size_t left)
{
	size_t each = nts_field_length(f->cookie.n), bare = n - f->placeholders * each;
	size_t wanted = left < NTS_COOKIES ? NTS_COOKIES - 1 - left : 0;
	size_t fit = (AUTH_REQUEST_MAX - bare) / each;

	return wanted < fit ? wanted : fit;
}

static void note_request(struct nts_sim_watch *w, const struct nts_fields *f, size_t n)
{
	struct nts_sim_request *q = &w->requests[w->next++ % NTS_SIM_REQUESTS];

	memcpy(q->id, f->unique_id.p, NTS_UNIQUE_ID);
	q->n = n;
	q->cookies = 1 + f->placeholders;
	if (f->placeholders > w->most_placeholders)
		w->most_placeholders = f->placeholders;
	if (n > w->most_length)
		w->most_length = n;
}

/** A datagram of a client to anybody else. */
static void check_request(
	struct nts_sim_watch *w, int node, const struct endpoint *to, struct span data)
{
	struct report_auth auth;
	struct nts_fields f;
	struct packet p;

	if (!find_fields(data, &p, &f) || f.unique_id.n != NTS_UNIQUE_ID || f.cookie.n == 0 ||
		!f.authenticated || p.mode != PACKET_CLIENT || p.version != 4) {
		invariants_violate(w->invariants, node, "sent %zu bytes that are not NTS", data.n);
		return;
	}
	if (to->port != w->port)
		invariants_violate(w->invariants, node, "sent a request to port %u", to->port);
	if (data.n > AUTH_REQUEST_MAX)
		invariants_violate(w->invariants, node, "sent a request of %zu bytes", data.n);
	if (!is_fresh(w, f.cookie))
		invariants_violate(w->invariants, node, "sent a cookie for the second time");
	if (!find_auth(w, node, &to->address, &auth))
		invariants_violate(w->invariants, node, "has no keys for what it sent");
	else if (f.placeholders != placeholders_due(&f, data.n, (size_t)auth.cookies))
		invariants_violate(w->invariants, node, "sent %u placeholders with %d cookies left",
			f.placeholders, auth.cookies);
	note_request(w, &f, data.n);
}

/** A datagram of a server. */
static void check_reply(struct nts_sim_watch *w, int node, struct span data)
{
	struct nts_sim_node *n = &w->nodes[node];
	const struct nts_sim_request *q = NULL;
	struct nts_fields f;
	struct packet p;

	if (!find_fields(data, &p, &f))
		return;
	for (size_t i = 0; i < NTS_SIM_REQUESTS && !q; i++)
		if (f.unique_id.n == NTS_UNIQUE_ID &&
			!memcmp(w->requests[i].id, f.unique_id.p, NTS_UNIQUE_ID))
			q = &w->requests[i];
	if (q && data.n > q->n)
		invariants_violate(
			w->invariants, node, "answered %zu bytes with %zu", q->n, data.n);
	if (!f.authenticated)
		return;
	if (!q)
		invariants_violate(w->invariants, node, "answered a request that was altered");
	n->sealed++;
	n->asked += q ? q->cookies : 0;
}

/** A daemon that began anew counts from zero; the last counts of one that ended by itself are lost.
 */
static void notice_start(struct nts_sim_watch *w, int node)
{
	struct nts_sim_node *n = &w->nodes[node];
	struct sim_counts c = sim_counts(w->sim, node);

	w->uncounted = w->uncounted || c.ended > 0;
	if (c.started == n->started)
		return;
	n->started = c.started;
	n->asked = n->sealed = 0;
	memset(&n->used, 0, sizeof(n->used));
	memset(&n->served, 0, sizeof(n->served));
	n->good_at = sim_elapsed(w->sim);
}

static void watch_sent(void *arg, struct sim *sim, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct nts_sim_watch *w = arg;

	(void)sim;
	if (from->port == CONTROL_PORT)
		return;
	notice_start(w, node);
	if (w->nodes[node].client)
		check_request(w, node, to, data);
	else if (w->nodes[node].server)
		check_reply(w, node, data);
}

void nts_sim_watch_start(struct nts_sim_watch *w, struct invariants *v)
{
	memset(w, 0, sizeof(*w));
	w->invariants = v;
	w->sim = v->sim;
	sim_on_send(v->sim, watch_sent, w);
}

/** Adds what has been counted since to a sum. Counters never go back. */
static void add_counts(struct nts_sim_watch *w, int node, const char *whose, uint64_t *sum,
	const uint64_t *now, const uint64_t *before, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (now[i] < before[i])
			invariants_violate(
				w->invariants, node, "NTS %s counter %zu went back", whose, i);
		sum[i] += now[i] - before[i];
	}
}

#define USED_COUNTS (sizeof(struct report_nts_client) / sizeof(uint64_t))

static void check_client_counts(struct nts_sim_watch *w, int node)
{
	struct nts_sim_node *n = &w->nodes[node];
	struct report_nts_client c = *nts_shared_counters(daemon_nts(sim_daemon(w->sim, node)));

	if (c.good + c.bad > c.requests || c.naks > c.bad)
		invariants_violate(w->invariants, node,
			"client counters: %llu requests, %llu good, %llu bad, %llu refused",
			(unsigned long long)c.requests, (unsigned long long)c.good,
			(unsigned long long)c.bad, (unsigned long long)c.naks);
	if (c.good != n->used.good)
		n->good_at = sim_elapsed(w->sim);
	add_counts(w, node, "client", (uint64_t *)&w->all_used, (const uint64_t *)&c,
		(const uint64_t *)&n->used, USED_COUNTS);
	n->used = c;
}

/** The counters of a server: those up to the seconds are all that is of one kind. */
#define SERVED_COUNTS (offsetof(struct report_nts_server, ke_good_wall) / sizeof(uint64_t))

static void check_server_counts(struct nts_sim_watch *w, int node)
{
	struct nts_sim_node *n = &w->nodes[node];
	struct report_nts_server c;
	uint64_t decoded;

	serve_report_nts(daemon_serve(sim_daemon(w->sim, node)), &c);
	decoded = c.cookies_current + c.cookies_old + c.cookies_old2 + c.cookies_older +
		  c.cookies_too_old + c.cookies_bad;
	if (c.replies != c.requests_good || c.replies != n->sealed)
		invariants_violate(w->invariants, node,
			"%llu good requests, %llu replies, %llu seen",
			(unsigned long long)c.requests_good, (unsigned long long)c.replies,
			(unsigned long long)n->sealed);
	if (decoded != c.requests_good + c.requests_bad)
		invariants_violate(w->invariants, node,
			"%llu cookies looked at for %llu good and %llu bad requests",
			(unsigned long long)decoded, (unsigned long long)c.requests_good,
			(unsigned long long)c.requests_bad);
	if (c.cookies_made != NTS_COOKIES * c.ke_good + n->asked)
		invariants_violate(w->invariants, node,
			"%llu cookies made in %llu establishments and for %llu asked for",
			(unsigned long long)c.cookies_made, (unsigned long long)c.ke_good,
			(unsigned long long)n->asked);
	add_counts(w, node, "server", (uint64_t *)&w->all_served, (const uint64_t *)&c,
		(const uint64_t *)&n->served, SERVED_COUNTS);
	n->served = c;
}

/** Everything was well for so long that nothing excuses a client. */
static void check_recovery(struct nts_sim_watch *w, int node)
{
	struct nts_sim_node *n = &w->nodes[node];
	struct sources *all = daemon_sources(sim_daemon(w->sim, node));
	double now = sim_elapsed(w->sim);
	struct report_auth a;

	if (now < w->quiet + w->bound)
		return;
	if (now > n->good_at + w->bound)
		invariants_violate(
			w->invariants, node, "no authentic time for %.0f s", now - n->good_at);
	if (!look_at(w->sim, node).synchronised)
		invariants_violate(w->invariants, node, "not synchronised");
	for (size_t i = 0; i < sources_count(all) && n->refresh > 0; i++)
		if (sources_at(all, i) && source_report_auth(sources_at(all, i), &a) == 0 &&
			a.ke_age > n->refresh + w->bound)
			invariants_violate(w->invariants, node, "keys of %u s", a.ke_age);
}

void nts_sim_watch_end(struct nts_sim_watch *w, int node)
{
	if (!sim_daemon(w->sim, node))
		return;
	notice_start(w, node);
	if (w->nodes[node].client)
		check_client_counts(w, node);
	else
		check_server_counts(w, node);
}

/** Nobody has more than others gave. */
static void check_sums(struct nts_sim_watch *w)
{
	if (w->uncounted)
		return;
	if (w->all_used.good > w->all_served.replies)
		invariants_violate(w->invariants, 0, "%llu good responses of %llu",
			(unsigned long long)w->all_used.good,
			(unsigned long long)w->all_served.replies);
	if (w->all_used.ke_good > w->all_served.ke_good)
		invariants_violate(w->invariants, 0, "%llu establishments of %llu",
			(unsigned long long)w->all_used.ke_good,
			(unsigned long long)w->all_served.ke_good);
	if (w->all_used.naks > w->all_served.naks)
		invariants_violate(w->invariants, 0, "%llu refusals of %llu",
			(unsigned long long)w->all_used.naks,
			(unsigned long long)w->all_served.naks);
}

void nts_sim_watch_second(struct nts_sim_watch *w)
{
	for (int i = 0; i < sim_nodes(w->sim); i++) {
		if (!sim_daemon(w->sim, i) || sim_asleep(w->sim, i))
			continue;
		notice_start(w, i);
		if (w->nodes[i].client) {
			check_client_counts(w, i);
			check_recovery(w, i);
		} else {
			check_server_counts(w, i);
		}
	}
	check_sums(w);
}
