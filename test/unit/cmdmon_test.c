/* SPDX-License-Identifier: BSD-2-Clause */
/* Control messages against bytes captured from the real programs, and against bad input. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cmdmon.h"
#include "common/instant.h"
#include "test/unit/cmdmon_vectors.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) <= 1e-4 * fabs(b) + 1e-30)

static void test_float_table(void **state)
{
	static const struct {
		double value;
		uint32_t word;
	} table[] = {{0, 0}, {0.125, 0xfe800000}, {0.25, 0x00800000}, {0.5, 0x02800000},
		{1.0, 0x04800000}, {2.0, 0x06800000}, {-1e-6, 0xdd79c843}, {3.0, 0x06c00000},
		{4.0, 0x08800000}, {8.0, 0x0a800000}, {10.0, 0x0aa00000}, {100.0, 0x10c80000},
		{200.0, 0x12c80000}, {-5e-5, 0xe72e48e9}, {-1.0, 0x03000000}};

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++) {
		assert_int_equal(cmdmon_float_encode(table[i].value), table[i].word);
		assert_true(fabs(cmdmon_float_decode(table[i].word) - table[i].value) <=
			    fabs(table[i].value) * 6e-8);
	}
}

static void test_float_ends(void **state)
{
	(void)state;
	assert_int_equal(cmdmon_float_encode(NAN), 0);
	assert_int_equal(cmdmon_float_encode(1e-101), 0);
	assert_int_equal(cmdmon_float_encode(1e-30), 0);
	assert_int_equal(cmdmon_float_encode(INFINITY), 0x7effffff);
	assert_int_equal(cmdmon_float_encode(-INFINITY), 0x7f000000);
	assert_int_equal(cmdmon_float_encode(1e19), 0x7effffff);
	assert_int_equal(cmdmon_float_encode(-1e19), 0x7f000000);
	/* the smallest: 2^-89 has one bit of the coefficient left */
	assert_int_equal(cmdmon_float_encode(ldexp(1, -89)), 0x80000001);
	assert_int_equal(cmdmon_float_encode(ldexp(1, -93)), 0);
	assert_true(cmdmon_float_decode(0x7effffff) > 4.6e18);
}

static void test_float_accuracy(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		double x = ldexp(rand() / (double)RAND_MAX + 0.5, rand() % 120 - 62);

		if (i & 1)
			x = -x;
		assert_true(fabs(cmdmon_float_decode(cmdmon_float_encode(x)) - x) <=
			    fabs(x) * ldexp(1, -23));
	}
}

static void test_requests_round_trip(void **state)
{
	uint8_t captured[CMDMON_REQUEST_MAX], written[CMDMON_REQUEST_MAX];
	struct cmdmon_request q;

	(void)state;
	for (size_t i = 0; i < N_OF(request_vectors); i++) {
		size_t n = REQUEST_VECTOR(request_vectors[i].name, captured);

		assert_int_equal(cmdmon_request_decode((struct span){captured, n}, &q), 0);
		assert_int_equal(q.length, n);
		memset(written, 0xaa, sizeof(written));
		assert_int_equal(cmdmon_request_encode(&q, written, sizeof(written)), n);
		/* 4.3 has zeros where 4.8 has maxunreach, which is the last field of all */
		if (q.command == CMDMON_ADD_SOURCE)
			memcpy(captured + 368, "\0\1\x86\xa0", 4);
		assert_memory_equal(written, captured, n);
		assert_int_equal(cmdmon_request_encode(&q, written, n - 1), -ENOSPC);
	}
}

static void test_replies_round_trip(void **state)
{
	uint8_t captured[CMDMON_REPLY_MAX], written[CMDMON_REPLY_MAX];
	struct cmdmon_reply r;

	(void)state;
	for (size_t i = 0; i < N_OF(reply_vectors); i++) {
		size_t n = REPLY_VECTOR(reply_vectors[i].name, captured);

		assert_int_equal(cmdmon_reply_decode((struct span){captured, n}, &r), 0);
		memset(written, 0xaa, sizeof(written));
		assert_int_equal(cmdmon_reply_encode(&r, written, sizeof(written)), n);
		assert_memory_equal(written, captured, n);
		assert_int_equal(cmdmon_reply_encode(&r, written, n - 1), -ENOSPC);
		for (size_t cut = 28; cut < n; cut++)
			assert_int_equal(
				cmdmon_reply_decode((struct span){captured, cut}, &r), -EMSGSIZE);
		for (size_t cut = 0; cut < 28; cut++)
			assert_int_equal(
				cmdmon_reply_decode((struct span){captured, cut}, &r), -EBADMSG);
	}
}

