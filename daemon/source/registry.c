/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of sources and of the lines they come from: adding, removing, finding, starting.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/internal.h"

/** Does what could not be done inside a source's own call. */
static void run_chores(void *arg)
{
	struct sources *r = arg;

	for (size_t i = r->n; i-- > 0;)
		if (r->all[i]->doomed)
			registry_drop(r->all[i]);
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->denied)
			pool_replace(r->all[i]);
}

int sources_create(
	const struct protocol_env *env, const struct sources_modules *modules, struct sources **ret)
{
	struct sources *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return -ENOMEM;
	r->env = env;
	r->modules = *modules;
	r->refclock_env = (struct refclock_env){
		.kernel = env->kernel, .loop = env->loop, .clock = env->clock, .log = env->log};
	r->retry = SOURCE_RETRY_FIRST;
	r->replace_at = r->refresh_at = INT64_MIN;
	e = loop_timer_init(env->loop, &r->chores, run_chores, r);
	if (e < 0)
		goto free_registry;
	e = loop_timer_init(env->loop, &r->retry_timer, resolve_retry, r);
	if (e < 0)
		goto done_chores;
	*ret = r;
	return 0;

done_chores:
	loop_timer_done(env->loop, &r->chores);
free_registry:
	free(r);
	return e;
}

void sources_destroy(struct sources *r)
{
	if (r == NULL)
		return;
	r->env->kernel->ops->resolve_cancel(r->env->kernel, r);
	for (size_t i = 0; i < r->n; i++)
		member_destroy(r->all[i]);
	for (size_t i = 0; i < r->n_entries; i++)
		free(r->entries[i]);
	loop_timer_done(r->env->loop, &r->retry_timer);
	loop_timer_done(r->env->loop, &r->chores);
	reload_free(r);
	free(r->entries);
	free(r->all);
	free(r);
}

void sources_listen(struct sources *r, const struct sources_listener *listener, void *arg)
{
	if (r->n_listeners == SOURCES_LISTENERS)
		return;
	r->listeners[r->n_listeners].calls = *listener;
	r->listeners[r->n_listeners++].arg = arg;
}

void registry_tell(struct source *s, bool new_sample)
{
	const struct sources *r = s->registry;

	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.updated != NULL)
			r->listeners[i].calls.updated(r->listeners[i].arg, s, new_sample);
}

void registry_tell_added(struct source *s)
{
	const struct sources *r = s->registry;

	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listeners[i].calls.added != NULL)
			r->listeners[i].calls.added(r->listeners[i].arg, s);
}

double registry_random(struct sources *r)
{
	uint32_t v = 0;

	/* Without randomness, times are only less spread out. */
	if (r->env->kernel->ops->random(r->env->kernel, &v, sizeof(v)) < 0)
		return 0;
	return v / 4294967296.0;
}

