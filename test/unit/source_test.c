/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry: adding, names, masks, tests B and C, reports.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include <math.h>

#define BOTH (PROTOCOL_TEST_B | PROTOCOL_TEST_C)

static const struct address any = {ADDRESS_NONE, {0}};

static void test_add(void **state)
{
	struct world *w = *state;
	struct source_options o;

	assert_int_equal(world_add(w, SOURCE_SERVER, "192.0.2.1"), SOURCES_OK);
	assert_int_equal(world_add(w, SOURCE_SERVER, "192.0.2.1"), SOURCES_ALREADY);
	assert_int_equal(world_add(w, SOURCE_PEER, "192.0.2.1"), SOURCES_ALREADY);
	assert_int_equal(world_add(w, SOURCE_SERVER, "2001:db8::1"), SOURCES_OK);
	/* As chronyd: never resolved. */
	assert_int_equal(world_add(w, SOURCE_SERVER, ""), SOURCES_OK);
	assert_int_equal(sources_remove(w->sources, &(struct address){ADDRESS_ID, {0, 0, 0, 1}}),
		SOURCES_OK);
	world_logged(w, "0 Removed source ID#0000000001\n");
	assert_int_equal(world_add(w, SOURCE_SERVER, "a b"), SOURCES_BAD_NAME);
	assert_int_equal(world_add(w, SOURCE_SERVER, "a\x80"), SOURCES_BAD_NAME);
	assert_int_equal(world_add(w, (enum source_kind)4, "192.0.2.2"), SOURCES_BAD_KIND);
	o = world_options(SOURCE_SERVER, "192.0.2.3");
	o.ip6_only = true;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_BAD_FAMILY);
	memset(o.name, 'x', sizeof(o.name));
	assert_int_equal(sources_add(w->sources, &o), SOURCES_BAD_NAME);
	assert_int_equal(sources_count(w->sources), 2);
	assert_string_equal(source_name(sources_at(w->sources, 1)), "2001:db8::1");
	assert_null(sources_at(w->sources, 2));
	assert_int_equal(world_instance(w, "192.0.2.1")->started, 0);
	sources_start(w->sources);
	assert_int_equal(world_instance(w, "192.0.2.1")->started, 1);
	world_logged(w, "");
	assert_int_equal(world_add(w, SOURCE_SERVER, "192.0.2.4"), SOURCES_OK);
	assert_int_equal(world_instance(w, "192.0.2.4")->started, 1);
	world_logged(w, "0 Added source 192.0.2.4\n");
}

static void test_family_settings(void **state)
{
	struct world *w = *state;

	w->settings->ip6 = false;
	assert_int_equal(world_add(w, SOURCE_SERVER, "2001:db8::1"), SOURCES_BAD_FAMILY);
	world_name(w, "both.example", "2001:db8::1 192.0.2.1");
	assert_int_equal(world_add(w, SOURCE_SERVER, "both.example"), SOURCES_OK);
	sources_start(w->sources);
	world_run(w, 1);
	/* Even a resolver that gives the other family does not get it in. */
	assert_non_null(world_source(w, "192.0.2.1"));
	assert_null(world_source(w, "2001:db8::1"));
}

static void test_remove(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.1"), id;

	world_name(w, "unknown.example", "");
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "unknown.example");
	sources_start(w->sources);
	assert_int_equal(sources_remove(w->sources, &a), SOURCES_OK);
	assert_int_equal(sources_remove(w->sources, &a), SOURCES_NO_SUCH);
	world_logged(w, "0 Removed source 192.0.2.1\n");
	/* The first slot ever made for a name; and it is being resolved. */
	id = address_id(1);
	assert_int_equal(sources_remove(w->sources, &id), SOURCES_OK);
	world_logged(w, "0 Removed source ID#0000000001 (unknown.example)\n");
	assert_int_equal(sources_count(w->sources), 0);
	assert_null(w->pending);
	world_run(w, 100);
	/* IDs are not used again. */
	world_add(w, SOURCE_SERVER, "unknown.example");
	id = address_id(2);
	assert_non_null(sources_find(w->sources, &id));
}

