/* SPDX-License-Identifier: BSD-2-Clause */
/* The responder with NTS: every field that can be missing, spoilt, repeated or foreign. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/serve/responder.h"
#include "test/unit/responder_one.h"

#define RECEIVED (INT64_C(1795424846) * INSTANT_S)
#define SENT     (RECEIVED + 100000)

static const struct responder_snapshot in_sync = {
	.served = {.synchronised = true,
		.stratum = 3,
		.precision = -23,
		.refid = 0xc0000201,
		.reference_time = RECEIVED - 60 * INSTANT_S},
};

/* A server and a client that share a session. */
struct world {
	const struct crypto_backend *b;
	struct cookie_keyset set;
	struct cookie_ring *ring;
	struct nts_guard *guard;
	struct responder_auth auth;
	struct cookie_session session;
	struct aead *client;
	uint8_t cookie[COOKIE_MAX];
	size_t n_cookie;
	unsigned seed;
};

static void fill(struct world *w, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)((w->seed = w->seed * 1103515245 + 12345) >> 16);
}

static void start(struct world *w, const struct crypto_backend *b, uint16_t aead)
{
	uint8_t random[COOKIE_KEY_RANDOM], nonce[CRYPTO_AEAD_NONCE_MAX];

	*w = (struct world){.b = b, .seed = aead, .session.aead = aead};
	for (size_t i = 0; i < COOKIE_KEYS; i++) {
		fill(w, random, sizeof(random));
		w->set.keys[i] = cookie_key_make(i ? &w->set.keys[i - 1] : NULL, 15, random);
	}
	assert_int_equal(cookie_ring_create(b, &w->ring), 0);
	assert_int_equal(cookie_ring_set(w->ring, &w->set), 0);
	assert_int_equal(nts_guard_create(b, w->ring, &w->guard), 0);
	w->auth.nts = w->guard;
	fill(w, w->session.c2s, crypto_aead_key_length(aead));
	fill(w, w->session.s2c, crypto_aead_key_length(aead));
	fill(w, nonce, sizeof(nonce));
	w->n_cookie =
		(size_t)cookie_ring_seal(w->ring, nonce, &w->session, w->cookie, sizeof(w->cookie));
	assert_int_equal(b->aead_create(aead, &w->client), 0);
}

static void finish(struct world *w)
{
	w->b->aead_destroy(w->client);
	nts_guard_destroy(w->guard);
	cookie_ring_destroy(w->ring);
}

#define FOR_ALL(b)                                                                                 \
	for (size_t bi = 0; crypto_backends[bi]; bi++)                                             \
		for (const struct crypto_backend *b = crypto_backends[bi];                         \
			b && crypto_has_aead(b, 15); b = NULL)

/* What a request is made of. */
struct request {
	size_t unique_id, placeholders, placeholder_length; /* 0: as the cookie */
	size_t hidden;                                      /* placeholders, encrypted */
	size_t padding;                                     /* of the authenticator */
	size_t foreign; /* bytes of an unknown field before the authenticator */
	size_t nonce;   /* 0: as long as the algorithm wants */
	bool no_cookie, no_authenticator;
	int version, mode; /* 0: 4, 3 */
};

