/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JSON writer.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"

/** Room for any number. */
#define NUMBER_TEXT 40

struct json json_on(void (*out)(void *arg, const char *p, size_t n), void *arg)
{
	return (struct json){.out = out, .arg = arg};
}

void json_to_text(void *text, const char *p, size_t n)
{
	text_add(text, "%.*s", (int)n, p);
}

static void put(struct json *j, const char *s)
{
	j->out(j->arg, s, strlen(s));
}

/** Length of the UTF-8 character at s, or 0 when there is none (RFC 3629 4). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n;

	if (s[0] < 0x80) {
		return 1;
	}
	if (s[0] < 0xc2 || s[0] > 0xf4) {
		return 0;
	}
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	/* Too long for what they say, surrogates, and beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
		return 0;
	}
	return n;
}

static void put_string(struct json *j, const char *s)
{
	put(j, "\"");
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);
		unsigned char c = (unsigned char)*s;
		char escape[8];

		if (n == 0) {
			put(j, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", c);
			put(j, escape);
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			put(j, escape);
		} else {
			j->out(j->arg, s, n);
		}
		s += n;
	}
	put(j, "\"");
}

/** Writes what stands before a value. Returns false when no value may stand here. */
static bool begin(struct json *j, const char *key)
{
	uint32_t bit = UINT32_C(1) << j->depth;
	bool in_object = j->depth > 0 && !(j->arrays & bit);

	if (j->bad || in_object != (key != NULL) || (j->depth == 0 && j->begun)) {
		j->bad = true;
		return false;
	}
	if (j->begun & bit) {
		put(j, ",");
	}
	j->begun |= bit;
	if (key) {
		put_string(j, key);
		put(j, ":");
	}
	return true;
}

static void open_level(struct json *j, const char *key, bool array)
{
	uint32_t bit;

	if (j->depth >= JSON_DEPTH) {
		j->bad = true;
	}
	if (!begin(j, key)) {
		return;
	}
	put(j, array ? "[" : "{");
	bit = UINT32_C(1) << ++j->depth;
	j->begun &= ~bit;
	j->arrays = array ? j->arrays | bit : j->arrays & ~bit;
}

void json_put_object(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_put_array(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_end(struct json *j)
{
	if (j->bad || j->depth == 0) {
		j->bad = true;
		return;
	}
	put(j, j->arrays & UINT32_C(1) << j->depth ? "]" : "}");
	j->depth--;
}

bool json_complete(const struct json *j)
{
	return !j->bad && j->depth == 0 && j->begun != 0;
}

/** Writes a value that is complete as text. */
static void put_value(struct json *j, const char *key, const char *text)
{
	if (begin(j, key)) {
		put(j, text);
	}
}

void json_put_null(struct json *j, const char *key)
{
	put_value(j, key, "null");
}

void json_put_bool(struct json *j, const char *key, bool v)
{
	put_value(j, key, v ? "true" : "false");
}

void json_put_int(struct json *j, const char *key, int64_t v)
{
	char text[NUMBER_TEXT];

	snprintf(text, sizeof(text), "%" PRId64, v);
	put_value(j, key, text);
}

void json_put_uint(struct json *j, const char *key, uint64_t v)
{
	char text[NUMBER_TEXT];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	put_value(j, key, text);
}

/** Puts a point where the locale wrote something else (a comma, or several bytes). */
static void use_point(char *number)
{
	size_t at = strspn(number, "+-0123456789");
	size_t other = strcspn(number + at, "+-0123456789eE");

	if (other > 0) {
		number[at] = '.';
		memmove(number + at + 1, number + at + other, strlen(number + at + other) + 1);
	}
}

void json_put_real(struct json *j, const char *key, double v)
{
	char text[NUMBER_TEXT];

	if (!isfinite(v)) {
		json_put_null(j, key);
		return;
	}
	/* 17 digits always read back as v, and mostly fewer do. */
	for (int digits = 15; digits <= 17; digits++) {
		double back;

		snprintf(text, sizeof(text), "%.*g", digits, v);
		use_point(text);
		if (text_to_real(text, &back) == 0 && back == v) {
			break;
		}
	}
	put_value(j, key, text);
}

void json_put_string(struct json *j, const char *key, const char *v)
{
	if (!v) {
		json_put_null(j, key);
	} else if (begin(j, key)) {
		put_string(j, v);
	}
}
