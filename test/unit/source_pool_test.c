/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry: pools, and sources that others take the place of.
 */
#include "config.h"

#include "test/unit/source_world.h"

static void add_pool(struct world *w, const char *name, int maxsources)
{
	struct source_options o = world_options(SOURCE_POOL, name);

	o.maxsources = maxsources;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_OK);
}

static void section_8_pool(void **state)
{
	struct world *w = *state;
	struct world_name *n = world_name(w, "pool.example", "192.0.2.1 192.0.2.2 192.0.2.3");
	struct report_activity a;

	add_pool(w, "pool.example", 2);
	assert_int_equal(sources_count(w->sources), 4);
	sources_start(w->sources);
	world_run(w, 1);
	sources_report_activity(w->sources, &a);
	assert_int_equal(a.online, 3);
	assert_int_equal(a.unresolved, 1);
	world_run(w, 30);
	assert_int_equal(n->asked, 2);
	world_respond(w, "192.0.2.3", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 4);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	/* Not inside the call: the response may come from one that would be freed. */
	assert_int_equal(sources_count(w->sources), 4);
	world_run(w, 0.1);
	assert_int_equal(sources_count(w->sources), 2);
	assert_null(world_source(w, "192.0.2.2"));
	world_run(w, 10000);
	assert_int_equal(n->asked, 2);
	world_logged(w, "");
}

/** A good member that is deleted counts no more. */
static void section_8_pool_loses_member(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.1");

	world_name(w, "pool.example", "192.0.2.1 192.0.2.2 192.0.2.3");
	add_pool(w, "pool.example", 2);
	sources_start(w->sources);
	world_run(w, 1);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	assert_int_equal(sources_remove(w->sources, &a), SOURCES_OK);
	world_respond(w, "192.0.2.2", 0, 1e-3);
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.3"));
	world_respond(w, "192.0.2.3", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 2);
}

static void section_8_pool_slots(void **state)
{
	struct world *w = *state;

	add_pool(w, "pool.example", 16);
	assert_int_equal(sources_count(w->sources), 16);
	add_pool(w, "192.0.2.9", 4);
	assert_int_equal(sources_count(w->sources), 17);
	sources_start(w->sources);
	add_pool(w, "second.example", 1);
	world_logged(w, "0 Added pool second.example\n");
}

static void section_8_replacement(void **state)
{
	struct world *w = *state;
	struct source *s;

	world_name(w, "server.example", "192.0.2.1");
	world_add(w, SOURCE_SERVER, "server.example");
	world_add(w, SOURCE_SERVER, "192.0.2.9");
	sources_start(w->sources);
	world_run(w, 1);
	s = world_source(w, "192.0.2.1");
	world_respond(w, "192.0.2.1", 0, 1e-3);
	world_name(w, "server.example", "192.0.2.1 192.0.2.9 192.0.2.2 192.0.2.3");
	w->no_route = world_address("192.0.2.2");
	world_ignore(w, "192.0.2.1", 7);
	world_ignore(w, "192.0.2.9", 20);
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.1"));
	world_ignore(w, "192.0.2.1", 1);
	world_run(w, 1);
	assert_string_equal(source_name(s), "server.example");
	assert_ptr_equal(s, world_source(w, "192.0.2.3"));
	assert_non_null(world_source(w, "192.0.2.9"));
	assert_int_equal(source_reach_updates(s), 0);
	assert_int_equal(world_instance(w, "192.0.2.3")->started, 1);
	world_logged(w, "0 Source 192.0.2.1 replaced with 192.0.2.3 (server.example)\n");
	/* Half of 3584 s must pass before the next, by the random number of this world. */
	world_ignore(w, "192.0.2.3", 8);
	world_run(w, 1700);
	world_ignore(w, "192.0.2.3", 1);
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.3"));
	world_run(w, 100);
	world_ignore(w, "192.0.2.3", 1);
	world_run(w, 1);
	assert_null(world_source(w, "192.0.2.3"));
	world_logged(w, "0 Source 192.0.2.3 replaced with 192.0.2.1 (server.example)\n");
}

static void section_8_bad_selection(void **state)
{
	struct world *w = *state;

	world_name(w, "server.example", "192.0.2.1 192.0.2.2");
	world_add(w, SOURCE_SERVER, "server.example");
	sources_start(w->sources);
	world_run(w, 1);
	source_bad_selection(w->sources, world_source(w, "192.0.2.1"));
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.2"));
}

static void section_8_replaced_is_tentative(void **state)
{
	struct world *w = *state;

	world_name(w, "pool.example", "192.0.2.1 192.0.2.2 192.0.2.3");
	add_pool(w, "pool.example", 1);
	sources_start(w->sources);
	world_run(w, 1);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 1);
	world_ignore(w, "192.0.2.1", 8);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 1);
	/* By the random number, the search began in the middle of the list. */
	assert_non_null(world_source(w, "192.0.2.2"));
	world_respond(w, "192.0.2.2", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 1);
}

static void deny(struct world *w, const char *address)
{
	struct protocol_instance *i = world_instance(w, address);

	i->sink->denied(i->arg);
}

static void test_denied(void **state)
{
	struct world *w = *state;
	struct report_activity a;

	world_name(w, "pool.example", "192.0.2.1 192.0.2.2");
	add_pool(w, "pool.example", 1);
	world_add(w, SOURCE_SERVER, "192.0.2.9");
	sources_start(w->sources);
	world_run(w, 1);
	world_respond(w, "192.0.2.2", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(sources_count(w->sources), 2);
	deny(w, "192.0.2.9");
	deny(w, "192.0.2.2");
	sources_report_activity(w->sources, &a);
	assert_int_equal(a.offline, 2);
	world_logged(w,
		"1 Source 192.0.2.9 offline: the server denies us service\n"
		"1 Source 192.0.2.2 (pool.example) offline: the server denies us service\n");
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.1"));
	world_logged(w, "0 Source 192.0.2.2 replaced with 192.0.2.1 (pool.example)\n");
	/* The second is denied too: nothing polls, but after a while it is tried again. */
	deny(w, "192.0.2.1");
	world_run(w, 1700);
	assert_non_null(world_source(w, "192.0.2.1"));
	world_run(w, 100);
	assert_non_null(world_source(w, "192.0.2.2"));
	assert_non_null(world_source(w, "192.0.2.9"));
	assert_int_equal(world_instance(w, "192.0.2.9")->activity, PROTOCOL_OFFLINE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_8_pool),
		TEST(section_8_pool_loses_member),
		TEST(section_8_pool_slots),
		TEST(section_8_replacement),
		TEST(section_8_bad_selection),
		TEST(section_8_replaced_is_tentative),
		TEST(test_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
