/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a configuration before it is used: all its problems, each with its place, and
 * what it says, each line with its origin, so that it can be read again.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "common/text.h"
#include "config/check.h"
#include "config/chrony_parse.h"
#include "config/dialect.h"
#include "test/unit/files_fake.h"
#include "test/unit/lines.h"

extern const struct config_dialect config_dialect_chrony, config_dialect_ntpconf;

static const struct config_dialect *const chrony = &config_dialect_chrony;
static const struct config_dialect *const ntp = &config_dialect_ntpconf;

static bool knows(const char *driver)
{
	return strcmp(driver, "SUNDIAL") != 0;
}

/** Checks the file "c" of a world; expected is all that is said. */
static void check(
	struct files_fake *f, const struct config_dialect *d, int errors, const char *expected)
{
	static struct lines found;

	found = (struct lines){0};
	assert_int_equal(check_file(&f->kernel, d, "c", knows, lines_add, &found), errors);
	assert_string_equal(found.text, expected);
}

static void test_chrony(void **state)
{
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c",
		"# a comment\n"
		"servr a\n"
		"server a ibrst\n"
		"server b minpoll 4 maxpoll 3\n"
		"noclientlog\n"
		"confdir /d\n"
		"include /none\n"
		"ratelimit\n"
		"ntsservercert /x\n"
		"port 123\n");
	files_fake_add(&f, "/d/x.conf", "port 1\nport 70000\nmakestep 1\n");
	check(&f, chrony, 7,
		"c:2: Invalid directive servr, did you mean server?\n"
		"c:3: Invalid option in server directive: ibrst, did you mean iburst?\n"
		"c:4: warning: b polled with minpoll 4 maxpoll 4 in place of minpoll 4 maxpoll 3\n"
		"/d/x.conf:2: Invalid value 70000 in port directive (min 0, max 65535)\n"
		"/d/x.conf:3: Missing arguments for makestep directive\n"
		"c:7: Could not open /none : No such file or directory\n"
		"c:9: Uneven number of NTS certs and keys\n"
		"c:5: Rate limiting cannot be enabled with noclientlog\n");
}

/** A line that cannot be read at all is one problem, not the end. */
static void test_lines(void **state)
{
	static char content[5000];
	struct files_fake f;

	(void)state;
	memset(content, 'x', 3000);
	strcpy(content + 3000, "\nport 70000\n");
	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	check(&f, chrony, 2,
		"c:1: String too long (more than 2048 characters)\n"
		"c:2: Invalid value 70000 in port directive (min 0, max 65535)\n");
	files_fake_start(&f);
	files_fake_add_bytes(&f, "c", "a\0b\nporx 1\n", 11);
	check(&f, chrony, 2,
		"c:1: NUL byte in a line\n"
		"c:2: Invalid directive porx, did you mean port?\n");
}

static void test_good(void **state)
{
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c", "server a iburst\nsourcedir /s\n");
	files_fake_add(&f, "/s/a.sources", "# one\nserver b\n");
	check(&f, chrony, 0, "");
	files_fake_start(&f);
	check(&f, chrony, 1, "c: Could not open c : No such file or directory\n");
}

static void test_sources(void **state)
{
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c", "sourcedir /s /none\n");
	files_fake_add(&f, "/s/a.sources", "server b iburts\n\nport 3\nserver c");
	files_fake_add(&f, "/s/ignored.conf", "nonsense\n");
	check(&f, chrony, 2,
		"/s/a.sources:1: Invalid option in server directive: iburts, did you mean iburst?\n"
		"/s/a.sources:3: Invalid directive port: only server, pool and peer can be here\n"
		"/s/a.sources:4: warning: the line does not end: it is not read\n");
}

/** Files of sources that the daemon would not take are not taken here either. */
static void test_strange_sources(void **state)
{
	static char large[SETTINGS_SOURCES_FILE + 1], wide[3000];
	struct files_fake f;

	(void)state;
	memset(large, '\n', sizeof(large));
	memset(wide, ' ', sizeof(wide));
	memcpy(wide, "server c", 8);
	wide[sizeof(wide) - 1] = '\n';
	files_fake_start(&f);
	files_fake_add(&f, "c", "sourcedir /s\n");
	files_fake_add_bytes(&f, "/s/large.sources", large, sizeof(large));
	files_fake_add_bytes(&f, "/s/nul.sources", "server a\0b\nserver b\n", 20);
	files_fake_add_bytes(&f, "/s/wide.sources", wide, sizeof(wide));
	check(&f, chrony, 2,
		"/s/large.sources: warning: Could not open it : File too large\n"
		"/s/nul.sources:1: NUL byte in line\n"
		"/s/wide.sources:1: line too long\n");
}

