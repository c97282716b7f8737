/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses without blocking: look-ups wait in a list until a helper process is free.
 * There are a few of these, so that a name whose servers are dead does not delay the others. What
 * is an address already is answered at once.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/text.h"
#include "daemon/kernel/linux.h"

/** A look-up that was asked for and not delivered yet. */
struct linux_lookup {
	struct linux_lookup *next;
	struct linux_question question;
	kernel_resolved *done;
	void *arg;
	bool asked; /**< a helper has the question */
	bool answered;
	struct linux_answer answer;
};

void linux_resolve_init(struct linux_kernel *l)
{
	for (size_t i = 0; i < LINUX_HELPERS; i++)
		l->helpers[i] = (struct linux_helper){.fd = -1};
	l->next_lookup = 1;
}

static void stop_helper(struct linux_helper *h)
{
	if (h->fd < 0)
		return;
	linux_helper_stop(h->pid, h->fd);
	*h = (struct linux_helper){.fd = -1};
}

void linux_resolve_done(struct linux_kernel *l)
{
	for (size_t i = 0; i < LINUX_HELPERS; i++)
		stop_helper(&l->helpers[i]);
	while (l->lookups != NULL) {
		struct linux_lookup *next = l->lookups->next;

		free(l->lookups);
		l->lookups = next;
	}
}

static void fail(struct linux_lookup *u, int error)
{
	u->answered = true;
	u->answer.error = error;
	u->answer.n = 0;
}

static struct linux_lookup *find(struct linux_kernel *l, uint64_t id)
{
	struct linux_lookup *u = l->lookups;

	while (u != NULL && u->question.id != id)
		u = u->next;
	return u;
}

/* Whoever asked a helper that is gone may try later. */
static void give_up(struct linux_kernel *l, struct linux_helper *h)
{
	struct linux_lookup *u = find(l, h->asked);

	if (u != NULL)
		fail(u, -EAGAIN);
	stop_helper(h);
}

/* An idle helper, an old one if possible. Returns 0, -EBUSY when all are at work, or why none could
 * be started. */
static int find_helper(struct linux_kernel *l, struct linux_helper **ret)
{
	struct linux_helper *unused = NULL;
	int r;

	for (size_t i = 0; i < LINUX_HELPERS; i++) {
		struct linux_helper *h = &l->helpers[i];

		if (h->fd < 0 && unused == NULL)
			unused = h;
		if (h->fd >= 0 && h->asked == 0) {
			*ret = h;
			return 0;
		}
	}
	if (unused == NULL)
		return -EBUSY;
	r = linux_helper_start(&unused->pid, &unused->fd);
	if (r == 0)
		*ret = unused;
	return r;
}

/* Gives a question to a helper. Returns false when it must wait. */
static bool ask(struct linux_kernel *l, struct linux_lookup *u)
{
	struct linux_helper *h = NULL;
	int r = find_helper(l, &h);

	if (r == -EBUSY)
		return false;
	if (r < 0) {
		fail(u, -EAGAIN);
		return true;
	}
	u->asked = true;
	h->asked = u->question.id;
	if (send(h->fd, &u->question, sizeof u->question, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		give_up(l, h);
	return true;
}

/* Only the first stays when there is nothing to do: it spares the next look-up a fork. */
static void dismiss_idle(struct linux_kernel *l)
{
	for (size_t i = 1; i < LINUX_HELPERS; i++)
		if (l->helpers[i].asked == 0)
			stop_helper(&l->helpers[i]);
}

/* Hands out questions. One at a time to each helper: its socket never fills, and a look-up that was
 * cancelled in time is never made. */
static void ask_waiting(struct linux_kernel *l)
{
	for (struct linux_lookup *u = l->lookups; u != NULL; u = u->next) {
		if (u->asked || u->answered)
			continue;
		if (!l->socket_flags) {
			/* Under an interposer, which a second process must not meet; it answers at
			 * once. */
			u->answered = true;
			linux_look_up(&u->question, &u->answer);
		} else if (!ask(l, u)) {
			return;
		}
	}
	dismiss_idle(l);
}

int linux_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg)
{
	struct linux_kernel *l = linux_kernel(k);
	struct linux_lookup *u = calloc(1, sizeof *u), **end = &l->lookups;
	struct address *literal;

	if (u == NULL)
		return -ENOMEM;
	if (text_copy(u->question.name, sizeof u->question.name, name) < 0) {
		free(u);
		return -ENAMETOOLONG;
	}
	u->question.id = l->next_lookup++;
	u->question.family = family;
	u->done = done;
	u->arg = arg;
	literal = &u->answer.addresses[0];
	if (address_parse(name, literal) == 0) {
		u->answered = true;
		u->answer.n = 1;
		if (family != ADDRESS_NONE && literal->family != family)
			fail(u, -ENOENT);
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = u;
	ask_waiting(l);
	return 0;
}

void linux_resolve_cancel(struct kernel *k, void *arg)
{
	struct linux_lookup **at = &linux_kernel(k)->lookups;

	while (*at != NULL) {
		struct linux_lookup *u = *at;

		if (u->arg == arg) {
			*at = u->next;
			free(u);
		} else {
			at = &u->next;
		}
	}
}

size_t linux_resolve_polls(const struct linux_kernel *l, struct pollfd *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < LINUX_HELPERS; i++)
		if (l->helpers[i].asked != 0)
			ret[n++] = (struct pollfd){.fd = l->helpers[i].fd, .events = POLLIN};
	return n;
}

static struct linux_helper *helper_of(struct linux_kernel *l, int fd)
{
	for (size_t i = 0; i < LINUX_HELPERS; i++)
		if (l->helpers[i].fd == fd)
			return &l->helpers[i];
	return NULL;
}

void linux_resolve_read(struct linux_kernel *l, int fd)
{
	struct linux_helper *h = helper_of(l, fd);
	struct linux_answer a;
	struct linux_lookup *u;
	ssize_t r;

	if (h == NULL)
		return;
	r = recv(fd, &a, sizeof a, MSG_DONTWAIT);
	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (r != (ssize_t)sizeof a || a.n > KERNEL_RESOLVED || a.id != h->asked) {
		give_up(l, h);
	} else {
		h->asked = 0;
		u = find(l, a.id);
		if (u != NULL) {
			u->answered = true;
			u->answer = a;
		}
	}
	ask_waiting(l);
}

/* Takes the first answered look-up older than a number off the list. */
static struct linux_lookup *take_answered(struct linux_kernel *l, uint64_t before)
{
	for (struct linux_lookup **at = &l->lookups; *at != NULL; at = &(*at)->next) {
		struct linux_lookup *u = *at;

		if (!u->answered || u->question.id >= before)
			continue;
		*at = u->next;
		return u;
	}
	return NULL;
}

size_t linux_resolve_deliver(struct linux_kernel *l)
{
	/* Look-ups that the takers ask for wait for the next turn, else this might never end. */
	uint64_t before = l->next_lookup;
	struct linux_lookup *u;
	size_t n = 0;

	while ((u = take_answered(l, before)) != NULL) {
		u->done(u->arg, u->answer.error, u->answer.addresses, u->answer.n);
		free(u);
		n++;
	}
	return n;
}
