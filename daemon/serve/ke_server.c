/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections of the key establishment server. None can hold up another: every call returns at
 * once, each has its deadline, and when there are too many, one of the network that has most of
 * them is given up: the one that has done least, the oldest first.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/ke_identity.h"
#include "daemon/serve/ke_server.h"
#include "daemon/serve/serve.h"
#include "daemon/words.h"

/* Bytes read and written at once. */
#define CHUNK 4096

/* Connections taken before others get their turn. */
#define ACCEPTS 32

/* How long no connection is taken when the system has no descriptor for it, s. */
#define PAUSE 0.1

/* Networks are counted in so many classes, by a hash that nobody else knows. */
#define CLASSES 1024

/* Connections that are looked at for one to give up. */
#define LOOKED_AT 1024

/* Sessions that the log is told of in a row, and the time for one more, s: strangers decide how
 * many there are. A file of their own takes all. */
#define TOLD_IN_A_ROW 100
#define TOLD_EVERY    1.0

/* Connections that there is room for at first. */
#define ROOM 16

/* A connection. */
struct client {
	struct ke_server *server;
	struct ke_session *session;
	struct endpoint peer;
	int fd;
	size_t class;  /**< of its network */
	int64_t since; /**< raw instant */
	int64_t cpu;   /**< ns of the processor that it took */
	double system; /**< s of them in the system, when sessions are told */
	size_t n, at;  /**< bytes in out, and how many of them are written */
	uint8_t out[CHUNK];
};

struct ke_server {
	struct ke_server_env env;
	int fds[KE_PORTS];
	bool listening[KE_PORTS];
	bool finished;           /**< no more connections are wanted */
	struct client **clients; /**< the oldest first: all live equally long, so its end is next */
	size_t n, room;
	uint32_t load[CLASSES]; /**< connections of each class */
	uint64_t seed;          /**< of the hash */
	struct loop_timer deadline, resume;
	struct ke_counts counts;
	int64_t told_until; /**< raw instant at which the log is owed no time */
	uint64_t untold;    /**< sessions left out since the last one told */
};

void ke_counts_add(struct ke_counts *to, const struct ke_counts *more)
{
	to->taken += more->taken;
	to->dropped += more->dropped;
	to->served += more->served;
	to->failed += more->failed;
	to->refused += more->refused;
	to->served_ns += more->served_ns;
	to->failed_ns += more->failed_ns;
	to->refused_ns += more->refused_ns;
	to->served_cpu_ns += more->served_cpu_ns;
	to->failed_cpu_ns += more->failed_cpu_ns;
	to->refused_cpu_ns += more->refused_cpu_ns;
	to->cookies += more->cookies;
}

/* The class of a network: an IPv4 address or the first half of an IPv6 one (FNV-1a). */
static size_t class_of(const struct ke_server *s, const struct address *a)
{
	uint64_t hash = s->seed;
	size_t n = a->family == ADDRESS_IP4 ? 4 : 8;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ a->ip[i]) * UINT64_C(0x100000001b3);
	return (size_t)((hash ^ hash >> 32) % CLASSES);
}

static int64_t deadline_of(const struct client *c)
{
	return instant_add_s(c->since, KE_DEADLINE);
}

static void set_deadline(struct ke_server *s)
{
	if (s->n > 0)
		loop_timer_set(s->env.loop, &s->deadline, deadline_of(s->clients[0]));
	else
		loop_timer_stop(s->env.loop, &s->deadline);
}

/* Sees to it that one more connection has a place. Returns 0 or -ENOMEM. */
static int have_place(struct ke_server *s)
{
	size_t room = s->room > 0 ? s->room * 2 : ROOM;
	struct client **clients;

	if (s->n < s->room)
		return 0;
	clients = realloc(s->clients, room * sizeof(struct client *));
	if (!clients)
		return -ENOMEM;
	s->clients = clients;
	s->room = room;
	return 0;
}

