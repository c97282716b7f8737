/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small world for tests of the registry and what hangs on it: a kernel with a clock that moves
 * only while the loop waits, a resolver that answers by a table, files in memory, and a protocol
 * that does nothing by itself. The test plays the network.
 */
#ifndef TEST_UNIT_SOURCE_WORLD_H
#define TEST_UNIT_SOURCE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/source/source.h"
#include "daemon/track/track.h"

extern const struct clock_driver clock_driver_none;

/** 2026-11-23 09:07:26 UTC. */
#define WORLD_START (INT64_C(1795424846) * INSTANT_S)

#define WORLD_FILES 16
#define WORLD_NAMES 8

struct world_file {
	char path[256];
	uint8_t *p;
	size_t n;
};

/** What the resolver says of a name. */
struct world_name {
	char name[64];
	int error;
	struct address addresses[KERNEL_RESOLVED];
	size_t n;
	unsigned asked;
	double last_asked; /**< s since the start */
};

/** An instance of the fake protocol. */
struct protocol_instance {
	struct protocol_instance *next;
	const struct source_options *options;
	struct address address;
	const struct source_sink *sink;
	void *arg;
	enum protocol_activity activity;
	unsigned started, resets, bursts;
};

struct world {
	struct kernel kernel; /* first: the kernel handed in is the world */
	int64_t raw, system;
	struct world_file files[WORLD_FILES];
	bool read_only;
	const char *unreadable; /**< a file or directory that cannot be read */
	struct world_name names[WORLD_NAMES];
	size_t n_names;
	struct world_name *pending;
	kernel_resolved *done;
	void *done_arg;
	struct address no_route; /**< connecting there fails */
	uint32_t random;
	struct protocol_instance *instances;
	char messages[8192];
	struct log log;
	struct settings *settings;
	struct loop *loop;
	struct clock *clock;
	struct protocol_env env;
	struct protocol_pace pace;
	struct sources *sources;
	struct loop_timer end;
	bool ended;
	unsigned updates, news; /**< calls of the listener */
	struct source *last_updated;
};

static inline struct world *world_of(struct kernel *k)
{
	return (struct world *)(void *)k;
}

static int64_t world_system(struct kernel *k)
{
	return world_of(k)->system;
}

static void world_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	*ret = (struct kernel_clocks){.raw_ns = world_of(k)->raw, .system_ns = world_of(k)->system};
}

static int world_timex(struct kernel *k, struct kernel_timex *io)
{
	(void)k;
	*io = (struct kernel_timex){.tick_us = 10000};
	return 0;
}

static int world_step(struct kernel *k, int64_t delta_ns)
{
	(void)k;
	(void)delta_ns;
	return -EPERM;
}

static int world_open(struct kernel *k, const struct kernel_socket *s)
{
	if (address_equal(&s->remote.address, &world_of(k)->no_route))
		return -ENETUNREACH;
	return 9;
}

static void world_close(struct kernel *k, int fd)
{
	(void)k;
	assert_int_equal(fd, 9);
}

static int world_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct world *world = world_of(k);
	struct world_name *name = world->pending;

	(void)w;
	(void)n;
	if (name != NULL) {
		world->pending = NULL;
		world->done(world->done_arg, name->error, name->addresses, name->n);
		return 0;
	}
	assert_true(timeout_ns >= 0);
	world->raw += timeout_ns;
	world->system += timeout_ns;
	return 0;
}

static int world_random(struct kernel *k, void *p, size_t n)
{
	for (uint8_t *at = p; n > 0;) {
		size_t part = n < sizeof(uint32_t) ? n : sizeof(uint32_t);

		memcpy(at, &world_of(k)->random, part);
		at += part;
		n -= part;
	}
	return 0;
}

static int world_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg)
{
	struct world *world = world_of(k);

	(void)family;
	/* One at a time is what the registry promises. */
	assert_null(world->pending);
	for (size_t i = 0; i < world->n_names; i++) {
		if (strcmp(world->names[i].name, name) != 0)
			continue;
		world->pending = &world->names[i];
		world->done = done;
		world->done_arg = arg;
		world->names[i].asked++;
		world->names[i].last_asked = (double)(world->raw - 1000 * INSTANT_S) * 1e-9;
		return 0;
	}
	return -EAGAIN;
}

static void world_resolve_cancel(struct kernel *k, void *arg)
{
	if (world_of(k)->done_arg == arg)
		world_of(k)->pending = NULL;
}

static inline struct world_file *world_file(struct world *w, const char *path)
{
	for (size_t i = 0; i < WORLD_FILES; i++)
		if (strcmp(w->files[i].path, path) == 0)
			return &w->files[i];
	return NULL;
}

