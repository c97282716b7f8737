/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines typed, against a daemon that only remembers: what each asks, byte for byte as chronyc was
 * seen to ask it, what each says when it is wrong, and the help and completion of the table.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/command.h"
#include "cli/match.h"
#include "test/unit/cli_capture.h"
#include "test/unit/cli_command_lines.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

#define MOST_REQUESTS 8

/* The daemon: says the same status to everything but what it has an answer for. */
struct pretence {
	struct cmdmon_request asked[MOST_REQUESTS];
	size_t n;
	uint16_t status;
	uint16_t refused;           /* a request answered with CMDMON_INVALID */
	struct cmdmon_reply report; /* the answer to everything, when its kind is not 0 */
	int error;
	int timeout_ms, retries;
};

static int ask(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct pretence *d = arg;

	if (d->n < MOST_REQUESTS)
		d->asked[d->n++] = *q;
	if (d->error)
		return d->error;
	*ret = d->report;
	ret->command = q->command;
	if (!ret->kind)
		ret->kind = CMDMON_REPLY_NULL;
	ret->status = q->command == d->refused ? CMDMON_INVALID : d->status;
	return 0;
}

static const char *why(void *arg)
{
	(void)arg;
	return "/run/x.sock: Permission denied\n";
}

static void set_timeout(void *arg, int timeout_ms)
{
	((struct pretence *)arg)->timeout_ms = timeout_ms;
}

static void set_retries(void *arg, int retries)
{
	((struct pretence *)arg)->retries = retries;
}

/* Knows one name. */
static size_t forward(
	void *arg, const char *name, enum address_family family, struct address *ret, size_t max)
{
	(void)arg;
	if (max == 0 || family == ADDRESS_IP6 || strcmp(name, "known.example") != 0)
		return 0;
	assert_int_equal(address_parse("192.0.2.7", ret), 0);
	return 1;
}

static int reverse(void *arg, const struct address *a, char *ret, size_t n)
{
	(void)arg;
	if (a->ip[0] != 10)
		return -ENOENT;
	snprintf(ret, n, "a-name-of-thirty-characters-xx");
	return 0;
}

static const struct resolver resolver = {.forward = forward, .reverse = reverse};

struct fixture {
	struct pretence daemon;
	struct capture out;
	struct session session;
	char *err;
	size_t err_n;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	capture_begin(&f->out, PRINT_HUMAN, false);
	f->session.daemon = (struct session_daemon){ask, why, set_timeout, set_retries, &f->daemon};
	f->session.resolver = &resolver;
	f->session.err = open_memstream(&f->err, &f->err_n);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fclose(f->session.err);
	free(f->err);
	capture_end(&f->out);
	free(f);
	return 0;
}

/* Runs a line; *ret_out and *ret_err are valid until the next. */
static bool run(struct fixture *f, const char *line, const char **ret_out, const char **ret_err)
{
	static char err[4096];
	bool ran, good;

	f->daemon.n = 0;
	rewind(f->session.err);
	f->session.printer = f->out.printer;
	good = command_run(&f->session, line, &ran);
	f->out.printer = f->session.printer;
	fflush(f->session.err);
	snprintf(err, sizeof(err), "%.*s", (int)f->err_n, f->err ? f->err : "");
	*ret_out = capture_take(&f->out);
	f->session.printer = f->out.printer;
	*ret_err = err;
	return good;
}

/* The request i as its number and the hexadecimal of its payload without the zeros at its end. */
static void describe(const struct cmdmon_request *q, char *ret, size_t room)
{
	uint8_t datagram[CMDMON_REQUEST_MAX];
	int n = cmdmon_request_encode(q, datagram, sizeof(datagram)), at;

	assert_true(n >= CMDMON_REQUEST_MIN);
	while (n > 20 && datagram[n - 1] == 0)
		n--;
	at = snprintf(ret, room, "%u ", (unsigned)q->command);
	for (int i = 20; i < n; i++)
		at += snprintf(ret + at, room - (size_t)at, "%02x", datagram[i]);
}

static void test_requests(void **state)
{
	struct fixture *f = *state;
	char asked[2048], expected[2048];
	const char *out, *err;

	for (size_t i = 0; i < N_OF(requests); i++) {
		size_t n;

		run(f, requests[i].line, &out, &err);
		if (f->daemon.n != 1)
			fail_msg("%s: asked %zu times: %s", requests[i].line, f->daemon.n, err);
		describe(&f->daemon.asked[0], asked, sizeof(asked));
		snprintf(expected, sizeof(expected), "%s", requests[i].request);
		/* Zeros at the end are not told apart from the padding. */
		for (n = strlen(expected); n > 1 && !strcmp(expected + n - 2, "00"); n -= 2)
			expected[n - 2] = '\0';
		assert_string_equal(asked, expected);
	}
}

