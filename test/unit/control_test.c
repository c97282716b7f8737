/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control protocol on real sources, clock and discipline: what every request does and answers,
 * as a script got it from chronyd 4.9.
 */
#include "config.h"

#include <math.h>

#include "backends/crypto.h"
#include "daemon/control/answer.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/discipline/discipline.h"
#include "daemon/logs/logs.h"
#include "daemon/protocol/keys.h"
#include "daemon/protocol/nts_shared.h"
#include "daemon/serve/serve.h"
#include "test/unit/cmdmon_vectors.h"
#include "test/unit/net_world.h"

extern const struct crypto_backend crypto_none;

/* What the daemon is made of, around one world. */
struct daemon_parts {
	struct world *w;
	struct discipline *discipline;
	struct serve *serve;
	struct logs *logs;
	struct keys *keys;
	struct nts_shared *nts;
	struct control_env env;
	struct commands commands;
	unsigned reopened;
	struct cmdmon_reply reply; /* the last */
};

static void reopen(void *arg)
{
	++*(unsigned *)arg;
}

static int setup(void **state)
{
	struct daemon_parts *d = calloc(1, sizeof(*d));
	struct world *w;

	assert_non_null(d);
	net_setup(state);
	w = d->w = *state;
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &d->discipline),
		0);
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &d->serve),
		0);
	assert_int_equal(logs_create(w->settings, &w->kernel, &w->log, &d->logs), 0);
	assert_int_equal(keys_load(&w->kernel, &crypto_none, "", &w->log, &d->keys), 0);
	assert_int_equal(
		nts_shared_create(&w->kernel, &crypto_none, w->settings, &w->log, &d->nts), 0);
	d->env = (struct control_env){
		.settings = w->settings,
		.kernel = &w->kernel,
		.loop = w->loop,
		.clock = w->clock,
		.sources = w->sources,
		.discipline = d->discipline,
		.serve = d->serve,
		.logs = d->logs,
		.keys = d->keys,
		.nts = d->nts,
		.log = &w->log,
		.reopen_log = reopen,
		.reopen_log_arg = &d->reopened,
	};
	d->commands.env = &d->env;
	d->commands.access = access_create();
	assert_non_null(d->commands.access);
	discipline_start(d->discipline);
	sources_start(w->sources);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct daemon_parts *d = *state;

	access_destroy(d->commands.access);
	serve_destroy(d->serve);
	logs_destroy(d->logs);
	keys_destroy(d->keys);
	nts_shared_destroy(d->nts);
	discipline_destroy(d->discipline);
	*state = d->w;
	free(d);
	return net_teardown(state);
}

/* Sends bytes as the Unix socket would, and reads the answer. Returns its status, -1 for none. */
static int ask_bytes(struct daemon_parts *d, const uint8_t *p, size_t n)
{
	static const struct answer_rights all = {.all = true};
	uint8_t reply[CMDMON_REPLY_MAX];
	size_t length = answer_datagram(&d->commands, &all, (struct span){p, n}, reply);

	if (length == 0)
		return -1;
	assert_true(length <= n);
	assert_int_equal(cmdmon_reply_decode((struct span){reply, length}, &d->reply), 0);
	return d->reply.status;
}

static int ask(struct daemon_parts *d, const struct cmdmon_request *q)
{
	uint8_t p[CMDMON_REQUEST_MAX];
	int n = cmdmon_request_encode(q, p, sizeof(p)), status;

	assert_true(n > 0);
	status = ask_bytes(d, p, (size_t)n);
	assert_int_equal(d->reply.command, q->command);
	assert_int_equal(d->reply.sequence, q->sequence);
	assert_int_equal(
		d->reply.kind, status == 0 ? cmdmon_rule(q->command)->reply : CMDMON_REPLY_NULL);
	return status;
}

static int ask_number(struct daemon_parts *d, uint16_t command, int32_t number)
{
	struct cmdmon_request q = {.command = command, .sequence = 77, .number = number};

	return ask(d, &q);
}

static int ask_address(
	struct daemon_parts *d, uint16_t command, const char *address, int32_t number)
{
	struct cmdmon_request q = {.command = command, .number = number, .sequence = 5};

	if (address)
		q.address = world_address(address);
	return ask(d, &q);
}

static int ask_real(struct daemon_parts *d, uint16_t command, const char *address, double real)
{
	struct cmdmon_request q = {.command = command, .real = real};

	if (address)
		q.address = world_address(address);
	return ask(d, &q);
}

