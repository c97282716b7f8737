/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists too long for an answer: clients piece by piece, addresses served, restrictions. */
#define _GNU_SOURCE
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/command_ntpq.h"
#include "cli/ntpq_ask.h"
#include "common/instant.h"
#include "common/text.h"

/* Restart points that a request for the list of clients carries, and the rounds it may take. */
#define PLACES 4
#define ROUNDS 10000

/* The most entries of the list of clients. */
#define CLIENTS_MAX 200000

/* The list of clients being fetched. */
struct walk {
	struct layout_ntpq_client *clients;
	size_t n, room;
	char nonce[64];
	uint64_t now; /* of the daemon, NTP timestamp */
	bool end;
	char filters[200]; /* what the user wants of it */
	const char *order; /* how it is sorted */
	bool fragments;    /* he says how many */
};

/* Finds the client's place in the list: one that asked meanwhile comes again. */
static struct layout_ntpq_client *place(struct walk *w, const char *address)
{
	struct layout_ntpq_client *p;

	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->clients[i].address, address) == 0)
			return &w->clients[i];
	if (w->n == w->room) {
		size_t room = w->room > 0 ? 2 * w->room : 64;

		if (room > CLIENTS_MAX)
			return NULL;
		p = realloc(w->clients, room * sizeof(*p));
		if (!p)
			return NULL;
		w->clients = p;
		w->room = room;
	}
	p = &w->clients[w->n++];
	memset(p, 0, sizeof(*p));
	snprintf(p->address, sizeof(p->address), "%s", address);
	return p;
}

/* Takes all entries of an answer: items NAME.NUMBER in any order, but entry by entry. */
static bool take_entries(struct walk *w, const char *text)
{
	struct layout_ntpq_client one = {.mode = 0};
	char name[64], value[256];
	unsigned present = 0;
	bool any = false, more;

	do {
		char *dot;
		unsigned i = present;

		more = ntpq_next(&text, name, sizeof(name), value, sizeof(value));
		dot = more ? strchr(name, '.') : NULL;
		if (dot && dot[1] >= '0' && dot[1] <= '9')
			i = (unsigned)strtoul(dot + 1, NULL, 10);
		if ((!more || i != present) && one.address[0] != '\0') {
			struct layout_ntpq_client *p = place(w, one.address);

			if (!p)
				return false;
			*p = one;
			memset(&one, 0, sizeof(one));
			any = true;
		}
		present = i;
		if (!more)
			break;
		if (strcmp(name, "nonce") == 0)
			snprintf(w->nonce, sizeof(w->nonce), "%.*s", (int)sizeof(w->nonce) - 1,
				value);
		else if (strcmp(name, "now") == 0)
			w->now = ntpq_stamp(value);
		else if (strcmp(name, "last.newest") == 0)
			w->end = true;
		else if (dot && dot[1] >= '0' && dot[1] <= '9')
			layout_ntpq_client_take(&one, name, value);
	} while (more);
	return any || w->end;
}

/* The newest of what we have, for the daemon to go on from. */
static void ask_from(const struct walk *w, struct text *t)
{
	for (size_t i = 0; i < PLACES && i < w->n; i++) {
		const struct layout_ntpq_client *p = &w->clients[w->n - 1 - i];

		text_add(t, ", addr.%zu=%s, last.%zu=0x%08lx.%08lx", i, p->address, i,
			(unsigned long)(p->last >> 32), (unsigned long)(p->last & UINT32_MAX));
	}
}

/* The text as it came. */
static void show_raw(struct session *s, const char *text)
{
	layout_ntpq_variables(
		&s->printer, &s->ntp.state->look, &(struct layout_ntpq_variables){.text = text});
}

static bool fetch(struct session *s, struct walk *w, struct ntpq_answer *a)
{
	if (!ntpq_ask(s, NTPQ_REQUEST_NONCE, 0, "", a) ||
		!ntpq_value(a->text, "nonce", w->nonce, sizeof(w->nonce)))
		return false;
	for (int i = 0; i < ROUNDS && !w->end && !session_stopped(s); i++) {
		char data[NTPQ_DATA_MAX + 1];
		struct text t = text_on(data, sizeof(data));

		text_add(
			&t, "nonce=%s%s%s", w->nonce, w->fragments ? "" : ", frags=32", w->filters);
		ask_from(w, &t);
		if (!ntpq_ask(s, NTPQ_READ_MRU, 0, data, a))
			return false;
		if (s->ntp.state->look.raw)
			show_raw(s, a->text);
		if (!take_entries(w, a->text))
			break;
	}
	return true;
}

