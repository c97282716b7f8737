/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets of chrony's control protocol: where they are, who may ask, where replies go. */
#include "config.h"

#include "common/cmdmon.h"
#include "backends/crypto.h"
#include "daemon/control/control.h"
#include "daemon/discipline/discipline.h"
#include "daemon/serve/serve.h"
#include "test/unit/cmdmon_vectors.h"
#include "test/unit/net_world.h"

extern const struct crypto_backend crypto_none;

extern const struct control_protocol control_protocol_chrony;

/* Descriptors in the order in which the sockets are opened. */
#define FD_IP4  20
#define FD_IP6  21
#define FD_UNIX 22

struct parts {
	struct world *w;
	struct control_env env;
	struct control_instance *control;
	struct discipline *discipline;
	struct serve *serve;
};

static int setup(void **state)
{
	struct parts *d = calloc(1, sizeof(*d));
	struct world *w;

	assert_non_null(d);
	net_setup(state);
	w = d->w = *state;
	snprintf(w->settings->command_socket, ENDPOINT_PATH, "/run/test/chronyd.sock");
	assert_int_equal(discipline_create(w->settings, &w->kernel, w->loop, w->clock, w->sources,
				 &w->log, DISCIPLINE_NORMAL, false, &d->discipline),
		0);
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &d->serve),
		0);
	d->env = (struct control_env){.settings = w->settings,
		.kernel = &w->kernel,
		.loop = w->loop,
		.clock = w->clock,
		.sources = w->sources,
		.discipline = d->discipline,
		.serve = d->serve,
		.log = &w->log};
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	struct parts *d = *state;

	control_protocol_chrony.destroy(d->control);
	serve_destroy(d->serve);
	discipline_destroy(d->discipline);
	*state = d->w;
	free(d);
	return net_teardown(state);
}

static void start(struct parts *d)
{
	assert_int_equal(control_protocol_chrony.create(&d->env, &d->control), 0);
	assert_int_equal(control_protocol_chrony.start(d->control), 0);
}

static void test_default_sockets(void **state)
{
	struct parts *d = *state;
	struct address loopback4 = world_address("127.0.0.1"), loopback6 = world_address("::1");

	assert_int_equal(control_protocol_chrony.create(&d->env, &d->control), 0);
	assert_int_equal(net_opened(), 2);
	assert_true(address_equal(&net.sockets[0].asked.local.address, &loopback4));
	assert_true(address_equal(&net.sockets[1].asked.local.address, &loopback6));
	assert_int_equal(net.sockets[0].asked.local.port, 323);
	assert_int_equal(net.sockets[1].asked.family, ADDRESS_IP6);
	assert_int_equal(control_protocol_chrony.start(d->control), 0);
	assert_int_equal(net_opened(), 3);
	assert_string_equal(net.sockets[2].asked.local.path, "/run/test/chronyd.sock");
	assert_int_equal(net.sockets[2].asked.family, ADDRESS_NONE);
	assert_int_equal(net.sockets[2].asked.mode, 0);
	control_protocol_chrony.destroy(d->control);
	d->control = NULL;
	assert_int_equal(net_opened(), 0);
}

static void test_settings(void **state)
{
	struct parts *d = *state;
	struct settings *s = d->w->settings;

	s->cmdport = 0;
	snprintf(s->command_socket, ENDPOINT_PATH, "/");
	start(d);
	assert_int_equal(net_opened(), 0);
	control_protocol_chrony.destroy(d->control);
	d->control = NULL;
	s->cmdport = 1323;
	s->ip4 = false;
	s->bindcmd6 = world_address("2001:db8::1");
	snprintf(s->bindcmddevice, sizeof(s->bindcmddevice), "eth1");
	start(d);
	assert_int_equal(net_opened(), 1);
	assert_true(address_equal(&net.sockets[0].asked.local.address, &s->bindcmd6));
	assert_int_equal(net.sockets[0].asked.local.port, 1323);
	assert_string_equal(net.sockets[0].device, "eth1");
}

static void test_open_fails(void **state)
{
	struct parts *d = *state;

	net.open_error = -EADDRINUSE;
	start(d);
	assert_int_equal(net_opened(), 0);
	assert_non_null(strstr(d->w->messages, "2 Could not open command socket on 127.0.0.1:323"));
	assert_non_null(strstr(d->w->messages, "2 Could not open command socket on [::1]:323"));
	assert_non_null(strstr(
		d->w->messages, "2 Could not open command socket on /run/test/chronyd.sock"));
}

