/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One session of the key establishment server: bytes of a connection in, bytes out, cookies made
 * (RFC 8915 4). It knows no connection and no time; ke_server.h bounds both.
 */
#ifndef DAEMON_SERVE_KE_SESSION_H
#define DAEMON_SERVE_KE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "daemon/serve/cookie_ring.h"
#include "daemon/wire/nts_message.h"

struct ke_session;
struct kernel;
struct log;

/** What all sessions share. */
struct ke_session_env {
	const struct crypto_backend *crypto;
	struct kernel *kernel; /**< for randomness */
	struct cookie_ring *ring;
	uint16_t aeads[SETTINGS_AEADS]; /**< that we serve */
	size_t n_aeads;
	bool allow_tls12, no_tls13;
	const char *ntp_server; /**< where to ask for time; "": here */
	int ntp_port;           /**< UDP; 0: not ours to say */
};

/** How far a session is. */
enum ke_stage {
	KE_SILENT,    /**< nothing has come */
	KE_HANDSHAKE, /**< of TLS */
	KE_REQUEST,   /**< the request is not whole */
	KE_SERVED,    /**< cookies are given; close when all is drained. From here on it is over: */
	KE_REFUSED,   /**< the request was bad, or has nothing in common with us */
	KE_FAILED,    /**< TLS did */
};

/** The first of both lists' algorithms in the client's order, or NTS_NONE. AEAD 30 without the
 * record on its exporter is taken only when there is nothing else: old clients derive other keys
 * for it than the standard says. */
int ke_choose_aead(const struct nts_request *q, const uint16_t *aeads, size_t n);

/** Begins a session with a client. Returns 0 or -errno of TLS. */
int ke_session_create(
	const struct ke_session_env *env, struct tls_identity *identity, struct ke_session **ret);
void ke_session_destroy(struct ke_session *s);

/** Takes bytes that arrived, at most TLS_FEED_MAX while nothing is left to be drained. */
void ke_session_feed(struct ke_session *s, struct span bytes);
/** The connection has ended. */
void ke_session_end(struct ke_session *s);
/** Takes bytes to be sent. Returns how many; 0: none. */
size_t ke_session_drain(struct ke_session *s, uint8_t *ret, size_t room);

enum ke_stage ke_session_stage(const struct ke_session *s);
bool ke_session_over(const struct ke_session *s);
/** Why it was refused or failed, in words; "" while it is not. */
const char *ke_session_why(const struct ke_session *s);

/** What a session has cost, s: time, and of a processor in the program and in the system. */
struct ke_spent {
	double took_s, user_s, system_s;
};

/** Whether a log is told of sessions: in our own words only for debugging, since strangers decide
 * how many there are. */
bool ke_session_is_told(const struct log *log);

/** Tells the log what came of a session with peer, and what it cost. why: NULL when the session
 * itself knows best why it did not come to its end. */
void ke_session_tell(const struct ke_session *s, const struct log *log, const char *peer,
	const struct ke_spent *spent, const char *why);

#endif
