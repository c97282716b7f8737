/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chrony.conf: every directive lands in its field, and every bad line is named with its place.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "common/cmdmon.h"
#include "common/log.h"
#include "common/text.h"
#include "config/chrony_parse.h"
#include "config/dialect.h"
#include "config/settings.h"
#include "test/unit/config_reading.h"

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(good("acquisitionport 0")->acquisition_port, 0);
	assert_true(good("combinelimit 0")->combinelimit == 0.0);
	assert_true(good("corrtimeratio 5.5")->corrtimeratio == 5.5);
	assert_int_equal(good("cmdport 0")->cmdport, 0);
	assert_int_equal(good("dscp 46")->dscp, 46);
	assert_int_equal(good("logbanner 0")->logbanner, 0);
	assert_true(good("logchange 0.1")->logchange == 0.1);
	assert_true(good("maxclockerror 2")->maxclockerror_ppm == 2.0);
	assert_true(good("maxdistance 1.5")->maxdistance == 1.5);
	assert_true(good("maxdrift 500")->maxdrift_ppm == 500.0);
	assert_true(good("maxjitter 0.2")->maxjitter == 0.2);
	assert_int_equal(good("maxsamples 10")->maxsamples, 10);
	assert_true(good("maxslewrate 1000")->maxslewrate_ppm == 1000.0);
	assert_int_equal(good("maxstratum 5")->maxstratum, 5);
	assert_true(good("maxupdateskew -100.0")->maxupdateskew_ppm == 100.0);
	assert_int_equal(good("minsamples 10")->minsamples, 10);
	assert_int_equal(good("minsources 2")->minsources, 2);
	assert_int_equal(good("minstratum 1")->minstratum, 1);
	assert_int_equal(good("PORT 65535")->port, 65535);
	assert_int_equal(good("port 1\nport 2")->port, 2);
	assert_int_equal(good("refresh 0")->refresh, 0);
	assert_true(good("reselectdist 1e-3")->reselectdist == 1e-3);
	assert_int_equal(good("sched_priority 50")->sched_priority, 50);
	assert_true(good("stratumweight 0")->stratumweight == 0.0);
	assert_true(good("clockprecision 1e-7")->clockprecision == 1e-7);
	assert_true(good("clockprecision 5")->clockprecision == 1.0);
	assert_true(good("clockprecision 0")->clockprecision == 1e-9);
}

static void several_values(void **state)
{
	struct settings *s = good("makestep 0.1 -3\nmaxchange 1000 1 2\nfallbackdrift 16 19");

	(void)state;
	assert_true(s->makestep_threshold == 0.1);
	assert_int_equal(s->makestep_limit, -3);
	assert_true(s->maxchange_offset == 1000.0);
	assert_int_equal(s->maxchange_start, 1);
	assert_int_equal(s->maxchange_ignore, 2);
	assert_true(s->maxchange_on);
	assert_int_equal(s->fallbackdrift_min, 16);
	assert_int_equal(s->fallbackdrift_max, 19);
	assert_false(good("port 1")->maxchange_on);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(good("binddevice eth0")->binddevice, "eth0");
	assert_string_equal(good("bindacqdevice eth1")->bindacqdevice, "eth1");
	assert_string_equal(good("bindcmddevice lo")->bindcmddevice, "lo");
	assert_string_equal(good("dumpdir /d")->dumpdir, "/d");
	assert_string_equal(good("keyfile /k")->keyfile, "/k");
	assert_string_equal(good("leapsectz right/UTC")->leapsectz, "right/UTC");
	assert_string_equal(good("leapseclist /l")->leapseclist, "/l");
	assert_string_equal(good("logdir /var/log")->logdir, "/var/log");
	assert_string_equal(good("pidfile /")->pidfile, "/");
	assert_string_equal(good("user ntp")->user, "ntp");
	assert_true(good("user ntp")->user_set);
	assert_false(good("port 1")->user_set);
	assert_true(good("rtcsync")->rtcsync);
	assert_true(good("lock_all")->lock_all);
	assert_int_equal(good("leapsecmode SLEW")->leapsecmode, SETTINGS_LEAP_SLEW);
	assert_int_equal(good("leapsecmode ignore")->leapsecmode, SETTINGS_LEAP_IGNORE);
	assert_int_equal(good("authselectmode require")->authselectmode, SETTINGS_AUTH_REQUIRE);
	assert_int_equal(good("authselectmode ignore")->authselectmode, SETTINGS_AUTH_IGNORE);
	assert_string_equal(good("driftfile /x")->driftfile, "/x");
	assert_int_equal(good("driftfile /x")->drift_interval, 3600);
	assert_int_equal(good("driftfile /x INTERVAL 60")->drift_interval, 60);
}

