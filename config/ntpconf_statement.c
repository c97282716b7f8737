/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a statement of ntp.conf word by word, and complaining of it.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/ntpconf_parse.h"

/** Room for the longest struct that ntpconf_take_fields() fills. */
#define FIELDS_ROOM 256

void ntpconf_place(struct ntpconf *c, const char *file, int line)
{
	char origin[SETTINGS_PATH];
	struct text t = text_on(origin, sizeof(origin));

	if (c->watch) {
		text_add(&t, "%s:%d", file, line);
		c->watch->begin(c->watch->arg, origin);
	}
}

void ntpconf_complain(struct ntpconf *c, const char *file, int line, size_t column,
	const struct text_nearest *nearest)
{
	char suggestion[LOG_MESSAGE] = "";
	struct text t = text_on(suggestion, sizeof(suggestion));

	c->errors++;
	if (!c->watch) {
		log_error(c->log, "CONFIG: line %d column %zu syntax error", line, column);
		log_error(c->log, "CONFIG: syntax error in %s line %d, column %zu", file, line,
			column);
		return;
	}
	if (nearest) {
		text_add(&t, ": %s", nearest->typed);
		text_add_nearest(&t, nearest);
	}
	ntpconf_place(c, file, line);
	log_error(c->log, "syntax error at column %zu%s", column, suggestion);
}

const struct ntpconf_word *ntpconf_peek(const struct ntpconf_cursor *u)
{
	return u->at < u->s->line.n ? &u->s->line.words[u->at] : NULL;
}

bool ntpconf_take(struct ntpconf_cursor *u, const char *keyword)
{
	const struct ntpconf_word *w = ntpconf_peek(u);

	if (!w || w->quoted || strcmp(w->text, keyword) != 0) {
		return false;
	}
	u->at++;
	return true;
}

int ntpconf_syntax(struct ntpconf_cursor *u)
{
	const struct ntpconf_word *w = ntpconf_peek(u);
	size_t column = w ? w->column : u->s->line.end;
	struct text_nearest typed = text_nearest_to(w ? w->text : "");

	ntpconf_complain(u->c, u->s->file, u->s->number, column, w ? &typed : NULL);
	return -EINVAL;
}

void ntpconf_fault(struct ntpconf_cursor *u, const char *what)
{
	const struct ntpconf_statement *s = u->s;
	size_t column = s->line.words[u->at - 1].column;

	u->c->errors++;
	if (u->c->watch) {
		ntpconf_place(u->c, s->file, s->number);
		log_error(u->c->log, "%s: %s", s->line.words[u->at - 1].text, what);
		return;
	}
	log_error(u->c->log, "CONFIG: line %d column %zu %s", s->number, column, what);
}

const char *ntpconf_take_text(struct ntpconf_cursor *u)
{
	const struct ntpconf_word *w = ntpconf_peek(u);

	if (!w || w->mark) {
		ntpconf_syntax(u);
		return NULL;
	}
	u->at++;
	return w->text;
}

int ntpconf_take_int(struct ntpconf_cursor *u, long long min, long long max, int *ret)
{
	const struct ntpconf_word *w = ntpconf_peek(u);
	long long v = 0;
	int r = w ? ntpconf_int(w, &v) : -EINVAL;

	if (r == -ERANGE) {
		text_add(u->c->why, "CONFIG: Integer cannot be represented: %s", w->text);
		return r;
	}
	if (r < 0 || v < min || v > max) {
		return ntpconf_syntax(u);
	}
	u->at++;
	*ret = (int)v;
	return 0;
}

int ntpconf_take_real(struct ntpconf_cursor *u, double *ret)
{
	const struct ntpconf_word *w = ntpconf_peek(u);

	if (!w || ntpconf_real(w, ret) < 0) {
		return ntpconf_syntax(u);
	}
	u->at++;
	return 0;
}

