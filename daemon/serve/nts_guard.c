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

/* What is to be done for one packet of several. */
struct work {
	uint16_t aead; /* 0: nothing */
	struct aead_job job;
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

/* Does those jobs that are of an algorithm, with keys of their own; it takes their results back. */
static void do_jobs(
	struct nts_guard *p, const struct cipher *c, bool seal, struct work *w, size_t n)
{
	struct aead_job jobs[NTS_GUARD_MANY];
	size_t which[NTS_GUARD_MANY], n_jobs = 0;

	for (size_t i = 0; i < n; i++) {
		if (w[i].aead != c->number)
			continue;
		jobs[n_jobs] = w[i].job;
		which[n_jobs++] = i;
	}
	if (n_jobs == 0 || !c->aead)
		return;
	crypto_aead_many(p->crypto, c->aead, seal, jobs, n_jobs);
	for (size_t j = 0; j < n_jobs; j++)
		w[which[j]].job.result = jobs[j].result;
}

static void do_work(struct nts_guard *p, bool seal, struct work *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w[i].job.result = -ENOTSUP;
	for (size_t i = 0; i < sizeof(p->ciphers) / sizeof(p->ciphers[0]); i++)
		do_jobs(p, &p->ciphers[i], seal, w, n);
}

static struct span key_of(uint16_t aead, const uint8_t *key)
{
	return (struct span){key, crypto_aead_key_length(aead)};
}

/* Opens the cookies. Those that did not open have no algorithm after that. */
static void open_cookies(struct nts_guard *p, struct nts_guard_opening *const *o, size_t n,
	struct nts_guard_counts *counts)
{
	struct cookie_opening c[NTS_GUARD_MANY];

	for (size_t i = 0; i < n; i++)
		c[i] = (struct cookie_opening){
			.cookie = o[i]->fields->cookie, .session = &o[i]->request->session};
	cookie_ring_open_many(p->ring, c, n);
	for (size_t i = 0; i < n; i++) {
		if (c[i].result == 0)
			counts->opened[c[i].age]++;
		else if (c[i].result == -ENOENT)
			counts->unknown++;
		else
			counts->broken++;
		if (c[i].result < 0)
			o[i]->request->session.aead = 0;
	}
}

/* The job of an authenticator; none where the cookie did not open, or where without its padding a
 * nonce of ours could make the reply the longer one. */
static struct work authenticator(const struct nts_guard_opening *o, uint8_t plain[PACKET_ROOM])
{
	const struct nts_fields *f = o->fields;
	const struct cookie_session *session = &o->request->session;

	if (session->aead == 0 || !nts_fields_padded(f, crypto_aead_nonce_length(session->aead)))
		return (struct work){.aead = 0};
	return (struct work){.aead = session->aead,
		.job = {.key = key_of(session->aead, session->c2s),
			.nonce = f->nonce,
			.ad = f->associated,
			.text = f->ciphertext,
			.ret = plain,
			.room = PACKET_ROOM}};
}

/* What an opened authenticator makes of a request. */
static void conclude(
	struct nts_guard_opening *o, const struct work *w, struct nts_guard_counts *counts)
{
	size_t wanted;

	if (w->job.result < 0) {
		counts->bad++;
		crypto_wipe(o->request, sizeof(*o->request));
		o->verdict = NTS_GUARD_NAK;
		return;
	}
	counts->good++;
	/* Placeholders may be among the encrypted fields too. */
	wanted = 1 + o->fields->placeholders +
		 nts_fields_placeholders(
			 (struct span){w->job.ret, (size_t)w->job.result}, o->fields->cookie.n);
	o->request->cookies = wanted < NTS_COOKIES ? (unsigned)wanted : NTS_COOKIES;
	o->request->unique_id = o->fields->unique_id;
	o->verdict = NTS_GUARD_GOOD;
}

void nts_guard_open(
	struct nts_guard *p, struct nts_guard_opening *o, size_t n, struct nts_guard_counts *counts)
{
	struct nts_guard_opening *whole[NTS_GUARD_MANY];
	struct work w[NTS_GUARD_MANY];
	uint8_t plain[NTS_GUARD_MANY][PACKET_ROOM];
	size_t n_whole = 0;

