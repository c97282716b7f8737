/* SPDX-License-Identifier: BSD-2-Clause */
/* Every rule of the NTP server, on packets as chronyd 4.3 answered or dropped them. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/responder.h"
#include "daemon/wire/mono_field.h"
#include "test/unit/fake_mode.h"
#include "test/unit/responder_keyed.h"
#include "test/unit/responder_one.h"

extern const struct crypto_backend crypto_none;

/* 2026-11-23 09:07:26 UTC and 100 us later. */
#define RECEIVED (INT64_C(1795424846) * INSTANT_S)
#define SENT     (RECEIVED + 100000)

/* Key 1 of the document's vectors: ASCII "secret1". */
static const char key_file[] = "1 MD5 ASCII:secret1\n";

static const struct responder_snapshot in_sync = {
	.served = {.synchronised = true,
		.leap = LEAP_INSERT,
		.stratum = 3,
		.precision = -23,
		.refid = 0xc0000201,
		.reference_time = RECEIVED - 60 * INSTANT_S,
		.root_delay = 0.25,
		.root_dispersion = 0.125},
	.least_poll = -128,
};

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	(void)k;
	(void)path;
	assert_true(sizeof(key_file) - 1 <= room);
	memcpy(p, key_file, sizeof(key_file) - 1);
	*ret_n = sizeof(key_file) - 1;
	return 0;
}

static void no_message(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	fail_msg("%s", message);
}

static struct keys *load_keys(void)
{
	static const struct kernel_ops ops = {.file_load = file_load, .file_mode = fake_mode};
	struct kernel kernel = {&ops};
	struct log log = {.write = no_message, .arg = NULL, .lowest = LOG_PRIORITY_WARNING};
	struct keys *keys = NULL;

	assert_int_equal(keys_load(&kernel, &crypto_none, "/keys", &log, &keys), 0);
	return keys;
}

/* 23 00 06 20, zeros, transmit timestamp 01..08, as in the document. */
static void make_request(uint8_t p[PACKET_HEADER], int version, int mode)
{
	memset(p, 0, PACKET_HEADER);
	p[0] = (uint8_t)(version << 3 | mode);
	p[2] = 6;
	p[3] = 0x20;
	for (int i = 0; i < 8; i++)
		p[40 + i] = (uint8_t)(i + 1);
}

static struct endpoint client(const char *address, uint16_t port)
{
	struct endpoint e = {.port = port};

	assert_int_equal(address_parse(address, &e.address), 0);
	return e;
}

static enum responder_verdict check_n(
	const uint8_t *p, size_t n, const struct keys *keys, struct responder_request *q)
{
	struct endpoint peer = client("192.0.2.7", 40000), us = client("192.0.2.1", 0);

	return responder_keyed_check((struct span){p, n}, &peer, &us.address, 123, true, keys, q);
}

static enum responder_verdict check_mode(int version, int mode, uint16_t port)
{
	uint8_t p[PACKET_HEADER];
	struct endpoint peer = client("192.0.2.7", port), us = client("192.0.2.1", 0);
	struct responder_request q;

	make_request(p, version, mode);
	return responder_keyed_check(
		(struct span){p, sizeof(p)}, &peer, &us.address, 123, true, NULL, &q);
}

static void section_10_modes(void **state)
{
	(void)state;
	for (int version = 0; version < 8; version++) {
		for (int mode = 0; mode < 8; mode++) {
			enum responder_verdict wanted = RESPONDER_IGNORE;

			if (version < 1 || version > 4)
				wanted = RESPONDER_MALFORMED;
			else if (mode == 1 || mode == 3 || (mode == 0 && version == 1))
				wanted = RESPONDER_ANSWER;
			else if (mode == 2 || mode == 4)
				wanted = RESPONDER_FORWARD;
			assert_int_equal(check_mode(version, mode, 40000), wanted);
		}
	}
	assert_int_equal(check_mode(1, 0, 123), RESPONDER_IGNORE);
	assert_int_equal(check_mode(4, 3, 123), RESPONDER_ANSWER);
	assert_int_equal(check_mode(4, 3, 0), RESPONDER_MALFORMED);
	assert_int_equal(check_mode(4, 4, 0), RESPONDER_MALFORMED);
}

static enum responder_verdict check_peer(const char *address, uint16_t port, bool allowed)
{
	uint8_t p[PACKET_HEADER];
	struct endpoint peer = client(address, port), us = client("192.0.2.1", 0);
	struct responder_request q;

