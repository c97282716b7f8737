/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PID file: a decimal number, and a newline but with ntpd's.
 */
#ifndef DAEMON_OS_PIDFILE_H
#define DAEMON_OS_PIDFILE_H

#include <stdbool.h>

/** Whether path names another process that exists; *ret_pid is its number. */
bool pidfile_taken(const char *path, int *ret_pid);

/** Writes our number to a new file, without a newline where bare is set; an old one is removed.
 * Returns 0 or -errno. */
int pidfile_write(const char *path, bool bare);

#endif