/* ONLINE, OFFLINE, BURST with a full mask, or for all. */
static int ask_mask(struct daemon_parts *d, uint16_t command, const char *address)
{
	struct cmdmon_request q = {.command = command, .number = 2, .number2 = 5};

	if (address) {
		q.mask = world_address("255.255.255.255");
		q.address = world_address(address);
	}
	return ask(d, &q);
}

static int ask_add(
	struct daemon_parts *d, uint16_t command, enum source_kind kind, const char *name)
{
	struct cmdmon_request q = {.command = command, .source = world_options(kind, name)};

	return ask(d, &q);
}

static void test_add_and_delete(void **state)
{
	struct daemon_parts *d = *state;
	struct cmdmon_request q = {.command = CMDMON_ADD_SOURCE2,
		.source = world_options(SOURCE_SERVER, "127.0.0.70")};
	uint8_t p[408];

	assert_int_equal(
		ask_add(d, CMDMON_ADD_SOURCE2, (enum source_kind)9, "127.0.0.71"), CMDMON_INVALID);
	assert_int_equal(
		ask_add(d, CMDMON_ADD_SOURCE2, (enum source_kind)0, "127.0.0.71"), CMDMON_INVALID);
	assert_int_equal(ask_add(d, CMDMON_ADD_SOURCE2, SOURCE_SERVER, "a b"), CMDMON_BAD_NAME);
	assert_int_equal(cmdmon_request_encode(&q, p, sizeof(p)), 408);
	memset(p + 24, 'a', 256);
	assert_int_equal(ask_bytes(d, p, sizeof(p)), CMDMON_BAD_NAME);
	q.source.ip6_only = true;
	assert_int_equal(ask(d, &q), CMDMON_BAD_FAMILY);
	assert_int_equal(sources_count(d->w->sources), 0);
	q.source.ip6_only = false;
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_int_equal(ask(d, &q), CMDMON_SOURCE_EXISTS);
	q.source.port = 1123;
	assert_int_equal(ask(d, &q), CMDMON_SOURCE_EXISTS);
	assert_int_equal(ask_add(d, CMDMON_ADD_SOURCE, SOURCE_SERVER, "127.0.0.72"), CMDMON_OK);
	assert_int_equal(
		ask_add(d, CMDMON_ADD_SOURCE2, SOURCE_SERVER, "no.such.invalid"), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_N_SOURCES, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.n_sources, 3);
	assert_int_equal(ask_number(d, CMDMON_SOURCE_DATA, 2), CMDMON_OK);
	assert_int_equal(d->reply.u.source.address.family, ADDRESS_ID);
	q = (struct cmdmon_request){
		.command = CMDMON_NTP_SOURCE_NAME, .address = d->reply.u.source.address};
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_string_equal(d->reply.u.name, "no.such.invalid");
	q.command = CMDMON_NTP_DATA;
	assert_int_equal(ask(d, &q), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask_address(d, CMDMON_DEL_SOURCE, "127.0.0.70", 0), CMDMON_OK);
	assert_int_equal(ask_address(d, CMDMON_DEL_SOURCE, "127.0.0.70", 0), CMDMON_NO_SUCH_SOURCE);
}

static void test_source_switches(void **state)
{
	struct daemon_parts *d = *state;

	assert_int_equal(ask_mask(d, CMDMON_ONLINE, NULL), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(world_add(d->w, SOURCE_SERVER, "192.0.2.5"), SOURCES_OK);
	assert_int_equal(ask_mask(d, CMDMON_ONLINE, NULL), CMDMON_OK);
	assert_int_equal(ask_mask(d, CMDMON_ONLINE, "192.0.2.6"), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask_mask(d, CMDMON_BURST, "192.0.2.6"), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask_mask(d, CMDMON_BURST, "192.0.2.5"), CMDMON_OK);
	assert_int_equal(world_instance(d->w, "192.0.2.5")->bursts, 1);
	assert_int_equal(ask_mask(d, CMDMON_OFFLINE, "192.0.2.5"), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_ACTIVITY, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.activity.online, 0);
	assert_int_equal(d->reply.u.activity.offline, 1);
	assert_int_equal(ask_number(d, CMDMON_ONOFFLINE, 0), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_ACTIVITY, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.activity.online, 1);
	assert_int_equal(ask_number(d, CMDMON_RESET_SOURCES, 0), CMDMON_OK);
	assert_int_equal(world_instance(d->w, "192.0.2.5")->resets, 1);
	assert_int_equal(ask_number(d, CMDMON_REFRESH, 0), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_RELOAD_SOURCES, 0), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_DUMP, 0), CMDMON_OK);
}

