/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticated encryption by OpenSSL: SIV over the processor's AES where there is one, or over the
 * library's, whose contexts take a new key without fetching or allocating (its own SIV does both
 * for each key); and its GCM-SIV, which it has since 3.2.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "backends/openssl/backend.h"
#include "backends/native.h"

#define GCM_SIV_KEY   16
#define GCM_SIV_NONCE 12

/* Chained blocks are of no interest but the last: they are written here, so much at a time. */
#define CHAIN_MAX 512

struct aead {
	uint16_t number;
	bool keyed, failed, native;
	EVP_CIPHER_CTX *mac;    /* CBC; for GCM-SIV what it does all with */
	EVP_CIPHER_CTX *stream; /* CTR; GCM-SIV has none */
	struct siv siv;
	struct native_siv here; /* when native: then there are no contexts */
	EVP_CIPHER *gcm_siv;
	uint8_t gcm_key[GCM_SIV_KEY];
};

static void chain(void *keys, uint8_t *state, const uint8_t *p, size_t n)
{
	struct aead *a = keys;
	uint8_t out[CHAIN_MAX];
	int part = 0, made;

	if (EVP_EncryptInit_ex2(a->mac, NULL, NULL, state, NULL) != 1)
		a->failed = true;
	for (; n > 0 && !a->failed; p += part, n -= (size_t)part) {
		part = n < CHAIN_MAX ? (int)n : CHAIN_MAX;
		if (EVP_EncryptUpdate(a->mac, out, &made, p, part) != 1 || made != part)
			a->failed = true;
	}
	if (!a->failed && part > 0)
		memcpy(state, out + part - SIV_BLOCK, SIV_BLOCK);
}

static void count(void *keys, const uint8_t *counter, const uint8_t *p, uint8_t *ret, size_t n)
{
	struct aead *a = keys;
	int made;

	if (EVP_EncryptInit_ex2(a->stream, NULL, NULL, counter, NULL) != 1 ||
		EVP_EncryptUpdate(a->stream, ret, &made, p, (int)n) != 1 || made != (int)n)
		a->failed = true;
}

static const struct siv_cipher cipher = {chain, count};

/* A context for a cipher of this name, NULL when there is none; all fetching is done here. */
static EVP_CIPHER_CTX *context(const char *name)
{
	EVP_CIPHER *c = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ret = c ? EVP_CIPHER_CTX_new() : NULL;

	if (ret && (EVP_EncryptInit_ex2(ret, c, NULL, NULL, NULL) != 1 ||
			   EVP_CIPHER_CTX_set_padding(ret, 0) != 1)) {
		EVP_CIPHER_CTX_free(ret);
		ret = NULL;
	}
	EVP_CIPHER_free(c);
	return ret;
}

static bool is_siv(uint16_t number)
{
	return number == CRYPTO_AEAD_SIV_256 || number == CRYPTO_AEAD_SIV_384 ||
	       number == CRYPTO_AEAD_SIV_512;
}

int openssl_backend_aead_create(uint16_t number, struct aead **ret)
{
	struct aead *a = calloc(1, sizeof(*a));
	const char *mac = NULL, *stream = NULL;
	bool library = (number & CRYPTO_AEAD_BY_LIBRARY) != 0;

	if (!a)
		return -ENOMEM;
	number &= (uint16_t)~CRYPTO_AEAD_BY_LIBRARY;
	a->number = number;
	a->native = !library && native_is_here() && is_siv(number);
	if (a->native) {
		*ret = a;
		return 0;
	}
	switch (number) {
	case CRYPTO_AEAD_SIV_256:
		mac = "AES-128-CBC", stream = "AES-128-CTR";
		break;
	case CRYPTO_AEAD_SIV_384:
		mac = "AES-192-CBC", stream = "AES-192-CTR";
		break;
	case CRYPTO_AEAD_SIV_512:
		mac = "AES-256-CBC", stream = "AES-256-CTR";
		break;
	case CRYPTO_AEAD_GCM_SIV_128:
		a->gcm_siv = EVP_CIPHER_fetch(NULL, "AES-128-GCM-SIV", NULL);
		break;
	default:
		break;
	}
	if (a->gcm_siv)
		a->mac = EVP_CIPHER_CTX_new();
	else if (mac)
		a->mac = context(mac);
	if (stream)
		a->stream = context(stream);
	if (!a->mac || (stream && !a->stream)) {
		openssl_backend_aead_destroy(a);
		return -ENOTSUP;
	}
	*ret = a;
	return 0;
}

int openssl_backend_aead_rekey(struct aead *a, struct span key)
{
	size_t half = key.n / 2;

	if (key.n != crypto_aead_key_length(a->number))
		return -EINVAL;
	if (a->native) {
		native_siv_start(&a->siv, &a->here, key);
	} else if (a->stream) {
		a->failed = EVP_EncryptInit_ex2(a->mac, NULL, key.p, NULL, NULL) != 1 ||
			    EVP_EncryptInit_ex2(a->stream, NULL, key.p + half, NULL, NULL) != 1;
		siv_start(&a->siv, &cipher, a);
	} else {
		memcpy(a->gcm_key, key.p, GCM_SIV_KEY);
	}
	a->keyed = !a->failed;
	return a->failed ? -EINVAL : 0;
}

