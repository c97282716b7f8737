/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of the network interfaces, and word of those that come and go.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

/* Takes one entry of the system's list. False when it is no address of an interface that is up. */
static bool take(const struct ifaddrs *a, struct kernel_own_address *ret)
{
	struct sockaddr_storage from = {0};
	int family = a->ifa_addr != NULL ? a->ifa_addr->sa_family : AF_UNSPEC;
	socklen_t n = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	if ((family != AF_INET && family != AF_INET6) || (a->ifa_flags & IFF_UP) == 0)
		return false;
	memcpy(&from, a->ifa_addr, n);
	*ret = (struct kernel_own_address){.interface = if_nametoindex(a->ifa_name)};
	snprintf(ret->name, sizeof ret->name, "%s", a->ifa_name);
	linux_endpoint(&from, n, &ret->at);
	return true;
}

int linux_addresses(struct kernel *k, enum address_family family,
	void (*each)(void *arg, const struct kernel_own_address *own), void *arg)
{
	struct kernel_own_address own;
	struct ifaddrs *all;

	(void)k;
	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
		if (take(a, &own) && own.at.address.family == family)
			each(arg, &own);
	freeifaddrs(all);
	return 0;
}

int linux_watch_addresses(struct kernel *k)
{
	struct sockaddr_nl us = {.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE), r;

	(void)k;
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&us, sizeof us) == 0)
		return fd;
	r = -errno;
	close(fd);
	return r;
}