static void test_modify(void **state)
{
	struct daemon_parts *d = *state;
	const char *a = "192.0.2.5", *none = "192.0.2.6";
	static const uint16_t numbers[] = {CMDMON_MODIFY_MINPOLL, CMDMON_MODIFY_MAXPOLL,
		CMDMON_MODIFY_MINSTRATUM, CMDMON_MODIFY_POLLTARGET};
	static const uint16_t reals[] = {CMDMON_MODIFY_MAXDELAY, CMDMON_MODIFY_MAXDELAYRATIO,
		CMDMON_MODIFY_MAXDELAYDEVRATIO};
	const struct source_options *o;
	struct address address = world_address(a);

	assert_int_equal(world_add(d->w, SOURCE_SERVER, a), SOURCES_OK);
	world_logged(d->w, "0 Added source 192.0.2.5\n");
	o = sources_options(d->w->sources, &address);
	for (size_t i = 0; i < N_OF(numbers); i++)
		assert_int_equal(ask_address(d, numbers[i], none, 5), CMDMON_NO_SUCH_SOURCE);
	for (size_t i = 0; i < N_OF(reals); i++)
		assert_int_equal(ask_real(d, reals[i], none, 5), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MINPOLL, a, 99), CMDMON_OK);
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MINPOLL, a, -8), CMDMON_OK);
	assert_int_equal(o->minpoll, 6);
	world_logged(d->w, "");
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MINPOLL, a, 12), CMDMON_OK);
	assert_int_equal(o->minpoll, 12);
	assert_int_equal(o->maxpoll, 12);
	world_logged(
		d->w, "0 Source 192.0.2.5 new minpoll 12\n0 Source 192.0.2.5 new maxpoll 12\n");
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MAXPOLL, a, 25), CMDMON_OK);
	assert_int_equal(o->maxpoll, 12);
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MAXPOLL, a, -3), CMDMON_OK);
	assert_int_equal(o->minpoll, -3);
	assert_int_equal(o->maxpoll, -3);
	world_logged(
		d->w, "0 Source 192.0.2.5 new maxpoll -3\n0 Source 192.0.2.5 new minpoll -3\n");
	assert_int_equal(ask_address(d, CMDMON_MODIFY_POLLTARGET, a, -5), CMDMON_OK);
	assert_int_equal(o->polltarget, 1);
	assert_int_equal(ask_address(d, CMDMON_MODIFY_MINSTRATUM, a, 7), CMDMON_OK);
	assert_int_equal(o->minstratum, 7);
	assert_int_equal(ask_real(d, CMDMON_MODIFY_MAXDELAY, a, 5000), CMDMON_OK);
	assert_true(o->maxdelay == 1000);
	assert_int_equal(ask_real(d, CMDMON_MODIFY_MAXDELAYRATIO, a, -1), CMDMON_OK);
	assert_true(o->maxdelayratio == 0);
	assert_int_equal(ask_real(d, CMDMON_MODIFY_MAXDELAYDEVRATIO, a, 4), CMDMON_OK);
	assert_true(o->maxdelaydevratio == 4);
}

static void test_modify_selection(void **state)
{
	struct daemon_parts *d = *state;
	struct cmdmon_request q = {.command = CMDMON_MODIFY_SELECTOPTS,
		.address = world_address("192.0.2.5"),
		.mask_bits = 0xf,
		.option_bits = SELECT_PREFER | SELECT_TRUST};

	assert_int_equal(ask(d, &q), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(world_add(d->w, SOURCE_SERVER, "192.0.2.5"), SOURCES_OK);
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_SELECT_DATA, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.select.configured, SELECT_PREFER | SELECT_TRUST);
	q.mask_bits = SELECT_PREFER;
	q.option_bits = SELECT_REQUIRE;
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_SELECT_DATA, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.select.configured, SELECT_TRUST | SELECT_REQUIRE);
	q.address = (struct address){0};
	q.refid = 0x47505330;
	assert_int_equal(ask(d, &q), CMDMON_NO_SUCH_SOURCE);
	q = (struct cmdmon_request){.command = CMDMON_MODIFY_OFFSET,
		.address = world_address("192.0.2.5"),
		.real = 0.25};
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_true(*sources_offset(d->w->sources, &q.address, 0) == 0.25);
	q.real = -9.1e9;
	assert_int_equal(ask(d, &q), CMDMON_FAILED);
	assert_true(*sources_offset(d->w->sources, &q.address, 0) == 0.25);
	q.address = world_address("192.0.2.6");
	assert_int_equal(ask(d, &q), CMDMON_NO_SUCH_SOURCE);
}

