/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What TLS sessions say to people: one wording for all libraries, so that a message does not depend
 * on the one a build has. The names of certificates come from the peer: nothing but printable ASCII
 * of them is shown.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backends/shared.h"
#include "common/address.h"
#include "common/instant.h"
#include "common/text.h"

#define DAY_S 86400

void tls_say(struct tls_reason *r, enum tls_fault fault, const char *format, ...)
{
	va_list ap;

	if (r->fault != TLS_FINE)
		return;
	r->fault = fault;
	va_start(ap, format);
	vsnprintf(r->why, sizeof(r->why), format, ap);
	va_end(ap);
}

void tls_say_certificate(struct tls_reason *r, enum tls_fault fault,
	const struct tls_certificate *c, const char *name, int64_t at_s)
{
	char now[INSTANT_TEXT], from[INSTANT_TEXT], to[INSTANT_TEXT];

	instant_format_s(at_s, now, sizeof(now));
	instant_format_s(c->not_before_s, from, sizeof(from));
	instant_format_s(c->not_after_s, to, sizeof(to));
	switch (fault) {
	case TLS_EXPIRED:
		tls_say(r, fault, "the certificate of %.80s expired on %s UTC (it is now %s)",
			c->subject, to, now);
		break;
	case TLS_NOT_YET_VALID:
		tls_say(r, fault,
			"the certificate of %.80s is not valid until %s UTC (it is now %s)",
			c->subject, from, now);
		break;
	case TLS_WRONG_NAME:
		tls_say(r, fault, "the certificate is for %.100s, not for %.100s",
			c->names[0]     ? c->names
			: c->subject[0] ? c->subject
					: "nobody",
			name);
		break;
	case TLS_UNKNOWN_CA:
		tls_say(r, fault,
			"the certificate of %.80s is signed by %.80s, which is not trusted",
			c->subject, c->issuer);
		break;
	case TLS_SELF_SIGNED:
		tls_say(r, fault, "the certificate of %.120s is signed by itself and not trusted",
			c->subject);
		break;
	case TLS_BAD_SIGNATURE:
		tls_say(r, fault, "the signature of %.80s on the certificate of %.80s is not good",
			c->issuer, c->subject);
		break;
	default:
		tls_say(r, TLS_BAD_PURPOSE, "the certificate of %.120s may not be used for this",
			c->subject);
	}
}

/* RFC 8446 6; the words are those of the RFC. */
static const char *alert_name(int alert)
{
	static const struct {
		int alert;
		const char *name;
	} names[] = {
		{10, "unexpected message"},
		{20, "bad record MAC"},
		{22, "record overflow"},
		{40, "handshake failure"},
		{42, "bad certificate"},
		{43, "unsupported certificate"},
		{44, "certificate revoked"},
		{45, "certificate expired"},
		{46, "certificate unknown"},
		{47, "illegal parameter"},
		{48, "unknown CA"},
		{49, "access denied"},
		{50, "decode error"},
		{51, "decrypt error"},
		{70, "protocol version"},
		{71, "insufficient security"},
		{80, "internal error"},
		{86, "inappropriate fallback"},
		{90, "user canceled"},
		{109, "missing extension"},
		{110, "unsupported extension"},
		{112, "unrecognized name"},
		{113, "bad certificate status response"},
		{115, "unknown PSK identity"},
		{116, "certificate required"},
		{120, "no application protocol"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].alert == alert)
			return names[i].name;
	}
	return "unknown alert";
}

static const char *peer(bool server)
{
	return server ? "server" : "client";
}

void tls_say_alert(struct tls_reason *r, int alert, bool server)
{
	enum tls_fault fault = alert == 120  ? TLS_NO_ALPN
			       : alert == 70 ? TLS_BAD_VERSION
					     : TLS_ALERTED;

	tls_say(r, fault, "the %s refused: %s (alert %d)", peer(server), alert_name(alert), alert);
}

void tls_say_alpn(struct tls_reason *r, const char *alpn, bool server)
{
	if (server)
		tls_say(r, TLS_NO_ALPN, "the server does not speak %s", alpn);
	else
		tls_say(r, TLS_NO_ALPN, "the client does not ask for %s", alpn);
}

void tls_say_version(struct tls_reason *r, bool allow_tls12, bool server)
{
	tls_say(r, TLS_BAD_VERSION, "the %s does not speak TLS 1.3%s", peer(server),
		allow_tls12 ? " or 1.2" : "");
}

void tls_say_unproven(struct tls_reason *r, bool server)
{
	tls_say(r, TLS_BAD_SIGNATURE, "the %s does not have the key of its certificate",
		peer(server));
}

void tls_say_nothing_common(struct tls_reason *r, bool suite, bool server)
{
	tls_say(r, TLS_BROKEN, "the %s has no %s in common with us", peer(server),
		suite ? "cipher suite" : "curve");
}

void tls_say_too_long(struct tls_reason *r, bool server)
{
	tls_say(r, TLS_BROKEN, "a message of the %s is too long", peer(server));
}

int tls_failure(const struct tls_reason *r)
{
	switch (r->fault) {
	case TLS_FINE:
	case TLS_BAD_VERSION:
	case TLS_NO_ALPN:
	case TLS_ALERTED:
	case TLS_BROKEN:
		return -EPROTO;
	default:
		return -EKEYREJECTED;
	}
}

int tls_copy_name(char *ret, size_t room, const char *name)
{
	size_t n = strlen(name);

	if (n > 1 && name[n - 1] == '.')
		n--;
	if (n >= room)
		return -ENAMETOOLONG;
	memcpy(ret, name, n);
	ret[n] = '\0';
	return 0;
}

void tls_say_pem(char *ret_why, bool none, const char *words)
{
	if (none)
		snprintf(ret_why, TLS_WHY, "there is no certificate in it");
	else
		snprintf(ret_why, TLS_WHY, "a certificate in it cannot be read: %s", words);
}

enum tls_fault tls_dates_fault(const struct tls_certificate *c, int64_t at_s)
{
	if (at_s > c->not_after_s)
		return TLS_EXPIRED;
	return at_s < c->not_before_s ? TLS_NOT_YET_VALID : TLS_FINE;
}

int64_t tls_days_left(const struct tls_certificate *c, int64_t at_s)
{
	int64_t left = c->not_after_s - at_s;

	return left >= 0 ? left / DAY_S : -((DAY_S - 1 - left) / DAY_S);
}

void tls_add_printable(char *text, size_t room, const void *p, size_t n)
{
	const uint8_t *at = p;
	size_t length = strlen(text);
	struct text t = text_on(text + length, room - length);

	for (size_t i = 0; i < n && !t.cut; i++) {
		if (at[i] < ' ' || at[i] > '~')
			text_add(&t, "\\x%02X", at[i]);
		else
			text_add(&t, "%c", at[i]);
	}
}

void tls_add_name(struct tls_certificate *c, const void *p, size_t n)
{
	if (c->names[0])
		tls_add_printable(c->names, sizeof(c->names), ", ", 2);
	tls_add_printable(c->names, sizeof(c->names), p, n);
}

void tls_add_address(struct tls_certificate *c, const uint8_t *p, size_t n)
{
	struct address a = {.family = n == 4 ? ADDRESS_IP4 : ADDRESS_IP6};
	char text[ADDRESS_TEXT];

	if (n != 4 && n != 16)
		return;
	memcpy(a.ip, p, n);
	address_format(&a, text, sizeof(text));
	tls_add_name(c, text, strlen(text));
}
