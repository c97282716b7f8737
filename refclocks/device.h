/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device that a driver reads: opened at the start, told of when it goes, opened again when it is
 * back.
 */
#ifndef REFCLOCKS_DEVICE_H
#define REFCLOCKS_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "refclocks/refclock.h"

/** A device; embedded in a driver's instance. */
struct device {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	struct kernel_device options; /**< path points to the one below */
	char path[SETTINGS_PATH];
	int fd;          /**< negative: gone */
	int64_t next_at; /**< raw instant before which it is not opened again */
	double wait;     /**< s, until then */
	/** Called when there is something to read; NULL: the driver polls. */
	void (*ready)(void *arg, unsigned got);
	void *ready_arg;
};

/**
 * Opens the device at path by d->options, to which the other fields belong too. Returns 0, or
 * -errno with a message in why.
 */
int device_start(struct device *d, const char *path, struct text *why);
void device_end(struct device *d);

/** Whether it can be read: one that is gone is tried again now and then. */
bool device_is_there(struct device *d);

/** A call gave this error: -EAGAIN and -EINTR pass, after others the device is closed. */
void device_failed(struct device *d, int error);

#endif