static void test_reports(void **state)
{
	static const uint16_t indexed[] = {
		CMDMON_SOURCE_DATA, CMDMON_SOURCESTATS, CMDMON_SELECT_DATA};
	static const uint16_t addressed[] = {
		CMDMON_NTP_DATA, CMDMON_AUTH_DATA, CMDMON_NTP_SOURCE_NAME};
	struct daemon_parts *d = *state;

	assert_int_equal(ask_number(d, CMDMON_TRACKING, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.tracking.stratum, 0);
	assert_int_equal(d->reply.u.tracking.leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(d->reply.u.tracking.reference_time, 0);
	for (int pass = 0; pass < 2; pass++) {
		int wanted = pass ? CMDMON_OK : CMDMON_NO_SUCH_SOURCE;

		for (size_t i = 0; i < N_OF(indexed); i++) {
			assert_int_equal(ask_number(d, indexed[i], 0), wanted);
			assert_int_equal(ask_number(d, indexed[i], 1), CMDMON_NO_SUCH_SOURCE);
			assert_int_equal(ask_number(d, indexed[i], -1), CMDMON_NO_SUCH_SOURCE);
			assert_int_equal(
				ask_number(d, indexed[i], INT32_MIN), CMDMON_NO_SUCH_SOURCE);
		}
		for (size_t i = 0; i < N_OF(addressed); i++) {
			assert_int_equal(ask_address(d, addressed[i], "192.0.2.5", 0), wanted);
			assert_int_equal(ask_address(d, addressed[i], "192.0.2.6", 0),
				CMDMON_NO_SUCH_SOURCE);
			assert_int_equal(
				ask_address(d, addressed[i], NULL, 0), CMDMON_NO_SUCH_SOURCE);
		}
		assert_int_equal(world_add(d->w, SOURCE_SERVER, "192.0.2.5"),
			pass ? SOURCES_ALREADY : SOURCES_OK);
	}
	assert_int_equal(ask_address(d, CMDMON_NTP_SOURCE_NAME, "192.0.2.5", 0), CMDMON_OK);
	assert_string_equal(d->reply.u.name, "192.0.2.5");
	assert_int_equal(ask_number(d, CMDMON_SOURCE_DATA, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.source.age, REPORT_NEVER);
	assert_int_equal(d->reply.u.source.mode, REPORT_MODE_CLIENT);
	assert_int_equal(ask_number(d, CMDMON_SERVER_STATS, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.serverstats.cmd_hits, d->commands.hits);
}

/* Counters of NTS: by the Unix socket, and by UDP where serverstats is open. */
static void test_ntsinfo(void **state)
{
	const struct answer_rights ours = {.open = CMDMON_GROUP_SERVERSTATS},
				   default_ = {.open = CMDMON_GROUPS_DEFAULT};
	struct daemon_parts *d = *state;
	uint8_t p[300] = {6, 1, [4] = 0x67, [5] = 0x6f}, reply[CMDMON_REPLY_MAX];

	nts_shared_counters(d->nts)->requests = 5;
	nts_shared_counters(d->nts)->ke_good = 2;
	assert_int_equal(ask_number(d, CMDMON_NTS_INFO, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.nts.client.requests, 5);
	assert_int_equal(d->reply.u.nts.client.ke_good, 2);
	assert_int_equal(d->reply.u.nts.server.replies, 0);
	for (size_t n = 28; n <= sizeof(p); n++)
		assert_int_equal(ask_bytes(d, p, n), n < 260 ? CMDMON_BAD_LENGTH : CMDMON_OK);
	assert_int_equal(
		answer_datagram(&d->commands, &default_, (struct span){p, 260}, reply), 28);
	assert_int_equal(reply[9], CMDMON_UNAUTHORISED);
	assert_int_equal(answer_datagram(&d->commands, &ours, (struct span){p, 260}, reply), 260);
	p[5]++;
	assert_int_equal(ask_bytes(d, p, 83), CMDMON_BAD_LENGTH);
	assert_int_equal(ask_bytes(d, p, 84), CMDMON_OK);
	assert_int_equal(d->reply.u.refused.malformed, 0);
	assert_int_equal(answer_datagram(&d->commands, &default_, (struct span){p, 84}, reply), 28);
	/* Where nobody reads a configuration, there is none to be read again. */
	p[5]++;
	assert_int_equal(ask_bytes(d, p, 28), CMDMON_NOT_ENABLED);
	assert_int_equal(answer_datagram(&d->commands, &default_, (struct span){p, 28}, reply), 28);
	assert_int_equal(reply[9], CMDMON_UNAUTHORISED);
	p[5]++;
	assert_int_equal(ask_bytes(d, p, 260), CMDMON_BAD_LENGTH);
	p[5]++;
	assert_int_equal(ask_bytes(d, p, 260), CMDMON_INVALID);
}

/* Older clients pad their requests less: they get the reply they know. */
static void section_20_old_clients(void **state)
{
	struct daemon_parts *d = *state;
	uint8_t p[196];

	assert_int_equal(world_add(d->w, SOURCE_SERVER, "127.0.0.2"), SOURCES_OK);
	REQUEST_VECTOR("ntp_data", p);
	assert_int_equal(ask_bytes(d, p, 172), CMDMON_OK);
	assert_int_equal(d->reply.kind, CMDMON_REPLY_NTP_DATA);
	assert_int_equal(ask_bytes(d, p, 152), CMDMON_OK);
	assert_int_equal(d->reply.kind, CMDMON_REPLY_NTP_DATA_OLD);
	assert_int_equal(ask_bytes(d, p, 151), CMDMON_BAD_LENGTH);
	memset(p, 0, sizeof(p));
	p[0] = 6;
	p[1] = 1;
	p[5] = CMDMON_SERVER_STATS;
	assert_int_equal(ask_bytes(d, p, 196), CMDMON_OK);
	assert_int_equal(d->reply.kind, CMDMON_REPLY_SERVER_STATS);
	assert_int_equal(ask_bytes(d, p, 72), CMDMON_OK);
	assert_int_equal(d->reply.kind, CMDMON_REPLY_SERVER_STATS3);
	assert_int_equal(ask_bytes(d, p, 60), CMDMON_OK);
	assert_int_equal(d->reply.kind, CMDMON_REPLY_SERVER_STATS2);
	assert_int_equal(ask_bytes(d, p, 59), CMDMON_BAD_LENGTH);
	memset(p, 0, sizeof(p));
	REQUEST_VECTOR("local_old", p);
	assert_int_equal(ask_bytes(d, p, 36), CMDMON_OK);
}

static void test_access(void **state)
{
	static const uint16_t ntp[] = {
		CMDMON_ALLOW, CMDMON_ALLOWALL, CMDMON_DENY, CMDMON_DENYALL, CMDMON_ACCHECK};
	static const uint16_t commands[] = {CMDMON_CMDALLOW, CMDMON_CMDALLOWALL, CMDMON_CMDDENY,
		CMDMON_CMDDENYALL, CMDMON_CMDACCHECK};
	struct daemon_parts *d = *state;

	for (int pass = 0; pass < 2; pass++) {
		const uint16_t *c = pass ? commands : ntp;
		const uint16_t other = pass ? CMDMON_ACCHECK : CMDMON_CMDACCHECK;

		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_DENIED);
		assert_int_equal(ask_address(d, c[0], "10.1.0.0", 16), CMDMON_OK);
		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_ALLOWED);
		assert_int_equal(ask_address(d, other, "10.1.0.1", 0), CMDMON_ACCESS_DENIED);
		assert_int_equal(ask_address(d, c[2], "10.0.0.0", 8), CMDMON_OK);
		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_ALLOWED);
		assert_int_equal(ask_address(d, c[3], "10.0.0.0", 8), CMDMON_OK);
		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_DENIED);
		assert_int_equal(ask_address(d, c[1], NULL, 0), CMDMON_OK);
		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_ALLOWED);
		assert_int_equal(ask_address(d, c[4], "2001:db8::1", 0), CMDMON_ACCESS_ALLOWED);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(ask_address(d, c[i], NULL, 5), CMDMON_BAD_SUBNET);
			assert_int_equal(ask_address(d, c[i], "10.0.0.0", 33), CMDMON_BAD_SUBNET);
			assert_int_equal(ask_address(d, c[i], "10.0.0.0", -1), CMDMON_BAD_SUBNET);
			assert_int_equal(ask_address(d, c[i], "::", 129), CMDMON_BAD_SUBNET);
		}
		assert_int_equal(ask_address(d, c[3], NULL, 0), CMDMON_OK);
		assert_int_equal(ask_address(d, c[4], "10.1.0.1", 0), CMDMON_ACCESS_DENIED);
	}
	assert_int_equal(net_opened(), 0);
	assert_non_null(strstr(d->w->messages, "0 Denied all command access from any address\n"));
}

