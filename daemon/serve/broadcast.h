/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time that is sent to whoever listens (RFC 5905 3, mode 5), each so many seconds, from the
 * server's sockets.
 */
#ifndef DAEMON_SERVE_BROADCAST_H
#define DAEMON_SERVE_BROADCAST_H

struct broadcasts;
struct serve;

/** Begins with those of the settings, the first after their interval. Returns 0 or -ENOMEM. */
int broadcasts_create(struct serve *s, struct broadcasts **ret);
void broadcasts_destroy(struct broadcasts *b);

#endif