static void test_texts(void **state)
{
	struct world *w = *state;
	struct source *s;
	char text[320];

	world_name(w, "six.example", "2001:db8::1");
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "six.example");
	s = sources_at(w->sources, 1);
	source_text_long(s, text, sizeof(text));
	assert_string_equal(text, "ID#0000000001 (six.example)");
	assert_int_equal(source_refid(s), 0);
	assert_false(source_active(s));
	sources_start(w->sources);
	world_run(w, 1);
	source_text_long(s, text, sizeof(text));
	assert_string_equal(text, "2001:db8::1 (six.example)");
	source_text(s, text, sizeof(text));
	assert_string_equal(text, "2001:db8::1");
	assert_true(source_active(s));
	/* First bytes of the MD5 of the address, by md5sum. */
	assert_int_equal(source_refid(s), 0x39ab9b37);
	s = sources_at(w->sources, 0);
	source_text_long(s, text, sizeof(text));
	assert_string_equal(text, "192.0.2.1");
	assert_int_equal(source_refid(s), 0xc0000201);
}

static void section_8_name_retries(void **state)
{
	struct world *w = *state;
	struct world_name *n = world_name(w, "late.example", "");
	static const double at[] = {0, 28, 28 + 56, 28 + 56 + 112, 28 + 56 + 112 + 224};

	world_add(w, SOURCE_SERVER, "late.example");
	sources_start(w->sources);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		assert_int_equal(n->asked, i + 1);
		assert_true(fabs(n->last_asked - at[i]) < 1e-6);
		world_run(w, at[i] == 0 ? 28.5 : at[i] + 28);
	}
	/* The second failed round of all names is told, once. */
	world_logged(w, "1 Could not resolve any hostnames yet (misconfigured DNS?)\n");
	world_name(w, "late.example", "192.0.2.7");
	/* The online command forces a try. */
	assert_int_equal(sources_online(w->sources, &any, &any, true), SOURCES_OK);
	world_run(w, 1);
	assert_int_equal(world_instance(w, "192.0.2.7")->started, 1);
	assert_int_equal(n->asked, 7);
	world_run(w, 4000);
	assert_int_equal(n->asked, 7);
}

static void section_8_invalid_host(void **state)
{
	struct world *w = *state;
	struct world_name *n = world_name(w, "wrong.example", "");

	n->error = -ENOENT;
	world_name(w, "good.example", "192.0.2.1");
	world_add(w, SOURCE_SERVER, "wrong.example");
	world_add(w, SOURCE_SERVER, "good.example");
	sources_start(w->sources);
	world_run(w, 100);
	assert_int_equal(n->asked, 3);
	assert_non_null(world_source(w, "192.0.2.1"));
	world_logged(w, "1 Invalid host wrong.example\n");
}

static void section_15_same_address_twice(void **state)
{
	struct world *w = *state;
	struct report_activity a;

	world_name(w, "one.example", "192.0.2.1 192.0.2.2");
	world_name(w, "two.example", "192.0.2.1");
	world_name(w, "odd.example", "0.0.0.0 224.0.0.1 255.255.255.255");
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "one.example");
	world_add(w, SOURCE_SERVER, "two.example");
	world_add(w, SOURCE_SERVER, "odd.example");
	sources_start(w->sources);
	world_run(w, 1);
	assert_non_null(world_source(w, "192.0.2.2"));
	sources_report_activity(w->sources, &a);
	assert_int_equal(a.online, 2);
	assert_int_equal(a.unresolved, 2);
}

static void section_8_refresh(void **state)
{
	struct world *w = *state;
	struct world_name *n = world_name(w, "server.example", "192.0.2.1");

	w->settings->refresh = 1000;
	world_add(w, SOURCE_SERVER, "server.example");
	sources_start(w->sources);
	world_run(w, 900);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	world_run(w, 1);
	assert_int_equal(n->asked, 1);
	world_run(w, 200);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	world_run(w, 1);
	/* Still listed: everything stays. */
	assert_int_equal(n->asked, 2);
	assert_int_equal(source_reach(world_source(w, "192.0.2.1")), 3);
	world_name(w, "server.example", "192.0.2.2");
	sources_refresh(w->sources);
	world_run(w, 1);
	assert_int_equal(n->asked, 3);
	assert_non_null(world_source(w, "192.0.2.2"));
	world_logged(w, "0 Source 192.0.2.1 replaced with 192.0.2.2 (server.example)\n");
}

