/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntp.conf: restrictions, limits, the list of clients, and which addresses are listened on.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "test/unit/ntpconf_world.h"

/** The flags that decide for an address and port. */
static unsigned flags(const struct settings *s, const char *text, uint16_t port)
{
	const struct settings_restrict *r;
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	r = settings_find_restrict(&s->ntp, &a, port);
	assert_non_null(r);
	return r->flags;
}

#define BUILT_IN (NTP_RESTRICT_NOQUERY | NTP_RESTRICT_LIMITED)

/** The lines of Debian's file. */
static void usual(void **state)
{
	const struct settings *s = quiet("restrict default kod nomodify noquery nomrulist limited\n"
					 "restrict 127.0.0.1\nrestrict ::1\n");
	unsigned others =
		BUILT_IN | NTP_RESTRICT_KOD | NTP_RESTRICT_NOMODIFY | NTP_RESTRICT_NOMRULIST;

	(void)state;
	assert_int_equal(flags(s, "192.0.2.1", 123), others);
	assert_int_equal(flags(s, "2001:db8::1", 5), others);
	assert_int_equal(flags(s, "127.0.0.1", 5), 0);
	assert_int_equal(flags(s, "::1", 5), 0);
	assert_int_equal(flags(s, "127.0.0.2", 5), others);
}

/** The most specific entry decides whatever the order of the lines. */
static void specific(void **state)
{
	const struct settings *s = quiet("restrict 10.1.2.3 notrust\n"
					 "restrict 10.0.0.0/8 nomodify\n"
					 "restrict 10.1.0.0 mask 255.255.0.0 noserve\n"
					 "restrict -4 default ignore\n"
					 "restrict 10.1.2.3 version ntpport\n"
					 "restrict 10.0.0.3 mask 255.0.0.255 flake\n"
					 "restrict 2001:db8::/32 nomrulist\n");

	(void)state;
	assert_int_equal(flags(s, "10.1.2.3", 124), NTP_RESTRICT_NOTRUST);
	assert_int_equal(flags(s, "10.1.2.3", 123), NTP_RESTRICT_VERSION);
	assert_int_equal(flags(s, "10.1.2.4", 123), NTP_RESTRICT_NOSERVE);
	assert_int_equal(flags(s, "10.2.2.4", 123), NTP_RESTRICT_NOMODIFY);
	assert_int_equal(flags(s, "10.2.2.3", 123), NTP_RESTRICT_FLAKE);
	assert_int_equal(flags(s, "11.1.1.1", 123), BUILT_IN | NTP_RESTRICT_IGNORE);
	assert_int_equal(flags(s, "2001:db8::1", 123), NTP_RESTRICT_NOMRULIST);
	assert_int_equal(flags(s, "2001:db9::1", 123), BUILT_IN);
}

/** Who is served at all, in the words of the engine. */
static void engine_rules(void **state)
{
	const struct settings *s = quiet("restrict 10.1.0.0/16 noserve\nrestrict 10.1.1.1\n");

	(void)state;
	assert_int_equal(s->n_access, 4);
	assert_true(s->access[0].allow && s->access[0].bits == 0);
	assert_true(s->access[1].allow && s->access[1].bits == 0);
	assert_false(s->access[2].allow);
	assert_int_equal(s->access[2].bits, 16);
	assert_true(s->access[3].allow);
	assert_int_equal(s->access[3].bits, 32);
}

static void merges(void **state)
{
	const struct settings *s = quiet("restrict 10.1.2.3/8 nomodify\n"
					 "restrict 10.0.0.0 mask 255.0.0.0 version\n"
					 "unrestrict default noquery\n"
					 "restrict 192.0.2.1 ignore\nunrestrict 192.0.2.1\n"
					 "unrestrict default\nunrestrict 192.0.2.2\n");

	(void)state;
	assert_int_equal(flags(s, "10.9.9.9", 1), NTP_RESTRICT_NOMODIFY | NTP_RESTRICT_VERSION);
	assert_int_equal(flags(s, "192.0.2.1", 1), NTP_RESTRICT_LIMITED);
	assert_int_equal(s->ntp.n_restricts, 3);
	/* A prefix of no bits is none. */
	s = quiet("restrict 10.0.0.1/0 ignore\n");
	assert_int_equal(flags(s, "10.0.0.1", 1), NTP_RESTRICT_IGNORE);
	assert_int_equal(flags(s, "10.0.0.2", 1), BUILT_IN);
}

