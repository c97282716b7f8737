/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates by GnuTLS: what they say, and whether a server's chain is good. Dates are looked at
 * here and not by the library, whose clock is global, while ours is what the caller names.
 */
#include "config.h"

#include <string.h>

#include "backends/gnutls/tls.h"
#include "common/address.h"

/* The longest chain that is looked at. */
#define CHAIN_MAX 16

/* Appends "/CN=ntp.example" of each part of a name. */
static void slash_form(gnutls_x509_dn_t dn, char *ret, size_t room)
{
	gnutls_x509_ava_st ava;

	for (int i = 0; gnutls_x509_dn_get_rdn_ava(dn, i, 0, &ava) == 0; i++) {
		for (int j = 0; gnutls_x509_dn_get_rdn_ava(dn, i, j, &ava) == 0; j++) {
			const char *oid = (const char *)ava.oid.data;
			const char *name =
				gnutls_x509_dn_oid_name(oid, GNUTLS_X509_DN_OID_RETURN_OID);

			tls_add_printable(ret, room, j == 0 ? "/" : "+", 1);
			tls_add_printable(ret, room, name, strlen(name));
			tls_add_printable(ret, room, "=", 1);
			tls_add_printable(ret, room, ava.value.data, ava.value.size);
		}
	}
}

static void add_names(gnutls_x509_crt_t crt, struct tls_certificate *ret)
{
	char value[256];
	int type;

	for (unsigned i = 0;; i++) {
		size_t n = sizeof(value);

		type = gnutls_x509_crt_get_subject_alt_name(crt, i, value, &n, NULL);
		if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (type < 0)
			return;
		if (type == GNUTLS_SAN_DNSNAME)
			tls_add_name(ret, value, n);
		else if (type == GNUTLS_SAN_IPADDRESS)
			tls_add_address(ret, (const uint8_t *)value, n);
	}
}

void gnutls_backend_describe(gnutls_x509_crt_t crt, struct tls_certificate *ret)
{
	gnutls_x509_dn_t dn;

	memset(ret, 0, sizeof(*ret));
	if (gnutls_x509_crt_get_subject(crt, &dn) == 0)
		slash_form(dn, ret->subject, sizeof(ret->subject));
	if (gnutls_x509_crt_get_issuer(crt, &dn) == 0)
		slash_form(dn, ret->issuer, sizeof(ret->issuer));
	add_names(crt, ret);
	ret->not_before_s = gnutls_x509_crt_get_activation_time(crt);
	ret->not_after_s = gnutls_x509_crt_get_expiration_time(crt);
}

bool gnutls_backend_is_for(gnutls_x509_crt_t crt, const char *name)
{
	struct address a;

	if (address_parse(name, &a) == 0)
		return gnutls_x509_crt_check_ip(crt, a.ip, a.family == ADDRESS_IP4 ? 4 : 16, 0) !=
		       0;
	return gnutls_x509_crt_check_hostname(crt, name) != 0;
}

/* The kind of what the library has against a chain. */
static enum tls_fault fault_of(unsigned status, gnutls_x509_crt_t leaf)
{
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return gnutls_x509_crt_check_issuer(leaf, leaf) ? TLS_SELF_SIGNED : TLS_UNKNOWN_CA;
	if (status & (GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_INSECURE_ALGORITHM))
		return TLS_BAD_SIGNATURE;
	return TLS_BAD_PURPOSE;
}

/* The certificate of the chain that nobody known has signed. */
static gnutls_x509_crt_t last_of(gnutls_x509_crt_t *chain, unsigned n)
{
	unsigned i = 0;

	while (i + 1 < n && gnutls_x509_crt_check_issuer(chain[i], chain[i + 1]))
		i++;
	return chain[i];
}

static bool dates_are_good(struct tls *t, gnutls_x509_crt_t crt)
{
	struct tls_certificate c;
	enum tls_fault fault;

	gnutls_backend_describe(crt, &c);
	fault = tls_dates_fault(&c, t->at_s);
	if (fault != TLS_FINE)
		tls_say_certificate(&t->reason, fault, &c, t->name, t->at_s);
	return fault == TLS_FINE;
}

/* Walks the way that the library found good: up to a root that is trusted. */
static void check_dates(
	struct tls *t, gnutls_x509_trust_list_t roots, gnutls_x509_crt_t *chain, unsigned n)
{
	gnutls_x509_crt_t issuer;

	for (unsigned i = 0; i < n; i++) {
		if (!dates_are_good(t, chain[i]))
			return;
		if (gnutls_x509_trust_list_get_issuer(roots, chain[i], &issuer, 0) == 0) {
			if (!gnutls_x509_crt_equals(issuer, chain[i]))
				dates_are_good(t, issuer);
			return;
		}
		if (i + 1 < n && !gnutls_x509_crt_check_issuer(chain[i], chain[i + 1]))
			return;
	}
}

static void judge(struct tls *t, gnutls_x509_crt_t *chain, unsigned n)
{
	gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER};
	gnutls_x509_trust_list_t roots;
	struct tls_certificate c;
	unsigned status = 0;

	gnutls_certificate_get_trust_list(t->trust->credentials, &roots);
	if (gnutls_x509_trust_list_verify_crt2(roots, chain, n, &purpose, 1,
		    GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status, NULL) < 0)
		status = GNUTLS_CERT_INVALID;
	if (status != 0) {
		enum tls_fault fault = fault_of(status, chain[0]);

		gnutls_backend_describe(fault == TLS_UNKNOWN_CA ? last_of(chain, n) : chain[0], &c);
		tls_say_certificate(&t->reason, fault, &c, t->name, t->at_s);
		return;
	}
	if (!t->any_time)
		check_dates(t, roots, chain, n);
	if (!t->any_name && !gnutls_backend_is_for(chain[0], t->name))
		tls_say_certificate(&t->reason, TLS_WRONG_NAME, &t->peer, t->name, t->at_s);
}

void gnutls_backend_check_peer(struct tls *t)
{
	gnutls_x509_crt_t chain[CHAIN_MAX];
	const gnutls_datum_t *raw;
	unsigned sent = 0, n = 0;

	raw = gnutls_certificate_get_peers(t->session, &sent);
	for (; raw && n < sent && n < CHAIN_MAX; n++) {
		if (gnutls_x509_crt_init(&chain[n]) < 0)
			break;
		if (gnutls_x509_crt_import(chain[n], &raw[n], GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(chain[n]);
			break;
		}
	}
	if (n == 0) {
		tls_say(&t->reason, TLS_BROKEN, "the server shows no certificate that can be read");
		return;
	}
	t->has_peer = true;
	gnutls_backend_describe(chain[0], &t->peer);
	judge(t, chain, n);
	if (t->any_certificate) {
		t->overlooked = t->reason;
		t->reason = (struct tls_reason){0};
	}
	while (n > 0)
		gnutls_x509_crt_deinit(chain[--n]);
}