static size_t make(struct world *w, const struct request *q, uint8_t *ret, size_t room)
{
	struct packet p = {.version = q->version ? q->version : 4,
		.mode = q->mode ? (enum packet_mode)q->mode : PACKET_CLIENT,
		.poll = 6,
		.transmit = UINT64_C(0x0102030405060708)};
	size_t length = q->placeholder_length ? q->placeholder_length : w->n_cookie;
	size_t nonce_n = q->nonce ? q->nonce : crypto_aead_nonce_length(w->session.aead);
	uint8_t unique_id[1024], nonce[64], hidden[2048], *place;
	struct writer x = writer_on(ret, room), h = writer_on(hidden, sizeof(hidden));
	struct span ad;

	packet_encode(&p, ret);
	x.n = PACKET_HEADER;
	fill(w, unique_id, sizeof(unique_id));
	if (q->unique_id)
		nts_field_write(&x, NTS_FIELD_UNIQUE_ID, (struct span){unique_id, q->unique_id});
	if (!q->no_cookie)
		nts_field_write(&x, NTS_FIELD_COOKIE, (struct span){w->cookie, w->n_cookie});
	for (size_t i = 0; i < q->placeholders; i++)
		nts_field_write_placeholder(&x, length);
	if (q->foreign)
		nts_field_write(&x, 0x7777, (struct span){unique_id, q->foreign});
	for (size_t i = 0; i < q->hidden; i++)
		nts_field_write_placeholder(&h, length);
	ad = (struct span){ret, x.n};
	fill(w, nonce, sizeof(nonce));
	if (q->no_authenticator)
		return x.n;
	place = nts_field_write_authenticator(
		&x, (struct span){nonce, nonce_n}, h.n + CRYPTO_AEAD_TAG, q->padding);
	assert_non_null(place);
	assert_int_equal(
		w->b->aead_rekey(w->client,
			(struct span){w->session.c2s, crypto_aead_key_length(w->session.aead)}),
		0);
	assert_int_equal(w->b->aead_seal(w->client, (struct span){nonce, nonce_n}, ad,
				 (struct span){hidden, h.n}, place, h.n + CRYPTO_AEAD_TAG),
		h.n + CRYPTO_AEAD_TAG);
	assert_false(x.bad);
	return x.n;
}

static enum responder_verdict check(
	struct world *w, const uint8_t *p, size_t n, struct responder_request *q)
{
	struct endpoint peer = {.address = {ADDRESS_IP4, {192, 0, 2, 7}}, .port = 40000};
	struct address us = {ADDRESS_IP4, {192, 0, 2, 1}};
	struct responder_request got;
	enum responder_verdict verdict =
		responder_admit((struct span){p, n}, &peer, &us, 123, true, &got);

	if (verdict == RESPONDER_ANSWER)
		verdict = responder_one_check(&w->auth, &got);
	if (verdict == RESPONDER_ANSWER || verdict == RESPONDER_NAK)
		*q = got;
	return verdict;
}

/* What a client found in a reply. */
struct found {
	int n; /* length, or -errno */
	size_t cookies;
	uint8_t cookie[8][COOKIE_MAX];
};

static struct found read_reply(
	struct world *w, const uint8_t *p, int n, const uint8_t *unique_id, size_t n_unique_id)
{
	struct found f = {.n = n};
	struct packet_trailer t;
	struct nts_fields fields;
	struct packet packet;
	struct packet_field field;
	uint8_t plain[2048];
	struct span left;
	int opened;

	assert_int_equal(packet_decode((struct span){p, (size_t)n}, &packet), 0);
	assert_int_equal(packet.mode, PACKET_SERVER);
	assert_int_equal(packet.stratum, 3);
	assert_int_equal(packet.origin, UINT64_C(0x0102030405060708));
	assert_int_equal(packet_split((struct span){p, (size_t)n}, 4, &t), 0);
	assert_int_equal(nts_fields_find(&t, &fields), 0);
	assert_int_equal(fields.cookie.n, 0);
	assert_int_equal(fields.unique_id.n, n_unique_id);
	assert_memory_equal(fields.unique_id.p, unique_id, n_unique_id);
	assert_int_equal(
		w->b->aead_rekey(w->client,
			(struct span){w->session.s2c, crypto_aead_key_length(w->session.aead)}),
		0);
	opened = w->b->aead_open(w->client, fields.nonce, fields.associated, fields.ciphertext,
		plain, sizeof(plain));
	assert_true(opened >= 0);
	left = (struct span){plain, (size_t)opened};
	while (packet_next_field(&left, &field)) {
		struct cookie_session session = {0};
		enum cookie_age age;

		assert_int_equal(field.type, NTS_FIELD_COOKIE);
		assert_true(f.cookies < 8);
		memcpy(f.cookie[f.cookies++], field.body.p, field.body.n);
		assert_int_equal(cookie_ring_open(w->ring, field.body, &session, &age), 0);
		assert_memory_equal(&session, &w->session, sizeof(session));
	}
	assert_int_equal(left.n, 0);
	return f;
}

