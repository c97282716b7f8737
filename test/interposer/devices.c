/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices of the made-up machine: a clock that runs while it is off (/dev/rtc, SIM_RTC s ahead of
 * true time, SIM_RTC_RATE ppm faster), and a network card, eth0, that stamps what it sends and
 * receives by a clock of its own (/dev/ptp0, SIM_PHC ppm faster, 37 s ahead).
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <math.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interposer.h"

#define FIRST 1000
#define MOST  20

static struct {
	char kind; /* 0: none */
	bool ticks, ticked;
	long double next; /* true time of the next second of an RTC */
} devices[MOST];

static struct hwtstamp_config card;
static long double rtc_set; /* s that it was moved by */

static double setting(const char *name)
{
	return getenv(name) ? atof(getenv(name)) : 0;
}

bool is_device(int fd)
{
	return fd >= FIRST && fd < FIRST + MOST && devices[fd - FIRST].kind;
}

static long double rtc_time(void)
{
	return sim.now * (1 + setting("SIM_RTC_RATE") * 1e-6) + setting("SIM_RTC") + rtc_set;
}

static long double rtc_next(void)
{
	long double t = rtc_time();

	return sim.now + (floorl(t) + 1 - t) / (1 + setting("SIM_RTC_RATE") * 1e-6) + 1e-7L;
}

void card_time(struct timespec *ret)
{
	to_timespec(sim.start + 37, sim.now * (1 + setting("SIM_PHC") * 1e-6), ret);
}

bool has_card(void)
{
	return getenv("SIM_PHC") && card.tx_type == HWTSTAMP_TX_ON;
}

bool device_ready(int fd)
{
	if (!devices[fd - FIRST].ticks)
		return false;
	/* The instant travelled as a double. */
	if (sim.now >= devices[fd - FIRST].next - 1e-9L) {
		devices[fd - FIRST].ticked = true;
		devices[fd - FIRST].next = rtc_next();
	}
	return devices[fd - FIRST].ticked;
}

long double device_next(void)
{
	long double first = 1e15L;

	for (int i = 0; i < MOST; i++)
		/* One that nobody waits for is no event. */
		if (devices[i].ticks && !device_ready(FIRST + i) && devices[i].next < first)
			first = devices[i].next;
	return first;
}

void device_close(int fd)
{
	memset(&devices[fd - FIRST], 0, sizeof(devices[0]));
}

static int open_device(const char *path)
{
	REAL(int, open, const char *, int, ...);
	char kind = strcmp(path, "/dev/ptp0") == 0      ? 'P'
		    : strncmp(path, "/dev/rtc", 8) == 0 ? 'R'
							: 0;
	int null, fd;

	if (!kind || !getenv(kind == 'P' ? "SIM_PHC" : "SIM_RTC"))
		return -1;
	null = real("/dev/null", O_RDWR | O_CLOEXEC);
	fd = fcntl(null, F_DUPFD_CLOEXEC, FIRST);
	close(null);
	if (fd < 0 || fd >= FIRST + MOST)
		stop("too many devices");
	devices[fd - FIRST].kind = kind;
	return fd;
}

