/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads files of directives line by line, and what they include.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "config/lexer.h"
#include "config/pattern.h"
#include "config/reader.h"
#include "daemon/kernel/kernel.h"

/** The most directories in one confdir. */
#define DIRECTORIES_MAX 10

/** A complaint that belongs to the line from, or to no line. */
static void complain(struct config_reader *r, struct directive_line *from, const char *message)
{
	if (from) {
		directive_fail(from, "%s", message);
	} else {
		text_add(r->why, "%s", message);
	}
}

/** "WHAT PATH : ERR" */
static void complain_of_path(struct config_reader *r, struct directive_line *from, const char *what,
	const char *path, int error)
{
	char message[LOG_MESSAGE];
	struct text t = text_on(message, sizeof(message));

	text_add(&t, "%s %s : %s", what, path, strerror(-error));
	complain(r, from, message);
}

/** Prints the words of a directive as -p does. */
static void print_words(struct config_reader *r, struct lexer *x)
{
	char line[LEXER_LINE_MAX + 1];
	struct text t = text_on(line, sizeof(line));

	for (size_t i = 0; i < x->n_words; i++) {
		text_add(&t, "%s%s", i > 0 ? " " : "", x->words[i]);
	}
	r->print(r->print_arg, line);
}

int reader_tell(struct config_reader *r, const char *origin, int error)
{
	if (!r->watch || error == -ENOMEM) {
		return error;
	}
	if (r->why->n > 0) {
		r->watch->begin(r->watch->arg, origin);
		log_error(r->log, "%s", r->why->s);
		*r->why = text_on(r->why->s, r->why->room);
	}
	return 0;
}

/** Remembers where a directive stands that was applied. */
static void note_seen(struct config_reader *r, const char *word, const char *origin)
{
	char line[SETTINGS_PATH + 64];
	struct text t = text_on(line, sizeof(line));

	text_add(&t, "%s %s", word, origin);
	names_add(&r->seen, line);
	if (r->watch->applied) {
		r->watch->applied(r->watch->arg, origin, r->settings);
	}
}

const char *reader_origin(const struct config_reader *r, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = r->seen.n; i > 0; i--) {
		const char *line = r->seen.names[i - 1];

		if (strncmp(line, word, n) == 0 && line[n] == ' ') {
			return line + n + 1;
		}
	}
	return NULL;
}

/** Applies the line that x holds. */
static int apply(struct config_reader *r, struct lexer *x, const char *origin)
{
	struct directive_line l = {
		.origin = origin,
		.settings = r->settings,
		.log = r->log,
		.reader = r,
		.why = r->why,
	};
	const struct directive_rule *rule = directive_find(r->rules, x->words[0]);
	int error;

	if (r->print && rule && !rule->hidden) {
		print_words(r, x);
	}
	if (r->watch) {
		r->watch->begin(r->watch->arg, origin);
	}
	error = directive_apply(r->rules, &l, x->words, x->n_words);
	if (r->watch && rule && error == 0) {
		note_seen(r, rule->word, origin);
	}
	return error;
}

/** The complaint about a line that is none. */
static int bad_line(struct config_reader *r, const char *origin, int error)
{
	struct directive_line l = {.origin = origin, .why = r->why};

	return directive_fail(&l,
		error == -EMSGSIZE ? "String too long (more than %d characters)"
				   : "NUL byte in a line",
		LEXER_LINE_MAX);
}

/** Reads all lines of x. They stand in the file path, or, when that is NULL, at origin. */
static int read_lines(
	struct config_reader *r, struct lexer *x, const char *path, const char *origin)
{
	char place[SETTINGS_PATH];

	for (;;) {
		struct text t = text_on(place, sizeof(place));
		int error = lexer_next(x);

		if (error == 0) {
			return 0;
		}
		if (path) {
			/* The number is to be seen however long the path is. */
			text_add(&t, "%.*s:%d", (int)sizeof(place) - 16, path, x->line);
		} else {
			text_add(&t, "%s", origin);
		}
		error = error < 0 ? bad_line(r, place, error) : apply(r, x, place);
		error = reader_tell(r, place, error);
		if (error < 0) {
			return error;
		}
	}
}

