/* SPDX-License-Identifier: BSD-2-Clause */
/* Values that arrive as text and may be numbers. */
#define _GNU_SOURCE
#include "config.h"

#include <string.h>

#include "cli/print.h"
#include "cli/print_json.h"
#include "common/text.h"

/* Room for a value in quotes. */
#define FIELD 2500

/* A field of CSV: in quotes, those within doubled, where something in it would end it. */
static const char *field(const char *text, char *ret, size_t room)
{
	struct text t = text_on(ret, room);

	if (strpbrk(text, ",\"") == NULL)
		return text;
	text_add(&t, "\"");
	for (; *text != '\0'; text++)
		text_add(&t, *text == '"' ? "\"\"" : "%c", *text);
	text_add(&t, "\"");
	return ret;
}

static void put(
	struct printer *p, const char *before, const char *human, const char *text, int width)
{
	char quoted[FIELD];

	if (p->mode == PRINT_CSV)
		print_text(p, before, NULL, field(text, quoted, sizeof(quoted)), 0);
	else
		print_text(p, before, NULL, human, width);
}

static void put_json(struct json *j, const char *key, const char *text)
{
	long long whole;
	double real;

	if (text[0] == '\0')
		json_put_null(j, key);
	else if (text_to_int(text, INT64_MIN, INT64_MAX, &whole) == 0)
		json_put_int(j, key, whole);
	else if (text_to_real(text, &real) == 0)
		json_put_real(j, key, real);
	else
		json_put_string(j, key, text);
}

void print_as(struct printer *p, const char *before, const char *key, const char *human,
	const char *text, int width)
{
	put(p, before, human, text, width);
	if (p->document != NULL && key != NULL)
		put_json(print_document_json(p->document), key, text);
}

void print_numbers_as(struct printer *p, const char *before, const char *key, const char *human,
	const char *numbers)
{
	char copy[FIELD], *words[64];
	struct json *j;
	size_t n;

	put(p, before, human, numbers, 0);
	if (p->document == NULL || key == NULL || text_copy(copy, sizeof(copy), numbers) < 0)
		return;
	j = print_document_json(p->document);
	n = text_split(copy, words, sizeof(words) / sizeof(words[0]));
	json_put_array(j, key);
	for (size_t i = 0; i < n; i++)
		put_json(j, NULL, words[i]);
	json_end(j);
}
