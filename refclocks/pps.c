/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPS: pulses that the system stamps (RFC 2783). They tell where seconds begin, not which.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "refclocks/device.h"

/** Polls without a pulse before something is said. */
#define PATIENCE 16

struct refclock_instance {
	struct device device;
	uint32_t sequence; /**< of the newest pulse */
	bool any;          /**< there was one */
	unsigned idle;     /**< polls since then */
	/** Since they were last asked for. */
	struct {
		unsigned pulses, unknown, errors, empty;
	} counts;
};

#define AT(field) offsetof(struct refclock_instance, device.options.field)

static const struct option_rule rules[] = {
	{"clear", OPTION_FLAG, AT(clear), 0, 0, "the end of pulses"},
	{"echo", OPTION_FLAG, AT(echo), 0, 0, "repeat them on its output"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {.device = {.env = env,
						 .sink = sink,
						 .arg = arg,
						 .options = {.kind = KERNEL_DEVICE_PPS}}};

	return device_create(&like, sizeof(like), settings->parameter, rules, why, ret);
}

/** Nothing new; after a while that is worth a word. */
static void wait_for_pulses(struct refclock_instance *i)
{
	if (++i->idle == PATIENCE)
		i->device.sink->trouble(i->device.arg, STATUS_CLOCK_SIGNAL,
			"no pulses: does the receiver have a fix, and is its line connected?");
}

static void hand_on(struct refclock_instance *i, const struct kernel_pulse *p)
{
	struct device *d = &i->device;

	i->counts.pulses++;
	if (!d->sink->sample(d->arg, p->at_ns, -1e-9 * (double)instant_rest_ns(p->at_ns), 0,
		    LEAP_NONE, true))
		i->counts.unknown++;
}

static void look(struct refclock_instance *i)
{
	struct device *d = &i->device;
	struct kernel_pulse p;
	int e;

	if (!device_is_there(d)) {
		i->counts.errors++;
		return;
	}
	e = d->env->kernel->ops->device_pulse(d->env->kernel, d->fd, &p);
	if (e < 0)
		device_failed(d, e);
	if (e == -EAGAIN || (e == 0 && i->any && p.sequence == i->sequence)) {
		i->counts.empty++;
		wait_for_pulses(i);
		return;
	}
	if (e < 0) {
		i->counts.errors++;
		return;
	}
	i->sequence = p.sequence;
	if (i->idle >= PATIENCE)
		d->sink->trouble(d->arg, STATUS_CLOCK_FINE, NULL);
	/* The first that is seen may have come long ago, before a device went and came back. */
	if (i->any || i->idle > 0)
		hand_on(i, &p);
	i->any = true;
	i->idle = 0;
}

static void count(struct refclock_instance *i, struct text *ret)
{
	text_add(ret, "%u %u %u %u %u", (unsigned)i->sequence, i->counts.pulses, i->counts.unknown,
		i->counts.errors, i->counts.empty);
	memset(&i->counts, 0, sizeof(i->counts));
}

const struct refclock_driver refclock_driver_pps = {
	.name = "PPS",
	.create = create,
	.poll = look,
	.destroy = device_destroy,
	.count = count,
};
