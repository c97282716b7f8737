/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What others may know of one source.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "daemon/source/internal.h"

const struct address *source_address(const struct source *s)
{
	return &s->address;
}

const char *source_name(const struct source *s)
{
	return s->options.name;
}

uint32_t source_refid(const struct source *s)
{
	return s->refclock != NULL ? s->refclock->refid : address_refid(&s->address);
}

void source_text(const struct source *s, char *ret, size_t n)
{
	uint32_t id = source_refid(s);
	char name[5] = {(char)(id >> 24), (char)(id >> 16), (char)(id >> 8), (char)id, '\0'};

	if (s->refclock != NULL && s->refclock->settings.fudge.type != 0)
		snprintf(ret, n, "%s(%d)", s->refclock->settings.fudge.name,
			s->refclock->settings.fudge.unit);
	else if (s->refclock != NULL)
		snprintf(ret, n, "%s", name);
	else
		address_format(&s->address, ret, n);
}

void source_text_long(const struct source *s, char *ret, size_t n)
{
	char text[ADDRESS_TEXT];

	source_text(s, text, sizeof(text));
	if (s->options.name[0] == '\0' || strcmp(text, s->options.name) == 0)
		snprintf(ret, n, "%s", text);
	else
		snprintf(ret, n, "%s (%s)", text, s->options.name);
}

enum report_mode source_mode(const struct source *s)
{
	if (s->refclock != NULL)
		return REPORT_MODE_REFCLOCK;
	return s->options.kind == SOURCE_PEER ? REPORT_MODE_PEER : REPORT_MODE_CLIENT;
}

unsigned source_reach(const struct source *s)
{
	return s->reach;
}

unsigned source_reach_updates(const struct source *s)
{
	return s->reach_updates;
}

unsigned source_unreachable_runs(const struct source *s)
{
	return s->unreachable_runs;
}

bool source_active(const struct source *s)
{
	if (s->refclock != NULL)
		return true;
	return s->instance != NULL &&
	       s->registry->modules.protocol->activity(s->instance) != PROTOCOL_OFFLINE;
}

bool source_authenticated(const struct source *s)
{
	return s->refclock == NULL && (s->options.key != 0 || s->options.nts);
}

unsigned source_select_options(const struct source *s)
{
	return s->options.select;
}

int source_poll(const struct source *s)
{
	if (s->refclock != NULL)
		return s->refclock->poll;
	if (s->instance != NULL)
		return s->registry->modules.protocol->poll(s->instance);
	return s->options.minpoll > 0 ? s->options.minpoll : 0;
}

bool source_has_news(const struct source *s)
{
	return s->news;
}

void source_seen(struct source *s)
{
	s->news = false;
}

double source_stress(const struct source *s)
{
	return s->stress;
}

const struct track *source_track(const struct source *s)
{
	return s->track;
}

const struct source_options *source_get_options(const struct source *s)
{
	return &s->options;
}

struct source_select_memory *source_select_memory(struct source *s)
{
	return &s->memory;
}

struct source_event_memory *source_event_memory(struct source *s)
{
	return &s->events;
}

const struct source_event_memory *source_events(const struct source *s)
{
	return &s->events;
}

uint16_t source_association(const struct source *s)
{
	return s->association;
}

void source_set_state(struct source *s, char letter)
{
	s->state = letter;
}

char source_state(const struct source *s)
{
	return s->state;
}

enum leap source_leap(const struct source *s)
{
	struct track_figures f;

	if (s->leap != LEAP_UNSYNCHRONISED)
		return s->leap;
	track_get_figures(s->track, &f);
	return f.samples > 0 ? f.last.leap : LEAP_UNSYNCHRONISED;
}

void source_bad_selection(struct sources *r, struct source *s)
{
	(void)r;
	pool_replace(s);
}

/** The source that a command names by address, or a reference clock by its ID. */
static struct source *find(struct sources *r, const struct address *a, uint32_t refid)
{
	if (a->family != ADDRESS_NONE)
		return sources_find(r, a);
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->refclock != NULL && r->all[i]->refclock->refid == refid)
			return r->all[i];
	return NULL;
}

struct source_options *sources_options(struct sources *r, const struct address *a)
{
	struct source *s = sources_find(r, a);

	return s != NULL ? &s->options : NULL;
}

unsigned *sources_select_options(struct sources *r, const struct address *a, uint32_t refid)
{
	struct source *s = find(r, a, refid);

	return s != NULL ? &s->options.select : NULL;
}

bool source_is_spare(const struct source *s)
{
	const struct sources *r = s->registry;

	if (s->entry == NULL || s->options.kind != SOURCE_POOL || s->instance != NULL)
		return false;
	for (size_t i = 0; i < r->n && r->all[i] != s; i++)
		if (r->all[i]->entry == s->entry && r->all[i]->instance == NULL)
			return true;
	return false;
}

double *sources_offset(struct sources *r, const struct address *a, uint32_t refid)
{
	struct source *s = find(r, a, refid);

	return s != NULL ? &s->options.offset : NULL;
}