/* A family that is not known acts as none. */
static void test_access_of_unknown_family(void **state)
{
	struct daemon_parts *d = *state;
	struct cmdmon_request q = {.command = CMDMON_ALLOW};
	uint8_t p[44];

	assert_int_equal(cmdmon_request_encode(&q, p, sizeof(p)), 44);
	p[20 + 17] = 9;
	assert_int_equal(ask_bytes(d, p, sizeof(p)), CMDMON_OK);
	assert_int_equal(net_opened(), 2);
}

static void test_clock_commands(void **state)
{
	struct daemon_parts *d = *state;
	struct cmdmon_request q = {
		.command = CMDMON_LOCAL3, .local = {.on = true, .stratum = 20, .distance = 1}};

	/* this world's clock cannot be moved */
	assert_int_equal(ask_number(d, CMDMON_MAKESTEP, 0), CMDMON_FAILED);
	assert_int_equal(ask_real(d, CMDMON_DFREQ, NULL, 0.5), CMDMON_OK);
	assert_int_equal(ask_real(d, CMDMON_DOFFSET, NULL, 1e12), CMDMON_FAILED);
	assert_int_equal(ask_real(d, CMDMON_DOFFSET, NULL, 0.001), CMDMON_OK);
	assert_int_equal(ask_real(d, CMDMON_MODIFY_MAXUPDATESKEW, NULL, 10), CMDMON_OK);
	assert_int_equal(ask_real(d, CMDMON_MODIFY_MAKESTEP, NULL, 10), CMDMON_OK);
	assert_int_equal(ask_real(d, CMDMON_RESELECTDISTANCE, NULL, 0.1), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_RESELECT, 0), CMDMON_OK);
	assert_int_equal(ask(d, &q), CMDMON_OK);
	world_run(d->w, 10);
	assert_int_equal(ask_number(d, CMDMON_TRACKING, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.tracking.refid, REFID_LOCAL);
	assert_int_equal(d->reply.u.tracking.stratum, 15);
}

