/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes options by their table, so that reading them gives the same values.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "common/option.h"
#include "common/text.h"

/** Writes the characters of a reference ID; zero octets at the end are none. */
static void write_refid(uint32_t id, struct text *t)
{
	for (; id != 0; id <<= 8) {
		text_add(t, "%c", (int)(id >> 24));
	}
}

/** Whether a reference ID has only characters that can stand in a line. */
static bool is_writable(uint32_t id)
{
	for (; id != 0; id <<= 8) {
		if (id >> 24 <= ' ' || id >> 24 > '~') {
			return false;
		}
	}
	return true;
}

/** Whether what the rule is about is written: it is not the same at both fields. */
static bool is_said(const struct option_rule *rule, const char *field, const char *otherwise)
{
	uint32_t a, b;

	switch (rule->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_OFF:
		return *(const bool *)field != *(const bool *)otherwise;
	case OPTION_TEXT:
		return strcmp(field, otherwise) != 0;
	case OPTION_REAL:
		return memcmp(field, otherwise, sizeof(double)) != 0;
	default:
		break;
	}
	memcpy(&a, field, sizeof(a));
	memcpy(&b, otherwise, sizeof(b));
	if (rule->type == OPTION_BIT || rule->type == OPTION_HEX_BIT) {
		return ((a ^ b) & (unsigned)rule->min) != 0;
	}
	return a != b && (rule->type != OPTION_REFID || is_writable(a));
}

void option_write_real(double v, struct text *t)
{
	char buffer[32];
	struct text shorter = text_on(buffer, sizeof(buffer));
	double again;

	text_add(&shorter, "%.15g", v);
	if (text_to_real(buffer, &again) == 0 && again == v) {
		text_add(t, "%s", buffer);
	} else {
		text_add(t, "%.17g", v);
	}
}

void option_write_value(const struct option_rule *rule, const void *field, struct text *t)
{
	double real;
	uint32_t u32;

	switch (rule->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_OFF:
	case OPTION_BIT:
		return;
	case OPTION_TEXT:
		text_add(t, " %s", (const char *)field);
		return;
	case OPTION_REAL:
		memcpy(&real, field, sizeof(real));
		text_add(t, " ");
		option_write_real(real, t);
		return;
	case OPTION_HEX_BIT:
		text_add(t, " %X", (unsigned)rule->max);
		return;
	default:
		break;
	}
	memcpy(&u32, field, sizeof(u32));
	if (rule->type == OPTION_INT) {
		text_add(t, " %d", (int)u32);
	} else if (rule->type == OPTION_REFID) {
		text_add(t, " ");
		write_refid(u32, t);
	} else {
		text_add(t, rule->type == OPTION_OCTAL ? " %o" : " %u", (unsigned)u32);
	}
}

void option_write(
	const struct option_rule *rules, const void *target, const void *otherwise, struct text *t)
{
	for (const struct option_rule *r = rules; r->word; r++) {
		const char *field = (const char *)target + r->offset;

		if (!is_said(r, field, (const char *)otherwise + r->offset)) {
			continue;
		}
		/* Of two words for one bit the first is enough. */
		if (r > rules && r->type == OPTION_HEX_BIT && r[-1].type == OPTION_HEX_BIT &&
			r[-1].offset == r->offset && r[-1].min >= r->min && r[-1].min <= r->min) {
			continue;
		}
		text_add(t, " %s", r->word);
		option_write_value(r, field, t);
	}
}
