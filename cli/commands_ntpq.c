/* SPDX-License-Identifier: BSD-2-Clause */
/* What ntpq shows of sources, variables and counters, asked over ntpd's control protocol. */
#define _GNU_SOURCE
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/command_ntpq.h"
#include "cli/ntpq_ask.h"
#include "common/text.h"

static bool show_peer(struct session *s, enum layout_ntpq_peers kind, unsigned id, unsigned status,
	struct ntpq_answer *a)
{
	char remote[SESSION_NAME];
	struct address address;

	if (!ntpq_ask(s, NTPQ_READ_VARIABLES, id, "", a))
		return false;
	if (s->ntp.state->supplied_names && ntpq_value(a->text, "srchost", remote, sizeof(remote)))
		text_tame_name(remote);
	else
		layout_ntpq_remote(a->text, remote, sizeof(remote));
	if (!s->numeric && address_parse(remote, &address) == 0)
		session_whole_name(s, &address, remote);
	layout_ntpq_peer(&s->printer, &s->ntp.state->look, kind,
		&(struct layout_ntpq_peer){id, status, remote, a->text});
	return true;
}

bool run_ntpq_peers(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer && ntpq_fetch_associations(s);
	unsigned id, status;

	(void)a;
	if (good) {
		print_report(&s->printer, c->name, true);
		layout_ntpq_peers_head(&s->printer, &s->ntp.state->look, c->number);
		for (size_t i = 0; good && i < ntpq_associations(s); i++) {
			ntpq_association(s, i, &id, &status);
			good = show_peer(s, c->number, id, status, answer);
		}
		ntpq_end(s, good);
	}
	free(answer);
	return good;
}

bool run_ntpq_associations(
	struct session *s, const struct command *c, const struct command_words *a)
{
	unsigned id, status;

	(void)a;
	if (!(c->number & NTPQ_KNOWN_ONES) && !ntpq_fetch_associations(s))
		return false;
	if (!s->ntp.state->has_associations)
		return ntpq_say(s, "No association IDs in list");
	print_report(&s->printer, "associations", true);
	layout_ntpq_associations_head(&s->printer);
	for (size_t i = 0; i < ntpq_associations(s); i++) {
		ntpq_association(s, i, &id, &status);
		layout_ntpq_association(&s->printer, i + 1, id, status);
	}
	print_report_end(&s->printer);
	return true;
}

/* The names of variables that were typed, from the first on, or those of the list. */
static bool names_of(struct session *s, const struct command *c, const struct command_words *a,
	size_t first, struct text *ret)
{
	const struct ntpq_state *state = s->ntp.state;

	if (c->number & NTPQ_OF_LIST)
		for (size_t i = 0; i < state->n_variables; i++)
			text_add(ret, "%s%s", i > 0 ? "," : "", state->variables[i].name);
	else
		for (size_t i = first; i < a->n; i++)
			text_add(ret, "%s%s", i > first ? "," : "", a->word[i]);
	return !ret->cut || ntpq_fail(s, "***Too many variables%s", "");
}

/* Asks for variables of one association and shows them. */
static bool show_variables(struct session *s, const struct command *c, unsigned id,
	const char *names, bool with_number, struct ntpq_answer *answer)
{
	bool clock = (c->number & NTPQ_OF_CLOCK) != 0;

	if (!ntpq_ask(s, clock ? NTPQ_READ_CLOCK : NTPQ_READ_VARIABLES, id, names, answer))
		return false;
	layout_ntpq_variables(&s->printer, &s->ntp.state->look,
		&(struct layout_ntpq_variables){.association = id,
			.status = answer->status,
			.with_status = names[0] == '\0',
			.clock = clock,
			.with_number = with_number,
			.text = answer->text});
	return true;
}

void ntpq_end(struct session *s, bool good)
{
	if (good)
		print_report_end(&s->printer);
	else
		print_report_drop(&s->printer);
}

bool run_ntpq_variables(struct session *s, const struct command *c, const struct command_words *a)
{
	char names[NTPQ_DATA_MAX + 1] = "";
	struct text t = text_on(names, sizeof(names));
	struct ntpq_answer *answer;
	unsigned id = 0;
	size_t index;
	bool good;

	if ((a->n > 0 && !ntpq_read_association(s, a->word[0], &id, &index)) ||
		!names_of(s, c, a, 1, &t))
		return false;
	if ((c->number & NTPQ_OF_CLOCK) && !(c->number & NTPQ_OF_LIST) && id == 0)
		return ntpq_fail(s, "This command requires the association ID of a clock.%s", "");
	answer = calloc(1, sizeof(*answer));
	print_report(&s->printer, "variables", true);
	good = answer && show_variables(s, c, id, names, c->number != 0, answer);
	ntpq_end(s, good);
	free(answer);
	return good;
}

