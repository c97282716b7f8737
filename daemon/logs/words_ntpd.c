/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's words: the lines of its log, each with the tag of the part that speaks.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/instant.h"
#include "common/source_options.h"
#include "common/text.h"
#include "daemon/words.h"

/* A day, s. */
#define DAY 86400

/* So many days before its end, a list of leap seconds is one to be replaced. */
#define EXPIRY_SOON 28

static void precision(const struct log *log, double precision_s)
{
	log_info(log, "INIT: precision = %.3f usec (%d)", precision_s * 1e6,
		(int)lround(log2(precision_s)));
}

static void locked(const struct log *log, const char *failed)
{
	log_info(log, failed != NULL ? "INIT: mlockall() failed: not locking into RAM"
				     : "INIT: successfully locked into RAM");
}

/* The three numbers of a version of the library with that name. */
static bool read_version(const char *version, const char *name, unsigned long ret[3])
{
	size_t n = strlen(name);
	char *end;

	if (strncmp(version, name, n) != 0 || version[n] != ' ')
		return false;
	version += n;
	for (size_t i = 0; i < 3; i++) {
		ret[i] = strtoul(version + 1, &end, 10);
		if (end == version + 1 || (i < 2 && *end != '.'))
			return false;
		version = end;
	}
	return true;
}

/* With the number that the library's headers have for its version. */
static void library(const struct log *log, const char *version)
{
	unsigned long v[3];

	if (read_version(version, "OpenSSL", v))
		log_info(log, "INIT: %s, %lx", version, v[0] << 28 | v[1] << 20 | v[2] << 4);
	else if (read_version(version, "GnuTLS", v))
		log_info(log, "INIT: %s, %lx", version, v[0] << 16 | v[1] << 8 | v[2]);
	else
		log_info(log, "INIT: %s", version);
}

static void stepped(const struct log *log, double s)
{
	log_warning(log, "CLOCK: time stepped by %f", s);
}

/* Of the others it says nothing. */
static void leap(const struct log *log, enum words_leap what, bool insert)
{
	if (what == WORDS_LEAP_STEPPED)
		stepped(log, insert ? -1.0 : 1.0);
}

/* How long it holds is told where that is not for long any more. */
static void tell_expiry(const struct log *log, const struct words_leap_list *l)
{
	int64_t left = l->expires - l->now_s;

	if (left <= 0)
		log_error(log,
			"CLOCK: leapsecond file ('%s'): expired less than %" PRId64 " days ago",
			l->path, -left / DAY + 1);
	else if (left < DAY)
		log_error(log, "CLOCK: leapsecond file ('%s'): will expire in less than one day",
			l->path);
	else if (left < EXPIRY_SOON * DAY)
		log_warning(log,
			"CLOCK: leapsecond file ('%s'): will expire in less than %" PRId64 " days",
			l->path, left / DAY + 1);
}

static void leap_list(const struct log *log, const struct words_leap_list *l)
{
	static const char *const wrong[] = {[WORDS_LIST_UNREAD] = "cannot be read",
		[WORDS_LIST_MALFORMED] = "parsing error",
		[WORDS_LIST_UNBELIEVED] = "parsing error",
		[WORDS_LIST_MISSIGNED] = "signature mismatch",
		[WORDS_LIST_UNREADABLE_HASH] = "malformed hash signature"};
	char expires[INSTANT_TEXT], last[INSTANT_TEXT];

	if (l->first && l->hash == WORDS_LIST_SIGNED)
		log_info(log, "CLOCK: leapsecond file ('%s'): good hash signature", l->path);
	else if (l->first && l->hash == WORDS_LIST_UNSIGNED)
		log_error(log, "CLOCK: leapsecond file ('%s'): no hash signature", l->path);
	instant_format_minute(l->expires, expires);
	instant_format_minute(l->last, last);
	if (l->how == WORDS_LIST_TAKEN && l->first)
		log_info(log, "CLOCK: leapsecond file ('%s'): loaded, expire=%s last=%s ofs=%d",
			l->path, expires, last, l->tai);
	if (l->how == WORDS_LIST_TAKEN)
		tell_expiry(log, l);
	else
		log_error(log, "CLOCK: leapsecond file ('%s'): %s", l->path, wrong[l->how]);
}

static void stamping(const struct log *log, const char *option)
{
	log_info(log, "INIT: Using %s", option);
}

static void listening(const struct log *log, unsigned number, const char *interface,
	const struct endpoint *at, bool dropping)
{
	char text[ENDPOINT_TEXT];

	endpoint_format(at, text, sizeof(text));
	log_info(log, "IO: Listen %s on %u %s %s", dropping ? "and drop" : "normally", number,
		interface, text);
}

