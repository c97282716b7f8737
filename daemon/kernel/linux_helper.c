/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper process that looks names up, so that a dead name server never stops the loop. It has
 * no rights and no descriptor but its end of a socket pair, and ends with its parent.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP
#include <sys/capability.h>
#endif

#include "daemon/kernel/linux.h"

static int error_of(int gai)
{
	switch (gai) {
	case 0:
		return 0;
	case EAI_NONAME:
	case EAI_FAMILY:
	case EAI_SERVICE:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return -ENOENT;
	default: /* EAI_AGAIN, EAI_FAIL, EAI_SYSTEM, EAI_MEMORY: all may pass */
		return -EAGAIN;
	}
}

void linux_look_up(const struct linux_question *q, struct linux_answer *ret)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list = NULL;

	memset(ret, 0, sizeof *ret);
	ret->id = q->id;
	hints.ai_family = q->family == ADDRESS_IP4   ? AF_INET
			  : q->family == ADDRESS_IP6 ? AF_INET6
						     : AF_UNSPEC;
	ret->error = error_of(getaddrinfo(q->name, NULL, &hints, &list));
	if (ret->error != 0)
		return;
	for (struct addrinfo *a = list; a != NULL && ret->n < KERNEL_RESOLVED; a = a->ai_next) {
		struct sockaddr_storage address = {0};
		struct endpoint e;

		if (a->ai_addrlen > sizeof address)
			continue;
		memcpy(&address, a->ai_addr, a->ai_addrlen);
		linux_endpoint(&address, a->ai_addrlen, &e);
		if (e.address.family != ADDRESS_NONE)
			ret->addresses[ret->n++] = e.address;
	}
	freeaddrinfo(list);
	if (ret->n == 0)
		ret->error = -ENOENT;
}

/* Where a system cannot close all at once, those above this stay open if the limit is higher. */
#define DESCRIPTORS 65536

/* Closes those from first to last, by one call where the system has it (Linux 5.9). */
static void close_some(unsigned first, unsigned last)
{
	long limit = sysconf(_SC_OPEN_MAX);
	unsigned most = limit > 0 && limit < DESCRIPTORS ? (unsigned)limit : DESCRIPTORS;

#ifdef CLOSE_RANGE_CLOEXEC
	if (close_range(first, last, 0) == 0)
		return;
#endif
	for (unsigned fd = first; fd <= last && fd < most; fd++)
		close((int)fd);
}

void linux_helper_close_all_but(const int *keep, size_t n)
{
	unsigned first = 3;

	for (;;) {
		unsigned next = UINT_MAX;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= (int)first && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > first)
			close_some(first, next - (next < UINT_MAX));
		if (next == UINT_MAX)
			return;
		first = next + 1;
	}
}

static void drop_rights(void)
{
#ifdef HAVE_LIBCAP
	cap_t none = cap_init();

	if (none != NULL)
		cap_set_proc(none);
	cap_free(none);
#endif
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void ask_for_end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(0); /* it ended before it could be asked for */
}

static void serve_questions(int fd)
{
	struct linux_question q;
	struct linux_answer a;

	for (;;) {
		ssize_t r = recv(fd, &q, sizeof q, 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r != (ssize_t)sizeof q)
			return;
		q.name[sizeof q.name - 1] = '\0';
		linux_look_up(&q, &a);
		while ((r = send(fd, &a, sizeof a, MSG_NOSIGNAL)) < 0 && errno == EINTR)
			;
		if (r < 0)
			return;
	}
}

/* Signals meant for the daemon reach its whole group; its handlers are of no use here. */
static void default_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
}

void linux_helper_confine(pid_t parent, const int *keep, size_t n)
{
	ask_for_end_with(parent);
	default_signals();
	linux_helper_close_all_but(keep, n);
	drop_rights();
}

int linux_helper_start(pid_t *ret_pid, int *ret_fd)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(pair[0]);
		close(pair[1]);
		return -error;
	}
	if (pid == 0) {
		linux_helper_confine(parent, &pair[1], 1);
		serve_questions(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	*ret_pid = pid;
	*ret_fd = pair[0];
	return 0;
}

void linux_helper_stop(pid_t pid, int fd)
{
	close(fd);
	kill(pid, SIGKILL); /* it may be in the middle of a look-up */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
