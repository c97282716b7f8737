/* SPDX-License-Identifier: BSD-2-Clause */
/* ntpd's files of statistics as two daemons under ntp.conf write them: over midnight, every line of
 * every file is as ntpviz and other programs read them, and they agree with each other. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/lines.h"
#include "test/sim/sim.h"

/* 2026-11-23 22:30:00: day 61367 of the modified Julian calendar. */
#define START INT64_C(1795473000)

#define DATE_BEFORE ".20261123"
#define DATE_AFTER  ".20261124"

#define EVERYTHING                                                                                 \
	"statsdir /stats/\n"                                                                       \
	"statistics loopstats peerstats rawstats sysstats usestats protostats ntsstats "           \
	"ntskestats\n"

static const char server_config[] = "server 127.127.1.0\nfudge 127.127.1.0 stratum 0\n"
				    "restrict default nomodify\n" EVERYTHING;

static const char client_config[] = "server 192.168.123.1 iburst minpoll 4 maxpoll 6\n" EVERYTHING;

struct world {
	struct sim *s;
};

static int begin(void **state)
{
	static struct world w;
	struct sim_node_options server = {
		.config = server_config, .dialect = "ntp", .uncontrolled = true};
	struct sim_node_options client = {.config = client_config,
		.dialect = "ntp",
		.offset = 0.01,
		.frequency = 2e-5,
		.wander = 1e-9};
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};

	w.s = sim_create(7, START * INSTANT_S);
	if (w.s == NULL || sim_add(w.s, &server) != 0 || sim_add(w.s, &client) != 1)
		return -1;
	sim_connect(w.s, 0, 1, &link);
	sim_connect(w.s, 1, 0, &link);
	*state = &w;
	/* Past the second full hour and midnight. */
	return sim_start(w.s, 0) || sim_start(w.s, 1) || sim_run(w.s, 7300, NULL, NULL) ? -1 : 0;
}

/* Leaves the client's files in a directory of this machine, where other programs may read them. */
static int leave_files(struct sim *s, const char *directory)
{
	static const char *const names[] = {"loopstats", "peerstats", "rawstats", "sysstats",
		"usestats", "protostats", "ntsstats", "ntskestats"};
	static const char *const dates[] = {DATE_BEFORE, DATE_AFTER};

	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		char path[512];
		struct span content;
		FILE *f;
		size_t n;

		snprintf(path, sizeof(path), "/stats/%s%s", names[i / 2], dates[i % 2]);
		content = sim_file(s, 1, path);
		snprintf(path, sizeof(path), "%s/%s%s", directory, names[i / 2], dates[i % 2]);
		f = fopen(path, "w");
		if (f == NULL)
			return -1;
		n = fwrite(content.p, 1, content.n, f);
		if (fclose(f) != 0 || n != content.n)
			return -1;
	}
	return 0;
}

static int leave(void **state)
{
	const char *directory = getenv("GNOMON_STATISTICS");

	return directory == NULL ? 0 : leave_files(((struct world *)*state)->s, directory);
}

static int end(void **state)
{
	int r = leave(state);

	sim_destroy(((struct world *)*state)->s);
	return r;
}

#define REAL9 "-?[0-9]+\\.[0-9]{9}"
#define REAL6 "-?[0-9]+\\.[0-9]{6}"

static void test_every_line_has_its_columns(void **state)
{
	struct sim *s = ((struct world *)*state)->s;

	assert_true(lines_like(s, 1, "loopstats",
			    REAL9 " " REAL6 " [0-9]+\\.[0-9]{9} [0-9]+\\.[0-9]{6} [0-9]+") > 100);
	assert_true(lines_like(s, 1, "peerstats",
			    "192\\.168\\.123\\.1 [0-9a-f]{4} " REAL9 " " REAL9
			    " [0-9]+\\.[0-9]{9} [0-9]+\\.[0-9]{9}") > 100);
	assert_true(
		lines_like(s, 1, "rawstats",
			"192\\.168\\.123\\.1 ([0-9.]+|-) ([0-9]+\\.[0-9]{9} ){4}[0-3] 4 4 [0-9]+ "
			"-?[0-9]+ -?[0-9]+ [0-9]+\\.[0-9]{6} [0-9]+\\.[0-9]{6} [^ ]+ [0-9]+ [0-9]+ "
			"[0-9a-f]+") > 100);
	assert_true(lines_like(s, 1, "protostats", "[^ ]+ [0-9a-f]{4} [0-9a-f]{2} .+") > 4);
	for (int node = 0; node < 2; node++) {
		assert_int_equal(lines_like(s, node, "sysstats", "[0-9]+( [0-9]+){11}"), 2);
		assert_int_equal(lines_like(s, node, "ntsstats", "[0-9]+( [0-9]+){15}"), 2);
		assert_int_equal(lines_like(s, node, "usestats",
					 "[0-9]+ [0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3}( [0-9]+){9}"),
			2);
		assert_int_equal(lines_like(s, node, "ntskestats",
					 "[0-9]+( [0-9]+ [0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3}){3} "
					 "[0-9]+ [0-9]+"),
			2);
	}
}

