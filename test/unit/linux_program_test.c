/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that the Linux kernel object starts: what they are given, and what is told of them. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/kernel/kernel.h"
#include "test/unit/linux_scene.h"

/* Makes a script in the scene's directory. Returns its path. */
static const char *script(struct scene *s, const char *text)
{
	static char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s", in_directory(s, "script"));
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s", text);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

/* Waits until a file is there, at most for ten seconds. Returns what it holds. */
static const char *wait_for(struct scene *s, const char *name)
{
	static char text[8192];
	size_t n = 0;

	for (int i = 0; i < 1000; i++, usleep(10000))
		if (s->k->ops->file_load(s->k, in_directory(s, name), (uint8_t *)text,
			    sizeof(text) - 1, &n) == 0)
			break;
	text[n] = '\0';
	return text;
}

static void gets_arguments_and_input(void **state)
{
	struct scene *s = *state;
	char command[1000], input[KERNEL_INPUT], expected[KERNEL_INPUT + 200];
	const char *argv[] = {NULL, "-t", "a b", NULL};
	int status;

	memset(input, 'x', sizeof(input));
	snprintf(command, sizeof(command),
		"{ echo \"$# $1 $2 $HOME\"; cat; ls /proc/self/fd | wc -l; } >%s/part\n"
		"mv %s/part %s/out\n",
		s->directory, s->directory, s->directory);
	argv[0] = script(s, command);
	assert_int_equal(s->k->ops->program(
				 s->k, argv, (struct span){(const uint8_t *)input, sizeof(input)}),
		0);
	/* 0, 1, 2 and the one that ls reads the directory by. */
	snprintf(expected, sizeof(expected), "2 -t a b \n%.*s4\n", (int)sizeof(input), input);
	if (strcmp(wait_for(s, "out"), expected) != 0)
		fail_msg("%s", wait_for(s, "out") + KERNEL_INPUT);
	/* It is nobody's child that we would have to wait for. */
	assert_true(waitpid(-1, &status, WNOHANG) < 0);
	assert_int_equal(errno, ECHILD);
}

static void cannot_be_started(void **state)
{
	struct scene *s = *state;
	const char *argv[] = {"/no/such/program", NULL};
	uint8_t input[KERNEL_INPUT + 1] = {0};
	char *path = strdup(script(s, "exit 0\n"));

	assert_int_equal(s->k->ops->program(s->k, argv, (struct span){input, 1}), -ENOENT);
	chmod(path, 0644);
	argv[0] = path;
	assert_int_equal(s->k->ops->program(s->k, argv, (struct span){input, 1}), -EACCES);
	chmod(path, 0755);
	assert_int_equal(
		s->k->ops->program(s->k, argv, (struct span){input, sizeof(input)}), -EMSGSIZE);
	/* Who does not read, and fails, is of no concern. */
	assert_int_equal(s->k->ops->program(s->k, argv, (struct span){input, KERNEL_INPUT}), 0);
	free(path);
}

/* Becomes a user as systemd has services that are not root: with rights that programs inherit.
 * Returns false where that cannot be tried. */
static bool become_user_with_rights(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct rights[2] = {{0}, {0}};

	rights[0].effective = rights[0].permitted = rights[0].inheritable = 1U
									    << CAP_NET_BIND_SERVICE;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setresgid(12345, 12345, 12345) == 0 &&
	       setresuid(12345, 12345, 12345) == 0 && syscall(SYS_capset, &head, rights) == 0 &&
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0;
}

/* What we may do is not for the programs that we start. */
static void has_no_rights(void **state)
{
	struct scene *s = *state;
	const char *argv[] = {NULL, NULL};
	char command[1000];
	int status;
	pid_t pid;

	snprintf(command, sizeof(command),
		"grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status >%s/part\nmv %s/part %s/out\n",
		s->directory, s->directory, s->directory);
	argv[0] = script(s, command);
	assert_int_equal(chmod(s->directory, 0777), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(!become_user_with_rights()                                     ? 2
			: s->k->ops->program(s->k, argv, (struct span){NULL, 0}) < 0 ? 1
										     : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_string_equal(wait_for(s, "out"),
		"CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
		"CapAmb:\t0000000000000000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gets_arguments_and_input, setup, teardown),
		cmocka_unit_test_setup_teardown(cannot_be_started, setup, teardown),
		cmocka_unit_test_setup_teardown(has_no_rights, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
