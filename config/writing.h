/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as text, line by line: what the dialects that write have in common.
 */
#ifndef CONFIG_WRITING_H
#define CONFIG_WRITING_H

#include "config/settings.h"

/** Room for a line. */
#define WRITING_LINE 4096

/** The settings that are written, what they are when nothing is said, and where lines go. */
struct config_writing {
	const struct settings *s, *otherwise;
	void (*line)(void *arg, const char *text);
	void *arg;
};

/** Writes one line. */
void config_put(const struct config_writing *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
