/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams between simulated machines, without daemons: two programs that talk in turns. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/kernel/kernel.h"
#include "test/sim/sim.h"

#define PORT 4460

/** Two machines; the second listens. */
struct pair {
	struct sim *s;
	struct kernel *a, *b;
	int listener;
};

static void begin(struct pair *p, uint64_t seed, const struct sim_link *link)
{
	struct sim_node_options o = {.config = ""};
	struct kernel_socket at = {.local.port = PORT};

	p->s = sim_create(seed, INT64_C(1795424400) * INSTANT_S);
	assert_int_equal(sim_add(p->s, &o), 0);
	assert_int_equal(sim_add(p->s, &o), 1);
	sim_connect(p->s, 0, 1, link);
	sim_connect(p->s, 1, 0, link);
	p->a = sim_kernel(p->s, 0);
	p->b = sim_kernel(p->s, 1);
	p->listener = p->b->ops->stream_listen(p->b, &at, 3);
	assert_true(p->listener >= 0);
}

static int connecting(struct pair *p)
{
	struct kernel_socket to = {.remote = {.address = sim_address(1), .port = PORT}};

	return p->a->ops->stream_connect(p->a, &to);
}

static unsigned ready(struct kernel *k, int fd)
{
	struct kernel_wait w = {.fd = fd, .wanted = KERNEL_READ | KERNEL_WRITE};

	k->ops->wait(k, &w, 1, 0);
	return w.got;
}

static void pass(struct pair *p, double seconds)
{
	assert_int_equal(sim_run(p->s, seconds, NULL, NULL), 0);
}

/** Both ends of a new connection. */
static void connect_both(struct pair *p, int *ret_a, int *ret_b)
{
	struct endpoint peer, own;

	*ret_a = connecting(p);
	assert_true(*ret_a >= 0);
	for (int i = 0; i < 100 && !(ready(p->a, *ret_a) & KERNEL_WRITE); i++)
		pass(p, 1);
	assert_int_equal(p->a->ops->stream_error(p->a, *ret_a), 0);
	assert_int_equal(ready(p->b, p->listener), KERNEL_READ);
	*ret_b = p->b->ops->stream_accept(p->b, p->listener, &peer);
	assert_true(*ret_b >= 0);
	assert_int_equal(p->a->ops->local(p->a, *ret_a, &own), 0);
	assert_int_equal(peer.port, own.port);
	assert_true(address_equal(&peer.address, &own.address));
}

static int say(struct kernel *k, int fd, const char *words)
{
	return k->ops->stream_write(k, fd, (struct span){(const uint8_t *)words, strlen(words)});
}

/** The delay is the link's: a connection takes one round trip, words half of one. */
static void delays_are_those_of_the_link(void **state)
{
	struct sim_link link = {.base = 0.050};
	struct pair p;
	struct endpoint peer;
	uint8_t in[16];
	int a, b;

	(void)state;
	begin(&p, 1, &link);
	a = connecting(&p);
	assert_int_equal(p.a->ops->stream_error(p.a, a), -EINPROGRESS);
	pass(&p, 0.0999);
	assert_int_equal(ready(p.a, a), 0);
	assert_int_equal(say(p.a, a, "early"), -EAGAIN);
	pass(&p, 0.0002);
	assert_int_equal(ready(p.a, a), KERNEL_WRITE);
	assert_int_equal(p.a->ops->stream_error(p.a, a), 0);
	b = p.b->ops->stream_accept(p.b, p.listener, &peer);
	assert_true(b >= 0);
	assert_int_equal(p.b->ops->stream_accept(p.b, p.listener, &peer), -EAGAIN);
	assert_int_equal(say(p.a, a, "hello"), 5);
	pass(&p, 0.0499);
	assert_int_equal(p.b->ops->stream_read(p.b, b, in, 16), -EAGAIN);
	pass(&p, 0.0002);
	assert_int_equal(ready(p.b, b), KERNEL_READ | KERNEL_WRITE);
	assert_int_equal(p.b->ops->stream_read(p.b, b, in, 3), 3);
	assert_int_equal(p.b->ops->stream_read(p.b, b, in, 16), 2);
	p.a->ops->close(p.a, a);
	pass(&p, 0.1);
	assert_int_equal(p.b->ops->stream_read(p.b, b, in, 16), 0);
	p.b->ops->close(p.b, b);
	assert_int_equal(p.b->ops->stream_read(p.b, b, in, 16), -EBADF);
	sim_destroy(p.s);
}

/** Whatever the link does to packets, bytes come in order, once and whole. */
static void order_survives_any_link(void **state)
{
	struct sim_link link = {.base = 0.01,
		.jitter = 0.02,
		.loss = 0.1,
		.duplicate = 0.1,
		.hold = 0.1,
		.hold_delay = 0.5};
	static uint8_t sent[200000], in[200000];

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 13 >> 5);
	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t written = 0, got = 0;
		struct pair p;
		int a, b, n;

		begin(&p, seed, &link);
		connect_both(&p, &a, &b);
		for (int i = 0; i < 2000 && got < sizeof(sent); i++) {
			n = p.a->ops->stream_write(
				p.a, a, (struct span){sent + written, sizeof(sent) - written});
			if (n > 0)
				written += (size_t)n;
			/* never more under way than a window */
			assert_true(written - got <= 65536);
			pass(&p, 0.1);
			n = p.b->ops->stream_read(p.b, b, in + got, sizeof(in) - got);
			if (n > 0)
				got += (size_t)n;
			else
				assert_int_equal(n, -EAGAIN);
		}
		assert_int_equal(got, sizeof(sent));
		assert_memory_equal(in, sent, sizeof(sent));
		sim_destroy(p.s);
	}
}

