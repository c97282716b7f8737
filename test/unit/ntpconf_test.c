/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntp.conf: every statement lands in its field; what is wrong is said, counted and left out.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "common/text.h"
#include "test/unit/ntpconf_world.h"

static void begins_as_ntpd(void **state)
{
	const struct settings *s = quiet("");

	(void)state;
	assert_true(s->ntp.style);
	assert_int_equal(s->ntp.errors, 0);
	assert_int_equal(s->ntp.n_restricts, 2);
	assert_int_equal(s->ntp.restricts[1].flags, NTP_RESTRICT_NOQUERY | NTP_RESTRICT_LIMITED);
	assert_int_equal(s->dscp, 46);
	assert_int_equal(s->cmdport, 0);
	assert_string_equal(s->pidfile, "");
	assert_string_equal(s->ntp.statsdir, "/var/NTP/");
	assert_int_equal(s->ntp.logconfig, 0xf000);
	assert_true(s->makestep_threshold == 0.128);
	assert_int_equal(s->makestep_limit, -1);
	assert_true(s->maxchange_on);
	assert_true(s->maxchange_offset == 1000.0);
	assert_int_equal(s->maxchange_start, 0);
	assert_int_equal(s->maxstratum, 14);
	assert_true(s->maxdistance == 1.5);
	assert_false(s->local.on);
	assert_int_equal(s->nts_server.n_certs, 0);
	assert_int_equal(s->ntsaeads[0], CRYPTO_AEAD_SIV_256);
}

static void servers(void **state)
{
	const struct settings *s = quiet("server a.example iburst minpoll 3 maxpoll 12 key 7 "
					 "version 3 prefer bias -0.25\n"
					 "server -4 b.example noselect burst xleave\n"
					 "server -6 c.example true\n"
					 "server 192.0.2.9 maxpoll 4\n"
					 "pool d.example\n");
	const struct source_options *o = &s->sources[0].options;

	(void)state;
	assert_int_equal(s->n_sources, 5);
	assert_string_equal(o->name, "a.example");
	assert_int_equal(o->kind, SOURCE_SERVER);
	assert_true(o->iburst);
	assert_int_equal(o->minpoll, 3);
	assert_int_equal(o->maxpoll, 12);
	assert_int_equal(o->key, 7);
	assert_int_equal(o->version, 3);
	assert_int_equal(o->select, SELECT_PREFER);
	assert_true(o->offset == -0.25);
	assert_string_equal(s->sources[0].origin, "ntp.conf:1");
	o = &s->sources[1].options;
	assert_true(o->ip4_only && !o->ip6_only && o->burst && o->xleave);
	assert_int_equal(o->select, SELECT_NOSELECT);
	o = &s->sources[2].options;
	assert_true(o->ip6_only && !o->ip4_only);
	assert_int_equal(o->select, SELECT_TRUST);
	assert_int_equal(s->sources[3].options.maxpoll, 6);
	assert_int_equal(s->sources[4].options.kind, SOURCE_POOL);
}

static void servers_with_nts(void **state)
{
	const struct settings *s;
	const struct source_options *o;

	(void)state;
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	s = quiet("server a.example nts\n"
		  "server b.example:443 iburst nts ca /x/ca.pem noval\n"
		  "server 192.0.2.1:4461 nts aead AES_SIV_CMAC_512 ca /x/ca.pem\n"
		  "server [2001:db8::1]:4462 nts ca /y\n"
		  "server [2001:db8::2] nts\n"
		  "server 2001:db8::3 nts\n");
	assert_int_equal(s->n_sources, 6);
	o = &s->sources[0].options;
	assert_int_equal(o->nts_port, 4460);
	assert_int_equal(o->certset, 0);
	assert_int_equal(o->nts_aead, CRYPTO_AEAD_SIV_256);
	assert_false(o->nts_unchecked);
	o = &s->sources[1].options;
	assert_string_equal(o->name, "b.example");
	assert_int_equal(o->nts_port, 443);
	assert_true(o->nts_unchecked);
	assert_int_equal(o->certset, s->sources[2].options.certset);
	assert_int_equal(s->nts_client.trust[0].set, o->certset);
	assert_string_equal(s->nts_client.trust[0].path, "/x/ca.pem");
	o = &s->sources[2].options;
	assert_string_equal(o->name, "192.0.2.1");
	assert_int_equal(o->nts_port, 4461);
	assert_int_equal(o->nts_aead, CRYPTO_AEAD_SIV_512);
	o = &s->sources[3].options;
	assert_string_equal(o->name, "2001:db8::1");
	assert_int_equal(o->nts_port, 4462);
	assert_int_not_equal(o->certset, s->sources[2].options.certset);
	assert_string_equal(s->sources[4].options.name, "2001:db8::2");
	assert_int_equal(s->sources[4].options.nts_port, 4460);
	assert_string_equal(s->sources[5].options.name, "2001:db8::3");
}

