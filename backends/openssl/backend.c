/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend on OpenSSL 3.
 */
#include "config.h"

#include <stddef.h>

#include <openssl/crypto.h>

#include "backends/openssl/backend.h"

static const char *version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

const struct crypto_backend crypto_openssl = {
	.name = "openssl",
	.version = version,
	.has_mac = openssl_backend_has_mac,
	.mac = openssl_backend_mac,
	.aead_create = openssl_backend_aead_create,
	.aead_rekey = openssl_backend_aead_rekey,
	.aead_seal = openssl_backend_aead_seal,
	.aead_open = openssl_backend_aead_open,
	.aead_many = openssl_backend_aead_many,
	.aead_destroy = openssl_backend_aead_destroy,
	.trust_create = openssl_backend_trust_create,
	.trust_add_system = openssl_backend_trust_add_system,
	.trust_add_pem = openssl_backend_trust_add_pem,
	.trust_destroy = openssl_backend_trust_destroy,
	.identity_create = openssl_backend_identity_create,
	.identity_add = openssl_backend_identity_add,
	.identity_destroy = openssl_backend_identity_destroy,
	.tls_client = openssl_backend_tls_client,
	.tls_server = openssl_backend_tls_server,
	.tls_feed = openssl_backend_tls_feed,
	.tls_drain = openssl_backend_tls_drain,
	.tls_step = openssl_backend_tls_step,
	.tls_read = openssl_backend_tls_read,
	.tls_write = openssl_backend_tls_write,
	.tls_finish = openssl_backend_tls_finish,
	.tls_export = openssl_backend_tls_export,
	.tls_info = openssl_backend_tls_info,
	.tls_fault = openssl_backend_tls_fault,
	.tls_why = openssl_backend_tls_why,
	.tls_destroy = openssl_backend_tls_destroy,
};