static struct cmdmon_request request(const char *name)
{
	uint8_t bytes[CMDMON_REQUEST_MAX];
	struct cmdmon_request q;
	size_t n = REQUEST_VECTOR(name, bytes);

	assert_true(n > 0);
	assert_int_equal(cmdmon_request_decode((struct span){bytes, n}, &q), 0);
	return q;
}

static struct cmdmon_reply reply(const char *name)
{
	uint8_t bytes[CMDMON_REPLY_MAX];
	struct cmdmon_reply r;
	size_t n = REPLY_VECTOR(name, bytes);

	assert_true(n > 0);
	assert_int_equal(cmdmon_reply_decode((struct span){bytes, n}, &r), 0);
	return r;
}

static void assert_address(const struct address *a, const char *text)
{
	char s[ADDRESS_TEXT];

	address_format(a, s, sizeof(s));
	assert_string_equal(s, text);
}

static void test_request_fields(void **state)
{
	struct cmdmon_request q;

	(void)state;
	q = request("burst");
	assert_address(&q.mask, "255.255.255.255");
	assert_address(&q.address, "127.0.0.2");
	assert_int_equal(q.number, 3);
	assert_int_equal(q.number2, 5);
	assert_int_equal(q.sequence, 0x48f97b38);
	q = request("offline");
	assert_address(&q.mask, "255.255.255.248");
	assert_address(&q.address, "127.0.0.0");
	q = request("local");
	assert_true(q.local.on && q.local.orphan);
	assert_int_equal(q.local.stratum, 7);
	NEAR(q.local.distance, 0.5);
	NEAR(q.local.activate, 0.25);
	NEAR(q.local.waitsynced, 100.0);
	NEAR(q.local.waitunsynced, 200.0);
	q = request("selectopts");
	assert_int_equal(q.mask_bits, 0xf);
	assert_int_equal(q.option_bits, SELECT_PREFER | SELECT_TRUST);
	q = request("selectopts2");
	assert_int_equal(q.address.family, ADDRESS_NONE);
	assert_int_equal(q.refid, 0x47505330);
	q = request("settime");
	assert_int_equal(q.time, INT64_C(1795424818) * INSTANT_S);
	q = request("clients");
	assert_int_equal(q.number, 0);
	assert_int_equal(q.number2, 8);
	assert_false(q.reset);
}

static void test_add_source_fields(void **state)
{
	struct cmdmon_request q = request("add_source");

	(void)state;
	assert_int_equal(q.source.kind, SOURCE_SERVER);
	assert_string_equal(q.source.name, "127.0.0.50");
	assert_int_equal(q.source.port, 123);
	assert_int_equal(q.source.minpoll, 7);
	assert_int_equal(q.source.maxpoll, 11);
	assert_int_equal(q.source.presend, 100);
	assert_int_equal(q.source.polltarget, 8);
	assert_int_equal(q.source.maxsources, 4);
	assert_int_equal(q.source.minsamples, -1);
	assert_int_equal(q.source.maxunreach, 100000);
	assert_int_equal(q.source.key, 5);
	assert_int_equal(q.source.nts_port, 4460);
	assert_int_equal(q.source.maxntsretry, 19);
	NEAR(q.source.maxdelay, 0.5);
	NEAR(q.source.maxdelaydevratio, 10.0);
	NEAR(q.source.asymmetry, 1.0);
	NEAR(q.source.offset, -5e-5);
	assert_true(q.source.iburst);
	assert_false(q.source.online);
	q = request("add_source_old");
	assert_string_equal(q.source.name, "127.0.0.50");
	assert_true(q.source.online && q.source.iburst);
	assert_int_equal(q.source.maxunreach, 100000);
	assert_int_equal(q.source.maxntsretry, 19);
	NEAR(q.source.maxdelay, 3.0);
}

