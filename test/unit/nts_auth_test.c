/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTS of an association with a server played by the test: which requests are made, which responses
 * count, when keys are established anew. Keys come from a saved file, as after a restart.
 */
#include "config.h"

#include <stdlib.h>

#include "daemon/protocol/nts_auth.h"
#include "daemon/protocol/nts_packet.h"
#include "daemon/protocol/nts_session.h"
#include "daemon/protocol/nts_shared.h"
#include "test/unit/net_world.h"

#define SERVER "192.0.2.9"
#define FILE   "/nts/192.0.2.9.nts"
#define ORIGIN UINT64_C(0x0102030405060708)

/* An association and the server's keys. */
struct scene {
	struct world *w;
	struct source_options options;
	struct ntp_auth *auth;
	unsigned ready, connects;
	int connect_error;
	struct aead *c2s, *s2c;
	uint32_t random;
	uint8_t request[AUTH_REQUEST_MAX];
	size_t n;
	struct nts_fields fields; /* of the request */
	unsigned cookies_made;
};

static struct scene *scene;

static int count_random(struct kernel *k, void *p, size_t n)
{
	uint8_t *bytes = p;

	(void)k;
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(++scene->random * 7);
	return 0;
}

static int refuse_connection(struct kernel *k, const struct kernel_socket *s)
{
	(void)k;
	assert_int_equal(s->remote.port, 4460);
	scene->connects++;
	return scene->connect_error;
}

static int save_file(struct kernel *k, const char *path, struct span content, unsigned mode)
{
	assert_int_equal(mode, 0600);
	world_write(world_of(k), path, content.p, content.n, false);
	return 0;
}

static void on_ready(void *arg)
{
	((struct scene *)arg)->ready++;
}

/* A session with keys of counting bytes and this many cookies of a length, in the file. */
static void write_session(struct scene *s, uint16_t aead, size_t cookies, uint16_t length)
{
	struct nts_session session = {.keys = {.aead = aead, .n = crypto_aead_key_length(aead)},
		.server = {.address = world_address("192.0.2.77"), .port = 11123},
		.establishments = 3,
		.established = s->w->system - 100 * INSTANT_S};
	const struct crypto_backend *b = crypto_backends[0];
	struct nts_cookie cookie = {.n = length};
	char text[NTS_SESSION_FILE];
	int n;

	for (uint8_t i = 0; i < sizeof(session.keys.c2s); i++) {
		session.keys.c2s[i] = i;
		session.keys.s2c[i] = (uint8_t)(0x80 + i);
	}
	for (size_t i = 0; i < cookies; i++) {
		memset(cookie.bytes, (int)i, length);
		nts_session_put(&session, &cookie);
	}
	n = nts_session_format(&session, "ntp.example", text, sizeof(text));
	assert_true(n > 0);
	world_write(s->w, FILE, text, (size_t)n, false);
	assert_int_equal(b->aead_create(aead, &s->c2s), 0);
	assert_int_equal(b->aead_create(aead, &s->s2c), 0);
	b->aead_rekey(s->c2s, (struct span){session.keys.c2s, session.keys.n});
	b->aead_rekey(s->s2c, (struct span){session.keys.s2c, session.keys.n});
}

static void open_scene(struct scene *s, void **state)
{
	static struct kernel_ops ops;
	struct world *w = *state;

	memset(s, 0, sizeof(*s));
	scene = s;
	s->w = w;
	s->connect_error = -ENETUNREACH;
	ops = *w->kernel.ops;
	ops.random = count_random;
	ops.stream_connect = refuse_connection;
	ops.file_save = save_file;
	ops.file_remove = world_remove;
	w->kernel.ops = &ops;
	strcpy(w->settings->ntsdumpdir, "/nts");
	w->settings->ntsaeads[0] = 15;
	w->settings->n_ntsaeads = 1;
	w->settings->nts_client.no_system = true;
	assert_int_equal(nts_shared_create(
				 &w->kernel, crypto_backends[0], w->settings, &w->log, &w->env.nts),
		0);
	s->options = source_options_default(SOURCE_SERVER);
	strcpy(s->options.name, "ntp.example.");
	s->options.nts = true;
}

