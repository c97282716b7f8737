/* SPDX-License-Identifier: BSD-2-Clause */
/* Every report, byte for byte as chronyc 4.9 was seen to print it. */
#define _GNU_SOURCE
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/layout.h"
#include "test/unit/cli_capture.h"

static struct address ip(const char *s)
{
	struct address a = {.family = ADDRESS_NONE};

	assert_int_equal(address_parse(s, &a), 0);
	return a;
}

#define WHO(name, address) (&(struct layout_source){name, address})

static const struct address nowhere = {.family = ADDRESS_NONE};

static void tracking(enum print_mode mode, const struct report_tracking *r, const char *name,
	const char *expected)
{
	struct capture c;

	capture_begin(&c, mode, false);
	print_report(&c.printer, "tracking", false);
	layout_tracking(&c.printer, WHO(name, &r->address), r);
	print_report_end(&c.printer);
	assert_string_equal(capture_take(&c), expected);
	capture_end(&c);
}

static void test_tracking(void **state)
{
	struct report_tracking r = {0x7f000002, ip("127.0.0.2"), 2, LEAP_NONE,
		INT64_C(1795424810442772289), 7.81e-7, 1.66e-7, 2.78e-7, 0.337, 0.001, 0.042,
		0.000108921, 0.000021451, 4.1};

	(void)state;
	tracking(PRINT_HUMAN, &r, "127.0.0.2",
		"Reference ID    : 7F000002 (127.0.0.2)\n"
		"Stratum         : 2\n"
		"Ref time (UTC)  : Mon Nov 23 09:06:50 2026\n"
		"System time     : 0.000000781 seconds slow of NTP time\n"
		"Last offset     : +0.000000166 seconds\n"
		"RMS offset      : 0.000000278 seconds\n"
		"Frequency       : 0.337 ppm fast\n"
		"Residual freq   : +0.001 ppm\n"
		"Skew            : 0.042 ppm\n"
		"Root delay      : 0.000108921 seconds\n"
		"Root dispersion : 0.000021451 seconds\n"
		"Update interval : 4.1 seconds\n"
		"Leap status     : Normal\n");
	r = (struct report_tracking){0x7f000002, ip("127.0.0.2"), 2, LEAP_NONE,
		INT64_C(1795424671977044838), -7.07e-7, -1.17e-7, 3.81e-7, 0.447, -0.001, 0.012,
		0.000108783, 0.000022326, 4.0};
	tracking(PRINT_CSV, &r, "127.0.0.2",
		"7F000002,127.0.0.2,2,1795424671.977044838,-0.000000707,-0.000000117,0.000000381,"
		"0.447,-0.001,0.012,0.000108783,0.000022326,4.0,Normal\n");
	tracking(PRINT_JSON, &r, "127.0.0.2",
		"{\"version\":1,\"report\":\"tracking\",\"reference_id\":\"7F000002\","
		"\"name\":\"127.0.0.2\",\"address\":\"127.0.0.2\",\"stratum\":2,"
		"\"reference_time\":\"2026-11-23T09:04:31.977044838Z\","
		"\"reference_time_unix_s\":1795424671.9770448,"
		"\"system_time_correction_s\":-7.07e-07,\"last_offset_s\":-1.17e-07,"
		"\"rms_offset_s\":3.81e-07,\"frequency_ppm\":0.447,"
		"\"residual_frequency_ppm\":-0.001,\"skew_ppm\":0.012,"
		"\"root_delay_s\":0.000108783,\"root_dispersion_s\":2.2326e-05,"
		"\"update_interval_s\":4,\"leap_status\":\"normal\"}\n");
}

