/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHM: samples that another program leaves in shared memory (gpsd, ntpshm of linuxptp, ...).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
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

/** Units that are root's: gpsd writes to them without asking whose they are. */
#define PRIVATE_UNITS 2

/** Bits of a mode that let others write. */
#define OTHERS_WRITE 022U

struct options {
	int perm;
	double limit; /**< s */
};

struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	struct options options;
	int unit;
	int id;        /**< of the segment; negative: there is none */
	void *segment; /**< attached */
	/** Since they were last asked for. */
	struct {
		unsigned ticks, good, empty, bad, torn;
	} counts;
};

static const struct option_rule rules[] = {
	{"limit", OPTION_REAL, offsetof(struct refclock_instance, options.limit), 0, OPTION_ANY,
		"s that it may be from our clock"},
	{"perm", OPTION_OCTAL, offsetof(struct refclock_instance, options.perm), 0, 0777,
		"mode of the segment"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static void add_key(struct text *t, int unit)
{
	text_add(t, "0x%08x", (unsigned)(SHM_KEY + unit));
}

/** Why a segment cannot be had, and what the administrator can do. */
static void explain(const struct refclock_instance *i, int error, struct text *why)
{
	text_add(why, "shmget() failed : ");
	if (error == -EKEYREJECTED) {
		text_add(why, "others may write to it: remove it (ipcrm -M ");
		add_key(why, i->unit);
		text_add(why, ") and start gnomond first, or say perm=0666");
		return;
	}
	text_add(why, "%s", strerror(-error));
	if (error == -EACCES || error == -EPERM)
		text_add(why, ": another user made it; start gnomond first, or let perm= say more");
	else if (error == -EINVAL)
		text_add(why, ": another program may have made a smaller one; ipcs -m shows it");
}

/** Whether everybody could feed a clock that only root should. */
static bool is_open(const struct refclock_instance *i, const struct kernel_memory *m)
{
	unsigned allowed = (unsigned)i->options.perm & OTHERS_WRITE;

	return i->unit < PRIVATE_UNITS && allowed == 0 &&
	       (m->foreign || (m->mode & OTHERS_WRITE) != 0);
}

/** Attaches the segment, and makes it when it is missing. Returns 0 or -errno. */
static int attach(struct refclock_instance *i)
{
	struct kernel *k = i->env->kernel;
	struct kernel_memory m;
	void *segment;
	int id = k->ops->memory_attach(k, SHM_KEY + i->unit, sizeof(struct shm_segment),
		(unsigned)i->options.perm, &segment);
	int e;

	if (id < 0)
		return id;
	e = k->ops->memory_state(k, SHM_KEY + i->unit, id, &m);
	if (e == 0 && is_open(i, &m))
		e = -EKEYREJECTED;
	if (e < 0) {
		k->ops->memory_detach(k, segment);
		return e;
	}
	i->id = id;
	i->segment = segment;
	return 0;
}

static void detach(struct refclock_instance *i)
{
	if (i->id >= 0)
		i->env->kernel->ops->memory_detach(i->env->kernel, i->segment);
	i->id = -1;
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {
		.env = env, .sink = sink, .arg = arg, .options = {.perm = 0600}, .id = -1};
	struct refclock_instance *i;
	char unit_text[16];
	long long unit;
	int e = parameter_create(&like, sizeof(like), settings->parameter, rules, unit_text,
		sizeof(unit_text), why, &i);

	if (e < 0)
		return e;
	e = text_to_int(unit_text, 0, UNIT_MAX, &unit);
	if (e < 0) {
		text_add(why, "refclock SHM takes a unit number up to %d, not %s", UNIT_MAX,
			unit_text);
		e = -EINVAL;
	} else {
		i->unit = (int)unit;
		e = attach(i);
		if (e < 0)
			explain(i, e, why);
	}
	if (e < 0)
		free(i);
	else
		*ret = i;
	return e;
}

/** Whether the segment is the one that others write to: who removes it makes another. */
static bool is_there(struct refclock_instance *i)
{
	struct kernel *k = i->env->kernel;
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));
	struct kernel_memory m;
	int e;

	if (i->id >= 0 && k->ops->memory_state(k, SHM_KEY + i->unit, i->id, &m) != -EIDRM)
		return true;
	detach(i);
	e = attach(i);
	if (e < 0)
		explain(i, e, &why);
	if (e < 0)
		i->sink->trouble(i->arg, STATUS_CLOCK_FAULT, buffer);
	else
		i->sink->trouble(i->arg, STATUS_CLOCK_FINE, NULL);
	return e == 0;
}

static void hand_on(struct refclock_instance *i, const struct shm_sample *m)
{
	double offset = instant_diff_s(m->reference, m->system);

	if (i->options.limit > 0 && !(fabs(offset) <= i->options.limit)) {
		i->counts.bad++;
		i->sink->refused(i->arg, "further from our clock than its limit");
	} else if (i->sink->sample(i->arg, m->system, offset, 0, m->leap, false)) {
		i->counts.good++;
	} else {
		i->counts.bad++;
	}
}

static void look(struct refclock_instance *i)
{
	struct shm_sample m;
	const char *why;
	int e;

	i->counts.ticks++;
	if (!is_there(i)) {
		i->counts.empty++;
		return;
	}
	e = shm_take(i->segment, &m, &why);
	i->counts.empty += e == -EAGAIN;
	i->counts.bad += e == -EINVAL;
	i->counts.torn += e == -EBUSY;
	if (e == -EINVAL || e == -EBUSY)
		i->sink->refused(i->arg, why);
	if (e == 0)
		hand_on(i, &m);
}

static void count(struct refclock_instance *i, struct text *ret)
{
	text_add(ret, "%3u %3u %3u %3u %3u", i->counts.ticks, i->counts.good, i->counts.empty,
		i->counts.bad, i->counts.torn);
	memset(&i->counts, 0, sizeof(i->counts));
}

static void destroy(struct refclock_instance *i)
{
	detach(i);
	free(i);
}

const struct refclock_driver refclock_driver_shm = {
	.name = "SHM",
	.create = create,
	.poll = look,
	.destroy = destroy,
	.count = count,
};