static void test_masks(void **state)
{
	struct world *w = *state;
	struct address mask = world_address("255.255.255.0"), net = world_address("192.0.2.0");
	struct address id = address_id(1);
	struct report_activity a;

	/* As chronyd says while it has no source. */
	assert_int_equal(sources_online(w->sources, &any, &any, true), SOURCES_NO_SUCH);
	assert_int_equal(sources_burst(w->sources, &any, &any, 2, 5), SOURCES_NO_SUCH);
	world_name(w, "unknown.example", "");
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "198.51.100.1");
	world_add(w, SOURCE_SERVER, "unknown.example");
	sources_start(w->sources);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	assert_int_equal(sources_online(w->sources, &mask, &net, false), SOURCES_OK);
	world_logged(w, "0 Source 192.0.2.1 offline\n");
	assert_int_equal(source_reach(world_source(w, "192.0.2.1")), 0);
	assert_int_equal(sources_online(w->sources, &mask, &net, false), SOURCES_OK);
	world_logged(w, "");
	sources_report_activity(w->sources, &a);
	assert_int_equal(a.online, 1);
	assert_int_equal(a.offline, 1);
	assert_int_equal(a.unresolved, 1);
	net = world_address("203.0.113.0");
	assert_int_equal(sources_online(w->sources, &mask, &net, false), SOURCES_NO_SUCH);
	net = world_address("2001:db8::");
	assert_int_equal(sources_online(w->sources, &mask, &net, false), SOURCES_NO_SUCH);
	assert_int_equal(sources_online(w->sources, &any, &id, false), SOURCES_OK);
	world_logged(w, "0 Source ID#0000000001 offline\n");
	source_set_state(world_source(w, "198.51.100.1"), '*');
	assert_int_equal(sources_online(w->sources, &any, &any, true), SOURCES_OK);
	assert_int_equal(sources_online(w->sources, &any, &any, false), SOURCES_OK);
	/* Who is followed goes last. */
	world_logged(w, "0 Source 192.0.2.1 online\n0 Source ID#0000000001 online\n"
			"0 Source 192.0.2.1 offline\n0 Source ID#0000000001 offline\n"
			"0 Source 198.51.100.1 offline\n");
}

static void test_offline_name_resolves_offline(void **state)
{
	struct world *w = *state;
	struct source_options o = world_options(SOURCE_SERVER, "server.example");

	o.online = false;
	world_name(w, "server.example", "192.0.2.1");
	sources_add(w->sources, &o);
	sources_start(w->sources);
	world_run(w, 1);
	assert_int_equal(world_instance(w, "192.0.2.1")->activity, PROTOCOL_OFFLINE);
	assert_false(source_active(world_source(w, "192.0.2.1")));
}

static void test_burst(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.7");

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_PEER, "192.0.2.2");
	sources_start(w->sources);
	assert_int_equal(sources_burst(w->sources, &any, &any, 2, 5), SOURCES_OK);
	assert_int_equal(world_instance(w, "192.0.2.1")->bursts, 1);
	assert_int_equal(world_instance(w, "192.0.2.2")->bursts, 0);
	assert_int_equal(sources_burst(w->sources, &any, &a, 2, 5), SOURCES_NO_SUCH);
}

static void section_8_onoffline(void **state)
{
	struct world *w = *state;

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	world_add(w, SOURCE_SERVER, "192.0.2.2");
	sources_start(w->sources);
	w->no_route = world_address("192.0.2.1");
	sources_onoffline(w->sources);
	world_logged(w, "0 Source 192.0.2.1 offline\n");
	w->no_route = world_address("192.0.2.2");
	sources_onoffline(w->sources);
	world_logged(w, "0 Source 192.0.2.1 online\n0 Source 192.0.2.2 offline\n");
}

