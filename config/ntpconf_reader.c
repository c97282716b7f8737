/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads files of ntp.conf line by line, what they include, and the directory beside the first.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_parse.h"
#include "config/ntpconf_reader.h"
#include "config/pattern.h"
#include "daemon/kernel/kernel.h"

/** Files that may be open one in another: the first, and five that are included. */
#define LEVELS 6

/** Files in all: some that include each other would else never end. */
#define FILES 1000

/** The largest file. */
#define FILE_SIZE (1024 * 1024)

/** Statements in all. */
#define STATEMENTS 100000

/** What lines said elsewhere than in a file are said to be from. */
#define COMMAND_LINE "command line"

static int read_path(struct ntpconf *c, const char *path);

/** Complains of a word that begins no statement, and suggests what it was meant to be. */
static void complain_of_word(
	struct ntpconf *c, const char *file, int line, size_t column, const char *word)
{
	struct text_nearest nearest = text_nearest_to(word);
	char message[LOG_MESSAGE];
	struct text t = text_on(message, sizeof(message));

	for (const struct ntpconf_rule *r = ntpconf_rules; r->word; r++) {
		text_nearest_offer(&nearest, r->word);
	}
	ntpconf_complain(c, file, line, column, &nearest);
	if (!nearest.word || c->watch) {
		return;
	}
	text_add(&t, "CONFIG: %s is no statement", word);
	text_add_nearest(&t, &nearest);
	log_error(c->log, "%s", message);
}

/** Keeps a statement, which takes the words over. */
static int keep(struct ntpconf *c, const struct ntpconf_statement *s)
{
	if (c->n == STATEMENTS) {
		return -ENOMEM;
	}
	if (c->n == c->room) {
		size_t room = c->room > 0 ? 2 * c->room : 64;
		struct ntpconf_statement *p = realloc(c->statements, room * sizeof(*p));

		if (!p) {
			return -ENOMEM;
		}
		c->statements = p;
		c->room = room;
	}
	c->statements[c->n++] = *s;
	return 0;
}

/** The directory of a path with its slash; empty for a name. */
static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

/** `includefile PATH`, which is relative to the file that says it. */
static int include(struct ntpconf *c, const struct ntpconf_words *w, const char *file, int line)
{
	char path[SETTINGS_PATH];
	struct text t = text_on(path, sizeof(path));

	if (w->n != 2 || w->words[1].mark || !c->kernel) {
		ntpconf_complain(c, file, line, w->n > 1 ? w->words[w->n - 1].column : 0, NULL);
		return 0;
	}
	if (w->words[1].text[0] != '/') {
		text_add(&t, "%.*s", (int)directory_length(file), file);
	}
	text_add(&t, "%s", w->words[1].text);
	return read_path(c, path);
}

static const struct ntpconf_rule *find(const char *word)
{
	for (const struct ntpconf_rule *r = ntpconf_rules; r->word; r++) {
		if (strcmp(r->word, word) == 0) {
			return r;
		}
	}
	return NULL;
}

/** Takes the words of a line. Returns 1 when a statement keeps them, 0, or -ENOMEM. */
static int take_words(struct ntpconf *c, const struct ntpconf_words *w, const char *file, int line)
{
	struct ntpconf_statement s = {.line = *w, .file = file, .number = line};
	const char *word = w->n > 0 ? w->words[0].text : NULL;
	int r;

	if (!word) {
		return 0;
	}
	ntpconf_place(c, file, line);
	if (!w->words[0].quoted && strcmp(word, "includefile") == 0) {
		return include(c, w, file, line);
	}
	if (w->n == 1 && strcmp(word, "end") == 0) {
		c->ended = true;
		return 0;
	}
	s.rule = w->words[0].quoted ? NULL : find(word);
	if (!s.rule) {
		complain_of_word(c, file, line, w->words[0].column, word);
		return 0;
	}
	r = keep(c, &s);
	return r < 0 ? r : 1;
}

