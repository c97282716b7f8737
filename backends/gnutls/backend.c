/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend on GnuTLS and Nettle.
 */
#include "config.h"

#include <stddef.h>

#include <gnutls/gnutls.h>

#include "backends/gnutls/backend.h"

static const char *version(void)
{
	return "GnuTLS " GNUTLS_VERSION;
}

const struct crypto_backend crypto_gnutls = {
	.name = "gnutls",
	.version = version,
	.has_mac = gnutls_backend_has_mac,
	.mac = gnutls_backend_mac,
	.aead_create = gnutls_backend_aead_create,
	.aead_rekey = gnutls_backend_aead_rekey,
	.aead_seal = gnutls_backend_aead_seal,
	.aead_open = gnutls_backend_aead_open,
	.aead_many = gnutls_backend_aead_many,
	.aead_destroy = gnutls_backend_aead_destroy,
	.trust_create = gnutls_backend_trust_create,
	.trust_add_system = gnutls_backend_trust_add_system,
	.trust_add_pem = gnutls_backend_trust_add_pem,
	.trust_destroy = gnutls_backend_trust_destroy,
	.identity_create = gnutls_backend_identity_create,
	.identity_add = gnutls_backend_identity_add,
	.identity_destroy = gnutls_backend_identity_destroy,
	.tls_client = gnutls_backend_tls_client,
	.tls_server = gnutls_backend_tls_server,
	.tls_feed = gnutls_backend_tls_feed,
	.tls_drain = gnutls_backend_tls_drain,
	.tls_step = gnutls_backend_tls_step,
	.tls_read = gnutls_backend_tls_read,
	.tls_write = gnutls_backend_tls_write,
	.tls_finish = gnutls_backend_tls_finish,
	.tls_export = gnutls_backend_tls_export,
	.tls_info = gnutls_backend_tls_info,
	.tls_fault = gnutls_backend_tls_fault,
	.tls_why = gnutls_backend_tls_why,
	.tls_destroy = gnutls_backend_tls_destroy,
};
