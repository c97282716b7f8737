/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams of the simulated kernels. What is written goes as segments over the same links as
 * datagrams, each with its own delay, but arrives in order and once: a lost one comes later by the
 * waits before it is sent again, and a connection on which one is lost too often breaks.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/world.h"

/* Bytes of a segment; on their way or unread in all. */
#define SEGMENT_MAX 1400
#define WINDOW      65536

/* Attempts to get a segment through; s before the second one, from where it doubles. */
#define TRIES        8
#define RETRY_S      0.2
#define RETRY_OPEN_S 1.0

/* s until a connection that nobody answers is given up (RFC 9293 3.8.3: at least 100). */
#define GIVE_UP_S 127.0

/* s after which a segment is tried again at a machine that sleeps or has no room for more. */
#define LATER_S 1.0

enum stream_state {
	LISTENING,
	OPENING,
	OPEN,
	BROKEN
};

/** One end of a connection, or a socket that listens. */
struct sim_stream {
	int fd; /**< 0: not accepted yet */
	enum stream_state state;
	struct endpoint local, remote;
	int remote_node;
	int listener; /**< descriptor by which it came, until it is accepted */
	int backlog;
	int error;
	bool ended; /**< the other end sends no more */
	uint8_t *received;
	size_t n, window;     /**< bytes unread; bytes that may be sent */
	int64_t last_arrival; /**< of what was sent: order is kept */
	struct sim_stream *next;
};

enum segment_kind {
	ASK,
	AGREE,
	RESET,
	DATA,
	END,
	CREDIT,
	TIMEOUT, /**< told by a node to itself: nothing gets through */
	GIVE_UP, /**< likewise: nobody has answered */
};

/** What one end tells the other. */
struct sim_segment {
	enum segment_kind kind;
	int from, to; /**< nodes */
	uint16_t from_port, to_port;
	size_t n; /**< bytes of data, or of credit */
	uint8_t data[];
};

static struct sim_stream *stream_of(struct sim_node *n, int fd)
{
	struct sim_stream *s = n->streams;

	while (s && (s->fd != fd || fd == 0))
		s = s->next;
	return s;
}

/** The end at node n of a connection. */
static struct sim_stream *end_of(struct sim_node *n, const struct sim_segment *g)
{
	struct sim_stream *s = n->streams;

	while (s && (s->state == LISTENING || s->local.port != g->to_port ||
			    s->remote.port != g->from_port || s->remote_node != g->from))
		s = s->next;
	return s;
}

static struct sim_stream *listener_at(struct sim_node *n, uint16_t port)
{
	struct sim_stream *s = n->streams;

	while (s && (s->state != LISTENING || s->local.port != port))
		s = s->next;
	return s;
}

static struct sim_stream *add(struct sim_node *n, enum stream_state state)
{
	struct sim_stream *s = sim_alloc(sizeof(*s));

	s->state = state;
	s->window = WINDOW;
	s->next = n->streams;
	n->streams = s;
	return s;
}

static void drop(struct sim_node *n, struct sim_stream *s)
{
	struct sim_stream **at = &n->streams;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	sim_free(s->received);
	sim_free(s);
}

/** Delay of a segment with what its losses add; negative: lost for good. */
static double travel(struct sim_node *from, int to, bool opening)
{
	struct sim *s = from->sim;
	double waited = 0, wait = opening ? RETRY_OPEN_S : RETRY_S;

	if (to == from->index)
		return 1e-6;
	for (int i = 0; i < TRIES && !from->cut && !s->nodes[to].cut; i++) {
		struct sim_fate fate = sim_link_next(&s->links[from->index][to],
			&s->link_random[from->index][to], sim_elapsed(s) + waited, 0);

		if (fate.copies > 0)
			return waited + fate.delay[0];
		waited += wait;
		wait *= 2;
	}
	return -1;
}

static struct sim_segment *segment(struct sim_node *from, enum segment_kind kind, int to,
	uint16_t from_port, uint16_t to_port, struct span data)
{
	struct sim_segment *g = sim_alloc(sizeof(*g) + data.n);

	*g = (struct sim_segment){.kind = kind,
		.from = from->index,
		.to = to,
		.from_port = from_port,
		.to_port = to_port,
		.n = data.n};
	if (data.p && data.n > 0)
		memcpy(g->data, data.p, data.n);
	return g;
}

static void arrive_at(struct sim *s, struct sim_segment *g, int64_t at)
{
	sim_schedule(
		s, (struct sim_event){.at = at, .what = SIM_SEGMENT, .node = g->to, .segment = g});
}

/** Lets a node's own system act when it gives up. */
static void remind(struct sim_node *n, const struct sim_stream *s, enum segment_kind kind)
{
	arrive_at(n->sim,
		segment(n, kind, n->index, s->remote.port, s->local.port, (struct span){NULL, 0}),
		instant_add_s(n->sim->now_ns, GIVE_UP_S));
}

