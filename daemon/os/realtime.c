/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being on time.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "daemon/os/realtime.h"

bool realtime_valid(int priority)
{
	return priority == 0 || (priority >= sched_get_priority_min(SCHED_FIFO) &&
					priority <= sched_get_priority_max(SCHED_FIFO));
}

int realtime_highest(void)
{
	return sched_get_priority_max(SCHED_FIFO);
}

int realtime_clip(int priority)
{
	int min = sched_get_priority_min(SCHED_FIFO), max = realtime_highest();

	return priority < min ? min : priority > max ? max : priority;
}

int realtime_schedule(int priority)
{
	struct sched_param p = {.sched_priority = priority};

	/* helpers are forked later and look names up: nothing urgent */
	return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) < 0 ? -errno : 0;
}

int realtime_lock(const char **ret_what)
{
	struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	*ret_what = "setrlimit";
	/* else allocations fail once the user has no right to exceed it */
	if (setrlimit(RLIMIT_MEMLOCK, &none) < 0)
		return -errno;
	*ret_what = "mlockall";
	return mlockall(MCL_CURRENT | MCL_FUTURE) < 0 ? -errno : 0;
}
