/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTP requests of any fields, some of them with a right cookie and authenticator: no reply is
 * longer than its request. A program of field types and lengths says what a request is made of.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/serve/responder.h"
#include "test/unit/responder_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A server and the session of a client. */
struct world {
	const struct crypto_backend *b;
	struct cookie_ring *ring;
	struct responder_auth auth;
	struct cookie_session session;
	struct aead *client;
	uint8_t cookie[COOKIE_MAX];
	size_t n_cookie;
};

static void start(struct world *w)
{
	uint8_t random[COOKIE_KEY_RANDOM] = {1, 2, 3, 4, 5}, nonce[CRYPTO_AEAD_NONCE_MAX] = {1};
	struct cookie_keyset set = {0};
	int length;

	w->b = crypto_backends[0];
	w->session = (struct cookie_session){.aead = 15, .c2s = {1}, .s2c = {2}};
	for (size_t i = 0; i < COOKIE_KEYS; i++)
		set.keys[i] = cookie_key_make(i ? &set.keys[i - 1] : NULL, 15, random);
	if (cookie_ring_create(w->b, &w->ring) != 0 || cookie_ring_set(w->ring, &set) != 0 ||
		nts_guard_create(w->b, w->ring, &w->auth.nts) != 0 ||
		w->b->aead_create(15, &w->client) != 0 ||
		w->b->aead_rekey(w->client, (struct span){w->session.c2s, 32}) != 0)
		abort();
	length = cookie_ring_seal(w->ring, nonce, &w->session, w->cookie, sizeof(w->cookie));
	if (length < 0)
		abort();
	w->n_cookie = (size_t)length;
}

/* Appends what two bytes of the program ask for. */
static void append(struct world *w, struct writer *x, uint8_t what, uint8_t size)
{
	static const uint8_t body[1024];
	uint8_t nonce[32] = {size}, plain[1024] = {3, 4, 0, 104};
	size_t hidden = (size_t)(what >> 4) * 104, n_nonce = 1 + size % 31;
	struct span ad = {x->p, x->n};
	uint8_t *place;

	switch (what & 7) {
	case 0:
		nts_field_write(x, NTS_FIELD_UNIQUE_ID, (struct span){body, size});
		break;
	case 1:
		nts_field_write(x, NTS_FIELD_COOKIE, (struct span){w->cookie, w->n_cookie});
		break;
	case 2:
		nts_field_write_placeholder(x, size < 200 ? w->n_cookie : size);
		break;
	case 3:
		nts_field_write(x, (uint16_t)(what << 8), (struct span){body, 4 * (size_t)size});
		break;
	case 4:
		for (size_t i = 104; i + 4 <= hidden && i + 4 <= sizeof(plain); i += 104)
			memcpy(plain + i, plain, 4);
		hidden = hidden <= sizeof(plain) - 104 ? hidden : 0;
		place = nts_field_write_authenticator(x, (struct span){nonce, n_nonce},
			hidden + CRYPTO_AEAD_TAG, (size_t)(size & 0x1c));
		if (place)
			w->b->aead_seal(w->client, (struct span){nonce, n_nonce}, ad,
				(struct span){plain, hidden}, place, hidden + CRYPTO_AEAD_TAG);
		break;
	default:
		write_u8(x, size);
		break;
	}
}

static void answer(struct world *w, const uint8_t *p, size_t n)
{
	static const struct responder_snapshot now = {
		.served = {.synchronised = true, .stratum = 2, .precision = -24}};
	static const struct responder_random random = {.stamps = 77};
	struct endpoint peer = {.address = {ADDRESS_IP4, {192, 0, 2, 7}}, .port = 4000};
	struct address us = {ADDRESS_IP4, {192, 0, 2, 1}};
	struct responder_stamps stamps = {.receive = 1, .transmit = 2};
	struct responder_request q;
	uint8_t reply[PACKET_ROOM];
	int length = 0;

	if (responder_admit((struct span){p, n}, &peer, &us, 123, true, &q) != RESPONDER_ANSWER)
		return;
	switch (responder_one_check(&w->auth, &q)) {
	case RESPONDER_ANSWER:
		length = responder_one_reply(
			&q, &now, &stamps, &random, &w->auth, reply, sizeof(reply));
		break;
	case RESPONDER_NAK:
		length = responder_nak(&q, -24, &w->auth, reply, sizeof(reply));
		break;
	default:
		break;
	}
	if (length > 0 && (size_t)length > n)
		abort();
	if (w->auth.counts.replies > w->auth.counts.good ||
		w->auth.counts.made > 8 * w->auth.counts.replies)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world w;
	uint8_t p[PACKET_ROOM] = {0x23, 0, 6, 0x20};
	struct writer x = writer_on(p, sizeof(p));

	if (!crypto_has_aead(crypto_backends[0], 15))
		return 0;
	if (!w.b)
		start(&w);
	answer(&w, data, n);
	x.n = PACKET_HEADER;
	for (size_t i = 0; i + 1 < n && !x.bad; i += 2)
		append(&w, &x, data[i], data[i + 1]);
	answer(&w, p, x.n);
	return 0;
}
