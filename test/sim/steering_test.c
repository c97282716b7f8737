/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the clock is steered, as directives ask for it (chrony-behaviour 5), seen from outside: whole
 * daemons, and the simulated kernel's clock.
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

#include "daemon/source/source.h"
#include "test/sim/small.h"
#include "test/sim/world.h"

#define SERVER "server node1 iburst minpoll 4 maxpoll 4\n"

/* What was seen of the client. */
struct course {
	int client;
	double fastest;               /* s/s, from 10 s on */
	double below;                 /* s, when the error was above a millisecond last */
	double squares, rate_squares; /* sums of errors of time and rate */
};

static void look(struct small *s)
{
	struct course *c = s->arg;
	double elapsed = sim_elapsed(s->sim), error = sim_time_error(s->sim, c->client);
	double rate = sim_frequency_error(s->sim, c->client);

	if (elapsed > 10)
		c->fastest = fmax(c->fastest, fabs(rate));
	if (fabs(error) > 1e-3)
		c->below = elapsed;
	c->squares += error * error;
	c->rate_squares += rate * rate;
}

static struct course run(const struct sim_node_options *clock, const char *config, double seconds)
{
	struct small s;
	struct course c = {.below = 0};

	c.client = small_pair(&s, clock, config);
	s.each = look;
	s.arg = &c;
	small_run(&s, seconds);
	small_end(&s);
	return c;
}

/* 50 ms at 100 ppm take 500 s; by default they are gone in seconds. */
static void section_5_maxslewrate(void **state)
{
	static const struct sim_node_options clock = {.offset = 0.05};
	struct course slow = run(&clock, SERVER "maxslewrate 100\n", 1500);
	struct course fast = run(&clock, SERVER, 1500);

	(void)state;
	printf("maxslewrate 100: %.1f ppm at most, %.0f s; default: %.0f ppm, %.0f s\n",
		slow.fastest * 1e6, slow.below, fast.fastest * 1e6, fast.below);
	assert_true(slow.fastest > 99e-6 && slow.fastest < 101e-6);
	assert_true(slow.below > 480 && slow.below < 540);
	assert_true(fast.below < 60);
}

/* Slower corrections on a noisy path: less error of the rate, more of the time. */
static void section_5_corrtimeratio(void **state)
{
	static const struct sim_link noisy = {.base = 1e-2, .jitter = 1e-3};
	static const char *const configs[] = {
		SERVER "corrtimeratio 1\n", SERVER "corrtimeratio 30\n"};
	double rate[2], time[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct small s;
		struct course c = {.below = 0};

		c.client = small_pair(&s, &(struct sim_node_options){.wander = 1e-8}, configs[i]);
		small_link(&s, 0, c.client, &noisy);
		small_run(&s, 2000);
		s.each = look;
		s.arg = &c;
		small_run(&s, 10000);
		rate[i] = sqrt(c.rate_squares / 10000);
		time[i] = sqrt(c.squares / 10000);
		small_end(&s);
	}
	printf("corrtimeratio 1: time %.2e s, rate %.2e; 30: %.2e s, %.2e\n", time[0], rate[0],
		time[1], rate[1]);
	assert_true(rate[1] < 0.7 * rate[0]);
	assert_true(time[1] > time[0]);
}

static void step_server(void *arg, struct sim *s)
{
	const double *by = arg;

	sim_step(s, 0, *by);
}

/* The server goes wrong by 5 s: ignored twice, then the daemon ends rather than follow. */
static void section_5_maxchange(void **state)
{
	static double by = 5;
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, NULL, SERVER "maxchange 0.1 1 2\n");
	s.invariants.nodes[client].fails = true;
	sim_at(s.sim, 1000, step_server, &by);
	small_run(&s, 999);
	s.invariants.nodes[0].lies = true;
	small_run(&s, 1000);
	assert_null(sim_daemon(s.sim, client));
	assert_int_equal(sim_counts(s.sim, client).ended, 1);
	assert_true(fabs(sim_time_error(s.sim, client)) < 0.01);
	small_end(&s);
}

/* With no limit of those it goes on ignoring. */
static void section_5_maxchange_for_ever(void **state)
{
	static double by = 5;
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, NULL, SERVER "maxchange 0.1 1 -1\n");
	sim_at(s.sim, 1000, step_server, &by);
	small_run(&s, 999);
	s.invariants.nodes[0].lies = true;
	small_run(&s, 3000);
	assert_non_null(sim_daemon(s.sim, client));
	assert_true(fabs(sim_time_error(s.sim, client)) < 0.01);
	small_end(&s);
}

/* A rate that is never certain enough is never set; offsets are corrected all the same. */
static void section_5_maxupdateskew(void **state)
{
	static const struct sim_node_options clock = {.frequency = 50e-6, .wander = 1e-9};
	static const char *const configs[] = {SERVER "maxupdateskew 0.0001\n", SERVER};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct small s;
		struct report_tracking t;
		int client;

		client = small_pair(&s, &clock, configs[i]);
		small_run(&s, 2000);
		t = small_tracking(&s, client);
		assert_true(fabs(t.frequency_ppm - (i ? 50 : 0)) < 0.5);
		if (i == 0)
			assert_true(fabs(t.residual_ppm - 50) < 0.5);
		assert_true(fabs(sim_time_error(s.sim, client)) < 2e-3);
		small_end(&s);
	}
}

