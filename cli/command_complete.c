/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion, from the table of commands and from the daemon. */
#include "config.h"

#include <string.h>

#include "cli/command.h"
#include "common/text.h"

typedef void offer_function(void *arg, const char *word);

/* Offers the first words of all commands; lines of one command lie together. */
static void offer_commands(offer_function *offer, void *arg)
{
	char last[32] = "", word[32];

	for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(c->name, " "), c->name);
		if (c->help && strcmp(word, last) != 0)
			offer(arg, word);
		snprintf(last, sizeof(last), "%s", word);
	}
}

/* Offers what the table says may follow a command; "@" stands for the sources. */
static void offer_listed(struct session *s, const char *list, offer_function *offer, void *arg)
{
	char copy[128], *words[16];
	size_t n;

	if (!list || text_copy(copy, sizeof(copy), list) < 0)
		return;
	n = text_split(copy, words, sizeof(words) / sizeof(words[0]));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], "@") == 0)
			command_offer_sources(s, offer, arg);
		else
			offer(arg, words[i]);
	}
}

void command_complete(struct session *s, const char *before, offer_function *offer, void *arg)
{
	char copy[COMMAND_LINE], *words[2];
	size_t n;

	if (text_copy(copy, sizeof(copy), before) < 0)
		return;
	n = text_split(copy, words, 2);
	if (n == 0) {
		offer_commands(offer, arg);
		return;
	}
	for (const struct command *c = command_next(NULL); c; c = command_next(c)) {
		size_t length = strcspn(c->name, " ");

		if (strlen(words[0]) != length || strncmp(words[0], c->name, length) != 0)
			continue;
		if (n == 1 && c->name[length] == ' ')
			offer(arg, c->name + length + 1);
		offer_listed(s, c->complete, offer, arg);
	}
	if (n == 1 && strcmp(words[0], "help") == 0)
		offer_commands(offer, arg);
}
