/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our own words. What chronyd does not tell either makes no line; of key establishment all stages
 * are told, since who runs servers and certificates must see where it stops.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/words.h"

static void locked(const struct log *log, const char *failed)
{
	if (failed != NULL)
		log_error(log, "%s() failed", failed);
}

static void stepped(const struct log *log, double s)
{
	log_warning(log, "System clock was stepped by %.6f seconds", s);
}

/* As chronyd tells it. */
static void leap(const struct log *log, enum words_leap what, bool insert)
{
	switch (what) {
	case WORDS_LEAP_PLANNED:
		log_info(log, "System clock status set to %s leap second",
			insert ? "insert" : "delete");
		break;
	case WORDS_LEAP_DROPPED:
		log_info(log, "System clock status set to not insert/delete leap second");
		break;
	case WORDS_LEAP_MADE:
		log_info(log, "System clock status reset after leap second");
		break;
	case WORDS_LEAP_SLEWED:
		log_warning(log, "Adjusting system clock for leap second");
		break;
	case WORDS_LEAP_STEPPED:
		log_warning(log, "System clock was stepped for leap second");
		break;
	case WORDS_LEAP_IGNORED:
		log_warning(log, "Ignoring leap second");
		break;
	}
}

static void tai(const struct log *log, int offset_s)
{
	log_info(log, "System clock TAI offset set to %d seconds", offset_s);
}

/* chronyd asks a list at the start what it knows of the past; one that cannot be read knows
 * nothing. */
static void disbelieved(const struct log *log, const struct words_leap_list *l, bool told)
{
	if (told)
		log_warning(log, "Leap second list %s failed check, ignoring", l->path);
}

static void leap_list(const struct log *log, const struct words_leap_list *l)
{
	switch (l->how) {
	case WORDS_LIST_MALFORMED:
		log_error(log, "Failed to parse leap seconds list %s", l->path);
		disbelieved(log, l, l->first);
		break;
	case WORDS_LIST_UNREAD:
		log_error(log, "Failed to open leap seconds list %s", l->path);
		disbelieved(log, l, l->first);
		break;
	case WORDS_LIST_UNBELIEVED:
	case WORDS_LIST_MISSIGNED:
	case WORDS_LIST_UNREADABLE_HASH:
		disbelieved(log, l, true);
		break;
	case WORDS_LIST_TAKEN:
		if (l->first)
			log_info(log, "Using leap second list %s", l->path);
		if (l->expires <= l->now_s)
			log_warning(log, "Leap second list %s needs update", l->path);
		break;
	}
}

static void ke_expecting(const struct log *log, const struct words_ke *k, const char *roots)
{
	log_info(log, "NTS-KE with %s: expecting a certificate of %s, trusting %s", k->label,
		k->name, roots);
	if (k->any_time)
		log_warning(
			log, "NTS-KE with %s: dates of certificates are not checked yet", k->label);
}

/* Who is at the other end, if it said so, whether it is believed or not. */
static void tell_peer(const struct log *log, const struct words_ke *k, const struct tls_info *info)
{
	const struct tls_certificate *peer = &info->peer;
	long long left = tls_days_left(peer, k->at_s);

	if (!info->has_peer)
		return;
	log_info(log, "NTS-KE with %s: certificate of %s for %s", k->label, peer->subject,
		peer->names);
	log_info(log,
		left >= 0 ? "NTS-KE with %s: issued by %s, %lld days left"
			  : "NTS-KE with %s: issued by %s, %lld days too old",
		k->label, peer->issuer, left >= 0 ? left : -left);
}

static void ke_agreed(const struct log *log, const struct words_ke *k, const struct tls_info *info)
{
	log_info(log, "NTS-KE with %s: %s, %s, %d bits", k->label, info->version, info->cipher,
		info->cipher_bits);
	tell_peer(log, k, info);
	if (info->overlooked[0] != '\0')
		log_warning(log, "NTS-KE with %s: accepting an invalid certificate: %s", k->label,
			info->overlooked);
	else if (info->has_peer)
		log_info(log, "NTS-KE with %s: certificate is valid%s", k->label,
			k->any_time ? ", its dates aside" : "");
	log_info(log, "NTS-KE with %s: protocol %s", k->label, info->alpn);
}