static void left(
	const struct log *log, unsigned number, const char *interface, const struct endpoint *at)
{
	char text[ENDPOINT_TEXT];

	endpoint_format(at, text, sizeof(text));
	log_info(log, "IO: Deleting %u %s, %s", number, interface, text);
}

static void watching(const struct log *log, int fd)
{
	log_info(log, "IO: Listening on routing socket on fd #%d for interface updates", fd);
}

/* The bits of an association that stand in ntpd's lines. */
static unsigned flags_of(const struct source_options *o)
{
	enum {
		CONFIGURED = 0x1,
		PREFERRED = 0x80,
		IBURST = 0x100,
		BURST = 0x200,
		BY_NAME = 0x800,
		BY_NTS = 0x1000,
		LOOKUP = 0x20000,
	};

	return CONFIGURED | (o->kind == SOURCE_POOL ? 0U : BY_NAME | LOOKUP) |
	       (o->iburst ? IBURST : 0U) | (o->burst ? BURST : 0U) | (o->nts ? BY_NTS : 0U) |
	       ((o->select & SELECT_PREFER) ? PREFERRED : 0U);
}

/* How it is spoken with: as a client, or by whoever a pool's name leads to. */
static int cast_of(const struct source_options *o)
{
	return o->kind == SOURCE_POOL ? 8 : 1;
}

/* As it was written: with the port of key establishment when that is another. */
static void add_name(struct text *t, const struct source_options *o)
{
	const char *frame = strchr(o->name, ':') ? "[]" : "";

	text_add(t, "%.1s%s%s", frame, o->name, frame[0] != '\0' ? frame + 1 : "");
	if (o->nts && o->nts_port != 4460)
		text_add(t, ":%d", o->nts_port);
}

static void asking(const struct log *log, const struct source_options *o)
{
	char name[SOURCE_NAME + 8];
	struct text t = text_on(name, sizeof(name));

	add_name(&t, o);
	log_info(log, "DNS: dns_probe: %s, cast_flags:%d, flags:%x", name, cast_of(o), flags_of(o));
}

/* Behind the name stands the address family as the resolver was asked for it (AF_INET, ...). */
static void answered(const struct log *log, const struct source_options *o, double took_s)
{
	if (o->nts)
		log_info(log, "NTSc: DNS lookup of %s (%d) took %.3f sec", o->name,
			o->ip4_only   ? 2
			: o->ip6_only ? 10
				      : 0,
			took_s);
}

static void say_check(const struct log *log, const char *name, const struct source_options *o)
{
	log_info(log, "DNS: dns_check: processing %s, %d, %x", name, cast_of(o), flags_of(o));
}

static void found(const struct log *log, const struct source_options *o, const struct endpoint *at)
{
	char name[SOURCE_NAME + 8], address[ENDPOINT_TEXT];
	struct text t = text_on(name, sizeof(name));

	add_name(&t, o);
	say_check(log, name, o);
	if (at->port == 123)
		address_format(&at->address, address, sizeof(address));
	else
		endpoint_format(at, address, sizeof(address));
	log_info(log, "DNS: %s taking: %s", o->kind == SOURCE_POOL ? "Pool" : "Server", address);
	log_info(log, "DNS: dns_take_status: %s=>good, %d", name, o->kind == SOURCE_POOL ? 8 : 0);
}

static void not_found(
	const struct log *log, const struct source_options *o, bool for_now, double retry_s)
{
	char name[SOURCE_NAME + 8];
	struct text t = text_on(name, sizeof(name));

	add_name(&t, o);
	say_check(log, name, o);
	log_info(log, "DNS: dns_take_status: %s=>%s, %d", name, for_now ? "temp" : "error",
		(int)lround(log2(fmax(retry_s, 1))));
}

static void clients(const struct log *log, size_t entries, size_t bytes)
{
	log_info(log, "INIT: MRU %zu entries, %d hash bits, %zu bytes", entries,
		entries > 1 ? (int)ceil(log2((double)entries)) : 0, bytes);
}

static void roots(const struct log *log, const char *path, bool directory)
{
	if (path)
		log_info(log, "NTSc: Using %s %s for root certificates.",
			directory ? "dir" : "file", path);
	else
		log_info(log, "NTSc: Using system default root certificates.");
}

static void tls_chosen(const struct log *log, const struct tls_choice *choice)
{
	char line[LOG_MESSAGE];
	struct text t = text_on(line, sizeof(line));

	tls_numbers_write(TLS_SUITES, &choice->suites, &t);
	if (t.n > 0)
		log_info(log, "NTS: set ciphersuites %s.", line);
	t = text_on(line, sizeof(line));
	tls_numbers_write(TLS_GROUPS, &choice->groups, &t);
	if (t.n > 0)
		log_info(log, "NTS: set ecdhcurves %s.", line);
}

