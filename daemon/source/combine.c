/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter option of a reference clock: of the newest readings of a poll those that are off most
 * are dropped, and the others make one sample (chrony-behaviour 13).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** So many readings make a sample, or as many as the option says when that is less. */
#define ENOUGH 4
/** Of so many readings some may be left out for their dispersion: what is beyond this many times
 * the least. */
#define MANY 5
#define FAR  1.5
/** This part is dropped at each end of the order. */
#define END 0.2

bool combine_take(struct source *s, const struct sample *sample)
{
	size_t room = (size_t)s->refclock->settings.filter;

	if (room < 2)
		return false;
	if (s->held == NULL)
		s->held = calloc(room, sizeof(*s->held));
	if (s->held == NULL)
		return false;
	/* What was read before it could not be reached for long is not of now. */
	if (s->n_held > 0 && instant_diff_s(sample->osc, s->held[s->n_held - 1].osc) >
				     SOURCE_REACH_BITS * exp2(s->refclock->poll))
		median_forget(s);
	if (s->n_held == room)
		memmove(s->held, s->held + 1, --s->n_held * sizeof(*s->held));
	s->held[s->n_held++] = *sample;
	return true;
}

/** Those whose dispersion is not far from the least. Returns how many. */
static size_t choose(const struct source *s, struct median_held ret[MEDIAN_MAX])
{
	double least = INFINITY;
	size_t n = 0;

	for (size_t i = 0; i < s->n_held; i++)
		least = fmin(least, s->held[i].dispersion);
	for (size_t i = 0; i < s->n_held; i++)
		if (s->n_held < MANY || s->held[i].dispersion <= FAR * least)
			ret[n++].sample = &s->held[i];
	return n;
}

/** The mean of those in the middle, at the mean of their instants. */
static struct sample mean(const struct source *s, const struct median_held *middle, size_t n)
{
	struct sample r = s->held[s->n_held - 1];
	double age = 0, offset = 0, square = 0, dispersion = 0, share = 1 / (double)n;

	for (size_t i = 0; i < n; i++) {
		age += share * instant_diff_s(r.osc, middle[i].sample->osc);
		offset += share * middle[i].offset;
		dispersion += share * middle[i].sample->dispersion;
	}
	for (size_t i = 0; i < n; i++)
		square += share * pow(middle[i].offset - offset, 2);
	r.osc = instant_add_s(r.osc, -age);
	r.offset_ns = clock_model_offset(s->registry->env->clock, r.osc) + instant_ns(offset);
	r.dispersion = hypot(dispersion, sqrt(square * share));
	return r;
}

int combine_emit(struct source *s, struct sample *ret)
{
	size_t room = (size_t)s->refclock->settings.filter;
	struct median_held order[MEDIAN_MAX];
	size_t n, cut;

	if (s->n_held < (room < ENOUGH ? room : ENOUGH))
		return -EAGAIN;
	n = choose(s, order);
	median_order(s, n, order);
	cut = (size_t)(END * (double)n + 0.5);
	*ret = mean(s, order + cut, n - 2 * cut);
	median_forget(s);
	return 0;
}
