/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports about the daemon as a whole. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/layout.h"
#include "common/text.h"

/* waitsync: time between tries, and the least of it, in seconds. */
#define WAITSYNC_INTERVAL     10.0
#define WAITSYNC_INTERVAL_MIN 0.1

bool run_tracking(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_TRACKING};
	struct cmdmon_reply reply;
	const struct report_tracking *r = &reply.u.tracking;
	char name[SESSION_NAME];

	(void)c;
	(void)a;
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_TRACKING))
		return false;
	if (r->address.family == ADDRESS_NONE)
		layout_refid_text(r->refid, name);
	else
		session_whole_name(s, &r->address, name);
	print_report(&s->printer, "tracking", false);
	layout_tracking(&s->printer, &(struct layout_source){name, &r->address}, r);
	print_report_end(&s->printer);
	return true;
}

/* What waitsync waits for. */
struct wait {
	long long tries;               /* 0: for ever */
	double correction_s, skew_ppm; /* 0: any */
	double interval_s;
};

/* Reads the arguments of waitsync; those that are not there keep their default. */
static bool read_wait(const struct command_words *a, struct wait *ret)
{
	struct wait w = {0, 0, 0, WAITSYNC_INTERVAL};

	if (a->n > 0 && text_to_int(a->word[0], INT32_MIN, INT32_MAX, &w.tries) < 0)
		return false;
	if (a->n > 1 && text_to_real(a->word[1], &w.correction_s) < 0)
		return false;
	if (a->n > 2 && text_to_real(a->word[2], &w.skew_ppm) < 0)
		return false;
	if (a->n > 3 && text_to_real(a->word[3], &w.interval_s) < 0)
		return false;
	if (!(w.interval_s >= WAITSYNC_INTERVAL_MIN))
		w.interval_s = WAITSYNC_INTERVAL_MIN;
	*ret = w;
	return true;
}

static bool synchronised(const struct report_tracking *r, const struct wait *w)
{
	if (r->address.family == ADDRESS_NONE && (r->refid == 0 || r->refid == REFID_LOCAL))
		return false;
	return (w->correction_s == 0 || fabs(r->correction) <= w->correction_s) &&
	       (w->skew_ppm == 0 || r->skew_ppm <= w->skew_ppm);
}

/* Sleeps until a signal comes. */
static void pause_s(double s)
{
	struct timespec ts = {.tv_sec = (time_t)s};

	ts.tv_nsec = (long)((s - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

bool run_waitsync(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_TRACKING};
	struct cmdmon_reply reply;
	struct wait w;
	bool done = false, quit = s->quit;

	(void)c;
	if (!read_wait(a, &w))
		return session_complain(s, "Invalid syntax for waitsync command", NULL);
	print_report(&s->printer, "waitsync", true);
	for (int try = 1; !done; try++) {
		if (session_fetch(s, &q, &reply, CMDMON_REPLY_TRACKING)) {
			layout_waitsync(&s->printer, try, &reply.u.tracking);
			done = synchronised(&reply.u.tracking, &w);
		}
		fflush(s->printer.out);
		if (done || (w.tries != 0 && try >= w.tries) || session_stopped(s))
			break;
		pause_s(w.interval_s);
		if (session_stopped(s))
			break;
	}
	s->quit = quit;
	print_report_end(&s->printer);
	return done;
}

bool run_activity(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_ACTIVITY};
	struct cmdmon_reply reply;

	(void)c;
	(void)a;
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_ACTIVITY))
		return false;
	print_report(&s->printer, "activity", false);
	layout_activity(&s->printer, &reply.u.activity);
	print_report_end(&s->printer);
	return true;
}

bool run_serverstats(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_SERVER_STATS};
	struct cmdmon_reply reply;
	static const uint16_t kinds[] = {CMDMON_REPLY_SERVER_STATS, CMDMON_REPLY_SERVER_STATS3,
		CMDMON_REPLY_SERVER_STATS2, 0};

	(void)c;
	(void)a;
	if (!session_fetch_any(s, &q, &reply, kinds))
		return false;
	print_report(&s->printer, "serverstats", false);
	layout_serverstats(&s->printer, &reply.u.serverstats, reply.kind);
	print_report_end(&s->printer);
	return true;
}

