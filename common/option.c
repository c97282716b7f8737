/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads option words by their table.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/option.h"
#include "common/text.h"

const struct option_rule *option_find(const struct option_rule *rules, const char *word)
{
	for (; rules->word; rules++) {
		if (text_same_word(rules->word, word)) {
			return rules;
		}
	}
	return NULL;
}

bool option_has_value(const struct option_rule *rule)
{
	return rule->type != OPTION_FLAG && rule->type != OPTION_FLAG_OFF &&
	       rule->type != OPTION_BIT;
}

void option_explain_range(const struct option_rule *rule, struct text *why)
{
	if (rule->min <= -OPTION_ANY && rule->max >= OPTION_ANY) {
		return;
	}
	if (rule->max >= OPTION_ANY) {
		text_add(why, " (min %.10g)", rule->min);
		return;
	}
	text_add(why, rule->type == OPTION_OCTAL ? " (min %.0f, max octal " : " (min %.10g, max ",
		rule->min);
	if (rule->type == OPTION_OCTAL) {
		text_add(why, "%o)", (unsigned)rule->max);
	} else {
		text_add(why, "%.10g)", rule->max);
	}
}

/** Reads a number in [min, max] to a base of 8 or 16. Returns 0, -EINVAL or -ERANGE. */
static int parse_based(const char *s, unsigned base, double min, double max, uint32_t *ret)
{
	uint64_t v = 0;

	if (!*s) {
		return -EINVAL;
	}
	for (; *s; s++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = strchr(digits, *s);
		unsigned d = digit ? (unsigned)(digit - digits) % 16 : base;

		if (d >= base) {
			return -EINVAL;
		}
		v = v * base + d;
		if (v > UINT32_MAX) {
			return -ERANGE;
		}
	}
	if ((double)v < min || (double)v > max) {
		return -ERANGE;
	}
	*ret = (uint32_t)v;
	return 0;
}

/** Reads a reference ID of one to four printable characters, left-aligned. */
static int parse_refid(const char *s, uint32_t *ret)
{
	size_t n = strlen(s);
	uint32_t v = 0;

	if (n < 1 || n > 4) {
		return -EINVAL;
	}
	for (size_t i = 0; i < 4; i++) {
		v = v << 8 | (i < n ? (uint8_t)s[i] : 0U);
	}
	*ret = v;
	return 0;
}

/** Stores a value that is a number in target. */
static int store_number(const struct option_rule *rule, const char *value, void *field)
{
	long long whole;
	uint32_t word;
	double real;
	int r;

	switch (rule->type) {
	case OPTION_INT:
	case OPTION_U32:
		r = text_to_int(value, (long long)rule->min, (long long)rule->max, &whole);
		if (r == 0 && rule->type == OPTION_INT) {
			memcpy(field, &(int){(int)whole}, sizeof(int));
		} else if (r == 0) {
			memcpy(field, &(uint32_t){(uint32_t)whole}, sizeof(uint32_t));
		}
		return r;
	case OPTION_REAL:
		r = text_to_real(value, &real);
		if (r == 0 && (real < rule->min || real > rule->max)) {
			r = -ERANGE;
		}
		if (r == 0) {
			memcpy(field, &real, sizeof(real));
		}
		return r;
	default:
		r = parse_based(value, 8, rule->min, rule->max, &word);
		if (r == 0) {
			memcpy(field, &(int){(int)word}, sizeof(int));
		}
		return r;
	}
}

/** Sets the bits of the rule in an unsigned. */
static void store_bits(const struct option_rule *rule, void *field)
{
	unsigned bits;

	memcpy(&bits, field, sizeof(bits));
	bits |= (unsigned)rule->min;
	memcpy(field, &bits, sizeof(bits));
}

int option_store(const struct option_rule *rule, const char *value, void *field)
{
	uint32_t word;
	int r = 0;

	switch (rule->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_OFF:
		memcpy(field, &(bool){rule->type == OPTION_FLAG}, sizeof(bool));
		return 0;
	case OPTION_BIT:
		store_bits(rule, field);
		return 0;
	case OPTION_HEX_BIT:
		r = parse_based(value, 16, rule->max, rule->max, &word);
		if (r == 0) {
			store_bits(rule, field);
		}
		return r;
	case OPTION_TEXT:
		return text_copy(field, (size_t)rule->max, value);
	case OPTION_REFID:
		r = parse_refid(value, &word);
		if (r == 0) {
			memcpy(field, &word, sizeof(word));
		}
		return r;
	case OPTION_INT:
	case OPTION_U32:
	case OPTION_REAL:
	case OPTION_OCTAL:
		break;
	}
	return store_number(rule, value, field);
}