/* Seconds since 1970 of a line's two columns. */
static double time_of(const char *line)
{
	int day;
	double s;

	assert_int_equal(sscanf(line, "%d %lf", &day, &s), 2);
	assert_true(s >= 0 && s < 86400);
	return (day - 40587) * 86400.0 + s;
}

static void test_days_have_files_of_their_own(void **state)
{
	struct sim *s = ((struct world *)*state)->s;
	const double midnight = 1795478400;
	struct span before = sim_file(s, 1, "/stats/rawstats" DATE_BEFORE);
	struct span after = sim_file(s, 1, "/stats/rawstats" DATE_AFTER);

	assert_true(before.n > 0 && after.n > 0);
	assert_true(time_of((const char *)before.p) < START + 10);
	assert_true(time_of((const char *)after.p) >= midnight &&
		    time_of((const char *)after.p) < midnight + 70);
}

/* Both are of one sample: the peer's best is among the newest eight that were measured. */
static void test_peerstats_agree_with_rawstats(void **state)
{
	struct sim *s = ((struct world *)*state)->s;
	char *raw = lines_all(s, 1, "rawstats"), *peer = lines_all(s, 1, "peerstats");
	char *raw_line, *raw_rest = raw, *line, *rest = peer;
	double offset[8] = {0}, delay[8] = {0};
	unsigned n = 0, found = 0, lines = 0;

	while ((line = lines_next(&rest)) != NULL) {
		double at = time_of(line), best_offset, best_delay;

		while (raw_rest != NULL && *raw_rest != '\0' && time_of(raw_rest) <= at + 1e-6) {
			long long t[4], ns[4];

			raw_line = lines_next(&raw_rest);
			assert_int_equal(
				sscanf(raw_line,
					"%*d %*f %*s %*s %lld.%lld %lld.%lld %lld.%lld "
					"%lld.%lld",
					&t[0], &ns[0], &t[1], &ns[1], &t[2], &ns[2], &t[3], &ns[3]),
				8);
			for (int i = 3; i >= 0; i--)
				ns[i] += (t[i] - t[0]) * 1000000000;
			offset[n % 8] = (double)(ns[1] - ns[0] + ns[2] - ns[3]) / 2e9;
			delay[n++ % 8] = (double)(ns[3] - ns[0] - (ns[2] - ns[1])) / 1e9;
		}
		assert_int_equal(
			sscanf(line, "%*d %*f %*s %*x %lf %lf", &best_offset, &best_delay), 2);
		for (int i = 0; i < 8; i++)
			if (fabs(offset[i] - best_offset) < 1e-6 &&
				fabs(delay[i] - best_delay) < 1e-6) {
				found++;
				break;
			}
		lines++;
	}
	assert_true(lines > 100);
	assert_true(found >= lines * 9 / 10);
	free(raw);
	free(peer);
}

static void test_loopstats_tell_the_correction(void **state)
{
	struct sim *s = ((struct world *)*state)->s;
	char *loop = lines_all(s, 1, "loopstats"), *last = NULL, *rest = loop, *line;
	double offset, frequency;
	int poll;

	while ((line = lines_next(&rest)) != NULL)
		last = line;
	assert_non_null(last);
	assert_int_equal(sscanf(last, "%*d %*f %lf %lf %*f %*f %d", &offset, &frequency, &poll), 3);
	/* The oscillator gains 20 ppm: it is slowed by as much. */
	assert_true(fabs(frequency + 20) < 0.5);
	assert_true(fabs(offset) < 1e-3);
	assert_in_range(poll, 4, 6);
	free(loop);
}

static void test_hours_are_counted(void **state)
{
	struct sim *s = ((struct world *)*state)->s;
	char *sys = lines_all(s, 0, "sysstats"), *second = strchr(sys, '\n') + 1;
	unsigned seconds, received, processed, version, total = 0;

	for (char *line = sys; line != NULL; line = line == sys ? second : NULL) {
		assert_int_equal(sscanf(line, "%*d %*f %u %u %u %u", &seconds, &received,
					 &processed, &version),
			4);
		assert_int_equal(seconds, 3600);
		assert_int_equal(received, processed);
		assert_int_equal(received, version);
		total += received;
	}
	/* All that the client asked until then, at most one a 16 s. */
	assert_in_range(total, 2 * 3600 / 64 - 4, sim_sent(s, 1));
	free(sys);
}