/* Asks for a report that chronyd has not: its request and reply have the same number. */
static bool fetch_own(struct session *s, const struct command *c, struct cmdmon_reply *ret)
{
	struct cmdmon_request q = {.command = c->number};

	if (!session_ask(s, &q, ret))
		return false;
	if (ret->status == CMDMON_INVALID)
		fprintf(s->err, "This daemon does not know %s: only gnomond does\n", c->name);
	return session_is_report(s, ret, (const uint16_t[]){c->number, 0});
}

bool run_ntsinfo(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_reply reply;

	(void)a;
	if (!fetch_own(s, c, &reply))
		return false;
	print_report(&s->printer, c->name, false);
	layout_ntsinfo(&s->printer, &reply.u.nts);
	print_report_end(&s->printer);
	return true;
}

bool run_refusals(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_reply reply;

	(void)a;
	if (!fetch_own(s, c, &reply))
		return false;
	print_report(&s->printer, c->name, false);
	layout_refusals(&s->printer, &reply.u.refused);
	print_report_end(&s->printer);
	return true;
}

bool run_rtcdata(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_RTCREPORT};
	struct cmdmon_reply reply;

	(void)c;
	(void)a;
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_RTC))
		return false;
	print_report(&s->printer, "rtcdata", false);
	layout_rtcdata(&s->printer, &reply.u.rtc);
	print_report_end(&s->printer);
	return true;
}

bool run_smoothing(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_SMOOTHING};
	struct cmdmon_reply reply;

	(void)c;
	(void)a;
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_SMOOTHING))
		return false;
	print_report(&s->printer, "smoothing", false);
	layout_smoothing(&s->printer, &reply.u.smoothing);
	print_report_end(&s->printer);
	return true;
}

/* The options of `clients`; unknown words mean nothing, as with chronyc. */
struct client_options {
	long long min_hits;
	bool nke, reset;
};

static bool read_client_options(const struct command_words *a, struct client_options *ret)
{
	struct client_options o = {0, false, false};

	for (size_t i = 0; i < a->n; i++) {
		o.nke |= strcmp(a->word[i], "-k") == 0;
		o.reset |= strcmp(a->word[i], "-r") == 0;
		if (strcmp(a->word[i], "-p") == 0 &&
			(++i == a->n || text_to_int(a->word[i], 0, UINT32_MAX, &o.min_hits) < 0))
			return false;
	}
	*ret = o;
	return true;
}

/* Prints one reply's records. */
static void print_clients(
	struct session *s, const struct cmdmon_reply *reply, const struct client_options *o)
{
	for (uint32_t i = 0; i < reply->u.clients.n; i++) {
		const struct report_client *r = &reply->u.clients.clients[i];
		char name[SESSION_NAME];

		/* An empty place of the table. */
		if (r->address.family == ADDRESS_NONE)
			continue;
		session_client_name(s, &r->address, name);
		layout_client(&s->printer, &(struct layout_source){name, &r->address}, r, o->nke);
	}
}

bool run_clients(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_CLIENTS, .number2 = CMDMON_CLIENTS_MAX};
	struct client_options o;
	struct cmdmon_reply reply;
	bool more = true;

	(void)c;
	if (!read_client_options(a, &o))
		return session_complain(s, "Invalid syntax for clients command", NULL);
	q.min_hits = (uint32_t)o.min_hits;
	q.reset = o.reset;
	print_report(&s->printer, "clients", true);
	layout_clients_header(&s->printer, o.nke);
	while (more) {
		uint32_t first = (uint32_t)q.number;

		if (!session_fetch(s, &q, &reply, CMDMON_REPLY_CLIENTS)) {
			print_report_drop(&s->printer);
			return false;
		}
		print_clients(s, &reply, &o);
		q.number = (int32_t)reply.u.clients.next;
		/* A daemon that does not go forward would be asked for ever. */
		more = reply.u.clients.n == CMDMON_CLIENTS_MAX && reply.u.clients.next > first &&
		       reply.u.clients.next < reply.u.clients.table_size;
	}
	print_report_end(&s->printer);
	return true;
}