/** What is wrong with an option costs the option; what is wrong with its meaning costs the line. */
static void servers_with_errors(void **state)
{
	const struct settings *s;

	(void)state;
	s = noisy("server a ibrust prefer\n",
		"E CONFIG: line 1 column 9 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 1, column 9\n"
		"W CONFIG: ntp.conf line 1: ibrust is no option and left out, did you mean "
		"iburst?\n");
	assert_int_equal(s->n_sources, 1);
	assert_int_equal(s->sources[0].options.select, SELECT_PREFER);
	assert_int_equal(s->ntp.errors, 1);
	s = noisy("server a minpoll 30\n",
		"W CONFIG: minpoll: provided value (30) is too large [0-17])\n");
	assert_int_equal(s->sources[0].options.minpoll, 17);
	s = noisy("server a key 0\nserver b key 65535\nserver c key 65534",
		"E CONFIG: key: invalid argument\nE CONFIG: key: invalid argument\n");
	assert_int_equal(s->n_sources, 1);
	s = noisy("server a\nserver A\n", "W CONFIG: configpeers: Ignoring duplicate 'A'\n");
	assert_int_equal(s->n_sources, 1);
	s = noisy(
		"server 224.0.1.1\n", "E CONFIG: attempt to configure invalid address 224.0.1.1\n");
	assert_int_equal(s->n_sources, 0);
	s = noisy("server 127.0.0.9\nserver 127.0.0.1\npool 127.1.0.1\n",
		"E CONFIG: attempt to configure invalid address 127.0.0.9\n"
		"E CONFIG: attempt to configure invalid address 127.1.0.1\n");
	assert_int_equal(s->n_sources, 1);
	s = noisy(
		"server a cert /c iburst\n", "W CONFIG: Unknown peer/server option token T_Cert\n");
	assert_true(s->sources[0].options.iburst);
	s = noisy("server a autokey\n",
		"E CONFIG: ntp.conf line 1: Autokey not supported, a is left out\n");
	assert_int_equal(s->n_sources, 0);
	s = noisy("server a preempt ttl 5 iburst\n",
		"W CONFIG: ntp.conf line 1: preempt is not supported, ignored\n"
		"W CONFIG: ntp.conf line 1: ttl is not supported, ignored\n");
	assert_true(s->sources[0].options.iburst);
	s = noisy("server a:4460\n", "E CONFIG: line 1 column 7 syntax error\n"
				     "E CONFIG: syntax error in ntp.conf line 1, column 7\n");
	assert_int_equal(s->n_sources, 0);
	noisy("server\n", "E CONFIG: line 1 column 6 syntax error\n"
			  "E CONFIG: syntax error in ntp.conf line 1, column 6\n");
}

/** All pools together have what maxclock leaves. */
static void pools_share(void **state)
{
	const struct settings *s = quiet("tos maxclock 7\npool a\npool b\npool c\npool d\n");
	int sum = 0;

	(void)state;
	for (size_t i = 0; i < s->n_sources; i++)
		sum += s->sources[i].options.maxsources;
	assert_int_equal(sum, 7);
	assert_int_equal(s->sources[3].options.maxsources, 1);
	s = quiet("pool a\nserver b\nserver c\nserver d noselect\n");
	assert_int_equal(s->sources[0].options.maxsources, 8);
	s = quiet("pool a\ntos maxclock 100\n");
	assert_int_equal(s->sources[0].options.maxsources, 16);
	s = quiet("pool a\nserver b\ntos maxclock 1\n");
	assert_int_equal(s->sources[0].options.maxsources, 1);
}

