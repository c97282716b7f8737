/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals that end the daemon. They set a flag and interrupt the wait: there is no self-pipe, which
 * a simulated poll() would report for ever.
 */
#ifndef DAEMON_OS_SIGNALS_H
#define DAEMON_OS_SIGNALS_H

#include <stdbool.h>

/** Catches SIGTERM, SIGINT, SIGQUIT and SIGHUP, with users SIGUSR1, SIGUSR2 and a SIGBUS that
 * somebody sent too, and ignores SIGPIPE and SIGXFSZ. */
void signals_catch(bool users);

/** A signal that came and was not told yet, or 0. Once all are told they pester no more. */
int signals_caught(void);

#endif
