/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An NTP server in the world with sockets.
 */
#ifndef TEST_UNIT_SERVE_WORLD_H
#define TEST_UNIT_SERVE_WORLD_H

#include "backends/crypto.h"
#include "daemon/serve/serve.h"
#include "test/unit/net_world.h"

extern const struct crypto_backend crypto_none;

static inline struct settings_access rule(const char *line)
{
	struct settings_access r = {.allow = line[0] == 'a'};
	const char *p = strchr(line, ' ');

	if (p)
		assert_int_equal(address_parse_prefix(p + 1, &r.prefix, &r.bits), 0);
	return r;
}

static inline struct serve *start(struct world *w, const char *line)
{
	struct settings_access r;
	struct serve *s = NULL;

	if (line) {
		r = rule(line);
		assert_int_equal(settings_add_access(w->settings, false, &r), 0);
	}
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		0);
	return s;
}

static inline void put_request(struct world *w, const char *peer, uint8_t first, size_t n)
{
	uint8_t p[NET_BYTES] = {first, 0, 6, 0x20};

	for (int i = 0; i < 8; i++)
		p[40 + i] = (uint8_t)(0x10 + i);
	net_put(20, peer, 40000, p, n, w->system);
}

#define NET_TEST(f) cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

#endif
