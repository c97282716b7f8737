/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When requests are sent (chrony-behaviour 1, 2.1, 3, 16), by whole daemons: the times between them
 * as they were measured of chronyd, within what was measured.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "daemon/source/source.h"
#include "test/sim/client.h"
#include "test/sim/tape.h"

#define SERVER "server 192.168.123.1 "

static struct tape tape;

/* A world of a server and a client with a tape, and somebody who types commands at the client. */
struct polling {
	struct small s;
	struct client *client;
	int node;
};

static void begin(struct polling *w, const char *config)
{
	char text[512];

	snprintf(text, sizeof(text), "%s\n%s", config, CLIENT_CONFIG);
	w->node = small_pair(&w->s, NULL, text);
	tape_begin(&tape, &w->s, w->node);
	w->client = client_begin(&w->s);
}

static void end(struct polling *w)
{
	client_end(w->client);
	small_end(&w->s);
}

/* The network of the client is cut off: nobody answers. */
static void begin_unanswered(struct polling *w, const char *config)
{
	begin(w, config);
	sim_partition(w->s.sim, 0, true);
}

static void type(struct polling *w, const char *line)
{
	assert_string_equal(client_ask(w->client, w->node, PRINT_HUMAN, line), "200 OK\n");
}

static void between(double is, double least, double most)
{
	if (!(is >= least && is <= most))
		fail_msg("%.4f is not between %.4f and %.4f", is, least, most);
}

/* 0.2 s after the start, and after a change to online; polls are up to 2 % longer. */
static void section_1_1_first_request(void **state)
{
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 2 maxpoll 2");
	small_run(&w.s, 100);
	between(tape.packet[0].at, 0.2, 0.21);
	for (size_t i = 0; i + 1 < tape.n; i++)
		between(tape_gap(&tape, i), 4, 4.09);
	type(&w, "offline");
	tape_clear(&tape);
	small_run(&w.s, 20);
	assert_int_equal(tape.n, 0);
	type(&w, "online");
	small_run(&w.s, 4);
	between(tape.packet[0].at - 120.01, 0.2, 0.205);
	end(&w);
}

/* Sources that are started together keep 2^(poll - 3) s apart, at most 0.2 and at least 0.002. */
static void section_1_1_separation(void **state)
{
	static const struct {
		const char *poll;
		double apart;
	} polls[] = {{"minpoll 2 maxpoll 2", 0.2}, {"minpoll 0 maxpoll 0", 0.125}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char config[512];
		struct text t = text_on(config, sizeof(config));
		struct small s;
		int node;

		small_begin(&s, 1);
		for (int k = 1; k <= 6; k++) {
			small_server(&s, 0, "");
			text_add(&t, "server 192.168.123.%d %s\n", k, polls[i].poll);
		}
		node = small_client(&s, NULL, config);
		tape_begin(&tape, &s, node);
		small_run(&s, 1.5);
		assert_true(tape.n >= 6);
		for (size_t k = 0; k < 5; k++)
			between(tape_gap(&tape, k), polls[i].apart, polls[i].apart * 1.02 + 1e-6);
		small_end(&s);
	}
}

/* Four good samples two seconds apart, then the polling interval. */
static void section_1_2_iburst(void **state)
{
	static const double gaps[] = {2, 2, 2, 64, 64};
	struct polling w;

	(void)state;
	begin(&w, SERVER "iburst");
	small_run(&w.s, 210);
	between(tape.packet[0].at, 0.2, 0.21);
	for (size_t i = 0; i < 5; i++)
		between(tape_gap(&tape, i), gaps[i], gaps[i] * 1.02 + 1e-6);
	/* once more when it comes online again */
	type(&w, "offline");
	tape_clear(&tape);
	type(&w, "online");
	small_run(&w.s, 20);
	for (size_t i = 0; i < 3; i++)
		between(tape_gap(&tape, i), gaps[i], gaps[i] * 1.02 + 1e-6);
	end(&w);
}

/* Also where polls are long. */
static void section_1_2_iburst_of_long_polls(void **state)
{
	static const double gaps[] = {2, 2, 2, 1024};
	struct polling w;

	(void)state;
	begin(&w, SERVER "iburst minpoll 10 maxpoll 10");
	small_run(&w.s, 1200);
	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++)
		between(tape_gap(&tape, i), gaps[i], gaps[i] * 1.02 + 1e-6);
	end(&w);
}

