/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the OpenSSL backend's TLS, shared by its files.
 */
#ifndef BACKENDS_OPENSSL_TLS_H
#define BACKENDS_OPENSSL_TLS_H

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "backends/openssl/backend.h"
#include "backends/shared.h"

struct tls_trust {
	int users; /**< the owner and each session */
	SSL_CTX *context;
};

/** A certificate with its key. */
struct tls_pair {
	SSL_CTX *context;
	X509 *leaf;
};

struct tls_identity {
	int users;
	struct tls_choice choice;
	struct tls_pair *pairs;
	size_t n;
};

struct tls {
	SSL *ssl;                      /**< its application data is this */
	BIO *in, *out;                 /**< belong to ssl */
	struct tls_trust *trust;       /**< client */
	struct tls_identity *identity; /**< server */
	struct tls_reason reason, overlooked;
	bool server, complete, allow_tls12, any_name, any_time, any_certificate, has_peer;
	int64_t at_s;
	char alpn[32], name[256];
	struct tls_certificate peer;
};

/* certificate.c */
/** What a certificate says. */
void openssl_backend_describe(X509 *crt, struct tls_certificate *ret);
/** Whether it stands for a name or the text of an address. */
bool openssl_backend_is_for(X509 *crt, const char *name);
/** Judges the chain that a server has shown, for SSL_CTX_set_cert_verify_callback(): sets the
 * session's reason when it is not acceptable. */
int openssl_backend_check_peer(X509_STORE_CTX *c, void *arg);

/* credentials.c */
/** The pair to show to a client that asks for name (NULL: none). */
const struct tls_pair *openssl_backend_choose(const struct tls_identity *i, const char *name);

/* tls.c */
/** Gives a context what all sessions have in common; choice may be NULL. Returns 0, or -ENOTSUP
 * when the library has nothing of what was chosen. */
int openssl_backend_prepare(SSL_CTX *c, const struct tls_choice *choice);
/** The same for a server's, and the calls that a session's greeting makes. */
int openssl_backend_prepare_server(SSL_CTX *c, const struct tls_choice *choice);

#endif
