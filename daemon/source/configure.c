/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another configuration while sources are polled: what is unchanged keeps its state, and what can
 * be changed in place is.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/refclock_options.h"
#include "daemon/source/internal.h"

/** Options that are read anew at each use (protocol.h), or whose change is acted on here. */
static const char *const in_place[] = {"asymmetry", "auto_offline", "burst", "filter", "iburst",
	"maxdelay", "maxdelaydevratio", "maxdelayquant", "maxdelayratio", "maxntsretry", "maxpoll",
	"maxsamples", "maxunreach", "mindelay", "minpoll", "minsamples", "minstratum", "noselect",
	"offline", "offset", "polltarget", "prefer", "presend", "require", "trust", NULL};

/** The work on two lists of lines. */
struct change {
	struct sources *r;
	const struct settings_source *was, *now;
	size_t n_was, n_now;
	bool *taken; /**< of each line of now: it has its source */
};

static bool is_in_place(const char *word)
{
	for (size_t i = 0; in_place[i] != NULL; i++)
		if (strcmp(in_place[i], word) == 0)
			return true;
	return false;
}

/** Whether all that is different between two lines of one source can change in place. */
static bool can_change(const struct source_options *a, const struct source_options *b)
{
	for (const struct option_rule *o = source_option_rules; o->word != NULL; o++)
		if (!option_same_value(o, a, b) && !is_in_place(o->word))
			return false;
	return true;
}

/** The entry that a line made, or NULL. */
static struct source_entry *entry_of(const struct sources *r, const struct source_options *o)
{
	struct source_options used = *o;

	source_options_clamp(&used);
	for (size_t i = 0; i < r->n_entries; i++)
		if (r->entries[i]->file[0] == '\0' &&
			reload_says_same(&r->entries[i]->options, &used))
			return r->entries[i];
	return NULL;
}

/** Gives a source the options that changed; those that commands changed stay as they are. */
static void change_source(
	struct source *s, const struct source_options *was, const struct source_options *now)
{
	bool online = s->options.online;

	for (const struct option_rule *o = source_option_rules; o->word != NULL; o++)
		if (!option_same_value(o, was, now))
			option_copy_value(o, &s->options, now);
	source_options_clamp(&s->options);
	if (was->filter != now->filter)
		median_resize(s);
	if (was->minsamples != now->minsamples || was->maxsamples != now->maxsamples)
		member_limit_samples(s);
	if (s->instance != NULL && was->online != now->online && online != s->options.online)
		s->registry->modules.protocol->online(s->instance, s->options.online);
}

static void change_entry(
	struct sources *r, struct source_entry *e, const struct source_options *now)
{
	struct source_options was = e->options, used = *now;

	source_options_clamp(&used);
	e->options = used;
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->entry == e)
			change_source(r->all[i], &was, &used);
	log_info(r->env->log, "Changed options of source %s", e->options.name);
}

/** The first line of now without a source that says the same as o, or else (exactly false) is of
 * the same name and kind. n_now: there is none. */
static size_t find_line(const struct change *c, const struct source_options *o, bool exactly)
{
	for (size_t i = 0; i < c->n_now; i++) {
		const struct source_options *now = &c->now[i].options;

		if (c->taken[i])
			continue;
		if (exactly ? reload_says_same(o, now)
			    : o->kind == now->kind && strcmp(o->name, now->name) == 0)
			return i;
	}
	return c->n_now;
}

/** Does what has become of one line that was there before and is no longer as it was. */
static void follow_line(struct change *c, const struct source_options *was)
{
	struct source_entry *e = entry_of(c->r, was);
	size_t i;

	if (e == NULL)
		return;
	i = find_line(c, was, false);
	if (i < c->n_now && can_change(was, &c->now[i].options)) {
		change_entry(c->r, e, &c->now[i].options);
		c->taken[i] = true;
		return;
	}
	reload_remove(c->r, e);
}

static void add_lines(struct change *c)
{
	for (size_t i = 0; i < c->n_now; i++) {
		const struct source_options *o = &c->now[i].options;
		enum sources_status status;

		if (c->taken[i])
			continue;
		status = registry_add(c->r, o, NULL);
		if (status != SOURCES_OK)
			log_error(c->r->env->log, "Could not add source %s : %s", o->name,
				reload_reason(status));
	}
}

/** Notes which lines are there again as they were; gone: of each line of was, whether it is not. */
static void keep_lines(struct change *c, bool *gone)
{
	for (size_t i = 0; i < c->n_was; i++) {
		size_t j = find_line(c, &c->was[i].options, true);

		gone[i] = j == c->n_now;
		/* One that a command removed is added again. */
		if (!gone[i])
			c->taken[j] = entry_of(c->r, &c->was[i].options) != NULL;
	}
}

void sources_configure(struct sources *r, const struct settings_source *was, size_t n_was,
	const struct settings_source *now, size_t n_now)
{
	struct change c = {r, was, now, n_was, n_now, calloc(n_now + 1, sizeof(bool))};
	bool *gone = calloc(n_was + 1, sizeof(*gone));

	if (c.taken != NULL && gone != NULL) {
		keep_lines(&c, gone);
		for (size_t i = 0; i < n_was; i++)
			if (gone[i])
				follow_line(&c, &was[i].options);
		add_lines(&c);
	} else {
		log_error(r->env->log, "Could not change sources : Out of memory");
	}
	free(gone);
	free(c.taken);
}

/** Whether this was said of a clock: one of ntp.conf is known by its number and unit. */
static bool is_said_of(const struct settings_refclock *said, const struct source_refclock *clock)
{
	const struct settings_fudge *f = &clock->settings.fudge;
	struct settings_refclock used = *said;

	if (f->type != 0)
		return f->type == said->fudge.type && f->unit == said->fudge.unit;
	if (used.filter > MEDIAN_MAX)
		used.filter = MEDIAN_MAX;
	return refclock_says_same(&clock->settings, &used);
}

/** The reference clock of which this was said, or NULL. */
static struct source *clock_of(const struct sources *r, const struct settings_refclock *said)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->all[i]->refclock != NULL && is_said_of(said, r->all[i]->refclock))
			return r->all[i];
	return NULL;
}

void sources_remove_refclock(struct sources *r, const struct settings_refclock *settings)
{
	struct source *s = clock_of(r, settings);
	char text[SOURCE_NAME];

	if (s == NULL)
		return;
	source_text(s, text, sizeof(text));
	registry_drop(s);
	log_info(r->env->log, "Removed source %s", text);
}

void sources_change_refclock(
	struct sources *r, const struct settings_refclock *was, const struct settings_refclock *now)
{
	struct source *s = clock_of(r, was);

	if (s != NULL)
		refclock_change(s, now);
}

void sources_limit_samples(struct sources *r)
{
	for (size_t i = 0; i < r->n; i++)
		member_limit_samples(r->all[i]);
}