/** A peer is symmetric where an option asks for it, else a server. */
static void peers(void **state)
{
	const struct settings *s;

	(void)state;
	s = quiet("peer a key 5 iburst minpoll 4\npeer b xleave\n");
	assert_int_equal(s->n_sources, 2);
	assert_int_equal(s->sources[0].options.kind, SOURCE_PEER);
	assert_int_equal(s->sources[0].options.key, 5);
	assert_int_equal(s->sources[0].options.minpoll, 4);
	assert_false(s->sources[0].options.iburst);
	assert_int_equal(s->sources[1].options.kind, SOURCE_PEER);
	assert_true(s->sources[1].options.xleave);
	s = noisy("peer a iburst prefer\n", "W CONFIG: peer deprecated, treated as server: a\n");
	assert_int_equal(s->sources[0].options.kind, SOURCE_SERVER);
	assert_true(s->sources[0].options.iburst);
	assert_int_equal(s->sources[0].options.select, SELECT_PREFER);
	if (!crypto_has_tls(crypto_backends[0]))
		return;
	s = noisy("peer a key 5 nts\n", "W CONFIG: peer deprecated, treated as server: a\n");
	assert_int_equal(s->sources[0].options.kind, SOURCE_SERVER);
	assert_true(s->sources[0].options.nts);
}

static void unpeer(void **state)
{
	const struct settings *s = quiet("unpeer b\nserver a\nserver b\nserver 127.127.28.1\n"
					 "unpeer clock shm unit 1\nserver c\nunconfig 127.127.9.9");

	(void)state;
	assert_int_equal(s->n_sources, 2);
	assert_string_equal(s->sources[1].options.name, "c");
	assert_int_equal(s->n_refclocks, 0);
}

static void selection(void **state)
{
	const struct settings *s =
		quiet("tos floor 1 ceiling 9 minsane 3 maxdist 2.5\ntos orphan 6 orphanwait 60\n");

	(void)state;
	assert_int_equal(s->minstratum, 1);
	assert_int_equal(s->maxstratum, 8);
	assert_int_equal(s->minsources, 3);
	assert_true(s->maxdistance == 2.5);
	assert_true(s->local.on && s->local.orphan);
	assert_int_equal(s->local.stratum, 6);
	assert_true(s->local.waitunsynced == 60.0);
	s = quiet("tos orphan 6 orphanwait 0.5\n");
	assert_true(s->local.waitunsynced == 300.0);
	s = noisy("tos maxdist 3 minclok 2\n",
		"E CONFIG: line 1 column 14 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 1, column 14\n");
	assert_true(s->maxdistance == 1.5);
	s = noisy("tos floor 2 ceiling 16\n",
		"W CONFIG: Using maximum tos ceiling 15, 16 requested\n");
	assert_int_equal(s->minstratum, 2);
	assert_int_equal(s->maxstratum, 14);
	noisy("tos cohort 1\n",
		"W CONFIG: ntp.conf line 1: tos cohort is accepted and has no effect\n");
}

#define SERVERS "server a\nserver b\nserver c\n"

/** ntpd's advice to who has many servers: a local clock is one, a pool as many as it may become. */
static void advice(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {{SERVERS, ""}, {SERVERS "server d noselect\n", ""},
		{SERVERS "server d\n", "I SYNC: Found 4 servers, suggest minsane of 2\n"},
		{SERVERS "server 127.127.1.0\n", "I SYNC: Found 4 servers, suggest minsane of 2\n"},
		{SERVERS "server d\nserver e\n",
			"I SYNC: Found 5 servers, suggest minsane at least 3\n"},
		{"pool a\n", "I SYNC: Found 10 servers, suggest minsane at least 3\n"},
		{"pool a\ntos minsane 2\n", ""}};
	struct files_fake files;
	char messages[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		files_fake_start(&files);
		files_fake_add(&files, "ntp.conf", cases[i].text);
		snprintf(messages, sizeof(messages),
			"I CONFIG: readconfig: parsing file: ntp.conf\n"
			"I CONFIG: readconfig: automatically walking directory: ntp.d\n%s",
			cases[i].says);
		ntpconf_world_read(&files, "ntp.conf", messages);
	}
}

