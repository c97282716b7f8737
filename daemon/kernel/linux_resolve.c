/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses without blocking: look-ups wait in a list, one at a time is with the helper
 * process. What is an address already is answered at once.
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
	bool answered;
	struct linux_answer answer;
};

void linux_resolve_init(struct linux_kernel *l)
{
	l->helper_fd = -1;
	l->next_lookup = 1;
}

static void stop_helper(struct linux_kernel *l)
{
	if (l->helper_fd < 0)
		return;
	linux_helper_stop(l->helper, l->helper_fd);
	l->helper_fd = -1;
	l->asked = 0;
}

void linux_resolve_done(struct linux_kernel *l)
{
	stop_helper(l);
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

/* The helper is gone or cannot be had: whoever waits may try later, with a new helper. */
static void give_up(struct linux_kernel *l)
{
	stop_helper(l);
	for (struct linux_lookup *u = l->lookups; u != NULL; u = u->next)
		if (!u->answered)
			fail(u, -EAGAIN);
}

/* Gives the helper its next question. One at a time: the socket never fills, and a look-up that
 * was cancelled in time is never made. */
static void ask_next(struct linux_kernel *l)
{
	struct linux_lookup *u = l->lookups;

	while (u != NULL && u->answered)
		u = u->next;
	if (u == NULL || l->asked != 0)
		return;
	if (!l->socket_flags) {
		/* Under an interposer, which a second process must not meet; it answers at once. */
		u->answered = true;
		linux_look_up(&u->question, &u->answer);
		return;
	}
	if ((l->helper_fd < 0 && linux_helper_start(&l->helper, &l->helper_fd) < 0) ||
		send(l->helper_fd, &u->question, sizeof u->question, MSG_DONTWAIT | MSG_NOSIGNAL) <
			0) {
		give_up(l);
		return;
	}
	l->asked = u->question.id;
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
	ask_next(l);
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

int linux_resolve_fd(const struct linux_kernel *l)
{
	return l->asked != 0 ? l->helper_fd : -1;
}

void linux_resolve_read(struct linux_kernel *l)
{
	struct linux_answer a;
	ssize_t r = recv(l->helper_fd, &a, sizeof a, MSG_DONTWAIT);

	if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (r != (ssize_t)sizeof a || a.n > KERNEL_RESOLVED || a.id != l->asked) {
		give_up(l);
		return;
	}
	l->asked = 0;
	for (struct linux_lookup *u = l->lookups; u != NULL; u = u->next) {
		if (u->question.id != a.id)
			continue;
		u->answered = true;
		u->answer = a;
		break;
	}
	ask_next(l);
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
