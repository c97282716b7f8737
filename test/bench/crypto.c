/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cryptography costs: packets per CPU second of each algorithm and library, as a server of NTS
 * meets them (a new key for each packet), and TLS handshakes per CPU second of either end.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/crypto.h"
#include "backends/native.h"
#include "test/unit/pki.h"

/* CPU seconds for each figure. */
#define BUDGET_S 0.5
#define BATCH    32 /* messages at once */

/* What is authenticated of a request of AEAD 15, and the cookie that an answer encrypts. */
#define AD_N    188
#define PLAIN_N 104

static double cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

/* Operations per CPU second: opens a request and seals an answer, each under a key of its own when
 * rekey. */
static double packets(const struct crypto_backend *b, uint16_t number, bool rekey)
{
	uint8_t bytes[256] = {7}, request[CRYPTO_AEAD_TAG], answer[256], plain[1];
	uint16_t algorithm = number & (uint16_t)~CRYPTO_AEAD_BY_LIBRARY;
	struct span key = {bytes, crypto_aead_key_length(algorithm)};
	struct span nonce = {bytes + 64, crypto_aead_nonce_length(algorithm)};
	struct span ad = {bytes, AD_N}, sealed = {request, sizeof(request)};
	struct aead *a;
	double start, spent;
	long n = 0;

	check(b->aead_create(number, &a) == 0 && b->aead_rekey(a, key) == 0, "key");
	b->aead_seal(a, nonce, ad, (struct span){plain, 0}, request, sizeof(request));
	start = cpu_s();
	do {
		for (int i = 0; i < 1000; i++, n++) {
			if (rekey)
				b->aead_rekey(a, key);
			check(b->aead_open(a, nonce, ad, sealed, plain, 0) == 0, "open");
			if (rekey)
				b->aead_rekey(a, key);
			check(b->aead_seal(a, nonce, (struct span){bytes, 84},
				      (struct span){bytes, PLAIN_N}, answer, sizeof(answer)) > 0,
				"seal");
		}
		spent = cpu_s() - start;
	} while (spent < BUDGET_S);
	b->aead_destroy(a);
	return (double)n / spent;
}

/* The same with keys of their own, so many at a time. */
static double packets_at_once(const struct crypto_backend *b, uint16_t number, size_t at_once)
{
	static uint8_t bytes[256] = {7}, requests[BATCH][CRYPTO_AEAD_TAG], answers[BATCH][256];
	struct span key = {bytes, crypto_aead_key_length(number)};
	struct span nonce = {bytes + 64, crypto_aead_nonce_length(number)};
	struct aead_job seal[BATCH], open[BATCH];
	struct aead *a;
	double start, spent;
	long n = 0;

	check(b->aead_create(number, &a) == 0, "cipher");
	for (size_t i = 0; i < at_once; i++) {
		open[i] = (struct aead_job){
			key, nonce, {bytes, AD_N}, {bytes, 0}, requests[i], sizeof(requests[i]), 0};
		seal[i] = (struct aead_job){key, nonce, {bytes, 84}, {bytes, PLAIN_N}, answers[i],
			sizeof(answers[i]), 0};
	}
	crypto_aead_many(b, a, true, open, at_once);
	for (size_t i = 0; i < at_once; i++) {
		open[i].text = (struct span){requests[i], sizeof(requests[i])};
		open[i].ret = answers[i];
	}
	start = cpu_s();
	do {
		for (int i = 0; i < 100; i++, n += (long)at_once) {
			crypto_aead_many(b, a, false, open, at_once);
			check(open[at_once - 1].result == 0, "open");
			crypto_aead_many(b, a, true, seal, at_once);
		}
		spent = cpu_s() - start;
	} while (spent < BUDGET_S);
	b->aead_destroy(a);
	return (double)n / spent;
}

