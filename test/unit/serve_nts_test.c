/* SPDX-License-Identifier: BSD-2-Clause */
/* The NTP server with NTS: requests of one batch are opened together, and each is still its own. */
#include "config.h"

#include "daemon/protocol/nts_packet.h"
#include "daemon/serve/internal.h"
#include "test/unit/serve_world.h"

#define CLIENTS 24

/* What a client asks. */
enum kind {
	GOOD,
	BAD_COOKIE,
	BAD_TAG,
	NO_COOKIE,
	PLAIN
};

/* Two batches of eight and a rest, with others between. */
static enum kind kind_of(size_t i)
{
	static const enum kind kinds[8] = {
		GOOD, GOOD, PLAIN, BAD_COOKIE, GOOD, GOOD, BAD_TAG, GOOD};

	return i == 17 ? NO_COOKIE : kinds[i % 8];
}

/* A server's keys, and the session that all clients have. */
struct nts {
	const struct crypto_backend *b;
	struct cookie_ring *ring;
	struct nts_guard *guard;
	struct cookie_session session;
	struct nts_packet_cipher seal, open;
	struct nts_cookie cookie;
	struct packet replies[CLIENTS]; /* of the batch before */
};

static void begin(struct nts *n, const struct crypto_backend *b)
{
	uint8_t random[COOKIE_KEY_RANDOM] = {3, 1, 4};
	struct cookie_keyset set = {0};
	int length;

	*n = (struct nts){.b = b, .seal.crypto = b, .open.crypto = b};
	set.keys[COOKIE_CURRENT] = cookie_key_make(NULL, CRYPTO_AEAD_SIV_256, random);
	assert_int_equal(cookie_ring_create(b, &n->ring), 0);
	assert_int_equal(cookie_ring_set(n->ring, &set), 0);
	assert_int_equal(nts_guard_create(b, n->ring, &n->guard), 0);
	n->session = (struct cookie_session){CRYPTO_AEAD_SIV_256, {5}, {9}};
	length = cookie_ring_seal(n->ring, random, &n->session, n->cookie.bytes, COOKIE_MAX);
	assert_int_equal(length, 100);
	n->cookie.n = (uint16_t)length;
	assert_int_equal(b->aead_create(CRYPTO_AEAD_SIV_256, &n->seal.aead), 0);
	assert_int_equal(b->aead_create(CRYPTO_AEAD_SIV_256, &n->open.aead), 0);
	assert_int_equal(b->aead_rekey(n->seal.aead, (struct span){n->session.c2s, 32}), 0);
	assert_int_equal(b->aead_rekey(n->open.aead, (struct span){n->session.s2c, 32}), 0);
}

static void end(struct nts *n)
{
	n->b->aead_destroy(n->seal.aead);
	n->b->aead_destroy(n->open.aead);
	nts_guard_destroy(n->guard);
	cookie_ring_destroy(n->ring);
}

static void ask(struct world *w, struct nts *n, size_t i)
{
	uint8_t bytes[PACKET_ROOM], id[NTS_UNIQUE_ID] = {(uint8_t)i, 7}, nonce[16] = {(uint8_t)i};
	struct nts_cookie cookie = n->cookie;
	const struct nts_packet_request q = {
		.unique_id = {id, sizeof(id)}, .cookie = &cookie, .nonce = {nonce, 16}};
	struct packet p = {.version = 4,
		.mode = PACKET_CLIENT,
		.origin = n->replies[i].receive | 1,
		.receive = 1000 + i,
		.transmit = 2000 + i};
	size_t length = PACKET_HEADER;
	char peer[32];

	packet_encode(&p, bytes);
	if (kind_of(i) == BAD_COOKIE)
		cookie.bytes[50] ^= 1;
	if (kind_of(i) != PLAIN)
		assert_int_equal(nts_packet_seal(&n->seal, &q, bytes, &length, sizeof(bytes)), 0);
	if (kind_of(i) == BAD_TAG)
		bytes[length - 1] ^= 1;
	if (kind_of(i) == NO_COOKIE)
		bytes[PACKET_HEADER + 36] = 0x77; /* a field of no known type */
	snprintf(peer, sizeof(peer), "192.0.2.%zu", 10 + i);
	net_put(20, peer, 4000, bytes, length, w->system - (int64_t)(CLIENTS - i) * 10000);
}

/* The one answer to a client among those after the first; NULL: none. */
static const struct net_datagram *answer_to(size_t i, size_t first)
{
	const struct net_datagram *found = NULL;

	for (; first < net.n_out; first++) {
		if (net.out[first].peer.address.ip[3] != 10 + i)
			continue;
		assert_null(found);
		found = &net.out[first];
	}
	return found;
}

static void check_good(
	struct nts *n, size_t i, const struct packet_trailer *t, const struct packet *p)
{
	struct nts_cookie cookies[NTS_COOKIES];
	struct nts_fields f;
	struct cookie_session session;
	enum cookie_age age;
	bool interleaved = n->replies[i].receive != 0;

