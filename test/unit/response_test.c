/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every test of a response failing alone: the right counter, nothing else changed, and the right
 * answer still taken afterwards.
 */
#include "config.h"

#include <errno.h>

#include "daemon/protocol/measurement.h"
#include "test/unit/response_fixture.h"

static void section_2_good_response(void **state)
{
	struct exchange_fixture f;
	struct response r;

	(void)state;
	for (uint32_t key = 0; key <= 1; key++) {
		set_up(&f, key);
		r = receive(&f);
		/* Our clock is slow: the offset is positive. */
		assert_sample(&r, 0.25);
		assert_int_equal(r.sample.osc, BASE + ONE_WAY + AT_SERVER / 2);
		assert_true(fabs(r.sample.dispersion - PRECISION - 0x1p-20) < 1e-12);
		assert_true(r.sample.root_delay == 256.0 / 65536);
		assert_int_equal(r.sample.stratum, 2);
		assert_true(r.sample.queueing);
		assert_int_equal(r.authenticated, key != 0);
		assert_false(f.client.request.waiting);
		assert_int_equal(f.client.counters.valid, 1);
		assert_int_equal(f.client.reach, 1);
		assert_int_equal(f.client.counters.kernel_rx, 1);
		tear_down(&f);
	}
}

/* Each of these breaks one thing. */
static void wrong_origin(struct exchange_fixture *f)
{
	f->packet.origin ^= 1;
}
static void zero_origin(struct exchange_fixture *f)
{
	f->packet.origin = 0;
}
static void zero_receive(struct exchange_fixture *f)
{
	f->packet.receive = 0;
}
static void zero_transmit(struct exchange_fixture *f)
{
	f->packet.transmit = 0;
}
static void version_3(struct exchange_fixture *f)
{
	f->packet.version = 3;
}
static void mode_client(struct exchange_fixture *f)
{
	f->packet.mode = PACKET_CLIENT;
}
static void mode_broadcast(struct exchange_fixture *f)
{
	f->packet.mode = PACKET_BROADCAST;
}
static void from_elsewhere(struct exchange_fixture *f)
{
	f->in.stranger = true;
}
static void too_late(struct exchange_fixture *f)
{
	f->in.now = f->client.request.deadline + 1;
}
static void leap_unsynchronised(struct exchange_fixture *f)
{
	f->packet.leap = LEAP_UNSYNCHRONISED;
}
static void stratum_0(struct exchange_fixture *f)
{
	f->packet.stratum = 0;
}
static void stratum_16(struct exchange_fixture *f)
{
	f->packet.stratum = 16;
}
static void root_distance_16(struct exchange_fixture *f)
{
	f->packet.root_delay = 2 << 16;
	f->packet.root_dispersion = 15 << 16;
}
static void reference_after_transmit(struct exchange_fixture *f)
{
	f->packet.reference = f->packet.transmit + (UINT64_C(1) << 32);
}
static void backwards_at_server(struct exchange_fixture *f)
{
	f->packet.transmit = f->packet.receive - (UINT64_C(1) << 20);
}
static void long_at_server(struct exchange_fixture *f)
{
	f->packet.transmit = f->packet.receive + (UINT64_C(5) << 32);
}
static void delay_beyond_maxdelay(struct exchange_fixture *f)
{
	f->options.maxdelay = 0.0019;
}
static void coarse_server(struct exchange_fixture *f)
{
	f->packet.precision = 3;
}
static void received_before_sent(struct exchange_fixture *f)
{
	f->in.received.osc = f->client.request.sent.osc - 1;
}
static void extra_request(struct exchange_fixture *f)
{
	f->client.request.presend = true;
}
static void follows_us(struct exchange_fixture *f)
{
	f->packet.refid = f->in.self_refid;
}
static void is_us(struct exchange_fixture *f)
{
	f->packet.stratum = f->self.stratum;
	f->packet.refid = f->self.refid;
}