/* The whole of ADD_SOURCE2 as captured. */
static void test_add(void **state)
{
	static const char fields[] = "0000007b"
				     "00000007"
				     "0000000b"
				     "00000064"
				     "00000000"
				     "00000008"
				     "00000000"
				     "00000004"
				     "ffffffff"
				     "ffffffff"
				     "000186a0"
				     "00000000"
				     "00000005"
				     "0000116c"
				     "00000000"
				     "00000013"
				     "02800000"
				     "00000000"
				     "0aa00000"
				     "00000000"
				     "00000000"
				     "04800000"
				     "e72e48e9"
				     "00000004";
	struct fixture *f = *state;
	char asked[2048], expected[2048];
	const char *out, *err;

	assert_true(run(f,
		"add server 127.0.0.50 offline minpoll 7 maxpoll 11 iburst key 5 maxdelay 0.5 "
		"offset -0.00005",
		&out, &err));
	assert_string_equal(out, "200 OK\n");
	describe(&f->daemon.asked[0], asked, sizeof(asked));
	snprintf(expected, sizeof(expected),
		"75 00000001"
		"3132372e302e302e3530%0*d%s",
		2 * 246, 0, fields);
	assert_string_equal(asked, expected);
	assert_true(run(f, "add POOL known.example maxsources 2", &out, &err));
	assert_int_equal(f->daemon.asked[0].source.kind, SOURCE_POOL);
	assert_string_equal(f->daemon.asked[0].source.name, "known.example");
	assert_int_equal(f->daemon.asked[0].source.maxsources, 2);
	assert_true(run(f, "add peer ::1", &out, &err));
	assert_int_equal(f->daemon.asked[0].source.kind, SOURCE_PEER);
}

/* What an older daemon does not know is asked again in the form that it knows. */
static void test_older_daemons(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->daemon.refused = CMDMON_ADD_SOURCE2;
	assert_true(run(f, "add server 127.0.0.50 iburst", &out, &err));
	assert_string_equal(out, "200 OK\n");
	assert_int_equal(f->daemon.n, 2);
	assert_int_equal(f->daemon.asked[1].command, CMDMON_ADD_SOURCE);
	assert_true(f->daemon.asked[1].source.iburst);
	f->daemon.refused = CMDMON_LOCAL3;
	assert_true(run(f, "local stratum 3 orphan", &out, &err));
	assert_int_equal(f->daemon.n, 2);
	assert_int_equal(f->daemon.asked[1].command, CMDMON_LOCAL2);
	assert_int_equal(f->daemon.asked[1].local.stratum, 3);
	/* What the older form cannot say is not left out in silence. */
	assert_false(run(f, "local waitsynced 5", &out, &err));
	assert_int_equal(f->daemon.n, 1);
	assert_string_equal(out, "502 Invalid command\n");
}

/* chronyd has no counters of NTS and refuses the request: that is told apart from other refusals.
 */
static void test_ntsinfo(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->daemon.refused = CMDMON_NTS_INFO;
	assert_false(run(f, "ntsinfo", &out, &err));
	assert_int_equal(f->daemon.n, 1);
	assert_string_equal(out, "502 Invalid command\n");
	assert_string_equal(err, "This daemon does not know ntsinfo: only gnomond does\n");
	f->daemon.refused = 0;
	f->daemon.status = CMDMON_UNAUTHORISED;
	assert_false(run(f, "ntsinfo", &out, &err));
	assert_string_equal(out, "501 Not authorised\n");
	assert_string_equal(err, "");
	f->daemon.status = CMDMON_OK;
	assert_false(run(f, "ntsinfo", &out, &err));
	assert_string_equal(out, "508 Bad reply from daemon\n");
	f->daemon.report.kind = CMDMON_REPLY_NTS_INFO;
	f->daemon.report.u.nts.client.requests = 7;
	assert_true(run(f, "ntsinfo", &out, &err));
	assert_non_null(strstr(out, "NTS client sends:                        7\n"));
	assert_false(run(f, "refusals", &out, &err));
	assert_string_equal(out, "508 Bad reply from daemon\n");
	f->daemon.report.kind = CMDMON_REPLY_REFUSALS;
	f->daemon.report.u.refused = (struct report_refused){.denied = 9};
	assert_true(run(f, "refusals", &out, &err));
	assert_non_null(strstr(out, "NTP packets denied         : 9\n"));
	f->daemon.refused = CMDMON_REFUSALS;
	assert_false(run(f, "refusals", &out, &err));
	assert_string_equal(err, "This daemon does not know refusals: only gnomond does\n");
}

