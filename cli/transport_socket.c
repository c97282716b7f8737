/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets towards a daemon: UDP, and Unix datagrams with a path of our own. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/transport_socket.h"

/* A datagram socket that does not keep us waiting. Interposers know no flags in the type. */
static int make_socket(int domain)
{
	int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 || errno != EINVAL)
		return fd;
	fd = socket(domain, SOCK_DGRAM, 0);
	if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Says what failed and what that means to somebody who does not think in errno. */
static int fail(struct text *why, const char *what, int error)
{
	text_add(why, "%s%s%s", what, what[0] ? ": " : "", strerror(error));
	if (error == ENOENT)
		text_add(why, " (is the daemon running?)");
	else if (error == ECONNREFUSED)
		text_add(why, " (no daemon listens there)");
	else if (error == EACCES || error == EPERM)
		text_add(why, " (only root and the daemon's user may)");
	return -error;
}

/* The path of our own socket, beside the daemon's. */
static int own_path(const char *server, char *ret, size_t room)
{
	const char *slash = strrchr(server, '/');
	int n = snprintf(ret, room, "%.*s/gnomonctl.%ld.sock", (int)(slash - server), server,
		(long)getpid());

	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : 0;
}

/*
 * Binds our own socket. The daemon, which has another user, must be able to write to it: it is made
 * with mode 0666 by way of the umask, because a chmod() afterwards could be turned on another file
 * by whoever owns the directory.
 */
static int bind_own(int fd, const char *server, struct transport_socket *ret, struct text *why)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t umask_before;
	int r = own_path(server, sun.sun_path, sizeof(sun.sun_path));

	if (r < 0)
		return fail(why, "own socket", -r);
	if (unlink(sun.sun_path) < 0 && errno != ENOENT)
		return fail(why, sun.sun_path, errno);
	umask_before = umask(S_IXUSR | S_IXGRP | S_IXOTH);
	r = bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ? -errno : 0;
	umask(umask_before);
	if (r < 0)
		return fail(why, sun.sun_path, -r);
	memcpy(ret->own, sun.sun_path, sizeof(ret->own));
	return 0;
}

static int open_unix(const struct endpoint *to, struct transport_socket *ret, struct text *why)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct transport_socket s = {.own = ""};
	int r;

	if (text_copy(sun.sun_path, sizeof(sun.sun_path), to->path) < 0)
		return fail(why, "", ENAMETOOLONG);
	s.fd = make_socket(AF_UNIX);
	if (s.fd < 0)
		return fail(why, "socket", errno);
	/* Connected before it is bound: where there is no daemon nothing is left behind. */
	if (connect(s.fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0)
		r = fail(why, "", errno);
	else
		r = bind_own(s.fd, to->path, &s, why);
	if (r < 0) {
		transport_socket_close(&s);
		return r;
	}
	*ret = s;
	return 0;
}

static socklen_t udp_address(const struct endpoint *to, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(to->port)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(to->port)};

	memset(ret, 0, sizeof(*ret));
	if (to->address.family == ADDRESS_IP4) {
		memcpy(&in.sin_addr, to->address.ip, 4);
		memcpy(ret, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, to->address.ip, 16);
	memcpy(ret, &in6, sizeof(in6));
	return sizeof(in6);
}

static int open_udp(const struct endpoint *to, struct transport_socket *ret, struct text *why)
{
	struct sockaddr_storage address;
	socklen_t length = udp_address(to, &address);
	struct transport_socket s = {.own = ""};

	s.fd = make_socket(address.ss_family);
	if (s.fd < 0)
		return fail(why, "socket", errno);
	if (connect(s.fd, (const struct sockaddr *)&address, length) < 0) {
		int error = errno;

		transport_socket_close(&s);
		return fail(why, "", error);
	}
	*ret = s;
	return 0;
}

int transport_socket_open(const struct endpoint *to, struct transport_socket *ret, struct text *why)
{
	return to->path[0] ? open_unix(to, ret, why) : open_udp(to, ret, why);
}

void transport_socket_close(struct transport_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->own[0])
		unlink(s->own);
	s->fd = -1;
	s->own[0] = '\0';
}
