/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations in the other dialect: what can be said in both is the same after the way there and
 * back, and what cannot is named in a comment.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "common/log.h"
#include "common/text.h"
#include "config/convert.h"
#include "config/dialect.h"
#include "test/unit/files_fake.h"
#include "test/unit/lines.h"

extern const struct config_dialect config_dialect_chrony, config_dialect_ntpconf;

static const struct config_dialect *const chrony = &config_dialect_chrony;
static const struct config_dialect *const ntp = &config_dialect_ntpconf;

static void convert(const struct config_dialect *from, const struct config_dialect *to,
	const char *content, struct lines *ret)
{
	struct files_fake f;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));
	int r;

	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	*ret = (struct lines){0};
	r = convert_file(&f.kernel, from, to, "c", &lines_dropped, lines_add, ret, &why);
	if (r != 0) {
		fail_msg("%s\n  gives %d: %s\n%s", content, r, buffer, ret->text);
	}
}

static struct settings *read_text(const struct config_dialect *d, const char *content)
{
	struct settings *s = settings_create();
	struct files_fake f;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));

	assert_non_null(s);
	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	assert_int_equal(d->read_file(&f.kernel, "c", &lines_dropped, s, &why), 0);
	return s;
}

static void same_sources(const struct settings *a, const struct settings *b)
{
	assert_int_equal(a->n_sources, b->n_sources);
	for (size_t i = 0; i < a->n_sources; i++) {
		const struct source_options *o = &a->sources[i].options;
		const struct source_options *p = &b->sources[i].options;

		assert_string_equal(o->name, p->name);
		assert_int_equal(o->kind, p->kind);
		assert_int_equal(o->minpoll, p->minpoll);
		assert_int_equal(o->maxpoll, p->maxpoll);
		assert_int_equal(o->key, p->key);
		assert_int_equal(o->version, p->version);
		assert_int_equal(o->select, p->select);
		assert_int_equal(o->iburst, p->iburst);
		assert_int_equal(o->burst, p->burst);
		assert_int_equal(o->nts, p->nts);
		assert_int_equal(o->nts_port, p->nts_port);
		assert_int_equal(o->certset, p->certset);
		assert_int_equal(o->maxsources, p->maxsources);
		assert_true(o->offset == p->offset);
	}
	assert_int_equal(a->n_refclocks, b->n_refclocks);
	for (size_t i = 0; i < a->n_refclocks; i++) {
		assert_string_equal(a->refclocks[i].driver, b->refclocks[i].driver);
		assert_string_equal(a->refclocks[i].parameter, b->refclocks[i].parameter);
		assert_int_equal(a->refclocks[i].poll, b->refclocks[i].poll);
		assert_int_equal(a->refclocks[i].stratum, b->refclocks[i].stratum);
		assert_true(a->refclocks[i].offset == b->refclocks[i].offset);
	}
}

/** What both dialects can say. */
static void same(const struct settings *a, const struct settings *b)
{
	same_sources(a, b);
	assert_true(a->makestep_threshold == b->makestep_threshold);
	assert_int_equal(a->makestep_limit, b->makestep_limit);
	assert_int_equal(a->maxchange_on, b->maxchange_on);
	assert_true(a->maxchange_offset == b->maxchange_offset);
	assert_true(a->maxdistance == b->maxdistance);
	assert_int_equal(a->minsources, b->minsources);
	assert_int_equal(a->minstratum, b->minstratum);
	assert_int_equal(a->maxstratum, b->maxstratum);
	assert_int_equal(a->rtcsync, b->rtcsync);
	assert_int_equal(a->dscp, b->dscp);
	assert_int_equal(a->local.on, b->local.on);
	assert_int_equal(a->local.orphan, b->local.orphan);
	assert_int_equal(a->local.stratum, b->local.stratum);
	assert_true(a->local.waitunsynced == b->local.waitunsynced);
	assert_string_equal(a->driftfile, b->driftfile);
	assert_string_equal(a->leapseclist, b->leapseclist);
	assert_string_equal(a->keyfile, b->keyfile);
	assert_int_equal(a->leapsecmode, b->leapsecmode);
	assert_true(a->smooth_frequency_ppm == b->smooth_frequency_ppm);
	assert_int_equal(a->nts_server.n_certs, b->nts_server.n_certs);
	assert_int_equal(a->nts_client.n_trust, b->nts_client.n_trust);
	assert_int_equal(a->nts_client.no_system, b->nts_client.no_system);
	assert_int_equal(a->nts_tls12, b->nts_tls12);
	assert_int_equal(a->ntsaeads[0], b->ntsaeads[0]);
	assert_int_equal(a->n_access, b->n_access);
	for (size_t i = 0; i < a->n_access; i++) {
		assert_int_equal(a->access[i].allow, b->access[i].allow);
		assert_int_equal(a->access[i].bits, b->access[i].bits);
		assert_true(address_equal(&a->access[i].prefix, &b->access[i].prefix));
	}
	assert_int_equal(a->ratelimit.on, b->ratelimit.on);
	if (a->ratelimit.on) {
		assert_int_equal(a->ratelimit.interval, b->ratelimit.interval);
		assert_int_equal(a->ratelimit.burst, b->ratelimit.burst);
	}
}

