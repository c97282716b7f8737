/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of the Linux kernel object, and what their sockets share. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>

#include "test/unit/linux_scene.h"

#define SOCKETS 3 /* ours and those of two threads */
#define CLIENTS 64

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20 * MS}, NULL);
}

/* Descriptor of an event that nobody takes: its thread is always busy. */
struct busy {
	int fd;
	long count; /* of calls; written by the thread, read outside wait() */
	long *all;  /* of all threads, each in its turn */
	bool own_differs;
	struct kernel *of;
};

static void be_busy(void *arg, struct kernel *own, size_t i, unsigned got)
{
	struct busy *b = arg;
	long seen;

	assert_int_equal(i, 0);
	assert_int_equal(got, KERNEL_READ);
	b->own_differs = own != b->of;
	b->count++;
	own->ops->exclude(own, true);
	seen = *b->all;
	for (volatile int n = 0; n < 100; n++)
		;
	*b->all = seen + 1;
	own->ops->exclude(own, false);
}

static void test_works_while_we_wait(void **state)
{
	struct scene *s = *state;
	const struct kernel_ops *ops = s->k->ops;
	long all = 0, before;
	struct busy b[2];
	struct kernel_thread *t[2];

	for (int i = 0; i < 2; i++) {
		struct kernel_work w = {.n = 1, .ready = be_busy, .arg = &b[i]};

		b[i] = (struct busy){.fd = eventfd(1, EFD_CLOEXEC), .all = &all, .of = s->k};
		w.waits[0] = (struct kernel_wait){.fd = b[i].fd, .wanted = KERNEL_READ};
		assert_int_equal(ops->thread_start(s->k, &w, &t[i]), 0);
	}
	nap();
	assert_int_equal(all, 0);
	/* On a busy machine a thread may have to wait for many turns. */
	for (int turn = 0, worked = 0; worked < 5 || b[0].count == 0 || b[1].count == 0; turn++) {
		assert_true(turn < 1000);
		before = all;
		assert_int_equal(ops->wait(s->k, NULL, 0, 20 * MS), 0);
		worked += all > before;
		assert_int_equal(b[0].count + b[1].count, all);
		before = all;
		nap();
		assert_int_equal(all, before);
	}
	assert_true(b[0].own_differs && b[1].own_differs);
	ops->thread_stop(s->k, t[0]);
	before = b[0].count;
	ops->wait(s->k, NULL, 0, 20 * MS);
	assert_int_equal(b[0].count, before);
	close(b[0].fd);
	close(b[1].fd);
	/* The other one ends with the kernel object. */
}

static struct endpoint at(const char *address, uint16_t port)
{
	struct endpoint e = {.port = port};

	assert_int_equal(address_parse(address, &e.address), 0);
	return e;
}

/* Sends a datagram of a mode. Returns which of the sockets got it. */
static int arrives(struct scene *s, const int *fds, const char *from, uint8_t mode)
{
	const struct kernel_ops *ops = s->k->ops;
	struct kernel_socket o = {.local = at(from, 0)};
	int fd = ops->open(s->k, &o);
	uint8_t out[48] = {(uint8_t)(0x20 | mode)}, in[64];
	struct kernel_message m = {.data = out, .n = sizeof(out)};
	struct kernel_message r = {.data = in, .room = sizeof(in)};
	struct kernel_wait w[SOCKETS];

	assert_true(fd >= 0);
	assert_int_equal(ops->local(s->k, fds[0], &m.peer), 0);
	assert_int_equal(ops->send(s->k, fd, &m, 1), 1);
	ops->close(s->k, fd);
	for (int i = 0; i < SOCKETS; i++)
		w[i] = (struct kernel_wait){.fd = fds[i], .wanted = KERNEL_READ};
	assert_int_equal(ops->wait(s->k, w, SOCKETS, 1000 * MS), 1);
	for (int i = 0; i < SOCKETS; i++)
		if (w[i].got) {
			assert_int_equal(ops->receive(s->k, fds[i], &r, 1), 1);
			return i;
		}
	return -1;
}

static void share_by(struct scene *s, const char *to, const char *format)
{
	struct kernel_socket o = {.local = at(to, 0), .server = true, .shared = true};
	int fds[SOCKETS], got[SOCKETS] = {0};
	char from[64];

	for (int i = 0; i < SOCKETS; i++) {
		fds[i] = s->k->ops->open(s->k, &o);
		assert_true(fds[i] >= 0);
		assert_int_equal(s->k->ops->local(s->k, fds[i], &o.local), 0);
	}
	assert_int_equal(s->k->ops->share(s->k, fds[0], o.local.address.family, 0), -EINVAL);
	assert_int_equal(s->k->ops->share(s->k, fds[0], o.local.address.family, SOCKETS - 1), 0);
	for (int i = 1; i <= CLIENTS; i++) {
		int which;

		snprintf(from, sizeof(from), format, i);
		which = arrives(s, fds, from, 3);
		assert_in_range(which, 1, SOCKETS - 1);
		got[which]++;
		/* from another port, by the same way */
		assert_int_equal(arrives(s, fds, from, 3), which);
		for (uint8_t mode = 0; mode < 8 && i <= 4; mode++)
			if (mode != 3)
				assert_int_equal(arrives(s, fds, from, mode), 0);
	}
	if (strchr(format, '%'))
		assert_true(got[1] > CLIENTS / 8 && got[2] > CLIENTS / 8);
	for (int i = 0; i < SOCKETS; i++)
		s->k->ops->close(s->k, fds[i]);
}

static void test_share(void **state)
{
	share_by(*state, "127.0.0.1", "127.0.1.%d");
}

static void test_share_ip6(void **state)
{
	struct scene *s = *state;
	struct kernel_socket o = {.local = at("::1", 0)};
	int fd = s->k->ops->open(s->k, &o);

	if (fd < 0) {
		print_message("no IPv6 here\n");
		skip();
	}
	s->k->ops->close(s->k, fd);
	share_by(s, "::1", "::1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_works_while_we_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share, setup, teardown),
		cmocka_unit_test_setup_teardown(test_share_ip6, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