	for (size_t i = 0; i < n; i++) {
		const struct nts_fields *f = o[i].fields;

		*o[i].request = (struct nts_guard_request){.cookies = 0};
		o[i].verdict = NTS_GUARD_DROP;
		if (f->unique_id.n >= NTS_UNIQUE_ID_MIN && f->cookie.n > 0 && f->authenticated)
			whole[n_whole++] = &o[i];
	}
	open_cookies(p, whole, n_whole, counts);
	for (size_t i = 0; i < n_whole; i++)
		w[i] = authenticator(whole[i], plain[i]);
	do_work(p, false, w, n_whole);
	for (size_t i = 0; i < n_whole; i++)
		conclude(whole[i], &w[i], counts);
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

/* A reply in the making. */
struct reply {
	size_t first, n;            /* of its cookies among those of all */
	size_t length;              /* of the fields that hold them */
	uint8_t fields[FIELDS_MAX]; /* encrypted in the end */
};

/* Lays out the fields of a reply's cookies, and appends them to those to be sealed. */
static int lay_cookies(struct nts_guard *p, const struct nts_guard_sealing *s, struct reply *r,
	struct cookie_sealing *cookies, size_t *io_n)
{
	const struct cookie_keyset *set = cookie_ring_get(p->ring);
	uint16_t aead = s->request->session.aead;
	struct writer w = writer_on(r->fields, sizeof(r->fields));
	size_t length = set ? cookie_length(&set->keys[COOKIE_CURRENT], aead) : 0;

	r->first = *io_n;
	r->n = cookies_that_fit(
		p, s->request, crypto_aead_nonce_length(aead), s->w->room - s->w->n);
	for (size_t i = 0; i < r->n; i++) {
		uint8_t *place = nts_field_reserve(&w, NTS_FIELD_COOKIE, length);

		if (!place)
			return -ENOSPC;
		cookies[(*io_n)++] = (struct cookie_sealing){
			.nonce = s->random + (1 + i) * CRYPTO_AEAD_NONCE_MAX,
			.session = &s->request->session,
			.ret = place,
			.room = length};
	}
	r->length = w.n;
	return 0;
}

/* The authenticator of a reply whose cookies are made. */
static int lay_authenticator(const struct nts_guard_sealing *s, const struct reply *r,
	const struct cookie_sealing *cookies, struct work *ret)
{
	uint16_t aead = s->request->session.aead;
	struct span nonce = {s->random, crypto_aead_nonce_length(aead)};
	struct span associated = {s->w->p, s->w->n};
	size_t length = r->length + CRYPTO_AEAD_TAG;
	uint8_t *place;

	for (size_t i = 0; i < r->n; i++)
		if (cookies[r->first + i].result < 0)
			return cookies[r->first + i].result;
	place = nts_field_write_authenticator(s->w, nonce, length,
		padding_for(nts_authenticator_length(nonce.n, length), s->w->room - s->w->n));
	if (!place)
		return -ENOSPC;
	*ret = (struct work){.aead = aead,
		.job = {.key = key_of(aead, s->request->session.s2c),
			.nonce = nonce,
			.ad = associated,
			.text = {r->fields, r->length},
			.ret = place,
			.room = length}};
	return 0;
}

void nts_guard_seal(
	struct nts_guard *p, struct nts_guard_sealing *s, size_t n, struct nts_guard_counts *counts)
{
	struct cookie_sealing cookies[NTS_GUARD_MANY * NTS_COOKIES];
	struct reply replies[NTS_GUARD_MANY];
	struct work w[NTS_GUARD_MANY];
	size_t n_cookies = 0;

	for (size_t i = 0; i < n; i++) {
		nts_field_write(s[i].w, NTS_FIELD_UNIQUE_ID, s[i].request->unique_id);
		s[i].result = s[i].w->bad ? -ENOSPC
					  : lay_cookies(p, &s[i], &replies[i], cookies, &n_cookies);
	}
	cookie_ring_seal_many(p->ring, cookies, n_cookies);
	for (size_t i = 0; i < n; i++) {
		w[i].aead = 0;
		if (s[i].result == 0)
			s[i].result = lay_authenticator(&s[i], &replies[i], cookies, &w[i]);
	}
	do_work(p, true, w, n);
	for (size_t i = 0; i < n; i++) {
		if (s[i].result == 0 && w[i].job.result < 0)
			s[i].result = w[i].job.result;
		counts->replies += s[i].result == 0;
		counts->made += s[i].result == 0 ? replies[i].n : 0;
	}
}
