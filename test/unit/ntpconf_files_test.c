/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntp.conf: which files are read in which order, reference clocks, and the files that people have.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "test/unit/ntpconf_world.h"
#include "test/unit/lines.h"

#define WALK                                                                                       \
	"I CONFIG: readconfig: parsing file: /e/ntp.conf\n"                                        \
	"I CONFIG: readconfig: automatically walking directory: /e/ntp.d\n"

/** The directory beside the file is read after it, in the order of names. */
static void order(void **state)
{
	struct files_fake f;
	const struct settings *s;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "/e/ntp.conf", "includefile more/a\nserver z\nstatsdir /one\n");
	files_fake_add(&f, "/e/more/a", "server y\nincludefile b");
	files_fake_add(&f, "/e/more/b", "server x\n");
	files_fake_add(&f, "/e/ntp.d/2.conf", "server v\nstatsdir /two\n");
	files_fake_add(&f, "/e/ntp.d/1.conf", "server w\n");
	files_fake_add(&f, "/e/ntp.d/3.txt", "server u\n");
	s = ntpconf_world_read(&f, "/e/ntp.conf",
		WALK "I CONFIG: opening /e/ntp.d/1.conf from dir /e/ntp.d\n"
		     "I CONFIG: opening /e/ntp.d/2.conf from dir /e/ntp.d\n"
		     "I SYNC: Found 5 servers, suggest minsane at least 3\n");
	assert_int_equal(s->n_sources, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(s->sources[i].options.name[0], "yxzwv"[i]);
	assert_string_equal(s->ntp.statsdir, "/two");
}

/** `end` ends it all, and a directory may be included. */
static void ends(void **state)
{
	struct files_fake f;
	const struct settings *s;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "/e/ntp.conf", "server a\nincludefile b\nserver c\n");
	files_fake_add(&f, "/e/b", "server b\nend\nserver d\n");
	files_fake_add(&f, "/e/ntp.d/1.conf", "server e\n");
	s = ntpconf_world_read(
		&f, "/e/ntp.conf", "I CONFIG: readconfig: parsing file: /e/ntp.conf\n");
	assert_int_equal(s->n_sources, 2);
}

/** What is missing is said, and the daemon starts without it. */
static void missing(void **state)
{
	struct files_fake f;
	const struct settings *s;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "/e/ntp.d/1.conf", "server a\n");
	s = ntpconf_world_read(&f, "/e/ntp.conf",
		"I CONFIG: readconfig: parsing file: /e/ntp.conf\n"
		"E CONFIG: failed to open '/e/ntp.conf': No such file or directory\n"
		"I CONFIG: readconfig: automatically walking directory: /e/ntp.d\n"
		"I CONFIG: opening /e/ntp.d/1.conf from dir /e/ntp.d\n");
	assert_int_equal(s->n_sources, 1);
}

static void loops(void **state)
{
	struct files_fake f;
	const struct settings *s;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "/e/ntp.conf", "includefile ntp.conf\ntrustedkey 1\n");
	s = ntpconf_world_read(&f, "/e/ntp.conf",
		"I CONFIG: readconfig: parsing file: /e/ntp.conf\n"
		"E CONFIG: Maximum include file level exceeded.\n"
		"I CONFIG: readconfig: automatically walking directory: /e/ntp.d\n");
	assert_int_equal(s->ntp.n_trusted, 6);
}