static void test_tracking_unsynchronised(void **state)
{
	struct report_tracking r = {
		.leap = LEAP_UNSYNCHRONISED, .root_delay = 1, .root_dispersion = 1};

	(void)state;
	tracking(PRINT_HUMAN, &r, "",
		"Reference ID    : 00000000 ()\n"
		"Stratum         : 0\n"
		"Ref time (UTC)  : Thu Jan 01 00:00:00 1970\n"
		"System time     : 0.000000000 seconds fast of NTP time\n"
		"Last offset     : +0.000000000 seconds\n"
		"RMS offset      : 0.000000000 seconds\n"
		"Frequency       : 0.000 ppm slow\n"
		"Residual freq   : +0.000 ppm\n"
		"Skew            : 0.000 ppm\n"
		"Root delay      : 1.000000000 seconds\n"
		"Root dispersion : 1.000000000 seconds\n"
		"Update interval : 0.0 seconds\n"
		"Leap status     : Not synchronised\n");
	tracking(PRINT_CSV, &r, "",
		"00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,"
		"1.000000000,1.000000000,0.0,Not synchronised\n");
	r.refid = 0x47505330;
	r.correction = -2.12e-7;
	r.frequency_ppm = -1.5;
	tracking(PRINT_HUMAN, &r, "GPS0",
		"Reference ID    : 47505330 (GPS0)\n"
		"Stratum         : 0\n"
		"Ref time (UTC)  : Thu Jan 01 00:00:00 1970\n"
		"System time     : 0.000000212 seconds fast of NTP time\n"
		"Last offset     : +0.000000000 seconds\n"
		"RMS offset      : 0.000000000 seconds\n"
		"Frequency       : 1.500 ppm slow\n"
		"Residual freq   : +0.000 ppm\n"
		"Skew            : 0.000 ppm\n"
		"Root delay      : 1.000000000 seconds\n"
		"Root dispersion : 1.000000000 seconds\n"
		"Update interval : 0.0 seconds\n"
		"Leap status     : Not synchronised\n");
}

/* The rows of the document. */
static void print_sources(struct printer *p, bool legend)
{
	struct address a = ip("127.0.0.2"), b = ip("127.0.0.1"), c = ip("127.0.0.9"),
		       d = ip("127.0.0.5"), e = address_id(2);

	layout_sources_header(p, legend);
	layout_source(p, WHO("127.0.0.2", &a),
		&(struct report_source){a, 1, 1, REPORT_STATE_SELECTED, REPORT_MODE_CLIENT, 0377, 2,
			114e-9, 113e-9, 70e-6});
	layout_source(p, WHO("localhost", &b),
		&(struct report_source){b, 1, 1, REPORT_STATE_NOT_USED, REPORT_MODE_CLIENT, 0377, 1,
			5974e-9, 5973e-9, 76e-6});
	layout_source(p, WHO("127.0.0.9", &c),
		&(struct report_source){c, 1, 0, REPORT_STATE_NOT_SELECTABLE, REPORT_MODE_CLIENT, 0,
			REPORT_NEVER, 0, 0, 0});
	layout_source(p, WHO("127.0.0.5", &d),
		&(struct report_source){d, 1, 0, REPORT_STATE_NOT_SELECTABLE, REPORT_MODE_PEER, 0,
			REPORT_NEVER, 0, 0, 0});
	layout_source(p, WHO("ID#0000000002", &e),
		&(struct report_source){e, 6, 0, REPORT_STATE_NOT_SELECTABLE, REPORT_MODE_CLIENT, 0,
			REPORT_NEVER, 0, 0, 0});
	layout_source(p, WHO("GPS0", &nowhere),
		&(struct report_source){nowhere, 1, 0, REPORT_STATE_SELECTED, REPORT_MODE_REFCLOCK,
			0377, 0, -356e-9, -259e-9, 51e-6});
}

static void test_sources(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	print_sources(&c.printer, false);
	assert_string_equal(capture_take(&c),
		"MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n"
		"===============================================================================\n"
		"^* 127.0.0.2                     1   1   377     2   +113ns[ +114ns] +/-   70us\n"
		"^- localhost                     1   1   377     1  +5973ns[+5974ns] +/-   76us\n"
		"^? 127.0.0.9                     0   1     0     -     +0ns[   +0ns] +/-    0ns\n"
		"=? 127.0.0.5                     0   1     0     -     +0ns[   +0ns] +/-    0ns\n"
		"^? ID#0000000002                 0   6     0     -     +0ns[   +0ns] +/-    0ns\n"
		"#* GPS0                          0   1   377     0   -259ns[ -356ns] +/-   "
		"51us\n");
	c.printer.wide = true;
	layout_sources_header(&c.printer, false);
	assert_string_equal(capture_take(&c),
		"MS Name/IP address                       Stratum Poll Reach LastRx Last sample    "
		"           \n"
		"=================================================================================="
		"===========\n");
	c.printer.mode = PRINT_CSV;
	print_sources(&c.printer, true);
	assert_string_equal(capture_take(&c),
		"^,*,127.0.0.2,1,1,377,2,0.000000113,0.000000114,0.000070000\n"
		"^,-,localhost,1,1,377,1,0.000005973,0.000005974,0.000076000\n"
		"^,?,127.0.0.9,0,1,0,4294967295,0.000000000,0.000000000,0.000000000\n"
		"=,?,127.0.0.5,0,1,0,4294967295,0.000000000,0.000000000,0.000000000\n"
		"^,?,ID#0000000002,0,6,0,4294967295,0.000000000,0.000000000,0.000000000\n"
		"#,*,GPS0,0,1,377,0,-0.000000259,-0.000000356,0.000051000\n");
	capture_end(&c);
}

