/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message authentication by OpenSSL 3. Algorithms are fetched by name, so what the providers and
 * properties of the system do not offer (MD5 under FIPS 140) is known to be missing.
 */
#include "config.h"

#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "backends/openssl/backend.h"

#define CMAC_LENGTH 16

static const char *digest_name(enum crypto_mac mac)
{
	switch (mac) {
	case CRYPTO_MD5:
		return "MD5";
	case CRYPTO_SHA1:
		return "SHA1";
	case CRYPTO_SHA256:
		return "SHA2-256";
	case CRYPTO_SHA384:
		return "SHA2-384";
	case CRYPTO_SHA512:
		return "SHA2-512";
	case CRYPTO_SHA3_224:
		return "SHA3-224";
	case CRYPTO_SHA3_256:
		return "SHA3-256";
	case CRYPTO_SHA3_384:
		return "SHA3-384";
	case CRYPTO_SHA3_512:
		return "SHA3-512";
	default:
		return NULL;
	}
}

static int digest(const char *name, struct span key, struct span data, uint8_t *ret)
{
	EVP_MD *md;
	EVP_MD_CTX *c;
	unsigned n;
	int r = -ENOTSUP;

	md = name ? EVP_MD_fetch(NULL, name, NULL) : NULL;
	if (!md)
		return -ENOTSUP;
	c = EVP_MD_CTX_new();
	if (!c) {
		r = -ENOMEM;
		goto free_md;
	}
	if (EVP_DigestInit_ex2(c, md, NULL) == 1 && EVP_DigestUpdate(c, key.p, key.n) == 1 &&
		EVP_DigestUpdate(c, data.p, data.n) == 1 && EVP_DigestFinal_ex(c, ret, &n) == 1)
		r = (int)n;
	EVP_MD_CTX_free(c);
free_md:
	EVP_MD_free(md);
	return r;
}

static int cmac(const char *cipher, size_t key_n, struct span key, struct span data, uint8_t *ret)
{
	OSSL_PARAM params[2];
	EVP_MAC *m;
	EVP_MAC_CTX *c;
	size_t n;
	int r = -ENOTSUP;

	if (key.n != key_n)
		return -EINVAL;
	m = EVP_MAC_fetch(NULL, "CMAC", NULL);
	if (!m)
		return -ENOTSUP;
	c = EVP_MAC_CTX_new(m);
	if (!c) {
		r = -ENOMEM;
		goto free_mac;
	}
	params[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_CIPHER, (char *)(uintptr_t)cipher, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (EVP_MAC_init(c, key.p, key.n, params) == 1 && EVP_MAC_update(c, data.p, data.n) == 1 &&
		EVP_MAC_final(c, ret, &n, CMAC_LENGTH) == 1)
		r = (int)n;
	EVP_MAC_CTX_free(c);
free_mac:
	EVP_MAC_free(m);
	return r;
}

int openssl_backend_mac(
	enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room)
{
	if (room < crypto_mac_length(which))
		return -ENOSPC;
	switch (which) {
	case CRYPTO_AES128_CMAC:
		return cmac("AES-128-CBC", 16, key, data, ret);
	case CRYPTO_AES256_CMAC:
		return cmac("AES-256-CBC", 32, key, data, ret);
	default:
		return digest(digest_name(which), key, data, ret);
	}
}

bool openssl_backend_has_mac(enum crypto_mac which)
{
	static const uint8_t zeros[32];
	struct span key = {zeros, which == CRYPTO_AES128_CMAC ? 16 : 32};
	struct span data = {zeros, 0};
	uint8_t result[CRYPTO_MAC_MAX];

	return openssl_backend_mac(which, key, data, result, sizeof(result)) > 0;
}
