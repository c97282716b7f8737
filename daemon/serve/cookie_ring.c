/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookie keys with their ciphers, and their succession. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/serve/cookie_ring.h"

/* The two lowest bits of an ID are its slot, as chrony has it. */
#define SLOT_MASK UINT32_C(3)

/* Cookies sealed or opened at once. */
#define SOME 8

struct cookie_ring {
	const struct crypto_backend *crypto;
	struct cookie_keyset set;
	struct aead *ciphers[COOKIE_KEYS_ALL]; /**< by age; NULL: no such key */
	bool filled;
};

uint16_t cookie_ring_best_aead(const struct crypto_backend *crypto)
{
	return crypto_has_aead(crypto, CRYPTO_AEAD_GCM_SIV_128) ? CRYPTO_AEAD_GCM_SIV_128
								: CRYPTO_AEAD_SIV_256;
}

struct cookie_key cookie_key_make(
	const struct cookie_key *before, uint16_t aead, const uint8_t random[COOKIE_KEY_RANDOM])
{
	uint32_t slot = before ? (before->id + 1) & SLOT_MASK : 0;
	struct cookie_key key = {.aead = aead};

	key.id = (cookie_key_id((struct span){random, COOKIE_KEY_ID}) & ~SLOT_MASK) | slot;
	memcpy(key.bytes, random + COOKIE_KEY_ID, crypto_aead_key_length(aead));
	return key;
}

void cookie_keyset_rotate(struct cookie_keyset *set, const struct cookie_key *next)
{
	memmove(&set->keys[0], &set->keys[1], (COOKIE_KEYS - 1) * sizeof(set->keys[0]));
	set->keys[COOKIE_NEXT] = *next;
	set->age = 0;
}

void cookie_keyset_rotate_ntpd(struct cookie_keyset *set, const struct cookie_key *next)
{
	struct cookie_key *keys = set->keys;

	memmove(&keys[COOKIE_OLDER + 1], &keys[COOKIE_OLDER],
		(COOKIE_KEYS_ALL - COOKIE_OLDER - 1) * sizeof(*keys));
	keys[COOKIE_OLDER] = keys[COOKIE_OLD2];
	keys[COOKIE_OLD2] = keys[COOKIE_OLD];
	keys[COOKIE_OLD] = keys[COOKIE_CURRENT];
	keys[COOKIE_CURRENT] = *next;
	set->age = 0;
}

struct cookie_key cookie_key_make_ntpd(const uint8_t random[COOKIE_KEY_RANDOM])
{
	struct cookie_key key = {.id = cookie_key_id((struct span){random, COOKIE_KEY_ID}),
		.aead = CRYPTO_AEAD_SIV_256,
		.ntpd = true};

	memcpy(key.bytes, random + COOKIE_KEY_ID, crypto_aead_key_length(key.aead));
	return key;
}

static int derive_key(const struct crypto_backend *crypto, struct span secret, uint64_t period,
	struct cookie_key *ret)
{
	static const char purpose[] = "gnomon NTS cookie key";
	static const uint8_t no_salt[1];
	uint8_t info[sizeof(purpose) - 1 + 8], derived[COOKIE_KEY_RANDOM];
	struct cookie_key before = {.id = (uint32_t)(period - 1)};
	struct writer w = writer_on(info, sizeof(info));
	int r;

	write_bytes(&w, (const uint8_t *)purpose, sizeof(purpose) - 1);
	write_u64(&w, period);
	r = crypto_hkdf(crypto, (struct span){no_salt, 0}, secret, (struct span){info, w.n},
		derived, COOKIE_KEY_ID + crypto_aead_key_length(CRYPTO_AEAD_SIV_256));
	if (r < 0)
		return r;
	*ret = cookie_key_make(&before, CRYPTO_AEAD_SIV_256, derived);
	crypto_wipe(derived, sizeof(derived));
	return 0;
}

int cookie_keyset_derive(const struct crypto_backend *crypto, struct span secret, uint64_t period,
	struct cookie_keyset *ret)
{
	struct cookie_keyset set = {0};
	int r = secret.n < COOKIE_SECRET_MIN ? -EINVAL : 0;

	for (uint64_t i = 0; r == 0 && i < COOKIE_KEYS; i++)
		r = derive_key(crypto, secret, period + i - COOKIE_CURRENT, &set.keys[i]);
	if (r == 0)
		*ret = set;
	crypto_wipe(&set, sizeof(set));
	return r;
}

int cookie_ring_create(const struct crypto_backend *crypto, struct cookie_ring **ret)
{
	struct cookie_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	ring->crypto = crypto;
	*ret = ring;
	return 0;
}

static void destroy_ciphers(const struct crypto_backend *crypto, struct aead **ciphers)
{
	for (size_t i = 0; i < COOKIE_KEYS_ALL; i++)
		if (ciphers[i])
			crypto->aead_destroy(ciphers[i]);
}

