/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's half of NTS in NTP packets.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "daemon/protocol/nts_packet.h"

unsigned nts_packet_placeholders(size_t cookies_left, size_t cookie, size_t nonce, size_t room)
{
	size_t length = PACKET_HEADER + nts_field_length(NTS_UNIQUE_ID) + nts_field_length(cookie) +
			nts_authenticator_length(nonce, CRYPTO_AEAD_TAG);
	size_t wanted = cookies_left < NTS_COOKIES ? NTS_COOKIES - 1 - cookies_left : 0;
	size_t fitting = length < room ? (room - length) / nts_field_length(cookie) : 0;

	return (unsigned)(wanted < fitting ? wanted : fitting);
}

int nts_packet_seal(const struct nts_packet_cipher *c, const struct nts_packet_request *r,
	uint8_t *packet, size_t *io_n, size_t room)
{
	struct writer w = writer_on(packet, room);
	struct span associated, nothing = {0};
	uint8_t *place;
	int n;

	w.n = *io_n;
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, r->unique_id);
	nts_field_write(&w, NTS_FIELD_COOKIE, (struct span){r->cookie->bytes, r->cookie->n});
	for (unsigned i = 0; i < r->placeholders; i++)
		nts_field_write_placeholder(&w, r->cookie->n);
	associated = (struct span){packet, w.n};
	place = nts_field_write_authenticator(&w, r->nonce, CRYPTO_AEAD_TAG, 0);
	if (!place)
		return -ENOSPC;
	n = c->crypto->aead_seal(c->aead, r->nonce, associated, nothing, place, CRYPTO_AEAD_TAG);
	if (n < 0)
		return n;
	*io_n = w.n;
	return 0;
}

int nts_packet_open(
	const struct nts_packet_cipher *c, const struct nts_fields *f, struct nts_cookie *ret)
{
	uint8_t plain[PACKET_ROOM];
	struct packet_field field;
	struct span left;
	int found = 0, n;

	n = c->crypto->aead_open(
		c->aead, f->nonce, f->associated, f->ciphertext, plain, sizeof(plain));
	if (n < 0)
		return -EBADMSG;
	left = (struct span){plain, (size_t)n};
	while (packet_next_field(&left, &field)) {
		if (field.type != NTS_FIELD_COOKIE || field.body.n > NTS_COOKIE_MAX ||
			found == NTS_COOKIES)
			continue;
		ret[found].n = (uint16_t)field.body.n;
		memcpy(ret[found++].bytes, field.body.p, field.body.n);
	}
	crypto_wipe(plain, (size_t)n);
	return left.n > 0 ? -EBADMSG : found;
}
