/* SPDX-License-Identifier: BSD-2-Clause */
/* The client log: whom it remembers, what it counts, what its limits do to a flood. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/limit.h"

/* Real time of a run: 2026. */
#define SYSTEM (INT64_C(1795000000) * INSTANT_S)

struct log_of {
	struct clients *clients;
	int64_t now; /* raw */
	uint32_t random;
};

static struct log_of start_by(
	size_t bytes, const struct settings_rate_limit *ntp, const char key[SIPHASH_KEY])
{
	struct clients_config config = {.bytes = bytes};
	struct log_of l = {.now = 100 * INSTANT_S, .random = 1};

	memcpy(config.key, key, SIPHASH_KEY);

	/* as every test but those of limits has it */
	for (int i = 0; i < CLIENTS_SERVICES; i++)
		config.limits.buckets[i] = (struct settings_rate_limit){false, 3, 8, 2, 0};
	if (ntp)
		config.limits.buckets[CLIENTS_NTP] = *ntp;
	config.limits.buckets[CLIENTS_COMMAND] = (struct settings_rate_limit){true, -4, 8, 2, 0};
	assert_int_equal(clients_create(&config, &l.clients), 0);
	return l;
}

static struct log_of start(size_t bytes, const struct settings_rate_limit *ntp)
{
	return start_by(bytes, ntp, "a key of bytes..");
}

static struct address ip4(uint32_t n)
{
	struct address a = {.family = ADDRESS_IP4};

	for (int i = 0; i < 4; i++)
		a.ip[i] = (uint8_t)(n >> (24 - 8 * i));
	return a;
}

static uint32_t next_random(struct log_of *l)
{
	l->random = l->random * 1664525 + 1013904223;
	return l->random >> 8;
}

static enum clients_verdict hit_by(
	struct log_of *l, const struct address *a, enum clients_service service)
{
	struct clients_hit hit = {.service = service,
		.address = a,
		.port = 4000,
		.mode = 3,
		.version = 4,
		.raw = l->now,
		.system = SYSTEM + l->now,
		.random = next_random(l)};

	return clients_hit(l->clients, &hit);
}

static enum clients_verdict hit(struct log_of *l, uint32_t n)
{
	struct address a = ip4(n);

	return hit_by(l, &a, CLIENTS_NTP);
}

static bool report_of(const struct log_of *l, const struct address *a, struct report_client *ret)
{
	for (size_t i = 0; i < clients_size(l->clients); i++)
		if (clients_report(l->clients, i, l->now, ret) && address_equal(&ret->address, a))
			return true;
	return false;
}

static void counts_by_service(void **state)
{
	struct log_of l = start(524288, NULL);
	struct address a = ip4(0xc0000201);
	struct address six = {ADDRESS_IP6, {0x20, 1, 0xd, 0xb8, [15] = 1}};
	struct report_client r;

	(void)state;
	assert_int_equal(clients_size(l.clients), 8);
	assert_false(clients_report(l.clients, 0, l.now, &r));
	assert_false(clients_report(l.clients, 8, l.now, &r));
	hit_by(&l, &a, CLIENTS_NTP);
	hit_by(&l, &six, CLIENTS_NKE);
	l.now += 3 * INSTANT_S + INSTANT_S / 2;
	hit_by(&l, &a, CLIENTS_COMMAND);
	assert_int_equal(clients_count(l.clients), 2);
	assert_int_equal(clients_size(l.clients), 8);
	assert_true(report_of(&l, &a, &r));
	assert_int_equal(r.ntp_hits, 1);
	assert_int_equal(r.cmd_hits, 1);
	assert_int_equal(r.nke_hits, 0);
	assert_int_equal(r.ntp_age, 3);
	assert_int_equal(r.cmd_age, 0);
	assert_int_equal(r.nke_age, REPORT_NEVER);
	assert_int_equal(r.ntp_interval, 127);
	assert_int_equal(r.ntp_timeout_interval, 127);
	assert_true(report_of(&l, &six, &r));
	assert_int_equal(r.nke_hits, 1);
	assert_int_equal(r.ntp_age, REPORT_NEVER);
	for (size_t i = 0; i < 8; i++)
		clients_reset(l.clients, i);
	assert_true(report_of(&l, &six, &r));
	assert_int_equal(r.nke_hits, 0);
	assert_int_equal(r.nke_age, 3);
	clients_destroy(l.clients);
	clients_destroy(NULL);
}

