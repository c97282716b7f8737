/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trust sets and identities by OpenSSL, out of memory: the caller reads the files.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "backends/openssl/tls.h"

int openssl_backend_trust_create(const struct tls_choice *choice, struct tls_trust **ret)
{
	struct tls_trust *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->users = 1;
	t->context = SSL_CTX_new(TLS_client_method());
	if (!t->context) {
		free(t);
		return -ENOMEM;
	}
	r = openssl_backend_prepare(t->context, choice);
	if (r < 0) {
		openssl_backend_trust_destroy(t);
		return r;
	}
	SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(t->context, openssl_backend_check_peer, NULL);
	/* What is in the set is trusted for itself, though it be no root. */
	X509_STORE_set_flags(SSL_CTX_get_cert_store(t->context), X509_V_FLAG_PARTIAL_CHAIN);
	*ret = t;
	return 0;
}

static int certificates_in(struct tls_trust *t)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t->context);

	return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

int openssl_backend_trust_add_system(struct tls_trust *t)
{
	int before = certificates_in(t), r;

	ERR_clear_error();
	r = SSL_CTX_set_default_verify_paths(t->context);
	ERR_clear_error();
	return r == 1 ? certificates_in(t) - before : -ENOENT;
}

/* Nobody is asked for the password of a key. */
static int no_password(char *ret, int room, int writing, void *arg)
{
	(void)ret, (void)room, (void)writing, (void)arg;
	return -1;
}

/* All certificates of a text, or NULL with a reason. */
static STACK_OF(X509) * read_all(struct span pem, char *ret_why)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	BIO *b = BIO_new_mem_buf(pem.n > 0 ? (const void *)pem.p : "", (int)pem.n);
	unsigned long error;
	X509 *crt;
	bool good;

	ERR_clear_error();
	while (list && b && (crt = PEM_read_bio_X509(b, NULL, no_password, NULL))) {
		if (sk_X509_push(list, crt) == 0) {
			X509_free(crt);
			break;
		}
	}
	error = ERR_peek_last_error();
	good = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE &&
	       sk_X509_num(list) > 0;
	if (!good) {
		const char *words = ERR_reason_error_string(error);

		tls_say_pem(ret_why, ERR_GET_REASON(error) == PEM_R_NO_START_LINE,
			words ? words : "unknown");
		sk_X509_pop_free(list, X509_free);
		list = NULL;
	}
	ERR_clear_error();
	BIO_free(b);
	return list;
}

int openssl_backend_trust_add_pem(struct tls_trust *t, struct span pem, char *ret_why)
{
	STACK_OF(X509) * list;
	int n;

	if (pem.n > TLS_PEM_MAX) {
		snprintf(ret_why, TLS_WHY, "%zu bytes are too many for certificates", pem.n);
		return -EFBIG;
	}
	list = read_all(pem, ret_why);
	if (!list)
		return -EBADMSG;
	n = sk_X509_num(list);
	for (int i = 0; i < n; i++) {
		if (X509_STORE_add_cert(
			    SSL_CTX_get_cert_store(t->context), sk_X509_value(list, i)) != 1) {
			snprintf(ret_why, TLS_WHY, "there is no memory");
			n = -ENOMEM;
		}
	}
	sk_X509_pop_free(list, X509_free);
	return n;
}

void openssl_backend_trust_destroy(struct tls_trust *t)
{
	if (!t || --t->users > 0)
		return;
	SSL_CTX_free(t->context);
	free(t);
}

int openssl_backend_identity_create(const struct tls_choice *choice, struct tls_identity **ret)
{
	struct tls_identity *i = calloc(1, sizeof(*i));
	SSL_CTX *tried = SSL_CTX_new(TLS_server_method());
	int r = i && tried ? openssl_backend_prepare(tried, choice) : -ENOMEM;

	SSL_CTX_free(tried);
	if (r < 0) {
		free(i);
		return r;
	}
	i->users = 1;
	if (choice)
		i->choice = *choice;
	*ret = i;
	return 0;
}

static EVP_PKEY *read_key(struct span pem)
{
	BIO *b = BIO_new_mem_buf(pem.n > 0 ? (const void *)pem.p : "", (int)pem.n);
	EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, no_password, NULL) : NULL;

	BIO_free(b);
	return key;
}

/* Gives a context the certificates and the key. */
static int load(SSL_CTX *c, STACK_OF(X509) * list, struct span pem, char *ret_why)
{
	X509 *leaf = sk_X509_value(list, 0);
	EVP_PKEY *key = read_key(pem);
	int r = 0;

	if (!key) {
		snprintf(ret_why, TLS_WHY, "the private key cannot be read");
		return -EBADMSG;
	}
	if (X509_check_private_key(leaf, key) != 1) {
		snprintf(ret_why, TLS_WHY, "the private key is not that of the certificate");
		r = -EKEYREJECTED;
	} else if (SSL_CTX_use_certificate(c, leaf) != 1 || SSL_CTX_use_PrivateKey(c, key) != 1) {
		const char *words = ERR_reason_error_string(ERR_peek_last_error());

		snprintf(ret_why, TLS_WHY, "the certificate cannot be used: %s",
			words ? words : "unknown");
		r = -EBADMSG;
	}
	for (int i = 1; r == 0 && i < sk_X509_num(list); i++) {
		if (SSL_CTX_add1_chain_cert(c, sk_X509_value(list, i)) != 1)
			r = -ENOMEM;
	}
	EVP_PKEY_free(key);
	return r;
}

int openssl_backend_identity_add(struct tls_identity *i, struct span certificates, struct span key,
	struct tls_certificate *ret_info, char *ret_why)
{
	struct tls_pair made, *grown;
	STACK_OF(X509) * list;
	int r;

	if (certificates.n > TLS_PEM_MAX || key.n > TLS_PEM_MAX) {
		snprintf(ret_why, TLS_WHY, "%zu bytes are too many for a certificate or key",
			certificates.n > key.n ? certificates.n : key.n);
		return -EFBIG;
	}
	grown = realloc(i->pairs, (i->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	i->pairs = grown;
	list = read_all(certificates, ret_why);
	if (!list)
		return -EBADMSG;
	made.leaf = sk_X509_value(list, 0);
	made.context = SSL_CTX_new(TLS_server_method());
	r = made.context ? openssl_backend_prepare_server(made.context, &i->choice) : -ENOMEM;
	if (r == 0)
		r = load(made.context, list, key, ret_why);
	ERR_clear_error();
	if (r == 0) {
		openssl_backend_describe(made.leaf, ret_info);
		X509_up_ref(made.leaf);
		i->pairs[i->n++] = made;
	} else {
		SSL_CTX_free(made.context);
	}
	sk_X509_pop_free(list, X509_free);
	return r;
}

const struct tls_pair *openssl_backend_choose(const struct tls_identity *i, const char *name)
{
	for (size_t j = 0; name && j < i->n; j++) {
		if (openssl_backend_is_for(i->pairs[j].leaf, name))
			return &i->pairs[j];
	}
	return &i->pairs[0];
}

void openssl_backend_identity_destroy(struct tls_identity *i)
{
	if (!i || --i->users > 0)
		return;
	for (size_t j = 0; j < i->n; j++) {
		SSL_CTX_free(i->pairs[j].context);
		X509_free(i->pairs[j].leaf);
	}
	free(i->pairs);
	free(i);
}
