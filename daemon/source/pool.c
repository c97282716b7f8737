/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses a name's sources use: filling the slots of a pool, keeping the good ones,
 * replacing those that do not answer or are wrong (chrony-behaviour 8).
 */
#include "config.h"

#include "common/instant.h"
#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/internal.h"
#include "daemon/words.h"

/** Seconds within which, at random, the next address may be replaced. */
#define REPLACE_WITHIN 3584.0

/** Whether an entry has as many good members as it wants. */
static bool is_complete(const struct source_entry *e)
{
	int wanted = e->options.kind == SOURCE_POOL ? e->options.maxsources : 1;

	return e->confirmed >= (unsigned)wanted;
}

void pool_confirm(struct source *s)
{
	struct source_entry *e = s->entry;
	struct sources *r = s->registry;

	if (e == NULL || s->confirmed)
		return;
	s->confirmed = true;
	e->confirmed++;
	if (e->options.kind != SOURCE_POOL || !is_complete(e))
		return;
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->entry == e && !r->all[i]->confirmed)
			registry_doom(r->all[i]);
}

void pool_replace(struct source *s)
{
	struct sources *r = s->registry;
	int64_t now = loop_now(r->env->loop);

	if (s->entry == NULL || !s->entry->named || s->replace || s->doomed)
		return;
	if (now < r->replace_at) {
		/* Who was sent away does not poll, so nothing else would ask again. */
		if (s->denied)
			registry_chores_at(r, r->replace_at);
		return;
	}
	r->replace_at = instant_add_s(now, REPLACE_WITHIN * registry_random(r));
	s->replace = true;
	resolve_round(r);
}

void pool_refresh(struct sources *r)
{
	int64_t now = loop_now(r->env->loop);
	double interval = r->env->settings->refresh;
	struct source *oldest = NULL;

	if (interval <= 0 || now < r->refresh_at)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];

		if (s->instance != NULL && s->entry->named &&
			(oldest == NULL || s->resolved_at < oldest->resolved_at))
			oldest = s;
	}
	if (oldest == NULL || instant_diff_s(now, oldest->resolved_at) < interval)
		return;
	r->refresh_at = instant_add_s(now, interval < REPLACE_WITHIN ? interval : REPLACE_WITHIN);
	oldest->refresh = true;
	resolve_round(r);
}

bool pool_wants(const struct sources *r, const struct source_entry *e)
{
	bool complete = is_complete(e);

	if (!e->named || !e->resolvable)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		const struct source *s = r->all[i];

		if (s->entry == e && !s->doomed &&
			(s->replace || s->refresh || (s->instance == NULL && !complete)))
			return true;
	}
	return false;
}

bool pool_is_routable(struct sources *r, const struct address *a, int port)
{
	struct kernel *k = r->env->kernel;
	struct kernel_socket socket = {.family = a->family,
		.connect = true,
		.remote = {.address = *a, .port = (uint16_t)port}};
	int fd = k->ops->open(k, &socket);

	if (fd < 0)
		return false;
	k->ops->close(k, fd);
	return true;
}

/** Whether an address may become a source's. */
static bool is_usable(
	const struct sources *r, const struct source_entry *e, const struct address *a)
{
	return (a->family == ADDRESS_IP4 || a->family == ADDRESS_IP6) &&
	       (e->family == ADDRESS_NONE || e->family == a->family) &&
	       !address_is_not_unicast(a) && !registry_uses(r, a);
}

/** Moves a source to another of the addresses, tried from a random one on. */
static void replace(struct source *s, const struct address *a, size_t n)
{
	struct sources *r = s->registry;
	size_t start = (size_t)(registry_random(r) * (double)n);
	char old[ADDRESS_TEXT], new[ADDRESS_TEXT];

	s->replace = false;
	for (size_t i = 0; i < n; i++) {
		const struct address *next = &a[(start + i) % n];

		if (!is_usable(r, s->entry, next) || !pool_is_routable(r, next, s->options.port))
			continue;
		address_format(&s->address, old, sizeof(old));
		if (member_attach(s, next) < 0)
			continue;
		address_format(&s->address, new, sizeof(new));
		log_info(r->env->log, "Source %s replaced with %s (%s)", old, new,
			s->entry->options.name);
		member_start(s);
		registry_tell(s, false);
		return;
	}
	if (s->denied)
		registry_chores_at(r, r->replace_at);
}

/** Gives an unresolved source the first address that is free. */
static void fill(struct source *s, const struct address *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_usable(s->registry, s->entry, &a[i]) || member_attach(s, &a[i]) < 0)
			continue;
		s->registry->any_resolved = true;
		if (!s->options.nts)
			words_say(s->registry->env->log, found, &s->options,
				&(struct endpoint){
					.address = a[i], .port = (uint16_t)s->options.port});
		member_start(s);
		registry_tell(s, false);
		return;
	}
}

static bool is_listed(const struct address *wanted, const struct address *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (address_equal(wanted, &a[i]))
			return true;
	return false;
}

void pool_assign(struct source_entry *e, struct sources *r, const struct address *a, size_t n)
{
	for (size_t i = 0; i < r->n; i++) {
		struct source *s = r->all[i];

		if (s->entry != e || s->doomed)
			continue;
		if (s->refresh && n > 0) {
			s->resolved_at = loop_now(r->env->loop);
			if (!is_listed(&s->address, a, n))
				s->replace = true;
		}
		s->refresh = false;
		if (s->instance == NULL)
			fill(s, a, n);
		else if (s->replace)
			replace(s, a, n);
	}
}
