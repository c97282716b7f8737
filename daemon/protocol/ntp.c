/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP source protocol: timers and a socket around the association's state machine.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/cards.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/served.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/auth.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/exchange.h"
#include "daemon/protocol/hold.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/measurement.h"
#include "daemon/protocol/nts_auth.h"
#include "daemon/protocol/pace.h"
#include "daemon/protocol/protocol.h"

#define UNSENT         "Could not send request to %s : %s"
#define KEY_BITS_LEAST 80
#define BATCH          4 /* datagrams taken in one go */
#define STAMPS_MAX     8 /* transmit timestamps taken in one go */

/* Before this, 2026-01-01, no era is looked for, however wrong the system clock is. */
#define PIVOT_LEAST (INT64_C(1767225600) * INSTANT_S)

struct protocol_instance {
	const struct protocol_env *env;
	const struct source_options *options;
	struct address address;
	const struct source_sink *sink;
	void *arg;

	struct ntp_auth plain;
	struct auth_mac mac;
	struct ntp_auth *auth; /* one of these, or our own NTS */
	struct client client;
	struct exchange exchange;
	struct loop_timer next;  /* the next request */
	struct loop_timer limit; /* the end of waiting for an answer */
	struct hold hold;
	struct pace_slot slot;
	struct report_ntpdata last; /* the last valid response */
	struct endpoint asked;      /* where the last request went; no family: none did */
	int64_t last_rx;            /* system instant of it; 0: none */
	int64_t last_tx;            /* system instant of the last request; 0: none */
	bool told_unsent;           /* that requests cannot be sent now */
	bool told_taken;            /* that the server that is to be asked is another source */

	/* The sink may destroy us from inside a call: then we go when the last call returned. */
	unsigned busy;
	bool doomed;
};

static void end_auth(struct protocol_instance *i)
{
	if (i->auth->ops->destroy)
		i->auth->ops->destroy(i->auth);
}

static void release(struct protocol_instance *i)
{
	loop_timer_done(i->env->loop, &i->next);
	loop_timer_done(i->env->loop, &i->limit);
	hold_done(&i->hold);
	end_auth(i);
	free(i);
}

static void enter(struct protocol_instance *i)
{
	i->busy++;
}

static void leave(struct protocol_instance *i)
{
	if (--i->busy == 0 && i->doomed)
		release(i);
}

static int64_t now_raw(const struct protocol_instance *i)
{
	return loop_now(i->env->loop);
}

/* From 0 to 1; without randomness requests are merely not spread. */
static double random_part(const struct protocol_instance *i)
{
	struct kernel *k = i->env->kernel;
	uint32_t r;

	if (k->ops->random(k, &r, sizeof(r)) < 0)
		return 0;
	return (double)r / (double)UINT32_MAX;
}

static void name_of(const struct protocol_instance *i, char *ret, size_t n)
{
	address_format(&i->address, ret, n);
}

/* Brings timers and socket to what the state machine says. */
static void follow(struct protocol_instance *i)
{
	struct client *c = &i->client;
	double separation;
	int64_t at;

	if (i->doomed)
		return;
	separation = pace_separation(client_interval(c), random_part(i));
	if (c->wake == CLIENT_NEVER) {
		pace_drop(i->env->pace, &i->slot);
		loop_timer_stop(i->env->loop, &i->next);
	} else {
		at = pace_plan(i->env->pace, &i->slot, c->wake, instant_ns(separation));
		loop_timer_set(i->env->loop, &i->next, at);
	}
	if (c->request.waiting && c->request.deadline != CLIENT_NEVER) {
		loop_timer_set(i->env->loop, &i->limit, c->request.deadline);
	} else {
		loop_timer_stop(i->env->loop, &i->limit);
		exchange_end(&i->exchange);
	}
	if (c->activity == PROTOCOL_OFFLINE) {
		exchange_close(&i->exchange);
		if (i->auth->ops->pause)
			i->auth->ops->pause(i->auth);
	}
}