static void test_sources_json(void **state)
{
	struct capture c;
	json_t *root, *rows, *row;

	(void)state;
	capture_begin(&c, PRINT_JSON, false);
	print_report(&c.printer, "sources", true);
	print_sources(&c.printer, true);
	print_report_end(&c.printer);
	root = json_loads(capture_take(&c), 0, NULL);
	assert_non_null(root);
	rows = json_object_get(root, "sources");
	assert_int_equal(json_array_size(rows), 6);
	row = json_array_get(rows, 1);
	assert_string_equal(json_string_value(json_object_get(row, "mode")), "server");
	assert_string_equal(json_string_value(json_object_get(row, "state")), "not_combined");
	assert_string_equal(json_string_value(json_object_get(row, "name")), "localhost");
	assert_string_equal(json_string_value(json_object_get(row, "address")), "127.0.0.1");
	assert_int_equal(json_integer_value(json_object_get(row, "reach")), 0377);
	assert_int_equal(json_integer_value(json_object_get(row, "poll_log2_s")), 1);
	assert_true(json_real_value(json_object_get(row, "adjusted_offset_s")) == 5973e-9);
	assert_true(json_real_value(json_object_get(row, "measured_offset_s")) == 5974e-9);
	assert_true(json_real_value(json_object_get(row, "error_s")) == 76e-6);
	row = json_array_get(rows, 4);
	assert_true(json_is_null(json_object_get(row, "address")));
	assert_true(json_is_null(json_object_get(row, "last_sample_age_s")));
	assert_string_equal(json_string_value(json_object_get(row, "name")), "ID#0000000002");
	row = json_array_get(rows, 5);
	assert_string_equal(json_string_value(json_object_get(row, "mode")), "refclock");
	json_decref(root);
	capture_end(&c);
}

static void test_legends(void **state)
{
	static const struct {
		void (*header)(struct printer *p, bool legend);
		int lines;
	} table[] = {{layout_sources_header, 9}, {layout_sourcestats_header, 9},
		{layout_selectdata_header, 8}, {layout_authdata_header, 5}};
	struct capture c;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *s;
		int lines = 0;

		capture_begin(&c, PRINT_HUMAN, i % 2);
		table[i].header(&c.printer, true);
		for (s = capture_take(&c); *s; s++) {
			assert_int_not_equal(*s, '\t');
			lines += *s == '\n';
		}
		assert_int_equal(lines, table[i].lines + 2);
		c.printer.mode = PRINT_CSV;
		table[i].header(&c.printer, true);
		assert_string_equal(capture_take(&c), "");
		capture_end(&c);
	}
}

static void test_sourcestats(void **state)
{
	struct address a = ip("127.0.0.2");
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_sourcestats_header(&c.printer, false);
	layout_sourcestats(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_sourcestats){0, a, 18, 12, 17, 102e-9, -0.0002, 0.020, -1e-10, 0});
	layout_sourcestats(&c.printer, WHO("localhost", &a),
		&(struct report_sourcestats){0, a, 21, 9, 22, 463e-9, -0.007, 0.061, 3250e-9, 0});
	layout_sourcestats(&c.printer, WHO("127.0.0.9", &a),
		&(struct report_sourcestats){0, a, 0, 0, 0, 4, 0, 2000, 0, 0});
	assert_string_equal(capture_take(&c),
		"Name/IP Address            NP  NR  Span  Frequency  Freq Skew  Offset  Std Dev\n"
		"==============================================================================\n"
		"127.0.0.2                  18  12    17     -0.000      0.020     -0ns   102ns\n"
		"localhost                  21   9    22     -0.007      0.061  +3250ns   463ns\n"
		"127.0.0.9                   0   0     0     +0.000   2000.000     +0ns  4000ms\n");
	c.printer.mode = PRINT_CSV;
	layout_sourcestats(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_sourcestats){0, a, 24, 11, 35, 146e-9, -0.001, 0.011, -2e-9, 0});
	assert_string_equal(
		capture_take(&c), "127.0.0.2,24,11,35,-0.001,0.011,-0.000000002,0.000000146\n");
	capture_end(&c);
}