/** From a dialect to the other and back. */
static void there_and_back(
	const struct config_dialect *from, const struct config_dialect *to, const char *content)
{
	static struct lines there, back;
	struct settings *a = read_text(from, content), *b, *c;

	convert(from, to, content, &there);
	convert(to, from, there.text, &back);
	b = read_text(to, there.text);
	c = read_text(from, back.text);
	same(a, b);
	same(a, c);
	settings_destroy(a);
	settings_destroy(b);
	settings_destroy(c);
}

static const char ntp_conf[] =
	"server a.example iburst minpoll 3 maxpoll 7 prefer version 3 key 5 bias 0.001\n"
	"server 192.0.2.1 noselect burst\n"
	"peer 192.0.2.2 key 5\n"
	"pool b.example iburst\n"
	"pool c.example\n"
	"tos maxclock 7 minsane 2 floor 1 ceiling 9 maxdist 2.5 orphan 6 orphanwait 100\n"
	"tinker step 0.5 panic 10\n"
	"server 127.127.28.2 minpoll 4\n"
	"fudge 127.127.28.2 time1 0.25 refid GPS\n"
	"server 127.127.28.0 prefer\n"
	"server 127.127.20.1 minpoll 4\nfudge 127.127.20.1 flag1 1 time1 0.01 time2 0.4\n"
	"driftfile /v/drift\nleapfile /v/leap\nkeys /v/keys\ntrustedkey 5\n"
	"leapsmearinterval 1000\n"
	"restrict default kod limited nomodify noquery\n"
	"restrict 10.0.0.0 mask 255.0.0.0 noserve\n"
	"restrict 2001:db8::/32 noserve\nrestrict 10.1.0.0/16 limited\n"
	"limit average 0.5 burst 20\n"
	"dscp 10\n";

static const char chrony_conf[] =
	"server a.example iburst minpoll 3 maxpoll 7 prefer key 5 offset 0.001\n"
	"peer 192.0.2.2 key 5\n"
	"pool b.example iburst maxsources 3\n"
	"makestep 0.5 -1\nmaxchange 10 0 0\nmaxdistance 2.5\nminsources 2\nmaxstratum 14\n"
	"refclock SHM 2:perm=0666 poll 4 offset 0.25 refid GPS\n"
	"refclock SOCK /run/chrony.ttyS0.sock\n"
	"refclock PPS /dev/pps-gpio1:clear\nrefclock NMEA "
	"/dev/ttyAMA0:baud=4800:hide:only=GLL+ZDA\n"
	"local stratum 6 orphan waitsynced 100 waitunsynced 100\n"
	"rtcsync\ndscp 46\n"
	"driftfile /v/drift\nleapseclist /v/leap\nkeyfile /v/keys\n"
	"allow 0.0.0.0/0\nallow ::/0\ndeny 10.0.0.0/8\nallow 10.1.0.0/16\n"
	"ntsaeads 15 30\n";

static void round_trips(void **state)
{
	(void)state;
	there_and_back(ntp, chrony, ntp_conf);
	there_and_back(chrony, ntp, chrony_conf);
}

/** A local clock that serves when nothing is left, and shared memory that is kept to itself: there
 * and back, and there is nothing without an equal on the way back. */
static void round_trips_of_clocks(void **state)
{
	static const char content[] = "server 127.127.1.0\nfudge 127.127.1.0 stratum 9\n"
				      "tos orphanwait 60\n"
				      "refclock shm unit 3 mode 1 flag1 1 time2 30\n"
				      "refclock shm unit 4 flag1 1\n"
				      "restrict default\n";
	static struct lines there, back, again;

	(void)state;
	there_and_back(ntp, chrony, content);
	convert(ntp, chrony, content, &there);
	convert(chrony, ntp, there.text, &back);
	assert_non_null(strstr(there.text, "refclock SHM 3:limit=30 "));
	assert_non_null(strstr(there.text, "refclock SHM 4:perm=0666:limit=14400 "));
	assert_null(strstr(back.text, "no equal"));
	convert(ntp, chrony, back.text, &again);
	assert_non_null(
		strstr(again.text, "refclock LOCAL 0 noselect optional poll 6 stratum 9\n"));
	assert_non_null(strstr(again.text, "refclock SHM 3:limit=30 "));
	assert_non_null(strstr(again.text, "refclock SHM 4:perm=0666:limit=14400 "));
}

static void round_trips_of_nts(void **state)
{
	(void)state;
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	there_and_back(ntp, chrony,
		"server a.example:4461 nts ca /x/ca.pem\nserver [2001:db8::1]:4462 nts\n"
		"server b.example nts ca /y\nnts ca /z\n"
		"nts enable cert /c key /k cookie /v/keys\nnts mintls TLS1.2\n"
		"nts aead AES_SIV_CMAC_512\n");
}

