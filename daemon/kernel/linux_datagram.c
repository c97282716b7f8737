/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams with their stamps and local addresses, in batches where the system can.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <time.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"
#include "daemon/kernel/linux_frame.h"

/** Room for the control messages of one datagram: an interposer insists that all that were asked
 * for fit, whether they come or not. */
#define CONTROL 512

/** Room for a frame of the error queue: more than an Ethernet frame. */
#define FRAME 2048

/** Entries of the error queue that one call looks at: a bound, not a limit that is met. */
#define QUEUE 64

/** One datagram as the system wants it. */
struct slot {
	struct iovec data;
	struct sockaddr_storage peer;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL];
};

/** Scratch space, made once: nothing is allocated per packet. */
struct linux_batch {
	struct mmsghdr headers[LINUX_BATCH];
	struct slot slots[LINUX_BATCH];
	uint8_t frame[FRAME];
};

int linux_datagram_init(struct linux_kernel *l)
{
	l->batch = calloc(1, sizeof *l->batch);
	return l->batch == NULL ? -ENOMEM : 0;
}

void linux_datagram_done(struct linux_kernel *l)
{
	free(l->batch);
}

static struct msghdr *prepare_receive(struct linux_batch *b, size_t i, uint8_t *p, size_t room)
{
	struct slot *s = &b->slots[i];

	s->data = (struct iovec){p, room};
	b->headers[i] = (struct mmsghdr){.msg_hdr = {
						 .msg_name = &s->peer,
						 .msg_namelen = sizeof s->peer,
						 .msg_iov = &s->data,
						 .msg_iovlen = 1,
						 .msg_control = s->control,
						 .msg_controllen = sizeof s->control,
					 }};
	return &b->headers[i].msg_hdr;
}

static void take_control(const struct cmsghdr *c, struct kernel_message *m)
{
	if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
		linux_guard_take(c, m);
	} else if (c->cmsg_level == SOL_SOCKET) {
		linux_stamp_take(c, m);
	} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo i;

		if (c->cmsg_len < CMSG_LEN(sizeof i))
			return;
		memcpy(&i, CMSG_DATA(c), sizeof i);
		m->local.family = ADDRESS_IP4;
		memcpy(m->local.ip, &i.ipi_addr, 4);
		m->interface = (uint32_t)i.ipi_ifindex;
		/* The system puts one of our own addresses in the place of a broadcast address. An
		 * interposer may leave it empty. */
		m->to_many =
			i.ipi_spec_dst.s_addr != 0 && i.ipi_spec_dst.s_addr != i.ipi_addr.s_addr;
	} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo i;

		if (c->cmsg_len < CMSG_LEN(sizeof i))
			return;
		memcpy(&i, CMSG_DATA(c), sizeof i);
		m->local.family = ADDRESS_IP6;
		memcpy(m->local.ip, &i.ipi6_addr, 16);
		m->interface = i.ipi6_ifindex;
		m->to_many = IN6_IS_ADDR_MULTICAST(&i.ipi6_addr);
	}
}

/* No control message is insisted on: what did not come is what the daemon knows itself. */
static void take_message(
	struct linux_batch *b, size_t i, size_t n, int64_t now, struct kernel_message *m)
{
	struct msghdr *h = &b->headers[i].msg_hdr;

	m->n = n < m->room ? n : m->room;
	m->cut = (h->msg_flags & MSG_TRUNC) != 0;
	m->stamp_ns = now;
	m->stamp_source = 'D';
	m->stamp_error_s = 0;
	m->card_ns = 0;
	m->card = m->frame = m->interface = 0;
	m->to_many = m->guarded = false;
	memset(&m->local, 0, sizeof m->local);
	linux_endpoint(&b->slots[i].peer, h->msg_namelen, &m->peer);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c))
		take_control(c, m);
}

static int receive_one(struct linux_batch *b, int fd, int flags)
{
	ssize_t r = recvmsg(fd, &b->headers[0].msg_hdr, flags | MSG_DONTWAIT);

	if (r < 0)
		return -errno;
	b->headers[0].msg_len = (unsigned)r;
	return 1;
}

