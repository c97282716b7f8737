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
#include "daemon/words.h"
#include "test/sim/world.h"

#define CONFIG_PATH "/etc/sim.conf"

/** Turns of one daemon at one instant beyond which it is said to spin. */
#define TURNS_MAX 10000

static bool earlier(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

uint64_t sim_schedule(struct sim *s, struct sim_event e)
{
	size_t i = s->n_events;

	if (i == s->room_events) {
		s->room_events = s->room_events ? 2 * s->room_events : 64;
		s->events = sim_realloc(s->events, s->room_events * sizeof(*s->events));
	}
	e.order = ++s->order;
	s->n_events++;
	s->events[i] = e;
	while (i && earlier(&s->events[i], &s->events[(i - 1) / 2])) {
		struct sim_event up = s->events[(i - 1) / 2];

		s->events[(i - 1) / 2] = s->events[i];
		s->events[i] = up;
		i = (i - 1) / 2;
	}
	return e.order;
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
	struct sim *s = sim_alloc(sizeof(*s));
	int i, j;

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
		sim_devices_free(&s->nodes[i]);
	}
	while (s->n_events) {
		sim_free(s->events[--s->n_events].datagram);
		sim_free(s->events[s->n_events].segment);
	}
	sim_free(s->events);
	sim_free(s);
}

static void node_log(void *arg, enum log_priority priority, const char *message)
{
	const struct sim_node *n = arg;

	if (n->verbose)
		fprintf(stderr, "%12.6f node%d %d %s\n", sim_elapsed(n->sim), n->index + 1,
			(int)priority, message);
	if (n->hear)
		n->hear(n->hear_arg, message);
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
	n->uncontrolled = o->uncontrolled;
	n->verbose = o->verbose;
	n->hear = o->hear;
	n->hear_arg = o->hear_arg;
	n->ip6 = o->ip6;
	n->load_dumps = o->load_dumps;
	n->from_rtc = o->from_rtc;
	n->mode = o->mode;
	n->dialect = o->dialect;
	n->crypto = o->crypto ? o->crypto : crypto_backends[0];
	n->log = (struct log){.write = node_log, .arg = n, .lowest = LOG_PRIORITY_DEBUG};
	if (o->dialect && strcmp(o->dialect, "ntp") == 0)
		n->log.words = &words_ntpd;
	n->stamp_lag = o->stamp_lag;
	n->random = sim_random_from(s->seed, (uint64_t)(200 + n->index));
	n->lag_random = sim_random_from(s->seed, (uint64_t)(300 + n->index));
	n->fault_random = sim_random_from(s->seed, (uint64_t)(400 + n->index));
	n->heap.random = sim_random_from(s->seed, (uint64_t)(500 + n->index));
	sim_clock_start(n, o);
	n->next_port = 32768;
	n->next_fd = SIM_FD_BASE;
	sim_file_write(n, CONFIG_PATH, config, false);
	return n->index;
}

static const struct clock_driver *find_driver(bool controls)
{
	int i;

	for (i = 0; clock_drivers[i]; i++)
		if (clock_drivers[i]->controls == controls)
			return clock_drivers[i];
	return NULL;
}

static const struct config_dialect *find_dialect(const char *name)
{
	size_t i = 0;

	while (name && config_dialects[i] && strcmp(config_dialects[i]->name, name))
		i++;
	return config_dialects[i];
}

static int read_settings(void *arg, const struct log *log, struct settings *ret)
{
	struct sim_node *n = arg;
	char buffer[512];
	struct text why = text_on(buffer, sizeof(buffer));
	int r = find_dialect(n->dialect)->read_file(&n->kernel, CONFIG_PATH, log, ret, &why);

	if (r)
		log_error(log, "%s", buffer);
	return r;
}

/** Reads the configuration and makes the daemon. */
static int start_daemon(struct sim_node *n)
{
	struct daemon_options o = {.kernel = &n->kernel,
		.log = &n->log,
		.mode = n->mode,
		.load_dumps = n->load_dumps,
		.from_rtc = n->from_rtc};
	int r;

	n->settings = settings_create();
	if (!n->settings)
		return -ENOMEM;
	o.dialect = find_dialect(n->dialect);
	if (!o.dialect)
		return -ENOENT;
	r = read_settings(n, &n->log, n->settings);
	if (r)
		return r;
	o.settings = n->settings;
	o.read_settings = read_settings;
	o.read_settings_arg = n;
	o.crypto = n->crypto;
	o.driver = find_driver(!n->uncontrolled);
	r = daemon_create(&o, &n->daemon);
	return r ? r : daemon_start(n->daemon);
}