static struct span pem(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

static void move(const struct crypto_backend *b, struct tls *from, struct tls *to)
{
	uint8_t bytes[8192];
	size_t n;

	while ((n = b->tls_drain(from, bytes, sizeof(bytes))) > 0)
		check(b->tls_feed(to, (struct span){bytes, n}) == n, "feed");
}

/* One handshake; adds the CPU time of each end. */
static void handshake(const struct crypto_backend *b, const struct tls_client_settings *cs,
	const struct tls_server_settings *ss, double *io_client, double *io_server)
{
	struct tls *c, *s;
	double t0 = cpu_s(), t1, t2;
	int r = 1, q = 1;

	check(b->tls_client(cs, &c) == 0, "client");
	t1 = cpu_s();
	*io_client += t1 - t0;
	check(b->tls_server(ss, &s) == 0, "server");
	t2 = cpu_s();
	*io_server += t2 - t1;
	for (int i = 0; i < 10 && (r != 0 || q != 0); i++) {
		t0 = cpu_s();
		r = b->tls_step(c);
		move(b, c, s);
		t1 = cpu_s();
		q = b->tls_step(s);
		move(b, s, c);
		t2 = cpu_s();
		*io_client += t1 - t0;
		*io_server += t2 - t1;
	}
	check(r == 0 && q == 0, b->tls_why(c));
	t0 = cpu_s();
	b->tls_destroy(c);
	t1 = cpu_s();
	b->tls_destroy(s);
	*io_client += t1 - t0;
	*io_server += cpu_s() - t1;
}

static void handshakes(const struct crypto_backend *b, const char *crt, const char *key,
	const char *name, const char *kind)
{
	struct tls_client_settings c = {.name = name, .alpn = "ntske/1", .at_s = PKI_NOW};
	struct tls_server_settings s = {.alpn = "ntske/1"};
	double client = 0, server = 0;
	struct tls_certificate info;
	char why[TLS_WHY];
	int n = 0;

	check(b->trust_create(NULL, &c.trust) == 0 &&
			b->trust_add_pem(c.trust, pem(pki_root), why) == 1,
		"trust");
	check(b->identity_create(NULL, &s.identity) == 0 &&
			b->identity_add(s.identity, pem(crt), pem(key), &info, why) == 0,
		"identity");
	for (; client + server < 2 * BUDGET_S; n++)
		handshake(b, &c, &s, &client, &server);
	b->trust_destroy(c.trust);
	b->identity_destroy(s.identity);
	printf("  TLS 1.3 handshakes, %-10s %9.0f/s client %9.0f/s server\n", kind, n / client,
		n / server);
}

int main(void)
{
	static const uint16_t numbers[] = {15, 16, 17, 30};

	for (size_t i = 0; crypto_backends[i]; i++) {
		const struct crypto_backend *b = crypto_backends[i];

		if (!crypto_has_aead(b, CRYPTO_AEAD_SIV_256))
			continue;
		printf("%s, per CPU second\n", b->version());
		for (size_t j = 0; j < 4; j++) {
			if (!crypto_has_aead(b, numbers[j]))
				continue;
			printf("  %-22s %9.0f requests opened and answers sealed under their own "
			       "keys, %9.0f under one\n",
				crypto_aead_name(numbers[j]), packets(b, numbers[j], true),
				packets(b, numbers[j], false));
			printf("    %9.0f 2 at once, %9.0f 8, %9.0f %d\n",
				packets_at_once(b, numbers[j], 2),
				packets_at_once(b, numbers[j], 8),
				packets_at_once(b, numbers[j], BATCH), BATCH);
			if (native_is_here())
				printf("    by the library alone %9.0f, %9.0f\n",
					packets(b, numbers[j] | CRYPTO_AEAD_BY_LIBRARY, true),
					packets(b, numbers[j] | CRYPTO_AEAD_BY_LIBRARY, false));
		}
		if (!crypto_has_tls(b))
			continue;
		handshakes(b, pki_a, pki_key, "a.test", "P-256");
		handshakes(b, pki_rsa, pki_rsa_key, "rsa.test", "RSA 2048");
	}
	return 0;
}
