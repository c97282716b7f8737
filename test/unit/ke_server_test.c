/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections of the key establishment server on a kernel that the test plays: deadlines, limits,
 * who is given up for whom, access, and what a helper process tells.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instant.h"
#include "common/log.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/ke_helper.h"
#include "daemon/serve/ke_identity.h"
#include "daemon/serve/serve.h"
#include "daemon/words.h"
#include "test/unit/pki.h"

#define LISTENER 3
#define FIRST    10
#define STREAMS  300

/* A connection as the server sees it. */
struct stream {
	struct endpoint peer;
	bool open, waiting; /* taken; to be taken */
	bool full;          /* nothing can be written */
	uint8_t in[600];
	size_t n_in, n_out;
};

struct world {
	struct kernel kernel;
	struct loop *loop;
	struct log log;
	struct access *access;
	struct settings *settings;
	struct ke_identity *identity;
	struct ke_server_env env;
	unsigned asked, turned_away;
	struct ke_server *server;
	struct stream streams[STREAMS];
	size_t n, taken;
	int64_t raw, cpu;
	int accept_error;
	unsigned accepts, random_calls;
	const char *cert, *key;
	int64_t cert_time;
	int load_error;
	unsigned ended;
	char messages[4000];
};

static struct world *world_of(struct kernel *k)
{
	return (struct world *)k;
}

static void clocks(struct kernel *k, struct kernel_clocks *ret)
{
	*ret = (struct kernel_clocks){.raw_ns = world_of(k)->raw};
}

/* A microsecond each time it is asked for. */
static int64_t cpu(struct kernel *k)
{
	return world_of(k)->cpu += 1000;
}

static unsigned events(struct world *w, const struct kernel_wait *x)
{
	struct stream *s = &w->streams[x->fd >= FIRST ? x->fd - FIRST : 0];

	if (x->fd == LISTENER)
		return w->taken < w->n ? KERNEL_READ : 0;
	return (s->n_in > 0 ? KERNEL_READ : 0) | (s->full ? 0 : KERNEL_WRITE);
}

static int wait_for(struct kernel *k, struct kernel_wait *x, size_t n, int64_t timeout_ns)
{
	struct world *w = world_of(k);
	int ready = 0;

	for (size_t i = 0; i < n; i++) {
		x[i].got = events(w, &x[i]) & x[i].wanted;
		ready += x[i].got != 0;
	}
	if (ready == 0 && timeout_ns > 0)
		w->raw += timeout_ns;
	return ready;
}

static int accept_stream(struct kernel *k, int fd, struct endpoint *ret)
{
	struct world *w = world_of(k);

	assert_int_equal(fd, LISTENER);
	w->accepts++;
	if (w->accept_error)
		return w->accept_error;
	if (w->taken == w->n)
		return -EAGAIN;
	*ret = w->streams[w->taken].peer;
	w->streams[w->taken].open = true;
	return FIRST + (int)w->taken++;
}

static int read_stream(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	struct stream *s = &world_of(k)->streams[fd - FIRST];
	size_t n = s->n_in < room ? s->n_in : room;

	assert_true(s->open);
	if (n == 0)
		return -EAGAIN;
	memcpy(p, s->in, n);
	s->n_in -= n;
	return (int)n;
}

static int write_stream(struct kernel *k, int fd, struct span data)
{
	struct stream *s = &world_of(k)->streams[fd - FIRST];

	assert_true(s->open);
	if (s->full)
		return -EAGAIN;
	s->n_out += data.n;
	return (int)data.n;
}

static void close_stream(struct kernel *k, int fd)
{
	assert_true(world_of(k)->streams[fd - FIRST].open);
	world_of(k)->streams[fd - FIRST].open = false;
}

static int random_bytes(struct kernel *k, void *p, size_t n)
{
	world_of(k)->random_calls++;
	memset(p, 0x5a, n);
	return 0;
}

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct world *w = world_of(k);
	const char *text = strcmp(path, "/crt") == 0 ? w->cert : w->key;

	if (w->load_error)
		return w->load_error;
	if (!text)
		return -ENOENT;
	*ret_n = strlen(text);
	assert_true(*ret_n <= room);
	memcpy(p, text, *ret_n);
	return 0;
}

static int file_time(struct kernel *k, const char *path, int64_t *ret)
{
	*ret = strcmp(path, "/crt") == 0 ? world_of(k)->cert_time : 1;
	return 0;
}

