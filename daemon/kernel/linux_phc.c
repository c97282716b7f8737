/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PTP hardware clocks. They are compared with the system clock by the best of three calls that
 * their driver knows: both read by the hardware at once, the system clock read by the driver right
 * before and after, or by the system around the driver.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

/** The ways to compare, the best first. */
enum method {
	PRECISE,
	EXTENDED,
	PLAIN,
	METHODS
};

static int64_t ns(const struct ptp_clock_time *t)
{
	return linux_ns(&(struct timespec){.tv_sec = t->sec, .tv_nsec = t->nsec});
}

static int compare_precise(struct linux_device *d, struct kernel_comparison *ret)
{
	struct ptp_sys_offset_precise o;
	int r;

	memset(&o, 0, sizeof o);
	r = d->calls->ioctl(d->fd, PTP_SYS_OFFSET_PRECISE, &o);
	if (r < 0)
		return r;
	*ret = (struct kernel_comparison){.before_ns = ns(&o.sys_realtime),
		.after_ns = ns(&o.sys_realtime),
		.device_ns = ns(&o.device)};
	return 1;
}

static int compare_extended(struct linux_device *d, struct kernel_comparison *ret, size_t n)
{
	struct ptp_sys_offset_extended o;
	int r;

	memset(&o, 0, sizeof o);
	o.n_samples = (unsigned)n;
	r = d->calls->ioctl(d->fd, PTP_SYS_OFFSET_EXTENDED, &o);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct kernel_comparison){.before_ns = ns(&o.ts[i][0]),
			.device_ns = ns(&o.ts[i][1]),
			.after_ns = ns(&o.ts[i][2])};
	return (int)n;
}

static int compare_plain(struct linux_device *d, struct kernel_comparison *ret, size_t n)
{
	struct ptp_sys_offset o;
	int r;

	memset(&o, 0, sizeof o);
	o.n_samples = (unsigned)n;
	r = d->calls->ioctl(d->fd, PTP_SYS_OFFSET, &o);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		ret[i] = (struct kernel_comparison){.before_ns = ns(&o.ts[2 * i]),
			.device_ns = ns(&o.ts[2 * i + 1]),
			.after_ns = ns(&o.ts[2 * i + 2])};
	return (int)n;
}

/* What a driver says that does not know a call. */
static bool is_unknown(int r)
{
	return r == -EOPNOTSUPP || r == -ENOTTY || r == -EINVAL;
}

int linux_phc_compare(struct linux_device *d, struct kernel_comparison *ret, size_t n)
{
	int r = -EOPNOTSUPP;

	for (; d->method < METHODS; d->method++) {
		if (d->method == PRECISE)
			r = d->options.no_cross ? -EOPNOTSUPP : compare_precise(d, ret);
		else if (d->method == EXTENDED)
			r = compare_extended(d, ret, n);
		else
			r = compare_plain(d, ret, n);
		if (!is_unknown(r))
			return r == -EBUSY || r == -EINTR ? -EAGAIN : r;
	}
	d->method = PRECISE;
	return r;
}

static int enable_input(struct linux_device *d)
{
	struct ptp_extts_request request;
	struct ptp_pin_desc pin;
	int r = 0;

	if (d->options.pin >= 0) {
		memset(&pin, 0, sizeof pin);
		pin.index = (unsigned)d->options.pin;
		pin.func = PTP_PF_EXTTS;
		pin.chan = (unsigned)d->options.channel;
		r = d->calls->ioctl(d->fd, PTP_PIN_SETFUNC, &pin);
	}
	if (r < 0)
		return r;
	memset(&request, 0, sizeof request);
	request.index = (unsigned)d->options.channel;
	request.flags =
		PTP_ENABLE_FEATURE | (d->options.clear ? PTP_FALLING_EDGE : PTP_RISING_EDGE);
	r = d->calls->ioctl(d->fd, PTP_EXTTS_REQUEST, &request);
	return r < 0 ? r : 0;
}

int linux_phc_start(struct linux_device *d)
{
	struct ptp_clock_caps caps;
	int r;

	memset(&caps, 0, sizeof caps);
	r = d->calls->ioctl(d->fd, PTP_CLOCK_GETCAPS, &caps);
	if (r < 0)
		return r == -ENOTTY ? -ENOTSUP : r;
	if (!d->options.external)
		return 0;
	if (d->options.channel < 0 || d->options.channel >= caps.n_ext_ts)
		return -ENOTSUP;
	return enable_input(d);
}

int linux_phc_pulse(struct linux_device *d, struct kernel_pulse *ret)
{
	struct ptp_extts_event e;
	int r;

	do {
		r = d->calls->read(d->fd, &e, sizeof e);
		if (r < 0)
			return r == -EINTR ? -EAGAIN : r;
		if (r != sizeof e)
			return -EIO;
	} while (e.index != (unsigned)d->options.channel);
	*ret = (struct kernel_pulse){.sequence = ++d->pulses, .at_ns = ns(&e.t)};
	return 0;
}

int linux_phc_of_interface(const char *name, char *ret, size_t n)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	struct ifreq request;
	int fd, r;

	memset(&request, 0, sizeof request);
	if (strlen(name) >= sizeof request.ifr_name)
		return -ENODEV;
	memcpy(request.ifr_name, name, strlen(name) + 1);
	request.ifr_data = (void *)&info;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	r = ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
	close(fd);
	if (r == 0 && info.phc_index < 0)
		r = -ENODEV;
	if (r == 0)
		snprintf(ret, n, "/dev/ptp%d", info.phc_index);
	return r;
}
