/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one source: its estimator, its address and protocol instance, its reach register.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/clock/clock.h"
#include "daemon/source/internal.h"

/** Number of samples to keep: the source's own setting or the global one; 0 is all. */
static int samples_limit(int own, int global)
{
	return own >= 0 ? own : global;
}

static bool is_associated(const struct sources *r, uint16_t number)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->association == number)
			return true;
	return false;
}

/** Reference clocks are the first sources, and have numbers between those that come. */
static bool is_of_clock(const struct sources *r, uint16_t number)
{
	for (size_t i = 0; i < r->n && r->all[i]->refclock != NULL; i++)
		if (r->all[i]->association == number)
			return true;
	return false;
}

void sources_number_after(struct sources *r, uint32_t n)
{
	r->associations = n;
}

/** The next number that no source has. There are as many as sources, less one: the last of a full
 * registry gets 0, which stands for none. */
static uint16_t free_association(struct sources *r)
{
	for (uint32_t tries = 0; tries < UINT16_MAX; tries++) {
		uint16_t number = (uint16_t)(1 + r->associations++ % UINT16_MAX);

		/* The first time round no other can be in use. */
		if (r->associations <= UINT16_MAX ? !is_of_clock(r, number)
						  : !is_associated(r, number))
			return number;
	}
	return 0;
}

struct source *member_create(
	struct sources *r, struct source_entry *entry, const struct source_options *o)
{
	const struct settings *settings = r->env->settings;
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->registry = r;
	s->entry = entry;
	s->options = *o;
	s->track = track_create(samples_limit(o->minsamples, settings->minsamples),
		samples_limit(o->maxsamples, settings->maxsamples));
	if (s->track == NULL) {
		free(s);
		return NULL;
	}
	/* What has an address from the start needs no ID: they are counted from 1, and seen. */
	if (entry != NULL)
		s->address = entry->named ? address_id(++r->last_id) : address_id(0);
	s->association = free_association(r);
	member_forget(s);
	return s;
}

void member_limit_samples(struct source *s)
{
	const struct settings *settings = s->registry->env->settings;

	track_limit(s->track, samples_limit(s->options.minsamples, settings->minsamples),
		samples_limit(s->options.maxsamples, settings->maxsamples));
}

void member_destroy(struct source *s)
{
	if (s == NULL)
		return;
	if (s->instance != NULL)
		s->registry->modules.protocol->destroy(s->instance);
	refclock_destroy(s);
	track_destroy(s->track);
	free(s->held);
	free(s);
}

void member_unlearn(struct source *s)
{
	const struct clock_model *m = clock_get_model(s->registry->env->clock);

	track_reset(s->track);
	median_forget(s);
	refclock_forget(s);
	s->leap_at = INT64_MAX;
	s->leapt_ns = s->ignored_ns = 0;
	/* What is known of the oscillator, from the drift file or other sources, spares the new
	 * source from learning it again. */
	if (m->rate_sd > 0)
		track_prior_rate(s->track, m->rate, m->rate_sd);
	track_prior_wander(s->track, m->wander);
}

void member_forget(struct source *s)
{
	member_unlearn(s);
	recent_forget(s);
	s->reach = s->reach_updates = s->unreachable_runs = 0;
	s->news = false;
	s->state = 'M';
	s->leap = LEAP_UNSYNCHRONISED;
	s->original_offset = s->stress = 0;
	s->n_delays = 0;
	s->memory = (struct source_select_memory){.score = 1, .effective = s->options.select};
}

int member_attach(struct source *s, const struct address *a)
{
	const struct source_protocol *p = s->registry->modules.protocol;
	struct protocol_instance *instance;
	int e = p->create(s->registry->env, &s->options, a, &feed_sink, s, &instance);

	if (e < 0)
		return e;
	if (s->instance != NULL)
		p->destroy(s->instance);
	if (s->confirmed)
		s->entry->confirmed--;
	s->instance = instance;
	s->address = *a;
	s->confirmed = s->denied = s->running = false;
	s->resolved_at = loop_now(s->registry->env->loop);
	member_forget(s);
	return 0;
}

void member_start(struct source *s)
{
	struct sources *r = s->registry;

	if (!r->started || s->running || (s->instance == NULL && s->refclock == NULL))
		return;
	s->running = true;
	/* The drift file was read after the source was made. */
	member_forget(s);
	if (r->load_dumps)
		dumps_load(s);
	if (s->refclock != NULL)
		refclock_start(s);
	else
		r->modules.protocol->start(s->instance);
}

void member_reach(struct source *s, bool reached)
{
	s->reach = (s->reach << 1 | (reached ? 1U : 0U)) & ((1U << SOURCE_REACH_BITS) - 1);
	if (s->reach_updates < SOURCE_REACH_BITS)
		s->reach_updates++;
	s->unreachable_runs = s->reach == 0 ? s->unreachable_runs + 1 : 0;
}

int member_take(struct source *s, const struct sample *sample)
{
	struct clock *clock = s->registry->env->clock;
	struct track_estimate before, after;
	bool known = track_estimate(s->track, sample->osc, &before) == 0;
	double fast = instant_diff_s(clock_model_offset(clock, sample->osc), sample->offset_ns);
	int e;

	if (s->registry->held)
		return -EAGAIN;
	e = track_sample(s->track, sample);
	if (e == -EINVAL) {
		char name[SOURCE_NAME];

		source_text(s, name, sizeof(name));
		log_warning(s->registry->env->log,
			"Out of order sample detected, discarding history for %s", name);
		track_reset(s->track);
		known = false;
		e = track_sample(s->track, sample);
	}
	if (e < 0)
		return e;
	recent_take(s, sample);
	s->original_offset = fast;
	s->stress = 0;
	if (known && before.rate_sd > 0 && track_estimate(s->track, sample->osc, &after) == 0)
		s->stress = fabs(after.rate - before.rate) / before.rate_sd;
	s->news = true;
	return 0;
}
