/* SPDX-License-Identifier: BSD-2-Clause */
/* ntpd's words: lines that system tests do not meet, and the columns of ntskelog. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/address.h"
#include "common/source_options.h"
#include "common/text.h"
#include "daemon/words.h"

static char heard[4096];

static void hear(void *arg, enum log_priority priority, const char *message)
{
	size_t n = strlen(heard);

	(void)arg;
	(void)priority;
	snprintf(heard + n, sizeof(heard) - n, "%s\n", message);
}

static const struct log ntpd = {.write = hear, .words = &words_ntpd};
static const struct log ntskelog = {.write = hear, .words = &words_ntskelog};

/* What was said since the last time. */
static void said(const char *lines)
{
	assert_string_equal(heard, lines);
	heard[0] = '\0';
}

static void libraries(void **state)
{
	(void)state;
	words_say(&ntpd, library, "OpenSSL 3.0.22 25 Aug 2026");
	said("INIT: OpenSSL 3.0.22 25 Aug 2026, 30000160\n");
	words_say(&ntpd, library, "GnuTLS 3.7.9");
	said("INIT: GnuTLS 3.7.9, 30709\n");
	words_say(&ntpd, library, "none");
	said("INIT: none\n");
	words_say(&ntpd, precision, 2.031e-6);
	said("INIT: precision = 2.031 usec (-19)\n");
	words_say(&ntpd, locked, "mlockall");
	said("INIT: mlockall() failed: not locking into RAM\n");
	words_say(&(struct log){.write = hear}, locked, "setrlimit");
	said("setrlimit() failed\n");
	words_say(&(struct log){.write = hear}, locked, "mlockall");
	said("mlockall() failed\n");
	/* Ours say nothing of that. */
	words_say(&(struct log){.write = hear}, library, "GnuTLS 3.7.9");
	said("");
}

static void names(void **state)
{
	struct source_options o = source_options_default(SOURCE_POOL);
	struct endpoint at = {.port = 123};

	(void)state;
	strcpy(o.name, "pool.test");
	assert_int_equal(address_parse("192.0.2.1", &at.address), 0);
	words_say(&ntpd, found, &o, &at);
	said("DNS: dns_check: processing pool.test, 8, 1\nDNS: Pool taking: 192.0.2.1\n"
	     "DNS: dns_take_status: pool.test=>good, 8\n");
	words_say(&ntpd, asking, &o);
	said("DNS: dns_probe: pool.test, cast_flags:8, flags:1\n");
	words_say(&ntpd, answered, &o, 0.5);
	said("");
	o = source_options_default(SOURCE_SERVER);
	strcpy(o.name, "2001:db8::1");
	o.nts = o.iburst = o.ip6_only = true;
	o.nts_port = 443;
	at.port = 1123;
	words_say(&ntpd, found, &o, &at);
	said("DNS: dns_check: processing [2001:db8::1]:443, 1, 21901\n"
	     "DNS: Server taking: 192.0.2.1:1123\n"
	     "DNS: dns_take_status: [2001:db8::1]:443=>good, 0\n");
	words_say(&ntpd, answered, &o, 0.25);
	said("NTSc: DNS lookup of 2001:db8::1 (10) took 0.250 sec\n");
	words_say(&ntpd, not_found, &o, true, 8);
	said("DNS: dns_check: processing [2001:db8::1]:443, 1, 21901\n"
	     "DNS: dns_take_status: [2001:db8::1]:443=>temp, 3\n");
	words_say(&ntpd, not_found, &o, false, 1024);
	said("DNS: dns_check: processing [2001:db8::1]:443, 1, 21901\n"
	     "DNS: dns_take_status: [2001:db8::1]:443=>error, 10\n");
}

static void failures(void **state)
{
	static const struct words_ke ke = {.label = "192.0.2.1:4460 (a)", .name = "a"};
	const struct tls_info none = {.has_peer = false};
	struct tls_info info = {.has_peer = true,
		.peer = {.subject = "/CN=b", .issuer = "/CN=c", .names = "192.0.2.1, b, *.b"}};

	(void)state;
	words_say(&ntpd, ke_failed, &ke, "TLS handshake with", &info, TLS_WRONG_NAME, "why", false);
	said("NTSc: certificate subject name: /CN=b\nNTSc: certificate issuer name: /CN=c\n"
	     "NTSc: SAN:DNS b, *.b\nNTSc: certificate invalid: 62=>hostname mismatch\n"
	     "NTSc: TLS handshake with a failed: why\n");
	/* After the handshake the peer was told of already. */
	words_say(&ntpd, ke_failed, &ke, "Key export from", &info, TLS_BROKEN, "why", true);
	said("NTSc: Key export from a failed: why\n");
	words_say(&ntpd, ke_failed, &ke, "", &none, TLS_NO_ALPN, "why", false);
	said("NTSc: No ALPN from a: why\n");
	strcpy(info.peer.names, "192.0.2.1");
	strcpy(info.overlooked, "expired");
	info.overlooked_fault = TLS_EXPIRED;
	strcpy(info.version, "TLSv1.3");
	strcpy(info.cipher, "X");
	info.cipher_bits = 256;
	words_say(&ntpd, ke_agreed, &ke, &info);
	said("NTSc: Using TLSv1.3, X (256)\nNTSc: certificate subject name: /CN=b\n"
	     "NTSc: certificate issuer name: /CN=c\n"
	     "NTSc: certificate invalid: 10=>certificate has expired\n"
	     "NTSc: noval - accepting invalid cert.\nNTSc: Good ALPN from a\n");
}

