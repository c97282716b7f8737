/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message authentication by GnuTLS (digests) and by Nettle below it (AES-CMAC).
 */
#include "config.h"

#include <errno.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <nettle/cmac.h>

#include "backends/gnutls/backend.h"

static gnutls_digest_algorithm_t digest_of(enum crypto_mac mac)
{
	switch (mac) {
	case CRYPTO_MD5:
		return GNUTLS_DIG_MD5;
	case CRYPTO_SHA1:
		return GNUTLS_DIG_SHA1;
	case CRYPTO_SHA256:
		return GNUTLS_DIG_SHA256;
	case CRYPTO_SHA384:
		return GNUTLS_DIG_SHA384;
	case CRYPTO_SHA512:
		return GNUTLS_DIG_SHA512;
	case CRYPTO_SHA3_224:
		return GNUTLS_DIG_SHA3_224;
	case CRYPTO_SHA3_256:
		return GNUTLS_DIG_SHA3_256;
	case CRYPTO_SHA3_384:
		return GNUTLS_DIG_SHA3_384;
	case CRYPTO_SHA3_512:
		return GNUTLS_DIG_SHA3_512;
	default:
		return GNUTLS_DIG_UNKNOWN;
	}
}

static int digest(
	gnutls_digest_algorithm_t algorithm, struct span key, struct span data, uint8_t *ret)
{
	gnutls_hash_hd_t h;

	if (algorithm == GNUTLS_DIG_UNKNOWN || gnutls_hash_init(&h, algorithm) < 0)
		return -ENOTSUP;
	if ((key.n > 0 && gnutls_hash(h, key.p, key.n) < 0) ||
		(data.n > 0 && gnutls_hash(h, data.p, data.n) < 0)) {
		gnutls_hash_deinit(h, NULL);
		return -ENOTSUP;
	}
	gnutls_hash_deinit(h, ret);
	return (int)gnutls_hash_get_len(algorithm);
}

static int cmac128(struct span key, struct span data, uint8_t *ret)
{
	struct cmac_aes128_ctx c;

	if (key.n != AES128_KEY_SIZE)
		return -EINVAL;
	cmac_aes128_set_key(&c, key.p);
	cmac_aes128_update(&c, data.n, data.p);
	cmac_aes128_digest(&c, CMAC128_DIGEST_SIZE, ret);
	return CMAC128_DIGEST_SIZE;
}

static int cmac256(struct span key, struct span data, uint8_t *ret)
{
	struct cmac_aes256_ctx c;

	if (key.n != AES256_KEY_SIZE)
		return -EINVAL;
	cmac_aes256_set_key(&c, key.p);
	cmac_aes256_update(&c, data.n, data.p);
	cmac_aes256_digest(&c, CMAC128_DIGEST_SIZE, ret);
	return CMAC128_DIGEST_SIZE;
}

int gnutls_backend_mac(
	enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room)
{
	if (room < crypto_mac_length(which))
		return -ENOSPC;
	switch (which) {
	case CRYPTO_AES128_CMAC:
		return cmac128(key, data, ret);
	case CRYPTO_AES256_CMAC:
		return cmac256(key, data, ret);
	default:
		return digest(digest_of(which), key, data, ret);
	}
}

bool gnutls_backend_has_mac(enum crypto_mac which)
{
	uint8_t result[CRYPTO_MAC_MAX];
	struct span none = {NULL, 0};

	/* Asked by trying: a policy of the system may forbid some (MD5 under FIPS 140). */
	return which == CRYPTO_AES128_CMAC || which == CRYPTO_AES256_CMAC ||
	       digest(digest_of(which), none, none, result) > 0;
}