static void lists(void **state)
{
	struct settings *s = good("sourcedir /a /b\nsourcedir /c\nlog tracking rtc\nlog selection");

	(void)state;
	assert_int_equal(s->n_sourcedirs, 3);
	assert_string_equal(s->sourcedirs[1], "/b");
	assert_string_equal(s->sourcedirs[2], "/c");
	assert_int_equal(
		s->logs, SETTINGS_LOG_TRACKING | SETTINGS_LOG_RTC | SETTINGS_LOG_SELECTION);
	assert_int_equal(
		good("log measurements rawmeasurements statistics refclocks tempcomp")->logs,
		SETTINGS_LOG_MEASUREMENTS | SETTINGS_LOG_RAW_MEASUREMENTS |
			SETTINGS_LOG_STATISTICS | SETTINGS_LOG_REFCLOCKS | SETTINGS_LOG_TEMPCOMP);
	s = good("opencommands tracking activity");
	assert_true(s->opencommands_set);
	assert_int_equal(s->opencommands, CMDMON_GROUP_TRACKING | CMDMON_GROUP_ACTIVITY);
	s = good("opencommands sources\nopencommands");
	assert_true(s->opencommands_set);
	assert_int_equal(s->opencommands, 0);
	assert_false(good("log")->opencommands_set);
}

static void addresses(void **state)
{
	struct settings *s = good("bindaddress 192.0.2.1\nbindaddress 2001:db8::1\n"
				  "bindacqaddress 192.0.2.2\nbindcmdaddress ::1\n"
				  "bindcmdaddress /run/s\nbindaddress 192.0.2.3");
	char text[ADDRESS_TEXT];

	(void)state;
	address_format(&s->bind4, text, sizeof(text));
	assert_string_equal(text, "192.0.2.3");
	address_format(&s->bind6, text, sizeof(text));
	assert_string_equal(text, "2001:db8::1");
	address_format(&s->bindacq4, text, sizeof(text));
	assert_string_equal(text, "192.0.2.2");
	assert_int_equal(s->bindacq6.family, ADDRESS_NONE);
	assert_true(address_is_loopback(&s->bindcmd6));
	assert_string_equal(s->command_socket, "/run/s");
	assert_string_equal(good("bindcmdaddress /")->command_socket, "/");
}

/** One rule of access as text. */
static const char *access_text(const struct settings_access *a)
{
	static char s[100];
	char prefix[ADDRESS_TEXT];

	address_format(&a->prefix, prefix, sizeof(prefix));
	snprintf(s, sizeof(s), "%s%s %s/%d", a->allow ? "allow" : "deny", a->all ? " all" : "",
		prefix, a->bits);
	return s;
}

static void access_rules(void **state)
{
	static const char *const want[] = {"allow [UNSPEC]/0", "deny all [UNSPEC]/0",
		"allow 10.0.0.0/8", "deny all 192.168.0.0/16", "allow 1.2.3.4/32", "deny ::/0",
		"allow 2001:db8::/32", "allow 0.0.0.0/0"};
	struct settings *s = good("allow\ndeny all\nallow 10\ndeny all 192.168\nallow 1.2.3.4\n"
				  "deny ::/0\nallow 2001:db8::1/32\nallow 0/0\n"
				  "cmdallow 1.2/15\ncmddeny all");

	(void)state;
	assert_int_equal(s->n_access, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < s->n_access; i++) {
		assert_string_equal(access_text(&s->access[i]), want[i]);
	}
	assert_int_equal(s->n_cmd_access, 2);
	assert_string_equal(access_text(&s->cmd_access[0]), "allow 1.2.0.0/15");
	assert_string_equal(access_text(&s->cmd_access[1]), "deny all [UNSPEC]/0");
	/* Of a name the first address counts. */
	s = good("allow known.example\ncmddeny all known.example");
	assert_string_equal(access_text(&s->access[0]), "allow 192.0.2.9/32");
	assert_string_equal(access_text(&s->cmd_access[0]), "deny all 192.0.2.9/32");
}

