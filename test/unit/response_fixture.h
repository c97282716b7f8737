/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One exchange with a server, as its response is judged.
 */
#ifndef TEST_UNIT_RESPONSE_FIXTURE_H
#define TEST_UNIT_RESPONSE_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/keys.h"
#include "test/unit/fake_keys.h"

#define BASE      (INT64_C(1795424584) * INSTANT_S) /* 2026-11-23 */
#define NONCE     UINT64_C(0x315a2f702a8128f8)
#define RAW       INT64_C(5000000000) /* raw scale has its own epoch */
#define SLOW      INT64_C(250000000)  /* ns that our clock is behind */
#define ONE_WAY   INT64_C(1000000)    /* ns */
#define AT_SERVER INT64_C(100000)     /* ns */
#define PRECISION 1e-7

/* One exchange: the client, its clock, the packet on its way back. */
struct exchange_fixture {
	struct source_options options;
	struct client client;
	struct keys *keys;
	struct ntp_auth plain;
	struct auth_mac mac;
	struct clock_reference self;
	struct response_input in;
	struct packet packet;
	uint8_t bytes[256];
	size_t n;
};

/* Puts the packet on the wire, signed with a key unless 0. */
static inline void encode(struct exchange_fixture *f, uint32_t key)
{
	packet_encode(&f->packet, f->bytes);
	f->n = PACKET_HEADER;
	if (key != 0) {
		int n = keys_sign(f->keys, key, f->packet.version, (struct span){f->bytes, 48},
			f->bytes + 52, 20);

		assert_int_equal(n, 16);
		memset(f->bytes + 48, 0, 4);
		f->bytes[51] = (uint8_t)key;
		f->n = 68;
	}
	f->in.datagram = (struct span){f->bytes, f->n};
}

/* A request sent at `at` by the system clock, and the answer of a good server of stratum 2. */
static inline void set_up_at(struct exchange_fixture *f, uint32_t key, int64_t at)
{
	struct response_stamp sent = {.system = at, .osc = at, .source = 'K'};
	int64_t receive = at + SLOW + ONE_WAY;
	struct packet request;
	uint8_t wire[AUTH_REQUEST_MAX];
	size_t n = PACKET_HEADER;

	memset(f, 0, sizeof(*f));
	f->options = source_options_default(SOURCE_SERVER);
	f->options.key = key;
	f->keys = fake_keys("1 MD5 secretsecret\n2 MD5 othersecret\n");
	f->plain = auth_plain();
	auth_mac_init(&f->mac, &f->options, f->keys);
	client_init(&f->client, &f->options, key != 0 ? &f->mac.base : &f->plain);
	client_online(&f->client, true, RAW, 0);
	assert_true(client_due(&f->client, f->client.wake));
	client_request(&f->client, NONCE, 7, &request);
	packet_encode(&request, wire);
	assert_int_equal(
		f->client.auth->ops->sign(f->client.auth, request.version, wire, &n, sizeof(wire)),
		0);
	assert_false(client_sent(&f->client, &sent, RAW, 0));

	f->packet = (struct packet){.version = 4,
		.mode = PACKET_SERVER,
		.stratum = 2,
		.poll = 6,
		.precision = -20,
		.root_delay = 0x100,
		.root_dispersion = 0x80,
		.refid = 0xc0000201,
		.reference = instant_to_ntp(receive - 10 * INSTANT_S),
		.origin = NONCE,
		.receive = instant_to_ntp(receive),
		.transmit = instant_to_ntp(receive + AT_SERVER)};
	f->in.now = RAW + INSTANT_S / 100;
	f->in.received = (struct response_stamp){
		.system = at + 2 * ONE_WAY + AT_SERVER,
		.osc = at + 2 * ONE_WAY + AT_SERVER,
		.source = 'K',
	};
	f->in.pivot = at;
	f->in.precision = PRECISION;
	f->in.self = &f->self;
	f->in.self_refid = 0x0a000001;
	f->self = (struct clock_reference){.synchronised = true,
		.stratum = 3,
		.refid = 0xc0000202,
		.reference_time = receive - 10 * INSTANT_S,
		.root_delay = 256.0 / 65536};
	encode(f, key);
}

static inline void set_up(struct exchange_fixture *f, uint32_t key)
{
	set_up_at(f, key, BASE);
}

static inline void tear_down(struct exchange_fixture *f)
{
	keys_destroy(f->keys);
}

/* The datagram in a block of its own size, so that the sanitizer sees any step past it. */
static inline struct response receive(struct exchange_fixture *f)
{
	struct response r;
	uint8_t *copy = malloc(f->in.datagram.n > 0 ? f->in.datagram.n : 1);
	struct response_input in = f->in;

	assert_non_null(copy);
	if (in.datagram.n > 0)
		memcpy(copy, in.datagram.p, in.datagram.n);
	in.datagram.p = copy;
	client_response(&f->client, &in, &r);
	free(copy);
	return r;
}

static inline void assert_sample(const struct response *r, double offset)
{
	assert_true(r->good);
	assert_int_equal(r->drop, RESPONSE_KEPT);
	assert_int_equal(r->tests, PROTOCOL_TESTS_ALL);
	assert_true(fabs((double)r->sample.offset_ns * 1e-9 - offset) < 2e-9);
	assert_true(fabs(r->sample.delay - 0.002) < 3e-9);
	assert_true(fabs(r->response_time - 0.0001) < 1e-9);
}

#endif
