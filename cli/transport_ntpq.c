/* SPDX-License-Identifier: BSD-2-Clause */
/* One UDP socket for all requests: a nonce is good only for the port that it was given to. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "cli/transport_ntpq.h"
#include "cli/transport_socket.h"

#define ADDRESSES 16

/* A request is sent once more when nothing came. */
#define TRIES 2

struct transport_ntpq {
	char *hosts; /**< NULL once they were looked up */
	enum address_family family;
	const struct resolver *resolver;
	struct endpoint to[ADDRESSES];
	size_t n, at;
	bool answered; /**< the open address has answered once: no other is tried */
	struct transport_socket socket;
	const volatile sig_atomic_t *stop;
};

int transport_ntpq_create(const char *hosts, enum address_family family,
	const struct resolver *resolver, const volatile sig_atomic_t *stop,
	struct transport_ntpq **ret)
{
	struct transport_ntpq *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->hosts = strdup(hosts);
	if (!t->hosts) {
		free(t);
		return -ENOMEM;
	}
	t->family = family;
	t->resolver = resolver;
	t->socket.fd = -1;
	t->stop = stop;
	*ret = t;
	return 0;
}

static void add(struct transport_ntpq *t, const struct address *found, size_t n)
{
	for (size_t i = 0; i < n; i++)
		t->to[t->n++] = (struct endpoint){.address = found[i], .port = TRANSPORT_NTPQ_PORT};
}

/* Names are looked up when the first question is asked: most runs have none for us. */
static void look_up(struct transport_ntpq *t)
{
	char *rest = t->hosts, *host;

	while (rest && (host = strsep(&rest, ",")) != NULL) {
		struct address found[ADDRESSES];
		size_t n;

		if (host[0] == '\0' || host[0] == '/')
			continue;
		n = t->resolver->forward(
			t->resolver->arg, host, t->family, found, ADDRESSES - t->n);
		add(t, found, n);
	}
	free(t->hosts);
	t->hosts = NULL;
}

void transport_ntpq_destroy(struct transport_ntpq *t)
{
	if (!t)
		return;
	transport_socket_close(&t->socket);
	free(t->hosts);
	free(t);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Takes datagrams until the answer is whole. */
static int await(struct transport_ntpq *t, int first_ms, struct ntpq_answer *ret)
{
	uint8_t datagram[NTPQ_DATAGRAM_MAX];
	int64_t deadline = now_ms() + (first_ms > 0 ? first_ms : TRANSPORT_NTPQ_FIRST_MS);

	for (;;) {
		struct pollfd fd = {.fd = t->socket.fd, .events = POLLIN};
		int64_t left = deadline - now_ms();
		ssize_t n;
		int r;

		if (t->stop && *t->stop)
			return -EINTR;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&fd, 1, (int)left) <= 0)
			continue;
		n = recv(t->socket.fd, datagram, sizeof(datagram), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		r = ntpq_gather(ret, (struct span){datagram, (size_t)n});
		if (r > 0)
			return 0;
		if (r == 0)
			deadline = now_ms() + TRANSPORT_NTPQ_NEXT_MS;
	}
}

/* Asks the open address. */
static int ask_open(struct transport_ntpq *t, const struct ntpq_query *q, struct ntpq_answer *ret)
{
	uint8_t request[NTPQ_REQUEST_MAX];
	int r = -ETIMEDOUT;

	for (int i = 0; i < TRIES && r == -ETIMEDOUT; i++) {
		uint16_t sequence;
		size_t n;

		if (getrandom(&sequence, sizeof(sequence), 0) != (ssize_t)sizeof(sequence))
			return -errno;
		n = ntpq_request(q, sequence, request);
		if (n == 0)
			return -EMSGSIZE;
		if (send(t->socket.fd, request, n, 0) < 0)
			return -errno;
		ntpq_expect(ret, q->opcode, sequence);
		r = await(t, q->timeout_ms, ret);
		/* Half an answer is asked for by whoever wants it. */
		if (ret->n_parts > 0)
			break;
	}
	return r;
}

int transport_ntpq_host(struct transport_ntpq *t, const char *host, enum address_family family)
{
	struct address found[ADDRESSES];
	size_t n = t->resolver->forward(t->resolver->arg, host, family, found, ADDRESSES);

	if (n == 0)
		return -ENOENT;
	transport_socket_close(&t->socket);
	free(t->hosts);
	t->hosts = NULL;
	t->n = t->at = 0;
	add(t, found, n);
	t->answered = false;
	return 0;
}

int transport_ntpq_ask(
	struct transport_ntpq *t, const struct ntpq_query *q, struct ntpq_answer *ret)
{
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));
	int r = -ENOTCONN;

	look_up(t);
	for (; t->at < t->n; t->at++) {
		if (t->socket.fd < 0 && transport_socket_open(&t->to[t->at], &t->socket, &why) < 0)
			continue;
		r = ask_open(t, q, ret);
		t->answered |= r == 0;
		if (t->answered || r == -EINTR || r == -EMSGSIZE)
			return r;
		transport_socket_close(&t->socket);
	}
	t->at = 0;
	return r;
}