int open(const char *path, int flags, ...)
{
	REAL(int, open, const char *, int, ...);
	va_list more;
	mode_t mode;
	int fd;

	va_start(more, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
	va_end(more);
	fd = strncmp(path, "/dev/", 5) == 0 ? open_device(path) : -1;
	return fd >= 0 ? fd : real(path, flags, mode);
}

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

ssize_t read(int fd, void *ret, size_t n)
{
	REAL(ssize_t, read, int, void *, size_t);
	unsigned long one = 1 << 8 | RTC_IRQF | RTC_UF; /* rtc(4) */

	if (of(fd))
		return bad(EBADF);
	if (!is_device(fd))
		return real(fd, ret, n);
	if (!device_ready(fd) || n < sizeof(one))
		return bad(EAGAIN);
	devices[fd - FIRST].ticked = false;
	memcpy(ret, &one, sizeof(one));
	return sizeof(one);
}

ssize_t __read_chk(int fd, void *ret, size_t n, size_t room)
{
	(void)room;
	return read(fd, ret, n);
}

static int rtc_ioctl(int fd, unsigned long request, void *argument)
{
	time_t s = (time_t)(sim.start + (int64_t)floorl(rtc_time()));
	struct rtc_time *t = argument;
	struct tm tm;

	switch (request) {
	case RTC_UIE_ON:
	case RTC_UIE_OFF:
		devices[fd - FIRST].ticks = request == RTC_UIE_ON;
		devices[fd - FIRST].ticked = false;
		devices[fd - FIRST].next = rtc_next();
		return 0;
	case RTC_RD_TIME:
		gmtime_r(&s, &tm);
		*t = (struct rtc_time){tm.tm_sec, tm.tm_min, tm.tm_hour, tm.tm_mday, tm.tm_mon,
			tm.tm_year, tm.tm_wday, tm.tm_yday, 0};
		return 0;
	case RTC_SET_TIME:
		tm = (struct tm){
			t->tm_sec, t->tm_min, t->tm_hour, t->tm_mday, t->tm_mon, t->tm_year};
		rtc_set += (long double)(timegm(&tm) - sim.start) - rtc_time();
		return 0;
	}
	return bad(EINVAL);
}

static struct ptp_clock_time ptp(const struct timespec *ts)
{
	return (struct ptp_clock_time){.sec = ts->tv_sec, .nsec = (uint32_t)ts->tv_nsec};
}

static int ptp_ioctl(unsigned long request, void *argument)
{
	struct ptp_sys_offset_extended *extended = argument;
	struct ptp_sys_offset_precise *precise = argument;
	struct ptp_sys_offset *plain = argument;
	struct timespec now, own;

	clock_gettime(CLOCK_REALTIME, &now);
	card_time(&own);
	switch (request) {
	case PTP_CLOCK_GETCAPS:
		memset(argument, 0, sizeof(struct ptp_clock_caps));
		return 0;
	case PTP_SYS_OFFSET_PRECISE:
		precise->device = ptp(&own);
		precise->sys_realtime = ptp(&now);
		return 0;
	case PTP_SYS_OFFSET_EXTENDED:
		for (unsigned i = 0; i < extended->n_samples; i++) {
			extended->ts[i][0] = extended->ts[i][2] = ptp(&now);
			extended->ts[i][1] = ptp(&own);
		}
		return 0;
	case PTP_SYS_OFFSET:
		for (unsigned i = 0; i <= 2 * plain->n_samples; i++)
			plain->ts[i] = ptp(i % 2 ? &own : &now);
		return 0;
	}
	return bad(EINVAL);
}

static int ethtool(void *argument)
{
	struct ethtool_ts_info *info = argument;

	if (info->cmd == ETHTOOL_GSET) {
		ethtool_cmd_speed_set(argument, 1000);
		return 0;
	}
	if (info->cmd != ETHTOOL_GET_TS_INFO)
		return bad(EINVAL);
	info->so_timestamping = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
				SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_SOFTWARE |
				SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE;
	info->phc_index = 0;
	info->tx_types = 1 << HWTSTAMP_TX_OFF | 1 << HWTSTAMP_TX_ON;
	info->rx_filters = 1 << HWTSTAMP_FILTER_NONE | 1 << HWTSTAMP_FILTER_ALL;
	return 0;
}

static int interface_ioctl(unsigned long request, struct ifreq *r)
{
	bool eth0 = strcmp(r->ifr_name, "eth0") == 0;

	if (!eth0 && strcmp(r->ifr_name, "lo") != 0)
		return bad(ENODEV);
	if (request == SIOCGIFINDEX) {
		r->ifr_ifindex = eth0 ? 2 : 1;
		return 0;
	}
	if (!eth0 || !getenv("SIM_PHC"))
		return bad(EOPNOTSUPP);
	switch (request) {
	case SIOCETHTOOL:
		return ethtool(r->ifr_data);
	case SIOCGHWTSTAMP:
		memcpy(r->ifr_data, &card, sizeof(card));
		return 0;
	case SIOCSHWTSTAMP:
		memcpy(&card, r->ifr_data, sizeof(card));
		return 0;
	}
	return bad(EINVAL);
}

int ioctl(int fd, unsigned long request, ...)
{
	REAL(int, ioctl, int, unsigned long, ...);
	va_list more;
	void *argument;

	va_start(more, request);
	argument = va_arg(more, void *);
	va_end(more);
	if (of(fd))
		return interface_ioctl(request, argument);
	if (!is_device(fd))
		return real(fd, request, argument);
	return devices[fd - FIRST].kind == 'R' ? rtc_ioctl(fd, request, argument)
					       : ptp_ioctl(request, argument);
}
