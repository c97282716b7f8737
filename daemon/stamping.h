/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards that stamp what is sent and received (hwtimestamp).
 */
#ifndef DAEMON_STAMPING_H
#define DAEMON_STAMPING_H

struct daemon;

/* A part of the daemon (daemon.c). */
int stamping_make(struct daemon *d);
void stamping_end(struct daemon *d);

#endif
