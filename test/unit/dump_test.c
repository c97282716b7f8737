/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dump files: chrony's text byte for byte, everything else refused, and the way through a restart.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include <math.h>

#include "daemon/source/dump.h"
#include "refclocks/refclock.h"

#define DIR "/var/lib/dump"

extern const struct refclock_driver refclock_driver_local;

/* As written by chronyd (chrony-files 1.2), with two of its nine samples. */
#define HEAD                                                                                       \
	"SRC0\n127.0.0.2\n"                                                                        \
	"1 0 1 1 0\n"                                                                              \
	"2 -2\n"
#define LINE_1                                                                                     \
	"1795424784.740068117 -1.062020e-07 -1.540000e-07 1.872000e-06 1.745221e-08 1.086835e-04 " \
	"1.527624e-05\n"
#define LINE_2                                                                                     \
	"1795424785.740068117 1.062020e-07 0.000000e+00 1.872000e-06 1.745221e-08 1.086835e-04 "   \
	"1.527624e-05\n"

#define NOW (INT64_C(1795424790) * INSTANT_S)

static int parse(const char *text, struct dump *ret)
{
	return dump_parse((struct span){.p = (const uint8_t *)text, .n = strlen(text)}, NOW, ret);
}

static void test_chrony_text(void **state)
{
	struct dump d;
	char text[DUMP_TEXT];
	size_t n;

	(void)state;
	assert_int_equal(parse(HEAD LINE_1 LINE_2, &d), 0);
	assert_string_equal(d.name, "127.0.0.2");
	assert_true(d.authenticated);
	assert_int_equal(d.reach, 0);
	assert_int_equal(d.reach_updates, 1);
	assert_int_equal(d.stratum, 1);
	assert_int_equal(d.leap, LEAP_NONE);
	assert_int_equal(d.asymmetry_run, -2);
	assert_int_equal(d.n, 2);
	assert_true(d.samples[0].truth == INT64_C(1795424784740068117));
	assert_true(fabs(d.samples[0].offset - -1.06202e-7) < 1e-18);
	assert_true(fabs(d.samples[0].original - -1.54e-7) < 1e-18);
	assert_true(fabs(d.samples[1].root_dispersion - 1.527624e-5) < 1e-18);
	n = dump_format(&d, text, sizeof(text));
	assert_int_equal(n, strlen(HEAD LINE_1 LINE_2));
	assert_string_equal(text, HEAD LINE_1 LINE_2);
	/* No room is no text. */
	assert_int_equal(dump_format(&d, text, n), 0);
	assert_int_equal(dump_format(&d, text, n + 1), n);
}

/* Before 1970 the seconds are rounded down, as in struct timespec; such a file is not believed. */
static void test_before_1970(void **state)
{
	struct dump d = {.name = "n", .reach_updates = 1, .stratum = 1, .n = 2}, back;
	char text[DUMP_TEXT];

	(void)state;
	d.samples[0].truth = -3 * INSTANT_S / 2;
	d.samples[1].truth = -1;
	assert_true(dump_format(&d, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\n-2.500000000 "));
	assert_non_null(strstr(text, "\n-1.999999999 "));
	assert_int_equal(parse(text, &back), -EINVAL);
}

static void test_largest(void **state)
{
	struct dump *d = calloc(1, sizeof(*d)), back;
	char text[DUMP_TEXT];

	(void)state;
	memset(d->name, 'n', sizeof(d->name) - 1);
	d->reach = 255;
	d->reach_updates = 8;
	d->stratum = 15;
	d->leap = LEAP_DELETE;
	d->asymmetry_run = -2000000000;
	d->n = DUMP_SAMPLES;
	for (int i = 0; i < DUMP_SAMPLES; i++)
		d->samples[i] = (struct dump_sample){
			NOW - DUMP_SAMPLES + i, -999999, -999999, 999999, 999999, 999999, 999999};
	assert_true(dump_format(d, text, sizeof(text)) > 0);
	assert_int_equal(parse(text, &back), 0);
	assert_memory_equal(&back, d, sizeof(back));
	free(d);
}

static void test_corrupt(void **state)
{
	static const char *const bad[] = {
		"",
		"SRC0",
		"SRC0\n",
		"SRC1\n127.0.0.2\n1 0 1 1 0\n1 0\n" LINE_1,
		"SRC0 \n127.0.0.2\n1 0 1 1 0\n1 0\n" LINE_1,
		"SRC0\n\n1 0 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n2 0 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n-1 0 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 8 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 400 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0377 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 -1 1 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0 9 1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 16 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 -1 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 1 3\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 1\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 1 0 0\n1 0\n" LINE_1,
		"SRC0\na\n1 0 1 1 0\n0 0\n",
		"SRC0\na\n1 0 1 1 0\n65 0\n" LINE_1,
		"SRC0\na\n1 0 1 1 0\n1\n" LINE_1,
		"SRC0\na\n1 0 1 1 0\n1 x\n" LINE_1,
		"SRC0\na\n1 0 1 1 0\n99999999999999999999 0\n" LINE_1,
		/* fewer and more lines than said */
		HEAD LINE_1,
		HEAD LINE_1 LINE_2 LINE_2,
		HEAD LINE_1 LINE_2 " ",
		/* not increasing */
		HEAD LINE_2 LINE_1,
		HEAD LINE_1 LINE_1,
		/* the last line is cut */
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 0 0 0",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 0 0 0 0\n",
		/* times */
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424791.000000000 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.74006811 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.7400681170 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.-40068117 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n-1.740068117 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n99999999999999.740068117 0 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\nx.740068117 0 0 0 0 0 0\n",
		/* numbers */
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 x 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 nan 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 inf 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 1e6 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 -1e6 0 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 1e300 0 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 -1e-9 0 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 -1e-9 0 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 0 -1e-9 0\n",
		"SRC0\na\n1 0 1 1 0\n1 0\n1795424784.740068117 0 0 0 0 0 1e6\n",
	};
	struct dump d;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&d, 0x55, sizeof(d));
		if (parse(bad[i], &d) != -EINVAL)
			fail_msg("accepted number %zu: %s", i, bad[i]);
		assert_int_equal(d.n, (size_t)0x5555555555555555);
	}
}

