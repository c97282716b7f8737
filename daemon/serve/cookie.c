/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies sealed and opened. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/serve/cookie.h"

#define SESSION_MAX (2 * (size_t)CRYPTO_AEAD_KEY_MAX)

/* The algorithms have keys of different lengths, so the length says which it is. */
static uint16_t session_of_length(size_t n)
{
	static const uint16_t numbers[] = {CRYPTO_AEAD_SIV_256, CRYPTO_AEAD_SIV_384,
		CRYPTO_AEAD_SIV_512, CRYPTO_AEAD_GCM_SIV_128};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (2 * crypto_aead_key_length(numbers[i]) == n)
			return numbers[i];
	return 0;
}

size_t cookie_length(uint16_t sealing, uint16_t session)
{
	size_t nonce = crypto_aead_nonce_length(sealing), key = crypto_aead_key_length(session);

	return nonce > 0 && key > 0 ? COOKIE_KEY_ID + nonce + CRYPTO_AEAD_TAG + 2 * key : 0;
}

uint32_t cookie_key_id(struct span cookie)
{
	struct reader r = reader_on(cookie.p, cookie.n);

	return read_u32(&r);
}

int cookie_seal(const struct crypto_backend *crypto, struct aead *a, const struct cookie_key *key,
	const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX], const struct cookie_session *session,
	uint8_t *ret, size_t room)
{
	size_t n_nonce = crypto_aead_nonce_length(key->aead);
	size_t n_key = crypto_aead_key_length(session->aead);
	struct writer w = writer_on(ret, room);
	uint8_t plain[SESSION_MAX];
	int n;

	if (n_nonce == 0 || n_key == 0)
		return -EINVAL;
	write_u32(&w, key->id);
	write_bytes(&w, nonce, n_nonce);
	if (w.bad)
		return -ENOSPC;
	memcpy(plain, session->c2s, n_key);
	memcpy(plain + n_key, session->s2c, n_key);
	n = crypto->aead_seal(a, (struct span){nonce, n_nonce}, (struct span){0},
		(struct span){plain, 2 * n_key}, ret + w.n, room - w.n);
	crypto_wipe(plain, sizeof(plain));
	return n < 0 ? n : (int)w.n + n;
}

int cookie_open(const struct crypto_backend *crypto, struct aead *a, const struct cookie_key *key,
	struct span cookie, struct cookie_session *ret)
{
	struct reader r = reader_on(cookie.p, cookie.n);
	uint8_t plain[SESSION_MAX];
	struct span nonce, sealed;
	size_t n_key;
	int n;

	if (read_u32(&r) != key->id)
		return -EBADMSG;
	nonce = read_span(&r, crypto_aead_nonce_length(key->aead));
	sealed = read_span(&r, r.left);
	if (r.bad || sealed.n < CRYPTO_AEAD_TAG || sealed.n > CRYPTO_AEAD_TAG + SESSION_MAX)
		return -EBADMSG;
	n = crypto->aead_open(a, nonce, (struct span){0}, sealed, plain, sizeof(plain));
	if (n < 0 || session_of_length((size_t)n) == 0)
		return -EBADMSG;
	n_key = (size_t)n / 2;
	ret->aead = session_of_length((size_t)n);
	memcpy(ret->c2s, plain, n_key);
	memcpy(ret->s2c, plain + n_key, n_key);
	crypto_wipe(plain, sizeof(plain));
	return 0;
}