/* chrony.conf(5), clientloglimit: 524288 bytes hold 4096 clients. */
static void section_11_1_memory_is_fixed(void **state)
{
	struct log_of l = start(524288, NULL);
	struct report_client r;
	struct address a;

	(void)state;
	assert_int_equal(clients_capacity(524288), 4096);
	assert_int_equal(clients_capacity(1048576), 8192);
	assert_int_equal(clients_capacity(0), 8);
	assert_int_equal(clients_capacity(SIZE_MAX / 64), 1 << 24);
	for (uint32_t i = 0; i < 100000; i++) {
		l.now += INSTANT_S / 10;
		assert_int_equal(hit(&l, 0x0a000000 + i), CLIENTS_ANSWER);
	}
	assert_int_equal(clients_size(l.clients), 4096);
	assert_true(clients_count(l.clients) <= 4096 && clients_count(l.clients) > 4000);
	assert_int_equal(clients_log_drops(l.clients), 100000 - clients_count(l.clients));
	a = ip4(0x0a000000 + 99999);
	assert_true(report_of(&l, &a, &r));
	a = ip4(0x0a000000);
	assert_false(report_of(&l, &a, &r));
	clients_destroy(l.clients);
}

/* Whatever the key, nobody is forgotten in a table that is half full, and hardly anybody in one
 * that is three quarters full. */
static void section_11_1_fills_before_it_forgets(void **state)
{
	uint64_t lost = 0;

	(void)state;
	for (int k = 0; k < 300; k++) {
		char key[SIPHASH_KEY + 1];
		struct log_of l;

		snprintf(key, sizeof(key), "key %-12d", k);
		l = start_by(524288, NULL, key);
		for (uint32_t i = 0; i < 2048; i++)
			hit(&l, 0x7f010000 + i);
		assert_int_equal(clients_count(l.clients), 2048);
		assert_int_equal(clients_log_drops(l.clients), 0);
		for (uint32_t i = 2048; i < 3072; i++)
			hit(&l, 0x7f010000 + i);
		lost += clients_log_drops(l.clients);
		clients_destroy(l.clients);
	}
	assert_true(lost < 300);
}

/* Records keep what they hold while the table grows, and each address has one. */
static void section_11_1_grows(void **state)
{
	struct log_of l = start(8 << 20, NULL);
	struct report_client r;

	(void)state;
	for (uint32_t round = 1; round <= 3; round++)
		for (uint32_t i = 0; i < 1500; i++)
			hit(&l, i * 0x10001);
	assert_int_equal(clients_count(l.clients), 1500);
	for (uint32_t i = 0; i < 1500; i++) {
		struct address a = ip4(i * 0x10001);

		assert_true(report_of(&l, &a, &r));
		assert_int_equal(r.ntp_hits, 3);
	}
	clients_destroy(l.clients);
}

/* In one slot the client that was silent longest gives way. */
static void section_11_1_oldest_gives_way(void **state)
{
	struct log_of l = start(0, NULL);
	struct report_client r;
	struct address a;

	(void)state;
	for (uint32_t i = 0; i < 8; i++, l.now += INSTANT_S)
		hit(&l, 100 + i);
	hit(&l, 100);
	l.now += INSTANT_S;
	hit(&l, 200);
	assert_int_equal(clients_size(l.clients), 8);
	assert_int_equal(clients_log_drops(l.clients), 1);
	a = ip4(101);
	assert_false(report_of(&l, &a, &r));
	a = ip4(100);
	assert_true(report_of(&l, &a, &r));
	clients_destroy(l.clients);
}

static void section_11_1_intervals(void **state)
{
	static const struct {
		int64_t ns;
		int log2;
	} cases[] = {{0, -5}, {INSTANT_S / 16, -4}, {INSTANT_S, 0}, {64 * INSTANT_S, 6},
		{131072 * INSTANT_S, 17}};
	struct report_client r;
	struct address a = ip4(1);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_of l = start(524288, NULL);

		for (int k = 0; k < 5; k++, l.now += cases[i].ns)
			hit(&l, 1);
		assert_true(report_of(&l, &a, &r));
		assert_int_equal(r.ntp_interval, cases[i].log2);
		/* one that changes its mind */
		l.now += 10 * INSTANT_S;
		for (int k = 0; k < 80; k++, l.now += 16 * INSTANT_S)
			hit(&l, 1);
		assert_true(report_of(&l, &a, &r));
		assert_int_equal(r.ntp_interval, 4);
		assert_int_equal(r.ntp_timeout_interval, 127);
		clients_destroy(l.clients);
	}
}

