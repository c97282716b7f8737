/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client has from one NTS key establishment: keys, cookies, and whom to ask for time. Pure;
 * also as the text file that carries it over a restart (chrony's format).
 */
#ifndef DAEMON_PROTOCOL_NTS_SESSION_H
#define DAEMON_PROTOCOL_NTS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "common/address.h"
#include "common/bytes.h"
#include "daemon/wire/nts_message.h"

/** The keys of one session: of requests and of responses. */
struct nts_keys {
	uint16_t aead;
	size_t n; /**< bytes of each; 0: there are none */
	uint8_t c2s[CRYPTO_AEAD_KEY_MAX];
	uint8_t s2c[CRYPTO_AEAD_KEY_MAX];
};

/** A session. Zero-initialised: there is none. */
struct nts_session {
	struct nts_keys keys;
	/** Keys as the standard derives them, to be tried when the server takes those for forged:
	 * it did not say which it has (ntp-nts 9.5). n 0: none. */
	struct nts_keys other_keys;
	struct endpoint server;                 /**< whom to ask for time */
	uint32_t establishments;                /**< how many there were, this one included */
	int64_t established;                    /**< instant of it, true time */
	size_t n_cookies;                       /**< at most NTS_COOKIES */
	struct nts_cookie cookies[NTS_COOKIES]; /**< the oldest first; each is used once */
};

/** Room for the file of a session. */
#define NTS_SESSION_FILE 8192

/** Takes the oldest cookie out. False when there is none. */
bool nts_session_take(struct nts_session *s, struct nts_cookie *ret);

/** Puts a cookie in unless there are enough. */
void nts_session_put(struct nts_session *s, const struct nts_cookie *cookie);

/** Overwrites all secrets. */
void nts_session_wipe(struct nts_session *s);

/** Writes a session with cookies, of the key establishment server called name, as a text file.
 * Returns its length, or -ENOSPC. */
int nts_session_format(const struct nts_session *s, const char *name, char *ret, size_t room);

/**
 * Reads such a file. Returns 0; or -EBADMSG when it is damaged, of another server than name, or has
 * keys or cookies that nobody can use.
 */
int nts_session_parse(struct span file, const char *name, struct nts_session *ret);

#endif