/* Asks for the number of sources, which is open by default, or for a burst, which is not. Returns
 * the status of the answer, -1 for none. */
static int ask(struct parts *d, int fd, const char *vector, const char *peer, uint16_t port)
{
	uint8_t p[CMDMON_REQUEST_MAX];
	size_t n = REQUEST_VECTOR(vector, p);
	struct cmdmon_reply r;
	struct net_datagram *out = &net.out[0];

	net.n_in = net.n_taken = net.n_out = 0;
	net_put(fd, peer, port, p, n, 0);
	net_run(d->w);
	if (net.n_out == 0)
		return -1;
	assert_int_equal(net.n_out, 1);
	assert_int_equal(out->fd, fd);
	assert_true(out->n <= n);
	assert_int_equal(out->peer.port, port);
	if (fd == FD_UNIX)
		assert_string_equal(out->peer.path, peer);
	else
		assert_true(address_equal(&out->peer.address, &net.in[0].peer.address));
	assert_int_equal(out->local.ip[0], 192);
	assert_int_equal(cmdmon_reply_decode((struct span){out->data, out->n}, &r), 0);
	return r.status;
}

static void test_who_may_ask(void **state)
{
	struct parts *d = *state;
	struct settings_access rule = {
		.allow = true, .prefix = world_address("192.0.2.0"), .bits = 24};

	assert_int_equal(settings_add_access(d->w->settings, true, &rule), 0);
	start(d);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "127.0.0.1", 4000), CMDMON_OK);
	assert_int_equal(ask(d, FD_IP6, "n_sources", "::1", 4000), CMDMON_OK);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "192.0.2.77", 4000), CMDMON_OK);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "198.51.100.1", 4000), -1);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "127.0.0.2", 4000), -1);
	assert_int_equal(ask(d, FD_IP6, "n_sources", "2001:db8::1", 4000), -1);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "127.0.0.1", 0), -1);
	assert_int_equal(ask(d, FD_IP4, "burst", "127.0.0.1", 4000), CMDMON_UNAUTHORISED);
	assert_int_equal(ask(d, FD_IP4, "accheck", "127.0.0.1", 4000), CMDMON_UNAUTHORISED);
	assert_int_equal(ask(d, FD_IP4, "select_data", "127.0.0.1", 4000), CMDMON_UNAUTHORISED);
	assert_int_equal(ask(d, FD_UNIX, "burst", "/run/test/me", 0), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask(d, FD_UNIX, "accheck", "/run/test/me", 0), CMDMON_ACCESS_DENIED);
	assert_int_equal(ask(d, FD_UNIX, "n_sources", "", 0), -1);
}

static void test_opencommands(void **state)
{
	struct parts *d = *state;

	d->w->settings->opencommands_set = true;
	d->w->settings->opencommands = CMDMON_GROUP_SELECTDATA;
	start(d);
	assert_int_equal(ask(d, FD_IP4, "select_data", "127.0.0.1", 4000), CMDMON_NO_SUCH_SOURCE);
	assert_int_equal(ask(d, FD_IP4, "n_sources", "127.0.0.1", 4000), CMDMON_OK);
	assert_int_equal(ask(d, FD_IP4, "tracking", "127.0.0.1", 4000), CMDMON_UNAUTHORISED);
}

static void test_too_long(void **state)
{
	struct parts *d = *state;
	uint8_t p[CMDMON_REQUEST_MAX + 1] = {0};

	start(d);
	REQUEST_VECTOR("tracking", p);
	net_put(FD_UNIX, "/run/test/me", 0, p, sizeof(p), 0);
	net_put(FD_UNIX, "/run/test/me", 0, p, sizeof(p) - 1, 0);
	net_run(d->w);
	assert_int_equal(net.n_out, 1);
	assert_int_equal(net.out[0].n, 104);
}

static void test_bad_subnet(void **state)
{
	struct parts *d = *state;
	struct settings_access rule = {
		.allow = true, .prefix = world_address("192.0.2.0"), .bits = 99};

	assert_int_equal(settings_add_access(d->w->settings, true, &rule), 0);
	assert_int_equal(control_protocol_chrony.create(&d->env, &d->control), -EINVAL);
	assert_int_equal(net_opened(), 0);
}

#define CONTROL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROL_TEST(test_default_sockets),
		CONTROL_TEST(test_settings),
		CONTROL_TEST(test_open_fails),
		CONTROL_TEST(test_who_may_ask),
		CONTROL_TEST(test_opencommands),
		CONTROL_TEST(test_too_long),
		CONTROL_TEST(test_bad_subnet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
