/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement logs against lines that chronyd wrote (chrony-files 2), byte for byte.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include "daemon/logs/logs.h"
#include "refclocks/refclock.h"

#define DIR "/var/log"

extern const struct refclock_driver refclock_driver_local;

/** 2026-11-23 09:03:13 UTC. */
#define AT_0903_13 (INT64_C(1795424593) * INSTANT_S)

#define RAW (SETTINGS_LOG_MEASUREMENTS | SETTINGS_LOG_RAW_MEASUREMENTS)

static const char measurements_banner[] =
	"================================================================================"
	"========================================================\n"
	"   Date (UTC) Time     IP Address   L St 123 567 ABCD  LP RP Score    Offset  Peer del."
	" Peer disp.  Root del. Root disp. Refid     MTxRx\n"
	"================================================================================"
	"========================================================\n";

static struct logs *make(struct world *w, unsigned which)
{
	struct logs *l;

	strcpy(w->settings->logdir, DIR);
	w->settings->logs = which;
	assert_int_equal(logs_create(w->settings, &w->kernel, &w->log, &l), 0);
	return l;
}

static void has(struct world *w, const char *path, const char *a, const char *b)
{
	const struct world_file *f = world_file(w, path);
	char both[4096];

	assert_non_null(f);
	snprintf(both, sizeof(both), "%s%s", a, b);
	assert_string_equal((const char *)f->p, both);
}

/** The first line of the sample. */
static struct protocol_measurement measurement(void)
{
	return (struct protocol_measurement){
		.address = world_address("127.0.0.2"),
		.truth = AT_0903_13,
		.leap = LEAP_NONE,
		.stratum = 8,
		.mode = 4,
		.tests = PROTOCOL_TESTS_ALL,
		.offset = -2.666e-6,
		.delay = 5.949e-6,
		.dispersion = 2.555e-7,
		.refid = 0x7f7f0101,
		.tx_stamp = 'K',
		.rx_stamp = 'K',
	};
}

static void test_measurements(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, RAW);
	struct protocol_measurement m = measurement();

	logs_measurement(l, NULL, &m);
	m.truth += INSTANT_S;
	m.tests &= ~(unsigned)PROTOCOL_TEST_A;
	m.poll_score = 0.02;
	m.offset = 3.150e-7;
	m.delay = 1.983e-6;
	m.dispersion = 5.103e-4;
	m.interleaved = true;
	logs_measurement(l, NULL, &m);
	m = (struct protocol_measurement){
		.address = world_address("127.0.1.64"),
		.truth = AT_0903_13 + (17 * 60 + 45) * INSTANT_S,
		.leap = LEAP_UNSYNCHRONISED,
		.mode = 4,
		.tests = PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_3 | PROTOCOL_TEST_5 |
			 PROTOCOL_TEST_7,
		.local_poll = 3,
		.remote_poll = 3,
		.poll_score = 0.1,
		.refid = 0x52415445,
		.tx_stamp = 'K',
		.rx_stamp = 'K',
	};
	logs_measurement(l, NULL, &m);
	logs_destroy(l);
	has(w, DIR "/measurements.log", measurements_banner,
		"2026-11-23 09:03:13 127.0.0.2       N  8 111 111 1111   0  0 0.00 -2.666e-06"
		"  5.949e-06  2.555e-07  0.000e+00  0.000e+00 7F7F0101 4B K K\n"
		"2026-11-23 09:03:14 127.0.0.2       N  8 111 111 0111   0  0 0.02  3.150e-07"
		"  1.983e-06  5.103e-04  0.000e+00  0.000e+00 7F7F0101 4I K K\n"
		"2026-11-23 09:20:58 127.0.1.64      ?  0 111 101 0000   3  3 0.10  0.000e+00"
		"  0.000e+00  0.000e+00  0.000e+00  0.000e+00 52415445 4B K K\n");
}

