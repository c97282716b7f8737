/* SPDX-License-Identifier: BSD-2-Clause */
/* Running commands: those of the command line, of a script, or of somebody at a terminal. */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/session.h"

/** How commands are run. */
struct shell {
	struct session *session;
	bool end_marks;   /**< a line with a point after each command */
	const char *name; /**< of the program, for the prompt */
	FILE *in;
	volatile sig_atomic_t *interrupted; /**< number of a signal; SIGINT is forgotten once a line
					     * is cancelled */
};

/** Runs the words of the command line as one command, or each as its own (many) until one fails.
 * Returns whether the last succeeded. */
bool shell_run_words(struct shell *shell, char *const *words, int n, bool many);

/** Runs the lines of a script. Returns whether the last command succeeded. */
bool shell_run_script(struct shell *shell);

/** Runs lines typed at a terminal. Returns whether the last command succeeded. */
bool shell_run_terminal(struct shell *shell);

#endif
