/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces that make a process a daemon. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/text.h"
#include "daemon/os/daemonise.h"
#include "daemon/os/directory.h"
#include "daemon/os/notify.h"
#include "daemon/os/options.h"
#include "daemon/os/pidfile.h"
#include "daemon/os/privilege.h"
#include "daemon/os/realtime.h"
#include "daemon/os/signals.h"
#include "daemon/os/sink.h"

/** A directory of the test's own, and room for a path in it. */
struct scene {
	char directory[64];
	char path[128];
	char buffer[256];
	struct text why;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	strcpy(s->directory, "/tmp/gnomon-test-XXXXXX");
	s->why = text_on(s->buffer, sizeof s->buffer);
	*state = s;
	return mkdtemp(s->directory) == NULL;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	char command[100];

	/* What a test that failed half-way left behind must not reach the next. */
	alarm(0);
	for (int i = SIGHUP; i <= SIGTERM; i++)
		signal(i, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	unsetenv("NOTIFY_SOCKET");
	snprintf(command, sizeof command, "rm -r '%s'", s->directory);
	if (system(command) != 0)
		return -1;
	free(s);
	return 0;
}

static const char *in_directory(struct scene *s, const char *name)
{
	snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
	return s->path;
}

static void put(const char *path, const char *content)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static const char *get(const char *path, char *ret, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(ret, 1, room - 1, f);
	ret[n] = '\0';
	fclose(f);
	return ret;
}

/* ---- options */

/** Parses a command line given as one string; the words live in the buffer. */
static enum options_result parse(
	struct scene *s, const char *line, struct options *ret, char *buffer, size_t room)
{
	static char *argv[32];
	size_t n;