/* One flag after the other through both layouts: the bit of the document, and nothing else. */
static void test_add_source_flags(void **state)
{
	static const struct {
		uint32_t old_bit, new_bit;
	} bits[] = {{0x1, 0x1}, {0x2, 0x2}, {0x4, 0x4}, {0x8, 0x8}, {0x10, 0x10}, {0x20, 0x20},
		{0x40, 0x40}, {0x80, 0x80}, {0x100, 0x100}, {0x200, 0x200}, {0x400, 0x400},
		{0x2000, 0x800}, {0x4000, 0x1000}, {0x1000, 0x10000}, {0x800, 0x80000000}};
	uint8_t old_bytes[372], new_bytes[408];
	struct cmdmon_request q;

	(void)state;
	for (size_t i = 0; i < N_OF(bits); i++) {
		REQUEST_VECTOR("add_source_old", old_bytes);
		for (int k = 0; k < 4; k++)
			old_bytes[20 + 332 + k] = (uint8_t)(bits[i].old_bit >> (24 - 8 * k));
		assert_int_equal(
			cmdmon_request_decode((struct span){old_bytes, sizeof(old_bytes)}, &q), 0);
		q.command = CMDMON_ADD_SOURCE2;
		assert_int_equal(cmdmon_request_encode(&q, new_bytes, sizeof(new_bytes)), 408);
		for (int k = 0; k < 4; k++)
			assert_int_equal(new_bytes[20 + 352 + k],
				(uint8_t)(bits[i].new_bit >> (24 - 8 * k)));
	}
}

static void test_unterminated_name(void **state)
{
	uint8_t bytes[408];
	struct cmdmon_request q;

	(void)state;
	REQUEST_VECTOR("add_source", bytes);
	memset(bytes + 24, 'a', 256);
	assert_int_equal(cmdmon_request_decode((struct span){bytes, sizeof(bytes)}, &q), 0);
	assert_true(q.bad_name);
	assert_string_equal(q.source.name, "");
	bytes[24 + 255] = 0;
	assert_int_equal(cmdmon_request_decode((struct span){bytes, sizeof(bytes)}, &q), 0);
	assert_false(q.bad_name);
	assert_int_equal(strlen(q.source.name), 255);
}

/* A name that would command a terminal. */
static void test_reply_name_is_tame(void **state)
{
	static const char evil[] = "\033[31mE \a\n\x7f\x9b.example";
	struct cmdmon_reply r = {.kind = CMDMON_REPLY_NAME};
	uint8_t bytes[284];

	(void)state;
	assert_int_equal(cmdmon_reply_encode(&r, bytes, sizeof(bytes)), sizeof(bytes));
	memcpy(bytes + 28, evil, sizeof(evil));
	assert_int_equal(cmdmon_reply_decode((struct span){bytes, sizeof(bytes)}, &r), 0);
	assert_string_equal(r.u.name, "?[31mE?????.example");
	memset(bytes + 28, '\n', 256);
	assert_int_equal(cmdmon_reply_decode((struct span){bytes, sizeof(bytes)}, &r), 0);
	assert_int_equal(strlen(r.u.name), 256);
	assert_int_equal(strspn(r.u.name, "?"), 256);
}

static void test_reply_tracking(void **state)
{
	struct cmdmon_reply r = reply("tracking");
	const struct report_tracking *t = &r.u.tracking;

	(void)state;
	assert_int_equal(r.kind, CMDMON_REPLY_TRACKING);
	assert_int_equal(r.sequence, 0xdd371e77);
	assert_int_equal(t->refid, 0x7f000002);
	assert_address(&t->address, "127.0.0.2");
	assert_int_equal(t->stratum, 2);
	assert_int_equal(t->leap, LEAP_NONE);
	assert_int_equal(t->reference_time, INT64_C(1795424810442772289));
	NEAR(t->correction, 7.8099e-07);
	NEAR(t->last_offset, 1.6559e-07);
	NEAR(t->rms_offset, 2.7774e-07);
	NEAR(t->frequency_ppm, 0.33667558);
	NEAR(t->residual_ppm, 0.00064868);
	NEAR(t->skew_ppm, 0.04233595);
	NEAR(t->root_delay, 0.00010892);
	NEAR(t->root_dispersion, 0.00002145);
	NEAR(t->update_interval, 4.07399464);
}

