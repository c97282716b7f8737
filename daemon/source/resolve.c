/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses: one after the other in rounds, failures again after lengthening intervals
 * (chrony-behaviour 8). What is done with the addresses is decided in pool.c.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/internal.h"
#include "daemon/words.h"

static void next_name(struct sources *r);

/** Every failure counts as one that may pass, as a resolver without a network says "no such name"
 * too; the administrator is told once. */
static void answer(
	struct sources *r, struct source_entry *e, int error, const struct address *a, size_t n)
{
	if (error == -ENOENT && !e->warned) {
		e->warned = true;
		log_warning(r->env->log, "Invalid host %s", e->options.name);
	}
	if (error == 0)
		words_say(r->env->log, answered, &e->options,
			instant_diff_s(loop_now(r->env->loop), r->asked));
	else
		words_say(r->env->log, not_found, &e->options, true,
			SOURCE_RETRY_UNIT * exp2(r->retry));
	pool_assign(e, r, a, error == 0 ? n : 0);
}

static void resolved(void *arg, int error, const struct address *a, size_t n)
{
	struct sources *r = arg;
	struct source_entry *e = r->looked_up;

	if (e == NULL)
		return;
	r->looked_up = NULL;
	answer(r, e, error, a, n);
	next_name(r);
}

/** Whether some NTP source without an address is meant to poll. */
static bool some_wait(const struct sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->address.family == ADDRESS_ID && r->all[i]->options.online)
			return true;
	return false;
}

static void end_round(struct sources *r)
{
	r->in_round = false;
	r->rounds++;
	if (r->rounds == 1)
		dumps_round_done(r);
	if (r->retry == SOURCE_RETRY_FIRST + 1 && !r->any_resolved && !r->warned_unresolved &&
		some_wait(r)) {
		r->warned_unresolved = true;
		log_warning(
			r->env->log, "Could not resolve any hostnames yet (misconfigured DNS?)");
	}
	for (size_t i = 0; i < r->n_entries; i++) {
		if (!pool_wants(r, r->entries[i]))
			continue;
		loop_timer_in(r->env->loop, &r->retry_timer, SOURCE_RETRY_UNIT * exp2(r->retry));
		if (r->retry < SOURCE_RETRY_LAST)
			r->retry++;
		return;
	}
	r->retry = SOURCE_RETRY_FIRST;
}

/** Goes on with the round until an answer has to be waited for. */
static void next_name(struct sources *r)
{
	struct kernel *k = r->env->kernel;

	for (;;) {
		struct source_entry *e;
		int error;

		if (r->cursor >= r->n_entries) {
			if (!r->again)
				break;
			r->again = false;
			r->cursor = 0;
			continue;
		}
		e = r->entries[r->cursor++];
		if (!pool_wants(r, e))
			continue;
		r->looked_up = e;
		r->asked = loop_now(r->env->loop);
		words_say(r->env->log, asking, &e->options);
		error = k->ops->resolve(k, e->options.name, e->family, resolved, r);
		if (error == 0)
			return;
		r->looked_up = NULL;
		answer(r, e, error, NULL, 0);
	}
	end_round(r);
}

void resolve_round(struct sources *r)
{
	if (!r->started)
		return;
	if (r->in_round) {
		r->again = true;
		return;
	}
	loop_timer_stop(r->env->loop, &r->retry_timer);
	r->in_round = true;
	r->cursor = 0;
	next_name(r);
}

void resolve_kick(struct sources *r)
{
	r->retry = SOURCE_RETRY_FIRST;
	resolve_round(r);
}

void resolve_retry(void *arg)
{
	resolve_round(arg);
}

void resolve_forget(struct sources *r, const struct source_entry *e, size_t position)
{
	if (position < r->cursor)
		r->cursor--;
	if (r->looked_up != e)
		return;
	r->env->kernel->ops->resolve_cancel(r->env->kernel, r);
	r->looked_up = NULL;
	/* The entry leaves the list only after this, so the round goes on in the next turn. */
	r->in_round = false;
	loop_timer_set(r->env->loop, &r->retry_timer, loop_now(r->env->loop));
}

void sources_refresh(struct sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->instance != NULL && r->all[i]->entry->named)
			r->all[i]->refresh = true;
	resolve_kick(r);
}