static void clocks(void **state)
{
	const struct settings *s = quiet("server 127.127.1.0 prefer bias 2\n"
					 "fudge 127.127.1.0 stratum 10 time1 0.5\n"
					 "server 127.127.28.2 minpoll 4\n"
					 "fudge 127.127.28.2 time1 0.5 refid TSTA flag4 1\n"
					 "refclock pps unit 1 ppspath /x flag2 1\n"
					 "refclock SHM unit 0 path /ignored\n"
					 "refclock nmea path /dev/x baud 4800 mode 1 time2 0.4\n"
					 "server 127.127.46.1\nrefclock gpsd unit 129\n");
	const struct settings_refclock *k = s->refclocks;

	(void)state;
	assert_int_equal(s->n_refclocks, 7);
	assert_int_equal(s->n_sources, 0);
	assert_string_equal(k[0].driver, "LOCAL");
	assert_int_equal(k[0].stratum, 10);
	assert_int_equal(k[0].select, SELECT_PREFER);
	assert_int_equal(k[0].refid, 0x7f7f0100);
	assert_int_equal(k[0].fudge.refid, 0x4c4f434c);
	assert_string_equal(k[0].fudge.name, "LOCAL");
	assert_true(k[0].offset == 0);
	assert_false(s->local.on);
	assert_string_equal(k[1].driver, "SHM");
	assert_string_equal(k[1].parameter, "2:perm=0666");
	assert_int_equal(k[1].poll, 4);
	assert_true(k[1].offset == 0.5);
	assert_int_equal(k[1].refid, 0x54535441);
	assert_int_equal(k[1].fudge.flags, 8);
	assert_int_equal(k[1].fudge.type, 28);
	assert_int_equal(k[1].fudge.unit, 2);
	assert_string_equal(k[2].parameter, "/x:clear");
	assert_string_equal(k[3].parameter, "0");
	assert_string_equal(k[4].parameter, "/dev/x:baud=4800:only=RMC");
	assert_int_equal(k[4].fudge.baud, 4800);
	assert_true(k[4].offset == 0.4);
	assert_string_equal(k[5].parameter, "localhost:device=/dev/gps1");
	assert_string_equal(k[6].parameter, "localhost:device=/dev/gps1:pps");
}

/** What modes and fudges make of the drivers (the manuals of ntpd's). */
static void fudges(void **state)
{
	const struct settings *s = quiet(
		"server 127.127.20.2 mode 8 prefer\n"
		"fudge 127.127.20.2 flag1 1 flag2 1 flag4 1 time1 0.01 time2 0.4 refid NAV\n"
		"refclock nmea unit 4 flag1 1 ppspath /dev/x stratum 3\n"
		"refclock shm unit 0 flag1 1 time2 100000\nrefclock shm unit 1 flag1 1 time2 7.5\n"
		"refclock shm unit 2 time2 7.5 mode 1\n"
		"refclock gpsd unit 3 mode 1 path /dev/y time1 0.1 time2 0.2\n"
		"refclock gpsd unit 4 time1 0.1 time2 0.2\nrefclock gpsd unit 5 time1 0.1\n"
		"refclock gpsd unit 132 time1 0.1 time2 0.2 flag1 1\n"
		"refclock sock unit 1 path /run/clock.sock time1 0.5\nserver 127.127.250.2\n");
	static const struct {
		const char *driver, *parameter;
		double offset;
	} wanted[] = {{"NMEA", "/dev/gps2:hide:only=ZDA", 0.4}, {"NMEA", "/dev/gps4", 0},
		{"SHM", "0:limit=14400", 0}, {"SHM", "1:limit=7.5", 0}, {"SHM", "2", 0},
		{"GPSD", "localhost:device=/dev/y:pps", 0.1},
		{"GPSD", "localhost:device=/dev/gps4", 0.2},
		{"GPSD", "localhost:device=/dev/gps5", 0.1},
		{"GPSD", "localhost:device=/dev/gps4:pps", 0.1}, {"SOCK", "/run/clock.sock", 0.5},
		{"SOCK", "/run/refclock2.sock", 0}, {"PPS", "/dev/gpspps2:clear", 0.01},
		{"PPS", "/dev/x", 0}};
	const struct settings_refclock *k = s->refclocks;

	(void)state;
	assert_int_equal(s->n_refclocks, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < s->n_refclocks; i++) {
		assert_string_equal(k[i].driver, wanted[i].driver);
		assert_string_equal(k[i].parameter, wanted[i].parameter);
		assert_true(fabs(k[i].offset - wanted[i].offset) < 1e-12);
	}
	/* The pulses are a clock that the sentences number, at their stratum. */
	assert_int_equal(k[11].lock, 0x4e415600);
	assert_int_equal(k[11].refid, 0x50505300);
	assert_int_equal(k[11].select, SELECT_PREFER);
	assert_int_equal(k[12].lock, k[1].refid);
	assert_int_equal(k[12].stratum, 3);
	assert_true(k[0].delay < 1e-6 && k[1].delay == 1);
	s = noisy("refclock nmea flag1 1 flag3 1\nrefclock pps flag3 1\n",
		"W CONFIG: NMEA(0): flag3 has no effect: pulses steer the clock through this "
		"daemon, not in the kernel\n"
		"W CONFIG: PPS(0): flag3 has no effect: pulses steer the clock through this "
		"daemon, not in the kernel\n"
		"W CONFIG: NMEA(0): its pulses are those of PPS(0)\n");
	assert_int_equal(s->n_refclocks, 2);
}

