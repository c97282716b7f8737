/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the background, by two forks: the daemon is no session leader and never gets a terminal.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/os/daemonise.h"

/** Descriptors below this are closed in the daemon. */
#define DESCRIPTORS 1024

/** The longest reason for a failure that is passed on. */
#define REASON 2048

/*
 * The waiting process: one NUL is "ready", any other text a reason, nothing at all an accident.
 */
static void __attribute__((noreturn)) wait_for_daemon(int fd, int wait_s)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char message[REASON];
	size_t n = 0;

	if (wait_s > 0 && poll(&p, 1, wait_s > INT_MAX / 1000 ? INT_MAX : wait_s * 1000) == 0)
		_exit(ETIMEDOUT);
	while (n < sizeof message - 1) {
		ssize_t r = read(fd, message + n, sizeof message - 1 - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	message[n] = '\0';
	if (n == 1 && message[0] == '\0')
		_exit(0);
	if (n > 0)
		fprintf(stderr, "%s\n", message);
	_exit(1);
}

static void close_others(int parent_fd, int keep_fd)
{
	int null;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (fd != parent_fd && fd != keep_fd)
			close(fd);
	/* the first three descriptors stay taken: else a socket could become "stderr" */
	null = open("/dev/null", O_RDWR);
	while (null >= 0 && null < 2)
		null = dup(null);
	if (null > 2)
		close(null);
}

/* Above 2, so that closing and reopening the first three leaves it alone. */
static int move_up(int fd)
{
	int up;

	if (fd > 2)
		return fd;
	up = fcntl(fd, F_DUPFD, 3);
	close(fd);
	return up;
}

int daemonise(int keep_fd, int wait_s, int *ret_parent_fd)
{
	int ends[2];
	pid_t pid;

	fflush(NULL);
	if (pipe(ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		return -error;
	}
	if (pid > 0) {
		close(ends[1]);
		waitpid(pid, NULL, 0);
		wait_for_daemon(ends[0], wait_s);
	}
	close(ends[0]);
	ends[1] = move_up(ends[1]);
	if (ends[1] < 0 || setsid() < 0)
		_exit(1);
	pid = fork();
	if (pid != 0)
		_exit(pid < 0);
	if (chdir("/") < 0)
		_exit(1);
	close_others(ends[1], keep_fd);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	*ret_parent_fd = ends[1];
	return 0;
}

static int tell(int *parent_fd, const char *message, size_t n)
{
	ssize_t r;

	do
		r = write(*parent_fd, message, n);
	while (r < 0 && errno == EINTR);
	close(*parent_fd);
	*parent_fd = -1;
	return r == (ssize_t)n ? 0 : -EPIPE;
}

int daemonise_ready(int *parent_fd)
{
	return *parent_fd < 0 ? 0 : tell(parent_fd, "", 1);
}

void daemonise_failed(int *parent_fd, const char *message)
{
	if (*parent_fd >= 0)
		tell(parent_fd, message, strlen(message));
}
