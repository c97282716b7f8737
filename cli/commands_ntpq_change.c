/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration sent to the daemon, and the list of variables that rl and its like ask for. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_ntpq.h"
#include "cli/ntpq_ask.h"
#include "common/text.h"

/* Sends a line of configuration. Returns whether there is an answer, which may be a complaint. */
static bool send_line(struct session *s, const char *line, struct ntpq_answer *a)
{
	if (strlen(line) > NTPQ_DATA_MAX)
		return ntpq_fail(s, "***Line too long%s", "");
	if (!ntpq_ask_signed(s, NTPQ_CONFIGURE, line, a))
		return false;
	for (size_t n = strlen(a->text); n > 0 && text_is_space(a->text[n - 1]); n--)
		a->text[n - 1] = '\0';
	text_tame(a->text);
	return true;
}

/* Points to the column of the line that the daemon complains of. */
static void point(struct session *s, const char *line, const char *answer)
{
	static const char before[] = "column ";
	const char *digits = answer + strlen(before);
	char *end;
	long column;

	if (strncmp(answer, before, strlen(before)) != 0)
		return;
	column = strtol(digits, &end, 10);
	if (end == digits || column < 0 || column > NTPQ_DATA_MAX)
		return;
	print_literal(&s->printer, line);
	print_literal(&s->printer, "\n");
	for (long i = 1; i < column; i++)
		print_literal(&s->printer, "_");
	print_literal(&s->printer, "^\n");
}

bool run_ntpq_config(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer && send_line(s, a->rest, answer);

	(void)c;
	if (good) {
		point(s, a->rest, answer->text);
		ntpq_say(s, "%s", answer->text);
		good = strncmp(answer->text, "column", 6) != 0;
	}
	free(answer);
	return good;
}

/* Sends the lines of a file that say something. */
static bool send_file(struct session *s, FILE *f, struct ntpq_answer *a)
{
	char line[NTPQ_DATA_MAX + 64];
	bool good = true;

	for (int number = 1; good && fgets(line, sizeof(line), f) != NULL; number++) {
		line[strcspn(line, "#\r\n")] = '\0';
		if (line[strspn(line, " \t")] == '\0')
			continue;
		good = send_line(s, line, a) &&
		       ntpq_say(s, "Line No: %d %s: %s", number, line, a->text);
	}
	return good;
}

bool run_ntpq_config_file(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	FILE *f = fopen(a->rest, "re");
	bool good = false;

	(void)c;
	if (f == NULL)
		ntpq_fail(s, "Could not read %s", a->rest);
	else
		good = answer && send_file(s, f, answer);
	if (f != NULL)
		fclose(f);
	free(answer);
	return good;
}

static struct ntpq_variable *find(struct ntpq_state *state, const char *name)
{
	for (size_t i = 0; i < state->n_variables; i++)
		if (strcmp(state->variables[i].name, name) == 0)
			return &state->variables[i];
	return NULL;
}

bool run_ntpq_addvars(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;
	char name[64], value[128];
	const char *text = a->rest;

	if (a->n == 0)
		return ntpq_usage(s, c);
	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value))) {
		struct ntpq_variable *v = find(state, name);

		if (v == NULL && state->n_variables == NTPQ_VARIABLES)
			return ntpq_fail(s, "***Too many variables%s", "");
		if (v == NULL)
			v = &state->variables[state->n_variables++];
		snprintf(v->name, sizeof(v->name), "%s", name);
		snprintf(v->value, sizeof(v->value), "%s", value);
	}
	return true;
}

bool run_ntpq_rmvars(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_state *state = s->ntp.state;
	char name[64], value[128];
	const char *text = a->rest;
	bool good = true;

	if (a->n == 0)
		return ntpq_usage(s, c);
	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value))) {
		struct ntpq_variable *v = find(state, name);

		if (v == NULL) {
			good = ntpq_fail(s, "%s is not in the variable list", name);
			continue;
		}
		state->n_variables--;
		memmove(v, v + 1, (size_t)(state->variables + state->n_variables - v) * sizeof(*v));
	}
	return good;
}

bool run_ntpq_clearvars(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	s->ntp.state->n_variables = 0;
	return true;
}

bool run_ntpq_showvars(struct session *s, const struct command *c, const struct command_words *a)
{
	const struct ntpq_state *state = s->ntp.state;

	(void)c;
	(void)a;
	if (state->n_variables == 0)
		return ntpq_say(s, "No variables on list.");
	print_report(&s->printer, "showvars", true);
	for (size_t i = 0; i < state->n_variables; i++) {
		const struct ntpq_variable *v = &state->variables[i];

		print_row(&s->printer);
		print_text(&s->printer, "", "name", v->name, 0);
		if (v->value[0] != '\0' || s->printer.mode != PRINT_HUMAN)
			print_as(&s->printer, "=", "value", v->value, v->value, 0);
		print_row_end(&s->printer, "\n");
	}
	print_report_end(&s->printer);
	return true;
}