static bool show_range(
	struct session *s, const struct command *c, size_t low, size_t high, const char *names)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer != NULL;
	unsigned id, status;

	print_report(&s->printer, "variables", true);
	for (size_t i = low; good && i <= high; i++) {
		ntpq_association(s, i - 1, &id, &status);
		print_literal(&s->printer, i > low ? "\n" : "");
		good = show_variables(s, c, id, names, true, answer);
	}
	ntpq_end(s, good);
	free(answer);
	return good;
}

bool run_ntpq_range(struct session *s, const struct command *c, const struct command_words *a)
{
	char names[NTPQ_DATA_MAX + 1] = "";
	struct text t = text_on(names, sizeof(names));
	size_t low, high;
	unsigned id;

	if (a->n < 2)
		return ntpq_usage(s, c);
	if (!ntpq_read_association(s, a->word[0], &id, &low) ||
		!ntpq_read_association(s, a->word[1], &id, &high) || !names_of(s, c, a, 2, &t))
		return false;
	if (low == 0 || high == 0)
		return ntpq_fail(s, "Unknown associd.%s", "");
	return show_range(s, c, low, high, names);
}

/* What the daemon does not know all of it is asked for one by one. */
static bool ask_singly(struct session *s, unsigned id, char (*names)[LAYOUT_NTPQ_NAME], size_t n,
	struct ntpq_answer *answer, struct text *ret)
{
	fputs("Unknown variable.  Trying one at a time.\n", s->err);
	for (size_t i = 0; i < n; i++) {
		if (!ntpq_ask_quietly(s, id, names[i], answer))
			return false;
		if (answer->error < 0)
			text_add(ret, "%s%s", ret->n > 0 ? ", " : "", answer->text);
	}
	return true;
}

static bool ask_all(struct session *s, unsigned id, enum layout_ntpq_summary kind,
	struct ntpq_answer *answer, struct text *ret)
{
	char names[LAYOUT_NTPQ_NAMES][LAYOUT_NTPQ_NAME], data[NTPQ_DATA_MAX + 1];
	size_t n = layout_ntpq_summary_names(kind, names);
	struct text t = text_on(data, sizeof(data));

	for (size_t i = 0; i < n; i++)
		text_add(&t, "%s%s", i > 0 ? "," : "", names[i]);
	if (!ntpq_ask_quietly(s, id, data, answer))
		return false;
	if (answer->error == NTPQ_ERROR_VARIABLE)
		return ask_singly(s, id, names, n, answer, ret);
	if (answer->error >= 0)
		return ntpq_fail(s, "***Server error code %s", ntpq_error_name(answer->error));
	text_add(ret, "%s", answer->text);
	return true;
}

static bool show_summary(struct session *s, enum layout_ntpq_summary kind, unsigned id)
{
	const struct layout_ntpq_look *look = &s->ntp.state->look;
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	char *buffer = malloc(NTPQ_ANSWER_MAX + 1);
	struct text t;
	bool good = false;

	if (answer != NULL && buffer != NULL) {
		t = text_on(buffer, NTPQ_ANSWER_MAX + 1);
		good = ask_all(s, id, kind, answer, &t);
	}
	if (good) {
		print_report(&s->printer, layout_ntpq_summary_name(kind), false);
		if (look->raw) {
			layout_ntpq_variables(
				&s->printer, look, &(struct layout_ntpq_variables){.text = buffer});
		} else {
			if (layout_ntpq_summary_has_status(kind))
				layout_ntpq_status(&s->printer, id, answer->status);
			layout_ntpq_summary(&s->printer, look, kind, buffer);
		}
		print_report_end(&s->printer);
	}
	free(buffer);
	free(answer);
	return good;
}

bool run_ntpq_summary(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)a;
	return show_summary(s, c->number, 0);
}

bool run_ntpq_pstats(struct session *s, const struct command *c, const struct command_words *a)
{
	unsigned id;
	size_t index;

	if (a->n == 0)
		return ntpq_usage(s, c);
	return ntpq_read_association(s, a->word[0], &id, &index) &&
	       show_summary(s, LAYOUT_NTPQ_PSTATS, id);
}
