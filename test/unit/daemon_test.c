/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon as a whole: how it is put together, how it ends, what it leaves behind. Its only
 * source is the LOCAL reference clock, so no network is needed.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include <math.h>

#include "config/dialect.h"
#include "daemon/daemon.h"
#include "daemon/modules.h"

/** A world whose daemon opens nothing. */
static struct world *quiet_world(void)
{
	struct world *w = world_bare();

	w->settings->port = 0;
	w->settings->cmdport = 0;
	strcpy(w->settings->command_socket, "/");
	return w;
}

static struct daemon_options options_of(struct world *w)
{
	return (struct daemon_options){
		.kernel = &w->kernel,
		.settings = w->settings,
		.log = &w->log,
		.crypto = crypto_backends[0],
		.driver = &clock_driver_none,
		.mode = DISCIPLINE_NORMAL,
	};
}

static struct daemon *make(const struct daemon_options *o)
{
	struct daemon *d;

	assert_int_equal(daemon_create(o, &d), 0);
	assert_int_equal(daemon_start(d), 0);
	return d;
}

/** Turns until the daemon ends or so much time has passed. Returns whether it ended. */
static bool turn(struct world *w, struct daemon *d, double seconds)
{
	int64_t end = instant_add_s(w->raw, seconds);

	while (w->raw < end)
		if (!daemon_turn(d))
			return true;
	return false;
}

static void add_refclock(struct world *w, const char *driver, const char *parameter, bool optional)
{
	struct settings_refclock o = settings_refclock_default();

	strcpy(o.driver, driver);
	strcpy(o.parameter, parameter);
	o.optional = optional;
	o.poll = 2;
	assert_int_equal(settings_add_refclock(w->settings, &o), 0);
}

static void add_source(struct world *w, const char *name)
{
	struct settings_source s = {.options = world_options(SOURCE_SERVER, name)};

	assert_int_equal(settings_add_source(w->settings, &s), 0);
}

/** Ends at an instant that no timer of the daemon makes, so that wait() always knows how long. */
static void test_life(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct report_tracking t;
	struct daemon *d;

	(void)state;
	add_refclock(w, "LOCAL", "0", false);
	strcpy(w->settings->logdir, "/log");
	w->settings->logs = SETTINGS_LOG_TRACKING | SETTINGS_LOG_REFCLOCKS |
			    SETTINGS_LOG_STATISTICS | SETTINGS_LOG_SELECTION;
	strcpy(w->settings->dumpdir, "/dump");
	d = make(&o);
	assert_false(turn(w, d, 30));
	discipline_report_tracking(daemon_discipline(d), &t);
	assert_int_equal(t.refid, 0x4c4f4330);
	assert_int_equal(t.stratum, 1);
	assert_null(world_file(w, "/dump/refid:4c4f4330.dat"));
	daemon_stop(d);
	assert_false(daemon_turn(d));
	assert_int_equal(daemon_status(d), 0);
	daemon_destroy(d);
	assert_non_null(world_file(w, "/dump/refid:4c4f4330.dat"));
	assert_non_null(world_file(w, "/log/tracking.log"));
	assert_non_null(world_file(w, "/log/refclocks.log"));
	assert_non_null(world_file(w, "/log/statistics.log"));
	assert_non_null(world_file(w, "/log/selection.log"));
	world_logged(w, "0 Disabled control of system clock\n0 Selected source LOC0\n");
	/* Started again with -r, it knows the time at once. */
	o.load_dumps = true;
	d = make(&o);
	discipline_report_tracking(daemon_discipline(d), &t);
	assert_int_equal(t.stratum, 1);
	assert_null(world_file(w, "/dump/refid:4c4f4330.dat"));
	daemon_destroy(d);
	world_free(w);
}