	make_request(p, 4, 3);
	return responder_keyed_check(
		(struct span){p, sizeof(p)}, &peer, &us.address, 123, allowed, NULL, &q);
}

static void section_10_peers(void **state)
{
	(void)state;
	assert_int_equal(check_peer("192.0.2.9", 123, true), RESPONDER_ANSWER);
	assert_int_equal(check_peer("192.0.2.9", 123, false), RESPONDER_DENIED);
	assert_int_equal(check_peer("192.0.2.1", 123, true), RESPONDER_MALFORMED);
	assert_int_equal(check_peer("192.0.2.1", 124, true), RESPONDER_ANSWER);
	assert_int_equal(check_peer("224.0.1.1", 123, true), RESPONDER_MALFORMED);
	assert_int_equal(check_peer("255.255.255.255", 123, true), RESPONDER_MALFORMED);
	assert_int_equal(check_peer("0.0.0.0", 123, true), RESPONDER_MALFORMED);
	assert_int_equal(check_peer("ff05::101", 123, true), RESPONDER_MALFORMED);
	assert_int_equal(check_peer("::", 123, true), RESPONDER_MALFORMED);
}

static void section_10_lengths(void **state)
{
	uint8_t p[256];
	struct responder_request q;

	(void)state;
	memset(p, 1, sizeof(p));
	make_request(p, 4, 3);
	assert_int_equal(check_n(p, 48, NULL, &q), RESPONDER_ANSWER);
	for (size_t n = 0; n < 48; n++)
		assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_MALFORMED);
	/* garbage behind the header: never answered, whether it has the length of a MAC or not */
	for (size_t n = 49; n < sizeof(p); n++)
		assert_int_not_equal(check_n(p, n, NULL, &q), RESPONDER_ANSWER);
}

static void add_field(uint8_t *p, size_t *n, uint8_t length)
{
	memset(p + *n, 0, length);
	p[*n] = p[*n + 1] = 0x42;
	p[*n + 3] = length;
	*n += length;
}

static void test_fields(void **state)
{
	uint8_t p[256], reply[PACKET_ROOM];
	struct responder_request q;
	size_t n = 48;

	(void)state;
	make_request(p, 4, 3);
	add_field(p, &n, 28);
	assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_ANSWER);
	assert_int_equal(
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 0, NULL, reply, sizeof(reply)),
		48);
	add_field(p, &n, 28);
	assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_ANSWER);
	n = 48;
	add_field(p, &n, 16);
	assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_MALFORMED);
	add_field(p, &n, 28);
	assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_ANSWER);
	/* older versions know no fields */
	p[0] = 0x1b;
	assert_int_equal(check_n(p, n, NULL, &q), RESPONDER_MALFORMED);
}

/* The document's packet and MAC, and what may happen to them. */
static void test_mac(void **state)
{
	static const uint8_t mac[] = {0, 0, 0, 1, 0x84, 0xbc, 0xdc, 0x61, 0x94, 0xef, 0xb6, 0x25,
		0xbd, 0xd8, 0x97, 0xc8, 0xa5, 0xe0, 0xe7, 0x49};
	struct keys *keys = load_keys();
	uint8_t p[68], reply[PACKET_ROOM];
	struct responder_request q;

	(void)state;
	make_request(p, 4, 3);
	memcpy(p + 48, mac, sizeof(mac));
	assert_int_equal(check_n(p, 68, keys, &q), RESPONDER_ANSWER);
	assert_true(q.authenticated);
	assert_int_equal(q.key, 1);
	assert_int_equal(
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 7, keys, reply, sizeof(reply)),
		68);
	assert_memory_equal(reply + 48, "\0\0\0\1", 4);
	assert_int_equal(
		keys_check(keys, 1, 4, (struct span){reply, 48}, (struct span){reply + 52, 16}), 0);
	assert_int_equal(check_n(p, 68, NULL, &q), RESPONDER_NOT_AUTHENTIC);
	for (size_t i = 0; i < 68; i++) {
		p[i] ^= 0x40;
		assert_int_not_equal(check_n(p, 68, keys, &q), RESPONDER_ANSWER);
		p[i] ^= 0x40;
	}
	p[51] = 9; /* a key we do not have */
	assert_int_equal(check_n(p, 68, keys, &q), RESPONDER_NOT_AUTHENTIC);
	assert_int_equal(check_n(p, 52, keys, &q), RESPONDER_NOT_AUTHENTIC);
	keys_destroy(keys);
}

