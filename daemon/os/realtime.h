/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being on time: real-time scheduling and memory that is never paged out.
 */
#ifndef DAEMON_OS_REALTIME_H
#define DAEMON_OS_REALTIME_H

/** Whether a priority is one that SCHED_FIFO knows; 0 is "ordinary". */
_Bool realtime_valid(int priority);
/** The highest of these priorities. */
int realtime_highest(void);
/** The nearest priority that SCHED_FIFO knows. */
int realtime_clip(int priority);
/** Schedules this process by SCHED_FIFO. Returns 0 or -errno. */
int realtime_schedule(int priority);
/** Locks all memory, now and later. Returns 0, or -errno and what failed. */
int realtime_lock(const char **ret_what);

#endif
