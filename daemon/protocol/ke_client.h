/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of NTS key establishment round a TLS session (RFC 8915 4). Bytes in, bytes out: no
 * socket, no clock.
 */
#ifndef DAEMON_PROTOCOL_KE_CLIENT_H
#define DAEMON_PROTOCOL_KE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "common/address.h"
#include "daemon/protocol/nts_session.h"

struct log;
struct words_ke;

/** The protocol that TLS is asked for. */
#define KE_ALPN "ntske/1"

/** Whom to ask, and how. All but trust need to live only for ke_client_create(). */
struct ke_client_settings {
	const struct crypto_backend *crypto;
	const struct log *log;
	struct endpoint server; /**< for messages */
	const char *name;       /**< that the certificate must have: a host's or an address */
	struct tls_trust *trust;
	bool allow_tls12;      /**< 1.3 is not needed */
	bool no_tls13;         /**< 1.2 only; needs allow_tls12 */
	bool any_certificate;  /**< whatever is shown is accepted, and said what is wrong with it */
	bool any_time;         /**< dates of certificates do not count */
	int64_t at_s;          /**< instant at which they must be valid */
	const uint16_t *aeads; /**< offered, the best first */
	size_t n_aeads;        /**< at most KE_AEADS */
};

/** The most algorithms that are offered. */
#define KE_AEADS 16

/** What a key establishment gave. */
struct ke_result {
	struct nts_keys keys, other_keys; /**< as in struct nts_session */
	struct nts_response response;     /**< cookies, server and port */
};

struct ke_client;

/** Makes one that has its first bytes to send. Returns 0 or -errno, logged. */
int ke_client_create(const struct ke_client_settings *s, struct ke_client **ret);
void ke_client_destroy(struct ke_client *c);

/** Takes bytes that arrived. Returns 1 when it is done, 0 to go on, or -EPROTO when it failed,
 * logged. Drain after each, also after a failure. */
int ke_client_feed(struct ke_client *c, struct span bytes);

/** The peer closed the connection, which is an end or a failure, as of ke_client_feed(). */
int ke_client_closed(struct ke_client *c);

/** Takes bytes to be sent. Returns how many. */
size_t ke_client_drain(struct ke_client *c, uint8_t *ret, size_t room);

/** What it gave once it is done. */
const struct ke_result *ke_client_result(const struct ke_client *c);

/** Whom it is with, for messages; lives as long as it. */
const struct words_ke *ke_client_words(const struct ke_client *c);

#endif
