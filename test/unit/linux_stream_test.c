/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of the Linux kernel object, over the loopback interface. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/kernel/kernel.h"

#define SECOND INT64_C(1000000000)

static int setup(void **state)
{
	*state = kernel_linux_create();
	return *state == NULL;
}

static int teardown(void **state)
{
	kernel_linux_destroy(*state);
	return 0;
}

static struct kernel_socket on(const char *address, uint16_t port)
{
	struct kernel_socket s = {.local.port = port, .reuse = true};

	assert_int_equal(address_parse(address, &s.local.address), 0);
	return s;
}

/* A socket that listens on a port of its own. */
static int listening(struct kernel *k, const char *address, int backlog, struct endpoint *ret)
{
	struct kernel_socket s = on(address, 0);
	int fd = k->ops->stream_listen(k, &s, backlog);

	if (fd >= 0)
		assert_int_equal(k->ops->local(k, fd, ret), 0);
	return fd;
}

static int connecting(struct kernel *k, const struct endpoint *to)
{
	struct kernel_socket s = {.remote = *to};

	return k->ops->stream_connect(k, &s);
}

/* Waits for a descriptor for two seconds at the most. Returns what it is ready for. */
static unsigned ready(struct kernel *k, int fd, unsigned wanted)
{
	struct kernel_wait w = {.fd = fd, .wanted = wanted};

	for (int i = 0; i < 20 && w.got == 0; i++)
		assert_true(k->ops->wait(k, &w, 1, SECOND / 10) >= 0);
	return w.got;
}

/* Both ends of a connection. */
static void pair(struct kernel *k, const char *address, int *ret_client, int *ret_server)
{
	struct endpoint at, peer = {0}, own = {0};
	int fd = listening(k, address, 5, &at);

	assert_true(fd >= 0);
	assert_int_equal(k->ops->stream_accept(k, fd, &peer), -EAGAIN);
	*ret_client = connecting(k, &at);
	assert_true(*ret_client >= 0);
	assert_int_equal(ready(k, *ret_client, KERNEL_WRITE), KERNEL_WRITE);
	assert_int_equal(k->ops->stream_error(k, *ret_client), 0);
	assert_int_equal(ready(k, fd, KERNEL_READ), KERNEL_READ);
	*ret_server = k->ops->stream_accept(k, fd, &peer);
	assert_true(*ret_server >= 0);
	assert_int_equal(k->ops->local(k, *ret_client, &own), 0);
	assert_int_equal(peer.port, own.port);
	assert_true(address_equal(&peer.address, &own.address));
	k->ops->close(k, fd);
}

static void talks(struct kernel *k, const char *address)
{
	uint8_t in[16];
	int client, server;

	pair(k, address, &client, &server);
	assert_int_equal(k->ops->stream_read(k, server, in, sizeof in), -EAGAIN);
	assert_int_equal(
		k->ops->stream_write(k, client, (struct span){(const uint8_t *)"hello", 5}), 5);
	assert_int_equal(ready(k, server, KERNEL_READ), KERNEL_READ);
	assert_int_equal(k->ops->stream_read(k, server, in, 3), 3);
	assert_memory_equal(in, "hel", 3);
	assert_int_equal(k->ops->stream_read(k, server, in, sizeof in), 2);
	k->ops->close(k, client);
	assert_int_equal(ready(k, server, KERNEL_READ), KERNEL_READ);
	assert_int_equal(k->ops->stream_read(k, server, in, sizeof in), 0);
	k->ops->close(k, server);
}

static void test_talk(void **state)
{
	struct endpoint at;
	int fd;

	talks(*state, "127.0.0.1");
	/* a machine may be without IPv6 */
	fd = listening(*state, "::1", 1, &at);
	if (fd >= 0) {
		((struct kernel *)*state)->ops->close(*state, fd);
		talks(*state, "::1");
	}
}