static void test_reply_sources(void **state)
{
	struct cmdmon_reply r = reply("source_data");

	(void)state;
	assert_int_equal(reply("n_sources").u.n_sources, 8);
	assert_int_equal(r.u.source.poll, 2);
	assert_int_equal(r.u.source.stratum, 1);
	assert_int_equal(r.u.source.state, REPORT_STATE_SELECTED);
	assert_int_equal(r.u.source.reach, 0xff);
	assert_int_equal(r.u.source.age, 5);
	NEAR(r.u.source.original_offset, 3.6e-07);
	NEAR(r.u.source.adjusted_offset, 2.1490e-07);
	NEAR(r.u.source.error, 6.97365e-05);
	r = reply("sourcestats");
	assert_int_equal(r.u.sourcestats.samples, 9);
	assert_int_equal(r.u.sourcestats.runs, 6);
	assert_int_equal(r.u.sourcestats.span, 26);
	NEAR(r.u.sourcestats.std_dev, 1.4599e-07);
	NEAR(r.u.sourcestats.skew_ppm, 0.0378988);
	NEAR(r.u.sourcestats.offset_error, 7.008e-05);
	r = reply("select_data");
	assert_int_equal(r.u.select.state, '*');
	assert_true(r.u.select.authenticated);
	assert_int_equal(r.u.select.configured, SELECT_PREFER);
	assert_int_equal(r.u.select.effective, SELECT_PREFER | SELECT_TRUST | SELECT_REQUIRE);
	assert_int_equal(r.u.select.age, 4);
	NEAR(r.u.select.score, 1.0);
	NEAR(r.u.select.low, -6.97054e-05);
	NEAR(r.u.select.high, 7.01416e-05);
	r = reply("activity");
	assert_int_equal(r.u.activity.online, 4);
	assert_int_equal(r.u.activity.unresolved, 4);
}

static void test_reply_ntp_data(void **state)
{
	struct cmdmon_reply r = reply("ntp_data");
	const struct report_ntpdata *d = &r.u.ntpdata;

	(void)state;
	assert_address(&d->remote, "127.0.0.2");
	assert_address(&d->local, "127.0.0.1");
	assert_int_equal(d->port, 11123);
	assert_int_equal(d->version, 4);
	assert_int_equal(d->mode, 4);
	assert_int_equal(d->stratum, 1);
	assert_int_equal(d->poll, 2);
	assert_int_equal(d->precision, -27);
	NEAR(d->root_delay, 0.00010681);
	assert_int_equal(d->refid, REFID_SMOOTH);
	NEAR(d->offset, -3.6e-07);
	NEAR(d->delay, 2.109e-06);
	NEAR(d->dispersion, 1.7455e-08);
	NEAR(d->response_time, 8.187e-05);
	assert_int_equal(d->tests, 0x3ff);
	assert_true(d->interleaved && d->authenticated);
	assert_int_equal(d->tx_stamp, 'K');
	assert_int_equal(d->total_good, 76);
	assert_int_equal(d->total_kernel_rx, 77);
	assert_int_equal(d->total_hw_rx, 0);
	r = reply("ntp_data_old");
	assert_int_equal(d->port, 13123);
	assert_int_equal(d->precision, -26);
	assert_int_equal(d->total_good, 22);
	NEAR(d->asymmetry, 0.5);
}

static void test_reply_others(void **state)
{
	struct cmdmon_reply r = reply("auth_data2");

	(void)state;
	assert_int_equal(r.u.auth.mode, 2);
	assert_int_equal(r.u.auth.key_type, 30);
	assert_int_equal(r.u.auth.key_bits, 128);
	assert_int_equal(r.u.auth.ke_age, 185);
	assert_int_equal(r.u.auth.cookies, 8);
	assert_int_equal(r.u.auth.cookie_bytes, 64);
	r = reply("auth_data");
	assert_int_equal(r.u.auth.key_id, 3);
	assert_int_equal(r.u.auth.ke_age, REPORT_NEVER);
	assert_string_equal(reply("source_name").u.name, "localhost");
	r = reply("clients");
	assert_int_equal(r.u.clients.n, 1);
	assert_int_equal(r.u.clients.clients[0].cmd_hits, 1107);
	assert_int_equal(r.u.clients.clients[0].cmd_interval, -5);
	assert_int_equal(r.u.clients.clients[0].ntp_interval, 127);
	assert_int_equal(r.u.clients.clients[0].cmd_age, 36);
	r = reply("manual_list");
	assert_int_equal(r.u.manual_list.n, 2);
	assert_int_equal(
		r.u.manual_list.samples[0].when, INT64_C(1795424816) * INSTANT_S + 177051089);
	NEAR(reply("settime").u.manual_timestamp.offset, -1.47);
	assert_int_equal(reply("accheck").status, CMDMON_ACCESS_ALLOWED);
	assert_int_equal(reply("bad_version").status, CMDMON_BAD_VERSION);
	assert_int_equal(reply("obsolete").status, CMDMON_INVALID);
	assert_int_equal(reply("serverstats3").u.serverstats.cmd_hits, 3);
}