static void nobody_there(void **state)
{
	struct sim_link link = {.base = 0.01}, dead = {.base = 0.01, .loss = 1};
	struct kernel_socket far = {.remote = {.port = PORT}};
	struct pair p;
	uint8_t in;
	int a;

	(void)state;
	begin(&p, 1, &link);
	p.b->ops->close(p.b, p.listener);
	a = connecting(&p);
	pass(&p, 0.1);
	assert_int_equal(p.a->ops->stream_error(p.a, a), -ECONNREFUSED);
	assert_int_equal(ready(p.a, a), KERNEL_READ | KERNEL_WRITE);
	assert_int_equal(p.a->ops->stream_read(p.a, a, &in, 1), -ECONNREFUSED);
	p.a->ops->close(p.a, a);
	/* a link that loses everything, then a machine without power */
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			sim_connect(p.s, 0, 1, &dead);
		else
			sim_connect(p.s, 0, 1, &link), sim_kill(p.s, 1);
		a = connecting(&p);
		pass(&p, 100);
		assert_int_equal(p.a->ops->stream_error(p.a, a), -EINPROGRESS);
		pass(&p, 30);
		assert_int_equal(p.a->ops->stream_error(p.a, a), -ETIMEDOUT);
		p.a->ops->close(p.a, a);
	}
	far.remote.address = (struct address){.family = ADDRESS_IP4, .ip = {10, 9, 8, 7}};
	assert_int_equal(p.a->ops->stream_connect(p.a, &far), -ENETUNREACH);
	sim_destroy(p.s);
}

static void ends_and_resets(void **state)
{
	struct sim_link link = {.base = 0.01};
	struct pair p;
	uint8_t in[4];
	int a, b, r = 0;

	(void)state;
	begin(&p, 1, &link);
	connect_both(&p, &a, &b);
	/* closed with something unread: a reset */
	assert_int_equal(say(p.a, a, "unread"), 6);
	pass(&p, 0.1);
	p.b->ops->close(p.b, b);
	pass(&p, 0.1);
	assert_int_equal(p.a->ops->stream_read(p.a, a, in, 4), -ECONNRESET);
	assert_int_equal(say(p.a, a, "x"), -EPIPE);
	p.a->ops->close(p.a, a);
	/* written to one that has gone */
	connect_both(&p, &a, &b);
	p.b->ops->close(p.b, b);
	pass(&p, 0.1);
	assert_int_equal(p.a->ops->stream_read(p.a, a, in, 4), 0);
	for (int i = 0; i < 2; i++) {
		r = say(p.a, a, "x");
		pass(&p, 0.1);
	}
	assert_int_equal(r, -EPIPE);
	/* the machine loses its power: silence, then a reset by the one that knows nothing of it */
	connect_both(&p, &a, &b);
	sim_kill(p.s, 1);
	assert_int_equal(say(p.a, a, "x"), 1);
	pass(&p, 10);
	assert_int_equal(p.a->ops->stream_read(p.a, a, in, 4), -EAGAIN);
	sim_destroy(p.s);
}

/** A server that does not accept: as many wait as it said, the others try again until it does. */
static void backlog(void **state)
{
	struct sim_link link = {.base = 0.01};
	struct endpoint peer;
	struct pair p;
	int a[5], open = 0;

	(void)state;
	begin(&p, 1, &link);
	for (int i = 0; i < 5; i++)
		a[i] = connecting(&p);
	pass(&p, 5);
	for (int i = 0; i < 5; i++)
		open += p.a->ops->stream_error(p.a, a[i]) == 0;
	assert_int_equal(open, 3);
	for (int i = 0; i < 3; i++)
		assert_true(p.b->ops->stream_accept(p.b, p.listener, &peer) >= 0);
	assert_int_equal(p.b->ops->stream_accept(p.b, p.listener, &peer), -EAGAIN);
	pass(&p, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(p.a->ops->stream_error(p.a, a[i]), 0);
	/* those that were never accepted are reset */
	p.b->ops->close(p.b, p.listener);
	pass(&p, 1);
	open = 0;
	for (int i = 0; i < 5; i++)
		open += ready(p.a, a[i]) == KERNEL_WRITE;
	assert_int_equal(open, 3);
	sim_destroy(p.s);
}

/** Short writes, as a fault that the scenario asks for. */
static void short_writes(void **state)
{
	struct sim_faults faults = {.send = 0.5};
	struct sim_link link = {.base = 0.01};
	static const uint8_t data[1000];
	int a, b, shorter = 0;
	struct pair p;

	(void)state;
	begin(&p, 3, &link);
	connect_both(&p, &a, &b);
	sim_set_faults(p.s, 0, &faults);
	for (int i = 0; i < 40; i++) {
		int n = p.a->ops->stream_write(p.a, a, (struct span){data, sizeof(data)});

		assert_in_range(n, 1, sizeof(data));
		shorter += n < (int)sizeof(data);
	}
	assert_in_range(shorter, 10, 30);
	sim_destroy(p.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_are_those_of_the_link),
		cmocka_unit_test(order_survives_any_link),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(ends_and_resets),
		cmocka_unit_test(backlog),
		cmocka_unit_test(short_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