static void has(const struct lines *r, const char *line)
{
	if (!strstr(r->text, line)) {
		fail_msg("%s\n  is not in\n%s", line, r->text);
	}
}

/** Every directive that is read is written so that it is read as the same. */
static void chrony_writes_all(void **state)
{
	static const char content[] =
		"acquisitionport 0\nauthselectmode require\nbindacqaddress 192.0.2.1\n"
		"bindacqdevice eth0\nbindaddress ::1\nbindcmdaddress 127.0.0.1\n"
		"bindcmdaddress /x/sock\nbroadcast 60 192.0.2.255 123\nclientloglimit 1000\n"
		"clockprecision 1e-07\ncmdallow 192.0.2.0/24\ncmdratelimit burst 3\n"
		"corrtimeratio 10\ndriftfile /d interval 60\nfallbackdrift 16 19\n"
		"hwtimestamp eth0 minpoll 2 nocrossts rxfilter ptp\ninitstepslew 30 a "
		"b\nmailonchange a@b 0.5\nmanual\ntempcomp /t 30 1 2 3 4\n"
		"leapsecmode slew\nleapsectz right/UTC\nlocal stratum 5 distance 0.5\n"
		"log tracking statistics\nmakestep 1 3\nmaxchange 100 1 2\nmaxupdateskew 5\n"
		"ntsratelimit interval 2\nopencommands tracking\npidfile /p\n"
		"ratelimit kod 2\nsmoothtime 400 0.01 leaponly\nsourcedir /s\nuser u\n";
	static struct lines out;
	struct settings *s = read_text(chrony, content), *again;
	char line[256];

	(void)state;
	out = (struct lines){0};
	assert_int_equal(chrony->write(s, lines_add, &out), 0);
	for (const char *p = content; *p; p += strcspn(p, "\n") + 1) {
		/* the beginning of each is there */
		snprintf(line, sizeof(line), "%.*s ", (int)strcspn(p, " \n"), p);
		line[strlen(line) - 1] = '\0';
		if (!strstr(out.text, line)) {
			fail_msg("%s is not in\n%s", line, out.text);
		}
	}
	again = read_text(chrony, out.text);
	same(s, again);
	assert_int_equal(again->n_broadcasts, 1);
	assert_int_equal(again->broadcasts[0].interval, 60);
	assert_int_equal(again->clientloglimit, 1000);
	assert_true(again->clockprecision == 1e-7);
	assert_int_equal(again->n_cmd_access, 1);
	assert_int_equal(again->cmdratelimit.burst, 3);
	assert_int_equal(again->logs, s->logs);
	assert_int_equal(again->opencommands, s->opencommands);
	assert_string_equal(again->command_socket, "/x/sock");
	assert_int_equal(again->n_hwtimestamps, 1);
	assert_memory_equal(again->hwtimestamps, s->hwtimestamps, sizeof(*s->hwtimestamps));
	assert_int_equal(again->n_initstep, 2);
	assert_string_equal(again->initstep[1], "b");
	assert_string_equal(again->mail_to, "a@b");
	assert_true(again->manual);
	assert_memory_equal(&again->tempcomp, &s->tempcomp, sizeof(s->tempcomp));
	assert_string_equal(again->user, "u");
	settings_destroy(s);
	settings_destroy(again);
}

/** What has no equal is named, and nothing else is. */
static void comments(void **state)
{
	static struct lines r;

	(void)state;
	convert(ntp, chrony,
		"server a iburst\nstatistics loopstats\nsetvar x=y\ntos mindist 0.01\n"
		"restrict default nomodify noquery limited\n",
		&r);
	has(&r, "server a iburst\n");
	has(&r, "# chrony has no equal of: filegen loopstats file loopstats type day link "
		"enable\n");
	has(&r, "# chrony has no equal of: setvar x = \"y\"\n");
	has(&r, "# chrony has no equal of: tos mindist 0.01\n");
	has(&r, "# chrony has no equal of: restrict -4 default limited noquery nomodify\n");
	assert_null(strstr(r.text, "equal of: server"));
	convert(chrony, ntp, "server a maxdelay 0.5\nlog tracking\nlogdir /x\nserver b\npeer c\n",
		&r);
	has(&r, "server a\n");
	has(&r, "# ntp has no equal of: server a maxdelay 0.5\n");
	has(&r, "# ntp has no equal of: log tracking\n");
	has(&r, "# ntp has no equal of: logdir /x\n");
	has(&r, "# ntp has no equal of: peer c\n");
	assert_null(strstr(r.text, "equal of: server b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(round_trips_of_clocks),
		cmocka_unit_test(round_trips_of_nts),
		cmocka_unit_test(chrony_writes_all),
		cmocka_unit_test(comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
