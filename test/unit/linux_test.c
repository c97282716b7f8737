/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux kernel object on the loopback interface and in a directory of its own. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/stat.h>

#include "common/instant.h"
#include "test/unit/linux_scene.h"

static struct endpoint at(const char *address, int port)
{
	struct endpoint e = {.port = (uint16_t)port};

	assert_int_equal(address_parse(address, &e.address), 0);
	return e;
}

static int open_udp(struct scene *s, const char *address, bool stamps)
{
	struct kernel_socket o = {.local = at(address, 0), .stamps = stamps};
	int fd = s->k->ops->open(s->k, &o);

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	return fd;
}

static struct endpoint local_of(struct scene *s, int fd)
{
	struct endpoint e;

	assert_int_equal(s->k->ops->local(s->k, fd, &e), 0);
	return e;
}

static unsigned wait_for(struct scene *s, int fd, unsigned wanted, int64_t timeout)
{
	struct kernel_wait w = {fd, wanted, 0};
	int r = s->k->ops->wait(s->k, &w, 1, timeout);

	assert_int_equal(r, w.got != 0);
	return w.got;
}

static void test_clocks(void **state)
{
	struct scene *s = *state;
	struct kernel_clocks a, b;

	s->k->ops->clocks(s->k, &a);
	usleep(20000);
	s->k->ops->clocks(s->k, &b);
	assert_true(a.error_s >= 0 && a.error_s < 1e-3);
	assert_true(b.raw_ns - a.raw_ns >= 19 * MS && b.raw_ns - a.raw_ns < 5000 * MS);
	assert_true(llabs((b.raw_ns - a.raw_ns) - (b.system_ns - a.system_ns)) < 5 * MS);
	assert_true(a.system_ns > INT64_C(1700000000) * INSTANT_S);
}

static void test_timex_reads(void **state)
{
	struct scene *s = *state;
	struct kernel_timex t = {0};

	assert_int_equal(s->k->ops->timex(s->k, &t), 0);
	assert_true(t.tick_us >= 9000 && t.tick_us <= 11000);
	assert_true(llabs(t.frequency) <= 500 * 65536);
}

/**
 * The kernel begins to stamp what arrives only some time after a socket has asked for it, and says
 * nothing until then: waits until a stamp is its own.
 */
