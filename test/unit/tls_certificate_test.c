/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What TLS clients accept of servers and what not: what one library says of a fault the other has
 * to say too.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/unit/tls_ends.h"

/* What the client has against the server, in the same words for both libraries. */
static void refused(const struct setting *x, enum tls_fault fault, const char *why)
{
	FOR_ALL_PAIRS(cb, sb)
	{
		uint8_t secret[32];
		struct ends e;

		ends_begin(&e, cb, sb, x);
		assert_string_equal(cb->tls_why(e.c), why);
		assert_int_equal(cb->tls_fault(e.c), fault);
		assert_int_equal(e.client, -EKEYREJECTED);
		/* the server is told, and nothing can be had of the session */
		assert_int_equal(e.server, -EPROTO);
		assert_int_equal(sb->tls_fault(e.s), TLS_ALERTED);
		assert_int_equal(strncmp(sb->tls_why(e.s), "the client refused: ", 20), 0);
		assert_int_equal(cb->tls_export(e.c, "x", (struct span){secret, 5}, secret, 32),
			-EKEYREJECTED);
		assert_int_equal(cb->tls_write(e.c, ends_pem("x")), -EKEYREJECTED);
		assert_int_equal(cb->tls_read(e.c, secret, 1), -EKEYREJECTED);
		ends_end(&e);
	}
}

/* What is acceptable. */
static void accepted(const struct setting *x)
{
	FOR_ALL_PAIRS(cb, sb)
	{
		struct ends e;

		ends_begin(&e, cb, sb, x);
		assert_string_equal(cb->tls_why(e.c), "");
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		ends_end(&e);
	}
}

static void dates(void **state)
{
	struct setting x = {.certificate = pki_expired};

	(void)state;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
	x.at_s = 1609459200;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2021-01-01 00:00:00)");
	x.at_s = 1609459199;
	accepted(&x);
	x = (struct setting){.certificate = pki_future};
	refused(&x, TLS_NOT_YET_VALID,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is not valid until 2090-01-01 "
		"00:00:00 UTC (it is now 2026-11-23 09:00:00)");
	x.any_time = true;
	accepted(&x);
	x.any_time = false;
	x.at_s = 3786912000;
	accepted(&x);
	/* a clock at 1970: all certificates are of the future */
	x = (struct setting){.at_s = 1};
	refused(&x, TLS_NOT_YET_VALID,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is not valid until 2020-01-01 "
		"00:00:00 UTC (it is now 1970-01-01 00:00:01)");
	x.any_time = true;
	accepted(&x);
	/* a root has its dates too */
	x = (struct setting){.certificate = pki_old_signer, .root = pki_old_root};
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=Old Root expired on 2009-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
}

/* All that can be wrong is overlooked when that is asked for, and told; a good one has nothing. */
static void overlooked(const struct setting *x, const char *why)
{
	FOR_ALL_PAIRS(cb, sb)
	{
		struct tls_info info;
		struct ends e;

		ends_begin(&e, cb, sb, x);
		assert_string_equal(cb->tls_why(e.c), "");
		assert_int_equal(e.client, 0);
		assert_int_equal(e.server, 0);
		cb->tls_info(e.c, &info);
		assert_string_equal(info.overlooked, why);
		ends_end(&e);
	}
}

static void any_certificate(void **state)
{
	struct setting x = {.certificate = pki_expired, .any_certificate = true};

	(void)state;
	overlooked(&x, "the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 "
		       "UTC (it is now 2026-11-23 09:00:00)");
	x = (struct setting){.any_certificate = true};
	overlooked(&x, "");
}