/** Reads one line. */
static int read_line(struct ntpconf *c, const uint8_t *p, size_t n, const char *file, int line)
{
	struct ntpconf_words w;
	size_t column = 0;
	int r = ntpconf_cut(p, n, &w, &column);

	if (r == -EMSGSIZE) {
		ntpconf_complain(c, file, line, column, NULL);
		return 0;
	}
	if (r < 0) {
		return r;
	}
	r = take_words(c, &w, file, line);
	if (r != 1) {
		ntpconf_words_free(&w);
	}
	return r < 0 ? r : 0;
}

static int read_content(struct ntpconf *c, const uint8_t *p, size_t n, const char *file)
{
	int r = 0;

	for (int line = 1; r == 0 && n > 0 && !c->ended; line++) {
		const uint8_t *end = memchr(p, '\n', n);
		size_t length = end ? (size_t)(end - p) : n;

		r = read_line(c, p, length, file, line);
		length += end != NULL;
		p += length;
		n -= length;
	}
	return r;
}

/** All that ends in .conf in a directory, and so on in directories of such names. */
static int read_directory(struct ntpconf *c, const char *directory)
{
	struct names names = {0};
	int r = names_list(&names, c->kernel, directory, ".conf");

	if (r < 0 && r != -ENOMEM) {
		if (r != -ENOENT && r != -ENOTDIR) {
			log_error(
				c->log, "CONFIG: failed to open '%s': %s", directory, strerror(-r));
		}
		r = 0;
	}
	for (size_t i = 0; r == 0 && i < names.n && !c->ended; i++) {
		log_info(c->log, "CONFIG: opening %s from dir %s", names.names[i], directory);
		r = read_path(c, names.names[i]);
	}
	names_free(&names);
	return r;
}

/** Reads the content of a file. Its name is kept as long as its statements. */
static int read_loaded(struct ntpconf *c, const char *path, const uint8_t *content, size_t n)
{
	int r;

	names_add(&c->names, path);
	if (c->names.error < 0) {
		return -ENOMEM;
	}
	c->level++;
	r = read_content(c, content, n, c->names.names[c->names.n - 1]);
	c->level--;
	return r;
}

/** Reads a file or directory; what cannot be read is said. */
static int read_path(struct ntpconf *c, const char *path)
{
	uint8_t *content;
	size_t n = 0;
	int r;

	if (c->level >= LEVELS || c->files >= FILES) {
		log_error(c->log, "CONFIG: Maximum include file level exceeded.");
		return 0;
	}
	c->files++;
	content = malloc(FILE_SIZE);
	if (!content) {
		return -ENOMEM;
	}
	r = c->kernel->ops->file_load(c->kernel, path, content, FILE_SIZE, &n);
	if (r == 0) {
		r = read_loaded(c, path, content, n);
	} else if (r == -EISDIR) {
		c->level++;
		r = read_directory(c, path);
		c->level--;
	} else if (r != -ENOMEM) {
		log_error(c->log, "CONFIG: failed to open '%s': %s", path, strerror(-r));
		r = 0;
	}
	free(content);
	return r;
}

int ntpconf_read_file(struct ntpconf *c, const char *path)
{
	char directory[SETTINGS_PATH];
	struct text t = text_on(directory, sizeof(directory));
	int r;

	log_info(c->log, "CONFIG: readconfig: parsing file: %s", path);
	r = read_path(c, path);
	text_add(&t, "%.*sntp.d", (int)directory_length(path), path);
	if (r < 0 || t.cut || c->ended) {
		return r;
	}
	log_info(c->log, "CONFIG: readconfig: automatically walking directory: %s", directory);
	return read_directory(c, directory);
}

int ntpconf_read_lines(struct ntpconf *c, char *const *lines, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n && !c->ended; i++) {
		r = read_line(
			c, (const uint8_t *)lines[i], strlen(lines[i]), COMMAND_LINE, (int)i + 1);
	}
	return r;
}

void ntpconf_reader_end(struct ntpconf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		ntpconf_words_free(&c->statements[i].line);
	}
	free(c->statements);
	names_free(&c->names);
	c->statements = NULL;
	c->n = c->room = 0;
}