static const struct row {
	void (*spoil)(struct exchange_fixture *);
	enum response_drop drop;
	unsigned failed; /* tests */
	bool measured, valid, synchronised;
} rows[] = {
	{wrong_origin, RESPONSE_BOGUS, PROTOCOL_TEST_2, true, false, false},
	{zero_origin, RESPONSE_BOGUS, PROTOCOL_TEST_2 | PROTOCOL_TEST_3, true, false, false},
	{zero_receive, RESPONSE_EMPTY, PROTOCOL_TEST_3, true, false, false},
	{zero_transmit, RESPONSE_EMPTY, PROTOCOL_TEST_3, true, false, false},
	{version_3, RESPONSE_VERSION, 0, false, false, false},
	{mode_client, RESPONSE_MODE, 0, false, false, false},
	{mode_broadcast, RESPONSE_MODE, 0, false, false, false},
	{from_elsewhere, RESPONSE_STRANGER, 0, false, false, false},
	{too_late, RESPONSE_LATE, PROTOCOL_TEST_2, true, false, false},
	{leap_unsynchronised, RESPONSE_UNSYNCHRONISED, PROTOCOL_TEST_6, true, true, false},
	{stratum_0, RESPONSE_UNSYNCHRONISED, PROTOCOL_TEST_6, true, true, false},
	{stratum_16, RESPONSE_UNSYNCHRONISED, PROTOCOL_TEST_6, true, true, false},
	{root_distance_16, RESPONSE_DISTANT, PROTOCOL_TEST_7, true, true, false},
	{reference_after_transmit, RESPONSE_DISTANT, PROTOCOL_TEST_7, true, true, false},
	{backwards_at_server, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{long_at_server, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{delay_beyond_maxdelay, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{coarse_server, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{received_before_sent, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{extra_request, RESPONSE_DELAYED, PROTOCOL_TEST_A, true, true, true},
	{follows_us, RESPONSE_LOOP, PROTOCOL_TEST_D, true, true, true},
	{is_us, RESPONSE_LOOP, PROTOCOL_TEST_D, true, true, true},
};

static void check_row(const struct row *row)
{
	struct exchange_fixture f, before;
	struct response r;
	unsigned judged = row->valid && row->synchronised
				  ? PROTOCOL_TESTS_ALL
				  : PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_3 |
					    PROTOCOL_TEST_5 | PROTOCOL_TEST_6 | PROTOCOL_TEST_7;

	set_up(&f, 0);
	row->spoil(&f);
	encode(&f, 0);
	before = f;
	r = receive(&f);
	assert_int_equal(r.drop, row->drop);
	assert_int_equal(r.measured, row->measured);
	assert_int_equal(r.valid, row->valid);
	assert_int_equal(r.synchronised, row->synchronised);
	assert_false(r.good);
	assert_int_equal(r.kiss, 0);
	assert_int_equal(r.tests, row->measured ? judged & ~row->failed : 0);
	assert_int_equal(f.client.counters.drops[row->drop], 1);
	assert_int_equal(f.client.counters.valid, row->valid);
	assert_int_equal(f.client.counters.good, 0);
	assert_int_equal(f.client.request.waiting, !row->valid);
	if (!row->valid) {
		/* Nothing but counters moved, and the right answer is still taken. */
		f.client.counters = before.client.counters;
		assert_memory_equal(&f.client, &before.client, sizeof(f.client));
		tear_down(&f);
		set_up(&f, 0);
		before = f;
		row->spoil(&f);
		encode(&f, 0);
		receive(&f);
		f.packet = before.packet;
		f.in = before.in;
		encode(&f, 0);
		r = receive(&f);
		assert_sample(&r, 0.25);
	}
	tear_down(&f);
}

static void section_2_each_test_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void any_cut_is_malformed(void **state)
{
	struct exchange_fixture f;

	(void)state;
	set_up(&f, 1);
	for (size_t n = 0; n < f.n; n++) {
		struct response r;

		f.in.datagram.n = n;
		r = receive(&f);
		assert_false(r.valid);
		/* 48 and 52 bytes are whole packets: without a MAC, with a crypto-NAK. */
		assert_int_equal(
			r.drop, n == 48 || n == 52 ? RESPONSE_UNAUTHENTIC : RESPONSE_MALFORMED);
	}
	assert_int_equal(f.client.counters.drops[RESPONSE_MALFORMED], 66);
	assert_int_equal(f.client.counters.rx, 68);
	f.in.datagram.n = f.n;
	assert_true(receive(&f).good);
	tear_down(&f);
}

static void authentication_as_configured(void **state)
{
	static const struct {
		uint32_t configured, used;
	} wrong[] = {{0, 1}, {1, 0}, {1, 2}};
	struct exchange_fixture f;
	struct response r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		set_up(&f, wrong[i].configured);
		encode(&f, wrong[i].used);
		r = receive(&f);
		assert_int_equal(r.drop, RESPONSE_UNAUTHENTIC);
		assert_int_equal(r.tests & PROTOCOL_TEST_5, 0);
		assert_false(r.authenticated);
		/* A forger cannot shut the right answer out. */
		assert_true(f.client.request.waiting);
		encode(&f, wrong[i].configured);
		assert_true(receive(&f).good);
		tear_down(&f);
	}
	/* Right key ID, wrong digest; and a key that is not in the file. */
	set_up(&f, 1);
	f.bytes[60] ^= 0x80;
	assert_int_equal(receive(&f).drop, RESPONSE_UNAUTHENTIC);
	f.bytes[60] ^= 0x80;
	f.bytes[51] = 9;
	assert_int_equal(receive(&f).drop, RESPONSE_UNAUTHENTIC);
	f.bytes[51] = 1;
	assert_true(receive(&f).good);
	tear_down(&f);
}

static void replay_and_duplicate(void **state)
{
	struct exchange_fixture f;
	struct response_stamp sent = {
		.system = BASE + INSTANT_S, .osc = BASE + INSTANT_S, .source = 'D'};
	struct packet request;
	struct response r;

	(void)state;
	set_up(&f, 0);
	assert_true(receive(&f).good);
	/* The same again: a duplicate, though it names our request. */
	r = receive(&f);
	assert_int_equal(r.drop, RESPONSE_DUPLICATE);
	assert_false(r.valid);
	/* Replayed to the next request, plain and with the new origin put in. */
	client_request(&f.client, NONCE + 5, 7, &request);
	client_sent(&f.client, &sent, RAW + INSTANT_S, 0);
	f.in.now = RAW + INSTANT_S;
	assert_int_equal(receive(&f).drop, RESPONSE_DUPLICATE);
	f.packet.origin = NONCE + 5;
	encode(&f, 0);
	assert_int_equal(receive(&f).drop, RESPONSE_DUPLICATE);
	assert_true(f.client.request.waiting);
	assert_int_equal(f.client.counters.drops[RESPONSE_DUPLICATE], 3);
	assert_int_equal(f.client.counters.valid, 1);
	tear_down(&f);
}

static void section_2_no_loop_test_without_server(void **state)
{
	struct exchange_fixture f;

	(void)state;
	set_up(&f, 0);
	follows_us(&f);
	f.in.self = NULL;
	encode(&f, 0);
	assert_true(receive(&f).good);
	tear_down(&f);
	/* A primary's reference ID is no address. */
	set_up(&f, 0);
	follows_us(&f);
	f.packet.stratum = 1;
	encode(&f, 0);
	assert_true(receive(&f).good);
	tear_down(&f);
}

/* On both sides of the era's end, and with a clock still at 1970. */
static void eras(void **state)
{
	static const int64_t end = INT64_C(2085978496) * INSTANT_S; /* 2036-02-07 06:28:16 */
	struct exchange_fixture f;
	struct response r;

	(void)state;
	for (int64_t at = end - 6 * INSTANT_S; at < end + 5 * INSTANT_S; at += 100000000) {
		set_up_at(&f, 0, at);
		r = receive(&f);
		/* A timestamp of zero, at the very end, says "unknown". */
		if (f.packet.receive != 0 && f.packet.transmit != 0)
			assert_sample(&r, 0.25);
		tear_down(&f);
	}
	set_up(&f, 0);
	f.client.request.sent.osc = f.client.request.sent.system = 7 * INSTANT_S;
	f.in.received.osc = f.in.received.system = 7 * INSTANT_S + 2 * ONE_WAY + AT_SERVER;
	r = receive(&f);
	assert_sample(&r, (double)(BASE - 7 * INSTANT_S) * 1e-9 + 0.25);
	tear_down(&f);
}

static void extreme_stamps_are_refused(void **state)
{
	struct exchange_fixture f;

	(void)state;
	set_up(&f, 0);
	f.client.request.sent.osc = INT64_MIN;
	assert_int_equal(receive(&f).drop, RESPONSE_DELAYED);
	tear_down(&f);
	set_up(&f, 0);
	f.client.request.sent.osc = INT64_MIN;
	f.in.received.osc = INT64_MIN + 5;
	assert_int_equal(receive(&f).drop, RESPONSE_DELAYED);
	tear_down(&f);
}

static void rates_and_corrections(void **state)
{
	struct exchange_fixture f;
	struct response r;

	(void)state;
	set_up(&f, 0);
	f.in.rate = 0.1; /* our oscillator is slow: more time passed than it shows */
	f.in.skew = 1e-3;
	f.options.offset = -0.01;
	r = receive(&f);
	assert_true(r.good);
	assert_true(fabs(r.sample.delay - (0.0021 * 1.1 - 0.0001)) < 1e-9);
	assert_true(fabs(r.sample.dispersion - PRECISION - 0x1p-20 - 2.1e-6) < 1e-10);
	assert_true(fabs((double)r.sample.offset_ns * 1e-9 - 0.24) < 2e-9);
	tear_down(&f);
	/* A server that claims to have taken all the time: the delay is the precision at least. */
	set_up(&f, 0);
	f.packet.transmit = f.packet.receive + (f.packet.transmit - f.packet.receive) * 21;
	encode(&f, 0);
	r = receive(&f);
	assert_true(r.good);
	assert_true(fabs(r.sample.delay - PRECISION - 0x1p-20) < 1e-9);
	tear_down(&f);
}

/* A server that answers sooner than it can read its clock: the bits below its precision are random,
 * so it may seem to have sent before it received. */
static void sooner_than_the_precision(void **state)
{
	struct exchange_fixture f;
	struct response r;

	(void)state;
	set_up(&f, 0);
	f.packet.transmit = f.packet.receive - (UINT64_C(1) << (32 - 20));
	encode(&f, 0);
	r = receive(&f);
	assert_true(r.good);
	assert_true(fabs(r.sample.delay - 0.0021 - 0x1p-20) < 1e-9);
	tear_down(&f);
	set_up(&f, 0);
	f.packet.transmit = f.packet.receive - (UINT64_C(3) << (32 - 20));
	encode(&f, 0);
	r = receive(&f);
	assert_false(r.good);
	assert_true(r.valid);
	tear_down(&f);
}

static void section_2_1_kisses(void **state)
{
	static const uint32_t codes[] = {
		PACKET_KISS_RATE, PACKET_KISS_DENY, PACKET_KISS_RSTR, 0x494e4954};
	struct exchange_fixture f;
	struct response r;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		set_up(&f, 0);
		f.packet.leap = LEAP_UNSYNCHRONISED;
		f.packet.stratum = 0;
		f.packet.refid = codes[i];
		/* As NTPsec sends it: all timestamps are ours. */
		f.packet.receive = f.packet.transmit = f.packet.reference = NONCE;
		encode(&f, 0);
		r = receive(&f);
		assert_int_equal(r.kiss, codes[i]);
		assert_true(r.valid);
		assert_false(r.good);
		tear_down(&f);
	}
	/* Forged ones do nothing: another origin; no MAC where one is due. */
	set_up(&f, 1);
	f.packet.leap = LEAP_UNSYNCHRONISED;
	f.packet.stratum = 0;
	f.packet.refid = PACKET_KISS_DENY;
	encode(&f, 0);
	assert_int_equal(receive(&f).kiss, 0);
	f.packet.origin++;
	encode(&f, 1);
	assert_int_equal(receive(&f).kiss, 0);
	assert_true(f.client.request.waiting);
	tear_down(&f);
}

static void told_of_a_slow_clock(void **state)
{
	struct exchange_fixture f;
	struct response r;
	struct measurement_context c = {.port = 123, .poll = 6, .sent = 'K', .received = 'K'};
	struct protocol_measurement m;
	struct report_ntpdata n;

	(void)state;
	set_up(&f, 0);
	r = receive(&f);
	/* Of the 0.25 s that the oscillator is behind our estimate knows 0.2 s already. */
	c.model_offset_ns = 200000000;
	c.pivot = BASE;
	measurement_log(&r, &c, &m);
	measurement_report(&r, &c, &n);
	assert_true(fabs(m.offset - 0.05) < 2e-9);
	assert_true(fabs(n.offset - 0.05) < 2e-9);
	assert_int_equal(m.tests, PROTOCOL_TESTS_ALL);
	assert_int_equal(m.remote_poll, 6);
	assert_int_equal(m.local_poll, 6);
	assert_int_equal(n.mode, 4);
	assert_int_equal(n.precision, -20);
	assert_int_equal(n.tx_stamp, 'K');
	assert_true(llabs(n.reference_time - (BASE + SLOW + ONE_WAY - 10 * INSTANT_S)) < 2);
	tear_down(&f);
	/* Nothing measured: no offset, whatever the model says. */
	memset(&r, 0, sizeof(r));
	measurement_log(&r, &c, &m);
	assert_true(m.offset == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_2_good_response),
		cmocka_unit_test(section_2_each_test_alone),
		cmocka_unit_test(any_cut_is_malformed),
		cmocka_unit_test(authentication_as_configured),
		cmocka_unit_test(replay_and_duplicate),
		cmocka_unit_test(section_2_no_loop_test_without_server),
		cmocka_unit_test(eras),
		cmocka_unit_test(extreme_stamps_are_refused),
		cmocka_unit_test(rates_and_corrections),
		cmocka_unit_test(sooner_than_the_precision),
		cmocka_unit_test(section_2_1_kisses),
		cmocka_unit_test(told_of_a_slow_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
