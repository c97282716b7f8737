/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The certificates of the key establishment server, as their files have them: read again when a
 * file changes or on command; what does not load never takes the place of what did.
 */
#ifndef DAEMON_SERVE_KE_IDENTITY_H
#define DAEMON_SERVE_KE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

struct crypto_backend;
struct ke_identity;
struct kernel;
struct log;
struct settings_nts_server;
struct tls_identity;

/** Makes the holder, still empty. All arguments outlive it. Returns 0 or -ENOMEM. */
int ke_identity_create(const struct settings_nts_server *settings, const struct tls_choice *choice,
	struct kernel *kernel, const struct crypto_backend *crypto, const struct log *log,
	struct ke_identity **ret);
void ke_identity_destroy(struct ke_identity *i);

/**
 * Reads all pairs; messages name what does not load, and say until when the others are valid. While
 * nothing is loaded yet, the pairs that are good are taken; later all must be.
 * truth: to tell what has expired. Returns whether others are in use now.
 */
bool ke_identity_load(struct ke_identity *i, int64_t truth);

/** The same if a file is another since it was looked at last. */
bool ke_identity_look(struct ke_identity *i, int64_t truth);

/** What sessions are to show; NULL while nothing could be loaded. */
struct tls_identity *ke_identity_get(const struct ke_identity *i);

#endif