static void test_refused(void **state)
{
	struct kernel *k = *state;
	struct endpoint at;
	uint8_t in[4];
	int fd = listening(k, "127.0.0.1", 1, &at), client;

	k->ops->close(k, fd);
	client = connecting(k, &at);
	assert_true(client >= 0);
	assert_int_equal(ready(k, client, KERNEL_WRITE), KERNEL_WRITE);
	assert_int_equal(k->ops->stream_error(k, client), -ECONNREFUSED);
	/* asked again it is still no connection */
	assert_true(k->ops->stream_error(k, client) < 0);
	assert_int_not_equal(k->ops->stream_error(k, client), -EINPROGRESS);
	assert_true(k->ops->stream_read(k, client, in, sizeof in) <= 0);
	k->ops->close(k, client);
}

/* A peer that does not read: writing stops at what fits, and goes on when it reads. */
static void test_full(void **state)
{
	struct kernel *k = *state;
	static uint8_t much[1 << 16];
	size_t written = 0, read = 0;
	int client, server, n;

	pair(k, "127.0.0.1", &client, &server);
	for (size_t i = 0; i < sizeof much; i++)
		much[i] = (uint8_t)(i * 7);
	while ((n = k->ops->stream_write(k, client, (struct span){much, sizeof much})) > 0) {
		written += (size_t)n;
		assert_true(written < ((size_t)1 << 28));
	}
	assert_int_equal(n, -EAGAIN);
	while (read < written) {
		uint8_t in[10000];

		assert_int_equal(ready(k, server, KERNEL_READ), KERNEL_READ);
		n = k->ops->stream_read(k, server, in, sizeof in);
		assert_true(n > 0);
		read += (size_t)n;
	}
	assert_int_equal(read, written);
	assert_int_equal(ready(k, client, KERNEL_WRITE), KERNEL_WRITE);
	assert_int_equal(k->ops->stream_write(k, client, (struct span){much, 10}), 10);
	k->ops->close(k, client);
	k->ops->close(k, server);
}

/* A peer that resets: no signal, an error, and the wait does not rest on it. */
static void test_reset(void **state)
{
	struct kernel *k = *state;
	uint8_t byte = 1;
	int client, server, r = 0;

	pair(k, "127.0.0.1", &client, &server);
	assert_int_equal(k->ops->stream_write(k, client, (struct span){&byte, 1}), 1);
	assert_int_equal(ready(k, server, KERNEL_READ), KERNEL_READ);
	k->ops->close(k, server); /* with a byte unread: a reset */
	assert_int_equal(ready(k, client, KERNEL_READ), KERNEL_READ);
	assert_int_equal(k->ops->stream_read(k, client, &byte, 1), -ECONNRESET);
	for (int i = 0; i < 3; i++)
		r = k->ops->stream_write(k, client, (struct span){&byte, 1});
	assert_int_equal(r, -EPIPE);
	k->ops->close(k, client);
}

static void test_limits(void **state)
{
	struct kernel *k = *state;
	struct endpoint at, other, peer;
	struct kernel_socket s = {.local.path = "/tmp/no-stream-is-here"};
	int fd = listening(k, "127.0.0.1", 2, &at), many[6];

	assert_true(fd >= 0);
	assert_int_equal(k->ops->stream_listen(k, &s, 1), -EAFNOSUPPORT);
	s.remote = s.local;
	assert_int_equal(k->ops->stream_connect(k, &s), -EAFNOSUPPORT);
	s = on("127.0.0.1", at.port);
	assert_int_equal(k->ops->stream_listen(k, &s, 1), -EADDRINUSE);
	assert_int_equal(k->ops->stream_accept(k, -1, &peer), -EBADF);
	/* more connections than may wait: whoever got in is served in order */
	for (int i = 0; i < 6; i++) {
		many[i] = connecting(k, &at);
		assert_true(many[i] >= 0);
	}
	assert_int_equal(ready(k, fd, KERNEL_READ), KERNEL_READ);
	assert_int_equal(ready(k, many[0], KERNEL_WRITE), KERNEL_WRITE);
	assert_int_equal(k->ops->local(k, many[0], &other), 0);
	{
		int made = k->ops->stream_accept(k, fd, &peer);

		assert_true(made >= 0);
		assert_int_equal(peer.port, other.port);
		k->ops->close(k, made);
	}
	for (int i = 0; i < 6; i++)
		k->ops->close(k, many[i]);
	k->ops->close(k, fd);
	/* the port is free again for the next run of a daemon */
	fd = k->ops->stream_listen(k, &s, 1);
	assert_true(fd >= 0);
	k->ops->close(k, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