static int receive_many(struct linux_kernel *l, int fd, size_t n)
{
	int r;

	if (n > 1 && !l->no_recvmmsg) {
		r = recvmmsg(fd, l->batch->headers, (unsigned)n, MSG_DONTWAIT, NULL);
		if (r >= 0)
			return r;
		if (errno != ENOSYS)
			return -errno;
		l->no_recvmmsg = true;
	}
	return receive_one(l->batch, fd, 0);
}

int linux_receive(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct linux_kernel *l = linux_kernel(k);
	int64_t now;
	int r;

	if (n == 0 || !linux_told(l, fd, POLLIN))
		return 0;
	if (n > LINUX_BATCH)
		n = LINUX_BATCH;
	for (size_t i = 0; i < n; i++)
		prepare_receive(l->batch, i, m[i].data, m[i].room);
	r = receive_many(l, fd, n);
	l->counts.reads++;
	if (r == -EAGAIN || r == -EWOULDBLOCK || r == -EINTR)
		return 0;
	if (r < 0)
		return r;
	l->counts.received += (uint64_t)r;
	now = linux_system_now();
	for (size_t i = 0; i < (size_t)r; i++)
		take_message(l->batch, i, l->batch->headers[i].msg_len, now, &m[i]);
	return r;
}

static void add_control(struct msghdr *h, int level, int type, const void *p, size_t n)
{
	struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)h->msg_control + h->msg_controllen);

	memset(c, 0, CMSG_SPACE(n));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), p, n);
	h->msg_controllen += CMSG_SPACE(n);
}

/* The answer leaves from the address that was asked (RFC 5905 and every client insist on it). The
 * way back is the routing table's choice, except to link-local addresses, which need the link. */
static void prepare_local(struct msghdr *h, const struct kernel_message *m)
{
	if (m->local.family == ADDRESS_IP4) {
		struct in_pktinfo i = {0};

		memcpy(&i.ipi_spec_dst, m->local.ip, 4);
		add_control(h, IPPROTO_IP, IP_PKTINFO, &i, sizeof i);
	} else if (m->local.family == ADDRESS_IP6) {
		struct in6_pktinfo i = {0};

		memcpy(&i.ipi6_addr, m->local.ip, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&i.ipi6_addr))
			i.ipi6_ifindex = m->interface;
		add_control(h, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof i);
	}
}

static void prepare_stamp(
	struct linux_kernel *l, int fd, struct msghdr *h, const struct kernel_message *m)
{
	uint32_t flags = linux_stamp_request(l), id;

	add_control(h, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
	if (l->kept == NULL)
		return;
	id = linux_kept_put(l, fd, m);
	add_control(h, SOL_SOCKET, LINUX_STAMP_ID, &id, sizeof id);
}

static void prepare_send(struct linux_kernel *l, int fd, size_t i, const struct kernel_message *m)
{
	struct linux_batch *b = l->batch;
	struct slot *s = &b->slots[i];
	struct msghdr *h = &b->headers[i].msg_hdr;

	s->data = (struct iovec){m->data, m->n};
	b->headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &s->data, .msg_iovlen = 1}};
	h->msg_namelen = linux_sockaddr(&m->peer, &s->peer);
	h->msg_name = h->msg_namelen > 0 ? &s->peer : NULL;
	h->msg_control = s->control;
	prepare_local(h, m);
	if (m->want_stamp)
		prepare_stamp(l, fd, h, m);
	if (h->msg_controllen == 0)
		h->msg_control = NULL;
}

