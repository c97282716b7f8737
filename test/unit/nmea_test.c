/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences of receivers, and gpsd's reports.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "common/instant.h"
#include "refclocks/gpsd_report.h"
#include "refclocks/json_reader.h"
#include "refclocks/nmea_sentence.h"

#define NOVEMBER_2026 INT64_C(1795424846)

/** A sentence with its checksum. */
static const char *sum(const char *body)
{
	static char line[256];
	unsigned v = 0;

	for (const char *c = body; *c; c++)
		v ^= (unsigned char)*c;
	snprintf(line, sizeof(line), "$%s*%02X", body, v);
	return line;
}

static int parse(const char *body, struct nmea_sentence *ret)
{
	return nmea_parse(sum(body), 0, ret);
}

static void sentences_tell_the_time(void **state)
{
	struct nmea_sentence s;

	(void)state;
	/* As the standard's own examples are written. */
	assert_int_equal(
		nmea_parse("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
			0, &s),
		0);
	assert_int_equal(s.kind, NMEA_RMC);
	assert_true(s.says_fix && s.fix && s.has_time);
	/* Two digits of the year are of this century. */
	assert_int_equal(parse("GNRMC,090726.250,A,,,,,,,231126,,,A", &s), 0);
	assert_true(s.utc == NOVEMBER_2026 * INSTANT_S + 250000000);
	assert_int_equal(nmea_parse("$GPZDA,201530.00,04,07,2002,00,00*60", 0, &s), 0);
	assert_int_equal(s.kind, NMEA_ZDA);
	assert_false(s.says_fix);
	assert_true(s.utc == INT64_C(1025813730) * INSTANT_S);
	assert_int_equal(parse("GPGGA,123519,4807.038,N,01131.0,E,1,08,0.9,545.4,M,,M,,", &s), 0);
	assert_true(s.kind == NMEA_GGA && s.says_fix && s.fix && s.has_time && s.dateless);
	assert_int_equal(parse("GPGGA,123519,,,,,0,08,0.9,545.4,M,,M,,", &s), 0);
	assert_true(s.says_fix && !s.fix);
	assert_int_equal(parse("GPGSV,3,1,11,03,03,111,00", &s), 0);
	assert_int_equal(s.kind, NMEA_OTHER);
	assert_int_equal(parse("PUBX,04,", &s), 0);
	assert_int_equal(s.kind, NMEA_OTHER);
	/* Leap days and the leap second. */
	assert_int_equal(parse("GPRMC,000000,A,,,,,,,290228,,", &s), 0);
	assert_true(s.utc == INT64_C(1835395200) * INSTANT_S);
	assert_int_equal(parse("GPRMC,235960,A,,,,,,,311226,,", &s), 0);
	assert_true(s.leap_second);
}

static void no_fix_is_told(void **state)
{
	struct nmea_sentence s;

	(void)state;
	assert_int_equal(parse("GPRMC,,V,,,,,,,,,,N", &s), 0);
	assert_true(s.says_fix && !s.fix && !s.has_time);
	/* The receiver's own clock goes on. */
	assert_int_equal(parse("GPRMC,090726,V,,,,,,,231126,,,N", &s), 0);
	assert_true(s.says_fix && !s.fix && s.has_time);
	assert_int_equal(parse("GPZDA,,,,,,", &s), 0);
	assert_false(s.has_time);
}

/** GGA and GLL know the time of day alone. */
static void days_are_ours(void **state)
{
	static const struct {
		const char *body;
		int64_t ours, utc; /* s, from 2026-11-23 09:07:26 on */
	} rows[] = {
		{"GPGGA,090726.50,4807.038,N,01131.0,E,1,08,0.9,545.4,M,,M,,", 30000, 0},
		{"GPGLL,4916.45,N,12311.12,W,090726.50,A,A", -30000, 0},
		{"GPGLL,4916.45,N,12311.12,W,090726.50,A", 50000, 86400},
		{"GPGLL,4916.45,N,12311.12,W,090726.50,A", -50000, -86400},
		{"GPGLL,4916.45,N,12311.12,W,090726.50,A", INT64_C(-86400) * 9000,
			INT64_C(-86400) * 9000},
	};
	struct nmea_sentence s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].body, &s), 0);
		assert_true(s.has_time && s.fix && s.dateless);
		nmea_date(&s, (NOVEMBER_2026 + rows[i].ours) * INSTANT_S);
		assert_false(s.dateless);
		assert_true(s.utc == (NOVEMBER_2026 + rows[i].utc) * INSTANT_S + INSTANT_S / 2);
	}
	/* Any other kind has its own. */
	assert_int_equal(parse("GPRMC,090726,A,,,,,,,231126,,", &s), 0);
	nmea_date(&s, 0);
	assert_true(s.utc == NOVEMBER_2026 * INSTANT_S);
	assert_int_equal(parse("GPGLL,,,,,,V,N", &s), 0);
	assert_true(s.kind == NMEA_GLL && s.says_fix && !s.fix && !s.has_time);
}

