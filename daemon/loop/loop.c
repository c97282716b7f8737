/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: a binary heap of timers that know their position, and a list of descriptors in the
 * order they were watched. What is due runs in one fixed order, so a run in the simulator repeats.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"

/** A watched descriptor. Removed ones keep their place until the turn is over, so that a handler
 * may unwatch any of them while the list is walked. */
struct watch {
	int fd; /**< -1: removed */
	unsigned wanted;
	void (*ready)(void *arg, unsigned got);
	void *arg;
};

struct loop {
	struct kernel *kernel;
	int64_t now;
	bool waiting; /**< inside the kernel's wait(): now is of before it */

	struct loop_timer **heap;
	size_t n_timers; /**< set */
	size_t known;    /**< made known */
	size_t room;
	uint64_t order;

	struct watch *watches;
	size_t n_watches, room_watches;
	struct kernel_wait *waits; /**< as watches, for wait() */
	size_t room_waits;
	bool removed; /**< there are removed watches */

	bool stopped;
	int status;
};

static int64_t raw_now(const struct loop *loop)
{
	struct kernel_clocks c;

	loop->kernel->ops->clocks(loop->kernel, &c);
	return c.raw_ns;
}

struct loop *loop_create(struct kernel *kernel)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (loop == NULL)
		return NULL;
	loop->kernel = kernel;
	loop->now = raw_now(loop);
	return loop;
}

void loop_destroy(struct loop *loop)
{
	if (loop == NULL)
		return;
	free(loop->heap);
	free(loop->watches);
	free(loop->waits);
	free(loop);
}

int64_t loop_now(const struct loop *loop)
{
	/* Answers of the resolver arrive inside wait(), perhaps long after it began. */
	return loop->waiting ? raw_now(loop) : loop->now;
}

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void place(struct loop *loop, struct loop_timer *t, size_t position)
{
	loop->heap[position - 1] = t;
	t->position = position;
}

/* Moves t from position to where it belongs; whatever lies at position is overwritten. */
static void settle(struct loop *loop, struct loop_timer *t, size_t position)
{
	while (position > 1 && before(t, loop->heap[position / 2 - 1])) {
		place(loop, loop->heap[position / 2 - 1], position);
		position /= 2;
	}
	for (;;) {
		size_t child = 2 * position;

		if (child > loop->n_timers)
			break;
		if (child < loop->n_timers && before(loop->heap[child], loop->heap[child - 1]))
			child++;
		if (!before(loop->heap[child - 1], t))
			break;
		place(loop, loop->heap[child - 1], position);
		position = child;
	}
	place(loop, t, position);
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, int64_t at)
{
	int64_t now = loop_now(loop);

	/* Never before now: else a timer that keeps setting itself to the past would always come
	 * before all others and starve them. */
	t->at = at > now ? at : now;
	t->order = loop->order++;
	if (t->position == 0)
		settle(loop, t, ++loop->n_timers);
	else
		settle(loop, t, t->position);
}

void loop_timer_in(struct loop *loop, struct loop_timer *t, double s)
{
	loop_timer_set(loop, t, instant_add_s(loop_now(loop), s));
}

void loop_timer_stop(struct loop *loop, struct loop_timer *t)
{
	size_t position = t->position;
	struct loop_timer *last;

	if (position == 0)
		return;
	t->position = 0;
	last = loop->heap[--loop->n_timers];
	if (last != t)
		settle(loop, last, position);
}

int loop_timer_init(struct loop *loop, struct loop_timer *t, void (*run)(void *), void *arg)
{
	if (loop->known == loop->room) {
		size_t room = loop->room ? 2 * loop->room : 16;
		struct loop_timer **heap = realloc(loop->heap, room * sizeof(struct loop_timer *));

		if (heap == NULL)
			return -ENOMEM;
		loop->heap = heap;
		loop->room = room;
	}
	loop->known++;
	memset(t, 0, sizeof *t);
	t->run = run;
	t->arg = arg;
	return 0;
}

void loop_timer_done(struct loop *loop, struct loop_timer *t)
{
	if (t->run == NULL)
		return;
	loop_timer_stop(loop, t);
	t->run = NULL;
	loop->known--;
}

static struct watch *find(struct loop *loop, int fd)
{
	for (size_t i = 0; i < loop->n_watches; i++)
		if (loop->watches[i].fd == fd)
			return &loop->watches[i];
	return NULL;
}

