/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RTC: the clock that runs while the machine is off. It tells seconds when they begin.
 */
#include "config.h"

#include <stddef.h>

#include "common/instant.h"
#include "common/text.h"
#include "refclocks/device.h"

/** Polls without a second before something is said. */
#define PATIENCE 16

struct refclock_instance {
	struct device device;
	unsigned idle; /**< polls since the last second */
};

static const struct option_rule rules[] = {
	{"utc", OPTION_FLAG_OFF, offsetof(struct refclock_instance, device.options.local_time), 0,
		0, "it keeps UTC"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static void take(void *arg, unsigned got)
{
	struct refclock_instance *i = arg;
	struct device *d = &i->device;
	struct kernel_comparison c;
	int e = d->env->kernel->ops->device_compare(d->env->kernel, d->fd, &c, 1);

	(void)got;
	if (e <= 0) {
		device_failed(d, e);
		return;
	}
	if (i->idle >= PATIENCE)
		d->sink->trouble(d->arg, STATUS_CLOCK_FINE, NULL);
	i->idle = 0;
	d->sink->sample(
		d->arg, c.before_ns, instant_diff_s(c.device_ns, c.before_ns), 0, LEAP_NONE, false);
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {
		.device = {.env = env,
			.sink = sink,
			.arg = arg,
			.options = {.kind = KERNEL_DEVICE_RTC, .local_time = true},
			.ready = take}};

	return device_create(&like, sizeof(like), settings->parameter, rules, why, ret);
}

static void look(struct refclock_instance *i)
{
	if (device_is_there(&i->device) && ++i->idle == PATIENCE)
		i->device.sink->trouble(
			i->device.arg, STATUS_CLOCK_FAULT, "it does not interrupt any more");
}

const struct refclock_driver refclock_driver_rtc = {
	.name = "RTC",
	.create = create,
	.poll = look,
	.destroy = device_destroy,
};