/* Messages of our own are numbered far from chrony's. */
static void test_own(void **state)
{
	const struct cmdmon_rule *rule = cmdmon_rule(0x676f);
	struct cmdmon_reply back, r = {.kind = CMDMON_REPLY_NTS_INFO, .command = CMDMON_NTS_INFO};
	uint64_t words[sizeof(r.u.nts) / 8];
	uint8_t p[CMDMON_REPLY_MAX];

	(void)state;
	assert_null(cmdmon_rule(0x676e));
	assert_null(cmdmon_rule(0x6773));
	assert_true(cmdmon_rule(CMDMON_RELOAD_CONFIG)->writes);
	assert_int_equal(cmdmon_reply_length(0x676e), 0);
	assert_int_equal(cmdmon_reply_length(0x6772), 0);
	assert_int_equal(rule->command, CMDMON_NTS_INFO);
	assert_int_equal(rule->groups, CMDMON_GROUP_SERVERSTATS);
	assert_false(rule->writes);
	/* Released daemons of chrony take requests of up to 860 bytes. */
	assert_in_range(rule->length, cmdmon_reply_length(rule->reply), 860);
	assert_int_equal(rule->least_length, rule->length);
	/* Every counter has a place of its own: all are given, and all come back. */
	for (size_t i = 0; i < N_OF(words); i++)
		words[i] = UINT64_C(0x100000000) + i;
	memcpy(&r.u.nts, words, sizeof(words));
	r.u.nts.server.ke_good_wall = 1.25;
	r.u.nts.server.ke_no_tls_wall = 2.5;
	r.u.nts.server.ke_bad_wall = 1e9;
	r.u.nts.server.ke_good_cpu = 0.001234567;
	r.u.nts.server.ke_no_tls_cpu = 1e-9;
	r.u.nts.server.ke_bad_cpu = 0;
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 260);
	assert_int_equal(p[6] << 8 | p[7], 0x676f);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 260}, &back), 0);
	assert_memory_equal(&back.u.nts, &r.u.nts, sizeof(r.u.nts));
	assert_int_equal(cmdmon_reply_decode((struct span){p, 259}, &back), -EMSGSIZE);
}

static void test_refusals(void **state)
{
	struct cmdmon_reply back, r = {.kind = CMDMON_REPLY_REFUSALS, .command = CMDMON_REFUSALS};
	const struct cmdmon_rule *rule = cmdmon_rule(0x6770);
	uint8_t p[CMDMON_REPLY_MAX];

	(void)state;
	assert_int_equal(rule->command, CMDMON_REFUSALS);
	assert_int_equal(rule->groups, CMDMON_GROUP_SERVERSTATS);
	assert_false(rule->writes);
	assert_int_equal(rule->length, 84);
	r.u.refused = (struct report_refused){UINT64_C(0x100000001), 2, 3, 4, 5};
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 84);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 84}, &back), 0);
	assert_memory_equal(&back.u.refused, &r.u.refused, sizeof(r.u.refused));
	assert_int_equal(cmdmon_reply_decode((struct span){p, 83}, &back), -EMSGSIZE);
}

/* What the daemon says goes to a terminal as text, whoever said it in its place. */
static void test_trouble(void **state)
{
	struct cmdmon_reply back,
		r = {.kind = CMDMON_REPLY_TROUBLE, .command = CMDMON_RELOAD_TROUBLE};
	const struct cmdmon_rule *rule = cmdmon_rule(0x6772);
	uint8_t p[CMDMON_REPLY_MAX];

	(void)state;
	assert_int_equal(rule->command, CMDMON_RELOAD_TROUBLE);
	assert_true(rule->writes);
	assert_int_equal(rule->length, 284);
	snprintf(r.u.name, sizeof(r.u.name), "/a b:7: Invalid\033[31m\200 directive");
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 284);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 284}, &back), 0);
	assert_string_equal(back.u.name, "/a b:7: Invalid?[31m? directive");
	memset(p + 28, 'x', 256);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 284}, &back), 0);
	assert_int_equal(strlen(back.u.name), 256);
}

