/* SPDX-License-Identifier: BSD-2-Clause */
/* What ntpq shows, asked over ntpd's control protocol. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"
#include "common/text.h"

/* Restart points that a request for the list of clients carries, and the rounds it may take. */
#define PLACES 4
#define ROUNDS 10000

/* The most entries of the list of clients. */
#define CLIENTS_MAX 200000

static bool fail(struct session *s, const char *format, const char *what)
{
	char message[128];
	struct text t = text_on(message, sizeof(message));

	text_add(&t, format, what);
	return session_complain(s, message, NULL);
}

/* Asks; what went wrong is said as ntpq says it. */
static bool ask(struct session *s, unsigned opcode, unsigned association, const char *data,
	struct ntpq_answer *ret)
{
	int r = s->ntp.ask ? s->ntp.ask(s->ntp.arg, opcode, association, data, ret) : -ENOTCONN;

	if (r == -ETIMEDOUT || r == -ECONNREFUSED)
		return fail(s, "***Request timed out%s", "");
	if (r < 0)
		return fail(s, "***%s", strerror(-r));
	if (ret->error >= 0)
		return fail(s, "***Server error code %s", ntpq_error_name(ret->error));
	return true;
}

static unsigned u16_at(const char *p)
{
	return (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
}

/* Calls each with every association of the system. Returns whether all went well. */
static bool each_association(
	struct session *s, bool (*each)(struct session *s, size_t i, unsigned id, unsigned status))
{
	struct ntpq_answer *a = calloc(1, sizeof(*a));
	bool good = a && ask(s, NTPQ_READ_STATUS, 0, "", a);

	for (size_t i = 0; good && i + 4 <= a->n; i += 4)
		good = each(s, i / 4 + 1, u16_at(a->text + i), u16_at(a->text + i + 2));
	free(a);
	return good;
}

static bool show_peer(struct session *s, size_t i, unsigned id, unsigned status)
{
	struct ntpq_answer *a = calloc(1, sizeof(*a));
	char remote[SESSION_NAME];
	struct address address;
	bool good = a && ask(s, NTPQ_READ_VARIABLES, id, "", a);

	(void)i;
	if (good) {
		layout_ntpq_remote(a->text, remote, sizeof(remote));
		if (!s->numeric && address_parse(remote, &address) == 0)
			session_whole_name(s, &address, remote);
		layout_ntpq_peer(&s->printer, status, remote, a->text);
	}
	free(a);
	return good;
}

bool run_peers(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	layout_ntpq_peers_head(&s->printer);
	return each_association(s, show_peer);
}

static bool show_association(struct session *s, size_t i, unsigned id, unsigned status)
{
	layout_ntpq_association(&s->printer, i, id, status);
	return true;
}

bool run_associations(struct session *s, const struct command *c, const struct command_words *a)
{
	(void)c;
	(void)a;
	layout_ntpq_associations_head(&s->printer);
	return each_association(s, show_association);
}

/* The number of an association as said: "11734", or "&2" for the second. */
static bool read_association(struct session *s, const char *word, unsigned *ret)
{
	struct ntpq_answer *a;
	long long v;
	bool good;

	if (text_to_int(word + (word[0] == '&'), 0, UINT16_MAX, &v) < 0)
		return fail(s, "***Invalid association ID %s specified", word);
	*ret = (unsigned)v;
	if (word[0] != '&' || v == 0)
		return true;
	a = calloc(1, sizeof(*a));
	good = a && ask(s, NTPQ_READ_STATUS, 0, "", a);
	if (good && (size_t)v * 4 > a->n)
		good = fail(s, "***Association for %s is not known", word);
	if (good)
		*ret = u16_at(a->text + (v - 1) * 4);
	free(a);
	return good;
}

bool run_variables(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer;
	char names[256] = "";
	struct text t = text_on(names, sizeof(names));
	unsigned id = 0;
	bool good;

	(void)c;
	if (a->n > 0 && !read_association(s, a->word[0], &id))
		return false;
	for (size_t i = 1; i < a->n; i++)
		text_add(&t, "%s%s", i > 1 ? "," : "", a->word[i]);
	answer = calloc(1, sizeof(*answer));
	good = answer && ask(s, NTPQ_READ_VARIABLES, id, names, answer);
	if (good)
		layout_ntpq_variables(
			&s->printer, id, answer->status, names[0] == '\0', answer->text);
	free(answer);
	return good;
}

bool run_sysinfo(struct session *s, const struct command *c, const struct command_words *a)
{
	static const char names[] = "peeradr,peermode,leap,stratum,precision,rootdelay,rootdisp,"
				    "rootdist,refid,reftime,sys_jitter,clk_jitter,clk_wander,"
				    "authdelay";
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer && ask(s, NTPQ_READ_VARIABLES, 0, names, answer);

	(void)c;
	(void)a;
	if (good)
		layout_ntpq_sysinfo(&s->printer, answer->status, answer->text);
	free(answer);
	return good;
}

bool ask_ntsinfo(struct session *s)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	bool good = answer && ask(s, NTPQ_READ_VARIABLES, 0, LAYOUT_NTPQ_NTS, answer);

	if (good)
		layout_ntpq_ntsinfo(&s->printer, answer->text);
	free(answer);
	return good;
}

/* The list of clients being fetched. */
struct walk {
	struct layout_ntpq_client *clients;
	size_t n, room;
	char nonce[64];
	uint64_t now; /* of the daemon, NTP timestamp */
	bool end;
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

static bool fetch(struct session *s, struct walk *w, struct ntpq_answer *a)
{
	if (!ask(s, NTPQ_REQUEST_NONCE, 0, "", a) ||
		!ntpq_value(a->text, "nonce", w->nonce, sizeof(w->nonce)))
		return false;
	for (int i = 0; i < ROUNDS && !w->end; i++) {
		char data[400];
		struct text t = text_on(data, sizeof(data));

		text_add(&t, "nonce=%s, frags=32", w->nonce);
		ask_from(w, &t);
		if (!ask(s, NTPQ_READ_MRU, 0, data, a))
			return false;
		if (!take_entries(w, a->text))
			break;
	}
	return true;
}

bool run_mrulist(struct session *s, const struct command *c, const struct command_words *a)
{
	struct ntpq_answer *answer = calloc(1, sizeof(*answer));
	struct walk w = {.n = 0};
	bool good = answer && fetch(s, &w, answer);

	(void)c;
	(void)a;
	if (good)
		layout_ntpq_mrulist(&s->printer, w.clients, w.n, w.now);
	free(w.clients);
	free(answer);
	return good;
}
