/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's oscillator and the system clock that runs on it, with the kernel's rules. */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "test/sim/world.h"

/** A full turn in radians. */
#define TURN 6.283185307179586

#define DAY (86400 * INSTANT_S)

/* The limits of adjtimex(2) on Linux. */
#define FREQUENCY_MAX   (500 * 65536)
#define TICK_MIN        9000
#define TICK_MAX        11000
#define TAI_MAX         100000
#define ERROR_MAX_US    16000000
#define ERROR_GROWTH_US 500

static double temperature_at(const struct sim_temperature *t, double elapsed)
{
	return t->period > 0 ? t->swing * sin(TURN * elapsed / t->period) : 0;
}

/** The rate that the oscillator has in the second that begins now. */
static double rate_now(const struct sim_node *n)
{
	const struct sim_clock *c = &n->clock;
	double elapsed = instant_diff_s(c->true_ns, n->sim->start_ns), rate = c->walk;
	int i;

	for (i = 0; i < SIM_TEMPERATURES; i++) {
		double kelvin = temperature_at(&c->temperature[i], elapsed);

		rate += c->temperature[i].linear * kelvin +
			c->temperature[i].square * kelvin * kelvin;
	}
	return rate;
}

void sim_clock_boot(struct sim_node *n)
{
	n->clock.timex = (struct kernel_timex){.tick_us = 10000, .status = KERNEL_STATUS_UNSYNC};
}

void sim_clock_start(struct sim_node *n, const struct sim_node_options *o)
{
	struct sim_clock *c = &n->clock;
	int i;

	c->true_ns = c->error_set_ns = n->sim->now_ns;
	c->system_ns = instant_add_s(sim_utc(n->sim), o->offset);
	c->raw_ns = 1000 * INSTANT_S;
	c->walk = o->frequency;
	c->wander = o->wander;
	c->jump = o->jump;
	c->jump_every = o->jump_every;
	c->random = sim_random_from(n->sim->seed, (uint64_t)(100 + n->index));
	sim_clock_boot(n);
	c->steady = o->wander <= 0 && o->jump_every <= 0;
	for (i = 0; i < SIM_TEMPERATURES; i++) {
		c->temperature[i] = o->temperature[i];
		if (o->temperature[i].period > 0)
			c->steady = false;
	}
	c->rate = rate_now(n);
}

double sim_clock_adjustment(const struct sim_clock *c)
{
	double tick = (double)(c->timex.tick_us - 10000) / 10000;

	return tick + (double)c->timex.frequency / 65536 * 1e-6;
}

/** The kernel's leap second: at the end of the UTC day of its own clock. */
static void leap(struct sim_clock *c, int64_t before)
{
	bool insert = c->timex.status & KERNEL_STATUS_INSERT;
	bool delete = c->timex.status & KERNEL_STATUS_DELETE;

	if (!insert && !delete)
		c->leaped = false;
	if (c->leaped)
		return;
	if (insert && before / DAY != c->system_ns / DAY) {
		c->system_ns -= INSTANT_S;
		c->timex.tai++;
		c->leaped = true;
	} else if (delete &&(before + INSTANT_S) / DAY != (c->system_ns + INSTANT_S) / DAY) {
		c->system_ns += INSTANT_S;
		c->timex.tai--;
		c->leaped = true;
	}
}

/** Moves both clocks over a stretch of true time in which the rates stand still. */
static void pass(struct sim_clock *c, int64_t ns)
{
	double raw_gain = (double)ns * c->rate + c->raw_part;
	double adjust = sim_clock_adjustment(c);
	double system_gain = (double)ns * (c->rate + adjust + c->rate * adjust) + c->system_part;
	int64_t before = c->system_ns, whole = (int64_t)floor(raw_gain);

	c->true_ns += ns;
	if (c->asleep) {
		c->system_ns += ns;
		return;
	}
	c->raw_ns += ns + whole;
	c->raw_part = raw_gain - (double)whole;
	whole = (int64_t)floor(system_gain);
	c->system_ns += ns + whole;
	c->system_part = system_gain - (double)whole;
	leap(c, before);
}