static struct packet reply_to(int version, int mode, const struct responder_snapshot *s,
	int64_t receive, int64_t transmit, uint64_t random)
{
	uint8_t p[PACKET_HEADER], bytes[PACKET_HEADER];
	struct responder_request q;
	struct packet r;

	make_request(p, version, mode);
	assert_int_equal(check_n(p, sizeof(p), NULL, &q), RESPONDER_ANSWER);
	assert_int_equal(
		responder_keyed_reply(&q, s, receive, transmit, random, NULL, bytes, sizeof(bytes)),
		48);
	assert_int_equal(packet_decode((struct span){bytes, sizeof(bytes)}, &r), 0);
	return r;
}

static void section_10_reply_fields(void **state)
{
	struct packet r = reply_to(4, 3, &in_sync, RECEIVED, SENT, 0);

	(void)state;
	assert_int_equal(r.leap, LEAP_INSERT);
	assert_int_equal(r.version, 4);
	assert_int_equal(r.mode, PACKET_SERVER);
	assert_int_equal(r.stratum, 3);
	assert_int_equal(r.poll, 6);
	assert_int_equal(r.precision, -23);
	assert_int_equal(r.root_delay, 0x4000);
	assert_int_equal(r.root_dispersion, 0x2000);
	assert_int_equal(r.refid, 0xc0000201);
	assert_true(r.reference == instant_to_ntp(in_sync.served.reference_time));
	assert_true(r.origin == UINT64_C(0x0102030405060708));
	assert_int_equal(reply_to(4, 1, &in_sync, RECEIVED, SENT, 0).mode, PACKET_PASSIVE);
	assert_int_equal(reply_to(1, 0, &in_sync, RECEIVED, SENT, 0).mode, PACKET_SERVER);
	for (int version = 1; version <= 4; version++)
		assert_int_equal(
			reply_to(version, 3, &in_sync, RECEIVED, SENT, 0).version, version);
}

static void test_poll_is_the_client_s(void **state)
{
	uint8_t p[48], bytes[48];
	struct responder_request q;

	(void)state;
	make_request(p, 4, 3);
	for (unsigned poll = 0; poll < 256; poll++) {
		p[2] = (uint8_t)poll;
		assert_int_equal(check_n(p, 48, NULL, &q), RESPONDER_ANSWER);
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 0, NULL, bytes, sizeof(bytes));
		assert_int_equal(bytes[2], poll);
	}
}

/* chrony-behaviour 17: F323 is answered where it is asked for, and is no longer than that. */
static void section_17_mono_root(void **state)
{
	struct responder_snapshot s = in_sync;
	uint8_t p[PACKET_HEADER + MONO_FIELD], bytes[sizeof(p) + 4];
	struct writer w = writer_on(p, sizeof(p));
	struct mono_field f = {0};
	struct packet_trailer trailer;
	struct responder_request q;
	struct packet r;

	(void)state;
	make_request(p, 4, 3);
	w.n = PACKET_HEADER;
	mono_field_write(&w, &f);
	assert_memory_equal(p + 48, "\xf3\x23\0\x1c\xf5\xbe\xdd\x9a\0\0\0\0", 12);
	s.served.root_delay = 0.000001;
	s.moved = -3 * INSTANT_S / 2;
	s.epoch = 0x12345678;
	assert_int_equal(check_n(p, sizeof(p), NULL, &q), RESPONDER_ANSWER);
	assert_int_equal(
		responder_keyed_reply(&q, &s, RECEIVED, SENT, 0x55, NULL, bytes, sizeof(bytes)),
		sizeof(p));
	assert_int_equal(packet_decode((struct span){bytes, sizeof(p)}, &r), 0);
	assert_int_equal(packet_split((struct span){bytes, sizeof(p)}, 4, &trailer), 0);
	assert_true(mono_field_find(trailer.fields, &f));
	assert_true(f.root_delay >= 0.000001 && f.root_delay < 0.000001 + 1.0 / (1 << 28));
	assert_int_equal(f.epoch, 0x12345678);
	assert_int_equal(instant_ntp_diff(f.receive, r.receive), 3 * INSTANT_S / 2);
	/* of another type or magic, or in version 3: without */
	p[49] = 0x24;
	assert_int_equal(check_n(p, sizeof(p), NULL, &q), RESPONDER_ANSWER);
	assert_int_equal(
		responder_keyed_reply(&q, &s, RECEIVED, SENT, 0, NULL, bytes, sizeof(bytes)),
		PACKET_HEADER);
	p[49] = 0x23;
	p[52] = 0;
	assert_int_equal(check_n(p, sizeof(p), NULL, &q), RESPONDER_ANSWER);
	assert_false(q.mono);
}