/** Sends a segment of a connection, after all that was sent before. */
static void send_segment(
	struct sim_node *n, struct sim_stream *s, enum segment_kind kind, struct span data)
{
	double delay = travel(n, s->remote_node, kind == ASK);
	int64_t at;

	if (n->dead)
		return;
	if (delay < 0) {
		remind(n, s, TIMEOUT);
		return;
	}
	at = instant_add_s(n->sim->now_ns, delay);
	if (at < s->last_arrival)
		at = s->last_arrival;
	s->last_arrival = at;
	arrive_at(
		n->sim, segment(n, kind, s->remote_node, s->local.port, s->remote.port, data), at);
}

static void tell(struct sim_node *n, struct sim_stream *s, enum segment_kind kind)
{
	send_segment(n, s, kind, (struct span){NULL, 0});
}

/** Tells the other end how many bytes were read. */
static void send_credit(struct sim_node *n, struct sim_stream *s, size_t bytes)
{
	send_segment(n, s, CREDIT, (struct span){NULL, bytes});
}

static void fail(struct sim_node *n, struct sim_stream *s, int error)
{
	if (s->state == BROKEN)
		return;
	s->error = s->state == OPENING && error == ECONNRESET ? ECONNREFUSED : error;
	s->state = BROKEN;
	if (s->fd == 0)
		drop(n, s);
}

static int waiting(const struct sim_node *n, const struct sim_stream *listener)
{
	int count = 0;

	for (const struct sim_stream *s = n->streams; s; s = s->next)
		count += s->listener == listener->fd && s->fd == 0 && s->state == OPEN;
	return count;
}

/** Somebody wants to connect. Returns false when there is no room for it now. */
static bool take(struct sim_node *n, const struct sim_segment *g)
{
	struct sim_stream *listener = listener_at(n, g->to_port), *s;

	if (!listener || end_of(n, g)) {
		struct sim_stream nobody = {.local.port = g->to_port,
			.remote.port = g->from_port,
			.remote_node = g->from};

		tell(n, &nobody, RESET);
		return true;
	}
	if (waiting(n, listener) >= listener->backlog)
		return false;
	s = add(n, OPEN);
	s->listener = listener->fd;
	s->local = (struct endpoint){.address = sim_address(n->index), .port = g->to_port};
	s->remote = (struct endpoint){.address = sim_address(g->from), .port = g->from_port};
	s->remote_node = g->from;
	tell(n, s, AGREE);
	return true;
}

static void receive(struct sim_stream *s, const struct sim_segment *g)
{
	s->received = sim_realloc(s->received, s->n + g->n);
	memcpy(s->received + s->n, g->data, g->n);
	s->n += g->n;
}

/** What remind() was for. */
static void give_up(struct sim_node *n, const struct sim_segment *g)
{
	struct sim_stream *s = n->streams;

	while (s && (s->state == LISTENING || s->local.port != g->to_port ||
			    s->remote.port != g->from_port))
		s = s->next;
	if (s && (g->kind == TIMEOUT || s->state == OPENING))
		fail(n, s, ETIMEDOUT);
}

/** Takes a segment that has arrived. Returns false: it is to be tried again. */
static bool happens(struct sim_node *n, const struct sim_segment *g)
{
	struct sim_stream *s = end_of(n, g);

	if (g->kind == TIMEOUT || g->kind == GIVE_UP) {
		give_up(n, g);
		return true;
	}
	if (g->kind == ASK)
		return take(n, g);
	if (!s) {
		struct sim_stream nobody = {.local.port = g->to_port,
			.remote.port = g->from_port,
			.remote_node = g->from};

		if (g->kind == DATA || g->kind == AGREE)
			tell(n, &nobody, RESET);
		return true;
	}
	if (g->kind == RESET) {
		fail(n, s, ECONNRESET);
	} else if (g->kind == AGREE && s->state == OPENING) {
		s->state = OPEN;
	} else if (s->state == OPEN) {
		if (g->kind == DATA)
			receive(s, g);
		else if (g->kind == END)
			s->ended = true;
		else if (g->kind == CREDIT)
			s->window += g->n;
	}
	return true;
}

void sim_stream_arrive(struct sim *s, struct sim_segment *g)
{
	struct sim_node *n = &s->nodes[g->to];

	if (n->dead) {
		/* a machine without power says nothing */
		sim_free(g);
		return;
	}
	if (n->clock.asleep || !happens(n, g)) {
		arrive_at(s, g, instant_add_s(s->now_ns, LATER_S));
		return;
	}
	n->runnable = true;
	sim_free(g);
}