int reader_line(struct config_reader *r, const char *line, const char *origin)
{
	struct lexer x;

	lexer_start(&x, (const uint8_t *)line, strlen(line));
	return read_lines(r, &x, NULL, origin);
}

/** Whether a file is being read already: there is no end to one that includes itself. */
static bool is_open(const struct config_reader *r, const char *path)
{
	for (int i = 0; i < r->level; i++) {
		if (strcmp(r->open[i], path) == 0) {
			return true;
		}
	}
	return false;
}

/** As reader_file(); an optional file that is missing, or is a directory, is no error. */
static int read_file(
	struct config_reader *r, const char *path, struct directive_line *from, bool optional)
{
	struct lexer x;
	uint8_t *content;
	size_t n = 0;
	bool deep = r->level >= READER_LEVELS || is_open(r, path);
	int error;

	if (deep || r->files >= READER_FILES) {
		complain(r, from,
			deep ? "Maximum include level reached" : "Too many included files");
		return -EINVAL;
	}
	content = malloc(READER_FILE_SIZE);
	if (!content) {
		complain(r, from, strerror(ENOMEM));
		return -ENOMEM;
	}
	error = r->kernel->ops->file_load(r->kernel, path, content, READER_FILE_SIZE, &n);
	if (error < 0) {
		free(content);
		if (optional && (error == -ENOENT || error == -EISDIR)) {
			return 0;
		}
		complain_of_path(r, from, "Could not open", path, error);
		return error;
	}
	r->open[r->level++] = path;
	r->files++;
	lexer_start(&x, content, n);
	error = read_lines(r, &x, path, NULL);
	r->level--;
	free(content);
	return error;
}

int reader_file(struct config_reader *r, const char *path, struct directive_line *from)
{
	return read_file(r, path, from, false);
}

int reader_include(struct directive_line *l)
{
	struct names paths = {0};
	bool magic;
	int r = directive_count(l, 1, 1);

	if (r < 0) {
		return r;
	}
	magic = pattern_is_magic(l->words[0]);
	r = pattern_expand(l->reader->kernel, l->words[0], &paths);
	if (r < 0) {
		complain_of_path(
			l->reader, l, "Could not search for files matching", l->words[0], r);
		return r;
	}
	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		r = read_file(l->reader, paths.names[i], l, magic);
	}
	names_free(&paths);
	return r;
}

/** The last component of a path. */
static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int compare_file_names(const void *a, const void *b)
{
	return strcmp(file_name(*(char *const *)a), file_name(*(char *const *)b));
}

/** Collects the files of one directory. */
struct collecting {
	const char *directory;
	struct names *paths;
};

static void collect(void *arg, const char *name)
{
	struct collecting *c = arg;

	if (name[0] == '.') {
		return;
	}
	for (size_t i = 0; i < c->paths->n; i++) {
		if (strcmp(file_name(c->paths->names[i]), name) == 0) {
			return;
		}
	}
	names_add_path(c->paths, c->directory, name);
}

int reader_directories(struct directive_line *l)
{
	struct kernel *k = l->reader->kernel;
	struct names paths = {0};
	int r = directive_count_plainly(l, 1, DIRECTORIES_MAX);

	for (size_t i = 0; r == 0 && i < l->n; i++) {
		struct collecting c = {l->words[i], &paths};
		int error = k->ops->file_list(k, l->words[i], l->rule->extra, collect, &c);

		if (error < 0 && error != -ENOENT) {
			log_warning(l->log, "%s: Could not read directory %s : %s", l->origin,
				l->words[i], strerror(-error));
		}
		r = paths.error;
	}
	names_sort(&paths, compare_file_names);
	for (size_t i = 0; r == 0 && i < paths.n; i++) {
		r = read_file(l->reader, paths.names[i], l, true);
	}
	names_free(&paths);
	return r;
}
