/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that answer clients beside the main loop (serverthreads). Each is a server of its own by
 * the code of datagrams.c, with its own sockets, counters and ciphers, and no way to the clock: it
 * has what answers say from the main loop. Access, keys and settings are the main loop's, which
 * does not run while they work; the client log and what interleaved mode remembers are shared by
 * turns.
 */
#ifndef DAEMON_SERVE_WORKERS_H
#define DAEMON_SERVE_WORKERS_H

#include "daemon/serve/internal.h"

/** Makes as many as the settings want, idle. Without threads there are none, which is logged.
 * Returns 0 or -ENOMEM. */
int workers_create(struct serve *s);
void workers_destroy(struct serve *s);
/** Opens the sockets of the workers beside one of ours that is open; logged when that fails: then
 * it serves alone. */
void workers_open(struct port *p, const struct kernel_socket *wanted);
/** Lets them work from now on, and looks after the clock. */
void workers_start(struct serve *s);
/** Closes them. */
void workers_close(struct port *p);
/** Lets them work, if they do not yet, and if they may: after serve_start(). */
void workers_run(struct serve *s);
/** Ends their work for good. */
void workers_end(struct serve *s);
/** Ends their work: sockets may be opened and closed then. */
void workers_rest(struct serve *s);
/** Tells them the time, and the keys of cookies. To be called before the main loop waits. */
void workers_publish(struct serve *s);

/** Of a worker: what it was told is of now. */
void worker_age(struct serve *w);

/** What they all counted, and we. */
struct workers_sum {
	struct report_packets packets;
	struct report_serverstats counts;
	struct report_refused refused;
	struct nts_guard_counts nts;
};
void workers_sum(const struct serve *s, struct workers_sum *ret);
/** Adds what went through their sockets beside ours. */
void workers_sum_socket(const struct port *p, struct report_socket *io);

#endif
