/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of the system that are started and left to themselves, such as the one that sends mail.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/kernel/linux.h"

_Static_assert(KERNEL_INPUT <= PIPE_BUF, "a pipe takes it without anybody who reads");

/* The program itself: nobody's child, with default signals and no descriptor of ours. */
_Noreturn static void be_program(const char *const *argv, int input, int report)
{
	static const struct sched_param no_priority = {0};
	char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	const int keep[] = {input, report};
	int nowhere, error;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	/* Ours would be closed by themselves; those that were handed to us may not be. */
	linux_helper_close_all_but(keep, sizeof keep / sizeof *keep);
	nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* What a service manager had us inherit is for the clock. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	setsid();
	sched_setscheduler(0, SCHED_OTHER, &no_priority);
	if (nowhere >= 0 && dup2(input, 0) == 0 && dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2)
		execve(argv[0], (char *const *)argv, environment);
	error = errno;
	while (write(report, &error, sizeof error) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* Starts it as a child of a child, which nobody has to wait for. 0 or -errno. */
static int start(const char *const *argv, int input)
{
	int report[2], error = 0, status;
	ssize_t n;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			be_program(argv, input, report[1]);
		_exit(pid < 0 ? 1 : 0);
	}
	error = errno;
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return -error;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	error = 0;
	/* Ends when the program begins: its end of the pipe is closed then. */
	do
		n = read(report[0], &error, sizeof error);
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == (ssize_t)sizeof error)
		return -error;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EAGAIN;
}

int linux_program(struct kernel *k, const char *const *argv, struct span input)
{
	int ends[2], r;

	(void)k;
	if (input.n > KERNEL_INPUT)
		return -EMSGSIZE;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = write(ends[1], input.p, input.n) == (ssize_t)input.n ? 0 : -errno;
	close(ends[1]);
	if (r == 0)
		r = start(argv, ends[0]);
	close(ends[0]);
	return r;
}
