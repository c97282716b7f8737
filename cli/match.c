/* SPDX-License-Identifier: BSD-2-Clause */
/* Candidates of a completion, sorted as they come. */
#define _GNU_SOURCE
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/match.h"

struct match match_of(const char *typed, size_t n)
{
	return (struct match){.typed = typed, .typed_n = n};
}

static int grow(struct match *m)
{
	size_t room = m->room ? 2 * m->room : 16;
	char **words = reallocarray(m->words, room, sizeof(*words));

	if (!words)
		return -1;
	m->words = words;
	m->room = room;
	return 0;
}

void match_offer(void *arg, const char *word)
{
	struct match *m = arg;
	size_t at = 0;
	char *copy;

	if (strncmp(word, m->typed, m->typed_n) != 0)
		return;
	while (at < m->n && strcmp(m->words[at], word) < 0)
		at++;
	if (at < m->n && strcmp(m->words[at], word) == 0)
		return;
	if (m->n == m->room && grow(m) < 0)
		return;
	copy = strdup(word);
	if (!copy)
		return;
	memmove(m->words + at + 1, m->words + at, (m->n - at) * sizeof(*m->words));
	m->words[at] = copy;
	m->n++;
}

size_t match_common(const struct match *m)
{
	size_t n = m->typed_n;

	if (m->n == 0)
		return 0;
	/* They are sorted: what the first and the last share, all share. */
	while (m->words[0][n] && m->words[0][n] == m->words[m->n - 1][n])
		n++;
	return n - m->typed_n;
}

void match_clear(struct match *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->words[i]);
	free(m->words);
	*m = match_of(m->typed, m->typed_n);
}