/* A client at rest wakes up for its polls, for what comes of them, and for nothing else. Each time
 * takes a turn of the loop that finds something to do and one that waits. */
static void idle_client_sleeps(void **state)
{
	struct polling w;
	uint64_t turns;
	size_t asked;

	(void)state;
	begin(&w, SERVER "iburst minpoll 10 maxpoll 10\ndriftfile /drift\nrtcsync\nmakestep 1 3\n"
			 "dumpdir /\nlogdir /");
	small_run(&w.s, 3600);
	turns = sim_counts(w.s.sim, w.node).turns;
	tape_clear(&tape);
	/* without the reports that are held against the truth */
	assert_int_equal(sim_run(w.s.sim, 20 * 3600, NULL, NULL), 0);
	turns = sim_counts(w.s.sim, w.node).turns - turns;
	asked = tape.n;
	printf("in 20 hours %zu requests, %llu turns\n", asked, (unsigned long long)turns);
	between((double)asked, 20 * 3600 / 1024. / 1.03, 20 * 3600 / 1024. + 1);
	/* for the request, its stamp, the answer, and the end of the slew that this begins */
	assert_true(turns <= 2 * 4 * asked);
	end(&w);
}

/* A quarter of a polling interval that is shorter than eight seconds. */
static void section_1_2_iburst_of_short_polls(void **state)
{
	struct polling w;

	(void)state;
	begin(&w, SERVER "iburst minpoll 2 maxpoll 2");
	small_run(&w.s, 10);
	for (size_t i = 0; i < 3; i++)
		between(tape_gap(&tape, i), 1, 1.05);
	between(tape_gap(&tape, 3), 4, 4.09);
	end(&w);
}

/* Eight requests that nobody answers, then one a poll, which is longer by then. */
static void section_1_2_iburst_unanswered(void **state)
{
	struct polling w;

	(void)state;
	begin_unanswered(&w, SERVER "iburst");
	small_run(&w.s, 200);
	for (size_t i = 0; i < 7; i++)
		between(tape_gap(&tape, i), 2, 2.1);
	between(tape.packet[7].at, 14.2, 15.1);
	between(tape_gap(&tape, 7), 64, 131);
	end(&w);
}

/* The option: where the polling interval is longer than the least one, min(2^(poll - minpoll), 4)
 * requests at each poll until one is good. */
static void section_1_3_burst_option(void **state)
{
	struct polling w;
	size_t bursts = 0;

	(void)state;
	begin_unanswered(&w, SERVER "burst minpoll 3 maxpoll 5");
	small_run(&w.s, 300);
	/* Nobody answers: the polling interval grows to its limit, bursts to four requests. */
	tape_clear(&tape);
	small_run(&w.s, 200);
	for (size_t i = 0; i + 4 < tape.n; i++) {
		if (tape_gap(&tape, i) < 20)
			continue;
		bursts++;
		for (size_t k = 1; k < 4; k++)
			between(tape_gap(&tape, i + k), 2, 2.1);
	}
	assert_true(bursts >= 3);
	end(&w);
}

/* The command, from online and from offline. */
static void section_1_3_burst_command(void **state)
{
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 6 maxpoll 6");
	small_run(&w.s, 80);
	tape_clear(&tape);
	type(&w, "burst 3/5");
	small_run(&w.s, 20);
	assert_int_equal(tape.n, 3);
	for (size_t i = 0; i < 2; i++)
		between(tape_gap(&tape, i), 2, 2.05);
	type(&w, "offline");
	sim_partition(w.s.sim, 0, true);
	tape_clear(&tape);
	type(&w, "burst 3/5");
	small_run(&w.s, 1);
	assert_string_equal(client_ask(w.client, w.node, PRINT_CSV, "activity"), "0,0,0,1,0\n");
	small_run(&w.s, 100);
	assert_int_equal(tape.n, 5);
	assert_string_equal(client_ask(w.client, w.node, PRINT_CSV, "activity"), "0,1,0,0,0\n");
	end(&w);
}

