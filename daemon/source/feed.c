/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sink that protocols deliver to: the tests that need the estimator's knowledge (B and C), the
 * reach register, the polling interval.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/source/internal.h"

/* A response that passes these is of a server that knows the time. */
#define SYNCHRONISED                                                                               \
	(PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_3 | PROTOCOL_TEST_5 | PROTOCOL_TEST_6 | \
		PROTOCOL_TEST_7)

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/** The delay that this part of the last responses stayed below, s. */
static double quantile(const struct source *s, double part)
{
	size_t n = s->n_delays < SOURCE_DELAYS ? s->n_delays : SOURCE_DELAYS;
	float sorted[SOURCE_DELAYS];

	for (size_t i = 0; i < n; i++)
		sorted[i] = s->delays[i];
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return sorted[(size_t)(part * (double)(n - 1) + 0.5)];
}

/** Tests B and C (chrony-behaviour 2). They hold while there are too few samples to judge by. */
static unsigned test_delay(struct source *s, const struct sample *sample)
{
	const struct source_options *o = &s->options;
	struct track_figures f;
	struct track_estimate e;
	double age, growth, min_delay, excess, limit;
	unsigned passed = PROTOCOL_TEST_B | PROTOCOL_TEST_C;

	s->delays[s->n_delays++ % SOURCE_DELAYS] = (float)sample->delay;
	track_get_figures(s->track, &f);
	if (f.samples < SOURCE_TEST_SAMPLES || track_estimate(s->track, sample->osc, &e) < 0)
		return passed;
	age = fabs(instant_diff_s(sample->osc, f.last_osc));
	growth = age * (e.rate_sd + s->registry->env->settings->maxclockerror_ppm * 1e-6);
	min_delay = o->mindelay > 0 ? o->mindelay : f.min_delay;
	if (o->maxdelayratio >= 1 && sample->delay > min_delay * o->maxdelayratio + growth)
		passed &= ~(unsigned)PROTOCOL_TEST_B;
	if (o->maxdelayquant > 0) {
		if (sample->delay > quantile(s, o->maxdelayquant))
			passed &= ~(unsigned)PROTOCOL_TEST_C;
		return passed;
	}
	excess = (sample->delay - min_delay) / 2;
	limit = e.sample_sd * o->maxdelaydevratio + growth;
	/* An offset that moved by more than its delay can explain is news, not noise. */
	if (excess > limit && fabs(instant_diff_s(sample->offset_ns, e.offset_ns)) <= excess)
		passed &= ~(unsigned)PROTOCOL_TEST_C;
	return passed;
}

/** Where the user knows in which direction packets are held up, takes what this one was held up out
 * of its offset: all of it is half of the excess of its delay. */
static void straighten(const struct source *s, struct sample *io)
{
	double part = s->options.asymmetry;
	struct track_figures f;

	track_get_figures(s->track, &f);
	if (part < -0.5 || part > 0.5 || f.samples == 0)
		return;
	io->offset_ns += instant_ns(part * fmax(io->delay - f.min_delay, 0));
}

static unsigned feed_sample(void *arg, const struct sample *sample)
{
	struct source *s = arg;
	unsigned passed = test_delay(s, sample);
	struct sample straight = *sample;
	bool waits;

	if (!leap_admits(s, sample))
		return passed;
	if (passed != (PROTOCOL_TEST_B | PROTOCOL_TEST_C))
		return passed;
	straighten(s, &straight);
	waits = median_take(s, &straight);
	if (!waits && member_take(s, &straight) < 0)
		return passed;
	pool_confirm(s);
	pool_refresh(s->registry);
	registry_tell(s, !waits);
	return passed;
}

static void feed_reach(void *arg, bool synchronised)
{
	struct source *s = arg;

	median_poll(s);
	member_reach(s, synchronised);
	if (s->reach == 0 && s->reach_updates == SOURCE_REACH_BITS)
		pool_replace(s);
	registry_tell(s, false);
}

static int feed_poll(void *arg, int present)
{
	const struct source *s = arg;
	const struct source_options *o = &s->options;

	return track_poll(s->track, present, o->minpoll, o->maxpoll, o->polltarget);
}

static void feed_measured(void *arg, const struct protocol_measurement *m)
{
	struct source *s = arg;
	const struct sources *r = s->registry;

	if ((m->tests & SYNCHRONISED) == SYNCHRONISED)
		s->leap = m->leap;
	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.measured != NULL)
			r->listeners[i].calls.measured(r->listeners[i].arg, s, m);
}

static void feed_denied(void *arg)
{
	struct source *s = arg;
	struct sources *r = s->registry;
	char text[SOURCE_NAME + ADDRESS_TEXT + 4];

	source_text_long(s, text, sizeof(text));
	log_warning(r->env->log, "Source %s offline: the server denies us service", text);
	r->modules.protocol->online(s->instance, false);
	s->reach = s->reach_updates = s->unreachable_runs = 0;
	if (s->entry->named && s->entry->options.kind == SOURCE_POOL) {
		s->denied = true;
		pool_replace(s);
	} else {
		s->options.online = false;
	}
	registry_tell(s, false);
}

static void feed_rested(void *arg)
{
	struct source *s = arg;

	s->reach = s->reach_updates = s->unreachable_runs = 0;
	registry_tell(s, false);
}

static void feed_moved(void *arg)
{
	struct source *s = arg;

	member_forget(s);
	registry_tell(s, false);
}

static bool feed_taken(void *arg, const struct address *a)
{
	const struct source *s = arg;
	const struct sources *r = s->registry;

	for (size_t i = 0; i < r->n; i++)
		if (r->all[i] != s && address_equal(&r->all[i]->address, a))
			return true;
	return false;
}

static void feed_jumped(void *arg, int64_t ns)
{
	struct source *s = arg;

	track_shift(s->track, leap_rest(s, ns), 0.0);
	median_forget(s);
}

const struct source_sink feed_sink = {
	.sample = feed_sample,
	.reach = feed_reach,
	.poll = feed_poll,
	.measured = feed_measured,
	.denied = feed_denied,
	.rested = feed_rested,
	.moved = feed_moved,
	.taken = feed_taken,
	.jumped = feed_jumped,
};