/* chrony-behaviour 10: where the rate is limited, not below the limit's interval. */
static void section_10_least_poll(void **state)
{
	struct responder_snapshot limited = in_sync;
	uint8_t p[48], bytes[48];
	struct responder_request q;

	(void)state;
	make_request(p, 4, 3);
	limited.least_poll = 3;
	for (int poll = -128; poll < 128; poll++) {
		p[2] = (uint8_t)poll;
		assert_int_equal(check_n(p, 48, NULL, &q), RESPONDER_ANSWER);
		responder_keyed_reply(&q, &limited, RECEIVED, SENT, 0, NULL, bytes, sizeof(bytes));
		assert_int_equal((int8_t)bytes[2], poll > 3 ? poll : 3);
	}
}

/* e4 00 06 .. 00010000 00010000 00000000, reference time zero: as captured. */
static void section_5_2_unsynchronised(void **state)
{
	struct responder_snapshot s = in_sync;
	uint8_t p[48], bytes[48];
	struct responder_request q;
	struct packet r;

	(void)state;
	s.served.synchronised = false;
	make_request(p, 4, 3);
	assert_int_equal(check_n(p, 48, NULL, &q), RESPONDER_ANSWER);
	responder_keyed_reply(&q, &s, RECEIVED, SENT, 0, NULL, bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\xe4\0\6\xe9\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	s.served.synchronised = true;
	s.served.stratum = 16;
	r = reply_to(4, 3, &s, RECEIVED, SENT, 0);
	assert_int_equal(r.stratum, 0);
}

static void section_10_stamps(void **state)
{
	struct packet r;

	(void)state;
	srand(2);
	for (int i = 0; i < 20000; i++) {
		int64_t receive = RECEIVED + rand();
		int64_t transmit = receive + rand() % 200000;
		uint64_t random = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 2 ^ (uint64_t)rand();
		double step = 1.0 / (1 << 23);

		r = reply_to(4, 3, &in_sync, receive, transmit, random);
		assert_int_equal(r.receive & 1, 1);
		assert_int_equal(r.transmit & 1, 0);
		assert_true((int64_t)(r.transmit - r.receive) > 0);
		assert_true((double)llabs(instant_from_ntp(r.receive, receive) - receive) <=
			    step * 1e9 + 1);
		assert_true((double)llabs(instant_from_ntp(r.transmit, transmit) - transmit) <=
			    step * 1e9 + 1);
	}
}

static void test_random_bits(void **state)
{
	struct responder_snapshot s = in_sync;
	struct packet zeros, ones;

	(void)state;
	zeros = reply_to(4, 3, &s, RECEIVED, SENT, 0);
	ones = reply_to(4, 3, &s, RECEIVED, SENT, UINT64_MAX);
	/* 2^-23 s is bit 9 of the fraction: nine bits differ, but for the lowest, which is fixed */
	assert_true((zeros.receive ^ ones.receive) == 0x1fe);
	assert_true((zeros.transmit ^ ones.transmit) == 0x1fe);
	s.served.precision = -32;
	zeros = reply_to(4, 3, &s, RECEIVED, SENT, 0);
	ones = reply_to(4, 3, &s, RECEIVED, SENT, UINT64_MAX);
	assert_true(zeros.receive == ones.receive);
	s.served.precision = 5; /* absurd, but must not shift too far */
	ones = reply_to(4, 3, &s, RECEIVED, SENT, UINT64_MAX);
	assert_true((ones.receive & 0xffffffff) == 0xffffffff);
}

/* Around 2036-02-07 06:28:16 the seconds wrap to zero between receipt and reply. */
static void test_era(void **state)
{
	int64_t end = INT64_C(2085978496) * INSTANT_S;
	struct packet r = reply_to(4, 3, &in_sync, end - 50000, end + 50000, 0);

	(void)state;
	assert_int_equal(r.receive >> 32, 0xffffffff);
	assert_int_equal(r.transmit >> 32, 0);
	assert_true((int64_t)(r.transmit - r.receive) > 0);
}

/* Whatever comes in: no reply is longer than it. */
static void test_never_longer(void **state)
{
	struct keys *keys = load_keys();
	uint8_t p[200], reply[PACKET_ROOM];
	struct responder_request q;
	unsigned answered = 0;

	(void)state;
	srand(3);
	for (int i = 0; i < 200000; i++) {
		size_t n = (size_t)(rand() % 40) * 4;
		int length;

		for (size_t k = 0; k < n; k++)
			p[k] = (uint8_t)rand();
		if (n >= 48)
			p[0] = (uint8_t)((p[0] & 0xc7) | (rand() % 4 + 1) << 3);
		if (check_n(p, n, keys, &q) != RESPONDER_ANSWER)
			continue;
		answered++;
		length = responder_keyed_reply(
			&q, &in_sync, RECEIVED, SENT, 0, keys, reply, sizeof(reply));
		assert_true(length > 0 && (size_t)length <= n);
	}
	assert_true(answered > 100);
	/* not even when the request says it is authenticated, which such a short one cannot be */
	q = (struct responder_request){
		.packet.version = 4, .length = 48, .authenticated = true, .key = 1};
	assert_int_equal(
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 0, keys, reply, sizeof(reply)),
		-ENOSPC);
	q.length = 64;
	assert_int_equal(
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 0, keys, reply, sizeof(reply)),
		-ENOSPC);
	assert_int_equal(
		responder_keyed_reply(&q, &in_sync, RECEIVED, SENT, 0, keys, reply, 47), -ENOSPC);
	keys_destroy(keys);
}