static void test_mistakes(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	for (size_t i = 0; i < N_OF(mistakes); i++) {
		size_t n = strlen(mistakes[i].message);

		if (run(f, mistakes[i].line, &out, &err))
			fail_msg("%s: succeeds", mistakes[i].line);
		if (strncmp(err, mistakes[i].message, n) != 0 || err[n] != '\n')
			fail_msg("%s: says %s", mistakes[i].line, err);
		assert_string_equal(out, "");
		assert_int_equal(f->daemon.n, 0);
	}
}

static void test_suggestions(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	assert_false(run(f, "trackin", &out, &err));
	assert_string_equal(err, "Unrecognized command\ntrackin, did you mean tracking?\n");
	assert_false(run(f, "add server 1.2.3.4 minpol 3", &out, &err));
	assert_string_equal(err, "Invalid option in add command\nminpol, did you mean minpoll?\n");
	/* chronyc says one line. */
	f->session.terse = true;
	assert_false(run(f, "trackin", &out, &err));
	assert_string_equal(err, "Unrecognized command\n");
}

static void test_lines_without_command(void **state)
{
	static const char *const lines[] = {"", "  \t ", "! x", "; x", "# x", "% x", "  #x"};
	struct fixture *f = *state;
	bool ran;

	for (size_t i = 0; i < N_OF(lines); i++) {
		assert_true(command_run(&f->session, lines[i], &ran));
		assert_false(ran);
		assert_int_equal(f->daemon.n, 0);
	}
}

static void test_too_long(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;
	char line[COMMAND_LINE + 1];

	memset(line, 'x', COMMAND_LINE);
	line[COMMAND_LINE] = '\0';
	assert_false(run(f, line, &out, &err));
	assert_string_equal(err, "Command too long\n");
	memset(line, 'a', COMMAND_LINE);
	for (size_t i = 1; i < COMMAND_LINE; i += 2)
		line[i] = ' ';
	line[COMMAND_LINE - 1] = '\0';
	assert_false(run(f, line, &out, &err));
	assert_string_equal(err, "Unrecognized command\n");
}

static void test_client_commands(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	assert_true(run(f, "timeout 250", &out, &err));
	assert_int_equal(f->daemon.timeout_ms, 250);
	assert_true(run(f, "retries 0", &out, &err));
	assert_int_equal(f->daemon.retries, 0);
	assert_true(run(f, "dns -n", &out, &err));
	assert_true(f->session.numeric);
	assert_true(run(f, "dns +n", &out, &err));
	assert_false(f->session.numeric);
	assert_true(run(f, "dns -6", &out, &err));
	assert_int_equal(f->session.family, ADDRESS_IP6);
	assert_false(run(f, "online known.example", &out, &err));
	assert_true(run(f, "dns -46", &out, &err));
	assert_int_equal(f->session.family, ADDRESS_NONE);
	assert_true(run(f, "password x", &out, &err));
	assert_string_equal(err, "Authentication is no longer supported\n");
	assert_false(f->session.quit);
	assert_true(run(f, "quit", &out, &err));
	assert_true(f->session.quit);
	assert_int_equal(f->daemon.n, 0);
}

static void test_keygen(void **state)
{
	static const struct {
		const char *line, *begin;
		size_t digits;
	} table[] = {
		{"keygen", "1 SHA1 HEX:", 40},
		{"keygen 5 AES256 1", "5 AES256 HEX:", 64},
		{"keygen 6 SHA256 79", "6 SHA256 HEX:", 20},
		{"keygen 6 MD5 161", "6 MD5 HEX:", 42},
		{"keygen 4294967295 SHA512 99999", "4294967295 SHA512 HEX:", 1024},
	};
	struct fixture *f = *state;
	const char *out, *err;
	char first[128];

	for (size_t i = 0; i < N_OF(table); i++) {
		size_t n = strlen(table[i].begin);

		assert_true(run(f, table[i].line, &out, &err));
		assert_int_equal(strncmp(out, table[i].begin, n), 0);
		assert_int_equal(strspn(out + n, "0123456789ABCDEF"), table[i].digits);
		assert_string_equal(out + n + table[i].digits, "\n");
	}
	run(f, "keygen", &out, &err);
	snprintf(first, sizeof(first), "%s", out);
	run(f, "keygen", &out, &err);
	assert_string_not_equal(first, out);
}

