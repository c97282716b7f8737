/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters of system calls, each tried in a process of its own. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/os/filter.h"

/* What f() comes to in a process of this filter: its result, the signal that ended it below zero.
 */
static int behind(int level, int (*f)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		char buffer[256];
		struct text why = text_on(buffer, sizeof buffer);

		signal(SIGSYS, SIG_DFL);
		_exit(filter_load(level, &why) < 0 ? 255 : f());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A call that no daemon has a use for. */
static int do_mount(void)
{
	return syscall(SYS_mount, NULL, NULL, NULL, 0, NULL) == 0 ? 0 : errno;
}

/* Makes a map of nothing, or looks into one that is not there. */
static int call_bpf(int command)
{
	uint64_t attributes[16] = {0};

	memset(attributes, 0xff, 4);
	return syscall(SYS_bpf, command, attributes, sizeof attributes) == 0 ? 0 : errno;
}

static int make_map(void)
{
	return call_bpf(0);
}

static int load_program(void)
{
	return call_bpf(5);
}

static int make_link(void)
{
	return call_bpf(28);
}

static int look_into_map(void)
{
	return call_bpf(1);
}

static int look_into_map_often(void)
{
	return call_bpf(24);
}

static int open_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno;
}

static int open_datagram_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 0 : errno;
}

/* A library may look for a call that is younger than this filter, and do without. */
static int call_the_unknown(void)
{
	return syscall(100000) == 0 ? 0 : errno;
}

static void test_filter(void **state)
{
	char buffer[256] = "";
	struct text why = text_on(buffer, sizeof buffer);

	(void)state;
	assert_int_equal(filter_load(0, &why), filter_usable() ? 0 : -ENOTSUP);
	if (!filter_usable())
		return;
	assert_int_equal(filter_load(FILTER_HIGHEST + 1, &why), -ERANGE);
	assert_int_equal(filter_load(-FILTER_HIGHEST - 1, &why), -ERANGE);
	assert_int_equal(behind(1, do_mount), ENOSYS);
	assert_int_equal(behind(1, open_packet_socket), ENOSYS);
	assert_int_equal(behind(1, open_datagram_socket), 0);
	assert_int_equal(behind(1, call_the_unknown), ENOSYS);
	assert_int_equal(behind(1, make_map), ENOSYS);
	assert_int_equal(behind(1, load_program), ENOSYS);
	assert_int_equal(behind(1, make_link), ENOSYS);
	assert_int_equal(behind(1, look_into_map), look_into_map());
	assert_int_equal(behind(1, look_into_map_often), look_into_map_often());
	assert_int_equal(behind(-2, make_map), -SIGSYS);
	assert_int_equal(behind(-2, load_program), -SIGSYS);
	assert_int_equal(behind(-2, make_link), -SIGSYS);
	assert_int_equal(behind(-2, look_into_map), look_into_map());
	assert_int_equal(behind(-2, look_into_map_often), look_into_map_often());
	assert_int_equal(behind(2, do_mount), EPERM);
	assert_int_equal(behind(2, open_datagram_socket), 0);
	assert_int_equal(behind(-1, do_mount), -SIGSYS);
	assert_int_equal(behind(-1, open_datagram_socket), 0);
	assert_int_equal(behind(-2, do_mount), -SIGSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_filter)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