static void tinker(void **state)
{
	const struct settings *s = quiet("tinker panic 0 step 0.5 stepout 10\n");

	(void)state;
	assert_false(s->maxchange_on);
	assert_true(s->makestep_threshold == 0.5);
	assert_true(s->ntp.tinker.stepout == 300.0);
	s = quiet("tinker step 0\n");
	assert_int_equal(s->makestep_limit, 0);
	s = quiet("tinker stepback 0 stepfwd 2 dispersion 20 panic 5\n");
	assert_true(s->makestep_threshold == 2.0);
	assert_true(s->ntp.tinker.stepback == 0.0);
	assert_true(s->maxclockerror_ppm == 20.0);
	assert_true(s->maxchange_offset == 5.0);
	noisy("tinker step fast\n", "E CONFIG: line 1 column 12 syntax error\n"
				    "E CONFIG: syntax error in ntp.conf line 1, column 12\n");
}

/** disable beats enable wherever it stands. */
static void switches(void **state)
{
	const struct settings *s = quiet("disable ntp kernel\nenable ntp stats\n");

	(void)state;
	assert_false(s->ntp.discipline);
	assert_false(s->ntp.kernel);
	assert_false(s->rtcsync);
	assert_true(s->ntp.stats);
	s = noisy("disable monitor\n",
		"W CONFIG: 'monitor' cannot be disabled while 'limited' is enabled\n");
	assert_true(s->ntp.monitor);
	s = quiet("disable monitor\nunrestrict default limited\n");
	assert_false(s->ntp.monitor);
	noisy("enable bclient\n",
		"W CONFIG: ntp.conf line 1: enable bclient has no effect, ignored\n");
	noisy("enable nothing\n", "E CONFIG: line 1 column 7 syntax error\n"
				  "E CONFIG: syntax error in ntp.conf line 1, column 7\n");
}

static void statistics(void **state)
{
	const struct settings *s = quiet("filegen loopstats file l type week nolink\n"
					 "statistics peerstats clockstats\n"
					 "statsdir /var/log/ntpstats\n"
					 "filegen rawstats disable\n");
	const struct settings_filegen *f = s->ntp.filegens;

	(void)state;
	assert_string_equal(s->ntp.statsdir, "/var/log/ntpstats");
	assert_string_equal(f[NTP_LOOPSTATS].file, "l");
	assert_int_equal(f[NTP_LOOPSTATS].type, NTP_FILEGEN_WEEK);
	assert_true(f[NTP_LOOPSTATS].enable && !f[NTP_LOOPSTATS].link);
	assert_true(f[NTP_PEERSTATS].enable && f[NTP_PEERSTATS].link);
	assert_true(f[NTP_CLOCKSTATS].enable);
	assert_false(f[NTP_RAWSTATS].enable || f[NTP_SYSSTATS].enable);
	noisy("statistics cryptostats\n", "W CONFIG: ntp.conf line 1: cryptostats has no output\n");
	noisy("filegen cryptostats file x type day enable\n",
		"W CONFIG: ntp.conf line 1: cryptostats has no output\n");
	s = noisy("filegen loopstats file ../x\n",
		"W CONFIG: ntp.conf line 1: filegen: ../x can not be the name of a file there\n");
	assert_false(s->ntp.filegens[NTP_LOOPSTATS].enable);
	noisy("filegen nothing\n", "E CONFIG: line 1 column 8 syntax error\n"
				   "E CONFIG: syntax error in ntp.conf line 1, column 8\n");
}