	assert_int_equal(text_copy(buffer, room, line), 0);
	memset(argv, 0, sizeof argv);
	n = text_split(buffer, argv, 31);
	s->why = text_on(s->buffer, sizeof s->buffer);
	return options_parse((int)n, argv, ret, &s->why);
}

static void test_options(void **state)
{
	struct options o;
	char line[256];

	assert_int_equal(
		parse(*state,
			"gnomond -4 local -f conf -xnrRsUm -l file -L 2 -P 10 -t 7 -u u -F -1 -N 5 "
			"allow -6",
			&o, line, sizeof line),
		OPTIONS_RUN);
	assert_int_equal(o.family, ADDRESS_IP6); /* the last one, behind the directives */
	assert_string_equal(o.config, "conf");
	assert_true(o.no_control && o.foreground && o.load_dumps && o.restarted && o.from_rtc);
	assert_true(o.any_user && o.lock_all);
	assert_false(o.to_stderr || o.print || o.step_once || o.print_once);
	assert_string_equal(o.log_file, "file");
	assert_int_equal(o.lowest, LOG_PRIORITY_ERROR);
	assert_int_equal(o.sched_priority, 10);
	assert_int_equal(o.timeout_s, 7);
	assert_string_equal(o.user, "u");
	assert_int_equal(o.filter_level, -1);
	assert_int_equal(o.ready_fd, 5);
	assert_int_equal(o.n_directives, 2);
	assert_string_equal(o.directives[0], "local");
	assert_string_equal(o.directives[1], "allow");
}

static void test_options_defaults(void **state)
{
	struct options o;
	char line[256];

	assert_int_equal(parse(*state, "gnomond", &o, line, sizeof line), OPTIONS_RUN);
	assert_string_equal(o.config, GNOMON_CONFIG_FILE);
	assert_false(o.foreground || o.to_stderr || o.any_user || o.no_control);
	assert_int_equal(o.lowest, LOG_PRIORITY_INFO);
	assert_int_equal(o.ready_fd, -1);
	assert_int_equal(o.sched_priority, -1);
	assert_int_equal(o.n_directives, 0);
	assert_null(o.user);
}

/* Called chronyd: chronyd's defaults, and none of the options that have no letter. */
static void test_options_chronyd(void **state)
{
	struct options o;
	char line[256];

	assert_int_equal(parse(*state, "/usr/sbin/chronyd -n", &o, line, sizeof line), OPTIONS_RUN);
	assert_true(o.chronyd && o.foreground);
	assert_string_equal(o.config, GNOMON_CHRONY_CONFIG_FILE);
	parse(*state, "chronyd -f conf", &o, line, sizeof line);
	assert_string_equal(o.config, "conf");
	assert_int_equal(
		parse(*state, "chronyd --convert x", &o, line, sizeof line), OPTIONS_UNKNOWN);
	assert_int_equal(
		parse(*state, "gnomond --dialect chrony", &o, line, sizeof line), OPTIONS_RUN);
	assert_false(o.chronyd);
}

static void test_options_imply(void **state)
{
	struct options o;
	char line[256];

	parse(*state, "gnomond -Q", &o, line, sizeof line);
	assert_true(o.print_once && o.foreground && o.to_stderr && o.any_user && o.no_control);
	parse(*state, "gnomond -q", &o, line, sizeof line);
	assert_true(o.step_once && o.foreground && o.to_stderr);
	assert_false(o.any_user || o.no_control);
	parse(*state, "gnomond -p", &o, line, sizeof line);
	assert_true(o.print && o.foreground && o.to_stderr && o.any_user);
	assert_int_equal(o.lowest, LOG_PRIORITY_WARNING);
	parse(*state, "gnomond -d", &o, line, sizeof line);
	assert_int_equal(o.lowest, LOG_PRIORITY_INFO);
	parse(*state, "gnomond -dd", &o, line, sizeof line);
	assert_int_equal(o.lowest, LOG_PRIORITY_DEBUG);
	parse(*state, "gnomond -L 9", &o, line, sizeof line);
	assert_int_equal(o.lowest, LOG_PRIORITY_FATAL);
	parse(*state, "gnomond -- -x", &o, line, sizeof line);
	assert_false(o.no_control);
	assert_int_equal(o.n_directives, 1);
}

static void test_options_end(void **state)
{
	static const char *const bad[] = {
		"-L x", "-F 1x", "-P -1", "-P 99999999999", "-t 0", "-t 1.5", "-N -1", "-N x"};
	struct scene *s = *state;
	struct options o = {.timeout_s = 77};
	char line[256], text[300];

	assert_int_equal(parse(s, "g -x --version", &o, line, sizeof line), OPTIONS_VERSION);
	assert_int_equal(parse(s, "g -L x --help", &o, line, sizeof line), OPTIONS_HELP);
	assert_int_equal(parse(s, "g -v", &o, line, sizeof line), OPTIONS_VERSION);
	assert_int_equal(parse(s, "g -h", &o, line, sizeof line), OPTIONS_HELP);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "g %s", bad[i]);
		assert_int_equal(parse(s, text, &o, line, sizeof line), OPTIONS_INVALID);
		snprintf(text, sizeof text, "Invalid argument %s", bad[i] + 3);
		assert_string_equal(s->buffer, text);
	}
	assert_int_equal(o.timeout_s, 77);
}

/* ---- PID file */

static void test_pidfile(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "pid");
	char text[32], expected[32];
	int pid = 77;
	struct stat st;

	assert_false(pidfile_taken(path, &pid));
	put(path, "not a number\n");
	assert_false(pidfile_taken(path, &pid));
	put(path, "99999999999999999999\n");
	assert_false(pidfile_taken(path, &pid));
	put(path, "-1\n");
	assert_false(pidfile_taken(path, &pid));
	snprintf(text, sizeof text, "%d\n", (int)getpid());
	put(path, text); /* ours, of an earlier life */
	assert_false(pidfile_taken(path, &pid));
	assert_int_equal(pid, 77);
	snprintf(text, sizeof text, "%d\n", (int)getppid());
	put(path, text);
	assert_true(pidfile_taken(path, &pid));
	assert_int_equal(pid, getppid());
	assert_int_equal(pidfile_write(path, true), 0);
	snprintf(expected, sizeof expected, "%d", (int)getpid());
	assert_string_equal(get(path, text, sizeof text), expected);
	assert_int_equal(pidfile_write(path, false), 0);
	snprintf(expected, sizeof expected, "%d\n", (int)getpid());
	assert_string_equal(get(path, text, sizeof text), expected);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(pidfile_write("/nonexistent/pid", false), -ENOENT);
}

