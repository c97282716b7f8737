/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MS-SNTP: answers to members of a Windows domain are signed by Samba's ntp_signd, which knows
 * their keys, and then sent (ntpsigndsocket, chrony-files 8).
 */
#ifndef DAEMON_SERVE_SIGND_H
#define DAEMON_SERVE_SIGND_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/kernel/kernel.h"

struct log;
struct loop;
struct signd;

/** The longest packet that comes back: a header with a MAC, as its request was. */
#define SIGND_PACKET 68

/** What it works with. All outlive it. */
struct signd_env {
	struct kernel *kernel;
	struct loop *loop;
	const struct log *log;
	const char *directory; /**< that its socket is in */
	/** Sends a signed answer. */
	void (*send)(void *arg, struct kernel_message *m);
	void *arg;
};

/** Nothing is connected before there is something to sign. Returns 0, -ENOMEM, or -ENAMETOOLONG,
 * which is logged. */
int signd_create(const struct signd_env *env, struct signd **ret);
void signd_destroy(struct signd *s);

/** Has the answer m, a header without a MAC, signed for the key and sent; it is copied. What is too
 * much is dropped. */
void signd_submit(struct signd *s, const struct kernel_message *m, uint32_t key);

#endif