static void local_reference(void **state)
{
	struct settings *s = good("local");

	(void)state;
	assert_true(s->local.on);
	assert_int_equal(s->local.stratum, 10);
	assert_true(s->local.distance == 1.0);
	assert_true(s->local.waitunsynced == 0.0);
	s = good("local stratum 5 orphan distance 0.5 activate 0.1 waitsynced 7");
	assert_int_equal(s->local.stratum, 5);
	assert_true(s->local.orphan);
	assert_true(s->local.distance == 0.5);
	assert_true(s->local.activate == 0.1);
	assert_true(s->local.waitsynced == 7.0);
	assert_true(s->local.waitunsynced == 300.0);
	assert_true(good("local orphan waitunsynced 0")->local.waitunsynced == 0.0);
	/* The last line counts, whole. */
	assert_false(good("local orphan\nlocal stratum 3")->local.orphan);
	assert_false(good("port 1")->local.on);
}

static void sources(void **state)
{
	struct settings *s =
		good("\n# a comment\nserver ntp.example.net IBURST minpoll 4 key 7\n"
		     "  pool 2.pool.example maxsources 3\npeer 2001:db8::1 port 1123\n");

	(void)state;
	assert_int_equal(s->n_sources, 3);
	assert_int_equal(s->sources[0].options.kind, SOURCE_SERVER);
	assert_string_equal(s->sources[0].options.name, "ntp.example.net");
	assert_true(s->sources[0].options.iburst);
	assert_int_equal(s->sources[0].options.minpoll, 4);
	assert_int_equal(s->sources[0].options.key, 7);
	assert_string_equal(s->sources[0].origin, "c:3");
	assert_int_equal(s->sources[1].options.kind, SOURCE_POOL);
	assert_int_equal(s->sources[1].options.maxsources, 3);
	assert_string_equal(s->sources[1].origin, "c:4");
	assert_int_equal(s->sources[2].options.kind, SOURCE_PEER);
	assert_int_equal(s->sources[2].options.port, 1123);
	/* Values that do not work are brought to where they do. */
	assert_int_equal(good("server a minpoll -20 maxpoll 30")->sources[0].options.maxpoll, 24);
}

static void refclocks(void **state)
{
	struct settings *s = good(
		"refclock SHM 0:perm=0640 refid GPS precision 1e-3 offset 0.5 delay 0.2 noselect\n"
		"refclock PPS /dev/pps0 lock GPS rate 5 dpoll 1 poll 3 filter 16 width 0.1 "
		"maxlockage 3 "
		"maxdispersion 0.01 minsamples 8 maxsamples 16 maxunreach 5 stratum 1 pps local "
		"optional "
		"prefer trust require");
	const struct settings_refclock *c = s->refclocks;

	(void)state;
	assert_int_equal(s->n_refclocks, 2);
	assert_string_equal(c[0].driver, "SHM");
	assert_string_equal(c[0].parameter, "0:perm=0640");
	assert_int_equal(c[0].refid, 0x47505300);
	assert_true(c[0].precision == 1e-3 && c[0].offset == 0.5 && c[0].delay == 0.2);
	assert_int_equal(c[0].select, SELECT_NOSELECT);
	assert_int_equal(c[0].poll, 4);
	assert_int_equal(c[0].dpoll, 0);
	assert_int_equal(c[0].filter, 0);
	assert_int_equal(c[0].maxsamples, -1);
	assert_int_equal(c[0].maxunreach, 100000);
	assert_int_equal(c[1].lock, 0x47505300);
	assert_int_equal(c[1].rate, 5);
	assert_int_equal(c[1].dpoll, 1);
	assert_int_equal(c[1].poll, 3);
	assert_int_equal(c[1].filter, 16);
	assert_true(c[1].width == 0.1 && c[1].maxdispersion == 0.01 && c[1].delay == 1e-9);
	assert_int_equal(c[1].maxlockage, 3);
	assert_int_equal(c[1].minsamples, 8);
	assert_int_equal(c[1].maxsamples, 16);
	assert_int_equal(c[1].maxunreach, 5);
	assert_int_equal(c[1].stratum, 1);
	assert_true(c[1].pps && c[1].local && c[1].optional);
	assert_int_equal(c[1].select, SELECT_PREFER | SELECT_TRUST | SELECT_REQUIRE);
	bad("refclock SHM 0 tai", "refclock tai option requires leapseclist or leapsectz");
	assert_true(good("refclock SHM 0 tai\nleapsectz right/UTC")->refclocks[0].tai);
}