/* What the daemon says of an action decides the exit. */
static void test_statuses(void **state)
{
	static const struct {
		uint16_t status;
		bool good;
		const char *out;
	} table[] = {{CMDMON_OK, true, "200 OK\n"},
		{CMDMON_ACCESS_ALLOWED, true, "208 Access allowed\n"},
		{CMDMON_ACCESS_DENIED, true, "209 Access denied\n"},
		{CMDMON_UNAUTHORISED, false, "501 Not authorised\n"},
		{CMDMON_NO_SUCH_SOURCE, false, "503 No such source\n"}};
	struct fixture *f = *state;
	const char *out, *err;

	for (size_t i = 0; i < N_OF(table); i++) {
		f->daemon.status = table[i].status;
		assert_int_equal(run(f, "refresh", &out, &err), table[i].good);
		assert_string_equal(out, table[i].out);
	}
	f->daemon.status = CMDMON_OK;
	assert_false(run(f, "tracking", &out, &err));
	assert_string_equal(out, "508 Bad reply from daemon\n");
}

static void test_no_daemon(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->daemon.error = -ETIMEDOUT;
	assert_false(run(f, "tracking", &out, &err));
	assert_string_equal(out, "506 Cannot talk to daemon\n");
	assert_string_equal(err, "/run/x.sock: Permission denied\n");
	assert_false(f->session.quit);
	f->daemon.error = -ENOTCONN;
	assert_false(run(f, "refresh", &out, &err));
	assert_string_equal(out, "");
	assert_string_equal(
		err, "Could not open connection to daemon\n/run/x.sock: Permission denied\n");
	assert_true(f->session.quit);
}

static void test_waitsync(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->daemon.report.kind = CMDMON_REPLY_TRACKING;
	f->daemon.report.u.tracking.refid = REFID_LOCAL;
	assert_false(run(f, "waitsync 2 0 0 0.1", &out, &err));
	assert_int_equal(f->daemon.n, 2);
	assert_string_equal(out, "try: 1, refid: 7F7F0101, correction: 0.000000000, skew: 0.000\n"
				 "try: 2, refid: 7F7F0101, correction: 0.000000000, skew: 0.000\n");
	f->daemon.report.u.tracking.refid = 0x47505300;
	f->daemon.report.u.tracking.correction = -0.25;
	f->daemon.report.u.tracking.skew_ppm = 3;
	assert_true(run(f, "waitsync", &out, &err));
	assert_true(run(f, "waitsync 1 0.25 3 0.1", &out, &err));
	assert_false(run(f, "waitsync 1 0.24 3 0.1", &out, &err));
	assert_false(run(f, "waitsync 1 0.25 2.9 0.1", &out, &err));
	f->daemon.error = -ETIMEDOUT;
	assert_false(run(f, "waitsync 2 0 0 0.1", &out, &err));
	assert_string_equal(out, "506 Cannot talk to daemon\n506 Cannot talk to daemon\n");
}

static void test_settime(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->daemon.report.kind = CMDMON_REPLY_MANUAL_TIMESTAMP;
	f->daemon.report.u.manual_timestamp.offset = -2.03;
	f->daemon.report.u.manual_timestamp.frequency_ppm = 1e6;
	f->daemon.report.u.manual_timestamp.new_frequency_ppm = 1e5;
	assert_true(run(f, "settime 2026-11-23 09:06:58 UTC", &out, &err));
	assert_int_equal(f->daemon.asked[0].time, INT64_C(1795424818) * 1000000000);
	assert_string_equal(out,
		"200 OK\nClock was -2.03 seconds fast.  Frequency change = 1000000.00ppm, "
		"new frequency = 100000.00ppm\n");
	assert_false(run(f, "settime soon", &out, &err));
	assert_string_equal(out, "510 - Could not parse date string\n");
	f->out.printer.mode = PRINT_JSON;
	assert_true(run(f, "settime @1795424818", &out, &err));
	assert_string_equal(out, "{\"version\":1,\"report\":\"settime\",\"offset_s\":-2.03,"
				 "\"frequency_change_ppm\":1000000,\"frequency_ppm\":100000}\n");
}

