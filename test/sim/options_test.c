/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of sources, and the directives beside them, that say which samples and which sources are
 * good enough (chrony-behaviour 2, 4): each in a whole daemon that follows one server.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/source/source.h"
#include "test/sim/client.h"

#define SERVER "server 192.168.123.1 iburst minpoll 4 maxpoll 4 "

struct option {
	struct small s;
	struct client *client;
	int node;
};

/* One client with these words, on a path like this (NULL: a quiet one), for so long. */
static void begin(struct option *w, const char *words, const struct sim_link *path, double seconds)
{
	char config[512];

	snprintf(config, sizeof(config), SERVER "%s\n" CLIENT_CONFIG, words);
	w->node = small_pair(&w->s, NULL, config);
	if (path)
		small_link(&w->s, 0, w->node, path);
	w->client = client_begin(&w->s);
	small_run(&w->s, seconds);
}

static void end(struct option *w)
{
	client_end(w->client);
	small_end(&w->s);
}

static double number(struct option *w, const char *report, int field)
{
	return client_number(w->client, w->node, report, 0, field);
}

/* The letter of the source in selectdata. */
static char letter(struct option *w)
{
	return client_ask(w->client, w->node, PRINT_CSV, "selectdata")[0];
}

/* Requests to the server are held up, answers are not. Whoever is told takes that out of the
 * offsets; whoever is told the opposite doubles it. */
static void section_2_2_asymmetry(void **state)
{
	static const char *const words[] = {"", "asymmetry -0.5", "asymmetry 0.5"};
	static const struct sim_link quiet = {.base = 1e-3},
				     held_up = {.base = 1e-3, .jitter = 1e-3};
	double error[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct option w;

		begin(&w, words[i], NULL, 0);
		sim_connect(w.s.sim, w.node, 0, &held_up);
		sim_connect(w.s.sim, 0, w.node, &quiet);
		/* What is believed wrongly about the path is no part of what is promised. */
		w.s.invariants.nodes[w.node].watched = i < 2;
		small_run(&w.s, 1000);
		error[i] = 0;
		for (int k = 0; k < 1000; k++) {
			small_run(&w.s, 1);
			error[i] += fabs(sim_time_error(w.s.sim, w.node)) / 1000;
		}
		end(&w);
	}
	printf("error: %.1f us, straightened %.1f us, bent %.1f us\n", error[0] * 1e6,
		error[1] * 1e6, error[2] * 1e6);
	assert_true(error[1] < error[0] / 2);
	assert_true(error[2] > error[0]);
}

/* One sample of so many polls. */
static void section_2_2_filter_of_polls(void **state)
{
	struct option with, without;

	(void)state;
	begin(&with, "filter 4", NULL, 600);
	begin(&without, "", NULL, 600);
	printf("samples: %.0f of %.0f\n", number(&with, "sourcestats", 1),
		number(&with, "ntpdata 192.168.123.1", 33));
	assert_true(number(&with, "ntpdata 192.168.123.1", 33) > 36);
	assert_true(
		number(&with, "sourcestats", 3) >= 3 * 16 * (number(&with, "sourcestats", 1) - 1));
	assert_true(
		number(&without, "sourcestats", 3) < 2 * 16 * number(&without, "sourcestats", 1));
	end(&with);
	end(&without);
}

/* How many samples passed all tests of so many that came. */
static double passed(const char *words, const struct sim_link *path)
{
	struct option w;
	double r;

	begin(&w, words, path, 2000);
	r = number(&w, "ntpdata 192.168.123.1", 33) / number(&w, "ntpdata 192.168.123.1", 32);
	end(&w);
	return r;
}

