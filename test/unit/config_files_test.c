/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of a configuration: lines, patterns, include, confdir, limits, what -p prints, and the
 * other ways in.
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

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/lexer.h"
#include "config/pattern.h"
#include "config/reader.h"
#include "test/unit/files_fake.h"

extern const struct config_dialect config_dialect_chrony;

/** Files to read and what became of it. */
struct world {
	struct files_fake files;
	struct settings *settings;
	char why[LOG_MESSAGE];
	char warnings[2048];
	char printed[2048];
};

static int setup(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	files_fake_start(&w.files);
	w.settings = settings_create();
	*state = &w;
	return w.settings ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	settings_destroy(w->settings);
	return 0;
}

static void warn(void *arg, enum log_priority priority, const char *message)
{
	struct world *w = arg;
	size_t n = strlen(w->warnings);

	(void)priority;
	snprintf(w->warnings + n, sizeof(w->warnings) - n, "%s\n", message);
}

static void print_line(void *arg, const char *text)
{
	struct world *w = arg;
	size_t n = strlen(w->printed);

	snprintf(w->printed + n, sizeof(w->printed) - n, "%s\n", text);
}

static int read_file(struct world *w, const char *path)
{
	struct log log = {.write = warn, .arg = w, .lowest = LOG_PRIORITY_DEBUG};
	struct text why = text_on(w->why, sizeof(w->why));

	return config_dialect_chrony.read_file(&w->files.kernel, path, &log, w->settings, &why);
}

static int read_arguments(struct world *w, char *const *lines, size_t n)
{
	struct log log = {.write = warn, .arg = w, .lowest = LOG_PRIORITY_DEBUG};
	struct text why = text_on(w->why, sizeof(w->why));

	return config_dialect_chrony.read_arguments(
		&w->files.kernel, lines, n, &log, w->settings, &why);
}

static int print(struct world *w, const char *path, char *const *lines, size_t n)
{
	struct log log = {.write = warn, .arg = w, .lowest = LOG_PRIORITY_DEBUG};
	struct text why = text_on(w->why, sizeof(w->why));

	w->printed[0] = '\0';
	return config_dialect_chrony.print(
		&w->files.kernel, path, lines, n, &log, print_line, w, &why);
}

static void lines(void **state)
{
	static const char text[] = "\n  one two \r\n! c\n ; c\n#c\n%\n\tthree";
	static const uint8_t nul[] = "a\nb\0c\n";
	static struct lexer l;

	(void)state;
	lexer_start(&l, (const uint8_t *)text, sizeof(text) - 1);
	assert_int_equal(lexer_next(&l), 1);
	assert_int_equal(l.line, 2);
	assert_int_equal(l.n_words, 2);
	assert_string_equal(l.words[1], "two");
	assert_int_equal(lexer_next(&l), 1);
	assert_int_equal(l.line, 7);
	assert_string_equal(l.words[0], "three");
	assert_int_equal(lexer_next(&l), 0);
	assert_int_equal(lexer_next(&l), 0);
	lexer_start(&l, nul, sizeof(nul) - 1);
	assert_int_equal(lexer_next(&l), 1);
	assert_int_equal(lexer_next(&l), -EILSEQ);
}

static void long_lines(void **state)
{
	static char text[LEXER_LINE_MAX + 20];
	struct world *w = *state;

	memset(text, ' ', sizeof(text));
	memcpy(text, "port 7", 6);
	text[LEXER_LINE_MAX] = '\n';
	memcpy(text + LEXER_LINE_MAX + 1, "dscp 1\n", 8);
	files_fake_add(&w->files, "c", text);
	assert_int_equal(read_file(w, "c"), 0);
	assert_int_equal(w->settings->port, 7);
	assert_int_equal(w->settings->dscp, 1);
	text[LEXER_LINE_MAX] = ' ';
	text[LEXER_LINE_MAX + 1] = '\0';
	memcpy(text, "port 8", 6);
	w->files.entries[0].n = strlen(text);
	assert_int_equal(read_file(w, "c"), -EINVAL);
	assert_string_equal(w->why, "c:1: String too long (more than 2048 characters)");
	assert_int_equal(w->settings->port, 7);
}