static void unknown_directives(void **state)
{
	(void)state;
	bad("port 1\nmakestp 1 3", "c:2: Invalid directive makestp, did you mean makestep?");
	bad("sever a", "c:1: Invalid directive sever, did you mean server?");
	bad("Polo a", "c:1: Invalid directive Polo, did you mean pool?");
	bad("xyzzy", "c:1: Invalid directive xyzzy");
	bad("server: a", "c:1: Invalid directive server:, did you mean server?");
	bad("\x1b[2J", "c:1: Invalid directive ?[2J");
}

/** What two polling intervals become that exclude each other, and that it is said. */
static void odd_polls(void **state)
{
	const struct source_options *o;

	(void)state;
	o = &good("server a minpoll 6 maxpoll 3")->sources[0].options;
	assert_true(o->minpoll == 6 && o->maxpoll == 6);
	assert_string_equal(good_reading.warnings,
		"c:1: a polled with minpoll 6 maxpoll 6 in place "
		"of minpoll 6 maxpoll 3\n");
	good("server a minpoll 24 maxpoll -8");
	assert_string_equal(good_reading.warnings, "c:1: a polled with minpoll 24 maxpoll 24 in "
						   "place of minpoll 24 maxpoll -8\n");
	good("server a minpoll 3 maxpoll 6");
	assert_string_equal(good_reading.warnings, "");
}

static void bad_values(void **state)
{
	static const char *const not_negative[] = {"combinelimit", "corrtimeratio", "logchange",
		"maxclockerror", "maxdistance", "maxdrift", "maxjitter", "maxslewrate",
		"reselectdist", "stratumweight"};

	(void)state;
	bad("port", "c:1: Missing arguments for port directive");
	bad("port 1 2", "c:1: Too many arguments for port directive: 2");
	bad("Port x",
		"c:1: Could not parse Port directive: port x is not a number (min 0, max 65535)");
	bad("port 65536", "c:1: Invalid value 65536 in port directive (min 0, max 65535)");
	bad("port -1", "c:1: Invalid value -1 in port directive (min 0, max 65535)");
	bad("dscp 64", "c:1: Invalid value 64 in dscp directive (min 0, max 63)");
	bad("minsources 0", "c:1: Invalid value 0 in minsources directive (min 1, max 2147483647)");
	for (size_t i = 0; i < sizeof(not_negative) / sizeof(not_negative[0]); i++) {
		char line[64];

		/* chronyd checks no such number: what it starts with starts us. */
		snprintf(line, sizeof(line), "%s -0.5", not_negative[i]);
		good(line);
		assert_non_null(strstr(good_reading.warnings, "Value -0.5 in "));
		assert_non_null(strstr(good_reading.warnings, " is taken as 0\n"));
		snprintf(line, sizeof(line), "%s 0", not_negative[i]);
		good(line);
	}
	bad("local distance -1", "c:1: Invalid value in local directive: distance -1 is out of "
				 "range (min 0)");
	bad("maxdistance nan", "c:1: Could not parse maxdistance directive: distance nan is not a "
			       "number (min 0)");
	bad("maxdistance x3", "c:1: Could not parse maxdistance directive: distance x3 is not a "
			      "number (min 0)");
	assert_true(good("maxdistance 16s")->maxdistance == 16);
	assert_string_equal(
		good_reading.warnings, "c:1: Value 16s in maxdistance directive is taken as 16\n");
	assert_true(good("makestep 0.5x 3")->makestep_threshold == 0.5);
	bad("makestep 1", "c:1: Missing arguments for makestep directive");
	bad("makestep 1 x", "c:1: Could not parse makestep directive: limit x is not a number (min "
			    "-2147483648, max 2147483647)");
	bad("makestep 1 3 # comment", "c:1: Too many arguments for makestep directive: #");
	bad("rtcsync yes", "c:1: Too many arguments for rtcsync directive: yes");
	bad("binddevice a123456789012345", "c:1: Could not parse binddevice directive: interface "
					   "a123456789012345 is too long");
	bad("leapsecmode slw",
		"c:1: Could not parse leapsecmode directive: slw, did you mean slew?");
	bad("leapsecmode", "c:1: Could not parse leapsecmode directive: it needs more arguments");
	bad("authselectmode x", "c:1: Could not parse authselectmode directive: x");
	bad("log trackng", "c:1: Invalid log parameter: trackng, did you mean tracking?");
	bad("log TRACKING", "c:1: Invalid log parameter: TRACKING, did you mean tracking?");
	bad("opencommands trackin",
		"c:1: Could not parse opencommands directive: trackin, did you mean tracking?");
	bad("driftfile", "c:1: Could not parse driftfile directive: it needs more arguments");
	bad("driftfile a interval", "c:1: Could not parse driftfile directive: interval is in "
				    "seconds");
	bad("driftfile a interval x", "c:1: Could not parse driftfile directive: interval is in "
				      "seconds");
	bad("driftfile a every 5",
		"c:1: Could not parse driftfile directive: every is not interval");
	bad("driftfile a interval 5 6",
		"c:1: Could not parse driftfile directive: 6 is one word too many");
	bad("bindaddress host", "c:1: Could not parse bindaddress directive: host is no address");
	bad("bindcmdaddress run/s", "c:1: Could not parse bindcmdaddress directive: run/s is no "
				    "address or absolute path");
	bad("user", "c:1: Missing arguments for user directive");
	bad("sourcedir", "c:1: Missing arguments for sourcedir directive");
	bad("sourcedir 1 2 3 4 5 6 7 8 9 10 11",
		"c:1: Too many arguments for sourcedir directive: 11");
}

