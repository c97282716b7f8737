/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a mistake stands, in chronyd's words: scripts look for "at line N".
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "common/text.h"
#include "config/where.h"

#define COMMAND_LINE "command line"

/** The end of what is wrong: what follows explains it. " : " is chronyd's own, before what the
 * system says, and does not end it. */
static size_t end_of_what(const char *what)
{
	const char *guess = strstr(what, ", did you mean "), *more = strstr(what, ": "), *end;

	while (more && more > what && more[-1] == ' ')
		more = strstr(more + 1, ": ");
	end = more && (!guess || more < guess) ? more : guess;

	return end ? (size_t)(end - what) : strlen(what);
}

/** Finds PLACE and N of "PLACE:N: WHAT". Returns WHAT, or NULL when that is not what it is. */
static const char *split(const char *complaint, size_t *ret_place, size_t *ret_number)
{
	const char *what = strstr(complaint, ": "), *number = what;

	if (!what)
		return NULL;
	while (number > complaint && strchr("0123456789", number[-1]))
		number--;
	if (number == what || number == complaint || number[-1] != ':')
		return NULL;
	*ret_place = (size_t)(number - 1 - complaint);
	*ret_number = (size_t)(what - number);
	return what + 2;
}

void where_said(const char *complaint, bool files, struct text *ret)
{
	size_t place = 0, digits = 0, n;
	const char *what = split(complaint, &place, &digits);
	bool typed = what && place == strlen(COMMAND_LINE) &&
		     strncmp(complaint, COMMAND_LINE, place) == 0;

	if (!what || (!typed && !files)) {
		text_add(ret, "%s", complaint);
		return;
	}
	n = end_of_what(what);
	text_add(ret, "%.*s at line %.*s", (int)n, what, (int)digits, complaint + place + 1);
	if (!typed)
		text_add(ret, " in file %.*s", (int)place, complaint);
	text_add(ret, "%s", what + n);
}