/* Key establishment may name another server, or another port. */
static void tell_server(const struct protocol_instance *i, const struct endpoint *remote)
{
	const struct log *log = i->env->log;
	bool first = i->asked.address.family == ADDRESS_NONE;
	const struct address *was = first ? &i->address : &i->asked.address;
	unsigned port = first ? (unsigned)i->options->port : i->asked.port;
	char old[ADDRESS_TEXT], new[ADDRESS_TEXT];

	address_format(was, old, sizeof(old));
	address_format(&remote->address, new, sizeof(new));
	if (strcmp(old, new) != 0)
		log_info(log, "Source %s changed to %s (%s)", old, new, i->options->name);
	if (port != remote->port)
		log_info(log, "Source %s (%s) changed port to %u", new, i->options->name,
			remote->port);
}

/* Whether the server that key establishment named is one of our sources already: it would count
 * twice. */
static bool is_taken(struct protocol_instance *i, const struct address *server)
{
	char old[ADDRESS_TEXT], new[ADDRESS_TEXT];

	if (address_equal(server, &i->address) || !i->sink->taken ||
		!i->sink->taken(i->arg, server))
		return false;
	if (!i->told_taken) {
		address_format(&i->address, old, sizeof(old));
		address_format(server, new, sizeof(new));
		log_error(i->env->log, "Could not change %s to negotiated address %s", old, new);
	}
	i->told_taken = true;
	return true;
}

/* A response of another server must not be judged by what was seen of the one before. */
static void notice_server(struct protocol_instance *i, const struct endpoint *remote)
{
	bool other = i->asked.address.family != ADDRESS_NONE &&
		     (!address_equal(&i->asked.address, &remote->address) ||
			     i->asked.port != remote->port);

	tell_server(i, remote);
	i->asked = *remote;
	if (!other)
		return;
	client_moved(&i->client);
	i->sink->moved(i->arg);
}

static bool slews_leap(const struct protocol_instance *i)
{
	return i->env->settings->leapsecmode == SETTINGS_LEAP_SLEW;
}

/* A system timestamp as a peer is told it, never 0. */
static uint64_t peer_stamp(const struct protocol_instance *i, int64_t system, uint64_t random)
{
	struct clock *clock = i->env->clock;
	uint64_t stamp = served_blur(instant_to_ntp(served_from_system(clock, system)),
		clock_precision_log2(clock), (uint32_t)random);

	return stamp | (stamp == 0);
}

/* In the place of random numbers the timestamps of a packet to a peer, which measures us by them:
 * of this one, and of the one before. */
static void peer_stamps(const struct protocol_instance *i, uint64_t io[2])
{
	const struct client *c = &i->client;

	io[0] = peer_stamp(i, clock_now(i->env->clock).system, io[0]);
	io[1] = c->request.sent.system ? peer_stamp(i, c->request.sent.system, io[1]) : 0;
}

/* What a peer is told of us, as a client of ours is. */
static void peer_fill(const struct protocol_instance *i, struct packet *io)
{
	struct served served;

	served_now(i->env->clock, slews_leap(i), &served, NULL);
	served_fill(&served, io);
}

/* Makes and sends a request. Returns 0 or -errno. */
static int ask(struct protocol_instance *i, struct response_stamp *ret)
{
	struct kernel *k = i->env->kernel;
	struct endpoint remote = {.address = i->address, .port = (uint16_t)i->options->port};
	struct packet request;
	uint64_t random[2];
	int r;

	/* An answer to an earlier request would come to a socket that is no more. */
	exchange_end(&i->exchange);
	client_choose_mode(&i->client);
	i->exchange.peer = client_is_peer(&i->client);
	r = i->auth->ops->prepare ? i->auth->ops->prepare(i->auth, &remote) : 0;
	if (r < 0)
		return r;
	if (is_taken(i, &remote.address))
		return -ENOKEY;
	i->told_taken = false;
	/* What cannot be guessed is what protects us from forgers: without it nothing is sent. */
	r = k->ops->random(k, random, sizeof(random));
	if (r < 0)
		return r;
	/* 0 means "no timestamp". */
	random[0] |= random[0] == 0;
	random[1] |= random[1] == 0;
	notice_server(i, &remote);
	r = exchange_open(&i->exchange, &remote);
	if (r < 0)
		return r;
	if (client_is_peer(&i->client))
		peer_stamps(i, random);
	client_request(&i->client, random[0], random[1], &request);
	if (client_is_peer(&i->client))
		peer_fill(i, &request);
	return exchange_send(&i->exchange, &request, i->options->extensions, i->auth, ret);
}

