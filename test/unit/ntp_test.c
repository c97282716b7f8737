/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP protocol with its sockets and timers, as the client of a server.
 */
#include "config.h"

#include "daemon/protocol/keys.h"
#include "test/unit/ntp_scene.h"

static void one_exchange(void **state)
{
	struct scene sc;
	struct packet p;
	struct report_ntpdata report;
	const struct kernel_socket *asked;

	open_scene(&sc, state);
	begin(&sc);
	assert_int_equal(source_protocol_ntp.activity(sc.instance), PROTOCOL_ONLINE);
	assert_int_equal(net_opened(), 0);
	run_until_sent(&sc, 1);
	assert_int_equal(net_opened(), 1);
	asked = &net.sockets[net.out[0].fd - 20].asked;
	assert_true(asked->connect && asked->stamps && !asked->reuse);
	assert_int_equal(asked->local.port, 0);
	assert_int_equal(asked->remote.port, 123);
	p = answer_to_last(&sc);
	answer(&sc, &p);
	assert_int_equal(sc.reached, 1);
	assert_int_equal(sc.samples, 1);
	assert_int_equal(sc.polls, 1);
	assert_int_equal(sc.measured, 1);
	/* The socket served its one request. */
	assert_int_equal(net_opened(), 0);
	/* Our clock is slow, and the stamps are the kernel's, 1 us later than ours. */
	assert_true(llabs(sc.sample.offset_ns - (SLOW - 1000)) < 3);
	assert_true(llabs((int64_t)(sc.sample.delay * 1e9) - 2 * WAY) < 3);
	assert_true(sc.measurement.offset > 0.039 && sc.measurement.offset < 0.041);
	assert_int_equal(sc.measurement.tests, PROTOCOL_TESTS_ALL);
	source_protocol_ntp.report(sc.instance, &report);
	assert_int_equal(report.total_tx, 1);
	assert_int_equal(report.total_good, 1);
	assert_int_equal(report.total_kernel_tx, 1);
	assert_int_equal(report.total_kernel_rx, 1);
	assert_int_equal(report.tx_stamp, 'K');
	assert_true(report.offset > 0.039);
	assert_int_equal(report.port, 123);
	/* The next request has another socket and another number. */
	run_until_sent(&sc, 2);
	assert_memory_not_equal(net.out[0].data + 40, net.out[1].data + 40, 8);
	close_scene(&sc);
}

static void wrong_answers_change_nothing(void **state)
{
	struct scene sc;
	struct packet right, wrong;
	struct report_ntpdata report;
	struct kernel_message stray = {.n = PACKET_HEADER};
	uint8_t bytes[PACKET_HEADER];

	open_scene(&sc, state);
	begin(&sc);
	run_until_sent(&sc, 1);
	right = wrong = answer_to_last(&sc);
	answer_from(&sc, &right, "192.0.2.10", 123);
	answer_from(&sc, &right, SERVER, 124);
	wrong.origin++;
	answer(&sc, &wrong);
	net_put(net.out[0].fd, SERVER, 123, bytes, 0, 0);
	net_put(net.out[0].fd, SERVER, 123, (const uint8_t *)"\x24\2\6", 3, 0);
	net_run(sc.w);
	/* By the server's socket it is not an answer either. */
	packet_encode(&right, bytes);
	stray.peer.address = world_address(SERVER);
	stray.peer.port = 123;
	stray.data = bytes;
	stray.room = sizeof(bytes);
	source_protocol_ntp.deliver(sc.instance, &stray);
	/* Of them, one is a packet of the server's: it and its copies are counted as bad answers.
	 */
	assert_int_equal(sc.measured, 1);
	assert_int_equal(sc.measurement.bad, 1);
	answer(&sc, &wrong);
	assert_int_equal(sc.measurement.bad, 2);
	assert_false(sc.measurement.answer);
	assert_int_equal(sc.reached + sc.missed + sc.samples + sc.polls, 0);
	source_protocol_ntp.report(sc.instance, &report);
	assert_int_equal(report.total_rx, 7);
	assert_int_equal(report.total_valid, 0);
	assert_int_equal(net_opened(), 1);
	/* The right one is still waited for. */
	answer(&sc, &right);
	assert_int_equal(sc.samples, 1);
	assert_true(sc.measurement.answer);
	assert_int_equal(sc.measurement.bad, 2);
	/* The next request begins anew. */
	run_until_sent(&sc, 2);
	right = answer_to_last(&sc);
	answer(&sc, &right);
	assert_int_equal(sc.measurement.bad, 0);
	close_scene(&sc);
}

static void waits_so_long(void **state)
{
	struct scene sc;
	int64_t at;

	open_scene(&sc, state);
	begin(&sc);
	run_until_sent(&sc, 1);
	at = sc.w->raw;
	while (net_opened() > 0)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	/* maxdelay 3 s, and 4 s */
	assert_int_equal(sc.w->raw - at, 7 * INSTANT_S);
	run_until_sent(&sc, 2);
	assert_int_equal(sc.missed, 1);
	close_scene(&sc);
}

