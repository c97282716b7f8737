/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LOCAL: the system clock as its own reference. What serves when something else already keeps the
 * clock, and the simplest driver there can be: read it before writing another.
 *
 * A driver is created with its settings and a sink, is polled every 2^dpoll s (or watches a
 * descriptor of its own with env->loop, and then leaves poll NULL), hands every measurement to
 * sink->sample, and is destroyed. What becomes of a sample, it never learns. To be built it needs a
 * line in configure.ac and the symbol at the end of this file.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "daemon/clock/clock.h"
#include "refclocks/refclock.h"

struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
};

/** The parameter is a unit number without a meaning: the syntax wants one. */
static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance *i;
	size_t digits = strspn(settings->parameter, "0123456789");

	if (digits == 0 || settings->parameter[digits] != '\0') {
		text_add(why, "refclock LOCAL takes a unit number, not %s", settings->parameter);
		return -EINVAL;
	}
	i = calloc(1, sizeof(*i));
	if (i == NULL)
		return -ENOMEM;
	*i = (struct refclock_instance){.env = env, .sink = sink, .arg = arg};
	*ret = i;
	return 0;
}

/** The system clock differs from itself by nothing, as exactly as it can be read. */
static void poll_clock(struct refclock_instance *i)
{
	struct clock_now now = clock_now(i->env->clock);

	i->sink->sample(i->arg, now.system, 0, clock_precision(i->env->clock), LEAP_NONE, false);
}

static void destroy(struct refclock_instance *i)
{
	free(i);
}

const struct refclock_driver refclock_driver_local = {
	.name = "LOCAL",
	.create = create,
	.poll = poll_clock,
	.destroy = destroy,
};
