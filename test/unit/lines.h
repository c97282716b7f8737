/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests do with texts they are given: messages nobody hears, lines that are gathered.
 */
#ifndef TEST_UNIT_LINES_H
#define TEST_UNIT_LINES_H

#include <stddef.h>

#include "common/log.h"

/** Says nothing, and formats no message. */
extern const struct log lines_silent;
/** Formats every message, and drops it. */
extern const struct log lines_dropped;

/** Lines that were given. */
struct lines {
	char text[32768];
	size_t n;
};

/** Adds one, with a newline; arg is a struct lines. Ends the program when they do not fit. */
void lines_add(void *arg, const char *line);

#endif
