/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID file.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/os/pidfile.h"

bool pidfile_taken(const char *path, int *ret_pid)
{
	FILE *f = fopen(path, "re");
	char line[16] = "", *end;
	long pid;

	if (f == NULL)
		return false;
	if (fgets(line, sizeof line, f) == NULL)
		line[0] = '\0';
	fclose(f);
	pid = strtol(line, &end, 10);
	/* Our own number is left from an earlier life: in a container it is often the same. */
	if (end == line || pid <= 0 || pid > INT_MAX || pid == getpid() || getsid((pid_t)pid) < 0)
		return false;
	*ret_pid = (int)pid;
	return true;
}

int pidfile_write(const char *path, bool bare)
{
	int fd, n, r = 0;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	n = dprintf(fd, bare ? "%d" : "%d\n", (int)getpid());
	if (n < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		unlink(path);
	return r;
}
