/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes through the sockets of the made-up network, and waiting for it.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <math.h>
#include <stdlib.h>
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
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "interposer.h"

/* A timestamp of the kernel. */
static void late(struct timespec *ret)
{
	const char *most = getenv("SIM_LATE");

	clock_gettime(CLOCK_REALTIME, ret);
	ret->tv_nsec += most ? (long)(atof(most) * (double)(random64() % 1000000000)) : 0;
	if (ret->tv_nsec >= 1000000000) {
		ret->tv_sec++;
		ret->tv_nsec -= 1000000000;
	}
}

/* ------------------------------------------------------------------------------ sending */
ssize_t sendmsg(int fd, const struct msghdr *h, int flags)
{
	struct simulated *s = of(fd);
	static struct message m;

	begin();
	if (!s) {
		REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
		return real(fd, h, flags);
	}
	memset(&m, 0, HEAD);
	for (size_t i = 0; i < h->msg_iovlen; i++) {
		if (m.length + h->msg_iov[i].iov_len > DATA_MAX)
			stop("a message is too long");
		memcpy(m.data + m.length, h->msg_iov[i].iov_base, h->msg_iov[i].iov_len);
		m.length += (uint32_t)h->msg_iov[i].iov_len;
	}
	if (s->stream) {
		if (!s->connected)
			return bad(ENOTCONN);
		if (s->ended)
			return bad(EPIPE);
		say_of(s, STREAM_DATA, m.data, m.length);
		return m.length;
	}
	own_port(s);
	if (s->peer.port != 0 && h->msg_name)
		return bad(EISCONN);
	m.kind = DATAGRAM;
	m.from = s->own;
	m.to = s->peer;
	if (h->msg_name)
		to_place(h->msg_name, &m.to);
	if (s->family == AF_INET) {
		m.from.ip = m.to.ip == 0x7f000001 ? 0x7f000001 : sim.ip;
		if ((m.to.ip & 0xffffff00) != 0xc0a87b00 && m.to.ip != 0x7f000001)
			return bad(ENETUNREACH);
	}
	say(&m);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR((struct msghdr *)h, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING)
			s->sent_kept = true;
	s->sent_kept |= s->stamps_sent;
	if (s->sent_kept) {
		s->sent = m;
		late(&s->sent_at);
		card_time(&s->sent_card);
	}
	return m.length;
}

ssize_t sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *to,
	socklen_t to_length)
{
	struct iovec v = {(void *)data, n};
	struct msghdr h = {
		.msg_name = (void *)to, .msg_namelen = to_length, .msg_iov = &v, .msg_iovlen = 1};

	if (!of(fd)) {
		REAL(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *,
			socklen_t);
		return real(fd, data, n, flags, to, to_length);
	}
	return sendmsg(fd, &h, flags);
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	return sendto(fd, data, n, flags, NULL, 0);
}

/* ------------------------------------------------------------------------------ receiving */
static struct cmsghdr *put(
	struct msghdr *h, struct cmsghdr *c, int level, int type, const void *data, size_t n)
{
	if (!c || (size_t)((uint8_t *)c - (uint8_t *)h->msg_control) + CMSG_SPACE(n) >
			  h->msg_controllen)
		stop("no room for control data");
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	return (struct cmsghdr *)((uint8_t *)c + CMSG_SPACE(n));
}

static size_t scatter(struct msghdr *h, const uint8_t *data, size_t n)
{
	if (h->msg_iovlen != 1)
		stop("several buffers to receive into");
	if (n > h->msg_iov[0].iov_len) {
		n = h->msg_iov[0].iov_len;
		h->msg_flags |= MSG_TRUNC;
	}
	memcpy(h->msg_iov[0].iov_base, data, n);
	return n;
}