static void sessions(void **state)
{
	const struct tls_info info = {.version = "TLSv1.3", .cipher = "X", .cipher_bits = 128};
	struct words_session s = {.peer = "192.0.2.9:1",
		.how = WORDS_SESSION_SERVED,
		.tls = &info,
		.took_s = 0.25,
		.user_s = 0.001349,
		.system_s = 0.0005,
		.why = "bad request"};

	(void)state;
	words_say(&ntskelog, ke_session, &s);
	said(" OK 0.250 1.349 0.500 192.0.2.9:1 TLSv1.3:X(128)\n");
	words_say(&ntpd, ke_session, &s);
	said("NTSs: NTS-KE from 192.0.2.9:1, OK, Using TLSv1.3:X(128), took 0.250 sec, CPU: "
	     "1.349+0.500 ms\n");
	s.how = WORDS_SESSION_REFUSED;
	words_say(&ntskelog, ke_session, &s);
	said(" KE 0.250 1.349 0.500 192.0.2.9:1 TLSv1.3:X(128), bad request\n");
	words_say(&ntpd, ke_session, &s);
	said("NTSs: NTS-KE from 192.0.2.9:1, Failed, Using TLSv1.3:X(128), took 0.250 sec, CPU: "
	     "1.349+0.500 ms, bad request\n");
	s.how = WORDS_SESSION_NO_TLS;
	words_say(&ntskelog, ke_session, &s);
	said("TLS 0.250 1.349 0.500 192.0.2.9:1 bad request\n");
	words_say(&ntpd, ke_session, &s);
	said("NTSs: NTS-KE from 192.0.2.9:1, Failed, took 0.250 sec, CPU: 1.349+0.500 ms, bad "
	     "request\n");
	/* That file has nothing else. */
	words_say(&ntskelog, cookie_keys, 2, true);
	said("");
}

static void leap_lists(void **state)
{
	struct words_leap_list l = {
		.path = "/l", .how = WORDS_LIST_TAKEN, .expires = 1795424400, .tai = 37};

	(void)state;
	l.now_s = l.expires - 28 * 86400;
	words_say(&ntpd, leap_list, &l);
	said("");
	l.now_s = l.expires - 86400;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): will expire in less than 2 days\n");
	l.now_s = l.expires - 86399;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): will expire in less than one day\n");
	l.now_s = l.expires + 148 * 86400 + 5;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): expired less than 149 days ago\n");
	l.how = WORDS_LIST_MALFORMED;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): parsing error\n");
	l.how = WORDS_LIST_UNREADABLE_HASH;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): malformed hash signature\n");
	l.how = WORDS_LIST_MISSIGNED;
	words_say(&ntpd, leap_list, &l);
	said("CLOCK: leapsecond file ('/l'): signature mismatch\n");
	/* chronyd's */
	l.how = WORDS_LIST_UNREAD;
	l.first = true;
	words_say(&(struct log){.write = hear}, leap_list, &l);
	said("Failed to open leap seconds list /l\n"
	     "Leap second list /l failed check, ignoring\n");
	l.first = false;
	words_say(&(struct log){.write = hear}, leap_list, &l);
	said("Failed to open leap seconds list /l\n");
	l.how = WORDS_LIST_MALFORMED;
	l.first = true;
	words_say(&(struct log){.write = hear}, leap_list, &l);
	said("Failed to parse leap seconds list /l\n"
	     "Leap second list /l failed check, ignoring\n");
}

/** What a message becomes in ntpd's log; "-": nothing. */
static const char *line_of(const char *message)
{
	static char line[LOG_MESSAGE];
	struct text t = text_on(line, sizeof(line));

	return words_ntpd_line(message, &t) ? line : "-";
}

static void tags(void **state)
{
	(void)state;
	assert_string_equal(line_of("CONFIG: a: b"), "CONFIG: a: b");
	assert_string_equal(line_of("NTSc: a"), "NTSc: a");
	assert_string_equal(line_of("MODE6: a"), "MODE6: a");
	assert_string_equal(line_of("Found 2 trusted keys."), "Found 2 trusted keys.");
	assert_string_equal(line_of("Selected source 192.0.2.1"), "-");
	assert_string_equal(line_of("Disabled control of system clock"), "-");
	assert_string_equal(
		line_of("CAP_SYS_TIME not present"), "CLOCK: ntp_adjtime: Operation not permitted");
	assert_string_equal(
		line_of("Can't synchronise: no sources"), "SYNC: Can't synchronise: no sources");
	assert_string_equal(line_of("Could not open /x : why"), "LOG: Could not open /x : why");
	assert_string_equal(line_of("A: b"), "LOG: A: b");
	assert_string_equal(line_of("Could not read valid frequency and skew from driftfile /x"),
		"LOG: format error frequency file /x");
	assert_string_equal(line_of(""), "LOG: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libraries),
		cmocka_unit_test(names),
		cmocka_unit_test(failures),
		cmocka_unit_test(sessions),
		cmocka_unit_test(leap_lists),
		cmocka_unit_test(tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