/* Takes what was typed: filters for the daemon, and an order for us. */
static bool take_filters(struct session *s, const struct command_words *a, struct walk *w)
{
	static const char names[] = " mincount mindrop minscore resall resany maxlstint minlstint "
				    "laddr recent limit frags ";
	struct text t = text_on(w->filters, sizeof(w->filters));

	for (size_t i = 0; i < a->n; i++) {
		char word[40], name[32];
		size_t n = strcspn(a->word[i], "=");

		snprintf(name, sizeof(name), "%.*s", (int)n, a->word[i]);
		snprintf(word, sizeof(word), " %s ", name);
		if (strcmp(a->word[i], "kod") == 0)
			text_add(&t, ", resany=0x400");
		else if (strcmp(a->word[i], "limited") == 0)
			text_add(&t, ", resany=0x20");
		else if (strncmp(a->word[i], "sort=", 5) == 0)
			w->order = a->word[i] + 5;
		else if (a->word[i][n] == '=' && strstr(names, word) != NULL)
			text_add(&t, ", %s", a->word[i]);
		else
			return ntpq_fail(s, "***Unknown parameter '%s'", name);
		w->fragments |= strcmp(name, "frags") == 0;
	}
	if (t.cut)
		return ntpq_fail(s, "***Too many parameters%s", "");
	return layout_ntpq_clients_sort(NULL, 0, w->order) ||
	       ntpq_fail(s, "***Sort order %s is not implemented", w->order);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How much it was and how long it took, for people. */
static void show_effort(struct session *s, size_t n, double collected_s, double begun)
{
	char text[200];
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	snprintf(text, sizeof(text), "# Collected %zu slots in %.3f seconds\n", n, collected_s);
	print_literal(&s->printer, s->ntp.state->direct ? "" : text);
	snprintf(text, sizeof(text),
		"# Processed %zu slots in %.3f seconds\n# Used %ld megabytes of memory\n", n,
		seconds() - begun, usage.ru_maxrss / 1024);
	print_literal(&s->printer, text);
}

/* Direct: as they came, the oldest first. */
static void show_clients(struct session *s, const struct walk *w)
{
	bool direct = s->ntp.state->direct;

	if (!direct) {
		layout_ntpq_mrulist_head(&s->printer);
		layout_ntpq_clients_sort(w->clients, w->n, w->order);
	}
	for (size_t i = 0; i < w->n; i++)
		layout_ntpq_client(&s->printer, &w->clients[i], direct ? 0 : w->now);
}

bool run_ntpq_mrulist(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	struct walk w = {.order = "lstint"};
	double begun = seconds(), collected;
	bool good;

	if (s->as_ntpq && !s->ntp.state->direct)
		print_literal(&s->printer,
			"Ctrl-C will stop MRU retrieval and display partial results.\n");
	good = answer && take_filters(s, a, &w) && fetch(s, &w, answer);
	collected = seconds() - begun;
	if (good) {
		print_report(&s->printer, c->name, true);
		if (!s->ntp.state->look.raw)
			show_clients(s, &w);
		show_effort(s, w.n, collected, begun);
		print_report_end(&s->printer);
	}
	free(w.clients);
	free(answer);
	return good;
}

/* A list that only those who may change the daemon are shown. */
static bool show_list(struct session *s, const struct command *c, const char *what,
	void (*layout)(struct printer *p, const char *text))
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer && ntpq_ask_signed(s, NTPQ_READ_LIST, what, answer);

	if (good && s->ntp.state->look.raw)
		show_raw(s, answer->text);
	else if (good) {
		print_report(&s->printer, c->name, true);
		layout(&s->printer, answer->text);
		print_report_end(&s->printer);
	}
	free(answer);
	return good;
}

bool run_ntpq_ifstats(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)a;
	return show_list(s, c, "ifstats", layout_ntpq_ifstats);
}

bool run_ntpq_reslist(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)a;
	return show_list(s, c, "addr_restrictions", layout_ntpq_reslist);
}
