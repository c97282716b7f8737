/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling the daemon what to do with its clock, its files and itself. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/date.h"
#include "cli/layout.h"
#include "common/option.h"
#include "common/text.h"

/* Default of local's waitunsynced with orphan, in seconds (chrony.conf(5), local). */
#define ORPHAN_WAITUNSYNCED 300.0

bool run_simple(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	(void)a;
	return session_act(s, &q);
}

bool run_sources_word(struct session *s, const struct command *c, const struct command_words *a)
{
	char message[64];

	if (strcmp(a->rest, "sources") == 0)
		return run_simple(s, c, a);
	snprintf(message, sizeof(message), "Invalid syntax for %.*s command",
		(int)strcspn(c->name, " "), c->name);
	return session_complain(s, message, NULL);
}

/* What the daemon found wrong with the configuration. An older one only logs it. */
static void tell_trouble(struct session *s)
{
	struct cmdmon_request q = {.command = CMDMON_RELOAD_TROUBLE};
	struct cmdmon_reply reply;

	if (s->daemon.ask(s->daemon.arg, &q, &reply) == 0 && reply.status == CMDMON_OK &&
		reply.kind == CMDMON_REPLY_TROUBLE && reply.u.name[0] != '\0')
		fprintf(s->err, "%s\n", reply.u.name);
}

static bool reload_config(struct session *s)
{
	struct cmdmon_request q = {.command = CMDMON_RELOAD_CONFIG};
	struct cmdmon_reply reply;

	if (!session_ask(s, &q, &reply))
		return false;
	if (reply.status == CMDMON_FAILED)
		tell_trouble(s);
	return session_print_status(s, reply.status);
}

bool run_reload(struct session *s, const struct command *c, const struct command_words *a)
{
	const struct command sources = {.name = c->name, .number = CMDMON_RELOAD_SOURCES};

	return strcmp(a->rest, "config") == 0 ? reload_config(s) : run_sources_word(s, &sources, a);
}

bool run_real(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = c->number};

	if (a->n == 0 || text_to_real(a->word[0], &q.real) < 0)
		return session_complain(s, "Invalid value", NULL);
	return session_act(s, &q);
}

bool run_makestep(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_MAKESTEP};
	long long limit;

	(void)c;
	if (a->n > 0) {
		q.command = CMDMON_MODIFY_MAKESTEP;
		if (a->n != 2 || text_to_real(a->word[0], &q.real) < 0 ||
			text_to_int(a->word[1], INT32_MIN, INT32_MAX, &limit) < 0)
			return session_complain(s, "Bad syntax for makestep command", NULL);
		q.number = (int32_t)limit;
	}
	return session_act(s, &q);
}

/* The options of `local` (chrony.conf(5), local). */
struct local_options {
	int stratum;
	bool orphan;
	double distance, activate, waitsynced, waitunsynced;
};

static const struct option_rule local_rules[] = {
	{"stratum", OPTION_INT, offsetof(struct local_options, stratum), 1, 15, "stratum"},
	{"orphan", OPTION_FLAG, offsetof(struct local_options, orphan), 0, 0, ""},
	{"distance", OPTION_REAL, offsetof(struct local_options, distance), -OPTION_ANY, OPTION_ANY,
		"s"},
	{"activate", OPTION_REAL, offsetof(struct local_options, activate), -OPTION_ANY, OPTION_ANY,
		"s"},
	{"waitsynced", OPTION_REAL, offsetof(struct local_options, waitsynced), -OPTION_ANY,
		OPTION_ANY, "s"},
	{"waitunsynced", OPTION_REAL, offsetof(struct local_options, waitunsynced), -OPTION_ANY,
		OPTION_ANY, "s"},
	{.word = NULL},
};

/* Reads the options of `local`. Returns whether they are good. */
static bool read_local(
	struct session *s, const struct command_words *a, struct cmdmon_request *q, bool *ret_waits)
{
	struct local_options o = {.stratum = 10, .distance = 1.0, .waitunsynced = NAN};
	char detail[256];
	struct text why = text_on(detail, sizeof(detail));
	size_t at;

