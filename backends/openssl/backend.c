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
	.aead_destroy = openssl_backend_aead_destroy,
};
