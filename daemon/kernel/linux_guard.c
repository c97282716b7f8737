/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers by Unix sockets that many may write to. The system tells the path that a client's socket
 * was bound to; by the time of the answer something else may be there, to which we might write and
 * the client might not: a link, or another user's socket at the end of a directory that was
 * changed. So what is there is opened first, looked at, and then written to as what it is.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

int linux_guard(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ? -errno : 0;
}

void linux_guard_take(const struct cmsghdr *c, struct kernel_message *m)
{
	struct ucred who;

	if (c->cmsg_len < CMSG_LEN(sizeof who))
		return;
	memcpy(&who, CMSG_DATA(c), sizeof who);
	m->guarded = true;
	m->sender = who.uid;
}

/* Root may make sockets for others. */
static bool is_senders(const struct stat *st, const struct kernel_message *m)
{
	return S_ISSOCK(st->st_mode) && (st->st_uid == m->sender || m->sender == 0);
}

int linux_guard_open(const struct kernel_message *m, struct endpoint *ret)
{
	int file = open(m->peer.path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (file < 0)
		return -errno;
	if (fstat(file, &st) < 0 || !is_senders(&st, m)) {
		close(file);
		return -EACCES;
	}
	*ret = (struct endpoint){0};
	snprintf(ret->path, sizeof ret->path, "/proc/self/fd/%d", file);
	return file;
}