static void test_serverstats(void **state)
{
	struct cmdmon_reply r = {.command = CMDMON_SERVER_STATS, .kind = CMDMON_REPLY_SERVER_STATS};
	struct cmdmon_reply back;
	uint8_t p[CMDMON_REPLY_MAX];

	(void)state;
	r.u.serverstats = (struct report_serverstats){.ntp_hits = UINT64_C(0x100000002),
		.ntp_auth_hits = 3,
		.ntp_interleaved_hits = 4,
		.hw_tx = 17};
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 196);
	assert_int_equal(p[28 + 3], 1);
	assert_int_equal(p[28 + 7], 2);
	assert_int_equal(p[28 + 7 * 8 + 7], 3);
	assert_int_equal(p[28 + 16 * 8 + 7], 17);
	for (int i = 136; i < 168; i++)
		assert_int_equal(p[28 + i], 0xff);
	r.kind = CMDMON_REPLY_SERVER_STATS3;
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 72);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 72}, &back), 0);
	assert_int_equal(back.u.serverstats.ntp_interleaved_hits, 4);
	r.kind = CMDMON_REPLY_SERVER_STATS2;
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 60);
	assert_int_equal(p[28 + 3], 2);
	assert_int_equal(p[28 + 31], 3);
}

static void test_rtc_and_smoothing(void **state)
{
	struct cmdmon_reply r = {.command = CMDMON_RTCREPORT, .kind = CMDMON_REPLY_RTC}, back;
	uint8_t p[CMDMON_REPLY_MAX];

	(void)state;
	r.u.rtc = (struct report_rtc){.reference_time = -1,
		.samples = 5,
		.runs = 3,
		.span = 99,
		.offset = 0.5,
		.rate_ppm = -2.0};
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 56);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 56}, &back), 0);
	assert_int_equal(back.u.rtc.reference_time, -1);
	assert_int_equal(back.u.rtc.runs, 3);
	NEAR(back.u.rtc.rate_ppm, -2.0);
	r = (struct cmdmon_reply){.command = CMDMON_SMOOTHING, .kind = CMDMON_REPLY_SMOOTHING};
	r.u.smoothing = (struct report_smoothing){.leap_only = true, .remaining = 8};
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 52);
	assert_int_equal(p[31], 2);
	assert_memory_equal(p + 48, "\x0a\x80\0\0", 4);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 52}, &back), 0);
	assert_true(back.u.smoothing.leap_only && !back.u.smoothing.active);
}

/* Every number that exists, with its least length as the document lists it. */
/* clang-format off */
static const struct {
	uint16_t command, length;
} listed[] = {
	{1, 60}, {2, 60}, {3, 68}, {4, 44}, {5, 44}, {6, 28}, {7, 44}, {8, 44},
	{9, 28}, {11, 40}, {13, 28}, {14, 32}, {15, 76}, {16, 28}, {17, 44}, {18, 44},
	{19, 44}, {20, 44}, {21, 44}, {22, 44}, {23, 44}, {24, 44}, {25, 40}, {26, 40},
	{29, 40}, {30, 28}, {31, 28}, {33, 104}, {34, 84}, {35, 56}, {36, 28}, {37, 28},
	{41, 416}, {42, 28}, {43, 28}, {44, 48}, {45, 44}, {46, 44}, {47, 44}, {48, 28},
	{49, 28}, {50, 28}, {51, 52}, {52, 28}, {53, 28}, {54, 196}, {56, 36}, {57, 172},
	{62, 28}, {63, 28}, {64, 372}, {65, 284}, {66, 28}, {67, 52}, {68, 520}, {69, 76},
	{70, 28}, {71, 28}, {72, 52}, {73, 48}, {74, 48}, {75, 408},
};
/* clang-format on */

static uint16_t listed_length(uint16_t command)
{
	for (size_t i = 0; i < N_OF(listed); i++)
		if (listed[i].command == command)
			return listed[i].length;
	return 0;
}

static void test_rules(void **state)
{
	static const unsigned read_only[] = {
		14, 15, 25, 26, 33, 34, 35, 41, 44, 51, 54, 57, 65, 67, 68, 69};
	static const unsigned open[] = {14, 15, 33, 34, 35, 41, 44, 51, 65};
	unsigned n_read_only = 0, n_open = 0;

	(void)state;
	for (uint16_t i = 0; i < 256; i++) {
		const struct cmdmon_rule *rule = cmdmon_rule(i);

		assert_int_equal(rule ? rule->length : 0, listed_length(i));
		if (!rule)
			continue;
		assert_int_equal(rule->command, i);
		assert_true(rule->least_length <= rule->length && rule->least_length >= 28);
		assert_true(cmdmon_reply_length(rule->reply) <= rule->length);
		assert_true(cmdmon_reply_length(cmdmon_reply_for(rule, rule->least_length)) <=
			    rule->least_length);
		n_read_only += !rule->writes;
		n_open += (rule->groups & CMDMON_GROUPS_DEFAULT) != 0;
		assert_false(rule->writes && rule->groups);
	}
	assert_int_equal(n_read_only, N_OF(read_only));
	for (size_t i = 0; i < N_OF(read_only); i++)
		assert_false(cmdmon_rule((uint16_t)read_only[i])->writes);
	assert_int_equal(n_open, N_OF(open));
	for (size_t i = 0; i < N_OF(open); i++)
		assert_true(cmdmon_rule((uint16_t)open[i])->groups & CMDMON_GROUPS_DEFAULT);
	assert_null(cmdmon_rule(65535));
	assert_string_equal(cmdmon_group_words[0], "activity");
	assert_string_equal(cmdmon_group_words[12], "tracking");
	assert_null(cmdmon_group_words[13]);
}

