/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of ntp.conf that name a host where an address belongs (restrict): the names are looked up,
 * and each line is put in force once for each address.
 */
#ifndef DAEMON_NAMED_H
#define DAEMON_NAMED_H

struct daemon;

/* A part of the daemon (daemon.c). */
int named_make(struct daemon *d);
/** Looks up all that is to be looked up, again too while there is no answer. Returns 0. */
int named_start(struct daemon *d);
void named_end(struct daemon *d);

#endif
