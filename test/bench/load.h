/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loads of servers have in common: time, and the processor time of a server.
 */
#ifndef TEST_BENCH_LOAD_H
#define TEST_BENCH_LOAD_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SETTLE_MS 50 /* for the server to end what it began */

static inline void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "failed");
	exit(1);
}

static inline double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void settle(void)
{
	nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * 1000000L}, NULL);
}

static inline double process_cpu_s(int pid)
{
	struct timespec t;
	clockid_t id;

	check(clock_getcpuclockid(pid, &id) == 0 && clock_gettime(id, &t) == 0,
		"processor time of the server");
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of all threads of a process and of its children, where its helpers are. */
static inline double server_cpu_s(int pid)
{
	double sum = process_cpu_s(pid);
	char path[64];
	FILE *f;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "r");
	check(f != NULL, path);
	while (fscanf(f, "%d", &child) == 1)
		sum += process_cpu_s(child);
	fclose(f);
	return sum;
}

#endif
