/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a server is asked: polls, bursts, refusals, going off and on, and what the packets say.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/keys.h"
#include "test/unit/fake_keys.h"

/* A client that is driven through time; answers are given or not. */
struct drive {
	struct source_options options;
	struct ntp_auth auth;
	struct client client;
	int64_t start, now;
	double random;
	int poll;          /* what the sink wants */
	unsigned misses;   /* steps of the register with a 0 */
	double sent[64];   /* s since start */
	uint8_t polls[64]; /* said in the packets */
	size_t n;
};

static const struct response good = {.valid = true,
	.synchronised = true,
	.good = true,
	.tests = PROTOCOL_TESTS_ALL,
	.sample = {.delay = 0.05}};

static void start(struct drive *d)
{
	d->auth = auth_plain();
	client_init(&d->client, &d->options, &d->auth);
	d->start = d->now = 1000 * INSTANT_S;
	d->poll = d->options.minpoll;
	client_online(&d->client, d->options.online, d->now, d->random);
}

static void prepare(struct drive *d)
{
	memset(d, 0, sizeof(*d));
	d->options = source_options_default(SOURCE_SERVER);
	d->options.minpoll = 6;
	d->options.maxpoll = 10;
}

/* Goes to the next time of waking; sends if asked to. Returns whether it did. */
static bool step(struct drive *d)
{
	struct client *c = &d->client;
	struct response_stamp stamp = {.system = 0, .osc = 0, .source = 'D'};
	struct packet p;

	assert_true(c->wake != CLIENT_NEVER);
	assert_true(c->wake >= d->now);
	/* A moment too early nothing happens. */
	assert_false(client_due(c, c->wake - 1));
	d->now = c->wake;
	if (!client_due(c, d->now))
		return false;
	client_request(c, 77 + d->n, 7, &p);
	d->misses += client_sent(c, &stamp, d->now, d->random);
	assert_true(d->n < 64);
	d->polls[d->n] = (uint8_t)p.poll;
	d->sent[d->n++] = instant_diff_s(d->now, d->start);
	return true;
}

/* The answer comes 50 ms after the request. */
static void answer(struct drive *d, const struct response *r)
{
	struct client *c = &d->client;

	assert_true(c->request.waiting);
	client_expire(c);
	d->now = instant_add_s(d->now, 0.05);
	c->unanswered = 0;
	c->reach = (c->reach << 1 | r->synchronised) & 0xff;
	client_settle(c, r, d->poll, d->now, d->random);
}

static void assert_sent(const struct drive *d, size_t n, const double *times)
{
	assert_int_equal(d->n, n);
	for (size_t i = 0; i < n; i++) {
		if (fabs(d->sent[i] - times[i]) > 1e-6)
			fail_msg("request %zu at %.3f s, not %.3f", i, d->sent[i], times[i]);
	}
}

