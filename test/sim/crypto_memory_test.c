/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Crypto without memory: our allocations fail by chance while sessions are made and talk. Either it
 * works or it says so, and nothing is left behind. (Those inside the libraries do not fail here.)
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "test/sim/heap.h"
#include "test/unit/pki.h"

#define ROUNDS 400

static struct span pem(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

/* Moves what there is; what was not taken is lost, as with a connection that breaks. */
static void move(const struct crypto_backend *b, struct tls *from, struct tls *to)
{
	uint8_t bytes[2000];
	size_t n;

	while ((n = b->tls_drain(from, bytes, sizeof(bytes))) > 0)
		b->tls_feed(to, (struct span){bytes, n});
}

/* Returns whether a message came through. */
static bool talk(const struct crypto_backend *b, struct tls *c, struct tls *s)
{
	uint8_t in[16];

	for (int i = 0; i < 6; i++) {
		b->tls_step(c);
		move(b, c, s);
		b->tls_step(s);
		move(b, s, c);
	}
	b->tls_write(c, pem("hello"));
	move(b, c, s);
	return b->tls_read(s, in, sizeof(in)) == 5;
}

/* One round. Returns whether all went well. */
static bool run(const struct crypto_backend *b)
{
	struct tls_client_settings cs = {.name = "a.test", .alpn = "ntske/1", .at_s = PKI_NOW};
	struct tls_server_settings ss = {.alpn = "ntske/1"};
	struct tls *c = NULL, *s = NULL;
	struct tls_certificate info;
	struct aead *a = NULL;
	char why[TLS_WHY];
	bool good = false;

	if (b->aead_create(CRYPTO_AEAD_SIV_256, &a) == 0 && b->trust_create(NULL, &cs.trust) == 0 &&
		b->trust_add_pem(cs.trust, pem(pki_root), why) == 1 &&
		b->identity_create(NULL, &ss.identity) == 0 &&
		b->identity_add(ss.identity, pem(pki_a), pem(pki_key), &info, why) == 0 &&
		b->identity_add(ss.identity, pem(pki_b), pem(pki_key_b), &info, why) == 0 &&
		b->tls_client(&cs, &c) == 0 && b->tls_server(&ss, &s) == 0)
		good = talk(b, c, s);
	b->tls_destroy(c);
	b->tls_destroy(s);
	b->trust_destroy(cs.trust);
	b->identity_destroy(ss.identity);
	b->aead_destroy(a);
	return good;
}

static void fails_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; crypto_backends[i]; i++) {
		struct heap_account heap = {.random = sim_random_from(4, i)};
		int good = 0;

		if (!crypto_has_tls(crypto_backends[i]))
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			struct heap_account *before = heap_charge(&heap);
			bool all_well = run(crypto_backends[i]);

			heap_charge(before);
			good += all_well;
			assert_int_equal(heap.blocks, 0);
			assert_int_equal(heap.bytes, 0);
			/* the first round is to work */
			assert_true(all_well || round > 0);
			heap.fail = 0.03;
		}
		assert_in_range(good, ROUNDS / 20, ROUNDS - 20);
		assert_true(heap.failed > 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