static struct found exchange(struct world *w, const struct request *q, size_t *ret_request)
{
	uint8_t in[PACKET_ROOM], out[PACKET_ROOM];
	struct responder_random random = {.stamps = 5};
	struct responder_stamps stamps = {.receive = RECEIVED, .transmit = SENT};
	struct responder_request checked;
	size_t n = make(w, q, in, sizeof(in));
	int length;

	*ret_request = n;
	assert_int_equal(check(w, in, n, &checked), RESPONDER_ANSWER);
	assert_true(checked.nts);
	fill(w, random.nonces, sizeof(random.nonces));
	length = responder_one_reply(
		&checked, &in_sync, &stamps, &random, &w->auth, out, sizeof(out));
	assert_true(length > 0 && (size_t)length <= n);
	return read_reply(w, out, length, in + PACKET_HEADER + 4, (q->unique_id + 3) & ~3u);
}

/* Sizes of ntp-nts 10.1 and seed-walkthrough 8.1; a cookie for each placeholder; as long as the
 * request. */
static void sizes(void **state)
{
	static const struct {
		uint16_t aead;
		size_t request;
	} rows[] = {{15, 228}, {16, 260}, {17, 292}, {30, 192}};

	(void)state;
	FOR_ALL(b)
	{
		for (size_t i = 0; i < 4; i++) {
			struct world w;

			if (!crypto_has_aead(b, rows[i].aead))
				continue;
			start(&w, b, rows[i].aead);
			for (size_t extra = 0; extra < 10; extra++) {
				struct request q = {.unique_id = 32, .placeholders = extra};
				size_t n;
				struct found f = exchange(&w, &q, &n);

				assert_int_equal(n, rows[i].request + extra * (4 + w.n_cookie));
				assert_int_equal(f.n, n);
				assert_int_equal(f.cookies, extra < 8 ? 1 + extra : 8);
				for (size_t a = 0; a < f.cookies; a++)
					for (size_t c = 0; c < a; c++)
						assert_memory_not_equal(
							f.cookie[a], f.cookie[c], 20);
			}
			assert_int_equal(w.auth.counts.good, 10);
			assert_int_equal(w.auth.counts.replies, 10);
			assert_int_equal(w.auth.counts.bad, 0);
			assert_int_equal(w.auth.counts.opened[COOKIE_CURRENT], 10);
			assert_int_equal(w.auth.counts.made, 8 * 9 / 2 + 2 * 8);
			finish(&w);
		}
	}
}

/* What chronyd answers and NTPsec does not (ntp-nts 13): all of it is answered. */
static void unusual(void **state)
{
	static const struct request rows[] = {
		{.unique_id = 16},
		{.unique_id = 64},
		{.unique_id = 256},
		{.unique_id = 32, .hidden = 3},
		{.unique_id = 32, .hidden = 3, .placeholders = 2},
		{.unique_id = 32, .hidden = 9, .placeholders = 7},
		{.unique_id = 32, .padding = 16},
		{.unique_id = 32, .padding = 400},
		{.unique_id = 32, .nonce = 24},
		{.unique_id = 32, .nonce = 12, .padding = 4},
		{.unique_id = 32, .foreign = 40},
		{.unique_id = 32, .foreign = 1000},
		{.unique_id = 32, .placeholders = 3, .placeholder_length = 20},
	};
	static const size_t cookies[] = {1, 1, 1, 4, 6, 8, 1, 1, 1, 1, 1, 1, 1};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;

		start(&w, b, 15);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			size_t n;
			struct found f = exchange(&w, &rows[i], &n);

			assert_int_equal(f.n, n);
			assert_int_equal(f.cookies, cookies[i]);
		}
		finish(&w);
	}
}

