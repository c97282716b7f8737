/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A day of edits of a configuration, each read again at a random moment: what is known of sources
 * that stay is not lost, nothing leaks, a mistake changes nothing, and in the end all is as if the
 * last configuration had been there from the start.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/dialect.h"
#include "daemon/serve/serve.h"
#include "daemon/source/source.h"
#include "test/sim/random.h"
#include "test/sim/scenario.h"
#include "test/sim/sim.h"

#define SERVERS     8
#define MORE        2 /* servers that other lines name */
#define DAY         86400.0
#define MEAN_WAIT   600.0 /* s between edits */
#define MEAN_SOON   2.0   /* s, of one in four */
#define CONFIG_ROOM 4096

/** What can be said of a source: nothing, or one of these. */
static const char *const source_lines[] = {NULL, "iburst minpoll 4 maxpoll 6",
	"iburst minpoll 4 maxpoll 6 prefer", "iburst minpoll 5 maxpoll 7 noselect",
	"minpoll 4 maxpoll 6 offset 0.0001 maxdelay 0.5", "minpoll 4 maxpoll 6 filter 3",
	"iburst minpoll 4 maxpoll 6 version 3", "iburst minpoll 4 maxpoll 6 xleave",
	"minpoll 4 maxpoll 6 maxsamples 10 polltarget 12", "minpoll 4 maxpoll 6 offline"};

/** Of these the state need not be kept when one becomes the other: the line is another source's. */
static bool is_other_source(size_t a, size_t b)
{
	static const bool version_3[] = {[6] = true, [9] = false};
	static const bool xleave[] = {[7] = true, [9] = false};

	return version_3[a] != version_3[b] || xleave[a] != xleave[b];
}

