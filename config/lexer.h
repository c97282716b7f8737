/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines and words of a configuration (chrony.conf(5)): one directive a line, words between white
 * space, lines that begin with ! ; # or % are comments. No quoting, no continuation.
 */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include <stddef.h>
#include <stdint.h>

/** The longest line without its newline. */
#define LEXER_LINE_MAX 2048

/** The most words in a line. */
#define LEXER_WORDS_MAX (LEXER_LINE_MAX / 2)

/** Takes lines from a text. */
struct lexer {
	const uint8_t *p; /**< what is not read yet */
	size_t left;
	int line;                      /**< number of the line read last, from 1 */
	char text[LEXER_LINE_MAX + 1]; /**< that line, cut into words */
	char *words[LEXER_WORDS_MAX];
	size_t n_words;
};

/** Begins to read n bytes at p, which must outlive the reading. */
void lexer_start(struct lexer *l, const uint8_t *p, size_t n);

/**
 * Goes to the next line that is neither blank nor a comment and cuts it into words.
 * Returns 1, 0 at the end, -EMSGSIZE for a line that is too long, -EILSEQ for one with a NUL byte;
 * the next call goes on behind it.
 */
int lexer_next(struct lexer *l);

#endif
