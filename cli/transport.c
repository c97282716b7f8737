/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking a daemon: which address, how often, how long, and what counts as an answer. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cli/transport.h"
#include "cli/transport_socket.h"

/* Addresses of one name, and of all. */
#define NAME_MAX_ADDRESSES 8
#define MAX_ADDRESSES      32

#define WHY_ROOM 4096

/* Longer than any time-out that anybody waits for; keeps the doubling within bounds. */
#define LONGEST_WAIT_MS INT64_C(86400000)

struct transport {
	struct transport_settings settings;
	struct endpoint to[MAX_ADDRESSES];
	size_t n;  /* addresses */
	size_t at; /* of the open one; n: none is open */
	struct transport_socket socket;
	struct text why;
	size_t why_hosts; /* length of what is said of hosts that have no address */
	char why_buffer[WHY_ROOM];
};

static void note(struct transport *t, const char *where, const char *what)
{
	text_add(&t->why, "%s: %s\n", where, what);
}

/* Adds the addresses of one item of the list of hosts. */
static void add_host(struct transport *t, const char *host)
{
	struct address found[NAME_MAX_ADDRESSES];
	struct endpoint e = {.port = t->settings.port};
	size_t n;

	if (host[0] == '/') {
		if (text_copy(e.path, sizeof(e.path), host) < 0)
			note(t, host, strerror(ENAMETOOLONG));
		else if (t->n < MAX_ADDRESSES)
			t->to[t->n++] = e;
		return;
	}
	n = t->settings.resolver->forward(
		t->settings.resolver->arg, host, t->settings.family, found, NAME_MAX_ADDRESSES);
	if (n == 0)
		note(t, host, "no address is known for this name");
	for (size_t i = 0; i < n && t->n < MAX_ADDRESSES; i++) {
		e.address = found[i];
		t->to[t->n++] = e;
	}
}

int transport_create(const struct transport_settings *settings, struct transport **ret)
{
	struct transport *t = calloc(1, sizeof(*t));
	char *hosts = strdup(settings->hosts), *rest = hosts, *host;

	if (!t || !hosts) {
		free(t);
		free(hosts);
		return -ENOMEM;
	}
	t->settings = *settings;
	t->why = text_on(t->why_buffer, sizeof(t->why_buffer));
	t->socket.fd = -1;
	while ((host = strsep(&rest, ","))) {
		if (host[0])
			add_host(t, host);
	}
	free(hosts);
	t->settings.hosts = NULL;
	t->why_hosts = t->why.n;
	t->at = t->n;
	*ret = t;
	return 0;
}

void transport_destroy(struct transport *t)
{
	if (!t)
		return;
	transport_socket_close(&t->socket);
	free(t);
}

void transport_set_timeout(struct transport *t, int timeout_ms)
{
	t->settings.timeout_ms = timeout_ms;
}

void transport_set_retries(struct transport *t, int retries)
{
	t->settings.retries = retries;
}

const char *transport_why(const struct transport *t)
{
	return t->why.s;
}

/* Opens the first address from index first on that can be opened. */
static int open_from(struct transport *t, size_t first)
{
	transport_socket_close(&t->socket);
	for (t->at = first; t->at < t->n; t->at++) {
		char where[ENDPOINT_TEXT], reason[256];
		struct text why = text_on(reason, sizeof(reason));

		if (transport_socket_open(&t->to[t->at], &t->socket, &why) == 0)
			return 0;
		endpoint_format(&t->to[t->at], where, sizeof(where));
		note(t, where, reason);
	}
	return -ENOTCONN;
}

/* Forgets what was said of earlier tries. */
static void forget(struct transport *t)
{
	t->why.n = t->why_hosts;
	t->why.s[t->why.n] = '\0';
	t->why.cut = false;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool stopped(const struct transport *t)
{
	return t->settings.stop && *t->settings.stop;
}

/* Waits for a datagram until deadline. Returns its length or -errno. */
static ssize_t receive(struct transport *t, int64_t deadline, uint8_t *p, size_t room)
{
	for (;;) {
		struct pollfd fd = {.fd = t->socket.fd, .events = POLLIN};
		int64_t left = deadline - now_ms();
		ssize_t n;

		if (stopped(t))
			return -EINTR;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&fd, 1, (int)left) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		n = recv(t->socket.fd, p, room, 0);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

/* Waits for the answer to q: whatever else comes is passed over. */
static int await(struct transport *t, const struct cmdmon_request *q, int64_t deadline,
	struct cmdmon_reply *ret)
{
	uint8_t datagram[CMDMON_REPLY_MAX + 512];

	for (;;) {
		ssize_t n = receive(t, deadline, datagram, sizeof(datagram));
		struct cmdmon_reply reply;
		int r;

		if (n < 0)
			return (int)n;
		r = cmdmon_reply_decode((struct span){datagram, (size_t)n}, &reply);
		if (r == -EMSGSIZE)
			return r;
		if (r == 0 && reply.command == q->command && reply.sequence == q->sequence) {
			*ret = reply;
			return 0;
		}
	}
}

/* Sends q once with a fresh sequence, so that late answers to earlier ones are not mistaken. */
static int send_once(struct transport *t, struct cmdmon_request *q, int attempt)
{
	uint8_t datagram[CMDMON_REQUEST_MAX];
	int n;

	q->attempt = (uint16_t)attempt;
	if (getrandom(&q->sequence, sizeof(q->sequence), 0) != (ssize_t)sizeof(q->sequence))
		return -errno;
	n = cmdmon_request_encode(q, datagram, sizeof(datagram));
	if (n < 0)
		return n;
	if (send(t->socket.fd, datagram, (size_t)n, 0) < 0)
		return -errno;
	return 0;
}

/* Asks the open address as often as allowed. */
static int ask_open(struct transport *t, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	int64_t wait_ms = t->settings.timeout_ms;
	int r = -ETIMEDOUT;

	for (int i = 0; i <= t->settings.retries; i++) {
		r = send_once(t, q, i);
		if (r == 0)
			r = await(t, q, now_ms() + wait_ms, ret);
		if (r == 0 || r == -EINTR || r == -EINVAL)
			return r;
		wait_ms = wait_ms < LONGEST_WAIT_MS / 2 ? 2 * wait_ms : LONGEST_WAIT_MS;
	}
	return r;
}

/* Notes what became of the open address. */
static void note_failure(struct transport *t, int error)
{
	char where[ENDPOINT_TEXT], reason[128];
	struct text text = text_on(reason, sizeof(reason));

	if (error == -ETIMEDOUT)
		text_add(&text, "no answer to %d request%s", t->settings.retries + 1,
			t->settings.retries ? "s" : "");
	else if (error == -EMSGSIZE)
		text_add(&text, "the answer is cut short");
	else if (error == -ECONNREFUSED)
		text_add(&text, "%s (no daemon listens there)", strerror(-error));
	else
		text_add(&text, "%s", strerror(-error));
	endpoint_format(&t->to[t->at], where, sizeof(where));
	note(t, where, reason);
}

int transport_ask(struct transport *t, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	int r = 0;

	forget(t);
	if (t->at == t->n)
		r = open_from(t, 0);
	if (r < 0)
		return r;
	while (r == 0) {
		r = ask_open(t, q, ret);
		if (r == 0 || r == -EINTR || r == -EINVAL)
			return r;
		note_failure(t, r);
		r = open_from(t, t->at + 1);
	}
	return -ETIMEDOUT;
}
