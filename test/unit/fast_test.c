/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fast path of the server (xdp) is told and when, and what becomes of its counts. */
#include "config.h"

#include "daemon/clock/served.h"
#include "daemon/kernel/fast_path.h"
#include "daemon/serve/clients.h"
#include "daemon/wire/packet.h"
#include "test/unit/serve_world.h"

/* How far its clock is before the raw one, ns. */
#define AHEAD INT64_C(7000000000)

/* The fast path of the one world that a test has at a time. */
static struct fake {
	struct fast_path base;
	struct world *world;
	int open_error, rules_error;
	struct fast_path_config config;
	struct fast_path_rules rules;
	struct fast_path_prefix prefixes[16];
	struct address own[8];
	struct fast_path_says says;
	bool told;    /* something to say */
	int64_t jump; /* of the system clock before it is read, ns */
	unsigned n_rules, n_closed;
	struct fast_path_counts counts;
	struct fast_path_client clients[4];
	size_t n_clients;
} fake;

static void fake_read(struct fast_path *f, int64_t *ret_at, int64_t *ret_system)
{
	(void)f;
	*ret_at = fake.world->raw + AHEAD;
	*ret_system = fake.world->system + fake.jump;
}

static int fake_rules(struct fast_path *f, const struct fast_path_rules *rules)
{
	(void)f;
	fake.n_rules++;
	fake.told = false;
	fake.rules = *rules;
	assert_true(rules->n_prefixes <= 16 && rules->n_own <= 8);
	if (rules->n_prefixes > 0)
		memcpy(fake.prefixes, rules->prefixes,
			rules->n_prefixes * sizeof(fake.prefixes[0]));
	if (rules->n_own > 0)
		memcpy(fake.own, rules->own, rules->n_own * sizeof(fake.own[0]));
	return fake.rules_error;
}

static void fake_tell(struct fast_path *f, const struct fast_path_says *says)
{
	(void)f;
	fake.told = says != NULL;
	if (says)
		fake.says = *says;
}

static void fake_counts(struct fast_path *f, struct fast_path_counts *ret)
{
	(void)f;
	*ret = fake.counts;
}

static void fake_clients(
	struct fast_path *f, void (*each)(void *arg, const struct fast_path_client *c), void *arg)
{
	(void)f;
	for (size_t i = 0; i < fake.n_clients; i++)
		each(arg, &fake.clients[i]);
}

static void fake_close(struct fast_path *f)
{
	(void)f;
	fake.n_closed++;
}

static const struct fast_path_ops fake_ops = {
	fake_read, fake_rules, fake_tell, fake_counts, fake_clients, fake_close};

static int fake_open(struct kernel *k, const struct fast_path_config *c, struct fast_path **ret)
{
	if (fake.open_error)
		return fake.open_error;
	fake.base = (struct fast_path){&fake_ops, "a test"};
	fake.world = world_of(k);
	fake.config = *c;
	*ret = &fake.base;
	return 0;
}

static int addresses(struct kernel *k, enum address_family family,
	void (*each)(void *arg, const struct kernel_own_address *own), void *arg)
{
	static const char *const all[][2] = {{"lo", "127.0.0.1"}, {"eth0", "192.0.2.1"},
		{"eth0", "192.0.2.2"}, {"eth1", "198.51.100.1"}, {"eth0", "2001:db8::1"},
		{"eth0", "fe80::1"}};

	(void)k;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct kernel_own_address own = {.at.address = world_address(all[i][1])};

		snprintf(own.name, sizeof(own.name), "%s", all[i][0]);
		if (own.at.address.family == family)
			each(arg, &own);
	}
	return 0;
}

static int no_watch(struct kernel *k)
{
	(void)k;
	return -ENOTSUP;
}

static struct kernel_ops ops;

static int setup(void **state)
{
	int r = net_setup(state);
	struct world *w = *state;

	memset(&fake, 0, sizeof(fake));
	ops = *w->kernel.ops;
	ops.fast_path = fake_open;
	ops.addresses = addresses;
	ops.watch_addresses = no_watch;
	w->kernel.ops = &ops;
	snprintf(w->settings->xdp, sizeof(w->settings->xdp), "eth0");
	return r;
}

static void synchronise(struct world *w, bool on, enum leap leap)
{
	const struct clock_reference r = {.synchronised = on,
		.leap = leap,
		.stratum = 3,
		.refid = 0x0a000001,
		.root_delay = 0.25,
		.root_dispersion = 0.125};

	clock_set_reference(w->clock, &r);
}