/* Nothing beyond it is set. */
static void section_5_maxdrift(void **state)
{
	static const struct sim_node_options clock = {.frequency = 50e-6, .wander = 1e-9};
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, &clock, SERVER "maxdrift 10\n");
	small_run(&s, 2000);
	assert_true(fabs(small_tracking(&s, client).frequency_ppm - 10) < 1e-3);
	assert_true(fabs(sim_time_error(s.sim, client)) < 2e-3);
	small_end(&s);
}

/* The first update steps, the second may, the third slews. */
static void section_5_makestep(void **state)
{
	static const struct sim_node_options clock = {.offset = 5};
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, &clock, SERVER "makestep 0.1 1\n");
	small_run(&s, 10);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-3);
	/* Now there is no step any more. */
	sim_step(s.sim, client, 2);
	small_run(&s, 40);
	assert_true(fabs(sim_time_error(s.sim, client)) > 0.5);
	small_run(&s, 60);
	assert_true(fabs(sim_time_error(s.sim, client)) < 1e-3);
	small_end(&s);
}

/* Without news for 2^7 s the mean rate of so long is in force, and nothing is claimed any more. */
static void section_5_fallbackdrift(void **state)
{
	static const struct sim_node_options clock = {.frequency = 20e-6, .wander = 1e-9};
	struct small s;
	int client;

	(void)state;
	client = small_pair(&s, &clock, SERVER "fallbackdrift 7 9\n");
	small_run(&s, 3000);
	sim_partition(s.sim, client, true);
	small_run(&s, 100);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
	small_run(&s, 50);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_UNSYNCHRONISED);
	small_run(&s, 3000);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_UNSYNCHRONISED);
	assert_true(fabs(small_tracking(&s, client).frequency_ppm - 20) < 0.5);
	assert_true(fabs(sim_frequency_error(s.sim, client)) < 1e-6);
	sim_partition(s.sim, client, false);
	small_run(&s, 100);
	assert_int_equal(small_tracking(&s, client).leap, LEAP_NONE);
	small_end(&s);
}

/* Only rtcsync lets the kernel call itself synchronised; its error bound is ours in any case. */
static void section_5_kernel_status(void **state)
{
	(void)state;
	for (int rtcsync = 0; rtcsync < 2; rtcsync++) {
		struct small s;
		const struct kernel_timex *t;
		struct report_tracking r;
		int client;

		client = small_pair(&s, NULL, rtcsync ? SERVER "rtcsync\n" : SERVER);
		small_run(&s, 1000);
		t = &s.sim->nodes[client].clock.timex;
		r = small_tracking(&s, client);
		assert_int_equal((t->status & KERNEL_STATUS_UNSYNC) != 0, !rtcsync);
		assert_true(t->maxerror_us > 500 && t->maxerror_us < 20000);
		assert_true((double)t->maxerror_us * 1e-6 <
			    r.root_delay / 2 + r.root_dispersion + 0.01);
		assert_true(t->esterror_us < 1000);
		small_end(&s);
	}
}

static void hear(void *arg, const char *message)
{
	*(bool *)arg |= strcmp(message, "Could not send mail notification to user me@here") == 0;
}

/* A mail for the correction at the start and the one after a step by others, not for small ones. */
static void section_5_mailonchange(void **state)
{
	static const char first[] =
		"To: me@here\n"
		"Subject: chronyd reports change to system clock on node [simulated]\n\nOn ";
	bool heard = false;
	const struct sim_node_options o = {.offset = -2, .hear = hear, .hear_arg = &heard};
	char text[1000] = "";
	struct span mail;
	struct small s;
	size_t n;

	(void)state;
	small_begin(&s, 1);
	small_server(&s, 0, "");
	small_client(&s, &o, SERVER "makestep 1 -1\nmailonchange me@here 0.5\n");
	small_run(&s, 1000);
	mail = sim_file(s.sim, 1, GNOMON_SENDMAIL);
	assert_non_null(mail.p);
	assert_memory_equal(mail.p, first, sizeof(first) - 1);
	assert_true(mail.n < sizeof(text));
	memcpy(text, mail.p, mail.n);
	assert_non_null(strstr(text, "\n  with the system clock reading "));
	assert_non_null(
		strstr(text, "chronyd started to apply an adjustment of 2.000 seconds to it,\n"
			     "  which exceeded the reporting threshold of 0.500 seconds\n\n"));
	n = mail.n;
	sim_set_faults(s.sim, 1, &(struct sim_faults){.disk_full = true});
	sim_step(s.sim, 1, 20);
	small_run(&s, 1000);
	assert_true(heard);
	sim_set_faults(s.sim, 1, &(struct sim_faults){0});
	sim_step(s.sim, 1, 20);
	small_run(&s, 1000);
	mail = sim_file(s.sim, 1, GNOMON_SENDMAIL);
	assert_true(mail.n > n && mail.n < 3 * n);
	small_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(section_5_maxslewrate),
		cmocka_unit_test(section_5_corrtimeratio),
		cmocka_unit_test(section_5_maxchange),
		cmocka_unit_test(section_5_maxchange_for_ever),
		cmocka_unit_test(section_5_maxupdateskew),
		cmocka_unit_test(section_5_maxdrift),
		cmocka_unit_test(section_5_makestep),
		cmocka_unit_test(section_5_fallbackdrift),
		cmocka_unit_test(section_5_kernel_status),
		cmocka_unit_test(section_5_mailonchange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