static void test_ntp(void **state)
{
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c",
		"server a iburst\n"
		"srver b\n"
		"includefile d\n"
		"tos mindst 0.01\n"
		"setvar\n"
		"fudge \"127.127.1.0\"\n"
		"tos mindist abc\n");
	files_fake_add(&f, "d", "tinker panc 3\n");
	check(&f, ntp, 6,
		"c:2: syntax error at column 0: srver, did you mean server?\n"
		"c:4: syntax error at column 4: mindst, did you mean mindist?\n"
		"c:7: syntax error at column 12: abc\n"
		"d:1: syntax error at column 7: panc, did you mean panic?\n"
		"c:5: syntax error at column 6\n"
		"c:6: warning: there is no clock 127.127.1.0 to fudge\n"
		"c:6: syntax error at column 19\n");
}

/** Prints what the file "c" says. */
static void print(struct files_fake *f, const struct config_dialect *d, struct lines *ret)
{
	*ret = (struct lines){0};
	assert_int_equal(check_print(&f->kernel, d, chrony, "c", lines_add, ret), 0);
}

static void test_origins(void **state)
{
	static struct lines out;
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c",
		"server a iburst\n"
		"maxdistance 2\n"
		"log tracking\n"
		"include d\n"
		"allow 192.0.2.0/24\n"
		"server b\n"
		"makestep 1 3\n"
		"port 123\n");
	files_fake_add(&f, "d", "maxdistance 4\nallow 10.0.0.0/8\nlog statistics\nmakestep 2 -1\n");
	print(&f, chrony, &out);
	assert_string_equal(out.text, "# c:1\nserver a iburst\n"
				      "# c:6\nserver b\n"
				      "# c:7\nmakestep 1 3\n"
				      "# d:1\nmaxdistance 4\n"
				      "# c:3 d:3\nlog statistics tracking\n"
				      "# d:2\nallow 10.0.0.0/8\n"
				      "# c:5\nallow 192.0.2.0/24\n");
}

static void test_origins_ntp(void **state)
{
	static struct lines out;
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c", "tos maxdist 2.5\nserver a iburst\ndriftfile /d\n");
	print(&f, ntp, &out);
	assert_non_null(strstr(out.text, "# c:2\nserver a iburst\n"));
	assert_non_null(strstr(out.text, "# c:3\ndriftfile /d\n"));
	assert_non_null(strstr(out.text, "# defaults of ntp.conf\ncmdport 0\n"));
}

/** A value of a rule that is nobody's default. */
static void add_value(struct text *t, const struct option_rule *r)
{
	switch (r->type) {
	case OPTION_REAL:
		text_add(t, " 0.5");
		break;
	case OPTION_TEXT:
		text_add(t, " some");
		break;
	case OPTION_FLAG:
		break;
	default:
		text_add(t, " 7");
		break;
	}
}

/** A clock that the program has no driver for keeps it from starting, unless it is optional. */
static void test_refclocks(void **state)
{
	struct files_fake f;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c",
		"refclock SHM 0\n"
		"refclock SUNDIAL 1\n"
		"refclock SUNDIAL 2 optional\n"
		"port 0\n");
	check(&f, chrony, 1,
		"c:2: this program has no refclock driver SUNDIAL\n"
		"c:3: warning: this program has no refclock driver SUNDIAL\n");
}

static size_t value_size(const struct option_rule *r)
{
	return r->type == OPTION_REAL   ? sizeof(double)
	       : r->type == OPTION_TEXT ? strlen("some") + 1
	       : r->type == OPTION_FLAG ? sizeof(bool)
					: sizeof(int);
}

static struct settings *read_text(const char *content)
{
	struct settings *s = settings_create();
	struct files_fake f;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof(buffer));

	assert_non_null(s);
	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	if (chrony->read_file(&f.kernel, "c", &lines_silent, s, &why) != 0) {
		fail_msg("%s in\n%s", buffer, content);
	}
	return s;
}