/** Reference clocks are made first, and numbered where the configuration has them. */
static void test_numbers_of_associations(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	static const unsigned numbers[] = {2, 4, 1, 3, 5};
	struct sources *sources;
	struct daemon *d;

	(void)state;
	add_source(w, "192.0.2.1");
	add_refclock(w, "LOCAL", "0", false);
	add_source(w, "192.0.2.2");
	add_refclock(w, "LOCAL", "1", false);
	add_source(w, "192.0.2.3");
	d = make(&o);
	sources = daemon_sources(d);
	assert_int_equal(sources_count(sources), 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(source_association(sources_at(sources, i)), numbers[i]);
	daemon_destroy(d);
	world_free(w);
}

static void test_many_at_once(void **state)
{
	struct world *w[2] = {quiet_world(), quiet_world()};
	struct daemon *d[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct daemon_options o = options_of(w[i]);
		struct settings_refclock local = settings_refclock_default();

		strcpy(local.driver, "LOCAL");
		strcpy(local.parameter, "0");
		local.poll = 2;
		local.stratum = i * 5;
		assert_int_equal(settings_add_refclock(w[i]->settings, &local), 0);
		w[i]->system += i * 1000 * INSTANT_S;
		d[i] = make(&o);
	}
	for (int k = 0; k < 30; k++)
		for (int i = 0; i < 2; i++)
			assert_false(turn(w[i], d[i], 1));
	assert_int_equal(clock_get_reference(daemon_clock(d[0]))->stratum, 1);
	assert_int_equal(clock_get_reference(daemon_clock(d[1]))->stratum, 6);
	assert_true(llabs(clock_now(daemon_clock(d[1])).truth -
			    clock_now(daemon_clock(d[0])).truth - 1000 * INSTANT_S) < 1000);
	daemon_destroy(d[0]);
	assert_false(turn(w[1], d[1], 10));
	daemon_destroy(d[1]);
	world_free(w[0]);
	world_free(w[1]);
}

/** -Q and -q: no source at all ends at once, with status 1. */
static void test_once_without_sources(void **state)
{
	static const enum discipline_mode modes[] = {DISCIPLINE_STEP_ONCE, DISCIPLINE_PRINT_ONCE};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct world *w = quiet_world();
		struct daemon_options o = options_of(w);
		struct daemon *d;

		o.mode = modes[i];
		strcpy(w->settings->dumpdir, "/dump");
		world_write(w, "/dump/192.0.2.1.dat", "", 0, false);
		d = make(&o);
		assert_true(turn(w, d, 5));
		assert_int_equal(daemon_status(d), 1);
		daemon_destroy(d);
		world_logged(w, "0 Disabled control of system clock\n"
				"1 No suitable source for synchronisation\n");
		/* One look at the time takes nothing away from the daemon that runs beside. */
		assert_non_null(world_file(w, "/dump/192.0.2.1.dat"));
		world_free(w);
	}
}

static void test_print_once(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d;

	(void)state;
	add_refclock(w, "LOCAL", "0", false);
	strcpy(w->settings->dumpdir, "/dump");
	o.mode = DISCIPLINE_PRINT_ONCE;
	/* Whatever else is built, -Q takes a driver that does not move the clock. */
	o.driver = NULL;
	d = make(&o);
	assert_false(clock_controls(daemon_clock(d)));
	assert_true(turn(w, d, 30));
	assert_int_equal(daemon_status(d), 0);
	daemon_destroy(d);
	world_logged(w, "0 Disabled control of system clock\n"
			"0 System clock wrong by 0.000000 seconds (ignored)\n");
	assert_null(world_file(w, "/dump/refid:4c4f4330.dat"));
	world_free(w);
}