static void note_unsent(struct protocol_instance *i, int error)
{
	char name[ADDRESS_TEXT];

	name_of(i, name, sizeof(name));
	/* A key that is missing was told by others, and is no sign of a missing network. */
	if (error == -ENOENT || error == -ENOKEY || i->told_unsent) {
		log_debug(i->env->log, UNSENT, name, strerror(-error));
	} else {
		log_warning(i->env->log, UNSENT, name, strerror(-error));
		i->told_unsent = true;
	}
	if (!i->options->auto_offline || error == -ENOENT || error == -ENOKEY ||
		i->client.activity == PROTOCOL_OFFLINE)
		return;
	log_info(i->env->log, "Source %s offline", name);
	client_online(&i->client, false, now_raw(i), 0);
	i->sink->rested(i->arg);
}

static void on_next(void *arg)
{
	struct protocol_instance *i = arg;
	struct response_stamp sent;
	bool missed;
	int r;

	pace_due(i->env->pace, &i->slot, now_raw(i));
	enter(i);
	if (!client_due(&i->client, now_raw(i))) {
		follow(i);
		if (i->client.activity == PROTOCOL_OFFLINE)
			i->sink->rested(i->arg);
		leave(i);
		return;
	}
	r = ask(i, &sent);
	if (r == 0) {
		i->told_unsent = false;
		i->last_tx = sent.system;
		missed = client_sent(&i->client, &sent, now_raw(i), random_part(i));
	} else {
		missed = client_unsent(&i->client, now_raw(i), random_part(i));
		note_unsent(i, r);
	}
	follow(i);
	if (missed)
		i->sink->reach(i->arg, false);
	leave(i);
}

static void on_limit(void *arg)
{
	struct protocol_instance *i = arg;

	client_expire(&i->client);
	exchange_end(&i->exchange);
}

/* Whether clients may follow us: only then can a server follow us. */
static bool serves(const struct settings *s)
{
	for (size_t i = 0; i < s->n_access; i++) {
		if (s->access[i].allow)
			return s->port > 0;
	}
	return false;
}

static void log_kiss(const struct protocol_instance *i, uint32_t kiss)
{
	char name[ADDRESS_TEXT];

	if (kiss != PACKET_KISS_RATE && kiss != PACKET_KISS_DENY && kiss != PACKET_KISS_RSTR)
		return;
	name_of(i, name, sizeof(name));
	log_warning(i->env->log, "Received KoD %c%c%c%c from %s", (int)(kiss >> 24),
		(int)(kiss >> 16 & 0xff), (int)(kiss >> 8 & 0xff), (int)(kiss & 0xff), name);
}

/* What a datagram that came to a local address is judged by, at this moment. */
static struct response_input input_of(struct protocol_instance *i, const struct kernel_message *m,
	const struct address *local, bool stranger)
{
	struct clock *clock = i->env->clock;
	const struct clock_model *model = clock_get_model(clock);
	int64_t system = clock_now(clock).system;

	return (struct response_input){
		.datagram = {m->data, m->cut || m->n > m->room ? 0 : m->n},
		.stranger = stranger,
		.now = now_raw(i),
		.received = exchange_stamp(&i->exchange, m),
		.told = instant_to_ntp(served_from_system(clock, m->stamp_ns)),
		.pivot = system > PIVOT_LEAST ? system : PIVOT_LEAST,
		.precision = clock_precision(clock),
		.rate = model->rate,
		.skew = model->rate_sd,
		.self = client_is_peer(&i->client) || serves(i->env->settings)
				? clock_get_reference(clock)
				: NULL,
		.self_refid = address_refid(local),
	};
}

