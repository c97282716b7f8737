/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams that are kept until the stamp of their sending comes, which tells their number (Linux
 * 6.13 and later). Without it the system hands each frame back whole, and it is taken apart.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/net_tstamp.h>

#include "daemon/kernel/linux.h"

/** Bytes that are kept of one: what follows in longer ones tells nothing of their stamp. */
#define ROOM 128

struct kept {
	uint32_t id;
	int fd;    /**< -1: free */
	bool told; /**< a stamp of it came */
	struct endpoint peer;
	struct address local;
	size_t n;
	uint8_t data[ROOM];
};

struct linux_kept {
	size_t size;
	uint32_t next;
	struct kept each[];
};

/* Whether the system takes a number with a datagram: asked of a socket of our own, whose datagram
 * goes to itself, if it goes. */
static bool can_number(void)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof self;
	uint32_t flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
			 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint32_t))] = {0};
	struct msghdr h = {.msg_name = &self,
		.msg_namelen = sizeof self,
		.msg_control = control,
		.msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can = fd >= 0 && bind(fd, (struct sockaddr *)&self, n) == 0 &&
		   getsockname(fd, (struct sockaddr *)&self, &n) == 0 &&
		   setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = LINUX_STAMP_ID;
	c->cmsg_len = CMSG_LEN(sizeof(uint32_t));
	can = can && (sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) == 0 || errno != EINVAL);
	if (fd >= 0)
		close(fd);
	return can;
}

static int keep(struct linux_kernel *l, size_t n)
{
	struct linux_kept *k = calloc(1, sizeof(*k) + n * sizeof(k->each[0]));

	if (k == NULL)
		return -ENOMEM;
	k->size = n;
	for (size_t i = 0; i < n; i++)
		k->each[i].fd = -1;
	free(l->kept);
	l->kept = k;
	return 0;
}

int linux_stamp_ids(struct kernel *k, size_t n)
{
	struct linux_kernel *l = linux_kernel(k);

	/* An interposer knows no such number, and no such destination. */
	return l->socket_flags && can_number() ? keep(l, n) : -ENOTSUP;
}

int linux_kept_like(struct linux_kernel *l, const struct linux_kernel *other)
{
	return other->kept != NULL ? keep(l, other->kept->size) : 0;
}

uint32_t linux_kept_put(struct linux_kernel *l, int fd, const struct kernel_message *m)
{
	uint32_t id = l->kept->next++;
	struct kept *at = &l->kept->each[id % l->kept->size];

	l->counts.unkept += at->fd == fd && !at->told;
	*at = (struct kept){.id = id,
		.fd = fd,
		.peer = m->peer,
		.local = m->local,
		.n = m->n < ROOM ? m->n : ROOM};
	memcpy(at->data, m->data, at->n);
	return id;
}

bool linux_kept_get(struct linux_kernel *l, int fd, uint32_t id, struct kernel_message *m)
{
	struct kept *at = &l->kept->each[id % l->kept->size];

	if (at->fd != fd || at->id != id)
		return false;
	at->told = true;
	m->peer = at->peer;
	m->local = at->local;
	m->n = at->n < m->room ? at->n : m->room;
	m->cut = m->n < at->n;
	memcpy(m->data, at->data, m->n);
	return true;
}

void linux_kept_done(struct linux_kernel *l)
{
	free(l->kept);
	l->kept = NULL;
}