static void test_selectdata(void **state)
{
	struct address a = ip("127.0.0.2");
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_selectdata_header(&c.printer, false);
	layout_selectdata(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_select){0, a, '*', true, LEAP_NONE, SELECT_PREFER,
			SELECT_PREFER | SELECT_TRUST | SELECT_REQUIRE, 4, 1, -70e-6, 70e-6});
	layout_selectdata(&c.printer, WHO("127.0.0.1", &a),
		&(struct report_select){0, a, 'P', true, LEAP_NONE, 0,
			SELECT_TRUST | SELECT_REQUIRE, 0, 1, -69e-6, 77e-6});
	layout_selectdata(&c.printer, WHO("127.0.0.9", &a),
		&(struct report_select){0, a, 'M', false, LEAP_UNSYNCHRONISED, 0, 0, 0, 1, 0, 0});
	assert_string_equal(capture_take(&c),
		"S Name/IP Address        Auth COpts EOpts Last Score     Interval  Leap\n"
		"=======================================================================\n"
		"* 127.0.0.2                 Y -P--- -PTR-    4   1.0   -70us   +70us  N\n"
		"P 127.0.0.1                 Y ----- --TR-    0   1.0   -69us   +77us  N\n"
		"M 127.0.0.9                 N ----- -----    0   1.0    +0ns    +0ns  ?\n");
	c.printer.mode = PRINT_CSV;
	layout_selectdata(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_select){0, a, '*', true, LEAP_NONE, 0,
			SELECT_TRUST | SELECT_REQUIRE, 5, 1, -0.000070011, 0.000069455});
	assert_string_equal(capture_take(&c),
		"*,127.0.0.2,Y,-,-,-,-,-,-,-,T,R,-,5,1.0,-0.000070011,0.000069455,Normal\n");
	capture_end(&c);
}

static void test_authdata(void **state)
{
	struct address a = ip("127.0.0.2");
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_authdata_header(&c.printer, false);
	layout_authdata(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_auth){1, 13, 3, 128, 0, REPORT_NEVER, 0, 0, false});
	layout_authdata(&c.printer, WHO("localhost", &a),
		&(struct report_auth){2, 30, 1, 128, 0, 23, 8, 64, false});
	layout_authdata(&c.printer, WHO("127.0.0.9", &a),
		&(struct report_auth){0, 0, 0, 0, 0, REPORT_NEVER, 0, 0, false});
	layout_authdata(&c.printer, WHO("127.0.0.9", &a),
		&(struct report_auth){3, 0, 0, 0, 2, REPORT_NEVER, 0, 0, true});
	assert_string_equal(capture_take(&c),
		"Name/IP address             Mode KeyID Type KLen Last Atmp  NAK Cook CLen\n"
		"=========================================================================\n"
		"127.0.0.2                     SK     3   13  128    -    0    0    0    0\n"
		"localhost                    NTS     1   30  128   23    0    0    8   64\n"
		"127.0.0.9                      -     0    0    0    -    0    0    0    0\n"
		"127.0.0.9                      ?     0    0    0    -    2    1    0    0\n");
	c.printer.mode = PRINT_CSV;
	layout_authdata(&c.printer, WHO("127.0.0.2", &a),
		&(struct report_auth){1, 13, 3, 128, 0, REPORT_NEVER, 0, 0, false});
	assert_string_equal(capture_take(&c), "127.0.0.2,SK,3,13,128,4294967295,0,0,0,0\n");
	capture_end(&c);
}