/** As many words as a line can hold. */
static void many_words(void **state)
{
	static char text[LEXER_LINE_MAX + 1];
	struct world *w = *state;

	for (size_t i = 0; i < LEXER_LINE_MAX; i++) {
		text[i] = i % 2 ? ' ' : 'a';
	}
	files_fake_add(&w->files, "c", text);
	assert_int_equal(read_file(w, "c"), -EINVAL);
	assert_string_equal(w->why, "c:1: Invalid directive a");
	memcpy(text, "log ", 4);
	w->files.entries[0].content = text;
	assert_int_equal(read_file(w, "c"), -EINVAL);
	assert_string_equal(w->why, "c:1: Invalid log parameter: a");
}

static void matching(void **state)
{
	static const char *const yes[][2] = {{"", ""}, {"a", "a"}, {"*", ""}, {"*", "abc"},
		{"*.conf", "a.conf"}, {"a*b*c", "aXbYbc"}, {"a?c", "abc"}, {"[abc]", "b"},
		{"[a-c]x", "bx"}, {"[!a-c]", "d"}, {"[^a]", "b"}, {"[]]", "]"}, {"[]a]", "a"},
		{"[!]]", "a"}, {"[a-]", "-"}, {"[", "["}, {"[a", "[a"}, {"\\*", "*"},
		{"a\\", "a\\"}, {".*", ".a"}, {"**a", "ba"}, {"*a*a*a*", "aaa"}};
	static const char *const no[][2] = {{"", "a"}, {"a", ""}, {"?", ""}, {"a", "A"},
		{"*.conf", "a.con"}, {"*.conf", ".conf"}, {"*", ".hidden"}, {"?a", ".a"},
		{"[abc]", "d"}, {"[!a-c]", "b"}, {"[a-c]", "-"}, {"\\*", "a"}, {"a?c", "ac"},
		{"*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!pattern_match(yes[i][0], yes[i][1])) {
			fail_msg("%s does not match %s", yes[i][0], yes[i][1]);
		}
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		if (pattern_match(no[i][0], no[i][1])) {
			fail_msg("%s matches %s", no[i][0], no[i][1]);
		}
	}
}

/** The paths that a pattern gives, one blank apart. */
static const char *expand(struct world *w, const char *pattern)
{
	static char s[512];
	struct text t = text_on(s, sizeof(s));
	struct names names = {0};
	int r = pattern_expand(&w->files.kernel, pattern, &names);

	if (r < 0) {
		return strerror(-r);
	}
	for (size_t i = 0; i < names.n; i++) {
		text_add(&t, "%s%s", i > 0 ? " " : "", names.names[i]);
	}
	names_free(&names);
	return s;
}

static void expansion(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/etc/b/x.conf", "");
	files_fake_add(&w->files, "/etc/a/x.conf", "");
	files_fake_add(&w->files, "/etc/a/y.conf", "");
	files_fake_add(&w->files, "/etc/plain", "");
	files_fake_add(&w->files, "here.conf", "");
	files_fake_fail(&w->files, "/etc/secret", -EACCES);
	assert_string_equal(expand(w, "/etc/a/x.conf"), "/etc/a/x.conf");
	assert_string_equal(expand(w, "/no/such"), "/no/such");
	assert_string_equal(expand(w, "/etc/a/*.conf"), "/etc/a/x.conf /etc/a/y.conf");
	assert_string_equal(expand(w, "/etc/[ab]/x.conf"), "/etc/a/x.conf /etc/b/x.conf");
	assert_string_equal(
		expand(w, "/e*c/[!s]*/[xy].conf"), "/etc/a/x.conf /etc/a/y.conf /etc/b/x.conf");
	assert_string_equal(expand(w, "*.conf"), "here.conf");
	assert_string_equal(expand(w, "/*"), "/etc");
	assert_string_equal(expand(w, "/etc/a/*.none"), "");
	assert_string_equal(expand(w, "/none/*"), strerror(ENOENT));
	assert_string_equal(expand(w, "/etc/s*/x*"), strerror(EACCES));
}

