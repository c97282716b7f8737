/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter option: of the samples of so many polls only the one with the median offset goes on
 * (chrony-behaviour 2.2). Offsets are compared by the clock's model, so that what the oscillator
 * does between the polls does not choose.
 */
#include "config.h"

#include <stdlib.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

static int compare(const void *a, const void *b)
{
	double x = ((const struct median_held *)a)->offset;
	double y = ((const struct median_held *)b)->offset;

	return (x > y) - (x < y);
}

void median_order(const struct source *s, size_t n, struct median_held *io)
{
	const struct clock *clock = s->registry->env->clock;

	for (size_t i = 0; i < n; i++)
		io[i].offset = instant_diff_s(
			io[i].sample->offset_ns, clock_model_offset(clock, io[i].sample->osc));
	qsort(io, n, sizeof(*io), compare);
}

void median_resize(struct source *s)
{
	free(s->held);
	s->held = NULL;
	median_forget(s);
}

void median_forget(struct source *s)
{
	s->n_held = 0;
	s->held_polls = 0;
}

/** The polls are over: the median goes to the estimator. */
static void emit(struct source *s)
{
	struct median_held order[MEDIAN_MAX];
	size_t n = s->n_held;

	median_forget(s);
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		order[i].sample = &s->held[i];
	median_order(s, n, order);
	if (member_take(s, order[n / 2].sample) == 0)
		registry_tell(s, true);
}

void median_poll(struct source *s)
{
	if (s->options.filter < 2)
		return;
	/* The last poll of a round may have given nothing that could be used. */
	if (s->held_polls >= s->options.filter)
		emit(s);
	s->held_polls++;
}

bool median_take(struct source *s, const struct sample *sample)
{
	size_t room = (size_t)s->options.filter;

	if (s->options.filter < 2)
		return false;
	if (s->held == NULL)
		s->held = calloc(room, sizeof(*s->held));
	if (s->held == NULL)
		return false;
	if (s->n_held < room)
		s->held[s->n_held++] = *sample;
	if (s->held_polls >= s->options.filter)
		emit(s);
	return true;
}
