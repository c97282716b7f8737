/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper process of the key establishment server: its life, and what it tells us over its stream.
 * What it says is believed as far as numbers and text go, and no further: strangers talk to it.
 */
#ifndef DAEMON_SERVE_KE_HELPER_H
#define DAEMON_SERVE_KE_HELPER_H

#include "common/log.h"
#include "daemon/serve/ke_server.h"

/** The longest message of a helper, with its header. */
#define KE_HELPER_MESSAGE 512

/** Messages coming in from a helper. */
struct ke_helper_inbox {
	size_t n;
	uint8_t bytes[KE_HELPER_MESSAGE];
};

/** How a helper is to serve. */
struct ke_helper_plan {
	const struct ke_server_env *env; /**< kernel, loop, log and ended are the helper's own */
	int fds[KE_PORTS];
};

/** What struct kernel_process runs; arg is a struct ke_helper_plan. */
void ke_helper_run(void *arg, struct kernel *k, int fd);

/** Where what helpers tell goes to. */
struct ke_helper_sink {
	struct ke_counts *counts; /**< is added to */
	const struct log *log;
	const struct log *sessions; /**< NULL: in the log */
	struct clients *clients;    /**< NULL: nobody counts them */
	int64_t raw, system;        /**< now */
};

/**
 * Takes in what a helper wrote.
 * Returns 0; -EBADMSG when it does not keep to the protocol.
 */
int ke_helper_read(
	struct ke_helper_inbox *io, struct span bytes, const struct ke_helper_sink *sink);

#endif