static void begin(struct scene *s)
{
	static struct address a;

	a = world_address(SERVER);
	assert_int_equal(nts_auth_create(&s->w->env, &s->options, &a, on_ready, s, &s->auth), 0);
}

static void close_scene(struct scene *s)
{
	const struct crypto_backend *b = crypto_backends[0];

	if (s->auth)
		s->auth->ops->destroy(s->auth);
	if (s->c2s) {
		b->aead_destroy(s->c2s);
		b->aead_destroy(s->s2c);
	}
	nts_shared_destroy(s->w->env.nts);
	s->w->env.nts = NULL;
}

/* Makes the next request. Returns 0, or why there is none. */
static int ask(struct scene *s)
{
	struct packet p = {.version = 4, .mode = PACKET_CLIENT, .transmit = ORIGIN};
	struct endpoint remote = {.address = world_address(SERVER), .port = 123};
	struct packet_trailer t;
	int r = s->auth->ops->prepare(s->auth, &remote);

	if (r < 0)
		return r;
	assert_int_equal(remote.port, 11123);
	assert_int_equal(remote.address.ip[3], 77);
	packet_encode(&p, s->request);
	s->n = PACKET_HEADER;
	r = s->auth->ops->sign(s->auth, 4, s->request, &s->n, sizeof(s->request));
	if (r < 0)
		return r;
	assert_int_equal(packet_split((struct span){s->request, s->n}, 4, &t), 0);
	assert_int_equal(nts_fields_find(&t, &s->fields), 0);
	return 0;
}

/* A response that is built, and perhaps spoilt. */
struct answer {
	uint8_t bytes[2048];
	size_t n;
};

/* The server's answer to the request: as many cookies as it asks for. */
static struct answer serve(struct scene *s)
{
	const struct crypto_backend *b = crypto_backends[0];
	struct packet p = {.version = 4, .mode = PACKET_SERVER, .stratum = 1, .origin = ORIGIN};
	uint8_t plain[2048], cookie[NTS_COOKIE_MAX], nonce[16] = {9}, *place;
	struct answer a = {.n = PACKET_HEADER};
	struct writer w = writer_on(a.bytes, sizeof(a.bytes));
	struct writer inner = writer_on(plain, sizeof(plain));
	size_t before;

	/* What a right server does first. */
	assert_int_equal(b->aead_open(s->c2s, s->fields.nonce, s->fields.associated,
				 s->fields.ciphertext, plain, sizeof(plain)),
		0);
	packet_encode(&p, a.bytes);
	w.n = PACKET_HEADER;
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, s->fields.unique_id);
	for (unsigned i = 0; i <= s->fields.placeholders; i++) {
		memset(cookie, 100 + (int)s->cookies_made++, sizeof(cookie));
		nts_field_write(
			&inner, NTS_FIELD_COOKIE, (struct span){cookie, s->fields.cookie.n});
	}
	before = w.n;
	place = nts_field_write_authenticator(
		&w, (struct span){nonce, s->fields.nonce.n}, inner.n + 16, 0);
	assert_non_null(place);
	assert_int_equal(b->aead_seal(s->s2c, (struct span){nonce, s->fields.nonce.n},
				 (struct span){a.bytes, before}, (struct span){plain, inner.n},
				 place, inner.n + 16),
		(int)inner.n + 16);
	a.n = w.n;
	/* Never longer than what asked for it. */
	assert_true(a.n <= s->n);
	return a;
}

/* A server's word that our cookie is of no use. */
static struct answer refuse(const struct scene *s)
{
	struct packet p = {.leap = LEAP_UNSYNCHRONISED,
		.version = 4,
		.mode = PACKET_SERVER,
		.refid = NTS_KISS_NTSN,
		.origin = ORIGIN};
	struct answer a;
	struct writer w = writer_on(a.bytes, sizeof(a.bytes));

	packet_encode(&p, a.bytes);
	w.n = PACKET_HEADER;
	nts_field_write(&w, NTS_FIELD_UNIQUE_ID, s->fields.unique_id);
	a.n = w.n;
	return a;
}

/* Shows a response as daemon/protocol/response.c does. */
static bool show(struct scene *s, const struct answer *a)
{
	struct packet p;
	struct packet_trailer t;

	if (packet_decode((struct span){a->bytes, a->n}, &p) < 0 ||
		packet_split((struct span){a->bytes, a->n}, 4, &t) < 0)
		return false;
	return s->auth->ops->check(s->auth, &p, &t, p.origin == ORIGIN);
}

