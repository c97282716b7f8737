/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people, built within a bound. What does not fit is cut and the cut is remembered; the
 * buffer is always terminated.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A bounded text builder. */
struct text {
	char *s;     /**< the text, always NUL-terminated */
	size_t n;    /**< its length */
	size_t room; /**< size of the buffer, at least 1 */
	bool cut;    /**< something did not fit */
};

/** Starts an empty text in a buffer of room (at least 1) bytes. */
struct text text_on(char *buffer, size_t room);

/** Appends by a printf format. */
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *t, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/**
 * Copies s into ret of room bytes when it fits whole, with its NUL.
 * Returns 0, or -ENAMETOOLONG and leaves ret as it was.
 */
int text_copy(char *ret, size_t room, const char *s);

/** Puts ? in the place of control characters: what others say must neither command a terminal nor
 * begin a line of a log. */
void text_tame(char *s);

/** Puts ? in the place of all that no name has: anything but printable ASCII, and the blank. */
void text_tame_name(char *s);

/** The edit distance (Damerau-Levenshtein, case folded) of two words; used to suggest the nearest
 * known word. Words over 63 characters count as unlike any other. */
unsigned text_distance(const char *a, const char *b);

/** True for the white space of the C locale. */
bool text_is_space(char c);

/** True when a and b are the same word, case of ASCII letters aside. */
bool text_same_word(const char *a, const char *b);

/** The search for the known word that somebody most likely meant. */
struct text_nearest {
	const char *typed;
	const char *word;  /**< nearest so far; NULL: none is near enough to suggest */
	unsigned distance; /**< of word; before there is one, the distance that is too far */
};

/** Starts a search for what typed should have been. */
struct text_nearest text_nearest_to(const char *typed);

/** Offers a known word, which must outlive the search. */
void text_nearest_offer(struct text_nearest *n, const char *word);

/** Appends ", did you mean WORD?" when one was near enough. */
void text_add_nearest(struct text *t, const struct text_nearest *n);

/**
 * Splits line into words at white space, in place.
 * Returns the number of words found, at most max; ret[0 .. returned-1] point into line.
 */
size_t text_split(char *line, char **ret, size_t max);

/** Parses a whole word as a base-10 integer within [min, max]. Returns 0, -EINVAL or -ERANGE. */
int text_to_int(const char *s, long long min, long long max, long long *ret);

/** The value of a hexadecimal digit of either case, or -1. */
int text_hex_digit(char c);

/**
 * Decodes a whole word of pairs of hexadecimal digits into at most room bytes of ret.
 * Returns how many there were, or 0 when the word is no such number or does not fit; then what is
 * in ret is of no use.
 */
size_t text_hex(const char *s, uint8_t *ret, size_t room);

/** Parses a whole word as a finite decimal number, always in the C locale. Returns 0 or -EINVAL. */
int text_to_real(const char *s, double *ret);

#endif