/* The daemon's own stamp is taken before the call: the packet cannot have left earlier. */
static int send_each(struct linux_batch *b, int fd, struct kernel_message *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		m[i].stamp_ns = linux_system_now();
		m[i].stamp_source = 'D';
		if (sendmsg(fd, &b->headers[i].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return i > 0 ? (int)i : -errno;
	}
	return (int)n;
}

static int send_batch(struct linux_kernel *l, int fd, struct kernel_message *m, size_t n)
{
	int64_t now = linux_system_now();
	int r = sendmmsg(fd, l->batch->headers, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (r < 0)
		return -errno;
	for (size_t i = 0; i < (size_t)r; i++) {
		m[i].stamp_ns = now;
		m[i].stamp_source = 'D';
	}
	return r;
}

static int send_some(struct linux_kernel *l, int fd, struct kernel_message *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		prepare_send(l, fd, i, &m[i]);
	if (n > 1 && !l->no_sendmmsg) {
		int r = send_batch(l, fd, m, n);

		/* An interposer leaves this call alone, and the system does not know its sockets.
		 */
		if (r != -ENOSYS && r != -EBADF)
			return r;
		l->no_sendmmsg = true;
	}
	return send_each(l->batch, fd, m, n);
}

static int send_guarded(struct linux_kernel *l, int fd, struct kernel_message *m)
{
	struct kernel_message to = *m;
	int file = linux_guard_open(m, &to.peer), r;

	if (file < 0)
		return file;
	r = send_some(l, fd, &to, 1);
	close(file);
	return r;
}

int linux_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct linux_kernel *l = linux_kernel(k);
	int r = n == 1 && m->guarded ? send_guarded(l, fd, m)
				     : send_some(l, fd, m, n < LINUX_BATCH ? n : LINUX_BATCH);

	if (r < 0)
		l->counts.unsent++;
	else
		l->counts.sent += (uint64_t)r;
	return r;
}

/* Whether an entry of the error queue is a timestamp: else it is an ICMP error, say. And the number
 * of what it is of. */
static bool is_stamp(struct msghdr *h, uint32_t *ret_id)
{
	*ret_id = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		struct sock_extended_err e;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
			!(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		if (c->cmsg_len < CMSG_LEN(sizeof e))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof e);
		*ret_id = e.ee_data;
		return e.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
	}
	return true; /* no such word: the stamp alone decides */
}

static bool take_sent(struct linux_kernel *l, int fd, struct kernel_message *m)
{
	struct linux_batch *b = l->batch;
	struct msghdr *h = &b->headers[0].msg_hdr;
	struct kernel_message got = {.room = m->room};
	struct span payload;
	uint32_t id;

	take_message(b, 0, b->headers[0].msg_len, 0, &got);
	if ((got.stamp_source != 'K' && got.card_ns == 0) || !is_stamp(h, &id))
		return false;
	got.data = m->data;
	if (l->kept != NULL && b->headers[0].msg_len == 0) {
		if (!linux_kept_get(l, fd, id, &got))
			return false;
		*m = got;
		return true;
	}
	if (linux_frame_udp((struct span){b->frame, b->headers[0].msg_len}, &got.peer, &got.local,
		    &payload) < 0)
		return false;
	got.n = payload.n < m->room ? payload.n : m->room;
	got.cut = got.n < payload.n || (h->msg_flags & MSG_TRUNC) != 0;
	memcpy(got.data, payload.p, got.n);
	*m = got;
	return true;
}

/* One entry into b->frame: 1, or 0 when the queue is empty. */
static int read_queue(struct linux_batch *b, int fd)
{
	prepare_receive(b, 0, b->frame, sizeof b->frame);
	return receive_one(b, fd, MSG_ERRQUEUE) > 0;
}

/* Takes an error that an ICMP message left on the socket: it is news to nobody. */
static void take_error(int fd)
{
	int error;
	socklen_t n = sizeof error;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
}

int linux_sent(struct kernel *k, int fd, struct kernel_message *m)
{
	struct linux_kernel *l = linux_kernel(k);

	if (!linux_told(l, fd, POLLPRI))
		return 0;
	for (int i = 0; i < QUEUE; i++) {
		if (!read_queue(l->batch, fd)) {
			take_error(fd);
			return 0;
		}
		if (take_sent(l, fd, m))
			return 1;
	}
	return 0;
}

void linux_clear_error(struct linux_kernel *l, int fd)
{
	for (int i = 0; i < QUEUE && read_queue(l->batch, fd); i++)
		;
	take_error(fd);
}