static void ke_connecting(const struct log *log, const struct words_ke *k)
{
	char server[ENDPOINT_TEXT];

	endpoint_format(k->server, server, sizeof(server));
	log_info(
		log, "NTSc: connecting to %s+%u => %s", k->name, (unsigned)k->server->port, server);
}

static void ke_expecting(const struct log *log, const struct words_ke *k, const char *from)
{
	(void)from;
	log_info(log, "NTSc: set cert host: %s", k->name);
}

/* Names of hosts out of all that a certificate stands for. */
static void tell_hosts(const struct log *log, const char *names)
{
	char all[sizeof(((struct tls_certificate *)0)->names)], line[LOG_MESSAGE], *words[64];
	struct text t = text_on(line, sizeof(line));
	struct address address;
	size_t n;

	text_copy(all, sizeof(all), names);
	n = text_split(all, words, sizeof(words) / sizeof(words[0]));
	for (size_t i = 0; i < n; i++) {
		char *comma = strchr(words[i], ',');

		if (comma)
			*comma = '\0';
		if (address_parse(words[i], &address) < 0)
			text_add(&t, "%s%s", t.n > 0 ? ", " : "", words[i]);
	}
	if (t.n > 0)
		log_info(log, "NTSc: SAN:DNS %s", line);
}

static void tell_peer(const struct log *log, const struct tls_info *info)
{
	if (!info->has_peer)
		return;
	log_info(log, "NTSc: certificate subject name: %s", info->peer.subject);
	log_info(log, "NTSc: certificate issuer name: %s", info->peer.issuer);
	tell_hosts(log, info->peer.names);
}

/* The number that OpenSSL has for what is wrong with a certificate, and its words. 0: none of
 * these. */
static int number_of(enum tls_fault fault, const char **ret_words)
{
	static const struct {
		enum tls_fault fault;
		int number;
		const char *words;
	} all[] = {
		{TLS_BAD_SIGNATURE, 7, "certificate signature failure"},
		{TLS_NOT_YET_VALID, 9, "certificate is not yet valid"},
		{TLS_EXPIRED, 10, "certificate has expired"},
		{TLS_SELF_SIGNED, 18, "self-signed certificate"},
		{TLS_UNKNOWN_CA, 20, "unable to get local issuer certificate"},
		{TLS_BAD_PURPOSE, 26, "unsuitable certificate purpose"},
		{TLS_WRONG_NAME, 62, "hostname mismatch"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].fault != fault)
			continue;
		*ret_words = all[i].words;
		return all[i].number;
	}
	return 0;
}

static void say_invalid(const struct log *log, enum tls_fault fault)
{
	const char *words = "unspecified certificate verification error";
	int number = number_of(fault, &words);

	log_error(log, "NTSc: certificate invalid: %d=>%s", number > 0 ? number : 1, words);
}

static void ke_agreed(const struct log *log, const struct words_ke *k, const struct tls_info *info)
{
	log_info(log, "NTSc: Using %s, %s (%d)", info->version, info->cipher, info->cipher_bits);
	tell_peer(log, info);
	if (info->overlooked[0] != '\0') {
		say_invalid(log, info->overlooked_fault);
		log_warning(log, "NTSc: noval - accepting invalid cert.");
	} else if (info->has_peer) {
		log_info(log, "NTSc: certificate is valid%s.",
			k->any_time ? ", its dates aside" : "");
	}
	log_info(log, "NTSc: Good ALPN from %s", k->name);
}

static void ke_failed(const struct log *log, const struct words_ke *k, const char *stage,
	const struct tls_info *info, enum tls_fault fault, const char *why, bool shaken)
{
	const char *words;

	if (!shaken)
		tell_peer(log, info);
	if (number_of(fault, &words) > 0)
		say_invalid(log, fault);
	if (fault == TLS_NO_ALPN)
		log_error(log, "NTSc: No ALPN from %s: %s", k->name, why);
	else
		log_error(log, "NTSc: %s %s failed: %s", stage, k->name, why);
}

static void ke_invalid(const struct log *log, const struct words_ke *k, const char *reason)
{
	log_error(log, "NTSc: bad response from %s: %s", k->name, reason);
}

static void ke_read(const struct log *log, const struct words_ke *k, size_t n)
{
	(void)k;
	log_info(log, "NTSc: read %zu bytes", n);
}

static void ke_cookies(
	const struct log *log, const struct words_ke *k, size_t n, size_t length, uint16_t aead)
{
	(void)k;
	log_info(log, "NTSc: Got %zu cookies, length %zu, aead=%u.", n, length, (unsigned)aead);
}

