/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initstepslew (chrony-behaviour 15, chrony-config 4.1): servers that are asked before the others.
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

#include "common/cmdmon.h"
#include "daemon/source/source.h"
#include "test/sim/small.h"

#define HEARD 4000

static void hear(void *arg, const char *message)
{
	strncat(arg, message, HEARD - strlen(arg) - 1);
	strncat(arg, "\n", HEARD - strlen(arg) - 1);
}

/* Two servers, the second of which is for the start alone, and a machine that begins. */
static int begin(struct small *s, double offset, const char *config, char *heard)
{
	const struct sim_node_options o = {.offset = offset, .hear = hear, .hear_arg = heard};

	heard[0] = '\0';
	small_begin(s, 1);
	small_server(s, 0, "");
	small_server(s, 0, "");
	return small_client(s, &o, config);
}

static bool started(struct small *s, int node)
{
	return daemon_ready(sim_daemon(s->sim, node));
}

/* Large offsets are stepped, small ones slewed; then the configured sources begin. */
static void section_15_initstepslew(void **state)
{
	static const struct {
		double offset;
		const char *said; /* the last digits nobody knows */
	} cases[] = {{100, "System's initial offset : %lf seconds fast of true (step)\n"},
		{-5, "System's initial offset : %lf seconds slow of true (step)\n"},
		{0.05, "System's initial offset : %lf seconds fast of true (slew)\n"}};
	char heard[HEARD], expected[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct small s;
		int node = begin(&s, cases[i].offset,
			"initstepslew 1 node2\nserver node1 minpoll 4 maxpoll 4\n", heard);
		const char *said;
		double offset;

		small_run(&s, 2);
		assert_false(started(&s, node));
		assert_int_equal(sources_count(daemon_sources(sim_daemon(s.sim, node))), 1);
		small_run(&s, 8);
		assert_true(started(&s, node));
		said = strstr(heard, "System's initial offset : ");
		assert_non_null(said);
		assert_int_equal(sscanf(said, "System's initial offset : %lf", &offset), 1);
		assert_true(fabs(offset - fabs(cases[i].offset)) < 1e-3);
		snprintf(expected, sizeof(expected), cases[i].said, offset);
		assert_memory_equal(said, expected, strlen(expected));
		assert_true(fabs(sim_time_error(s.sim, node)) < 0.01);
		assert_int_equal(sources_count(daemon_sources(sim_daemon(s.sim, node))), 1);
		assert_null(strstr(heard, "Removed source"));
		small_run(&s, 300);
		assert_true(fabs(sim_time_error(s.sim, node)) < 1e-3);
		assert_int_equal(small_tracking(&s, node).stratum, 2);
		small_end(&s);
	}
}

/* Nobody answers, or the name is unknown: it is said after about ten seconds, and time goes on. */
static void section_15_initstepslew_without_answer(void **state)
{
	static const char *const names[] = {"node2", "no.such.name"};
	char heard[HEARD];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char config[200];
		struct small s;
		int node;

		snprintf(config, sizeof(config),
			"initstepslew 1 %s\nserver node1 iburst minpoll 4 maxpoll 4\n", names[i]);
		node = begin(&s, 3, config, heard);
		sim_partition(s.sim, 1, true);
		if (i == 0) {
			small_run(&s, 8);
			assert_false(started(&s, node));
		}
		small_run(&s, 8);
		assert_true(started(&s, node));
		assert_non_null(strstr(heard, "No suitable source for initstepslew\n"));
		assert_int_equal(i == 1, strstr(heard, "Could not resolve address of initstepslew "
						       "server no.such.name\n") != NULL);
		small_run(&s, 300);
		assert_int_equal(small_tracking(&s, node).stratum, 2);
		small_end(&s);
	}
}

/* What the administrator adds meanwhile is no server of initstepslew: it stays. */
static void added_meanwhile(void **state)
{
	struct cmdmon_request q = {.command = CMDMON_ADD_SOURCE};
	uint8_t request[CMDMON_REQUEST_MAX];
	char heard[HEARD];
	struct sources *sources;
	int n;
	struct address a = sim_address(0);
	struct small s;
	int node = begin(&s, 3, "initstepslew 1 node2\n", heard);

	(void)state;
	sources = daemon_sources(sim_daemon(s.sim, node));
	small_run(&s, 2);
	assert_false(started(&s, node));
	q.source = source_options_default(SOURCE_SERVER);
	q.source.minpoll = q.source.maxpoll = 4;
	address_format(&a, q.source.name, sizeof(q.source.name));
	n = cmdmon_request_encode(&q, request, sizeof(request));
	assert_true(n > 0);
	sim_visit_path(s.sim, node, "/visitor", GNOMON_SOCKET, (struct span){request, (size_t)n});
	small_run(&s, 14);
	assert_true(started(&s, node));
	assert_int_equal(sources_count(sources), 1);
	assert_non_null(sources_find(sources, &a));
	small_run(&s, 300);
	assert_int_equal(small_tracking(&s, node).stratum, 2);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_15_initstepslew),
		cmocka_unit_test(section_15_initstepslew_without_answer),
		cmocka_unit_test(added_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