static void test_pidfile_of_the_dead(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "pid");
	char text[32];
	pid_t child = fork();
	int pid;

	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	snprintf(text, sizeof text, "%d\n", (int)child);
	put(path, text);
	assert_false(pidfile_taken(path, &pid));
}

static void test_pidfile_through_no_link(void **state)
{
	struct scene *s = *state;
	char target[128], text[32];

	strcpy(target, in_directory(s, "target"));
	put(target, "precious");
	assert_int_equal(symlink(target, in_directory(s, "pid")), 0);
	assert_int_equal(pidfile_write(s->path, false), 0);
	assert_string_equal(get(target, text, sizeof text), "precious");
}

/* ---- notification */

static int notification_socket(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
		0);
	return fd;
}

static void hears(const char *path)
{
	int fd = notification_socket(path);
	char text[64] = "";

	setenv("NOTIFY_SOCKET", path, 1);
	assert_int_equal(notify_manager("READY=1\nSTATUS=Running"), 0);
	assert_int_equal(recv(fd, text, sizeof text, MSG_DONTWAIT), 22);
	assert_string_equal(text, "READY=1\nSTATUS=Running");
	close(fd);
}

static void test_notify(void **state)
{
	struct scene *s = *state;
	char abstract[128], longer[200];

	hears(in_directory(s, "notify"));
	snprintf(abstract, sizeof abstract, "@%s", s->directory);
	hears(abstract);
	setenv("NOTIFY_SOCKET", in_directory(s, "nobody"), 1);
	assert_int_equal(notify_manager("READY=1"), -ENOENT);
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_manager("READY=1"), -EAFNOSUPPORT);
	memset(longer, '/', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	assert_int_equal(notify_manager("READY=1"), -EAFNOSUPPORT);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_manager("READY=1"), 0);
}