static void sinks_may_destroy(void **state)
{
	for (int which = 0; which < 6; which++) {
		struct scene sc;
		struct packet p;

		open_scene(&sc, state);
		sc.destroy_when = which == 0   ? &sc.reached
				  : which == 1 ? &sc.samples
				  : which == 2 ? &sc.polls
				  : which == 5 ? &sc.missed
					       : &sc.measured;
		begin(&sc);
		run_until_sent(&sc, which == 5 ? net.n_out + 2 : net.n_out + 1);
		if (which < 5) {
			p = answer_to_last(&sc);
			/* A refusal: after the log there would be another call. */
			if (which == 4) {
				p.leap = LEAP_UNSYNCHRONISED;
				p.stratum = 0;
				p.refid = PACKET_KISS_DENY;
			}
			answer(&sc, &p);
		}
		assert_null(sc.instance);
		assert_int_equal(*sc.destroy_when, 1);
		assert_int_equal(net_opened(), 0);
		close_scene(&sc);
	}
}

static void kisses_are_obeyed(void **state)
{
	struct scene sc;
	struct packet p;
	int64_t at;

	open_scene(&sc, state);
	sc.options->minpoll = 3;
	begin(&sc);
	run_until_sent(&sc, 1);
	at = sc.w->raw;
	p = answer_to_last(&sc);
	p.leap = LEAP_UNSYNCHRONISED;
	p.stratum = 0;
	p.refid = PACKET_KISS_RATE;
	answer(&sc, &p);
	assert_non_null(strstr(sc.w->messages, "1 Received KoD RATE from " SERVER "\n"));
	assert_int_equal(sc.samples, 0);
	run_until_sent(&sc, 2);
	assert_in_range(sc.w->raw - at, 40 * INSTANT_S, 42 * INSTANT_S);
	p = answer_to_last(&sc);
	p.leap = LEAP_UNSYNCHRONISED;
	p.stratum = 0;
	p.refid = PACKET_KISS_DENY;
	sc.destroy_when = &sc.denied;
	answer(&sc, &p);
	assert_int_equal(sc.denied, 1);
	assert_null(sc.instance);
	close_scene(&sc);
}

static void section_1_6_fixed_port(void **state)
{
	struct scene sc;
	struct packet p;

	open_scene(&sc, state);
	sc.w->settings->acquisition_port = 1123;
	begin(&sc);
	run_until_sent(&sc, 1);
	assert_int_equal(net.sockets[net.out[0].fd - 20].asked.local.port, 1123);
	assert_true(net.sockets[net.out[0].fd - 20].asked.reuse);
	p = answer_to_last(&sc);
	answer(&sc, &p);
	assert_int_equal(sc.samples, 1);
	assert_int_equal(net_opened(), 1);
	/* A second answer comes in, but is none. */
	answer(&sc, &p);
	assert_int_equal(sc.samples, 1);
	run_until_sent(&sc, 2);
	assert_int_equal(net.out[0].fd, net.out[1].fd);
	source_protocol_ntp.online(sc.instance, false);
	assert_int_equal(net_opened(), 0);
	sc.w->settings->acquisition_port = -1;
	close_scene(&sc);
}

static void going_off(void **state)
{
	struct scene sc;

	open_scene(&sc, state);
	begin(&sc);
	run_until_sent(&sc, 1);
	source_protocol_ntp.online(sc.instance, false);
	assert_int_equal(net_opened(), 0);
	assert_int_equal(source_protocol_ntp.activity(sc.instance), PROTOCOL_OFFLINE);
	assert_null(sc.w->pace.first);
	source_protocol_ntp.burst(sc.instance, 1, 2);
	assert_int_equal(source_protocol_ntp.activity(sc.instance), PROTOCOL_BURST_OFFLINE);
	run_until_sent(&sc, 3);
	while (source_protocol_ntp.activity(sc.instance) != PROTOCOL_OFFLINE)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	assert_int_equal(sc.rested, 1); /* not when it was told to */
	assert_int_equal(net_opened(), 0);
	source_protocol_ntp.online(sc.instance, true);
	source_protocol_ntp.reset(sc.instance);
	run_until_sent(&sc, 4);
	assert_int_equal(source_protocol_ntp.poll(sc.instance), 6);
	close_scene(&sc);
}

static void unsent(void **state)
{
	struct scene sc;
	int64_t at;

	/* The error of an earlier datagram costs nothing. */
	open_scene(&sc, state);
	sc.send_error = -ECONNREFUSED;
	sc.sent_errors = 1;
	begin(&sc);
	at = sc.w->raw;
	run_until_sent(&sc, 1);
	assert_true(sc.w->raw - at < INSTANT_S / 2);
	close_scene(&sc);

	/* Without a network an automatic source goes off. */
	open_scene(&sc, state);
	net.open_error = -ENETUNREACH;
	sc.options->auto_offline = true;
	begin(&sc);
	while (source_protocol_ntp.activity(sc.instance) != PROTOCOL_OFFLINE)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	assert_true(sc.rested == 1 && strstr(sc.w->messages, "0 Source " SERVER " offline\n"));
	net.open_error = 0;
	close_scene(&sc);
}

