/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an NTP request: no reply is longer than it, and every reply can be read. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/responder.h"
#include "test/unit/fake_mode.h"
#include "test/unit/lines.h"
#include "test/unit/responder_keyed.h"

extern const struct crypto_backend crypto_none;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	static const char content[] = "1 MD5 ASCII:secret1\n";

	(void)k;
	(void)path;
	if (sizeof(content) - 1 > room)
		return -1;
	memcpy(p, content, sizeof(content) - 1);
	*ret_n = sizeof(content) - 1;
	return 0;
}

/* A correct MAC behind the header, which the fuzzer could not guess. */
static size_t sign(const struct keys *keys, uint8_t *p, size_t n)
{
	int mac;

	memcpy(p + n, "\0\0\0\1", 4);
	mac = keys_sign(keys, 1, p[0] >> 3 & 7, (struct span){p, n}, p + n + 4, 64);
	return mac < 0 ? n : n + 4 + (size_t)mac;
}

static void answer(const struct keys *keys, const uint8_t *p, size_t n)
{
	static const struct responder_snapshot now = {.served = {.synchronised = true,
							      .stratum = 2,
							      .precision = -24,
							      .root_delay = 0.1,
							      .root_dispersion = 1e9}};
	struct endpoint peer = {.address = {ADDRESS_IP4, {192, 0, 2, 7}}, .port = 4000};
	struct address us = {ADDRESS_IP4, {192, 0, 2, 1}};
	struct responder_request q;
	uint8_t reply[PACKET_ROOM];
	struct packet packet;
	int length;

	if (responder_keyed_check((struct span){p, n}, &peer, &us, 123, true, keys, &q) !=
		RESPONDER_ANSWER)
		return;
	length = responder_keyed_reply(
		&q, &now, (int64_t)n << 50, 5, UINT64_MAX / 3, keys, reply, sizeof(reply));
	if (length < PACKET_HEADER || (size_t)length > n)
		abort();
	if (packet_decode((struct span){reply, (size_t)length}, &packet) != 0)
		abort();
	if (packet.origin != q.packet.transmit ||
		(packet.mode != PACKET_SERVER && packet.mode != PACKET_PASSIVE))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct kernel_ops ops = {.file_load = file_load, .file_mode = fake_mode};
	static struct keys *keys;
	struct kernel kernel = {&ops};
	uint8_t p[PACKET_ROOM];

	if (!keys && keys_load(&kernel, &crypto_none, "/keys", &lines_silent, &keys) != 0)
		abort();
	answer(keys, data, n);
	if (n < PACKET_HEADER || n > sizeof(p) - PACKET_MAC_MAX)
		return 0;
	memcpy(p, data, n);
	answer(keys, p, sign(keys, p, n));
	return 0;
}