/** Which sentences are wanted, and pulses as long as they come. */
static void modes(void **state)
{
	const struct settings *s =
		quiet("refclock nmea unit 1 mode 2\nrefclock nmea unit 2 mode 0x10085\n"
		      "refclock nmea unit 3 mode 15\nrefclock nmea unit 4 mode 0x80\n"
		      "refclock gpsd unit 1 mode 2 time1 0.01 time2 0.26\n"
		      "refclock gpsd unit 2 mode 2 time1 0.5\n"
		      "refclock gpsd unit 3 mode 2 time1 0.01 time2 0.26 flag2 1\n"
		      "refclock gpsd unit 131 mode 2 time1 0.01\n");
	static const struct {
		const char *parameter;
		double offset;
	} wanted[] = {{"/dev/gps1:only=GGA", 0}, {"/dev/gps2:only=RMC+GLL", 0},
		{"/dev/gps3:only=RMC+GGA+GLL+ZDA", 0}, {"/dev/gps4", 0},
		{"localhost:device=/dev/gps1:auto:late=0.25", 0.01},
		{"localhost:device=/dev/gps2:auto", 0.5}, {"localhost:device=/dev/gps3", 0.26},
		{"localhost:device=/dev/gps3:pps", 0.01}};

	(void)state;
	assert_int_equal(s->n_refclocks, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < s->n_refclocks; i++) {
		assert_string_equal(s->refclocks[i].parameter, wanted[i].parameter);
		assert_true(fabs(s->refclocks[i].offset - wanted[i].offset) < 1e-12);
	}
}

/** A local clock that is not preferred serves when nothing else is left. */
static void local_clock(void **state)
{
	const struct settings *s = quiet("server 127.127.1.0\nfudge 127.127.1.0 stratum 10\n");

	(void)state;
	assert_true(s->local.on);
	assert_int_equal(s->local.stratum, 11);
	assert_true(s->local.waitunsynced == 300.0);
	assert_int_equal(s->refclocks[0].select, SELECT_NOSELECT);
}

static void bad_clocks(void **state)
{
	const struct settings *s;

	(void)state;
	s = noisy("server 127.127.99.0\nserver a\n",
		"E REFCLOCK: refclock_newpeer: clock type 99 invalid\n");
	assert_int_equal(s->n_refclocks, 0);
	assert_int_equal(s->n_sources, 1);
	noisy("server 127.127.8.0 mode 5\n", "E REFCLOCK: refclock_newpeer: clock type 8 invalid "
					     "(GENERIC is not in this program)\n");
	noisy("fudge 10.0.0.1 stratum 1\n",
		"E CONFIG: inappropriate address 10.0.0.1 for the fudge command, line ignored\n");
	s = noisy("server 127.127.28.0\nfudge 127.127.28.0 flag1 2 stratum 17\n",
		"E CONFIG: line 2 column 25 Integer value is not boolean (0 or 1). Assuming 1\n"
		"E CONFIG: line 2 column 35 fudge factor: stratum value not in [0..16], ignored\n");
	assert_int_equal(s->refclocks[0].fudge.flags, 1);
	assert_int_equal(s->refclocks[0].stratum, 0);
	noisy("server 127.127.28.0\nfudge 127.127.28.0\n",
		"E CONFIG: line 2 column 18 syntax error\n"
		"E CONFIG: syntax error in ntp.conf line 2, column 18\n");
}

