/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHM: samples that another program leaves in shared memory (gpsd, ntpshm of linuxptp, ...).
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "refclocks/parameter.h"
#include "refclocks/refclock.h"
#include "refclocks/shm_segment.h"

/** Units that have a key of their own: one character of the key's four. */
#define UNIT_MAX 255

struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	void *segment;
};

struct options {
	int perm;
};

static const struct option_rule rules[] = {
	{"perm", OPTION_OCTAL, offsetof(struct options, perm), 0, 0777, "mode of the segment"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

/** What the administrator can do about a segment that cannot be had. */
static const char *advice(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return ": another user made it; start gnomond first, or let perm= say more";
	case -EINVAL:
		return ": another program made a smaller one; ipcs -m shows it";
	default:
		return "";
	}
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct options o = {.perm = 0600};
	struct refclock_instance *i;
	char unit_text[16];
	long long unit;
	int e = parameter_parse(
		settings->parameter, rules, &o, sizeof(o), unit_text, sizeof(unit_text), why);

	if (e < 0)
		return e;
	if (text_to_int(unit_text, 0, UNIT_MAX, &unit) < 0) {
		text_add(why, "refclock SHM takes a unit number up to %d, not %s", UNIT_MAX,
			unit_text);
		return -EINVAL;
	}
	i = calloc(1, sizeof(*i));
	if (i == NULL)
		return -ENOMEM;
	*i = (struct refclock_instance){.env = env, .sink = sink, .arg = arg};
	e = env->kernel->ops->memory_attach(env->kernel, SHM_KEY + (int32_t)unit,
		sizeof(struct shm_segment), (unsigned)o.perm, &i->segment);
	if (e < 0) {
		text_add(why, "Could not attach shared memory segment 0x%08x : %s%s",
			(unsigned)(SHM_KEY + unit), strerror(-e), advice(e));
		free(i);
		return e;
	}
	*ret = i;
	return 0;
}

static void look(struct refclock_instance *i)
{
	struct shm_sample m;
	const char *why;
	int e = shm_take(i->segment, &m, &why);

	if (e == -EINVAL)
		i->sink->refused(i->arg, why);
	if (e == 0)
		i->sink->sample(
			i->arg, m.system, instant_diff_s(m.reference, m.system), 0, m.leap, false);
}

static void destroy(struct refclock_instance *i)
{
	i->env->kernel->ops->memory_detach(i->env->kernel, i->segment);
	free(i);
}

const struct refclock_driver refclock_driver_shm = {
	.name = "SHM",
	.create = create,
	.poll = look,
	.destroy = destroy,
};