/** Those with values, but for the one that does not go with rtcfile. */
static bool is_tried(const struct directive_rule *d)
{
	return d->standing == DIRECTIVE_USED && d->values[0].word &&
	       strcmp(d->word, "rtcsync") != 0;
}

/** Every value that a table of directives has comes back. */
static void test_every_value(void **state)
{
	static char content[16384];
	static struct lines out;
	struct text t = text_on(content, sizeof(content));
	struct settings *a, *b, *otherwise = settings_create();
	struct files_fake f;
	int n = 0;

	(void)state;
	for (const struct directive_rule *d = chrony_directives; d->word; d++) {
		if (!is_tried(d)) {
			continue;
		}
		text_add(&t, "%s", d->word);
		for (const struct option_rule *r = d->values; r->word; r++) {
			add_value(&t, r);
		}
		text_add(&t, "\n");
	}
	/* With limits of rates it is no configuration. */
	assert_null(strstr(content, "ratelimit"));
	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	print(&f, chrony, &out);
	a = read_text(content);
	b = read_text(out.text);
	for (const struct directive_rule *d = chrony_directives; d->word; d++) {
		if (!is_tried(d)) {
			continue;
		}
		for (const struct option_rule *r = d->values; r->word; r++, n++) {
			const char *p = (const char *)a + r->offset,
				   *q = (const char *)b + r->offset;

			if (memcmp(p, (const char *)otherwise + r->offset, value_size(r)) == 0) {
				fail_msg("%s: this test does not change it", d->word);
			}
			if (memcmp(p, q, value_size(r)) != 0) {
				fail_msg("%s is lost in\n%s", d->word, out.text);
			}
		}
	}
	assert_in_range(n, 50, 200);
	settings_destroy(a);
	settings_destroy(b);
	settings_destroy(otherwise);
}

/** Lists and directives of their own grammar come back too. */
static void test_round_trip(void **state)
{
	static const char content[] =
		"server a.example iburst minpoll 3 maxpoll 7 prefer key 5 offset 0.001\n"
		"pool b.example maxsources 3 ipv4\npeer 192.0.2.9 xleave\n"
		"refclock SHM 2:perm=0666 poll 3 offset 0.25 refid GPS lock PPS tai\n"
		"refclock PPS /dev/pps0 pps rate 5\nleapseclist /v/leap\n"
		"local stratum 6 orphan waitsynced 100\ndriftfile /v/d interval 60\n"
		"allow\ndeny all 10.0.0.0/8\nallow fd00::/8\ncmdallow 192.0.2.1\n"
		"bindaddress ::1\nbindaddress 192.0.2.1\nbindcmdaddress /x/sock\n"
		"monitorsocket /x/monitor group adm mode 0600\n"
		"ratelimit kod 2 burst 3\nntsratelimit interval 2\ncmdratelimit leak 3\n"
		"broadcast 60 192.0.2.255\nlog tracking statistics\nleapsecmode slew\n"
		"smoothtime 400 0.01 leaponly\nauthselectmode require\nntsaeads 15\n"
		"opencommands tracking\nsourcedir /s /t\nuser u\nclientloglimit 1000\n"
		"maxchange 100 1 2\nmaxupdateskew 5\nacquisitionport 0\npidfile /p\n";
	static struct lines out, again;
	struct files_fake f;
	struct settings *a = read_text(content), *b;

	(void)state;
	files_fake_start(&f);
	files_fake_add(&f, "c", content);
	print(&f, chrony, &out);
	b = read_text(out.text);
	assert_int_equal(b->n_sources, a->n_sources);
	for (size_t i = 0; i < a->n_sources; i++) {
		assert_memory_equal(&a->sources[i].options, &b->sources[i].options,
			sizeof(a->sources[i].options));
	}
	assert_int_equal(b->n_refclocks, 2);
	assert_int_equal(b->n_access, 3);
	assert_int_equal(b->n_sourcedirs, 2);
	assert_int_equal(b->n_broadcasts, 1);
	out = again = (struct lines){0};
	assert_int_equal(chrony->write(a, lines_add, &out), 0);
	assert_int_equal(chrony->write(b, lines_add, &again), 0);
	assert_string_equal(out.text, again.text);
	settings_destroy(a);
	settings_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chrony),
		cmocka_unit_test(test_refclocks),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_strange_sources),
		cmocka_unit_test(test_ntp),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_origins_ntp),
		cmocka_unit_test(test_every_value),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