/** A second is over: the rate changes. */
static void change_rate(struct sim_node *n)
{
	struct sim_clock *c = &n->clock;
	int64_t every = instant_ns(c->jump_every);

	if (c->wander > 0)
		c->walk += c->wander * sim_random_normal(&c->random);
	if (every > 0 && (c->true_ns - n->sim->start_ns) % every == 0)
		c->walk += sim_random_uniform(&c->random) < 0.5 ? -c->jump : c->jump;
	c->rate = rate_now(n);
}

void sim_clock_advance(struct sim_node *n, int64_t true_ns)
{
	struct sim_clock *c = &n->clock;

	while (c->true_ns < true_ns) {
		int64_t passed = (c->true_ns - n->sim->start_ns) % INSTANT_S;
		int64_t left = true_ns - c->true_ns, to_second = INSTANT_S - passed;

		if (left < to_second || c->steady) {
			pass(c, left);
			return;
		}
		pass(c, to_second);
		change_rate(n);
	}
}

int64_t sim_clock_true_at(const struct sim_node *n, int64_t raw)
{
	double left = (double)(raw - n->clock.raw_ns) / (1 + n->clock.rate);

	return n->clock.true_ns + (left > 0 ? (int64_t)ceil(left) : 0);
}

void sim_clock_step(struct sim_node *n, int64_t ns)
{
	sim_clock_advance(n, n->sim->now_ns);
	n->clock.system_ns += ns;
}

/** The kernel adds 500 us to its error bound every second, and gives up at 16 s. */
static void age_error(struct sim_node *n)
{
	struct kernel_timex *t = &n->clock.timex;
	int64_t seconds = (n->sim->now_ns - n->clock.error_set_ns) / INSTANT_S;

	n->clock.error_set_ns += seconds * INSTANT_S;
	t->maxerror_us += ERROR_GROWTH_US * seconds;
	if (t->maxerror_us > ERROR_MAX_US) {
		t->maxerror_us = ERROR_MAX_US;
		t->status |= KERNEL_STATUS_UNSYNC;
	}
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

int sim_clock_timex(struct sim_node *n, struct kernel_timex *io)
{
	struct kernel_timex *t = &n->clock.timex;

	if ((io->modes & KERNEL_TIMEX_TICK) && (io->tick_us < TICK_MIN || io->tick_us > TICK_MAX))
		return -EINVAL;
	sim_clock_advance(n, n->sim->now_ns);
	age_error(n);
	if (io->modes & KERNEL_TIMEX_TICK)
		t->tick_us = io->tick_us;
	if (io->modes & KERNEL_TIMEX_FREQUENCY)
		t->frequency = clamp(io->frequency, -FREQUENCY_MAX, FREQUENCY_MAX);
	if (io->modes & KERNEL_TIMEX_STATUS)
		t->status = io->status;
	if (io->modes & KERNEL_TIMEX_MAXERROR) {
		t->maxerror_us = clamp(io->maxerror_us, 0, ERROR_MAX_US);
		n->clock.error_set_ns = n->sim->now_ns;
	}
	if (io->modes & KERNEL_TIMEX_ESTERROR)
		t->esterror_us = clamp(io->esterror_us, 0, ERROR_MAX_US);
	if ((io->modes & KERNEL_TIMEX_TAI) && io->tai >= 0 && io->tai <= TAI_MAX)
		t->tai = io->tai;
	*io = *t;
	/* TIME_WAIT, which TIME_ERROR hides */
	if (n->clock.leaped && (t->status & (KERNEL_STATUS_INSERT | KERNEL_STATUS_DELETE)) != 0 &&
		(t->status & KERNEL_STATUS_UNSYNC) == 0)
		io->status |= KERNEL_STATUS_MADE;
	return 0;
}

double sim_temperature(const struct sim *s, int node)
{
	const struct sim_node *n = &s->nodes[node];
	double kelvin = 0;
	int i;

	for (i = 0; i < SIM_TEMPERATURES; i++)
		kelvin += temperature_at(&n->clock.temperature[i], sim_elapsed(s));
	return kelvin;
}