static void test_notify_fd(void **state)
{
	int ends[2];
	char c[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(notify_fd(ends[1]), 0);
	assert_int_equal(read(ends[0], c, 2), 1);
	assert_int_equal(c[0], '\n');
	assert_int_equal(read(ends[0], c, 1), 0); /* closed */
	close(ends[0]);
	assert_int_equal(notify_fd(ends[1]), -EBADF);
}

/* ---- directories */

static void test_directory_make(void **state)
{
	struct scene *s = *state;
	const char *path = in_directory(s, "a/b/c");
	char parent[128];
	struct stat st;

	assert_int_equal(directory_make(path, 0770, geteuid(), getegid(), &s->why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0770); /* in spite of the umask */
	strcpy(parent, path);
	directory_of(parent);
	assert_int_equal(stat(parent, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(directory_make(path, 0770, geteuid(), getegid(), &s->why), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700); /* left as it was */
	assert_int_equal(s->why.n, 0);
}

static void test_directory_make_fails(void **state)
{
	struct scene *s = *state;
	char expected[256];

	put(in_directory(s, "file"), "");
	assert_int_equal(directory_make(s->path, 0700, 0, 0, &s->why), -ENOTDIR);
	snprintf(expected, sizeof expected, "%s is not directory", s->path);
	assert_string_equal(s->buffer, expected);
	s->why = text_on(s->buffer, sizeof s->buffer);
	assert_int_equal(
		directory_make(in_directory(s, "file/x"), 0700, geteuid(), getegid(), &s->why),
		-ENOTDIR);
	assert_memory_equal(s->buffer, "Could not create directory ", 27);
}

static void test_directory_check(void **state)
{
	struct scene *s = *state;
	uid_t u = geteuid();
	gid_t g = getegid();
	char expected[256];

	assert_int_equal(directory_check(s->directory, 0770, u, g, &s->why), 0);
	assert_int_equal(chmod(s->directory, 0701), 0);
	assert_int_equal(directory_check(s->directory, 0770, u, g, &s->why), -EPERM);
	snprintf(expected, sizeof expected, "Wrong permissions on %s", s->directory);
	assert_string_equal(s->buffer, expected);
	assert_int_equal(chmod(s->directory, 0700), 0);
	s->why = text_on(s->buffer, sizeof s->buffer);
	assert_int_equal(directory_check(s->directory, 0770, u + 1, g, &s->why), -EPERM);
	snprintf(expected, sizeof expected, "Wrong owner of %s (UID != %u)", s->directory, u + 1);
	assert_string_equal(s->buffer, expected);
	s->why = text_on(s->buffer, sizeof s->buffer);
	assert_int_equal(directory_check(s->directory, 0770, u, g + 1, &s->why), -EPERM);
	assert_non_null(strstr(s->buffer, "(GID != "));
	assert_int_equal(directory_check("/nonexistent", 0770, u, g, &s->why), -ENOENT);
}

static void test_directory_of(void **state)
{
	static const char *const table[][2] = {{"/run/chrony/sock", "/run/chrony"}, {"/sock", "/"},
		{"sock", "."}, {"run/sock", "run"}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char path[64];

		strcpy(path, table[i][0]);
		directory_of(path);
		assert_string_equal(path, table[i][1]);
	}
}

/* ---- messages */

static bool is_line(const char *line, const char *message)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:ddZ ";
	size_t n = sizeof pattern - 1;

	for (size_t i = 0; i < n; i++)
		if (pattern[i] == 'd' ? line[i] < '0' || line[i] > '9' : line[i] != pattern[i])
			return false;
	return strncmp(line + n, message, strlen(message)) == 0 &&
	       line[n + strlen(message)] == '\n';
}

static void test_sink_file(void **state)
{
	struct scene *s = *state;
	struct sink sink = {.parent_fd = -1};
	char path[128], moved[128], text[512];
	struct stat st;

	strcpy(path, in_directory(s, "log"));
	strcpy(moved, in_directory(s, "log.1"));
	assert_int_equal(sink_to_file(&sink, path, LOG_PRIORITY_INFO), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	log_debug(&sink.log, "nothing");
	log_info(&sink.log, "one %d", 1);
	assert_true(is_line(get(path, text, sizeof text), "one 1"));
	sink_reopen(&sink);
	log_fatal(&sink.log, "two");
	get(path, text, sizeof text);
	assert_true(is_line(strchr(text, '\n') + 1, "Fatal error : two"));
	assert_int_equal(rename(path, moved), 0);
	log_info(&sink.log, "three");
	sink_reopen(&sink);
	log_info(&sink.log, "four");
	assert_true(is_line(get(path, text, sizeof text), "four"));
	assert_non_null(strstr(get(moved, text, sizeof text), " three\n"));
	sink_close(&sink);
	assert_int_equal(sink_to_file(&sink, "/nonexistent/log", LOG_PRIORITY_INFO), -ENOENT);
	assert_int_equal(symlink(moved, in_directory(s, "link")), 0);
	assert_int_equal(sink_to_file(&sink, s->path, LOG_PRIORITY_INFO), -ELOOP);
}

/* A message as long as they get, and one that is cut. */
static void test_sink_long(void **state)
{
	struct scene *s = *state;
	struct sink sink = {.parent_fd = -1};
	char path[128], message[2000], text[3000];

	strcpy(path, in_directory(s, "log"));
	assert_int_equal(sink_to_file(&sink, path, LOG_PRIORITY_INFO), 0);
	memset(message, 'x', sizeof message);
	message[sizeof message - 1] = '\0';
	log_fatal(&sink.log, "%s", message);
	get(path, text, sizeof text);
	assert_int_equal(strlen(text), 21 + 14 + LOG_MESSAGE - 1 + 1);
	assert_int_equal(text[strlen(text) - 1], '\n');
	sink_close(&sink);
}

/* ---- background */

/** Runs f in a child of which daemonise() may make a daemon; returns its exit status and what it
 * wrote to stderr. */
static int background(void (*f)(int parent_fd), char *ret_errors, size_t room)
{
	int errors[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(errors), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int parent_fd;

		dup2(errors[1], 2);
		if (daemonise(-1, 0, &parent_fd) == 0)
			f(parent_fd);
		_exit(9);
	}
	close(errors[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	n = read(errors[0], ret_errors, room - 1);
	ret_errors[n > 0 ? n : 0] = '\0';
	close(errors[0]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void be_ready(int parent_fd)
{
	char directory[8];
	/* of a session of its own, which it does not lead, in "/", on /dev/null */
	bool good = getcwd(directory, sizeof directory) != NULL && strcmp(directory, "/") == 0 &&
		    getsid(0) != getpid() && lseek(0, 0, SEEK_CUR) == 0 && fcntl(2, F_GETFD) >= 0 &&
		    parent_fd > 2;

	for (int fd = 3; fd < 100; fd++)
		if (fd != parent_fd && fcntl(fd, F_GETFD) >= 0)
			good = false;
	if (!good)
		daemonise_failed(&parent_fd, "not as it should be");
	_exit(daemonise_ready(&parent_fd) != 0 || parent_fd != -1);
}

static void fail_for_a_reason(int parent_fd)
{
	struct sink sink = {.parent_fd = parent_fd, .ident = "gnomond"};

	sink_to_syslog(&sink, LOG_PRIORITY_INFO);
	log_fatal(&sink.log, "no %s", "luck");
	_exit(0);
}

static void crash(int parent_fd)
{
	(void)parent_fd;
	kill(getpid(), SIGKILL);
}

static void test_daemonise(void **state)
{
	char errors[256];

	(void)state;
	assert_int_equal(background(be_ready, errors, sizeof errors), 0);
	assert_string_equal(errors, "");
	assert_int_equal(background(fail_for_a_reason, errors, sizeof errors), 1);
	assert_string_equal(errors, "no luck\n");
	assert_int_equal(background(crash, errors, sizeof errors), 1);
	assert_string_equal(errors, "");
}

static void test_directory_absolute(void **state)
{
	char path[300], before[200], wanted[300];

	(void)state;
	assert_non_null(getcwd(before, sizeof before));
	snprintf(wanted, sizeof wanted, "%s/a/b", before);
	assert_int_equal(directory_absolute("a/b", path, sizeof path), 0);
	assert_string_equal(path, wanted);
	assert_int_equal(directory_absolute("/a/b", path, sizeof path), 0);
	assert_string_equal(path, "/a/b");
	assert_int_equal(directory_absolute("/a/b", path, 4), -ENAMETOOLONG);
	assert_int_equal(directory_absolute("/a/b", path, 5), 0);
}

static void test_daemonise_parent_gone(void **state)
{
	int ends[2], fd;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	fd = ends[1];
	assert_int_equal(daemonise_ready(&fd), -EPIPE);
	assert_int_equal(fd, -1);
	assert_int_equal(daemonise_ready(&fd), 0);
}

/* ---- signals */

static void test_signals(void **state)
{
	(void)state;
	signals_catch(false);
	assert_int_equal(signals_caught(), 0);
	assert_int_equal(raise(SIGPIPE), 0);
	assert_int_equal(signals_caught(), 0);
	raise(SIGHUP);
	assert_int_equal(signals_caught(), SIGHUP);
	assert_int_equal(signals_caught(), 0);
	assert_int_equal(alarm(0), 0); /* seen, so no reminder is due */
	/* one does not hide another, and each is told once */
	signals_catch(true);
	raise(SIGUSR1);
	raise(SIGHUP);
	assert_int_equal(signals_caught(), SIGHUP);
	assert_int_equal(signals_caught(), SIGUSR1);
	assert_int_equal(signals_caught(), 0);
	raise(SIGBUS);
	assert_int_equal(signals_caught(), SIGBUS);
	raise(SIGTERM);
	/* as if it had come just before poll(): the reminder ends the sleep */
	assert_int_equal(usleep(900000) == 0 ? usleep(5000000) : -1, -1);
	assert_int_equal(signals_caught(), SIGTERM);
}

/* A fault ends the process all the same, at once. */
static void test_bus_fault(void **state)
{
	FILE *empty = tmpfile();
	pid_t child;
	int status;

	(void)state;
	assert_non_null(empty);
	child = fork();
	if (child == 0) {
		volatile char *beyond =
			mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(empty), 0);

		signals_catch(true);
		*beyond = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
	fclose(empty);
}

/* ---- rights */

/** Runs f as a child and returns its status: rights that are gone do not come back. */
static int in_child(int (*f)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(f());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/** A hexadecimal line of /proc/self/status. */
static unsigned long long own_status(const char *name)
{
	char line[256];
	unsigned long long v = ~0ULL;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			v = strtoull(line + strlen(name), NULL, 16);
	if (f != NULL)
		fclose(f);
	return v;
}

static int drop_to(const char *name, bool needed)
{
	struct privilege_user u;
	struct privilege_needs needs = {.clock = needed, .low_ports = needed};
	char buffer[256];
	struct text why = text_on(buffer, sizeof buffer);
	/* CAP_SYS_TIME is 25, CAP_NET_BIND_SERVICE 10 */
	unsigned long long caps = needed ? 1ULL << 25 | 1ULL << 10 : 0;

	if (privilege_find(name, &u) < 0)
		return 1;
	if (privilege_drop(&u, &needs, &why) < 0)
		return 2;
	if (geteuid() != u.uid || getuid() != u.uid || getegid() != u.gid)
		return 3;
	if (own_status("CapPrm:") != caps || own_status("CapEff:") != caps)
		return 4;
	if (own_status("NoNewPrivs:") != 1 || (u.uid != 0 && setuid(0) == 0))
		return 5;
	return 0;
}

static int become_nobody(void)
{
	return drop_to("nobody", true);
}

static int become_nobody_without_rights(void)
{
	return drop_to("nobody", false);
}

static int stay_root(void)
{
	return drop_to("root", true);
}

static void test_privilege(void **state)
{
	struct privilege_user u;

	(void)state;
	assert_int_equal(privilege_find("no such user", &u), -ENOENT);
	assert_int_equal(privilege_find("0", &u), 0);
	assert_int_equal(u.uid, 0);
	assert_string_equal(u.name, "0");
	assert_int_equal(privilege_find("root:daemon", &u), 0);
	assert_int_equal(u.uid, 0);
	assert_int_not_equal(u.gid, 0);
	assert_string_equal(u.name, "root");
	assert_int_equal(privilege_find("54321:12345", &u), 0);
	assert_int_equal(u.uid, 54321);
	assert_int_equal(u.gid, 12345);
	assert_int_equal(privilege_find("54321", &u), -ENOENT);
	assert_int_equal(privilege_find("root:no such group", &u), -ENOENT);
	assert_int_equal(privilege_find("-1:0", &u), -ENOENT);
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(become_nobody_without_rights), 0);
#ifdef HAVE_LIBCAP
	assert_int_equal(in_child(become_nobody), 0);
	assert_int_equal(in_child(stay_root), 0);
#else
	assert_int_equal(in_child(become_nobody), 2);
	assert_int_equal(in_child(stay_root), 2);
#endif
}

static void test_realtime_valid(void **state)
{
	(void)state;
	assert_true(realtime_valid(0));
	assert_true(realtime_valid(1));
	assert_true(realtime_valid(99));
	assert_false(realtime_valid(100));
	assert_false(realtime_valid(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_options), TEST(test_options_defaults), TEST(test_options_imply),
		TEST(test_options_chronyd), TEST(test_options_end), TEST(test_pidfile),
		TEST(test_pidfile_of_the_dead), TEST(test_pidfile_through_no_link),
		TEST(test_notify), TEST(test_notify_fd), TEST(test_directory_make),
		TEST(test_directory_make_fails), TEST(test_directory_check),
		TEST(test_directory_of), TEST(test_sink_file), TEST(test_sink_long),
		TEST(test_daemonise), TEST(test_daemonise_parent_gone),
		TEST(test_directory_absolute), TEST(test_signals), TEST(test_bus_fault),
		TEST(test_privilege), TEST(test_realtime_valid)};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
