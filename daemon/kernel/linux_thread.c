/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that work only while the one that started them waits. Each has a lock that it holds while
 * it works, and that the parent holds while it does not wait: no thread ever waits for another, and
 * the parent waits for what is being worked on, no longer. Who wants a lock passes a gate first: a
 * thread that is busy without a pause would else take its lock again before the parent could.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

struct kernel_thread {
	struct kernel_thread *next;
	struct kernel_work work;
	struct linux_kernel *own;
	pthread_t id;
	pthread_mutex_t gate, busy;
	bool ended;
	int stop; /* readable: it is to end */
};

static void hold(struct kernel_thread *t)
{
	pthread_mutex_lock(&t->gate);
	pthread_mutex_lock(&t->busy);
}

static void release(struct kernel_thread *t)
{
	pthread_mutex_unlock(&t->busy);
	pthread_mutex_unlock(&t->gate);
}

/* Works off what is ready. */
static void work(struct kernel_thread *t, const struct pollfd *p)
{
	pthread_mutex_lock(&t->gate);
	pthread_mutex_lock(&t->busy);
	pthread_mutex_unlock(&t->gate);
	for (size_t i = 0; i < t->work.n && !t->ended; i++) {
		unsigned got = linux_events(t->own, &p[i], t->work.waits[i].wanted);

		if (got != 0)
			t->work.ready(t->work.arg, &t->own->base, i, got);
	}
	pthread_mutex_unlock(&t->busy);
}

static void *run(void *arg)
{
	struct kernel_thread *t = arg;
	size_t n = t->work.n;
	struct pollfd p[KERNEL_THREAD_FDS + 1];

	for (size_t i = 0; i < n; i++)
		p[i] = linux_poll(&t->work.waits[i]);
	p[n] = (struct pollfd){.fd = t->stop, .events = POLLIN};
	for (;;) {
		if (poll(p, n + 1, -1) < 0)
			continue;
		if (p[n].revents != 0)
			return NULL;
		work(t, p);
	}
}

/* Signals are the parent's. */
static int start_quietly(struct kernel_thread *t)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&t->id, NULL, run, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

static void thread_free(struct kernel_thread *t)
{
	if (t->own != NULL)
		kernel_linux_destroy(&t->own->base);
	if (t->stop >= 0)
		close(t->stop);
	pthread_mutex_destroy(&t->gate);
	pthread_mutex_destroy(&t->busy);
	free(t);
}

int linux_thread_start(
	struct kernel *k, const struct kernel_work *work_of, struct kernel_thread **ret)
{
	struct linux_kernel *l = linux_kernel(k);
	struct kernel_thread *t = calloc(1, sizeof(*t)), **at;
	int r;

	if (t == NULL)
		return -ENOMEM;
	t->work = *work_of;
	pthread_mutex_init(&t->gate, NULL);
	pthread_mutex_init(&t->busy, NULL);
	t->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->own = linux_kernel(kernel_linux_create());
	if (t->stop < 0 || t->own == NULL || linux_kept_like(t->own, l) < 0) {
		r = t->stop < 0 ? -errno : -ENOMEM;
		thread_free(t);
		return r;
	}
	t->own->parent = l;
	t->own->cards = l->cards;
	hold(t);
	r = start_quietly(t);
	if (r < 0) {
		release(t);
		thread_free(t);
		return r;
	}
	/* All are held in the order in which they were started. */
	for (at = &l->threads; *at != NULL; at = &(*at)->next)
		;
	*at = t;
	*ret = t;
	return 0;
}

void linux_thread_stop(struct kernel *k, struct kernel_thread *t)
{
	struct linux_kernel *l = linux_kernel(k);
	uint64_t one = 1;

	if (t == NULL)
		return;
	for (struct kernel_thread **at = &l->threads; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	/* Nobody else writes to it: there is always room for one. */
	if (write(t->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	t->ended = true;
	release(t);
	pthread_join(t->id, NULL);
	l->counts.received += t->own->counts.received;
	l->counts.sent += t->own->counts.sent;
	l->counts.unsent += t->own->counts.unsent;
	l->counts.reads += t->own->counts.reads;
	thread_free(t);
}

void linux_exclude(struct kernel *own, bool on)
{
	struct linux_kernel *parent = linux_kernel(own)->parent;

	if (parent == NULL)
		return;
	if (on)
		pthread_mutex_lock(&parent->exclusion);
	else
		pthread_mutex_unlock(&parent->exclusion);
}

void linux_threads_release(struct linux_kernel *l)
{
	for (struct kernel_thread *t = l->threads; t != NULL; t = t->next)
		release(t);
}

void linux_threads_hold(struct linux_kernel *l)
{
	for (struct kernel_thread *t = l->threads; t != NULL; t = t->next)
		hold(t);
}

void linux_threads_count(const struct linux_kernel *l, struct kernel_counts *io)
{
	for (const struct kernel_thread *t = l->threads; t != NULL; t = t->next) {
		io->received += t->own->counts.received;
		io->sent += t->own->counts.sent;
		io->unsent += t->own->counts.unsent;
		io->reads += t->own->counts.reads;
	}
}

void linux_threads_done(struct linux_kernel *l)
{
	while (l->threads != NULL)
		linux_thread_stop(&l->base, l->threads);
}
