/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The made-up network: sockets, names and interfaces, and what is refused.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "interposer.h"

struct simulated *sockets[SOCKETS_MAX];

struct simulated *of(int fd)
{
	return fd >= 0 && fd < SOCKETS_MAX ? sockets[fd] : NULL;
}

static int add_socket(int family, bool stream)
{
	REAL(int, socket, int, int, int);
	struct simulated *s = calloc(1, sizeof(*s));
	int fd = real(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0 || fd >= SOCKETS_MAX || !s)
		stop("too many sockets");
	s->used = true;
	s->family = family;
	s->stream = stream;
	s->last = &s->first;
	sockets[fd] = s;
	return fd;
}

int socket(int domain, int type, int protocol)
{
	begin();
	(void)protocol;
	if (domain == AF_UNIX && type & SOCK_STREAM && !(type & SOCK_DGRAM)) {
		REAL(int, socket, int, int, int);
		return real(domain, type, protocol);
	}
	if ((domain != AF_INET && domain != AF_UNIX) || (type != SOCK_DGRAM && type != SOCK_STREAM))
		return bad(EINVAL);
	return add_socket(domain, type == SOCK_STREAM);
}

void to_place(const struct sockaddr *a, struct place *ret)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;

	memset(ret, 0, sizeof(*ret));
	if (a->sa_family == AF_UNIX) {
		snprintf(ret->path, sizeof(ret->path), "%s",
			((const struct sockaddr_un *)a)->sun_path);
	} else if (a->sa_family == AF_INET) {
		ret->ip = ntohl(in->sin_addr.s_addr);
		ret->port = ntohs(in->sin_port);
	}
}

void from_place(const struct place *p, struct sockaddr *ret, socklen_t *io_length)
{
	union {
		struct sockaddr_in in;
		struct sockaddr_un un;
	} u;
	socklen_t n = sizeof(u.in);

	memset(&u, 0, sizeof(u));
	if (p->path[0]) {
		u.un.sun_family = AF_UNIX;
		snprintf(u.un.sun_path, sizeof(u.un.sun_path), "%s", p->path);
		n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(p->path) + 1);
	} else {
		u.in.sin_family = AF_INET;
		u.in.sin_addr.s_addr = htonl(p->ip);
		u.in.sin_port = htons((uint16_t)p->port);
	}
	if (!ret || !io_length)
		return;
	memcpy(ret, &u, *io_length < n ? *io_length : n);
	*io_length = n;
}

int bind(int fd, const struct sockaddr *a, socklen_t n)
{
	struct simulated *s = of(fd);
	struct place p;

	if (!s) {
		REAL(int, bind, int, const struct sockaddr *, socklen_t);
		return real(fd, a, n);
	}
	to_place(a, &p);
	if (p.ip && p.ip != sim.ip && p.ip != 0x7f000001)
		return bad(EADDRNOTAVAIL);
	for (int i = 0; i < SOCKETS_MAX; i++) {
		struct simulated *o = sockets[i];

		if (p.port && o && o != s && o->stream == s->stream && o->own.port == p.port &&
			o->own.ip == p.ip && !(o->reused && s->reused))
			return bad(EADDRINUSE);
	}
	s->own = p;
	if (!p.path[0] && !p.port)
		s->own.port = sim.port++;
	return 0;
}

void own_port(struct simulated *s)
{
	if (s->family == AF_INET && !s->own.port)
		s->own.port = sim.port++;
}

void say_of(struct simulated *s, uint32_t kind, const void *data, size_t n)
{
	static struct message m;

	memset(&m, 0, HEAD);
	m.kind = kind;
	m.length = (uint32_t)n;
	m.from = s->own;
	if (s->family == AF_INET)
		m.from.ip =
			s->own.ip == 0x7f000001 || s->peer.ip == 0x7f000001 ? 0x7f000001 : sim.ip;
	m.to = s->peer;
	if (n)
		memcpy(m.data, data, n);
	say(&m);
}

int connect(int fd, const struct sockaddr *a, socklen_t n)
{
	struct simulated *s = of(fd);

	if (!s) {
		REAL(int, connect, int, const struct sockaddr *, socklen_t);
		return real(fd, a, n);
	}
	to_place(a, &s->peer);
	own_port(s);
	if (!s->stream) {
		s->connected = a->sa_family != AF_UNSPEC;
		return 0;
	}
	s->asked = true;
	say_of(s, STREAM_ASK, NULL, 0);
	return bad(EINPROGRESS);
}

/* A made-up socket has no file: what is done to one comes to nothing. */
int chmod(const char *path, mode_t mode)
{
	REAL(int, chmod, const char *, mode_t);

	for (int i = 0; i < SOCKETS_MAX; i++)
		if (sockets[i] && path[0] == '/' && strcmp(sockets[i]->own.path, path) == 0)
			return 0;
	return real(path, mode);
}

int listen(int fd, int backlog)
{
	struct simulated *s = of(fd);

	(void)backlog;
	if (!s)
		return bad(EBADF);
	s->listening = true;
	return 0;
}

struct arrived *take(struct simulated *s)
{
	struct arrived *a = s->first;

	if (a) {
		s->first = a->next;
		if (!s->first)
			s->last = &s->first;
	}
	return a;
}

int accept(int fd, struct sockaddr *ret, socklen_t *io_length)
{
	struct simulated *s = of(fd), *t;
	struct arrived *a;
	int new;

	if (!s || !s->listening)
		return bad(EBADF);
	a = take(s);
	if (!a)
		return bad(EAGAIN);
	new = add_socket(AF_INET, true);
	t = of(new);
	t->own = a->m.to;
	t->peer = a->m.from;
	t->connected = true;
	from_place(&t->peer, ret, io_length);
	free(a);
	say_of(t, STREAM_ACCEPT, NULL, 0);
	return new;
}