static void assert_nak(struct world *w, const uint8_t *p, size_t n, const struct request *q)
{
	uint8_t out[PACKET_ROOM];
	struct responder_request checked;
	struct packet packet;
	uint64_t naks = w->auth.counts.naks;
	int length;

	assert_int_equal(check(w, p, n, &checked), RESPONDER_NAK);
	length = responder_nak(&checked, -23, &w->auth, out, sizeof(out));
	assert_int_equal(length, PACKET_HEADER + 4 + q->unique_id);
	assert_true((size_t)length <= n);
	assert_int_equal(packet_decode((struct span){out, (size_t)length}, &packet), 0);
	assert_int_equal(packet.leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(packet.stratum, 0);
	assert_int_equal(packet.refid, NTS_KISS_NTSN);
	assert_int_equal(packet.mode, PACKET_SERVER);
	assert_memory_equal(out + 24, p + 40, 8);
	assert_memory_equal(out + PACKET_HEADER, p + PACKET_HEADER, 4 + q->unique_id);
	assert_int_equal(w->auth.counts.naks, naks + 1);
	assert_int_equal(responder_nak(&checked, -23, &w->auth, out, (size_t)length - 1), -ENOSPC);
}

/* Every bit that is authenticated: a negative acknowledgement, or no NTS packet any more. Never an
 * answer. */
static void tampered(void **state)
{
	static const struct request q = {.unique_id = 32};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		uint8_t p[PACKET_ROOM];
		size_t n;

		start(&w, b, 15);
		n = make(&w, &q, p, sizeof(p));
		for (size_t bit = 0; bit < 8 * n; bit++) {
			struct responder_request checked = {0};
			enum responder_verdict v;

			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			v = check(&w, p, n, &checked);
			/* what is left without fields of NTS is a plain request */
			assert_true(v != RESPONDER_ANSWER || !checked.nts);
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(w.auth.counts.good, 0);
		/* inside the unique ID, the cookie's key ID, its content, and the tag */
		p[60] ^= 1;
		assert_nak(&w, p, n, &q);
		p[60] ^= 1;
		p[88] ^= 1;
		assert_nak(&w, p, n, &q);
		assert_int_equal(w.auth.counts.made, 0);
		p[88] ^= 1;
		p[120] ^= 1;
		assert_nak(&w, p, n, &q);
		p[120] ^= 1;
		p[n - 1] ^= 1;
		assert_nak(&w, p, n, &q);
		finish(&w);
	}
}

/* The counters that tell one fault from the other. */
static void counted(void **state)
{
	static const struct request q = {.unique_id = 32};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		uint8_t p[PACKET_ROOM];
		size_t n;

		start(&w, b, 15);
		n = make(&w, &q, p, sizeof(p));
		p[88] ^= 0x80; /* key ID */
		assert_nak(&w, p, n, &q);
		assert_int_equal(w.auth.counts.unknown, 1);
		p[88] ^= 0x80;
		p[130] ^= 1;
		assert_nak(&w, p, n, &q);
		assert_int_equal(w.auth.counts.broken, 1);
		p[130] ^= 1;
		p[45] ^= 1;
		assert_nak(&w, p, n, &q);
		assert_int_equal(w.auth.counts.opened[COOKIE_CURRENT], 1);
		assert_int_equal(w.auth.counts.bad, 3);
		assert_int_equal(w.auth.counts.good, 0);
		finish(&w);
	}
}

