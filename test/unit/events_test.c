/* SPDX-License-Identifier: BSD-2-Clause */
/* What ntpd calls events: what causes each, how they are counted, and what is told. */
#include "config.h"

#include "common/text.h"
#include "daemon/wire/packet.h"
#include "refclocks/refclock.h"
#include "daemon/discipline/state.h"
#include "test/unit/mode6_world.h"

extern const struct refclock_driver refclock_driver_local;

/* What was told. */
struct told {
	unsigned n;
	const struct source *source;
	uint16_t word;
	unsigned code;
	char text[128];
	char frequency[128]; /* of the last event about it */
};

static struct told told;

static void listen(
	void *arg, const struct source *s, uint16_t word, unsigned code, const char *text)
{
	(void)arg;
	told.n++;
	told.source = s;
	told.word = word;
	told.code = code;
	snprintf(told.text, sizeof(told.text), "%s", text);
	if (code == STATUS_FREQ_SET)
		snprintf(told.frequency, sizeof(told.frequency), "%s", text);
}

static int setup(void **state)
{
	int r = mode6_setup(state);

	memset(&told, 0, sizeof(told));
	events_listen(((struct mode6_parts *)*state)->events, listen, NULL);
	return r;
}

static struct source *add(struct mode6_parts *p, const char *address, uint32_t key)
{
	struct source_options o = source_options_default(SOURCE_SERVER);
	struct address a = world_address(address);

	snprintf(o.name, sizeof(o.name), "%s", address);
	o.key = key;
	assert_int_equal(sources_add(p->w->sources, &o), SOURCES_OK);
	return sources_find(p->w->sources, &a);
}

static void test_life(void **state)
{
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1", 0);
	struct protocol_instance *i = p->w->instances;
	struct address a = world_address("192.0.2.1");

	assert_int_equal(told.code, STATUS_MOBILIZE);
	assert_ptr_equal(told.source, s);
	assert_int_equal(told.word, 0x8011);
	assert_string_equal(told.text, "assoc 1");
	i->sink->reach(i->arg, true);
	assert_int_equal(told.code, STATUS_REACHABLE);
	/* The word is that of before. */
	assert_int_equal(told.word, 0x8014);
	i->sink->reach(i->arg, true);
	assert_int_equal(told.n, 2);
	for (int k = 0; k < 8; k++)
		i->sink->reach(i->arg, false);
	assert_int_equal(told.code, STATUS_UNREACHABLE);
	assert_int_equal(told.word, 0x8013);
	assert_int_equal(told.n, 3);
	assert_int_equal(sources_remove(p->w->sources, &a), SOURCES_OK);
	assert_int_equal(told.code, STATUS_DEMOBILIZE);
	assert_int_equal(told.n, 4);
}

static void measure(const struct protocol_instance *i, unsigned tests, uint32_t kiss)
{
	const struct protocol_measurement m = {.tests = tests,
		.leap = kiss != 0 ? LEAP_UNSYNCHRONISED : LEAP_NONE,
		.stratum = kiss != 0 ? 0 : 2,
		.refid = kiss};

	i->sink->measured(i->arg, &m);
}

static void test_packets(void **state)
{
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1", 1);
	const struct protocol_instance *i = p->w->instances;

	measure(i, PROTOCOL_TESTS_ALL, 0);
	assert_int_equal(told.n, 1);
	assert_int_equal(events_flash(s), STATUS_FLASH_UNREACHABLE);
	/* Enabled, and authentic. */
	assert_int_equal(events_peer_word(s) >> 8, 0xe0);
	measure(i, PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_5, 0);
	assert_int_equal(told.code, STATUS_BAD_AUTH);
	assert_int_equal(events_peer_word(s) >> 8, 0xc0);
	assert_int_equal(events_flash(s), STATUS_FLASH_AUTH | STATUS_FLASH_UNREACHABLE);
	measure(i, PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_C, 0);
	assert_int_equal(told.code, STATUS_POPCORN);
	measure(i, PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_5, PACKET_KISS_RATE);
	assert_int_equal(told.code, STATUS_RATE_EXCEEDED);
	measure(i, PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_5, PACKET_KISS_DENY);
	assert_int_equal(told.code, STATUS_ACCESS_DENIED);
	/* Of the same only so many are told, and counted. */
	for (int k = 0; k < 30; k++)
		measure(i, PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_5, PACKET_KISS_DENY);
	assert_int_equal(told.n, 5 + 14);
	assert_int_equal(events_peer_word(s) & 0xff, 0xf8);
	events_seen(s);
	assert_int_equal(events_peer_word(s) & 0xff, 0x08);
}

/* Told once, when a usable answer begins to say so. */
static void test_leap(void **state)
{
	struct mode6_parts *p = *state;
	const struct protocol_instance *i = (add(p, "192.0.2.1", 0), p->w->instances);
	struct protocol_measurement m = {
		.tests = PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_6, .leap = LEAP_INSERT};

	i->sink->measured(i->arg, &m);
	assert_int_equal(told.n, 1);
	m.tests = PROTOCOL_TESTS_ALL;
	i->sink->measured(i->arg, &m);
	i->sink->measured(i->arg, &m);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.code, STATUS_PEER_LEAP_ARMED);
	assert_int_equal(told.word, 0x8019);
	m.leap = LEAP_NONE;
	i->sink->measured(i->arg, &m);
	assert_int_equal(told.n, 2);
	m.leap = LEAP_DELETE;
	i->sink->measured(i->arg, &m);
	assert_int_equal(told.n, 3);
}

