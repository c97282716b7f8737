/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applies a directive by its table.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/directive.h"

/** Room for a reason inside a message. */
#define REASON_TEXT 256

int directive_fail(struct directive_line *l, const char *format, ...)
{
	va_list ap;

	text_add(l->why, "%s: ", l->origin);
	va_start(ap, format);
	text_addv(l->why, format, ap);
	va_end(ap);
	/* What was typed is repeated in the message: it must not command a terminal. */
	text_tame(l->why->s);
	return -EINVAL;
}

int directive_count(struct directive_line *l, size_t least, size_t most)
{
	if (l->n < least) {
		return directive_fail(l, "Missing arguments for %s directive", l->name);
	}
	if (l->n > most) {
		return directive_fail(
			l, "Too many arguments for %s directive: %s", l->name, l->words[most]);
	}
	return 0;
}

int directive_count_plainly(struct directive_line *l, size_t least, size_t most)
{
	if (l->n < least) {
		return directive_fail(
			l, "Could not parse %s directive: it needs more arguments", l->name);
	}
	if (l->n > most) {
		return directive_fail(l, "Could not parse %s directive: %s is one word too many",
			l->name, l->words[most]);
	}
	return 0;
}

int directive_choice(const char *const *choices, const char *word, bool case_matters)
{
	for (int i = 0; choices[i]; i++) {
		if (case_matters ? strcmp(choices[i], word) == 0
				 : text_same_word(choices[i], word)) {
			return i;
		}
	}
	return -ENOENT;
}

void directive_suggest(struct text *why, const char *const *choices, const char *word)
{
	struct text_nearest nearest = text_nearest_to(word);

	for (; *choices; choices++) {
		text_nearest_offer(&nearest, *choices);
	}
	text_add_nearest(why, &nearest);
}

/** The longest value that is looked at for a number at its beginning. */
#define NUMBER_TEXT 64

/**
 * Reads a number as chronyd does, which takes what begins a word and any sign: what it started with
 * must not keep us from starting. What cannot be meant becomes the nearest that can, and is told.
 * Returns 0 or -EINVAL.
 */
static int store_loosely(
	struct directive_line *l, const struct option_rule *rule, const char *value, void *field)
{
	char number[NUMBER_TEXT], taken[NUMBER_TEXT];
	struct text t = text_on(taken, sizeof(taken));
	double v = 0;
	int r = text_copy(number, sizeof(number), value);

	for (size_t n = strlen(value); r == 0 && n > 0; n--) {
		number[n] = '\0';
		if (text_to_real(number, &v) == 0) {
			break;
		}
		r = n > 1 ? 0 : -EINVAL;
	}
	if (r < 0 || !value[0]) {
		return -EINVAL;
	}
	v = v < rule->min ? rule->min : v > rule->max ? rule->max : v;
	memcpy(field, &v, sizeof(v));
	option_write_real(v, &t);
	log_warning(l->log, "%s: Value %s in %s directive is taken as %s", l->origin, value,
		l->name, taken);
	return 0;
}

/** Reads one value of the table. */
static int read_value(struct directive_line *l, const struct option_rule *rule, const char *value)
{
	/* Values of a directive that is not used are checked all the same. */
	char nowhere[SETTINGS_PATH];
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));
	bool used = l->rule->standing == DIRECTIVE_USED;
	void *field = used ? (char *)l->settings + rule->offset : nowhere;
	int r = option_store(rule, value, field);

	if (r < 0 && value && rule->type == OPTION_REAL &&
		store_loosely(l, rule, value, field) == 0) {
		return 0;
	}
	if (r == -ERANGE) {
		option_explain_range(rule, &t);
		return directive_fail(
			l, "Invalid value %s in %s directive%s", value, l->name, reason);
	}
	if (r < 0) {
		option_explain(rule, value, r, &t);
		return directive_fail(l, "Could not parse %s directive: %s", l->name, reason);
	}
	return 0;
}

int directive_values(struct directive_line *l, size_t n)
{
	const struct option_rule *values = l->rule->values;
	size_t known = 0;
	int r;

	if (values[0].word && !option_has_value(&values[0])) {
		r = directive_count(l, 0, 0);
		return r < 0 ? r : read_value(l, &values[0], NULL);
	}
	while (values[known].word) {
		known++;
	}
	r = directive_count(l, known - l->rule->optional, l->rule->more || n < l->n ? l->n : known);
	for (size_t i = 0; r == 0 && i < n && i < known; i++) {
		r = read_value(l, &values[i], l->words[i]);
	}
	return r;
}

/** What happens to a directive that was read without an error. */
static void conclude(struct directive_line *l)
{
	switch (l->rule->standing) {
	case DIRECTIVE_OBSOLETE:
		log_warning(l->log, "%s: %s directive is no longer supported", l->origin,
			l->rule->word);
		break;
	case DIRECTIVE_USED:
	case DIRECTIVE_SILENT:
		break;
	}
}

/** The complaint about a word that is no directive. */
static int unknown(const struct directive_rule *rules, struct directive_line *l)
{
	struct text_nearest nearest = text_nearest_to(l->name);
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));

	for (; rules->word; rules++) {
		text_nearest_offer(&nearest, rules->word);
	}
	text_add_nearest(&t, &nearest);
	return directive_fail(l, "Invalid directive %s%s", l->name, reason);
}

const struct directive_rule *directive_find(const struct directive_rule *rules, const char *word)
{
	for (; rules->word; rules++) {
		if (text_same_word(rules->word, word)) {
			return rules;
		}
	}
	return NULL;
}

int directive_apply(
	const struct directive_rule *rules, struct directive_line *l, char *const *words, size_t n)
{
	int r;

	l->name = words[0];
	l->words = words + 1;
	l->n = n - 1;
	l->rule = directive_find(rules, l->name);
	if (!l->rule) {
		return unknown(rules, l);
	}
	r = l->rule->read ? l->rule->read(l) : directive_values(l, l->n);
	if (r == 0) {
		conclude(l);
	}
	return r;
}
