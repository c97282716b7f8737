/* SPDX-License-Identifier: BSD-2-Clause */
/* Names by the C library. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/resolve.h"

/* Takes the address out of a sockaddr. Returns false for families that we do not know. */
static bool take(const struct sockaddr *sa, struct address *ret)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

	memset(ret, 0, sizeof(*ret));
	if (sa->sa_family == AF_INET) {
		ret->family = ADDRESS_IP4;
		memcpy(ret->ip, &in->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		ret->family = ADDRESS_IP6;
		memcpy(ret->ip, &in6->sin6_addr, 16);
	}
	return ret->family != ADDRESS_NONE;
}

static size_t forward(
	void *arg, const char *name, enum address_family family, struct address *ret, size_t max)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_family = AF_UNSPEC};
	struct addrinfo *all, *one;
	size_t n = 0;

	(void)arg;
	if (max > 0 && address_parse(name, &ret[0]) == 0)
		return family == ADDRESS_NONE || family == ret[0].family;
	if (family != ADDRESS_NONE)
		hints.ai_family = family == ADDRESS_IP4 ? AF_INET : AF_INET6;
	if (getaddrinfo(name, NULL, &hints, &all) != 0)
		return 0;
	for (one = all; one && n < max; one = one->ai_next)
		n += take(one->ai_addr, &ret[n]);
	freeaddrinfo(all);
	return n;
}

static int reverse(void *arg, const struct address *a, char *ret, size_t n)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const void *sa = &in;
	socklen_t length = sizeof(in);

	(void)arg;
	if (a->family == ADDRESS_IP4) {
		memcpy(&in.sin_addr, a->ip, 4);
	} else if (a->family == ADDRESS_IP6) {
		memcpy(&in6.sin6_addr, a->ip, 16);
		sa = &in6;
		length = sizeof(in6);
	} else {
		return -ENOENT;
	}
	if (getnameinfo(sa, length, ret, (socklen_t)n, NULL, 0, NI_NAMEREQD) != 0)
		return -ENOENT;
	return 0;
}

const struct resolver resolver_system = {.forward = forward, .reverse = reverse};
