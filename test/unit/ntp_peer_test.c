/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP protocol with its timers and the server's socket, as a peer.
 */
#include "config.h"

#include "test/unit/ntp_scene.h"

static int server_send(void *arg, struct kernel_message *m)
{
	struct scene *sc = arg;

	assert_true(m->want_stamp);
	assert_int_equal(m->peer.port, 123);
	return ntp_send(&sc->w->kernel, 9, m, 1);
}

/* A datagram that came to the server's socket. */
static bool deliver(struct scene *sc, const struct packet *p, const char *from, int64_t stamp_ns)
{
	uint8_t bytes[PACKET_HEADER];
	struct kernel_message m = {.peer = {.address = world_address(from), .port = 123},
		.local = world_address("192.0.2.1"),
		.data = bytes,
		.n = sizeof(bytes),
		.room = sizeof(bytes),
		.stamp_ns = stamp_ns,
		.stamp_source = 'K'};

	packet_encode(p, bytes);
	return source_protocol_ntp.deliver(sc->instance, &m);
}

/* chrony-behaviour 10, RFC 5905 8: both ends poll by their own timers, each packet answers the last
 * one of the other and asks anew; all by the server's socket. */
static void section_10_symmetric_peer(void **state)
{
	struct scene sc;
	struct protocol_server server = {server_send, &sc};
	struct clock_reference reference = {.synchronised = true, .stratum = 3, .refid = 77};
	struct kernel_message left;
	struct packet first, p, next;

	open_scene(&sc, state);
	sc.w->env.server = &server;
	clock_set_reference(sc.w->clock, &reference);
	sc.options->kind = SOURCE_PEER;
	sc.options->minpoll = sc.options->maxpoll = 3;
	begin(&sc);
	/* it may begin: there is nothing to measure yet */
	p = (struct packet){.version = 4,
		.mode = PACKET_ACTIVE,
		.stratum = 2,
		.poll = 2,
		.precision = -20,
		.refid = 0xc0000263,
		.transmit = 0x1234};
	assert_true(deliver(&sc, &p, SERVER, sc.w->system));
	assert_false(deliver(&sc, &p, "192.0.2.98", sc.w->system));
	assert_int_equal(sc.samples, 0);
	run_until_sent(&sc, 1);
	assert_int_equal(net_opened(), 0);
	assert_int_equal(packet_decode((struct span){net.out[0].data, 48}, &first), 0);
	assert_int_equal(first.mode, PACKET_ACTIVE);
	assert_int_equal(first.stratum, 3);
	assert_int_equal(first.refid, 77);
	assert_int_equal(first.poll, 3);
	assert_int_equal(first.origin, 0x1234);
	assert_true(llabs(instant_from_ntp(first.transmit, sc.w->system) - sc.w->system) < 1000);
	left = sc.stamp;
	left.peer = (struct endpoint){.address = world_address(SERVER), .port = 123};
	left.data = sc.stamped;
	left.room = sizeof(sc.stamped);
	source_protocol_ntp.sent(sc.instance, &left);
	/* it answers 6 s later: more than a server may take */
	p = answer_to_last(&sc);
	p.mode = PACKET_ACTIVE;
	p.poll = 2;
	p.transmit += UINT64_C(6) << 32;
	assert_true(deliver(&sc, &p, SERVER, sc.w->system + 6 * INSTANT_S + 2 * WAY + 1000));
	assert_int_equal(sc.samples, 1);
	assert_int_equal(sc.measurement.tests, PROTOCOL_TESTS_ALL);
	assert_int_equal(sc.measurement.tx_stamp, 'K');
	assert_true(llabs(sc.sample.offset_ns - (SLOW - 1000)) < 10);
	/* the same again is no sample, and one of another mode is none */
	assert_true(deliver(&sc, &p, SERVER, sc.w->system));
	p.mode = PACKET_SERVER;
	assert_true(deliver(&sc, &p, SERVER, sc.w->system));
	assert_int_equal(sc.samples, 1);
	/* our next packet answers it; its polling interval is shorter than we may have */
	run_until_sent(&sc, 2);
	assert_int_equal(packet_decode((struct span){net.out[1].data, 48}, &next), 0);
	assert_int_equal(next.origin, p.transmit);
	assert_true(next.receive != 0);
	assert_true(llabs(instant_ntp_diff(next.transmit, first.transmit) - 8 * INSTANT_S) <
		    INSTANT_S / 2);
	/* a passive one answers at once */
	p = answer_to_last(&sc);
	p.mode = PACKET_PASSIVE;
	assert_true(deliver(&sc, &p, SERVER, sc.w->system + 2 * WAY));
	assert_int_equal(sc.samples, 2);
	/* offline it is one like all others */
	source_protocol_ntp.online(sc.instance, false);
	assert_false(deliver(&sc, &p, SERVER, sc.w->system));
	close_scene(&sc);
}

/* RFC 9769 3, and as chronyd does it: origin is the receive timestamp of the peer's last packet,
 * transmit is when ours before left. */
static void section_10_symmetric_interleaved(void **state)
{
	struct scene sc;
	struct protocol_server server = {server_send, &sc};
	struct kernel_message left;
	struct packet own[3], p;

	open_scene(&sc, state);
	sc.w->env.server = &server;
	sc.options->kind = SOURCE_PEER;
	sc.options->xleave = true;
	sc.options->minpoll = sc.options->maxpoll = 3;
	begin(&sc);
	for (size_t n = 0; n < 3; n++) {
		run_until_sent(&sc, n + 1);
		assert_int_equal(packet_decode((struct span){net.out[n].data, 48}, &own[n]), 0);
		left = sc.stamp;
		left.peer = (struct endpoint){.address = world_address(SERVER), .port = 123};
		left.data = sc.stamped;
		left.room = sizeof(sc.stamped);
		source_protocol_ntp.sent(sc.instance, &left);
		p = answer_to_last(&sc);
		p.mode = PACKET_ACTIVE;
		if (n > 0) {
			/* it tells when its packet before left: 100 us after what that said */
			p.origin = own[n].receive;
			p.transmit = instant_to_ntp(
				instant_from_ntp(own[n].origin, sc.w->system) + 100000);
		}
		assert_true(deliver(&sc, &p, SERVER, sc.w->system + 2 * WAY + 101000));
		assert_int_equal(sc.measurement.interleaved, n > 0);
		if (n == 0)
			continue;
		assert_int_equal(own[n].origin != own[n - 1].origin, 1);
		/* by the kernel ours before left 1 us later than it said */
		assert_true(
			instant_ntp_diff(own[n].transmit, own[n - 1].transmit) < INSTANT_S / 100 ||
			n > 1);
	}
	/* the first would be the same sample again, the second is the better one */
	assert_int_equal(sc.samples, 2);
	assert_true(llabs(sc.sample.offset_ns - (SLOW - 1000)) < 1000);
	close_scene(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(section_10_symmetric_peer, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(
			section_10_symmetric_interleaved, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
