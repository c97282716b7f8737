/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTS as a way to authenticate an association (RFC 8915): cookies are spent and refilled, keys
 * established anew when they must be. It never falls back to packets without NTS.
 */
#ifndef DAEMON_PROTOCOL_NTS_AUTH_H
#define DAEMON_PROTOCOL_NTS_AUTH_H

#include "daemon/protocol/auth.h"
#include "daemon/protocol/protocol.h"

/**
 * Makes one for a source at an address, with the session that was saved for it if there is one.
 * ready is called from the loop when a request can be made that could not before. All arguments
 * outlive it. Returns 0; -ENOTSUP when NTS is not to be had (logged); or -ENOMEM.
 */
int nts_auth_create(const struct protocol_env *env, const struct source_options *options,
	const struct address *address, void (*ready)(void *arg), void *arg, struct ntp_auth **ret);

#endif