static void includes(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/c", "server a\ninclude /d/*.conf\nserver d\n");
	files_fake_add(&w->files, "/d/2.conf", "server c\n");
	files_fake_add(&w->files, "/d/1.conf", "server b");
	files_fake_add(&w->files, "/d/3.other", "bogus\n");
	files_fake_fail(&w->files, "/d/sub.conf", 0);
	assert_int_equal(read_file(w, "/c"), 0);
	assert_int_equal(w->settings->n_sources, 4);
	for (size_t i = 0; i < 4; i++) {
		const char want[] = {(char)('a' + i), '\0'};

		assert_string_equal(w->settings->sources[i].options.name, want);
	}
	assert_string_equal(w->settings->sources[1].origin, "/d/1.conf:1");
	assert_string_equal(w->settings->sources[3].origin, "/c:3");
}

static void include_failures(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/none", "port 5\ninclude /nothing\n");
	files_fake_add(&w->files, "/nodir", "port 5\ninclude /nothing/*.conf\n");
	files_fake_add(&w->files, "/empty", "port 5\ninclude /e/*.conf\n");
	files_fake_fail(&w->files, "/e", 0);
	files_fake_add(&w->files, "/denied", "include /x*\n");
	files_fake_fail(&w->files, "/xfile", -EACCES);
	files_fake_add(&w->files, "/broken", "port 5\n\ninclude /deep\n");
	files_fake_add(&w->files, "/deep", "#\nprt 5\n");
	files_fake_add(&w->files, "/two", "include a b\n");
	assert_int_equal(read_file(w, "/none"), -ENOENT);
	assert_string_equal(w->why, "/none:2: Could not open /nothing : No such file or directory");
	assert_int_equal(read_file(w, "/nodir"), -ENOENT);
	assert_string_equal(w->why, "/nodir:2: Could not search for files matching "
				    "/nothing/*.conf : No such file or directory");
	assert_int_equal(read_file(w, "/denied"), -EACCES);
	assert_string_equal(w->why, "/denied:1: Could not open /xfile : Permission denied");
	assert_int_equal(read_file(w, "/broken"), -EINVAL);
	assert_string_equal(w->why, "/deep:2: Invalid directive prt, did you mean port?");
	assert_int_equal(read_file(w, "/two"), -EINVAL);
	assert_string_equal(w->why, "/two:1: Too many arguments for include directive: b");
	assert_int_equal(read_file(w, "/absent"), -ENOENT);
	assert_string_equal(w->why, "Could not open /absent : No such file or directory");
	assert_int_equal(read_file(w, "/xfile"), -EACCES);
	/* All of that has left nothing behind. */
	assert_int_equal(w->settings->port, 123);
	assert_int_equal(read_file(w, "/empty"), 0);
	assert_int_equal(w->settings->port, 5);
}

static void include_depth(void **state)
{
	static char paths[11][16], texts[11][32];
	struct world *w = *state;

	for (int i = 0; i < 11; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%d", i);
		snprintf(texts[i], sizeof(texts[i]), i < 9 ? "include /%d" : "port %d", i + 1);
		files_fake_add(&w->files, paths[i], texts[i]);
	}
	/* Ten files one in another are well, eleven are not. */
	assert_int_equal(read_file(w, "/0"), 0);
	assert_int_equal(w->settings->port, 10);
	w->files.entries[9].content = "include /10";
	w->files.entries[9].n = 11;
	assert_int_equal(read_file(w, "/0"), -EINVAL);
	assert_string_equal(w->why, "/9:1: Maximum include level reached");
}

static void include_loops(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/self", "include /self\n");
	files_fake_add(&w->files, "/d/a", "include /d/*\n");
	files_fake_add(&w->files, "/d/b", "");
	assert_int_equal(read_file(w, "/self"), -EINVAL);
	assert_string_equal(w->why, "/self:1: Maximum include level reached");
	assert_int_equal(w->files.loads, 1);
	assert_int_equal(read_file(w, "/d/a"), -EINVAL);
	assert_string_equal(w->why, "/d/a:1: Maximum include level reached");
}

/** Files that are not deep but many. */
static void include_bomb(void **state)
{
	static char text[1001 * 15 + 1];
	struct world *w = *state;

	for (size_t i = 0; i < 1001; i++) {
		memcpy(text + i * 15, "include /leafx\n", 15);
	}
	files_fake_add(&w->files, "/c", text);
	files_fake_add(&w->files, "/leafx", "");
	assert_int_equal(read_file(w, "/c"), -EINVAL);
	assert_string_equal(w->why, "/c:1000: Too many included files");
	assert_int_equal(w->files.loads, READER_FILES);
}