static struct report_ntpdata ntpdata_of_document(void)
{
	return (struct report_ntpdata){ip("127.0.0.2"), ip("127.0.0.1"), 11123, LEAP_NONE, 4, 4, 1,
		2, -27, 0.000107, 0.000015, REFID_SMOOTH, INT64_C(1795424673536711868), 3.79e-7,
		1.971e-6, 1.7e-8, 0.000080992, 0.5, 0x3ff, true, true, 'K', 'K', 35, 35, 35, 34, 35,
		35, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
}

static void test_ntpdata(void **state)
{
	struct report_ntpdata r = ntpdata_of_document();
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntpdata(&c.printer, &r, false);
	/* The document's reference ID text is empty: its bytes are not printable. */
	assert_string_equal(capture_take(&c), "Remote address  : 127.0.0.2 (7F000002)\n"
					      "Remote port     : 11123\n"
					      "Local address   : 127.0.0.1 (7F000001)\n"
					      "Leap status     : Normal\n"
					      "Version         : 4\n"
					      "Mode            : Server\n"
					      "Stratum         : 1\n"
					      "Poll interval   : 2 (4 seconds)\n"
					      "Precision       : -27 (0.000000007 seconds)\n"
					      "Root delay      : 0.000107 seconds\n"
					      "Root dispersion : 0.000015 seconds\n"
					      "Reference ID    : 7F7F01FF ()\n"
					      "Reference time  : Mon Nov 23 09:04:33 2026\n"
					      "Offset          : +0.000000379 seconds\n"
					      "Peer delay      : 0.000001971 seconds\n"
					      "Peer dispersion : 0.000000017 seconds\n"
					      "Response time   : 0.000080992 seconds\n"
					      "Jitter asymmetry: +0.50\n"
					      "NTP tests       : 111 111 1111\n"
					      "Interleaved     : Yes\n"
					      "Authenticated   : Yes\n"
					      "TX timestamping : Kernel\n"
					      "RX timestamping : Kernel\n"
					      "Total TX        : 35\n"
					      "Total RX        : 35\n"
					      "Total valid RX  : 35\n"
					      "Total good RX   : 34\n"
					      "Total kernel TX : 35\n"
					      "Total kernel RX : 35\n"
					      "Total HW TX     : 0\n"
					      "Total HW RX     : 0\n");
	c.printer.mode = PRINT_CSV;
	layout_ntpdata(&c.printer, &r, false);
	assert_string_equal(capture_take(&c),
		"127.0.0.2,7F000002,11123,127.0.0.1,7F000001,Normal,4,Server,1,2,4,-27,0.000000007,"
		"0.000107,0.000015,7F7F01FF,,1795424673.536711868,0.000000379,0.000001971,"
		"0.000000017,0.000080992,0.50,111,111,1111,Yes,Yes,Kernel,Kernel,35,35,35,34,35,"
		"35,0,0\n");
	layout_ntpdata(&c.printer, &r, true);
	assert_non_null(strstr(capture_take(&c), ",Kernel,Kernel,35,35,35,34\n"));
	capture_end(&c);
}

static void test_ntpdata_before_reply(void **state)
{
	struct report_ntpdata r = {.remote = ip("2001:db8::1"), .port = 123};
	struct capture c;
	json_t *root, *row;

	(void)state;
	capture_begin(&c, PRINT_CSV, false);
	layout_ntpdata(&c.printer, &r, false);
	assert_string_equal(capture_take(&c),
		"2001:db8::1,39AB9B37,123,[UNSPEC],00000000,Normal,0,Invalid,0,0,1,0,1.000000000,"
		"0.000000,0.000000,00000000,,0.000000000,0.000000000,0.000000000,0.000000000,"
		"0.000000000,0.00,000,000,0000,No,No,Invalid,Invalid,0,0,0,0,0,0,0,0\n");
	c.printer.mode = PRINT_JSON;
	print_report(&c.printer, "ntpdata", true);
	layout_ntpdata(&c.printer, &r, false);
	print_report_end(&c.printer);
	root = json_loads(capture_take(&c), 0, NULL);
	assert_non_null(root);
	row = json_array_get(json_object_get(root, "ntpdata"), 0);
	assert_string_equal(
		json_string_value(json_object_get(row, "remote_address")), "2001:db8::1");
	assert_true(json_is_null(json_object_get(row, "local_address")));
	assert_true(json_is_null(json_object_get(row, "mode")));
	assert_true(json_is_null(json_object_get(row, "reference_time")));
	assert_true(json_is_null(json_object_get(row, "tx_timestamping")));
	assert_string_equal(json_string_value(json_object_get(row, "tests_abcd")), "0000");
	assert_true(json_is_false(json_object_get(row, "interleaved")));
	json_decref(root);
	capture_end(&c);
}

/* Each test has its place, first to last from bit 9 down. */
static void test_ntpdata_tests(void **state)
{
	struct report_ntpdata r = ntpdata_of_document();
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	for (int i = 0; i < 10; i++) {
		char expected[] = "NTP tests       : 000 000 0000\n";

		expected[18 + i + (i > 2) + (i > 5)] = '1';
		r.tests = 0x200U >> i;
		layout_ntpdata(&c.printer, &r, false);
		assert_non_null(strstr(capture_take(&c), expected));
	}
	capture_end(&c);
}

static void test_activity(void **state)
{
	struct report_activity r = {4, 0, 1, 2, 4};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_activity(&c.printer, &r);
	assert_string_equal(capture_take(&c), "200 OK\n"
					      "4 sources online\n"
					      "0 sources offline\n"
					      "1 sources doing burst (return to online)\n"
					      "2 sources doing burst (return to offline)\n"
					      "4 sources with unknown address\n");
	c.printer.mode = PRINT_CSV;
	layout_activity(&c.printer, &r);
	assert_string_equal(capture_take(&c), "4,0,1,2,4\n");
	capture_end(&c);
}

static const struct report_nts nts_counters = {
	.client = {.requests = 63, .good = 60, .bad = 2, .ke_good = 1, .ke_bad = 4, .naks = 5},
	.server = {.requests_good = 24,
		.requests_bad = 7,
		.replies = 24,
		.naks = 6,
		.cookies_made = 48,
		.cookies_current = 20,
		.cookies_old = 8,
		.cookies_old2 = 2,
		.cookies_older = 1,
		.cookies_too_old = 9,
		.cookies_bad = 10,
		.cookies_not_server = 11,
		.ke_good = 3,
		.ke_no_tls = 12,
		.ke_bad = 13,
		.ke_good_wall = 1.25,
		.ke_no_tls_wall = 2,
		.ke_bad_wall = 3,
		.ke_good_cpu = 0.0014,
		.ke_no_tls_cpu = 5,
		.ke_bad_cpu = 6}};

/* The lines of ntpq -c nts, character for character, and two more. */
static void test_ntsinfo(void **state)
{
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_ntsinfo(&c.printer, &nts_counters);
	assert_string_equal(capture_take(&c), "NTS client sends:                       63\n"
					      "NTS client recvs good:                  60\n"
					      "NTS client recvs w error:                2\n"
					      "NTS server recvs good:                  24\n"
					      "NTS server recvs w error:                7\n"
					      "NTS server sends:                       24\n"
					      "NTS make cookies:                       48\n"
					      "NTS cookies not server:                 11\n"
					      "NTS decode cookies total:               31\n"
					      " NTS decode cookies current:            20\n"
					      " NTS decode cookies old:                 8\n"
					      " NTS decode cookies old2:                2\n"
					      " NTS decode cookies older:               1\n"
					      " NTS decode cookies too old:             9\n"
					      "NTS decode cookies error:               10\n"
					      "NTS KE serves good:                      3\n"
					      "NTS KE serves good wall:             1.250\n"
					      "NTS KE serves good CPU:              0.001\n"
					      "NTS KE serves no-TLS:                   12\n"
					      "NTS KE serves no-TLS wall:           2.000\n"
					      "NTS KE serves no-TLS CPU:            5.000\n"
					      "NTS KE serves bad:                      13\n"
					      "NTS KE serves bad wall:              3.000\n"
					      "NTS KE serves bad CPU:               6.000\n"
					      "NTS KE client probes good:               1\n"
					      "NTS KE client probes bad:                4\n"
					      "NTS client recvs NAK:                    5\n"
					      "NTS server sends NAK:                    6\n");
	c.printer.mode = PRINT_CSV;
	layout_ntsinfo(&c.printer, &nts_counters);
	assert_string_equal(capture_take(&c),
		"63,60,2,24,7,24,48,11,31,20,8,2,1,9,10,3,1.250,0.001,12,2.000,5.000,13,3.000,"
		"6.000,1,4,5,6\n");
	c.printer.mode = PRINT_JSON;
	print_report(&c.printer, "ntsinfo", false);
	layout_ntsinfo(&c.printer, &nts_counters);
	print_report_end(&c.printer);
	assert_string_equal(capture_take(&c),
		"{\"version\":1,\"report\":\"ntsinfo\",\"client_requests\":63,\"client_good\":60,"
		"\"client_bad\":2,\"server_good\":24,\"server_bad\":7,\"server_replies\":24,"
		"\"cookies_made\":48,\"cookies_not_server\":11,\"cookies_decoded\":31,"
		"\"cookies_current\":20,\"cookies_old\":8,\"cookies_old2\":2,\"cookies_older\":1,"
		"\"cookies_too_old\":9,\"cookies_bad\":10,\"ke_good\":3,\"ke_good_wall_s\":1.25,"
		"\"ke_good_cpu_s\":0.001,\"ke_no_tls\":12,\"ke_no_tls_wall_s\":2,"
		"\"ke_no_tls_cpu_s\":5,\"ke_bad\":13,\"ke_bad_wall_s\":3,\"ke_bad_cpu_s\":6,"
		"\"ke_client_good\":1,\"ke_client_bad\":4,\"client_naks\":5,"
		"\"server_naks\":6}\n");
	capture_end(&c);
}

static void test_refusals(void **state)
{
	struct report_refused r = {1, 2, 3, 4, 5};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_refusals(&c.printer, &r);
	assert_string_equal(capture_take(&c), "NTP packets malformed      : 1\n"
					      "NTP packets denied         : 2\n"
					      "NTP packets not authentic  : 3\n"
					      "NTP packets of other modes : 4\n"
					      "NTP answers not sent       : 5\n");
	c.printer.mode = PRINT_CSV;
	layout_refusals(&c.printer, &r);
	assert_string_equal(capture_take(&c), "1,2,3,4,5\n");
	capture_end(&c);
}

static void test_serverstats(void **state)
{
	struct report_serverstats r = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_serverstats(&c.printer, &r, CMDMON_REPLY_SERVER_STATS);
	assert_string_equal(capture_take(&c), "NTP packets received       : 1\n"
					      "NTP packets dropped        : 4\n"
					      "Command packets received   : 3\n"
					      "Command packets dropped    : 6\n"
					      "Client log records dropped : 7\n"
					      "NTS-KE connections accepted: 2\n"
					      "NTS-KE connections dropped : 5\n"
					      "Authenticated NTP packets  : 8\n"
					      "Interleaved NTP packets    : 9\n"
					      "NTP timestamps held        : 10\n"
					      "NTP timestamp span         : 11\n"
					      "NTP daemon RX timestamps   : 12\n"
					      "NTP daemon TX timestamps   : 13\n"
					      "NTP kernel RX timestamps   : 14\n"
					      "NTP kernel TX timestamps   : 15\n"
					      "NTP hardware RX timestamps : 16\n"
					      "NTP hardware TX timestamps : 17\n");
	c.printer.mode = PRINT_CSV;
	layout_serverstats(&c.printer, &r, CMDMON_REPLY_SERVER_STATS);
	assert_string_equal(capture_take(&c), "1,4,3,6,7,2,5,8,9,10,11,12,13,14,15,16,17\n");
	layout_serverstats(&c.printer, &r, CMDMON_REPLY_SERVER_STATS3);
	assert_string_equal(capture_take(&c), "1,4,3,6,7,2,5,8,9,10,11\n");
	layout_serverstats(&c.printer, &r, CMDMON_REPLY_SERVER_STATS2);
	assert_string_equal(capture_take(&c), "1,4,3,6,7,2,5,8\n");
	capture_end(&c);
}

static void test_clients(void **state)
{
	struct address a = ip("127.0.0.1");
	struct report_client r = {a, 68, 9, 0, 0, 8, 0, 0, 6, 127, 127, 1, 7, REPORT_NEVER};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_clients_header(&c.printer, false);
	layout_client(&c.printer, WHO("localhost", &a), &r, false);
	assert_string_equal(capture_take(&c),
		"Hostname                      NTP   Drop Int IntL Last     Cmd   Drop Int  Last\n"
		"===============================================================================\n"
		"localhost                      68      0   0   -     1       0      0   -     "
		"-\n");
	layout_clients_header(&c.printer, true);
	layout_client(&c.printer, WHO("localhost", &a), &r, true);
	assert_string_equal(capture_take(&c),
		"Hostname                      NTP   Drop Int IntL Last  NTS-KE   Drop Int  Last\n"
		"===============================================================================\n"
		"localhost                      68      0   0   -     1       9      8   6     "
		"7\n");
	c.printer.mode = PRINT_CSV;
	r.cmd_age = 49;
	r.cmd_interval = 127;
	layout_client(&c.printer, WHO("127.0.0.1", &a), &r, false);
	assert_string_equal(capture_take(&c), "127.0.0.1,68,0,0,127,1,0,0,127,49\n");
	capture_end(&c);
}

static void test_rtcdata(void **state)
{
	struct report_rtc r = {INT64_C(1432970756000000005), 10, 5, 549, -1.632736, -107.623};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_rtcdata(&c.printer, &r);
	assert_string_equal(capture_take(&c), "RTC ref time (UTC) : Sat May 30 07:25:56 2015\n"
					      "Number of samples  : 10\n"
					      "Number of runs     : 5\n"
					      "Sample span period :  549\n"
					      "RTC is fast by     :    -1.632736 seconds\n"
					      "RTC gains time at  :  -107.623 ppm\n");
	c.printer.mode = PRINT_CSV;
	layout_rtcdata(&c.printer, &r);
	assert_string_equal(capture_take(&c), "1432970756.000000005,10,5,549,-1.632736,-107.623\n");
	capture_end(&c);
}

static void test_smoothing(void **state)
{
	struct report_smoothing r = {true, false, -1.96e-7, 0.051586, 0.01, 0.5, 6.3};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_smoothing(&c.printer, &r);
	assert_string_equal(capture_take(&c), "Active         : Yes \n"
					      "Offset         : -0.000000196 seconds\n"
					      "Frequency      : +0.051586 ppm\n"
					      "Wander         : +0.010000 ppm per second\n"
					      "Last update    : 0.5 seconds ago\n"
					      "Remaining time : 6.3 seconds\n");
	c.printer.mode = PRINT_CSV;
	layout_smoothing(&c.printer, &r);
	assert_string_equal(capture_take(&c), "Yes,,-0.000000196,0.051586,0.010000,0.5,6.3\n");
	r.active = false;
	r.leap_only = true;
	layout_smoothing(&c.printer, &r);
	assert_string_equal(
		capture_take(&c), "No,(leap second only),-0.000000196,0.051586,0.010000,0.5,6.3\n");
	capture_end(&c);
}

static void test_manual_list(void **state)
{
	static const struct report_manual_sample samples[] = {
		{INT64_C(1795424816177051089), -1.82, -1.47, 1e-9},
		{INT64_C(1795424817999999937), -0.001, 2.03, 0},
	};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, true);
	layout_manual_list(&c.printer, samples, 2);
	assert_string_equal(capture_take(&c),
		"210 n_samples = 2\n"
		"#    Date     Time(UTC)    Slewed   Original   Residual\n"
		"=======================================================\n"
		" 0 2026-11-23 09:06:56      -1.82      -1.47       0.00\n"
		" 1 2026-11-23 09:06:57      -0.00       2.03       0.00\n");
	c.printer.mode = PRINT_CSV;
	layout_manual_list(&c.printer, samples, 1);
	assert_string_equal(capture_take(&c), "0,2026-11-23 09:06:56,-1.82,-1.47,0.00\n");
	capture_end(&c);
}

