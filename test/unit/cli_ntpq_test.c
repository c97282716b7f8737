/* SPDX-License-Identifier: BSD-2-Clause */
/* ntpq's tables from mode 6's texts: fragments, variables, columns; and the commands that ask. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"
#include "test/unit/cli_capture.h"

/* A fragment of an answer. */
static size_t fragment(uint8_t *p, unsigned op, unsigned sequence, unsigned at, const char *data)
{
	size_t n = strlen(data);

	memset(p, 0, 12);
	p[0] = 0x16;
	p[1] = (uint8_t)op;
	p[3] = (uint8_t)sequence;
	p[4] = 0x06;
	p[5] = 0x16;
	p[8] = (uint8_t)(at >> 8);
	p[9] = (uint8_t)at;
	p[11] = (uint8_t)n;
	memcpy(p + 12, data, n);
	return 12 + n;
}

static int give(
	struct ntpq_answer *a, unsigned op, unsigned sequence, unsigned at, const char *data)
{
	uint8_t p[300];
	size_t n = fragment(p, op, sequence, at, data);

	return ntpq_gather(a, (struct span){p, n});
}

static void test_request(void **state)
{
	uint8_t p[NTPQ_REQUEST_MAX];
	char data[600];

	(void)state;
	assert_int_equal(ntpq_request(NTPQ_REQUEST_NONCE, 1, 0, "", p), 12);
	assert_memory_equal(p, "\xd6\x0c\0\1\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(ntpq_request(NTPQ_READ_VARIABLES, 2, 3, "leap", p), 16);
	assert_memory_equal(p, "\xd6\2\0\2\0\0\0\3\0\0\0\4leap", 16);
	memset(data, 'x', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	assert_int_equal(ntpq_request(NTPQ_READ_VARIABLES, 2, 3, data, p), 0);
}

static void test_gather(void **state)
{
	struct ntpq_answer a;
	uint8_t p[300];

	(void)state;
	/* In any order; twice the same, of another request, or over one another: passed over. */
	ntpq_expect(&a, 2, 7);
	assert_int_equal(give(&a, 0x82, 7, 8, "ghi"), 0);
	assert_int_equal(give(&a, 0x82, 7, 8, "ghi"), -EBADMSG);
	assert_int_equal(give(&a, 0xa2, 8, 0, "abcd"), -EBADMSG);
	assert_int_equal(give(&a, 0xa1, 7, 0, "abcd"), -EBADMSG);
	assert_int_equal(give(&a, 0x22, 7, 0, "abcd"), -EBADMSG);
	assert_int_equal(give(&a, 0xa2, 7, 0, "abcd"), 0);
	assert_int_equal(give(&a, 0xa2, 7, 2, "cd"), -EBADMSG);
	assert_int_equal(give(&a, 0xa2, 7, 4, "efgx"), 1);
	assert_string_equal(a.text, "abcdefgxghi");
	assert_int_equal(a.n, 11);
	assert_int_equal(a.status, 0x0616);
	/* An error ends it. */
	ntpq_expect(&a, 2, 7);
	assert_int_equal(give(&a, 0xc2, 7, 0, ""), 1);
	assert_int_equal(a.error, 6);
	assert_string_equal(ntpq_error_name(a.error), "BADVALUE");
	/* Cut short, and beyond what there is room for. */
	ntpq_expect(&a, 2, 7);
	assert_int_equal(fragment(p, 0x82, 7, 0, "abc"), 15);
	for (size_t n = 0; n < 15; n++)
		assert_int_equal(ntpq_gather(&a, (struct span){p, n}), -EBADMSG);
	assert_int_equal(give(&a, 0x82, 7, 59999, "abc"), -EBADMSG);
	assert_int_equal(ntpq_gather(&a, (struct span){p, 15}), 1);
}

static void test_values(void **state)
{
	static const char text[] = "leap=0, version=\"ntpd 1, of us\",\r\nrefid=1.2.3.4, empty=, "
				   "reach=0xff,\r\nreftime=0xeeae871f.a0e66e2f\r\n";
	char value[64];

	(void)state;
	assert_true(ntpq_value(text, "version", value, sizeof(value)));
	assert_string_equal(value, "ntpd 1, of us");
	assert_true(ntpq_value(text, "refid", value, sizeof(value)));
	assert_string_equal(value, "1.2.3.4");
	assert_true(ntpq_value(text, "empty", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(ntpq_value(text, "ref", value, sizeof(value)));
	assert_true(ntpq_number(text, "reach") == 255);
	assert_true(ntpq_value(text, "reftime", value, sizeof(value)));
	assert_true(ntpq_stamp(value) == UINT64_C(0xeeae871fa0e66e2f));
	assert_true(ntpq_stamp("0x1") == 0);
	assert_true(ntpq_stamp("0x1ffffffff.0") == 0);
}

/* Lines of ntpq, of a capture. */
static void test_peer_line(void **state)
{
	struct capture c;
	const char *out;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_peer(&c.printer, 0xf32a, "nts.test",
		"srcadr=10.77.0.1, hmode=3, stratum=11, ppoll=99, hpoll=4, refid=127.127.1.0, "
		"reach=0xff, delay=0.096143, offset=0.036424, jitter=0.008500, "
		"srchost=\"nts.test\", ntscookies=8");
	layout_ntpq_peer(&c.printer, 0x961a, "LOCAL(0)",
		"hmode=3, stratum=10, ppoll=6, hpoll=6, refid=LOCL, reach=0x3f, delay=0.000000, "
		"offset=0.000000, jitter=0.000000, srchost=\"LOCAL(0)\", ntscookies=-1");
	out = capture_take(&c);
	assert_string_equal(out,
		"-nts.test        127.127.1.0     11 8    -   16  377   0.0961   0.0364   0.0085\n"
		"*LOCAL(0)        .LOCL.          10 l    -   64   77   0.0000   0.0000   "
		"0.0000\n");
	capture_end(&c);
}

static void test_association_line(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_associations_head(&c.printer);
	layout_ntpq_association(&c.printer, 1, 11734, 0xf32a);
	layout_ntpq_association(&c.printer, 2, 11735, 0xf62a);
	layout_ntpq_association(&c.printer, 3, 1, 0x8011);
	assert_string_equal(capture_take(&c),
		"\nind assid status  conf reach auth condition  last_event cnt\n"
		"===========================================================\n"
		"  1 11734  f32a   yes   yes   ok    outlier    sys_peer  2\n"
		"  2 11735  f62a   yes   yes   ok   sys.peer    sys_peer  2\n"
		"  3     1  8011   yes    no  none    reject    mobilize  1\n");
	capture_end(&c);
}

static void test_client_lines(void **state)
{
	struct layout_ntpq_client clients[2] = {{.address = "[fd77::2]:123",
							.first = UINT64_C(1000) << 32,
							.last = UINT64_C(1990) << 32,
							.mode = 3,
							.version = 4,
							.restricts = 0xc0,
							.count = 134,
							.score = 0.09},
		{.address = "127.0.0.1:48447",
			.first = UINT64_C(1999) << 32,
			.last = UINT64_C(2000) << 32,
			.mode = 6,
			.version = 2,
			.restricts = 0x420,
			.count = 3,
			.drops = 1,
			.score = 1.163}};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_mrulist(&c.printer, clients, 2, UINT64_C(2000) << 32);
	assert_string_equal(capture_take(&c),
		" lstint avgint rstr r m v  count    score   drop rport remote address\n"
		"=====================================================================\n"
		"      0  0.500  420 K 6 2      3    1.163      1 48447 127.0.0.1\n"
		"     10      7   c0 . 3 4    134    0.090      0   123 fd77::2\n"
		"# Collected 2 slots\n");
	capture_end(&c);
}

static void test_variables(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_variables(&c.printer, 11734, 0xf32a, true,
		"leap=1, reach=0xff,\r\nfiltdelay= 0.10 0.13, flash=0x1001, "
		"rec=0xeeae871f.9d1aa58d, srchost=\"nts.test\"\r\n");
	assert_string_equal(capture_take(&c),
		"associd=11734 status=f32a conf, authenb, auth, reach, sel_outlier, 2 events, "
		"sys_peer,\n"
		"leap=01, reach=377,\n"
		" filtdelay =0.10\t0.13, flash=1001 pkt_dup peer_unreach,\n"
		"rec=eeae871f.9d1aa58d 2026-11-23T09:34:23.613Z, srchost=\"nts.test\"\n");
	capture_end(&c);
}

static void test_arguments(void **state)
{
	char *argv[] = {"/usr/bin/ntpq", "-pn", "-c", "as", "-6", "one", "two", NULL};
	struct arguments o;

	(void)state;
	assert_int_equal(arguments_parse_ntpq(7, argv, &o, stderr), 0);
	assert_true(o.numeric && o.many);
	assert_int_equal(o.family, ADDRESS_IP6);
	assert_int_equal(o.n_command, 2);
	assert_string_equal(o.command[0], "peers");
	assert_string_equal(o.command[1], "associations");
	assert_int_equal(o.n_ntp_hosts, 2);
	assert_string_equal(o.ntp_hosts[1], "two");
}

/* A daemon with one association, and two clients in its list. */
static int pretend(
	void *arg, unsigned opcode, unsigned association, const char *data, struct ntpq_answer *ret)
{
	unsigned *asked = arg;

	ntpq_expect(ret, opcode, 0);
	asked[opcode]++;
	switch (opcode) {
	case NTPQ_READ_STATUS:
		memcpy(ret->text, "\0\5\x96\x1a", 4);
		ret->n = 4;
		return 0;
	case NTPQ_READ_VARIABLES:
		if (association == 6)
			ret->error = 4;
		snprintf(ret->text, sizeof(ret->text), "srcadr=192.0.2.1, hmode=3, stratum=2");
		return 0;
	case NTPQ_REQUEST_NONCE:
		snprintf(ret->text, sizeof(ret->text), "nonce=abc");
		return 0;
	default:
		break;
	}
	if (strncmp(data, "nonce=abc, frags=32", 19) != 0)
		return -EINVAL;
	if (strstr(data, "addr.0=192.0.2.7:123, last.0=0x00000001.00000000") != NULL)
		snprintf(ret->text, sizeof(ret->text),
			"nonce=abc, ct.0=2, addr.0=192.0.2.8:124, last.0=0x2.0, mv.0=35, "
			"now=0x3.0, last.newest=0x2.0");
	else
		snprintf(ret->text, sizeof(ret->text),
			"nonce=abc, addr.0=192.0.2.7:123, ct.0=1, last.0=0x1.0, mv.0=35");
	return 0;
}

static void test_commands(void **state)
{
	unsigned asked[32] = {0};
	struct session s = {.ntp = {pretend, asked}, .numeric = true, .err = stderr};
	struct capture c;
	const char *out;
	bool ran;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	s.printer = c.printer;
	assert_true(command_run(&s, "peers", &ran));
	assert_true(command_run(&s, "mrulist", &ran));
	assert_true(command_run(&s, "rv &1 stratum", &ran));
	assert_false(command_run(&s, "rv 6", &ran));
	assert_false(command_run(&s, "rv &2", &ran));
	out = capture_take(&c);
	assert_non_null(strstr(out, "\n*192.0.2.1  "));
	assert_non_null(
		strstr(out, "      1  2.000    0 . 3 4      2    0.000      0   124 192.0.2.8\n"
			    "      2      0    0 . 3 4      1    0.000      0   123 192.0.2.7\n"
			    "# Collected 2 slots\n"));
	assert_int_equal(asked[NTPQ_READ_MRU], 2);
	capture_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_peer_line),
		cmocka_unit_test(test_association_line),
		cmocka_unit_test(test_client_lines),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
