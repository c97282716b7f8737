/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients send to the key establishment server. If the first byte is odd the rest goes into a
 * session in place of TLS, in pieces of that size; else a right handshake is made and the rest is
 * the request. A session ends in a known stage and says no more than it may.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/kernel/kernel.h"
#include "daemon/serve/ke_session.h"
#include "test/unit/pki.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The most that a server says: certificates, tickets and eight cookies of the longest. */
#define SAID_MAX 16384

struct world {
	const struct crypto_backend *b;
	struct kernel kernel;
	struct ke_session_env env;
	struct tls_identity *identity;
	struct tls_trust *trust;
};

static int random_bytes(struct kernel *k, void *p, size_t n)
{
	(void)k;
	memset(p, 0x5a, n);
	return 0;
}

static struct span text(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static void start(struct world *w, const struct crypto_backend *b)
{
	static const struct kernel_ops ops = {.random = random_bytes};
	uint8_t random[COOKIE_KEY_RANDOM] = {1, 2, 3};
	struct tls_certificate info;
	struct cookie_keyset set = {0};
	char why[TLS_WHY];

	w->b = b;
	w->kernel.ops = &ops;
	w->env = (struct ke_session_env){.crypto = b,
		.kernel = &w->kernel,
		.aeads = {15, 17},
		.n_aeads = 2,
		.ntp_server = "ntp.example",
		.ntp_port = 1123};
	for (size_t i = 0; i < COOKIE_KEYS; i++)
		set.keys[i] = cookie_key_make(i ? &set.keys[i - 1] : NULL, 15, random);
	if (cookie_ring_create(b, &w->env.ring) != 0 || cookie_ring_set(w->env.ring, &set) != 0 ||
		b->identity_create(NULL, &w->identity) != 0 ||
		b->identity_add(w->identity, text(pki_a), text(pki_key), &info, why) != 0 ||
		b->trust_create(NULL, &w->trust) != 0 ||
		b->trust_add_pem(w->trust, text(pki_root), why) != 1)
		abort();
}

static void without_tls(struct world *w, const uint8_t *data, size_t n, size_t piece)
{
	struct ke_session *s = NULL;
	uint8_t out[1024];
	size_t said = 0, got;

	if (ke_session_create(&w->env, w->identity, &s) != 0)
		abort();
	while (n > 0) {
		size_t part = n < piece ? n : piece;

		ke_session_feed(s, (struct span){data, part});
		data += part;
		n -= part;
		while ((got = ke_session_drain(s, out, sizeof(out))) > 0)
			said += got;
	}
	ke_session_end(s);
	if (!ke_session_over(s) || ke_session_stage(s) == KE_SERVED || said > SAID_MAX)
		abort();
	ke_session_destroy(s);
}

/* Moves bytes until nobody has any. Returns how many plain ones the client got. */
static size_t run(struct world *w, struct tls *client, struct ke_session *s)
{
	uint8_t bytes[2048];
	size_t got = 0, n;
	bool moved = true;
	int r;

	while (moved) {
		int step = w->b->tls_step(client);

		n = w->b->tls_drain(client, bytes, sizeof(bytes));
		ke_session_feed(s, (struct span){bytes, n});
		moved = n > 0;
		n = ke_session_drain(s, bytes, sizeof(bytes));
		if (n > 0)
			w->b->tls_feed(client, (struct span){bytes, n});
		moved = moved || n > 0;
		while (step == 0 && (r = w->b->tls_read(client, bytes, sizeof(bytes))) > 0)
			got += (size_t)r;
	}
	return got;
}

static void with_tls(struct world *w, const uint8_t *data, size_t n)
{
	struct tls_client_settings settings = {
		.trust = w->trust, .name = "a.test", .alpn = "ntske/1", .at_s = PKI_NOW};
	struct ke_session *s = NULL;
	struct tls *client = NULL;
	size_t got;

	if (n > 32768 || ke_session_create(&w->env, w->identity, &s) != 0 ||
		w->b->tls_client(&settings, &client) != 0)
		abort();
	run(w, client, s);
	if (ke_session_stage(s) != KE_REQUEST)
		abort();
	w->b->tls_write(client, (struct span){data, n});
	got = run(w, client, s);
	if (got > 2048 || (got > 0) != ke_session_over(s))
		abort();
	w->b->tls_destroy(client);
	ke_session_destroy(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world w;

	if (!crypto_has_tls(crypto_backends[0]) || n == 0)
		return 0;
	if (!w.b)
		start(&w, crypto_backends[0]);
	if (data[0] & 1)
		without_tls(&w, data + 1, n - 1, data[0]);
	else if (n <= 32768)
		with_tls(&w, data + 1, n - 1);
	return 0;
}
