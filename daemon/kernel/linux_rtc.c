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

int linux_rtc_start(struct linux_device *d)
{
	int r = d->calls->ioctl(d->fd, RTC_UIE_ON, NULL);

	return r == -EINVAL || r == -ENOTTY ? -ENOTSUP : r < 0 ? r : 0;
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

int linux_rtc_compare(struct linux_device *d, struct kernel_comparison *ret)
{
	unsigned long interrupts;
	struct rtc_time t;
	int64_t now;
	int r = d->calls->read(d->fd, &interrupts, sizeof interrupts);

	if (r < 0)
		return r;
	now = linux_system_now();
	memset(&t, 0, sizeof t);
	r = d->calls->ioctl(d->fd, RTC_RD_TIME, &t);
	if (r < 0)
		return r;
	*ret = (struct kernel_comparison){
		.before_ns = now, .after_ns = now, .device_ns = ns(&t, d->options.local_time)};
	return 1;
}
