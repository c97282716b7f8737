/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources of *.sources files: what a reload keeps, removes, adds and refuses.
 */
#include "config.h"

#include "test/unit/source_world.h"

static int setup(void **state)
{
	struct world *w;

	world_setup(state);
	w = *state;
	strcpy(w->settings->sourcedirs[0], "/run/dhcp");
	strcpy(w->settings->sourcedirs[1], "/etc/sources.d");
	w->settings->n_sourcedirs = 2;
	return 0;
}

static void put(struct world *w, const char *path, const char *content)
{
	world_write(w, path, content, strlen(content), false);
}

static void test_start(void **state)
{
	struct world *w = *state;

	put(w, "/etc/sources.d/b.sources", "server 192.0.2.2\n");
	put(w, "/etc/sources.d/a.sources", "server 192.0.2.1\n# comment\n\nallow all\nserver\n");
	put(w, "/etc/sources.d/a.conf", "server 192.0.2.9\n");
	put(w, "/run/dhcp/c.sources", "server 192.0.2.3");
	put(w, "/run/dhcp/b.sources", "server 192.0.2.4\nserver 192.0.2.5");
	sources_start(w->sources);
	/* By file name, the earliest directory's of two of one name, and whole lines only. */
	assert_int_equal(sources_count(w->sources), 2);
	assert_string_equal(source_name(sources_at(w->sources, 0)), "192.0.2.1");
	assert_string_equal(source_name(sources_at(w->sources, 1)), "192.0.2.4");
	assert_int_equal(world_instance(w, "192.0.2.4")->started, 1);
	/* What says nothing good is named with its place; what is blank or a comment is not. */
	world_logged(w, "1 /etc/sources.d/a.sources:4: what is allow?\n"
			"1 /etc/sources.d/a.sources:5: what is server?\n"
			"1 /run/dhcp/b.sources:2: no newline: the line may be half written\n"
			"1 /run/dhcp/c.sources:1: no newline: the line may be half written\n");
}

static void test_unreadable(void **state)
{
	struct world *w = *state;

	put(w, "/run/dhcp/a.sources", "server 192.0.2.1\nserver 192.0.2.2\n");
	put(w, "/run/dhcp/b.sources", "server 192.0.2.3\n");
	sources_start(w->sources);
	put(w, "/run/dhcp/b.sources", "server 192.0.2.4\n");
	w->unreadable = "/run/dhcp/a.sources";
	sources_reload(w->sources);
	/* What came from there stays, the rest is read. */
	world_logged(w, "2 Could not read /run/dhcp/a.sources : Permission denied\n"
			"0 Removed source 192.0.2.3\n0 Added source 192.0.2.4\n");
	assert_int_equal(sources_count(w->sources), 3);
	w->unreadable = "/run/dhcp";
	sources_reload(w->sources);
	world_logged(w, "2 Could not read /run/dhcp : Permission denied\n");
	assert_int_equal(sources_count(w->sources), 3);
	w->unreadable = NULL;
	put(w, "/run/dhcp/a.sources", "server 192.0.2.2\n");
	sources_reload(w->sources);
	world_logged(w, "0 Removed source 192.0.2.1\n");
}

/** A line that moved to another file belongs to that one. */
static void test_moved(void **state)
{
	struct world *w = *state;

	put(w, "/run/dhcp/a.sources", "server 192.0.2.1\n");
	sources_start(w->sources);
	put(w, "/run/dhcp/a.sources", "");
	put(w, "/run/dhcp/b.sources", "server 192.0.2.1\n");
	sources_reload(w->sources);
	w->unreadable = "/run/dhcp/b.sources";
	sources_reload(w->sources);
	assert_int_equal(sources_count(w->sources), 1);
}

static void test_keeps_removes_adds(void **state)
{
	struct world *w = *state;
	struct source *kept;

	world_name(w, "pool.example", "192.0.2.7");
	put(w, "/run/dhcp/a.sources",
		"server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.3\n"
		"pool pool.example maxsources 1\n");
	world_add(w, SOURCE_SERVER, "192.0.2.9");
	sources_start(w->sources);
	world_run(w, 1);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	kept = world_source(w, "192.0.2.1");
	put(w, "/run/dhcp/a.sources",
		"server 192.0.2.4\nserver 192.0.2.3 minpoll 5\nserver 192.0.2.1\n");
	sources_reload(w->sources);
	assert_ptr_equal(world_source(w, "192.0.2.1"), kept);
	assert_int_equal(source_reach(kept), 1);
	assert_null(world_source(w, "192.0.2.2"));
	assert_int_equal(source_get_options(world_source(w, "192.0.2.3"))->minpoll, 5);
	assert_int_equal(world_instance(w, "192.0.2.4")->started, 1);
	/* What no file said stays. */
	assert_non_null(world_source(w, "192.0.2.9"));
	assert_int_equal(sources_count(w->sources), 4);
	world_logged(w, "0 Removed pool pool.example\n0 Removed source 192.0.2.3\n"
			"0 Removed source 192.0.2.2\n0 Added source 192.0.2.4\n"
			"0 Added source 192.0.2.3\n");
	sources_reload(w->sources);
	world_logged(w, "");
	world_remove(&w->kernel, "/run/dhcp/a.sources");
	sources_reload(w->sources);
	assert_int_equal(sources_count(w->sources), 1);
}

