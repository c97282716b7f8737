/* SPDX-License-Identifier: BSD-2-Clause */
/* ntpq's tables from mode 6's texts: fragments, variables, columns; and the commands that ask. */
#define _GNU_SOURCE
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/layout_ntpq.h"
#include "cli/ntpq_cook.h"
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
	struct ntpq_query q = {.opcode = NTPQ_READ_VARIABLES, .association = 3, .data = "leap"};
	uint8_t p[NTPQ_REQUEST_MAX];
	char data[600];

	(void)state;
	assert_int_equal(
		ntpq_request(&(struct ntpq_query){.opcode = NTPQ_REQUEST_NONCE, .data = ""}, 1, p),
		12);
	assert_memory_equal(p, "\xd6\x0c\0\1\0\0\0\0\0\0\0\0", 12);
	assert_int_equal(ntpq_request(&q, 2, p), 16);
	assert_memory_equal(p, "\xd6\2\0\2\0\0\0\3\0\0\0\4leap", 16);
	memset(data, 'x', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	q.data = data;
	assert_int_equal(ntpq_request(&q, 2, p), 0);
	/* As long as may be, with the longest digest. */
	data[NTPQ_DATA_MAX] = '\0';
	q.key = &(struct ntpq_key){.id = 7, .digest = NTPQ_SHA1, .secret = "s", .n = 1};
	assert_int_equal(ntpq_request(&q, 2, p), 12 + NTPQ_DATA_MAX + 24);
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

/* A request of the stock ntpq 1.2.2, with key 1, MD5, "secret1". */
static void test_signed(void **state)
{
	static const uint8_t wanted[] = {0xd6, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5, 'b', 'o', 'g', 'u',
		's', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xc7, 0xab, 0x9e, 0x06, 0xa8, 0x1d, 0x65,
		0x0f, 0x4a, 0x32, 0xe4, 0x1b, 0xb3, 0xbd, 0xc0, 0xf8};
	struct ntpq_key key = {.id = 1};
	struct ntpq_query q = {.opcode = NTPQ_CONFIGURE, .data = "bogus", .key = &key};
	uint8_t p[NTPQ_REQUEST_MAX];

	(void)state;
	assert_int_equal(ntpq_key_secret(&key, "secret1"), 0);
	assert_int_equal(ntpq_request(&q, 1, p), sizeof(wanted));
	assert_memory_equal(p, wanted, sizeof(wanted));
	assert_int_equal(ntpq_digest_parse("sha-1", &key.digest), 0);
	assert_int_equal(key.digest, NTPQ_SHA1);
	assert_int_equal(ntpq_request(&q, 1, p), sizeof(wanted) + 4);
}

static void test_key_file(void **state)
{
	char path[] = "/tmp/gnomon-ntpq-keys.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct ntpq_key key = {.id = 2};

	(void)state;
	fputs("# keys\n1 MD5 secret1\n2 SHA1 0102030405060708090a0b0c0d0e0f1011121314 # hex\n"
	      "3 AES 0102030405060708090a0b0c0d0e0f10\n4 MD5\n",
		f);
	fclose(f);
	assert_int_equal(ntpq_key_read(path, &key), 0);
	assert_int_equal(key.digest, NTPQ_SHA1);
	assert_int_equal(key.n, 20);
	assert_memory_equal(key.secret, "\1\2\3\4", 4);
	key = (struct ntpq_key){.id = 1};
	assert_int_equal(ntpq_key_read(path, &key), 0);
	assert_int_equal(key.digest, NTPQ_MD5);
	assert_int_equal(key.n, 7);
	key.id = 3;
	assert_int_equal(ntpq_key_read(path, &key), -ENOTSUP);
	key.id = 4;
	assert_int_equal(ntpq_key_read(path, &key), -ENOKEY);
	unlink(path);
	assert_int_equal(ntpq_key_read(path, &key), -ENOENT);
}

/* What the stock ntpq 1.2.2 was seen to make of values. */
static void test_values_cooked(void **state)
{
	static const struct {
		const char *name, *value, *cooked, *units;
	} cases[] = {
		{"offset", "-123.456789", "-123.456789", "-123.456789ms"},
		{"frequency", "-12.345", "-12.345", "-12.345ppm"},
		{"rootdelay", "1234.567", "1234.567", "1.234567s"},
		{"rootdisp", "0.000", "0.0", "0us"},
		{"rootdisp", "1.5", "1.5", "1.5ms"},
		{"sys_jitter", "0.00001", "1e-05", "0.01us"},
		{"clk_jitter", "0.000001", "1e-06", "1ns"},
		{"delay", "0.078431", "0.078431", "78.431us"},
		{"jitter", "0.000000", "0.0", "0ns"},
		{"clk_wander", "0.000000", "0.0", "0ppt"},
		{"koffset", "0", "0", "0ms"},
		{"tai", "37", "37", "37s"},
		{"stratum", "0x10", "16", "16"},
		{"big", "123456789012345678", "123456789012345678", "123456789012345678"},
		{"large", "1e16", "1e+16", "1e+16"},
		{"float", "1.50e3", "1500.0", "1500.0"},
		{"plus", "+5", "5", "5"},
		{"fifteen", "1234567.1234567", "1234567.1234567", "1234567.1234567"},
		{"str", "\"a, b\"", "\"a, b\"", "\"a, b\""},
		{"empty", "", "\"\"", "\"\""},
		{"expire", "2017-01-01T00:00Z", "\"2017-01-01T00:00Z\"", "\"2017-01-01T00:00Z\""},
		{"refid", "GPS", "GPS", "GPS"},
		{"leap", "3", "11", "11"},
		{"reach", "0xa5", "245", "245"},
		{"flash", "0x2001", "2001 pkt_dup", "2001 pkt_dup"},
		{"flash", "0x0", "00 ok", "00 ok"},
		{"filtdelay", "0.10 0.13 123.45", "0.10\t0.13\t123.45",
			"   0.10    0.13  123.45 ms"},
		{"rec", "0xeeaf8777.0992c8b8", "eeaf8777.0992c8b8 2026-11-24T03:48:07.037Z",
			"eeaf8777.0992c8b8 2026-11-24T03:48:07.037Z"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ntpq_cook(cases[i].name, cases[i].value, false, text, sizeof(text));
		assert_string_equal(text, cases[i].cooked);
		ntpq_cook(cases[i].name, cases[i].value, true, text, sizeof(text));
		assert_string_equal(text, cases[i].units);
	}
	ntpq_cook_uptime("100000", text, sizeof(text));
	assert_string_equal(text, "1D 03:46:40");
	ntpq_cook_uptime("-3", text, sizeof(text));
	assert_string_equal(text, "23:59:57");
}

static const struct layout_ntpq_look plain, in_units = {.units = true}, wide = {.width = 120},
					    several = {.server = "::1", .server_width = 9};

/* A source that the stock ntpq 1.2.2 was shown. */
#define SHOWN                                                                                      \
	"srcadr=10.0.0.1, dstadr=2001:db8:1234:5678:9abc:def0:1234:5678, hmode=1, stratum=16, "    \
	"ppoll=10, hpoll=17, refid=2001:db8::1234:5678:9abc, reach=0xa5, delay=123.456789, "       \
	"offset=-1234.567891, jitter=0.000123, dispersion=16000.000000, rootdisp=1.5, "            \
	"rec=0x00000000.00000000"

static void peer(struct capture *c, const struct layout_ntpq_look *look,
	enum layout_ntpq_peers kind, unsigned id, unsigned status, const char *remote,
	const char *text)
{
	layout_ntpq_peer(
		&c->printer, look, kind, &(struct layout_ntpq_peer){id, status, remote, text});
}

/* Lines of ntpq, of a capture. */
static void test_peer_line(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	peer(&c, &plain, LAYOUT_NTPQ_PEERS, 1, 0xf32a, "nts.test",
		"srcadr=10.77.0.1, hmode=3, stratum=11, ppoll=99, hpoll=4, refid=127.127.1.0, "
		"reach=0xff, delay=0.096143, offset=0.036424, jitter=0.008500, "
		"srchost=\"nts.test\", ntscookies=8");
	peer(&c, &plain, LAYOUT_NTPQ_PEERS, 2, 0x961a, "LOCAL(0)",
		"hmode=3, stratum=10, ppoll=6, hpoll=6, refid=LOCL, reach=0x3f, delay=0.000000, "
		"offset=0.000000, jitter=0.000000, srchost=\"LOCAL(0)\", ntscookies=-1");
	assert_string_equal(capture_take(&c),
		"-nts.test        127.127.1.0     11 8    -   16  377   0.0961   0.0364   0.0085\n"
		"*LOCAL(0)        .LOCL.          10 l    -   64   77   0.0000   0.0000   "
		"0.0000\n");
	peer(&c, &plain, LAYOUT_NTPQ_APEERS, 300, 0xd31d, "10.0.0.1", SHOWN);
	peer(&c, &plain, LAYOUT_NTPQ_OPEERS, 300, 0xd31d, "10.0.0.1", SHOWN);
	peer(&c, &in_units, LAYOUT_NTPQ_OPEERS, 300, 0xd31d, "10.0.0.1", SHOWN);
	peer(&c, &several, LAYOUT_NTPQ_PEERS, 300, 0xd31d, "10.0.0.1", SHOWN);
	peer(&c, &plain, LAYOUT_NTPQ_RPEERS, 300, 0xd31d, "10.0.0.1", SHOWN);
	assert_string_equal(capture_take(&c),
		"-10.0.0.1        ...      300    16 s    - 1024  245 123.4568 -1234.57   0.0001\n"
		"-10.0.0.1        -def0:1234:5678 16 s    - 1024  245 123.4568 -1234.57   1.5000\n"
		"-10.0.0.1        -def0:1234:5678 16 s    - 1024  245 123.46ms -1.2346s    1.5ms\n"
		"::1       -10.0.0.1        -1234:5678:9abc 16 s    - 1024  245 123.4568 -1234.57 "
		"  0.0001\n"
		" 16 s    - 1024  245 123.4568 -1234.57   0.0001 -1234:5678:9abc - 10.0.0.1\n");
	layout_ntpq_peers_head(&c.printer, &wide, LAYOUT_NTPQ_PEERS);
	assert_string_equal(capture_take(&c),
		"     remote                                   refid      st t when poll reach   "
		"delay   offset   jitter\n"
		"================================================================================"
		"=======================\n");
	capture_end(&c);
	/* A long name that is wanted whole has a line of its own. */
	capture_begin(&c, PRINT_HUMAN, true);
	peer(&c, &plain, LAYOUT_NTPQ_PEERS, 300, 0xd31d, "a.very.long.name.example", SHOWN);
	assert_string_equal(capture_take(&c), "-a.very.long.name.example\n"
					      "                 -1234:5678:9abc 16 s    - 1024  "
					      "245 123.4568 -1234.57   0.0001\n");
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
	/* The stock ntpq has no words for the late events here. */
	layout_ntpq_association(&c.printer, 12, 12, 0x801b);
	layout_ntpq_association(&c.printer, 14, 14, 0xd31d);
	assert_string_equal(capture_take(&c),
		"\nind assid status  conf reach auth condition  last_event cnt\n"
		"===========================================================\n"
		"  1 11734  f32a   yes   yes   ok    outlier    sys_peer  2\n"
		"  2 11735  f62a   yes   yes   ok   sys.peer    sys_peer  2\n"
		"  3     1  8011   yes    no  none    reject    mobilize  1\n"
		" 12    12  801b   yes    no  none    reject clock_alarm  1\n"
		" 14    14  d31d   yes   yes   bad   outlier              1\n");
	capture_end(&c);
}

static void test_status(void **state)
{
	char line[256];

	(void)state;
	ntpq_cook_status(0, 0x0616, false, line, sizeof(line));
	assert_string_equal(line, "associd=0 status=0616 leap_none, sync_ntp, 1 event, restart,");
	ntpq_cook_status(15, 0x801e, false, line, sizeof(line));
	assert_string_equal(line, "associd=15 status=801e conf, sel_reject, 1 event, _14,");
	ntpq_cook_status(1, 0x8010, false, line, sizeof(line));
	assert_string_equal(line, "associd=1 status=8010 conf, sel_reject, 1 event,");
	ntpq_cook_status(3, 0, true, line, sizeof(line));
	assert_string_equal(line, "associd=3 status=0000 no events, clk_unspec,");
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
	static const struct {
		const char *order;
		unsigned first; /* version of the one that comes first */
	} orders[] = {{"lstint", 2}, {"-lstint", 4}, {"avgint", 2}, {"addr", 2}, {"-addr", 4},
		{"count", 2}, {"-count", 4}, {"score", 4}, {"drop", 4}, {"-drop", 2}};
	struct capture c;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_true(layout_ntpq_clients_sort(clients, 2, orders[i].order));
		assert_int_equal(clients[0].version, orders[i].first);
	}
	assert_false(layout_ntpq_clients_sort(clients, 2, "nonsense"));
	layout_ntpq_clients_sort(clients, 2, "lstint");
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_mrulist_head(&c.printer);
	for (int i = 0; i < 2; i++)
		layout_ntpq_client(&c.printer, &clients[i], UINT64_C(2000) << 32);
	layout_ntpq_client(&c.printer, &clients[0], 0);
	assert_string_equal(capture_take(&c),
		" lstint avgint rstr r m v  count    score   drop rport remote address\n"
		"=====================================================================\n"
		"      0  0.500  420 K 6 2      3    1.163      1 48447 127.0.0.1\n"
		"     10      7   c0 . 3 4    134    0.090      0   123 fd77::2\n"
		"15020  2000      1  420 K 6 2      3    1.163      1 48447 127.0.0.1\n");
	capture_end(&c);
}

static void variables(
	struct capture *c, const struct layout_ntpq_look *look, unsigned status, const char *text)
{
	layout_ntpq_variables(&c->printer, look,
		&(struct layout_ntpq_variables){.association = 11734,
			.status = status,
			.with_status = status != 0,
			.with_number = true,
			.text = text});
}

static void test_variables(void **state)
{
	static const struct layout_ntpq_look raw = {.raw = true};
	static const char text[] = "leap=1, reach=0xff,\r\nfiltdelay= 0.10 0.13, flash=0x1001, "
				   "rec=0xeeae871f.9d1aa58d, srchost=\"nts.test\"\r\n";
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	variables(&c, &plain, 0xf32a, text);
	variables(&c, &plain, 0, "leap=1");
	variables(&c, &raw, 0xf32a, text);
	variables(&c, &several, 0, "leap=1");
	/* A line of the stock ntpq, and the item that has no room on it. */
	variables(&c, &plain, 0xf32a,
		"rootdisp=10.0, refid=LOCL, reftime=0x00000000.00000000, srchost=\"x\"");
	assert_string_equal(capture_take(&c),
		"associd=11734 status=f32a conf, authenb, auth, reach, sel_outlier, 2 events, "
		"sys_peer,\n"
		"leap=01, reach=377,  filtdelay =0.10\t0.13, flash=1001 pkt_dup peer_unreach,\n"
		"rec=eeae871f.9d1aa58d 2026-11-23T09:34:23.613Z, srchost=\"nts.test\"\n"
		"associd=11734 leap=01\n"
		"associd=11734 status=0xf32a,\n"
		"leap=1, reach=0xff,\n"
		"filtdelay= 0.10 0.13, flash=0x1001, rec=0xeeae871f.9d1aa58d, "
		"srchost=\"nts.test\"\n"
		"server=::1 associd=11734 leap=01\n"
		"associd=11734 status=f32a conf, authenb, auth, reach, sel_outlier, 2 events, "
		"sys_peer,\n"
		"rootdisp=10.0, refid=LOCL,\n"
		"reftime=00000000.00000000 2036-02-07T06:28:16.000Z, srchost=\"x\"\n");
	capture_end(&c);
}

static void test_summary(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpq_summary(&c.printer, &plain, LAYOUT_NTPQ_SYSSTATS,
		"ss_uptime=90061, ss_numctlreq=12, ss_reset=1000, ss_reset_r=90061, "
		"ss_received=5000, ss_received_r=100, ss_oldver=0, ss_oldver_r=5, "
		"ss_badauth=3, ss_badauth_r=4, ss_processed=2500, ss_processed_r=180122");
	assert_non_null(strstr(capture_take(&c),
		"uptime:                  1D 01:01:01\n"
		"control requests:                 12\n"
		"sysstats reset:             00:16:40   1D 01:01:01\n"
		"packets received:               5000           100        5.0p/s      901.0s/p\n"
		"current version:                   ?             ?                            \n"
		"older version:                     0             5                  "
		"18012.0s/p\n"));
	layout_ntpq_summary(&c.printer, &plain, LAYOUT_NTPQ_SYSINFO,
		"peeradr=[fd77::1]:123, peermode=3, leap=0, authdelay=0.000");
	assert_non_null(strstr(capture_take(&c), "system peer:       [fd77::1]:123\n"
						 "system peer mode:   client\n"
						 "leap indicator:               00\n"));
	layout_ntpq_summary(&c.printer, &plain, LAYOUT_NTPQ_TIMERSTATS,
		"timerstats_reset=264, timer_overruns=0, timer_xmts=93");
	assert_string_equal(capture_take(&c), "time since reset:        00:04:24\n"
					      "timer overruns:                 0\n"
					      "calls to transmit:             93\n");
	capture_end(&c);
}

static void test_arguments(void **state)
{
	char *argv[] = {"/usr/bin/ntpq", "-pn", "-c", "as", "-6", "-uwsSd", "-W", "100", "-D", "2",
		"-a7", "--keyfile=keys", "-l", "log", "one", "two", NULL};
	char *wrong[][4] = {{"ntpq", "-a", "x"}, {"ntpq", "-W"}, {"ntpq", "-v"},
		{"ntpq", "--nosuch"}, {"ntpq", "-D", "x"}};
	FILE *nowhere = fopen("/dev/null", "w");
	struct arguments o;

	(void)state;
	assert_int_equal(arguments_parse_ntpq(16, argv, &o, stderr), 0);
	assert_true(o.numeric && o.many && o.units && o.wide);
	assert_int_equal(o.family, ADDRESS_IP6);
	assert_int_equal(o.n_command, 2);
	assert_string_equal(o.command[0], "peers");
	assert_string_equal(o.command[1], "as");
	assert_int_equal(o.key, 7);
	assert_string_equal(o.key_file, "keys");
	assert_int_equal(o.width, 100);
	assert_int_equal(o.n_ntp_hosts, 2);
	assert_string_equal(o.ntp_hosts[1], "two");
	opterr = 0;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(
			arguments_parse_ntpq(wrong[i][2] ? 3 : 2, wrong[i], &o, nowhere), -EINVAL);
	opterr = 1;
	fclose(nowhere);
}

/* A daemon with one association, and two clients in its list; what it was asked. */
struct pretence {
	unsigned asked[32];
	char data[512];    /* of the last request */
	unsigned key;      /* that it was signed with */
	bool knows_little; /* but one variable at a time */
};

static void pretend_clients(const char *data, struct ntpq_answer *ret)
{
	if (strstr(data, "addr.0=192.0.2.7:123, last.0=0x00000001.00000000") != NULL)
		snprintf(ret->text, sizeof(ret->text),
			"nonce=abc, ct.0=2, addr.0=192.0.2.8:124, last.0=0x2.0, mv.0=35, "
			"now=0x3.0, last.newest=0x2.0");
	else
		snprintf(ret->text, sizeof(ret->text),
			"nonce=abc, addr.0=192.0.2.7:123, ct.0=1, last.0=0x1.0, mv.0=35");
}

static int pretend(void *arg, const struct ntpq_query *q, struct ntpq_answer *ret)
{
	struct pretence *p = arg;

	ntpq_expect(ret, q->opcode, 0);
	p->asked[q->opcode]++;
	p->key = q->key != NULL ? q->key->id : 0;
	snprintf(p->data, sizeof(p->data), "%s", q->data);
	switch (q->opcode) {
	case NTPQ_READ_STATUS:
		memcpy(ret->text, "\0\7\x80\x11\0\5\x96\x1a", 8);
		ret->n = 8;
		break;
	case NTPQ_READ_VARIABLES:
		if (p->knows_little && strchr(q->data, ',') != NULL)
			ret->error = NTPQ_ERROR_VARIABLE;
		snprintf(ret->text, sizeof(ret->text), "srcadr=192.0.2.%u, hmode=3, stratum=2",
			q->association);
		break;
	case NTPQ_READ_CLOCK:
		snprintf(ret->text, sizeof(ret->text), "name=\"LOCAL\", poll=3");
		break;
	case NTPQ_CONFIGURE:
		snprintf(ret->text, sizeof(ret->text), "column 3 syntax error\r\n");
		break;
	case NTPQ_REQUEST_NONCE:
		snprintf(ret->text, sizeof(ret->text), "nonce=abc");
		break;
	default:
		pretend_clients(q->data, ret);
		break;
	}
	return 0;
}

/* A session with such a daemon, and what it says. */
struct fixture {
	struct pretence daemon;
	struct ntpq_state state;
	struct session session;
	struct capture capture;
	char *complaints;
	size_t n_complaints;
};

static void begin(struct fixture *f, enum print_mode mode, bool as_ntpq)
{
	memset(f, 0, sizeof(*f));
	capture_begin(&f->capture, mode, false);
	f->session =
		(struct session){.ntp = {.ask = pretend, .arg = &f->daemon, .state = &f->state},
			.numeric = true,
			.as_ntpq = as_ntpq,
			.printer = f->capture.printer,
			.err = open_memstream(&f->complaints, &f->n_complaints)};
}

static void end(struct fixture *f)
{
	fclose(f->session.err);
	free(f->complaints);
	capture_end(&f->capture);
}

/* Runs a line. Returns what it printed, and after that what it complained of. */
static const char *said(struct fixture *f, const char *line)
{
	static char text[70000];
	bool ran;

	rewind(f->session.err);
	command_run(&f->session, line, &ran);
	f->session.printer.first = false;
	putc('\0', f->session.err);
	fflush(f->session.err);
	snprintf(text, sizeof(text), "%s%s", capture_take(&f->capture), f->complaints);
	f->session.printer.out = f->capture.printer.out;
	return text;
}

static void test_commands(void **state)
{
	static struct fixture f;

	(void)state;
	begin(&f, PRINT_HUMAN, false);
	/* By their numbers, whatever the order that the daemon has. */
	assert_non_null(strstr(said(&f, "peers"), "\n*192.0.2.5  "));
	assert_non_null(strstr(said(&f, "mrulist"),
		"      1   2.00    0 . 3 4      2    0.000      0   124 192.0.2.8\n"
		"      2      0    0 . 3 4      1    0.000      0   123 192.0.2.7\n"
		"# Collected 2 slots"));
	assert_int_equal(f.daemon.asked[NTPQ_READ_MRU], 2);
	assert_string_equal(said(&f, "rv &1 stratum"), "srcadr=192.0.2.5, hmode=3, stratum=2\n");
	assert_string_equal(said(&f, "rv 6"), "Unknown associd.\n");
	assert_string_equal(said(&f, "rv &3"), "No such association as 3.\n");
	assert_string_equal(
		said(&f, "cv"), "This command requires the association ID of a clock.\n");
	assert_string_equal(said(&f, "cv &1 name"), "associd=5 name=\"LOCAL\", poll=3\n");
	assert_string_equal(said(&f, "mrv &1 &2 hmode"),
		"associd=5 srcadr=192.0.2.5, hmode=3, stratum=2\n\n"
		"associd=7 srcadr=192.0.2.7, hmode=3, stratum=2\n");
	f.daemon.knows_little = true;
	assert_non_null(strstr(said(&f, "timerstats"), "timer overruns:                 ?\n"));
	assert_int_equal(f.daemon.asked[NTPQ_CONFIGURE], 0);
	end(&f);
}

/* Called ntpq: any beginning that only one word has, and no words but its own. */
static void test_words(void **state)
{
	static struct fixture f;
	static const struct {
		const char *line, *says;
	} cases[] = {{"p", "***Command `p' ambiguous\n"}, {"cl\to", ""},
		{"#x", "***Command `' ambiguous\n"}, {"", ""},
		{"tracking", "***Command `tracking' unknown\n"},
		{"passoc", "No association IDs in list\n"}, {"rv&1 stratum", NULL}, {"nts", NULL},
		{"showv", "No variables on list.\n"}, {"addvars stratum,leap=1", ""},
		{"showvars", "stratum\nleap=1\n"}, {"rmvars x", "x is not in the variable list\n"},
		{"rmvars leap", ""}, {"showvars", "stratum\n"},
		{"timeout 300", "primary timeout 300 ms\n"},
		{"timeout x", "primary timeout 300 ms\nWhat?\n"},
		{"ntpversion 9", "NTP version being claimed is 2\nversions 1 to 4, please\n"},
		{"ntpversion 4", "NTP version being claimed is 4\n"},
		{":config  a b", "***Invalid key identifier\n"}, {"keyid", "no keyid defined\n"},
		{"keyid 9", "keyid is 9\n"}, {"keytype", "Keytype: MD5\n"}, {"keytype SHA-1", ""},
		{"keytype AES", "Keytype AES is not supported by this program.\n"},
		{"passwd secret", ""}, {":config  a b", "a b\n__^\ncolumn 3 syntax error\n"},
		{"mrulist foo=1", "***Unknown parameter 'foo'\n"},
		{"mrulist sort=x", "***Sort order x is not implemented\n"}, {"units", ""},
		{"raw", "Output set to raw\n"}, {"cooked", "Output set to cooked\n"},
		{"authenticate yes", "authenticated requests being sent\n"},
		{"help zzz", "*** No help on zzz\n"}, {"host", "current host is localhost\n"}};

	(void)state;
	begin(&f, PRINT_HUMAN, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = said(&f, cases[i].line);

		if (strncmp(cases[i].line, "mrulist", 7) == 0)
			text = strchr(text, '\n') + 1;
		if (cases[i].says != NULL && strcmp(cases[i].line, "cl\to") != 0)
			assert_string_equal(text, cases[i].says);
		if (strncmp(cases[i].line, ":config", 7) == 0 && f.state.key.n > 0)
			assert_string_equal(f.daemon.data, "a b");
	}
	/* From now on all of them are signed, and what rl asks for is the list. */
	said(&f, "rl");
	assert_int_equal(f.daemon.key, 9);
	assert_string_equal(f.daemon.data, "stratum");
	assert_true(f.state.look.units);
	assert_non_null(strstr(said(&f, "help"), "\napeers            "));
	end(&f);
}

/* Programs read numbers as numbers, and texts without what people have around them. */
static void test_machine(void **state)
{
	static struct fixture f;

	(void)state;
	begin(&f, PRINT_CSV, false);
	assert_string_equal(said(&f, "rv &1"), "5,srcadr,192.0.2.5\n5,hmode,3\n5,stratum,2\n");
	assert_string_equal(said(&f, "associations"),
		"1,5,961a,1,1,none,sys.peer,sys_peer,1\n2,7,8011,1,0,none,reject,mobilize,1\n");
	assert_string_equal(said(&f, "timerstats"), ",,\n");
	assert_string_equal(said(&f, "mrulist"),
		"1,2.00,0,.,3,4,2,0.000,0,124,192.0.2.8\n2,0,0,.,3,4,1,0.000,0,123,192.0.2.7\n");
	end(&f);
	begin(&f, PRINT_JSON, false);
	assert_string_equal(said(&f, "cv &1"),
		"{\"version\":1,\"report\":\"variables\",\"variables\":["
		"{\"association\":5,\"name\":\"name\",\"value\":\"LOCAL\"},"
		"{\"association\":5,\"name\":\"poll\",\"value\":3}]}\n");
	assert_non_null(strstr(said(&f, "peers"), "\"stratum\":2,"));
	assert_string_equal(said(&f, "timerstats"),
		"{\"version\":1,\"report\":\"timerstats\",\"timerstats_reset\":null,"
		"\"timer_overruns\":null,\"timer_xmts\":null}\n");
	end(&f);
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
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_key_file),
		cmocka_unit_test(test_values_cooked),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
