/* SPDX-License-Identifier: BSD-2-Clause */
/* The Linux kernel object on the loopback interface and in a directory of its own. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/kernel/linux.h"

#define MS INT64_C(1000000)

/** A kernel and a directory. */
struct scene {
	struct kernel *k;
	char directory[64];
	char path[128];
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	strcpy(s->directory, "/tmp/gnomon-test-XXXXXX");
	*state = s;
	s->k = kernel_linux_create();
	return s->k == NULL || mkdtemp(s->directory) == NULL;
}

static void remove_file(void *arg, const char *name)
{
	struct scene *s = arg;
	char path[400];

	snprintf(path, sizeof path, "%s/%s", s->directory, name);
	unlink(path);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	s->k->ops->file_list(s->k, s->directory, "", remove_file, s);
	kernel_linux_destroy(s->k);
	rmdir(s->directory);
	free(s);
	return 0;
}

static const char *in_directory(struct scene *s, const char *name)
{
	snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
	return s->path;
}

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

static int64_t system_now(struct scene *s)
{
	struct kernel_clocks c;

	s->k->ops->clocks(s->k, &c);
	return c.system_ns;
}

static int64_t raw_now(struct scene *s)
{
	struct kernel_clocks c;

	s->k->ops->clocks(s->k, &c);
	return c.raw_ns;
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

static void exchange(struct scene *s, const char *from, const char *to)
{
	int a = open_udp(s, from, true), b = open_udp(s, to, true);
	uint8_t out[48] = {0x23, 1, 2, 3}, in[64], back[64];
	struct kernel_message m = {.peer = local_of(s, b), .data = out, .n = sizeof out};
	struct kernel_message r = {.data = in, .room = sizeof in};
	struct kernel_message t = {.data = back, .room = sizeof back};
	int64_t before = system_now(s);

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

/* As an interposer leaves it: no batches, sockets without flags. */
static void poor(struct scene *s)
{
	struct linux_kernel *l = linux_kernel(s->k);

	l->no_recvmmsg = l->no_sendmmsg = true;
	l->socket_flags = false;
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
	a = s->k->ops->open(s->k, &server); /* over what the first one left */
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
	struct kernel_socket o = {.local = at("192.0.2.77", 0)};
	struct kernel_socket d = {.local = at("127.0.0.1", 0), .device = "nosuchdev0"};
	struct kernel_socket i = {.family = ADDRESS_ID};

	assert_int_equal(s->k->ops->open(s->k, &o), -EADDRNOTAVAIL);
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

static struct span text(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static void test_file_save_and_load(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "drift");
	char p[16];
	struct stat st;
	int64_t t;
	size_t n = 77;

	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), -ENOENT);
	assert_int_equal(n, 77);
	assert_int_equal(s->k->ops->file_save(s->k, path, text("old content"), 0640), 0);
	assert_int_equal(s->k->ops->file_save(s->k, path, text("new"), 0640), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "new", 3);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, 3, &n), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, 2, &n), -EFBIG);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(s->k->ops->file_time(s->k, path, &t), 0);
	assert_true(llabs(system_now(s) - t) < 5000 * MS);
	assert_int_equal(s->k->ops->file_remove(s->k, path), 0);
	assert_int_equal(s->k->ops->file_remove(s->k, path), -ENOENT);
	assert_int_equal(s->k->ops->file_time(s->k, path, &t), -ENOENT);
}

/* A write that fails half-way, as on a full disk: by the limit on the size of files. */
static void test_file_save_keeps_old_content(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "drift");
	struct rlimit old, small;
	char p[16], beside[160];
	size_t n;

	assert_int_equal(s->k->ops->file_save(s->k, path, text("old"), 0644), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){5, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(s->k->ops->file_save(s->k, path, text("new content"), 0644), -EFBIG);
	assert_int_equal(s->k->ops->file_append(s->k, path, text(" and new entry"), 0644), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "old", 3);
	snprintf(beside, sizeof beside, "%s.tmp", path);
	assert_int_equal(access(beside, F_OK), -1);
}

