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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(frequency)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