static void append(struct ke_server *s, struct client *c)
{
	s->clients[s->n++] = c;
	s->load[c->class]++;
	set_deadline(s);
}

static void take_out(struct ke_server *s, const struct client *c)
{
	size_t at = 0;

	while (s->clients[at] != c)
		at++;
	s->n--;
	memmove(&s->clients[at], &s->clients[at + 1], (s->n - at) * sizeof(struct client *));
	s->load[c->class]--;
	set_deadline(s);
}

static void count(struct ke_server *s, const struct client *c)
{
	uint64_t ns = (uint64_t)(loop_now(s->env.loop) - c->since), cpu = (uint64_t)c->cpu;

	switch (ke_session_stage(c->session)) {
	case KE_SERVED:
		s->counts.served++;
		s->counts.served_ns += ns;
		s->counts.served_cpu_ns += cpu;
		s->counts.cookies += NTS_COOKIES;
		break;
	case KE_REQUEST:
	case KE_REFUSED:
		s->counts.refused++;
		s->counts.refused_ns += ns;
		s->counts.refused_cpu_ns += cpu;
		break;
	case KE_SILENT:
	case KE_HANDSHAKE:
	case KE_FAILED:
		s->counts.failed++;
		s->counts.failed_ns += ns;
		s->counts.failed_cpu_ns += cpu;
		break;
	}
}

/* Where sessions are told. */
static const struct log *sessions_log(const struct ke_server *s)
{
	return s->env.sessions ? s->env.sessions : s->env.log;
}

/* Whether the log has room for one session more. */
static bool may_tell(struct ke_server *s)
{
	int64_t now = loop_now(s->env.loop);

	if (s->env.sessions)
		return true;
	if (s->told_until < now)
		s->told_until = now;
	if (instant_diff_s(s->told_until, now) > (TOLD_IN_A_ROW - 1) * TOLD_EVERY) {
		s->untold++;
		return false;
	}
	s->told_until = instant_add_s(s->told_until, TOLD_EVERY);
	if (s->untold > 0)
		words_say(s->env.log, ke_untold, s->untold);
	s->untold = 0;
	return true;
}

/* Ends a connection. why: NULL when the session itself knows best. */
static void drop(struct ke_server *s, struct client *c, const char *why)
{
	char peer[ENDPOINT_TEXT];
	double cpu = (double)c->cpu / (double)INSTANT_S;
	const struct ke_spent spent = {.took_s = instant_diff_s(loop_now(s->env.loop), c->since),
		.user_s = fmax(cpu - c->system, 0),
		.system_s = c->system};

	count(s, c);
	endpoint_format(&c->peer, peer, sizeof(peer));
	if (ke_session_is_told(sessions_log(s)) && may_tell(s))
		ke_session_tell(c->session, sessions_log(s), peer, &spent, why);
	take_out(s, c);
	loop_unwatch(s->env.loop, c->fd);
	s->env.kernel->ops->close(s->env.kernel, c->fd);
	ke_session_destroy(c->session);
	free(c);
	if (s->env.ended)
		s->env.ended(s->env.arg);
}

static void run_deadline(void *arg)
{
	struct ke_server *s = arg;

	while (s->n > 0 && deadline_of(s->clients[0]) <= loop_now(s->env.loop))
		drop(s, s->clients[0], "timed out");
}

/* Writes what can be written. Returns 0 when all is, -EAGAIN, or why it cannot be. */
static int flush(struct client *c)
{
	const struct kernel_ops *ops = c->server->env.kernel->ops;

	for (;;) {
		int r;

		if (c->at == c->n) {
			c->at = 0;
			c->n = ke_session_drain(c->session, c->out, sizeof(c->out));
			if (c->n == 0)
				return 0;
		}
		r = ops->stream_write(
			c->server->env.kernel, c->fd, (struct span){c->out + c->at, c->n - c->at});
		if (r < 0)
			return r;
		c->at += (size_t)r;
	}
}