static void test_old_clients(void **state)
{
	const struct cmdmon_rule *stats = cmdmon_rule(CMDMON_SERVER_STATS);
	const struct cmdmon_rule *data = cmdmon_rule(CMDMON_NTP_DATA);

	(void)state;
	assert_int_equal(cmdmon_reply_for(stats, 60), CMDMON_REPLY_SERVER_STATS2);
	assert_int_equal(cmdmon_reply_for(stats, 71), CMDMON_REPLY_SERVER_STATS2);
	assert_int_equal(cmdmon_reply_for(stats, 72), CMDMON_REPLY_SERVER_STATS3);
	assert_int_equal(cmdmon_reply_for(stats, 195), CMDMON_REPLY_SERVER_STATS3);
	assert_int_equal(cmdmon_reply_for(stats, 196), CMDMON_REPLY_SERVER_STATS);
	assert_int_equal(cmdmon_reply_for(data, 152), CMDMON_REPLY_NTP_DATA_OLD);
	assert_int_equal(cmdmon_reply_for(data, 171), CMDMON_REPLY_NTP_DATA_OLD);
	assert_int_equal(cmdmon_reply_for(data, 172), CMDMON_REPLY_NTP_DATA);
}

static int decode_changed(size_t at, uint8_t value, size_t n)
{
	uint8_t bytes[1024] = {0};
	struct cmdmon_request q;

	REQUEST_VECTOR("tracking", bytes);
	bytes[at] = value;
	return cmdmon_request_decode((struct span){bytes, n}, &q);
}

static void test_request_order(void **state)
{
	(void)state;
	assert_int_equal(decode_changed(0, 6, 104), 0);
	assert_int_equal(decode_changed(0, 6, 27), -EBADMSG);
	assert_int_equal(decode_changed(0, 6, 0), -EBADMSG);
	assert_int_equal(decode_changed(0, 6, 896), 0);
	assert_int_equal(decode_changed(0, 6, 897), -EBADMSG);
	assert_int_equal(decode_changed(1, 2, 104), -EBADMSG);
	assert_int_equal(decode_changed(2, 1, 104), -EBADMSG);
	assert_int_equal(decode_changed(3, 1, 104), -EBADMSG);
	assert_int_equal(decode_changed(0, 0, 104), -EBADMSG);
	assert_int_equal(decode_changed(0, 4, 104), -EBADMSG);
	assert_int_equal(decode_changed(0, 5, 104), CMDMON_BAD_VERSION);
	assert_int_equal(decode_changed(0, 5, 28), CMDMON_BAD_VERSION);
	assert_int_equal(decode_changed(0, 7, 104), CMDMON_BAD_VERSION);
	assert_int_equal(decode_changed(0, 255, 104), CMDMON_BAD_VERSION);
	assert_int_equal(decode_changed(5, 0, 104), CMDMON_INVALID);
	assert_int_equal(decode_changed(5, 12, 104), CMDMON_INVALID);
	assert_int_equal(decode_changed(5, 76, 28), CMDMON_INVALID);
	assert_int_equal(decode_changed(4, 1, 104), CMDMON_INVALID);
	assert_int_equal(decode_changed(0, 6, 28), CMDMON_BAD_LENGTH);
	assert_int_equal(decode_changed(0, 6, 103), CMDMON_BAD_LENGTH);
}