int sim_stream_connect(struct kernel *k, const struct kernel_socket *o)
{
	struct sim_node *n = sim_node_of(k);
	int to = address_is_loopback(&o->remote.address) ? n->index
							 : sim_net_find(n->sim, &o->remote.address);
	struct sim_stream *s;

	if (o->remote.address.family != ADDRESS_IP4)
		return -EAFNOSUPPORT;
	if (to < 0)
		return -ENETUNREACH;
	s = add(n, OPENING);
	s->fd = n->next_fd++;
	n->next_port = n->next_port < 65535 ? n->next_port + 1 : 32768;
	s->local =
		(struct endpoint){.address = sim_address(n->index), .port = (uint16_t)n->next_port};
	s->remote = o->remote;
	s->remote_node = to;
	tell(n, s, ASK);
	/* an answer may never come, from a machine without power */
	remind(n, s, GIVE_UP);
	return s->fd;
}

int sim_stream_error(struct kernel *k, int fd)
{
	const struct sim_stream *s = stream_of(sim_node_of(k), fd);

	if (!s)
		return -EBADF;
	return s->state == OPENING ? -EINPROGRESS : -s->error;
}

int sim_stream_listen(struct kernel *k, const struct kernel_socket *o, int backlog)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_stream *s;

	if (o->family == ADDRESS_IP6 || o->local.address.family == ADDRESS_IP6)
		return -EAFNOSUPPORT;
	if (listener_at(n, o->local.port))
		return -EADDRINUSE;
	s = add(n, LISTENING);
	s->fd = n->next_fd++;
	s->local = o->local;
	s->backlog = backlog;
	return s->fd;
}

/** The connection that has waited longest: new ones are put in front. */
static struct sim_stream *oldest(struct sim_node *n, int listener)
{
	struct sim_stream *found = NULL;

	for (struct sim_stream *s = n->streams; s; s = s->next) {
		if (s->fd == 0 && s->listener == listener)
			found = s;
	}
	return found;
}

int sim_stream_accept(struct kernel *k, int fd, struct endpoint *ret_peer)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_stream *listener = stream_of(n, fd), *s;

	if (!listener || listener->state != LISTENING)
		return -EBADF;
	s = oldest(n, fd);
	if (!s)
		return -EAGAIN;
	s->fd = n->next_fd++;
	*ret_peer = s->remote;
	return s->fd;
}

int sim_stream_read(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_stream *s = stream_of(n, fd);
	size_t part;

	if (!s)
		return -EBADF;
	if (s->state == BROKEN)
		return -s->error;
	if (s->n == 0)
		return s->ended ? 0 : -EAGAIN;
	part = s->n < room ? s->n : room;
	memcpy(p, s->received, part);
	s->n -= part;
	memmove(s->received, s->received + part, s->n);
	send_credit(n, s, part);
	return (int)part;
}

int sim_stream_write(struct kernel *k, int fd, struct span data)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_stream *s = stream_of(n, fd);
	size_t left;

	if (!s)
		return -EBADF;
	if (s->state == BROKEN)
		return -EPIPE;
	if (s->state != OPEN || s->window == 0)
		return -EAGAIN;
	if (sim_fault(n, n->faults.reset)) {
		tell(n, s, RESET);
		fail(n, s, ECONNRESET);
		return -ECONNRESET;
	}
	if (data.n > s->window)
		data.n = s->window;
	if (data.n > 1 && sim_fault(n, n->faults.send))
		data.n = 1 + sim_random_u64(&n->fault_random) % (data.n - 1);
	s->window -= data.n;
	for (left = data.n; left > 0;) {
		struct span part = {
			data.p + (data.n - left), left < SEGMENT_MAX ? left : SEGMENT_MAX};

		send_segment(n, s, DATA, part);
		left -= part.n;
	}
	return (int)data.n;
}

unsigned sim_stream_ready(struct sim_node *n, int fd)
{
	const struct sim_stream *s = stream_of(n, fd);

	if (!s)
		return 0;
	switch (s->state) {
	case LISTENING:
		return oldest(n, fd) ? KERNEL_READ : 0;
	case OPENING:
		return 0;
	case OPEN:
		return (s->n > 0 || s->ended ? KERNEL_READ : 0U) |
		       (s->window > 0 ? KERNEL_WRITE : 0U);
	case BROKEN:
		break;
	}
	return KERNEL_READ | KERNEL_WRITE;
}

bool sim_stream_local(struct sim_node *n, int fd, struct endpoint *ret)
{
	const struct sim_stream *s = stream_of(n, fd);

	if (s)
		*ret = s->local;
	return s != NULL;
}

/** Ends one end: politely, or by a reset when something was not read. */
static void end(struct sim_node *n, struct sim_stream *s)
{
	if (s->state == OPEN)
		tell(n, s, s->n > 0 ? RESET : END);
	drop(n, s);
}

void sim_stream_close(struct sim_node *n, int fd)
{
	struct sim_stream *s = stream_of(n, fd), *waiting_one;

	if (!s)
		return;
	while (s->state == LISTENING && (waiting_one = oldest(n, fd))) {
		tell(n, waiting_one, RESET);
		drop(n, waiting_one);
	}
	end(n, s);
}

void sim_streams_close(struct sim_node *n)
{
	while (n->streams)
		end(n, n->streams);
}