/* Time by hand: chrony-control 6.1, SETTIME and MANUAL. */
static void test_manual(void **state)
{
	struct daemon_parts *d = *state;
	struct cmdmon_request q = {.command = CMDMON_SETTIME};

	assert_int_equal(ask_number(d, CMDMON_MANUAL, 1), CMDMON_OK);
	q.time = clock_now(d->w->clock).truth + 2 * INSTANT_S;
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_true(fabs(d->reply.u.manual_timestamp.offset + 2) < 1e-3);
	assert_int_equal(ask(d, &q), CMDMON_FAILED);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_LIST, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.manual_list.n, 1);
	assert_true(fabs(d->reply.u.manual_list.samples[0].original + 2) < 1e-3);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_DELETE, 1), CMDMON_BAD_SAMPLE);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_DELETE, 0), CMDMON_OK);
	world_run(d->w, 2);
	q.time = clock_now(d->w->clock).truth;
	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_MANUAL, 2), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_LIST, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.manual_list.n, 0);
	assert_int_equal(ask_number(d, CMDMON_MANUAL, 0), CMDMON_OK);
	assert_int_equal(ask(d, &q), CMDMON_NOT_ENABLED);
}

/* What this daemon has not: the status that says so. */
static void test_facilities_that_are_off(void **state)
{
	struct daemon_parts *d = *state;

	assert_int_equal(ask_number(d, CMDMON_SETTIME, 0), CMDMON_NOT_ENABLED);
	assert_int_equal(ask_number(d, CMDMON_MANUAL, 7), CMDMON_INVALID);
	assert_int_equal(ask_number(d, CMDMON_MANUAL, -1), CMDMON_INVALID);
	assert_int_equal(ask_number(d, CMDMON_MANUAL, 0), CMDMON_OK);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_LIST, 0), CMDMON_OK);
	assert_int_equal(d->reply.u.manual_list.n, 0);
	assert_int_equal(ask_number(d, CMDMON_MANUAL_DELETE, 0), CMDMON_BAD_SAMPLE);
	assert_int_equal(ask_number(d, CMDMON_SMOOTHING, 0), CMDMON_NOT_ENABLED);
	assert_int_equal(ask_number(d, CMDMON_SMOOTHTIME, 0), CMDMON_NOT_ENABLED);
	assert_int_equal(ask_number(d, CMDMON_RTCREPORT, 0), CMDMON_NO_RTC);
	assert_int_equal(ask_number(d, CMDMON_WRITERTC, 0), CMDMON_NO_RTC);
	assert_int_equal(ask_number(d, CMDMON_TRIMRTC, 0), CMDMON_NO_RTC);
	assert_int_equal(ask_number(d, CMDMON_REKEY, 0), CMDMON_OK);
	snprintf(d->w->settings->keyfile, sizeof(d->w->settings->keyfile), "/keys");
	assert_int_equal(ask_number(d, CMDMON_REKEY, 0), CMDMON_OK);
}