static void told(void **state)
{
	const struct settings *s;

	(void)state;
	s = noisy("restrict 10.0.0.1 kod nopeer notrap\n",
		"I CONFIG: restrict nopeer ignored\nI CONFIG: restrict notrap ignored\n"
		"W CONFIG: restrict 10.0.0.1: KOD does nothing without LIMITED.\n");
	assert_int_equal(flags(s, "10.0.0.1", 1),
		NTP_RESTRICT_KOD | NTP_RESTRICT_NOPEER | NTP_RESTRICT_NOTRAP);
	s = noisy("restrict default ippeerlimit -1 noepeer nomodify\n",
		"W CONFIG: ntp.conf line 1: restrict ippeerlimit ignored\n"
		"W CONFIG: ntp.conf line 1: restrict noepeer ignored\n");
	assert_int_equal(flags(s, "10.0.0.1", 1), BUILT_IN | NTP_RESTRICT_NOMODIFY);
	/* A line that cannot be understood changes nothing. */
	s = noisy("restrict 127.0.0.1 nomodfy\n",
		"E CONFIG: line 1 column 19 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 1, column 19\n");
	assert_int_equal(flags(s, "127.0.0.1", 1), BUILT_IN);
	noisy("restrict 10.0.0.0/33\n", "E CONFIG: line 1 column 9 syntax error\n"
					"E CONFIG: syntax error in ntp.conf line 1, column 9\n");
	noisy("restrict default mask 255.0.0.0\n",
		"E CONFIG: line 1 column 22 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 1, column 22\n");
	noisy("restrict 10.0.0\nrestrict fe80::x\nrestrict a.example/24\nrestrict a.example "
	      "ignor\n",
		"E CONFIG: line 1 column 9 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 1, column 9\n"
		"E CONFIG: line 2 column 9 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 2, column 9\n"
		"E CONFIG: line 3 column 9 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 3, column 9\n"
		"E CONFIG: line 4 column 19 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 4, column 19\n");
	s = quiet("restrict -6 a.example mask ffff:: nomodify\nunrestrict b.example\n");
	assert_int_equal(s->ntp.n_restricts, 2);
	assert_int_equal(s->ntp.n_named, 2);
	assert_string_equal(s->ntp.named[0].name, "a.example");
	assert_string_equal(s->ntp.named[0].rest, " mask ffff:: nomodify");
	assert_false(s->ntp.named[0].ip4 || s->ntp.named[0].undo);
	assert_true(s->ntp.named[0].ip6 && s->ntp.named[1].ip4 && s->ntp.named[1].undo);
	s = quiet("restrict source nomodify\n");
	assert_true(s->ntp.restrict_source);
	assert_int_equal(s->ntp.source.flags, NTP_RESTRICT_NOMODIFY);
	assert_int_equal(s->ntp.n_restricts, 2);
}

/** ntpd names the default of one family by its address. */
static void defaults(void **state)
{
	(void)state;
	noisy("restrict -4 default kod\nunrestrict default limited\nrestrict -4 default kod\n"
	      "restrict -6 default kod\nrestrict 10.0.0.1 kod\n",
		"W CONFIG: restrict 0.0.0.0: KOD does nothing without LIMITED.\n"
		"W CONFIG: restrict 0.0.0.0: KOD does nothing without LIMITED.\n"
		"W CONFIG: restrict ::: KOD does nothing without LIMITED.\n"
		"W CONFIG: restrict 10.0.0.1: KOD does nothing without LIMITED.\n");
}

