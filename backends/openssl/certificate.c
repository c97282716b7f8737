/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates by OpenSSL: what they say, and whether a server's chain is good.
 */
#include "config.h"

#include <string.h>

#include "backends/openssl/tls.h"
#include "common/address.h"

#define DAY_S 86400

static int64_t seconds(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	if (epoch)
		ASN1_TIME_diff(&days, &rest, epoch, t);
	ASN1_TIME_free(epoch);
	return (int64_t)days * DAY_S + rest;
}

static void add_names(X509 *crt, struct tls_certificate *ret)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(crt, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *value =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DNS)
			tls_add_name(ret, ASN1_STRING_get0_data(value),
				(size_t)ASN1_STRING_length(value));
		else if (type == GEN_IPADD)
			tls_add_address(ret, ASN1_STRING_get0_data(value),
				(size_t)ASN1_STRING_length(value));
	}
	GENERAL_NAMES_free(names);
}

void openssl_backend_describe(X509 *crt, struct tls_certificate *ret)
{
	memset(ret, 0, sizeof(*ret));
	X509_NAME_oneline(X509_get_subject_name(crt), ret->subject, sizeof(ret->subject));
	X509_NAME_oneline(X509_get_issuer_name(crt), ret->issuer, sizeof(ret->issuer));
	add_names(crt, ret);
	ret->not_before_s = seconds(X509_get0_notBefore(crt));
	ret->not_after_s = seconds(X509_get0_notAfter(crt));
}

bool openssl_backend_is_for(X509 *crt, const char *name)
{
	struct address a;

	if (address_parse(name, &a) == 0)
		return X509_check_ip(crt, a.ip, a.family == ADDRESS_IP4 ? 4 : 16, 0) == 1;
	return X509_check_host(
		       crt, name, strlen(name), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* The kind of an error of the library; its order is by how much the rest is worth without it. */
static enum tls_fault fault_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TLS_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return TLS_NOT_YET_VALID;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLS_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return TLS_UNKNOWN_CA;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return TLS_BAD_SIGNATURE;
	default:
		return TLS_BAD_PURPOSE;
	}
}

/* Nothing can be said of dates where it is not known whose certificate it is. */
static int rank(enum tls_fault fault)
{
	switch (fault) {
	case TLS_FINE:
		return 9;
	case TLS_EXPIRED:
	case TLS_NOT_YET_VALID:
		return 2;
	case TLS_BAD_SIGNATURE:
	case TLS_BAD_PURPOSE:
		return 1;
	default:
		return 0;
	}
}

static struct tls *session_of(X509_STORE_CTX *c)
{
	return SSL_get_app_data(
		X509_STORE_CTX_get_ex_data(c, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

/*
 * Called for each certificate, from the root down. The library goes on over a fault so that the one
 * that counts most is told, of the certificate nearest to the server.
 */
static int note(int good, X509_STORE_CTX *c)
{
	struct tls *t = session_of(c);
	X509 *crt = X509_STORE_CTX_get_current_cert(c);
	struct tls_certificate described;
	enum tls_fault fault;

	if (good)
		return 1;
	fault = fault_of(X509_STORE_CTX_get_error(c));
	if (rank(fault) > rank(t->reason.fault))
		return 1;
	if (t->reason.fault == TLS_UNKNOWN_CA || t->reason.fault == TLS_SELF_SIGNED)
		return 1;
	if (crt)
		openssl_backend_describe(crt, &described);
	else
		described = t->peer;
	/* The library counts the last second as one too late (RFC 5280 4.1.2.5 does not). */
	if (fault == TLS_EXPIRED && tls_dates_fault(&described, t->at_s) == TLS_FINE)
		return 1;
	t->reason.fault = TLS_FINE;
	tls_say_certificate(&t->reason, fault, &described, t->name, t->at_s);
	return 1;
}

/* The library makes an alert of it. */
static int error_of(enum tls_fault fault)
{
	switch (fault) {
	case TLS_EXPIRED:
		return X509_V_ERR_CERT_HAS_EXPIRED;
	case TLS_NOT_YET_VALID:
		return X509_V_ERR_CERT_NOT_YET_VALID;
	case TLS_WRONG_NAME:
		return X509_V_ERR_HOSTNAME_MISMATCH;
	case TLS_UNKNOWN_CA:
	case TLS_SELF_SIGNED:
		return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	default:
		return X509_V_ERR_CERT_REJECTED;
	}
}

int openssl_backend_check_peer(X509_STORE_CTX *c, void *arg)
{
	struct tls *t = session_of(c);
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(c);
	X509 *leaf = X509_STORE_CTX_get0_cert(c);

	(void)arg;
	t->has_peer = true;
	openssl_backend_describe(leaf, &t->peer);
	if (t->any_time)
		X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(p, (time_t)t->at_s);
	X509_STORE_CTX_set_verify_cb(c, note);
	if (X509_verify_cert(c) != 1)
		tls_say(&t->reason, TLS_BROKEN, "the certificate of %.120s cannot be checked: %s",
			t->peer.subject,
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(c)));
	if (!t->any_name && !openssl_backend_is_for(leaf, t->name))
		tls_say_certificate(&t->reason, TLS_WRONG_NAME, &t->peer, t->name, t->at_s);
	if (t->any_certificate) {
		t->overlooked = t->reason;
		t->reason = (struct tls_reason){0};
	}
	if (t->reason.fault == TLS_FINE)
		return 1;
	X509_STORE_CTX_set_error(c, error_of(t->reason.fault));
	return 0;
}