static const struct kernel_ops ops = {
	.clocks = clocks,
	.cpu = cpu,
	.wait = wait_for,
	.stream_accept = accept_stream,
	.stream_read = read_stream,
	.stream_write = write_stream,
	.close = close_stream,
	.random = random_bytes,
	.file_load = file_load,
	.file_time = file_time,
};

static void collect(void *arg, enum log_priority priority, const char *message)
{
	struct world *w = arg;
	size_t n = strlen(w->messages);

	snprintf(w->messages + n, sizeof(w->messages) - n, "%d %s\n", (int)priority, message);
}

static void ended(void *arg)
{
	((struct world *)arg)->ended++;
}

static const struct crypto_backend *library(void)
{
	for (size_t i = 0; crypto_backends[i]; i++)
		if (crypto_has_tls(crypto_backends[i]))
			return crypto_backends[i];
	return NULL;
}

static int setup(void **state)
{
	const struct settings_access all = {.allow = true};
	const struct crypto_backend *b = library();
	struct world *w = calloc(1, sizeof(*w));
	int fds[KE_PORTS] = {LISTENER, -1};

	assert_non_null(w);
	*state = w;
	if (!b)
		return 0;
	w->kernel.ops = &ops;
	w->raw = 77 * INSTANT_S;
	w->log = (struct log){.write = collect, .arg = w, .lowest = LOG_PRIORITY_INFO};
	w->loop = loop_create(&w->kernel);
	w->access = access_create();
	w->settings = settings_create();
	assert_true(w->loop && w->access && w->settings);
	assert_int_equal(access_set(w->access, &all), 0);
	settings_add_nts_file(w->settings, false, "/crt");
	settings_add_nts_file(w->settings, true, "/key");
	w->cert = pki_a;
	w->key = pki_key;
	assert_int_equal(ke_identity_create(&w->settings->nts_server, &w->settings->ntp.tls,
				 &w->kernel, b, &w->log, &w->identity),
		0);
	assert_true(ke_identity_load(w->identity, PKI_NOW * INSTANT_S));
	w->env = (struct ke_server_env){.session = {.crypto = b, .kernel = &w->kernel},
		.kernel = &w->kernel,
		.loop = w->loop,
		.log = &w->log,
		.access = w->access,
		.identity = w->identity,
		.max_connections = 5,
		.ended = ended,
		.arg = w};
	assert_int_equal(ke_server_create(&w->env, fds, &w->server), 0);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	if (library()) {
		ke_server_destroy(w->server);
		for (size_t i = 0; i < w->n; i++)
			assert_false(w->streams[i].open);
		ke_identity_destroy(w->identity);
		settings_destroy(w->settings);
		access_destroy(w->access);
		loop_destroy(w->loop);
	}
	free(w);
	return 0;
}

static void need_tls(void)
{
	if (!library())
		skip();
}

/* Another connection knocks. */
static struct stream *knock(struct world *w, const char *address)
{
	struct stream *s = &w->streams[w->n++];

	assert_true(w->n <= STREAMS);
	assert_int_equal(address_parse(address, &s->peer.address), 0);
	s->peer.port = (uint16_t)(1024 + w->n);
	return s;
}

static void say(struct stream *s, const char *p, size_t n)
{
	memcpy(s->in, p, n);
	s->n_in = n;
}

/* A turn in which no time passes while something is to be done. */
static void turn(struct world *w)
{
	assert_int_equal(loop_turn(w->loop), 0);
}

static void section_9_2_deadline(void **state)
{
	struct world *w = *state;
	int64_t began;
	struct stream *first, *second;

	need_tls();
	began = w->raw;
	first = knock(w, "192.0.2.1");
	turn(w);
	assert_true(first->open);
	w->raw += INSTANT_S;
	second = knock(w, "192.0.2.2");
	turn(w);
	/* what it says does not prolong its life */
	say(first, "\x16\x03\x01\x02", 4);
	turn(w);
	assert_int_equal(ke_server_connections(w->server), 2);
	while (first->open)
		turn(w);
	assert_in_range(w->raw - began, 2 * INSTANT_S, 2 * INSTANT_S + 1000000);
	assert_true(second->open);
	while (second->open)
		turn(w);
	assert_in_range(w->raw - began, 3 * INSTANT_S, 3 * INSTANT_S + 1000000);
	assert_int_equal(w->ended, 2);
	assert_int_equal(ke_server_counts(w->server)->taken, 2);
	assert_int_equal(ke_server_counts(w->server)->failed, 2);
	assert_int_equal(ke_server_counts(w->server)->dropped, 0);
	assert_in_range(ke_server_counts(w->server)->failed_ns, 4 * (uint64_t)INSTANT_S,
		4 * (uint64_t)INSTANT_S + 2000000);
	/* two sessions were begun, one of them said something */
	assert_int_equal(ke_server_counts(w->server)->failed_cpu_ns, 3000);
}