/** What a line changes of settings in force. */
static int change(struct settings *s, const char *line)
{
	static const struct log nobody = {.lowest = LOG_PRIORITY_FATAL + 1};
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	return config_dialect_ntpconf.change(line, &nobody, s, &why);
}

/** While the daemon runs: rates and statistics, but neither where files are nor how large a list.
 */
static void changes(void **state)
{
	struct settings *s = settings_copy(quiet("restrict default limited\n"));

	(void)state;
	assert_non_null(s);
	assert_int_equal(change(s, "limit average 4 burst 2"), 0);
	assert_int_equal(s->ratelimit.interval, -2);
	assert_int_equal(s->ratelimit.burst, 8);
	assert_int_equal(change(s, "discard average 3"), 0);
	assert_int_equal(s->ratelimit.interval, 3);
	assert_int_equal(change(s, "statistics loopstats rawstats"), 0);
	assert_true(s->ntp.filegens[NTP_RAWSTATS].enable);
	assert_int_equal(change(s, "filegen loopstats file a type week nolink disable"), 0);
	assert_false(s->ntp.filegens[NTP_LOOPSTATS].enable || s->ntp.filegens[NTP_LOOPSTATS].link);
	assert_string_equal(s->ntp.filegens[NTP_LOOPSTATS].file, "a");
	assert_int_equal(change(s, "statistics ntskelog"), -EOPNOTSUPP);
	settings_destroy(s);
	s = settings_copy(quiet(""));
	assert_non_null(s);
	assert_int_equal(change(s, "mru maxdepth 9"), -EOPNOTSUPP);
	assert_int_equal(change(s, "mru maxage 100 minage 10"), 0);
	assert_int_equal(s->ntp.mru.maxage, 100);
	assert_int_equal(s->ntp.mru.minage, 10);
	assert_int_equal(change(s, "statsdir /x"), -EOPNOTSUPP);
	assert_int_equal(change(s, "keys /x"), -EOPNOTSUPP);
	settings_destroy(s);
}

/** Reference clocks: nothing is added up, and pulses come and go with flag1. */
static void fudged(void **state)
{
	struct settings *s =
		settings_copy(quiet("server 127.127.1.0\nserver 127.127.28.2 bias 0.1\n"
				    "fudge 127.127.28.2 time1 0.5\n"
				    "server 127.127.20.0\nfudge 127.127.20.0 time1 0.01\n"));

	(void)state;
	assert_non_null(s);
	assert_true(s->local.on);
	assert_int_equal(s->local.stratum, 6);
	assert_int_equal(change(s, "fudge 127.127.28.2 flag4 1"), 0);
	assert_true(s->refclocks[1].offset == 0.6);
	assert_int_equal(change(s, "fudge 127.127.28.2 time1 -0.5 refid ABCD"), 0);
	assert_true(s->refclocks[1].offset == -0.4);
	assert_int_equal(s->refclocks[1].refid, 0x41424344);
	assert_int_equal(change(s, "fudge 127.127.28.2 flag1 1 time2 3"), 0);
	assert_string_equal(s->refclocks[1].parameter, "2:perm=0666:limit=3");
	assert_int_equal(change(s, "fudge 127.127.1.0 stratum 9"), 0);
	assert_int_equal(s->refclocks[0].stratum, 9);
	assert_true(s->local.on);
	assert_int_equal(s->local.stratum, 10);
	assert_true(s->refclocks[0].select & SELECT_NOSELECT);
	assert_int_equal(change(s, "fudge 127.127.1.0 stratum 15"), 0);
	assert_false(s->local.on);
	assert_int_equal(s->n_refclocks, 3);
	assert_int_equal(change(s, "fudge 127.127.20.0 flag1 1"), 0);
	assert_int_equal(s->n_refclocks, 4);
	assert_true(s->refclocks[3].fudge.paired && s->refclocks[3].offset == 0.01);
	assert_true(s->refclocks[2].delay == 1.0);
	assert_int_equal(change(s, "fudge 127.127.20.0 time2 0.4 time1 0.02"), 0);
	assert_int_equal(s->n_refclocks, 4);
	assert_true(s->refclocks[3].offset == 0.02 && s->refclocks[2].offset == 0.4);
	assert_true(s->refclocks[2].delay < 1e-3);
	assert_int_equal(change(s, "fudge 127.127.20.0 flag1 0"), 0);
	assert_int_equal(s->n_refclocks, 3);
	/* Not the device, nor a clock that there is not. */
	assert_int_equal(change(s, "device 127.127.20.0 timedata /x"), -EOPNOTSUPP);
	assert_int_equal(change(s, "fudge 127.127.28.9 stratum 3"), 0);
	settings_destroy(s);
}

