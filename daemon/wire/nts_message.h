/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages of NTS key establishment: what a client asks and a server answers (RFC 8915 4).
 * Pure: bytes in, structures out, never past the end.
 */
#ifndef DAEMON_WIRE_NTS_MESSAGE_H
#define DAEMON_WIRE_NTS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/wire/nts_record.h"

/** Cookies that a client keeps, and a server gives at once. */
#define NTS_COOKIES 8

/** The longest cookie that is kept, bytes. */
#define NTS_COOKIE_MAX 256

/** Room for the name of an NTP server with its NUL. */
#define NTS_NAME 256

/** "None" of a number that may be negotiated. */
#define NTS_NONE (-1)

/** A cookie: opaque to who is not the server that made it. */
struct nts_cookie {
	uint16_t n; /**< bytes, 1 to NTS_COOKIE_MAX, a multiple of 4; 0: none */
	uint8_t bytes[NTS_COOKIE_MAX];
};

/** A request. The lists lie in the message, in the client's order: see nts_list_has(). */
struct nts_request {
	struct span protocols;
	struct span aeads;   /**< empty unless NTPv4 is asked for */
	bool gcm_siv_export; /**< the record of that name is there */
};

/** A response. */
struct nts_response {
	int error;           /**< code of an error record: then nothing else counts; or NTS_NONE */
	int warning;         /**< code of the first warning record, or NTS_NONE */
	int protocol;        /**< NTS_PROTOCOL_NTP4, or NTS_NONE */
	int aead;            /**< AEAD algorithm (IANA), or NTS_NONE */
	bool gcm_siv_export; /**< the record of that name is there */
	char server[NTS_NAME]; /**< name or address to ask for time; empty: where we asked */
	int port;              /**< UDP port to ask for time, or NTS_NONE */
	size_t n_cookies;      /**< at most NTS_COOKIES */
	struct nts_cookie cookies[NTS_COOKIES];
};

/**
 * Writes a request for NTPv4 with these AEADs, the best first, and with the record
 * NTS_RECORD_GCM_SIV_EXPORT when AEAD 30 is one of them.
 * Returns its length, or -ENOSPC.
 */
int nts_request_encode(const uint16_t *aeads, size_t n, uint8_t *ret, size_t room);

/**
 * Reads a request (nts_frame() told its length): the rules of RFC 8915 4 for a server.
 * Returns 0, or -EBADMSG with the error to answer in *ret_error.
 */
int nts_request_decode(struct span message, struct nts_request *ret, enum nts_error *ret_error);

/** Writes a response: an error alone, or all the rest of r. Returns its length, or -ENOSPC. */
int nts_response_encode(const struct nts_response *r, uint8_t *ret, size_t room);

/**
 * Reads a response (nts_frame() told its length). Cookies beyond NTS_COOKIES and those that could
 * not be sent are left out. What was negotiated is for nts_response_accept().
 * Returns 0, or -EBADMSG with the rule it breaks as words in *ret_reason.
 */
int nts_response_decode(struct span message, struct nts_response *ret, const char **ret_reason);

/**
 * Whether a client that asked for NTPv4 with these AEADs can use a response.
 * Returns 0; -ENOTSUP when the server refused, or has nothing in common with us; or -EBADMSG. Else
 * what is wrong is in *ret_reason as words.
 */
int nts_response_accept(
	const struct nts_response *r, const uint16_t *aeads, size_t n, const char **ret_reason);

#endif