/* What became of n requests, one every gap. */
static void flood(struct log_of *l, int n, int64_t gap, int ret[3])
{
	ret[0] = ret[1] = ret[2] = 0;
	for (int i = 0; i < n; i++, l->now += gap)
		ret[hit(l, 1)]++;
}

static void assert_about(int got, double expected, double tolerance)
{
	if (got < expected - tolerance || got > expected + tolerance)
		fail_msg("%d is not %.0f +- %.0f", got, expected, tolerance);
}

/* 200 requests at once under "interval 3 burst 2 leak 2 kod 1": 2 answers of the bucket, of the
 * others a quarter leaks, half of the rest is told. Tolerance: 4 standard deviations. */
static void section_11_2_flood_at_once(void **state)
{
	struct settings_rate_limit limit = {true, 3, 2, 2, 1};
	struct report_client r;
	struct address a = ip4(1);
	int got[3], sum[3] = {0};

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct log_of l = start(524288, &limit);

		l.random = (uint32_t)i * 77777;
		flood(&l, 200, 0, got);
		assert_true(report_of(&l, &a, &r));
		assert_int_equal(r.ntp_hits, 200);
		assert_int_equal(r.ntp_drops, got[CLIENTS_DROP]);
		for (int k = 0; k < 3; k++)
			sum[k] += got[k];
		clients_destroy(l.clients);
	}
	assert_about(sum[CLIENTS_ANSWER], 50 * (2 + 198 * 0.25), 4 * 43);
	assert_about(sum[CLIENTS_KOD], 50 * 198 * 0.375, 4 * 48);
	assert_about(sum[CLIENTS_DROP], 50 * 198 * 0.375, 4 * 48);
}

/* The default limit lets a client that asks every 8 s alone, always, after a burst of 8 too. */
static void section_11_2_documented_rate_passes(void **state)
{
	struct settings_rate_limit limit = {true, 3, 8, 2, 0};
	struct log_of l = start(524288, &limit);
	int got[3];

	(void)state;
	flood(&l, 8, 0, got);
	assert_int_equal(got[CLIENTS_ANSWER], 8);
	l.now += 8 * INSTANT_S;
	flood(&l, 1000, 8 * INSTANT_S, got);
	assert_int_equal(got[CLIENTS_ANSWER], 1000);
	clients_destroy(l.clients);
}

/* Twice as fast: a leak empties the bucket, so about (1/2 without, more with leaks) are answered.
 * By the chain of states: 3 of 5 with leak 2 (a drop costs nothing, the next has a token again). */
static void section_11_2_too_fast_by_two(void **state)
{
	struct settings_rate_limit limit = {true, 3, 8, 2, 0};
	struct log_of l = start(524288, &limit);
	int got[3];

	(void)state;
	flood(&l, 20, 0, got);
	flood(&l, 10000, 4 * INSTANT_S, got);
	assert_about(got[CLIENTS_ANSWER], 5714, 250);
	clients_destroy(l.clients);
}

/* A client that asks the faster the less it is answered gets most answers: 1 - 2^-leak. */
static void section_11_2_inverted_leak(void **state)
{
	struct settings_rate_limit limit = {true, 3, 2, 2, 0};
	struct log_of l = start(524288, &limit);
	int answers = 0, asked = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		bool answered = hit(&l, 1) == CLIENTS_ANSWER;

		l.now += answered ? 4 * INSTANT_S : INSTANT_S / 2;
		if (i >= 1000) {
			asked++;
			answers += answered;
		}
	}
	assert_true(answers > asked * 0.7);
	clients_destroy(l.clients);
}

static void section_11_2_services_are_apart(void **state)
{
	struct log_of l = start(524288, NULL);
	struct address a = ip4(1);
	struct report_client r;
	unsigned dropped = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		dropped += hit_by(&l, &a, CLIENTS_COMMAND) == CLIENTS_DROP;
	assert_about((int)dropped, 192 * 0.75, 4 * 6);
	assert_int_equal(hit_by(&l, &a, CLIENTS_NTP), CLIENTS_ANSWER);
	assert_true(report_of(&l, &a, &r));
	assert_int_equal(r.cmd_drops, dropped);
	assert_int_equal(r.ntp_drops, 0);
	clients_destroy(l.clients);
}

