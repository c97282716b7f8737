/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of a response in the order of RFC 5905 8 with chrony's names: 1, 2, 3, 5 make it valid, 6
 * and 7 synchronised, A and D good. B and C need the estimator and are the sink's.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/protocol/response.h"
#include "daemon/wire/mono_field.h"

#define ROOT_DISTANCE_MAX 16.0 /* s, MAXDISP of RFC 5905 */
#define SERVER_TIME_MAX   (4 * INSTANT_S)

/* Test 6 */
static bool is_synchronised(const struct packet *p)
{
	return p->leap != LEAP_UNSYNCHRONISED && p->stratum > 0 &&
	       p->stratum < PACKET_STRATUM_UNSYNCHRONISED;
}

/* Test 7: also a clock that was set after it sent is no clock. In interleaved mode it received
 * after what it says of sending; when a peer sent, which it does in its own time, it does not say.
 */
static bool is_near(const struct response_request *request, const struct response *r)
{
	const struct packet *p = &r->packet;
	uint64_t then = r->interleaved ? p->receive : p->transmit;
	double distance = r->root_delay / 2 + r->root_dispersion;

	return distance < ROOT_DISTANCE_MAX &&
	       (p->reference == 0 || (request->peer && r->interleaved) ||
		       instant_ntp_diff(then, p->reference) >= 0);
}

/* Test D: the server follows us, or is us. */
static bool is_loop(const struct packet *p, const struct response_input *in)
{
	const struct clock_reference *self = in->self;

	if (!self)
		return false;
	if (p->stratum > 1 && p->refid == in->self_refid)
		return true;
	return self->synchronised && p->stratum == self->stratum && p->refid == self->refid &&
	       p->root_delay == instant_to_short(self->root_delay) &&
	       p->reference == instant_to_ntp(self->reference_time);
}

/* The exchange that a response measures: its own, or in interleaved mode the one before. */
static struct response_exchange measured_exchange(const struct response_request *request,
	const struct response_input *in, const struct response *r)
{
	if (r->interleaved)
		return request->last;
	return (struct response_exchange){.any = true,
		.remote = r->packet.receive,
		.sent = request->sent,
		.received = in->received};
}

/* The sample of a response, and whether its times fit together (part of test A). */
static bool measure(const struct response_request *request, const struct source_options *options,
	const struct response_input *in, struct response *io)
{
	const struct response_exchange x = measured_exchange(request, in, io);
	const struct packet *p = &io->packet;
	double precision = in->precision + ldexp(1, p->precision), local_s;
	int64_t local, remote, there, offset;

	/* How long we waited, by the oscillator, and how long the server took of it. */
	if (__builtin_sub_overflow(x.received.osc, x.sent.osc, &local) || local < 0)
		return false;
	remote = instant_ntp_diff(p->transmit, x.remote);
	io->response_time = (double)remote * 1e-9;
	/* Bits below a server's precision are random (RFC 5905 6): one that answers sooner than it
	 * can read its clock seems to have sent before it received. */
	if (x.used || io->response_time < -ldexp(2, p->precision) ||
		(!request->peer && remote > SERVER_TIME_MAX))
		return false;
	/* (there + back) / 2 with back = there + remote - local: no sum that could overflow. */
	if (__builtin_sub_overflow(instant_from_ntp(x.remote, in->pivot), x.sent.osc, &there) ||
		__builtin_add_overflow(there, (remote - local) / 2, &offset) ||
		__builtin_add_overflow(offset, instant_ns(options->offset), &offset))
		return false;
	local_s = (double)local * 1e-9;
	io->sample = (struct sample){
		.osc = x.sent.osc + local / 2,
		.offset_ns = offset,
		.delay = fmax(fabs(local_s * (1 + in->rate) - io->response_time), precision),
		.dispersion = precision + fmax(x.sent.error, x.received.error) + in->skew * local_s,
		.root_delay = io->root_delay,
		.root_dispersion = io->root_dispersion,
		.stratum = p->stratum,
		.leap = p->leap,
		.refid = p->refid,
		.queueing = true,
	};
	return precision <= options->maxdelay;
}

/* Test A */
static bool is_prompt(const struct response_request *request, const struct source_options *options,
	const struct response_input *in, struct response *io)
{
	return measure(request, options, in, io) && !request->presend &&
	       io->sample.delay - io->sample.dispersion <= options->maxdelay;
}

/* What was asked for by F323 counts more than the header. */
static void take_mono(const struct source_options *options, const struct packet_trailer *trailer,
	struct response *io)
{
	struct mono_field f;