/** All other lines: one of each group is said, NULL none. */
static const char *const groups[][5] = {
	{NULL, "maxdistance 2", "maxdistance 0.5"},
	{NULL, "allow", "allow 192.168.123.0/24\ndeny 192.168.123.3", "allow all 192.168.0.0/16"},
	{NULL, "local stratum 8", "local stratum 10 orphan", "local stratum 8 distance 0.1"},
	{NULL, "makestep 1 3", "makestep 0.5 -1"},
	{NULL, "ratelimit interval 1 burst 4", "ratelimit kod 2\ncmdratelimit"},
	{NULL, "log tracking measurements\nlogdir /log", "log statistics\nlogdir /other"},
	{NULL, "port 10123", "port 0"},
	{NULL, "cmdport 0", "cmdport 10323\ncmdallow 192.168.123.0/24"},
	{NULL, "minsources 2", "maxupdateskew 10\nmaxslewrate 500"},
	{NULL, "refclock SHM 0 refid SHMA poll 3", "refclock SHM 0 refid SHMA poll 3 noselect",
		"refclock SHM 0 refid SHMB poll 4 offset 0.001"},
	{NULL, "driftfile /drift", "driftfile /other.drift interval 600"},
	{NULL, "sourcedir /sources"},
	{NULL, "leapsecmode slew", "smoothtime 400 0.01 leaponly\nleapsecmode slew"},
	{NULL, "opencommands tracking", "opencommands"},
	{NULL, "minsamples 8", "maxsamples 20"},
	{NULL, "broadcast 64 192.168.123.255", "broadcast 32 192.168.123.255 10123"},
	{NULL, "keyfile /keys"},
	{NULL, "acquisitionport 10124", "acquisitionport 0"},
	{NULL, "manual", "rtcsync"},
	{NULL, "peer node9 minpoll 4 maxpoll 6"},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/** Mistakes that somebody makes. */
static const char *const mistakes[] = {"servr node3", "server node2 ibrst", "port 70000",
	"makestep 1", "refclock NONE 0", "ntsservercert /none\nntsserverkey /none",
	"include /none"};

/** A configuration: of each source and group, which line is said. */
struct choice {
	size_t sources[SERVERS], groups[GROUPS];
};

/** What is known of a source. */
struct known {
	bool there;
	uint16_t association;
	unsigned samples, reach_updates;
	uint64_t good;
};

struct day {
	struct sim *sim;
	int client;
	struct sim_random random;
	struct choice choice;
	unsigned edits, refused, kept, anew;
	char config[CONFIG_ROOM];
};

static size_t n_lines(const char *const *lines, size_t most)
{
	size_t n = 1;

	while (n < most && lines[n])
		n++;
	return n;
}

static void write_config(const struct choice *c, const char *more, char *ret)
{
	struct text t = text_on(ret, CONFIG_ROOM);

	for (size_t i = 0; i < SERVERS; i++)
		if (c->sources[i] > 0)
			text_add(&t, "server node%zu %s\n", i + 1, source_lines[c->sources[i]]);
	for (size_t i = 0; i < GROUPS; i++)
		if (c->groups[i] > 0)
			text_add(&t, "%s\n", groups[i][c->groups[i]]);
	text_add(&t, "%s\n", more);
	assert_false(t.cut);
}

/** Changes a few lines. */
static void edit(struct day *d)
{
	struct sim_random *r = &d->random;

	for (int n = sim_random_pick(r, 1, 3); n > 0; n--) {
		if (sim_random_chance(r, 0.5)) {
			d->choice.sources[sim_random_pick(r, 0, SERVERS - 1)] =
				(size_t)sim_random_pick(r, 0,
					(int)(sizeof(source_lines) / sizeof(source_lines[0])) - 1);
		} else {
			int g = sim_random_pick(r, 0, (int)GROUPS - 1);

			d->choice.groups[g] = (size_t)sim_random_pick(r, 0,
				(int)n_lines(groups[g], sizeof(groups[0]) / sizeof(char *)) - 1);
		}
	}
}

static void look_at_sources(struct day *d, struct known ret[SERVERS])
{
	struct sources *all = daemon_sources(sim_daemon(d->sim, d->client));

	for (size_t i = 0; i < SERVERS; i++) {
		struct address a = sim_address((int)i);
		const struct source *s = sources_find(all, &a);
		struct report_ntpdata n = {0};
		struct report_sourcestats stats = {0};

		ret[i] = (struct known){.there = s != NULL};
		if (!s)
			continue;
		source_report_ntp(s, &n);
		source_report_stats(all, s, &stats);
		ret[i].association = source_association(s);
		ret[i].samples = stats.samples;
		ret[i].reach_updates = source_reach_updates(s);
		ret[i].good = n.total_good;
	}
}

/** Nothing that was known of a source is forgotten. */
static void is_kept(const struct known *was, const struct known *now)
{
	assert_true(now->there);
	assert_int_equal(now->association, was->association);
	assert_int_equal(now->reach_updates, was->reach_updates);
	assert_true(now->good == was->good);
}

static void reload_mistake(struct day *d)
{
	struct known was[SERVERS], now[SERVERS];
	char config[CONFIG_ROOM];
	int which =
		sim_random_pick(&d->random, 0, (int)(sizeof(mistakes) / sizeof(mistakes[0])) - 1);

	write_config(&d->choice, mistakes[which], config);
	look_at_sources(d, was);
	assert_true(sim_reload(d->sim, d->client, config) < 0);
	look_at_sources(d, now);
	assert_memory_equal(was, now, sizeof(was));
	d->refused++;
}

static void reload(struct day *d)
{
	struct known was[SERVERS], now[SERVERS];
	struct choice before = d->choice;

	look_at_sources(d, was);
	edit(d);
	write_config(&d->choice, "", d->config);
	assert_int_equal(sim_reload(d->sim, d->client, d->config), 0);
	look_at_sources(d, now);
	for (size_t i = 0; i < SERVERS; i++) {
		size_t then = before.sources[i], here = d->choice.sources[i];

		if (was[i].there && here > 0 && !is_other_source(then, here)) {
			is_kept(&was[i], &now[i]);
			/* maxsamples, and the filter, count otherwise what is remembered. */
			if (then == here && memcmp(&before.groups, &d->choice.groups,
						    sizeof(before.groups)) == 0)
				assert_int_equal(now[i].samples, was[i].samples);
			d->kept++;
		} else if (was[i].there) {
			assert_true(!now[i].there || now[i].association != was[i].association);
			d->anew++;
		}
	}
	d->edits++;
}

static void put(struct day *d, const char *path, const char *text)
{
	sim_put_file(d->sim, d->client, path, (struct span){(const uint8_t *)text, strlen(text)});
}

/** A client with the configuration in d->config. */
static int add_client(struct day *d)
{
	int node =
		sim_add(d->sim, &(struct sim_node_options){
					.config = d->config, .frequency = 20e-6, .wander = 1e-9});

	sim_add_receiver(
		d->sim, node, &(struct sim_receiver){.kind = SIM_SHM, .unit = 0, .noise = 1e-6});
	return node;
}

static void begin(struct day *d, uint64_t seed)
{
	*d = (struct day){.sim = sim_create(seed, SCENARIO_START),
		.random = sim_random_from(seed, 7),
		.choice.sources = {1, 1, 2, 1}};
	for (int i = 0; i < SERVERS + MORE; i++) {
		int node = sim_add(d->sim, &(struct sim_node_options){.uncontrolled = true,
						   .config = "local stratum 1\nallow\n"});

		assert_int_equal(sim_start(d->sim, node), 0);
	}
	write_config(&d->choice, "", d->config);
	d->client = add_client(d);
	put(d, "/sources/a.sources", "server node10 iburst minpoll 4 maxpoll 6\n");
	put(d, "/keys", "1 SHA1 HEX:00112233445566778899\n");
	assert_int_equal(sim_start(d->sim, d->client), 0);
}

/** Sorted lines. */
struct listing {
	char *lines[256];
	size_t n;
};

static void list_line(void *arg, const char *line)
{
	struct listing *l = arg;

	assert_true(l->n < 256);
	l->lines[l->n] = malloc(strlen(line) + 1);
	strcpy(l->lines[l->n++], line);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** What a daemon has in force, and its sources with their options. */
static void list_state(struct day *d, int node, struct listing *ret)
{
	static const struct address asked[] = {{ADDRESS_IP4, {192, 168, 123, 3}},
		{ADDRESS_IP4, {192, 168, 9, 9}}, {ADDRESS_IP4, {10, 0, 0, 1}},
		{ADDRESS_IP6, {0xfd}}};
	struct daemon *one = sim_daemon(d->sim, node);
	struct sources *all = daemon_sources(one);

	*ret = (struct listing){0};
	assert_int_equal(config_dialects[0]->write(daemon_settings(one), list_line, ret), 0);
	for (size_t i = 0; i < sources_count(all); i++) {
		const struct source *s = sources_at(all, i);
		const struct source_options *o = source_get_options(s);
		const struct source_options otherwise = source_options_default(o->kind);
		char line[512];
		struct text t = text_on(line, sizeof(line));

		text_add(&t, "source %08x %s", (unsigned)source_refid(s), o->name);
		option_write(source_option_rules, o, &otherwise, &t);
		list_line(ret, line);
	}
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		list_line(ret, serve_allowed(daemon_serve(one), &asked[i]) ? "allowed" : "denied");
	qsort(ret->lines, ret->n, sizeof(ret->lines[0]), compare_lines);
}

static void free_listing(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->lines[i]);
}

/** A daemon that starts with the last configuration is in the same state. */
static void compare_with_fresh(struct day *d)
{
	static struct listing mine, fresh;
	int node = add_client(d);
	int64_t blocks, most;

	/* The same files lie there. */
	sim_put_file(d->sim, node, "/sources/a.sources",
		sim_file(d->sim, d->client, "/sources/a.sources"));
	sim_put_file(d->sim, node, "/keys", sim_file(d->sim, d->client, "/keys"));
	assert_int_equal(sim_start(d->sim, node), 0);
	assert_int_equal(sim_run(d->sim, 600, NULL, NULL), 0);
	list_state(d, d->client, &mine);
	list_state(d, node, &fresh);
	for (size_t i = 0; i < mine.n && i < fresh.n; i++)
		assert_string_equal(mine.lines[i], fresh.lines[i]);
	assert_int_equal(mine.n, fresh.n);
	blocks = sim_counts(d->sim, d->client).blocks;
	most = sim_counts(d->sim, node).blocks;
	printf("%u edits and %u mistakes: %u sources kept, %u begun anew; %d blocks held, %d by a "
	       "fresh daemon\n",
		d->edits, d->refused, d->kept, d->anew, (int)blocks, (int)most);
	/* What was there at times has left room for it behind, no more. */
	assert_true(blocks <= most + 8);
	free_listing(&mine);
	free_listing(&fresh);
	sim_stop(d->sim, node);
	assert_int_equal(sim_counts(d->sim, node).blocks, 0);
}

static void run_day(uint64_t seed)
{
	struct day d;

	begin(&d, seed);
	assert_int_equal(sim_run(d.sim, 300, NULL, NULL), 0);
	while (sim_elapsed(d.sim) < DAY) {
		bool soon = sim_random_chance(&d.random, 0.25);
		double wait = sim_random_exponential(&d.random) * (soon ? MEAN_SOON : MEAN_WAIT);

		assert_int_equal(sim_run(d.sim, wait, NULL, NULL), 0);
		if (sim_random_chance(&d.random, 0.2))
			reload_mistake(&d);
		else
			reload(&d);
	}
	assert_true(d.edits > 100 && d.refused > 20 && d.kept > 100 && d.anew > 10);
	compare_with_fresh(&d);
	sim_stop(d.sim, d.client);
	assert_int_equal(sim_counts(d.sim, d.client).blocks, 0);
	assert_int_equal(sim_counts(d.sim, d.client).bytes, 0);
	assert_int_equal(sim_amplified(d.sim), 0);
	sim_destroy(d.sim);
}

/** Seeds to run. */
struct seeds {
	uint64_t first, last;
};

static void a_day_of_edits(void **state)
{
	const struct seeds *s = *state;

	for (uint64_t seed = s->first; seed <= s->last; seed++)
		run_day(seed);
}

int main(int argc, char **argv)
{
	struct seeds seeds = {1, 2};
	const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(a_day_of_edits, &seeds)};

	/* A seed that fails can be run alone. */
	if (argc > 1)
		seeds.first = seeds.last = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
