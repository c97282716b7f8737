/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words and numbers of ntp.conf.
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

#include "config/ntpconf_lexer.h"

/** Compares the words of a line, written as "[word]", marks as "<(>", quoted ones as "'word'". */
static void cut(const char *line, const char *expected)
{
	struct ntpconf_words w;
	size_t column;
	char got[512] = "";

	assert_int_equal(ntpconf_cut((const uint8_t *)line, strlen(line), &w, &column), 0);
	for (size_t i = 0; i < w.n; i++) {
		size_t n = strlen(got);
		const char *marks = w.words[i].mark ? "<>" : w.words[i].quoted ? "''" : "[]";

		snprintf(got + n, sizeof(got) - n, "%c%s%c", marks[0], w.words[i].text, marks[1]);
	}
	if (strcmp(got, expected) != 0) {
		fail_msg("%s\n  is cut into %s\n  not %s", line, got, expected);
	}
	ntpconf_words_free(&w);
}

static void words(void **state)
{
	(void)state;
	cut("", "");
	cut(" \t\r ", "");
	cut("# all of it", "");
	cut("server ntp.example iburst\r", "[server][ntp.example][iburst]");
	cut("tos minclock 4# glued", "[tos][minclock][4]");
	cut("foo#bar", "[foo]");
	cut("nts key \"a # b\" cert \"x", "[nts][key]'a # b'[cert]'x'");
	cut("nts key \"\"", "[nts][key]''");
	cut("trustedkey 1 (3 ... 7)", "[trustedkey][1]<(>[3][...][7]<)>");
	cut("a,b;c|d={e}", "[a]<,>[b]<;>[c]<|>[d]<=>[{e}]");
	cut("caf\xc3\xa9 x", "[caf][x]");
}

/** Words after which the next one is a text, whatever it looks like. */
static void forced(void **state)
{
	(void)state;
	cut("logfile /var/log/a(b),c=d # c", "[logfile][/var/log/a(b),c=d]");
	cut("server -4 a(b", "[server][-4][a(b]");
	cut("server -6 \"-4\"", "[server][-6]'-4'");
	cut("restrict -4 default kod", "[restrict][-4][default][kod]");
	cut("setvar a=\"b c\" default", "[setvar][a]<=>'b c'[default]");
	cut("setvar a = \"b c\" default", "[setvar][a]<=>'b c'[default]");
	cut("setvar a = b=c default", "[setvar][a]<=>[b=c][default]");
	cut("logconfig =syncall +clockall # x", "[logconfig][=syncall][+clockall]");
	cut("phone \"a, b\" c(d", "[phone]'a, b'[c(d]");
}

static void columns(void **state)
{
	static const char line[] = " tos  minclock\t4", quoted[] = "setvar \"ab\"  # c";
	struct ntpconf_words w;
	size_t column;

	(void)state;
	assert_int_equal(ntpconf_cut((const uint8_t *)line, strlen(line), &w, &column), 0);
	assert_int_equal(w.words[0].column, 1);
	assert_int_equal(w.words[1].column, 6);
	assert_int_equal(w.words[2].column, 15);
	assert_int_equal(w.end, 16);
	ntpconf_words_free(&w);
	/* The line ends behind the quotes, and before what follows. */
	assert_int_equal(ntpconf_cut((const uint8_t *)quoted, strlen(quoted), &w, &column), 0);
	assert_int_equal(w.end, 11);
	ntpconf_words_free(&w);
}

/** A word of 1023 characters is the longest. */
static void long_words(void **state)
{
	uint8_t line[2 + NTPCONF_WORD_MAX + 1];
	struct ntpconf_words w;
	size_t column = 99;

	(void)state;
	memset(line, 'a', sizeof(line));
	line[1] = ' ';
	assert_int_equal(ntpconf_cut(line, sizeof(line), &w, &column), -EMSGSIZE);
	assert_int_equal(column, 2);
	assert_int_equal(ntpconf_cut(line, sizeof(line) - 1, &w, &column), 0);
	assert_int_equal(w.n, 2);
	ntpconf_words_free(&w);
}

static long long integer(const char *text)
{
	struct ntpconf_word w = {.text = text};
	long long v = 0;
	int r = ntpconf_int(&w, &v);

	return r < 0 ? 1000000000000000LL + r : v;
}

static void integers(void **state)
{
	const long long none = 1000000000000000LL - EINVAL, large = 1000000000000000LL - ERANGE;
	struct ntpconf_word quoted = {.text = "5", .quoted = true};
	long long v;

	(void)state;
	assert_int_equal(integer("0"), 0);
	assert_int_equal(integer("-17"), -17);
	assert_int_equal(integer("2147483648"), 2147483648LL);
	assert_int_equal(integer("4294967295"), 4294967295LL);
	assert_int_equal(integer("4294967296"), large);
	assert_int_equal(integer("-2147483649"), large);
	assert_int_equal(integer("0xff"), 255);
	assert_int_equal(integer("0x100000000"), none);
	assert_int_equal(integer("0x"), none);
	assert_int_equal(integer("1.5"), none);
	assert_int_equal(integer("+5"), none);
	assert_int_equal(integer(""), none);
	assert_int_equal(integer("-"), none);
	assert_int_equal(ntpconf_int(&quoted, &v), -EINVAL);
}

static double real(const char *text)
{
	struct ntpconf_word w = {.text = text};
	double v = 0;

	return ntpconf_real(&w, &v) < 0 ? -1e300 : v;
}

static void reals(void **state)
{
	(void)state;
	assert_true(real("0.128") == 0.128);
	assert_true(real("-1e-7") == -1e-7);
	assert_true(real("+3") == 3.0);
	assert_true(real("0g") == 619315200.0);
	assert_true(real("1.5gG") == 1.5 + 619315200.0 + 4954521600.0);
	assert_true(real("g") == -1e300);
	assert_true(real("1.5x") == -1e300);
	assert_true(real("") == -1e300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(forced),
		cmocka_unit_test(columns),
		cmocka_unit_test(long_words),
		cmocka_unit_test(integers),
		cmocka_unit_test(reals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