static void directories(void **state)
{
	struct world *w = *state;

	files_fake_add(
		&w->files, "/c", "server a\nconfdir /late /early /missing /denied\nserver z\n");
	files_fake_add(&w->files, "/late/30.conf", "server d\n");
	files_fake_add(&w->files, "/late/20.conf", "server c\n");
	files_fake_add(&w->files, "/late/20.sources", "bogus\n");
	files_fake_add(&w->files, "/early/10.conf", "server b\n");
	files_fake_add(&w->files, "/early/20.conf", "bogus\n");
	files_fake_add(&w->files, "/early/.40.conf", "bogus\n");
	files_fake_fail(&w->files, "/denied", -EACCES);
	if (read_file(w, "/c") != 0) {
		fail_msg("%s", w->why);
	}
	assert_int_equal(w->settings->n_sources, 5);
	assert_string_equal(w->settings->sources[1].options.name, "b");
	assert_string_equal(w->settings->sources[2].origin, "/late/20.conf:1");
	assert_string_equal(w->settings->sources[3].options.name, "d");
	assert_string_equal(w->settings->sources[4].options.name, "z");
	assert_string_equal(
		w->warnings, "/c:2: Could not read directory /denied : Permission denied\n");
}

static void directory_limits(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/none", "confdir\n");
	files_fake_add(&w->files, "/eleven", "confdir 1 2 3 4 5 6 7 8 9 10 11\n");
	files_fake_add(&w->files, "/loop/a.conf", "confdir /loop\n");
	assert_int_equal(read_file(w, "/none"), -EINVAL);
	assert_string_equal(
		w->why, "/none:1: Could not parse confdir directive: it needs more arguments");
	assert_int_equal(read_file(w, "/eleven"), -EINVAL);
	assert_string_equal(
		w->why, "/eleven:1: Could not parse confdir directive: 11 is one word too many");
	assert_int_equal(read_file(w, "/loop/a.conf"), -EINVAL);
	assert_string_equal(w->why, "/loop/a.conf:1: Maximum include level reached");
}

static void printing(void **state)
{
	struct world *w = *state;
	char *words[] = {"  Server   a\tIBURST ", "# no", "makestep 1 3"};
	char *wrong[] = {"port 1", "prt 2"};

	files_fake_add(&w->files, "/c",
		"! comment\n\n PORT  1 \ninclude /i\nconfdir /d\nsourcedir /s  /t\nport 2\n"
		"dumponexit\n");
	files_fake_add(&w->files, "/i", "allow  10\n");
	files_fake_add(&w->files, "/d/x.conf", "deny\n");
	assert_int_equal(print(w, "/c", NULL, 0), 0);
	assert_string_equal(
		w->printed, "PORT 1\nallow 10\ndeny\nsourcedir /s /t\nport 2\ndumponexit\n");
	assert_int_equal(print(w, "/none", words, 3), 0);
	assert_string_equal(w->printed, "Server a IBURST\nmakestep 1 3\n");
	assert_int_equal(print(w, "/none", wrong, 2), -EINVAL);
	assert_string_equal(w->printed, "port 1\n");
	assert_string_equal(w->why, "command line:2: Invalid directive prt, did you mean port?");
	assert_int_equal(print(w, "/none", NULL, 0), -ENOENT);
}

static void arguments(void **state)
{
	struct world *w = *state;
	char *words[] = {"server a", "", "makestep 0.1 3", "include /i"};
	char *wrong[] = {"port 7", "makestep 0.1"};

	files_fake_add(&w->files, "/i", "dscp 3\n");
	assert_int_equal(read_arguments(w, words, 4), 0);
	assert_int_equal(w->settings->n_sources, 1);
	assert_string_equal(w->settings->sources[0].origin, "command line:1");
	assert_int_equal(w->settings->makestep_limit, 3);
	assert_int_equal(w->settings->dscp, 3);
	assert_int_equal(read_arguments(w, wrong, 2), -EINVAL);
	assert_string_equal(w->why, "command line:2: Missing arguments for makestep directive");
	assert_int_equal(w->settings->port, 123);
	/* What was there before stays, and more can come to it. */
	assert_int_equal(read_arguments(w, words, 1), 0);
	assert_int_equal(w->settings->n_sources, 2);
	assert_int_equal(w->settings->dscp, 3);
}