/* Five requests at 8 s without an answer, then 16 s, and so on. */
static void section_1_4_unanswered(void **state)
{
	struct polling w;
	size_t i = 0;

	(void)state;
	begin_unanswered(&w, SERVER "minpoll 3 maxpoll 5");
	small_run(&w.s, 300);
	for (; i < 4; i++)
		between(tape_gap(&tape, i), 8, 8.2);
	for (; i < 8; i++)
		between(tape_gap(&tape, i), 16, 16.4);
	for (; i + 1 < tape.n; i++)
		between(tape_gap(&tape, i), 32, 32.9);
	assert_true(i > 10);
	end(&w);
}

/* Where a third of the packets is lost each way, failures make the interval longer, and the answers
 * in between do not make it short again: chronyd 4.3 sends 99 to 146 requests. */
static void section_1_4_losses(void **state)
{
	static const struct sim_link lossy = {.base = 1e-4, .loss = 0.33};
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 4");
	small_link(&w.s, 0, w.node, &lossy);
	small_run(&w.s, 10000);
	printf("of a lossy path: %zu requests\n", tape.n);
	between((double)tape.n, 60, 180);
	end(&w);
}

/* Never below minpoll, never above maxpoll; good samples make it longer. */
static void section_1_4_limits(void **state)
{
	static const struct sim_link noisy = {.base = 1e-3, .jitter = 1e-3};
	struct polling w;

	(void)state;
	begin(&w, SERVER "iburst minpoll 4 maxpoll 6");
	small_link(&w.s, 0, w.node, &noisy);
	small_run(&w.s, 3000);
	/* after the intervals that double */
	for (size_t i = 5; i + 1 < tape.n; i++)
		between(tape_gap(&tape, i), 16, 65.8);
	between(tape_gap(&tape, tape.n - 2), 64, 65.8);
	/* by command: minpoll above maxpoll takes it along */
	type(&w, "minpoll 192.168.123.1 7");
	tape_clear(&tape);
	small_run(&w.s, 500);
	for (size_t i = 1; i + 1 < tape.n; i++)
		between(tape_gap(&tape, i), 128, 131);
	type(&w, "maxpoll 192.168.123.1 4");
	small_run(&w.s, 150);
	tape_clear(&tape);
	small_run(&w.s, 100);
	for (size_t i = 0; i + 1 < tape.n; i++)
		between(tape_gap(&tape, i), 16, 16.4);
	end(&w);
}

static void keep(void *arg, const char *message)
{
	char *said = arg;
	size_t n = strlen(said);

	snprintf(said + n, 4096 - n, "%s\n", message);
}

/* What is changed of a source by command is logged as chronyd logs it. */
static void section_16_changes_are_logged(void **state)
{
	static const struct {
		const char *line, *said;
	} steps[] = {
		{"minpoll 192.168.123.1 5", "Source 192.168.123.1 new minpoll 5\n"},
		{"maxpoll 192.168.123.1 7", "Source 192.168.123.1 new maxpoll 7\n"},
		{"minstratum 192.168.123.1 3", "Source 192.168.123.1 new minstratum 3\n"},
		{"polltarget 192.168.123.1 12", "Source 192.168.123.1 new polltarget 12\n"},
		{"maxdelay 192.168.123.1 0.5", "Source 192.168.123.1 new maxdelay 0.500000\n"},
		{"maxdelayratio 192.168.123.1 2",
			"Source 192.168.123.1 new maxdelayratio 2.000000\n"},
		{"maxdelaydevratio 192.168.123.1 4",
			"Source 192.168.123.1 new maxdelaydevratio 4.000000\n"},
		{"offset 192.168.123.1 0.25", "Source 192.168.123.1 new offset 0.250000\n"},
		{"selectopts 192.168.123.1 +prefer",
			"Source 192.168.123.1 selection options modified\n"},
		{"offline", "Source 192.168.123.1 offline\n"},
		{"online", "Source 192.168.123.1 online\n"},
		{"reset sources", "Reset all sources\n"},
		{"maxupdateskew 5", "New maxupdateskew 5.000000 ppm\n"},
		{"makestep 0.5 2", "New makestep 0.500000 2\n"},
		{"reselectdist 0.5", "New reselect distance 0.500000\n"},
		{"shutdown", "Received shutdown command\n"},
	};
	static char said[4096];
	struct sim_node_options o = {.wander = 1e-9, .hear = keep, .hear_arg = said};
	struct polling w;

	(void)state;
	w.node = small_pair(&w.s, &o, SERVER "\n" CLIENT_CONFIG);
	w.client = client_begin(&w.s);
	small_run(&w.s, 10);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		said[0] = '\0';
		type(&w, steps[i].line);
		if (!strstr(said, steps[i].said))
			fail_msg("%s: %s", steps[i].line, said);
	}
	end(&w);
}

