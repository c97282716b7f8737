/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as one JSON document on one line, built in memory so that nothing is written of a report
 * that fails half way.
 */
#ifndef CLI_PRINT_JSON_H
#define CLI_PRINT_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "common/json.h"

struct print_document;

/** Begins {"version":1,"report":NAME; a list goes on with "NAME":[. NULL when memory is short. */
struct print_document *print_document_begin(const char *name, bool list);
void print_document_destroy(struct print_document *d);

/** Begins and ends a row, which in a list is an object of its own. */
void print_document_row(struct print_document *d);
void print_document_row_end(struct print_document *d);

/** Where the values of a row go. */
struct json *print_document_json(struct print_document *d);

/** Ends the document and writes it with a newline. Returns 0, or -EIO when it is not whole. */
int print_document_write(struct print_document *d, FILE *out);

#endif