/** Parses one line, and checks what is said of it. */
static int source_line(const char *line, struct source_options *ret, const char *expected)
{
	char reason[512];
	struct text why = text_on(reason, sizeof(reason));
	int r = config_dialect_chrony.source_line(line, ret, &why);

	assert_string_equal(reason, expected);
	return r;
}

static void source_lines(void **state)
{
	struct source_options o = source_options_default(SOURCE_PEER);

	(void)state;
	assert_int_equal(source_line("server 192.0.2.1 iburst", &o, ""), 0);
	assert_int_equal(o.kind, SOURCE_SERVER);
	assert_string_equal(o.name, "192.0.2.1");
	assert_true(o.iburst);
	assert_int_equal(source_line(" POOL p maxsources 2\n", &o, ""), 0);
	assert_int_equal(o.kind, SOURCE_POOL);
	assert_int_equal(source_line("", &o, ""), -ENODATA);
	assert_int_equal(source_line("# server a", &o, ""), -ENODATA);
	assert_int_equal(source_line("port 1", &o,
				 "Invalid directive port: only server, pool and peer can be here"),
		-EINVAL);
	assert_int_equal(source_line("server", &o,
				 "Invalid syntax for server directive: the name is missing"),
		-EINVAL);
	assert_int_equal(
		source_line("server a iburts", &o,
			"Invalid option in server directive: iburts, did you mean iburst?"),
		-EINVAL);
	assert_string_equal(o.name, "p");
}

/** What Debian ships starts, with a word about what is not there yet. */
static void debian(void **state)
{
	struct world *w = *state;

	files_fake_add(&w->files, "/etc/chrony/chrony.conf",
		"# Welcome to the chrony configuration file.\n"
		"confdir /etc/chrony/conf.d\n"
		"pool 2.debian.pool.ntp.org iburst\n"
		"sourcedir /run/chrony-dhcp\n"
		"sourcedir /etc/chrony/sources.d\n"
		"keyfile /etc/chrony/chrony.keys\n"
		"driftfile /var/lib/chrony/chrony.drift\n"
		"ntsdumpdir /var/lib/chrony\n"
		"#log tracking measurements statistics\n"
		"logdir /var/log/chrony\n"
		"maxupdateskew 100.0\n"
		"rtcsync\n"
		"makestep 1 3\n"
		"leapsectz right/UTC\n"
		"leapseclist /usr/share/zoneinfo/leap-seconds.list\n");
	assert_int_equal(read_file(w, "/etc/chrony/chrony.conf"), 0);
	assert_string_equal(w->warnings, "");
	assert_string_equal(w->settings->ntsdumpdir, "/var/lib/chrony");
	assert_int_equal(w->settings->n_sources, 1);
	assert_int_equal(w->settings->n_sourcedirs, 2);
	assert_true(w->settings->rtcsync);
	assert_string_equal(w->settings->leapseclist, "/usr/share/zoneinfo/leap-seconds.list");
}

static void copies_share_nothing(void **state)
{
	struct world *w = *state;
	char *words[] = {"server a", "refclock SHM 0", "allow 10", "cmdallow 11"};
	struct settings *copy;

	assert_int_equal(read_arguments(w, words, 4), 0);
	copy = settings_copy(w->settings);
	assert_non_null(copy);
	assert_ptr_not_equal(copy->sources, w->settings->sources);
	assert_ptr_not_equal(copy->refclocks, w->settings->refclocks);
	assert_ptr_not_equal(copy->access, w->settings->access);
	assert_ptr_not_equal(copy->cmd_access, w->settings->cmd_access);
	assert_string_equal(copy->sources[0].options.name, "a");
	assert_int_equal(copy->cmd_access[0].bits, 8);
	settings_destroy(copy);
	settings_destroy(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines),
		TEST(long_lines),
		TEST(many_words),
		TEST(matching),
		TEST(expansion),
		TEST(includes),
		TEST(include_failures),
		TEST(include_depth),
		TEST(include_loops),
		TEST(include_bomb),
		TEST(directories),
		TEST(directory_limits),
		TEST(printing),
		TEST(arguments),
		TEST(source_lines),
		TEST(debian),
		TEST(copies_share_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