/* One request more, 2 s before the real one, whose answer fails test A. */
static void section_1_5_presend(void **state)
{
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 3 maxpoll 3 presend 3");
	small_run(&w.s, 100);
	for (size_t i = 0; i + 2 < tape.n; i += 2) {
		between(tape_gap(&tape, i), 2, 2.05);
		between(tape_gap(&tape, i + 1), 8, 8.2);
	}
	/* Half of what comes is good. */
	between(client_number(w.client, w.node, "ntpdata 192.168.123.1", 0, 33),
		(double)tape.n / 2 - 1, (double)tape.n / 2 + 1);
	end(&w);
}

/* Another port each time. */
static void section_1_6_ports(void **state)
{
	struct polling w;
	size_t same = 0;

	(void)state;
	begin(&w, SERVER "minpoll 0 maxpoll 0");
	small_run(&w.s, 60);
	for (size_t i = 1; i < tape.n; i++)
		same += tape.packet[i].port == tape.packet[i - 1].port;
	assert_true(tape.n > 50 && same < 3);
	end(&w);
	begin(&w, SERVER "minpoll 0 maxpoll 0\nacquisitionport 1123");
	small_run(&w.s, 60);
	for (size_t i = 0; i < tape.n; i++)
		assert_int_equal(tape.packet[i].port, 1123);
	end(&w);
}

/* Nothing of the clock is told: mode, the polling interval, precision 32, a random number. */
static void section_1_7_request(void **state)
{
	static const uint8_t head[] = {0x23, 0, 6, 0x20}, none[36] = {0};
	struct polling w;

	(void)state;
	begin(&w, SERVER "iburst minpoll 6 maxpoll 6");
	small_run(&w.s, 300);
	for (size_t i = 0; i < tape.n; i++) {
		assert_int_equal(tape.packet[i].n, 48);
		assert_memory_equal(tape.packet[i].data, head, 4);
		assert_memory_equal(tape.packet[i].data + 4, none, 36);
		assert_true(i == 0 ||
			    memcmp(tape.packet[i].data + 40, tape.packet[i - 1].data + 40, 8) != 0);
	}
	end(&w);
	begin(&w, SERVER "minpoll 6 maxpoll 6 version 3");
	small_run(&w.s, 10);
	assert_int_equal(tape.packet[0].data[0], 0x1b);
	end(&w);
}

static void count_rates(void *arg, const char *message)
{
	*(unsigned *)arg += strcmp(message, "Received KoD RATE from 192.168.123.1") == 0;
}

/* Whoever is told RATE waits four polling intervals more: 40 s of 8 s. */
static void section_2_1_rate(void **state)
{
	unsigned told = 0, waited = 0;
	struct sim_node_options o = {.wander = 1e-9, .hear = count_rates, .hear_arg = &told};
	struct small s;
	int node;

	(void)state;
	small_begin(&s, 1);
	small_server(&s, 0, "ratelimit interval 5 burst 1 leak 4 kod 1\n");
	node = small_client(&s, &o, SERVER "minpoll 3 maxpoll 3\n");
	tape_begin(&tape, &s, node);
	small_run(&s, 1000);
	for (size_t i = 0; i + 1 < tape.n; i++) {
		double gap = tape_gap(&tape, i);

		if (gap > 20) {
			between(gap, 40, 41.1);
			waited++;
		} else
			between(gap, 8, 8.2);
	}
	printf("RATE: told %u times, waited %u times\n", told, waited);
	assert_true(told > 5);
	between(waited, told - 1, told);
	small_end(&s);
}

