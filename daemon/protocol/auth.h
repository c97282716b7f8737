/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the packets of an association are authenticated: not at all, by a MAC with a symmetric key,
 * or by NTS. One vtable, so that the association does not know which.
 */
#ifndef DAEMON_PROTOCOL_AUTH_H
#define DAEMON_PROTOCOL_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/report.h"
#include "daemon/wire/packet.h"

struct keys;
struct source_options;

/** The longest request that is sent, bytes: it fits into every IPv6 path unbroken (1280 bytes less
 * the headers of IPv6 and UDP). */
#define AUTH_REQUEST_MAX 1232

struct ntp_auth;

/** A way to authenticate. What has no member (NULL) needs nothing done. */
struct ntp_auth_ops {
	const char *name;
	bool proves; /**< a response that passes check() is the server's beyond doubt */
	/**
	 * A request is due. Returns 0 and leaves or changes whom it goes to; or -ENOKEY: there is
	 * nothing to sign it with now, and none may be sent.
	 */
	int (*prepare)(struct ntp_auth *a, struct endpoint *io_remote);
	/** NTP version to ask in unless one is configured. */
	int (*version)(const struct ntp_auth *a);
	/** Whether no other version than that can be asked in. */
	bool fixed_version;
	/**
	 * Appends to a request of *io_n bytes what proves it. A request before it that got no
	 * response is given up. Returns 0, -ENOENT for a key that is not there, or -errno.
	 */
	int (*sign)(struct ntp_auth *a, int version, uint8_t *packet, size_t *io_n, size_t room);
	/**
	 * Whether a datagram of the server is authentic (test 5). answers: its origin is that of
	 * the request that waits. Of a forged one nothing is kept.
	 */
	bool (*check)(struct ntp_auth *a, const struct packet *p, const struct packet_trailer *t,
		bool answers);
	/** What check() passed last is the one response to the request. */
	void (*accept)(struct ntp_auth *a);
	/** The source went offline: nothing may be under way. */
	void (*pause)(struct ntp_auth *a);
	void (*report)(const struct ntp_auth *a, struct report_auth *ret);
	/** Writes to files what is to outlive the daemon. */
	void (*save)(struct ntp_auth *a);
	/** Saves, ends and frees; NULL: it belongs to whoever embeds it. */
	void (*destroy)(struct ntp_auth *a);
};

/** What every way begins with. */
struct ntp_auth {
	const struct ntp_auth_ops *ops;
};

/** No authentication: a response with a MAC is none we asked for. It has no state. */
struct ntp_auth auth_plain(void);

/** MACs made with a symmetric key. */
struct auth_mac {
	struct ntp_auth base;
	const struct source_options *options;
	const struct keys *keys;
	uint32_t key; /**< the last request was signed with */
};

/** Sets up authentication by options->key; both outlive it. */
void auth_mac_init(
	struct auth_mac *a, const struct source_options *options, const struct keys *keys);

#endif
