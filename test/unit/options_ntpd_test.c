/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of ntpd.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/called.h"
#include "common/text.h"
#include "daemon/os/options.h"

#define WORDS 32

/** The last line that was read: options point into it. */
static struct {
	char line[512], why[256];
	char *words[WORDS + 1];
	struct options o;
} scene;

static enum options_result parse(const char *line)
{
	struct text why = text_on(scene.why, sizeof(scene.why));
	size_t n;

	snprintf(scene.line, sizeof(scene.line), "ntpd %s", line);
	n = text_split(scene.line, scene.words, WORDS);
	scene.words[n] = NULL;
	return options_ntpd_parse((int)n, scene.words, &scene.o, &why);
}

static const struct options *good(const char *line)
{
	assert_int_equal(parse(line), OPTIONS_RUN);
	assert_string_equal(scene.why, "");
	return &scene.o;
}

static void paths(void **state)
{
	const struct options *o = good("-c /c -f /f -i /i -k /k -l /l -p /p -s /s -u ntp:ntp");

	(void)state;
	assert_string_equal(o->config, "/c");
	assert_string_equal(o->ntpd.driftfile, "/f");
	assert_string_equal(o->ntpd.jail, "/i");
	assert_string_equal(o->ntpd.keyfile, "/k");
	assert_string_equal(o->log_file, "/l");
	assert_string_equal(o->ntpd.pidfile, "/p");
	assert_string_equal(o->ntpd.statsdir, "/s");
	assert_string_equal(o->user, "ntp:ntp");
	assert_true(o->ntpd.on);
	assert_string_equal(o->dialect, "ntp");
	assert_false(o->foreground);
	o = good("--configfile=/c --driftile /f --keyfile /k --wait-sync=5");
	assert_string_equal(o->config, "/c");
	assert_string_equal(o->ntpd.driftfile, "/f");
	assert_int_equal(o->ntpd.wait_s, 5);
}

static void flags(void **state)
{
	const struct options *o = good("-g -G -x -L -4 -N");

	(void)state;
	assert_true(o->ntpd.panicgate && o->ntpd.step_first && o->ntpd.slew && o->ntpd.no_virtual);
	assert_int_equal(o->family, ADDRESS_IP4);
	assert_int_equal(o->sched_priority, 99);
	assert_int_equal(good("-P 200")->sched_priority, 99);
	assert_int_equal(good("-6")->family, ADDRESS_IP6);
	assert_true(good("-n")->foreground);
	assert_true(good("-d")->foreground && !scene.o.step_once);
	assert_true(good("-q")->step_once && scene.o.foreground);
	assert_true(good("-R")->print);
	assert_string_equal(good("-m -D 5 -U 0 -z -m")->ntpd.idle, "mDUz");
}

static void lists(void **state)
{
	const struct options *o = good("-I eth0 a.example -t 5 -I 192.0.2.1 -t 65535 b.example");

	(void)state;
	assert_int_equal(o->ntpd.n_nics, 2);
	assert_string_equal(o->ntpd.nics[1], "192.0.2.1");
	assert_int_equal(o->ntpd.n_trusted, 2);
	assert_int_equal(o->ntpd.trusted[1], 65535);
	assert_int_equal(o->n_directives, 2);
	assert_string_equal(o->directives[0], "a.example");
	assert_string_equal(o->directives[1], "b.example");
}

static void ends(void **state)
{
	(void)state;
	assert_int_equal(parse("-h"), OPTIONS_HELP);
	assert_int_equal(parse("--version"), OPTIONS_VERSION);
	assert_int_equal(parse("-b"), OPTIONS_UNKNOWN);
	assert_int_equal(parse("-r 5"), OPTIONS_UNKNOWN);
	assert_int_equal(parse("-U -5"), OPTIONS_DONE);
	assert_int_equal(parse("-M"), OPTIONS_UNKNOWN);
	assert_int_equal(parse("-t 0"), OPTIONS_INVALID);
	assert_string_equal(scene.why, "INIT: command line trusted key 0 is invalid");
	assert_int_equal(parse("-u a -u b"), OPTIONS_INVALID);
	assert_int_equal(parse("-w x"), OPTIONS_INVALID);
}

static void names(void **state)
{
	(void)state;
	assert_true(called_is("ntpd", "ntpd"));
	assert_true(called_is("/usr/sbin/ntpd", "ntpd"));
	assert_false(called_is("gnomond", "ntpd"));
	assert_false(called_is("/ntpd/gnomond", "ntpd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(flags),
		cmocka_unit_test(lists),
		cmocka_unit_test(ends),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
