/* SPDX-License-Identifier: BSD-2-Clause */
/* The world: nodes, events, and the passing of true time. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/modules.h"
#include "test/sim/world.h"

#define CONFIG_PATH "/etc/sim.conf"

/** Turns of one daemon at one instant beyond which it is said to spin. */
#define TURNS_MAX 10000

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_schedule(struct sim *s, int64_t at, int node, struct sim_datagram *d, uint64_t order)
{
	size_t i = s->n_events;

	if (i == s->room_events) {
		size_t room = s->room_events ? 2 * s->room_events : 64;
		struct sim_event *more = realloc(s->events, room * sizeof(*more));

		if (!more)
			abort();
		s->events = more;
		s->room_events = room;
	}
	s->n_events++;
	s->events[i] = (struct sim_event){at, order, node, d};
	while (i && earlier(&s->events[i], &s->events[(i - 1) / 2])) {
		struct sim_event up = s->events[(i - 1) / 2];

		s->events[(i - 1) / 2] = s->events[i];
		s->events[i] = up;
		i = (i - 1) / 2;
	}
}

static struct sim_event take_event(struct sim *s)
{
	struct sim_event top = s->events[0];
	size_t i = 0, child;

	s->events[0] = s->events[--s->n_events];
	while ((child = 2 * i + 1) < s->n_events) {
		struct sim_event swap = s->events[i];

		if (child + 1 < s->n_events && earlier(&s->events[child + 1], &s->events[child]))
			child++;
		if (!earlier(&s->events[child], &swap))
			break;
		s->events[i] = s->events[child];
		s->events[child] = swap;
		i = child;
	}
	return top;
}

struct sim *sim_create(uint64_t seed, int64_t start_ns)
{
	struct sim *s = calloc(1, sizeof(*s));
	int i, j;

	if (!s)
		return NULL;
	s->seed = seed;
	s->start_ns = s->now_ns = start_ns;
	s->next_second = start_ns + INSTANT_S;
	for (i = 0; i < SIM_NODES; i++)
		for (j = 0; j < SIM_NODES; j++) {
			s->links[i][j] = (struct sim_link){.base = 1e-3};
			s->link_random[i][j] =
				sim_random_from(seed, (uint64_t)(1000 + i * SIM_NODES + j));
		}
	return s;
}

void sim_destroy(struct sim *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; i < s->n_nodes; i++) {
		sim_stop(s, i);
		sim_files_free(&s->nodes[i]);
	}
	while (s->n_events)
		free(s->events[--s->n_events].datagram);
	free(s->events);
	free(s);
}

static void node_log(void *arg, enum log_priority priority, const char *message)
{
	const struct sim_node *n = arg;

	if (n->verbose)
		fprintf(stderr, "%12.6f node%d %d %s\n", sim_elapsed(n->sim), n->index + 1,
			(int)priority, message);
}

int sim_add(struct sim *s, const struct sim_node_options *o)
{
	struct span config = {(const uint8_t *)o->config, strlen(o->config)};
	struct sim_node *n;

	if (s->n_nodes == SIM_NODES)
		return -ENOSPC;
	n = &s->nodes[s->n_nodes];
	n->kernel.ops = &sim_kernel_ops;
	n->sim = s;
	n->index = s->n_nodes++;
	n->exists = true;
	n->uncontrolled = o->uncontrolled;
	n->verbose = o->verbose;
	n->mode = o->mode;
	n->log = (struct log){node_log, n, LOG_PRIORITY_DEBUG};
	n->true_ns = s->now_ns;
	n->system_ns = instant_add_s(s->now_ns, o->offset);
	n->raw_ns = 1000 * INSTANT_S;
	n->rate = o->frequency;
	n->wander = o->wander;
	n->wander_random = sim_random_from(s->seed, (uint64_t)(100 + n->index));
	n->random = sim_random_from(s->seed, (uint64_t)(200 + n->index));
	n->timex = (struct kernel_timex){.tick_us = 10000, .status = KERNEL_STATUS_UNSYNC};
	n->next_port = 32768;
	n->next_fd = SIM_FD_BASE;
	return sim_file_write(n, CONFIG_PATH, config, false) ? -ENOMEM : n->index;
}

void sim_connect(struct sim *s, int from, int to, const struct sim_link *link)
{
	s->links[from][to] = *link;
}

