/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP protocol with its sockets and timers: the test is the network and the server.
 */
#include "config.h"

#include "daemon/protocol/keys.h"
#include "daemon/wire/packet.h"
#include "test/unit/net_world.h"

extern const struct source_protocol source_protocol_ntp;

#define SERVER "192.0.2.9"
#define SLOW   INT64_C(40000000) /* ns that our clock is behind */
#define WAY    INT64_C(3000000)  /* ns from us to the server, and back */

/* An association, what its sink got, and the call in which the sink destroys it. */
struct scene {
	struct world *w;
	struct source_options *options; /* on the heap, so that a use after the end is seen */
	struct protocol_instance *instance;
	unsigned reached, missed, samples, polls, measured, denied, rested;
	struct sample sample;
	struct protocol_measurement measurement;
	unsigned tests_back;          /* of B and C */
	const unsigned *destroy_when; /* one of the counters: at its first increase */
	struct kernel_message stamp;  /* of transmission, to be asked for; n 0: none */
	uint8_t stamped[PACKET_HEADER];
	int send_error;
	unsigned sent_errors; /* how many sends fail */
	uint32_t random;
};

/* The one scene of a test: kernels know no scene. */
static struct scene *scene;

static int ntp_random(struct kernel *k, void *p, size_t n)
{
	uint8_t *bytes = p;

	(void)k;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(++scene->random * 7);
	return 0;
}

static int ntp_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	assert_int_equal(n, 1);
	if (scene->sent_errors > 0) {
		scene->sent_errors--;
		return scene->send_error;
	}
	m->stamp_ns = world_of(k)->system;
	m->stamp_source = 'D';
	scene->stamp = (struct kernel_message){
		.n = PACKET_HEADER, .stamp_ns = m->stamp_ns + 1000, .stamp_source = 'K'};
	memcpy(scene->stamped, m->data, PACKET_HEADER);
	return net_send(k, fd, m, n);
}

static int ntp_sent(struct kernel *k, int fd, struct kernel_message *m)
{
	uint8_t *data = m->data;

	(void)k;
	(void)fd;
	if (scene->stamp.n == 0)
		return 0;
	*m = scene->stamp;
	m->data = data;
	memcpy(data, scene->stamped, PACKET_HEADER);
	scene->stamp.n = 0;
	return 1;
}

static int ntp_local(struct kernel *k, int fd, struct endpoint *ret)
{
	(void)k;
	(void)fd;
	*ret = (struct endpoint){.address = world_address("192.0.2.1"), .port = 40000};
	return 0;
}

/* Ends an association as the registry does: the options go with it. */
static void end(struct scene *sc)
{
	source_protocol_ntp.destroy(sc->instance);
	free(sc->options);
	sc->instance = NULL;
	sc->options = NULL;
}

static void count(unsigned *counter)
{
	/* Who destroyed an association hears nothing of it any more. */
	assert_non_null(scene->instance);
	++*counter;
	if (counter == scene->destroy_when)
		end(scene);
}

static unsigned on_sample(void *arg, const struct sample *s)
{
	struct scene *sc = arg;

	sc->sample = *s;
	count(&sc->samples);
	return sc->tests_back;
}

static void on_reach(void *arg, bool synchronised)
{
	struct scene *sc = arg;

	count(synchronised ? &sc->reached : &sc->missed);
}

static int on_poll(void *arg, int present)
{
	struct scene *sc = arg;

	count(&sc->polls);
	return present;
}

static void on_measured(void *arg, const struct protocol_measurement *m)
{
	struct scene *sc = arg;

	sc->measurement = *m;
	count(&sc->measured);
}

static void on_denied(void *arg)
{
	struct scene *sc = arg;

	count(&sc->denied);
}

static void on_moved(void *arg)
{
	(void)arg;
	fail_msg("no key establishment named another server");
}

static void on_rested(void *arg)
{
	scene->rested += arg != NULL;
}

static void on_jumped(void *arg, int64_t ns)
{
	(void)arg;
	(void)ns;
	fail_msg("no server told of a jump");
}

static const struct source_sink sink = {
	.sample = on_sample,
	.reach = on_reach,
	.poll = on_poll,
	.measured = on_measured,
	.denied = on_denied,
	.rested = on_rested,
	.moved = on_moved,
	.jumped = on_jumped,
};

static void open_scene(struct scene *sc, void **state)
{
	static struct kernel_ops ops;
	struct world *w = *state;

	memset(sc, 0, sizeof(*sc));
	scene = sc;
	sc->w = w;
	ops = *w->kernel.ops;
	ops.random = ntp_random;
	ops.send = ntp_send;
	ops.sent = ntp_sent;
	ops.local = ntp_local;
	w->kernel.ops = &ops;
	sc->options = malloc(sizeof(*sc->options));
	assert_non_null(sc->options);
	*sc->options = source_options_default(SOURCE_SERVER);
	sc->tests_back = PROTOCOL_TEST_B | PROTOCOL_TEST_C;
}

static void begin(struct scene *sc)
{
	struct address a = world_address(SERVER);

	assert_int_equal(
		source_protocol_ntp.create(&sc->w->env, sc->options, &a, &sink, sc, &sc->instance),
		0);
	source_protocol_ntp.start(sc->instance);
}

static void close_scene(struct scene *sc)
{
	end(sc);
	assert_null(sc->w->pace.first);
}

/* Runs the loop until this many requests are out. */
static void run_until_sent(struct scene *sc, size_t n)
{
	for (int turns = 0; net.n_out < n; turns++) {
		assert_true(turns < 1000);
		assert_int_equal(loop_turn(sc->w->loop), 0);
	}
}

/* The right answer to the last request. */
static struct packet answer_to_last(const struct scene *sc)
{
	const struct net_datagram *d = &net.out[net.n_out - 1];
	int64_t at = sc->w->system + SLOW + WAY;
	struct packet request;

	assert_int_equal(packet_decode((struct span){d->data, d->n}, &request), 0);
	return (struct packet){.version = request.version,
		.mode = PACKET_SERVER,
		.stratum = 2,
		.poll = request.poll,
		.precision = -20,
		.refid = 0xc0000263,
		.reference = instant_to_ntp(at - INSTANT_S),
		.origin = request.transmit,
		.receive = instant_to_ntp(at),
		.transmit = instant_to_ntp(at)};
}

/* Puts a packet in the socket of the last request, as if it took its way, and lets the loop take
 * it. */
static void answer_from(struct scene *sc, const struct packet *p, const char *from, uint16_t port)
{
	uint8_t bytes[PACKET_HEADER];

	packet_encode(p, bytes);
	/* Our stamp of sending will be 1 us late: the kernel's. */
	net_put(net.out[net.n_out - 1].fd, from, port, bytes, sizeof(bytes),
		sc->w->system + 2 * WAY + 1000);
	net_run(sc->w);
}

static void answer(struct scene *sc, const struct packet *p)
{
	answer_from(sc, p, SERVER, 123);
}

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
		cmocka_unit_test_setup_teardown(section_10_symmetric_peer, net_setup, net_teardown),
		cmocka_unit_test_setup_teardown(
			section_10_symmetric_interleaved, net_setup, net_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
