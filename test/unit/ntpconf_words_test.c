/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every statement and option word of ntp.conf: what the engine makes of it, as a native
 * configuration says it; what only ntp.conf can say and is kept; and what is said about it. A word
 * without either is one that changes nothing.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/crypto.h"
#include "config/ntpconf_parse.h"
#include "config/pattern.h"
#include "test/unit/ntpconf_words.h"
#include "test/unit/ntpconf_world.h"

extern const struct config_dialect config_dialect_chrony;

/** Room for what a row comes to. */
#define ROOM 4096

static void keep(void *arg, const char *line)
{
	names_add(arg, line);
}

/** The lines of a dialect for a text of ntp.conf. */
static struct names written(const struct config_dialect *d, const char *text)
{
	struct names lines = {0};
	char messages[ROOM];

	assert_int_equal(
		d->write(ntpconf_world_any(text, messages, sizeof(messages)), keep, &lines), 0);
	return lines;
}

static bool has(const struct names *lines, const char *line)
{
	for (size_t i = 0; i < lines->n; i++) {
		if (strcmp(lines->names[i], line) == 0) {
			return true;
		}
	}
	return false;
}

/** Adds to ret the lines of a that are not in b, each after a sign. */
static void add_lines(
	const struct names *a, const struct names *b, const char *sign, char ret[ROOM])
{
	for (size_t i = 0; i < a->n; i++) {
		if (!has(b, a->names[i])) {
			size_t n = strlen(ret);

			snprintf(ret + n, ROOM - n, "%s%s%s", n > 0 ? "; " : "", sign, a->names[i]);
		}
	}
}

/** The lines that a text makes more or less, in a dialect, than its context alone. */
static void difference(
	const struct config_dialect *d, const char *context, const char *text, char ret[ROOM])
{
	struct names before = written(d, context), after = written(d, text);

	ret[0] = '\0';
	add_lines(&before, &after, "-", ret);
	add_lines(&after, &before, "", ret);
	names_free(&before);
	names_free(&after);
}

/** Returns whether it comes out as the row says. */
static bool try_row(const struct ntpconf_word_row *row)
{
	const char *context = row->context ? row->context : "";
	char text[ROOM], native[ROOM], own[ROOM], messages[ROOM];

	snprintf(text, sizeof(text), "%s%s", context, row->line);
	difference(&config_dialect_chrony, context, text, native);
	difference(&config_dialect_ntpconf, context, text, own);
	ntpconf_world_any(text, messages, sizeof(messages));
	if (strcmp(native, row->native) != 0 || strcmp(own, row->own) != 0 ||
		strcmp(messages, row->messages) != 0) {
		print_error("\n\t{\"%s\", \"%s\",\n\t\t\"%s\",\n\t\t\"%s\"},", row->line, native,
			own, messages);
		return false;
	}
	return true;
}

static void words(void **state)
{
	bool good = true;

	(void)state;
	for (const struct ntpconf_word_row *row = ntpconf_word_rows; row->line; row++) {
		if (!row->tls || crypto_has_tls(crypto_backends[0])) {
			good = try_row(row) && good;
		}
	}
	assert_true(good);
}

/** No statement is forgotten. */
static void all_statements(void **state)
{
	(void)state;
	for (const struct ntpconf_rule *rule = ntpconf_rules; rule->word; rule++) {
		const struct ntpconf_word_row *row = ntpconf_word_rows;
		size_t n = strlen(rule->word);

		while (row->line && (strncmp(row->line, rule->word, n) != 0 ||
					    (row->line[n] != ' ' && row->line[n] != '\0'))) {
			row++;
		}
		if (!row->line) {
			fail_msg("no row for %s", rule->word);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(all_statements),
	};

	return cmocka_run_group_tests(tests, NULL, ntpconf_world_end);
}
