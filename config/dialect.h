/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration dialects: text in, settings out, no effects. A dialect reads files through the
 * kernel vtable so that it runs in the simulator too.
 */
#ifndef CONFIG_DIALECT_H
#define CONFIG_DIALECT_H

#include <stddef.h>

#include "config/settings.h"

struct kernel;
struct log;
struct text;

/** Somebody who looks on while a configuration is read, all of it: what is wrong does not end the
 * reading but goes to the log, as an error. */
struct config_watch {
	/** What is logged from now on is about the line at origin, "FILE:LINE"; NULL: about none.
	 */
	void (*begin)(void *arg, const char *origin);
	/** The line at origin was applied; s is what is said so far. May be NULL. */
	void (*applied)(void *arg, const char *origin, const struct settings *s);
	void *arg;
};

/** A dialect. */
struct config_dialect {
	const char *name;
	/**
	 * Reads a file with all that it includes. On failure nothing is in *ret and why holds
	 * "FILE:LINE: what is wrong", the word, and the nearest known word.
	 * Warnings go to log. Returns 0, -ENOENT/-EACCES (file), -EINVAL (content), -ENOMEM.
	 */
	int (*read_file)(struct kernel *k, const char *path, const struct log *log,
		struct settings *ret, struct text *why);
	/** As read_file(), looked on by somebody. What can be understood is in *ret, whatever else
	 * is wrong. Returns 0, also when something is wrong; -ENOMEM. */
	int (*read_watched)(struct kernel *k, const char *path, const struct log *log,
		const struct config_watch *watch, struct settings *ret);
	/** Reads directives given as command-line arguments, numbered from 1. */
	int (*read_arguments)(struct kernel *k, char *const *lines, size_t n, const struct log *log,
		struct settings *ret, struct text *why);
	/** Prints the effective configuration, one directive a line (-p). */
	int (*print)(struct kernel *k, const char *path, char *const *lines, size_t n,
		const struct log *log, void (*line)(void *arg, const char *text), void *arg,
		struct text *why);
	/** Writes settings, wherever they are from, as a configuration: what it has words for and
	 * is not as when nothing is said. Returns 0 or -ENOMEM. */
	int (*write)(
		const struct settings *s, void (*line)(void *arg, const char *text), void *arg);
	/**
	 * Reads a line onto settings in force: what such a line can change while the daemon runs.
	 * Of a line that is wrong the errors are logged. NULL: there is none such. Returns 0,
	 * -EOPNOTSUPP for what cannot be changed, or as read_arguments(); then io may be in parts.
	 */
	int (*change)(
		const char *line, const struct log *log, struct settings *io, struct text *why);
	/**
	 * Parses one line of a *.sources file. Returns 0; -ENODATA when the line is blank or a
	 * comment; -EINVAL, -ENOMEM. why holds the reason, or when 0 is returned a warning, if any.
	 */
	int (*source_line)(const char *line, struct source_options *ret, struct text *why);
};

/** All dialects that were built, NULL-terminated (modules.c). */
extern const struct config_dialect *const config_dialects[];

/** The dialect of this name, or NULL. */
const struct config_dialect *dialect_find(const char *name);

/** Another dialect than this one: what a configuration is converted to. Itself when there is none.
 */
const struct config_dialect *dialect_other(const struct config_dialect *d);

/** The dialect of a file by its name: ntp for ntp.conf, else the first one. NULL: there is none. */
const struct config_dialect *dialect_of(const char *path);

#endif
