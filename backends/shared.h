/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the backends share among themselves: the self-test's part for AEAD and the words of TLS, so
 * that both libraries say the same of the same fault. Nothing outside backends includes this.
 */
#ifndef BACKENDS_SHARED_H
#define BACKENDS_SHARED_H

#include "backends/crypto.h"

/** Runs the vectors of all AEAD algorithms that the backend has. As crypto_self_test(). */
int crypto_aead_self_test(const struct crypto_backend *b, const char **ret_which);

/** Why a session failed: the first reason stays. */
struct tls_reason {
	enum tls_fault fault;
	char why[TLS_WHY];
};

/** Sets a reason in words, unless there is one already. */
void tls_say(struct tls_reason *r, enum tls_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Sets the reason why a certificate is not accepted. c: the one at fault; name: the server's as it
 * was asked for, at_s: the instant of the check.
 */
void tls_say_certificate(struct tls_reason *r, enum tls_fault fault,
	const struct tls_certificate *c, const char *name, int64_t at_s);

/** Sets TLS_ALERTED for an alert of the peer (RFC 8446 6). server: the peer is one. */
void tls_say_alert(struct tls_reason *r, int alert, bool server);

/** Sets TLS_NO_ALPN. server: the peer is one. */
void tls_say_alpn(struct tls_reason *r, const char *alpn, bool server);

/** Sets TLS_BAD_VERSION. server: the peer is one. */
void tls_say_version(struct tls_reason *r, bool allow_tls12, bool server);

/** Sets TLS_BAD_SIGNATURE: the handshake is not signed with the certificate's key. */
void tls_say_unproven(struct tls_reason *r, bool server);

/** Sets TLS_BROKEN: both have no cipher suite, or else no curve, in common. server: the peer is
 * one. */
void tls_say_nothing_common(struct tls_reason *r, bool suite, bool server);

/** Sets TLS_BROKEN: a message of the handshake is longer than the library takes. */
void tls_say_too_long(struct tls_reason *r, bool server);

/** Says in why (TLS_WHY bytes) what is wrong with a text that should hold certificates: none is in
 * it, or the library's words. */
void tls_say_pem(char *ret_why, bool none, const char *words);

/** Copies a server's name; the point at its end (the root of all names) is left out. Returns 0 or
 * -ENAMETOOLONG. */
int tls_copy_name(char *ret, size_t room, const char *name);

/** What a call returns for a session that has failed: -EKEYREJECTED or -EPROTO. */
int tls_failure(const struct tls_reason *r);

/** Bytes in order of arrival, within a limit. */
struct tls_queue {
	uint8_t *p;
	size_t first; /**< bytes at the front that are gone */
	size_t n;     /**< bytes that wait */
	size_t room;
};

/** Appends to it. Returns 0 or -ENOMEM. */
int tls_queue_put(struct tls_queue *q, const void *p, size_t n);
/** Takes from its front at most room bytes. Returns how many. */
size_t tls_queue_take(struct tls_queue *q, void *ret, size_t room);
void tls_queue_free(struct tls_queue *q);

/** Appends bytes of a name; those that are not printable ASCII as \xHH. */
void tls_add_printable(char *text, size_t room, const void *p, size_t n);

/** Appends a name or address to the names of a certificate. */
void tls_add_name(struct tls_certificate *c, const void *p, size_t n);
/** Appends an IPv4 or IPv6 address (4 or 16 bytes) to them. */
void tls_add_address(struct tls_certificate *c, const uint8_t *p, size_t n);

#endif
