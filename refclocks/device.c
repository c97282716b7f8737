/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening devices, and what to tell when that fails.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/loop/loop.h"
#include "refclocks/device.h"
#include "refclocks/parameter.h"

/** How long a device that is gone is left alone, s: at first, and at most. */
#define WAIT_FIRST 1.0
#define WAIT_MOST  64.0

static const char *unsupported(const struct kernel_device *o)
{
	switch (o->kind) {
	case KERNEL_DEVICE_PPS:
		if (o->echo)
			return "it cannot capture and echo this edge";
		return o->clear ? "CAPTURECLEAR not supported on it"
				: "CAPTUREASSERT not supported on it";
	case KERNEL_DEVICE_PHC:
		return o->external ? "it has no such input for pulses"
				   : "it is no PTP hardware clock";
	case KERNEL_DEVICE_SERIAL:
		return "it is no serial line";
	case KERNEL_DEVICE_RTC:
		return "it does not interrupt when a second begins";
	}
	return "";
}

/** Errors of a device that is not there. */
static bool is_missing(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

/** What went wrong, and what the administrator can do. */
static void explain(const struct device *d, int error, struct text *why)
{
	text_add(why, "%s", error == -ENOTSUP ? unsupported(&d->options) : strerror(-error));
	switch (error) {
	case -EACCES:
	case -EPERM:
		text_add(why, ": its mode must let in the user that gnomond becomes");
		break;
	case -EBUSY:
		text_add(why, ": another program uses it");
		break;
	case -EINVAL:
		if (d->options.kind == KERNEL_DEVICE_SERIAL)
			text_add(why, ": no line runs at %d baud", d->options.baud);
		break;
	default:
		break;
	}
}

static int open_it(struct device *d)
{
	struct kernel *k = d->env->kernel;
	int e, fd = k->ops->device_open(k, &d->options);

	if (fd < 0)
		return fd;
	e = d->ready != NULL ? loop_watch(d->env->loop, fd, KERNEL_READ, d->ready, d) : 0;
	if (e < 0) {
		k->ops->close(k, fd);
		return e;
	}
	d->fd = fd;
	d->lost = false;
	d->wait = WAIT_FIRST;
	return 0;
}

static void close_it(struct device *d)
{
	if (d->fd < 0)
		return;
	if (d->ready != NULL)
		loop_unwatch(d->env->loop, d->fd);
	d->env->kernel->ops->close(d->env->kernel, d->fd);
	d->fd = -1;
}

int device_create(const void *like, size_t size, const char *parameter,
	const struct option_rule *rules, struct text *why, struct refclock_instance **ret)
{
	char path[SETTINGS_PATH];
	struct refclock_instance *i;
	struct device *d;
	int e = parameter_create(like, size, parameter, rules, path, sizeof(path), why, &i);

	if (e < 0)
		return e;
	d = (struct device *)i;
	memcpy(d->path, path, sizeof(d->path));
	d->options.path = d->path;
	d->fd = -1;
	e = open_it(d);
	if (e < 0) {
		text_add(why, "Could not open %s : ", path);
		explain(d, e, why);
		free(i);
		return e;
	}
	*ret = i;
	return 0;
}

void device_destroy(struct refclock_instance *i)
{
	close_it((struct device *)i);
	free(i);
}

static void tell(struct device *d, const char *what, int error)
{
	char buffer[SETTINGS_PATH + 200];
	struct text why = text_on(buffer, sizeof(buffer));

	text_add(&why, "%s %s : ", what, d->path);
	explain(d, error, &why);
	if (is_missing(error))
		text_add(&why, ": is it connected, and its driver loaded?");
	d->sink->trouble(d->arg, STATUS_CLOCK_FAULT, buffer);
}

bool device_is_there(struct device *d)
{
	int64_t now = loop_now(d->env->loop);
	int e;

	if (d->fd >= 0)
		return true;
	if (now < d->next_at)
		return false;
	e = open_it(d);
	if (e < 0) {
		d->next_at = instant_add_s(now, d->wait);
		d->wait = fmin(2 * d->wait, WAIT_MOST);
		if (!d->lost || !is_missing(e))
			tell(d, "Could not open", e);
		return false;
	}
	d->sink->trouble(d->arg, STATUS_CLOCK_FINE, NULL);
	return true;
}

void device_failed(struct device *d, int error)
{
	if (error == -EAGAIN || error == -EINTR || error >= 0)
		return;
	close_it(d);
	d->wait = WAIT_FIRST;
	d->next_at = instant_add_s(loop_now(d->env->loop), d->wait);
	d->lost = is_missing(error);
	tell(d, "Lost", error);
}