void option_explain(const struct option_rule *rule, const char *value, int error, struct text *why)
{
	text_add(why, "%s %s ", rule->word, value);
	switch (rule->type) {
	case OPTION_INT:
	case OPTION_U32:
	case OPTION_REAL:
	case OPTION_OCTAL:
		text_add(why, error == -ERANGE ? "is out of range" : "is not a number");
		option_explain_range(rule, why);
		break;
	case OPTION_TEXT:
		text_add(why, "is too long");
		break;
	case OPTION_REFID:
		text_add(why, "is not one to four characters");
		break;
	default:
		text_add(why, "is not known");
		break;
	}
}

/** Tries a value on every rule of the same word: a word with several known values has several. */
static int store_any(const struct option_rule *rule, const char *value, char *target)
{
	int error = option_store(rule, value, target + rule->offset);

	for (const struct option_rule *other = rule + 1; error < 0 && other->word; other++) {
		if (text_same_word(other->word, rule->word) &&
			option_store(other, value, target + other->offset) == 0) {
			error = 0;
		}
	}
	return error;
}

/** Reads the words into target, which may be left half written. */
static int parse_into(const struct option_rule *rules, char *target, char *const *words, size_t n,
	size_t *ret_at, struct text *why)
{
	for (size_t i = 0; i < n; i++) {
		const struct option_rule *rule = option_find(rules, words[i]);
		const char *value = NULL;
		int r;

		*ret_at = i;
		if (!rule) {
			struct text_nearest nearest = text_nearest_to(words[i]);

			for (rule = rules; rule->word; rule++) {
				text_nearest_offer(&nearest, rule->word);
			}
			text_add(why, "%s", words[i]);
			text_add_nearest(why, &nearest);
			return -ENOENT;
		}
		if (option_has_value(rule)) {
			if (i + 1 == n) {
				text_add(why, "%s needs a value", rule->word);
				option_explain_range(rule, why);
				return -EINVAL;
			}
			value = words[++i];
			*ret_at = i;
		}
		r = store_any(rule, value, target);
		if (r < 0) {
			option_explain(rule, value, r, why);
			return r;
		}
	}
	return 0;
}

int option_parse(const struct option_rule *rules, void *target, size_t target_size,
	char *const *words, size_t n, size_t *ret_at, struct text *why)
{
	size_t at = 0;
	char *copy = malloc(target_size);
	int r;

	if (!copy) {
		return -ENOMEM;
	}
	memcpy(copy, target, target_size);
	r = parse_into(rules, copy, words, n, &at, why);
	if (r == 0) {
		memcpy(target, copy, target_size);
	} else {
		*ret_at = at;
	}
	free(copy);
	return r;
}

/** Bytes of the field of a rule. */
static size_t field_size(const struct option_rule *rule)
{
	switch (rule->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_OFF:
		return sizeof(bool);
	case OPTION_INT:
	case OPTION_OCTAL:
		return sizeof(int);
	case OPTION_U32:
	case OPTION_REFID:
		return sizeof(uint32_t);
	case OPTION_REAL:
		return sizeof(double);
	case OPTION_BIT:
	case OPTION_HEX_BIT:
		return sizeof(unsigned);
	case OPTION_TEXT:
		break;
	}
	return (size_t)rule->max;
}

bool option_same_value(const struct option_rule *rule, const void *a, const void *b)
{
	const char *x = (const char *)a + rule->offset, *y = (const char *)b + rule->offset;

	/* What lies behind the end of a text is of no meaning. */
	return rule->type == OPTION_TEXT ? strcmp(x, y) == 0 : memcmp(x, y, field_size(rule)) == 0;
}

bool option_same(const struct option_rule *rules, const void *a, const void *b)
{
	for (; rules->word; rules++) {
		if (!option_same_value(rules, a, b)) {
			return false;
		}
	}
	return true;
}

void option_copy_value(const struct option_rule *rule, void *to, const void *from)
{
	memcpy((char *)to + rule->offset, (const char *)from + rule->offset, field_size(rule));
}
