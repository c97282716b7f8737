/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rights: which user to become and which capabilities to keep.
 */
#ifndef DAEMON_OS_PRIVILEGE_H
#define DAEMON_OS_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

struct log;
struct text;

/** A user of the system. */
struct privilege_user {
	char name[64];
	uid_t uid;
	gid_t gid;
};

/** Looks a group up by name or number. Returns 0 or -ENOENT. */
int privilege_find_group(const char *name, gid_t *ret);

/** Looks a user up: "USER" or "USER:GROUP", by names or numbers. Returns 0, or -ENOENT. */
int privilege_find(const char *name, struct privilege_user *ret);

/** What the daemon still needs after its start. */
struct privilege_needs {
	bool clock;     /**< CAP_SYS_TIME */
	bool low_ports; /**< CAP_NET_BIND_SERVICE */
	bool mail;      /**< programs may get other rights than ours: setuid sendmail */
};

/**
 * Becomes the user, with no capabilities but the needed ones, and never more again
 * (no_new_privs, but for mail). Nothing to do when this process is not root; a user with uid 0
 * keeps the uid. Returns 0, or -errno with the reason in why; -ENOTSUP, and nothing is changed,
 * when this build cannot keep what is needed.
 */
int privilege_drop(
	const struct privilege_user *user, const struct privilege_needs *needs, struct text *why);

/** Makes a directory the root of all paths from now on. Returns 0 or -errno. */
int privilege_jail(const char *directory);

/** Warns about rights on a file of secrets that are missing, or more than it should have. */
void privilege_check_secret(const char *path, const struct log *log);

#endif