/* A source that cannot be asked says so, once until it can. */
static void unsent_is_told(void **state)
{
	static const char text[] = "1 Could not send request to " SERVER " : Permission denied\n";
	struct scene sc;
	char *first;

	open_scene(&sc, state);
	net.open_error = -EACCES;
	begin(&sc);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	first = strstr(sc.w->messages, text);
	assert_non_null(first);
	assert_null(strstr(first + 1, text));
	net.open_error = 0;
	run_until_sent(&sc, 1);
	net.open_error = -EACCES;
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	assert_non_null(strstr(first + 1, text));
	net.open_error = 0;
	close_scene(&sc);
}

static void keys_are_used(void **state)
{
	static const char file[] = "1 MD5 secretsecret\n2 MD5 short\n";
	struct keys *keys;
	struct scene sc;
	struct report_auth auth;
	struct packet p;
	const struct keys *before;

	open_scene(&sc, state);
	world_write(sc.w, "/keys", file, sizeof(file) - 1, false);
	assert_int_equal(
		keys_load(&sc.w->kernel, crypto_backends[0], "/keys", &sc.w->log, &keys), 0);
	before = sc.w->env.keys;
	sc.w->env.keys = keys;
	sc.options->key = 1;
	begin(&sc);
	run_until_sent(&sc, 1);
	assert_int_equal(net.out[0].n, 68);
	assert_int_equal(keys_check(keys, 1, 4, (struct span){net.out[0].data, 48},
				 (struct span){net.out[0].data + 52, 16}),
		0);
	/* An answer without a MAC is no answer. */
	p = answer_to_last(&sc);
	answer(&sc, &p);
	assert_int_equal(sc.samples, 0);
	assert_int_equal(sc.measurement.tests & PROTOCOL_TEST_5, 0);
	source_protocol_ntp.report_auth(sc.instance, &auth);
	assert_int_equal(auth.mode, 1);
	assert_int_equal(auth.key_id, 1);
	assert_int_equal(auth.key_type, CRYPTO_MD5);
	assert_int_equal(auth.key_bits, 96);
	close_scene(&sc);

	/* Without its key nothing is ever sent. */
	open_scene(&sc, state);
	sc.options->key = 3;
	begin(&sc);
	assert_non_null(strstr(sc.w->messages, "1 Key 3 is missing\n"));
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(sc.w->loop), 0);
	assert_int_equal(net.n_out, 1);
	assert_int_equal(net_opened(), 0);
	close_scene(&sc);

	open_scene(&sc, state);
	sc.options->key = 2;
	begin(&sc);
	assert_non_null(strstr(sc.w->messages, "1 Key 2 is too short\n"));
	close_scene(&sc);
	sc.w->env.keys = before;
	keys_destroy(keys);
}

static void what_is_not_there_is_said(void **state)
{
	struct address a;
	struct scene sc;

	open_scene(&sc, state);
	a = world_address(SERVER);
	sc.options->nts = true;
	assert_int_equal(
		source_protocol_ntp.create(&sc.w->env, sc.options, &a, &sink, &sc, &sc.instance),
		-ENOTSUP);
	assert_non_null(strstr(sc.w->messages, "Could not use NTS with "));
	sc.options->kind = SOURCE_PEER;
	begin(&sc);
	assert_non_null(strstr(sc.w->messages, "NTS not supported with peers"));
	close_scene(&sc);
	source_protocol_ntp.destroy(NULL);
}

static void sources_keep_apart(void **state)
{
	struct scene sc;
	struct protocol_instance *others[5];
	struct address a;
	int64_t last = 0;

	open_scene(&sc, state);
	begin(&sc);
	for (int i = 0; i < 5; i++) {
		a = world_address(SERVER);
		a.ip[3] = (uint8_t)(20 + i);
		assert_int_equal(source_protocol_ntp.create(
					 &sc.w->env, sc.options, &a, &sink, &sc, &others[i]),
			0);
		source_protocol_ntp.start(others[i]);
	}
	for (size_t n = 1; n <= 6; n++) {
		run_until_sent(&sc, n);
		assert_true(sc.w->raw - last >= INSTANT_S / 5);
		last = sc.w->raw;
	}
	for (int i = 0; i < 5; i++)
		source_protocol_ntp.destroy(others[i]);
	close_scene(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_exchange, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(
			wrong_answers_change_nothing, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(waits_so_long, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(sinks_may_destroy, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(kisses_are_obeyed, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(section_1_6_fixed_port, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(going_off, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(unsent, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(unsent_is_told, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(keys_are_used, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_said, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(sources_keep_apart, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