/* Keys that rotate between the cookie and its use. */
static void old_keys(void **state)
{
	static const struct request q = {.unique_id = 32};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		size_t n;

		start(&w, b, 15);
		for (int i = 0; i < 4; i++) {
			uint8_t random[COOKIE_KEY_RANDOM], p[PACKET_ROOM];
			struct cookie_key next;

			if (i < 3) {
				assert_int_equal(exchange(&w, &q, &n).cookies, 1);
			} else {
				n = make(&w, &q, p, sizeof(p));
				assert_nak(&w, p, n, &q);
			}
			fill(&w, random, sizeof(random));
			next = cookie_key_make(&w.set.keys[COOKIE_NEXT], 15, random);
			cookie_keyset_rotate(&w.set, &next);
			assert_int_equal(cookie_ring_set(w.ring, &w.set), 0);
		}
		assert_int_equal(w.auth.counts.opened[COOKIE_CURRENT], 1);
		assert_int_equal(w.auth.counts.opened[COOKIE_OLD], 1);
		assert_int_equal(w.auth.counts.opened[COOKIE_OLD2], 1);
		assert_int_equal(w.auth.counts.unknown, 1);
		finish(&w);
	}
}

/* Structural faults: silence (RFC 8915 5.7), and a nonce without the padding: NTSN as chronyd. */
static void malformed(void **state)
{
	static const struct request rows[] = {
		{.no_cookie = true, .unique_id = 32},
		{.no_authenticator = true, .unique_id = 32},
		{.unique_id = 0},
		{.unique_id = 32, .mode = PACKET_ACTIVE},
		{.unique_id = 32, .version = 3},
	};
	static const struct request unpadded = {.unique_id = 32, .nonce = 12};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		uint8_t p[PACKET_ROOM];
		struct responder_request checked;
		size_t n;

		start(&w, b, 15);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			n = make(&w, &rows[i], p, sizeof(p));
			assert_int_equal(check(&w, p, n, &checked), RESPONDER_MALFORMED);
		}
		n = make(&w, &unpadded, p, sizeof(p));
		assert_nak(&w, p, n, &unpadded);
		finish(&w);
	}
}

/* Who serves no NTS answers as if the fields were not there, and counts the cookie. */
static void no_server(void **state)
{
	static const struct request q = {.unique_id = 32};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		uint8_t p[PACKET_ROOM], out[PACKET_ROOM];
		struct responder_stamps stamps = {.receive = RECEIVED, .transmit = SENT};
		struct responder_request checked;
		struct responder_random random = {0};
		size_t n;

		start(&w, b, 15);
		w.auth.nts = NULL;
		n = make(&w, &q, p, sizeof(p));
		assert_int_equal(check(&w, p, n, &checked), RESPONDER_ANSWER);
		assert_false(checked.nts);
		assert_int_equal(w.auth.counts.no_server, 1);
		assert_int_equal(responder_one_reply(&checked, &in_sync, &stamps, &random, &w.auth,
					 out, sizeof(out)),
			PACKET_HEADER);
		finish(&w);
	}
}

/* What it was admitted for may be gone when it is opened: nobody could seal its answer. */
static void server_gone(void **state)
{
	static const struct request q = {.unique_id = 32};
	static const struct endpoint peer = {
		.address = {ADDRESS_IP4, {192, 0, 2, 7}}, .port = 40000};
	static const struct address us = {ADDRESS_IP4, {192, 0, 2, 1}};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		uint8_t p[PACKET_ROOM];
		struct responder_request got, *io = &got;
		enum responder_verdict verdict;
		size_t n;

		start(&w, b, 15);
		n = make(&w, &q, p, sizeof(p));
		assert_int_equal(responder_admit((struct span){p, n}, &peer, &us, 123, true, &got),
			RESPONDER_ANSWER);
		assert_int_equal(responder_authenticate(&w.auth, &got), RESPONDER_SEALED);
		w.auth.nts = NULL;
		responder_open(&w.auth, &io, &verdict, 1);
		assert_int_equal(verdict, RESPONDER_IGNORE);
		assert_false(got.nts);
		finish(&w);
	}
}

