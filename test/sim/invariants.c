/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of what must always hold. */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cmdmon.h"
#include "common/instant.h"
#include "common/text.h"
#include "daemon/source/source.h"
#include "daemon/wire/packet.h"
#include "test/sim/invariants.h"
#include "test/sim/look.h"

/** Reports are asked for every so many s, at UDP port 323, each from a port of its own that nobody
 * else uses: so a reply is compared with its own request. */
#define VISIT         64
#define VISITOR_PORT  1
#define VISITOR_PORTS 32
#define CONTROL_PORT  323
#define NTP_PORT      123

/** Who serves only is looked at every so many s. */
#define SELDOM 8

/** Turns of a daemon between two looks: so many, and so many more for each datagram, are no
 * spinning. */
#define TURNS             50
#define TURNS_PER_ARRIVAL 10

/** Memory is measured from this age of a daemon on, s, and may breathe by so many blocks. */
#define GROWN_UP 7200
#define BREATH   32

void invariants_violate(struct invariants *v, int node, const char *format, ...)
{
	struct text t;
	va_list ap;

	if (v->violations++)
		return;
	t = text_on(v->first, sizeof(v->first));
	text_add(&t, "at %.3f s node%d: ", sim_elapsed(v->sim), node + 1);
	va_start(ap, format);
	text_addv(&t, format, ap);
	va_end(ap);
}

/** Mixes a number into the digest, so that two runs of one seed can be compared. */
static void digest(struct invariants *v, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	v->digest = (v->digest ^ bits) * UINT64_C(0x100000001b3) + (v->digest >> 29);
}

/** Whether most of a node's sources have been honest for long enough to judge it. */
static bool is_bound(const struct invariants *v, int node)
{
	const struct invariants_node *n = &v->nodes[node];

	return n->honest_since >= 0 && sim_elapsed(v->sim) >= n->honest_since + n->settle;
}

/** At a leap second itself an error of a microsecond is one of a second for as long. */
static bool is_ambiguous(const struct invariants *v, double distance)
{
	return v->leap_at > 0 && fabs(sim_elapsed(v->sim) - v->leap_at) <= fmin(distance, 1);
}

/** Compares a time that a node tells with the truth. */
static void check_time(
	struct invariants *v, int node, const char *how, double error, double distance)
{
	digest(v, error);
	if (!is_bound(v, node) || is_ambiguous(v, distance))
		return;
	v->checks++;
	if (fabs(error) > distance)
		invariants_violate(v, node, "%s time off by %.9f s, root distance %.9f s", how,
			error, distance);
}

/** When a node heard of a source last, elapsed s. */
static double heard_at(const struct invariants *v, int node, const struct track_figures *f)
{
	int64_t osc, system;

	sim_clocks(v->sim, node, &osc, &system);
	return sim_elapsed(v->sim) - instant_diff_s(osc, f->last_osc);
}

/** Whether an address is a node that lies, or a client that was itself misled when it was heard
 * last: that it knows better by now, nobody knows who does not hear of it. */
static bool is_liar(const struct invariants *v, const struct address *a, double heard)
{
	int i;

	for (i = 0; i < sim_nodes(v->sim); i++) {
		const struct invariants_node *n = &v->nodes[i];
		struct address own = sim_address(i);

		if (address_equal(&own, a))
			return n->lies ||
			       (n->watched &&
				       (!is_bound(v, i) || heard < n->honest_since + n->settle));
	}
	return false;
}

/** Samples before which an honest source has no vote. */
#define VOTING_SAMPLES 3

/** Whether most sources that a node has something of are honest. */
static bool most_are_honest(const struct invariants *v, int node)
{
	struct sources *sources = daemon_sources(sim_daemon(v->sim, node));
	int honest = 0, lying = 0, clocks = 0;
	size_t i;

	for (i = 0; i < sources_count(sources); i++) {
		const struct source *s = sources_at(sources, i);
		struct track_figures f;
		bool clock = s && source_mode(s) == REPORT_MODE_REFCLOCK;
		bool lies = clock && (v->nodes[node].receiver_lies >> clocks++ & 1);

		if (!s || !source_reach(s))
			continue;
		track_get_figures(source_track(s), &f);
		if (lies || is_liar(v, source_address(s), heard_at(v, node, &f)))
			lying += f.samples > 0;
		else
			honest += f.samples >= VOTING_SAMPLES;
	}
	if (lying == 0 && !v->nodes[node].second_hand)
		return true;
	return honest > lying;
}