static void ask_clients(struct daemon_parts *d, uint32_t first, uint32_t most, uint32_t least,
	bool reset, uint32_t next, uint32_t n)
{
	struct cmdmon_request q = {.command = CMDMON_CLIENTS,
		.number = (int32_t)first,
		.number2 = (int32_t)most,
		.min_hits = least,
		.reset = reset};

	assert_int_equal(ask(d, &q), CMDMON_OK);
	assert_int_equal(d->reply.u.clients.next, next);
	assert_int_equal(d->reply.u.clients.n, n);
}

/* chrony-control 6.1, CLIENT_ACCESSES_BY_INDEX3. */
static void test_clients(void **state)
{
	struct daemon_parts *d = *state;
	struct endpoint client = {.address = world_address("192.0.2.8"), .port = 4000};
	const struct report_client *r = d->reply.u.clients.clients;
	const struct answer_rights udp = {.open = CMDMON_GROUP_CLIENTS, .client = &client};
	struct cmdmon_request q = {.command = CMDMON_CLIENTS, .number2 = 8};
	uint8_t p[CMDMON_REQUEST_MAX], reply[CMDMON_REPLY_MAX];
	int n = cmdmon_request_encode(&q, p, sizeof(p));

	ask_clients(d, 0, 8, 0, false, 8, 0);
	/* who asks by UDP is a client too; who asks by the Unix socket has no address */
	assert_int_equal(
		answer_datagram(&d->commands, &udp, (struct span){p, (size_t)n}, reply), 520);
	client.address.ip[3]++;
	for (int i = 0; i < 3; i++)
		assert_true(serve_command(d->serve, &client, 6, 2));
	ask_clients(d, 0, 8, 0, false, 8, 2);
	assert_int_equal(d->reply.u.clients.table_size, 8);
	assert_int_equal(r[0].ntp_hits, 0);
	assert_int_equal(r[0].ntp_age, REPORT_NEVER);
	assert_int_equal(r[0].cmd_hits + r[1].cmd_hits, 4);
	/* one at a time */
	ask_clients(d, 0, 1, 0, false, 1, 1);
	ask_clients(d, 1, 100, 0, false, 8, 1);
	ask_clients(d, 8, 8, 0, false, 8, 0);
	ask_clients(d, UINT32_MAX, 8, 0, false, UINT32_MAX, 0);
	/* the ones that ask often; the counters of all are zeroed */
	ask_clients(d, 0, 8, 3, true, 8, 1);
	assert_int_equal(r[0].address.ip[3], 9);
	assert_int_equal(r[0].cmd_hits, 3);
	ask_clients(d, 0, 8, 0, false, 8, 2);
	assert_int_equal(r[0].cmd_hits + r[1].cmd_hits, 0);
}

/* Keys that were added are there after rekey; a file that is gone takes none away. */
static void test_rekey(void **state)
{
	struct daemon_parts *d = *state;
	enum crypto_mac type;
	int bits;

	snprintf(d->w->settings->keyfile, sizeof(d->w->settings->keyfile), "/keys");
	world_write(d->w, "/keys", "7 MD5 ASCII:secret\n", 19, false);
	assert_false(keys_find(d->keys, 7, &type, &bits));
	assert_int_equal(ask_number(d, CMDMON_REKEY, 0), CMDMON_OK);
	assert_true(keys_find(d->keys, 7, &type, &bits));
	d->w->kernel.ops->file_remove(&d->w->kernel, "/keys");
	assert_int_equal(ask_number(d, CMDMON_REKEY, 0), CMDMON_OK);
	assert_true(keys_find(d->keys, 7, &type, &bits));
}

static void test_daemon_commands(void **state)
{
	struct daemon_parts *d = *state;
	int status = 5;

	assert_int_equal(ask_number(d, CMDMON_CYCLELOGS, 0), CMDMON_OK);
	assert_int_equal(d->reopened, 1);
	assert_false(loop_stopped(d->w->loop, &status));
	assert_int_equal(ask_number(d, CMDMON_SHUTDOWN, 0), CMDMON_OK);
	assert_true(loop_stopped(d->w->loop, &status));
	assert_int_equal(status, 0);
}

/* Every number and length, read-only: never an answer longer than the question, and never anything
 * done. */