static void test_measurements_that_passed(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, SETTINGS_LOG_MEASUREMENTS);
	struct protocol_measurement m = measurement();

	w->settings->logbanner = 0;
	/* What failed one of the tests 1 to 7 is for rawmeasurements only. */
	m.tests = PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_6;
	logs_measurement(l, NULL, &m);
	assert_null(world_file(w, DIR "/measurements.log"));
	m.tests = PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_C;
	logs_measurement(l, NULL, &m);
	has(w, DIR "/measurements.log", "",
		"2026-11-23 09:03:13 127.0.0.2       N  8 111 111 1101   0  0 0.00 -2.666e-06"
		"  5.949e-06  2.555e-07  0.000e+00  0.000e+00 7F7F0101 4B K K\n");
	logs_destroy(l);
}

static void test_tracking(void **state)
{
	static const char banner[] =
		"================================================================================"
		"===================================================\n"
		"   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     Offset L Co"
		"  Offset sd Rem. corr. Root delay Root disp. Max. error\n"
		"================================================================================"
		"===================================================\n";
	struct world *w = *state;
	struct logs *l = make(w, SETTINGS_LOG_TRACKING);
	struct discipline_update u = {
		.truth = AT_0903_13 - INSTANT_S,
		.skew_ppm = 1000000,
		.leap = LEAP_UNSYNCHRONISED,
		.remaining = 0.0,
		.root_delay = 1,
		.root_dispersion = 1,
		.max_error = 1.5,
	};

	logs_tracking(l, &u);
	world_add(w, SOURCE_SERVER, "127.0.0.2");
	u = (struct discipline_update){
		.truth = AT_0903_13 + (4 * 60 + 14) * INSTANT_S,
		.source = world_source(w, "127.0.0.2"),
		.refid = 0x7f000002,
		.stratum = 2,
		.frequency_ppm = 0.337,
		.skew_ppm = 0.027,
		.offset = -2.587e-8,
		.combined = 1,
		.offset_sd = 8.359e-8,
		.remaining = 2.075e-7,
		.root_delay = 1.080e-4,
		.root_dispersion = 1.674e-5,
		.max_error = 7.233e-5,
	};
	logs_tracking(l, &u);
	u = (struct discipline_update){
		.truth = AT_0903_13 + (3 * 60 + 43) * INSTANT_S,
		.refid = 0x4d414e55,
		.stratum = 1,
		.skew_ppm = 99999.999,
		.offset = -1.47,
		.leap = LEAP_UNSYNCHRONISED,
		.combined = 1,
		.remaining = 0.0,
		.root_dispersion = 5.933e-2,
		.max_error = 1.5,
	};
	logs_tracking(l, &u);
	u.refid = REFID_LOCAL;
	u.leap = LEAP_INSERT;
	logs_tracking(l, &u);
	logs_destroy(l);
	has(w, DIR "/tracking.log", banner,
		"2026-11-23 09:03:12 0.0.0.0          0      0.000 1000000.000  0.000e+00 ?  0"
		"  0.000e+00 -0.000e+00  1.000e+00  1.000e+00  1.500e+00\n"
		"2026-11-23 09:07:27 127.0.0.2        2      0.337      0.027 -2.587e-08 N  1"
		"  8.359e-08  2.075e-07  1.080e-04  1.674e-05  7.233e-05\n"
		"2026-11-23 09:06:56 MANU             1      0.000  99999.999 -1.470e+00 ?  1"
		"  0.000e+00 -0.000e+00  0.000e+00  5.933e-02  1.500e+00\n"
		"2026-11-23 09:06:56 127.127.1.1      1      0.000  99999.999 -1.470e+00 +  1"
		"  0.000e+00 -0.000e+00  0.000e+00  5.933e-02  1.500e+00\n");
}

