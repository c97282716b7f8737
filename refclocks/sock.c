/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SOCK: samples that another program sends by datagrams to a Unix socket (gpsd, linuxptp, ...). The
 * socket is there before the daemon says that it is ready.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "refclocks/parameter.h"
#include "refclocks/refclock.h"
#include "refclocks/sock_sample.h"

/** Datagrams taken at a time. */
#define BATCH 8

/** How often they are before other descriptors get their turn. */
#define ROUNDS 8

struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	int perm;
	char owner[PARAMETER_USER];
	int fd;
};

static const struct option_rule rules[] = {
	{"owner", OPTION_TEXT, offsetof(struct refclock_instance, owner), 0, PARAMETER_USER,
		"user to whom the socket is given"},
	{"perm", OPTION_OCTAL, offsetof(struct refclock_instance, perm), 0, 0777,
		"mode of the socket"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static void take(struct refclock_instance *i, const struct kernel_message *m)
{
	struct sock_sample s;
	const char *why = "length";

	if (m->cut || sock_sample_parse(m->data, m->n, &s, &why) < 0)
		i->sink->refused(i->arg, why);
	else
		i->sink->sample(i->arg, s.system, s.offset, 0, s.leap, s.pulse);
}

static void read_all(void *arg, unsigned got)
{
	struct refclock_instance *i = arg;
	struct kernel_message m[BATCH];
	uint8_t data[BATCH][SOCK_SAMPLE_MAX];
	int n, rounds = ROUNDS;

	(void)got;
	do {
		for (int j = 0; j < BATCH; j++)
			m[j] = (struct kernel_message){.data = data[j], .room = SOCK_SAMPLE_MAX};
		n = i->env->kernel->ops->receive(i->env->kernel, i->fd, m, BATCH);
		for (int j = 0; j < n; j++)
			take(i, &m[j]);
	} while (n == BATCH && --rounds > 0);
}

/** What the administrator can do about a socket that cannot be made. */
static const char *advice(int error)
{
	switch (error) {
	case -ENOENT:
		return ": is there such a directory, and such a user as owner= says?";
	case -EADDRINUSE:
		return ": another daemon listens there";
	case -EEXIST:
		return ": something that is no socket is in its place";
	case -EACCES:
	case -EPERM:
		return ": the directory must be writable for the user that starts gnomond";
	default:
		return "";
	}
}

static int listen_at(struct refclock_instance *i, const char *path)
{
	struct kernel *k = i->env->kernel;
	struct kernel_socket s = {.mode = (unsigned)i->perm, .owner = i->owner};
	int e;

	if (text_copy(s.local.path, sizeof(s.local.path), path) < 0)
		return -ENAMETOOLONG;
	i->fd = k->ops->open(k, &s);
	if (i->fd < 0)
		return i->fd;
	e = loop_watch(i->env->loop, i->fd, KERNEL_READ, read_all, i);
	if (e < 0)
		k->ops->close(k, i->fd);
	return e;
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {.env = env, .sink = sink, .arg = arg}, *i;
	char path[SETTINGS_PATH];
	int e = parameter_create(
		&like, sizeof(like), settings->parameter, rules, path, sizeof(path), why, &i);

	if (e < 0)
		return e;
	e = listen_at(i, path);
	if (e < 0) {
		text_add(why, "Could not open socket %s : %s%s", path, strerror(-e), advice(e));
		free(i);
		return e;
	}
	*ret = i;
	return 0;
}

static void destroy(struct refclock_instance *i)
{
	loop_unwatch(i->env->loop, i->fd);
	i->env->kernel->ops->close(i->env->kernel, i->fd);
	free(i);
}

const struct refclock_driver refclock_driver_sock = {
	.name = "SOCK",
	.create = create,
	.destroy = destroy,
};
