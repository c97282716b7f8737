/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For fuzzing a dialect of the configuration: any bytes as the only file, "c", a copy of which lies
 * in a directory; and the lines that a dialect gives, which are read again.
 */
#ifndef TEST_FUZZ_CONFIG_WORLD_H
#define TEST_FUZZ_CONFIG_WORLD_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"

/** The most lines that are read again. */
#define CONFIG_LINES 200

struct config_world {
	struct kernel kernel; /**< of config_ops */
	const char *directory;
	const char *suffix; /**< of files that are looked for there; NULL: any */
	struct span input;
	char *lines[CONFIG_LINES];
	size_t n_lines;
};

static void check(bool right)
{
	if (!right) {
		abort();
	}
}

static int config_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct config_world *w = (struct config_world *)k;
	size_t n = strlen(w->directory);

	if (strcmp(path, "c") != 0 &&
		(strncmp(path, w->directory, n) != 0 || strcmp(path + n, "/c.conf") != 0)) {
		return -ENOENT;
	}
	if (w->input.n > room) {
		return -EFBIG;
	}
	if (w->input.n > 0) {
		memcpy(p, w->input.p, w->input.n);
	}
	*ret_n = w->input.n;
	return 0;
}

static int config_list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	struct config_world *w = (struct config_world *)k;

	check(!w->suffix || strcmp(suffix, w->suffix) == 0);
	if (strcmp(directory, w->directory) != 0) {
		return -ENOENT;
	}
	each(arg, "c.conf");
	return 0;
}

/* No name has an address. */
static int config_resolve(struct kernel *k, const char *name, enum address_family family,
	kernel_resolved *done, void *arg)
{
	(void)k;
	(void)name;
	(void)family;
	(void)done;
	(void)arg;
	return -ENOENT;
}

static const struct kernel_ops config_ops = {
	.resolve = config_resolve, .file_load = config_load, .file_list = config_list};

/** For the print() and write() of a dialect. */
static void config_keep_line(void *arg, const char *text)
{
	struct config_world *w = arg;

	if (w->n_lines < CONFIG_LINES) {
		w->lines[w->n_lines] = malloc(strlen(text) + 1);
		strcpy(w->lines[w->n_lines], text);
	}
	w->n_lines++;
}

/** Keeps what the dialect prints (-p) of the input. */
static void config_keep_printed(
	struct config_world *w, const struct config_dialect *d, const struct log *log)
{
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	check(d->print(&w->kernel, "c", NULL, 0, log, config_keep_line, w, &why) == 0);
}

/** Keeps no lines any more. */
static void config_drop_lines(struct config_world *w)
{
	for (size_t i = 0; i < w->n_lines && i < CONFIG_LINES; i++) {
		free(w->lines[i]);
	}
	w->n_lines = 0;
}

/** Reads the lines that were kept, which must be good, and drops them. Returns what they mean, or
 * NULL when they were too many. */
static struct settings *config_read_lines(
	struct config_world *w, const struct config_dialect *d, const struct log *log)
{
	struct settings *s = NULL;
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	if (w->n_lines <= CONFIG_LINES) {
		s = settings_create();
		check(d->read_arguments(&w->kernel, w->lines, w->n_lines, log, s, &why) == 0);
	}
	config_drop_lines(w);
	return s;
}

/** Reads the input: a failure says why and changes nothing, success says nothing. Returns what it
 * means, or NULL after a failure. */
static struct settings *config_read_input(
	struct config_world *w, const struct config_dialect *d, const struct log *log)
{
	static struct settings before;
	struct settings *s = settings_create();
	char reason[LOG_MESSAGE];
	struct text why = text_on(reason, sizeof(reason));

	memcpy(&before, s, sizeof(before));
	if (d->read_file(&w->kernel, "c", log, s, &why) == 0) {
		check(why.n == 0);
		return s;
	}
	check(why.n > 0);
	check(memcmp(&before, s, sizeof(before)) == 0);
	settings_destroy(s);
	return NULL;
}

#endif
