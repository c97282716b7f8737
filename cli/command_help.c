/* SPDX-License-Identifier: BSD-2-Clause */
/* The help, from the table of commands. */
#include "config.h"

#include <string.h>

#include "cli/command.h"

/* Where the descriptions begin. */
#define HELP_COLUMN 28

static void help_line(struct printer *p, const struct command *c)
{
	int n;

	if (p->mode == PRINT_JSON) {
		print_row(p);
		print_json_text(p, "command", c->name);
		print_json_text(p, "arguments", c->arguments);
		print_json_text(p, "help", c->help);
		print_row_end(p, "");
		return;
	}
	n = fprintf(p->out, "%s%s%s", c->name, c->arguments[0] ? " " : "", c->arguments);
	if (n >= HELP_COLUMN) {
		putc('\n', p->out);
		n = 0;
	}
	fprintf(p->out, "%*s%s\n", HELP_COLUMN - n, "", c->help);
}

/* Whether a line of the table belongs to the help of the command named. */
static bool is_asked_for(const struct command *c, const char *name)
{
	size_t n = strcspn(c->name, " ");

	return c->help && (!name || (strlen(name) == n && strncmp(name, c->name, n) == 0));
}

bool command_help(struct printer *p, const char *name)
{
	const struct command *first = command_next(NULL);

	while (first && !is_asked_for(first, name))
		first = command_next(first);
	if (!first)
		return false;
	print_report(p, "help", true);
	for (const struct command *c = first; c; c = command_next(c)) {
		if (!is_asked_for(c, name))
			continue;
		if (!name && c->group && p->mode != PRINT_JSON)
			fprintf(p->out, "%s%s:\n", c != first ? "\n" : "", c->group);
		help_line(p, c);
	}
	print_report_end(p);
	return true;
}
