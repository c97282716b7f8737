/* SPDX-License-Identifier: BSD-2-Clause */
/* A resolver that takes its time, fails, and answers differently each time. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/world.h"

/** A look-up takes so long, ns. */
#define LATENCY (20 * INSTANT_S / 1000)

/** The most addresses of one answer. */
#define ANSWERS 4

bool sim_fault(struct sim_node *n, double probability)
{
	return probability > 0 && sim_random_uniform(&n->fault_random) < probability;
}

int sim_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg)
{
	struct sim_node *n = sim_node_of(k);
	int i;

	for (i = 0; i < SIM_RESOLVES; i++)
		if (!n->resolves[i].used) {
			struct sim_resolve q = {.used = true,
				.ready_at = n->sim->now_ns + LATENCY,
				.family = family,
				.done = done,
				.arg = arg};

			snprintf(q.name, sizeof(q.name), "%s", name);
			n->resolves[i] = q;
			sim_schedule(n->sim,
				(struct sim_event){
					.at = q.ready_at, .what = SIM_ANSWER, .node = n->index});
			return 0;
		}
	return -EAGAIN;
}

void sim_resolve_cancel(struct kernel *k, void *arg)
{
	struct sim_node *n = sim_node_of(k);
	int i;

	for (i = 0; i < SIM_RESOLVES; i++)
		if (n->resolves[i].arg == arg)
			n->resolves[i].used = false;
}

/** Fills the answer. Returns how many addresses there are. */
static size_t look_up(struct sim_node *n, const struct sim_resolve *q, struct address *ret)
{
	int first, last, size, at;
	size_t found = 0;

	if (q->family == ADDRESS_IP6)
		return 0;
	if (sscanf(q->name, "node%d", &first) == 1)
		last = first;
	else if (sscanf(q->name, "pool%d-%d", &first, &last) != 2)
		return 0;
	if (first < 1 || last < first || last > n->sim->n_nodes)
		return 0;
	size = last - first + 1;
	at = (int)(sim_random_u64(&n->fault_random) % (uint64_t)size);
	while (found < ANSWERS && (int)found < size) {
		ret[found] = sim_address(first - 1 + (at + (int)found) % size);
		found++;
	}
	return found;
}

bool sim_resolve_deliver(struct sim_node *n)
{
	struct address answers[ANSWERS];
	int i;

	for (i = 0; i < SIM_RESOLVES && !n->faults.resolver_dead; i++) {
		struct sim_resolve q = n->resolves[i];
		size_t found;

		if (!q.used || q.ready_at > n->sim->now_ns)
			continue;
		n->resolves[i].used = false;
		found = look_up(n, &q, answers);
		if (sim_fault(n, n->faults.resolve))
			q.done(q.arg, sim_fault(n, 0.5) ? -ENOENT : -EAGAIN, NULL, 0);
		else if (!found)
			q.done(q.arg, -ENOENT, NULL, 0);
		else
			q.done(q.arg, 0, answers, found);
		return true;
	}
	return false;
}