/* Gets on with a session. Returns what flush() does, or why the connection is broken. Nothing is
 * read while something waits to be written: who does not read gets no more memory. */
static int proceed(struct client *c, unsigned got)
{
	struct ke_server *s = c->server;
	uint8_t in[CHUNK];
	int r, broken = 0;

	if ((got & KERNEL_READ) && !ke_session_over(c->session)) {
		r = s->env.kernel->ops->stream_read(s->env.kernel, c->fd, in, sizeof(in));
		if (r == 0)
			ke_session_end(c->session);
		else if (r > 0)
			ke_session_feed(c->session, (struct span){in, (size_t)r});
		else if (r != -EAGAIN)
			broken = r;
	}
	return broken < 0 ? broken : flush(c);
}

static int64_t cpu_now(const struct ke_server *s)
{
	return s->env.kernel->ops->cpu(s->env.kernel);
}

/* Seconds in the system, where somebody is to know. */
static double system_now(const struct ke_server *s)
{
	struct kernel_usage usage;

	if (!ke_session_is_told(sessions_log(s)))
		return 0;
	s->env.kernel->ops->usage(s->env.kernel, &usage);
	return usage.system_s;
}

static void client_ready(void *arg, unsigned got)
{
	struct client *c = arg;
	struct ke_server *s = c->server;
	int64_t began = cpu_now(s);
	double began_system = system_now(s);
	int r = proceed(c, got);

	c->cpu += cpu_now(s) - began;
	c->system += system_now(s) - began_system;
	if (r == 0 && ke_session_over(c->session))
		drop(s, c, NULL);
	else if (r < 0 && r != -EAGAIN)
		drop(s, c, strerror(-r));
	else
		loop_rewatch(s->env.loop, c->fd, r == 0 ? KERNEL_READ : KERNEL_WRITE);
}

/* Whether c is to be given up before d. Honest clients get on within a round trip. */
static bool is_less(const struct ke_server *s, const struct client *c, const struct client *d)
{
	if (s->load[c->class] != s->load[d->class])
		return s->load[c->class] > s->load[d->class];
	return ke_session_stage(c->session) < ke_session_stage(d->session);
}

/* Makes room for one more. */
static void make_room(struct ke_server *s)
{
	struct client *least = s->clients[0];

	for (size_t i = 1; i < s->n && i < LOOKED_AT; i++)
		if (is_less(s, s->clients[i], least))
			least = s->clients[i];
	s->counts.dropped++;
	drop(s, least, "dropped for another");
}

/* Begins a session. Returns 0 or -errno; the descriptor is the caller's then. */
static int begin(struct ke_server *s, int fd, const struct endpoint *peer)
{
	int64_t began = cpu_now(s);
	struct client *c;
	int r = have_place(s);

	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	r = ke_session_create(&s->env.session, ke_identity_get(s->env.identity), &c->session);
	if (r < 0)
		goto free_client;
	c->server = s;
	c->peer = *peer;
	c->fd = fd;
	c->class = class_of(s, &peer->address);
	c->since = loop_now(s->env.loop);
	c->cpu = cpu_now(s) - began;
	r = loop_watch(s->env.loop, fd, KERNEL_READ, client_ready, c);
	if (r < 0)
		goto destroy_session;
	append(s, c);
	return 0;
destroy_session:
	ke_session_destroy(c->session);
free_client:
	free(c);
	return r;
}

static void listen_on(struct ke_server *s, bool on);

/* Counts a client. False when it comes too often. */
static bool is_welcome(struct ke_server *s, const struct endpoint *peer)
{
	const struct kernel_ops *ops = s->env.kernel->ops;
	struct clients_hit hit = {
		.service = CLIENTS_NKE, .address = &peer->address, .port = peer->port};
	struct kernel_clocks now;
	bool welcome;

	if (!s->env.clients)
		return true;
	ops->clocks(s->env.kernel, &now);
	hit.raw = now.raw_ns;
	hit.system = now.system_ns;
	/* Without randomness there is no leak. */
	if (s->env.limited && ops->random(s->env.kernel, &hit.random, sizeof(hit.random)) < 0)
		hit.random = UINT32_MAX;
	welcome = clients_hit(s->env.clients, &hit) == CLIENTS_ANSWER;
	if (s->env.asked)
		s->env.asked(s->env.arg, peer, !welcome);
	return welcome;
}

