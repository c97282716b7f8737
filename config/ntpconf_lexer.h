/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines and words of ntp.conf. Unlike in chrony.conf there are quotes, characters that are words of
 * their own, comments behind words, and words after which the next one is taken as it stands.
 */
#ifndef CONFIG_NTPCONF_LEXER_H
#define CONFIG_NTPCONF_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest word. */
#define NTPCONF_WORD_MAX 1023

/** One word of a line. */
struct ntpconf_word {
	const char *text; /**< without quotes; in the line's memory */
	size_t column;    /**< of its first octet, from 0 */
	bool quoted;      /**< it is a text, whatever it looks like */
	bool mark;        /**< one of { } ( ) , ; | = */
};

/** A line cut into words. */
struct ntpconf_words {
	char *memory; /**< of the texts */
	struct ntpconf_word *words;
	size_t n;
	size_t end; /**< the column behind the last word */
};

/**
 * Cuts a line of n octets, without its newline. Returns 0; -EMSGSIZE when a word is too long, with
 * its column in *ret_column; -ENOMEM. Only with 0 there is something to be freed.
 */
int ntpconf_cut(const uint8_t *line, size_t n, struct ntpconf_words *ret, size_t *ret_column);

void ntpconf_words_free(struct ntpconf_words *w);

/** Reads a whole number: decimal with 31 bits and a sign, or up to 32 bits, decimal or 0x...
 * Returns 0, -EINVAL when it is none, -ERANGE when it is decimal and larger than that. */
int ntpconf_int(const struct ntpconf_word *w, long long *ret);

/** Reads a number: with a fraction, an exponent, and any number of g (1024 weeks in seconds) or G
 * (8192 weeks) behind, all of which are optional. Returns 0 or -EINVAL. */
int ntpconf_real(const struct ntpconf_word *w, double *ret);

#endif
