/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories that the daemon makes for its user, and checks before it trusts them.
 */
#ifndef DAEMON_OS_DIRECTORY_H
#define DAEMON_OS_DIRECTORY_H

#include <stddef.h>
#include <sys/types.h>

struct text;

/**
 * Makes a directory of this mode and owner when it is missing; missing parents are made too, 0755
 * and our own. What exists is left as it is.
 * Returns 0, or -errno with the reason in why.
 */
int directory_make(const char *path, mode_t mode, uid_t uid, gid_t gid, struct text *why);

/**
 * As directory_make(), for a group to work in: whoever is of it makes files there, nobody removes
 * another's, and all are of the group. What exists must be of the group in this way already.
 */
int directory_make_shared(const char *path, uid_t uid, gid_t gid, struct text *why);

/**
 * Checks that path is a directory of exactly this owner without permission bits beyond mode.
 * Returns 0, or -errno with the reason in why.
 */
int directory_check(const char *path, mode_t mode, uid_t uid, gid_t gid, struct text *why);

/** Writes path as one that begins at the root, by the working directory. Returns 0, or
 * -ENAMETOOLONG or the error of finding that. */
int directory_absolute(const char *path, char *ret, size_t room);

/** Cuts a path to the directory it lies in: "/a/b" to "/a", "b" to ".". Room as path has. */
void directory_of(char *path);

#endif