static void section_11_2_limits_are_clamped(void **state)
{
	struct settings_rate_limit wild = {true, 200, 1000, 100, 200};
	struct log_of l;
	int got[3];

	(void)state;
	settings_rate_limit_clamp(&wild);
	l = start(524288, &wild);
	flood(&l, 255, 0, got);
	assert_int_equal(got[CLIENTS_ANSWER], 255);
	l.now += 4096 * INSTANT_S - INSTANT_S / 16;
	flood(&l, 1, INSTANT_S / 16, got);
	assert_int_equal(got[CLIENTS_ANSWER], 0);
	flood(&l, 1, 0, got);
	assert_int_equal(got[CLIENTS_ANSWER], 1);
	clients_destroy(l.clients);
	wild = (struct settings_rate_limit){true, -30, 0, -5, -1};
	settings_rate_limit_clamp(&wild);
	l = start(524288, &wild);
	flood(&l, 16, INSTANT_S / 16, got);
	assert_int_equal(got[CLIENTS_ANSWER], 16);
	clients_destroy(l.clients);
}

/* The order of last requests, piece by piece, as an MRU list is asked for. */
static void seen_in_order(void **state)
{
	struct log_of l = start(524288, NULL);
	struct clients_seen s[7], one;
	int64_t after = INT64_MIN;
	unsigned n = 0;
	size_t got;
	struct address a = ip4(5);

	(void)state;
	assert_int_equal(clients_newest(l.clients), INT64_MIN);
	assert_int_equal(clients_seen_after(l.clients, after, l.now, s, 7), 0);
	for (uint32_t i = 0; i < 300; i++)
		hit(&l, i);
	l.now += 20 * INSTANT_S;
	hit(&l, 5);
	do {
		got = clients_seen_after(l.clients, after, l.now, s, 7);
		for (size_t i = 0; i < got; i++) {
			assert_true(s[i].last > after);
			after = s[i].last;
		}
		n += (unsigned)got;
	} while (got == 7);
	assert_int_equal(n, 300);
	assert_int_equal(clients_seen_after(l.clients, after, l.now, s, 7), 0);
	assert_int_equal(clients_newest(l.clients), after);
	assert_true(clients_seen_find(l.clients, &a, l.now, &one));
	assert_int_equal(one.last, after);
	assert_int_equal(one.first, SYSTEM + 100 * INSTANT_S + 5);
	assert_int_equal(one.packets, 2);
	assert_int_equal(one.mode, 3);
	assert_int_equal(one.version, 4);
	assert_int_equal(one.port, 4000);
	assert_true(fabs(one.score - 0.05 * (1 + exp(-1))) < 1e-4);
	a = ip4(5000);
	assert_false(clients_seen_find(l.clients, &a, l.now, &one));
	clients_destroy(l.clients);
}

/* ntp.conf(5): `limit average 0.5 burst 4 kod 2`, as ntpd 1.2.2 does: of packets at once two are
 * answered, the next eight are told that they are too many, and then there is silence. */
static void scores_limit_as_ntpd_does(void **state)
{
	static const char *const wanted = "aakkkkkkkkssssss";
	const struct address a = ip4(1), quiet = ip4(2), other = ip4(3);
	struct log_of l = start(100000, NULL);
	struct clients_limits limits = {.by_score = true, .score = {0.5, 4, 2}};
	struct clients_hit hit = {.service = CLIENTS_NTP, .raw = l.now, .system = SYSTEM + l.now};
	struct clients_seen seen;

	(void)state;
	clients_limit(l.clients, &limits);
	for (size_t i = 0; wanted[i] != '\0'; i++) {
		enum clients_verdict v;

		hit.address = &a;
		v = clients_hit(l.clients, &hit);
		assert_int_equal(v == CLIENTS_ANSWER ? 'a'
				 : v == CLIENTS_KOD  ? 'k'
						     : 's',
			wanted[i]);
		assert_true(clients_seen_find(l.clients, &a, l.now, &seen));
		assert_int_equal(seen.over, wanted[i] != 'a');
		assert_int_equal(seen.told, wanted[i] == 'k');
		assert_int_equal(seen.drops, i < 2 ? 0 : i - 1);
		/* Who is not to be told is not. */
		hit.address = &quiet;
		hit.untold = true;
		v = clients_hit(l.clients, &hit);
		assert_int_equal(v, wanted[i] == 'a' ? CLIENTS_ANSWER : CLIENTS_DROP);
		hit.untold = false;
	}
	assert_true(fabs(seen.score - 4) < 1e-4);
	/* Nine seconds later little is left of it. */
	hit.raw = l.now += 9 * INSTANT_S;
	hit.system += 9 * INSTANT_S;
	hit.address = &a;
	assert_int_equal(clients_hit(l.clients, &hit), CLIENTS_KOD);
	hit.raw = l.now += 6 * INSTANT_S;
	hit.system += 6 * INSTANT_S;
	assert_int_equal(clients_hit(l.clients, &hit), CLIENTS_ANSWER);
	assert_true(clients_seen_find(l.clients, &a, l.now, &seen));
	assert_false(seen.over);
	/* Whatever the limit, the first request of a client passes. */
	limits.score.average = 0.1;
	clients_limit(l.clients, &limits);
	hit.address = &other;
	assert_int_equal(clients_hit(l.clients, &hit), CLIENTS_ANSWER);
	assert_int_equal(clients_hit(l.clients, &hit), CLIENTS_KOD);
	clients_destroy(l.clients);
}