/* Eight bits, one for each response, and from the second unanswered request on one for each that is
 * not; none is left of them when a source goes offline. */
static void section_3_register(void **state)
{
	static const char *const after[] = {
		"377", "376", "374", "370", "360", "340", "300", "200", "0"};
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 3 maxpoll 3");
	small_run(&w.s, 2);
	for (int bits = 1; bits <= 0377; bits = bits << 1 | 1) {
		between(client_number(w.client, w.node, "sources", 0, 5), 0, 377);
		assert_int_equal(source_reach(small_source(&w.s, w.node, 0)), bits);
		small_run(&w.s, 8.05);
	}
	sim_partition(w.s.sim, 0, true);
	tape_clear(&tape);
	for (size_t i = 0; i < 9; i++) {
		char row[64];

		while (tape.n <= i)
			small_run(&w.s, 0.5);
		snprintf(row, sizeof(row), ",%s,", after[i]);
		assert_non_null(strstr(client_ask(w.client, w.node, PRINT_CSV, "sources"), row));
	}
	sim_partition(w.s.sim, 0, false);
	small_run(&w.s, 200);
	assert_int_equal(source_reach(small_source(&w.s, w.node, 0)), 0377);
	type(&w, "offline");
	assert_int_equal(source_reach(small_source(&w.s, w.node, 0)), 0);
	/* Its samples are kept. */
	assert_true(client_number(w.client, w.node, "sourcestats", 0, 1) > 3);
	end(&w);
}

/* What the counters of activity say of each mode, and how each is left. */
static void section_16_modes(void **state)
{
	static const struct {
		const char *line, *counters;
	} steps[] = {
		{"online", "1,0,0,0,0\n"},
		{"burst 4/4", "0,0,1,0,0\n"},
		/* Told to go while it is in a burst, it goes when that is done. */
		{"offline", "0,0,0,1,0\n"},
		{"online", "0,0,1,0,0\n"},
		{"offline", "0,0,0,1,0\n"},
	};
	struct polling w;

	(void)state;
	begin(&w, SERVER "minpoll 5 maxpoll 5 offline");
	small_run(&w.s, 10);
	assert_int_equal(tape.n, 0);
	assert_string_equal(client_ask(w.client, w.node, PRINT_CSV, "activity"), "0,1,0,0,0\n");
	for (size_t i = 0; i < 5; i++) {
		type(&w, steps[i].line);
		assert_string_equal(
			client_ask(w.client, w.node, PRINT_CSV, "activity"), steps[i].counters);
		if (i == 0)
			small_run(&w.s, 2);
	}
	small_run(&w.s, 20);
	assert_string_equal(client_ask(w.client, w.node, PRINT_CSV, "activity"), "0,1,0,0,0\n");
	tape_clear(&tape);
	small_run(&w.s, 100);
	assert_int_equal(tape.n, 0);
	type(&w, "online");
	small_run(&w.s, 100);
	type(&w, "burst 4/4");
	small_run(&w.s, 20);
	assert_string_equal(client_ask(w.client, w.node, PRINT_CSV, "activity"), "1,0,0,0,0\n");
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_1_1_first_request),
		cmocka_unit_test(section_1_1_separation),
		cmocka_unit_test(section_1_2_iburst),
		cmocka_unit_test(section_1_2_iburst_of_long_polls),
		cmocka_unit_test(idle_client_sleeps),
		cmocka_unit_test(section_1_2_iburst_of_short_polls),
		cmocka_unit_test(section_1_2_iburst_unanswered),
		cmocka_unit_test(section_1_3_burst_option),
		cmocka_unit_test(section_1_3_burst_command),
		cmocka_unit_test(section_1_4_unanswered),
		cmocka_unit_test(section_1_4_losses),
		cmocka_unit_test(section_1_4_limits),
		cmocka_unit_test(section_16_changes_are_logged),
		cmocka_unit_test(section_1_5_presend),
		cmocka_unit_test(section_1_6_ports),
		cmocka_unit_test(section_1_7_request),
		cmocka_unit_test(section_2_1_rate),
		cmocka_unit_test(section_3_register),
		cmocka_unit_test(section_16_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