static struct report_auth report(const struct scene *s)
{
	struct report_auth r;

	s->auth->ops->report(s->auth, &r);
	return r;
}

static struct report_nts_client counters(const struct scene *s)
{
	struct report_nts_client c = *nts_shared_counters(s->w->env.nts);

	assert_true(c.good + c.bad <= c.requests);
	return c;
}

static bool can_run(void)
{
	return crypto_has_tls(crypto_backends[0]) && crypto_has_aead(crypto_backends[0], 15);
}

static void section_9_1_a_healthy_exchange(void **state)
{
	struct scene s;
	struct answer a;
	uint8_t id[NTS_UNIQUE_ID];

	if (!can_run())
		skip();
	open_scene(&s, state);
	write_session(&s, 15, 8, 100);
	begin(&s);
	/* What was saved is in force, its file gone. */
	assert_null(world_file(s.w, FILE));
	assert_non_null(strstr(s.w->messages, "0 Loaded 8 NTS cookies for ntp.example\n"));
	assert_int_equal(report(&s).mode, 2);
	assert_int_equal(report(&s).key_type, 15);
	assert_int_equal(report(&s).key_bits, 256);
	assert_int_equal(report(&s).key_id, 3);
	assert_int_equal(report(&s).cookies, 8);
	assert_int_equal(report(&s).cookie_bytes, 100);
	assert_int_equal(report(&s).ke_age, 100);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ask(&s), 0);
		assert_int_equal(s.n, 228);
		assert_int_equal(report(&s).cookies, 7);
		/* Each cookie once, each request with its own number. */
		if (i < 8)
			assert_int_equal(s.fields.cookie.p[99], i);
		else
			assert_int_equal(s.fields.cookie.p[99], 100 + i - 8);
		if (i > 0)
			assert_memory_not_equal(id, s.fields.unique_id.p, sizeof(id));
		memcpy(id, s.fields.unique_id.p, sizeof(id));
		a = serve(&s);
		assert_true(show(&s, &a));
		s.auth->ops->accept(s.auth);
		assert_int_equal(report(&s).cookies, 8);
		/* Once more is once too often. */
		assert_false(show(&s, &a));
	}
	assert_int_equal(counters(&s).requests, 20);
	assert_int_equal(counters(&s).good, 20);
	assert_int_equal(counters(&s).bad, 0);
	assert_int_equal(s.connects, 0);
	/* The end writes the file again. */
	s.auth->ops->destroy(s.auth);
	s.auth = NULL;
	assert_non_null(world_file(s.w, FILE));
	close_scene(&s);
}

/* Sizes of requests while answers are lost, and after the first that is not. */
static void lost_answers(void **state)
{
	static const struct {
		uint16_t aead, cookie;
		size_t sizes[8];
	} ladders[] = {
		{15, 104, {232, 340, 448, 556, 664, 772, 880, 988}},
		{15, 100, {228, 332, 436, 540, 644, 748, 852, 956}},
		{16, 136, {264, 404, 544, 684, 824, 964, 1104, 1104}},
		{17, 168, {296, 468, 640, 812, 984, 1156, 1156, 1156}},
		{30, 64, {188, 256, 324, 392, 460, 528, 596, 664}},
	};

	if (!can_run())
		skip();
	for (size_t i = 0; i < sizeof(ladders) / sizeof(ladders[0]); i++) {
		struct scene s;
		struct answer a;

		if (!crypto_has_aead(crypto_backends[0], ladders[i].aead))
			continue;
		open_scene(&s, state);
		write_session(&s, ladders[i].aead, 8, ladders[i].cookie);
		begin(&s);
		for (int k = 0; k < 8; k++) {
			assert_int_equal(ask(&s), 0);
			assert_int_equal(s.n, ladders[i].sizes[k]);
			assert_int_equal(report(&s).cookies, 7 - k);
		}
		a = serve(&s);
		assert_int_equal(a.n, s.n);
		assert_true(show(&s, &a));
		s.auth->ops->accept(s.auth);
		assert_int_equal(report(&s).cookies, (int)s.fields.placeholders + 1);
		assert_int_equal(s.connects, 0);
		close_scene(&s);
	}
}