/* Hands the one answer to a request on to the sink, which may destroy us at each call. */
static void offer(struct protocol_instance *i, struct response *r)
{
	int poll = i->client.poll;

	if (r->valid)
		i->sink->reach(i->arg, r->synchronised);
	if (r->jumped_ns != 0 && !i->doomed)
		i->sink->jumped(i->arg, r->jumped_ns);
	if (r->good && !i->doomed) {
		r->tests &= ~(unsigned)(PROTOCOL_TEST_B | PROTOCOL_TEST_C);
		r->tests |= i->sink->sample(i->arg, &r->sample);
		r->good = r->tests == PROTOCOL_TESTS_ALL;
	}
	if (r->good && !i->doomed)
		poll = i->sink->poll(i->arg, poll);
	if (!i->doomed)
		client_settle(&i->client, r, poll, now_raw(i), random_part(i));
}

/* Takes one datagram. */
static void take(struct protocol_instance *i, const struct kernel_message *m,
	const struct address *local, bool stranger)
{
	struct response_input in = input_of(i, m, local, stranger);
	struct measurement_context context = {.address = i->address,
		.local = *local,
		.port = (uint16_t)i->options->port,
		.sent = i->client.request.sent.source,
		.received = in.received.source,
		.pivot = in.pivot,
		.poll = i->client.poll,
		.t1 = i->client.request.sent.system,
		.t4 = in.received.system,
		.unanswered = i->client.unanswered > 0 ? i->client.unanswered - 1 : 0};
	struct protocol_measurement measured;
	struct response r;
	bool leaves;

	if (i->exchange.remote.address.family != ADDRESS_NONE)
		context.address = i->exchange.remote.address;
	client_response(&i->client, &in, &r);
	if (!r.measured)
		return;
	context.bad = i->client.counters.bad;
	if (r.interleaved) {
		context.sent = i->client.request.last.sent.source;
		context.received = i->client.request.last.received.source;
		context.t1 = i->client.request.last.sent.system;
		context.t4 = i->client.request.last.received.system;
	}
	/* By the estimate as it was before the sink takes the sample and moves it. */
	context.truth = clock_true_from_osc(i->env->clock, in.received.osc);
	context.model_offset_ns = clock_model_offset(i->env->clock, r.sample.osc);
	leaves = i->client.activity == PROTOCOL_BURST_OFFLINE;
	if (r.valid || r.kiss != 0) {
		log_kiss(i, r.kiss);
		offer(i, &r);
		follow(i);
	}
	if (i->doomed)
		return;
	context.score = i->client.score;
	measurement_log(&r, &context, &measured);
	if (r.valid) {
		measurement_report(&r, &context, &i->last);
		i->last_rx = in.received.system;
	}
	i->sink->measured(i->arg, &measured);
	if (!i->doomed && (r.kiss == PACKET_KISS_DENY || r.kiss == PACKET_KISS_RSTR))
		i->sink->denied(i->arg);
	else if (!i->doomed && leaves && i->client.activity == PROTOCOL_OFFLINE)
		i->sink->rested(i->arg);
}

static bool is_stranger(const struct protocol_instance *i, const struct kernel_message *m)
{
	const struct endpoint *remote = &i->exchange.remote;

	/* A connected socket need not say whom a datagram is from. */
	return m->peer.address.family != ADDRESS_NONE &&
	       (!address_equal(&m->peer.address, &remote->address) || m->peer.port != remote->port);
}

/* The answer that waited for the stamp of its request waits no more. */
static void release_held(void *arg)
{
	struct protocol_instance *i = arg;
	const struct kernel_message *m = hold_release(&i->hold);

	if (!m)
		return;
	enter(i);
	take(i, m, &i->exchange.local.address, is_stranger(i, m));
	leave(i);
}

