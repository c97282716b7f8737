/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys from keys: HMAC (RFC 2104) and HKDF (RFC 5869) over a backend's SHA-256, and the wiping of
 * what is no longer needed.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "backends/crypto.h"

#define HASH  32 /* bytes of a SHA-256 */
#define BLOCK 64 /* bytes it takes at once */
/* Previous block, info and counter, as much of them as is taken. */
#define INPUT_MAX 1024

void crypto_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	/* For all that the compiler knows somebody reads it now. */
	__asm__ volatile("" : : "r"(p) : "memory");
}

static int hmac(const struct crypto_backend *b, struct span key, struct span data, uint8_t *ret)
{
	uint8_t block[BLOCK] = {0}, inner[HASH];
	struct span none = {block, 0};
	int r;

	if (key.n > BLOCK)
		r = b->mac(CRYPTO_SHA256, none, key, block, BLOCK);
	else
		r = 0;
	if (key.n > 0 && key.n <= BLOCK)
		memcpy(block, key.p, key.n);
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= 0x36;
	if (r >= 0)
		r = b->mac(CRYPTO_SHA256, (struct span){block, BLOCK}, data, inner, HASH);
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	if (r >= 0)
		r = b->mac(CRYPTO_SHA256, (struct span){block, BLOCK}, (struct span){inner, HASH},
			ret, HASH);
	crypto_wipe(block, sizeof(block));
	crypto_wipe(inner, sizeof(inner));
	return r < 0 ? r : 0;
}

/* One block: T(i) = HMAC(PRK, T(i-1) | info | i), RFC 5869 2.3. */
static int expand(const struct crypto_backend *b, const uint8_t *prk, const struct writer *before,
	struct span info, uint8_t i, uint8_t *ret)
{
	uint8_t input[INPUT_MAX];
	struct writer w = writer_on(input, sizeof(input));
	int r;

	write_bytes(&w, before->p, before->n);
	write_bytes(&w, info.p, info.n);
	write_u8(&w, i);
	if (w.bad)
		return -EINVAL;
	r = hmac(b, (struct span){prk, HASH}, (struct span){input, w.n}, ret);
	crypto_wipe(input, sizeof(input));
	return r;
}

int crypto_hkdf(const struct crypto_backend *b, struct span salt, struct span secret,
	struct span info, uint8_t *ret, size_t n)
{
	uint8_t prk[HASH], block[HASH], next[HASH];
	struct writer before = writer_on(block, sizeof(block));
	size_t done = 0;
	int r;

	if (n > 255 * HASH || info.n > INPUT_MAX - HASH - 1)
		return -EINVAL;
	r = hmac(b, salt, secret, prk);
	for (uint8_t i = 1; r == 0 && done < n; i++) {
		size_t part = n - done < HASH ? n - done : HASH;

		r = expand(b, prk, &before, info, i, next);
		if (r < 0)
			break;
		before.n = 0;
		write_bytes(&before, next, HASH);
		memcpy(ret + done, next, part);
		done += part;
	}
	crypto_wipe(prk, sizeof(prk));
	crypto_wipe(block, sizeof(block));
	crypto_wipe(next, sizeof(next));
	return r;
}