static struct serve *serving(struct world *w, const char *line)
{
	struct serve *s = start(w, line);

	assert_int_equal(serve_start(s), 0);
	synchronise(w, true, LEAP_NONE);
	serve_publish(s);
	return s;
}

static void says_what_answers_say(void **state)
{
	struct world *w = *state;
	struct serve *s;
	struct packet p, rate;

	w->settings->ratelimit = (struct settings_rate_limit){true, 4, 8, 2, 0};
	w->settings->dscp = 46;
	s = serving(w, "allow 192.0.2.0/24");
	assert_string_equal(fake.config.interface, "eth0");
	assert_true(fake.config.clients >= 1000);
	assert_true(fake.told);
	fake.says.header[0] |= 4 << 3;
	fake.says.rate_header[0] |= 4 << 3;
	assert_int_equal(packet_decode((struct span){fake.says.header, 48}, &p), 0);
	assert_int_equal(packet_decode((struct span){fake.says.rate_header, 48}, &rate), 0);
	assert_int_equal(p.leap, LEAP_NONE);
	assert_int_equal(p.stratum, 3);
	assert_int_equal(p.refid, 0x0a000001);
	assert_int_equal(p.root_delay, 0x4000);
	assert_int_equal(rate.leap, LEAP_UNSYNCHRONISED);
	assert_int_equal(rate.stratum, 0);
	assert_int_equal(rate.refid, PACKET_KISS_RATE);
	assert_int_equal(fake.says.least_poll, 4);
	assert_int_equal(fake.says.at, w->raw + AHEAD);
	assert_true(llabs(fake.says.truth - served_from_system(w->clock, w->system)) <= 1);
	assert_int_equal(fake.rules.port, 123);
	assert_int_equal(fake.rules.dscp, 46);
	assert_true(fake.rules.limit.on);
	serve_destroy(s);
	assert_int_equal(fake.n_closed, 1);
}

/* Of our addresses it is told those of its interface that one socket of ours takes. */
static void knows_its_addresses(void **state)
{
	struct world *w = *state;
	struct serve *s = serving(w, "allow");

	assert_int_equal(fake.rules.n_own, 3);
	assert_true(address_equal(&fake.own[0], &(struct address){ADDRESS_IP4, {192, 0, 2, 1}}));
	assert_int_equal(fake.own[2].family, ADDRESS_IP6);
	assert_true(fake.rules.ip4 && fake.rules.ip6);
	w->settings->bind4 = world_address("192.0.2.2");
	serve_configure(s, SERVE_SOCKETS);
	assert_int_equal(fake.rules.n_own, 2);
	assert_true(address_equal(&fake.own[0], &w->settings->bind4));
	snprintf(w->settings->binddevice, sizeof(w->settings->binddevice), "eth1");
	serve_configure(s, SERVE_SOCKETS);
	assert_false(fake.rules.ip4 || fake.rules.ip6);
	serve_destroy(s);
}

/* What is denied by command is when the command has been done. */
static void follows_access(void **state)
{
	struct world *w = *state;
	struct settings_access r = rule("deny 192.0.2.128/25");
	struct serve *s = serving(w, "allow 192.0.2.0/24");
	unsigned n = fake.n_rules;

	assert_true(fake.rules.ip4);
	assert_false(fake.rules.ip6);
	assert_int_equal(fake.rules.n_prefixes, 1);
	assert_int_equal(serve_access(s, &r), 0);
	assert_true(fake.n_rules > n);
	assert_true(fake.told);
	/* One of 25 bits is eight of 28 in its terms. */
	assert_int_equal(fake.rules.n_prefixes, 9);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(fake.prefixes[i].allowed, i == 0);
		assert_int_equal(fake.prefixes[i].bits, i == 0 ? 24 : 28);
	}
	r = rule("deny 192.0.2.0/24");
	r.all = true;
	assert_int_equal(serve_access(s, &r), 0);
	assert_false(fake.rules.ip4);
	serve_destroy(s);
}