static void section_9_1_an_empty_stock(void **state)
{
	struct scene s;

	if (!can_run())
		skip();
	open_scene(&s, state);
	write_session(&s, 15, 2, 100);
	begin(&s);
	assert_int_equal(ask(&s), 0);
	assert_int_equal(ask(&s), 0);
	/* Nothing is asked without a cookie, whatever happens; keys are, every 2 s at the most. */
	assert_int_equal(ask(&s), -ENOKEY);
	assert_int_equal(s.connects, 1);
	assert_int_equal(ask(&s), -ENOKEY);
	assert_int_equal(s.connects, 1);
	world_run(s.w, 2.1);
	assert_int_equal(ask(&s), -ENOKEY);
	assert_int_equal(s.connects, 2);
	assert_int_equal(report(&s).ke_attempts, 2);
	assert_int_equal(report(&s).cookies, 0);
	assert_int_equal(counters(&s).ke_bad, 2);
	assert_int_equal(counters(&s).requests, 2);
	assert_int_equal(s.ready, 0);
	assert_non_null(strstr(s.w->messages,
		"0 NTS-KE with 192.0.2.9:4460 (ntp.example): expecting a certificate of "
		"ntp.example, trusting nobody\n"));
	assert_non_null(strstr(s.w->messages,
		"2 Could not connect to 192.0.2.9:4460 (ntp.example) : Network is unreachable\n"));
	close_scene(&s);
}

static void tampered_responses(void **state)
{
	struct scene s;
	struct answer right, wrong;

	if (!can_run())
		skip();
	open_scene(&s, state);
	write_session(&s, 15, 8, 100);
	begin(&s);
	assert_int_equal(ask(&s), 0);
	right = serve(&s);
	for (size_t i = 0; i < right.n; i++) {
		wrong = right;
		wrong.bytes[i] ^= 1;
		assert_false(show(&s, &wrong));
	}
	for (size_t n = 0; n < right.n; n += 4) {
		wrong = right;
		wrong.n = n;
		assert_false(show(&s, &wrong));
	}
	/* No forger shuts the right one out, and one request is one at the most. */
	assert_int_equal(counters(&s).bad, 0);
	assert_true(show(&s, &right));
	s.auth->ops->accept(s.auth);
	assert_int_equal(counters(&s).good, 1);
	/* Replayed to the next request it is of no use; what that met is counted at its end. */
	assert_int_equal(ask(&s), 0);
	assert_false(show(&s, &right));
	assert_false(show(&s, &right));
	assert_int_equal(ask(&s), 0);
	assert_int_equal(counters(&s).bad, 1);
	/* One that comes to nobody is not counted. */
	right = serve(&s);
	s.auth->ops->pause(s.auth);
	assert_false(show(&s, &right));
	assert_int_equal(counters(&s).bad, 1);
	assert_int_equal(counters(&s).requests, 3);
	close_scene(&s);
}

static void section_9_1_refusals(void **state)
{
	struct scene s;
	struct answer nak, forged, right;

	if (!can_run())
		skip();
	open_scene(&s, state);
	write_session(&s, 15, 8, 100);
	begin(&s);
	/* Forged: another number, another origin, a stratum, another code. */
	assert_int_equal(ask(&s), 0);
	nak = refuse(&s);
	assert_int_equal(nak.n, 84);
	forged = nak;
	forged.bytes[60] ^= 1;
	assert_false(show(&s, &forged));
	forged = nak;
	forged.bytes[31] ^= 1;
	assert_false(show(&s, &forged));
	forged = nak;
	forged.bytes[1] = 1;
	assert_false(show(&s, &forged));
	forged = nak;
	forged.bytes[15] ^= 1;
	assert_false(show(&s, &forged));
	forged = nak;
	forged.bytes[0] = 0x24;
	assert_false(show(&s, &forged));
	assert_false(report(&s).nak);
	/* A right one says so, but an authentic answer behind it has the last word. */
	assert_false(show(&s, &nak));
	assert_true(report(&s).nak);
	right = serve(&s);
	assert_true(show(&s, &right));
	s.auth->ops->accept(s.auth);
	assert_false(report(&s).nak);
	assert_int_equal(ask(&s), 0);
	assert_int_equal(s.connects, 0);
	assert_int_equal(counters(&s).naks, 0);
	/* Alone it leads to new keys; the old ones go on until there are some. */
	nak = refuse(&s);
	assert_false(show(&s, &nak));
	assert_int_equal(ask(&s), 0);
	assert_int_equal(s.connects, 1);
	assert_true(report(&s).nak);
	assert_int_equal(counters(&s).naks, 1);
	assert_int_equal(report(&s).ke_attempts, 1);
	/* Tries are no more frequent for it. */
	assert_int_equal(ask(&s), 0);
	assert_int_equal(s.connects, 1);
	right = serve(&s);
	assert_true(show(&s, &right));
	s.auth->ops->accept(s.auth);
	assert_false(report(&s).nak);
	assert_int_equal(report(&s).ke_attempts, 0);
	close_scene(&s);
}