static void on_ready(void *arg, unsigned got)
{
	struct protocol_instance *i = arg;
	uint8_t data[BATCH][PACKET_ROOM];
	struct kernel_message m[BATCH];
	struct response_stamp stamp;
	uint64_t transmit;
	int n;

	(void)got;
	enter(i);
	/* First when requests left, then what came back: both may be there by now. */
	for (n = 0; n < STAMPS_MAX && exchange_sent(&i->exchange, &transmit, &stamp); n++)
		client_stamp(&i->client, transmit, &stamp);
	if (i->client.request.sent.source == 'H')
		release_held(i);
	if (i->doomed || i->exchange.fd < 0) {
		leave(i);
		return;
	}
	memset(m, 0, sizeof(m));
	for (n = 0; n < BATCH; n++) {
		m[n].data = data[n];
		m[n].room = sizeof(data[n]);
	}
	n = i->env->kernel->ops->receive(i->env->kernel, i->exchange.fd, m, BATCH);
	for (int k = 0; k < n; k++) {
		cards_stamp(i->env->cards, &m[k], false);
		exchange_unwrap(&i->exchange, &m[k]);
	}
	for (int k = 0; k < n && !i->doomed; k++)
		if (!hold_take(&i->hold, &i->client, &m[k]))
			take(i, &m[k], &i->exchange.local.address, is_stranger(i, &m[k]));
	leave(i);
}

/* Says what of the options cannot be had. Returns 0 or -ENOTSUP. */
static int check_options(const struct protocol_env *env, const struct source_options *o,
	const struct address *address)
{
	char name[ADDRESS_TEXT];
	enum crypto_mac type;
	int bits;

	address_format(address, name, sizeof(name));
	if (o->kind == SOURCE_PEER && o->nts)
		log_warning(env->log, "NTS not supported with peers");
	if (o->extensions & SOURCE_EXT_NET_CORRECTION)
		log_warning(env->log, "Source %s: extfield 10A has no effect", name);
	if (o->key != 0 && !keys_find(env->keys, o->key, &type, &bits))
		log_warning(env->log, "Key %u is missing", o->key);
	else if (o->key != 0 && bits < KEY_BITS_LEAST)
		log_warning(env->log, "Key %u is too short", o->key);
	return 0;
}

/* What a request needs has come: who waits for it need not wait for the next poll too. */
static void on_auth_ready(void *arg)
{
	struct protocol_instance *i = arg;

	client_hurry(&i->client, now_raw(i));
	follow(i);
}

static int choose_auth(struct protocol_instance *i)
{
	const struct source_options *o = i->options;

	if (o->nts && o->kind != SOURCE_PEER)
		return nts_auth_create(i->env, o, &i->address, on_auth_ready, i, &i->auth);
	i->plain = auth_plain();
	i->auth = &i->plain;
	if (o->key == 0)
		return 0;
	auth_mac_init(&i->mac, o, i->env->keys);
	i->auth = &i->mac.base;
	return 0;
}

static int ntp_create(const struct protocol_env *env, const struct source_options *options,
	const struct address *address, const struct source_sink *sink, void *arg,
	struct protocol_instance **ret)
{
	struct protocol_instance *i;
	int r = check_options(env, options, address);

