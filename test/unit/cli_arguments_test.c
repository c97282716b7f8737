/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of gnomonctl, and its loops over commands. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/history.h"
#include "cli/arguments.h"
#include "cli/shell.h"
#include "test/unit/cli_capture.h"
#include "test/unit/environment.h"

#define ARGUMENTS(...)                                                                             \
	(char *[])                                                                                 \
	{                                                                                          \
		"gnomonctl", __VA_ARGS__, NULL                                                     \
	}

static int parse(char **argv, struct arguments *ret)
{
	FILE *err = fopen("/dev/null", "w");
	int argc = 0, r;

	while (argv[argc])
		argc++;
	/* getopt's own messages. */
	opterr = 0;
	r = arguments_parse(argc, argv, ret, err);
	fclose(err);
	return r;
}

static void test_defaults(void **state)
{
	struct arguments o;

	(void)state;
	assert_int_equal(parse((char *[]){"gnomonctl", NULL}, &o), 0);
	assert_string_equal(o.hosts, GNOMON_SOCKET ",127.0.0.1,::1");
	assert_int_equal(o.port, 323);
	assert_int_equal(o.family, ADDRESS_NONE);
	assert_int_equal(o.mode, PRINT_HUMAN);
	assert_int_equal(o.timeout_ms, 1000);
	assert_int_equal(o.retries, 2);
	assert_int_equal(o.n_command, 0);
	assert_false(o.numeric || o.configured_names || o.wide || o.end_marks || o.many);
	assert_false(o.help || o.version);
	assert_null(o.user);
}

static void test_all(void **state)
{
	struct arguments o;

	(void)state;
	assert_int_equal(parse(ARGUMENTS("-4nNwem", "-h", "a,b", "-p", "11323", "-u", "somebody",
				       "-a", "-d", "-f", "x", "sources", "-v"),
				 &o),
		0);
	assert_int_equal(o.family, ADDRESS_IP4);
	assert_true(o.numeric && o.configured_names && o.wide && o.end_marks && o.many);
	assert_string_equal(o.hosts, "a,b");
	assert_int_equal(o.port, 11323);
	assert_string_equal(o.user, "somebody");
	/* What follows the first word belongs to it. */
	assert_int_equal(o.n_command, 2);
	assert_string_equal(o.command[0], "sources");
	assert_string_equal(o.command[1], "-v");
	assert_int_equal(parse(ARGUMENTS("-6", "--timeout=250", "--retries", "0"), &o), 0);
	assert_int_equal(o.family, ADDRESS_IP6);
	assert_int_equal(o.timeout_ms, 250);
	assert_int_equal(o.retries, 0);
}

static void test_machine_readable(void **state)
{
	struct arguments o;

	(void)state;
	assert_int_equal(parse(ARGUMENTS("-c", "tracking"), &o), 0);
	assert_int_equal(o.mode, PRINT_CSV);
	assert_true(o.numeric);
	assert_int_equal(parse(ARGUMENTS("--json", "tracking"), &o), 0);
	assert_int_equal(o.mode, PRINT_JSON);
	assert_true(o.numeric);
}

static void test_help_anywhere(void **state)
{
	struct arguments o;

	(void)state;
	assert_int_equal(parse(ARGUMENTS("tracking", "--help"), &o), 0);
	assert_true(o.help);
	assert_int_equal(parse(ARGUMENTS("tracking", "--version"), &o), 0);
	assert_true(o.version);
	assert_int_equal(parse(ARGUMENTS("-v"), &o), 0);
	assert_true(o.version);
	/* The name of a host, as with chronyc. */
	assert_int_equal(parse(ARGUMENTS("-h", "x"), &o), 0);
	assert_false(o.help);
}

