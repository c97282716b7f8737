/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that the daemon gives up before it hears from anybody (-F).
 */
#ifndef DAEMON_OS_FILTER_H
#define DAEMON_OS_FILTER_H

#include <stdbool.h>

struct text;

/** The highest level that is known. */
#define FILTER_HIGHEST 2

/** Whether this build has filters at all. */
bool filter_usable(void);

/**
 * Gives up system calls, for this process and all that it starts. Level 1 keeps what a time daemon
 * uses and has everything else fail with ENOSYS, as on a kernel that does not know it: libraries
 * then fall back on what they did before. Level 2 keeps all but what only an intruder has a use for
 * (programs, other processes' memory, mounts, modules), which fails with EPERM. Either way the
 * kernel writes the call to the audit log. Of the levels below zero the same calls end the process
 * by SIGSYS, to find out what is missing. Returns 0, -ERANGE for a level beyond these, -ENOTSUP
 * when this build has no filters, or the error of loading it with the reason in why.
 */
int filter_load(int level, struct text *why);

#endif
