/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Converts configurations by way of the settings: what is read in one dialect is written in the
 * other, read again, and written in the first. What is then no longer there has no equal.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/convert.h"
#include "config/dialect.h"
#include "config/pattern.h"

/** Room for a comment. */
#define COMMENT_TEXT 4608

static void keep(void *arg, const char *line)
{
	names_add(arg, line);
}

/** Writes settings as lines. Returns 0 or -ENOMEM. */
static int write_lines(const struct config_dialect *d, const struct settings *s, struct names *ret)
{
	int r = d->write(s, keep, ret);

	return r < 0 ? r : ret->error;
}

/** Messages of the second reading: they were given with the first. */
static void drop(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	(void)message;
}

static bool has(const struct names *lines, const char *line)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (strcmp(lines->names[i], line) == 0) {
			return true;
		}
	}
	return false;
}

/** Gives the lines, and what of the first ones is lost. */
static void give(const struct config_dialect *to, const struct names *lines,
	const struct names *first, const struct names *again,
	void (*line)(void *arg, const char *text), void *arg)
{
	for (size_t i = 0; i < lines->n; i++) {
		line(arg, lines->names[i]);
	}
	for (size_t i = 0; i < first->n; i++) {
		char comment[COMMENT_TEXT];
		struct text t = text_on(comment, sizeof(comment));

		if (!has(again, first->names[i])) {
			text_add(&t, "# %s has no equal of: %s", to->name, first->names[i]);
			line(arg, comment);
		}
	}
}

/** Reads the lines in the dialect that they were written in. */
static int read_again(struct kernel *k, const struct config_dialect *d, const struct names *lines,
	struct settings **ret, struct text *why)
{
	static const struct log silent = {.write = drop, .lowest = LOG_PRIORITY_FATAL};
	struct settings *s = settings_create();
	int r;

	if (!s) {
		return -ENOMEM;
	}
	r = d->read_arguments(k, lines->names, lines->n, &silent, s, why);
	if (r < 0) {
		settings_destroy(s);
		return r;
	}
	*ret = s;
	return 0;
}

int convert_file(struct kernel *k, const struct config_dialect *from,
	const struct config_dialect *to, const char *path, const struct log *log,
	void (*line)(void *arg, const char *text), void *arg, struct text *why)
{
	struct names first = {0}, lines = {0}, again = {0};
	struct settings *s = settings_create(), *t = NULL;
	int r = s ? from->read_file(k, path, log, s, why) : -ENOMEM;

	if (r == 0) {
		r = write_lines(to, s, &lines);
	}
	if (r == 0) {
		r = write_lines(from, s, &first);
	}
	if (r == 0) {
		r = read_again(k, to, &lines, &t, why);
	}
	if (r == 0) {
		r = write_lines(from, t, &again);
	}
	if (r == 0) {
		give(to, &lines, &first, &again, line, arg);
	}
	settings_destroy(t);
	settings_destroy(s);
	names_free(&again);
	names_free(&lines);
	names_free(&first);
	return r;
}