/* Takes one connection. Returns false when there is none to take now. */
static bool accept_one(struct ke_server *s, int listener)
{
	const struct kernel_ops *ops = s->env.kernel->ops;
	struct endpoint peer;
	int fd = ops->stream_accept(s->env.kernel, listener, &peer);

	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOBUFS) {
		listen_on(s, false);
		loop_timer_in(s->env.loop, &s->resume, PAUSE);
		return false;
	}
	if (fd < 0) /* a connection that is gone again does not keep others waiting */
		return fd == -ECONNABORTED || fd == -EINTR;
	if (!access_allowed(s->env.access, &peer.address)) {
		ops->close(s->env.kernel, fd);
		return true;
	}
	s->counts.taken++;
	if (!is_welcome(s, &peer)) {
		s->counts.dropped++;
		ops->close(s->env.kernel, fd);
		return true;
	}
	if (s->n >= s->env.max_connections)
		make_room(s);
	if (begin(s, fd, &peer) < 0) {
		s->counts.dropped++;
		ops->close(s->env.kernel, fd);
	}
	return true;
}

static void accept_ready(struct ke_server *s, size_t port)
{
	int left = ACCEPTS;

	while (left-- > 0 && s->listening[port] && accept_one(s, s->fds[port]))
		;
}

static void first_ready(void *arg, unsigned got)
{
	(void)got;
	accept_ready(arg, 0);
}

static void second_ready(void *arg, unsigned got)
{
	(void)got;
	accept_ready(arg, 1);
}

static void listen_on(struct ke_server *s, bool on)
{
	for (size_t i = 0; i < KE_PORTS; i++) {
		if (s->fds[i] < 0 || s->listening[i] == on)
			continue;
		if (!on)
			loop_unwatch(s->env.loop, s->fds[i]);
		else if (loop_watch(s->env.loop, s->fds[i], KERNEL_READ,
				 i == 0 ? first_ready : second_ready, s) < 0)
			continue;
		s->listening[i] = on;
	}
}

static void run_resume(void *arg)
{
	struct ke_server *s = arg;

	if (!s->finished)
		listen_on(s, true);
}

int ke_server_create(
	const struct ke_server_env *env, const int fds[KE_PORTS], struct ke_server **ret)
{
	struct ke_server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->env = *env;
	memcpy(s->fds, fds, sizeof(s->fds));
	if (env->kernel->ops->random(env->kernel, &s->seed, sizeof(s->seed)) < 0)
		s->seed = UINT64_C(0xcbf29ce484222325);
	r = loop_timer_init(env->loop, &s->deadline, run_deadline, s);
	if (r < 0) {
		free(s);
		return r;
	}
	r = loop_timer_init(env->loop, &s->resume, run_resume, s);
	if (r < 0) {
		loop_timer_done(env->loop, &s->deadline);
		free(s);
		return r;
	}
	listen_on(s, true);
	*ret = s;
	return 0;
}

void ke_server_destroy(struct ke_server *s)
{
	if (!s)
		return;
	s->env.ended = NULL;
	ke_server_finish(s);
	while (s->n > 0)
		drop(s, s->clients[0], "the server ends");
	loop_timer_done(s->env.loop, &s->deadline);
	loop_timer_done(s->env.loop, &s->resume);
	free(s->clients);
	free(s);
}

void ke_server_finish(struct ke_server *s)
{
	s->finished = true;
	listen_on(s, false);
}

size_t ke_server_connections(const struct ke_server *s)
{
	return s->n;
}

const struct ke_counts *ke_server_counts(const struct ke_server *s)
{
	return &s->counts;
}
