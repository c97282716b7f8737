/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-128-GCM-SIV (RFC 8452) by Nettle, where it is new enough. Nettle derives two keys for each
 * nonce, so there is nothing to be kept between calls but the key itself.
 */
#include "config.h"

#include <errno.h>

#include <nettle/version.h>

#include "backends/gnutls/backend.h"

#if NETTLE_VERSION_MAJOR > 3 || (NETTLE_VERSION_MAJOR == 3 && NETTLE_VERSION_MINOR >= 9)

#include <nettle/siv-gcm.h>

bool gcm_siv_is_here(void)
{
	return true;
}

void gcm_siv_seal(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span plain, uint8_t *ret)
{
	struct aes128_ctx c;

	aes128_set_encrypt_key(&c, key);
	siv_gcm_aes128_encrypt_message(
		&c, GCM_SIV_NONCE, nonce, ad.n, ad.p, plain.n + CRYPTO_AEAD_TAG, ret, plain.p);
	crypto_wipe(&c, sizeof(c));
}

int gcm_siv_open(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span sealed, uint8_t *ret)
{
	struct aes128_ctx c;
	size_t n = sealed.n - CRYPTO_AEAD_TAG;
	int good;

	aes128_set_encrypt_key(&c, key);
	good = siv_gcm_aes128_decrypt_message(
		&c, GCM_SIV_NONCE, nonce, ad.n, ad.p, n, ret, sealed.p);
	crypto_wipe(&c, sizeof(c));
	if (good)
		return 0;
	crypto_wipe(ret, n);
	return -EBADMSG;
}

#else

bool gcm_siv_is_here(void)
{
	return false;
}

void gcm_siv_seal(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span plain, uint8_t *ret)
{
	(void)key, (void)nonce, (void)ad, (void)plain, (void)ret;
}

int gcm_siv_open(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span sealed, uint8_t *ret)
{
	(void)key, (void)nonce, (void)ad, (void)sealed, (void)ret;
	return -EBADMSG;
}

#endif