static void test_amplification_and_rights(void **state)
{
	struct daemon_parts *d = *state;
	const struct answer_rights udp = {.open = CMDMON_GROUPS_DEFAULT}, closed = {0},
				   all = {.open = ~0U};
	uint8_t p[CMDMON_REQUEST_MAX + 8] = {6, 1}, reply[CMDMON_REPLY_MAX];
	struct cmdmon_reply r;

	assert_int_equal(world_add(d->w, SOURCE_SERVER, "192.0.2.5"), SOURCES_OK);
	for (unsigned number = 0; number < 256; number++) {
		const struct cmdmon_rule *rule = cmdmon_rule((uint16_t)number);
		bool open = rule && (rule->groups & CMDMON_GROUPS_DEFAULT);

		p[5] = (uint8_t)number;
		for (size_t n = 0; n < sizeof(p); n++) {
			size_t length =
				answer_datagram(&d->commands, &udp, (struct span){p, n}, reply);
			int wanted = rule ? CMDMON_UNAUTHORISED : CMDMON_INVALID;

			assert_true(length <= n);
			assert_int_equal(length > 0, n >= 28 && n <= CMDMON_REQUEST_MAX);
			if (length == 0)
				continue;
			assert_int_equal(cmdmon_reply_decode((struct span){reply, length}, &r), 0);
			if (rule && n < rule->least_length)
				wanted = CMDMON_BAD_LENGTH;
			if (!open || wanted == CMDMON_BAD_LENGTH)
				assert_int_equal(r.status, wanted);
			else
				assert_int_not_equal(r.status, CMDMON_UNAUTHORISED);
			length = answer_datagram(&d->commands, &all, (struct span){p, n}, reply);
			assert_true(length >= 28 && length <= n);
			length = answer_datagram(&d->commands, &closed, (struct span){p, n}, reply);
			assert_int_equal(length, 28);
		}
	}
	assert_int_equal(sources_count(d->w->sources), 1);
	assert_false(loop_stopped(d->w->loop, NULL));
}

/* The same with every right, and payloads of all ones: nothing breaks. */
static void test_all_numbers_with_rights(void **state)
{
	struct daemon_parts *d = *state;
	uint8_t p[CMDMON_REQUEST_MAX];

	for (unsigned number = 0; number < 256; number++) {
		if (number == CMDMON_BURST)
			continue;
		for (size_t n = 28; n <= sizeof(p); n += 4) {
			memset(p, 0xff, sizeof(p));
			memcpy(p, "\6\1\0\0\0", 5);
			p[5] = (uint8_t)number;
			assert_true(ask_bytes(d, p, n) >= 0);
		}
	}
}

static void test_dropped(void **state)
{
	struct daemon_parts *d = *state;
	uint8_t p[104];

	REQUEST_VECTOR("tracking", p);
	assert_int_equal(ask_bytes(d, p, 104), CMDMON_OK);
	assert_int_equal(ask_bytes(d, p, 28), CMDMON_BAD_LENGTH);
	assert_int_equal(ask_bytes(d, p, 27), -1);
	p[0] = 5;
	assert_int_equal(ask_bytes(d, p, 28), CMDMON_BAD_VERSION);
	assert_int_equal(d->reply.version, 6);
	p[0] = 4;
	assert_int_equal(ask_bytes(d, p, 104), -1);
	p[0] = 6;
	p[1] = 2;
	assert_int_equal(ask_bytes(d, p, 104), -1);
	p[1] = 1;
	p[3] = 1;
	assert_int_equal(ask_bytes(d, p, 104), -1);
	assert_int_equal(d->commands.hits, 3);
}

#define CONTROL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(test_add_and_delete),
		CONTROL_TEST(test_source_switches),
		CONTROL_TEST(test_modify),
		CONTROL_TEST(test_modify_selection),
		CONTROL_TEST(test_reports),
		CONTROL_TEST(section_20_old_clients),
		CONTROL_TEST(test_ntsinfo),
		CONTROL_TEST(test_access),
		CONTROL_TEST(test_access_of_unknown_family),
		CONTROL_TEST(test_clock_commands),
		CONTROL_TEST(test_manual),
		CONTROL_TEST(test_facilities_that_are_off),
		CONTROL_TEST(test_daemon_commands),
		CONTROL_TEST(test_clients),
		CONTROL_TEST(test_rekey),
		CONTROL_TEST(test_amplification_and_rights),
		CONTROL_TEST(test_all_numbers_with_rights),
		CONTROL_TEST(test_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