static void test_selection(void **state)
{
	static const char banner[] =
		"================================================================================"
		"=======\n"
		"   Date (UTC) Time     IP Address   S EOpts Reach Score Last sample  Low end"
		"   High end\n"
		"================================================================================"
		"=======\n";
	struct world *w = *state;
	struct logs *l = make(w, SETTINGS_LOG_SELECTION);
	struct select_candidate c[2] = {
		{
			.state = SELECT_MISSING_SAMPLES,
			.effective = SELECT_TRUST | SELECT_REQUIRE,
			.reach = 1,
			.score = 1,
			.age = 6.934e-5,
			/* True minus local: the log has it the other way round. */
			.low = -6.035e-6,
			.high = 7.027e-7,
		},
		{
			.state = SELECT_SELECTED,
			.effective = SELECT_NOSELECT | SELECT_PREFER,
			.reach = 0377,
			.score = 1,
			.age = 1.948,
			.low = -6.998e-5,
			.high = 6.923e-5,
		},
	};

	world_add(w, SOURCE_SERVER, "127.0.0.2");
	world_add(w, SOURCE_SERVER, "2001:db8::1:2:3");
	c[0].source = sources_at(w->sources, 0);
	c[1].source = sources_at(w->sources, 1);
	logs_selection(l, AT_0903_13, c, 2);
	/* nothing heard yet */
	c[0].reach = 0;
	c[0].age = c[0].low = c[0].high = 0;
	logs_selection(l, AT_0903_13, c, 1);
	logs_destroy(l);
	has(w, DIR "/selection.log", banner,
		"2026-11-23 09:03:13 127.0.0.2       M ---TR    1  1.00  6.934e-05 -7.027e-07"
		"  6.035e-06\n"
		"2026-11-23 09:03:13 2001:db8::1:2:3 * -NP--  377  1.00  1.948e+00 -6.923e-05"
		"  6.998e-05\n"
		"2026-11-23 09:03:13 127.0.0.2       M ---TR    0  1.00  0.000e+00  0.000e+00"
		"  0.000e+00\n");
}

/** The format, and a clock known to be slow and to lose: the log has it negative. */
static void test_statistics(void **state)
{
	static const char banner[] =
		"================================================================================"
		"====================================\n"
		"   Date (UTC) Time     IP Address    Std dev'n Est offset  Offset sd  Diff freq"
		"   Est skew  Stress  Ns  Bs  Nr  Asym\n"
		"================================================================================"
		"====================================\n";
	struct world *w = *state;
	struct logs *l = make(w, SETTINGS_LOG_STATISTICS);
	struct report_sourcestats stats;
	const struct world_file *f;
	char date[11], time[9], name[32], *line;
	double v[6], asym;
	int n[3], end;

	world_add(w, SOURCE_SERVER, "127.0.0.2");
	sources_start(w->sources);
	for (int i = 0; i < 2; i++) {
		world_respond(w, "127.0.0.2", 1e-3 + i * 5e-6, 1e-4);
		world_run(w, 1);
		logs_statistics(l, w->sources, world_source(w, "127.0.0.2"), AT_0903_13);
	}
	assert_null(world_file(w, DIR "/statistics.log"));
	for (int i = 2; i < 20; i++) {
		world_respond(w, "127.0.0.2", 1e-3 + i * 5e-6, 1e-4);
		world_run(w, 1);
	}
	logs_statistics(l, w->sources, world_source(w, "127.0.0.2"), AT_0903_13);
	logs_destroy(l);
	f = world_file(w, DIR "/statistics.log");
	assert_non_null(f);
	line = (char *)f->p + strlen(banner);
	assert_memory_equal(f->p, banner, strlen(banner));
	/* Columns of the width of chrony's line. */
	assert_int_equal(strlen(line), 117);
	assert_int_equal(sscanf(line, "%10s %8s %31s %lf %lf %lf %lf %lf %lf %d %d %d %lf\n%n",
				 date, time, name, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &n[0],
				 &n[1], &n[2], &asym, &end),
		13);
	assert_int_equal(end, 117);
	assert_memory_equal(line, "2026-11-23 09:03:13 127.0.0.2       ", 36);
	assert_true(v[1] < -1e-3 && v[1] > -1.2e-3);
	assert_true(v[3] < -3e-6 && v[3] > -7e-6);
	source_report_stats(w->sources, world_source(w, "127.0.0.2"), &stats);
	assert_int_equal(n[0], stats.samples);
	assert_int_equal(n[1], 0);
	assert_int_equal(n[2], stats.runs);
}