int shutdown(int fd, int how)
{
	struct simulated *s = of(fd);

	(void)how;
	if (!s)
		return bad(EBADF);
	if (s->stream && s->connected && !s->ended)
		say_of(s, STREAM_END, NULL, 0);
	return 0;
}

int close(int fd)
{
	REAL(int, close, int);
	struct simulated *s = of(fd);

	if (s) {
		/* A child that closes what it inherited is not meant. */
		if (getpid() == sim.pid && s->stream && s->connected && !s->listening)
			say_of(s, STREAM_END, NULL, 0);
		for (struct arrived *a = take(s); a; a = take(s))
			free(a);
		free(s);
		sockets[fd] = NULL;
	}
	if (is_device(fd))
		device_close(fd);
	return real(fd);
}

int getsockname(int fd, struct sockaddr *ret, socklen_t *io_length)
{
	struct simulated *s = of(fd);
	struct place p;

	if (!s) {
		REAL(int, getsockname, int, struct sockaddr *, socklen_t *);
		return real(fd, ret, io_length);
	}
	p = s->own;
	if (s->family == AF_INET && s->connected && !p.ip)
		p.ip = sim.ip;
	from_place(&p, ret, io_length);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	struct simulated *s = of(fd);

	(void)n;
	if (!s) {
		REAL(int, setsockopt, int, int, int, const void *, socklen_t);
		return real(fd, level, name, value, n);
	}
	if (s->family == AF_UNIX)
		return bad(EINVAL);
	if (level == SOL_SOCKET && name == SO_REUSEADDR)
		s->reused = *(const int *)value != 0;
	if (level == IPPROTO_IP && name == IP_PKTINFO)
		s->info = true;
	if (level == SOL_SOCKET && name == SO_TIMESTAMPING) {
		s->stamps_sent = *(const int *)value & SOF_TIMESTAMPING_TX_SOFTWARE;
		s->card = *(const int *)value & SOF_TIMESTAMPING_RAW_HARDWARE;
	}
	return 0;
}

int getsockopt(int fd, int level, int name, void *ret, socklen_t *io_length)
{
	struct simulated *s = of(fd);

	if (!s) {
		REAL(int, getsockopt, int, int, int, void *, socklen_t *);
		return real(fd, level, name, ret, io_length);
	}
	if (level != SOL_SOCKET || name != SO_ERROR || !*io_length)
		return bad(EINVAL);
	*(int *)ret = 0;
	return 0;
}

/* ------------------------------------------------------------------------------ names */
int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	REAL(int, getaddrinfo, const char *, const char *, const struct addrinfo *,
		struct addrinfo **);
	struct addrinfo h = {
		.ai_flags = AI_NUMERICHOST, .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *first = NULL, **at = &first;
	unsigned n;
	int used;

	if (hints)
		h.ai_socktype = hints->ai_socktype;
	if (!name || inet_addr(name) != INADDR_NONE)
		return real(name, service, &h, ret);
	/* nodes-1-2.clk has two addresses. */
	if (strncmp(name, "node", 4) != 0)
		return EAI_AGAIN;
	for (name += strcspn(name, "-0123456789.");
		sscanf(name, "%*[-]%u%n", &n, &used) == 1 || sscanf(name, "%u%n", &n, &used) == 1;
		name += used) {
		char text[32];

		snprintf(text, sizeof(text), "192.168.123.%u", n);
		if (real(text, service, &h, at) != 0)
			break;
		while (*at)
			at = &(*at)->ai_next;
	}
	*ret = first;
	return first ? 0 : EAI_NONAME;
}

int getifaddrs(struct ifaddrs **ret)
{
	static struct sockaddr_in addresses[2], masks[2];
	static struct ifaddrs list[2] = {
		{.ifa_name = "lo", .ifa_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING},
		{.ifa_name = "eth0", .ifa_flags = IFF_UP | IFF_BROADCAST | IFF_RUNNING}};

	begin();
	for (int i = 0; i < 2; i++) {
		addresses[i].sin_family = masks[i].sin_family = AF_INET;
		addresses[i].sin_addr.s_addr = htonl(i ? sim.ip : 0x7f000001);
		masks[i].sin_addr.s_addr = htonl(i ? 0xffffff00 : 0xff000000);
		list[i].ifa_addr = (struct sockaddr *)&addresses[i];
		list[i].ifa_netmask = (struct sockaddr *)&masks[i];
	}
	list[0].ifa_next = &list[1];
	*ret = list;
	return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
	(void)list;
}

/* ------------------------------------------------------------------------------ refused */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define BAD_DESCRIPTOR(type, name, ...)                                                            \
	type name(__VA_ARGS__)                                                                     \
	{                                                                                          \
		errno = EBADF;                                                                     \
		return -1;                                                                         \
	}

BAD_DESCRIPTOR(int, sendmmsg, int fd, struct mmsghdr *m, unsigned n, int flags)
BAD_DESCRIPTOR(int, accept4, int fd, struct sockaddr *a, socklen_t *n, int flags)
BAD_DESCRIPTOR(int, getpeername, int fd, struct sockaddr *a, socklen_t *n)
BAD_DESCRIPTOR(int, epoll_create1, int flags)
BAD_DESCRIPTOR(int, signalfd, int fd, const sigset_t *set, int flags)

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	(void)fds, (void)n, (void)timeout, (void)mask;
	stop("ppoll() was called");
	return -1;
}

int pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *t, const sigset_t *mask)
{
	(void)n, (void)r, (void)w, (void)e, (void)t, (void)mask;
	stop("pselect() was called");
	return -1;
}

long syscall(long number, ...)
{
	dprintf(2, "interposer: system call %ld\n", number);
	abort();
}
