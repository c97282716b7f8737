/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the background. The process that was started waits until the daemon is ready or has failed,
 * and its exit status tells which.
 */
#ifndef DAEMON_OS_DAEMONISE_H
#define DAEMON_OS_DAEMONISE_H

/**
 * Becomes a daemon: a session of its own, in "/", no descriptors but /dev/null, keep_fd (-1: none)
 * and the one that is returned, which the next two take. Only the daemon returns from it; the
 * process that was started ends in here.
 * wait_s: the process that was started ends with ETIMEDOUT after so many seconds; 0: it waits on.
 * Returns 0, or -errno when nothing was started.
 */
int daemonise(int keep_fd, int wait_s, int *ret_parent_fd);

/** Tells the waiting process that the daemon is ready; *parent_fd becomes -1. Nothing when it is
 * that already. Returns 0, or -EPIPE when the waiting process is gone: the daemon is to end. */
int daemonise_ready(int *parent_fd);

/** Tells it why the daemon failed. */
void daemonise_failed(int *parent_fd, const char *message);

#endif