static void bad_access(void **state)
{
	(void)state;
	bad("allow 10/33", "c:1: Bad subnet in 10/33");
	bad("cmddeny ::/129", "c:1: Bad subnet in ::/129");
	bad("allow 1.2.3.4.5", "c:1: Could not parse allow directive: 1.2.3.4.5 is no subnet");
	bad("deny host.example", "c:1: Could not parse deny directive: host.example is no subnet, "
				 "nor a name with an address");
	bad("allow ALL", "c:1: Could not parse allow directive: ALL is no subnet, "
			 "nor a name with an address");
	bad("allow all 10 11", "c:1: Could not parse allow directive: 11 is one word too many");
	bad("allow 10 11", "c:1: Could not parse allow directive: 11 is one word too many");
}

static void bad_sources(void **state)
{
	char line[400];

	(void)state;
	bad("server", "c:1: Invalid syntax for server directive: the name is missing");
	bad("server a iburts",
		"c:1: Invalid option in server directive: iburts, did you mean iburst?");
	bad("Pool a minpoll",
		"c:1: Invalid value in Pool directive: minpoll needs a value (min -32, "
		"max 32)");
	bad("server a minpoll 99",
		"c:1: Invalid value in server directive: minpoll 99 is out of range "
		"(min -32, max 32)");
	bad("peer a key 0",
		"c:1: Invalid value in peer directive: key 0 is out of range (min 1, max "
		"4294967295)");
	bad("server a # x", "c:1: Invalid option in server directive: #");
	if (!crypto_has_tls(crypto_backends[0]))
		bad("server a nts",
			"c:1: Invalid option in server directive: nts (built without: nts)");
	bad("server a ipv4 ipv6",
		"c:1: Invalid option in server directive: ipv4 and ipv6 exclude each "
		"other");
	bad("server h\xc3\xa9",
		"c:1: Invalid syntax for server directive: the name is too long or has "
		"characters of no name");
	memset(line, 'a', sizeof(line));
	memcpy(line, "server ", 7);
	line[7 + SOURCE_NAME] = '\0';
	bad(line,
		"c:1: Invalid syntax for server directive: the name is too long or has characters "
		"of no name");
	line[7 + SOURCE_NAME - 1] = '\0';
	assert_int_equal(strlen(good(line)->sources[0].options.name), SOURCE_NAME - 1);
	bad("refclock SHM", "c:1: Could not parse refclock directive: it needs more arguments");
	bad("refclock SHM 0 pol 3", "c:1: Invalid option in refclock directive: pol, did you mean "
				    "poll?");
	bad("refclock SHM 0 refid ABCDE", "c:1: Invalid value in refclock directive: refid ABCDE "
					  "is not one to four characters");
	bad("refclock ABCDEFGHIJKLMNOP 0", "c:1: unknown refclock driver ABCDEFGHIJKLMNOP");
	bad("local stratum 16", "c:1: Invalid value in local directive: stratum 16 is out of range "
				"(min 1, max 15)");
	bad("local orpan", "c:1: Invalid option in local directive: orpan, did you mean orphan?");
}

