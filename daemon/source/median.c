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

/** A held sample, and what it is compared by. */
struct held {
	double offset; /**< s, against the clock's model */
	const struct sample *sample;
};

static int compare(const void *a, const void *b)
{
	double x = ((const struct held *)a)->offset, y = ((const struct held *)b)->offset;

	return (x > y) - (x < y);
}

void median_forget(struct source *s)
{
	s->n_held = 0;
	s->held_polls = 0;
}

/** The polls are over: the median goes to the estimator. Without memory the newest does. */
static void emit(struct source *s)
{
	const struct clock *clock = s->registry->env->clock;
	size_t n = s->n_held;
	struct held *order = n > 0 ? calloc(n, sizeof(*order)) : NULL;
	struct sample median;

	median_forget(s);
	if (n == 0)
		return;
	median = s->held[n - 1];
	for (size_t i = 0; order != NULL && i < n; i++) {
		const struct sample *sample = &s->held[i];

		order[i] = (struct held){.sample = sample,
			.offset = instant_diff_s(
				sample->offset_ns, clock_model_offset(clock, sample->osc))};
	}
	if (order != NULL) {
		qsort(order, n, sizeof(*order), compare);
		median = *order[n / 2].sample;
	}
	free(order);
	if (member_take(s, &median) == 0)
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
