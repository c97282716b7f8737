/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the GnuTLS backend's TLS, shared by its files.
 */
#ifndef BACKENDS_GNUTLS_TLS_H
#define BACKENDS_GNUTLS_TLS_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "backends/gnutls/backend.h"
#include "backends/shared.h"

struct tls_trust {
	int users; /**< the owner and each session */
	struct tls_choice choice;
	gnutls_certificate_credentials_t credentials;
};

/** A certificate with its key. */
struct tls_pair {
	gnutls_certificate_credentials_t credentials;
	gnutls_x509_crt_t leaf;
};

/** Ways to say which versions are allowed. */
enum {
	TLS_WAY_13,
	TLS_WAY_BOTH,
	TLS_WAY_12,
	TLS_WAYS
};

struct tls_identity {
	int users;
	struct tls_choice choice;
	struct tls_pair *pairs;
	size_t n;
	gnutls_priority_t ways[TLS_WAYS]; /**< of sessions until now: reading one takes long */
};

struct tls {
	gnutls_session_t session;
	struct tls_trust *trust;       /**< client */
	struct tls_identity *identity; /**< server */
	struct tls_queue in, out;
	struct tls_reason reason, overlooked;
	bool server, complete, allow_tls12, any_name, any_time, any_certificate, has_peer;
	int64_t at_s;
	char alpn[32], name[256];
	struct tls_certificate peer;
	uint8_t last[7]; /**< the last bytes that were fed: a whole alert in clear has as many */
};

/* certificate.c */
/** What a certificate says. */
void gnutls_backend_describe(gnutls_x509_crt_t crt, struct tls_certificate *ret);
/** Whether it stands for a name or the text of an address. */
bool gnutls_backend_is_for(gnutls_x509_crt_t crt, const char *name);
/** Judges what the server has shown: sets the session's reason when it is not acceptable. */
void gnutls_backend_check_peer(struct tls *t);

/* credentials.c */
/** The pair to show to a client that asks for name (NULL: none). */
const struct tls_pair *gnutls_backend_choose(const struct tls_identity *i, const char *name);

/* priority.c */
/** Room for what a session may use in the library's words. */
#define TLS_PRIORITY 640

/** Writes (TLS_PRIORITY bytes), to be appended to the system's own, what a session may use; way: of
 * versions. */
void gnutls_backend_priority(const struct tls_choice *choice, size_t way, char *ret);
/** Whether the library has what was chosen, which may be NULL. Returns 0 or -ENOTSUP. */
int gnutls_backend_has_choice(const struct tls_choice *choice);

#endif