static void test_reset(void **state)
{
	struct world *w = *state;
	struct source *s;
	struct report_sourcestats stats;

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	s = world_source(w, "192.0.2.1");
	source_select_memory(s)->score = 5;
	sources_disturbed(w->sources);
	world_logged(w, "");
	sources_reset(w->sources);
	world_logged(w, "0 Reset all sources\n");
	assert_int_equal(world_instance(w, "192.0.2.1")->resets, 2);
	assert_int_equal(source_reach(s), 0);
	assert_false(source_has_news(s));
	assert_true(source_select_memory(s)->score == 1);
	source_report_stats(w->sources, s, &stats);
	assert_int_equal(stats.samples, 0);
	assert_true(stats.std_dev == 4.0 && stats.skew_ppm == 2000.0);
}

static void section_3_reach(void **state)
{
	struct world *w = *state;
	struct source *s;

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	s = world_source(w, "192.0.2.1");
	world_respond(w, "192.0.2.1", 0, 1e-3);
	assert_int_equal(source_reach(s), 1);
	world_ignore(w, "192.0.2.1", 7);
	assert_int_equal(source_reach(s), 0200);
	assert_int_equal(source_reach_updates(s), 8);
	assert_int_equal(source_unreachable_runs(s), 0);
	world_ignore(w, "192.0.2.1", 3);
	assert_int_equal(source_reach(s), 0);
	assert_int_equal(source_reach_updates(s), 8);
	assert_int_equal(source_unreachable_runs(s), 3);
	world_respond(w, "192.0.2.1", 0, 1e-3);
	assert_int_equal(source_unreachable_runs(s), 0);
}

static void test_news(void **state)
{
	struct world *w = *state;
	struct source *s;

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	s = world_source(w, "192.0.2.1");
	assert_false(source_has_news(s));
	w->updates = w->news = 0;
	world_respond(w, "192.0.2.1", 0, 1e-3);
	/* Once for the register, once for the sample. */
	assert_int_equal(w->updates, 2);
	assert_int_equal(w->news, 1);
	assert_ptr_equal(w->last_updated, s);
	assert_true(source_has_news(s));
	source_seen(s);
	assert_false(source_has_news(s));
}

static void test_out_of_order(void **state)
{
	struct world *w = *state;
	struct protocol_instance *i;
	struct track_figures f;
	struct sample sample;

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	for (int k = 0; k < 3; k++) {
		world_respond(w, "192.0.2.1", 0, 1e-3);
		world_run(w, 1);
	}
	i = world_instance(w, "192.0.2.1");
	sample = world_sample(w, 0, 1e-3);
	sample.osc -= 10 * INSTANT_S;
	assert_int_equal(i->sink->sample(i->arg, &sample), BOTH);
	track_get_figures(source_track(world_source(w, "192.0.2.1")), &f);
	assert_int_equal(f.samples, 1);
	world_logged(w, "1 Out of order sample detected, discarding history for 192.0.2.1\n");
}

/** Adds a server with options, and lets it give n samples of 1 ms delay with some noise. */
static void learn(struct world *w, const struct source_options *o, int n)
{
	assert_int_equal(sources_add(w->sources, o), SOURCES_OK);
	sources_start(w->sources);
	for (int i = 0; i < n; i++) {
		assert_int_equal(
			world_respond(w, o->name, (i % 3 - 1) * 1e-5, 1e-3 + i % 2 * 1e-5), BOTH);
		world_run(w, 1);
	}
}

static void section_2_b(void **state)
{
	struct world *w = *state;
	struct source_options o = world_options(SOURCE_SERVER, "192.0.2.1");

	o.maxdelayratio = 2;
	o.maxdelaydevratio = 1e6;
	learn(w, &o, 8);
	assert_int_equal(world_respond(w, "192.0.2.1", 0, 1.9e-3), BOTH);
	assert_int_equal(world_respond(w, "192.0.2.1", 0, 3e-3), PROTOCOL_TEST_C);
	/* mindelay stands in for what was measured. */
	sources_options(w->sources, source_address(world_source(w, "192.0.2.1")))->mindelay = 2e-3;
	world_run(w, 1);
	assert_int_equal(world_respond(w, "192.0.2.1", 0, 3e-3), BOTH);
}