static void files(void **state)
{
	const struct settings *s = quiet("driftfile /v/drift 1e-6\nleapfile /v/leap\nkeys /v/keys\n"
					 "logfile /v/log\npidfile /v/pid\ndscp 0\n"
					 "leapsmearinterval 1000\n");

	(void)state;
	assert_string_equal(s->driftfile, "/v/drift");
	assert_true(s->ntp.nonvolatile == 1e-6);
	assert_string_equal(s->leapseclist, "/v/leap");
	assert_string_equal(s->keyfile, "/v/keys");
	assert_string_equal(s->ntp.logfile, "/v/log");
	assert_string_equal(s->pidfile, "/v/pid");
	assert_int_equal(s->dscp, 0);
	assert_true(s->smooth_frequency_ppm == 2000.0);
	assert_true(s->smooth_leap_only);
	assert_int_equal(s->leapsecmode, SETTINGS_LEAP_SLEW);
	s = noisy("driftfile\n", "I CONFIG: driftfile disabled\n");
	assert_string_equal(s->driftfile, "");
}

static void keys(void **state)
{
	const struct settings *s = quiet("trustedkey 1 (5 ... 7)\ntrustedkey 9\ncontrolkey 6\n");

	(void)state;
	assert_true(settings_trusts_key(&s->ntp, 1) && settings_trusts_key(&s->ntp, 6) &&
		    settings_trusts_key(&s->ntp, 9));
	assert_false(settings_trusts_key(&s->ntp, 2) || settings_trusts_key(&s->ntp, 8));
	assert_int_equal(s->ntp.control_key, 6);
	s = noisy("trustedkey 70000 3\n",
		"W CONFIG: Ignoring invalid trustedkey 70000, min 1 max 65535.\n");
	assert_true(settings_trusts_key(&s->ntp, 3));
	noisy("requestkey 1\n",
		"W CONFIG: requestkey is a no-op because ntpdc has been removed.\n");
	noisy("crypto pw x\n", "E CONFIG: ntp.conf line 1: crypto: Autokey not supported\n");
}

static void log_mask(void **state)
{
	(void)state;
	assert_int_equal(
		quiet("logconfig =syncall +clockall +peerall +sysall")->ntp.logconfig, 0xffff);
	assert_int_equal(quiet("logconfig syncstatus")->ntp.logconfig, 0x4000);
	assert_int_equal(
		quiet("logconfig +allevents -syncevents")->ntp.logconfig, 0xf000 - 0x2000 + 0x222);
	assert_int_equal(quiet("logconfig =allclock")->ntp.logconfig, 0x0f00);
	assert_int_equal(quiet("logconfig =allall")->ntp.logconfig, 0xffff);
	assert_int_equal(quiet("logconfig =sysstatistics +peerinfo")->ntp.logconfig, 0x0018);
	assert_int_equal(
		noisy("logconfig +sysal", "W CONFIG: logconfig: 'sysal' not recognized - ignored\n")
			->ntp.logconfig,
		0xf000);
}

static void variables(void **state)
{
	const struct settings *s = quiet("setvar access_policy=\"open access\" default\n"
					 "setvar a = b\n");

	(void)state;
	assert_int_equal(s->ntp.n_variables, 2);
	assert_string_equal(s->ntp.variables[0].name, "access_policy");
	assert_string_equal(s->ntp.variables[0].value, "open access");
	assert_true(s->ntp.variables[0].by_default);
	assert_false(s->ntp.variables[1].by_default);
}

