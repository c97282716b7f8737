/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests opened and replies sealed. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/nts_guard.h"

/* Fields inside the encrypted part, a cookie each. */
#define FIELDS_MAX (NTS_COOKIES * (NTS_FIELD_HEADER + COOKIE_MAX))

/* A context of an algorithm of sessions. */
struct cipher {
	uint16_t number;
	struct aead *aead; /**< NULL: the crypto library has it not */
};

struct nts_guard {
	const struct crypto_backend *crypto;
	struct cookie_ring *ring;
	struct cipher ciphers[4];
};

int nts_guard_create(
	const struct crypto_backend *crypto, struct cookie_ring *ring, struct nts_guard **ret)
{
	static const uint16_t numbers[] = {CRYPTO_AEAD_SIV_256, CRYPTO_AEAD_SIV_384,
		CRYPTO_AEAD_SIV_512, CRYPTO_AEAD_GCM_SIV_128};
	struct nts_guard *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->crypto = crypto;
	p->ring = ring;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct cipher *c = &p->ciphers[i];

		c->number = numbers[i];
		if (crypto->aead_create(c->number, &c->aead) == -ENOMEM) {
			nts_guard_destroy(p);
			return -ENOMEM;
		}
	}
	*ret = p;
	return 0;
}

void nts_guard_destroy(struct nts_guard *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < sizeof(p->ciphers) / sizeof(p->ciphers[0]); i++)
		if (p->ciphers[i].aead)
			p->crypto->aead_destroy(p->ciphers[i].aead);
	free(p);
}

/* The context of an algorithm with this key; NULL when it is not to be had. */
static struct aead *cipher_with(struct nts_guard *p, uint16_t number, const uint8_t *key)
{
	struct span bytes = {key, crypto_aead_key_length(number)};

	for (size_t i = 0; i < sizeof(p->ciphers) / sizeof(p->ciphers[0]); i++) {
		struct cipher *c = &p->ciphers[i];

		if (c->number == number && c->aead && p->crypto->aead_rekey(c->aead, bytes) == 0)
			return c->aead;
	}
	return NULL;
}

static bool open_cookie(struct nts_guard *p, struct span cookie, struct cookie_session *ret,
	struct nts_guard_counts *counts)
{
	enum cookie_age age;
	int r = cookie_ring_open(p->ring, cookie, ret, &age);

	if (r == 0)
		counts->opened[age]++;
	else if (r == -ENOENT)
		counts->unknown++;
	else
		counts->broken++;
	return r == 0;
}

/* Placeholders may be among the encrypted fields too. */
static unsigned count_placeholders(struct span fields, size_t length)
{
	struct packet_field field;
	unsigned n = 0;

	while (packet_next_field(&fields, &field))
		n += field.type == NTS_FIELD_PLACEHOLDER && field.body.n == length;
	return n;
}

/* Checks the authenticator. Returns the number of encrypted placeholders, or -EBADMSG. */
static int open_fields(
	struct nts_guard *p, const struct nts_fields *f, const struct cookie_session *session)
{
	struct aead *a = cipher_with(p, session->aead, session->c2s);
	uint8_t plain[PACKET_ROOM];
	int n;

	/* Without this padding a nonce of ours could make the reply the longer one. */
	if (!a || !nts_fields_padded(f, crypto_aead_nonce_length(session->aead)))
		return -EBADMSG;
	n = p->crypto->aead_open(a, f->nonce, f->associated, f->ciphertext, plain, sizeof(plain));
	if (n < 0)
		return -EBADMSG;
	return (int)count_placeholders((struct span){plain, (size_t)n}, f->cookie.n);
}

enum nts_guard_verdict nts_guard_open(struct nts_guard *p, const struct nts_fields *fields,
	struct nts_guard_request *ret, struct nts_guard_counts *counts)
{
	struct nts_guard_request q = {.unique_id = fields->unique_id};
	int hidden = -EBADMSG;
	size_t wanted;

	if (fields->unique_id.n < NTS_UNIQUE_ID_MIN || fields->cookie.n == 0 ||
		!fields->authenticated)
		return NTS_GUARD_DROP;
	if (open_cookie(p, fields->cookie, &q.session, counts))
		hidden = open_fields(p, fields, &q.session);
	if (hidden < 0) {
		counts->bad++;
		crypto_wipe(&q, sizeof(q));
		return NTS_GUARD_NAK;
	}
	counts->good++;
	wanted = 1 + (size_t)hidden + fields->placeholders;
	q.cookies = wanted < NTS_COOKIES ? (unsigned)wanted : NTS_COOKIES;
	*ret = q;
	crypto_wipe(&q, sizeof(q));
	return NTS_GUARD_GOOD;
}

/* Writes n fields with a new cookie each. Returns their length, or -errno. */
static int make_cookies(struct nts_guard *p, const struct nts_guard_request *q,
	const uint8_t *random, size_t n, uint8_t *ret, size_t room)
{
	struct writer w = writer_on(ret, room);

	for (size_t i = 0; i < n; i++) {
		uint8_t cookie[COOKIE_MAX];
		int r = cookie_ring_seal(p->ring, random + i * CRYPTO_AEAD_NONCE_MAX, &q->session,
			cookie, sizeof(cookie));

		if (r < 0)
			return r;
		nts_field_write(&w, NTS_FIELD_COOKIE, (struct span){cookie, (size_t)r});
	}
	return w.bad ? -ENOSPC : (int)w.n;
}

/* How many cookies of q fit in room bytes. */
static size_t cookies_that_fit(
	struct nts_guard *p, const struct nts_guard_request *q, size_t nonce, size_t room)
{
	const struct cookie_keyset *set = cookie_ring_get(p->ring);
	size_t n = q->cookies, each;

	if (!set)
		return 0;
	each = nts_field_length(cookie_length(&set->keys[COOKIE_CURRENT], q->session.aead));
	while (n > 0 && nts_authenticator_length(nonce, n * each + CRYPTO_AEAD_TAG) > room)
		n--;
	return n;
}

/* What is left is filled, unless a field could not have the length. */
static size_t padding_for(size_t authenticator, size_t room)
{
	return room > authenticator ? (room - authenticator) & ~(size_t)3 : 0;
}

int nts_guard_seal(struct nts_guard *p, const struct nts_guard_request *q,
	const uint8_t random[NTS_GUARD_RANDOM], struct writer *w, struct nts_guard_counts *counts)
{
	size_t nonce = crypto_aead_nonce_length(q->session.aead), n, length;
	struct aead *a = cipher_with(p, q->session.aead, q->session.s2c);
	struct span associated;
	uint8_t fields[FIELDS_MAX], *place;
	int r;

	nts_field_write(w, NTS_FIELD_UNIQUE_ID, q->unique_id);
	if (!a || w->bad)
		return -ENOSPC;
	n = cookies_that_fit(p, q, nonce, w->room - w->n);
	r = make_cookies(p, q, random + CRYPTO_AEAD_NONCE_MAX, n, fields, sizeof(fields));
	if (r < 0)
		return r;
	length = (size_t)r + CRYPTO_AEAD_TAG;
	associated = (struct span){w->p, w->n};
	place = nts_field_write_authenticator(w, (struct span){random, nonce}, length,
		padding_for(nts_authenticator_length(nonce, length), w->room - w->n));
	if (!place)
		return -ENOSPC;
	r = p->crypto->aead_seal(a, (struct span){random, nonce}, associated,
		(struct span){fields, (size_t)r}, place, length);
	if (r < 0)
		return r;
	counts->replies++;
	counts->made += n;
	return 0;
}