/* Names from the DNS are cut, addresses are not. */
static void test_names(void **state)
{
	struct fixture *f = *state;
	struct address ten, other;
	char name[SESSION_NAME];

	assert_int_equal(address_parse("10.0.0.1", &ten), 0);
	assert_int_equal(address_parse("2001:db8:1111:2222:3333:4444:5555:6666", &other), 0);
	session_name(&f->session, &ten, name);
	assert_string_equal(name, "a-name-of-thirty-charact>");
	session_whole_name(&f->session, &ten, name);
	assert_string_equal(name, "a-name-of-thirty-characters-xx");
	session_name(&f->session, &other, name);
	assert_string_equal(name, "2001:db8:1111:2222:3333:>");
	f->session.printer.wide = true;
	session_name(&f->session, &ten, name);
	assert_string_equal(name, "a-name-of-thirty-characters-xx");
	f->session.numeric = true;
	session_name(&f->session, &ten, name);
	assert_string_equal(name, "10.0.0.1");
	session_name(&f->session, &other, name);
	assert_string_equal(name, "2001:db8:1111:2222:3333:4444:5555:6666");
	f->session.configured_names = true;
	f->daemon.report.kind = CMDMON_REPLY_NAME;
	snprintf(f->daemon.report.u.name, sizeof(f->daemon.report.u.name), "as.configured");
	session_name(&f->session, &ten, name);
	assert_string_equal(name, "as.configured");
	session_client_name(&f->session, &ten, name);
	assert_string_equal(name, "10.0.0.1");
}

/* Results of actions in JSON. */
static void test_json_results(void **state)
{
	struct fixture *f = *state;
	const char *out, *err;

	f->out.printer.mode = PRINT_JSON;
	assert_true(run(f, "refresh", &out, &err));
	assert_string_equal(
		out, "{\"version\":1,\"report\":\"result\",\"code\":200,\"message\":\"OK\"}\n");
	f->daemon.status = CMDMON_UNAUTHORISED;
	assert_false(run(f, "sources", &out, &err));
	assert_string_equal(out, "{\"version\":1,\"report\":\"result\",\"code\":501,"
				 "\"message\":\"Not authorised\"}\n");
	/* What is wrong with a command is a document too, so that there always is one. */
	assert_false(run(f, "sourcs", &out, &err));
	assert_string_equal(out, "{\"version\":1,\"report\":\"error\",\"message\":"
				 "\"Unrecognized command\",\"detail\":\"sourcs, did you mean "
				 "sources?\"}\n");
	assert_true(run(f, "help dfreq", &out, &err) == false);
	assert_string_equal(out, "{\"version\":1,\"report\":\"error\",\"message\":"
				 "\"Unrecognized command\",\"detail\":null}\n");
	assert_true(run(f, "help deny", &out, &err));
	assert_string_equal(out,
		"{\"version\":1,\"report\":\"help\",\"help\":[{\"command\":\"deny\","
		"\"arguments\":\"[<subnet>]\",\"help\":\"Refuse time to a subnet\"},{"
		"\"command\":\"deny all\",\"arguments\":\"[<subnet>]\",\"help\":"
		"\"Refuse time to a subnet whatever was allowed within\"}]}\n");
}

static void test_help(void **state)
{
	char *text = NULL;
	size_t n;
	struct printer p = {.out = open_memstream(&text, &n)};

	(void)state;
	assert_true(command_help(&p, NULL));
	fclose(p.out);
	assert_int_equal(strncmp(text, "System clock:\ntracking                    ", 42), 0);
	/* A long command has its description on a line of its own. */
	assert_non_null(strstr(
		text, "\nmakestep <threshold> <updates>\n                            Step when"));
	for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
		char line[64];

		assert_non_null(c->run);
		snprintf(line, sizeof(line), "\n%s%s", c->name, c->arguments[0] ? " " : "");
		if (c->help && c != commands)
			assert_non_null(strstr(text, line));
		if (!c->help)
			assert_null(strstr(text, line));
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) < 100);
	free(text);
}