/* A cookie of ours that is longer than theirs leaves no room: time without a new cookie. */
static void no_room_for_a_cookie(void **state)
{
	static const struct request q = {.unique_id = 32};

	(void)state;
	FOR_ALL(b)
	{
		struct world w;
		struct cookie_keyset mixed;
		uint8_t nonce[CRYPTO_AEAD_NONCE_MAX] = {7};
		size_t n;

		if (!crypto_has_aead(b, 30))
			continue;
		start(&w, b, 15);
		mixed = w.set;
		mixed.keys[COOKIE_OLD].aead = 30;
		assert_int_equal(cookie_ring_set(w.ring, &mixed), 0);
		{
			uint8_t plain[COOKIE_PLAIN_MAX];
			struct aead_job job;
			struct aead *a;
			int before;

			assert_int_equal(b->aead_create(30, &a), 0);
			assert_int_equal(
				b->aead_rekey(a, (struct span){mixed.keys[COOKIE_OLD].bytes, 16}),
				0);
			before = cookie_seal_begin(&mixed.keys[COOKIE_OLD], nonce, &w.session,
				plain, w.cookie, sizeof(w.cookie), &job);
			assert_true(before > 0);
			crypto_aead_many(b, a, true, &job, 1);
			w.n_cookie = (size_t)(before + job.result);
			b->aead_destroy(a);
		}
		assert_int_equal(w.n_cookie, 96);
		assert_int_equal(exchange(&w, &q, &n).cookies, 0);
		finish(&w);
	}
}

/* A client of another session, perhaps of another algorithm, of the same server. */
static void join(struct world *w, const struct world *server, uint16_t aead)
{
	uint8_t nonce[CRYPTO_AEAD_NONCE_MAX];

	*w = *server;
	w->seed += aead;
	w->session.aead = aead;
	fill(w, w->session.c2s, sizeof(w->session.c2s));
	fill(w, w->session.s2c, sizeof(w->session.s2c));
	fill(w, nonce, sizeof(nonce));
	w->n_cookie =
		(size_t)cookie_ring_seal(w->ring, nonce, &w->session, w->cookie, sizeof(w->cookie));
	assert_int_equal(w->b->aead_create(aead, &w->client), 0);
}

/* What a request came to. */
struct outcome {
	enum responder_verdict verdict;
	int n;
	uint8_t reply[PACKET_ROOM];
};

/* Requests, all kinds of them, and their answers one by one. */
static size_t make_many(struct world *server, struct responder_request *requests,
	struct outcome *ret, uint8_t (*bytes)[PACKET_ROOM],
	const struct responder_random random[RESPONDER_MANY])
{
	static const uint16_t numbers[] = {15, 15, 15, 15, 16, 17, 30};
	static const struct endpoint peer = {
		.address = {ADDRESS_IP4, {192, 0, 2, 7}}, .port = 40000};
	static const struct address us = {ADDRESS_IP4, {192, 0, 2, 1}};
	size_t n = 1 + (size_t)rand() % RESPONDER_MANY;

	for (size_t i = 0; i < n; i++) {
		const struct request q = {.unique_id = rand() % 4 ? 32 : 64,
			.placeholders = (size_t)(rand() % 4 ? 0 : rand() % 8),
			.hidden = (size_t)(rand() % 4 ? 0 : rand() % 3),
			.foreign = rand() % 4 ? 0 : 20};
		struct responder_stamps stamps = {.receive = RECEIVED, .transmit = SENT};
		uint16_t aead = numbers[rand() % 7];
		struct responder_request alone;
		struct world w;
		size_t length;

		join(&w, server, crypto_has_aead(server->b, aead) ? aead : 15);
		length = make(&w, &q, bytes[i], PACKET_ROOM);
		w.b->aead_destroy(w.client);
		if (rand() % 4 == 0)
			bytes[i][84 + (size_t)rand() % (length - 84)] ^= 1;
		requests[i] = (struct responder_request){0};
		ret[i].verdict = responder_admit(
			(struct span){bytes[i], length}, &peer, &us, 123, true, &requests[i]);
		alone = requests[i];
		if (ret[i].verdict == RESPONDER_ANSWER)
			ret[i].verdict = responder_one_check(&server->auth, &alone);
		ret[i].n = ret[i].verdict == RESPONDER_ANSWER
				   ? responder_one_reply(&alone, &in_sync, &stamps, &random[i],
					     &server->auth, ret[i].reply, PACKET_ROOM)
				   : 0;
	}
	return n;
}