/** -t: status by whether there is something to serve, and always 1 for -q. */
static void test_timeout(void **state)
{
	static const struct {
		bool local;
		enum discipline_mode mode;
		int status;
	} cases[] = {
		{false, DISCIPLINE_NORMAL, 1},
		{true, DISCIPLINE_NORMAL, 0},
		{true, DISCIPLINE_STEP_ONCE, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = quiet_world();
		struct daemon_options o = options_of(w);
		struct daemon *d;
		int64_t begin = w->raw;

		if (cases[i].local)
			add_refclock(w, "LOCAL", "0", false);
		o.mode = cases[i].mode;
		o.timeout = cases[i].mode == DISCIPLINE_NORMAL ? 20 : 1;
		d = make(&o);
		assert_true(turn(w, d, 100));
		assert_true(fabs(instant_diff_s(w->raw, begin) - o.timeout) < 1e-3);
		assert_int_equal(daemon_status(d), cases[i].status);
		assert_non_null(strstr(w->messages, "0 Timeout reached\n"));
		daemon_destroy(d);
		world_free(w);
	}
}

static void test_refclocks_that_cannot_be(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d = NULL;

	(void)state;
	add_refclock(w, "SUNDIAL", "0", true);
	assert_int_equal(daemon_create(&o, &d), -ECANCELED);
	assert_null(d);
	assert_non_null(strstr(w->messages, "3 unknown refclock driver SUNDIAL\n"));
	w->settings->n_refclocks = 0;
	w->messages[0] = '\0';
	add_refclock(w, "LOCAL", "x", false);
	assert_int_equal(daemon_create(&o, &d), -ECANCELED);
	/* what is fatal is said once */
	world_logged(w, "0 Disabled control of system clock\n"
			"2 refclock LOCAL takes a unit number, not x\n"
			"3 Could not initialise refclock LOCAL x\n");
	w->settings->n_refclocks = 0;
	add_refclock(w, "LOCAL", "x", true);
	d = make(&o);
	world_logged(w, "0 Disabled control of system clock\n"
			"2 refclock LOCAL takes a unit number, not x\n"
			"2 Could not initialise refclock LOCAL x\n");
	assert_int_equal(sources_count(daemon_sources(d)), 0);
	daemon_destroy(d);
	world_free(w);
}

static void test_sources_in_order(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d;

	(void)state;
	add_source(w, "192.0.2.2");
	add_source(w, "192.0.2.1");
	add_source(w, "192.0.2.2");
	add_refclock(w, "LOCAL", "0", false);
	d = make(&o);
	world_logged(w, "0 Disabled control of system clock\n2 Could not add source 192.0.2.2\n");
	assert_int_equal(sources_count(daemon_sources(d)), 3);
	assert_int_equal(source_mode(sources_at(daemon_sources(d), 0)), REPORT_MODE_REFCLOCK);
	assert_string_equal(source_name(sources_at(daemon_sources(d), 1)), "192.0.2.2");
	assert_string_equal(source_name(sources_at(daemon_sources(d), 2)), "192.0.2.1");
	daemon_destroy(d);
	world_free(w);
}

static void test_never_started(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d;

	(void)state;
	assert_int_equal(daemon_create(&o, &d), 0);
	assert_int_equal(daemon_status(d), 0);
	daemon_destroy(d);
	daemon_destroy(NULL);
	world_free(w);
}

/** The flags that decide for an address. */
static unsigned flags_of(struct daemon *d, const char *address)
{
	struct address a = world_address(address);

	return settings_restricts(&daemon_settings(d)->ntp, &a, 1000);
}

static void add_named(struct world *w, const char *name, bool ip4, bool ip6, const char *rest)
{
	struct settings_named n = {.ip4 = ip4, .ip6 = ip6};

	strcpy(n.name, name);
	strcpy(n.rest, rest);
	assert_int_equal(settings_add_named(&w->settings->ntp, &n), 0);
}

/** restrict with the names of hosts: in force for each address once that is known. */
static void test_restrictions_by_name(void **state)
{
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d;

	(void)state;
	if (dialect_find("ntp") == NULL) {
		world_free(w);
		skip();
	}
	/* Something goes on, so that no wait is without an end. */
	add_refclock(w, "LOCAL", "0", false);
	add_named(w, "late.example", true, true, " mask 255.255.255.0 notrust");
	add_named(w, "both.example", true, true, " nomodify flake");
	add_named(w, "four.example", true, false, " version");
	add_named(w, "none.example", true, true, " ignore");
	world_name(w, "both.example", "192.0.2.1 2001:db8::1");
	world_name(w, "four.example", "192.0.2.2 2001:db8::2");
	world_name(w, "none.example", "")->error = -ENOENT;
	d = make(&o);
	assert_false(turn(w, d, 3));
	assert_int_equal(flags_of(d, "192.0.2.1"), NTP_RESTRICT_NOMODIFY | NTP_RESTRICT_FLAKE);
	assert_int_equal(flags_of(d, "2001:db8::1"), NTP_RESTRICT_NOMODIFY | NTP_RESTRICT_FLAKE);
	assert_int_equal(flags_of(d, "192.0.2.2"), NTP_RESTRICT_VERSION);
	assert_int_equal(flags_of(d, "2001:db8::2"), 0);
	assert_int_equal(daemon_settings(d)->ntp.n_named, 1);
	assert_non_null(strstr(w->messages, "2 RESTRICT: there is no host none.example, line "
					    "ignored\n"));
	world_name(w, "late.example", "198.51.100.7");
	/* The second try was in vain too, the third comes 8 s later. */
	assert_false(turn(w, d, 9));
	assert_int_equal(flags_of(d, "198.51.100.9"), NTP_RESTRICT_NOTRUST);
	assert_int_equal(daemon_settings(d)->ntp.n_named, 0);
	daemon_destroy(d);
	world_free(w);
}

static const char *broken_version(void)
{
	return "1.0";
}

static bool broken_has_mac(enum crypto_mac mac)
{
	return mac == CRYPTO_MD5;
}

static int broken_mac(
	enum crypto_mac mac, struct span key, struct span data, uint8_t *ret, size_t room)
{
	(void)mac, (void)key, (void)data;
	memset(ret, 0, room < 16 ? room : 16);
	return 16;
}

/** A crypto library that gets a published vector wrong stops the start. */
static void refuses_a_broken_library(void **state)
{
	static const struct crypto_backend broken = {.name = "broken",
		.version = broken_version,
		.has_mac = broken_has_mac,
		.mac = broken_mac};
	struct world *w = quiet_world();
	struct daemon_options o = options_of(w);
	struct daemon *d = NULL;

	(void)state;
	o.crypto = &broken;
	assert_int_equal(daemon_create(&o, &d), -EBADMSG);
	assert_null(d);
	assert_non_null(strstr(w->messages, "Crypto library broken (1.0) failed its self-test"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_numbers_of_associations),
		cmocka_unit_test(test_many_at_once),
		cmocka_unit_test(test_once_without_sources),
		cmocka_unit_test(test_print_once),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_refclocks_that_cannot_be),
		cmocka_unit_test(test_sources_in_order),
		cmocka_unit_test(test_restrictions_by_name),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(refuses_a_broken_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
