/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON documents of reports. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/print.h"
#include "cli/print_json.h"

struct print_document {
	FILE *memory;
	char *text; /* what memory holds; valid after a flush */
	size_t n;
	bool list;
	struct json json;
};

static void to_memory(void *arg, const char *p, size_t n)
{
	struct print_document *d = arg;

	fwrite(p, 1, n, d->memory);
}

struct print_document *print_document_begin(const char *name, bool list)
{
	struct print_document *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->memory = open_memstream(&d->text, &d->n);
	if (!d->memory) {
		free(d);
		return NULL;
	}
	d->list = list;
	d->json = json_on(to_memory, d);
	json_put_object(&d->json, NULL);
	json_put_int(&d->json, "version", PRINT_JSON_VERSION);
	json_put_string(&d->json, "report", name);
	if (list)
		json_put_array(&d->json, name);
	return d;
}

void print_document_destroy(struct print_document *d)
{
	if (!d)
		return;
	fclose(d->memory);
	free(d->text);
	free(d);
}

void print_document_row(struct print_document *d)
{
	if (d && d->list)
		json_put_object(&d->json, NULL);
}

void print_document_row_end(struct print_document *d)
{
	if (d && d->list)
		json_end(&d->json);
}

struct json *print_document_json(struct print_document *d)
{
	return &d->json;
}

int print_document_write(struct print_document *d, FILE *out)
{
	if (d->list)
		json_end(&d->json);
	json_end(&d->json);
	if (!json_complete(&d->json) || fflush(d->memory) != 0)
		return -EIO;
	fwrite(d->text, 1, d->n, out);
	putc('\n', out);
	return ferror(out) ? -EIO : 0;
}