static void await_stamps(struct scene *s)
{
	int a = open_udp(s, "127.0.0.1", false), b = open_udp(s, "127.0.0.1", true), tries = 0;
	uint8_t out[48] = {0}, in[64];
	struct kernel_message m = {.peer = local_of(s, b), .data = out, .n = sizeof out};
	struct kernel_message r = {.data = in, .room = sizeof in};

	do {
		assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
		assert_int_equal(wait_for(s, b, KERNEL_READ, 1000 * MS), KERNEL_READ);
		assert_int_equal(s->k->ops->receive(s->k, b, &r, 1), 1);
	} while (r.stamp_source != 'K' && ++tries < 500 &&
		 wait_for(s, b, KERNEL_READ, 10 * MS) == 0);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

static void exchange(struct scene *s, const char *from, const char *to)
{
	int a = open_udp(s, from, true), b = open_udp(s, to, true);
	uint8_t out[48] = {0x23, 1, 2, 3}, in[64], back[64];
	struct kernel_message m = {.peer = local_of(s, b), .data = out, .n = sizeof out};
	struct kernel_message r = {.data = in, .room = sizeof in};
	struct kernel_message t = {.data = back, .room = sizeof back};
	int64_t before;

	await_stamps(s);
	before = system_now(s);
	assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
	assert_int_equal(m.stamp_source, 'D');
	assert_int_equal(wait_for(s, b, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, b, &r, 1), 1);
	assert_int_equal(wait_for(s, a, KERNEL_READ | KERNEL_STAMP, 1000 * MS), KERNEL_STAMP);
	assert_int_equal(s->k->ops->sent(s->k, a, &t), 1);
	assert_int_equal(s->k->ops->sent(s->k, a, &t), 0);
	assert_int_equal(r.n, sizeof out);
	assert_memory_equal(in, out, sizeof out);
	assert_false(r.cut);
	assert_int_equal(r.interface, 1);
	assert_true(address_equal(&r.local, &m.peer.address));
	assert_int_equal(r.peer.port, local_of(s, a).port);
	assert_int_equal(t.n, sizeof out);
	assert_memory_equal(back, out, sizeof out);
	assert_int_equal(t.peer.port, m.peer.port);
	assert_true(address_equal(&t.peer.address, &m.peer.address));
	/* stamped by the kernel, in the order in which it happened */
	assert_int_equal(t.stamp_source, 'K');
	assert_int_equal(r.stamp_source, 'K');
	assert_true(before <= m.stamp_ns && m.stamp_ns <= t.stamp_ns);
	assert_true(t.stamp_ns <= r.stamp_ns && r.stamp_ns - before < 50 * MS);
	/* and now there is peace */
	assert_int_equal(wait_for(s, a, KERNEL_READ | KERNEL_STAMP, MS), 0);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

static void test_exchange_ip4(void **state)
{
	exchange(*state, "127.0.0.1", "127.0.0.1");
}

/* maxtxbuffers: what was sent is known by its number, no frame comes back; needs Linux 6.13 */
static void test_stamp_ids(void **state)
{
	struct scene *s = *state;
	uint8_t out[48] = {0x23, 9}, back[64];
	struct kernel_message m = {.data = out, .n = sizeof out, .want_stamp = true};
	struct kernel_message t = {.data = back, .room = sizeof back};
	struct kernel_counts counts;
	int r = s->k->ops->stamp_ids(s->k, 2), a, b;

	if (r == -ENOTSUP)
		skip();
	assert_int_equal(r, 0);
	a = open_udp(s, "127.0.0.1", true);
	b = open_udp(s, "127.0.0.1", true);
	m.peer = local_of(s, b);
	for (uint8_t i = 0; i < 5; i++) {
		out[2] = i;
		assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
		assert_int_equal(
			wait_for(s, a, KERNEL_READ | KERNEL_STAMP, 1000 * MS), KERNEL_STAMP);
		memset(back, 0, sizeof back);
		assert_int_equal(s->k->ops->sent(s->k, a, &t), 1);
		assert_int_equal(t.n, sizeof out);
		assert_memory_equal(back, out, sizeof out);
		assert_int_equal(t.peer.port, m.peer.port);
		assert_int_equal(t.stamp_source, 'K');
		assert_true(t.stamp_ns >= m.stamp_ns && t.stamp_ns - m.stamp_ns < 1000 * MS);
	}
	s->k->ops->counts(s->k, &counts);
	assert_int_equal(counts.unkept, 0);
	/* three at once are more than two */
	for (int i = 0; i < 3; i++)
		assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
	s->k->ops->counts(s->k, &counts);
	assert_int_equal(counts.unkept, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(s->k->ops->sent(s->k, a, &t), 1);
	assert_int_equal(s->k->ops->sent(s->k, a, &t), 0);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

static bool has_ip6(struct scene *s)
{
	struct kernel_socket o = {.local = at("::1", 0)};
	int fd = s->k->ops->open(s->k, &o);

	s->k->ops->close(s->k, fd);
	return fd >= 0;
}

static void test_exchange_ip6(void **state)
{
	if (!has_ip6(*state))
		skip();
	exchange(*state, "::1", "::1");
}

/* An address that comes later, of a router or an interface that is not up, is no reason to fail. */
static void test_binds_before_the_address_is_there(void **state)
{
	struct scene *s = *state;

	s->k->ops->close(s->k, open_udp(s, "192.0.2.77", false));
	if (has_ip6(s))
		s->k->ops->close(s->k, open_udp(s, "2001:db8::77", false));
}

static void test_reply_leaves_from_address_asked(void **state)
{
	struct scene *s = *state;
	struct kernel_socket any = {.family = ADDRESS_IP4};
	int client = open_udp(s, "127.0.0.1", false), server = s->k->ops->open(s->k, &any);
	uint8_t data[48] = {0};
	struct kernel_message m = {.peer = at("127.0.0.2", local_of(s, server).port),
		.data = data,
		.n = 48,
		.room = 48};

	assert_int_equal(s->k->ops->send(s->k, client, &m, 1), 1);
	assert_int_equal(wait_for(s, server, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, server, &m, 1), 1);
	assert_int_equal(m.stamp_source, 'D'); /* nobody asked the kernel */
	assert_int_equal(s->k->ops->send(s->k, server, &m, 1), 1);
	assert_int_equal(wait_for(s, client, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, client, &m, 1), 1);
	assert_int_equal(address_u32(&m.peer.address), 0x7f000002);
	s->k->ops->close(s->k, client);
	s->k->ops->close(s->k, server);
}

static void test_connected(void **state)
{
	struct scene *s = *state;
	int server = open_udp(s, "127.0.0.1", false), other = open_udp(s, "127.0.0.1", false);
	struct kernel_socket o = {
		.family = ADDRESS_IP4, .connect = true, .remote = local_of(s, server)};
	int client = s->k->ops->open(s->k, &o);
	uint8_t data[8] = {1};
	struct kernel_message m = {.data = data, .n = 8, .room = 8};

	assert_true(client >= 0);
	assert_int_equal(s->k->ops->send(s->k, client, &m, 1), 1);
	assert_int_equal(wait_for(s, server, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, server, &m, 1), 1);
	assert_int_equal(s->k->ops->send(s->k, other, &m, 1), 1);
	assert_int_equal(wait_for(s, client, KERNEL_READ, 20 * MS), 0);
	assert_int_equal(s->k->ops->send(s->k, server, &m, 1), 1);
	assert_int_equal(wait_for(s, client, KERNEL_READ, 1000 * MS), KERNEL_READ);
	s->k->ops->close(s->k, server);
	s->k->ops->close(s->k, other);
	s->k->ops->close(s->k, client);
}

/* An ICMP error on a socket whose stamps are, or are not, waited for: poll() must come to rest. */
static void refused(struct scene *s, unsigned wanted)
{
	int gone = open_udp(s, "127.0.0.1", false);
	struct kernel_socket o = {.family = ADDRESS_IP4,
		.connect = true,
		.remote = local_of(s, gone),
		.stamps = true};
	int client = s->k->ops->open(s->k, &o);
	uint8_t data[48] = {1};
	struct kernel_message m = {.data = data, .n = 48, .room = 48};
	int turns = 0;
	int64_t end;

	s->k->ops->close(s->k, gone);
	assert_int_equal(s->k->ops->send(s->k, client, &m, 1), 1);
	end = raw_now(s) + 50 * MS;
	while (raw_now(s) < end && turns < 1000) {
		if (wait_for(s, client, wanted, 10 * MS) & KERNEL_STAMP)
			while (s->k->ops->sent(s->k, client, &m) > 0)
				;
		turns++;
	}
	assert_true(turns <= 10);
	s->k->ops->close(s->k, client);
}

static void test_error_does_not_spin(void **state)
{
	refused(*state, KERNEL_READ);
	refused(*state, KERNEL_READ | KERNEL_STAMP);
}

static void test_cut(void **state)
{
	struct scene *s = *state;
	int a = open_udp(s, "127.0.0.1", false), b = open_udp(s, "127.0.0.1", false);
	uint8_t out[100], in[64];
	struct kernel_message m = {.peer = local_of(s, b), .data = out, .n = 100};
	struct kernel_message r = {.data = in, .room = 48};

	memset(out, 7, sizeof out);
	memset(in, 9, sizeof in);
	assert_int_equal(s->k->ops->receive(s->k, b, &r, 1), 0);
	assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
	assert_int_equal(wait_for(s, b, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, b, &r, 1), 1);
	assert_true(r.cut);
	assert_int_equal(r.n, 48);
	assert_int_equal(in[47], 7);
	assert_int_equal(in[48], 9);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

static void batches(struct scene *s, int at_most)
{
	enum {
		N = 40
	};
	int a = open_udp(s, "127.0.0.1", false), b = open_udp(s, "127.0.0.1", true), n, got = 0;
	uint8_t data[N][8];
	struct kernel_message m[N] = {0};

	for (int i = 0; i < N; i++) {
		memset(data[i], i, 8);
		m[i].peer = local_of(s, b);
		m[i].data = data[i];
		m[i].n = m[i].room = 8;
	}
	n = s->k->ops->send(s->k, a, m, N);
	assert_int_equal(n, LINUX_BATCH);
	assert_int_equal(m[n - 1].stamp_source, 'D');
	while (got < n && wait_for(s, b, KERNEL_READ, 1000 * MS)) {
		int r = s->k->ops->receive(s->k, b, m, N);

		assert_true(r > 0 && r <= at_most);
		for (int i = 0; i < r; i++) {
			assert_int_equal(m[i].n, 8);
			assert_int_equal(m[i].data[0], got++);
			assert_int_equal(m[i].peer.port, local_of(s, a).port);
		}
	}
	assert_int_equal(got, n);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

static void test_batches(void **state)
{
	batches(*state, LINUX_BATCH);
	poor(*state);
	batches(*state, 1);
}

/* A burst of a thousand requests waits for its server, if we may make room for it. */
static void test_burst(void **state)
{
	struct scene *s = *state;
	struct kernel_socket o = {
		.local = at("127.0.0.1", 0), .receive_stamps = true, .server = true};
	int a = open_udp(s, "127.0.0.1", false), b = s->k->ops->open(s->k, &o), got = 0, r;
	uint8_t out[48] = {0x23}, in[LINUX_BATCH][64];
	struct kernel_message m = {.peer = local_of(s, b), .data = out, .n = sizeof out};
	struct kernel_message taken[LINUX_BATCH];
	int value = 0;
	socklen_t n = sizeof value;

	assert_int_equal(getsockopt(b, IPPROTO_IP, IP_MTU_DISCOVER, &value, &n), 0);
	assert_int_equal(value, IP_PMTUDISC_PROBE);
	for (int i = 0; i < LINUX_BATCH; i++)
		taken[i] = (struct kernel_message){.data = in[i], .room = sizeof in[i]};
	for (int i = 0; i < 1000; i++)
		assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
	while ((r = s->k->ops->receive(s->k, b, taken, LINUX_BATCH)) > 0)
		got += r;
	assert_int_equal(getsockopt(b, SOL_SOCKET, SO_RCVBUF, &value, &n), 0);
	if (value < 2 * LINUX_SERVER_ROOM)
		print_message("only %d bytes of buffer are to be had here\n", value);
	else
		assert_int_equal(got, 1000);
	assert_true(got >= 100);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

/* What came to a broadcast address is known by that, and what came to our own is not. */
static void test_to_many(void **state)
{
	struct scene *s = *state;
	struct kernel_socket any = {.family = ADDRESS_IP4};
	int to = s->k->ops->open(s->k, &any), from = open_udp(s, "127.0.0.1", false), one = 1;
	uint8_t data[16] = "question";
	struct kernel_message m = {.data = data, .n = 8, .room = 16};

	assert_true(to >= 0);
	assert_int_equal(setsockopt(from, SOL_SOCKET, SO_BROADCAST, &one, sizeof one), 0);
	for (int i = 0; i < 2; i++) {
		m.n = 8;
		m.local.family = ADDRESS_NONE;
		m.peer = at(i == 0 ? "127.255.255.255" : "127.0.0.5", local_of(s, to).port);
		assert_int_equal(s->k->ops->send(s->k, from, &m, 1), 1);
		assert_int_equal(wait_for(s, to, KERNEL_READ, 1000 * MS), KERNEL_READ);
		assert_int_equal(s->k->ops->receive(s->k, to, &m, 1), 1);
		assert_int_equal(m.to_many, i == 0);
	}
	s->k->ops->close(s->k, to);
	s->k->ops->close(s->k, from);
}

static void test_unix(void **state)
{
	struct scene *s = *state;
	struct kernel_socket server = {.mode = 0660}, client = {.mode = 0600};
	struct kernel_message m = {0};
	uint8_t data[16] = "question";
	struct stat st;
	int a, b;

	strcpy(server.local.path, in_directory(s, "server.sock"));
	strcpy(client.local.path, in_directory(s, "client.sock"));
	a = s->k->ops->open(s->k, &server);
	assert_true(a >= 0);
	s->k->ops->close(s->k, a);
	assert_int_equal(stat(server.local.path, &st), -1);
	a = s->k->ops->open(s->k, &server);
	b = s->k->ops->open(s->k, &client);
	assert_true(a >= 0 && b >= 0);
	assert_int_equal(stat(server.local.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	m = (struct kernel_message){.peer = server.local, .data = data, .n = 8, .room = 16};
	assert_int_equal(s->k->ops->send(s->k, b, &m, 1), 1);
	assert_int_equal(wait_for(s, a, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, a, &m, 1), 1);
	assert_string_equal(m.peer.path, client.local.path);
	assert_int_equal(m.peer.address.family, ADDRESS_NONE);
	memcpy(data, "answer", 7);
	assert_int_equal(s->k->ops->send(s->k, a, &m, 1), 1);
	assert_int_equal(s->k->ops->receive(s->k, b, &m, 1), 1);
	assert_string_equal(m.peer.path, server.local.path);
	assert_memory_equal(data, "answer", 6);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
}

/* What the dead left is replaced; who lives keeps his file, and takes away no other's. */
/* Whether an answer to a request from a path arrives where its socket is now. */
static bool is_answered(struct scene *s, int server, int client, const struct endpoint *to,
	const char *moved_to, const char *now_there)
{
	uint8_t p[8] = "hello";
	struct kernel_message m = {.peer = *to, .data = p, .n = 5};
	struct kernel_message q = {.data = p, .room = sizeof p};
	struct endpoint from;
	bool answered;

	assert_int_equal(s->k->ops->local(s->k, client, &from), 0);
	assert_int_equal(s->k->ops->send(s->k, client, &m, 1), 1);
	assert_int_equal(wait_for(s, server, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_int_equal(s->k->ops->receive(s->k, server, &q, 1), 1);
	assert_true(q.guarded && q.sender == getuid());
	if (moved_to != NULL) {
		assert_int_equal(rename(from.path, moved_to), 0);
		if (now_there != NULL)
			assert_int_equal(symlink(now_there, from.path), 0);
	}
	answered = s->k->ops->send(s->k, server, &q, 1) == 1;
	if (moved_to != NULL) {
		unlink(from.path);
		assert_int_equal(rename(moved_to, from.path), 0);
	}
	return answered;
}

/* A client that puts something else where its socket was has nobody written to. */
static void test_unix_guarded(void **state)
{
	struct scene *s = *state;
	struct kernel_socket server = {.guarded = true}, client = {0}, victim = {0};
	char aside[ENDPOINT_PATH];
	int a, b, c;

	strcpy(server.local.path, in_directory(s, "server.sock"));
	strcpy(client.local.path, in_directory(s, "client.sock"));
	strcpy(victim.local.path, in_directory(s, "victim.sock"));
	strcpy(aside, in_directory(s, "aside"));
	a = s->k->ops->open(s->k, &server);
	b = s->k->ops->open(s->k, &client);
	c = s->k->ops->open(s->k, &victim);
	assert_true(a >= 0 && b >= 0 && c >= 0);
	assert_true(is_answered(s, a, b, &server.local, NULL, NULL));
	assert_int_equal(wait_for(s, b, KERNEL_READ, 1000 * MS), KERNEL_READ);
	assert_false(is_answered(s, a, b, &server.local, aside, NULL));
	assert_false(is_answered(s, a, b, &server.local, aside, victim.local.path));
	assert_int_equal(wait_for(s, c, KERNEL_READ, 10 * MS), 0);
	s->k->ops->close(s->k, a);
	s->k->ops->close(s->k, b);
	s->k->ops->close(s->k, c);
}

/* Whose a socket is counts where it was sent from by somebody else than root. */
static void test_unix_guard_looks_at_the_owner(void **state)
{
	struct scene *s = *state;
	struct kernel_socket o = {0};
	struct kernel_message m = {.guarded = true};
	struct endpoint to;
	int a, file;

	strcpy(o.local.path, in_directory(s, "client.sock"));
	m.peer = o.local;
	a = s->k->ops->open(s->k, &o);
	assert_true(a >= 0);
	m.sender = getuid();
	file = linux_guard_open(&m, &to);
	assert_true(file >= 0);
	close(file);
	m.sender = getuid() + 1;
	assert_int_equal(linux_guard_open(&m, &to), -EACCES);
	s->k->ops->close(s->k, a);
	assert_int_equal(linux_guard_open(&m, &to), -ENOENT);
}

static void test_unix_stale(void **state)
{
	struct scene *s = *state;
	struct kernel_socket o = {0};
	struct sockaddr_storage address;
	const char *path = in_directory(s, "server.sock");
	struct stat st;
	socklen_t n;
	int fd, other;

	strcpy(o.local.path, path);
	n = linux_sockaddr(&o.local, &address);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
	assert_int_equal(s->k->ops->open(s->k, &o), -EADDRINUSE);
	assert_int_equal(stat(path, &st), 0);
	close(fd);
	fd = s->k->ops->open(s->k, &o);
	assert_true(fd >= 0);
	s->k->ops->close(s->k, fd);
	assert_int_equal(stat(path, &st), -1);

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(s->k->ops->open(s->k, &o), -EADDRINUSE);
	close(fd);

	fd = s->k->ops->open(s->k, &o);
	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	other = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(other, (struct sockaddr *)&address, n), 0);
	s->k->ops->close(s->k, fd);
	assert_int_equal(stat(path, &st), 0);
	close(other);
}

static void test_unix_spares_files(void **state)
{
	struct scene *s = *state;
	struct kernel_socket o = {0};
	uint8_t p[8];
	size_t n;

	strcpy(o.local.path, in_directory(s, "precious"));
	assert_int_equal(s->k->ops->file_save(
				 s->k, o.local.path, (struct span){(const uint8_t *)"x", 1}, 0600),
		0);
	assert_int_equal(s->k->ops->open(s->k, &o), -EEXIST);
	assert_int_equal(s->k->ops->file_load(s->k, o.local.path, p, sizeof p, &n), 0);
}

static void test_open_fails(void **state)
{
	struct scene *s = *state;
	int first = open_udp(s, "127.0.0.1", false);
	struct kernel_socket o = {.local = local_of(s, first)};
	struct kernel_socket d = {.local = at("127.0.0.1", 0), .device = "nosuchdev0"};
	struct kernel_socket i = {.family = ADDRESS_ID};

	assert_int_equal(s->k->ops->open(s->k, &o), -EADDRINUSE);
	s->k->ops->close(s->k, first);
	assert_true(s->k->ops->open(s->k, &d) < 0);
	assert_int_equal(s->k->ops->open(s->k, &i), -EAFNOSUPPORT);
}

static void test_wait_time(void **state)
{
	struct scene *s = *state;
	int64_t start;

	/* up, not down: a timer of 2.9 ms is due when wait() returns */
	for (int i = 0; i < 5; i++) {
		start = raw_now(s);
		assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 2900000), 0);
		assert_true(raw_now(s) - start >= 2850000);
	}
	start = raw_now(s);
	assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 0), 0);
	assert_true(raw_now(s) - start < 500 * MS);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void test_wait_signal(void **state)
{
	struct scene *s = *state;
	struct sigaction sa = {.sa_handler = on_alarm};
	int64_t start = raw_now(s);

	sigaction(SIGALRM, &sa, NULL);
	ualarm(20000, 0);
	assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 5000 * MS), 0);
	assert_true(raw_now(s) - start < 4000 * MS);
	signal(SIGALRM, SIG_DFL);
}

static void test_random(void **state)
{
	struct scene *s = *state;
	uint8_t a[300] = {0}, b[300] = {0};
	int zeros = 0;

	assert_int_equal(s->k->ops->random(s->k, a, sizeof a), 0);
	assert_int_equal(s->k->ops->random(s->k, b, sizeof b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		zeros += a[i] == 0;
	assert_true(zeros < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_clocks),
		SCENE_TEST(test_timex_reads),
		SCENE_TEST(test_stamp_ids),
		SCENE_TEST(test_exchange_ip4),
		SCENE_TEST(test_exchange_ip6),
		SCENE_TEST(test_binds_before_the_address_is_there),
		SCENE_TEST(test_reply_leaves_from_address_asked),
		SCENE_TEST(test_connected),
		SCENE_TEST(test_error_does_not_spin),
		SCENE_TEST(test_cut),
		SCENE_TEST(test_batches),
		SCENE_TEST(test_burst),
		SCENE_TEST(test_to_many),
		SCENE_TEST(test_unix),
		SCENE_TEST(test_unix_guarded),
		SCENE_TEST(test_unix_guard_looks_at_the_owner),
		SCENE_TEST(test_unix_stale),
		SCENE_TEST(test_unix_spares_files),
		SCENE_TEST(test_open_fails),
		SCENE_TEST(test_wait_time),
		SCENE_TEST(test_wait_signal),
		SCENE_TEST(test_random),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