	if ((options->extensions & SOURCE_EXT_MONO_ROOT) == 0 ||
		io->packet.version != PACKET_VERSION_MAX || !mono_field_find(trailer->fields, &f) ||
		f.receive == 0)
		return;
	io->mono = true;
	io->epoch = f.epoch;
	io->moved_ns = instant_ntp_diff(io->packet.receive, f.receive);
	io->root_delay = f.root_delay;
	io->root_dispersion = f.root_dispersion;
}

static void note(struct response *r, bool passed, unsigned test, enum response_drop why)
{
	if (passed)
		r->tests |= test;
	else if (r->drop == RESPONSE_KEPT)
		r->drop = why;
}

static bool has(const struct response *r, unsigned tests)
{
	return (r->tests & tests) == tests;
}

/* Test 2: whether a response answers the request, and in which mode. */
static bool is_answer(const struct response_request *request, struct response *io)
{
	uint64_t origin = io->packet.origin;

	io->interleaved =
		request->receive != 0 && origin == request->receive && origin != request->transmit;
	return origin != 0 && (io->interleaved || origin == request->transmit);
}

static bool is_of_mode(const struct response_request *request, enum packet_mode mode)
{
	if (request->peer)
		return mode == PACKET_ACTIVE || mode == PACKET_PASSIVE;
	return mode == PACKET_SERVER;
}

/* What must hold before anything in the datagram is looked at as a response. */
static enum response_drop recognise(const struct response_request *request,
	const struct response_input *in, struct packet *ret, struct packet_trailer *ret_trailer)
{
	if (packet_decode(in->datagram, ret) < 0 ||
		packet_split(in->datagram, ret->version, ret_trailer) < 0)
		return RESPONSE_MALFORMED;
	if (!is_of_mode(request, ret->mode))
		return RESPONSE_MODE;
	if (in->stranger)
		return RESPONSE_STRANGER;
	/* A peer may begin, and in the version it has. */
	if (!request->peer && ret->version != request->version)
		return RESPONSE_VERSION;
	return RESPONSE_KEPT;
}

void response_judge(const struct response_request *request, const struct response_seen *seen,
	const struct source_options *options, struct ntp_auth *auth,
	const struct response_input *in, struct response *ret)
{
	struct packet_trailer trailer;
	struct packet *p = &ret->packet;
	bool waiting = request->waiting && in->now <= request->deadline;

	memset(ret, 0, sizeof(*ret));
	ret->drop = recognise(request, in, p, &trailer);
	if (ret->drop != RESPONSE_KEPT)
		return;
	ret->measured = true;
	ret->root_delay = instant_from_short(p->root_delay);
	ret->root_dispersion = instant_from_short(p->root_dispersion);
	note(ret, !seen->any || p->receive != seen->receive || p->transmit != seen->transmit,
		PROTOCOL_TEST_1, RESPONSE_DUPLICATE);
	note(ret, waiting && is_answer(request, ret), PROTOCOL_TEST_2,
		waiting ? RESPONSE_BOGUS : RESPONSE_LATE);
	note(ret, p->origin != 0 && p->receive != 0 && p->transmit != 0, PROTOCOL_TEST_3,
		RESPONSE_EMPTY);
	note(ret, auth->ops->check(auth, p, &trailer, has(ret, PROTOCOL_TEST_2)), PROTOCOL_TEST_5,
		RESPONSE_UNAUTHENTIC);
	ret->authenticated = auth->ops->proves && has(ret, PROTOCOL_TEST_5);
	if (has(ret, PROTOCOL_TEST_2 | PROTOCOL_TEST_5))
		take_mono(options, &trailer, ret);
	note(ret, is_synchronised(p), PROTOCOL_TEST_6, RESPONSE_UNSYNCHRONISED);
	note(ret, is_near(request, ret), PROTOCOL_TEST_7, RESPONSE_DISTANT);
	ret->valid =
		has(ret, PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_3 | PROTOCOL_TEST_5);
	if (has(ret, PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_5) &&
		p->leap == LEAP_UNSYNCHRONISED && p->stratum == 0)
		ret->kiss = p->refid;
	ret->synchronised = ret->valid && has(ret, PROTOCOL_TEST_6 | PROTOCOL_TEST_7);
	if (!ret->synchronised)
		return;
	note(ret, is_prompt(request, options, in, ret), PROTOCOL_TEST_A, RESPONSE_DELAYED);
	note(ret, !is_loop(p, in), PROTOCOL_TEST_D, RESPONSE_LOOP);
	ret->good = has(ret, PROTOCOL_TEST_A | PROTOCOL_TEST_D);
	/* These two hold until the sink, which knows the samples before, says otherwise. */
	ret->tests |= PROTOCOL_TEST_B | PROTOCOL_TEST_C;
}
