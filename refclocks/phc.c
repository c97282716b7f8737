/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PHC: a PTP hardware clock, in a network card or given by the host of a virtual machine. Either
 * its time counts, or it stamps pulses that come to it.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/clock/standing.h"
#include "refclocks/device.h"

/** Pulses taken at a poll at most. */
#define PULSES 64

struct refclock_instance {
	struct device device;
	struct standing last; /**< system 0: not known */
};

#define AT(field) offsetof(struct refclock_instance, device.options.field)

static const struct option_rule rules[] = {
	{"channel", OPTION_INT, AT(channel), 0, 255, "its channel"},
	{"clear", OPTION_FLAG, AT(clear), 0, 0, "the end of pulses"},
	{"extpps", OPTION_FLAG, AT(external), 0, 0, "it stamps pulses"},
	{"nocrossts", OPTION_FLAG, AT(no_cross), 0, 0, "no precise cross timestamps"},
	{"pin", OPTION_INT, AT(pin), -1, 255, "pin that pulses come to; -1: it is set"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {.device = {.env = env,
						 .sink = sink,
						 .arg = arg,
						 .options = {.kind = KERNEL_DEVICE_PHC}}};

	return device_create(&like, sizeof(like), settings->parameter, rules, why, ret);
}

/** System instant of an instant of the hardware clock, by a line through two standings. */
static int64_t to_system(const struct standing *a, const struct standing *b, int64_t device)
{
	double passed = (double)(b->system - a->system);
	double part = (double)(device - a->ahead_ns - a->system) / passed;

	return device - a->ahead_ns - (int64_t)llround(part * (double)(b->ahead_ns - a->ahead_ns));
}

/** Hands on the pulses that came between two standings. */
static void take_pulses(struct refclock_instance *i, const struct standing *now)
{
	struct device *d = &i->device;
	struct kernel_pulse p;
	int e = 0;

	for (int j = 0; j < PULSES && e == 0; j++) {
		int64_t system;

		e = d->env->kernel->ops->device_pulse(d->env->kernel, d->fd, &p);
		if (e < 0 || i->last.system == 0 || now->system <= i->last.system)
			continue;
		system = to_system(&i->last, now, p.at_ns);
		d->sink->sample(d->arg, system, -1e-9 * (double)instant_rest_ns(system), now->doubt,
			LEAP_NONE, true);
	}
	device_failed(d, e);
}

static void look(struct refclock_instance *i)
{
	struct device *d = &i->device;
	struct kernel_comparison c[KERNEL_COMPARISONS];
	struct standing now;
	int n;

	if (!device_is_there(d)) {
		i->last.system = 0;
		return;
	}
	n = d->env->kernel->ops->device_compare(d->env->kernel, d->fd, c, KERNEL_COMPARISONS);
	if (n <= 0) {
		device_failed(d, n);
		return;
	}
	if (c[0].device_ns < 0 || c[0].before_ns < 0) {
		d->sink->refused(d->arg, "its clock shows a time before 1970");
		return;
	}
	now = standing_of(c, n, 0);
	if (d->options.external)
		take_pulses(i, &now);
	else
		d->sink->sample(d->arg, now.system, 1e-9 * (double)now.ahead_ns, now.doubt,
			LEAP_NONE, false);
	i->last = now;
}

const struct refclock_driver refclock_driver_phc = {
	.name = "PHC",
	.create = create,
	.poll = look,
	.destroy = device_destroy,
};