	if (option_parse(local_rules, &o, sizeof(o), a->word, a->n, &at, &why) < 0)
		return session_complain(s, "Invalid syntax for local command", detail);
	*ret_waits = o.activate != 0 || o.waitsynced != 0 || !isnan(o.waitunsynced);
	if (isnan(o.waitunsynced))
		o.waitunsynced = o.orphan ? ORPHAN_WAITUNSYNCED : 0;
	q->local.on = true;
	q->local.stratum = o.stratum;
	q->local.orphan = o.orphan;
	q->local.distance = o.distance;
	q->local.activate = o.activate;
	q->local.waitsynced = o.waitsynced;
	q->local.waitunsynced = o.waitunsynced;
	return true;
}

bool run_local(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_LOCAL3};
	struct cmdmon_reply reply;
	bool waits = false;

	(void)c;
	if (strcmp(a->rest, "off") != 0 && !read_local(s, a, &q, &waits))
		return false;
	if (!session_ask(s, &q, &reply))
		return false;
	if (reply.status == CMDMON_INVALID && !waits) {
		/* A daemon before 4.6 knows the older form only, which has no waiting. */
		q.command = CMDMON_LOCAL2;
		if (!session_ask(s, &q, &reply))
			return false;
	}
	return session_print_status(s, reply.status);
}

static bool manual_list(struct session *s)
{
	struct cmdmon_request q = {.command = CMDMON_MANUAL_LIST};
	struct cmdmon_reply reply;

	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_MANUAL_LIST))
		return false;
	print_report(&s->printer, "manual_list", true);
	layout_manual_list(&s->printer, reply.u.manual_list.samples, reply.u.manual_list.n);
	print_report_end(&s->printer);
	return true;
}

static bool manual_delete(struct session *s, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_MANUAL_DELETE};
	long long index;

	if (a->n != 2 || text_to_int(a->word[1], 0, INT32_MAX, &index) < 0)
		return session_complain(s, "Bad syntax for manual delete command", NULL);
	q.number = (int32_t)index;
	return session_act(s, &q);
}

bool run_manual(struct session *s, const struct command *c, const struct command_words *a)
{
	static const char *const words[] = {"off", "on", "reset"};
	struct cmdmon_request q = {.command = CMDMON_MANUAL};

	(void)c;
	if (a->n == 1 && strcmp(a->word[0], "list") == 0)
		return manual_list(s);
	if (a->n > 0 && strcmp(a->word[0], "delete") == 0)
		return manual_delete(s, a);
	while (q.number < 3 && strcmp(a->rest, words[q.number]) != 0)
		q.number++;
	if (q.number == 3)
		return session_complain(s, "Invalid syntax for manual command", NULL);
	return session_act(s, &q);
}

static void print_manual_timestamp(struct session *s, const struct cmdmon_reply *reply)
{
	struct printer *p = &s->printer;
	enum print_mode mode = p->mode;

	/* chronyc has no CSV of this. */
	if (mode == PRINT_CSV)
		p->mode = PRINT_HUMAN;
	if (mode != PRINT_JSON)
		session_print_status(s, reply->status);
	print_report(p, "settime", false);
	print_row(p);
	print_real(p, "Clock was ", "offset_s", reply->u.manual_timestamp.offset, 0, 2);
	print_real(p, " seconds fast.  Frequency change = ", "frequency_change_ppm",
		reply->u.manual_timestamp.frequency_ppm, 0, 2);
	print_real(p, "ppm, new frequency = ", "frequency_ppm",
		reply->u.manual_timestamp.new_frequency_ppm, 0, 2);
	print_row_end(p, "ppm\n");
	print_report_end(p);
	p->mode = mode;
}

bool run_settime(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_SETTIME};
	struct cmdmon_reply reply;

	(void)c;
	if (date_parse(a->rest, time(NULL), &q.time) < 0) {
		print_result(&s->printer, 510,
			s->printer.mode == PRINT_JSON ? "Could not parse date string"
						      : "- Could not parse date string");
		return false;
	}
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_MANUAL_TIMESTAMP))
		return false;
	print_manual_timestamp(s, &reply);
	return true;
}

bool run_smoothtime(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_SMOOTHTIME};

	(void)c;
	if (strcmp(a->rest, "activate") == 0)
		q.number = 1;
	else if (strcmp(a->rest, "reset") != 0)
		return session_complain(s, "Invalid syntax for smoothtime command", NULL);
	return session_act(s, &q);
}