static void nts_server(void **state)
{
	struct settings *s = good("port 123");

	(void)state;
	assert_int_equal(s->nts_server.n_certs, 0);
	assert_int_equal(s->nts_server.port, 4460);
	assert_int_equal(s->nts_server.processes, 1);
	assert_int_equal(s->nts_server.max_connections, 100);
	assert_int_equal(s->nts_server.rotate, 604800);
	assert_int_equal(s->n_ntsaeads, 2);
	assert_int_equal(s->ntsaeads[0], 30);
	assert_int_equal(s->ntsaeads[1], 15);
	s = good("ntsservercert /a.crt\nntsserverkey /a.key\nntsserverkey /b.key\n"
		 "ntsservercert /b.crt\nntsport 4461\nntsprocesses 0\nmaxntsconnections 5\n"
		 "ntsrotate 0\nntsntpserver ntp.example\nntsdumpdir /d\nntssharedsecret /s\n"
		 "ntsaeads 17 16 15");
	assert_int_equal(s->nts_server.n_certs, 2);
	assert_int_equal(s->nts_server.n_keys, 2);
	assert_string_equal(s->nts_server.certs[1], "/b.crt");
	assert_string_equal(s->nts_server.keys[1], "/b.key");
	assert_int_equal(s->nts_server.port, 4461);
	assert_int_equal(s->nts_server.processes, 0);
	assert_int_equal(s->nts_server.max_connections, 5);
	assert_int_equal(s->nts_server.rotate, 0);
	assert_string_equal(s->nts_server.ntp_server, "ntp.example");
	assert_string_equal(s->ntsdumpdir, "/d");
	assert_string_equal(s->nts_server.secret, "/s");
	assert_int_equal(s->n_ntsaeads, 3);
	assert_int_equal(s->ntsaeads[2], 15);
	assert_int_equal(good("ntsaeads")->n_ntsaeads, 0);
	assert_string_equal(good("ntscachedir /e")->ntsdumpdir, "/e");
	assert_true(good("ntsmintls TLS1.2")->nts_tls12);
	assert_string_equal(
		good_reading.warnings, "c:1: NTS over TLS 1.2 is not what RFC 8915 allows\n");
	assert_false(good("ntsmintls TLS1.2\nntsmintls TLS1.3")->nts_tls12);
	bad("ntsmintls TLS1.1",
		"c:1: Could not parse ntsmintls directive: TLS1.1, did you mean TLS1.2?");
	bad("ntsservercert /a", "Uneven number of NTS certs and keys");
	bad("ntsserverkey", "c:1: Missing arguments for ntsserverkey directive");
	bad("ntsaeads 30 x", "c:1: Could not parse ntsaeads directive: x is no AEAD algorithm");
	bad("ntsaeads 65536",
		"c:1: Could not parse ntsaeads directive: 65536 is no AEAD algorithm");
	bad("maxntsconnections 0",
		"c:1: Invalid value 0 in maxntsconnections directive (min 1, max 2147483647)");
}

static void smoothing(void **state)
{
	const struct settings *s = good("port 123");

	(void)state;
	assert_true(s->smooth_frequency_ppm == 0 && s->smooth_wander_ppm == 0);
	s = good("smoothtime 400 0.001 leaponly");
	assert_true(s->smooth_frequency_ppm == 400 && s->smooth_wander_ppm == 0.001);
	assert_true(s->smooth_leap_only);
	assert_false(good("smoothtime 50000 0.01")->smooth_leap_only);
	bad("smoothtime 400", "c:1: Missing arguments for smoothtime directive");
	bad("smoothtime 400 0.001 leap",
		"c:1: Could not parse smoothtime directive: leap is not leaponly");
}

