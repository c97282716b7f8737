/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads files of directives, and the files they include, by a table of directives.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stddef.h>

#include "config/directive.h"
#include "config/pattern.h"

struct config_watch;
struct kernel;
struct log;
struct text;

/** The most files that are open one in another, the first included. */
#define READER_LEVELS 10

/** The most files in all: a few that include each other by patterns would else never end. */
#define READER_FILES 1000

/** The largest file. */
#define READER_FILE_SIZE (1024 * 1024)

/** One reading. */
struct config_reader {
	struct kernel *kernel;
	const struct directive_rule *rules;
	struct settings *settings;
	const struct log *log;
	struct text *why;
	/** Takes every directive with its words one blank apart (-p); may be NULL. */
	void (*print)(void *arg, const char *line);
	void *print_arg;
	const struct config_watch *watch; /**< NULL: nobody looks on, the first error ends it */
	struct names seen;                /**< with watch: "WORD ORIGIN" of what was applied */
	int level;
	const char *open[READER_LEVELS]; /**< files that are being read, one in another */
	unsigned files;
};

/**
 * Reads a file. from is the line that includes it, NULL for the first.
 * Returns 0, -errno of opening it, -EINVAL for its content, -ENOMEM; then why says more.
 */
int reader_file(struct config_reader *r, const char *path, struct directive_line *from);

/** With watch: tells what is in why, if anything, as an error about the line at origin, or about
 * none when that is NULL, and empties it. Returns error when the reading must end, else 0. */
int reader_tell(struct config_reader *r, const char *origin, int error);

/** Where a directive was last applied, or NULL; NULL too without watch. */
const char *reader_origin(const struct config_reader *r, const char *word);

/** Reads one line said elsewhere than in a file; origin says where. Returns as reader_file(). */
int reader_line(struct config_reader *r, const char *line, const char *origin);

/** `include PATTERN`: the read() of a directive. */
int reader_include(struct directive_line *l);

/** `confdir DIRECTORY...`: DIRECTORY/SUFFIX files in the order of their names, of equal names only
 * the one in the directory named first. suffix is rule->extra. The read() of a directive. */
int reader_directories(struct directive_line *l);

#endif
