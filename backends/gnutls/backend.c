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
	.aead_destroy = gnutls_backend_aead_destroy,
};