static void test_waitsync(void **state)
{
	struct report_tracking r = {.refid = 0x7f000002, .correction = -7.14e-7, .skew_ppm = 0.012};
	struct capture c;

	(void)state;
	capture_begin(&c, PRINT_HUMAN, false);
	layout_waitsync(&c.printer, 1, &r);
	assert_string_equal(capture_take(&c),
		"try: 1, refid: 7F000002, correction: 0.000000714, skew: 0.012\n");
	c.printer.mode = PRINT_CSV;
	layout_waitsync(&c.printer, 1, &r);
	assert_string_equal(capture_take(&c), "1,7F000002,0.000000714,0.012\n");
	capture_end(&c);
}

static void test_refids(void **state)
{
	struct address six = ip("2001:db8::1"), four = ip("192.0.2.1"), id = address_id(7);
	char text[5];

	(void)state;
	layout_refid_text(0x47505300, text);
	assert_string_equal(text, "GPS");
	layout_refid_text(0x01410242, text);
	assert_string_equal(text, "AB");
	layout_refid_text(0x7f7f01ff, text);
	assert_string_equal(text, "");
	assert_int_equal(address_refid(&four), 0xc0000201);
	/* The first four bytes of the MD5 of the address. */
	assert_int_equal(address_refid(&six), 0x39ab9b37);
	assert_int_equal(address_refid(&id), 0);
	assert_int_equal(address_refid(&nowhere), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tracking),
		cmocka_unit_test(test_tracking_unsynchronised),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_sources_json),
		cmocka_unit_test(test_legends),
		cmocka_unit_test(test_sourcestats),
		cmocka_unit_test(test_selectdata),
		cmocka_unit_test(test_authdata),
		cmocka_unit_test(test_ntpdata),
		cmocka_unit_test(test_ntpdata_before_reply),
		cmocka_unit_test(test_ntpdata_tests),
		cmocka_unit_test(test_activity),
		cmocka_unit_test(test_ntsinfo),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_serverstats),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_rtcdata),
		cmocka_unit_test(test_smoothing),
		cmocka_unit_test(test_manual_list),
		cmocka_unit_test(test_waitsync),
		cmocka_unit_test(test_refids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
