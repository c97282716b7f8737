/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dropping rights with libcap. Without it only a daemon that needs none can leave root.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef HAVE_LIBCAP
#include <sys/capability.h>
#endif

#include "common/log.h"
#include "common/text.h"
#include "daemon/os/privilege.h"

/* The number that a whole word is, or -1. */
static long number_of(const char *word)
{
	long long v;

	return text_to_int(word, 0, INT32_MAX, &v) == 0 ? (long)v : -1;
}

int privilege_find_group(const char *name, gid_t *ret)
{
	struct group *g = getgrnam(name);
	long number = number_of(name);

	if (g == NULL && number < 0)
		return -ENOENT;
	*ret = g != NULL ? g->gr_gid : (gid_t)number;
	return 0;
}

int privilege_find(const char *name, struct privilege_user *ret)
{
	struct privilege_user u;
	struct passwd *p;
	char *colon;
	long number;

	if (text_copy(u.name, sizeof u.name, name) < 0)
		return -ENOENT;
	colon = strchr(u.name, ':');
	if (colon != NULL)
		*colon = '\0';
	number = number_of(u.name);
	p = getpwnam(u.name);
	if (p == NULL && number >= 0)
		p = getpwuid((uid_t)number);
	/* A number without an entry is somebody, but in no group that is known. */
	if (p == NULL && (number < 0 || colon == NULL))
		return -ENOENT;
	u.uid = p != NULL ? p->pw_uid : (uid_t)number;
	u.gid = p != NULL ? p->pw_gid : 0;
	if (colon != NULL && privilege_find_group(colon + 1, &u.gid) < 0)
		return -ENOENT;
	*ret = u;
	return 0;
}

int privilege_jail(const char *directory)
{
	return chroot(directory) < 0 || chdir("/") < 0 ? -errno : 0;
}

static int failed(struct text *why, const char *what)
{
	int error = errno;

	text_add(why, "Could not %s : %s", what, strerror(error));
	return -error;
}

#ifdef HAVE_LIBCAP
static const bool can_keep = true;

static int keep_only(const struct privilege_needs *needs, struct text *why)
{
	cap_value_t keep[2];
	int n = 0, r = 0;
	cap_t caps = cap_init();

	if (needs->clock)
		keep[n++] = CAP_SYS_TIME;
	if (needs->low_ports)
		keep[n++] = CAP_NET_BIND_SERVICE;
	if (caps == NULL ||
		(n > 0 && (cap_set_flag(caps, CAP_PERMITTED, n, keep, CAP_SET) < 0 ||
				  cap_set_flag(caps, CAP_EFFECTIVE, n, keep, CAP_SET) < 0)) ||
		cap_set_proc(caps) < 0)
		r = failed(why, "set capabilities");
	cap_free(caps);
	return r;
}
#else
static const bool can_keep = false;

/* Leaving uid 0 left them all. */
static int keep_only(const struct privilege_needs *needs, struct text *why)
{
	(void)needs;
	(void)why;
	return 0;
}
#endif

/* The order matters: groups while still root, capabilities kept over the change of the uid. */
static int become(const struct privilege_user *user, struct text *why)
{
	if (initgroups(user->name, user->gid) < 0)
		return failed(why, "set supplementary groups");
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return failed(why, "change group");
	if (can_keep && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return failed(why, "keep capabilities");
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return failed(why, "change user");
	return 0;
}

int privilege_drop(
	const struct privilege_user *user, const struct privilege_needs *needs, struct text *why)
{
	int r;

	if (geteuid() != 0)
		return 0;
	if (!can_keep && (needs->clock || needs->low_ports)) {
		text_add(why, "Could not keep capabilities : built without libcap");
		return -ENOTSUP;
	}
	if (user->uid != 0 && (r = become(user, why)) < 0)
		return r;
	if ((r = keep_only(needs, why)) < 0)
		return r;
	if (user->uid != 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return failed(why, "give up keeping capabilities");
	if (!needs->mail && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(why, "give up new privileges");
	return 0;
}

void privilege_check_secret(const char *path, const struct log *log)
{
	if (path[0] == '\0')
		return;
	if (eaccess(path, R_OK) < 0)
		log_warning(log, "Missing read access to %s : %s", path, strerror(errno));
	else if (geteuid() != 0 && eaccess(path, W_OK) == 0)
		log_warning(log, "Having write access to %s", path);
}