static const struct clock_driver *find_driver(bool controls)
{
	int i;

	for (i = 0; clock_drivers[i]; i++)
		if (clock_drivers[i]->controls == controls)
			return clock_drivers[i];
	return NULL;
}

int sim_start(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	struct daemon_options o = {.kernel = &n->kernel, .log = &n->log, .mode = n->mode};
	char buffer[512];
	struct text why = text_on(buffer, sizeof(buffer));
	int r;

	n->settings = settings_create();
	if (!n->settings)
		return -ENOMEM;
	r = config_dialects[0]->read_file(&n->kernel, CONFIG_PATH, &n->log, n->settings, &why);
	if (r) {
		fprintf(stderr, "node%d: %s\n", node + 1, buffer);
		return r;
	}
	o.settings = n->settings;
	o.crypto = crypto_backends[0];
	o.driver = find_driver(!n->uncontrolled);
	r = daemon_create(&o, &n->daemon);
	if (!r)
		r = daemon_start(n->daemon);
	n->runnable = true;
	return r;
}

void sim_stop(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	int i;

	daemon_destroy(n->daemon);
	n->daemon = NULL;
	settings_destroy(n->settings);
	n->settings = NULL;
	n->waiting = false;
	for (i = 0; i < SIM_SOCKETS; i++)
		if (n->sockets[i].fd)
			sim_socket_close(&n->sockets[i]);
	memset(n->resolves, 0, sizeof(n->resolves));
}

/** Runs a daemon until it waits for time to pass, and notes when it wants to be woken. */
static int run_node(struct sim *s, struct sim_node *n)
{
	int turns = 0;

	n->runnable = false;
	if (!n->daemon)
		return 0;
	do {
		n->idle = false;
		if (!daemon_turn(n->daemon)) {
			sim_stop(s, n->index);
			return 0;
		}
		if (++turns > TURNS_MAX)
			return -ELOOP;
	} while (!n->idle);
	if (n->waiting) {
		int64_t at = sim_clock_true_at(n, n->deadline_raw);

		n->wake_order = ++s->order;
		sim_schedule(s, at, n->index, NULL, n->wake_order);
	}
	return 0;
}

static int happen(struct sim *s, const struct sim_event *e)
{
	struct sim_node *n = &s->nodes[e->node];

	if (e->datagram) {
		sim_net_deliver(n, e->datagram);
		free(e->datagram);
	} else if (e->order == n->wake_order) {
		n->runnable = true;
	}
	return n->runnable ? run_node(s, n) : 0;
}

int sim_run(struct sim *s, double seconds, void (*each_second)(void *arg, struct sim *s), void *arg)
{
	int64_t end = instant_add_s(s->now_ns, seconds);
	int i, r = 0;

	for (i = 0; i < s->n_nodes && !r; i++)
		if (s->nodes[i].runnable)
			r = run_node(s, &s->nodes[i]);
	while (!r && s->now_ns < end) {
		int64_t next = s->n_events ? s->events[0].at : end;

		if (s->next_second <= next && s->next_second <= end) {
			s->now_ns = s->next_second;
			s->next_second += INSTANT_S;
			if (each_second)
				each_second(arg, s);
		} else if (next <= end && s->n_events) {
			struct sim_event e = take_event(s);

			s->now_ns = e.at;
			r = happen(s, &e);
		} else {
			s->now_ns = end;
		}
	}
	return r;
}

double sim_elapsed(const struct sim *s)
{
	return instant_diff_s(s->now_ns, s->start_ns);
}

double sim_time_error(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];

	sim_clock_advance(n, s->now_ns);
	return instant_diff_s(n->system_ns, s->now_ns) + n->system_part * 1e-9;
}

double sim_frequency_error(const struct sim *s, int node)
{
	const struct sim_node *n = &s->nodes[node];
	double adjust = sim_clock_adjustment(n);

	return n->rate + adjust + n->rate * adjust;
}

uint64_t sim_sent(const struct sim *s, int node)
{
	return s->nodes[node].sent;
}

uint64_t sim_amplified(const struct sim *s)
{
	return s->amplified;
}

struct daemon *sim_daemon(struct sim *s, int node)
{
	return s->nodes[node].daemon;
}

void sim_step(struct sim *s, int node, double seconds)
{
	struct sim_node *n = &s->nodes[node];

	sim_clock_advance(n, s->now_ns);
	n->system_ns = instant_add_s(n->system_ns, seconds);
}