static int world_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	const struct world_file *f = world_file(world_of(k), path);

	if (world_of(k)->unreadable != NULL && strcmp(world_of(k)->unreadable, path) == 0)
		return -EACCES;
	if (f == NULL)
		return -ENOENT;
	if (f->n > room)
		return -EFBIG;
	memcpy(p, f->p, f->n);
	*ret_n = f->n;
	return 0;
}

static inline void world_write(
	struct world *w, const char *path, const void *p, size_t n, bool append)
{
	struct world_file *f = world_file(w, path);

	if (f == NULL) {
		f = world_file(w, "");
		if (f == NULL)
			abort();
		snprintf(f->path, sizeof(f->path), "%s", path);
		f->n = 0;
	}
	if (!append)
		f->n = 0;
	f->p = realloc(f->p, f->n + n + 1);
	assert_non_null(f->p);
	memcpy(f->p + f->n, p, n);
	f->n += n;
	f->p[f->n] = '\0';
}

static int world_mode(struct kernel *k, const char *path, unsigned *ret)
{
	if (world_file(world_of(k), path) == NULL)
		return -ENOENT;
	*ret = 0600;
	return 0;
}

static int world_save(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	assert_int_equal(mode, 0644);
	if (world_of(k)->read_only)
		return -EROFS;
	world_write(world_of(k), path, content.p, content.n, false);
	return 0;
}

static int world_append(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	assert_int_equal(mode, 0644);
	if (world_of(k)->read_only)
		return -EROFS;
	world_write(world_of(k), path, content.p, content.n, true);
	return 0;
}

static int world_remove(struct kernel *k, const char *path)
{
	struct world_file *f = world_file(world_of(k), path);

	if (f == NULL)
		return -ENOENT;
	free(f->p);
	memset(f, 0, sizeof(*f));
	return 0;
}

static int world_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int world_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	char names[WORLD_FILES][256];
	size_t n = 0, d = strlen(directory);

	if (world_of(k)->unreadable != NULL && strcmp(world_of(k)->unreadable, directory) == 0)
		return -EACCES;
	for (size_t i = 0; i < WORLD_FILES; i++) {
		const struct world_file *f = &world_of(k)->files[i];
		size_t length = strlen(f->path);

		if (strncmp(f->path, directory, d) == 0 && f->path[d] == '/' &&
			length > strlen(suffix) &&
			strcmp(f->path + length - strlen(suffix), suffix) == 0)
			strcpy(names[n++], f->path + d + 1);
	}
	qsort(names, n, sizeof(names[0]), world_compare);
	for (size_t i = 0; i < n; i++)
		each(arg, names[i]);
	return 0;
}

static void world_identity(struct kernel *k, struct kernel_identity *ret)
{
	(void)k;
	*ret = (struct kernel_identity){"x86_64", "Linux", "6.1.0", "world"};
}

static void world_usage(struct kernel *k, struct kernel_usage *ret)
{
	(void)k;
	*ret = (struct kernel_usage){.pid = 77};
}

static void world_counts(const struct kernel *k, struct kernel_counts *ret)
{
	(void)k;
	*ret = (struct kernel_counts){.received = 11, .sent = 12, .wakeups = 13};
}

static const struct kernel_ops world_ops = {
	.clocks = world_clocks,
	.system = world_system,
	.timex = world_timex,
	.step = world_step,
	.open = world_open,
	.close = world_close,
	.wait = world_wait,
	.identity = world_identity,
	.counts = world_counts,
	.usage = world_usage,
	.random = world_random,
	.resolve = world_resolve,
	.resolve_cancel = world_resolve_cancel,
	.file_load = world_load,
	.file_mode = world_mode,
	.file_save = world_save,
	.file_append = world_append,
	.file_remove = world_remove,
	.file_list = world_list,
};

static int fake_create(const struct protocol_env *env, const struct source_options *options,
	const struct address *address, const struct source_sink *sink, void *arg,
	struct protocol_instance **ret)
{
	struct world *w = world_of(env->kernel);
	struct protocol_instance *i = calloc(1, sizeof(*i));

	assert_non_null(i);
	i->options = options;
	i->address = *address;
	i->sink = sink;
	i->arg = arg;
	i->next = w->instances;
	w->instances = i;
	*ret = i;
	return 0;
}

static void fake_start(struct protocol_instance *i)
{
	i->started++;
	i->activity = i->options->online ? PROTOCOL_ONLINE : PROTOCOL_OFFLINE;
}

