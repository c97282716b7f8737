/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that are answered before they reach our sockets (xdp): what the fast path is told, and
 * what it counted. All do nothing where none is configured.
 */
#ifndef DAEMON_SERVE_FAST_H
#define DAEMON_SERVE_FAST_H

#include "daemon/serve/workers.h"

/** Makes it, if the settings want one. Needs rights. One that cannot be had is logged, and no
 * reason not to serve. Returns 0, -ENOMEM, or -ENOTSUP when it is not built in, logged. */
int fast_create(struct serve *s);
void fast_destroy(struct serve *s);
/** Lets it work from now on. Returns 0 or -ENOMEM. */
int fast_start(struct serve *s);
/** Access, limits, sockets or our addresses have changed: holds when it returns. */
void fast_change(struct serve *s);
/** Tells what is answered. To be called before the main loop waits. */
void fast_publish(struct serve *s);
/** Adds what it counted. */
void fast_sum(const struct serve *s, struct workers_sum *io);
/** Puts its clients into the client log. */
void fast_merge(struct serve *s);

#endif