static void limits(void **state)
{
	const struct settings *s = quiet("limit average 0.5 burst 4 kod 2\n");

	(void)state;
	assert_true(s->ntp.limit.average == 0.5 && s->ntp.limit.burst == 4.0 &&
		    s->ntp.limit.kod == 2.0);
	assert_true(s->ratelimit.on);
	assert_int_equal(s->ratelimit.interval, 1);
	assert_int_equal(s->ratelimit.burst, 2);
	assert_int_equal(s->ratelimit.kod, 0);
	s = quiet("restrict default limited kod\n");
	assert_int_equal(s->ratelimit.interval, 0);
	assert_int_equal(s->ratelimit.burst, 20);
	assert_int_equal(s->ratelimit.kod, 1);
	assert_false(quiet("unrestrict default limited")->ratelimit.on);
	assert_true(quiet("unrestrict default limited\ndisable monitor")->noclientlog);
	s = noisy("discard average 3 minimum 2\n",
		"W CONFIG: ntp.conf line 1: discard minimum is accepted and has no effect\n");
	assert_true(s->ntp.limit.average == 0.125);
	s = quiet("mru maxdepth 5 mindepth 6 maxage 7 minage 8\nmru maxmem 3\n");
	assert_int_equal(s->ntp.mru.maxdepth, 32);
	assert_int_equal(s->ntp.mru.mindepth, 6);
	assert_int_equal(s->ntp.mru.maxage, 7);
	assert_int_equal(s->ntp.mru.minage, 8);
	assert_int_equal(quiet("mru maxmem -1")->ntp.mru.maxdepth, -1);
	noisy("limit average\n", "E CONFIG: line 1 column 13 syntax error\n"
				 "E CONFIG: syntax error in ntp.conf line 1, column 13\n");
}

static void nics(void **state)
{
	const struct settings *s = quiet("interface ignore wildcard\nnic listen eth*\n"
					 "interface drop 192.0.2.0/24\ninterface listen ::1\n"
					 "interface ignore all\n");
	const struct settings_nic *n = s->ntp.nics;

	(void)state;
	assert_int_equal(s->ntp.n_nics, 5);
	assert_int_equal(n[0].match, NTP_NIC_WILDCARD);
	assert_int_equal(n[0].action, NTP_NIC_IGNORE);
	assert_int_equal(n[1].match, NTP_NIC_NAME);
	assert_string_equal(n[1].name, "eth*");
	assert_int_equal(n[2].action, NTP_NIC_DROP);
	assert_int_equal(n[2].bits, 24);
	assert_int_equal(n[3].bits, 128);
	assert_int_equal(n[4].match, NTP_NIC_ALL);
	noisy("interface open eth0\n", "E CONFIG: line 1 column 10 syntax error\n"
				       "E CONFIG: syntax error in ntp.conf line 1, column 10\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(specific),
		cmocka_unit_test(engine_rules),
		cmocka_unit_test(merges),
		cmocka_unit_test(told),
		cmocka_unit_test(defaults),
		cmocka_unit_test(changes),
		cmocka_unit_test(fudged),
		cmocka_unit_test(limits),
		cmocka_unit_test(nics),
	};

	return cmocka_run_group_tests(tests, NULL, ntpconf_world_end);
}
