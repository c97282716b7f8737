/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTS key establishment server as a whole: its sockets, its certificates, and who does the
 * work: helper processes that can be lost and replaced, or this process (ntsprocesses 0, and where
 * there are no processes).
 */
#ifndef DAEMON_SERVE_KE_H
#define DAEMON_SERVE_KE_H

#include "daemon/serve/ke_server.h"

struct ke;

/** What it works with. All outlive it. */
struct ke_env {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	const struct crypto_backend *crypto;
	const struct log *log;
	const struct access *access;
	struct cookie_ring *ring;
	struct clients *clients; /**< counts and limits them; NULL: nobody */
};

/**
 * Reads the certificates and listens, where the settings have families for it; what fails is
 * logged. truth: to tell what has expired. Returns 0, -ENOMEM, or -EIO when no socket could be
 * opened or, with ntp.conf, no certificate read.
 */
int ke_create(const struct ke_env *env, int64_t truth, struct ke **ret);
void ke_destroy(struct ke *k);

/** Begins to serve: with rights dropped, as helpers have those of this moment. 0 or -errno. */
int ke_start(struct ke *k);

/** Tells a log of its own of sessions, before ke_start(). */
void ke_tell_sessions(struct ke *k, const struct log *log);

/** Cookie keys or access are others now. */
void ke_changed(struct ke *k);

/** Reads the certificates again: if their files are others, or (always) in any case. */
void ke_reload(struct ke *k, bool always, int64_t truth);

/** Adds up what all processes have told so far. */
void ke_count(const struct ke *k, struct ke_counts *ret);

/** How many helper processes are serving. */
size_t ke_helpers(const struct ke *k);

#endif