static void section_1_7_minimised_request(void **state)
{
	static const uint8_t right[PACKET_HEADER] = {
		0x23, 0x00, 0x06, 0x20, [40] = 1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t bytes[PACKET_HEADER];
	struct drive d;
	struct packet p;

	(void)state;
	prepare(&d);
	start(&d);
	client_request(&d.client, UINT64_C(0x0102030405060708), 7, &p);
	packet_encode(&p, bytes);
	assert_memory_equal(bytes, right, sizeof(bytes));
	d.options.version = 3;
	client_request(&d.client, 1, 7, &p);
	assert_int_equal(p.version, 3);
	assert_int_equal(d.client.request.version, 3);
}

static void section_1_2_iburst_answered(void **state)
{
	static const double times[] = {0.2, 2.2, 4.2, 6.2, 70.2, 134.2};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.iburst = true;
	start(&d);
	assert_int_equal(d.client.activity, PROTOCOL_BURST_ONLINE);
	for (int i = 0; i < 6; i++) {
		assert_true(step(&d));
		answer(&d, &good);
	}
	assert_sent(&d, 6, times);
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	assert_int_equal(d.client.counters.good, 6);
	assert_int_equal(d.client.counters.tx, 6);
	assert_int_equal(d.misses, 0);
	assert_int_equal(d.client.reach, 077);
}

/* As chronyd 4.3 was seen to do with minpoll 2: the poll rises at the 5th and 9th request. */
static void section_1_2_iburst_unanswered(void **state)
{
	static const double times[] = {0.2, 1.2, 2.2, 3.2, 4.2, 6.2, 8.2, 10.2, 18.2, 34.2};
	static const uint8_t polls[] = {2, 2, 2, 2, 2, 3, 3, 3, 3, 4};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.minpoll = 2;
	d.options.maxpoll = 6;
	d.options.iburst = true;
	start(&d);
	for (int i = 0; i < 10; i++)
		assert_true(step(&d));
	assert_sent(&d, 10, times);
	assert_memory_equal(d.polls, polls, sizeof(polls));
	/* Each further request without an answer is a step of the register. */
	assert_int_equal(d.misses, 9);
}

static void section_1_4_unanswered_polls_rise_to_maxpoll(void **state)
{
	static const uint8_t polls[] = {3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.minpoll = 3;
	d.options.maxpoll = 5;
	start(&d);
	for (int i = 0; i < 16; i++)
		assert_true(step(&d));
	assert_memory_equal(d.polls, polls, sizeof(polls));
	assert_true(d.client.score == 1);
	/* The sink wants minpoll: answers take back what failures raised, a surprise at once. */
	answer(&d, &good);
	assert_int_equal(d.client.poll, 5);
	for (int i = 0; i < 5; i++) {
		assert_true(step(&d));
		answer(&d, &good);
	}
	assert_int_equal(d.client.poll, 4);
	d.poll = 2;
	assert_true(step(&d));
	answer(&d, &good);
	assert_int_equal(d.client.poll, 3);
	assert_true(d.client.score == 0);
	d.poll = 3;
	assert_true(step(&d));
	answer(&d, &good);
	assert_int_equal(d.client.poll, 3);
}

static void section_1_1_randomness_spreads(void **state)
{
	static const double times[] = {0.204, 2.244, 4.284, 6.324, 71.604};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.iburst = true;
	d.random = 1;
	start(&d);
	for (int i = 0; i < 5; i++) {
		assert_true(step(&d));
		answer(&d, &good);
	}
	assert_sent(&d, 5, times);
}

static void sink_chooses_the_poll(void **state)
{
	static const struct {
		int wanted, got;
	} rows[] = {{8, 8}, {10, 10}, {17, 10}, {7, 7}, {6, 6}};
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	for (size_t i = 0; i < 5; i++) {
		double before;

		assert_true(step(&d));
		d.poll = rows[i].wanted;
		answer(&d, &good);
		assert_int_equal(d.client.poll, rows[i].got);
		before = d.sent[d.n - 1];
		assert_true(fabs(instant_diff_s(d.client.wake, d.start) - before -
				    ldexp(1, rows[i].got)) < 1e-6);
	}
	/* Limits changed by command hold from the next request on. */
	d.options.minpoll = 8;
	assert_true(step(&d));
	assert_int_equal(d.client.poll, 8);
}

/* What the sink wants to look at again sooner than minpoll is asked for by single requests, as many
 * as the polls before have saved, and never of a server that asked us to be slow. */
static void single_requests_come_soon(void **state)
{
	static const double times[] = {0.2, 64.2, 320.2, 328.2, 344.2, 352.2, 416.2};
	static const int wanted[] = {-3, 8, -3, 4, 3, 3, 3};
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	for (int i = 0; i < 7; i++) {
		assert_true(step(&d));
		d.poll = wanted[i];
		answer(&d, &good);
		assert_int_equal(d.client.poll, wanted[i] == 8 ? 8 : 6);
	}
	assert_sent(&d, 7, times);
	d.client.saved = 5;
	d.client.poll_floor = 7;
	step(&d);
	answer(&d, &good);
	step(&d);
	assert_true(fabs(d.sent[8] - d.sent[7] - 128) < 1e-6);
}

static void section_1_4_bad_responses_raise_slowly(void **state)
{
	struct response r = good;
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	r.good = false;
	r.tests &= ~(unsigned)PROTOCOL_TEST_A;
	r.drop = RESPONSE_DELAYED;
	step(&d);
	answer(&d, &r);
	assert_true(fabs(d.client.score - 0.02) < 1e-9);
	r.tests = PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_D;
	step(&d);
	answer(&d, &r);
	assert_true(fabs(d.client.score - 0.12) < 1e-9);
	/* Refused by the sink's tests. */
	r.tests = PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_C;
	r.drop = RESPONSE_KEPT;
	step(&d);
	answer(&d, &r);
	assert_int_equal(d.client.counters.drops[RESPONSE_NOISY], 1);
	assert_int_equal(d.client.counters.good, 0);
	assert_int_equal(d.client.poll, 6);
}

static void section_1_3_burst_command(void **state)
{
	/* Online: 2 s apart until two were good, then the poll from the last request. */
	static const double online[] = {0.2, 2.2, 4.2, 6.2, 70.2};
	static const double offline[] = {0.2, 2.2, 4.2};
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	client_burst(&d.client, 2, 10, d.now, 0);
	assert_int_equal(d.client.activity, PROTOCOL_BURST_ONLINE);
	/* One burst at a time. */
	client_burst(&d.client, 5, 50, d.now, 0);
	assert_int_equal(d.client.burst_total, 10);
	step(&d);
	step(&d);
	answer(&d, &good);
	step(&d);
	step(&d);
	answer(&d, &good);
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	step(&d);
	assert_sent(&d, 5, online);

	/* Offline: ends there again when the requests are used up, or the samples are there. */
	for (int answered = 0; answered < 2; answered++) {
		prepare(&d);
		d.options.online = false;
		start(&d);
		assert_int_equal(d.client.wake, CLIENT_NEVER);
		client_burst(&d.client, 3, 3, d.now, 0);
		assert_int_equal(d.client.activity, PROTOCOL_BURST_OFFLINE);
		for (int i = 0; i < 3; i++) {
			assert_true(step(&d));
			if (answered)
				answer(&d, &good);
		}
		assert_sent(&d, 3, offline);
		if (!answered)
			assert_false(step(&d));
		assert_int_equal(d.client.activity, PROTOCOL_OFFLINE);
		assert_int_equal(d.client.wake, CLIENT_NEVER);
		assert_false(d.client.request.waiting);
	}
}

static void section_16_burst_switches(void **state)
{
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.iburst = true;
	start(&d);
	client_online(&d.client, false, d.now, 0);
	assert_int_equal(d.client.activity, PROTOCOL_BURST_OFFLINE);
	client_online(&d.client, true, d.now, 0);
	assert_int_equal(d.client.activity, PROTOCOL_BURST_ONLINE);
	assert_int_equal(d.client.burst_total, 8);
}

static void section_1_3_burst_option(void **state)
{
	/* Poll 8 is two above minpoll: up to 4 tries for one sample, each poll. Those in vain raise
	 * it by one. */
	static const double times[] = {0.2, 2.2, 4.2, 6.2, 262.2, 264.2, 776.2};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.burst = true;
	start(&d);
	d.client.poll = 8;
	d.poll = 8;
	for (int i = 0; i < 4; i++)
		step(&d); /* unanswered */
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	step(&d); /* the next poll: its second try is answered */
	assert_int_equal(d.client.activity, PROTOCOL_BURST_ONLINE);
	step(&d);
	answer(&d, &good);
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	step(&d);
	assert_sent(&d, 7, times);
}

static void section_1_5_presend(void **state)
{
	static const double times[] = {0.2, 2.2, 66.2, 68.2};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.presend = 6;
	start(&d);
	for (int i = 0; i < 4; i++) {
		struct response r = good;

		step(&d);
		assert_int_equal(d.client.request.presend, i % 2 == 0);
		if (d.client.request.presend) {
			r.good = false;
			r.tests &= ~(unsigned)PROTOCOL_TEST_A;
		}
		answer(&d, &r);
	}
	assert_sent(&d, 4, times);
}

/* chrony-behaviour 1.5: with xleave two extra requests. */
static void section_1_5_presend_interleaved(void **state)
{
	static const double times[] = {0.2, 2.2, 4.2, 68.2, 70.2, 72.2};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.presend = 6;
	d.options.xleave = true;
	start(&d);
	for (int i = 0; i < 6; i++) {
		struct response r = good;

		step(&d);
		assert_int_equal(d.client.request.presend, i % 3 < 2);
		if (d.client.request.presend) {
			r.good = false;
			r.tests &= ~(unsigned)PROTOCOL_TEST_A;
		}
		answer(&d, &r);
	}
	assert_sent(&d, 6, times);
}

/* chrony-behaviour 1.4: of two peers that hear each other the shorter poll holds, not below
 * minpoll; neither bursts nor extra requests. */
static void section_1_4_peers_poll(void **state)
{
	static const double times[] = {0.2, 16.2, 24.2};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.kind = SOURCE_PEER;
	d.options.minpoll = 3;
	d.options.presend = 3;
	d.options.iburst = true;
	source_options_clamp(&d.options);
	start(&d);
	d.client.poll = 4;
	d.client.peer.poll = 2;
	client_burst(&d.client, 2, 4, d.now, 0);
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	assert_int_equal(client_interval(&d.client), 4);
	step(&d);
	assert_int_equal(d.client.request.deadline, CLIENT_NEVER);
	step(&d);
	d.client.reach = 1;
	assert_int_equal(client_interval(&d.client), 3);
	d.poll = 4;
	answer(&d, &good);
	step(&d);
	d.client.peer.poll = 7;
	assert_int_equal(client_interval(&d.client), 4);
	assert_sent(&d, 3, times);
}

/* What comes of a peer at an instant of its clock, in answer to our packet of origin (0: of none).
 */
static void hear(struct drive *d, uint64_t seconds, uint64_t origin)
{
	struct packet p = {.version = 4,
		.mode = PACKET_ACTIVE,
		.stratum = 1,
		.poll = 6,
		.origin = origin,
		.receive = origin,
		.transmit = seconds << 32};
	uint8_t bytes[PACKET_HEADER];
	struct response_input in = {.datagram = {bytes, sizeof(bytes)}, .now = d->now};
	struct response r;

	packet_encode(&p, bytes);
	client_response(&d->client, &in, &r);
}

/* Whoever reads along may send a packet again: it must not be what we answer next. */
static void copies_do_not_speak_for_a_peer(void **state)
{
	struct drive d;
	struct packet p;

	(void)state;
	prepare(&d);
	d.options.kind = SOURCE_PEER;
	source_options_clamp(&d.options);
	start(&d);
	step(&d);
	hear(&d, 100, 0);
	hear(&d, 164, 0);
	hear(&d, 100, 0);
	client_request(&d.client, 78, 7, &p);
	assert_int_equal(p.origin >> 32, 164);
	/* Nor may a clock that went back keep a peer from being heard again. */
	step(&d);
	hear(&d, 50, d.client.request.transmit);
	client_request(&d.client, 79, 7, &p);
	assert_int_equal(p.origin >> 32, 50);
}

static void section_2_1_rate_is_obeyed(void **state)
{
	struct response r = {.valid = true,
		.kiss = PACKET_KISS_RATE,
		.packet = {.poll = 3},
		.drop = RESPONSE_UNSYNCHRONISED};
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.minpoll = 3;
	d.options.iburst = true;
	start(&d);
	step(&d);
	answer(&d, &r);
	/* The burst is over; the next request comes after five intervals, as chrony's: 40 s. */
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	step(&d);
	assert_true(fabs(d.sent[1] - d.sent[0] - 40) < 1e-6);
	/* And never again as often, though the sink wants it. */
	d.poll = 3;
	answer(&d, &good);
	assert_int_equal(d.client.poll, 4);
	step(&d);
	assert_true(fabs(d.sent[2] - d.sent[1] - 16) < 1e-6);
	/* The server's own limit counts, but not beyond maxpoll. */
	r.packet.poll = 9;
	answer(&d, &r);
	assert_int_equal(d.client.poll, 9);
	step(&d);
	assert_true(fabs(d.sent[3] - d.sent[2] - 512) < 1e-6);
	r.packet.poll = 127;
	answer(&d, &r);
	assert_int_equal(d.client.poll, 10);
	/* A pause is kept when going off and on. */
	client_online(&d.client, false, d.now, 0);
	client_online(&d.client, true, d.now, 0);
	d.options.burst = true;
	step(&d);
	assert_true(d.sent[4] - d.sent[3] > 1024);
	/* Beginning anew forgets it. */
	client_reset(&d.client, d.now, 0);
	assert_int_equal(d.client.poll, 3);
}

static void denied(void **state)
{
	static const uint32_t codes[] = {PACKET_KISS_DENY, PACKET_KISS_RSTR};
	struct drive d;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct response r = {.valid = true, .kiss = codes[i]};

		prepare(&d);
		d.options.iburst = true;
		start(&d);
		step(&d);
		answer(&d, &r);
		assert_int_equal(d.client.activity, PROTOCOL_OFFLINE);
		assert_int_equal(d.client.wake, CLIENT_NEVER);
	}
}

static void section_2_1_other_kisses_do_nothing(void **state)
{
	struct response r = {.valid = true, .kiss = 0x494e4954, .packet = {.poll = 10}};
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	step(&d);
	answer(&d, &r);
	assert_int_equal(d.client.activity, PROTOCOL_ONLINE);
	assert_int_equal(d.client.poll, 6);
	step(&d);
	assert_true(fabs(d.sent[1] - d.sent[0] - 64) < 1e-6);
}

static void section_16_offline_and_online(void **state)
{
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	step(&d);
	answer(&d, &good);
	step(&d);
	assert_int_equal(d.client.reach, 1);
	client_online(&d.client, false, d.now, 0);
	assert_int_equal(d.client.wake, CLIENT_NEVER);
	assert_int_equal(d.client.reach, 0);
	assert_int_equal(d.client.unanswered, 0);
	assert_false(d.client.request.waiting);
	assert_false(client_due(&d.client, d.now + 1000 * INSTANT_S));
	/* The interval since the last request is kept. */
	d.now += 10 * INSTANT_S;
	client_online(&d.client, true, d.now, 0);
	step(&d);
	assert_true(fabs(d.sent[2] - d.sent[1] - 64) < 1e-6);
	/* After a long time off there is nothing to wait for but the initial delay. */
	client_online(&d.client, false, d.now, 0);
	d.now += 1000 * INSTANT_S;
	client_online(&d.client, true, d.now, 0);
	assert_int_equal(d.client.wake, d.now + INSTANT_S / 5);
}

static void section_1_2_no_network(void **state)
{
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.iburst = true;
	start(&d);
	/* A burst waits for the network. */
	for (int i = 0; i < 30; i++) {
		d.now = d.client.wake;
		assert_true(client_due(&d.client, d.now));
		assert_false(client_unsent(&d.client, d.now, 0));
	}
	assert_int_equal(d.client.burst_total, 8);
	assert_int_equal(d.client.counters.tx, 0);
	assert_int_equal(d.client.poll, 6);
	/* A source that was reachable becomes unreachable step by step. */
	for (int i = 0; i < 4; i++) {
		step(&d);
		answer(&d, &good);
	}
	assert_int_equal(d.client.reach, 15);
	for (int i = 0; i < 9; i++) {
		d.now = d.client.wake;
		assert_true(client_due(&d.client, d.now));
		assert_int_equal(client_unsent(&d.client, d.now, 0), i > 0);
	}
	assert_int_equal(d.client.reach, 0);
}

static void section_3_reach_register(void **state)
{
	struct response r = good;
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	for (int i = 0; i < 9; i++) {
		step(&d);
		answer(&d, &good);
	}
	assert_int_equal(d.client.reach, 0377);
	r.synchronised = r.good = false;
	step(&d);
	answer(&d, &r);
	assert_int_equal(d.client.reach, 0376);
	step(&d);
	assert_int_equal(d.client.reach, 0376);
	step(&d);
	assert_int_equal(d.client.reach, 0374);
	assert_int_equal(d.misses, 1);
	step(&d);
	assert_int_equal(d.client.reach, 0370);
	answer(&d, &good);
	assert_int_equal(d.client.reach, 0361);
}

static void section_1_4_fast_polls_only_near(void **state)
{
	struct response r = good;
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.minpoll = -4;
	d.options.maxpoll = 2;
	start(&d);
	assert_int_equal(d.client.poll, 0);
	step(&d);
	d.poll = -4;
	answer(&d, &good); /* 50 ms away */
	assert_int_equal(d.client.poll, -4);
	assert_int_equal(client_interval(&d.client), 0);
	step(&d);
	r.sample.delay = 0.0005;
	answer(&d, &r);
	assert_int_equal(client_interval(&d.client), -4);
	d.client.reach = 0;
	assert_int_equal(client_interval(&d.client), 0);
}

static void transmit_stamps(void **state)
{
	struct response_stamp kernel = {.system = 100, .osc = 100, .source = 'K'},
			      far = {.system = 2 * INSTANT_S, .osc = 2 * INSTANT_S, .source = 'K'};
	struct response_stamp card = {.system = 90, .osc = 90, .source = 'H'};
	struct drive d;

	(void)state;
	prepare(&d);
	start(&d);
	step(&d);
	assert_false(client_stamp(&d.client, 78, &kernel)); /* of another request */
	assert_false(client_stamp(&d.client, 77, &far));
	assert_int_equal(d.client.request.sent.source, 'D');
	assert_true(client_stamp(&d.client, 77, &kernel));
	assert_int_equal(d.client.request.sent.osc, 100);
	assert_int_equal(d.client.request.sent.source, 'K');
	assert_true(client_stamp(&d.client, 77, &card));
	assert_int_equal(d.client.counters.kernel_tx, 1);
	assert_int_equal(d.client.counters.hardware_tx, 1);
	client_expire(&d.client);
	assert_false(client_stamp(&d.client, 77, &kernel));
}

static void section_1_6_deadline_is_maxdelay_and_four(void **state)
{
	struct drive d;

	(void)state;
	prepare(&d);
	d.options.maxdelay = 3;
	start(&d);
	step(&d);
	assert_int_equal(d.client.request.deadline, d.now + 7 * INSTANT_S);
}

static void version_by_key(void **state)
{
	struct source_options o = source_options_default(SOURCE_SERVER);
	struct auth_mac mac;
	struct client c;
	struct keys *keys;

	(void)state;
	if (!crypto_backends[0]->has_mac(CRYPTO_SHA256))
		skip();
	keys = fake_keys("1 MD5 secretsecret\n2 SHA256 secretsecret\n");
	auth_mac_init(&mac, &o, keys);
	client_init(&c, &o, &mac.base);
	assert_int_equal(client_version(&c), 4);
	o.key = 1;
	assert_int_equal(client_version(&c), 4);
	o.key = 2; /* 32 bytes: older chrony servers want them whole */
	assert_int_equal(client_version(&c), 3);
	o.xleave = true;
	assert_int_equal(client_version(&c), 4);
	o.xleave = false;
	o.version = 4;
	assert_int_equal(client_version(&c), 4);
	o.version = 0;
	o.key = 3;
	assert_int_equal(client_version(&c), 4);
	keys_destroy(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_1_7_minimised_request),
		cmocka_unit_test(section_1_2_iburst_answered),
		cmocka_unit_test(section_1_2_iburst_unanswered),
		cmocka_unit_test(section_1_4_unanswered_polls_rise_to_maxpoll),
		cmocka_unit_test(section_1_1_randomness_spreads),
		cmocka_unit_test(sink_chooses_the_poll),
		cmocka_unit_test(single_requests_come_soon),
		cmocka_unit_test(section_1_4_bad_responses_raise_slowly),
		cmocka_unit_test(section_1_3_burst_command),
		cmocka_unit_test(section_16_burst_switches),
		cmocka_unit_test(section_1_3_burst_option),
		cmocka_unit_test(section_1_5_presend),
		cmocka_unit_test(section_1_5_presend_interleaved),
		cmocka_unit_test(section_1_4_peers_poll),
		cmocka_unit_test(copies_do_not_speak_for_a_peer),
		cmocka_unit_test(section_2_1_rate_is_obeyed),
		cmocka_unit_test(denied),
		cmocka_unit_test(section_2_1_other_kisses_do_nothing),
		cmocka_unit_test(section_16_offline_and_online),
		cmocka_unit_test(section_1_2_no_network),
		cmocka_unit_test(section_3_reach_register),
		cmocka_unit_test(section_1_4_fast_polls_only_near),
		cmocka_unit_test(transmit_stamps),
		cmocka_unit_test(section_1_6_deadline_is_maxdelay_and_four),
		cmocka_unit_test(version_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
