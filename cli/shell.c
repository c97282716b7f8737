/* SPDX-License-Identifier: BSD-2-Clause */
/* The loops over commands. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/command.h"
#include "cli/editor.h"
#include "cli/history.h"
#include "cli/shell.h"
#include "common/text.h"

#define PATH_ROOM 4096

/* Runs one line and ends what it printed. Returns whether it succeeded. */
static bool run_line(struct shell *shell, const char *line)
{
	struct session *s = shell->session;
	bool ran, good = command_run(s, line, &ran);

	if (ran && shell->end_marks)
		fputs(".\n", s->printer.out);
	if (fflush(s->printer.out) != 0 || ferror(s->printer.out) || s->printer.failed) {
		session_complain(s, "Could not write to stdout", NULL);
		s->printer.failed = false;
		s->quit = true;
		good = false;
	}
	return good;
}

bool shell_run_words(struct shell *shell, char *const *words, int n, bool many)
{
	char line[COMMAND_LINE];
	struct text text = text_on(line, sizeof(line));
	bool good = true;

	if (many) {
		/* ntpq goes on with the next whatever became of one. */
		for (int i = 0; i < n && (good || shell->session->as_ntpq) && !shell->session->quit;
			i++)
			good = run_line(shell, words[i]);
		return good;
	}
	for (int i = 0; i < n; i++)
		text_add(&text, "%s%s", i > 0 ? " " : "", words[i]);
	if (text.cut)
		return session_complain(shell->session, "Command too long", NULL);
	return run_line(shell, line);
}

bool shell_run_script(struct shell *shell)
{
	struct session *s = shell->session;
	char line[COMMAND_LINE];
	bool good = true;

	while (!s->quit && !session_stopped(s) && fgets(line, sizeof(line), shell->in)) {
		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n') {
			int c;

			/* The rest of the line is no command of its own. */
			while ((c = getc(shell->in)) != EOF && c != '\n')
				;
			good = session_complain(s, "Command too long", NULL);
			continue;
		}
		good = run_line(shell, line);
	}
	return good;
}

static void complete(
	void *arg, const char *before, void (*offer)(void *arg, const char *word), void *offer_arg)
{
	command_complete(arg, before, offer, offer_arg);
}

static void banner(FILE *out)
{
	fprintf(out,
		"gnomon %s\n"
		"Type help for the commands, Ctrl-D to leave.\n"
		"\n",
		GNOMON_VERSION);
}

/* Reads and runs lines until the end. */
static bool converse(struct shell *shell, struct editor *editor)
{
	struct session *s = shell->session;
	char line[COMMAND_LINE];
	bool good = true;

	while (!s->quit) {
		int r = editor_read(editor, line, sizeof(line));

		if (r == -ENODATA) {
			putc('\n', s->printer.out);
			break;
		}
		if (*shell->interrupted && *shell->interrupted != SIGINT)
			break;
		if (r == -EINTR)
			putc('\n', s->printer.out);
		else if (r == -E2BIG)
			good = session_complain(s, "Command too long", NULL);
		else
			good = run_line(shell, line);
		/* Ctrl-C ends the line or the request, not the conversation. */
		if (*shell->interrupted == SIGINT)
			*shell->interrupted = 0;
	}
	return good;
}

bool shell_run_terminal(struct shell *shell)
{
	char path[PATH_ROOM], prompt[32];
	struct editor_settings settings = {
		.program = shell->name,
		.prompt = prompt,
		.history = history_path(path, sizeof(path)) == 0 ? path : NULL,
		.complete = complete,
		.arg = shell->session,
		.in = shell->in,
		.out = shell->session->printer.out,
		.err = shell->session->err,
	};
	struct editor *editor;
	bool good;

	snprintf(prompt, sizeof(prompt), "%s> ", shell->name);
	if (editor_create(&settings, &editor) < 0)
		return session_complain(shell->session, "Not enough memory", NULL);
	banner(shell->session->printer.out);
	good = converse(shell, editor);
	editor_destroy(editor);
	return good;
}
