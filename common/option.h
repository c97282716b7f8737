/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Option words with their type, range and unit, as tables: the parsers of both configuration
 * dialects, the client's `add`, the messages and the manual all read the same lines.
 */
#ifndef COMMON_OPTION_H
#define COMMON_OPTION_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

struct text;

/** What follows an option word and where its value is stored. */
enum option_type {
	OPTION_FLAG,     /**< no value; stores true in a bool */
	OPTION_FLAG_OFF, /**< no value; stores false in a bool */
	OPTION_INT,      /**< a whole number in an int */
	OPTION_U32,      /**< a whole number in a uint32_t */
	OPTION_REAL,     /**< a number in a double */
	OPTION_TEXT,     /**< one word in a char[] of `max` bytes */
	OPTION_BIT,      /**< no value; sets the bits of `min` in an unsigned */
	OPTION_HEX_BIT,  /**< value is the hexadecimal number `max`; sets the bits of `min` in an
			    unsigned. A word with several known values has several rules. */
	OPTION_REFID,    /**< one to four characters in a uint32_t, left-aligned */
	OPTION_OCTAL,    /**< an octal number in an int */
};

/** min = -OPTION_ANY and max = OPTION_ANY: every finite number. */
#define OPTION_ANY DBL_MAX

/** One option word. */
struct option_rule {
	const char *word; /**< lower case; matched without regard to case */
	enum option_type type;
	size_t offset;    /**< of the field in the target structure */
	double min, max;  /**< range of a number; see the types for other uses */
	const char *unit; /**< unit and meaning in a few words, for messages and the manual */
};

/**
 * Reads options word by word into target. rules ends with a NULL word. Nothing is written to target
 * unless all words are good.
 *
 * Returns 0. -ENOENT for a word that is no option, -EINVAL for a value that is missing or
 * malformed, -ERANGE for a number out of its range, -ENAMETOOLONG for a text: then *ret_at is the
 * index of the word at fault and a reason is appended to why, which names the word, what is wrong
 * with it, and the nearest known word. -ENOMEM.
 */
int option_parse(const struct option_rule *rules, void *target, size_t target_size,
	char *const *words, size_t n, size_t *ret_at, struct text *why);

/**
 * Stores one value (NULL for a rule without one) in its field, which is left as it was when the
 * value is bad. Returns 0, -EINVAL, -ERANGE or -ENAMETOOLONG.
 */
int option_store(const struct option_rule *rule, const char *value, void *field);

/** Appends "WORD VALUE is ...": why option_store() returned error. */
void option_explain(const struct option_rule *rule, const char *value, int error, struct text *why);

/** Appends " (min A, max B)" unless every number is good. */
void option_explain_range(const struct option_rule *rule, struct text *why);

/** True when a value follows the word. */
bool option_has_value(const struct option_rule *rule);

/** Appends " WORD VALUE" for each option of target that is not as in otherwise, in the order of the
 * table. A reference ID that is no text is left out. */
void option_write(
	const struct option_rule *rules, const void *target, const void *otherwise, struct text *t);

/** Whether the field of a rule is the same in two structures. */
bool option_same_value(const struct option_rule *rule, const void *a, const void *b);

/** Whether the fields of all rules are the same in two structures. */
bool option_same(const struct option_rule *rules, const void *a, const void *b);

/** Copies the field of a rule from one structure to another. */
void option_copy_value(const struct option_rule *rule, void *to, const void *from);

/** Appends " VALUE", or nothing for a rule without one. */
void option_write_value(const struct option_rule *rule, const void *field, struct text *t);

/** Appends a number with as many digits as it needs to be read as the same. */
void option_write_real(double v, struct text *t);

/** The (first) rule of a word, or NULL. */
const struct option_rule *option_find(const struct option_rule *rules, const char *word);

#endif
