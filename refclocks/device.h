/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device that a driver reads: opened at the start, told of when it goes, opened again when it is
 * back.
 */
#ifndef REFCLOCKS_DEVICE_H
#define REFCLOCKS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/option.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "refclocks/refclock.h"

/** A device; a driver's struct refclock_instance begins with it. */
struct device {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	struct kernel_device options; /**< path points to the one below */
	char path[SETTINGS_PATH];
	int fd;          /**< negative: gone */
	bool lost;       /**< it was there, and that it is gone was told */
	int64_t next_at; /**< raw instant before which it is not opened again */
	double wait;     /**< s, until then */
	/** Called with the instance when there is something to read; NULL: the driver polls. */
	void (*ready)(void *instance, unsigned got);
};

/**
 * Makes a driver's instance: a copy of the size bytes of like, which begin with a struct device
 * whose env, sink, arg, options and ready are set. The options of a parameter are stored in it by
 * rules (parameter.h), and the path before them is opened.
 * Returns 0, -ENOMEM, or -errno with a message in why.
 */
int device_create(const void *like, size_t size, const char *parameter,
	const struct option_rule *rules, struct text *why, struct refclock_instance **ret);

/** Closes the device and frees the instance that begins with it. */
void device_destroy(struct refclock_instance *i);

/** Whether it can be read: one that is gone is tried again now and then. */
bool device_is_there(struct device *d);

/** A call gave this error: -EAGAIN and -EINTR pass, after others the device is closed. */
void device_failed(struct device *d, int error);

#endif
