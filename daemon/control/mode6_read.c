/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading status and variables. */
#include "config.h"

#include <errno.h>

#include "daemon/control/mode6.h"
#include "daemon/discipline/events.h"
#include "daemon/source/source.h"

struct source *mode6_source(const struct mode6 *m, uint16_t association)
{
	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		struct source *s = sources_at(m->env->sources, i);

		if (association != 0 && source_association(s) == association)
			return s;
	}
	return NULL;
}

static void put_word(struct mode6_text *t, uint16_t word)
{
	t->s[t->n++] = (char)(word >> 8);
	t->s[t->n++] = (char)(word & 0xff);
}

/* All associations with their status words. */
static int read_associations(struct mode6_call *c)
{
	const struct mode6 *m = c->m;

	c->status = events_system_word(m->env->events);
	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		const struct source *s = sources_at(m->env->sources, i);

		if (source_is_spare(s))
			continue;
		if (mode6_text_left(&c->text) < 4)
			break;
		put_word(&c->text, source_association(s));
		put_word(&c->text, events_peer_word(s));
	}
	return MODE6_FINE;
}

/* Variables of the source that the call names. */
static int read_peer(struct mode6_call *c, struct span names)
{
	struct source *s = mode6_source(c->m, c->q->association);

	if (s == NULL)
		return MODE6_BAD_ASSOCIATION;
	c->status = events_peer_word(s);
	if (c->authenticated)
		events_seen(s);
	if (mode6_put_peer(c->m, s, names, &c->text) < 0)
		return MODE6_UNKNOWN_VARIABLE;
	mode6_text_end(&c->text);
	return MODE6_FINE;
}

int mode6_read_status(struct mode6_call *c)
{
	if (c->q->association == 0)
		return read_associations(c);
	return read_peer(c, (struct span){NULL, 0});
}

int mode6_read_variables(struct mode6_call *c)
{
	if (c->q->association != 0)
		return read_peer(c, c->q->data);
	c->status = events_system_word(c->m->env->events);
	if (mode6_put_system(c->m, c->q->data, &c->text) < 0)
		return MODE6_UNKNOWN_VARIABLE;
	mode6_text_end(&c->text);
	return MODE6_FINE;
}

int mode6_read_clock(struct mode6_call *c)
{
	const struct source *s = c->q->association == 0 ? events_system_peer(c->m->env->events)
							: mode6_source(c->m, c->q->association);
	int r = s != NULL ? mode6_put_clock(c->m, s, c->q->data, &c->text) : -EINVAL;

	if (r == -EINVAL)
		return MODE6_BAD_ASSOCIATION;
	if (r < 0)
		return MODE6_UNKNOWN_VARIABLE;
	c->status = events_clock_word(s);
	mode6_text_end(&c->text);
	return MODE6_FINE;
}
