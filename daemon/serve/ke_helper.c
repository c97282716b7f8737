/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper process: a loop of its own with a key establishment server on it. A byte in its stream
 * asks it to end once its sessions are over; the end of the stream ends it at once.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/ke_helper.h"

/* Kinds of messages; each has kind and length (2 bytes) before its body. */
enum kind {
	KIND_COUNTS = 1,
	KIND_LOG = 2,     /**< priority, text */
	KIND_CLIENT = 3,  /**< family, address, port, whether it was dropped */
	KIND_SESSION = 4, /**< as KIND_LOG, of a session */
};

#define HEADER 3

/* Numbers in a KIND_COUNTS. */
#define COUNTS 12

/* Bytes of a KIND_CLIENT. */
#define CLIENT_BODY 20

/* How long messages wait for others, s: the parent wakes up once for all of them. */
#define TOGETHER 0.01

struct helper {
	struct kernel *kernel;
	struct loop *loop;
	struct ke_server *server;
	int fd;
	struct loop_timer together; /**< set while something is to be told */
	struct ke_counts told;      /**< what the parent knows */
	bool ending;                /**< no more connections */
	bool gone;                  /**< there is no parent */
	size_t n;                   /**< bytes in out that are not written */
	uint8_t out[4 * KE_HELPER_MESSAGE];
};

static void list_counts(struct ke_counts *c, uint64_t *ret[COUNTS])
{
	uint64_t *all[COUNTS] = {&c->taken, &c->dropped, &c->served, &c->failed, &c->refused,
		&c->served_ns, &c->failed_ns, &c->refused_ns, &c->cookies, &c->served_cpu_ns,
		&c->failed_cpu_ns, &c->refused_cpu_ns};

	memcpy(ret, all, sizeof(all));
}

static void flush(struct helper *h)
{
	while (h->n > 0) {
		int r = h->kernel->ops->stream_write(h->kernel, h->fd, (struct span){h->out, h->n});

		if (r <= 0)
			break;
		h->n -= (size_t)r;
		memmove(h->out, h->out + r, h->n);
	}
	loop_rewatch(h->loop, h->fd, h->n > 0 ? KERNEL_READ | KERNEL_WRITE : KERNEL_READ);
}

/* Queues a message. False when the parent is too slow. */
static bool put(struct helper *h, enum kind kind, const uint8_t *body, size_t n)
{
	struct writer w = writer_on(h->out + h->n, sizeof(h->out) - h->n);

	write_u8(&w, (uint8_t)kind);
	write_u16(&w, (uint16_t)n);
	write_bytes(&w, body, n);
	if (!w.bad)
		h->n += w.n;
	return !w.bad;
}

/* Has what there is to tell told soon. */
static void tell_soon(struct helper *h)
{
	if (h->together.position == 0)
		loop_timer_in(h->loop, &h->together, TOGETHER);
}

/* Has a message sent with others, or at once when there are many. */
static void post(struct helper *h, enum kind kind, const uint8_t *body, size_t n)
{
	if (h->n > sizeof(h->out) / 2)
		flush(h);
	if (put(h, kind, body, n))
		tell_soon(h);
}

/* Counts that found no room go with the next. */
static void tell_counts(struct helper *h)
{
	struct ke_counts now = *ke_server_counts(h->server), told = h->told;
	uint64_t *is[COUNTS], *was[COUNTS];
	uint8_t body[COUNTS * 8];
	struct writer w = writer_on(body, sizeof(body));

	list_counts(&now, is);
	list_counts(&told, was);
	for (size_t i = 0; i < COUNTS; i++)
		write_u64(&w, *is[i] - *was[i]);
	if (put(h, KIND_COUNTS, body, w.n))
		h->told = now;
}

/* Messages are for curiosity: what finds no room is left out. */
static void post_text(
	struct helper *h, enum kind kind, enum log_priority priority, const char *message)
{
	uint8_t body[KE_HELPER_MESSAGE - HEADER];
	size_t n = strlen(message), most = sizeof(body) - 1;

	body[0] = (uint8_t)(priority + 1);
	memcpy(body + 1, message, n < most ? n : most);
	post(h, kind, body, 1 + (n < most ? n : most));
}

static void write_log(void *arg, enum log_priority priority, const char *message)
{
	post_text(arg, KIND_LOG, priority, message);
}

static void write_session(void *arg, enum log_priority priority, const char *message)
{
	post_text(arg, KIND_SESSION, priority, message);
}

/* Clients that find no room are not remembered: the limit is this process's. */
static void asked(void *arg, const struct endpoint *peer, bool dropped)
{
	uint8_t body[CLIENT_BODY];
	struct writer w = writer_on(body, sizeof(body));

	write_u8(&w, (uint8_t)peer->address.family);
	write_bytes(&w, peer->address.ip, sizeof(peer->address.ip));
	write_u16(&w, peer->port);
	write_u8(&w, dropped);
	post(arg, KIND_CLIENT, body, w.n);
}

static void ended(void *arg)
{
	tell_soon(arg);
}

