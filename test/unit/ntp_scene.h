/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An association of the NTP protocol with its sockets and timers: the test is the network and the
 * server.
 */
#ifndef TEST_UNIT_NTP_SCENE_H
#define TEST_UNIT_NTP_SCENE_H

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

static inline int ntp_random(struct kernel *k, void *p, size_t n)
{
	uint8_t *bytes = p;

	(void)k;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(++scene->random * 7);
	return 0;
}

static inline int ntp_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
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

static inline int ntp_sent(struct kernel *k, int fd, struct kernel_message *m)
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

static inline int ntp_local(struct kernel *k, int fd, struct endpoint *ret)
{
	(void)k;
	(void)fd;
	*ret = (struct endpoint){.address = world_address("192.0.2.1"), .port = 40000};
	return 0;
}

/* Ends an association as the registry does: the options go with it. */
static inline void end(struct scene *sc)
{
	source_protocol_ntp.destroy(sc->instance);
	free(sc->options);
	sc->instance = NULL;
	sc->options = NULL;
}

static inline void count(unsigned *counter)
{
	/* Who destroyed an association hears nothing of it any more. */
	assert_non_null(scene->instance);
	++*counter;
	if (counter == scene->destroy_when)
		end(scene);
}

static inline unsigned on_sample(void *arg, const struct sample *s)
{
	struct scene *sc = arg;

	sc->sample = *s;
	count(&sc->samples);
	return sc->tests_back;
}

static inline void on_reach(void *arg, bool synchronised)
{
	struct scene *sc = arg;

	count(synchronised ? &sc->reached : &sc->missed);
}

static inline int on_poll(void *arg, int present)
{
	struct scene *sc = arg;

	count(&sc->polls);
	return present;
}

static inline void on_measured(void *arg, const struct protocol_measurement *m)
{
	struct scene *sc = arg;

	sc->measurement = *m;
	count(&sc->measured);
}

static inline void on_denied(void *arg)
{
	struct scene *sc = arg;

	count(&sc->denied);
}

static inline void on_moved(void *arg)
{
	(void)arg;
	fail_msg("no key establishment named another server");
}

static inline void on_rested(void *arg)
{
	scene->rested += arg != NULL;
}

static inline void on_jumped(void *arg, int64_t ns)
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

static inline void open_scene(struct scene *sc, void **state)
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

static inline void begin(struct scene *sc)
{
	struct address a = world_address(SERVER);

	assert_int_equal(
		source_protocol_ntp.create(&sc->w->env, sc->options, &a, &sink, sc, &sc->instance),
		0);
	source_protocol_ntp.start(sc->instance);
}

static inline void close_scene(struct scene *sc)
{
	end(sc);
	assert_null(sc->w->pace.first);
}

/* Runs the loop until this many requests are out. */
static inline void run_until_sent(struct scene *sc, size_t n)
{
	for (int turns = 0; net.n_out < n; turns++) {
		assert_true(turns < 1000);
		assert_int_equal(loop_turn(sc->w->loop), 0);
	}
}

/* The right answer to the last request. */
static inline struct packet answer_to_last(const struct scene *sc)
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
static inline void answer_from(
	struct scene *sc, const struct packet *p, const char *from, uint16_t port)
{
	uint8_t bytes[PACKET_HEADER];

	packet_encode(p, bytes);
	/* Our stamp of sending will be 1 us late: the kernel's. */
	net_put(net.out[net.n_out - 1].fd, from, port, bytes, sizeof(bytes),
		sc->w->system + 2 * WAY + 1000);
	net_run(sc->w);
}

static inline void answer(struct scene *sc, const struct packet *p)
{
	answer_from(sc, p, SERVER, 123);
}

#endif