static void nts(void **state)
{
	const struct settings *s;

	(void)state;
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	s = quiet("nts enable cert /c key /k cookie /v/lib/keys\nnts aead AES_SIV_CMAC_384\n"
		  "nts ca /ca\nserver a nts\n");
	assert_int_equal(s->nts_server.n_certs, 1);
	assert_string_equal(s->nts_server.certs[0], "/c");
	assert_string_equal(s->nts_server.keys[0], "/k");
	assert_string_equal(s->ntsdumpdir, "/v/lib");
	assert_int_equal(s->ntsaeads[0], CRYPTO_AEAD_SIV_384);
	assert_int_equal(s->n_ntsaeads, 4);
	assert_true(s->nts_client.no_system);
	assert_string_equal(s->nts_client.trust[0].path, "/ca");
	assert_int_equal(s->nts_client.trust[0].set, 0);
	if (s->n_sources > 0)
		assert_int_equal(s->sources[0].options.nts_aead, CRYPTO_AEAD_SIV_384);
	s = quiet("nts enable\n");
	assert_string_equal(s->nts_server.certs[0], "/etc/ntp/cert-chain.pem");
	s = quiet("nts enable\nnts disable\nnts cert /c\n");
	assert_int_equal(s->nts_server.n_certs, 0);
	s = noisy("nts mintls TLS1.2\n",
		"W CONFIG: ntp.conf line 1: NTS over TLS 1.2 is not what RFC 8915 allows\n");
	assert_true(s->nts_tls12 && !s->nts_no_tls13);
	s = noisy("nts mintls TLS1.2 maxtls TLS1.2\n",
		"W CONFIG: ntp.conf line 1: NTS over TLS 1.2 is not what RFC 8915 allows\n");
	assert_true(s->nts_tls12 && s->nts_no_tls13);
	noisy("nts maxtls TLS1.2\n", "E NTS: maxtls TLS1.2 needs mintls TLS1.2, ignored\n");
	s = quiet("nts maxtls TLS1.3\n");
	assert_false(s->nts_no_tls13);
	noisy("nts mintls TLS1.1\n", "E NTS: TLS unrecognized version string: TLS1.1.\n");
	noisy("nts aead AES_GCM\n", "E CONFIG: Invalid AEAD parameter: AES_GCM\n");
	s = quiet("nts pool 4\n");
	assert_int_equal(s->ntp.errors, 0);
}

/** Errors are said with their place, and the next line is read. */
static void syntax_errors(void **state)
{
	const struct settings *s = noisy("\nsrver foo\nserver bar\n",
		"E CONFIG: line 2 column 0 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 2, column 0\n"
		"E CONFIG: srver is no statement, did you mean server?\n");

	(void)state;
	assert_int_equal(s->n_sources, 1);
	assert_int_equal(s->ntp.errors, 1);
	s = noisy("broadcast 10.0.0.255\nsaveconfigdir /x\n",
		"W CONFIG: ntp.conf line 1: broadcast: not supported, line ignored\n");
	assert_int_equal(s->ntp.errors, 0);
	noisy("tick 1\n", "W CONFIG: config_vars(): unexpected token\n");
	noisy("rlimit memlock 32\n",
		"W CONFIG: ntp.conf line 1: rlimit memlock is accepted and has no effect\n");
}

/** Some mistakes are so grave that the daemon does not start. */
static void fatal_errors(void **state)
{
	(void)state;
	fatal("refclock sundial unit 1\n", "CONFIG: Unknown driver name sundial");
	fatal("server a\ndscp 99999999999\n", "CONFIG: Integer cannot be represented: 99999999999");
	fatal("nts tlsciphersuites X:Y\n",
		"ntp.conf line 1: NTS: troubles setting ciphersuites X:Y.");
	fatal("nts tlsecdhcurves X\n", "ntp.conf line 1: NTS: troubles setting ecdhcurves X.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_as_ntpd),
		cmocka_unit_test(servers),
		cmocka_unit_test(servers_with_nts),
		cmocka_unit_test(servers_with_errors),
		cmocka_unit_test(pools_share),
		cmocka_unit_test(peers),
		cmocka_unit_test(unpeer),
		cmocka_unit_test(selection),
		cmocka_unit_test(advice),
		cmocka_unit_test(tinker),
		cmocka_unit_test(switches),
		cmocka_unit_test(statistics),
		cmocka_unit_test(files),
		cmocka_unit_test(keys),
		cmocka_unit_test(log_mask),
		cmocka_unit_test(variables),
		cmocka_unit_test(nts),
		cmocka_unit_test(syntax_errors),
		cmocka_unit_test(fatal_errors),
	};

	return cmocka_run_group_tests(tests, NULL, ntpconf_world_end);
}
