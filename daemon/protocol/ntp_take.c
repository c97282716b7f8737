/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP source protocol takes answers: from its socket, or where they waited for the timestamp of
 * their request, to the sink and the logs.
 */
#include "config.h"

#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/cards.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/served.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/measurement.h"
#include "daemon/protocol/ntp_instance.h"

#define BATCH      4 /* datagrams taken in one go */
#define STAMPS_MAX 8 /* transmit timestamps taken in one go */

/* The part of datagrams that `restrict flake` drops. */
#define FLAKE 0.1

/* Before this, 2026-01-01, no era is looked for, however wrong the system clock is. */
#define PIVOT_LEAST (INT64_C(1767225600) * INSTANT_S)

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
	ntp_instance_name(i, name, sizeof(name));
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
		.now = ntp_instance_now(i),
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
		client_settle(&i->client, r, poll, ntp_instance_now(i), ntp_instance_random(i));
}

/* Whether restrictions keep an answer from us, as they do all that comes (ntp.conf(5)). */
static bool is_restricted(const struct protocol_instance *i, const struct kernel_message *m)
{
	bool hole, secret = i->options->key != 0 || i->options->nts;
	unsigned flags = ntp_instance_restricts(i, &hole);
	int version = m->n > 0 ? ((const uint8_t *)m->data)[0] >> 3 & 7 : 0;

	return (flags & (NTP_RESTRICT_IGNORE | NTP_RESTRICT_NOSERVE)) != 0 ||
	       ((flags & NTP_RESTRICT_NOTRUST) != 0 && !secret) ||
	       ((flags & NTP_RESTRICT_VERSION) != 0 && version != 4) ||
	       ((flags & NTP_RESTRICT_FLAKE) != 0 && ntp_instance_random(i) < FLAKE);
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

	if (is_restricted(i, m))
		return;
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
		ntp_instance_follow(i);
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

static void take_held(struct protocol_instance *i)
{
	const struct kernel_message *m = hold_release(&i->hold);

	if (m)
		take(i, m, &i->exchange.local.address, is_stranger(i, m));
}

void ntp_take_held(void *arg)
{
	struct protocol_instance *i = arg;

	ntp_instance_enter(i);
	take_held(i);
	ntp_instance_leave(i);
}

void ntp_take_ready(void *arg, unsigned got)
{
	struct protocol_instance *i = arg;
	uint8_t data[BATCH][PACKET_ROOM];
	struct kernel_message m[BATCH];
	struct response_stamp stamp;
	uint64_t transmit;
	int n;

	(void)got;
	ntp_instance_enter(i);
	/* First when requests left, then what came back: both may be there by now. */
	for (n = 0; n < STAMPS_MAX && exchange_sent(&i->exchange, &transmit, &stamp); n++)
		client_stamp(&i->client, transmit, &stamp);
	if (i->client.request.sent.source == 'H')
		take_held(i);
	if (i->doomed || i->exchange.fd < 0) {
		ntp_instance_leave(i);
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
	ntp_instance_leave(i);
}

/* Answers are taken only by the socket that asked: of a server's, one that came here is but
 * counted; of a peer it is the one. */
bool ntp_take_delivered(struct protocol_instance *i, const struct kernel_message *m)
{
	bool peer = client_is_peer(&i->client) && !is_stranger(i, m) &&
		    i->client.activity != PROTOCOL_OFFLINE;

	ntp_instance_enter(i);
	take(i, m, &m->local, !peer);
	ntp_instance_leave(i);
	return peer;
}
