/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of reference clocks: opening them, and which of them a descriptor is. What each kind is
 * asked is in linux_pps.c, linux_phc.c, linux_serial.c and linux_rtc.c.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

static int call_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

static int call_ioctl(int fd, unsigned long request, void *argument)
{
	int r = ioctl(fd, request, argument);

	return r < 0 ? -errno : r;
}

static int call_take(int fd, void *p, size_t room)
{
	ssize_t r = read(fd, p, room);

	return r < 0 ? -errno : (int)r;
}

/* Some devices keep a reader waiting whatever he asked for. */
static int call_read(int fd, void *p, size_t room)
{
	struct pollfd w = {.fd = fd, .events = POLLIN};

	return poll(&w, 1, 0) <= 0 ? -EAGAIN : call_take(fd, p, room);
}

const struct linux_device_calls linux_device_calls = {
	.open = call_open,
	.ioctl = call_ioctl,
	.read = call_read,
	.take = call_take,
};

static struct linux_device *device_of(struct kernel *k, int fd)
{
	struct linux_device *d = linux_kernel(k)->devices;

	while (d != NULL && d->fd != fd)
		d = d->next;
	return d;
}

static int flags_of(const struct kernel_device *o)
{
	return o->kind == KERNEL_DEVICE_RTC || (o->kind == KERNEL_DEVICE_PHC && !o->external)
		       ? O_RDONLY
		       : O_RDWR;
}

static int start(struct linux_device *d)
{
	switch (d->options.kind) {
	case KERNEL_DEVICE_PPS:
		return linux_pps_start(d);
	case KERNEL_DEVICE_PHC:
		return linux_phc_start(d);
	case KERNEL_DEVICE_SERIAL:
		return linux_serial_start(d);
	case KERNEL_DEVICE_RTC:
		return linux_rtc_start(d);
	}
	return -EINVAL;
}

int linux_device_open(struct kernel *k, const struct kernel_device *o)
{
	struct linux_kernel *l = linux_kernel(k);
	const char *path = o->path;
	char of_interface[32];
	struct linux_device *d;
	int r = 0;

	if (o->kind == KERNEL_DEVICE_PHC && strchr(path, '/') == NULL) {
		r = linux_phc_of_interface(path, of_interface, sizeof of_interface);
		path = of_interface;
	}
	if (r < 0)
		return r;
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return -ENOMEM;
	d->calls = &linux_device_calls;
	d->options = *o;
	d->options.path = NULL;
	d->fd = d->calls->open(path, flags_of(o));
	r = d->fd < 0 ? d->fd : start(d);
	if (r < 0) {
		if (d->fd >= 0)
			close(d->fd);
		free(d);
		return r;
	}
	d->next = l->devices;
	l->devices = d;
	return d->fd;
}

int linux_device_read(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	struct linux_device *d = device_of(k, fd);
	int r;

	if (d == NULL || d->options.kind != KERNEL_DEVICE_SERIAL)
		return -EBADF;
	r = d->calls->read(fd, p, room);
	/* A line that has ended was unplugged. */
	return r == 0 ? -ENODEV : r;
}

int linux_device_pulse(struct kernel *k, int fd, struct kernel_pulse *ret)
{
	struct linux_device *d = device_of(k, fd);

	if (d != NULL && d->options.kind == KERNEL_DEVICE_PPS)
		return linux_pps_pulse(d, ret);
	if (d != NULL && d->options.kind == KERNEL_DEVICE_PHC)
		return linux_phc_pulse(d, ret);
	return -EBADF;
}

int linux_device_compare(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n)
{
	struct linux_device *d = device_of(k, fd);

	if (n == 0 || n > KERNEL_COMPARISONS)
		return -EINVAL;
	if (d != NULL && d->options.kind == KERNEL_DEVICE_PHC)
		return linux_phc_compare(d, ret, n);
	if (d != NULL && d->options.kind == KERNEL_DEVICE_RTC)
		return linux_rtc_compare(d, ret);
	return -EBADF;
}

static struct linux_device *rtc_of(struct kernel *k, int fd)
{
	struct linux_device *d = device_of(k, fd);

	return d != NULL && d->options.kind == KERNEL_DEVICE_RTC ? d : NULL;
}

int linux_rtc_tick(struct kernel *k, int fd, bool on)
{
	struct linux_device *d = rtc_of(k, fd);

	return d != NULL ? linux_rtc_switch(d, on) : -EBADF;
}

int linux_rtc_read(struct kernel *k, int fd, int64_t *ret_ns)
{
	struct linux_device *d = rtc_of(k, fd);

	return d != NULL ? linux_rtc_now(d, ret_ns) : -EBADF;
}

int linux_rtc_set(struct kernel *k, int fd, int64_t ns)
{
	struct linux_device *d = rtc_of(k, fd);

	return d != NULL ? linux_rtc_adjust(d, ns) : -EBADF;
}

void linux_device_close(struct linux_kernel *l, int fd)
{
	struct linux_device **at = &l->devices, *d;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	d = *at;
	if (d == NULL)
		return;
	*at = d->next;
	free(d);
}

void linux_device_done(struct linux_kernel *l)
{
	while (l->devices != NULL)
		linux_device_close(l, l->devices->fd);
}
