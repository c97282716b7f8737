/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that a half-typed one could become. */
#ifndef CLI_MATCH_H
#define CLI_MATCH_H

#include <stddef.h>

/** Candidates for a word; made with its typed part, fed by match_offer(). */
struct match {
	const char *typed;
	size_t typed_n;
	char **words; /* sorted, each once */
	size_t n, room;
};

/** Starts with the first n bytes of typed, which must stay. */
struct match match_of(const char *typed, size_t n);
/** Takes word if it begins as typed; a struct match is arg. Words that memory has no room for are
 * left out. */
void match_offer(void *arg, const char *word);
/** How many bytes all candidates share after the typed ones; 0 when there is none. */
size_t match_common(const struct match *m);
void match_clear(struct match *m);

#endif
