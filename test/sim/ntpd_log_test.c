/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the log of a daemon with ntp.conf tells that steers its clock: its frequency is not known at
 * the start, measured from the first source on, and known after a restart.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "test/sim/small.h"

#define CONFIG                                                                                     \
	"server node1 iburst minpoll 3 maxpoll 6\n"                                                \
	"driftfile /drift\n"                                                                       \
	"logconfig =syncall +clockall +peerall +sysall\n"

/* All that was told, a line each. */
struct heard {
	char text[16384];
	size_t n;
};

static void hear(void *arg, const char *message)
{
	struct heard *h = arg;
	int n = snprintf(h->text + h->n, sizeof(h->text) - h->n, "%s\n", message);

	if (n > 0 && (size_t)n < sizeof(h->text) - h->n)
		h->n += (size_t)n;
}

/* Fails unless all lines are there in this order. */
static void in_order(const struct heard *h, const char *const *lines)
{
	const char *at = h->text;

	for (; *lines; lines++) {
		const char *found = strstr(at, *lines);

		if (!found)
			print_error("missing: %s\n%s", *lines, h->text);
		assert_non_null(found);
		at = found + strlen(*lines);
	}
}

static void frequency(void **state)
{
	static const char *const first[] = {"PROTO: node1 8011 81 mobilize assoc 1\n",
		"PROTO: 0.0.0.0 c01d 0d kern kernel time sync enabled\n",
		"PROTO: 0.0.0.0 c012 02 freq_set kernel 0.000000 PPM\n",
		"PROTO: 0.0.0.0 c011 01 freq_not_set\n", "PROTO: 0.0.0.0 c016 06 restart\n",
		"DNS: dns_probe: node1, cast_flags:1, flags:20901\n",
		"DNS: dns_check: processing node1, 1, 20901\n",
		"DNS: Server taking: 192.168.123.1\n", "DNS: dns_take_status: node1=>good, 0\n",
		"PROTO: 192.168.123.1 8014 84 reachable\n",
		"PROTO: 192.168.123.1 901a 8a sys_peer\n", "PROTO: 0.0.0.0 c014 04 freq_mode\n",
		"clock_sync\n", NULL};
	static const char *const again[] = {"02 freq_set kernel 5.", "06 restart\n", NULL};
	struct heard h = {.n = 0};
	const struct sim_node_options slow = {
		.frequency = -5e-6, .dialect = "ntp", .hear = hear, .hear_arg = &h};
	struct small s;
	int node;

	(void)state;
	node = small_pair(&s, &slow, CONFIG);
	small_run(&s, 7200);
	in_order(&h, first);
	sim_stop(s.sim, node);
	memset(&h, 0, sizeof(h));
	assert_int_equal(sim_start(s.sim, node), 0);
	small_run(&s, 60);
	in_order(&h, again);
	assert_null(strstr(h.text, "freq_not_set"));
	assert_null(strstr(h.text, "freq_mode"));
	small_end(&s);
}

/* The world begins with 2026; the list holds ten days more. */
#define LIST                                                                                       \
	"#$ 3900000000\n#@ 3977078400\n3439756800 34\n3550089600 35\n"                             \
	"3644697600 36\n3692217600 37\n"
#define LOADED                                                                                     \
	"CLOCK: leapsecond file ('/leap'): loaded, expire=2026-01-11T00:00Z "                      \
	"last=2017-01-01T00:00Z ofs=37\n"

/* What is told when the node starts again with a list. */
static void start_with(
	struct small *s, int node, struct heard *h, const char *list, const char *const *lines)
{
	sim_stop(s->sim, node);
	memset(h, 0, sizeof(*h));
	sim_put_file(s->sim, node, "/leap", (struct span){(const uint8_t *)list, strlen(list)});
	assert_int_equal(sim_start(s->sim, node), 0);
	small_run(s, 600);
	in_order(h, lines);
}

