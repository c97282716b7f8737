/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two TLS sessions that talk to each other through memory, for tests with cmocka.
 */
#ifndef TEST_UNIT_TLS_ENDS_H
#define TEST_UNIT_TLS_ENDS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "test/unit/pki.h"

#define ALPN "ntske/1"

/** Two ends and what the last step of each returned. */
struct ends {
	const struct crypto_backend *cb, *sb;
	struct tls *c, *s;
	int client, server;
};

/** What a case is about; zero for the usual. */
struct setting {
	const char *root, *name;
	const char *certificate, *key;
	const char *second, *second_key; /* another pair of the server */
	struct tls_identity *identity;   /* the server's, instead of one of its own */
	const char *client_alpn, *server_alpn;
	bool client12, server12;     /* TLS 1.2 too */
	bool client_old, server_old; /* and that alone */
	bool any_name, any_time, any_certificate;
	int64_t at_s;
	struct tls_choice client_choice, server_choice;
	size_t piece; /* bytes moved at once */
};

/* Runs a case with every pair of libraries. */
#define FOR_ALL_PAIRS(cb, sb)                                                                      \
	for (size_t ci = 0; crypto_backends[ci]; ci++)                                             \
		for (size_t si = 0; crypto_backends[si]; si++)                                     \
			for (const struct crypto_backend *cb = crypto_backends[ci],                \
							 *sb = crypto_backends[si];                \
				cb && crypto_has_tls(cb) && crypto_has_tls(sb); cb = NULL)

static inline struct span ends_pem(const char *s)
{
	return (struct span){(const uint8_t *)s, strlen(s)};
}

/** A trust set of one certificate, or of none (""). */
static inline struct tls_trust *ends_choosing(
	const struct crypto_backend *b, const struct tls_choice *choice, const char *root)
{
	char why[TLS_WHY] = "";
	struct tls_trust *t = NULL;

	assert_int_equal(b->trust_create(choice, &t), 0);
	if (root[0])
		assert_int_equal(b->trust_add_pem(t, ends_pem(root), why), 1);
	assert_string_equal(why, "");
	return t;
}

static inline struct tls_trust *ends_trusting(const struct crypto_backend *b, const char *root)
{
	return ends_choosing(b, NULL, root);
}

/** Adds a pair that is good. */
static inline void ends_add_pair(const struct crypto_backend *b, struct tls_identity *i,
	const char *crt, const char *key, struct tls_certificate *ret_info)
{
	char why[TLS_WHY] = "";

	assert_int_equal(b->identity_add(i, ends_pem(crt), ends_pem(key), ret_info, why), 0);
	assert_string_equal(why, "");
}

/* Moves what one has to say to the other, in pieces. Returns whether there was anything. */
static inline bool ends_move(const struct crypto_backend *from, struct tls *f,
	const struct crypto_backend *to, struct tls *t, size_t piece)
{
	uint8_t bytes[1024];
	size_t n = from->tls_drain(f, bytes, piece && piece < 1024 ? piece : 1024);

	if (n > 0)
		assert_int_equal(to->tls_feed(t, (struct span){bytes, n}), n);
	return n > 0;
}

/** Lets both talk until neither has anything to say. */
static inline void ends_shake(struct ends *e, size_t piece)
{
	bool moved = true;

	for (int i = 0; i < 20000 && moved; i++) {
		e->client = e->cb->tls_step(e->c);
		moved = ends_move(e->cb, e->c, e->sb, e->s, piece);
		e->server = e->sb->tls_step(e->s);
		moved |= ends_move(e->sb, e->s, e->cb, e->c, piece);
	}
	assert_false(moved);
}

static inline const char *either(const char *given, const char *usual)
{
	return given ? given : usual;
}

/** Makes both ends of a case and lets them shake hands. */
static inline void ends_begin(struct ends *e, const struct crypto_backend *cb,
	const struct crypto_backend *sb, const struct setting *x)
{
	struct tls_client_settings c = {.name = either(x->name, "a.test"),
		.alpn = either(x->client_alpn, ALPN),
		.allow_tls12 = x->client12 || x->client_old,
		.no_tls13 = x->client_old,
		.any_name = x->any_name,
		.any_time = x->any_time,
		.any_certificate = x->any_certificate,
		.at_s = x->at_s ? x->at_s : PKI_NOW};
	struct tls_server_settings s = {.alpn = either(x->server_alpn, ALPN),
		.allow_tls12 = x->server12 || x->server_old,
		.no_tls13 = x->server_old};
	struct tls_certificate info;

	*e = (struct ends){.cb = cb, .sb = sb};
	c.trust = ends_choosing(cb, &x->client_choice, either(x->root, pki_root));
	s.identity = x->identity;
	if (!x->identity) {
		assert_int_equal(sb->identity_create(&x->server_choice, &s.identity), 0);
		ends_add_pair(sb, s.identity, either(x->certificate, pki_a),
			either(x->key, pki_key), &info);
	}
	if (x->second)
		ends_add_pair(sb, s.identity, x->second, x->second_key, &info);
	assert_int_equal(cb->tls_client(&c, &e->c), 0);
	assert_int_equal(sb->tls_server(&s, &e->s), 0);
	/* the sessions keep them */
	cb->trust_destroy(c.trust);
	if (!x->identity)
		sb->identity_destroy(s.identity);
	ends_shake(e, x->piece);
}

static inline void ends_end(struct ends *e)
{
	e->cb->tls_destroy(e->c);
	e->sb->tls_destroy(e->s);
}

/** The client sends words, the server reads them. */
static inline void ends_send(struct ends *e, const char *words)
{
	uint8_t in[64];
	size_t n = strlen(words);

	assert_int_equal(e->cb->tls_write(e->c, ends_pem(words)), 0);
	while (ends_move(e->cb, e->c, e->sb, e->s, 7))
		continue;
	assert_int_equal(e->sb->tls_read(e->s, in, sizeof(in)), (int)n);
	assert_memory_equal(in, words, n);
	assert_int_equal(e->sb->tls_read(e->s, in, sizeof(in)), -EAGAIN);
}

#endif