/* The delay against its least, which may be given: 2 ms are more than 1.5 times 1 ms. */
static void section_2_maxdelayratio_and_mindelay(void **state)
{
	static const struct sim_link path = {.base = 1e-3, .jitter = 2e-4};

	(void)state;
	assert_true(passed("maxdelayratio 3", &path) == 1);
	assert_true(passed("maxdelayratio 1.1", &path) < 0.8);
	assert_true(passed("maxdelayratio 1.5 mindelay 0.001", &path) < 0.2);
	assert_true(passed("maxdelayratio 1.5 mindelay 0.002", &path) > 0.9);
	assert_true(passed("maxdelay 0.001", &path) == 0);
	assert_true(passed("maxdelay 0.1", &path) == 1);
}

static void section_2_maxdelaydevratio(void **state)
{
	static const struct sim_link path = {
		.base = 1e-3, .jitter = 1e-4, .wild = 0.2, .wild_times = 100};

	(void)state;
	assert_true(passed("maxdelaydevratio 0.5", &path) < passed("maxdelaydevratio 100", &path));
	assert_true(passed("maxdelayquant 0.1", &path) < 0.4);
}

/* The clock is kept as far from the server's as is said. */
static void section_2_offset(void **state)
{
	struct option w;

	(void)state;
	begin(&w, "offset 0.01\nmakestep 0.001 3", NULL, 0);
	w.s.invariants.nodes[w.node].watched = false;
	small_run(&w.s, 300);
	assert_true(fabs(sim_time_error(w.s.sim, w.node) - 0.01) < 1e-4);
	end(&w);
}

/* Sources that are too noisy, too far, of a wrong stratum. */
static void section_4_limits_of_sources(void **state)
{
	static const struct sim_link noisy = {.base = 1e-2, .jitter = 5e-2, .normal = true};
	static const struct {
		const char *words;
		char good;
	} cases[] = {
		{"\nmaxjitter 0.001", '~'},
		{"\nmaxjitter 1", '*'},
		{"\nmaxdistance 0.0001", 'd'},
		{"\nmaxstratum 0", 'r'},
		{"\nminstratum 2", 'r'},
		{"noselect", 'N'},
		{"\nminsources 2", 'W'},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct option w;

		begin(&w, cases[i].words, &noisy, 600);
		if (letter(&w) != cases[i].good)
			fail_msg("%s: %c", cases[i].words, letter(&w));
		end(&w);
	}
}

/* A source that is silent for so many polls is no longer good, although its samples are no older
 * than those of another one. */
static void section_4_maxunreach(void **state)
{
	struct option w;

	(void)state;
	small_begin(&w.s, 1);
	small_server(&w.s, 0, "");
	small_server(&w.s, 0, "");
	w.node = small_client(&w.s, NULL,
		SERVER
		"maxunreach 4\n"
		"server 192.168.123.2 iburst minpoll 4 maxpoll 4 minsamples 64\n" CLIENT_CONFIG);
	w.client = client_begin(&w.s);
	small_run(&w.s, 1200);
	sim_partition(w.s.sim, 0, true);
	/* eight bits; then four polls more */
	small_run(&w.s, 16 * 11);
	assert_int_equal(source_reach(small_source(&w.s, w.node, 0)), 0);
	assert_int_not_equal(letter(&w), 'S');
	small_run(&w.s, 16 * 5);
	assert_int_equal(letter(&w), 'S');
	end(&w);
}

/* The error grows by that while nothing is heard. */
static void section_5_maxclockerror(void **state)
{
	struct option w;
	double before;

	(void)state;
	begin(&w, "\nmaxclockerror 50", NULL, 600);
	sim_partition(w.s.sim, 0, true);
	before = small_tracking(&w.s, w.node).root_dispersion;
	small_run(&w.s, 1000);
	before = small_tracking(&w.s, w.node).root_dispersion - before;
	assert_true(before > 0.05 && before < 0.052);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_2_2_asymmetry),
		cmocka_unit_test(section_2_2_filter_of_polls),
		cmocka_unit_test(section_2_maxdelayratio_and_mindelay),
		cmocka_unit_test(section_2_maxdelaydevratio),
		cmocka_unit_test(section_2_offset),
		cmocka_unit_test(section_4_limits_of_sources),
		cmocka_unit_test(section_4_maxunreach),
		cmocka_unit_test(section_5_maxclockerror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