	assert_int_equal(nts_fields_find(t, &f), 0);
	assert_int_equal(f.unique_id.p[0], i);
	assert_int_equal(nts_packet_open(&n->open, &f, cookies), 1);
	assert_int_equal(cookie_ring_open(n->ring, (struct span){cookies[0].bytes, cookies[0].n},
				 &session, &age),
		0);
	assert_memory_equal(session.c2s, n->session.c2s, 32);
	assert_int_equal(p->origin, interleaved ? 1000 + i : 2000 + i);
	if (interleaved)
		assert_int_equal(p->transmit >> 20, n->replies[i].transmit >> 20);
}

static void check_refused(size_t i, const struct packet_trailer *t, const struct packet *p)
{
	struct packet_field field;
	struct span left = t->fields;

	assert_int_equal(p->stratum, 0);
	assert_int_equal(p->refid, NTS_KISS_NTSN);
	assert_int_equal(p->origin, 2000 + i);
	assert_true(packet_next_field(&left, &field));
	assert_int_equal(field.body.p[0], i);
	assert_int_equal(left.n, 0);
}

static void check_answer(struct nts *n, size_t i, size_t first)
{
	const struct net_datagram *d = answer_to(i, first);
	struct packet_trailer t;
	struct packet p;

	if (kind_of(i) == NO_COOKIE) {
		assert_null(d);
		return;
	}
	assert_non_null(d);
	assert_int_equal(packet_decode((struct span){d->data, d->n}, &p), 0);
	assert_int_equal(packet_split((struct span){d->data, d->n}, 4, &t), 0);
	if (kind_of(i) == PLAIN)
		assert_int_equal(d->n, 48);
	else if (kind_of(i) == GOOD)
		check_good(n, i, &t, &p);
	else
		check_refused(i, &t, &p);
	if (kind_of(i) == GOOD)
		n->replies[i] = p;
}

/* Good, spoilt and plain ones in one batch: each gets what it would get alone, once, and the second
 * time in interleaved mode. */
static void batches(void **state)
{
	struct world *w = *state;
	struct serve *s;
	struct report_serverstats stats;
	struct report_refused refused;
	uint64_t good = 0;
	struct nts n;

	if (!crypto_has_aead(crypto_backends[0], CRYPTO_AEAD_SIV_256))
		skip();
	s = start(w, "allow 192.0.2.0/24");
	begin(&n, crypto_backends[0]);
	s->auth.nts = n.guard;
	for (int batch = 0; batch < 2; batch++) {
		size_t first = net.n_out;

		w->system += INSTANT_S;
		w->raw += INSTANT_S;
		net.random = 0x21 + batch;
		for (size_t i = 0; i < CLIENTS; i++) {
			ask(w, &n, i);
			good += kind_of(i) == GOOD;
		}
		net_run(w);
		assert_int_equal(net.n_out - first, CLIENTS - 1);
		for (size_t i = 0; i < CLIENTS; i++)
			check_answer(&n, i, first);
	}
	serve_report(s, &stats);
	assert_int_equal(stats.ntp_hits, 2 * CLIENTS);
	assert_int_equal(stats.ntp_auth_hits, good);
	assert_int_equal(stats.ntp_interleaved_hits, good / 2);
	assert_int_equal(s->auth.counts.good, good);
	assert_int_equal(s->auth.counts.made, good);
	assert_int_equal(s->auth.counts.bad, 2 * 6);
	assert_int_equal(s->auth.counts.naks, 2 * 6);
	assert_int_equal(s->auth.counts.broken, 2 * 3);
	serve_report_refused(s, &refused);
	assert_int_equal(refused.malformed, 2);
	assert_int_equal(refused.unsent, 0);
	serve_destroy(s);
	end(&n);
}

/* Clients of one address who ask too often are told so, sealed, between those who do not. */
static void rates(void **state)
{
	struct world *w = *state;
	struct packet_trailer t;
	struct nts_fields f;
	struct nts_cookie cookies[NTS_COOKIES];
	struct serve *s;
	struct nts n;

	if (!crypto_has_aead(crypto_backends[0], CRYPTO_AEAD_SIV_256))
		skip();
	w->settings->ratelimit = (struct settings_rate_limit){true, 3, 1, 1, 1};
	s = start(w, "allow 192.0.2.0/24");
	begin(&n, crypto_backends[0]);
	s->auth.nts = n.guard;
	net.random = 0x55; /* no leak; told */
	ask(w, &n, 0);
	ask(w, &n, 0);
	ask(w, &n, 1);
	net_run(w);
	assert_int_equal(net.n_out, 3);
	for (size_t i = 0; i < 3; i++) {
		struct span d = {net.out[i].data, net.out[i].n};

		assert_int_equal(packet_split(d, 4, &t), 0);
		assert_int_equal(nts_fields_find(&t, &f), 0);
		assert_int_equal(nts_packet_open(&n.open, &f, cookies), 1);
		assert_int_equal(f.unique_id.p[0], i == 2);
		assert_int_equal(memcmp(d.p + 12, "RATE", 4) == 0, i == 1);
	}
	serve_destroy(s);
	end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(batches),
		NET_TEST(rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
