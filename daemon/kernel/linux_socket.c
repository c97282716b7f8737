/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening datagram sockets, UDP and Unix; and what streams share with them.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

int linux_interface_name(struct kernel *k, uint32_t index, char *ret)
{
	char name[IF_NAMESIZE];

	(void)k;
	_Static_assert(sizeof(name) <= KERNEL_INTERFACE, "names fit");
	if (if_indextoname(index, name) == NULL)
		return -errno;
	memcpy(ret, name, sizeof(name));
	return 0;
}

void linux_socket_init(struct linux_kernel *l)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* An interposer says EINVAL. A system without IPv4 knows the flags all the same. */
	l->socket_flags = fd >= 0 || errno != EINVAL;
	if (fd >= 0)
		close(fd);
	l->anchor = -1;
}

int linux_unblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int linux_make_socket(struct linux_kernel *l, int domain, int type)
{
	int fd;

	if (l->socket_flags) {
		fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	fd = socket(domain, type, 0);
	return fd < 0 ? -errno : linux_unblock(fd);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

static int set_stamps(const struct linux_kernel *l, int fd, bool transmit)
{
	return set_int(fd, SOL_SOCKET, SO_TIMESTAMPING, (int)linux_stamp_flags(l, transmit));
}

/*
 * The system stamps packets on their way in only while some socket asks for it, and starts with a
 * delay. Client sockets live for one exchange; this one keeps the stamping on between them.
 */
static void hold_anchor(struct linux_kernel *l, int domain)
{
	if (l->anchor >= 0 || !l->socket_flags)
		return;
	l->anchor = linux_make_socket(l, domain, SOCK_DGRAM);
	if (l->anchor < 0)
		l->anchor = -1;
	else
		set_stamps(l, l->anchor, false);
}

int linux_set_ip_options(int fd, int domain, const struct kernel_socket *s)
{
	bool ip6 = domain == AF_INET6;
	int r;

	if (s->shared && (r = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) < 0)
		return r;
	if (s->reuse && (r = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1)) < 0)
		return r;
	if (s->broadcast && (r = set_int(fd, SOL_SOCKET, SO_BROADCAST, 1)) < 0)
		return r;
	if (ip6 && (r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) < 0)
		return r;
	if (s->device != NULL && s->device[0] != '\0' &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->device,
			(socklen_t)strlen(s->device) + 1) < 0)
		return -errno;
	if (s->dscp > 0) {
		r = ip6 ? set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, s->dscp << 2)
			: set_int(fd, IPPROTO_IP, IP_TOS, s->dscp << 2);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Room for bursts, beyond what the system allows everybody if we may. And no datagram of ours is
 * fragmented, so it needs no identification, which others could guess and forge fragments by; what
 * ICMP says of paths is not believed, for it may be forged as well.
 */
static void set_server_options(int fd, int domain)
{
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, LINUX_SERVER_ROOM) < 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, LINUX_SERVER_ROOM);
	if (domain == AF_INET)
		set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
}

/* The options of a UDP socket. Stamps are a wish: without them the daemon's own readings serve. */
static int set_options(struct linux_kernel *l, int fd, int domain, const struct kernel_socket *s)
{
	int r = linux_set_ip_options(fd, domain, s);

	if (r < 0)
		return r;
	r = domain == AF_INET6 ? set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
			       : set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (r < 0)
		return r;
	if (s->server)
		set_server_options(fd, domain);
	if (s->stamps || s->receive_stamps) {
		hold_anchor(l, domain);
		set_stamps(l, fd, s->stamps);
	}
	return 0;
}

/* An address that the machine does not have yet, or lost for a while, is no reason to go without
 * the socket: packets come when the address does. Best effort. */
static void bind_freely(int fd, int domain)
{
	if (domain == AF_INET6)
		set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	else
		set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
}

int linux_bind(struct linux_kernel *l, int fd, const struct kernel_socket *s, int domain)
{
	struct sockaddr_storage a;
	struct endpoint local = s->local;
	socklen_t n;

	if (domain == AF_UNIX && local.path[0] == '\0')
		return 0;
	if (domain != AF_UNIX && local.address.family == ADDRESS_NONE)
		local.address.family = domain == AF_INET ? ADDRESS_IP4 : ADDRESS_IP6;
	else if (domain != AF_UNIX)
		bind_freely(fd, domain);
	if ((n = linux_sockaddr(&local, &a)) == 0)
		return -EAFNOSUPPORT;
	if (domain == AF_UNIX)
		return linux_path_bind(l, fd, &a, n, s);
	return bind(fd, (struct sockaddr *)&a, n) < 0 ? -errno : 0;
}

int linux_connect(int fd, const struct endpoint *remote)
{
	struct sockaddr_storage a;
	socklen_t n = linux_sockaddr(remote, &a);

	if (n == 0)
		return -EAFNOSUPPORT;
	return connect(fd, (struct sockaddr *)&a, n) < 0 ? -errno : 0;
}

int linux_domain(const struct kernel_socket *s)
{
	enum address_family f = s->family;

	if (f == ADDRESS_NONE)
		f = s->local.address.family;
	if (f == ADDRESS_NONE && s->connect)
		f = s->remote.address.family;
	switch (f) {
	case ADDRESS_IP4:
		return AF_INET;
	case ADDRESS_IP6:
		return AF_INET6;
	case ADDRESS_NONE:
		return AF_UNIX;
	case ADDRESS_ID:
		break;
	}
	return AF_UNSPEC;
}

int linux_open(struct kernel *k, const struct kernel_socket *s)
{
	struct linux_kernel *l = linux_kernel(k);
	int domain = linux_domain(s), fd, r = 0;

	if (domain == AF_UNSPEC)
		return -EAFNOSUPPORT;
	fd = linux_make_socket(l, domain, SOCK_DGRAM);
	if (fd < 0)
		return fd;
	if (domain != AF_UNIX)
		r = set_options(l, fd, domain, s);
	else if (s->guarded)
		r = linux_guard(fd);
	if (r == 0)
		r = linux_bind(l, fd, s, domain);
	if (r == 0 && s->connect)
		r = linux_connect(fd, &s->remote);
	if (r < 0) {
		linux_path_close(l, fd);
		close(fd);
		return r;
	}
	return fd;
}

int linux_local(struct kernel *k, int fd, struct endpoint *ret)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof a;

	(void)k;
	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return -errno;
	linux_endpoint(&a, n, ret);
	return 0;
}

void linux_close(struct kernel *k, int fd)
{
	struct linux_kernel *l = linux_kernel(k);

	if (fd < 0 || linux_process_close(l, fd))
		return;
	linux_path_close(l, fd);
	linux_device_close(l, fd);
	close(fd);
}
