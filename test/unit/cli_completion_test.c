/* SPDX-License-Identifier: BSD-2-Clause */
/* The completions of the shells know just the commands, words and options that there are. */
#define _GNU_SOURCE
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/arguments.h"
#include "cli/command.h"

#define FILE_ROOM 16384

static const char *const shells[] = {"bash", "zsh", "fish"};

static void load(const char *shell, char *ret)
{
	const char *directory = getenv("GNOMON_SRCDIR");
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/cli/completion/gnomonctl.%s.in",
		directory ? directory : ".", shell);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(ret, 1, FILE_ROOM - 1, f);
	assert_true(n > 0 && n < FILE_ROOM - 1);
	ret[n] = '\0';
	fclose(f);
}

static bool is_word_of(const char *line, const char *word, size_t n)
{
	for (const char *p = strchr(line, ' '); p; p = strchr(p + 1, ' ')) {
		if (strncmp(p + 1, word, n) == 0 && (p[1 + n] == ' ' || p[1 + n] == '\0'))
			return true;
	}
	return false;
}

/* Adds each word of words to a line that does not have it. */
static void add_words(char *line, size_t room, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " "), used = strlen(line);

		if (!is_word_of(line, words, n))
			snprintf(line + used, room - used, " %.*s", (int)n, words);
		words += n;
		words += strspn(words, " ");
	}
}

/* The table as the files have it: a line for each first word, with all that may follow. */
static char *expected_table(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("'\n", out);
	for (const struct command *c = command_next(NULL); c;) {
		size_t n = strcspn(c->name, " ");
		const char *first = c->name;
		bool helped = false;
		char line[512];

		snprintf(line, sizeof(line), "%.*s", (int)n, first);
		for (; c && strncmp(c->name, first, n) == 0 &&
			(c->name[n] == ' ' || c->name[n] == '\0');
			c = command_next(c)) {
			add_words(line, sizeof(line), c->name[n] ? c->name + n + 1 : "");
			add_words(line, sizeof(line), c->complete ? c->complete : "");
			helped |= c->help != NULL;
		}
		if (strcmp(line, "help") == 0)
			add_words(line, sizeof(line), "%");
		if (helped)
			fprintf(out, "%s\n", line);
	}
	fputs("'", out);
	fclose(out);
	return text;
}

static void the_same_commands(void **state)
{
	char *table = expected_table(), content[FILE_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		load(shells[i], content);
		if (!strstr(content, table))
			fail_msg("gnomonctl.%s.in does not have the table %s", shells[i], table);
	}
	free(table);
}

/* Whether a completion knows an option: as a word of the list, or in fish's way. */
static bool knows(const char *shell, const char *content, const char *option)
{
	const char *end = strchr(content, '\0');
	char list[512] = "", fish[64];
	const char *p = strstr(content, "local options='");

	if (strcmp(shell, "fish") == 0) {
		bool is_long = option[1] == '-';

		snprintf(fish, sizeof(fish), "-%c %s ", is_long ? 'l' : 's',
			option + (is_long ? 2 : 1));
		return strstr(content, fish) != NULL;
	}
	assert_non_null(p);
	p += strlen("local options='");
	assert_true(p < end);
	snprintf(list, sizeof(list), "x %.*s", (int)strcspn(p, "'"), p);
	return is_word_of(list, option, strlen(option));
}

static void the_same_options(void **state)
{
	char *usage = NULL, content[FILE_ROOM];
	size_t size, options = 0;
	FILE *out = open_memstream(&usage, &size);

	(void)state;
	arguments_usage(out, "gnomonctl");
	fclose(out);
	for (char *word = strtok(usage, " ,\t\n"); word; word = strtok(NULL, " ,\t\n")) {
		if (word[0] != '-')
			continue;
		options++;
		for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
			load(shells[i], content);
			if (!knows(shells[i], content, word))
				fail_msg("gnomonctl.%s.in does not know %s", shells[i], word);
		}
	}
	assert_true(options >= 16);
	free(usage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_commands),
		cmocka_unit_test(the_same_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