static void test_reply_header(void **state)
{
	uint8_t p[28];
	struct cmdmon_reply r;

	(void)state;
	REPLY_VECTOR("bad_version", p);
	for (unsigned version = 0; version < 256; version++) {
		p[0] = (uint8_t)version;
		assert_int_equal(
			cmdmon_reply_decode((struct span){p, 28}, &r), version >= 4 ? 0 : -EBADMSG);
	}
	REPLY_VECTOR("obsolete", p);
	p[0] = 5;
	assert_int_equal(cmdmon_reply_decode((struct span){p, 28}, &r), -EBADMSG);
	p[0] = 6;
	p[1] = 1;
	assert_int_equal(cmdmon_reply_decode((struct span){p, 28}, &r), -EBADMSG);
	p[1] = 2;
	p[2] = 1;
	assert_int_equal(cmdmon_reply_decode((struct span){p, 28}, &r), -EBADMSG);
	p[2] = 0;
	p[7] = 99; /* a kind of the future */
	assert_int_equal(cmdmon_reply_decode((struct span){p, 28}, &r), 0);
	assert_int_equal(r.kind, 99);
	assert_int_equal(cmdmon_reply_length(99), 0);
}

static void test_hostile_replies(void **state)
{
	uint8_t p[CMDMON_REPLY_MAX];
	struct cmdmon_reply r;

	(void)state;
	REPLY_VECTOR("clients", p);
	memset(p + 36, 0xff, 4);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 520}, &r), 0);
	assert_int_equal(r.u.clients.n, CMDMON_CLIENTS_MAX);
	REPLY_VECTOR("manual_list", p);
	memset(p + 28, 0xff, 4);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 416}, &r), 0);
	assert_int_equal(r.u.manual_list.n, REPORT_MANUAL_MAX);
	REPLY_VECTOR("source_name", p);
	memset(p + 28, 'x', 256);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 284}, &r), 0);
	assert_int_equal(strlen(r.u.name), 256);
	REPLY_VECTOR("tracking", p);
	memset(p + 28 + 4, 0xff, 36); /* address of an unknown family, time out of range */
	assert_int_equal(cmdmon_reply_decode((struct span){p, 104}, &r), 0);
	assert_int_equal(r.u.tracking.address.family, ADDRESS_NONE);
	assert_int_equal(r.u.tracking.leap, 0xffff);
	memcpy(p + 28 + 28, "\x7f\xff\xff\xff\0\0\0\1\xff\xff\xff\xff", 12);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 104}, &r), 0);
	assert_int_equal(r.u.tracking.reference_time, INT64_C(1999999999));
	memcpy(p + 28 + 28, "\x7f\0\0\0\0\0\0\1\0\0\0\0", 12);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 104}, &r), 0);
	assert_int_equal(r.u.tracking.reference_time, INT64_MAX);
	memcpy(p + 28 + 28, "\x80\0\0\0\0\0\0\1\0\0\0\0", 12);
	assert_int_equal(cmdmon_reply_decode((struct span){p, 104}, &r), 0);
	assert_int_equal(r.u.tracking.reference_time, INT64_MIN);
}

static void test_encode_refuses(void **state)
{
	struct cmdmon_request q = {.command = 12};
	struct cmdmon_reply r = {.kind = 4};
	uint8_t p[CMDMON_REQUEST_MAX];

	(void)state;
	assert_int_equal(cmdmon_request_encode(&q, p, sizeof(p)), -EINVAL);
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), -ENOSPC);
	r.kind = CMDMON_REPLY_TRACKING;
	r.status = CMDMON_NO_SUCH_SOURCE;
	assert_int_equal(cmdmon_reply_encode(&r, p, sizeof(p)), 28);
	assert_int_equal(p[7], CMDMON_REPLY_NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_float_table),
		cmocka_unit_test(test_float_ends),
		cmocka_unit_test(test_float_accuracy),
		cmocka_unit_test(test_requests_round_trip),
		cmocka_unit_test(test_replies_round_trip),
		cmocka_unit_test(test_request_fields),
		cmocka_unit_test(test_add_source_fields),
		cmocka_unit_test(test_add_source_flags),
		cmocka_unit_test(test_unterminated_name),
		cmocka_unit_test(test_reply_name_is_tame),
		cmocka_unit_test(test_reply_tracking),
		cmocka_unit_test(test_reply_sources),
		cmocka_unit_test(test_reply_ntp_data),
		cmocka_unit_test(test_reply_others),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_serverstats),
		cmocka_unit_test(test_rtc_and_smoothing),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_old_clients),
		cmocka_unit_test(test_request_order),
		cmocka_unit_test(test_reply_header),
		cmocka_unit_test(test_hostile_replies),
		cmocka_unit_test(test_encode_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