static int grow_watches(struct loop *loop)
{
	size_t room = loop->room_watches ? 2 * loop->room_watches : 16;
	struct watch *watches = realloc(loop->watches, room * sizeof *watches);

	if (watches == NULL)
		return -ENOMEM;
	loop->watches = watches;
	loop->room_watches = room;
	return 0;
}

int loop_watch(struct loop *loop, int fd, unsigned wanted, void (*ready)(void *arg, unsigned got),
	void *arg)
{
	int r;

	if (fd < 0)
		return -EBADF;
	if (find(loop, fd) != NULL)
		return -EEXIST;
	if (loop->n_watches == loop->room_watches && (r = grow_watches(loop)) < 0)
		return r;
	loop->watches[loop->n_watches++] = (struct watch){fd, wanted, ready, arg};
	return 0;
}

void loop_rewatch(struct loop *loop, int fd, unsigned wanted)
{
	struct watch *w = fd < 0 ? NULL : find(loop, fd);

	if (w != NULL)
		w->wanted = wanted;
}

void loop_unwatch(struct loop *loop, int fd)
{
	struct watch *w = fd < 0 ? NULL : find(loop, fd);

	if (w == NULL)
		return;
	w->fd = -1;
	loop->removed = true;
}

static void forget_removed(struct loop *loop)
{
	size_t kept = 0;

	if (!loop->removed)
		return;
	for (size_t i = 0; i < loop->n_watches; i++)
		if (loop->watches[i].fd >= 0)
			loop->watches[kept++] = loop->watches[i];
	loop->n_watches = kept;
	loop->removed = false;
}

/* Lists the descriptors for wait(). Room is made only here: the kernel holds on to the list while
 * it delivers resolved names, whose takers may watch more. */
static int list_waits(struct loop *loop)
{
	if (loop->room_waits < loop->n_watches) {
		struct kernel_wait *waits =
			realloc(loop->waits, loop->room_watches * sizeof *waits);

		if (waits == NULL)
			return -ENOMEM;
		loop->waits = waits;
		loop->room_waits = loop->room_watches;
	}
	for (size_t i = 0; i < loop->n_watches; i++)
		loop->waits[i] =
			(struct kernel_wait){loop->watches[i].fd, loop->watches[i].wanted, 0};
	return 0;
}

/* Time until the first timer is due: negative when there is none. */
static int64_t patience(const struct loop *loop)
{
	int64_t now;

	if (loop->n_timers == 0)
		return -1;
	now = raw_now(loop);
	return loop->heap[0]->at > now ? loop->heap[0]->at - now : 0;
}

static void run_watches(struct loop *loop, size_t n)
{
	for (size_t i = 0; i < n && !loop->stopped; i++) {
		/* by value: a handler may watch more, which moves the array */
		struct watch w = loop->watches[i];
		unsigned got = loop->waits[i].got & w.wanted;

		if (w.fd >= 0 && got != 0)
			w.ready(w.arg, got);
	}
}

static void run_timers(struct loop *loop)
{
	uint64_t limit = loop->order; /* those set from here on wait for the next turn */

	while (loop->n_timers > 0 && !loop->stopped) {
		struct loop_timer *t = loop->heap[0];

		if (t->at > loop->now || t->order >= limit)
			return;
		loop_timer_stop(loop, t);
		t->run(t->arg);
	}
}

int loop_turn(struct loop *loop)
{
	size_t n;
	int r;

	if (loop->stopped)
		return 0;
	forget_removed(loop);
	n = loop->n_watches;
	if ((r = list_waits(loop)) < 0)
		return r;
	loop->waiting = true;
	r = loop->kernel->ops->wait(loop->kernel, loop->waits, n, patience(loop));
	loop->waiting = false;
	loop->now = raw_now(loop);
	if (r < 0)
		return r;
	if (r > 0)
		run_watches(loop, n);
	run_timers(loop);
	return 0;
}

bool loop_idle(const struct loop *loop)
{
	if (loop->stopped || loop->n_timers > 0)
		return false;
	for (size_t i = 0; i < loop->n_watches; i++)
		if (loop->watches[i].fd >= 0)
			return false;
	return true;
}

void loop_stop(struct loop *loop, int status)
{
	loop->stopped = true;
	loop->status = status;
}

bool loop_stopped(const struct loop *loop, int *ret_status)
{
	if (loop->stopped)
		*ret_status = loop->status;
	return loop->stopped;
}
