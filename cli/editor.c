/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines from a terminal, by libedit where it was compiled in. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/editor.h"
#include "cli/match.h"
#include "common/text.h"

/* Copies a line without its newline. */
static int take_line(const char *line, char *ret, size_t n)
{
	size_t length = strcspn(line, "\n");

	if (length >= n)
		return -E2BIG;
	memcpy(ret, line, length);
	ret[length] = '\0';
	return 0;
}

#ifdef HAVE_LIBEDIT

#include <histedit.h>

/* Lines kept in the history. */
#define HISTORY_LINES 500

struct editor {
	const struct editor_settings *settings;
	EditLine *el;
	History *history;
};

bool editor_has_history(void)
{
	return true;
}

static struct editor *editor_of(EditLine *el)
{
	void *data = NULL;

	el_get(el, EL_CLIENTDATA, &data);
	return data;
}

static char *prompt(EditLine *el)
{
	return (char *)(uintptr_t)editor_of(el)->settings->prompt;
}

static void list(FILE *out, const struct match *m)
{
	putc('\n', out);
	for (size_t i = 0; i < m->n; i++)
		fprintf(out, "%s%s", m->words[i], i + 1 < m->n ? "  " : "\n");
}

/* Inserts what all candidates share, and a blank after the only one; else lists them. */
static unsigned char offer_matches(EditLine *el, const struct match *m, FILE *out)
{
	size_t common = match_common(m);
	char insert[512];

	if (m->n == 0)
		return CC_ERROR;
	if (common == 0 && m->n > 1) {
		list(out, m);
		return CC_REDISPLAY;
	}
	snprintf(insert, sizeof(insert), "%.*s%s", (int)common, m->words[0] + m->typed_n,
		m->n == 1 ? " " : "");
	return el_insertstr(el, insert) < 0 ? CC_ERROR : CC_REFRESH;
}

static unsigned char complete(EditLine *el, int key)
{
	const struct editor_settings *settings = editor_of(el)->settings;
	const LineInfo *line = el_line(el);
	const char *word = line->cursor;
	struct match m;
	char *before;
	unsigned char r;

	(void)key;
	while (word > line->buffer && !text_is_space(word[-1]))
		word--;
	before = strndup(line->buffer, (size_t)(word - line->buffer));
	if (!before)
		return CC_ERROR;
	m = match_of(word, (size_t)(line->cursor - word));
	settings->complete(settings->arg, before, match_offer, &m);
	r = offer_matches(el, &m, settings->out);
	match_clear(&m);
	free(before);
	return r;
}

static void load_history(struct editor *e)
{
	HistEvent event;

	history(e->history, &event, H_SETSIZE, HISTORY_LINES);
	history(e->history, &event, H_SETUNIQUE, 1);
	if (e->settings->history)
		history(e->history, &event, H_LOAD, e->settings->history);
	el_set(e->el, EL_HIST, history, e->history);
}

int editor_create(const struct editor_settings *settings, struct editor **ret)
{
	struct editor *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->settings = settings;
	e->el = el_init(settings->program, settings->in, settings->out, settings->err);
	e->history = history_init();
	if (!e->el || !e->history) {
		editor_destroy(e);
		return -ENOMEM;
	}
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt);
	el_set(e->el, EL_EDITOR, "emacs");
	/* The wide form keeps what it is given; the narrow one loses a copy. */
	el_wset(e->el, EL_ADDFN, L"complete", L"Complete the word", complete);
	el_set(e->el, EL_BIND, "^I", "complete", NULL);
	load_history(e);
	el_source(e->el, NULL);
	*ret = e;
	return 0;
}

static void save_history(struct editor *e)
{
	HistEvent event;
	mode_t before;

	if (!e->settings->history)
		return;
	/* What was typed is nobody else's business. */
	before = umask(077);
	history(e->history, &event, H_SAVE, e->settings->history);
	umask(before);
	chmod(e->settings->history, 0600);
}

void editor_destroy(struct editor *e)
{
	if (!e)
		return;
	if (e->history) {
		save_history(e);
		history_end(e->history);
	}
	if (e->el)
		el_end(e->el);
	free(e);
}

int editor_read(struct editor *e, char *ret, size_t n)
{
	HistEvent event;
	const char *line;
	int count = 0;

	errno = 0;
	line = el_gets(e->el, &count);
	if (!line || count <= 0) {
		if (count < 0 && errno == EINTR)
			return -EINTR;
		return -ENODATA;
	}
	if (line[strspn(line, " \t\n")])
		history(e->history, &event, H_ENTER, line);
	return take_line(line, ret, n);
}

#else

struct editor {
	const struct editor_settings *settings;
	char *line;
	size_t room;
};

bool editor_has_history(void)
{
	return false;
}

int editor_create(const struct editor_settings *settings, struct editor **ret)
{
	struct editor *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->settings = settings;
	*ret = e;
	return 0;
}

void editor_destroy(struct editor *e)
{
	if (!e)
		return;
	free(e->line);
	free(e);
}

int editor_read(struct editor *e, char *ret, size_t n)
{
	fputs(e->settings->prompt, e->settings->out);
	fflush(e->settings->out);
	errno = 0;
	if (getline(&e->line, &e->room, e->settings->in) < 0) {
		int r = errno == EINTR ? -EINTR : -ENODATA;

		clearerr(e->settings->in);
		return r;
	}
	return take_line(e->line, ret, n);
}

#endif
