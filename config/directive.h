/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives as a table: the word, what its values are and where they go, and what this build does
 * with it. One table per dialect; parser, messages and suggestions come from the same lines.
 */
#ifndef CONFIG_DIRECTIVE_H
#define CONFIG_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/option.h"
#include "config/settings.h"

struct config_reader;
struct directive_line;
struct log;
struct text;

/** What this build does with a directive. */
enum directive_standing {
	DIRECTIVE_USED,
	DIRECTIVE_OBSOLETE, /**< a warning: no daemon of today has it */
	DIRECTIVE_SILENT,   /**< ignored with all that follows */
};

/** The most values that a directive can have in its table. */
#define DIRECTIVE_VALUES 7

/** One directive. */
struct directive_rule {
	const char *word; /**< lower case; matched without regard to case */
	enum directive_standing standing;
	/** Reads the arguments; NULL: values says all. Returns 0 or what directive_fail() gives. */
	int (*read)(struct directive_line *l);
	/** Values in their order; ends with a NULL word. Offsets are of struct settings; those of a
	 * directive that is not DIRECTIVE_USED do not count. */
	struct option_rule values[DIRECTIVE_VALUES];
	size_t optional;   /**< so many of the last values may be left out */
	bool more;         /**< any words may follow */
	bool hidden;       /**< not printed by -p */
	const char *extra; /**< for read: what distinguishes directives of one function */
};

/** A directive with its arguments, being read. */
struct directive_line {
	const struct directive_rule *rule;
	const char *name;   /**< as it was typed */
	char *const *words; /**< arguments */
	size_t n;
	const char *origin; /**< "FILE:LINE" */
	struct settings *settings;
	const struct log *log;
	struct config_reader *reader; /**< for include */
	struct text *why;
};

/**
 * Finds the directive of words[0] in rules (which end with a NULL word) and applies it. l has all
 * but rule, name, words and n. Returns 0, -EINVAL with a message in why, or what read() gave.
 */
int directive_apply(
	const struct directive_rule *rules, struct directive_line *l, char *const *words, size_t n);

/** The rule of a word, or NULL. */
const struct directive_rule *directive_find(const struct directive_rule *rules, const char *word);

/** Writes "FILE:LINE: " and the message to why, without control characters. Returns -EINVAL. */
int directive_fail(struct directive_line *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** "Missing arguments for X directive" or "Too many arguments for X directive", or 0. */
int directive_count(struct directive_line *l, size_t least, size_t most);

/** The same as "Could not parse X directive": chronyd says no more of directives with a reader of
 * their own. */
int directive_count_plainly(struct directive_line *l, size_t least, size_t most);

/** Reads the first n arguments by rule->values; when n is all of them their number is checked. */
int directive_values(struct directive_line *l, size_t n);

/** Finds a word in a NULL-terminated list, case_matters or not. Returns its index, or -ENOENT. */
int directive_choice(const char *const *choices, const char *word, bool case_matters);

/** Appends ", did you mean ...?" for a word that is none of choices. */
void directive_suggest(struct text *why, const char *const *choices, const char *word);

#endif