void cookie_ring_destroy(struct cookie_ring *ring)
{
	if (!ring)
		return;
	destroy_ciphers(ring->crypto, ring->ciphers);
	crypto_wipe(&ring->set, sizeof(ring->set));
	free(ring);
}

static int make_cipher(
	const struct crypto_backend *crypto, const struct cookie_key *key, struct aead **ret)
{
	int r = crypto->aead_create ? crypto->aead_create(key->aead, ret) : -ENOTSUP;

	if (r < 0)
		return r;
	return crypto->aead_rekey(
		*ret, (struct span){key->bytes, crypto_aead_key_length(key->aead)});
}

int cookie_ring_set(struct cookie_ring *ring, const struct cookie_keyset *set)
{
	struct aead *ciphers[COOKIE_KEYS_ALL] = {NULL};

	for (size_t i = 0; i < COOKIE_KEYS_ALL; i++) {
		int r = set->keys[i].aead != 0
				? make_cipher(ring->crypto, &set->keys[i], &ciphers[i])
				: 0;

		if (r < 0) {
			destroy_ciphers(ring->crypto, ciphers);
			return r;
		}
	}
	destroy_ciphers(ring->crypto, ring->ciphers);
	memcpy(ring->ciphers, ciphers, sizeof(ciphers));
	ring->set = *set;
	ring->filled = true;
	return 0;
}

const struct cookie_keyset *cookie_ring_get(const struct cookie_ring *ring)
{
	return ring->filled ? &ring->set : NULL;
}

/* Seals some cookies. */
static void seal_some(struct cookie_ring *ring, struct cookie_sealing *c, size_t n)
{
	uint8_t plain[SOME][COOKIE_PLAIN_MAX];
	struct aead_job jobs[SOME];
	size_t which[SOME], n_jobs = 0;

	for (size_t i = 0; i < n; i++) {
		c[i].result = cookie_seal_begin(&ring->set.keys[COOKIE_CURRENT], c[i].nonce,
			c[i].session, plain[n_jobs], c[i].ret, c[i].room, &jobs[n_jobs]);
		if (c[i].result >= 0)
			which[n_jobs++] = i;
	}
	crypto_aead_many(ring->crypto, ring->ciphers[COOKIE_CURRENT], true, jobs, n_jobs);
	for (size_t j = 0; j < n_jobs; j++) {
		int *result = &c[which[j]].result;

		*result = jobs[j].result < 0 ? jobs[j].result : *result + jobs[j].result;
	}
	crypto_wipe(plain, n_jobs * sizeof(plain[0]));
}

void cookie_ring_seal_many(struct cookie_ring *ring, struct cookie_sealing *c, size_t n)
{
	for (size_t i = 0; !ring->filled && i < n; i++)
		c[i].result = -ENOENT;
	for (size_t i = 0; ring->filled && i < n; i += SOME)
		seal_some(ring, c + i, n - i < SOME ? n - i : SOME);
}

int cookie_ring_seal(struct cookie_ring *ring, const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX],
	const struct cookie_session *session, uint8_t *ret, size_t room)
{
	struct cookie_sealing c = {nonce, session, ret, room, 0};

	cookie_ring_seal_many(ring, &c, 1);
	return c.result;
}

/* Opens those of some cookies that a key sealed. */
static void open_some(struct cookie_ring *ring, size_t age, struct cookie_opening *c, size_t n)
{
	const struct cookie_key *key = &ring->set.keys[age];
	uint8_t plain[SOME][COOKIE_PLAIN_MAX];
	struct aead_job jobs[SOME];
	size_t which[SOME], n_jobs = 0;

	for (size_t i = 0; i < n; i++) {
		if (c[i].result != -ENOENT || cookie_key_id(c[i].cookie) != key->id)
			continue;
		c[i].result = cookie_open_begin(key, c[i].cookie, plain[n_jobs], &jobs[n_jobs]);
		if (c[i].result >= 0)
			which[n_jobs++] = i;
	}
	crypto_aead_many(ring->crypto, ring->ciphers[age], false, jobs, n_jobs);
	for (size_t j = 0; j < n_jobs; j++) {
		struct cookie_opening *o = &c[which[j]];

		o->result = cookie_open_end(key, &jobs[j], o->session);
		o->age = (enum cookie_age)age;
	}
	crypto_wipe(plain, n_jobs * sizeof(plain[0]));
}

void cookie_ring_open_many(struct cookie_ring *ring, struct cookie_opening *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		c[i].result = -ENOENT;
	for (size_t age = 0; age < COOKIE_KEYS_ALL; age++)
		for (size_t i = 0; ring->ciphers[age] && i < n; i += SOME)
			open_some(ring, age, c + i, n - i < SOME ? n - i : SOME);
}

int cookie_ring_open(struct cookie_ring *ring, struct span cookie, struct cookie_session *ret,
	enum cookie_age *ret_age)
{
	struct cookie_opening c = {.cookie = cookie, .session = ret};

	cookie_ring_open_many(ring, &c, 1);
	if (c.result == 0)
		*ret_age = c.age;
	return c.result;
}