/* A pool is one association until its name is known; then it is told of each address. */
static void test_pool(void **state)
{
	struct mode6_parts *p = *state;
	struct world *w = p->w;
	struct source_options o = world_options(SOURCE_POOL, "pool.example");

	world_name(w, "pool.example", "192.0.2.1 192.0.2.2");
	o.maxsources = 3;
	assert_int_equal(sources_add(w->sources, &o), SOURCES_OK);
	assert_int_equal(sources_count(w->sources), 6);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.code, STATUS_MOBILIZE);
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 0);
	assert_int_equal(p->text_n, 4);
	sources_start(w->sources);
	world_run(w, 1);
	assert_int_equal(told.n, 2);
	assert_ptr_equal(told.source, world_source(w, "192.0.2.2"));
	assert_int_equal(told.code, STATUS_MOBILIZE);
	/* The first slot has an address now, and another one stands for the pool. */
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 0);
	assert_int_equal(p->text_n, 12);
	events_end(p->events);
	assert_int_equal(told.n, 4);
}

/* At the end every source is told of as one that goes, as it was before. */
static void test_end(void **state)
{
	struct mode6_parts *p = *state;
	struct source *s;
	const struct protocol_instance *i;

	add(p, "192.0.2.1", 0);
	s = add(p, "192.0.2.2", 0);
	i = p->w->instances;
	i->sink->reach(i->arg, true);
	told.n = 0;
	events_end(p->events);
	assert_int_equal(told.n, 2);
	assert_ptr_equal(told.source, s);
	assert_int_equal(told.code, STATUS_DEMOBILIZE);
	assert_int_equal(told.word, 0x9012);
	assert_string_equal(told.text, "assoc 2");
}

static void test_start(void **state)
{
	struct mode6_parts *p = *state;

	/* kern, freq_set, freq_not_set, restart */
	events_start(p->events);
	assert_int_equal(told.n, 4);
	assert_int_equal(told.code, STATUS_RESTART);
	assert_null(told.source);
	assert_int_equal(told.word, 0xc016);
	assert_int_equal(events_system_word(p->events), 0xc016);
	assert_null(events_system_peer(p->events));
	/* The frequency that was read is told with ntpd's sign: positive where the clock is slow.
	 */
	clock_set_prior_rate(p->w->clock, 12.5e-6, 1e-6);
	events_start(p->events);
	assert_int_equal(told.n, 8);
	assert_string_equal(told.frequency, "kernel 12.500000 PPM");
}

/* ntp.conf's local clock is what ntpq and those who watch by mode 6 see followed. */
static void test_last_resort(void **state)
{
	struct mode6_parts *p = *state;
	struct settings_refclock o = settings_refclock_default();
	struct clock_reference r = {.synchronised = true, .stratum = 11, .refid = REFID_LOCAL};
	struct source *clock;
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));

	text_copy(o.driver, sizeof(o.driver), "LOCAL");
	strcpy(o.parameter, "0");
	o.fudge.name = "LOCAL";
	o.select = SELECT_NOSELECT;
	o.stratum = 10;
	o.refid = 0x7f7f0100;
	o.fudge.type = 1;
	o.fudge.last_resort = true;
	assert_int_equal(sources_add_refclock(p->w->sources, &o, &refclock_driver_local, &why), 0);
	clock = sources_at(p->w->sources, 0);
	assert_null(events_system_peer(p->events));
	assert_int_equal(events_peer_word(clock) >> 8 & 7, 0);
	clock_set_reference(p->w->clock, &r);
	assert_ptr_equal(events_system_peer(p->events), clock);
	assert_int_equal(events_peer_word(clock) >> 8 & 7, 6);
	assert_int_equal(events_flash(clock) & STATUS_FLASH_UNREACHABLE, STATUS_FLASH_UNREACHABLE);
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "peer,refid", 0);
	assert_non_null(strstr(p->text, "peer=1, refid=127.127.1.0"));
	r.refid = 0x7f000001;
	clock_set_reference(p->w->clock, &r);
	assert_null(events_system_peer(p->events));
}

static void test_associations(void **state)
{
	struct mode6_parts *p = *state;
	struct source *first = add(p, "192.0.2.1", 0), *second = add(p, "192.0.2.2", 0);
	struct address a = world_address("192.0.2.1");

	assert_int_equal(source_association(first), 1);
	assert_int_equal(source_association(second), 2);
	assert_ptr_equal(mode6_source(p->m, 2), second);
	assert_null(mode6_source(p->m, 0));
	/* A number is not given again while there are others. */
	assert_int_equal(sources_remove(p->w->sources, &a), SOURCES_OK);
	assert_null(mode6_source(p->m, 1));
	assert_int_equal(source_association(add(p, "192.0.2.3", 0)), 3);
}

static void test_clock(void **state)
{
	struct mode6_parts *p = *state;

	discipline_notice(p->discipline, DISCIPLINE_SPIKE, 0.25);
	assert_int_equal(told.code, STATUS_SPIKE);
	assert_string_equal(told.text, "+0.250000 s");
	assert_int_equal(told.word, 0xc013);
	discipline_notice(p->discipline, DISCIPLINE_SPIKE, 0.25);
	assert_int_equal(events_system_word(p->events), 0xc023);
	discipline_notice(p->discipline, DISCIPLINE_LEAPT, -1);
	assert_int_equal(told.code, STATUS_LEAP_EVENT);
	assert_string_equal(told.text, "");
	discipline_notice(p->discipline, DISCIPLINE_PANIC, -2000);
	assert_int_equal(events_system_word(p->events), 0xc017);
	assert_string_equal(told.text, "-2000.000000 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_packets, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_leap, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_pool, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_end, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_start, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_associations, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_last_resort, setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_clock, setup, mode6_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
