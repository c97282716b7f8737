/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies sealed and opened. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/serve/cookie.h"

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

size_t cookie_length(const struct cookie_key *sealing, uint16_t session)
{
	size_t nonce = crypto_aead_nonce_length(sealing->aead);
	size_t key = crypto_aead_key_length(session), number = sealing->ntpd ? COOKIE_NUMBER : 0;

	return nonce > 0 && key > 0 ? COOKIE_KEY_ID + nonce + CRYPTO_AEAD_TAG + number + 2 * key
				    : 0;
}

/* What stands before a cookie's ciphertext is authenticated in ntpd's form. */
static struct span head_of(const struct cookie_key *key, const uint8_t *cookie)
{
	size_t n = COOKIE_KEY_ID + crypto_aead_nonce_length(key->aead);

	return key->ntpd ? (struct span){cookie, n} : (struct span){0};
}

/* The plaintext. Returns its length. */
static size_t pack(const struct cookie_key *key, const struct cookie_session *session, uint8_t *ret)
{
	size_t n = crypto_aead_key_length(session->aead), at = 0;
	uint32_t number = session->aead;

	if (key->ntpd) {
		memcpy(ret, &number, COOKIE_NUMBER);
		at = COOKIE_NUMBER;
	}
	memcpy(ret + at, session->c2s, n);
	memcpy(ret + at + n, session->s2c, n);
	return at + 2 * n;
}

/* The other way. Returns 0 or -EBADMSG. */
static int unpack(
	const struct cookie_key *key, const uint8_t *p, size_t n, struct cookie_session *ret)
{
	size_t at = key->ntpd ? COOKIE_NUMBER : 0, length;
	uint32_t number;

	if (n <= at || session_of_length(n - at) == 0)
		return -EBADMSG;
	ret->aead = session_of_length(n - at);
	length = (n - at) / 2;
	memcpy(&number, p, COOKIE_NUMBER);
	if (key->ntpd && number != ret->aead)
		return -EBADMSG;
	memcpy(ret->c2s, p + at, length);
	memcpy(ret->s2c, p + at + length, length);
	return 0;
}

uint32_t cookie_key_id(struct span cookie)
{
	struct reader r = reader_on(cookie.p, cookie.n);

	return read_u32(&r);
}

int cookie_seal_begin(const struct cookie_key *key, const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX],
	const struct cookie_session *session, uint8_t plain[COOKIE_PLAIN_MAX], uint8_t *ret,
	size_t room, struct aead_job *ret_job)
{
	size_t n_nonce = crypto_aead_nonce_length(key->aead);
	size_t n_key = crypto_aead_key_length(session->aead);
	struct writer w = writer_on(ret, room);

	if (n_nonce == 0 || n_key == 0)
		return -EINVAL;
	write_u32(&w, key->id);
	write_bytes(&w, nonce, n_nonce);
	if (w.bad)
		return -ENOSPC;
	*ret_job = (struct aead_job){.nonce = {nonce, n_nonce},
		.ad = head_of(key, ret),
		.text = {plain, pack(key, session, plain)},
		.ret = ret + w.n,
		.room = room - w.n};
	return (int)w.n;
}

int cookie_open_begin(const struct cookie_key *key, struct span cookie,
	uint8_t plain[COOKIE_PLAIN_MAX], struct aead_job *ret_job)
{
	struct reader r = reader_on(cookie.p, cookie.n);
	struct span nonce, sealed;

	if (read_u32(&r) != key->id)
		return -EBADMSG;
	nonce = read_span(&r, crypto_aead_nonce_length(key->aead));
	sealed = read_span(&r, r.left);
	if (r.bad || sealed.n < CRYPTO_AEAD_TAG || sealed.n > CRYPTO_AEAD_TAG + COOKIE_PLAIN_MAX)
		return -EBADMSG;
	*ret_job = (struct aead_job){.nonce = nonce,
		.ad = head_of(key, cookie.p),
		.text = sealed,
		.ret = plain,
		.room = COOKIE_PLAIN_MAX};
	return 0;
}

int cookie_open_end(
	const struct cookie_key *key, const struct aead_job *job, struct cookie_session *ret)
{
	return job->result < 0 ? -EBADMSG : unpack(key, job->ret, (size_t)job->result, ret);
}
