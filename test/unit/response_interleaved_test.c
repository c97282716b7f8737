/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Responses that tell more than one exchange: in interleaved mode, and with F323.
 */
#include "config.h"

#include "daemon/wire/mono_field.h"
#include "test/unit/response_fixture.h"

/* Asks again a second later in interleaved mode; what the server does of it is in packet then: it
 * received the request at its due time, and says that it sent the last answer late after. */
static struct packet ask_interleaved(struct exchange_fixture *f, int second, int64_t late)
{
	int64_t at = BASE + second * INSTANT_S, receive = at + SLOW + ONE_WAY;
	struct response_stamp sent = {.system = at, .osc = at, .source = 'K'};
	struct packet request;

	client_request(
		&f->client, NONCE + (uint64_t)second, NONCE + 100 + (uint64_t)second, &request);
	client_sent(&f->client, &sent, RAW + second * INSTANT_S, 0);
	f->in.now = RAW + second * INSTANT_S + INSTANT_S / 100;
	f->in.received.system = f->in.received.osc = at + 2 * ONE_WAY + AT_SERVER + late;
	f->packet.origin = request.receive;
	f->packet.receive = instant_to_ntp(receive);
	f->packet.transmit = instant_to_ntp(receive - INSTANT_S + AT_SERVER + late);
	encode(f, 0);
	return request;
}

/* chrony-behaviour 18, RFC 9769: the first interleaved response reuses what the basic one before
 * gave and is not good (0111); from then on each measures the exchange before its own. */
static void section_18_interleaved(void **state)
{
	struct exchange_fixture f;
	struct packet request;
	struct response r;
	int64_t late = 300000;

	(void)state;
	set_up(&f, 0);
	f.options.xleave = true;
	f.in.received.system += late;
	f.in.received.osc += late;
	r = receive(&f);
	assert_true(r.good);
	assert_false(r.interleaved);
	/* its answer left later than the server said: all of it looks like delay */
	assert_true(fabs(r.sample.delay - 2 * ONE_WAY * 1e-9 - 300e-6) < 1e-6);
	request = ask_interleaved(&f, 1, late);
	assert_true(request.origin == instant_to_ntp(BASE + SLOW + ONE_WAY));
	assert_true(request.receive == NONCE + 101);
	r = receive(&f);
	assert_true(r.interleaved && r.valid && r.synchronised);
	assert_int_equal(
		r.tests & (PROTOCOL_TEST_A | PROTOCOL_TEST_B | PROTOCOL_TEST_C | PROTOCOL_TEST_D),
		PROTOCOL_TEST_B | PROTOCOL_TEST_C | PROTOCOL_TEST_D);
	assert_false(r.good);
	/* a reference that is newer than the transmit timestamp of last time */
	ask_interleaved(&f, 2, late);
	f.packet.reference = f.packet.transmit + (UINT64_C(1) << 30);
	encode(&f, 0);
	r = receive(&f);
	assert_true(r.good && r.interleaved);
	assert_true(fabs(r.sample.delay - 2 * ONE_WAY * 1e-9) < 1e-6);
	assert_true(llabs(r.sample.offset_ns - SLOW) < 2000);
	assert_true(llabs(r.sample.osc - (BASE + INSTANT_S)) < INSTANT_S / 10);
	/* an answer in basic mode is as good */
	request = ask_interleaved(&f, 3, late);
	f.packet.origin = NONCE + 3;
	f.packet.transmit = instant_to_ntp(BASE + 3 * INSTANT_S + SLOW + ONE_WAY + AT_SERVER);
	encode(&f, 0);
	r = receive(&f);
	assert_true(r.good);
	assert_false(r.interleaved);
	/* one that answers neither is none */
	ask_interleaved(&f, 4, late);
	f.packet.origin = NONCE + 103;
	encode(&f, 0);
	r = receive(&f);
	assert_int_equal(r.drop, RESPONSE_BOGUS);
	tear_down(&f);
}

/* The answer to the next request, with an F323 on a server whose clock was moved so far. */
static struct response mono(struct exchange_fixture *f, int second, int64_t moved, uint32_t epoch)
{
	struct writer w = writer_on(f->bytes, sizeof(f->bytes));
	struct mono_field field = {.root_delay = 0.5, .root_dispersion = 0.25, .epoch = epoch};
	struct response r;

	ask_interleaved(f, second, 0);
	f->packet.origin = NONCE + (uint64_t)second;
	f->packet.transmit = f->packet.receive + 1000;
	field.receive = instant_to_ntp(instant_from_ntp(f->packet.receive, BASE) - moved);
	encode(f, 0);
	w.n = PACKET_HEADER;
	mono_field_write(&w, &field);
	f->n = w.n;
	f->in.datagram = (struct span){f->bytes, f->n};
	r = receive(f);
	assert_true(r.good);
	return r;
}

/* chrony-behaviour 17: root values of F323, and jumps of the server's clock. */
static void section_17_mono_root(void **state)
{
	struct exchange_fixture f;
	struct response r;

	(void)state;
	set_up(&f, 0);
	r = mono(&f, 1, 5000000, 1);
	assert_false(r.mono); /* was not asked for */
	assert_true(r.sample.root_delay < 0.01);
	f.options.extensions = SOURCE_EXT_MONO_ROOT;
	r = mono(&f, 2, 5000000, 1);
	assert_true(r.mono);
	assert_true(r.sample.root_delay == 0.5 && r.sample.root_dispersion == 0.25);
	assert_int_equal(r.jumped_ns, 0);
	/* below the precision it is added up */
	assert_int_equal(mono(&f, 3, 5000700, 1).jumped_ns, 0);
	r = mono(&f, 4, 5001400, 1);
	assert_true(llabs(r.jumped_ns - 1400) < 3);
	assert_true(llabs(mono(&f, 5, 4001400, 1).jumped_ns + 1000000) < 3);
	/* a scale that begins anew, and more than can be */
	assert_int_equal(mono(&f, 6, 0, 2).jumped_ns, 0);
	assert_int_equal(mono(&f, 7, 17 * INSTANT_S, 2).jumped_ns, 0);
	tear_down(&f);
}

/* chrony-behaviour 2: after four requests without an answer one in basic mode. */
static void section_2_interleaved_gives_up(void **state)
{
	struct exchange_fixture f;

	(void)state;
	set_up(&f, 0);
	f.options.xleave = true;
	assert_true(receive(&f).good);
	for (int i = 1; i <= 4; i++)
		assert_true(ask_interleaved(&f, i, 0).origin != 0);
	assert_true(ask_interleaved(&f, 5, 0).origin == 0);
	assert_true(ask_interleaved(&f, 6, 0).receive == 0);
	tear_down(&f);
	/* never in version 3 */
	set_up(&f, 0);
	f.options.xleave = true;
	assert_true(receive(&f).good);
	f.options.version = 3;
	assert_true(ask_interleaved(&f, 1, 0).origin == 0);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_18_interleaved),
		cmocka_unit_test(section_17_mono_root),
		cmocka_unit_test(section_2_interleaved_gives_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