/* Completes the last word of a line and gives the candidates with a blank between. */
static const char *completed(struct fixture *f, const char *line)
{
	static char words[4096];
	size_t blank = strlen(line);
	char before[256];
	struct match m;
	int at = 0;

	while (blank > 0 && line[blank - 1] != ' ')
		blank--;
	snprintf(before, sizeof(before), "%.*s", (int)blank, line);
	m = match_of(line + blank, strlen(line) - blank);
	command_complete(&f->session, before, match_offer, &m);
	words[0] = '\0';
	for (size_t i = 0; i < m.n; i++)
		at += snprintf(
			words + at, sizeof(words) - (size_t)at, "%s%s", i ? " " : "", m.words[i]);
	match_clear(&m);
	return words;
}

static void test_completion(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(completed(f, "tra"), "tracking");
	assert_string_equal(completed(f, "re"), "readlist readvar refresh refusals rekey reload "
						"reselect reselectdist reset reslist "
						"retries");
	assert_string_equal(completed(f, "source"), "sourcename sources sourcestats");
	assert_string_equal(completed(f, "add "), "peer pool server");
	assert_string_equal(completed(f, "add p"), "peer pool");
	assert_string_equal(completed(f, "manual "), "delete list off on reset");
	assert_string_equal(completed(f, "reload "), "config sources");
	assert_string_equal(completed(f, "reset s"), "sources");
	assert_string_equal(completed(f, "sources -"), "-a -v");
	assert_string_equal(completed(f, "sources -a -"), "-a -v");
	assert_string_equal(completed(f, "help trim"), "trimrtc");
	assert_string_equal(completed(f, "dfr"), "");
	assert_string_equal(completed(f, "nonsense "), "");
	assert_int_equal(f->daemon.n, 0);
}

/* A daemon with two sources, one configured by a name. */
static int ask_sources(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	*ret = (struct cmdmon_reply){.command = q->command};
	(void)arg;
	switch (q->command) {
	case CMDMON_N_SOURCES:
		ret->kind = CMDMON_REPLY_N_SOURCES;
		ret->u.n_sources = 3;
		return 0;
	case CMDMON_SOURCE_DATA:
		ret->kind = CMDMON_REPLY_SOURCE_DATA;
		assert_int_equal(address_parse(q->number ? "192.0.2.9" : "192.0.2.7",
					 &ret->u.source.address),
			0);
		if (q->number == 2)
			ret->u.source.mode = REPORT_MODE_REFCLOCK;
		return 0;
	case CMDMON_NTP_SOURCE_NAME:
		ret->kind = CMDMON_REPLY_NAME;
		snprintf(ret->u.name, sizeof(ret->u.name), "%s",
			q->address.ip[3] == 7 ? "192.0.2.7" : "ntp.example");
		return 0;
	default:
		return -ETIMEDOUT;
	}
}

static void test_completion_of_sources(void **state)
{
	struct fixture *f = *state;

	f->session.daemon.ask = ask_sources;
	assert_string_equal(completed(f, "ntpdata "), "192.0.2.7 192.0.2.9 ntp.example");
	assert_string_equal(completed(f, "burst 4/4 n"), "ntp.example");
	assert_string_equal(
		completed(f, "selectopts 192.0.2.7 +"), "+noselect +prefer +require +trust");
	assert_string_equal(completed(f, "tracking "), "");
}

static void test_match(void **state)
{
	struct match m = match_of("sou", 3);

	(void)state;
	assert_int_equal(match_common(&m), 0);
	match_offer(&m, "tracking");
	assert_int_equal(m.n, 0);
	match_offer(&m, "sourcestats");
	assert_int_equal(match_common(&m), 8);
	match_offer(&m, "sources");
	match_offer(&m, "sources");
	assert_int_equal(m.n, 2);
	assert_int_equal(match_common(&m), 4);
	for (int i = 0; i < 100; i++) {
		char word[16];

		snprintf(word, sizeof(word), "sou%d", i % 50);
		match_offer(&m, word);
	}
	assert_int_equal(m.n, 52);
	assert_int_equal(match_common(&m), 0);
	match_clear(&m);
	assert_int_equal(m.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_requests),
		TEST(test_add),
		TEST(test_older_daemons),
		TEST(test_ntsinfo),
		TEST(test_mistakes),
		TEST(test_suggestions),
		TEST(test_lines_without_command),
		TEST(test_too_long),
		TEST(test_client_commands),
		TEST(test_keygen),
		TEST(test_statuses),
		TEST(test_no_daemon),
		TEST(test_waitsync),
		TEST(test_settime),
		TEST(test_names),
		TEST(test_json_results),
		TEST(test_help),
		TEST(test_completion),
		TEST(test_completion_of_sources),
		cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