static void test_refused(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.1");

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	put(w, "/run/dhcp/a.sources", "server 192.0.2.1\nserver 192.0.2.2\nserver 192.0.2.2\n");
	sources_start(w->sources);
	world_logged(w, "2 Could not add source 192.0.2.1 : Already in use\n"
			"2 Could not add source 192.0.2.2 : Already in use\n");
	sources_reload(w->sources);
	/* The same failure is told once. */
	world_logged(w, "");
	sources_remove(w->sources, &a);
	sources_reload(w->sources);
	world_logged(w, "0 Removed source 192.0.2.1\n0 Added source 192.0.2.1\n");
}

static void test_command_changes_do_not_count(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.1");

	put(w, "/run/dhcp/a.sources", "server 192.0.2.1\n");
	sources_start(w->sources);
	sources_options(w->sources, &a)->minpoll = 4;
	sources_reload(w->sources);
	/* The file did not change, so the command's word stands. */
	assert_int_equal(sources_options(w->sources, &a)->minpoll, 4);
	world_logged(w, "");
}

static void test_odd_content(void **state)
{
	struct world *w = *state;
	static const char zero[] = "server 192.0.2.1\nserver 192.0.2.2\0 x\nserver 192.0.2.3\n";
	char *big = malloc(70000);

	world_write(w, "/run/dhcp/a.sources", zero, sizeof(zero) - 1, false);
	memset(big, 'x', 70000);
	memcpy(big, "server 192.0.2.5\n", 17);
	big[69999] = '\n';
	world_write(w, "/run/dhcp/b.sources", big, 70000, false);
	memcpy(big, "server 192.0.2.6\n", 17);
	memcpy(big + 2100, "\nserver 192.0.2.8\n", 18);
	world_write(w, "/run/dhcp/c.sources", big, 2118, false);
	free(big);
	sources_start(w->sources);
	/* The line with a NUL, the file over the limit and the long line are left out. */
	assert_int_equal(sources_count(w->sources), 4);
	assert_non_null(world_source(w, "192.0.2.1"));
	assert_non_null(world_source(w, "192.0.2.3"));
	assert_non_null(world_source(w, "192.0.2.6"));
	assert_non_null(world_source(w, "192.0.2.8"));
	world_logged(w, "1 /run/dhcp/a.sources:2: NUL byte in line\n"
			"2 Could not read /run/dhcp/b.sources : File too large\n"
			"1 /run/dhcp/c.sources:2: line too long\n");
}

static void test_removal_during_look_up(void **state)
{
	struct world *w = *state;

	world_name(w, "a.example", "192.0.2.1");
	world_name(w, "b.example", "192.0.2.2");
	world_name(w, "c.example", "192.0.2.3");
	put(w, "/run/dhcp/a.sources", "server a.example\nserver b.example\nserver c.example\n");
	sources_start(w->sources);
	/* a.example is being looked up. */
	assert_non_null(w->pending);
	put(w, "/run/dhcp/a.sources", "server b.example\nserver c.example\n");
	sources_reload(w->sources);
	world_run(w, 1);
	assert_null(world_source(w, "192.0.2.1"));
	assert_non_null(world_source(w, "192.0.2.2"));
	assert_non_null(world_source(w, "192.0.2.3"));
}

static void test_removal_behind_the_look_up(void **state)
{
	struct world *w = *state;

	world_name(w, "a.example", "192.0.2.1");
	world_name(w, "b.example", "192.0.2.2");
	world_name(w, "c.example", "192.0.2.3");
	put(w, "/run/dhcp/a.sources", "server a.example\nserver b.example\nserver c.example\n");
	sources_start(w->sources);
	assert_int_equal(loop_turn(w->loop), 0);
	assert_string_equal(w->pending->name, "b.example");
	assert_int_equal(sources_remove(w->sources, &w->names[0].addresses[0]), SOURCES_OK);
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.3"));
}

/** A name said twice is two sources, before and after. */
static void test_equal_lines(void **state)
{
	struct world *w = *state;

	world_name(w, "a.example", "192.0.2.1 192.0.2.2");
	put(w, "/run/dhcp/a.sources", "server a.example\nserver a.example\n");
	sources_start(w->sources);
	world_run(w, 1);
	sources_reload(w->sources);
	assert_int_equal(sources_count(w->sources), 2);
	world_logged(w, "");
	put(w, "/run/dhcp/a.sources", "server a.example\n");
	sources_reload(w->sources);
	assert_int_equal(sources_count(w->sources), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start),
		TEST(test_keeps_removes_adds),
		TEST(test_unreadable),
		TEST(test_moved),
		TEST(test_refused),
		TEST(test_command_changes_do_not_count),
		TEST(test_odd_content),
		TEST(test_removal_during_look_up),
		TEST(test_removal_behind_the_look_up),
		TEST(test_equal_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