int ntpconf_take_bool(struct ntpconf_cursor *u, bool *ret)
{
	int v, r;

	if (ntpconf_take(u, "true")) {
		*ret = true;
		return 0;
	}
	r = ntpconf_take_int(u, 0, 0xffffffff, &v);
	if (r < 0) {
		return r;
	}
	if (v != 0 && v != 1) {
		ntpconf_fault(u, "Integer value is not boolean (0 or 1). Assuming 1");
	}
	*ret = v != 0;
	return 0;
}

int ntpconf_done(struct ntpconf_cursor *u)
{
	return ntpconf_peek(u) ? ntpconf_syntax(u) : 0;
}

void ntpconf_note(struct ntpconf *c, const struct ntpconf_statement *s, const char *format, ...)
{
	char message[LOG_MESSAGE];
	struct text t = text_on(message, sizeof(message));
	va_list ap;

	if (!c->watch) {
		text_add(&t, "CONFIG: %s line %d: ", s->file, s->number);
	}
	va_start(ap, format);
	text_addv(&t, format, ap);
	va_end(ap);
	log_warning(c->log, "%s", message);
}

int ntpconf_go_on(int error)
{
	return error == -ENOMEM || error == -ERANGE ? error : 0;
}

static const struct ntpconf_field *find(const struct ntpconf_field *fields, const char *word)
{
	for (; fields->word; fields++) {
		if (strcmp(fields->word, word) == 0) {
			return fields;
		}
	}
	return NULL;
}

/** "CONFIG: FILE line L: tos minclock is accepted and has no effect". */
static void tell_idle(const struct ntpconf_cursor *u, const struct ntpconf_field *f)
{
	const struct ntpconf_statement *s = u->s;

	log_info(u->c->log, "CONFIG: %s line %d: %s %s is accepted and has no effect", s->file,
		s->number, s->rule->word, f->word);
}

/** Takes the number of a field into the struct at p. */
static int take_field(struct ntpconf_cursor *u, const struct ntpconf_field *f, char *p)
{
	double v = 0.0;
	int r;

	if (f->idle) {
		tell_idle(u, f);
	}
	if (f->type == NTPCONF_FIELD_INT) {
		return ntpconf_take_int(
			u, (long long)f->min, (long long)f->max, (int *)(void *)(p + f->offset));
	}
	r = ntpconf_take_real(u, &v);
	if (r < 0) {
		return r;
	}
	if (f->type == NTPCONF_FIELD_INERT) {
		ntpconf_note(u->c, u->s, "%s %s is accepted and has no effect", u->s->rule->word,
			f->word);
		return 0;
	}
	if (v < f->min || v > f->max) {
		u->at--;
		return ntpconf_syntax(u);
	}
	*(double *)(void *)(p + f->offset) = v;
	return 0;
}

/** The complaint about a word that is none of the fields. */
static int complain_of_field(
	struct ntpconf_cursor *u, const struct ntpconf_field *fields, const struct ntpconf_word *w)
{
	struct text_nearest nearest = text_nearest_to(w->text);

	for (; fields->word; fields++) {
		text_nearest_offer(&nearest, fields->word);
	}
	ntpconf_complain(u->c, u->s->file, u->s->number, w->column, &nearest);
	return -EINVAL;
}

int ntpconf_take_fields(
	struct ntpconf_cursor *u, const struct ntpconf_field *fields, void *target, size_t size)
{
	/* Aligned for all that the fields are. */
	double copy[FIELDS_ROOM / sizeof(double)];
	const struct ntpconf_word *w;
	int r = 0;

	if (size > sizeof(copy) || !ntpconf_peek(u)) {
		return ntpconf_syntax(u);
	}
	memcpy(copy, target, size);
	while (r == 0 && (w = ntpconf_peek(u)) != NULL) {
		const struct ntpconf_field *f = w->quoted ? NULL : find(fields, w->text);

		if (!f) {
			return complain_of_field(u, fields, w);
		}
		u->at++;
		r = take_field(u, f, (char *)copy);
	}
	if (r == 0) {
		memcpy(target, copy, size);
	}
	return r;
}