static void test_file_links(void **state)
{
	struct scene *s = *state;
	char target[160], link[160], p[16];
	size_t n;

	snprintf(target, sizeof target, "%s/target", s->directory);
	snprintf(link, sizeof link, "%s/link", s->directory);
	assert_int_equal(s->k->ops->file_save(s->k, target, text("safe"), 0644), 0);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(s->k->ops->file_append(s->k, link, text("x"), 0644), -ELOOP);
	/* a link planted where the new content is to be written */
	snprintf(link, sizeof link, "%s/drift.tmp", s->directory);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(
		s->k->ops->file_save(s->k, in_directory(s, "drift"), text("new"), 0644), 0);
	assert_int_equal(s->k->ops->file_load(s->k, target, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 4);
}

static void test_file_append(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "tracking.log");
	char p[16];
	size_t n;

	assert_int_equal(s->k->ops->file_append(s->k, path, text("one\n"), 0644), 0);
	assert_int_equal(s->k->ops->file_append(s->k, path, text("two\n"), 0644), 0);
	assert_int_equal(s->k->ops->file_load(s->k, path, (uint8_t *)p, sizeof p, &n), 0);
	assert_int_equal(n, 8);
	assert_memory_equal(p, "one\ntwo\n", 8);
	assert_int_equal(s->k->ops->file_append(s->k, "/nonexistent/x", text("x"), 0644), -ENOENT);
}

static void collect(void *arg, const char *name)
{
	char *list = arg;

	strcat(list, name);
	strcat(list, " ");
}

static void test_file_list(void **state)
{
	static const char *const names[] = {"b.conf", "a.conf", "c.txt", ".conf", "10.conf"};
	struct scene *s = *state;
	char list[200] = "";

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			s->k->ops->file_save(s->k, in_directory(s, names[i]), text(""), 0644), 0);
	assert_int_equal(s->k->ops->file_list(s->k, s->directory, ".conf", collect, list), 0);
	assert_string_equal(list, ".conf 10.conf a.conf b.conf ");
	assert_int_equal(s->k->ops->file_list(s->k, "/nonexistent", "", collect, list), -ENOENT);
}

/** What resolve() told. */
struct told {
	int times, error;
	size_t n;
	struct address first;
};

static void tell(void *arg, int error, const struct address *addresses, size_t n)
{
	struct told *t = arg;

	t->times++;
	t->error = error;
	t->n = n;
	if (n > 0)
		t->first = addresses[0];
}

static void turn(struct scene *s, const struct told *t, int times)
{
	for (int i = 0; i < 300 && t->times < times; i++)
		assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 100 * MS), 0);
}

static void test_resolve_literal(void **state)
{
	struct scene *s = *state;
	struct told a = {0}, b = {0}, c = {0};
	int64_t start = raw_now(s);

	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "2001:db8::5", ADDRESS_IP6, tell, &b), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_IP6, tell, &c), 0);
	assert_int_equal(a.times, 0); /* from wait(), not from the call */
	assert_int_equal(s->k->ops->wait(s->k, NULL, 0, 10000 * MS), 0);
	assert_true(raw_now(s) - start < 5000 * MS);
	assert_int_equal(a.times, 1);
	assert_int_equal(a.error, 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(address_u32(&a.first), 0x7f000001);
	assert_int_equal(b.first.family, ADDRESS_IP6);
	assert_int_equal(c.error, -ENOENT);
	assert_int_equal(linux_kernel(s->k)->helper_fd, -1); /* needed no helper */
}

static void names(struct scene *s)
{
	struct told a = {0}, b = {0};

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "-no such name-", ADDRESS_NONE, tell, &b), 0);
	turn(s, &b, 1);
	assert_int_equal(a.times, 1);
	assert_int_equal(a.error, 0);
	assert_int_equal(address_u32(&a.first), 0x7f000001);
	assert_int_equal(b.times, 1);
	assert_true(b.error == -ENOENT || b.error == -EAGAIN);
	assert_int_equal(b.n, 0);
	assert_int_equal(linux_resolve_fd(linux_kernel(s->k)), -1);
}

