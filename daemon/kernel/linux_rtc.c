/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock that runs while the machine is off: it interrupts when a second begins, and is then
 * read.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <linux/rtc.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "daemon/kernel/linux.h"

int linux_rtc_switch(struct linux_device *d, bool on)
{
	int r = d->calls->ioctl(d->fd, on ? RTC_UIE_ON : RTC_UIE_OFF, NULL);

	return r == -EINVAL || r == -ENOTTY ? -ENOTSUP : r < 0 ? r : 0;
}

int linux_rtc_start(struct linux_device *d)
{
	return d->options.quiet ? 0 : linux_rtc_switch(d, true);
}

/* The fields of a clock as ns since 1970. */
static int64_t ns(const struct rtc_time *t, bool local)
{
	struct tm tm = {.tm_sec = t->tm_sec,
		.tm_min = t->tm_min,
		.tm_hour = t->tm_hour,
		.tm_mday = t->tm_mday,
		.tm_mon = t->tm_mon,
		.tm_year = t->tm_year,
		.tm_isdst = -1};
	struct timespec s = {.tv_sec = local ? mktime(&tm) : timegm(&tm)};

	return linux_ns(&s);
}

int linux_rtc_now(struct linux_device *d, int64_t *ret)
{
	struct rtc_time t;
	int r;

	memset(&t, 0, sizeof t);
	r = d->calls->ioctl(d->fd, RTC_RD_TIME, &t);
	if (r < 0)
		return r;
	*ret = ns(&t, d->options.local_time);
	return 0;
}

int linux_rtc_compare(struct linux_device *d, struct kernel_comparison *ret)
{
	unsigned long interrupts;
	int64_t now, device;
	int r = d->calls->take(d->fd, &interrupts, sizeof interrupts);

	if (r < 0)
		return r;
	now = linux_system_now();
	r = linux_rtc_now(d, &device);
	if (r < 0)
		return r;
	*ret = (struct kernel_comparison){.before_ns = now, .after_ns = now, .device_ns = device};
	return 1;
}

int linux_rtc_adjust(struct linux_device *d, int64_t at)
{
	time_t s = (time_t)(at / 1000000000);
	struct tm tm;

	if ((d->options.local_time ? localtime_r(&s, &tm) : gmtime_r(&s, &tm)) == NULL)
		return -EINVAL;
	return d->calls->ioctl(d->fd, RTC_SET_TIME,
		&(struct rtc_time){.tm_sec = tm.tm_sec,
			.tm_min = tm.tm_min,
			.tm_hour = tm.tm_hour,
			.tm_mday = tm.tm_mday,
			.tm_mon = tm.tm_mon,
			.tm_year = tm.tm_year});
}