static void fake_online(struct protocol_instance *i, bool on)
{
	i->activity = on ? PROTOCOL_ONLINE : PROTOCOL_OFFLINE;
}

static void fake_burst(struct protocol_instance *i, int good, int total)
{
	assert_int_equal(good, 2);
	assert_int_equal(total, 5);
	i->bursts++;
}

static void fake_reset(struct protocol_instance *i)
{
	i->resets++;
}

static enum protocol_activity fake_activity(const struct protocol_instance *i)
{
	return i->activity;
}

static int fake_poll(const struct protocol_instance *i)
{
	return i->options->minpoll;
}

static void fake_report(const struct protocol_instance *i, struct report_ntpdata *ret)
{
	*ret = (struct report_ntpdata){.remote = i->address};
}

static void fake_report_auth(const struct protocol_instance *i, struct report_auth *ret)
{
	*ret = (struct report_auth){.key_id = i->options->key};
}

static bool fake_deliver(struct protocol_instance *i, const struct kernel_message *m)
{
	assert_true(address_equal(&i->address, &m->peer.address));
	i->resets += 100;
	return false;
}

static void fake_sent(struct protocol_instance *i, const struct kernel_message *m)
{
	assert_true(address_equal(&i->address, &m->peer.address));
	i->resets += 1000;
}

/** The world whose list an instance leaves: instances know no world. */
static struct world *fake_world;

static void fake_destroy(struct protocol_instance *i)
{
	struct protocol_instance **p = &fake_world->instances;

	while (*p != i)
		p = &(*p)->next;
	*p = i->next;
	free(i);
}

static const struct source_protocol fake_protocol = {
	.name = "fake",
	.create = fake_create,
	.start = fake_start,
	.online = fake_online,
	.burst = fake_burst,
	.reset = fake_reset,
	.activity = fake_activity,
	.poll = fake_poll,
	.report = fake_report,
	.report_auth = fake_report_auth,
	.deliver = fake_deliver,
	.sent = fake_sent,
	.destroy = fake_destroy,
};

/** "server NAME" or "pool NAME maxsources N": enough of a dialect for source files. */
static int world_source_line(const char *line, struct source_options *ret, struct text *why)
{
	char copy[256], *w[8];
	size_t n;
	long long v = 4;

	if (text_copy(copy, sizeof(copy), line) < 0)
		return -EINVAL;
	n = text_split(copy, w, 8);
	if (n == 0 || w[0][0] == '#')
		return -ENODATA;
	if (n < 2 || (strcmp(w[0], "server") != 0 && strcmp(w[0], "pool") != 0)) {
		text_add(why, "what is %s?", w[0]);
		return -EINVAL;
	}
	*ret = source_options_default(w[0][0] == 's' ? SOURCE_SERVER : SOURCE_POOL);
	if (n == 4 && text_to_int(w[3], 1, 16, &v) < 0)
		return -EINVAL;
	if (n == 4 && strcmp(w[2], "minpoll") == 0)
		ret->minpoll = (int)v;
	else
		ret->maxsources = (int)v;
	return text_copy(ret->name, sizeof(ret->name), w[1]);
}

static void world_log(void *arg, enum log_priority priority, const char *message)
{
	struct world *w = arg;
	size_t n = strlen(w->messages);

	snprintf(w->messages + n, sizeof(w->messages) - n, "%d %s\n", (int)priority, message);
}

static void world_updated(void *arg, struct source *s, bool new_sample)
{
	struct world *w = arg;

	w->updates++;
	w->news += new_sample;
	w->last_updated = s;
}

static void world_end(void *arg)
{
	((struct world *)arg)->ended = true;
}

/** Makes the registry of a world; a test may take it away and make another. */
static inline void world_registry(struct world *w)
{
	static const struct sources_listener listener = {.updated = world_updated};
	struct sources_modules modules = {
		.protocol = &fake_protocol, .source_line = world_source_line};

	assert_int_equal(sources_create(&w->env, &modules, &w->sources), 0);
	sources_listen(w->sources, &listener, w);
}

/** A world with a kernel, a log and settings, and nothing that runs in it. */
static inline struct world *world_bare(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->kernel.ops = &world_ops;
	w->raw = 1000 * INSTANT_S;
	w->system = WORLD_START;
	w->random = UINT32_C(0x80000000);
	w->log = (struct log){.write = world_log, .arg = w, .lowest = LOG_PRIORITY_INFO};
	w->settings = settings_create();
	assert_non_null(w->settings);
	return w;
}

static inline void world_free(struct world *w)
{
	settings_destroy(w->settings);
	for (size_t i = 0; i < WORLD_FILES; i++)
		free(w->files[i].p);
	free(w);
}

