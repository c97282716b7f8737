/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTS fields of a packet. What is found must lie inside it and, written again, be the packet;
 * whatever is in an authenticator that is right is taken apart too.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/protocol/nts_packet.h"
#include "daemon/wire/nts_field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool lies_in(struct span part, struct span whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* A cipher that encrypts nothing and finds every tag right: so the fuzzer writes the inside. */
static int open_anything(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room)
{
	(void)a;
	(void)nonce;
	(void)ad;
	if (sealed.n < CRYPTO_AEAD_TAG || sealed.n - CRYPTO_AEAD_TAG > room)
		return -1;
	memcpy(ret, sealed.p, sealed.n - CRYPTO_AEAD_TAG);
	return (int)(sealed.n - CRYPTO_AEAD_TAG);
}

/* An authenticator of these parts is the one that was found. */
static void check_authenticator(const struct nts_fields *f)
{
	uint8_t again[PACKET_ROOM];
	struct writer w = writer_on(again, sizeof(again));
	const uint8_t *start = f->associated.p + f->associated.n;
	uint8_t *place = nts_field_write_authenticator(&w, f->nonce, f->ciphertext.n, 0);

	require(place != NULL);
	require(memcmp(start, again, 2) == 0);
	require(memcmp(start + 4, again + 4, 4 + f->nonce.n) == 0);
	require(f->ciphertext.p - start == place - again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct crypto_backend fake = {.aead_open = open_anything};
	struct nts_packet_cipher cipher = {.crypto = &fake};
	struct nts_cookie cookies[NTS_COOKIES];
	struct span packet = {data, size};
	struct packet_trailer t;
	struct nts_fields f;
	struct packet p;
	int n;

	if (size > PACKET_ROOM || packet_decode(packet, &p) < 0 ||
		packet_split(packet, p.version, &t) < 0 || nts_fields_find(&t, &f) < 0)
		return 0;
	require(lies_in(f.unique_id, packet) && lies_in(f.cookie, packet));
	require(lies_in(f.associated, packet) && lies_in(f.nonce, packet));
	require(lies_in(f.ciphertext, packet));
	require(f.placeholders <= size / PACKET_FIELD_MIN);
	require(f.cookie.n == 0 || f.authenticated);
	if (!f.authenticated)
		return 0;
	require(f.associated.n >= PACKET_HEADER && f.associated.n % 4 == 0);
	check_authenticator(&f);
	n = nts_packet_open(&cipher, &f, cookies);
	require(n <= NTS_COOKIES);
	for (int i = 0; i < n; i++)
		require(cookies[i].n > 0 && cookies[i].n <= NTS_COOKIE_MAX);
	return 0;
}