static void kinds_have_names(void **state)
{
	static const char *const bad[] = {
		"", "+", "RMC+", "+RMC", "RMC,ZDA", "GSV", "RM", "RMCA", "RMC++ZDA"};
	unsigned kinds = 0;

	(void)state;
	assert_true(nmea_kinds_of("RMC", &kinds));
	assert_int_equal(kinds, 1 << NMEA_RMC);
	assert_true(nmea_kinds_of("gga+RMC+zda+GLL+GGA", &kinds));
	assert_int_equal(kinds, 1 << NMEA_RMC | 1 << NMEA_GGA | 1 << NMEA_ZDA | 1 << NMEA_GLL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (nmea_kinds_of(bad[i], &kinds))
			fail_msg("%s was read", bad[i]);
}

static void weeks_roll_over(void **state)
{
	struct nmea_sentence s;
	int64_t earliest = INT64_C(1767225600) * INSTANT_S;

	(void)state;
	/* 1024 weeks before 2026-11-23. */
	assert_int_equal(nmea_parse(sum("GPRMC,090726,A,,,,,,,090407,,"), earliest, &s), 0);
	assert_int_equal(s.rollovers, 1);
	assert_true(s.utc == NOVEMBER_2026 * INSTANT_S);
	assert_int_equal(nmea_parse(sum("GPRMC,090726,A,,,,,,,231126,,"), earliest, &s), 0);
	assert_int_equal(s.rollovers, 0);
	assert_int_equal(nmea_parse(sum("GPZDA,090726,06,01,1980,00,00"), earliest, &s), 0);
	assert_int_equal(s.rollovers, 3);
}

static void bad_sentences_are_refused(void **state)
{
	static const char *const bad[] = {"GPRMC", "GPRMC,090726,A,,,,,,,231326,,",
		"GPRMC,090726,A,,,,,,,300226,,", "GPRMC,240000,A,,,,,,,231126,,",
		"GPRMC,096000,A,,,,,,,231126,,", "GPRMC,090761,A,,,,,,,231126,,",
		"GPRMC,0907,A,,,,,,,231126,,", "GPRMC,090726x,A,,,,,,,231126,,",
		"GPRMC,090726,A,,,,,,,23112,,", "GPRMC,090726,A,,,,,,,2311260,,",
		"GPRMC,,A,,,,,,,231126,,", "GPZDA,090726,23,11", "GPZDA,090726,23,11,26,00,00",
		"GPZDA,090726,-1,11,2026,00,00", "GPGGA,090726,,,,", "GPGGA,096000,,,,,1,08",
		"GPGGA,,,,,,1,08", "GPGLL,,,,,090726", "GPGLL,4916.45,N,12311.12,W,0907,A"};
	struct nmea_sentence s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i], &s) != -EINVAL)
			fail_msg("%s was read", bad[i]);
	assert_int_equal(nmea_parse("", 0, &s), -EINVAL);
	assert_int_equal(nmea_parse("GPRMC", 0, &s), -EINVAL);
	assert_int_equal(nmea_parse("$GPZDA,201530.00,04,07,2002,00,00*61", 0, &s), -EBADMSG);
	assert_int_equal(nmea_parse("$GPZDA,201530.00,04,07,2002,00,00", 0, &s), -EBADMSG);
	assert_int_equal(nmea_parse("$GPZDA,201530.00,04,07,2002,00,00*6", 0, &s), -EBADMSG);
	assert_int_equal(nmea_parse("$GPZDA,201530.00,04,07,2002,00,00*600", 0, &s), -EBADMSG);
	assert_int_equal(nmea_parse("$*", 0, &s), -EBADMSG);
	assert_int_equal(nmea_parse("$*00", 0, &s), 0);
}

/** Feeds a text byte by byte. Returns the lines that came out, each with a bar. */
static const char *collect(struct nmea_line *line, const char *text)
{
	static char out[512];

	out[0] = '\0';
	for (; *text; text++)
		if (nmea_collect(line, (uint8_t)*text)) {
			strcat(out, line->text);
			strcat(out, "|");
		}
	return out;
}

static void lines_are_collected(void **state)
{
	struct nmea_line line = {.n = 0};
	char long_text[400];

	(void)state;
	assert_string_equal(collect(&line, "$A*1\r\n$B*2\n\r\n"), "$A*1|$B*2|");
	assert_string_equal(collect(&line, "$lost in the mid$C*3\r\n"), "$C*3|");
	memset(long_text, 'x', sizeof(long_text));
	long_text[0] = '$';
	strcpy(long_text + 300, "\n$D*4\n");
	assert_string_equal(collect(&line, long_text), "$D*4|");
}

