/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of Unix sockets. What an earlier run left is replaced, what somebody listens on is not,
 * and a socket's file goes with it, unless another has taken its place.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

/** A file that an open socket made. */
struct linux_path {
	struct linux_path *next;
	int fd;
	dev_t device;
	ino_t inode;
	char path[ENDPOINT_PATH];
};

/* Whether nobody listens behind a socket's file: 0, -EADDRINUSE, or why that cannot be told. */
static int check_stale(struct linux_kernel *l, const struct sockaddr_storage *a, socklen_t n)
{
	int fd = linux_make_socket(l, AF_UNIX, SOCK_DGRAM), r = -EADDRINUSE;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)a, n) < 0) {
		/* EPROTOTYPE: somebody's stream */
		if (errno == ECONNREFUSED || errno == ENOENT)
			r = 0;
		else if (errno != EPROTOTYPE)
			r = -errno;
	}
	close(fd);
	return r;
}

static int remove_stale(
	struct linux_kernel *l, const char *path, const struct sockaddr_storage *a, socklen_t n)
{
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	r = check_stale(l, a, n);
	if (r < 0)
		return r;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Without memory the file merely stays when the socket is closed. */
static void remember(struct linux_kernel *l, int fd, const char *path)
{
	struct linux_path *p;
	struct stat st;

	if (lstat(path, &st) < 0 || (p = calloc(1, sizeof *p)) == NULL)
		return;
	p->fd = fd;
	p->device = st.st_dev;
	p->inode = st.st_ino;
	memcpy(p->path, path, strlen(path) + 1);
	p->next = l->paths;
	l->paths = p;
}

/* Hands the file of a socket to the user who is to write to it. */
static int give_away(const struct kernel_socket *s)
{
	const struct passwd *user;

	if (s->owner == NULL || s->owner[0] == '\0')
		return 0;
	user = getpwnam(s->owner);
	if (user == NULL)
		return -ENOENT;
	return lchown(s->local.path, user->pw_uid, user->pw_gid) < 0 ? -errno : 0;
}

int linux_path_bind(struct linux_kernel *l, int fd, const struct sockaddr_storage *a, socklen_t n,
	const struct kernel_socket *s)
{
	mode_t before = 0;
	int r = remove_stale(l, s->local.path, a, n);

	if (r < 0)
		return r;
	/* By the umask, so that the file never has more rights than it is to have. */
	if (s->mode != 0)
		before = umask(0777 & ~s->mode);
	r = bind(fd, (const struct sockaddr *)a, n) < 0 ? -errno : 0;
	if (s->mode != 0)
		umask(before);
	if (r < 0)
		return r;
	remember(l, fd, s->local.path);
	return give_away(s);
}

void linux_path_close(struct linux_kernel *l, int fd)
{
	struct linux_path **at = &l->paths, *p;
	struct stat st;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	p = *at;
	if (p == NULL)
		return;
	if (lstat(p->path, &st) == 0 && st.st_dev == p->device && st.st_ino == p->inode)
		unlink(p->path);
	*at = p->next;
	free(p);
}

void linux_path_done(struct linux_kernel *l)
{
	while (l->paths != NULL) {
		struct linux_path *next = l->paths->next;

		free(l->paths);
		l->paths = next;
	}
}
