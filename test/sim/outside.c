/* SPDX-License-Identifier: BSD-2-Clause */
/* The world from outside: what scenarios and tests do to nodes and see of them. */
#include "config.h"

#include "common/instant.h"
#include "test/sim/world.h"

void sim_connect(struct sim *s, int from, int to, const struct sim_link *link)
{
	s->links[from][to] = *link;
}

void sim_partition(struct sim *s, int node, bool cut)
{
	s->nodes[node].cut = cut;
}

void sim_set_faults(struct sim *s, int node, const struct sim_faults *f)
{
	struct sim_node *n = &s->nodes[node];

	n->faults = *f;
	n->heap.fail = f->allocation;
	/* Look-ups that a dead resolver held back are answered now. */
	sim_schedule(s, (struct sim_event){.at = s->now_ns, .what = SIM_ANSWER, .node = node});
}

void sim_suspend(struct sim *s, int node, double seconds, double error)
{
	struct sim_node *n = &s->nodes[node];

	if (n->clock.asleep)
		return;
	sim_clock_advance(n, s->now_ns);
	n->clock.asleep = true;
	n->wake_error = error;
	sim_schedule(s,
		(struct sim_event){
			.at = instant_add_s(s->now_ns, seconds), .what = SIM_RESUME, .node = node});
}

void sim_at(struct sim *s, double elapsed, sim_action *act, void *arg)
{
	sim_schedule(s, (struct sim_event){.at = instant_add_s(s->start_ns, elapsed),
				.what = SIM_ACTION,
				.act = act,
				.arg = arg});
}

/** Clocks that no daemon controls know of the leap second by other means. */
static void leap_now(void *arg, struct sim *s)
{
	int i;

	(void)arg;
	for (i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].uncontrolled)
			sim_clock_step(&s->nodes[i], -s->leap_direction * INSTANT_S);
}

void sim_leap(struct sim *s, double elapsed, int direction)
{
	s->leap_ns = instant_add_s(s->start_ns, elapsed);
	s->leap_direction = direction;
	sim_at(s, elapsed, leap_now, NULL);
}

void sim_on_send(struct sim *s, sim_sent_hook *hook, void *arg)
{
	int i = 0;

	while (i < SIM_HOOKS - 1 && s->hooks[i].call)
		i++;
	s->hooks[i].call = hook;
	s->hooks[i].arg = arg;
}

double sim_elapsed(const struct sim *s)
{
	return instant_diff_s(s->now_ns, s->start_ns);
}

int64_t sim_utc(const struct sim *s)
{
	bool leaped = s->leap_ns && s->now_ns >= s->leap_ns;

	return s->now_ns - (leaped ? s->leap_direction * INSTANT_S : 0);
}

int sim_nodes(const struct sim *s)
{
	return s->n_nodes;
}

double sim_time_error(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];

	sim_clock_advance(n, s->now_ns);
	return instant_diff_s(n->clock.system_ns, sim_utc(s)) + n->clock.system_part * 1e-9;
}

double sim_frequency_error(struct sim *s, int node)
{
	const struct sim_clock *c = &s->nodes[node].clock;
	double adjust = sim_clock_adjustment(c);

	sim_clock_advance(&s->nodes[node], s->now_ns);
	return c->rate + adjust + c->rate * adjust;
}

void sim_clocks(struct sim *s, int node, int64_t *ret_osc, int64_t *ret_system)
{
	struct sim_node *n = &s->nodes[node];

	sim_clock_advance(n, s->now_ns);
	*ret_osc = n->daemon ? n->clock.raw_ns + n->shift : 0;
	*ret_system = n->clock.system_ns;
}

bool sim_take_disturbed(struct sim *s, int node)
{
	bool disturbed = s->nodes[node].disturbed;

	s->nodes[node].disturbed = false;
	return disturbed;
}

bool sim_asleep(const struct sim *s, int node)
{
	return s->nodes[node].clock.asleep;
}

struct sim_counts sim_counts(const struct sim *s, int node)
{
	const struct sim_node *n = &s->nodes[node];
	struct sim_counts c = n->counts;

	c.blocks = n->heap.blocks;
	c.bytes = n->heap.bytes;
	c.allocations_failed = n->heap.failed;
	return c;
}

uint64_t sim_sent(const struct sim *s, int node)
{
	return s->nodes[node].counts.sent;
}

uint64_t sim_amplified(const struct sim *s)
{
	return s->amplified;
}

struct daemon *sim_daemon(struct sim *s, int node)
{
	return s->nodes[node].daemon;
}

struct kernel *sim_kernel(struct sim *s, int node)
{
	return &s->nodes[node].kernel;
}

void sim_step(struct sim *s, int node, double seconds)
{
	sim_clock_step(&s->nodes[node], instant_ns(seconds));
	s->nodes[node].disturbed = true;
}