/** Every text that is cut short anywhere, or has a NUL anywhere, is refused. */
static void test_every_cut(void **state)
{
	static const char whole[] = HEAD LINE_1 LINE_2;
	struct dump d;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, whole, n);
		assert_int_equal(dump_parse((struct span){(uint8_t *)copy, n}, NOW, &d), -EINVAL);
		free(copy);
		copy = malloc(sizeof(whole));
		memcpy(copy, whole, sizeof(whole));
		copy[n] = '\0';
		assert_int_equal(
			dump_parse((struct span){(uint8_t *)copy, sizeof(whole) - 1}, NOW, &d),
			-EINVAL);
		free(copy);
	}
}

static void test_long_line(void **state)
{
	char text[2048] = "SRC0\n";
	struct dump d;

	(void)state;
	memset(text + 5, 'a', 255);
	strcpy(text + 5 + 255, "\n1 0 1 1 0\n1 0\n" LINE_1);
	assert_int_equal(parse(text, &d), 0);
	memset(text + 5, 'a', 256);
	strcpy(text + 5 + 256, "\n1 0 1 1 0\n1 0\n" LINE_1);
	assert_int_equal(parse(text, &d), -EINVAL);
	memset(text + 5, 'a', 1000);
	strcpy(text + 5 + 1000, "\n1 0 1 1 0\n1 0\n" LINE_1);
	assert_int_equal(parse(text, &d), -EINVAL);
}

static void learn(struct world *w, const char *address)
{
	for (int i = 0; i < 12; i++) {
		world_respond(w, address, 1e-3 + i % 3 * 1e-6, 1e-3);
		world_run(w, 2);
	}
}

/** Another registry in the same world: the daemon was started anew. */
static void restart(struct world *w)
{
	struct clock_model m = *clock_get_model(w->clock);

	sources_destroy(w->sources);
	world_run(w, 5);
	/* The new daemon knows nothing: true time is what the system clock says. */
	m.osc = clock_now(w->clock).osc;
	m.offset_ns = clock_now(w->clock).system - m.osc;
	m.offset_sd = 1;
	clock_set_model(w->clock, &m);
	w->messages[0] = '\0';
	world_registry(w);
}

static void test_restart(void **state)
{
	struct world *w = *state;
	struct report_sourcestats before, after;
	struct report_source source, again;
	struct source *s;

	strcpy(w->settings->dumpdir, DIR);
	world_name(w, "server.example", "192.0.2.1");
	world_add(w, SOURCE_SERVER, "server.example");
	sources_start(w->sources);
	world_run(w, 1);
	learn(w, "192.0.2.1");
	s = world_source(w, "192.0.2.1");
	source_report_stats(w->sources, s, &before);
	source_report(w->sources, s, &source);
	sources_dump(w->sources);
	assert_non_null(world_file(w, DIR "/192.0.2.1.dat"));
	restart(w);
	world_add(w, SOURCE_SERVER, "server.example");
	sources_load(w->sources);
	sources_remove_dumps(w->sources);
	w->news = 0;
	sources_start(w->sources);
	world_run(w, 0.1);
	world_logged(w, "0 Loaded dump file for 192.0.2.1\n");
	/* Selection runs at once. */
	assert_int_equal(w->news, 1);
	s = world_source(w, "192.0.2.1");
	assert_true(source_has_news(s));
	assert_int_equal(source_reach(s), 0377);
	source_report_stats(w->sources, s, &after);
	assert_int_equal(after.samples, before.samples);
	assert_int_equal(after.span, before.span);
	assert_true(fabs(after.offset - before.offset) < 2e-5);
	source_report(w->sources, s, &again);
	assert_true(fabs(again.adjusted_offset - source.adjusted_offset) < 1e-8);
	assert_true(fabs(again.error - source.error) < 1e-8);
	assert_int_equal(again.stratum, 3);
	/* It served: it is gone. */
	assert_null(world_file(w, DIR "/192.0.2.1.dat"));
}

