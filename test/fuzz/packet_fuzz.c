/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram through the packet codec and the client's state machine. The first byte chooses
 * whether the request was signed, the second whether the origin is made right, so that all tests
 * are met.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/protocol/client.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/measurement.h"
#include "test/unit/fake_keys.h"

#define NOW   (INT64_C(1795424584) * INSTANT_S)
#define NONCE UINT64_C(0x0102030405060708)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct keys *the_keys(void)
{
	static struct keys *keys;

	if (!keys)
		keys = fake_keys("1 MD5 secretsecret\n");
	return keys;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What the codec says must fit together. */
static void check_packet(struct span datagram)
{
	struct packet p;
	struct packet_trailer t;
	struct packet_field f;
	uint8_t again[PACKET_HEADER];
	size_t fields = 0;

	if (packet_decode(datagram, &p) < 0)
		return;
	packet_encode(&p, again);
	require(memcmp(again, datagram.p, PACKET_HEADER) == 0);
	if (packet_split(datagram, p.version, &t) < 0)
		return;
	require(t.signed_part.n + (t.has_mac ? 4 + t.mac.n : 0) == datagram.n);
	require(t.signed_part.n == PACKET_HEADER + t.fields.n);
	while (packet_next_field(&t.fields, &f))
		fields += 4 + f.body.n;
	require(t.fields.n == 0 && PACKET_HEADER + fields == t.signed_part.n);
}

static void check_client(struct span datagram, uint32_t key, bool extra)
{
	struct source_options options = source_options_default(SOURCE_SERVER);
	struct response_stamp sent = {.system = NOW, .osc = NOW, .source = 'D'};
	struct response_input in = {.datagram = datagram,
		.now = 2 * INSTANT_S,
		.received = {NOW + 2000000, NOW + 2000000, 'K', 0},
		.pivot = NOW,
		.precision = 1e-7,
		.skew = 1e-6};
	struct measurement_context context = {.pivot = NOW};
	struct protocol_measurement m;
	struct ntp_auth plain = auth_plain();
	struct auth_mac mac;
	struct client c, before;
	struct report_ntpdata report;
	struct packet request;
	struct response r;
	uint8_t wire[AUTH_REQUEST_MAX] = {0};
	size_t n = PACKET_HEADER;

	options.key = key;
	auth_mac_init(&mac, &options, the_keys());
	client_init(&c, &options, key != 0 ? &mac.base : &plain);
	client_online(&c, true, INSTANT_S, 0);
	client_request(&c, NONCE, NONCE + 1, &request);
	require(c.auth->ops->sign(c.auth, request.version, wire, &n, sizeof(wire)) == 0);
	client_sent(&c, &sent, 2 * INSTANT_S, 0);
	before = c;
	client_response(&c, &in, &r);
	if (!r.valid && r.kiss == 0) {
		/* What is not valid moves nothing but counters. */
		before.counters = c.counters;
		require(memcmp(&before, &c, sizeof(c)) == 0);
	} else {
		require(r.packet.origin == NONCE && !c.request.waiting);
		client_settle(&c, &r, extra ? 10 : 6, 2 * INSTANT_S, 0);
		require(c.wake >= 2 * INSTANT_S);
		require(c.poll >= options.minpoll && c.poll <= options.maxpoll);
	}
	if (r.good)
		require(r.sample.delay > 0 && r.sample.delay < 4 && r.sample.dispersion > 0 &&
			r.sample.stratum < 16);
	measurement_log(&r, &context, &m);
	measurement_report(&r, &context, &report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[PACKET_ROOM];
	struct span datagram;

	if (size < 2 || size - 2 > sizeof(bytes))
		return 0;
	check_packet((struct span){data + 2, size - 2});
	memcpy(bytes, data + 2, size - 2);
	datagram = (struct span){bytes, size - 2};
	if ((data[1] & 1) && datagram.n >= 32) {
		struct writer w = writer_on(bytes + 24, 8);

		write_u64(&w, NONCE);
	}
	/* A right MAC, so that what is behind it is tried as well. */
	if ((data[0] & 2) && datagram.n == 68) {
		memset(bytes + 48, 0, 3);
		bytes[51] = 1;
		keys_sign(the_keys(), 1, 4, (struct span){bytes, 48}, bytes + 52, 16);
	}
	check_client(datagram, data[0] & 1, (data[1] & 2) != 0);
	return 0;
}
