/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts that mode 6 answers from, in the world of the source tests, and a client of it.
 */
#ifndef TEST_UNIT_MODE6_WORLD_H
#define TEST_UNIT_MODE6_WORLD_H

#include "backends/crypto.h"
#include "daemon/control/mode6.h"
#include "daemon/discipline/discipline.h"
#include "daemon/discipline/events.h"
#include "daemon/protocol/keys.h"
#include "daemon/serve/serve.h"
#include "test/unit/fake_keys.h"
#include "test/unit/net_world.h"

/* Keys of the captures. */
#define MODE6_KEYS "1 MD5 ASCII:secret1\n2 SHA1 ASCII:secret2\n"

/** What the parts of a test are. */
struct mode6_parts {
	struct world *w;
	struct control_env env;
	struct discipline *discipline;
	struct events *events;
	struct serve *serve;
	struct keys *keys;
	struct mode6 *m;
	struct mode6_client client; /**< who asks */
	int result;                 /**< of mode6_respond() */
	/* the answer */
	unsigned fragments;
	size_t bytes;                 /**< of all fragments */
	uint8_t last[MODE6_FRAGMENT]; /**< the last one */
	size_t last_n;
	char text[MODE6_TEXT_MAX + 1]; /**< of all */
	size_t text_n;
};

static inline unsigned mode6_u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Every fragment is checked against the rules of clients. */
static void mode6_take(void *arg, struct span f)
{
	struct mode6_parts *p = arg;
	size_t count = mode6_u16(f.p + 10);

	assert_true(f.n >= MODE6_HEADER && f.n <= MODE6_FRAGMENT && f.n % 4 == 0);
	assert_int_equal(f.p[0] & 7, 6);
	assert_true(f.p[1] & 0x80);
	assert_true(f.n >= ((MODE6_HEADER + count + 3) & ~(size_t)3));
	if (!(f.p[1] & 0x40)) {
		assert_int_equal(mode6_u16(f.p + 8), p->text_n);
		assert_true(p->text_n + count <= MODE6_TEXT_MAX);
		memcpy(p->text + p->text_n, f.p + MODE6_HEADER, count);
	}
	p->text_n += count;
	p->text[p->text_n] = '\0';
	memcpy(p->last, f.p, f.n);
	p->last_n = f.n;
	p->bytes += f.n;
	p->fragments++;
}

static inline void mode6_ask_bytes(struct mode6_parts *p, const uint8_t *request, size_t n)
{
	p->fragments = 0;
	p->bytes = p->text_n = p->last_n = 0;
	p->text[0] = '\0';
	memset(p->last, 0, sizeof(p->last));
	p->result = mode6_respond(p->m, &p->client, (struct span){request, n}, mode6_take, p);
}

/** Asks, with a MAC of a key (0: none). */
static inline void mode6_ask(struct mode6_parts *p, unsigned opcode, unsigned association,
	const char *data, uint32_t key)
{
	uint8_t request[1024] = {0};
	size_t n = strlen(data);

	assert_true(n < 900);
	request[0] = 0xd6;
	request[1] = (uint8_t)opcode;
	request[3] = 7;
	request[6] = (uint8_t)(association >> 8);
	request[7] = (uint8_t)association;
	request[10] = (uint8_t)(n >> 8);
	request[11] = (uint8_t)n;
	memcpy(request + MODE6_HEADER, data, n);
	n = (MODE6_HEADER + n + 3) & ~(size_t)3;
	if (key != 0) {
		int mac =
			keys_sign(p->keys, key, 2, (struct span){request, n}, request + n + 4, 64);

		assert_true(mac > 0);
		request[n + 3] = (uint8_t)key;
		n += 4 + (size_t)mac;
	}
	mode6_ask_bytes(p, request, n);
}

/** The error of the last answer, -1 for none. */
static inline int mode6_error(const struct mode6_parts *p)
{
	return p->last_n > 0 && (p->last[1] & 0x40) ? p->last[4] : -1;
}

/** The status word of the last answer. */
static inline unsigned mode6_status(const struct mode6_parts *p)
{
	return mode6_u16(p->last + 4);
}

static int mode6_setup(void **state)
{
	struct mode6_parts *p = calloc(1, sizeof(*p));
	struct world *w;

	assert_non_null(p);
	net_setup(state);
	w = p->w = *state;
	w->settings->ntp.style = true;
	w->settings->ntp.control_key = 1;
	p->keys = fake_keys(MODE6_KEYS);
	assert_int_equal(
		settings_add_trusted(&w->settings->ntp, &(struct settings_key_range){1, 2}), 0);
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &p->discipline),
		0);
	assert_int_equal(
		events_create(w->sources, p->discipline, w->clock, w->loop, &p->events), 0);
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, p->keys,
				 crypto_backends[0], &w->log, &p->serve),
		0);
	p->env = (struct control_env){.settings = w->settings,
		.kernel = &w->kernel,
		.loop = w->loop,
		.clock = w->clock,
		.sources = w->sources,
		.discipline = p->discipline,
		.events = p->events,
		.serve = p->serve,
		.keys = p->keys,
		.log = &w->log};
	p->m = calloc(1, sizeof(*p->m));
	assert_non_null(p->m);
	p->m->env = &p->env;
	p->m->started = loop_now(w->loop);
	p->client = (struct mode6_client){
		.peer = {.address = world_address("192.0.2.7"), .port = 4000}};
	*state = p;
	return 0;
}

static inline int mode6_teardown(void **state)
{
	struct mode6_parts *p = *state;

	free(p->m->extra);
	free(p->m);
	serve_destroy(p->serve);
	events_destroy(p->events);
	discipline_destroy(p->discipline);
	keys_destroy(p->keys);
	*state = p->w;
	free(p);
	return net_teardown(state);
}

#endif
