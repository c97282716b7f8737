/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts a configuration into lines and words.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/text.h"
#include "config/lexer.h"

void lexer_start(struct lexer *l, const uint8_t *p, size_t n)
{
	l->p = p;
	l->left = n;
	l->line = 0;
	l->n_words = 0;
}

/** Takes the next line into text. Returns as lexer_next(). */
static int take_line(struct lexer *l)
{
	const uint8_t *end;
	size_t n;

	if (l->left == 0) {
		return 0;
	}
	end = memchr(l->p, '\n', l->left);
	n = end ? (size_t)(end - l->p) : l->left;
	l->line++;
	if (n <= LEXER_LINE_MAX) {
		memcpy(l->text, l->p, n);
		l->text[n] = '\0';
	}
	l->p += n + (end ? 1 : 0);
	l->left -= n + (end ? 1 : 0);
	if (n > LEXER_LINE_MAX) {
		return -EMSGSIZE;
	}
	return memchr(l->text, '\0', n) ? -EILSEQ : 1;
}

int lexer_next(struct lexer *l)
{
	for (;;) {
		int r = take_line(l);

		if (r <= 0) {
			return r;
		}
		l->n_words = text_split(l->text, l->words, LEXER_WORDS_MAX);
		if (l->n_words > 0 && !strchr("!;#%", l->words[0][0])) {
			return 1;
		}
	}
}
