/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading JSON, within bounds.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "refclocks/json_reader.h"

/** What is left to read. */
struct cursor {
	const char *p, *end;
};

/** The next character, or NUL at the end: no text has one between its tokens. */
static char peek(const struct cursor *c)
{
	return c->p < c->end ? *c->p : '\0';
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\r' || *c->p == '\n'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/** Appends to a text that may be full, or NULL. */
static void put(char *text, size_t *n, char c)
{
	if (text != NULL && *n < JSON_TEXT - 1)
		text[(*n)++] = c;
}

/** What follows a backslash. */
static bool take_escape(struct cursor *c, char *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (c->p == c->end)
		return false;
	if (*c->p == 'u') {
		c->p++;
		for (int i = 0; i < 4; i++, c->p++)
			if (c->p == c->end || strchr("0123456789abcdefABCDEF", *c->p) == NULL ||
				*c->p == '\0')
				return false;
		*ret = '?';
		return true;
	}
	at = *c->p != '\0' ? strchr(from, *c->p) : NULL;
	if (at == NULL)
		return false;
	*ret = to[at - from];
	c->p++;
	return true;
}

static bool read_string(struct cursor *c, char *ret)
{
	size_t n = 0;

	if (!take(c, '"'))
		return false;
	while (c->p < c->end && *c->p != '"') {
		char ch = *c->p++;

		if ((unsigned char)ch < 0x20)
			return false;
		if (ch == '\\' && !take_escape(c, &ch))
			return false;
		put(ret, &n, (unsigned char)ch < 0x80 ? ch : '?');
	}
	if (ret != NULL)
		ret[n] = '\0';
	return take(c, '"');
}

static size_t skip_digits(struct cursor *c)
{
	const char *from = c->p;

	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	return (size_t)(c->p - from);
}

/** A whole number out of digits; false when it does not fit. */
static bool to_number(const char *p, const char *end, int64_t *ret)
{
	bool negative = p < end && *p == '-';
	int64_t v = 0;

	for (p += negative; p < end; p++) {
		if (v > (INT64_MAX - 9) / 10)
			return false;
		v = 10 * v + (*p - '0');
	}
	*ret = negative ? -v : v;
	return true;
}

static bool read_number(struct cursor *c, struct json_value *v)
{
	const char *from = c->p, *whole_end;
	size_t n;

	take(c, '-');
	if (skip_digits(c) == 0)
		return false;
	whole_end = c->p;
	if (take(c, '.') && skip_digits(c) == 0)
		return false;
	if (peek(c) == 'e' || peek(c) == 'E') {
		c->p++;
		if (!take(c, '+'))
			take(c, '-');
		if (skip_digits(c) == 0)
			return false;
	}
	if (v == NULL)
		return true;
	n = (size_t)(c->p - from);
	n = n < JSON_TEXT - 1 ? n : JSON_TEXT - 1;
	memcpy(v->text, from, n);
	v->text[n] = '\0';
	v->whole = c->p == whole_end && to_number(from, whole_end, &v->number);
	return true;
}

static bool read_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

/** A value that is neither object nor array. v: NULL to pass it over. */
static bool read_simple(struct cursor *c, struct json_value *v)
{
	struct json_value ignored;
	struct json_value *to = v != NULL ? v : &ignored;

	switch (peek(c)) {
	case '"':
		to->kind = JSON_STRING;
		return read_string(c, v != NULL ? v->text : NULL);
	case 't':
		to->kind = JSON_TRUE;
		return read_word(c, "true");
	case 'f':
		to->kind = JSON_FALSE;
		return read_word(c, "false");
	case 'n':
		to->kind = JSON_NULL;
		return read_word(c, "null");
	default:
		to->kind = JSON_NUMBER;
		return read_number(c, v);
	}
}

/** Passes over what opens here, without recursion: the brackets that are open are kept. */
static bool skip_nested(struct cursor *c)
{
	char open[JSON_DEPTH];
	int depth = 0;

	do {
		bool object;

		skip_blanks(c);
		if (peek(c) == '{' || peek(c) == '[') {
			if (depth == JSON_DEPTH)
				return false;
			open[depth++] = *c->p++;
			skip_blanks(c);
			if (!take(c, open[depth - 1] == '{' ? '}' : ']')) {
				if (open[depth - 1] == '{' &&
					(!read_string(c, NULL) || (skip_blanks(c), !take(c, ':'))))
					return false;
				continue;
			}
			depth--;
		} else if (!read_simple(c, NULL)) {
			return false;
		}
		/* A value has ended: what is open goes on or ends too. */
		while (depth > 0) {
			object = open[depth - 1] == '{';
			skip_blanks(c);
			if (take(c, ',')) {
				skip_blanks(c);
				if (object &&
					(!read_string(c, NULL) || (skip_blanks(c), !take(c, ':'))))
					return false;
				break;
			}
			if (!take(c, object ? '}' : ']'))
				return false;
			depth--;
		}
	} while (depth > 0);
	return true;
}

static bool read_member(struct cursor *c,
	void (*each)(void *arg, const char *name, const struct json_value *v), void *arg)
{
	struct json_value v = {.kind = JSON_OTHER};
	char name[JSON_TEXT];
	bool nested;

	skip_blanks(c);
	if (!read_string(c, name))
		return false;
	skip_blanks(c);
	if (!take(c, ':'))
		return false;
	skip_blanks(c);
	nested = peek(c) == '{' || peek(c) == '[';
	if (nested ? !skip_nested(c) : !read_simple(c, &v))
		return false;
	each(arg, name, &v);
	skip_blanks(c);
	return true;
}

int json_read(const char *p, size_t n,
	void (*each)(void *arg, const char *name, const struct json_value *v), void *arg)
{
	struct cursor c = {p, p + n};

	skip_blanks(&c);
	if (!take(&c, '{'))
		return -EINVAL;
	skip_blanks(&c);
	if (!take(&c, '}')) {
		do {
			if (!read_member(&c, each, arg))
				return -EINVAL;
		} while (take(&c, ','));
		if (!take(&c, '}'))
			return -EINVAL;
	}
	skip_blanks(&c);
	return c.p == c.end ? 0 : -EINVAL;
}