static void test_resolve_name(void **state)
{
	names(*state);
	names(*state); /* the helper is still of use */
}

static void test_resolve_under_interposer(void **state)
{
	struct scene *s = *state;

	poor(s);
	names(s);
	assert_int_equal(linux_kernel(s->k)->helper_fd, -1);
}

static void test_resolve_name_too_long(void **state)
{
	struct scene *s = *state;
	char name[400];
	struct told t = {0};

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(s->k->ops->resolve(s->k, name, ADDRESS_NONE, tell, &t), -ENAMETOOLONG);
}

static void test_resolve_cancel(void **state)
{
	struct scene *s = *state;
	struct told a = {0}, b = {0};

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "127.0.0.1", ADDRESS_NONE, tell, &a), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	s->k->ops->resolve_cancel(s->k, &a);
	turn(s, &b, 1);
	assert_int_equal(a.times, 0);
	assert_int_equal(b.times, 1);
	assert_int_equal(b.error, 0);
}

static void test_resolve_helper_killed(void **state)
{
	struct scene *s = *state;
	struct linux_kernel *l = linux_kernel(s->k);
	struct told a = {0}, b = {0}, c = {0};
	pid_t first;

	/* started, and stopped so that it cannot answer before it is killed */
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	turn(s, &a, 1);
	first = l->helper;
	assert_int_equal(kill(first, SIGSTOP), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &c), 0);
	assert_int_equal(kill(first, SIGKILL), 0);
	turn(s, &c, 1);
	assert_int_equal(b.times, 1);
	assert_int_equal(b.error, -EAGAIN);
	assert_int_equal(c.error, -EAGAIN);
	assert_int_equal(kill(first, 0), -1); /* and was reaped */
	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &b), 0);
	turn(s, &b, 2);
	assert_int_equal(b.error, 0);
	assert_int_not_equal(l->helper, first);
}

/* The helper must hold none of the daemon's descriptors, nor any right. */
static void test_helper_is_bare(void **state)
{
	struct scene *s = *state;
	int extra = open_udp(s, "127.0.0.1", false);
	struct told a = {0};
	char path[64], line[256];
	bool seen = false;
	FILE *f;

	assert_int_equal(s->k->ops->resolve(s->k, "localhost", ADDRESS_IP4, tell, &a), 0);
	turn(s, &a, 1);
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)linux_kernel(s->k)->helper, extra);
	assert_int_equal(readlink(path, line, sizeof line), -1);
	snprintf(path, sizeof path, "/proc/%d/status", (int)linux_kernel(s->k)->helper);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "CapPrm:", 7) == 0 || strncmp(line, "CapEff:", 7) == 0) {
			assert_int_equal(strtoull(line + 7, NULL, 16), 0);
			seen = true;
		}
	fclose(f);
	assert_true(seen);
	s->k->ops->close(s->k, extra);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_clocks), TEST(test_timex_reads), TEST(test_exchange_ip4),
		TEST(test_exchange_ip6), TEST(test_reply_leaves_from_address_asked),
		TEST(test_connected), TEST(test_error_does_not_spin), TEST(test_cut),
		TEST(test_batches), TEST(test_unix), TEST(test_unix_spares_files),
		TEST(test_open_fails), TEST(test_wait_time), TEST(test_wait_signal),
		TEST(test_random), TEST(test_file_save_and_load),
		TEST(test_file_save_keeps_old_content), TEST(test_file_links),
		TEST(test_file_append), TEST(test_file_list), TEST(test_resolve_literal),
		TEST(test_resolve_name), TEST(test_resolve_under_interposer),
		TEST(test_resolve_name_too_long), TEST(test_resolve_cancel),
		TEST(test_resolve_helper_killed), TEST(test_helper_is_bare)};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