/** A daemon that began anew counts from zero. */
static void notice_start(struct invariants *v, int node, const struct sim_counts *c)
{
	struct invariants_node *n = &v->nodes[node];

	if (c->started == n->started)
		return;
	n->started = c->started;
	n->started_at = sim_elapsed(v->sim);
	n->honest_since = -1;
	n->blocks_allowed = 0;
	memset(&n->stats, 0, sizeof(n->stats));
	memset(n->data, 0, sizeof(n->data));
}

static void check_work(struct invariants *v, int node, const struct sim_counts *c)
{
	struct invariants_node *n = &v->nodes[node];
	uint64_t turns = c->turns - n->turns, arrived = c->arrived - n->arrived;

	if (turns > TURNS + TURNS_PER_ARRIVAL * arrived)
		invariants_violate(v, node, "%llu turns at once for %llu datagrams",
			(unsigned long long)turns, (unsigned long long)arrived);
	n->turns = c->turns;
	n->arrived = c->arrived;
	if (c->ended != n->ended && !n->fails)
		invariants_violate(v, node, "ended by itself");
	n->ended = c->ended;
}

static void check_memory(struct invariants *v, int node, const struct sim_counts *c)
{
	struct invariants_node *n = &v->nodes[node];

	if (!sim_daemon(v->sim, node)) {
		if (c->blocks != 0 || c->bytes != 0)
			invariants_violate(v, node, "left %lld blocks, %lld bytes behind",
				(long long)c->blocks, (long long)c->bytes);
		return;
	}
	if (sim_elapsed(v->sim) < n->started_at + GROWN_UP)
		return;
	if (!n->blocks_allowed)
		n->blocks_allowed = c->blocks + BREATH;
	if (c->blocks > n->blocks_allowed)
		invariants_violate(v, node, "grew to %lld blocks, %lld bytes", (long long)c->blocks,
			(long long)c->bytes);
}

static void ask(struct invariants *v, int node, const struct cmdmon_request *q)
{
	uint8_t data[1024];
	int n = cmdmon_request_encode(q, data, sizeof(data));

	if (n > 0)
		sim_visit(v->sim, node, (uint16_t)(VISITOR_PORT + q->sequence % VISITOR_PORTS),
			CONTROL_PORT, (struct span){data, (size_t)n});
}

static void ask_tracking(struct invariants *v, int node)
{
	ask(v, node, &(struct cmdmon_request){.command = CMDMON_TRACKING, .sequence = 1});
}

static void visit(struct invariants *v, int node)
{
	int i;

	ask_tracking(v, node);
	ask(v, node, &(struct cmdmon_request){.command = CMDMON_SERVER_STATS, .sequence = 2});
	for (i = 0; i < sim_nodes(v->sim); i++)
		ask(v, node,
			&(struct cmdmon_request){.command = CMDMON_NTP_DATA,
				.sequence = 3 + (uint32_t)i,
				.address = sim_address(i)});
}

/** Counters of one report against an earlier one: n of them from these places on. */
static void check_counters(struct invariants *v, int node, const char *what, const uint64_t *now,
	const uint64_t *before, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (now[i] < before[i])
			invariants_violate(v, node, "%s counter %d went back from %llu to %llu",
				what, (int)i, (unsigned long long)before[i],
				(unsigned long long)now[i]);
}

#define SERVER_COUNTERS 15
static void server_counters(const struct report_serverstats *s, uint64_t ret[SERVER_COUNTERS])
{
	const uint64_t all[SERVER_COUNTERS] = {s->ntp_hits, s->nke_hits, s->cmd_hits, s->ntp_drops,
		s->nke_drops, s->cmd_drops, s->log_drops, s->ntp_auth_hits, s->ntp_interleaved_hits,
		s->daemon_rx, s->daemon_tx, s->kernel_rx, s->kernel_tx, s->hw_rx, s->hw_tx};

	memcpy(ret, all, sizeof(all));
}

#define SOURCE_COUNTERS 8
static void source_counters(const struct report_ntpdata *d, uint64_t ret[SOURCE_COUNTERS])
{
	const uint64_t all[SOURCE_COUNTERS] = {d->total_tx, d->total_rx, d->total_valid,
		d->total_good, d->total_kernel_tx, d->total_kernel_rx, d->total_hw_tx,
		d->total_hw_rx};

	memcpy(ret, all, sizeof(all));
}

static void check_tracking(struct invariants *v, int node, const struct report_tracking *t)
{
	int64_t osc, system;
	double error;

	if (!v->nodes[node].watched || t->stratum == 0 || t->leap == LEAP_UNSYNCHRONISED)
		return;
	sim_clocks(v->sim, node, &osc, &system);
	error = instant_diff_s(system, sim_utc(v->sim)) + t->correction;
	/* The protocol's numbers have 25 bits. */
	check_time(v, node, "reported", error,
		t->root_delay / 2 + t->root_dispersion + fabs(t->correction) * 1e-7 + 1e-9);
}

