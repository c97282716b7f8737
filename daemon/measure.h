/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a daemon (daemon.c) that are about what it measures. They return 0 or -errno.
 */
#ifndef DAEMON_MEASURE_H
#define DAEMON_MEASURE_H

#include <stdbool.h>

struct daemon;

/** Whether initstepslew is to be done before sources are added. */
bool measure_is_initial(const struct daemon *d);

/** Makes the sources, with the reference clocks of the settings. */
int measure_make(struct daemon *d);
/** Adds the sources of the settings, unless initstepslew is to be done first. */
int measure_add(struct daemon *d);
void measure_end(struct daemon *d);

/** Reads whom the sources believe that name no set of their own: now, not in the first handshake.
 */
int measure_trust(struct daemon *d);

/** Begins to ask, after what is to be done about the clock first, which takes a while. */
int measure_start(struct daemon *d);
/** Saves the samples while the clock's model is still there to place them in time. */
void measure_stop(struct daemon *d);

#endif
