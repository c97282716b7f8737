/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories of the daemon.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "daemon/os/directory.h"

static int make_parents(const char *path, struct text *why)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof part) {
		text_add(why, "Could not create directory %s : %s", path, strerror(ENAMETOOLONG));
		return -ENAMETOOLONG;
	}
	for (size_t i = 1; i < n; i++) {
		if (path[i] != '/' || path[i + 1] == '/' || path[i + 1] == '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST) {
			int error = errno;

			text_add(why, "Could not create directory %s : %s", part, strerror(error));
			return -error;
		}
	}
	return 0;
}

int directory_make(const char *path, mode_t mode, uid_t uid, gid_t gid, struct text *why)
{
	struct stat st;
	mode_t before;
	int r;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		text_add(why, "%s is not directory", path);
		return -ENOTDIR;
	}
	if ((r = make_parents(path, why)) < 0)
		return r;
	/* exactly this mode, and not more even for a moment */
	before = umask(0777 & ~mode);
	r = mkdir(path, mode) < 0 ? -errno : 0;
	umask(before);
	if (r < 0) {
		text_add(why, "Could not create directory %s : %s", path, strerror(-r));
		return r;
	}
	if ((uid != geteuid() || gid != getegid()) && lchown(path, uid, gid) < 0) {
		r = -errno;
		text_add(why, "Could not change ownership of %s : %s", path, strerror(-r));
		rmdir(path);
		return r;
	}
	return 0;
}

int directory_make_shared(const char *path, uid_t uid, gid_t gid, struct text *why)
{
	struct stat st;
	bool fresh = stat(path, &st) < 0;
	int r = directory_make(path, 0770, uid, gid, why);

	if (r < 0)
		return r;
	if (fresh && chmod(path, S_ISVTX | S_ISGID | 0770) < 0) {
		r = -errno;
		text_add(why, "Could not change permissions of %s : %s", path, strerror(-r));
		return r;
	}
	if (stat(path, &st) == 0 && st.st_gid == gid && (st.st_mode & S_ISGID) != 0)
		return 0;
	text_add(why,
		"%s is not of its group with the bit that files take it over (chgrp, chmod "
		"g+s)",
		path);
	return -EPERM;
}

int directory_check(const char *path, mode_t mode, uid_t uid, gid_t gid, struct text *why)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		int error = errno;

		text_add(why, "Could not access %s : %s", path, strerror(error));
		return -error;
	}
	if (!S_ISDIR(st.st_mode)) {
		text_add(why, "%s is not directory", path);
		return -ENOTDIR;
	}
	if ((st.st_mode & 0777 & ~mode) != 0) {
		text_add(why, "Wrong permissions on %s", path);
		return -EPERM;
	}
	if (st.st_uid != uid) {
		text_add(why, "Wrong owner of %s (UID != %u)", path, (unsigned)uid);
		return -EPERM;
	}
	if (st.st_gid != gid) {
		text_add(why, "Wrong owner of %s (GID != %u)", path, (unsigned)gid);
		return -EPERM;
	}
	return 0;
}

int directory_absolute(const char *path, char *ret, size_t room)
{
	char here[PATH_MAX] = "";
	int n;

	if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
		return -errno;
	n = snprintf(ret, room, "%s%s%s", here, path[0] == '/' ? "" : "/", path);
	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : 0;
}

void directory_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL && slash != path) {
		*slash = '\0';
	} else if (path[0] != '\0') {
		path[0] = slash == path ? '/' : '.';
		path[1] = '\0';
	}
}