static void take_report(struct invariants *v, int node, struct span data)
{
	struct invariants_node *n = &v->nodes[node];
	uint64_t now[SERVER_COUNTERS], before[SERVER_COUNTERS];
	struct cmdmon_reply r;

	if (cmdmon_reply_decode(data, &r)) {
		invariants_violate(v, node, "a report that cannot be read");
		return;
	}
	if (r.command == CMDMON_TRACKING && r.status == CMDMON_OK) {
		check_tracking(v, node, &r.u.tracking);
	} else if (r.command == CMDMON_SERVER_STATS && r.status == CMDMON_OK) {
		server_counters(&r.u.serverstats, now);
		server_counters(&n->stats, before);
		check_counters(v, node, "serverstats", now, before, SERVER_COUNTERS);
		n->stats = r.u.serverstats;
	} else if (r.command == CMDMON_NTP_DATA && r.sequence < 3 + INVARIANTS_NODES) {
		struct report_ntpdata *last = &n->data[r.sequence - 3];

		if (r.status != CMDMON_OK)
			memset(&r.u.ntpdata, 0, sizeof(r.u.ntpdata));
		source_counters(&r.u.ntpdata, now);
		source_counters(last, before);
		if (r.status == CMDMON_OK && !n->has_pool)
			check_counters(v, node, "ntpdata", now, before, SOURCE_COUNTERS);
		*last = r.u.ntpdata;
	}
}

/** A reply that a node sends to a client: its time must be within its root distance. */
static void check_reply(struct invariants *v, int node, struct span data)
{
	struct packet p;
	double distance;
	int64_t told;

	if (packet_decode(data, &p) || p.mode != PACKET_SERVER || p.leap == LEAP_UNSYNCHRONISED ||
		p.stratum == 0)
		return;
	told = instant_from_ntp(p.transmit, sim_utc(v->sim));
	distance = instant_from_short(p.root_delay) / 2 + instant_from_short(p.root_dispersion);
	check_time(v, node, "served", instant_diff_s(told, sim_utc(v->sim)),
		distance + ldexp(1, p.precision));
}

static void watch_sent(void *arg, struct sim *sim, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct invariants *v = arg;

	(void)sim;
	if (from->port == CONTROL_PORT && to->port < VISITOR_PORT + VISITOR_PORTS)
		take_report(v, node, data);
	else if (from->port == NTP_PORT && v->nodes[node].watched)
		check_reply(v, node, data);
}

void invariants_start(struct invariants *v, struct sim *sim)
{
	int i;

	memset(v, 0, sizeof(*v));
	v->sim = sim;
	for (i = 0; i < INVARIANTS_NODES; i++)
		v->nodes[i].honest_since = -1;
	sim_on_send(sim, watch_sent, v);
}

static void check_node(struct invariants *v, int node)
{
	struct invariants_node *n = &v->nodes[node];
	struct sim_counts counts = sim_counts(v->sim, node);
	struct look look;

	notice_start(v, node, &counts);
	check_work(v, node, &counts);
	check_memory(v, node, &counts);
	if (!sim_daemon(v->sim, node) || sim_asleep(v->sim, node))
		return;
	if ((uint64_t)sim_elapsed(v->sim) % VISIT == (uint64_t)node % SELDOM)
		visit(v, node);
	if (!n->watched)
		return;
	if (!most_are_honest(v, node))
		n->honest_since = -1;
	else if (n->honest_since < 0)
		n->honest_since = sim_elapsed(v->sim);
	/* What happened behind its back a daemon can notice when it is asked, not earlier. */
	if (sim_take_disturbed(v->sim, node)) {
		ask_tracking(v, node);
		return;
	}
	look = look_at(v->sim, node);
	if (look.synchronised)
		check_time(v, node, "kept", look.error, look.distance);
}

void invariants_second(void *arg, struct sim *sim)
{
	struct invariants *v = arg;
	int i;

	for (i = 0; i < sim_nodes(sim); i++)
		if (v->nodes[i].watched ||
			(uint64_t)sim_elapsed(sim) % SELDOM == (uint64_t)i % SELDOM)
			check_node(v, i);
	if (sim_amplified(sim))
		invariants_violate(v, 0, "a reply longer than its request");
}

void invariants_finish(struct invariants *v)
{
	int i;

	for (i = 0; i < sim_nodes(v->sim); i++) {
		struct sim_counts counts;

		sim_stop(v->sim, i);
		counts = sim_counts(v->sim, i);
		check_memory(v, i, &counts);
		digest(v, (double)counts.sent);
		digest(v, sim_time_error(v->sim, i));
	}
}