static void section_2_b_needs_samples(void **state)
{
	struct world *w = *state;
	struct source_options o = world_options(SOURCE_SERVER, "192.0.2.1");

	o.maxdelayratio = 2;
	learn(w, &o, 5);
	assert_int_equal(world_respond(w, "192.0.2.1", 0, 0.5), BOTH);
}

static void section_2_c(void **state)
{
	struct world *w = *state;
	struct source_options o = world_options(SOURCE_SERVER, "192.0.2.1");
	struct track_figures before, after;

	learn(w, &o, 20);
	track_get_figures(source_track(world_source(w, "192.0.2.1")), &before);
	w->updates = w->news = 0;
	assert_int_equal(world_respond(w, "192.0.2.1", 1e-5, 0.1), PROTOCOL_TEST_B);
	track_get_figures(source_track(world_source(w, "192.0.2.1")), &after);
	assert_int_equal(before.samples, after.samples);
	assert_int_equal(w->news, 0);
	world_run(w, 1);
	/* The time has really moved: the delay does not excuse it. */
	assert_int_equal(world_respond(w, "192.0.2.1", 0.2, 0.1), BOTH);
	world_run(w, 1);
}

static void section_2_c_quantile(void **state)
{
	struct world *w = *state;
	struct source_options o = world_options(SOURCE_SERVER, "192.0.2.1");
	unsigned good = 0;

	o.maxdelayquant = 0.25;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_OK);
	sources_start(w->sources);
	for (int i = 0; i < 200; i++) {
		/* Delays of 1 to 1.99 ms in a scrambled order. */
		double delay = 1e-3 + i * 37 % 100 * 1e-5;

		good += i >= 100 && world_respond(w, o.name, 0, delay) == BOTH;
		if (i < 100)
			world_respond(w, o.name, 0, delay);
		world_run(w, 1);
	}
	/* About a quarter passes, although only what passed is learnt from. */
	assert_in_range(good, 20, 32);
}

static void section_15_exhausted(void **state)
{
	struct world *w = *state;

	assert_false(sources_exhausted(w->sources));
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	assert_false(sources_exhausted(w->sources));
	world_run(w, 1);
	/* 3 samples are needed out of 7 updates (chrony-config 3.1). */
	world_ignore(w, "192.0.2.1", 4);
	assert_false(sources_exhausted(w->sources));
	world_ignore(w, "192.0.2.1", 1);
	assert_true(sources_exhausted(w->sources));
}

static void section_15_exhausted_without_sources(void **state)
{
	struct world *w = *state;

	sources_start(w->sources);
	assert_true(sources_exhausted(w->sources));
}

/** A name that is not resolved yet may still give samples; a server that is off will not. */
static void section_15_exhausted_without_addresses(void **state)
{
	struct world *w = *state;
	struct report_auth auth = {.mode = -1};
	const struct source *s;
	struct source_options *o;

	world_name(w, "unknown.example", "");
	world_add(w, SOURCE_SERVER, "unknown.example");
	s = sources_at(w->sources, 0);
	o = sources_options(w->sources, source_address(s));
	sources_start(w->sources);
	world_run(w, 60);
	assert_false(sources_exhausted(w->sources));
	/* authdata -a has a line for it, as the other reports have. */
	assert_int_equal(source_report_auth(s, &auth), 0);
	assert_int_equal(auth.mode, 0);
	assert_int_equal(auth.ke_age, REPORT_NEVER);
	o->online = false;
	assert_true(sources_exhausted(w->sources));
	o->online = true;
	world_name(w, "unknown.example", "192.0.2.1");
	world_run(w, 60);
	world_ignore(w, "192.0.2.1", 5);
	assert_true(sources_exhausted(w->sources));
}

