/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTS in the server's packets: a request's cookie opened and its authenticator checked, a reply
 * sealed with new cookies (RFC 8915 5.7). No state of any client. Pure.
 */
#ifndef DAEMON_SERVE_NTS_GUARD_H
#define DAEMON_SERVE_NTS_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/serve/cookie_ring.h"
#include "daemon/wire/nts_field.h"
#include "daemon/wire/nts_message.h"

/** What happened to NTS requests: the counters of ntpq -c nts, cookies by the age of their key. */
struct nts_guard_counts {
	uint64_t good;    /**< requests that authenticated */
	uint64_t bad;     /**< requests with a cookie or authenticator that did not */
	uint64_t replies; /**< sealed replies */
	uint64_t naks;    /**< negative acknowledgements */
	uint64_t made;    /**< cookies in replies */
	uint64_t opened[COOKIE_KEYS_ALL]; /**< cookies opened, by enum cookie_age */
	uint64_t unknown;                 /**< cookies whose key is not or no longer known */
	uint64_t broken;                  /**< cookies that their key did not seal */
	uint64_t no_server;               /**< cookies that came although we are no NTS server */
};

/** What opens and seals packets; an AEAD context for each algorithm, so nothing is allocated. */
struct nts_guard;

/** A request that is authentic, and all that its reply needs. */
struct nts_guard_request {
	struct cookie_session session;
	struct span unique_id; /**< in the request */
	unsigned cookies;      /**< wanted, 1 to NTS_COOKIES */
};

/** Fresh random bytes for a reply: the nonces of its authenticator and of its cookies. */
#define NTS_GUARD_RANDOM ((1 + NTS_COOKIES) * CRYPTO_AEAD_NONCE_MAX)

enum nts_guard_verdict {
	NTS_GUARD_GOOD,
	NTS_GUARD_NAK,  /**< cookie or authenticator are not right: the client may be told */
	NTS_GUARD_DROP, /**< no request of NTS: fields missing */
};

/** Works with the keys of a ring, which outlives it. Returns 0 or -ENOMEM. */
int nts_guard_create(
	const struct crypto_backend *crypto, struct cookie_ring *ring, struct nts_guard **ret);
void nts_guard_destroy(struct nts_guard *p);

/** Packets that are opened or sealed at once at most. */
#define NTS_GUARD_MANY 8

/** A request to be checked. */
struct nts_guard_opening {
	const struct nts_fields *fields;
	struct nts_guard_request *request; /**< is zero unless the verdict is NTS_GUARD_GOOD */
	enum nts_guard_verdict verdict;
};

/** Checks the NTS fields of n requests, NTS_GUARD_MANY at most, side by side. */
void nts_guard_open(struct nts_guard *p, struct nts_guard_opening *o, size_t n,
	struct nts_guard_counts *counts);

/**
 * A reply to be sealed: its fields are appended to the header in w, whose room is the request's
 * length: as many new cookies as wanted and as fit, padded to the request's length (what both ways
 * take is then alike).
 */
struct nts_guard_sealing {
	const struct nts_guard_request *request;
	const uint8_t *random; /**< NTS_GUARD_RANDOM bytes */
	struct writer *w;
	/** 0, -ENOSPC when not even an empty authenticator fits, or another error: no reply then */
	int result;
};

/** Seals n replies, NTS_GUARD_MANY at most, side by side. */
void nts_guard_seal(struct nts_guard *p, struct nts_guard_sealing *s, size_t n,
	struct nts_guard_counts *counts);

#endif