/* MS-SNTP (chrony-files 8): version 3, a key and an empty digest, where somebody signs. */
static void test_ms_sntp(void **state)
{
	static const struct {
		int version;
		size_t n;
		uint32_t key;
		uint8_t digest;
		bool on, answered;
	} cases[] = {{3, 68, 0x01020304, 0, true, true}, {3, 68, 0x01020304, 0, false, false},
		{3, 68, 0x01020304, 1, true, false}, {3, 68, 0, 0, true, false},
		{4, 68, 0x01020304, 0, true, false}, {3, 120, 0x01020304, 0, true, false}};
	struct endpoint peer = client("192.0.2.7", 40000), us = client("192.0.2.1", 0);
	const struct responder_snapshot now = {.served = {.precision = -20}};
	struct responder_random r = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct responder_auth auth = {.signd = cases[i].on};
		struct responder_stamps stamps = {.receive = INSTANT_S, .transmit = INSTANT_S};
		uint8_t p[120] = {0}, reply[120];
		struct writer w = writer_on(p, sizeof(p));
		struct responder_request q;

		make_request(p, cases[i].version, PACKET_CLIENT);
		w.n = PACKET_HEADER;
		write_u32(&w, cases[i].key);
		write_u8(&w, cases[i].digest);
		if (responder_admit((struct span){p, cases[i].n}, &peer, &us.address, 123, true,
			    &q) != RESPONDER_ANSWER ||
			responder_one_check(&auth, &q) != RESPONDER_ANSWER) {
			assert_false(cases[i].answered);
			continue;
		}
		assert_true(cases[i].answered && q.signd && !q.authenticated);
		assert_int_equal(q.key, cases[i].key);
		/* Nothing may be changed any more once it is signed. */
		assert_false(responder_may_be_late(&q, &stamps));
		assert_int_equal(
			responder_one_reply(&q, &now, &stamps, &r, &auth, reply, sizeof(reply)),
			PACKET_HEADER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_10_modes),
		cmocka_unit_test(section_10_peers),
		cmocka_unit_test(section_10_lengths),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(section_10_reply_fields),
		cmocka_unit_test(test_poll_is_the_client_s),
		cmocka_unit_test(section_10_least_poll),
		cmocka_unit_test(section_17_mono_root),
		cmocka_unit_test(section_5_2_unsynchronised),
		cmocka_unit_test(section_10_stamps),
		cmocka_unit_test(test_random_bits),
		cmocka_unit_test(test_era),
		cmocka_unit_test(test_never_longer),
		cmocka_unit_test(test_ms_sntp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