static void nts_client(void **state)
{
	const struct settings_nts_client *n = &good("port 123")->nts_client;

	(void)state;
	assert_int_equal(n->n_trust, 0);
	assert_false(n->no_system);
	assert_int_equal(n->no_time_check, 0);
	assert_int_equal(n->refresh, 2419200);
	n = &good("ntstrustedcerts /a.pem\nntstrustedcerts 4294967295 /dir\nnosystemcert\n"
		  "nocerttimecheck 1\nntsrefresh 5")
		     ->nts_client;
	assert_int_equal(n->n_trust, 2);
	assert_int_equal(n->trust[0].set, 0);
	assert_string_equal(n->trust[0].path, "/a.pem");
	assert_int_equal(n->trust[1].set, 4294967295);
	assert_string_equal(n->trust[1].path, "/dir");
	assert_true(n->no_system);
	assert_int_equal(n->no_time_check, 1);
	assert_int_equal(n->refresh, 5);
	bad("ntstrustedcerts", "c:1: Missing arguments for ntstrustedcerts directive");
	bad("ntstrustedcerts 1 /a /b", "c:1: Too many arguments for ntstrustedcerts directive: /b");
	bad("ntstrustedcerts /a /b",
		"c:1: Could not parse ntstrustedcerts directive: /a is no number of a set");
	bad("ntstrustedcerts 4294967296 /b",
		"c:1: Could not parse ntstrustedcerts directive: 4294967296 is no number of a set");
	if (crypto_has_tls(crypto_backends[0])) {
		const struct source_options *o =
			&good("server a nts ntsport 1 certset 7 maxntsretry 3")->sources[0].options;

		assert_true(o->nts);
		assert_int_equal(o->nts_port, 1);
		assert_int_equal(o->certset, 7);
		assert_int_equal(o->maxntsretry, 6);
	}
}

/** chrony-config 2: ratelimit and its like, clientloglimit, noclientlog. */
static void clients(void **state)
{
	const struct settings *s = good("cmdport 0");

	(void)state;
	assert_int_equal(s->clientloglimit, 524288);
	assert_false(s->ratelimit.on || s->ntsratelimit.on || s->cmdratelimit.on);
	s = good("ratelimit");
	assert_true(s->ratelimit.on);
	assert_int_equal(s->ratelimit.interval, 3);
	assert_int_equal(s->ratelimit.burst, 8);
	assert_int_equal(s->ratelimit.leak, 2);
	assert_int_equal(s->ratelimit.kod, 0);
	s = good("ratelimit kod 200 interval -32 BURST 0 leak 9");
	assert_int_equal(s->ratelimit.interval, -19);
	assert_int_equal(s->ratelimit.burst, 1);
	assert_int_equal(s->ratelimit.leak, 4);
	assert_int_equal(s->ratelimit.kod, 4);
	s = good("ntsratelimit burst 3");
	assert_true(s->ntsratelimit.on);
	assert_int_equal(s->ntsratelimit.interval, 6);
	assert_int_equal(s->ntsratelimit.burst, 3);
	s = good("cmdratelimit interval 1");
	assert_true(s->cmdratelimit.on);
	assert_int_equal(s->cmdratelimit.interval, 1);
	assert_int_equal(good("cmdratelimit")->cmdratelimit.interval, -4);
	assert_int_equal(good("clientloglimit 100000000")->clientloglimit, 100000000);
	assert_true(good("noclientlog")->noclientlog);
	bad("clientloglimit many",
		"c:1: Could not parse clientloglimit directive: many is no number of bytes");
	bad("clientloglimit", "c:1: Missing arguments for clientloglimit directive");
	bad("ratelimit interval 256", "c:1: Could not parse ratelimit directive: interval 256 is "
				      "out of range (min -32, max 255)");
	bad("cmdratelimit kod 1", "c:1: Could not parse cmdratelimit directive: kod");
	bad("noclientlog\nratelimit", "Rate limiting cannot be enabled with noclientlog");
	bad("cmdratelimit\nnoclientlog", "Rate limiting cannot be enabled with noclientlog");
}

/** chrony-config 2: broadcast. */
static void broadcasts(void **state)
{
	const struct settings *s = good("broadcast 60 192.0.2.255\nbroadcast 1 ff02::101 1123");

	(void)state;
	assert_int_equal(s->n_broadcasts, 2);
	assert_int_equal(s->broadcasts[0].interval, 60);
	assert_int_equal(s->broadcasts[0].to.port, 123);
	assert_int_equal(s->broadcasts[0].to.address.ip[3], 255);
	assert_int_equal(s->broadcasts[1].to.address.family, ADDRESS_IP6);
	assert_int_equal(s->broadcasts[1].to.port, 1123);
	bad("broadcast 60", "c:1: Could not parse broadcast directive: it needs more arguments");
	bad("broadcast 0 192.0.2.255",
		"c:1: Could not parse broadcast directive: 0 is no interval (min 1, max 16777216)");
	bad("broadcast 1 host", "c:1: Could not parse broadcast directive: host is no address");
	bad("broadcast 1 ::1 0", "c:1: Could not parse broadcast directive: 0 is no port");
}

