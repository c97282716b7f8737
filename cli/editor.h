/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines typed at a terminal: with libedit there are editing, history and completion, without it
 * there is a prompt.
 */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** How lines are read. */
struct editor_settings {
	const char *program;
	const char *prompt;
	const char *history; /**< file, or NULL */
	/** Offers every word that may stand after before. */
	void (*complete)(void *arg, const char *before,
		void (*offer)(void *offer_arg, const char *word), void *offer_arg);
	void *arg;
	FILE *in, *out, *err;
};

struct editor;

/** True when libedit was compiled in. */
bool editor_has_history(void);

/** Starts reading. Returns 0 or -ENOMEM. settings must outlive the editor. */
int editor_create(const struct editor_settings *settings, struct editor **ret);
/** Saves the history. */
void editor_destroy(struct editor *e);

/**
 * Reads a line without its newline. Returns 0; -ENODATA at the end of the input; -EINTR when the
 * line was cancelled; -E2BIG when it does not fit.
 */
int editor_read(struct editor *e, char *ret, size_t n);

#endif
