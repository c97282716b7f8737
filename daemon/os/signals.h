/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals that end the daemon. They set a flag and interrupt the wait: there is no self-pipe, which
 * a simulated poll() would report for ever.
 */
#ifndef DAEMON_OS_SIGNALS_H
#define DAEMON_OS_SIGNALS_H

/** Catches SIGTERM, SIGINT, SIGQUIT and SIGHUP, and ignores SIGPIPE and SIGXFSZ. */
void signals_catch(void);

/** The signal that asked for the end, or 0. Once told, it pesters no more. */
int signals_caught(void);

#endif