static void ke_failed(const struct log *log, const struct words_ke *k, const char *stage,
	const struct tls_info *info, enum tls_fault fault, const char *why, bool shaken)
{
	if (!shaken)
		tell_peer(log, k, info);
	if (fault == TLS_NO_ALPN)
		log_error(log, "NTS-KE not supported by %s : %s", k->label, why);
	else
		log_error(log, "%s %s failed : %s", stage, k->label, why);
}

static void ke_invalid(const struct log *log, const struct words_ke *k, const char *reason)
{
	log_error(log, "Received invalid NTS-KE response from %s : %s", k->name, reason);
}

static void ke_read(const struct log *log, const struct words_ke *k, size_t n)
{
	log_info(log, "NTS-KE with %s: read %zu bytes", k->label, n);
}

static void ke_cookies(
	const struct log *log, const struct words_ke *k, size_t n, size_t length, uint16_t aead)
{
	log_info(log, "NTS-KE with %s: %zu cookies of %zu bytes, AEAD %u (%s)", k->label, n, length,
		(unsigned)aead, crypto_aead_name(aead));
}

static void ke_ended(const struct log *log, const struct words_ke *k, double took_s, bool good)
{
	log_info(log, "NTS-KE with %s: took %.3f s, %s", k->label, took_s, good ? "OK" : "fail");
}

/* An expired certificate is shown all the same: clients refuse it, and say why. */
static void ke_identity(const struct log *log, const char *cert, const char *key,
	const struct tls_certificate *c, int64_t now_s)
{
	char until[INSTANT_TEXT];

	(void)cert;
	(void)key;
	instant_format(c->not_after_s * INSTANT_S, until, sizeof(until));
	if (tls_dates_fault(c, now_s) == TLS_EXPIRED)
		log_warning(log, "Certificate of %s expired on %s UTC", c->subject, until);
	else if (tls_dates_fault(c, now_s) == TLS_NOT_YET_VALID)
		log_warning(log, "Certificate of %s is not valid yet", c->subject);
	else
		log_info(log,
			"Serving NTS as %s (%s), issued by %s, valid until %s UTC (%" PRId64
			" days)",
			c->subject, c->names, c->issuer, until, tls_days_left(c, now_s));
}

static void cookie_keys(const struct log *log, size_t n, bool written)
{
	(void)n;
	if (!written)
		log_info(log, "Loaded server NTS keys");
}

static void ke_session(const struct log *log, const struct words_session *s)
{
	const struct tls_info *tls = s->tls;

	if (tls->version[0] != '\0') {
		log_debug(log, "NTS-KE session with %s: %s, %s, %d bits", s->peer, tls->version,
			tls->cipher, tls->cipher_bits);
		log_debug(log, "NTS-KE session with %s: asked for %s, protocol %s", s->peer,
			tls->server_name[0] != '\0' ? tls->server_name : "no name", tls->alpn);
	}
	if (s->read > 0)
		log_debug(log, "NTS-KE session with %s: read %zu bytes, sent %zu", s->peer, s->read,
			s->sent);
	if (s->how == WORDS_SESSION_SERVED)
		log_debug(log, "NTS-KE session with %s: %zu cookies of %zu bytes, AEAD %u (%s)",
			s->peer, s->n_cookies, s->cookie, (unsigned)s->aead,
			crypto_aead_name(s->aead));
	else
		log_debug(log, "NTS-KE session with %s : %s", s->peer, s->why);
	log_debug(log, "NTS-KE session with %s: took %.3f s, %s", s->peer, s->took_s,
		s->how == WORDS_SESSION_SERVED ? "OK" : "fail");
}

static void ke_untold(const struct log *log, uint64_t n)
{
	log_debug(log, "%" PRIu64 " NTS-KE sessions were left out of the log", n);
}

const struct words words_own = {
	.locked = locked,
	.stepped = stepped,
	.leap_list = leap_list,
	.leap = leap,
	.tai = tai,
	.ke_expecting = ke_expecting,
	.ke_agreed = ke_agreed,
	.ke_failed = ke_failed,
	.ke_invalid = ke_invalid,
	.ke_read = ke_read,
	.ke_cookies = ke_cookies,
	.ke_ended = ke_ended,
	.ke_identity = ke_identity,
	.ke_session = ke_session,
	.ke_untold = ke_untold,
	.ke_session_priority = LOG_PRIORITY_DEBUG,
	.cookie_keys = cookie_keys,
};