static void names(void **state)
{
	static const char *const good[] = {"a.test", "A.Test", "a.test.", "x.wild.test",
		"192.0.2.1", "2001:db8::1", "2001:DB8:0::1"};
	static const char *const bad[] = {
		"b.test", "wild.test", "x.y.wild.test", "192.0.2.2", "2001:db8::2", "aa.test"};
	struct setting x = {0};
	char why[TLS_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		x.name = good[i];
		accepted(&x);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		x.name = bad[i];
		snprintf(why, sizeof(why),
			"the certificate is for a.test, *.wild.test, 192.0.2.1, 2001:db8::1, not "
			"for %s",
			bad[i]);
		refused(&x, TLS_WRONG_NAME, why);
	}
	x.any_name = true;
	accepted(&x);
	x = (struct setting){.certificate = pki_common_name, .name = "cn.test"};
	accepted(&x);
	x.name = "a.test";
	refused(&x, TLS_WRONG_NAME,
		"the certificate is for /C=DE/O=Gnomon/CN=cn.test, not for a.test");
}

static void authorities(void **state)
{
	struct setting x = {.certificate = pki_unknown};

	(void)state;
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.root = "";
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	/* neither name nor date are of interest without it */
	x = (struct setting){.certificate = pki_unknown_chain, .any_name = true, .any_time = true};
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=Other Root is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.root = pki_other_root;
	accepted(&x);
	x = (struct setting){.certificate = pki_self};
	refused(&x, TLS_SELF_SIGNED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by itself and not trusted");
	x.root = pki_self;
	accepted(&x);
	x = (struct setting){.certificate = pki_forged};
	refused(&x, TLS_BAD_SIGNATURE,
		"the signature of /C=DE/O=Gnomon/CN=Test Root on the certificate of "
		"/C=DE/O=Gnomon/CN=a.test is not good");
	x = (struct setting){.certificate = pki_client_only};
	refused(&x, TLS_BAD_PURPOSE,
		"the certificate of /C=DE/O=Gnomon/CN=a.test may not be used for this");
}

/* Of several faults the one without which nothing can be said of the rest. */
static void several_faults(void **state)
{
	struct setting x = {.certificate = pki_expired, .name = "b.test"};

	(void)state;
	refused(&x, TLS_EXPIRED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test expired on 2020-12-31 23:59:59 UTC "
		"(it is now 2026-11-23 09:00:00)");
	x = (struct setting){.certificate = pki_unknown, .name = "b.test", .at_s = 1};
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by "
		"/C=DE/O=Gnomon/CN=Other Root, which is not trusted");
	x.certificate = pki_client_only;
	refused(&x, TLS_BAD_PURPOSE,
		"the certificate of /C=DE/O=Gnomon/CN=a.test may not be used for this");
	x.certificate = pki_forged;
	refused(&x, TLS_BAD_SIGNATURE,
		"the signature of /C=DE/O=Gnomon/CN=Test Root on the certificate of "
		"/C=DE/O=Gnomon/CN=a.test is not good");
	x.certificate = pki_self;
	refused(&x, TLS_SELF_SIGNED,
		"the certificate of /C=DE/O=Gnomon/CN=a.test is signed by itself and not trusted");
}

static void chains(void **state)
{
	struct setting x = {.certificate = pki_chain, .name = "c.test"};

	(void)state;
	accepted(&x);
	x.root = pki_middle;
	accepted(&x);
	x.root = pki_other_root;
	refused(&x, TLS_UNKNOWN_CA,
		"the certificate of /C=DE/O=Gnomon/CN=Test Intermediate is signed by "
		"/C=DE/O=Gnomon/CN=Test Root, which is not trusted");
}

/* Who may not sign for others is not believed; the libraries word their objection differently. */
static void no_authority(void **state)
{
	struct setting x = {.certificate = pki_no_authority, .key = pki_key_b, .name = "b.test"};

	(void)state;
	FOR_ALL_PAIRS(cb, sb)
	{
		struct ends e;

		ends_begin(&e, cb, sb, &x);
		assert_int_equal(e.client, -EKEYREJECTED);
		assert_int_not_equal(cb->tls_fault(e.c), TLS_FINE);
		ends_end(&e);
	}
}

