/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes of the Linux kernel object: what they keep, what they lose, how they end. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/kernel/kernel.h"

/* What a process finds out about itself. */
struct findings {
	int arg;
	int pid;
	bool kept, lost; /**< descriptors */
	unsigned long long capabilities;
	int no_new_privileges;
};

struct plan {
	int arg, keep, other;
	int high; /**< a descriptor with a large number, -1: it cannot be had */
	bool stay;
};

static void read_status(struct findings *f)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];

	f->capabilities = ~0ULL;
	while (status && fgets(line, sizeof(line), status)) {
		sscanf(line, "CapEff: %llx", &f->capabilities);
		sscanf(line, "NoNewPrivs: %d", &f->no_new_privileges);
	}
	if (status)
		fclose(status);
}

static void look(void *arg, struct kernel *k, int fd)
{
	const struct plan *plan = arg;
	struct findings f = {.arg = plan->arg, .pid = getpid()};

	f.kept = fcntl(plan->keep, F_GETFD) >= 0;
	f.lost = fcntl(plan->other, F_GETFD) < 0 && fcntl(plan->high, F_GETFD) < 0;
	read_status(&f);
	k->ops->stream_write(k, fd, (struct span){(uint8_t *)&f, sizeof(f)});
	if (plan->stay)
		pause();
}

static void wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 10000), 1);
}

/* A server with many connections has such. */
static int high_descriptor(int fd)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return fcntl(fd, F_DUPFD_CLOEXEC, 5000);
}

static int start(struct kernel *k, struct plan *plan, int *pid)
{
	struct kernel_process p = {.run = look, .arg = plan, .keep = &plan->keep, .n_keep = 1};
	int fd;

	plan->keep = open("/dev/null", O_RDONLY);
	plan->other = open("/dev/null", O_RDONLY);
	assert_true(plan->keep >= 0 && plan->other >= 0);
	plan->high = high_descriptor(plan->other);
	fd = k->ops->process(k, &p, pid);
	assert_true(fd >= 0);
	close(plan->keep);
	close(plan->other);
	if (plan->high >= 0)
		close(plan->high);
	return fd;
}

static void read_findings(struct kernel *k, int fd, struct findings *f)
{
	wait_readable(fd);
	assert_int_equal(k->ops->stream_read(k, fd, (uint8_t *)f, sizeof(*f)), sizeof(*f));
}

static void test_rights(void **state)
{
	struct kernel *k = *state;
	struct plan plan = {.arg = 7};
	struct findings f;
	uint8_t byte;
	int pid, fd = start(k, &plan, &pid);

	read_findings(k, fd, &f);
	assert_int_equal(f.arg, 7);
	assert_int_equal(f.pid, pid);
	assert_true(f.kept);
	assert_true(f.lost);
#ifdef HAVE_LIBCAP
	assert_int_equal(f.capabilities, 0);
#endif
	assert_int_equal(f.no_new_privileges, 1);
	/* It returned: the stream ends. */
	wait_readable(fd);
	assert_int_equal(k->ops->stream_read(k, fd, &byte, 1), 0);
	k->ops->close(k, fd);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void test_death_is_seen(void **state)
{
	struct kernel *k = *state;
	struct plan plan = {.stay = true};
	struct findings f;
	uint8_t byte;
	int pid, fd = start(k, &plan, &pid);

	read_findings(k, fd, &f);
	assert_int_equal(k->ops->stream_read(k, fd, &byte, 1), -EAGAIN);
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_readable(fd);
	assert_int_equal(k->ops->stream_read(k, fd, &byte, 1), 0);
	k->ops->close(k, fd);
}

static void test_close_kills(void **state)
{
	struct kernel *k = *state;
	struct plan plan = {.stay = true};
	struct findings f;
	int pid[2], fd[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = start(k, &plan, &pid[i]);
		read_findings(k, fd[i], &f);
	}
	k->ops->close(k, fd[0]);
	assert_int_equal(kill(pid[0], 0), -1);
	assert_int_equal(kill(pid[1], 0), 0);
	k->ops->close(k, fd[1]);
	assert_int_equal(kill(pid[1], 0), -1);
}

static void test_destroy_kills(void **state)
{
	struct kernel *k = kernel_linux_create();
	struct plan plan = {.stay = true};
	struct findings f;
	int pid, fd;

	(void)state;
	assert_non_null(k);
	fd = start(k, &plan, &pid);
	read_findings(k, fd, &f);
	kernel_linux_destroy(k);
	assert_int_equal(kill(pid, 0), -1);
}

static void test_too_much_to_keep(void **state)
{
	struct kernel *k = *state;
	struct plan plan = {0};
	struct kernel_process p = {.run = look, .arg = &plan, .keep = &plan.keep, .n_keep = 9};
	int pid;

	assert_int_equal(k->ops->process(k, &p, &pid), -EINVAL);
}

static int begin(void **state)
{
	*state = kernel_linux_create();
	return *state ? 0 : -1;
}

static int end(void **state)
{
	kernel_linux_destroy(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rights, begin, end),
		cmocka_unit_test_setup_teardown(test_death_is_seen, begin, end),
		cmocka_unit_test_setup_teardown(test_close_kills, begin, end),
		cmocka_unit_test(test_destroy_kills),
		cmocka_unit_test_setup_teardown(test_too_much_to_keep, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
