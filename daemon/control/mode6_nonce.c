/* SPDX-License-Identifier: BSD-2-Clause */
/* When, and under a secret: to whom. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/control/mode6_nonce.h"

/* Digits of a nonce. */
#define DIGITS (MODE6_NONCE_TEXT - 1)

bool mode6_nonce_old(const struct mode6_nonces *n, int64_t raw)
{
	return !n->any || instant_diff_s(raw, n->since) >= MODE6_NONCE_SECRET;
}

void mode6_nonce_rekey(struct mode6_nonces *n, const uint8_t key[SIPHASH_KEY], int64_t raw)
{
	memcpy(n->key[1], n->any ? n->key[0] : key, SIPHASH_KEY);
	memcpy(n->key[0], key, SIPHASH_KEY);
	n->since = raw;
	n->any = true;
}

static void make(const uint8_t key[SIPHASH_KEY], const struct endpoint *client, uint64_t when,
	char ret[MODE6_NONCE_TEXT])
{
	uint8_t buffer[32];
	struct writer w = writer_on(buffer, sizeof(buffer));

	write_u64(&w, when);
	write_u8(&w, (uint8_t)client->address.family);
	write_bytes(&w, client->address.ip, sizeof(client->address.ip));
	write_u16(&w, client->port);
	write_u32(&w, client->scope);
	snprintf(ret, MODE6_NONCE_TEXT, "%016llx%08lx", (unsigned long long)when,
		(unsigned long)(siphash(key, w.p, w.n) >> 32));
}

void mode6_nonce_make(const struct mode6_nonces *n, const struct endpoint *client, uint64_t now,
	char ret[MODE6_NONCE_TEXT])
{
	make(n->key[0], client, now, ret);
}

static bool read_hex(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = text_hex_digit((char)p[i]);

		if (digit < 0)
			return false;
		v = v << 4 | (unsigned)digit;
	}
	*ret = v;
	return true;
}

bool mode6_nonce_good(const struct mode6_nonces *n, const struct endpoint *client, uint64_t now,
	struct span nonce)
{
	char right[MODE6_NONCE_TEXT];
	uint64_t when;
	int64_t age;

	if (!n->any || nonce.n != DIGITS || !read_hex(nonce.p, 16, &when))
		return false;
	age = instant_ntp_diff(now, when);
	if (age < 0 || age > MODE6_NONCE_LIFE * INSTANT_S)
		return false;
	for (int i = 0; i < 2; i++) {
		make(n->key[i], client, when, right);
		if (bytes_equal_secret((const uint8_t *)right, nonce.p, DIGITS))
			return true;
	}
	return false;
}