/** The clock is 1 ms slow and our model knows 0.4 ms of it: every face's sign. */
static void test_report_signs(void **state)
{
	struct world *w = *state;
	struct report_sourcestats stats;
	struct report_source report;
	struct clock_model m = {.offset_sd = 1e-6, .rate_sd = 1e-8};
	struct source *s;

	m.osc = clock_now(w->clock).osc;
	m.offset_ns = 400000;
	clock_set_model(w->clock, &m);
	world_add(w, SOURCE_SERVER, "192.0.2.1");
	sources_start(w->sources);
	s = world_source(w, "192.0.2.1");
	for (int i = 0; i < 30; i++) {
		/* True time gains 5 ppm on the system clock. */
		world_respond(w, "192.0.2.1", 1e-3 + 5e-6 * i, 1e-4);
		world_run(w, 1);
	}
	source_report_stats(w->sources, s, &stats);
	assert_true(fabs(stats.offset - -(1e-3 + 30 * 5e-6 - 400e-6)) < 2e-5);
	assert_true(fabs(stats.residual_ppm - -5) < 2);
	source_report(w->sources, s, &report);
	assert_true(fabs(report.original_offset - -(1e-3 + 29 * 5e-6 - 400e-6)) < 1e-9);
	assert_true(fabs(report.adjusted_offset - report.original_offset) < 1e-9);
	assert_int_equal(report.age, 1);
	assert_int_equal(report.stratum, 3);
	assert_true(fabs(report.error - (1.1e-3 / 2 + 2e-3 + 1e-6)) < 1e-12);
	/* The clock learns all of it: what was measured stays, what it means now is nothing. */
	m.osc = clock_now(w->clock).osc;
	m.offset_ns = 1145000;
	clock_set_model(w->clock, &m);
	source_report(w->sources, s, &report);
	assert_true(fabs(report.original_offset - -(1e-3 + 29 * 5e-6 - 400e-6)) < 1e-9);
	assert_true(fabs(report.adjusted_offset) < 1e-9);
}

static void test_modify(void **state)
{
	struct world *w = *state;
	struct address a = world_address("192.0.2.1");

	world_add(w, SOURCE_SERVER, "192.0.2.1");
	assert_non_null(sources_options(w->sources, &a));
	*sources_select_options(w->sources, &a, 0) = SELECT_PREFER;
	*sources_offset(w->sources, &a, 0) = 0.5;
	assert_int_equal(source_select_options(world_source(w, "192.0.2.1")), SELECT_PREFER);
	assert_true(world_instance(w, "192.0.2.1")->options->offset == 0.5);
	a = world_address("192.0.2.2");
	assert_null(sources_options(w->sources, &a));
	assert_null(sources_select_options(w->sources, &any, 0x53484d30));
	assert_null(sources_offset(w->sources, &a, 0));
}

static void test_deliver(void **state)
{
	struct world *w = *state;
	struct kernel_message m = {.peer.address = world_address("192.0.2.1")};

	sources_deliver(w->sources, &m);
	world_add(w, SOURCE_PEER, "192.0.2.1");
	sources_deliver(w->sources, &m);
	assert_int_equal(world_instance(w, "192.0.2.1")->resets, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_add),
		TEST(test_family_settings),
		TEST(test_remove),
		TEST(test_texts),
		TEST(section_8_name_retries),
		TEST(section_8_invalid_host),
		TEST(section_15_same_address_twice),
		TEST(section_8_refresh),
		TEST(test_masks),
		TEST(test_offline_name_resolves_offline),
		TEST(test_burst),
		TEST(section_8_onoffline),
		TEST(test_reset),
		TEST(section_3_reach),
		TEST(test_news),
		TEST(test_out_of_order),
		TEST(section_2_b),
		TEST(section_2_b_needs_samples),
		TEST(section_2_c),
		TEST(section_2_c_quantile),
		TEST(section_15_exhausted),
		TEST(section_15_exhausted_without_sources),
		TEST(section_15_exhausted_without_addresses),
		TEST(test_report_signs),
		TEST(test_modify),
		TEST(test_deliver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
