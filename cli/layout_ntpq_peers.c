/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of sources in its four kinds: the columns of each are a word of letters. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_cook.h"
#include "cli/ntpq_wire.h"
#include "common/instant.h"
#include "common/status_words.h"

/* Columns of remote and of what follows it, and of a number. */
#define NAME   15
#define NUMBER 8

/* How much the column of names grows on a wide terminal, at most. */
#define WIDER    24
#define TERMINAL 80
#define LINE     79

/* A refid has these columns in front of the number of the association. */
#define SHORT_REFID 7

/* T tally, N remote, R refid, A short refid and association, L our address, s stratum, t kind, w
 * when, p poll, r reach, d delay, o offset, j jitter, D dispersion. */
static const struct kind {
	const char *columns, *left, *right;
} kinds[] = {
	[LAYOUT_NTPQ_PEERS] = {"TNRstwprdoj", "     remote     ",
		"      refid      st t when poll reach   delay   offset   jitter"},
	[LAYOUT_NTPQ_APEERS] = {"TNAstwprdoj", "     remote     ",
		"  refid   assid  st t when poll reach   delay   offset   jitter"},
	[LAYOUT_NTPQ_OPEERS] = {"TNLstwprdoD", "     remote     ",
		"      local      st t when poll reach   delay   offset     disp"},
	[LAYOUT_NTPQ_RPEERS] = {"stwprdojRTN",
		" st t when poll reach   delay   offset   jitter refid           T remote", ""},
};

/* What a line of the table is made of. */
struct row {
	struct printer *p;
	const struct layout_ntpq_look *look;
	const struct layout_ntpq_peer *peer;
	int name_width;
};

void layout_ntpq_remote(const char *text, char *ret, size_t room)
{
	ntpq_value(text, "srcadr", ret, room);
	if (strcmp(ret, "0.0.0.0") == 0 || strcmp(ret, "::") == 0 ||
		strncmp(ret, "127.127.", 8) == 0)
		ntpq_value(text, "srchost", ret, room);
}

static int wider(const struct layout_ntpq_look *look)
{
	int more = look->width > TERMINAL ? look->width - TERMINAL : 0;

	return more < WIDER ? more : WIDER;
}

/* The column of the one who is asked. */
static int server_width(const struct layout_ntpq_look *look)
{
	int least = (int)strlen("server");

	return look->server_width > least ? look->server_width : least;
}

void layout_ntpq_peers_head(
	struct printer *p, const struct layout_ntpq_look *look, enum layout_ntpq_peers kind)
{
	const struct kind *k = &kinds[kind];
	int gap = kind == LAYOUT_NTPQ_RPEERS ? 0 : wider(look), length = LINE + gap;
	char line[256];

	if (look->server != NULL) {
		snprintf(line, sizeof(line), "%-*s ", server_width(look), "server");
		print_literal(p, line);
		length += server_width(look) + 1;
	}
	snprintf(line, sizeof(line), "%s%*s%s\n", k->left, gap, "", k->right);
	print_literal(p, line);
	for (int i = 0; i < length; i++)
		print_literal(p, "=");
	print_literal(p, "\n");
}

static char kind_of(const char *text)
{
	char host[256], refid[32], cookies[16];

	switch (ntpq_integer(text, "hmode", 8)) {
	case 3:
		break;
	case 1:
		return 's';
	case 2:
		return 'S';
	case 5:
		return 'B';
	case 6:
	case 7:
		return 'b';
	default:
		return '?';
	}
	ntpq_value(text, "srchost", host, sizeof(host));
	ntpq_value(text, "refid", refid, sizeof(refid));
	if (strchr(host, '('))
		return 'l';
	if (strcmp(refid, "POOL") == 0)
		return 'p';
	if (ntpq_value(text, "ntscookies", cookies, sizeof(cookies)) && cookies[0] != '-')
		return cookies[0];
	return 'u';
}

/* Seconds in four columns. */
static void span(long long s, char ret[8])
{
	if (s <= 0)
		snprintf(ret, 8, "-");
	else if (s <= 2048)
		snprintf(ret, 8, "%d", (int)s);
	else if (s <= 300 * 60)
		snprintf(ret, 8, "%dm", (int)((s + 59) / 60));
	else if (s <= 96 * 3600)
		snprintf(ret, 8, "%dh", (int)((s + 3599) / 3600));
	else
		snprintf(ret, 8, "%dd", (int)(s / 86400 % 10000));
}

/* A time of s seconds; programs see nothing where people see a hyphen. */
static void put_span(struct row *r, const char *before, const char *key, long long s)
{
	char human[8], number[24] = "";

	span(s, human);
	if (s > 0)
		snprintf(number, sizeof(number), "%lld", s);
	print_as(r->p, before, key, human, number, 4);
}

/* Since the last answer, s. */
static long long since(const char *text)
{
	char value[64];
	uint64_t rec = 0;
	struct timespec now;

	if (ntpq_value(text, "rec", value, sizeof(value)))
		rec = ntpq_stamp(value);
	clock_gettime(CLOCK_REALTIME, &now);
	return rec == 0 ? 0
			: instant_ntp_diff(
				  instant_to_ntp(instant_from_s(now.tv_sec, now.tv_nsec)), rec) /
				  INSTANT_S;
}

/* A text in a column; the end of it where it is too long. */
static void tail(const char *s, char *ret, size_t room)
{
	size_t n = strlen(s);

	if (n > NAME)
		snprintf(ret, room, "-%s", s + n - (NAME - 1));
	else
		snprintf(ret, room, "%s", s);
}