/* Who is silent longest goes; who has said something stays. */
static void section_9_2_limit(void **state)
{
	struct world *w = *state;
	struct stream *talker;

	need_tls();
	talker = knock(w, "192.0.2.1");
	turn(w);
	say(talker, "\x16\x03\x01\x02", 4);
	turn(w);
	for (int i = 0; i < 200; i++) {
		knock(w, "192.0.2.1");
		turn(w);
		assert_true(ke_server_connections(w->server) <= 5);
	}
	assert_true(talker->open);
	for (int i = 1; i <= 196; i++)
		assert_false(w->streams[i].open);
	for (int i = 197; i <= 200; i++)
		assert_true(w->streams[i].open);
	assert_int_equal(ke_server_counts(w->server)->dropped, 196);
}

struct told {
	unsigned lines;
	char last[200];
};

static void count_lines(void *arg, enum log_priority priority, const char *message)
{
	struct told *t = arg;

	(void)priority;
	t->lines++;
	snprintf(t->last, sizeof(t->last), "%s", message);
}

/* Strangers who come and go fill no disk: a hundred lines in a row, then one a second, which says
 * how many were left out. */
static void test_lines_of_strangers(void **state)
{
	struct world *w = *state;
	struct told told = {0};

	need_tls();
	w->log = (struct log){count_lines, &told, LOG_PRIORITY_INFO, &words_ntpd};
	for (int i = 0; i < 250; i++) {
		knock(w, "192.0.2.1");
		turn(w);
	}
	/* five are still there */
	assert_int_equal(ke_server_counts(w->server)->failed, 245);
	assert_int_equal(told.lines, 100);
	assert_non_null(strstr(told.last, "NTSs: NTS-KE from 192.0.2.1:"));
	w->raw += INSTANT_S;
	knock(w, "192.0.2.1");
	turn(w);
	assert_int_equal(told.lines, 102);
	w->raw += 300 * INSTANT_S;
	turn(w);
	assert_in_range(told.lines, 103, 108);
	w->log.lowest = LOG_PRIORITY_FATAL;
}

/* One network cannot push another out, be its connections as advanced as they like. */
static void test_fairness(void **state)
{
	struct world *w = *state;
	struct stream *honest, *other;

	need_tls();
	for (int i = 0; i < 5; i++) {
		say(knock(w, "2001:db8::1"), "\x16\x03\x01\x02", 4);
		turn(w);
		turn(w);
	}
	honest = knock(w, "192.0.2.1");
	turn(w);
	other = knock(w, "2001:db8:0:1::1");
	turn(w);
	for (int i = 0; i < 100; i++) {
		char address[40];

		snprintf(address, sizeof(address), "2001:db8::%x", i + 2);
		say(knock(w, address), "\x16\x03\x01\x02", 4);
		turn(w);
		turn(w);
	}
	assert_true(honest->open);
	assert_true(other->open);
}

static void test_access(void **state)
{
	struct world *w = *state;
	struct settings_access rule = {.allow = false, .bits = 24};
	struct stream *s;

	need_tls();
	assert_int_equal(address_parse("192.0.2.0", &rule.prefix), 0);
	assert_int_equal(access_set(w->access, &rule), 0);
	s = knock(w, "192.0.2.1");
	turn(w);
	assert_false(s->open);
	assert_int_equal(ke_server_counts(w->server)->taken, 0);
	assert_int_equal(ke_server_connections(w->server), 0);
}

/* Without descriptors: a rest, not a busy loop. */
static void test_no_descriptors(void **state)
{
	struct world *w = *state;
	unsigned before;

	need_tls();
	knock(w, "192.0.2.1");
	w->accept_error = -EMFILE;
	turn(w);
	before = w->accepts;
	turn(w);
	assert_int_equal(w->accepts, before);
	w->accept_error = 0;
	for (int i = 0; i < 5 && !w->streams[0].open; i++)
		turn(w);
	assert_true(w->streams[0].open);
}