static struct clients_elsewhere elsewhere(const struct address *a, int64_t last)
{
	return (struct clients_elsewhere){.address = a,
		.port = 5000,
		.mode = 3,
		.version = 3,
		.born = 1,
		.hits = 1,
		.interval = LIMIT_INTERVAL_NONE,
		.limited = LIMIT_INTERVAL_NONE,
		.first_system = SYSTEM + last,
		.last_system = SYSTEM + last,
		.last_raw = last};
}

/* What was counted elsewhere is added to what was counted here, once. */
static void merged_once(void **state)
{
	struct log_of l = start(100000, NULL);
	struct address a = ip4(1);
	struct clients_elsewhere e = elsewhere(&a, 90 * INSTANT_S);
	struct clients_seen seen;

	(void)state;
	hit_by(&l, &a, CLIENTS_NTP);
	e.hits = 10;
	e.drops = 4;
	for (int i = 0; i < 3; i++) {
		clients_merge(l.clients, &e);
		assert_true(clients_seen_find(l.clients, &a, l.now, &seen));
		assert_int_equal(seen.packets, 11);
		assert_int_equal(seen.drops, 4);
		/* The request here was the last one. */
		assert_int_not_equal(seen.port, 5000);
	}
	e.hits = 12;
	e.last_raw = l.now + INSTANT_S;
	e.last_system = SYSTEM + e.last_raw;
	clients_merge(l.clients, &e);
	/* There it was forgotten, and began anew. */
	e.born = 2;
	e.hits = 11;
	e.drops = 0;
	clients_merge(l.clients, &e);
	assert_true(clients_seen_find(l.clients, &a, l.now, &seen));
	assert_int_equal(seen.packets, 1 + 12 + 11);
	assert_int_equal(seen.drops, 4);
	assert_int_equal(seen.port, 5000);
	assert_int_equal(seen.version, 3);
	assert_int_equal(clients_count(l.clients), 1);
	clients_destroy(l.clients);
}

/* Nobody gives way to a client who asked before him, however often that is told. */
static void merged_in_order(void **state)
{
	struct log_of l = start(1, NULL);
	size_t room = clients_capacity(1);
	struct clients_seen seen;

	(void)state;
	for (int round = 0; round < 3; round++)
		for (uint32_t i = 0; i < 2 * room; i++) {
			struct address a = ip4(1000 + i);
			struct clients_elsewhere e = elsewhere(&a, (100 + (int64_t)i) * INSTANT_S);

			clients_merge(l.clients, &e);
		}
	assert_int_equal(clients_count(l.clients), room);
	assert_int_equal(clients_log_drops(l.clients), room);
	for (uint32_t i = 0; i < 2 * room; i++) {
		struct address a = ip4(1000 + i);

		assert_int_equal(clients_seen_find(l.clients, &a, l.now, &seen), i >= room);
		if (i >= room)
			assert_int_equal(seen.packets, 1);
	}
	clients_destroy(l.clients);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_service),
		cmocka_unit_test(section_11_1_memory_is_fixed),
		cmocka_unit_test(section_11_1_fills_before_it_forgets),
		cmocka_unit_test(section_11_1_grows),
		cmocka_unit_test(section_11_1_oldest_gives_way),
		cmocka_unit_test(section_11_1_intervals),
		cmocka_unit_test(section_11_2_flood_at_once),
		cmocka_unit_test(section_11_2_documented_rate_passes),
		cmocka_unit_test(section_11_2_too_fast_by_two),
		cmocka_unit_test(section_11_2_inverted_leak),
		cmocka_unit_test(section_11_2_services_are_apart),
		cmocka_unit_test(section_11_2_limits_are_clamped),
		cmocka_unit_test(seen_in_order),
		cmocka_unit_test(scores_limit_as_ntpd_does),
		cmocka_unit_test(merged_once),
		cmocka_unit_test(merged_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
