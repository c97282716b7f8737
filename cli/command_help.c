/* SPDX-License-Identifier: BSD-2-Clause */
/* The help, from the table of commands. */
#include "config.h"

#include <string.h>

#include "cli/command.h"

/* Where the descriptions begin. */
#define HELP_COLUMN 28

static void help_line(FILE *out, const struct command *c)
{
	int n = fprintf(out, "%s%s%s", c->name, c->arguments[0] ? " " : "", c->arguments);

	if (n >= HELP_COLUMN) {
		putc('\n', out);
		n = 0;
	}
	fprintf(out, "%*s%s\n", HELP_COLUMN - n, "", c->help);
}

bool command_help(FILE *out, const char *name)
{
	bool found = false;

	for (const struct command *c = commands; c->name; c++) {
		size_t n = strcspn(c->name, " ");

		if (name && (strlen(name) != n || strncmp(name, c->name, n) != 0))
			continue;
		if (!c->help)
			continue;
		if (!name && c->group)
			fprintf(out, "%s%s:\n", found ? "\n" : "", c->group);
		help_line(out, c);
		found = true;
	}
	return found;
}
