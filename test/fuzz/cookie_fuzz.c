/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a cookie, and any change of a good one: nothing but what was sealed is opened. The
 * first byte says which it is.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/serve/cookie_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct cookie_ring *make_ring(const struct crypto_backend *b)
{
	struct cookie_ring *ring = NULL;
	struct cookie_keyset set = {0};
	uint8_t random[COOKIE_KEY_RANDOM] = {1, 2, 3, 4, 5};

	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		random[COOKIE_KEY_ID] = (uint8_t)i;
		set.keys[i] = cookie_key_make(i ? &set.keys[i - 1] : NULL, 15, random);
	}
	if (cookie_ring_create(b, &ring) != 0 || cookie_ring_set(ring, &set) != 0)
		abort();
	return ring;
}

/* Lays data over a good cookie by exclusive or; only no change at all may be opened. */
static void spoil(struct cookie_ring *ring, const uint8_t *data, size_t n)
{
	static const uint8_t nonce[CRYPTO_AEAD_NONCE_MAX] = {9, 8, 7};
	struct cookie_session s = {.aead = 17, .c2s = {1}, .s2c = {2}}, got;
	uint8_t cookie[COOKIE_MAX];
	int length = cookie_ring_seal(ring, nonce, &s, cookie, sizeof(cookie));
	enum cookie_age age;
	bool changed = false;

	if (length < 0)
		abort();
	for (size_t i = 0; i < n && i < (size_t)length; i++) {
		cookie[i] ^= data[i];
		changed = changed || data[i] != 0;
	}
	if ((cookie_ring_open(ring, (struct span){cookie, (size_t)length}, &got, &age) == 0) ==
		changed)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct cookie_ring *ring;
	const struct crypto_backend *b = crypto_backends[0];
	struct cookie_session got;
	enum cookie_age age;

	if (!crypto_has_aead(b, 15))
		return 0;
	if (!ring)
		ring = make_ring(b);
	if (n == 0)
		return 0;
	if (data[0] & 1)
		spoil(ring, data + 1, n - 1);
	else if (cookie_ring_open(ring, (struct span){data + 1, n - 1}, &got, &age) == 0)
		abort();
	return 0;
}
