/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the service manager.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/os/notify.h"

int notify_manager(const char *lines)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n;
	ssize_t sent;
	int fd, r = 0;

	if (path == NULL || path[0] == '\0')
		return 0;
	n = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || n >= sizeof a.sun_path)
		return -EAFNOSUPPORT;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sent = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	if (sent != (ssize_t)strlen(lines))
		r = sent < 0 ? -errno : -EIO;
	close(fd);
	return r;
}

void notify_reloading(void)
{
	struct timespec now;
	char lines[96];

	/* By this it tells an answer to its own request from one to an earlier one. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(lines, sizeof lines,
		"RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Reading configuration",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify_manager(lines);
}

int notify_fd(int fd)
{
	ssize_t n;
	int r;

	do
		n = write(fd, "\n", 1);
	while (n < 0 && errno == EINTR);
	r = n == 1 ? 0 : -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}