/* The same requests at once come to the same. */
static void check_many(struct responder_auth *auth, struct responder_request *requests,
	const struct outcome *alone, size_t n, const struct responder_random *random)
{
	struct responder_request *sealed[RESPONDER_MANY];
	enum responder_verdict verdicts[RESPONDER_MANY];
	struct responder_answer answers[RESPONDER_MANY];
	struct responder_stamps stamps[RESPONDER_MANY];
	static uint8_t replies[RESPONDER_MANY][PACKET_ROOM];
	size_t n_sealed = 0, n_answers = 0, which[RESPONDER_MANY], good[RESPONDER_MANY];
	int lengths[RESPONDER_MANY];

	for (size_t i = 0; i < n; i++) {
		if (alone[i].verdict == RESPONDER_MALFORMED)
			continue;
		if (responder_authenticate(auth, &requests[i]) != RESPONDER_SEALED)
			continue;
		which[n_sealed] = i;
		sealed[n_sealed++] = &requests[i];
	}
	responder_open(auth, sealed, verdicts, n_sealed);
	for (size_t j = 0; j < n_sealed; j++) {
		size_t i = which[j];

		assert_int_equal(verdicts[j], alone[i].verdict);
		if (verdicts[j] != RESPONDER_ANSWER)
			continue;
		stamps[i] = (struct responder_stamps){.receive = RECEIVED, .transmit = SENT};
		answers[n_answers] = (struct responder_answer){
			&requests[i], &in_sync, &stamps[i], &random[i], replies[i], PACKET_ROOM};
		good[n_answers++] = i;
	}
	responder_reply_sealed(auth, answers, lengths, n_answers);
	for (size_t j = 0; j < n_answers; j++) {
		assert_int_equal(lengths[j], alone[good[j]].n);
		assert_true(lengths[j] > 0);
		assert_memory_equal(replies[good[j]], alone[good[j]].reply, lengths[j]);
	}
}

/* Requests at once, of several algorithms, some of them spoilt anywhere, come to what they come to
 * one by one: verdicts, answers and counts. */
static void many_as_one(void **state)
{
	(void)state;
	srand(8915);
	FOR_ALL(b)
	{
		static uint8_t bytes[RESPONDER_MANY][PACKET_ROOM];
		static struct responder_random random[RESPONDER_MANY];
		static struct outcome alone[RESPONDER_MANY];
		struct responder_request requests[RESPONDER_MANY];
		struct nts_guard_counts counts;
		struct world w;

		start(&w, b, 15);
		for (int round = 0; round < 100; round++) {
			size_t n;

			fill(&w, (uint8_t *)random, sizeof(random));
			w.auth.counts = (struct nts_guard_counts){0};
			n = make_many(&w, requests, alone, bytes, random);
			counts = w.auth.counts;
			w.auth.counts = (struct nts_guard_counts){0};
			check_many(&w.auth, requests, alone, n, random);
			assert_memory_equal(&w.auth.counts, &counts, sizeof(counts));
		}
		finish(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(many_as_one),
		cmocka_unit_test(unusual),
		cmocka_unit_test(tampered),
		cmocka_unit_test(counted),
		cmocka_unit_test(old_keys),
		cmocka_unit_test(malformed),
		cmocka_unit_test(no_server),
		cmocka_unit_test(server_gone),
		cmocka_unit_test(no_room_for_a_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
