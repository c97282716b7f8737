/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of the key establishment server: taken from listening sockets, watched, bounded
 * in number and time. Runs on any loop: the daemon's own, or that of a helper process.
 */
#ifndef DAEMON_SERVE_KE_SERVER_H
#define DAEMON_SERVE_KE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/serve/ke_session.h"

struct access;
struct clients;
struct ke_identity;
struct ke_server;
struct log;
struct loop;

/** Time that a session may take, s. */
#define KE_DEADLINE 2.0

/** Listening sockets, one a family at most. */
#define KE_PORTS 2

/** What happened to connections. Times are from the connection to its end, and of the processor. */
struct ke_counts {
	uint64_t taken;   /**< from addresses that have access */
	uint64_t dropped; /**< too often, or given up for others, for want of room */
	uint64_t served, failed, refused; /**< as enum ke_stage */
	uint64_t served_ns, failed_ns, refused_ns;
	uint64_t served_cpu_ns, failed_cpu_ns, refused_cpu_ns;
	uint64_t cookies; /**< given */
};

/** Adds what happened. */
void ke_counts_add(struct ke_counts *to, const struct ke_counts *more);

/** What the server works with. All outlive it. */
struct ke_server_env {
	struct ke_session_env session;
	struct kernel *kernel;
	struct loop *loop;
	const struct log *log;
	const struct log *sessions; /**< where sessions are told; NULL: in log */
	const struct access *access;
	const struct ke_identity *identity;
	size_t max_connections;
	/** Counts and limits clients; of another process when there is asked(). NULL: nobody. */
	struct clients *clients;
	bool limited; /**< there is a limit: it needs randomness */
	/** A client has connected; dropped: too often. NULL: nobody wants to know. */
	void (*asked)(void *arg, const struct endpoint *peer, bool dropped);
	/** A connection has ended and is counted. NULL: nobody wants to know. */
	void (*ended)(void *arg);
	void *arg;
};

/**
 * Serves on listening sockets (those that are not negative), which stay the caller's.
 * Returns 0 or -errno.
 */
int ke_server_create(
	const struct ke_server_env *env, const int fds[KE_PORTS], struct ke_server **ret);
/** Ends all sessions. */
void ke_server_destroy(struct ke_server *s);
/** Takes no more connections; those that are there go on. */
void ke_server_finish(struct ke_server *s);
/** How many connections are there. */
size_t ke_server_connections(const struct ke_server *s);
const struct ke_counts *ke_server_counts(const struct ke_server *s);

#endif
