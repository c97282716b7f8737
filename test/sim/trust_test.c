/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is believed and what is served, by whole daemons: authselectmode (chrony-behaviour 6) and
 * smoothtime (19).
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
#include "test/sim/small.h"
#include "test/sim/world.h"

#define KEYS "1 SHA256 HEX:00112233445566778899AABBCCDDEEFF\n"

static void give_keys(struct small *s, int node)
{
	sim_stop(s->sim, node);
	sim_file_write(&s->sim->nodes[node], "/keys",
		(struct span){(const uint8_t *)KEYS, sizeof(KEYS) - 1}, false);
	assert_int_equal(sim_start(s->sim, node), 0);
}

/* One server with a key, two without that are 50 ms off together: who is followed. */
static void section_6_authselectmode(void **state)
{
	static const struct {
		const char *mode, *states;
		double error;
	} cases[] = {
		{"require", "*NN", 0},
		{"prefer", "*NN", 0},
		{"mix", "*xx", 0},
		{"ignore", "x*+", 0.05},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct small s;
		char config[300], states[4] = "";
		int client;

		small_begin(&s, 1);
		small_server(&s, 0, "keyfile /keys\n");
		small_server(&s, 0.05, "");
		small_server(&s, 0.05, "");
		give_keys(&s, 0);
		snprintf(config, sizeof(config),
			"server node1 iburst key 1 minpoll 4 maxpoll 4\n"
			"server node2 iburst minpoll 4 maxpoll 4\n"
			"server node3 iburst minpoll 4 maxpoll 4\n"
			"keyfile /keys\nauthselectmode %s\n",
			cases[i].mode);
		client = small_client(&s, NULL, config);
		s.invariants.nodes[client].watched = cases[i].error == 0;
		give_keys(&s, client);
		small_run(&s, 600);
		for (size_t n = 0; n < 3; n++)
			states[n] = source_state(small_source(&s, client, n));
		/* Which of two alike is selected is a matter of chance. */
		if (strcmp(states, "x+*") == 0)
			strcpy(states, "x*+");
		assert_string_equal(states, cases[i].states);
		assert_true(fabs(sim_time_error(s.sim, client) - cases[i].error) < 1e-3);
		small_end(&s);
	}
}

/* All servers without a key: prefer takes them, require does not. */
static void section_6_nobody_authenticated(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct small s;
		int client;

		client = small_pair(&s, NULL,
			i ? "server node1 iburst\nauthselectmode prefer\n"
			  : "server node1 iburst\nauthselectmode require\n");
		small_run(&s, 600);
		assert_int_equal(source_state(small_source(&s, client, 0)), i ? '*' : 'N');
		assert_int_equal(
			small_tracking(&s, client).leap, i ? LEAP_NONE : LEAP_UNSYNCHRONISED);
		small_end(&s);
	}
}

/* The fastest that two clocks ran, and how far the second was behind the first. */
struct smooth {
	double fastest[2], apart;
};

static void look(struct small *s)
{
	struct smooth *m = s->arg;

	for (int i = 0; i < 2; i++)
		m->fastest[i] = fmax(m->fastest[i], fabs(sim_frequency_error(s->sim, 1 + i)));
	m->apart = fmax(m->apart, fabs(sim_time_error(s->sim, 2) - sim_time_error(s->sim, 1)));
}

/* The server's own clock makes up for 20 ms at once; those it serves see no more than 14 ppm (half
 * of it with a wander of 0.01 ppm/s takes 1414 s), and are where it is an hour later. */
static void section_19_smoothtime(void **state)
{
	struct sim_link link = {.base = 1e-3, .jitter = 1e-6};
	struct smooth m = {.apart = 0};
	struct small s;

	(void)state;
	small_begin(&s, 1);
	small_server(&s, 0, "");
	small_client(&s, &(struct sim_node_options){.wander = 1e-10},
		"server node1 iburst minpoll 4 maxpoll 4\nsmoothtime 400 0.01\nallow\n");
	small_client(&s, &(struct sim_node_options){.wander = 1e-10},
		"server node2 iburst minpoll 4 maxpoll 4\n");
	small_link(&s, 0, 1, &link);
	small_link(&s, 1, 2, &link);
	small_run(&s, 6000);
	assert_true(fabs(sim_time_error(s.sim, 2)) < 1e-4);
	/* From here on what the middle one serves is not what it claims. */
	s.invariants.nodes[2].watched = s.invariants.nodes[1].watched = false;
	s.each = look;
	s.arg = &m;
	sim_step(s.sim, 0, 0.02);
	small_run(&s, 1000);
	assert_int_equal(small_ntpdata(&s, 2, 0).refid, REFID_SMOOTH);
	assert_true(m.apart > 0.019);
	small_run(&s, 4000);
	printf("smoothtime: the server's clock by %.0f ppm, its client's by %.1f ppm\n",
		m.fastest[0] * 1e6, m.fastest[1] * 1e6);
	assert_true(m.fastest[1] > 12e-6 && m.fastest[1] < 20e-6);
	assert_true(fabs(sim_time_error(s.sim, 2) - 0.02) < 1e-4);
	assert_int_not_equal(small_ntpdata(&s, 2, 0).refid, REFID_SMOOTH);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_6_authselectmode),
		cmocka_unit_test(section_6_nobody_authenticated),
		cmocka_unit_test(section_19_smoothtime),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