static void section_9_1_keys_grow_old(void **state)
{
	struct scene s;

	if (!can_run())
		skip();
	open_scene(&s, state);
	s.w->settings->nts_client.refresh = 200;
	write_session(&s, 15, 8, 100);
	begin(&s);
	world_run(s.w, 99);
	assert_int_equal(ask(&s), 0);
	assert_int_equal(s.connects, 0);
	world_run(s.w, 1.5);
	assert_int_equal(ask(&s), 0);
	assert_int_equal(s.connects, 1);
	close_scene(&s);
}

static void files_of_no_use(void **state)
{
	struct scene s;

	if (!can_run())
		skip();
	open_scene(&s, state);
	write_session(&s, 15, 8, 100);
	strcpy(s.options.name, "another.example");
	begin(&s);
	/* Discarded without a word, and never looked at again. */
	assert_null(world_file(s.w, FILE));
	assert_int_equal(report(&s).cookies, 0);
	assert_int_equal(report(&s).ke_age, REPORT_NEVER);
	assert_int_equal(report(&s).key_type, 0);
	assert_int_equal(ask(&s), -ENOKEY);
	close_scene(&s);
	/* With nothing to keep nothing is written. */
	assert_null(world_file(*state, FILE));
}

static void what_it_needs(void **state)
{
	struct world *w = *state;
	struct source_options o = source_options_default(SOURCE_SERVER);
	struct address a = world_address(SERVER);
	struct ntp_auth *auth;
	const char *why;

	strcpy(o.name, "ntp.example");
	w->settings->n_ntsaeads = 0;
	assert_int_equal(nts_shared_create(
				 &w->kernel, crypto_backends[0], w->settings, &w->log, &w->env.nts),
		0);
	assert_false(nts_shared_usable(w->env.nts, &why));
	assert_string_equal(why, crypto_has_tls(crypto_backends[0])
					 ? "none of the algorithms of ntsaeads is available"
					 : "this program was built without NTS");
	assert_int_equal(nts_auth_create(&w->env, &o, &a, on_ready, NULL, &auth), -ENOTSUP);
	assert_non_null(strstr(w->messages, "2 Could not use NTS with ntp.example : "));
	nts_shared_destroy(w->env.nts);
	w->env.nts = NULL;
}

static void dates_that_do_not_count(void **state)
{
	struct world *w = *state;
	struct nts_shared *shared;

	w->settings->nts_client.no_time_check = 2;
	assert_int_equal(
		nts_shared_create(&w->kernel, crypto_backends[0], w->settings, &w->log, &shared),
		0);
	assert_false(nts_shared_checks_time(shared));
	nts_shared_updated(shared);
	assert_false(nts_shared_checks_time(shared));
	nts_shared_updated(shared);
	assert_true(nts_shared_checks_time(shared));
	nts_shared_updated(shared);
	assert_true(nts_shared_checks_time(shared));
	nts_shared_destroy(shared);
	nts_shared_destroy(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(section_9_1_a_healthy_exchange),
		TEST(lost_answers),
		TEST(section_9_1_an_empty_stock),
		TEST(tampered_responses),
		TEST(section_9_1_refusals),
		TEST(section_9_1_keys_grow_old),
		TEST(files_of_no_use),
		TEST(what_it_needs),
		TEST(dates_that_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