/** What distributions install. */
static void distributions(void **state)
{
	static const char debian[] =
		"driftfile /var/lib/ntpsec/ntp.drift\n"
		"leapfile /usr/share/zoneinfo/leap-seconds.list\n"
		"# To enable Network Time Security support as a server, obtain a certificate\n"
		"# nts enable\n"
		"#statsdir /var/log/ntpsec/\n"
		"#statistics loopstats peerstats clockstats\n"
		"tos maxclock 7\n"
		"# Comment this out if you have a refclock\n"
		"tos minclock 4 minsane 3\n"
		"pool 0.debian.pool.ntp.org iburst\n"
		"pool 1.debian.pool.ntp.org iburst\n"
		"pool 2.debian.pool.ntp.org iburst\n"
		"pool 3.debian.pool.ntp.org iburst\n"
		"restrict default kod nomodify noquery nomrulist limited\n"
		"restrict 127.0.0.1\n"
		"restrict ::1\n";
	/* As cloud-init writes it for Debian and Ubuntu. */
	static const char cloud_init[] =
		"## template:jinja\n"
		"# /etc/ntp.conf, configuration for ntpd; see ntp.conf(5) for help\n"
		"driftfile /var/lib/ntp/ntp.drift\n"
		"#statsdir /var/log/ntpstats/\n"
		"statistics loopstats peerstats clockstats\n"
		"filegen loopstats file loopstats type day enable\n"
		"filegen peerstats file peerstats type day enable\n"
		"filegen clockstats file clockstats type day enable\n"
		"# pools\n"
		"pool 0.ubuntu.pool.ntp.org iburst\n"
		"pool 1.ubuntu.pool.ntp.org iburst\n"
		"# servers\n"
		"server ntp.example.com iburst\n"
		"peer 192.0.2.7\n"
		"restrict -4 default kod notrap nomodify nopeer noquery limited\n"
		"restrict -6 default kod notrap nomodify nopeer noquery limited\n"
		"restrict 127.0.0.1\n"
		"restrict ::1\n"
		"restrict source notrap nomodify noquery\n";
	const struct settings *s = quiet(debian);

	(void)state;
	assert_int_equal(s->n_sources, 4);
	assert_int_equal(s->minsources, 3);
	s = noisy(cloud_init,
		"I CONFIG: restrict notrap ignored\nI CONFIG: restrict nopeer ignored\n"
		"I CONFIG: restrict notrap ignored\n"
		"I CONFIG: restrict nopeer ignored\n"
		"I CONFIG: restrict notrap ignored\n"
		"W CONFIG: peer deprecated, treated as server: 192.0.2.7\n");
	assert_int_equal(s->ntp.errors, 0);
	assert_int_equal(s->n_sources, 4);
	assert_true(s->ntp.filegens[NTP_LOOPSTATS].enable);
}