static void chosen_by_name(void **state)
{
	struct setting x = {.second = pki_b, .second_key = pki_key_b};

	(void)state;
	accepted(&x);
	x.name = "b.test";
	accepted(&x);
	/* by address no name is sent: the first is shown */
	x.name = "192.0.2.1";
	accepted(&x);
	x.name = "c.test";
	refused(&x, TLS_WRONG_NAME,
		"the certificate is for a.test, *.wild.test, 192.0.2.1, 2001:db8::1, not for "
		"c.test");
	x = (struct setting){.certificate = pki_rsa, .key = pki_rsa_key, .name = "rsa.test"};
	accepted(&x);
}

static void loading(void **state)
{
	static char huge[TLS_PEM_MAX + 2], both[8192];

	(void)state;
	memset(huge, 'A', sizeof(huge) - 1);
	snprintf(both, sizeof(both), "a comment\n%s\nand another\n%s", pki_root, pki_other_root);
	for (size_t i = 0; crypto_backends[i] && crypto_has_tls(crypto_backends[i]); i++) {
		const struct crypto_backend *b = crypto_backends[i];
		struct tls_trust *t = ends_trusting(b, "");
		struct tls_identity *id;
		struct tls_certificate info = {.subject = "as it was"};
		char why[TLS_WHY] = "", broken[4096];

		assert_int_equal(b->trust_add_pem(t, ends_pem(both), why), 2);
		assert_int_equal(b->trust_add_pem(t, ends_pem(""), why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(b->trust_add_pem(t, ends_pem(pki_key), why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(b->trust_add_pem(t, ends_pem(huge), why), -EFBIG);
		assert_string_equal(why, "1048577 bytes are too many for certificates");
		snprintf(broken, sizeof(broken), "%s", pki_root);
		memset(broken + 100, '!', 100);
		assert_int_equal(b->trust_add_pem(t, ends_pem(broken), why), -EBADMSG);
		assert_int_equal(strncmp(why, "a certificate in it cannot be read: ", 36), 0);
		b->trust_destroy(t);

		assert_int_equal(b->identity_create(NULL, &id), 0);
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_a), ends_pem(pki_key_b), &info, why),
			-EKEYREJECTED);
		assert_string_equal(why, "the private key is not that of the certificate");
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_a), ends_pem(pki_rsa_key), &info, why),
			-EKEYREJECTED);
		assert_int_equal(
			b->identity_add(id, ends_pem(""), ends_pem(pki_key), &info, why), -EBADMSG);
		assert_string_equal(why, "there is no certificate in it");
		assert_int_equal(
			b->identity_add(id, ends_pem(broken), ends_pem(pki_key), &info, why),
			-EBADMSG);
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_a), ends_pem(""), &info, why), -EBADMSG);
		assert_string_equal(why, "the private key cannot be read");
		assert_int_equal(b->identity_add(id, ends_pem(pki_a), ends_pem(pki_a), &info, why),
			-EBADMSG);
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_a), ends_pem(pki_locked_key), &info, why),
			-EBADMSG);
		assert_string_equal(why, "the private key cannot be read");
		assert_int_equal(
			b->identity_add(id, ends_pem(huge), ends_pem(pki_key), &info, why), -EFBIG);
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_a), ends_pem(huge), &info, why), -EFBIG);
		assert_string_equal(why, "1048577 bytes are too many for a certificate or key");
		assert_string_equal(info.subject, "as it was");
		/* an expired one is taken and said to be */
		assert_int_equal(
			b->identity_add(id, ends_pem(pki_expired), ends_pem(pki_key), &info, why),
			0);
		assert_int_equal(tls_dates_fault(&info, PKI_NOW), TLS_EXPIRED);
		assert_int_equal(tls_days_left(&info, PKI_NOW), -2153);
		b->identity_destroy(id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(any_certificate),
		cmocka_unit_test(names),
		cmocka_unit_test(authorities),
		cmocka_unit_test(several_faults),
		cmocka_unit_test(chains),
		cmocka_unit_test(no_authority),
		cmocka_unit_test(chosen_by_name),
		cmocka_unit_test(loading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