static void tell(void *arg)
{
	struct helper *h = arg;

	tell_counts(h);
	flush(h);
}

static void parent_ready(void *arg, unsigned got)
{
	struct helper *h = arg;
	uint8_t byte;
	int r = -EAGAIN;

	if (got & KERNEL_READ)
		r = h->kernel->ops->stream_read(h->kernel, h->fd, &byte, 1);
	if (r != -EAGAIN) {
		h->ending = true;
		h->gone = r <= 0;
		ke_server_finish(h->server);
	}
	flush(h);
}

void ke_helper_run(void *arg, struct kernel *k, int fd)
{
	const struct ke_helper_plan *plan = arg;
	struct helper h = {.kernel = k, .loop = loop_create(k), .fd = fd};
	const struct log *ours = plan->env->log, *sessions = plan->env->sessions;
	struct log log = {write_log, &h, ours->lowest, ours->words}, of_sessions;
	struct ke_server_env env = *plan->env;

	env.kernel = k;
	env.session.kernel = k;
	env.loop = h.loop;
	env.log = &log;
	if (sessions) {
		of_sessions = (struct log){write_session, &h, sessions->lowest, sessions->words};
		env.sessions = &of_sessions;
	}
	env.asked = asked;
	env.ended = ended;
	env.arg = &h;
	if (!h.loop || loop_watch(h.loop, fd, KERNEL_READ, parent_ready, &h) < 0 ||
		loop_timer_init(h.loop, &h.together, tell, &h) < 0 ||
		ke_server_create(&env, plan->fds, &h.server) < 0)
		return;
	while (!h.gone && (!h.ending || ke_server_connections(h.server) > 0))
		if (loop_turn(h.loop) < 0)
			return;
	tell(&h);
}

static bool take_counts(struct reader *r, struct ke_counts *to)
{
	struct ke_counts more = {0};
	uint64_t *numbers[COUNTS];

	list_counts(&more, numbers);
	for (size_t i = 0; i < COUNTS; i++)
		*numbers[i] = read_u64(r);
	if (r->bad || r->left > 0)
		return false;
	ke_counts_add(to, &more);
	return true;
}

static bool take_log(struct reader *r, const struct log *log)
{
	char text[KE_HELPER_MESSAGE];
	int priority = read_u8(r) - 1;
	size_t n = r->left;

	if (r->bad || priority < LOG_PRIORITY_DEBUG || priority > LOG_PRIORITY_ERROR)
		return false;
	read_bytes(r, (uint8_t *)text, n);
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	if (priority >= (int)log->lowest)
		log->write(log->arg, (enum log_priority)priority, text);
	return true;
}

static bool take_client(struct reader *r, const struct ke_helper_sink *sink)
{
	struct address address = {.family = read_u8(r)};
	struct clients_hit hit = {.service = CLIENTS_NKE,
		.address = &address,
		.unlimited = true,
		.raw = sink->raw,
		.system = sink->system};

	read_bytes(r, address.ip, sizeof(address.ip));
	hit.port = read_u16(r);
	hit.dropped = read_u8(r) != 0;
	if (r->bad || r->left > 0 ||
		(address.family != ADDRESS_IP4 && address.family != ADDRESS_IP6))
		return false;
	if (sink->clients)
		clients_hit(sink->clients, &hit);
	return true;
}

static bool take(uint8_t kind, struct span body, const struct ke_helper_sink *sink)
{
	struct reader r = reader_on(body.p, body.n);

	switch (kind) {
	case KIND_COUNTS:
		return take_counts(&r, sink->counts);
	case KIND_LOG:
		return take_log(&r, sink->log);
	case KIND_SESSION:
		return sink->sessions && take_log(&r, sink->sessions);
	case KIND_CLIENT:
		return take_client(&r, sink);
	default:
		return false;
	}
}

/* Takes the message at the front. Returns its length, 0 when it is not whole, or -EBADMSG. */
static int take_first(const struct ke_helper_inbox *in, const struct ke_helper_sink *sink)
{
	struct reader r = reader_on(in->bytes, in->n);
	uint8_t kind = read_u8(&r);
	size_t n = read_u16(&r);

	if (r.bad)
		return 0;
	if (n > KE_HELPER_MESSAGE - HEADER)
		return -EBADMSG;
	if (r.left < n)
		return 0;
	return take(kind, read_span(&r, n), sink) ? (int)(HEADER + n) : -EBADMSG;
}

int ke_helper_read(struct ke_helper_inbox *io, struct span bytes, const struct ke_helper_sink *sink)
{
	while (bytes.n > 0) {
		size_t room = sizeof(io->bytes) - io->n, part = bytes.n < room ? bytes.n : room;
		int used;

		memcpy(io->bytes + io->n, bytes.p, part);
		io->n += part;
		bytes = (struct span){bytes.p + part, bytes.n - part};
		while ((used = take_first(io, sink)) > 0) {
			io->n -= (size_t)used;
			memmove(io->bytes, io->bytes + used, io->n);
		}
		if (used < 0)
			return used;
	}
	return 0;
}