/** The client and server of the guide. */
static void guide(void **state)
{
	static const char rest[] = "driftfile /var/lib/ntp/ntp.drift\n"
				   "statsdir /var/log/ntpstats\n"
				   "statistics loopstats peerstats clockstats rawstats\n"
				   "filegen loopstats file loopstats type day enable\n"
				   "filegen peerstats file peerstats type day enable\n"
				   "filegen clockstats file clockstats type day enable\n"
				   "filegen rawstats file rawstats type day enable\n"
				   "logfile /var/log/ntp.log\n"
				   "logconfig =syncall +clockall +peerall +sysall\n";
	static const char *const servers[] = {
		"server ntp1.glypnod.com iburst minpoll 3 maxpoll 6\n",
		"server ntp1.glypnod.com iburst minpoll 3 maxpoll 6 nts # comment\n",
		"server nts3-e.ostfalia.de:443 iburst minpoll 3 maxpoll 6 nts ca "
		"/var/lib/ntp/certs/rootCaBundle.pem\n",
		"server nts3-e.ostfalia.de:443 nts iburst minpoll 3 maxpoll 6 ca "
		"/var/lib/ntp/certs/rootCaBundle.pem noval\n",
	};
	static const char *const nts[] = {"nts enable cert /c.pem key /k.pem\n",
		"nts enable\nnts cert /c.pem\nnts key /k.pem\n"};
	const struct settings *s;
	char text[2048];

	(void)state;
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	for (size_t i = 0; i < 4; i++) {
		struct text t = text_on(text, sizeof(text));

		text_add(&t, "%s%s", servers[i], rest);
		s = quiet(text);
		assert_int_equal(s->n_sources, 1);
		assert_int_equal(s->sources[0].options.minpoll, 3);
		assert_int_equal(s->sources[0].options.maxpoll, 6);
		assert_true(s->sources[0].options.iburst);
		assert_int_equal(s->sources[0].options.nts, i > 0);
		assert_int_equal(s->sources[0].options.nts_port, i > 1 ? 443 : 4460);
		assert_int_equal(s->sources[0].options.nts_unchecked, i == 3);
		assert_true(s->ntp.filegens[NTP_RAWSTATS].enable);
		assert_int_equal(s->ntp.logconfig, 0xffff);
	}
	for (size_t i = 0; i < 2; i++) {
		struct text t = text_on(text, sizeof(text));

		text_add(&t, "server 127.127.1.0 prefer\nfudge 127.127.1.0 stratum 10\n%s%s",
			nts[i], rest);
		s = quiet(text);
		assert_string_equal(s->nts_server.certs[0], "/c.pem");
		assert_string_equal(s->nts_server.keys[0], "/k.pem");
		assert_int_equal(s->refclocks[0].stratum, 10);
	}
}

/** A line of a file of sources. */
static void source_lines(void **state)
{
	struct source_options o;
	char why[LOG_MESSAGE];
	struct text t = text_on(why, sizeof(why));

	(void)state;
	assert_int_equal(config_dialect_ntpconf.source_line("server a iburst", &o, &t), 0);
	assert_string_equal(o.name, "a");
	assert_true(o.iburst);
	assert_int_equal(config_dialect_ntpconf.source_line("  # x", &o, &t), -ENODATA);
	assert_int_equal(config_dialect_ntpconf.source_line("tos minsane 1", &o, &t), -EINVAL);
	assert_int_equal(config_dialect_ntpconf.source_line("srver a", &o, &t), -EINVAL);
	assert_int_equal(config_dialect_ntpconf.source_line("includefile a", &o, &t), -EINVAL);
}

static void collect(void *arg, const char *line)
{
	struct text *t = arg;

	text_add(t, "%s\n", line);
}

/** What -p prints means the same. */
static void prints(void **state)
{
	char *lines[] = {(char *)"server  a iburst # c", (char *)"setvar x=\"b c\" default",
		(char *)"nonsense"};
	char printed[512], why[LOG_MESSAGE];
	struct text t = text_on(printed, sizeof(printed)), w = text_on(why, sizeof(why));

	(void)state;
	assert_int_equal(
		config_dialect_ntpconf.print(NULL, NULL, lines, 3, &lines_dropped, collect, &t, &w),
		0);
	assert_string_equal(printed, "server a iburst\nsetvar x = \"b c\" default\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(ends),
		cmocka_unit_test(missing),
		cmocka_unit_test(loops),
		cmocka_unit_test(clocks),
		cmocka_unit_test(local_clock),
		cmocka_unit_test(bad_clocks),
		cmocka_unit_test(fudges),
		cmocka_unit_test(modes),
		cmocka_unit_test(distributions),
		cmocka_unit_test(guide),
		cmocka_unit_test(source_lines),
		cmocka_unit_test(prints),
	};

	return cmocka_run_group_tests(tests, NULL, ntpconf_world_end);
}