static void test_wrong(void **state)
{
	struct arguments o;

	(void)state;
	assert_int_equal(parse(ARGUMENTS("-x"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("-p", "0"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("-p", "65536"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("-p", "12x"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("-p"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("-h"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("--timeout=99"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("--retries=31"), &o), -EINVAL);
	assert_int_equal(parse(ARGUMENTS("--bogus"), &o), -EINVAL);
}

/* A daemon that does everything but what is called dump. */
static int ask(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	++*(int *)arg;
	*ret = (struct cmdmon_reply){.command = q->command, .kind = CMDMON_REPLY_NULL};
	if (q->command == CMDMON_DUMP)
		ret->status = CMDMON_FAILED;
	return 0;
}

/* A shell, what it asked and what it printed. */
struct shell_fixture {
	struct capture out;
	struct session session;
	struct shell shell;
	volatile sig_atomic_t interrupted;
	int asked;
};

static void shell_begin(struct shell_fixture *f, const char *input)
{
	*f = (struct shell_fixture){.asked = 0};
	capture_begin(&f->out, PRINT_HUMAN, false);
	f->session.daemon = (struct session_daemon){.ask = ask, .arg = &f->asked};
	f->session.resolver = &resolver_system;
	f->session.printer = f->out.printer;
	f->session.err = fopen("/dev/null", "w");
	f->session.stop = &f->interrupted;
	f->shell.session = &f->session;
	f->shell.interrupted = &f->interrupted;
	if (input[0]) {
		f->shell.in = fmemopen((void *)(uintptr_t)input, strlen(input), "r");
		assert_non_null(f->shell.in);
	}
}

static void shell_end(struct shell_fixture *f, const char *expected)
{
	assert_string_equal(capture_take(&f->out), expected);
	capture_end(&f->out);
	if (f->shell.in)
		fclose(f->shell.in);
	fclose(f->session.err);
}

/* Only the last command counts for the exit. */
static void test_script(void **state)
{
	struct shell_fixture f;

	(void)state;
	shell_begin(&f, "bogus\nrefresh\n");
	assert_true(shell_run_script(&f.shell));
	shell_end(&f, "200 OK\n");
	shell_begin(&f, "refresh\ndump\nbogus");
	assert_false(shell_run_script(&f.shell));
	shell_end(&f, "200 OK\n500 Failure\n");
	shell_begin(&f, "\n");
	assert_true(shell_run_script(&f.shell));
	shell_end(&f, "");
	shell_begin(&f, "refresh\nquit\nrefresh\n");
	assert_true(shell_run_script(&f.shell));
	shell_end(&f, "200 OK\n");
}

static void test_end_marks(void **state)
{
	struct shell_fixture f;

	(void)state;
	shell_begin(&f, "refresh\n\n# comment\nbogus\nrefresh\n");
	f.shell.end_marks = true;
	assert_true(shell_run_script(&f.shell));
	shell_end(&f, "200 OK\n.\n.\n200 OK\n.\n");
}

static void test_long_lines(void **state)
{
	static char input[5000];
	struct shell_fixture f;

	(void)state;
	memset(input, 'x', 4000);
	snprintf(input + 4000, sizeof(input) - 4000, "\nrefresh\n");
	shell_begin(&f, input);
	assert_true(shell_run_script(&f.shell));
	assert_int_equal(f.asked, 1);
	shell_end(&f, "200 OK\n");
	input[4000] = '\0';
	shell_begin(&f, input);
	assert_false(shell_run_script(&f.shell));
	assert_int_equal(f.asked, 0);
	shell_end(&f, "");
	shell_begin(&f, "");
	assert_false(shell_run_words(&f.shell, (char *[]){input}, 1, false));
	assert_int_equal(f.asked, 0);
	shell_end(&f, "");
}

static void test_words(void **state)
{
	struct shell_fixture f;

	(void)state;
	shell_begin(&f, "");
	assert_true(shell_run_words(&f.shell, (char *[]){"reset", "sources"}, 2, false));
	shell_end(&f, "200 OK\n");
	shell_begin(&f, "");
	assert_false(
		shell_run_words(&f.shell, (char *[]){"reset sources", "dump", "refresh"}, 3, true));
	assert_int_equal(f.asked, 2);
	shell_end(&f, "200 OK\n500 Failure\n");
	shell_begin(&f, "");
	assert_true(shell_run_words(&f.shell, (char *[]){"refresh", "quit", "dump"}, 3, true));
	assert_int_equal(f.asked, 1);
	shell_end(&f, "200 OK\n");
}

static void test_signal_ends_script(void **state)
{
	struct shell_fixture f;

	(void)state;
	shell_begin(&f, "refresh\n");
	f.interrupted = SIGTERM;
	assert_true(shell_run_script(&f.shell));
	assert_int_equal(f.asked, 0);
	shell_end(&f, "");
}

static void test_full_disk(void **state)
{
	struct shell_fixture f;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	shell_begin(&f, "refresh\nrefresh\n");
	f.session.printer.out = full;
	assert_false(shell_run_script(&f.shell));
	assert_int_equal(f.asked, 1);
	fclose(full);
	shell_end(&f, "");
}

static void test_history(void **state)
{
	char directory[] = "/tmp/gnomonctl-test.XXXXXX", path[256], expected[256];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(directory));
	setenv("HOME", directory, 1);
	unsetenv("XDG_STATE_HOME");
	assert_int_equal(history_path(path, sizeof(path)), 0);
	snprintf(expected, sizeof(expected), "%s/.local/state/gnomonctl/history", directory);
	assert_string_equal(path, expected);
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	unsetenv("HOME");
	assert_int_equal(history_path(path, sizeof(path)), -ENOENT);
	setenv("XDG_STATE_HOME", "/proc/nonexistent", 1);
	assert_true(history_path(path, sizeof(path)) < 0);
	assert_int_equal(history_path(path, 8), -ENAMETOOLONG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_machine_readable),
		cmocka_unit_test(test_help_anywhere),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_end_marks),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_signal_ends_script),
		cmocka_unit_test(test_full_disk),
		ENVIRONMENT_TEST(test_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