int sim_start(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	struct heap_account *before;
	int r;

	if (n->daemon)
		return 0;
	sim_clock_advance(n, s->now_ns);
	n->shift = n->clock.system_ns - n->clock.raw_ns;
	n->dead = false;
	before = heap_charge(&n->heap);
	r = start_daemon(n);
	heap_charge(before);
	if (r) {
		sim_stop(s, node);
		return r;
	}
	n->counts.started++;
	n->runnable = true;
	/* One that is started while the world runs must get its first turn. */
	n->wake_order = sim_schedule(
		s, (struct sim_event){.at = s->now_ns, .what = SIM_WAKE, .node = node});
	return 0;
}

int sim_reload(struct sim *s, int node, const char *config)
{
	struct sim_node *n = &s->nodes[node];
	struct heap_account *before;
	int r;

	sim_put_file(s, node, CONFIG_PATH, (struct span){(const uint8_t *)config, strlen(config)});
	sim_clock_advance(n, s->now_ns);
	before = heap_charge(&n->heap);
	r = daemon_reload(n->daemon);
	heap_charge(before);
	/* As a signal does, it ends the wait. */
	n->wake_order = sim_schedule(
		s, (struct sim_event){.at = s->now_ns, .what = SIM_WAKE, .node = node});
	return r;
}

void sim_stop(struct sim *s, int node)
{
	struct sim_node *n = &s->nodes[node];
	struct heap_account *before = heap_charge(&n->heap);
	int i;

	daemon_destroy(n->daemon);
	settings_destroy(n->settings);
	heap_charge(before);
	n->daemon = NULL;
	n->settings = NULL;
	n->waiting = n->runnable = false;
	for (i = 0; i < SIM_SOCKETS; i++)
		if (n->sockets[i].fd)
			sim_socket_close(&n->sockets[i]);
	sim_streams_close(n);
	sim_devices_close(n);
	memset(n->resolves, 0, sizeof(n->resolves));
}

void sim_kill(struct sim *s, int node)
{
	s->nodes[node].dead = true;
	sim_stop(s, node);
}

void sim_reboot(struct sim *s, int node, double error)
{
	sim_kill(s, node);
	sim_clock_step(&s->nodes[node], instant_ns(error));
	sim_clock_boot(&s->nodes[node]);
}

/** Wakes a daemon when its wait is over. */
static void schedule_wake(struct sim *s, struct sim_node *n)
{
	if (n->waiting)
		n->wake_order = sim_schedule(
			s, (struct sim_event){.at = sim_clock_true_at(n, n->deadline_raw),
				   .what = SIM_WAKE,
				   .node = n->index});
}

/** Runs a daemon until it waits for time to pass, and notes when it wants to be woken. */
static int run_node(struct sim *s, struct sim_node *n)
{
	struct heap_account *before;
	bool goes_on = true;
	int turns = 0;

	n->runnable = false;
	if (!n->daemon)
		return 0;
	before = heap_charge(&n->heap);
	do {
		n->idle = false;
		goes_on = daemon_turn(n->daemon);
	} while (goes_on && !n->idle && ++turns <= TURNS_MAX);
	heap_charge(before);
	n->counts.turns += (uint64_t)turns + 1;
	if (!goes_on) {
		n->counts.ended++;
		sim_stop(s, n->index);
		return 0;
	}
	schedule_wake(s, n);
	return turns > TURNS_MAX ? -ELOOP : 0;
}

static void resume(struct sim *s, struct sim_node *n)
{
	sim_clock_step(n, instant_ns(n->wake_error));
	n->clock.asleep = false;
	n->disturbed = true;
	schedule_wake(s, n);
}

static int happen(struct sim *s, const struct sim_event *e)
{
	struct sim_node *n = &s->nodes[e->node];

	switch (e->what) {
	case SIM_ARRIVAL:
		if (!n->clock.asleep)
			sim_net_deliver(n, e->datagram);
		sim_free(e->datagram);
		break;
	case SIM_SEGMENT:
		sim_stream_arrive(s, e->segment);
		break;
	case SIM_WAKE:
		if (e->order == n->wake_order && !n->clock.asleep)
			n->runnable = true;
		break;
	case SIM_ANSWER:
		n->runnable = !n->clock.asleep;
		break;
	case SIM_RESUME:
		resume(s, n);
		break;
	case SIM_ACTION:
		e->act(e->arg, s);
		return 0;
	}
	return n->runnable && !n->clock.asleep ? run_node(s, n) : 0;
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