/* The datagram sent last, as an Ethernet frame, with when it left. */
static ssize_t receive_sent(struct simulated *s, struct msghdr *h)
{
	uint8_t frame[14 + 20 + 8 + DATA_MAX] = {[12] = 8, [14] = 0x45, [14 + 9] = 17};
	struct sock_extended_err e = {.ee_errno = ENOMSG, .ee_origin = SO_EE_ORIGIN_TIMESTAMPING};
	struct in_pktinfo info = {.ipi_ifindex = 2};
	struct timespec ts[3] = {s->sent_at};
	struct cmsghdr *c;
	uint32_t ip;
	uint16_t port, n = (uint16_t)s->sent.length, total;

	s->sent_kept = false;
	h->msg_flags = MSG_ERRQUEUE;
	total = htons((uint16_t)(28 + n));
	memcpy(frame + 16, &total, 2);
	ip = htonl(sim.ip);
	memcpy(frame + 26, &ip, 4);
	ip = htonl(s->sent.to.ip);
	memcpy(frame + 30, &ip, 4);
	port = htons((uint16_t)s->sent.from.port);
	memcpy(frame + 34, &port, 2);
	port = htons((uint16_t)s->sent.to.port);
	memcpy(frame + 36, &port, 2);
	total = htons((uint16_t)(8 + n));
	memcpy(frame + 38, &total, 2);
	memcpy(frame + 42, s->sent.data, n);
	if (s->card && has_card())
		ts[2] = s->sent_card;
	c = put(h, CMSG_FIRSTHDR(h), SOL_SOCKET, SCM_TIMESTAMPING, ts, sizeof(ts));
	if (s->info)
		c = put(h, c, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	c = put(h, c, IPPROTO_IP, IP_RECVERR, &e, sizeof(e));
	h->msg_controllen = (size_t)((uint8_t *)c - (uint8_t *)h->msg_control);
	return (ssize_t)scatter(h, frame, 42 + (size_t)n);
}

ssize_t recvmsg(int fd, struct msghdr *h, int flags)
{
	struct simulated *s = of(fd);
	struct in_pktinfo info = {.ipi_ifindex = 2};
	struct timespec ts[3] = {{0}};
	uint32_t about[4] = {2, 0};
	struct arrived *a;
	struct cmsghdr *c;
	size_t n;

	if (!s) {
		REAL(ssize_t, recvmsg, int, struct msghdr *, int);
		return real(fd, h, flags);
	}
	h->msg_flags = 0;
	/* One queue holds it all: without what was sent there comes what was received. */
	if (flags & MSG_ERRQUEUE && s->sent_kept)
		return receive_sent(s, h);
	if (s->refused)
		return bad(ECONNREFUSED);
	if (s->stream && !s->first && s->ended)
		return 0;
	if (flags & MSG_PEEK)
		stop("recvmsg(MSG_PEEK)");
	a = s->first;
	for (int i = 0; !a && i < SOCKETS_MAX; i++)
		if (sockets[i] && sockets[i]->first)
			stop("what waits for another socket is taken");
	if (!a)
		return bad(EAGAIN);
	n = scatter(h, a->m.data, a->m.length);
	if (h->msg_name)
		from_place(&a->m.from, h->msg_name, &h->msg_namelen);
	if (s->stream && n < a->m.length) {
		memmove(a->m.data, a->m.data + n, a->m.length - n);
		a->m.length -= (uint32_t)n;
		h->msg_flags = 0;
		return (ssize_t)n;
	}
	take(s);
	about[1] = a->m.length + 42;
	c = h->msg_control ? CMSG_FIRSTHDR(h) : NULL;
	if (s->info && h->msg_control && !(flags & MSG_ERRQUEUE)) {
		info.ipi_addr.s_addr = htonl(a->m.to.ip);
		info.ipi_spec_dst.s_addr = htonl(sim.ip);
		c = put(h, c, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
		ts[0] = a->at;
		if (s->card && has_card())
			ts[2] = a->card;
		if (s->stamps_sent)
			c = put(h, c, SOL_SOCKET, SCM_TIMESTAMPING, ts, sizeof(ts));
		if (s->stamps_sent && ts[2].tv_sec)
			c = put(h, c, SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, about, sizeof(about));
		h->msg_controllen = (size_t)((uint8_t *)c - (uint8_t *)h->msg_control);
	} else {
		h->msg_controllen = 0;
	}
	free(a);
	return (ssize_t)n;
}

/* One at a time. */
int recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
	ssize_t r;

	(void)timeout;
	if (n == 0)
		return 0;
	r = recvmsg(fd, &m[0].msg_hdr, flags & ~MSG_WAITFORONE);
	if (r < 0)
		return -1;
	m[0].msg_len = (unsigned)r;
	return 1;
}

ssize_t recvfrom(
	int fd, void *ret, size_t n, int flags, struct sockaddr *from, socklen_t *io_length)
{
	struct iovec v = {ret, n};
	struct msghdr h = {.msg_name = from,
		.msg_namelen = io_length ? *io_length : 0,
		.msg_iov = &v,
		.msg_iovlen = 1};
	ssize_t r;

	if (!of(fd)) {
		REAL(ssize_t, recvfrom, int, void *, size_t, int, struct sockaddr *, socklen_t *);
		return real(fd, ret, n, flags, from, io_length);
	}
	r = recvmsg(fd, &h, flags);
	if (r >= 0 && io_length)
		*io_length = h.msg_namelen;
	return r;
}

ssize_t recv(int fd, void *ret, size_t n, int flags)
{
	return recvfrom(fd, ret, n, flags, NULL, NULL);
}

ssize_t __recv_chk(int fd, void *ret, size_t n, size_t room, int flags);
ssize_t __recv_chk(int fd, void *ret, size_t n, size_t room, int flags)
{
	(void)room;
	return recv(fd, ret, n, flags);
}

/* ------------------------------------------------------------------------------ waiting */
static struct simulated *taker(const struct message *m)
{
	struct simulated *best = NULL;
	int best_points = -1;

	for (int i = 0; i < SOCKETS_MAX; i++) {
		struct simulated *s = sockets[i];
		bool stream = m->kind != DATAGRAM;
		int points = 0;

		if (!s || s->stream != stream || strcmp(s->own.path, m->to.path) != 0)
			continue;
		if (!m->to.path[0] && (s->family != AF_INET || s->own.port != m->to.port))
			continue;
		if (s->own.ip && s->own.ip != m->to.ip)
			continue;
		points += s->own.ip != 0;
		if (s->connected || s->asked) {
			if (s->peer.ip != m->from.ip || s->peer.port != m->from.port ||
				strcmp(s->peer.path, m->from.path) != 0)
				continue;
			points += 2;
		} else if (stream && (!s->listening || m->kind != STREAM_ASK)) {
			continue;
		}
		if (points > best_points) {
			best_points = points;
			best = s;
		}
	}
	return best;
}

void deliver(const struct message *m)
{
	struct simulated *s = taker(m);
	struct arrived *a;

	if (!s) {
		struct simulated nobody = {.family = AF_INET, .own = m->to, .peer = m->from};

		if (m->kind == STREAM_ASK)
			say_of(&nobody, STREAM_REFUSE, NULL, 0);
		return;
	}
	switch (m->kind) {
	case STREAM_ACCEPT:
		s->connected = true;
		s->asked = false;
		return;
	case STREAM_REFUSE:
		s->refused = true;
		return;
	case STREAM_END:
		s->ended = true;
		return;
	default:
		a = malloc(sizeof(*a));
		a->next = NULL;
		a->m = *m;
		late(&a->at);
		card_time(&a->card);
		*s->last = a;
		s->last = &a->next;
	}
}

/* What of the events asked for is there already. */
static short ready(int fd, short events)
{
	struct simulated *s = of(fd);
	short r = 0;

	if (is_device(fd))
		return device_ready(fd) ? events & POLLIN : 0;
	if (!s)
		return fd >= 0 ? events & POLLIN : 0;
	if (events & POLLPRI && s->sent_kept)
		return POLLPRI;
	if (events & POLLOUT && (!s->stream || s->connected || s->refused))
		r |= POLLOUT;
	else if (events & POLLIN && (s->first || (s->stream && (s->ended || s->refused))))
		r |= POLLIN;
	return r;
}

/* The end of a wait without one: something may still arrive. */
static long double endless(void)
{
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (sockets[i])
			return 1e15L;
	stop("a wait for nothing");
	return 0;
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	long double until, next;

	begin();
	until = timeout < 0 ? endless() : after(timeout * 1e-3L);
	for (;;) {
		int r;

		for (nfds_t i = 0; i < n; i++)
			fds[i].revents = 0;
		for (nfds_t i = 0; i < n; i++) {
			fds[i].revents = ready(fds[i].fd, fds[i].events);
			if (fds[i].revents)
				return 1;
		}
		next = device_next();
		r = wait_until(fminl(until, next));
		if (r < 0 || (r && until <= next))
			return r < 0 ? -1 : 0;
	}
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
	(void)room;
	return poll(fds, n, timeout);
}

int select(int n, fd_set *restrict r, fd_set *restrict w, fd_set *restrict e,
	struct timeval *restrict timeout)
{
	fd_set in = {{0}}, out = {{0}}, pri = {{0}};
	long double until, next;

	begin();
	until = timeout ? after(timeout->tv_sec + timeout->tv_usec * 1e-6L) : endless();
	if (r)
		in = *r;
	if (w)
		out = *w;
	if (e)
		pri = *e;
	for (;;) {
		int got;

		if (r)
			FD_ZERO(r);
		if (w)
			FD_ZERO(w);
		if (e)
			FD_ZERO(e);
		for (int i = 0; i < n; i++) {
			short events = (short)((FD_ISSET(i, &in) ? POLLIN : 0) |
					       (FD_ISSET(i, &out) ? POLLOUT : 0) |
					       (FD_ISSET(i, &pri) ? POLLPRI : 0));
			short is = events ? ready(i, events) : 0;

			if (!is)
				continue;
			if (is & POLLPRI)
				FD_SET(i, e);
			else if (is & POLLOUT)
				FD_SET(i, w);
			else
				FD_SET(i, r);
			return 1;
		}
		next = device_next();
		got = wait_until(fminl(until, next));
		if (got < 0 || (got && until <= next))
			return got < 0 ? -1 : 0;
	}
}