static inline int world_setup(void **state)
{
	struct world *w = world_bare();

	fake_world = w;
	w->loop = loop_create(&w->kernel);
	assert_non_null(w->loop);
	assert_int_equal(
		clock_create(&w->kernel, w->loop, &clock_driver_none, &w->log, &w->clock), 0);
	assert_int_equal(loop_timer_init(w->loop, &w->end, world_end, w), 0);
	w->env = (struct protocol_env){
		.kernel = &w->kernel,
		.loop = w->loop,
		.clock = w->clock,
		.log = &w->log,
		.settings = w->settings,
		.pace = &w->pace,
	};
	w->messages[0] = '\0';
	world_registry(w);
	*state = w;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;

	sources_destroy(w->sources);
	assert_null(w->instances);
	clock_destroy(w->clock);
	loop_timer_done(w->loop, &w->end);
	loop_destroy(w->loop);
	world_free(w);
	return 0;
}

/** Lets time pass. */
static inline void world_run(struct world *w, double seconds)
{
	w->ended = false;
	loop_timer_in(w->loop, &w->end, seconds);
	for (unsigned turns = 0; !w->ended; turns++) {
		assert_true(turns < 100000);
		assert_int_equal(loop_turn(w->loop), 0);
	}
}

/** Makes the resolver know a name: addresses separated by blanks, or none for a failure. */
static inline struct world_name *world_name(struct world *w, const char *name, const char *list)
{
	struct world_name *n = NULL;
	char copy[256], *words[KERNEL_RESOLVED];

	for (size_t i = 0; i < w->n_names; i++)
		if (strcmp(w->names[i].name, name) == 0)
			n = &w->names[i];
	if (n == NULL) {
		assert_true(w->n_names < WORLD_NAMES);
		n = &w->names[w->n_names++];
	}
	snprintf(n->name, sizeof(n->name), "%s", name);
	assert_int_equal(text_copy(copy, sizeof(copy), list), 0);
	n->n = text_split(copy, words, KERNEL_RESOLVED);
	n->error = n->n > 0 ? 0 : -EAGAIN;
	for (size_t i = 0; i < n->n; i++)
		assert_int_equal(address_parse(words[i], &n->addresses[i]), 0);
	return n;
}

static inline struct address world_address(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

static inline struct source_options world_options(enum source_kind kind, const char *name)
{
	struct source_options o = source_options_default(kind);

	assert_int_equal(text_copy(o.name, sizeof(o.name), name), 0);
	return o;
}

static inline enum sources_status world_add(
	struct world *w, enum source_kind kind, const char *name)
{
	struct source_options o = world_options(kind, name);

	return sources_add(w->sources, &o);
}

static inline struct source *world_source(struct world *w, const char *address)
{
	struct address a = world_address(address);

	return sources_find(w->sources, &a);
}

/** The protocol instance that speaks with an address, or NULL. */
static inline struct protocol_instance *world_instance(struct world *w, const char *address)
{
	struct address a = world_address(address);

	for (struct protocol_instance *i = w->instances; i != NULL; i = i->next)
		if (address_equal(&i->address, &a))
			return i;
	return NULL;
}

/** A sample taken now: true minus system clock, and the round trip. */
static inline struct sample world_sample(struct world *w, double offset, double delay)
{
	struct clock_now now = clock_now(w->clock);

	return (struct sample){
		.osc = now.osc,
		.offset_ns = now.system - now.osc + instant_ns(offset),
		.delay = delay,
		.dispersion = 1e-6,
		.root_delay = 1e-3,
		.root_dispersion = 2e-3,
		.stratum = 3,
		.refid = 0x7f000001,
		.queueing = true,
	};
}

/** A good response of an address, by way of its sink. Returns the tests passed. */
static inline unsigned world_respond(
	struct world *w, const char *address, double offset, double delay)
{
	struct protocol_instance *i = world_instance(w, address);
	struct sample s = world_sample(w, offset, delay);

	assert_non_null(i);
	i->sink->reach(i->arg, true);
	return i->sink->sample(i->arg, &s);
}

/** So many requests of an address go unanswered. */
static inline void world_ignore(struct world *w, const char *address, unsigned times)
{
	while (times-- > 0) {
		struct protocol_instance *i = world_instance(w, address);

		assert_non_null(i);
		i->sink->reach(i->arg, false);
	}
}

/** Whether the log holds a line (priority and text), and forgets all of it. */
static inline void world_logged(struct world *w, const char *lines)
{
	assert_string_equal(w->messages, lines);
	w->messages[0] = '\0';
}

#endif