/** Makes room for one more pointer in an array. Returns 0 or -ENOMEM. */
static int grow(void ***array, size_t n, size_t *room)
{
	size_t more = *room == 0 ? 8 : *room * 2;
	void **p;

	if (n < *room)
		return 0;
	p = realloc(*array, more * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	*array = p;
	*room = more;
	return 0;
}

int registry_append(struct sources *r, struct source *s)
{
	void **p = (void **)r->all;
	int e = grow(&p, r->n, &r->room);

	r->all = (struct source **)p;
	if (e == 0)
		r->all[r->n++] = s;
	return e;
}

static int append_entry(struct sources *r, struct source_entry *entry)
{
	void **p = (void **)r->entries;
	int e = grow(&p, r->n_entries, &r->entries_room);

	r->entries = (struct source_entry **)p;
	if (e == 0)
		r->entries[r->n_entries++] = entry;
	return e;
}

static void drop_entry(struct sources *r, struct source_entry *entry)
{
	for (size_t i = 0; i < r->n_entries; i++) {
		if (r->entries[i] != entry)
			continue;
		resolve_forget(r, entry, i);
		memmove(&r->entries[i], &r->entries[i + 1],
			(--r->n_entries - i) * sizeof(*r->entries));
		break;
	}
	free(entry);
}

void registry_drop(struct source *s)
{
	struct sources *r = s->registry;
	struct source_entry *entry = s->entry;

	for (size_t i = 0; i < r->n; i++) {
		if (r->all[i] != s)
			continue;
		memmove(&r->all[i], &r->all[i + 1], (--r->n - i) * sizeof(*r->all));
		break;
	}
	registry_tell(s, false);
	if (entry != NULL) {
		if (s->confirmed)
			entry->confirmed--;
		if (--entry->slots == 0)
			drop_entry(r, entry);
	}
	member_destroy(s);
}

void registry_chores_at(struct sources *r, int64_t at)
{
	if (r->chores.position == 0 || r->chores.at > at)
		loop_timer_set(r->env->loop, &r->chores, at);
}

void registry_doom(struct source *s)
{
	s->doomed = true;
	registry_chores_at(s->registry, loop_now(s->registry->env->loop));
}

size_t sources_count(const struct sources *r)
{
	return r->n;
}

struct source *sources_at(struct sources *r, size_t i)
{
	return i < r->n ? r->all[i] : NULL;
}

struct source *sources_find(struct sources *r, const struct address *a)
{
	for (size_t i = 0; i < r->n; i++)
		if (a->family != ADDRESS_NONE && address_equal(&r->all[i]->address, a))
			return r->all[i];
	return NULL;
}

bool registry_uses(const struct sources *r, const struct address *a)
{
	for (size_t i = 0; i < r->n; i++)
		if (address_equal(&r->all[i]->address, a))
			return true;
	return false;
}

/** A name is one word of printable ASCII. An empty one, which only a request can hold, is never
 * resolved: chronyd makes such a source too. */
static bool name_is_good(const char *name)
{
	if (memchr(name, '\0', SOURCE_NAME) == NULL)
		return false;
	for (size_t i = 0; name[i] != '\0'; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return true;
}

/** Fills in what an entry's options and the settings mean for its addresses. */
static void entry_families(const struct sources *r, struct source_entry *e)
{
	bool ip4 = r->env->settings->ip4 && !e->options.ip6_only;
	bool ip6 = r->env->settings->ip6 && !e->options.ip4_only;

	e->resolvable = ip4 || ip6;
	e->family = ip4 && ip6 ? ADDRESS_NONE : ip4 ? ADDRESS_IP4 : ADDRESS_IP6;
}

/** Checks options before anything is made. literal: the name as an address, family NONE: a name. */
static enum sources_status check(const struct sources *r, const struct source_entry *e,
	const struct address *literal, unsigned slots)
{
	if (e->options.kind < SOURCE_SERVER || e->options.kind > SOURCE_POOL ||
		r->modules.protocol == NULL)
		return SOURCES_BAD_KIND;
	if (!name_is_good(e->options.name))
		return SOURCES_BAD_NAME;
	if (r->n + slots > SOURCES_MAX)
		return SOURCES_TOO_MANY;
	if (literal->family == ADDRESS_NONE)
		return SOURCES_OK;
	if (!e->resolvable || (e->family != ADDRESS_NONE && e->family != literal->family))
		return SOURCES_BAD_FAMILY;
	return registry_uses(r, literal) ? SOURCES_ALREADY : SOURCES_OK;
}

/** Logs "Added source A (NAME)": seen at the start only by who debugs, else by the administrator.
 */
static void log_added(struct sources *r, const struct source *s)
{
	char text[SOURCE_NAME + ADDRESS_TEXT + 4];

	source_text_long(s, text, sizeof(text));
	if (s->options.kind == SOURCE_POOL && s->entry->named)
		(r->started ? log_info : log_debug)(
			r->env->log, "Added pool %s", s->entry->options.name);
	else
		(r->started ? log_info : log_debug)(r->env->log, "Added source %s", text);
}

/** Makes the slots of an entry that is in the list. On failure none is left, nor the entry. */
static enum sources_status make_slots(struct sources *r, struct source_entry *entry,
	const struct address *literal, unsigned slots)
{
	for (unsigned i = 0; i < slots; i++) {
		struct source *s = member_create(r, entry, &entry->options);
		int e = s != NULL ? 0 : -ENOMEM;

		if (e == 0 && literal->family != ADDRESS_NONE)
			e = member_attach(s, literal);
		if (e == 0)
			e = registry_append(r, s);
		if (e == 0) {
			entry->slots++;
			continue;
		}
		member_destroy(s);
		for (; entry->slots > 1; r->n--, entry->slots--)
			member_destroy(r->all[r->n - 1]);
		if (entry->slots == 1)
			registry_drop(r->all[r->n - 1]);
		else
			drop_entry(r, entry);
		return e == -ENOMEM ? SOURCES_NO_MEMORY : SOURCES_BAD_KIND;
	}
	return SOURCES_OK;
}

unsigned sources_slots(const struct source_options *o)
{
	struct address literal;
	unsigned slots;

	if (o->kind != SOURCE_POOL || memchr(o->name, '\0', SOURCE_NAME) == NULL ||
		address_parse(o->name, &literal) == 0)
		return 1;
	slots = (unsigned)o->maxsources * 2;
	return slots < SOURCE_POOL_SLOTS ? slots : SOURCE_POOL_SLOTS;
}

enum sources_status registry_add(
	struct sources *r, const struct source_options *o, const char *file)
{
	struct source_entry *entry = calloc(1, sizeof(*entry));
	struct address literal = {ADDRESS_NONE, {0}};
	enum sources_status status;
	unsigned slots;
	size_t first = r->n;

	if (entry == NULL)
		return SOURCES_NO_MEMORY;
	entry->options = *o;
	source_options_clamp(&entry->options);
	if (file != NULL && text_copy(entry->file, sizeof(entry->file), file) < 0) {
		free(entry);
		return SOURCES_BAD_NAME;
	}
	entry_families(r, entry);
	if (memchr(o->name, '\0', SOURCE_NAME) != NULL)
		entry->named = address_parse(o->name, &literal) < 0;
	slots = sources_slots(&entry->options);
	status = check(r, entry, &literal, slots);
	if (status == SOURCES_OK && append_entry(r, entry) < 0)
		status = SOURCES_NO_MEMORY;
	if (status != SOURCES_OK) {
		free(entry);
		return status;
	}
	status = make_slots(r, entry, &literal, slots);
	if (status != SOURCES_OK)
		return status;
	log_added(r, r->all[first]);
	for (size_t i = first; i < r->n; i++)
		registry_tell_added(r->all[i]);
	for (size_t i = first; i < r->n; i++)
		member_start(r->all[i]);
	if (r->started && entry->named)
		resolve_kick(r);
	return SOURCES_OK;
}

enum sources_status sources_add(struct sources *r, const struct source_options *o)
{
	return registry_add(r, o, NULL);
}

enum sources_status sources_remove(struct sources *r, const struct address *a)
{
	struct source *s = sources_find(r, a);
	char text[SOURCE_NAME + ADDRESS_TEXT + 4];

	if (s == NULL)
		return SOURCES_NO_SUCH;
	source_text_long(s, text, sizeof(text));
	registry_drop(s);
	log_info(r->env->log, "Removed source %s", text);
	return SOURCES_OK;
}

void sources_start(struct sources *r)
{
	sources_reload(r);
	r->started = true;
	for (size_t i = 0; i < r->n; i++)
		member_start(r->all[i]);
	resolve_kick(r);
}

bool sources_deliver(struct sources *r, const struct kernel_message *m)
{
	struct source *s = sources_find(r, &m->peer.address);

	return s != NULL && s->instance != NULL && r->modules.protocol->deliver(s->instance, m);
}

void sources_sent(struct sources *r, const struct kernel_message *m)
{
	struct source *s = sources_find(r, &m->peer.address);

	if (s != NULL && s->instance != NULL)
		r->modules.protocol->sent(s->instance, m);
}