/* When in doubt, it is told to keep silent. */
static void keeps_silent(void **state)
{
	struct world *w = *state;
	struct settings_access r = rule("allow 198.51.100.0/24");
	struct serve *s = serving(w, "allow");

	assert_true(fake.told);
	synchronise(w, false, LEAP_UNSYNCHRONISED);
	serve_publish(s);
	assert_false(fake.told);
	synchronise(w, true, LEAP_INSERT);
	serve_publish(s);
	assert_false(fake.told);
	synchronise(w, true, LEAP_NONE);
	serve_publish(s);
	assert_true(fake.told);
	/* The clock is set between the daemon's look at it and its own. */
	fake.jump = -INSTANT_S;
	serve_publish(s);
	assert_false(fake.told);
	fake.jump = 0;
	serve_publish(s);
	assert_true(fake.told);
	/* Rules that it cannot take. */
	fake.rules_error = -ENOSPC;
	assert_int_equal(serve_access(s, &r), 0);
	assert_false(fake.told);
	serve_publish(s);
	assert_false(fake.told);
	fake.rules_error = 0;
	assert_int_equal(serve_access(s, &r), 0);
	assert_true(fake.told);
	serve_destroy(s);
}

/* It is told the time every second, though nothing else happens. */
static void is_told_in_time(void **state)
{
	struct world *w = *state;
	struct serve *s = serving(w, "allow");

	for (int i = 0; i < 5; i++) {
		int64_t was = fake.says.at;

		while (fake.says.at == was) {
			assert_int_equal(loop_turn(w->loop), 0);
			serve_publish(s);
		}
		assert_true(fake.says.at - was <= 1000000000);
	}
	serve_destroy(s);
}

static void its_counts_are_ours(void **state)
{
	struct world *w = *state;
	struct serve *s = serving(w, "allow");
	struct report_serverstats stats;
	struct report_packets packets;
	struct clients *log;
	struct clients_seen seen;
	struct address a = world_address("198.51.100.7");

	fake.counts = (struct fast_path_counts){.hits = {1, 2, 3, 10}, .drops = 4, .rate = 2};
	serve_report(s, &stats);
	serve_report_packets(s, &packets);
	assert_int_equal(stats.ntp_hits, 16);
	assert_int_equal(stats.ntp_drops, 4);
	assert_int_equal(stats.kernel_rx, 12);
	assert_int_equal(packets.received, 16);
	assert_int_equal(packets.this_version, 10);
	assert_int_equal(packets.old_version, 6);
	assert_int_equal(packets.kods, 2);
	fake.clients[0] = (struct fast_path_client){.address = a,
		.port = 4567,
		.version = 4,
		.born = w->raw + AHEAD - 30 * INSTANT_S,
		.last = w->raw + AHEAD - 10 * INSTANT_S,
		.hits = 5,
		.drops = 1,
		.interval = 512,
		.limited = LIMIT_INTERVAL_NONE};
	fake.n_clients = 1;
	/* Each is counted once, however often it is looked at. */
	for (int i = 0; i < 3; i++) {
		log = serve_clients(s);
		assert_int_equal(clients_count(log), 1);
		assert_true(clients_seen_find(log, &a, w->raw, &seen));
		assert_int_equal(seen.packets, 5);
		assert_int_equal(seen.drops, 1);
		assert_int_equal(seen.port, 4567);
		assert_true(llabs(seen.first - (w->system - (30 + i) * INSTANT_S)) < 1000000);
		assert_true(llabs(seen.last - (w->system - (10 + i) * INSTANT_S)) < 1000000);
		w->raw += INSTANT_S;
		w->system += INSTANT_S;
	}
	serve_destroy(s);
}

/* Not being there is no reason not to serve; not being built in is one not to start. */
static void does_without(void **state)
{
	struct world *w = *state;
	struct serve *s;

	fake.open_error = -ENODEV;
	s = serving(w, "allow");
	world_logged(w, "2 Could not answer requests in the driver of eth0 : No such device\n");
	put_request(w, "192.0.2.8", 0x23, 48);
	net_run(w);
	assert_int_equal(net.n_out, 1);
	serve_destroy(s);
	ops.fast_path = NULL;
	assert_int_equal(serve_create(w->settings, &w->kernel, w->loop, w->clock, NULL,
				 &crypto_none, &w->log, &s),
		-ENOTSUP);
}

#define FAST_TEST(f) cmocka_unit_test_setup_teardown(f, setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAST_TEST(says_what_answers_say),
		FAST_TEST(knows_its_addresses),
		FAST_TEST(follows_access),
		FAST_TEST(keeps_silent),
		FAST_TEST(is_told_in_time),
		FAST_TEST(its_counts_are_ours),
		FAST_TEST(does_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