/* Who sends and does not read what he gets is not read from any more. */
static void test_no_reader(void **state)
{
	struct world *w = *state;
	struct stream *s;

	need_tls();
	s = knock(w, "192.0.2.1");
	turn(w);
	s->full = true;
	/* what is no TLS gives an alert; it finds no room, so the rest waits */
	say(s, "GET / HTTP/1.0\r\n\r\n", 18);
	turn(w);
	say(s, "more", 4);
	for (int i = 0; i < 3 && s->open; i++)
		turn(w);
	assert_int_equal(s->n_in, s->open ? 4 : s->n_in);
	while (s->open)
		turn(w);
	assert_int_equal(ke_server_counts(w->server)->failed, 1);
}

static void test_finish(void **state)
{
	struct world *w = *state;
	struct stream *s, *late;

	need_tls();
	s = knock(w, "192.0.2.1");
	turn(w);
	ke_server_finish(w->server);
	late = knock(w, "192.0.2.2");
	while (s->open)
		turn(w);
	assert_false(late->open);
	assert_int_equal(w->taken, 1);
	w->n--; /* it was never taken */
}

static bool said(struct world *w, const char *what)
{
	bool found = strstr(w->messages, what) != NULL;

	w->messages[0] = '\0';
	return found;
}

/* Certificates: read when they change, kept when the new ones are bad, once for each change. */
static void test_certificates(void **state)
{
	struct world *w = *state;
	struct tls_identity *first;
	int64_t now = PKI_NOW * INSTANT_S;

	need_tls();
	first = ke_identity_get(w->identity);
	assert_non_null(first);
	assert_true(said(w, "0 Serving NTS as "));
	assert_false(ke_identity_look(w->identity, now));
	w->cert = pki_b;
	w->cert_time = 2;
	assert_false(ke_identity_look(w->identity, now));
	assert_ptr_equal(ke_identity_get(w->identity), first);
	assert_true(
		strstr(w->messages, "2 Could not set credentials : /crt with key /key : ") != NULL);
	assert_true(said(w, "2 Keeping the previous NTS server certificates"));
	assert_false(ke_identity_look(w->identity, now));
	assert_string_equal(w->messages, "");
	w->cert = "no certificate";
	assert_false(ke_identity_load(w->identity, now));
	assert_ptr_equal(ke_identity_get(w->identity), first);
	w->cert = NULL;
	assert_false(ke_identity_load(w->identity, now));
	assert_true(said(w, "/crt : No such file"));
	w->cert = pki_expired;
	w->cert_time = 3;
	assert_true(ke_identity_look(w->identity, now));
	assert_ptr_not_equal(ke_identity_get(w->identity), first);
	assert_true(said(w, "expired on 2020-12-31 23:59:59 UTC"));
	w->cert = pki_a;
	assert_true(ke_identity_load(w->identity, now));
}

/* What could not be read for want of a descriptor is read as soon as there is one, though the file
 * does not change. */
static void test_certificates_later(void **state)
{
	struct world *w = *state;
	int64_t now = PKI_NOW * INSTANT_S;

	need_tls();
	w->cert_time = 2;
	w->load_error = -EMFILE;
	for (int i = 0; i < 2; i++) {
		assert_false(ke_identity_look(w->identity, now));
		assert_true(said(w, "2 Could not set credentials : /crt : Too many open files"));
	}
	w->load_error = 0;
	assert_true(ke_identity_look(w->identity, now));
	assert_false(ke_identity_look(w->identity, now));
}

