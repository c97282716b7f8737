/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: TCP connections, and to local sockets, made and taken without ever blocking.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

/* Messages are whole when they are written: nothing is gained by waiting for more. */
static void send_at_once(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* A socket with its options and its local end. */
static int prepare(struct linux_kernel *l, const struct kernel_socket *s)
{
	bool is_unix = s->connect && s->remote.path[0] != '\0';
	int domain = is_unix ? AF_UNIX : linux_domain(s), fd, r;

	if (domain != AF_INET && domain != AF_INET6 && !is_unix)
		return -EAFNOSUPPORT;
	fd = linux_make_socket(l, domain, SOCK_STREAM);
	if (fd < 0)
		return fd;
	r = is_unix ? 0 : linux_set_ip_options(fd, domain, s);
	if (r == 0 && (s->local.address.family != ADDRESS_NONE || s->local.port != 0))
		r = linux_bind(l, fd, s, domain);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

int linux_stream_connect(struct kernel *k, const struct kernel_socket *s)
{
	struct kernel_socket of_remote = *s;
	int fd, r;

	of_remote.family = s->remote.address.family;
	fd = prepare(linux_kernel(k), &of_remote);
	if (fd < 0)
		return fd;
	send_at_once(fd);
	r = linux_connect(fd, &s->remote);
	if (r < 0 && r != -EINPROGRESS) {
		close(fd);
		return r;
	}
	return fd;
}

int linux_stream_error(struct kernel *k, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t n = sizeof error;

	(void)k;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	if (error != 0)
		return -error;
	if (poll(&p, 1, 0) < 0)
		return errno == EINTR ? -EINPROGRESS : -errno;
	if (p.revents & POLLHUP)
		return -ENOTCONN; /* its error has been taken before */
	return p.revents & POLLOUT ? 0 : -EINPROGRESS;
}

int linux_stream_listen(struct kernel *k, const struct kernel_socket *s, int backlog)
{
	int fd = prepare(linux_kernel(k), s);

	if (fd >= 0 && listen(fd, backlog) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int linux_stream_accept(struct kernel *k, int fd, struct endpoint *ret_peer)
{
	struct linux_kernel *l = linux_kernel(k);
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof a;
	int made;

	if (!linux_told(l, fd, POLLIN))
		return -EAGAIN;
	if (l->socket_flags)
		made = accept4(fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	else
		made = accept(fd, (struct sockaddr *)&a, &n);
	if (made < 0) {
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
			return -errno;
		default:
			/* accept() also tells what happened to that connection: the next may live.
			 */
			return -EAGAIN;
		}
	}
	if (!l->socket_flags && (made = linux_unblock(made)) < 0)
		return made;
	send_at_once(made);
	linux_endpoint(&a, n, ret_peer);
	return made;
}

int linux_stream_read(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	ssize_t n;

	if (!linux_told(linux_kernel(k), fd, POLLIN))
		return -EAGAIN;
	do
		n = recv(fd, p, room, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)n;
}

int linux_stream_write(struct kernel *k, int fd, struct span data)
{
	ssize_t n;

	(void)k;
	do
		n = send(fd, data.p, data.n, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)n;
}
