/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticated encryption by Nettle: SIV over its AES of three key lengths, or over the
 * processor's where there is one, and its GCM-SIV.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/aes.h>
#include <nettle/ctr.h>

#include "backends/gnutls/backend.h"
#include "backends/native.h"

/* One AES key of any length. */
union aes_key {
	struct aes128_ctx aes128;
	struct aes192_ctx aes192;
	struct aes256_ctx aes256;
};

struct aead {
	uint16_t number;
	bool keyed, native;
	nettle_cipher_func *encrypt;
	union {
		struct {
			union aes_key mac, stream;
		};
		struct native_siv here; /**< when native */
	};
	struct siv siv;
	uint8_t gcm_key[GCM_SIV_KEY];
};

static void chain(void *keys, uint8_t *state, const uint8_t *p, size_t n)
{
	const struct aead *a = keys;

	for (; n > 0; p += SIV_BLOCK, n -= SIV_BLOCK) {
		for (size_t i = 0; i < SIV_BLOCK; i++)
			state[i] ^= p[i];
		a->encrypt(&a->mac, SIV_BLOCK, state, state);
	}
}

static void count(void *keys, const uint8_t *counter, const uint8_t *p, uint8_t *ret, size_t n)
{
	const struct aead *a = keys;
	uint8_t at[SIV_BLOCK];

	memcpy(at, counter, SIV_BLOCK);
	ctr_crypt(&a->stream, a->encrypt, SIV_BLOCK, at, n, ret, p);
}

static const struct siv_cipher cipher = {chain, count};

/* Nettle's functions take their own type of key: one of these for each length. */
static void encrypt128(const void *key, size_t n, uint8_t *ret, const uint8_t *p)
{
	aes128_encrypt(key, n, ret, p);
}

static void encrypt192(const void *key, size_t n, uint8_t *ret, const uint8_t *p)
{
	aes192_encrypt(key, n, ret, p);
}

static void encrypt256(const void *key, size_t n, uint8_t *ret, const uint8_t *p)
{
	aes256_encrypt(key, n, ret, p);
}

int gnutls_backend_aead_create(uint16_t number, struct aead **ret)
{
	bool native = native_is_here() && !(number & CRYPTO_AEAD_BY_LIBRARY);
	struct aead *a;

	number &= (uint16_t)~CRYPTO_AEAD_BY_LIBRARY;
	if (crypto_aead_key_length(number) == 0 ||
		(number == CRYPTO_AEAD_GCM_SIV_128 && !gcm_siv_is_here()))
		return -ENOTSUP;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->number = number;
	a->native = native;
	a->encrypt = number == CRYPTO_AEAD_SIV_256   ? encrypt128
		     : number == CRYPTO_AEAD_SIV_384 ? encrypt192
						     : encrypt256;
	*ret = a;
	return 0;
}

int gnutls_backend_aead_rekey(struct aead *a, struct span key)
{
	const uint8_t *second = key.p + key.n / 2;

	if (key.n != crypto_aead_key_length(a->number))
		return -EINVAL;
	a->keyed = true;
	if (a->native && a->number != CRYPTO_AEAD_GCM_SIV_128) {
		native_siv_start(&a->siv, &a->here, key);
		return 0;
	}
	switch (a->number) {
	case CRYPTO_AEAD_SIV_256:
		aes128_set_encrypt_key(&a->mac.aes128, key.p);
		aes128_set_encrypt_key(&a->stream.aes128, second);
		break;
	case CRYPTO_AEAD_SIV_384:
		aes192_set_encrypt_key(&a->mac.aes192, key.p);
		aes192_set_encrypt_key(&a->stream.aes192, second);
		break;
	case CRYPTO_AEAD_SIV_512:
		aes256_set_encrypt_key(&a->mac.aes256, key.p);
		aes256_set_encrypt_key(&a->stream.aes256, second);
		break;
	default:
		memcpy(a->gcm_key, key.p, GCM_SIV_KEY);
		return 0;
	}
	siv_start(&a->siv, &cipher, a);
	return 0;
}

static bool may_be_used(const struct aead *a, struct span nonce)
{
	return a->keyed && (a->number != CRYPTO_AEAD_GCM_SIV_128 || nonce.n == GCM_SIV_NONCE);
}

int gnutls_backend_aead_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room)
{
	struct span parts[2];

	if (!may_be_used(a, nonce))
		return -EINVAL;
	if (room < CRYPTO_AEAD_TAG || plain.n > room - CRYPTO_AEAD_TAG)
		return -ENOSPC;
	if (a->number == CRYPTO_AEAD_GCM_SIV_128)
		gcm_siv_seal(a->gcm_key, nonce.p, ad, plain, ret);
	else
		siv_seal(&a->siv, parts, siv_parts(ad, nonce, parts), plain, ret);
	return (int)(plain.n + CRYPTO_AEAD_TAG);
}

int gnutls_backend_aead_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room)
{
	struct span parts[2];
	int r;

	if (!may_be_used(a, nonce))
		return -EINVAL;
	if (sealed.n < CRYPTO_AEAD_TAG)
		return -EBADMSG;
	if (sealed.n - CRYPTO_AEAD_TAG > room)
		return -ENOSPC;
	if (a->number == CRYPTO_AEAD_GCM_SIV_128)
		r = gcm_siv_open(a->gcm_key, nonce.p, ad, sealed, ret);
	else
		r = siv_open(&a->siv, parts, siv_parts(ad, nonce, parts), sealed, ret);
	return r < 0 ? r : (int)(sealed.n - CRYPTO_AEAD_TAG);
}

int gnutls_backend_aead_many(struct aead *a, bool seal, struct aead_job *jobs, size_t n)
{
	bool own = n > 0 && jobs[0].key.n > 0;

	if (!a->native || a->number == CRYPTO_AEAD_GCM_SIV_128 || (!own && !a->keyed) ||
		n < NATIVE_MANY)
		return -ENOTSUP;
	native_siv_many(own ? NULL : &a->siv, seal, jobs, n, crypto_aead_key_length(a->number));
	if (own)
		a->keyed = false;
	return 0;
}

void gnutls_backend_aead_destroy(struct aead *a)
{
	if (!a)
		return;
	crypto_wipe(a, sizeof(*a));
	free(a);
}
