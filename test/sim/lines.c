/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of statistics for tests. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/lines.h"

#define DAY 86400

/** Appends a day's file to text of n bytes. Returns both. */
static char *append_day(
	struct sim *s, int node, const char *name, int64_t day, char *text, size_t *io_n)
{
	char date[INSTANT_TEXT], path[64];
	struct span f;

	instant_format(day, date, sizeof(date));
	snprintf(path, sizeof(path), "/stats/%s.%.4s%.2s%.2s", name, date, date + 5, date + 8);
	f = sim_file(s, node, path);
	text = realloc(text, *io_n + f.n + 1);
	assert_non_null(text);
	if (f.n > 0)
		memcpy(text + *io_n, f.p, f.n);
	*io_n += f.n;
	text[*io_n] = '\0';
	return text;
}

char *lines_all(struct sim *s, int node, const char *name)
{
	int64_t start = instant_floor_s(instant_add_s(sim_utc(s), -sim_elapsed(s))) / DAY;
	int64_t today = instant_floor_s(sim_utc(s)) / DAY;
	char *text = NULL;
	size_t n = 0;

	for (int64_t day = start; day <= today; day++)
		text = append_day(s, node, name, day * DAY * INSTANT_S, text, &n);
	return text;
}

char *lines_next(char **io_rest)
{
	char *line = *io_rest, *stop = line != NULL ? strchr(line, '\n') : NULL;

	if (stop != NULL)
		*stop = '\0';
	*io_rest = stop != NULL ? stop + 1 : NULL;
	return line != NULL && *line != '\0' ? line : NULL;
}

int lines_like(struct sim *s, int node, const char *name, const char *expression)
{
	char *all = lines_all(s, node, name), *rest = all, *line;
	char whole[512];
	regex_t r;
	int n = 0;

	snprintf(whole, sizeof(whole), "^[0-9]{5} [0-9]{1,5}\\.[0-9]{3} %s$", expression);
	assert_int_equal(regcomp(&r, whole, REG_EXTENDED | REG_NOSUB), 0);
	while ((line = lines_next(&rest)) != NULL) {
		if (regexec(&r, line, 0, NULL, 0) != 0)
			fail_msg("%s: %s", name, line);
		n++;
	}
	regfree(&r);
	free(all);
	return n;
}

int lines_with(struct sim *s, int node, const char *name, const char *end)
{
	char *all = lines_all(s, node, name), *rest = all, *line;
	size_t most = strlen(end);
	int n = 0;

	while ((line = lines_next(&rest)) != NULL)
		n += strlen(line) >= most && strcmp(line + strlen(line) - most, end) == 0;
	free(all);
	return n;
}
