/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a configuration: a failure says why and changes nothing, and what -p prints of a
 * good one means the same.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/dialect.h"
#include "config/lexer.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct config_dialect config_dialect_chrony;

/** The most printed lines that are read again. */
#define LINES 200

/** A kernel with the input as its only file, "c"; a copy of it lies in the directory "d". */
struct world {
	struct kernel kernel;
	struct span input;
	char *lines[LINES];
	size_t n_lines;
};

static int load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	struct world *w = (struct world *)k;

	if (strcmp(path, "c") != 0 && strcmp(path, "d/c.conf") != 0) {
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

static int list(struct kernel *k, const char *directory, const char *suffix,
	void (*each)(void *arg, const char *name), void *arg)
{
	(void)k;
	(void)suffix;
	if (strcmp(directory, "d") != 0) {
		return -ENOENT;
	}
	each(arg, "c.conf");
	return 0;
}

static void keep_line(void *arg, const char *text)
{
	struct world *w = arg;

	if (strlen(text) > LEXER_LINE_MAX) {
		abort();
	}
	if (w->n_lines < LINES) {
		w->lines[w->n_lines] = malloc(strlen(text) + 1);
		strcpy(w->lines[w->n_lines], text);
	}
	w->n_lines++;
}

static void check(bool right)
{
	if (!right) {
		abort();
	}
}

/** Everything that is no pointer and no place is the same. */
static void compare(const struct settings *a, const struct settings *b)
{
	check(a->n_sources == b->n_sources && a->n_refclocks == b->n_refclocks);
	check(a->n_access == b->n_access && a->n_cmd_access == b->n_cmd_access);
	check(a->n_sourcedirs == b->n_sourcedirs && a->logs == b->logs && a->port == b->port);
	check(a->local.on == b->local.on && a->local.stratum == b->local.stratum);
	check(memcmp(&a->makestep_threshold, &b->makestep_threshold, sizeof(double)) == 0);
	for (size_t i = 0; i < a->n_sources; i++) {
		check(strcmp(a->sources[i].options.name, b->sources[i].options.name) == 0);
		check(a->sources[i].options.minpoll == b->sources[i].options.minpoll);
	}
}

/** Reads what was printed of the configuration in s. */
static void read_again(struct world *w, const struct settings *s)
{
	const struct config_dialect *d = &config_dialect_chrony;
	struct settings *again = settings_create();
	char reason[1024];
	struct text why = text_on(reason, sizeof(reason));

	check(d->print(&w->kernel, "c", NULL, 0, NULL, keep_line, w, &why) == 0);
	if (w->n_lines <= LINES) {
		check(d->read_arguments(&w->kernel, w->lines, w->n_lines, NULL, again, &why) == 0);
		compare(s, again);
	}
	for (size_t i = 0; i < w->n_lines && i < LINES; i++) {
		free(w->lines[i]);
	}
	settings_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct kernel_ops ops = {.file_load = load, .file_list = list};
	static struct settings before;
	struct world w = {.kernel = {&ops}, .input = {data, n}};
	struct settings *s = settings_create();
	char reason[1024];
	struct text why = text_on(reason, sizeof(reason));
	int r;

	memcpy(&before, s, sizeof(before));
	r = config_dialect_chrony.read_file(&w.kernel, "c", NULL, s, &why);
	if (r < 0) {
		check(why.n > 0);
		check(memcmp(&before, s, sizeof(before)) == 0);
	} else {
		check(why.n == 0);
		read_again(&w, s);
	}
	settings_destroy(s);
	return 0;
}