static bool may_be_used(const struct aead *a, struct span nonce, size_t n)
{
	return a->keyed && n <= INT_MAX - CRYPTO_AEAD_TAG &&
	       (is_siv(a->number) || nonce.n == GCM_SIV_NONCE);
}

/*
 * Makes a context new for one message. OpenSSL 3.5's, given a new key and nonce, still has the
 * associated data of the message before; and it takes a nonce together with the key only.
 */
static bool gcm_begin(struct aead *a, struct span nonce, bool seal)
{
	return EVP_CIPHER_CTX_reset(a->mac) == 1 &&
	       EVP_CipherInit_ex2(a->mac, a->gcm_siv, a->gcm_key, nonce.p, seal, NULL) == 1;
}

static int gcm_seal(
	struct aead *a, struct span nonce, struct span ad, struct span plain, uint8_t *ret)
{
	int n;

	if (!gcm_begin(a, nonce, true) ||
		(ad.n > 0 && EVP_EncryptUpdate(a->mac, NULL, &n, ad.p, (int)ad.n) != 1) ||
		(plain.n > 0 && EVP_EncryptUpdate(a->mac, ret, &n, plain.p, (int)plain.n) != 1) ||
		EVP_EncryptFinal_ex(a->mac, ret + plain.n, &n) != 1 ||
		EVP_CIPHER_CTX_ctrl(
			a->mac, EVP_CTRL_AEAD_GET_TAG, CRYPTO_AEAD_TAG, ret + plain.n) != 1)
		return -EIO;
	return 0;
}

static int gcm_open(
	struct aead *a, struct span nonce, struct span ad, struct span sealed, uint8_t *ret)
{
	int inside = (int)sealed.n - CRYPTO_AEAD_TAG, n;
	uint8_t tag[CRYPTO_AEAD_TAG];

	memcpy(tag, sealed.p + inside, sizeof(tag));
	if (gcm_begin(a, nonce, false) &&
		EVP_CIPHER_CTX_ctrl(a->mac, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
		(ad.n == 0 || EVP_DecryptUpdate(a->mac, NULL, &n, ad.p, (int)ad.n) == 1) &&
		(inside == 0 || EVP_DecryptUpdate(a->mac, ret, &n, sealed.p, inside) == 1) &&
		EVP_DecryptFinal_ex(a->mac, ret + inside, &n) == 1)
		return 0;
	crypto_wipe(ret, (size_t)inside);
	return -EBADMSG;
}

int openssl_backend_aead_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room)
{
	struct span parts[2];
	int r = 0;

	if (!may_be_used(a, nonce, plain.n))
		return -EINVAL;
	if (room < CRYPTO_AEAD_TAG || plain.n > room - CRYPTO_AEAD_TAG)
		return -ENOSPC;
	if (is_siv(a->number))
		siv_seal(&a->siv, parts, siv_parts(ad, nonce, parts), plain, ret);
	else
		r = gcm_seal(a, nonce, ad, plain, ret);
	/* The library refused what it has done before: nothing half encrypted goes out. */
	if (r < 0 || a->failed) {
		crypto_wipe(ret, plain.n + CRYPTO_AEAD_TAG);
		return -EIO;
	}
	return (int)(plain.n + CRYPTO_AEAD_TAG);
}

int openssl_backend_aead_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room)
{
	struct span parts[2];
	int r;

	if (!may_be_used(a, nonce, sealed.n))
		return -EINVAL;
	if (sealed.n < CRYPTO_AEAD_TAG)
		return -EBADMSG;
	if (sealed.n - CRYPTO_AEAD_TAG > room)
		return -ENOSPC;
	if (is_siv(a->number))
		r = siv_open(&a->siv, parts, siv_parts(ad, nonce, parts), sealed, ret);
	else
		r = gcm_open(a, nonce, ad, sealed, ret);
	if (a->failed)
		r = -EIO;
	return r < 0 ? r : (int)(sealed.n - CRYPTO_AEAD_TAG);
}

int openssl_backend_aead_many(struct aead *a, bool seal, struct aead_job *jobs, size_t n)
{
	bool own = n > 0 && jobs[0].key.n > 0;

	if (!a->native || (!own && !a->keyed) || n < NATIVE_MANY)
		return -ENOTSUP;
	native_siv_many(own ? NULL : &a->siv, seal, jobs, n, crypto_aead_key_length(a->number));
	if (own)
		a->keyed = false;
	return 0;
}

void openssl_backend_aead_destroy(struct aead *a)
{
	if (!a)
		return;
	EVP_CIPHER_CTX_free(a->mac);
	EVP_CIPHER_CTX_free(a->stream);
	EVP_CIPHER_free(a->gcm_siv);
	crypto_wipe(a, sizeof(*a));
	free(a);
}