static int gpsd(const char *line, struct gpsd_report *ret)
{
	return gpsd_parse(line, strlen(line), ret);
}

static void reports_of_gpsd(void **state)
{
	struct gpsd_report r;

	(void)state;
	assert_int_equal(
		gpsd("{\"class\":\"TOFF\",\"device\":\"/dev/ttyS0\",\"real_sec\":1795424846, "
		     "\"real_nsec\":0,\"clock_sec\":1795424846,\"clock_nsec\":123456789}\r",
			&r),
		0);
	assert_int_equal(r.class, GPSD_TOFF);
	assert_string_equal(r.device, "/dev/ttyS0");
	assert_true(r.clock - r.real == 123456789);
	assert_int_equal(
		gpsd("{\"class\":\"TPV\",\"mode\":3,\"lat\":46.4,\"x\":[1,{\"mode\":1}]}", &r), 0);
	assert_int_equal(r.class, GPSD_TPV);
	assert_int_equal(r.mode, 3);
	assert_int_equal(
		gpsd("{\"class\":\"SKY\",\"satellites\":[{\"PRN\":1},{}],\"n\":[]}", &r), 0);
	assert_int_equal(r.class, GPSD_OTHER);
	assert_int_equal(gpsd("{}", &r), 0);
	/* A time with a part missing, or out of range. */
	assert_int_equal(
		gpsd("{\"class\":\"PPS\",\"real_sec\":1,\"real_nsec\":0,\"clock_sec\":1}", &r),
		-EINVAL);
	assert_int_equal(gpsd("{\"class\":\"PPS\",\"real_sec\":1,\"real_nsec\":1000000000,"
			      "\"clock_sec\":1,\"clock_nsec\":0}",
				 &r),
		-EINVAL);
	assert_int_equal(gpsd("{\"class\":\"PPS\",\"real_sec\":1.5,\"real_nsec\":0,"
			      "\"clock_sec\":1,\"clock_nsec\":0}",
				 &r),
		-EINVAL);
}

static void ignore(void *arg, const char *name, const struct json_value *v)
{
	(void)arg;
	(void)name;
	(void)v;
}

static void json_has_rules(void **state)
{
	static const char *const good[] = {"{}", " { } ", "{\"a\":1}", "{\"a\":-1.5e+3,\"b\":null}",
		"{\"a\":[[],[[1,2],{}],{\"x\":[true,false]}]}", "{\"a\\u00e9\\n\":\"\\\"\\/\"}",
		"{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"};
	static const char *const bad[] = {"", "{", "[]", "1", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
		"{\"a\":1}x", "{a:1}", "{\"a\":01x}", "{\"a\":1.}", "{\"a\":-}", "{\"a\":1e}",
		"{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":{\"b\"}}", "{\"a\":{\"b\":1,}}",
		"{\"a\":[1}", "{\"a\":{]}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\n\"}", "{\"a\":tru}", "{\"a", "{\"a\":\"", "{\"a\":[",
		"{\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (json_read(good[i], strlen(good[i]), ignore, NULL) != 0)
			fail_msg("%s was refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (json_read(bad[i], strlen(bad[i]), ignore, NULL) != -EINVAL)
			fail_msg("%s was read", bad[i]);
}

/* Whoever hides where he is does so when a byte of the sentence was lost on the line too. */
static void positions_are_hidden(void **state)
{
	static const struct {
		const char *line, *hidden;
	} rows[] = {
		{"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
			"$GPRMC,123519,A,____.___,_,_____.___,_,022.4,084.4,230394,003.1,W*6A"},
		{"$GPZDA,201530.00,04,07,2002,00,00*60", "$GPZDA,201530.00,04,07,2002,00,00*60"},
		/* without the first comma, and with another letter */
		{"$GPRMC123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
			"$___________,_,____.___,_,_____.___,_,___._,___._,______,___._,_*__"},
		{"$GPRMA,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A",
			"$_____,______,_,____.___,_,_____.___,_,___._,___._,______,___._,_*__"},
	};
	struct nmea_sentence s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[NMEA_MAX + 1];

		snprintf(line, sizeof(line), "%s", rows[i].line);
		nmea_hide(line, nmea_parse(line, 0, &s) == 0);
		assert_string_equal(line, rows[i].hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_tell_the_time),
		cmocka_unit_test(no_fix_is_told),
		cmocka_unit_test(days_are_ours),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(weeks_roll_over),
		cmocka_unit_test(bad_sentences_are_refused),
		cmocka_unit_test(lines_are_collected),
		cmocka_unit_test(reports_of_gpsd),
		cmocka_unit_test(json_has_rules),
		cmocka_unit_test(positions_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