	if (r < 0)
		return r;
	i = calloc(1, sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->env = env;
	i->options = options;
	i->address = *address;
	i->sink = sink;
	i->arg = arg;
	exchange_init(&i->exchange, env, options, on_ready, i);
	i->exchange.peer = options->kind == SOURCE_PEER;
	/* A peer may be the first to send. */
	if (i->exchange.peer)
		i->exchange.remote =
			(struct endpoint){.address = *address, .port = (uint16_t)options->port};
	r = choose_auth(i);
	if (r < 0)
		goto free_instance;
	client_init(&i->client, options, i->auth);
	/* NTPsec answers no peers, and takes its own as servers. */
	i->client.may_ask = env->settings->ntp.style;
	r = loop_timer_init(env->loop, &i->next, on_next, i);
	if (r < 0)
		goto destroy_auth;
	r = loop_timer_init(env->loop, &i->limit, on_limit, i);
	if (r < 0)
		goto done_next;
	r = hold_init(&i->hold, env, release_held, i);
	if (r < 0)
		goto done_limit;
	*ret = i;
	return 0;
done_limit:
	loop_timer_done(env->loop, &i->limit);
done_next:
	loop_timer_done(env->loop, &i->next);
destroy_auth:
	end_auth(i);
free_instance:
	free(i);
	return r;
}

static void ntp_online(struct protocol_instance *i, bool on)
{
	client_online(&i->client, on, now_raw(i), random_part(i));
	follow(i);
}

static void ntp_start(struct protocol_instance *i)
{
	ntp_online(i, i->options->online);
}

static void ntp_burst(struct protocol_instance *i, int good, int total)
{
	client_burst(&i->client, good, total, now_raw(i), random_part(i));
	follow(i);
}

static void ntp_reset(struct protocol_instance *i)
{
	client_reset(&i->client, now_raw(i), random_part(i));
	follow(i);
}

static enum protocol_activity ntp_activity(const struct protocol_instance *i)
{
	return i->client.activity;
}

static int ntp_poll(const struct protocol_instance *i)
{
	return i->client.poll;
}

static void ntp_report(const struct protocol_instance *i, struct report_ntpdata *ret)
{
	const struct client_counters *n = &i->client.counters;

	const struct endpoint *remote = &i->exchange.remote;
	bool asked = remote->address.family != ADDRESS_NONE;

	*ret = i->last;
	ret->remote = asked ? remote->address : i->address;
	ret->port = asked ? remote->port : (uint16_t)i->options->port;
	ret->total_tx = n->tx;
	ret->total_rx = n->rx;
	ret->total_valid = n->valid;
	ret->total_good = n->good;
	ret->total_kernel_tx = n->kernel_tx;
	ret->total_kernel_rx = n->kernel_rx;
	ret->total_hw_tx = n->hardware_tx;
	ret->total_hw_rx = n->hardware_rx;
	ret->local_port = i->exchange.local.port;
	ret->last_tx = i->last_tx;
	ret->last_rx = i->last_rx;
	ret->next_tx = i->client.wake == CLIENT_NEVER
			       ? -1
			       : fmax(instant_diff_s(i->client.wake, now_raw(i)), 0);
	ret->bad_auth = n->drops[RESPONSE_UNAUTHENTIC];
	ret->bogus = n->drops[RESPONSE_BOGUS] + n->drops[RESPONSE_STRANGER];
	ret->old = n->drops[RESPONSE_DUPLICATE] + n->drops[RESPONSE_LATE];
	ret->distant =
		n->drops[RESPONSE_DISTANT] + n->drops[RESPONSE_DELAYED] + n->drops[RESPONSE_NOISY];
	ret->looped = n->drops[RESPONSE_LOOP];
}

static void ntp_report_auth(const struct protocol_instance *i, struct report_auth *ret)
{
	i->auth->ops->report(i->auth, ret);
}

static void ntp_save(struct protocol_instance *i)
{
	if (i->auth->ops->save)
		i->auth->ops->save(i->auth);
}

/* Answers are taken only by the socket that asked: of a server's, one that came here is but
 * counted; of a peer it is the one. */
static bool ntp_deliver(struct protocol_instance *i, const struct kernel_message *m)
{
	bool peer = client_is_peer(&i->client) && !is_stranger(i, m) &&
		    i->client.activity != PROTOCOL_OFFLINE;

	enter(i);
	take(i, m, &m->local, !peer);
	leave(i);
	return peer;
}

static void ntp_sent(struct protocol_instance *i, const struct kernel_message *m)
{
	struct response_stamp stamp;
	uint64_t transmit = exchange_note(&i->exchange, m, &stamp);

	if (client_is_peer(&i->client))
		client_stamp(&i->client, transmit, &stamp);
}

static void ntp_destroy(struct protocol_instance *i)
{
	if (!i)
		return;
	loop_timer_stop(i->env->loop, &i->next);
	loop_timer_stop(i->env->loop, &i->limit);
	pace_drop(i->env->pace, &i->slot);
	exchange_close(&i->exchange);
	i->doomed = true;
	if (i->busy == 0)
		release(i);
}

const struct source_protocol source_protocol_ntp = {
	.name = "ntp",
	.create = ntp_create,
	.start = ntp_start,
	.online = ntp_online,
	.burst = ntp_burst,
	.reset = ntp_reset,
	.activity = ntp_activity,
	.poll = ntp_poll,
	.report = ntp_report,
	.report_auth = ntp_report_auth,
	.save = ntp_save,
	.deliver = ntp_deliver,
	.sent = ntp_sent,
	.destroy = ntp_destroy,
};
