/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trust sets and identities by GnuTLS, out of memory: the caller reads the files.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/gnutls/tls.h"

/* The longest chain of a server of ours. */
#define CHAIN_MAX 16

static gnutls_datum_t datum(struct span s)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)s.p, (unsigned)s.n};
}

int gnutls_backend_trust_create(const struct tls_choice *choice, struct tls_trust **ret)
{
	struct tls_trust *t;

	if (gnutls_backend_has_choice(choice) < 0)
		return -ENOTSUP;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->users = 1;
	if (choice)
		t->choice = *choice;
	if (gnutls_certificate_allocate_credentials(&t->credentials) < 0) {
		free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

static const char *said_elsewhere(const char *name)
{
	const char *path = getenv(name);

	return path && path[0] != '\0' ? path : NULL;
}

/* Where OpenSSL would look by its environment, so does this. */
int gnutls_backend_trust_add_system(struct tls_trust *t)
{
	const char *file = said_elsewhere("SSL_CERT_FILE");
	const char *directory = said_elsewhere("SSL_CERT_DIR");
	int n = 0, r;

	if (!file && !directory)
		n = gnutls_certificate_set_x509_system_trust(t->credentials);
	if (file) {
		r = gnutls_certificate_set_x509_trust_file(
			t->credentials, file, GNUTLS_X509_FMT_PEM);
		n += r > 0 ? r : 0;
	}
	if (directory) {
		r = gnutls_certificate_set_x509_trust_dir(
			t->credentials, directory, GNUTLS_X509_FMT_PEM);
		n += r > 0 ? r : 0;
	}
	return n > 0 ? n : -ENOENT;
}

int gnutls_backend_trust_add_pem(struct tls_trust *t, struct span pem, char *ret_why)
{
	gnutls_datum_t d = datum(pem);
	gnutls_x509_crt_t *list = NULL;
	unsigned n = 0;
	int r;

	if (pem.n > TLS_PEM_MAX) {
		snprintf(ret_why, TLS_WHY, "%zu bytes are too many for certificates", pem.n);
		return -EFBIG;
	}
	/* Read on its own first, so that either all of it is trusted or nothing. */
	r = pem.n > 0 ? gnutls_x509_crt_list_import2(&list, &n, &d, GNUTLS_X509_FMT_PEM, 0)
		      : GNUTLS_E_NO_CERTIFICATE_FOUND;
	if (r < 0 || n == 0) {
		tls_say_pem(ret_why, r == GNUTLS_E_NO_CERTIFICATE_FOUND || r >= 0,
			r < 0 ? gnutls_strerror(r) : "");
		return -EBADMSG;
	}
	/* The credentials keep copies. */
	r = gnutls_certificate_set_x509_trust(t->credentials, list, (int)n);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (r < 0) {
		snprintf(ret_why, TLS_WHY, "%s", gnutls_strerror(r));
		return -ENOMEM;
	}
	return (int)n;
}

void gnutls_backend_trust_destroy(struct tls_trust *t)
{
	if (!t || --t->users > 0)
		return;
	gnutls_certificate_free_credentials(t->credentials);
	free(t);
}

int gnutls_backend_identity_create(const struct tls_choice *choice, struct tls_identity **ret)
{
	struct tls_identity *i;

	if (gnutls_backend_has_choice(choice) < 0)
		return -ENOTSUP;
	i = calloc(1, sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->users = 1;
	if (choice)
		i->choice = *choice;
	*ret = i;
	return 0;
}

/* Imports the first certificate of a PEM text. */
static int import_leaf(struct span pem, gnutls_x509_crt_t *ret, char *ret_why)
{
	gnutls_x509_crt_t list[CHAIN_MAX];
	unsigned n = CHAIN_MAX;
	gnutls_datum_t d = datum(pem);
	int r = pem.n > 0 ? gnutls_x509_crt_list_import(list, &n, &d, GNUTLS_X509_FMT_PEM,
				    GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED)
			  : GNUTLS_E_NO_CERTIFICATE_FOUND;

	if (r <= 0) {
		tls_say_pem(ret_why, r == 0 || r == GNUTLS_E_NO_CERTIFICATE_FOUND,
			r < 0 ? gnutls_strerror(r) : "");
		return -EBADMSG;
	}
	while (--r > 0)
		gnutls_x509_crt_deinit(list[r]);
	*ret = list[0];
	return 0;
}

static int load(struct tls_pair *p, struct span certificates, struct span key, char *ret_why)
{
	gnutls_datum_t c = datum(certificates), k = datum(key);
	gnutls_x509_privkey_t own;
	int r;

	if (gnutls_x509_privkey_init(&own) < 0)
		return -ENOMEM;
	r = key.n > 0 ? gnutls_x509_privkey_import2(own, &k, GNUTLS_X509_FMT_PEM, NULL, 0)
		      : GNUTLS_E_BASE64_DECODING_ERROR;
	gnutls_x509_privkey_deinit(own);
	if (r < 0) {
		snprintf(ret_why, TLS_WHY, "the private key cannot be read");
		return -EBADMSG;
	}
	r = gnutls_certificate_set_x509_key_mem(p->credentials, &c, &k, GNUTLS_X509_FMT_PEM);
	if (r == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
		snprintf(ret_why, TLS_WHY, "the private key is not that of the certificate");
		return -EKEYREJECTED;
	}
	if (r < 0) {
		snprintf(
			ret_why, TLS_WHY, "the certificate cannot be used: %s", gnutls_strerror(r));
		return -EBADMSG;
	}
	return 0;
}

int gnutls_backend_identity_add(struct tls_identity *i, struct span certificates, struct span key,
	struct tls_certificate *ret_info, char *ret_why)
{
	struct tls_pair made, *grown;
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
	r = import_leaf(certificates, &made.leaf, ret_why);
	if (r < 0)
		return r;
	if (gnutls_certificate_allocate_credentials(&made.credentials) < 0) {
		r = -ENOMEM;
		goto free_leaf;
	}
	r = load(&made, certificates, key, ret_why);
	if (r < 0)
		goto free_credentials;
	gnutls_backend_describe(made.leaf, ret_info);
	i->pairs[i->n++] = made;
	return 0;
free_credentials:
	gnutls_certificate_free_credentials(made.credentials);
free_leaf:
	gnutls_x509_crt_deinit(made.leaf);
	return r;
}

const struct tls_pair *gnutls_backend_choose(const struct tls_identity *i, const char *name)
{
	for (size_t j = 0; name && j < i->n; j++) {
		if (gnutls_backend_is_for(i->pairs[j].leaf, name))
			return &i->pairs[j];
	}
	return &i->pairs[0];
}

void gnutls_backend_identity_destroy(struct tls_identity *i)
{
	if (!i || --i->users > 0)
		return;
	for (size_t j = 0; j < i->n; j++) {
		gnutls_certificate_free_credentials(i->pairs[j].credentials);
		gnutls_x509_crt_deinit(i->pairs[j].leaf);
	}
	for (size_t j = 0; j < TLS_WAYS; j++)
		if (i->ways[j])
			gnutls_priority_deinit(i->ways[j]);
	free(i->pairs);
	free(i);
}