/** Directives without an effect say why. */
static void not_yet(void **state)
{
	static const char *const obsolete[] = {
		"commandkey 1", "generatecommandkey", "linux_freq_scale 1", "linux_hz 100"};
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(obsolete) / sizeof(obsolete[0]); i++) {
		good(obsolete[i]);
		snprintf(why, sizeof(why), "c:1: %.*s directive is no longer supported\n",
			(int)strcspn(obsolete[i], " "), obsolete[i]);
		assert_string_equal(good_reading.warnings, why);
	}
	/* Options without an effect do not pass in silence either. */
	good("server a minpoll 6 maxpoll 3 asymmetry 0.1");
	assert_string_equal(good_reading.warnings,
		"c:1: a polled with minpoll 6 maxpoll 6 in place "
		"of minpoll 6 maxpoll 3\n");
	good("log tracking rtc tempcomp");
	assert_string_equal(good_reading.warnings, "");
	good("dumponexit with anything");
	assert_string_equal(good_reading.warnings, "");
	bad("maxtxbuffers -1",
		"c:1: Invalid value -1 in maxtxbuffers directive (min 0, max 1048576)");
	bad("ntsport x",
		"c:1: Could not parse ntsport directive: port x is not a number (min 0, max "
		"65535)");
}

/** Every directive that chrony documents is in the table, with ours, and the table is in order. */
static void all_directives(void **state)
{
	static const char *const all[] = {"acquisitionport", "allow", "authselectmode",
		"bindacqaddress", "bindacqdevice", "bindaddress", "bindcmdaddress", "bindcmddevice",
		"binddevice", "broadcast", "clientloglimit", "clockprecision", "cmdallow",
		"cmddeny", "cmdport", "cmdratelimit", "combinelimit", "commandkey", "confdir",
		"corrtimeratio", "deny", "driftfile", "dscp", "dumpdir", "dumponexit",
		"fallbackdrift", "generatecommandkey", "hwclockfile", "hwtimestamp", "hwtstimeout",
		"include", "initstepslew", "keyfile", "leapseclist", "leapsecmode", "leapsectz",
		"linux_freq_scale", "linux_hz", "local", "lock_all", "log", "logbanner",
		"logchange", "logdir", "mailonchange", "makestep", "manual", "maxchange",
		"maxclockerror", "maxdistance", "maxdrift", "maxjitter", "maxntsconnections",
		"maxsamples", "maxslewrate", "maxstratum", "maxtxbuffers", "maxupdateskew",
		"minsamples", "minsources", "minstratum", "monitorsocket", "nocerttimecheck",
		"noclientlog", "nosystemcert", "ntpsigndsocket", "ntsaeads", "ntscachedir",
		"ntsdumpdir", "ntsmintls", "ntsntpserver", "ntsport", "ntsprocesses",
		"ntsratelimit", "ntsrefresh", "ntsrotate", "ntsservercert", "ntsserverkey",
		"ntssharedsecret", "ntstrustedcerts", "opencommands", "peer", "pidfile", "pool",
		"port", "ptpdomain", "ptpport", "ratelimit", "refclock", "refresh", "reselectdist",
		"rtcautotrim", "rtcdevice", "rtcfile", "rtconutc", "rtcsync", "sched_priority",
		"server", "serverthreads", "smoothtime", "sourcedir", "stratumweight", "tempcomp",
		"user", "xdp"};
	size_t i = 0;

	(void)state;
	for (; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_non_null(chrony_directives[i].word);
		assert_string_equal(chrony_directives[i].word, all[i]);
	}
	assert_null(chrony_directives[i].word);
}

static int end(void **state)
{
	(void)state;
	settings_destroy(good_reading.settings);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(several_values),
		cmocka_unit_test(words),
		cmocka_unit_test(lists),
		cmocka_unit_test(addresses),
		cmocka_unit_test(access_rules),
		cmocka_unit_test(local_reference),
		cmocka_unit_test(sources),
		cmocka_unit_test(refclocks),
		cmocka_unit_test(unknown_directives),
		cmocka_unit_test(odd_polls),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(bad_access),
		cmocka_unit_test(bad_sources),
		cmocka_unit_test(nts_server),
		cmocka_unit_test(smoothing),
		cmocka_unit_test(nts_client),
		cmocka_unit_test(clients),
		cmocka_unit_test(broadcasts),
		cmocka_unit_test(not_yet),
		cmocka_unit_test(all_directives),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
