/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our endpoints and the system's socket addresses.
 */
#define _GNU_SOURCE
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/kernel/linux.h"

static socklen_t from_path(const char *path, struct sockaddr_storage *ret)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = strnlen(path, ENDPOINT_PATH);

	if (n >= sizeof a.sun_path)
		return 0;
	memcpy(a.sun_path, path, n);
	memcpy(ret, &a, sizeof a);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
}

socklen_t linux_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret)
{
	struct sockaddr_in a4 = {.sin_family = AF_INET};
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};

	memset(ret, 0, sizeof *ret);
	if (e->path[0] != '\0')
		return from_path(e->path, ret);
	switch (e->address.family) {
	case ADDRESS_IP4:
		a4.sin_port = htons(e->port);
		memcpy(&a4.sin_addr, e->address.ip, 4);
		memcpy(ret, &a4, sizeof a4);
		return sizeof a4;
	case ADDRESS_IP6:
		a6.sin6_port = htons(e->port);
		a6.sin6_scope_id = e->scope;
		memcpy(&a6.sin6_addr, e->address.ip, 16);
		memcpy(ret, &a6, sizeof a6);
		return sizeof a6;
	case ADDRESS_NONE:
	case ADDRESS_ID:
		break;
	}
	return 0;
}

/* The length counts: a path need not end in a NUL, and an unbound socket has none. */
static void to_path(const struct sockaddr_storage *from, socklen_t n, struct endpoint *ret)
{
	struct sockaddr_un a;
	size_t header = offsetof(struct sockaddr_un, sun_path), length;

	memcpy(&a, from, sizeof a);
	if (n <= header)
		return;
	length = strnlen(
		a.sun_path, n - header < sizeof a.sun_path ? n - header : sizeof a.sun_path);
	if (length < sizeof ret->path)
		memcpy(ret->path, a.sun_path, length);
}

void linux_endpoint(const struct sockaddr_storage *a, socklen_t n, struct endpoint *ret)
{
	struct sockaddr_in a4;
	struct sockaddr_in6 a6;

	memset(ret, 0, sizeof *ret);
	if (n < sizeof(sa_family_t))
		return;
	if (a->ss_family == AF_UNIX) {
		to_path(a, n, ret);
	} else if (a->ss_family == AF_INET && n >= sizeof a4) {
		memcpy(&a4, a, sizeof a4);
		ret->address.family = ADDRESS_IP4;
		memcpy(ret->address.ip, &a4.sin_addr, 4);
		ret->port = ntohs(a4.sin_port);
	} else if (a->ss_family == AF_INET6 && n >= sizeof a6) {
		memcpy(&a6, a, sizeof a6);
		ret->address.family = ADDRESS_IP6;
		memcpy(ret->address.ip, &a6.sin6_addr, 16);
		ret->port = ntohs(a6.sin6_port);
		ret->scope = a6.sin6_scope_id;
	}
}