/* The clock is 10 s slow. */
static void clock_lines(void **state)
{
	static const char *const without[] = {"CLOCK: time stepped by 10.000000\n",
		"CLOCK: leapsecond file ('/leap'): cannot be read\n",
		"0c clock_step +10.000000 s\n", NULL};
	static const char *const with[] = {"CLOCK: leapsecond file ('/leap'): no hash signature\n",
		LOADED, "CLOCK: leapsecond file ('/leap'): will expire in less than 10 days\n",
		"0e TAI 37 leap 2017-01-01T00:00Z expires 2026-01-11T00:00Z\n", NULL};
	static const char *const with_hash[] = {
		"CLOCK: leapsecond file ('/leap'): good hash signature\n", LOADED, "0e TAI 37",
		NULL};
	static const char *const altered[] = {
		"CLOCK: leapsecond file ('/leap'): signature mismatch\n", NULL};
	static const char *const mangled[] = {
		"CLOCK: leapsecond file ('/leap'): malformed hash signature\n", NULL};
	struct heard h = {.n = 0};
	const struct sim_node_options late = {
		.offset = -10, .dialect = "ntp", .hear = hear, .hear_arg = &h};
	struct small s;
	int node;

	(void)state;
	node = small_pair(&s, &late, CONFIG "leapfile /leap\n");
	small_run(&s, 600);
	in_order(&h, without);
	start_with(&s, node, &h, LIST, with);
	start_with(
		&s, node, &h, LIST "#h 22e6561a 8328cd5f 1f94b205 e91e9877 588423ba\n", with_hash);
	start_with(&s, node, &h,
		LIST "3723753600 38\n#h 22e6561a 8328cd5f 1f94b205 e91e9877 588423ba\n", altered);
	assert_null(strstr(h.text, "0e TAI"));
	start_with(&s, node, &h, LIST "#h 12345678\n", mangled);
	assert_null(strstr(h.text, "0e TAI"));
	small_end(&s);
}

static void no_clock(const char *line, const char *const lines[])
{
	struct heard h = {.n = 0};
	const struct sim_node_options options = {.dialect = "ntp", .hear = hear, .hear_arg = &h};
	char config[sizeof(CONFIG) + 64];
	struct small s;

	snprintf(config, sizeof(config), CONFIG "%s\n", line);
	small_pair(&s, &options, config);
	small_run(&s, 120);
	in_order(&h, lines);
	assert_null(strstr(strstr(h.text, "clock_event") + 1, "clock_event"));
	small_end(&s);
}

/* A clock that says nothing, and one that is not there: told once, with the next poll it is no
 * news. */
static void silent_clock(void **state)
{
	static const char *const silent[] = {"PROTO: SHM(0) 8011 81 mobilize assoc ",
		"PROTO: SHM(0) 801b 8b clock_event clk_no_reply\n", NULL};
	static const char *const missing[] = {"PROTO: GPSD(0) 8011 81 mobilize assoc ",
		"PROTO: GPSD(0) 801b 8b clock_event clk_fault\n", NULL};

	(void)state;
	no_clock("server 127.127.28.0 minpoll 3", silent);
	no_clock("server 127.127.46.0 minpoll 3", missing);
}

/* Whether a server is heard whom these lines restrict. */
static bool is_heard(const char *lines, struct heard *h)
{
	const struct sim_node_options good = {.dialect = "ntp", .hear = hear, .hear_arg = h};
	char config[sizeof(CONFIG) + 256];
	struct small s;

	memset(h, 0, sizeof(*h));
	snprintf(config, sizeof(config), "%s%s", CONFIG, lines);
	small_pair(&s, &good, config);
	small_run(&s, 120);
	small_end(&s);
	return strstr(h->text, "PROTO: 192.168.123.1 8014 84 reachable\n") != NULL;
}

/* What a restriction takes away it takes from our own servers too, but for the hole that `restrict
 * source` pokes for them. */
static void restricted_servers(void **state)
{
	struct heard h;

	(void)state;
	assert_false(is_heard("restrict 192.168.123.1 ignore\n", &h));
	assert_false(is_heard("restrict 192.168.123.1 noserve\n", &h));
	assert_false(is_heard("restrict default notrust\n", &h));
	assert_true(is_heard("restrict default version\nrestrict source noquery\n", &h));
	assert_null(strstr(h.text, "RESTRICT:"));
	assert_true(is_heard("restrict default ignore\nrestrict source noquery\n", &h));
	assert_non_null(
		strstr(h.text, "RESTRICT: Poking hole in restrictions for 192.168.123.1\n"));
	assert_false(is_heard("restrict default ignore\nrestrict source noserve\n", &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(frequency),
		cmocka_unit_test(clock_lines), cmocka_unit_test(silent_clock),
		cmocka_unit_test(restricted_servers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