static void put_refid(struct row *r, const char *before, bool is_short)
{
	char refid[64], dotted[80], human[80];

	ntpq_value(r->peer->text, "refid", refid, sizeof(refid));
	snprintf(dotted, sizeof(dotted), strpbrk(refid, ".:") ? "%s" : ".%s.", refid);
	tail(dotted, human, sizeof(human));
	if (is_short && strlen(dotted) > SHORT_REFID)
		snprintf(human, sizeof(human), "...");
	print_as(r->p, before, "refid", human, refid, is_short ? -SHORT_REFID - 1 : -NAME);
}

static void put_local(struct row *r, const char *before)
{
	char local[80], human[80];

	ntpq_value(r->peer->text, "dstadr", local, sizeof(local));
	tail(local, human, sizeof(human));
	print_as(r->p, before, "local", human, local, -NAME);
}

static void put_name(struct row *r, const char *before)
{
	char human[1200];
	int width = r->name_width;
	bool is_long = (int)strlen(r->peer->remote) > width;

	/* A long name has a line for itself where it is wanted whole. */
	if (is_long && r->p->wide && width > 0)
		snprintf(human, sizeof(human), "%s\n%*s", r->peer->remote, width + 1, "");
	else if (width > 0)
		snprintf(human, sizeof(human), "%-*.*s", width, width, r->peer->remote);
	else
		snprintf(human, sizeof(human), "%s", r->peer->remote);
	print_as(r->p, before, "remote", human, r->peer->remote, 0);
}

/* A time of ms. */
static void put_ms(struct row *r, const char *before, const char *key, const char *value)
{
	char human[80];
	double v = ntpq_number(r->peer->text, value);

	if (r->look->units) {
		char text[64];

		ntpq_value(r->peer->text, value, text, sizeof(text));
		ntpq_cook_time(text, 1, NUMBER, human, sizeof(human));
	} else {
		ntpq_fit(v, NUMBER, human, sizeof(human));
	}
	if (r->p->mode == PRINT_HUMAN)
		print_text(r->p, before, key, human, NUMBER);
	else
		print_real(r->p, before, key, v, NUMBER, 6);
}

/* The dispersion: that of the source or of its root, whichever is told last. */
static const char *dispersion_of(const char *text)
{
	const char *own = strstr(text, "dispersion="), *root = strstr(text, "rootdisp=");

	return own > root ? "dispersion" : "rootdisp";
}

static void put_tally(struct row *r, const char *before)
{
	static const char tallies[] = " x.-+#*o";
	unsigned selection = r->peer->status >> 8 & 7;
	char tally[2] = {tallies[selection], '\0'};

	print_choice(r->p, before, "selection",
		&(struct print_choice){tally, tally, status_selection_name(selection)}, 0);
}

static void put_rest(struct row *r, char column)
{
	const char *text = r->peer->text;
	int ours = ntpq_integer(text, "hpoll", 30), theirs = ntpq_integer(text, "ppoll", 30);
	char kind[2] = {kind_of(text), '\0'};

	switch (column) {
	case 's':
		print_int(r->p, " ", "stratum", ntpq_integer(text, "stratum", 99), 2);
		break;
	case 't':
		print_text(r->p, " ", "type", kind, 0);
		break;
	case 'w':
		put_span(r, " ", "when_s", since(text));
		break;
	case 'p':
		put_span(r, " ", "poll_s", 1LL << (ours < theirs ? ours : theirs));
		break;
	case 'r':
		print_octal(r->p, " ", "reach", (unsigned)ntpq_integer(text, "reach", 0xff), 4);
		break;
	case 'd':
		put_ms(r, " ", "delay_ms", "delay");
		break;
	case 'o':
		put_ms(r, " ", "offset_ms", "offset");
		break;
	case 'j':
		put_ms(r, " ", "jitter_ms",
			strstr(text, "jitter=") != NULL ? "jitter" : "dispersion");
		break;
	default:
		put_ms(r, " ", "dispersion_ms", dispersion_of(text));
		break;
	}
}

static void put_column(struct row *r, char column, bool first)
{
	switch (column) {
	case 'T':
		put_tally(r, first ? "" : " ");
		break;
	case 'N':
		put_name(r, r->name_width > 0 ? "" : " ");
		break;
	case 'R':
		put_refid(r, " ", false);
		break;
	case 'A':
		put_refid(r, " ", true);
		print_int(r->p, " ", "association", r->peer->association, -6);
		break;
	case 'L':
		put_local(r, " ");
		break;
	default:
		put_rest(r, column);
		break;
	}
}

void layout_ntpq_peer(struct printer *p, const struct layout_ntpq_look *look,
	enum layout_ntpq_peers kind, const struct layout_ntpq_peer *peer)
{
	const char *columns = kinds[kind].columns;
	struct row r = {.p = p, .look = look, .peer = peer};
	char server[128];

	if (kind != LAYOUT_NTPQ_RPEERS)
		r.name_width = NAME + wider(look);
	if (look->server != NULL) {
		snprintf(server, sizeof(server), "%-*s ", server_width(look), look->server);
		print_literal(p, server);
	}
	print_row(p);
	for (const char *c = columns; *c != '\0'; c++)
		put_column(&r, *c, c == columns);
	if (kind != LAYOUT_NTPQ_APEERS)
		print_int(p, NULL, "association", peer->association, 0);
	print_row_end(p, "\n");
}
