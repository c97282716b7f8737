/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTS server: cookie keys, key establishment, and what the NTP server's packets need, on one
 * timer.
 */
#ifndef DAEMON_SERVE_NTS_SERVER_H
#define DAEMON_SERVE_NTS_SERVER_H

#include "daemon/serve/ke.h"
#include "daemon/serve/nts_guard.h"

struct clock;
struct nts_server;

/** What it works with. All outlive it. */
struct nts_server_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct crypto_backend *crypto;
	const struct log *log;
	const struct access *access;
	struct clients *clients; /**< NULL: noclientlog */
};

/** Whether the settings ask for one. */
bool nts_server_wanted(const struct settings *settings);

/**
 * Reads keys and certificates and listens, all of which may need rights.
 * Returns 0, -ENOTSUP when the crypto library has no TLS, or what ke_create() or
 * cookie_keys_create() gave; logged.
 */
int nts_server_create(const struct nts_server_env *env, struct nts_server **ret);
/** Saves the keys; NULL is nothing. */
void nts_server_destroy(struct nts_server *n);
/** Tells a log of its own of key establishments, before nts_server_start(). */
void nts_server_tell_sessions(struct nts_server *n, const struct log *log);
/** Begins to serve. Returns 0 or -errno. */
int nts_server_start(struct nts_server *n);

struct nts_guard *nts_server_guard(struct nts_server *n);
/** The keys of cookies in force. */
struct cookie_ring *nts_server_ring(struct nts_server *n);
/** Access is another now. */
void nts_server_access_changed(struct nts_server *n);
/** Reads certificates, and keys that others make, again. */
void nts_server_reload(struct nts_server *n);
/** Saves the keys. */
void nts_server_save(struct nts_server *n);
/** What the key establishment server did so far. */
void nts_server_count(const struct nts_server *n, struct ke_counts *ret);

#endif