static void ke_ended(const struct log *log, const struct words_ke *k, double took_s, bool good)
{
	log_info(log, "NTSc: NTS-KE req to %s took %.3f sec, %s", k->name, took_s,
		good ? "OK" : "fail");
}

static void ke_serving(const struct log *log, int port)
{
	log_info(log, "NTSs: starting NTS-KE server listening on port %d", port);
}

static void ke_listening(const struct log *log, bool ip6)
{
	log_info(log, "NTSs: listen%d worked", ip6 ? 6 : 4);
}

static void ke_identity(const struct log *log, const char *cert, const char *key,
	const struct tls_certificate *c, int64_t now_s)
{
	enum tls_fault fault = tls_dates_fault(c, now_s);

	log_info(log, "NTSs: loaded certificate (chain) from %s", cert);
	log_info(log, "NTSs: loaded private key from %s", key);
	log_info(log, "NTSs: Private Key OK");
	if (fault != TLS_FINE)
		log_warning(log, "NTSs: certificate of %s %s", c->subject,
			fault == TLS_EXPIRED ? "has expired" : "is not valid yet");
}

/* "TLSv1.3:TLS_AES_256_GCM_SHA384(256)", which no session has that did not come to TLS. */
static void add_tls(struct text *t, const struct words_session *s)
{
	if (s->how != WORDS_SESSION_NO_TLS)
		text_add(t, "%s:%s(%d)", s->tls->version, s->tls->cipher, s->tls->cipher_bits);
}

static void ke_session(const struct log *log, const struct words_session *s)
{
	char line[LOG_MESSAGE];
	struct text t = text_on(line, sizeof(line));

	text_add(&t, "NTSs: NTS-KE from %s, %s", s->peer,
		s->how == WORDS_SESSION_SERVED ? "OK" : "Failed");
	if (s->how != WORDS_SESSION_NO_TLS)
		text_add(&t, ", Using ");
	add_tls(&t, s);
	text_add(&t, ", took %.3f sec, CPU: %.3f+%.3f ms", s->took_s, s->user_s * 1e3,
		s->system_s * 1e3);
	if (s->how != WORDS_SESSION_SERVED)
		text_add(&t, ", %s", s->why);
	log_info(log, "%s", line);
}

static void ke_untold(const struct log *log, uint64_t n)
{
	log_info(log, "NTSs: %" PRIu64 " more NTS-KE sessions, not told one by one", n);
}

/* Of the first of all keys nothing is said. */
static void cookie_keys(const struct log *log, size_t n, bool written)
{
	if (!written || n > 1)
		log_info(log, "NTS: %s cookie file, %zu keys.", written ? "Wrote new" : "Read", n);
}

/* ntskelog: the same in columns. */
static void columns(const struct log *log, const struct words_session *s)
{
	static const char *const tags[] = {[WORDS_SESSION_SERVED] = "OK",
		[WORDS_SESSION_NO_TLS] = "TLS",
		[WORDS_SESSION_REFUSED] = "KE"};
	char line[LOG_MESSAGE];
	struct text t = text_on(line, sizeof(line));

	text_add(&t, "%3s %.3f %.3f %.3f %s ", tags[s->how], s->took_s, s->user_s * 1e3,
		s->system_s * 1e3, s->peer);
	add_tls(&t, s);
	if (s->how != WORDS_SESSION_SERVED)
		text_add(&t, "%s%s", s->how == WORDS_SESSION_REFUSED ? ", " : "", s->why);
	log_info(log, "%s", line);
}

const struct words words_ntpd = {
	.precision = precision,
	.locked = locked,
	.library = library,
	.stepped = stepped,
	.leap = leap,
	.leap_list = leap_list,
	.stamping = stamping,
	.listening = listening,
	.left = left,
	.watching = watching,
	.asking = asking,
	.answered = answered,
	.found = found,
	.not_found = not_found,
	.clients = clients,
	.roots = roots,
	.ke_connecting = ke_connecting,
	.tls_chosen = tls_chosen,
	.ke_expecting = ke_expecting,
	.ke_agreed = ke_agreed,
	.ke_failed = ke_failed,
	.ke_invalid = ke_invalid,
	.ke_read = ke_read,
	.ke_cookies = ke_cookies,
	.ke_ended = ke_ended,
	.ke_serving = ke_serving,
	.ke_listening = ke_listening,
	.ke_identity = ke_identity,
	.ke_session = ke_session,
	.ke_untold = ke_untold,
	.ke_session_priority = LOG_PRIORITY_INFO,
	.cookie_keys = cookie_keys,
};

const struct words words_ntskelog = {
	.ke_session = columns,
	.ke_session_priority = LOG_PRIORITY_INFO,
};