static void test_events_are_told(void **state)
{
	struct sim *s = ((struct world *)*state)->s;
	char *proto = lines_all(s, 1, "protostats");

	assert_non_null(strstr(proto, " 0.0.0.0 c01d 0d kern kernel time sync enabled\n"));
	assert_non_null(strstr(proto, " 06 restart\n"));
	assert_non_null(strstr(proto, " 192.168.123.1 "));
	assert_non_null(strstr(proto, " 8a sys_peer\n"));
	assert_non_null(strstr(proto, " 05 clock_sync\n"));
	free(proto);
}

static void note_port(void *arg, struct sim *s, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	uint16_t *port = arg;

	(void)s;
	(void)node;
	(void)data;
	if (to->port == 123)
		*port = from->port;
}

/* A stranger that found out from where a server was asked, and sends in its name: what is no answer
 * gets one line a request. */
static void test_a_stranger_fills_no_disk(void **state)
{
	struct sim_node_options node = {.dialect = "ntp",
		.config = "server 127.0.0.1 minpoll 4 maxpoll 4\nrestrict default noserve\n"
			  "restrict 127.0.0.1 noserve\nrestrict source\nstatsdir "
			  "/stats/\nstatistics rawstats\n"};
	uint8_t forged[48] = {0x24, 3, 6, 0xec};
	struct sim *s = sim_create(1, START * INSTANT_S);
	uint16_t port = 0;
	int asked = 0;

	(void)state;
	sim_on_send(s, note_port, &port);
	assert_int_equal(sim_add(s, &node), 0);
	assert_int_equal(sim_start(s, 0), 0);
	for (int second = 0; second < 60; second++) {
		assert_int_equal(sim_run(s, 1, NULL, NULL), 0);
		for (int i = 0; i < 100 && port != 0; i++) {
			forged[24] = forged[32] = forged[40] = (uint8_t)(0xe0 + i);
			sim_visit(s, 0, 123, port, (struct span){forged, sizeof(forged)});
		}
		asked += port != 0;
		port = 0;
	}
	assert_true(asked >= 3);
	assert_int_equal(
		lines_like(s, 0, "rawstats", "127\\.0\\.0\\.1 .* 4 4 3 .* 1 [0-9a-f]+"), asked);
	sim_destroy(s);
}

/* `disable ntp`: sources are followed, but there is no loop, and the drift file stays as it was. */
static void test_without_a_loop(void **state)
{
	static const char drift[] = "-12.345678\n";
	const struct span before = {(const uint8_t *)drift, sizeof(drift) - 1};
	struct sim_node_options server = {
		.config = server_config, .dialect = "ntp", .uncontrolled = true};
	struct sim_node_options client = {.config = "server 192.168.123.1 minpoll 4 maxpoll 6\n"
						    "disable ntp\ndriftfile /drift\n"
						    "statsdir /stats/\nstatistics loopstats\n",
		.dialect = "ntp",
		.uncontrolled = true,
		.frequency = 2e-5};
	struct sim_link link = {.base = 1e-3, .jitter = 1e-4};
	struct sim *s = sim_create(3, START * INSTANT_S);
	struct span after;

	(void)state;
	assert_int_equal(sim_add(s, &server), 0);
	assert_int_equal(sim_add(s, &client), 1);
	sim_connect(s, 0, 1, &link);
	sim_connect(s, 1, 0, &link);
	sim_put_file(s, 1, "/drift", before);
	assert_int_equal(sim_start(s, 0) | sim_start(s, 1), 0);
	assert_int_equal(sim_run(s, 4000, NULL, NULL), 0);
	assert_true(lines_like(s, 1, "loopstats",
			    REAL9 " 0\\.000000 0\\.00000000[0-9] 0\\.000000 [0-9]+") > 50);
	after = sim_file(s, 1, "/drift");
	assert_int_equal(after.n, before.n);
	assert_memory_equal(after.p, drift, before.n);
	sim_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_line_has_its_columns),
		cmocka_unit_test(test_days_have_files_of_their_own),
		cmocka_unit_test(test_peerstats_agree_with_rawstats),
		cmocka_unit_test(test_loopstats_tell_the_correction),
		cmocka_unit_test(test_hours_are_counted),
		cmocka_unit_test(test_events_are_told),
		cmocka_unit_test(test_a_stranger_fills_no_disk),
		cmocka_unit_test(test_without_a_loop),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