/* What helpers say is believed only as far as it keeps to the form. */
static void test_helper_messages(void **state)
{
	static const uint8_t counts[3 + 96] = {1, 0, 96, [10] = 5, [18] = 1, [26] = 2};
	static const uint8_t message[] = {2, 0, 7, 2, 'h', 'e', '\n', 0x1b, 'l', 'o'};
	struct world *w = *state;
	struct ke_helper_inbox inbox = {0};
	struct ke_counts c = {0};
	struct log log = {.write = collect, .arg = w, .lowest = LOG_PRIORITY_INFO};
	struct clients_config config = {0};
	struct ke_helper_sink sink = {.counts = &c, .log = &log, .raw = 1, .system = 1};
	struct report_client client;
	uint8_t both[sizeof(counts) + sizeof(message)];

	assert_int_equal(clients_create(&config, &sink.clients), 0);
	w->messages[0] = '\0';
	memcpy(both, counts, sizeof(counts));
	memcpy(both + sizeof(counts), message, sizeof(message));
	for (size_t i = 0; i < sizeof(both); i++)
		assert_int_equal(ke_helper_read(&inbox, (struct span){both + i, 1}, &sink), 0);
	assert_int_equal(c.taken, 5);
	assert_int_equal(c.dropped, 1);
	assert_int_equal(c.served, 2);
	assert_string_equal(w->messages, "1 he??lo\n");
	assert_int_equal(ke_helper_read(&inbox, (struct span){both, sizeof(both)}, &sink), 0);
	assert_int_equal(c.taken, 10);
	for (uint8_t dropped = 0; dropped < 2; dropped++) {
		uint8_t from[3 + 20] = {3, 0, 20, 1, 192, 0, 2, 7, [21] = 9, [22] = dropped};

		assert_int_equal(
			ke_helper_read(&inbox, (struct span){from, sizeof(from)}, &sink), 0);
	}
	for (size_t i = 0; i < 8 && !clients_report(sink.clients, i, 1, &client); i++)
		;
	assert_int_equal(client.nke_hits, 2);
	assert_int_equal(client.nke_drops, 1);
	assert_int_equal(clients_count(sink.clients), 1);
	/* kinds, lengths and priorities that there are not */
	assert_int_equal(ke_helper_read(&inbox, (struct span){(const uint8_t *)"\4\0\0", 3}, &sink),
		-EBADMSG);
	inbox.n = 0;
	assert_int_equal(
		ke_helper_read(&inbox, (struct span){(const uint8_t *)"\1\0\1x", 4}, &sink),
		-EBADMSG);
	inbox.n = 0;
	assert_int_equal(
		ke_helper_read(&inbox, (struct span){(const uint8_t *)"\2\xff\xff", 3}, &sink),
		-EBADMSG);
	inbox.n = 0;
	assert_int_equal(
		ke_helper_read(&inbox, (struct span){(const uint8_t *)"\2\0\1\4", 4}, &sink),
		-EBADMSG);
	inbox.n = 0;
	assert_int_equal(
		ke_helper_read(&inbox, (struct span){(const uint8_t *)"\3\0\1\1", 4}, &sink),
		-EBADMSG);
	assert_int_equal(c.taken, 10);
	clients_destroy(sink.clients);
}

static void count_asked(void *arg, const struct endpoint *peer, bool dropped)
{
	struct world *w = arg;

	assert_int_equal(peer->address.ip[3], 1);
	w->asked++;
	w->turned_away += dropped;
}

/* chrony-behaviour 11.2 for key establishment: a client that connects too often is turned away
 * before anything is done for it. */
static void section_9_2_rate_limit(void **state)
{
	struct world *w = *state;
	const struct clients_config config = {
		.limits.buckets[CLIENTS_NKE] = {.on = true, .interval = 6, .burst = 2, .leak = 4}};
	struct stream *s[4];
	int fds[KE_PORTS] = {LISTENER, -1};

	need_tls();
	ke_server_destroy(w->server);
	assert_int_equal(clients_create(&config, &w->env.clients), 0);
	w->env.limited = true;
	w->env.asked = count_asked;
	assert_int_equal(ke_server_create(&w->env, fds, &w->server), 0);
	for (int i = 0; i < 4; i++)
		s[i] = knock(w, "192.0.2.1");
	turn(w);
	assert_int_equal(w->asked, 4);
	assert_int_equal(w->turned_away, 2);
	assert_int_equal(ke_server_counts(w->server)->taken, 4);
	assert_int_equal(ke_server_counts(w->server)->dropped, 2);
	assert_int_equal(ke_server_connections(w->server), 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(s[i]->open, i < 2);
	w->raw += 64 * INSTANT_S;
	s[0] = knock(w, "192.0.2.1");
	turn(w);
	assert_int_equal(w->turned_away, 2);
	clients_destroy(w->env.clients);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_9_2_deadline),
		TEST(section_9_2_limit),
		TEST(test_lines_of_strangers),
		TEST(test_fairness),
		TEST(test_access),
		TEST(test_no_descriptors),
		TEST(test_no_reader),
		TEST(test_finish),
		TEST(test_certificates),
		TEST(test_certificates_later),
		TEST(test_helper_messages),
		TEST(section_9_2_rate_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
