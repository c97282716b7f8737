/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that do part of the daemon's work without any of its rights: a copy of this one that
 * keeps only the descriptors it was given, each with a stream to us.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

/** The most descriptors that a process keeps. */
#define KEEP_MAX 8

struct linux_process {
	struct linux_process *next;
	pid_t pid;
	int fd;
};

/* What belongs to the parent is forgotten, not freed or closed a second time. */
static void forget_parent(struct linux_kernel *l)
{
	l->processes = NULL;
	l->threads = NULL;
	l->lookups = NULL;
	for (size_t i = 0; i < LINUX_HELPERS; i++)
		l->helpers[i] = (struct linux_helper){.fd = -1};
	l->paths = NULL;
	l->anchor = -1;
}

_Noreturn static void be_child(
	struct linux_kernel *l, const struct kernel_process *p, pid_t parent, int fd)
{
	static const struct sched_param no_priority = {0};
	int keep[KEEP_MAX + 1] = {fd};

	memcpy(keep + 1, p->keep, p->n_keep * sizeof(keep[0]));
	linux_helper_confine(parent, keep, p->n_keep + 1);
	/* What strangers keep busy must not run before everything else. */
	sched_setscheduler(0, SCHED_OTHER, &no_priority);
	forget_parent(l);
	p->run(p->arg, &l->base, fd);
	_exit(0);
}

int linux_process(struct kernel *k, const struct kernel_process *p, int *ret_pid)
{
	struct linux_kernel *l = linux_kernel(k);
	struct linux_process *made;
	pid_t parent = getpid();
	int pair[2], r;

	if (p->n_keep > KEEP_MAX)
		return -EINVAL;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		r = -errno;
		free(made);
		return r;
	}
	made->pid = fork();
	if (made->pid == 0)
		be_child(l, p, parent, pair[1]);
	r = made->pid < 0 ? -errno : pair[0];
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		free(made);
		return r;
	}
	made->fd = pair[0];
	made->next = l->processes;
	l->processes = made;
	*ret_pid = (int)made->pid;
	return r;
}

bool linux_process_close(struct linux_kernel *l, int fd)
{
	struct linux_process **at = &l->processes, *p;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	p = *at;
	if (p == NULL)
		return false;
	*at = p->next;
	linux_helper_stop(p->pid, p->fd);
	free(p);
	return true;
}

void linux_process_done(struct linux_kernel *l)
{
	while (l->processes != NULL)
		linux_process_close(l, l->processes->fd);
}
