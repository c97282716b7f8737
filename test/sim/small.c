/* SPDX-License-Identifier: BSD-2-Clause */
/* Small worlds for tests. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/text.h"
#include "daemon/source/source.h"
#include "test/sim/scenario.h"
#include "test/sim/small.h"

#define CONFIG_ROOM 1024

void small_begin_at(struct small *s, uint64_t seed, int64_t start_ns)
{
	memset(s, 0, sizeof(*s));
	s->sim = sim_create(seed, start_ns);
	invariants_start(&s->invariants, s->sim);
}

void small_begin(struct small *s, uint64_t seed)
{
	small_begin_at(s, seed, SCENARIO_START);
}

static int add(struct small *s, const struct sim_node_options *o, const char *config)
{
	struct sim_node_options node = *o;
	char buffer[CONFIG_ROOM];
	struct text t = text_on(buffer, sizeof(buffer));
	int r;

	text_add(&t, "%s" INVARIANTS_CONFIG, config);
	node.config = buffer;
	r = sim_add(s->sim, &node);
	assert_true(r >= 0);
	assert_int_equal(sim_start(s->sim, r), 0);
	return r;
}

int small_server(struct small *s, double offset, const char *more)
{
	char buffer[CONFIG_ROOM];
	struct text t = text_on(buffer, sizeof(buffer));
	int r;

	text_add(&t, "local stratum 1\nallow\n%s", more);
	r = add(s, &(struct sim_node_options){.offset = offset, .uncontrolled = true}, buffer);
	s->invariants.nodes[r].lies = offset != 0;
	return r;
}

int small_client(struct small *s, const struct sim_node_options *clock, const char *config)
{
	static const struct sim_node_options good = {.wander = 1e-9};
	int r = add(s, clock ? clock : &good, config);

	s->invariants.nodes[r].watched = true;
	return r;
}

int small_pair(struct small *s, const struct sim_node_options *clock, const char *config)
{
	small_begin(s, 1);
	small_server(s, 0, "");
	return small_client(s, clock, config);
}

void small_link(struct small *s, int a, int b, const struct sim_link *link)
{
	sim_connect(s->sim, a, b, link);
	sim_connect(s->sim, b, a, link);
}

static void second(void *arg, struct sim *sim)
{
	struct small *s = arg;

	invariants_second(&s->invariants, sim);
	if (s->each)
		s->each(s);
}

void small_run(struct small *s, double seconds)
{
	assert_int_equal(sim_run(s->sim, seconds, second, s), 0);
}

void small_end(struct small *s)
{
	invariants_finish(&s->invariants);
	sim_destroy(s->sim);
	assert_string_equal(s->invariants.first, "");
}

struct source *small_source(struct small *s, int node, size_t n)
{
	struct sources *sources = daemon_sources(sim_daemon(s->sim, node));

	assert_true(n < sources_count(sources));
	return sources_at(sources, n);
}

struct report_tracking small_tracking(struct small *s, int node)
{
	struct report_tracking t;

	discipline_report_tracking(daemon_discipline(sim_daemon(s->sim, node)), &t);
	return t;
}

struct report_ntpdata small_ntpdata(struct small *s, int node, size_t n)
{
	struct report_ntpdata d;

	assert_int_equal(source_report_ntp(small_source(s, node, n), &d), 0);
	return d;
}