/** Loads a file for 192.0.2.1, key: of an authenticated source. Whether it was taken. */
static bool loads(struct world *w, const char *content, uint32_t key)
{
	struct source_options o = world_options(SOURCE_SERVER, "192.0.2.1");
	bool loaded;

	sources_destroy(w->sources);
	world_registry(w);
	world_write(w, DIR "/192.0.2.1.dat", content, strlen(content), false);
	o.key = key;
	sources_add(w->sources, &o);
	sources_load(w->sources);
	sources_start(w->sources);
	loaded = source_has_news(world_source(w, "192.0.2.1"));
	if (loaded)
		world_logged(w, "0 Loaded dump file for 192.0.2.1\n");
	else
		world_logged(w, "1 Could not load dump file for 192.0.2.1\n");
	return loaded;
}

static void test_load_checks(void **state)
{
	struct world *w = *state;

	strcpy(w->settings->dumpdir, DIR);
	assert_true(loads(w, "SRC0\n192.0.2.1\n0 1 1 1 0\n1 0\n" LINE_1, 0));
	assert_false(loads(w, "SRC0\n192.0.2.1\n0 1 1 1 0\n1 0\n" LINE_1, 7));
	assert_true(loads(w, "SRC0\n192.0.2.1\n1 1 1 1 0\n1 0\n" LINE_1, 7));
	assert_true(loads(w, "SRC0\n192.0.2.1\n1 1 1 1 0\n1 0\n" LINE_1, 0));
	assert_false(loads(w, "SRC0\n192.0.2.2\n0 1 1 1 0\n1 0\n" LINE_1, 0));
	assert_false(loads(w, "SRC0\n.\n0 1 1 1 0\n1 0\n" LINE_1, 0));
	assert_false(loads(w, "SRC0\n192.0.2.1\n", 0));
	/* After the start of this world. */
	assert_false(
		loads(w, "SRC0\n192.0.2.1\n0 1 1 1 0\n1 0\n1795424847.000000000 0 0 0 0 0 0\n", 0));
}

static void test_refclock(void **state)
{
	struct world *w = *state;
	struct settings_refclock o = settings_refclock_default();
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));

	strcpy(w->settings->dumpdir, DIR);
	strcpy(o.parameter, "0");
	assert_int_equal(sources_add_refclock(w->sources, &o, &refclock_driver_local, &why), 0);
	sources_start(w->sources);
	world_run(w, 40);
	sources_dump(w->sources);
	assert_non_null(world_file(w, DIR "/refid:4c4f4330.dat"));
	assert_memory_equal(
		world_file(w, DIR "/refid:4c4f4330.dat")->p, "SRC0\n.\n0 3 2 0 0\n", 17);
	restart(w);
	assert_int_equal(sources_add_refclock(w->sources, &o, &refclock_driver_local, &why), 0);
	sources_load(w->sources);
	sources_start(w->sources);
	world_logged(w, "0 Loaded dump file for LOC0\n");
}

static void test_removal(void **state)
{
	struct world *w = *state;
	static const char *const ours[] = {
		DIR "/192.0.2.1.dat", DIR "/2001:db8::1.dat", DIR "/refid:47505330.dat"};
	static const char *const others[] = {
		DIR "/notes.dat", DIR "/192.0.2.1.nts", DIR "/.dat", "/var/lib/192.0.2.1.dat"};

	strcpy(w->settings->dumpdir, DIR);
	for (size_t i = 0; i < 3; i++)
		world_write(w, ours[i], "", 0, false);
	for (size_t i = 0; i < 4; i++)
		world_write(w, others[i], "", 0, false);
	sources_remove_dumps(w->sources);
	/* Not before they could have been loaded. */
	assert_non_null(world_file(w, ours[0]));
	sources_start(w->sources);
	for (size_t i = 0; i < 3; i++)
		assert_null(world_file(w, ours[i]));
	for (size_t i = 0; i < 4; i++)
		assert_non_null(world_file(w, others[i]));
}

static void test_nothing_to_save(void **state)
{
	struct world *w = *state;

	world_name(w, "unknown.example", "");
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "unknown.example");
	sources_start(w->sources);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	/* No directory. */
	sources_dump(w->sources);
	strcpy(w->settings->dumpdir, DIR);
	w->read_only = true;
	sources_dump(w->sources);
	world_logged(w, "2 Could not open " DIR "/192.0.2.1.dat : Read-only file system\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chrony_text),
		cmocka_unit_test(test_before_1970),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_long_line),
		TEST(test_restart),
		TEST(test_load_checks),
		TEST(test_refclock),
		TEST(test_removal),
		TEST(test_nothing_to_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