static void test_refclocks(void **state)
{
	static const char banner[] =
		"===============================================================================\n"
		"   Date (UTC) Time         Refid  DP L P  Raw offset   Cooked offset      Disp.\n"
		"===============================================================================\n";
	struct world *w = *state;
	struct logs *l = make(w, SETTINGS_LOG_REFCLOCKS);
	struct settings_refclock o = settings_refclock_default();
	struct source_refclock_sample m = {
		.truth = AT_0903_13 + 276209999,
		.raw = -2.632e-6,
		.cooked = -2.632e-6,
		.dispersion = 1e-6,
	};
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));

	strcpy(o.parameter, "0");
	o.refid = 0x47505330;
	assert_int_equal(sources_add_refclock(w->sources, &o, &refclock_driver_local, &why), 0);
	o.refid = 0x53484d37;
	assert_int_equal(sources_add_refclock(w->sources, &o, &refclock_driver_local, &why), 0);
	logs_refclock(l, sources_at(w->sources, 0), &m);
	m = (struct source_refclock_sample){
		.truth = AT_0903_13 + (29 * 60 + 33) * INSTANT_S + 609093000,
		.tick = -1,
		.cooked = 4.998704e-4,
		.dispersion = 1e-8,
	};
	logs_refclock(l, sources_at(w->sources, 1), &m);
	logs_destroy(l);
	has(w, DIR "/refclocks.log", banner,
		"2026-11-23 09:03:13.276209 GPS0    0 N 0 -2.632000e-06 -2.632000e-06  1.000e-06\n"
		"2026-11-23 09:32:46.609093 SHM7    - N -       -        4.998704e-04  1.000e-08"
		"\n");
}

/** How many banners a file has: rows of '=' over two. */
static unsigned banners(struct world *w)
{
	const char *p = (const char *)world_file(w, DIR "/measurements.log")->p;
	unsigned rows = 0;

	for (; *p != '\0'; p = strchr(p, '\n') + 1)
		rows += *p == '=';
	return rows / 2;
}

static void test_banner_and_cycle(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, RAW);
	struct protocol_measurement m = measurement();

	w->settings->logbanner = 3;
	for (int i = 0; i < 7; i++)
		logs_measurement(l, NULL, &m);
	assert_int_equal(banners(w), 3);
	world_remove(&w->kernel, DIR "/measurements.log");
	logs_cycle(l);
	for (int i = 0; i < 3; i++)
		logs_measurement(l, NULL, &m);
	assert_int_equal(banners(w), 1);
	logs_destroy(l);
}

static void test_cannot_write(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, RAW);
	struct protocol_measurement m = measurement();

	w->read_only = true;
	logs_measurement(l, NULL, &m);
	logs_measurement(l, NULL, &m);
	/* Said once, until it is cyclelogs' turn. */
	world_logged(w, "2 Could not open " DIR "/measurements.log : Read-only file system\n");
	logs_cycle(l);
	logs_measurement(l, NULL, &m);
	world_logged(w, "2 Could not open " DIR "/measurements.log : Read-only file system\n");
	logs_measurement(l, NULL, &m);
	w->read_only = false;
	logs_measurement(l, NULL, &m);
	world_logged(w, "1 Writing to " DIR "/measurements.log again, 2 lines were lost\n");
	assert_int_equal(banners(w), 1);
	logs_measurement(l, NULL, &m);
	world_logged(w, "");
	logs_destroy(l);
}

static void test_no_directory(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, RAW | SETTINGS_LOG_TRACKING);
	struct protocol_measurement m = measurement();
	struct discipline_update u = {.truth = AT_0903_13};

	w->settings->logdir[0] = '\0';
	logs_measurement(l, NULL, &m);
	logs_measurement(l, NULL, &m);
	logs_tracking(l, &u);
	world_logged(w, "1 logdir not specified\n1 logdir not specified\n");
	logs_destroy(l);
}

static void test_off(void **state)
{
	struct world *w = *state;
	struct logs *l = make(w, 0);
	struct protocol_measurement m = measurement();

	logs_measurement(l, NULL, &m);
	assert_null(world_file(w, DIR "/measurements.log"));
	logs_destroy(l);
	logs_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_measurements),
		TEST(test_measurements_that_passed),
		TEST(test_tracking),
		TEST(test_selection),
		TEST(test_statistics),
		TEST(test_refclocks),
		TEST(test_banner_and_cycle),
		TEST(test_cannot_write),
		TEST(test_no_directory),
		TEST(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
