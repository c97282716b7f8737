/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of ntpconf_words_test: ntp.conf word by word.
 */
#ifndef TEST_UNIT_NTPCONF_WORDS_H
#define TEST_UNIT_NTPCONF_WORDS_H

#include <stdbool.h>

/** One statement. */
struct ntpconf_word_row {
	const char *line;
	/** Lines of a native configuration that it adds, and with - in front takes away, one after
	 * the other with "; " between. */
	const char *native;
	const char *own;      /**< the same of an ntp.conf */
	const char *messages; /**< all that is said but which files are read, as of noisy() */
	const char *context;  /**< lines before it that it changes; NULL: none */
	bool tls;             /**< only where there is NTS */
};

/** Ends with a NULL line. */
extern const struct ntpconf_word_row ntpconf_word_rows[];

#endif
