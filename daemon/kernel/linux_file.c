/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files: read whole, replaced whole, appended to; symbolic links are never written through.
 */
#define _GNU_SOURCE
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/kernel/linux.h"

/* Whether a file can be read without waiting for somebody, and then so that read() does not say
 * "later". While the daemon starts a pipe will do: "-f <(...)" of a shell is one. */
static int check_readable(int fd, bool running, bool *ret_pipe)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_pipe = S_ISFIFO(st.st_mode);
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (running)
		return -EINVAL;
	return fcntl(fd, F_SETFL, O_RDONLY) < 0 ? -errno : 0;
}

static int read_all(int fd, uint8_t *p, size_t room, size_t *ret_n)
{
	int result = 0;
	size_t n = 0;

	for (;;) {
		uint8_t beyond;
		bool full = n == room;
		ssize_t r = full ? read(fd, &beyond, 1) : read(fd, p + n, room - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			result = -errno;
		else if (r > 0 && full)
			result = -EFBIG;
		if (r <= 0 || full)
			break;
		n += (size_t)r;
	}
	if (result == 0)
		*ret_n = n;
	return result;
}

/* O_NONBLOCK: else a named pipe that nobody writes to stops the daemon here. */
int linux_file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;
	bool pipe = false;
	size_t n;

	if (fd < 0)
		return -errno;
	r = check_readable(fd, linux_kernel(k)->running, &pipe);
	if (r == 0)
		r = read_all(fd, p, room, &n);
	/* A pipe without a writer is no empty file. */
	if (r == 0 && pipe && n == 0)
		r = -ENODATA;
	close(fd);
	if (r == 0)
		*ret_n = n;
	return r;
}

int linux_file_time(struct kernel *k, const char *path, int64_t *ret)
{
	struct stat st;

	(void)k;
	if (stat(path, &st) < 0)
		return -errno;
	*ret = linux_ns(&st.st_mtim);
	return 0;
}

int linux_file_mode(struct kernel *k, const char *path, unsigned *ret)
{
	struct stat st;

	(void)k;
	if (stat(path, &st) < 0)
		return -errno;
	*ret = (unsigned)(st.st_mode & 07777);
	return 0;
}

static int write_all(int fd, struct span content)
{
	size_t n = 0;

	while (n < content.n) {
		ssize_t r = write(fd, content.p + n, content.n - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return -EIO;
		n += (size_t)r;
	}
	return 0;
}

static int write_new(const char *path, struct span content, unsigned mode)
{
	int fd, r;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return -errno;
	r = write_all(fd, content);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int linux_file_save(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	char beside[PATH_MAX];
	int n = snprintf(beside, sizeof beside, "%s.tmp", path), r;

	(void)k;
	if (n < 0 || (size_t)n >= sizeof beside)
		return -ENAMETOOLONG;
	r = write_new(beside, content, mode);
	if (r == 0 && rename(beside, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(beside);
	return r;
}

int linux_file_append(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	int fd = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		(mode_t)mode);
	struct stat st;
	int r;

	(void)k;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
		goto done;
	}
	/* A pipe would take entries for as long as its reader lets it, and lose the others. */
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
		r = -EINVAL;
		goto done;
	}
	r = write_all(fd, content);
	/* Half an entry of a full disk would make the next one unreadable. */
	if (r < 0 && S_ISREG(st.st_mode) && ftruncate(fd, st.st_size) < 0)
		r = -errno;
done:
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int linux_file_remove(struct kernel *k, const char *path)
{
	(void)k;
	return unlink(path) < 0 ? -errno : 0;
}

int linux_file_link(struct kernel *k, const char *path, const char *name, const char *aside)
{
	struct stat is, was;

	(void)k;
	if (lstat(path, &is) < 0)
		return -errno;
	if (lstat(name, &was) == 0) {
		if (was.st_dev == is.st_dev && was.st_ino == is.st_ino)
			return 0;
		if ((was.st_nlink > 1 ? unlink(name) : rename(name, aside)) < 0)
			return -errno;
	} else if (errno != ENOENT) {
		return -errno;
	}
	return link(path, name) < 0 ? -errno : 0;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && n >= s &&
	       strcmp(name + n - s, suffix) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** Names as they are collected. */
struct names {
	char **list;
	size_t n, room;
};

static int add_name(struct names *names, const char *name)
{
	if (names->n == names->room) {
		size_t room = names->room ? 2 * names->room : 16;
		char **list = realloc(names->list, room * sizeof(char *));

		if (list == NULL)
			return -ENOMEM;
		names->list = list;
		names->room = room;
	}
	names->list[names->n] = strdup(name);
	if (names->list[names->n] == NULL)
		return -ENOMEM;
	names->n++;
	return 0;
}

static int collect_names(const char *directory, const char *suffix, struct names *names)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	int r = 0;

	if (d == NULL)
		return -errno;
	while (r == 0) {
		errno = 0;
		e = readdir(d);
		if (e == NULL) {
			r = -errno;
			break;
		}
		if (ends_in(e->d_name, suffix))
			r = add_name(names, e->d_name);
	}
	closedir(d);
	return r;
}

int linux_file_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	struct names names = {0};
	int r = collect_names(directory, suffix, &names);

	(void)k;
	if (r == 0 && names.n > 0) {
		qsort(names.list, names.n, sizeof(char *), compare_names);
		for (size_t i = 0; i < names.n; i++)
			each(arg, names.list[i]);
	}
	for (size_t i = 0; i < names.n; i++)
		free(names.list[i]);
	free(names.list);
	return r;
}
