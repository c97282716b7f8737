/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timestamps of network cards: what a card can do is asked of its driver (ethtool), and switched on
 * unless it is.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

#define BIT(n) (1U << (n))

/** What a card must be able to do: what it sends is stamped, and we are told. */
#define NEEDED (SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE)

/** A filter by its name, and whether it lets NTP through. */
static const struct filter {
	const char *name;
	int filter;
	bool ntp;
} filters[] = {
	{"ntp", HWTSTAMP_FILTER_NTP_ALL, true},
	{"all", HWTSTAMP_FILTER_ALL, true},
	{"ptp", HWTSTAMP_FILTER_PTP_V2_L4_EVENT, false},
	{"ptp", HWTSTAMP_FILTER_PTP_V2_EVENT, false},
	{"none", HWTSTAMP_FILTER_NONE, false},
};

#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static int ask(const struct linux_device_calls *calls, int fd, const char *name,
	unsigned long request, void *argument)
{
	struct ifreq r;
	size_t n = strlen(name) + 1;

	memset(&r, 0, sizeof r);
	if (n > sizeof r.ifr_name)
		return -ENODEV;
	memcpy(r.ifr_name, name, n);
	r.ifr_data = argument;
	return calls->ioctl(fd, request, &r);
}

static int index_of(const struct linux_device_calls *calls, int fd, const char *name, uint32_t *ret)
{
	struct ifreq r;
	int e;

	memset(&r, 0, sizeof r);
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	e = calls->ioctl(fd, SIOCGIFINDEX, &r);
	if (e >= 0)
		*ret = (uint32_t)r.ifr_ifindex;
	return e;
}

/* The least that the card can do of what is wanted; what stamps everything does for all. */
static const struct filter *choose(const char *wanted, const struct ethtool_ts_info *can)
{
	bool receives = (can->so_timestamping & SOF_TIMESTAMPING_RX_HARDWARE) != 0;

	for (size_t i = 0; i < FILTERS; i++) {
		const struct filter *f = &filters[i];
		bool fits = wanted[0] == '\0' ? f->ntp || f->filter == HWTSTAMP_FILTER_NONE
					      : strcmp(wanted, f->name) == 0;

		if (!fits)
			continue;
		if (f->filter == HWTSTAMP_FILTER_NONE ||
			(receives && (can->rx_filters & BIT(f->filter)) != 0))
			return f;
	}
	return NULL;
}

/* Some drivers stamp more than they were asked to, and say so. */
static bool takes_ntp(int filter)
{
	return filter == HWTSTAMP_FILTER_ALL || filter == HWTSTAMP_FILTER_NTP_ALL;
}

int linux_card_set(const struct linux_device_calls *calls, int fd, const struct kernel_card *c,
	struct kernel_card_state *ret)
{
	struct ethtool_ts_info can = {.cmd = ETHTOOL_GET_TS_INFO};
	struct hwtstamp_config now = {0};
	const struct filter *f;
	uint32_t interface = 0;
	int r = ask(calls, fd, c->name, SIOCETHTOOL, &can);

	if (r < 0)
		return r;
	if ((can.so_timestamping & NEEDED) != NEEDED || can.phc_index < 0)
		return -ENOTSUP;
	f = choose(c->filter, &can);
	if (f == NULL)
		return -ENOTSUP;
	/* Who has not the right to set it may find that it is. */
	r = ask(calls, fd, c->name, SIOCGHWTSTAMP, &now);
	if (r < 0 || now.tx_type != HWTSTAMP_TX_ON || now.rx_filter != f->filter) {
		now = (struct hwtstamp_config){.tx_type = HWTSTAMP_TX_ON, .rx_filter = f->filter};
		r = ask(calls, fd, c->name, SIOCSHWTSTAMP, &now);
	}
	if (r >= 0)
		r = index_of(calls, fd, c->name, &interface);
	if (r < 0)
		return r;
	*ret = (struct kernel_card_state){
		.interface = interface, .receives = takes_ntp(now.rx_filter)};
	snprintf(ret->clock, sizeof ret->clock, "/dev/ptp%d", can.phc_index);
	return 0;
}

double linux_card_ask_speed(const struct linux_device_calls *calls, int fd, const char *name)
{
	struct ethtool_cmd link = {.cmd = ETHTOOL_GSET};
	uint32_t mbps;

	if (ask(calls, fd, name, SIOCETHTOOL, &link) < 0)
		return 0;
	/* Not by the header's function, which shifts what is signed. */
	mbps = (uint32_t)link.speed_hi << 16 | link.speed;
	return mbps == (uint32_t)SPEED_UNKNOWN || mbps == UINT16_MAX ? 0 : 1e6 * mbps;
}

int linux_card_start(struct kernel *k, const struct kernel_card *c, struct kernel_card_state *ret)
{
	int fd = linux_make_socket(linux_kernel(k), AF_INET, SOCK_DGRAM), r;

	if (fd < 0)
		return fd;
	r = linux_card_set(&linux_device_calls, fd, c, ret);
	close(fd);
	if (r == 0)
		linux_kernel(k)->cards = true;
	return r;
}

double linux_card_speed(struct kernel *k, const char *name)
{
	int fd = linux_make_socket(linux_kernel(k), AF_INET, SOCK_DGRAM);
	double r;

	if (fd < 0)
		return 0;
	r = linux_card_ask_speed(&linux_device_calls, fd, name);
	close(fd);
	return r;
}

int linux_interfaces(struct kernel *k, void (*each)(void *arg, const char *name), void *arg)
{
	struct ifaddrs *all;

	(void)k;
	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
		each(arg, a->ifa_name);
	freeifaddrs(all);
	return 0;
}
