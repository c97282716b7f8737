/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports with a line or a block for each source. */
#include "config.h"

#include <string.h>

#include "cli/command.h"
#include "cli/layout.h"

/* The options of these reports; other words mean nothing, as with chronyc. */
struct table_options {
	bool all; /* also sources whose address is not known yet */
	bool legend;
};

static struct table_options table_options(const struct command_words *a)
{
	struct table_options o = {false, false};

	for (size_t i = 0; i < a->n; i++) {
		o.all |= strcmp(a->word[i], "-a") == 0;
		o.legend |= strcmp(a->word[i], "-v") == 0;
	}
	return o;
}

/* What a source with an address or, without one, a reference ID is called. */
static struct layout_source who(
	struct session *s, const struct address *a, uint32_t refid, bool refclock, char *name)
{
	static const struct address none = {.family = ADDRESS_NONE};

	if (refclock)
		layout_refid_text(refid, name);
	else
		session_name(s, a, name);
	return (struct layout_source){name, refclock ? &none : a};
}

static bool count_sources(struct session *s, uint32_t *ret)
{
	struct cmdmon_request q = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply reply;

	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_N_SOURCES))
		return false;
	*ret = reply.u.n_sources;
	return true;
}

/* A table: what is asked for each source, and how its line is printed. */
struct table {
	const char *name;
	uint16_t request, reply;
	void (*header)(struct printer *p, bool legend);
	/* Prints the line, or nothing for a source that does not belong here. */
	bool (*row)(struct session *s, struct cmdmon_reply *reply, const struct table_options *o);
};

static bool run_table(struct session *s, const struct table *t, const struct command_words *a)
{
	struct table_options o = table_options(a);
	struct printer *p = &s->printer;
	uint32_t n;
	bool good;

	if (!count_sources(s, &n))
		return false;
	print_report(p, t->name, true);
	t->header(p, o.legend);
	good = true;
	for (uint32_t i = 0; i < n && good; i++) {
		struct cmdmon_request q = {.command = t->request, .number = (int32_t)i};
		struct cmdmon_reply reply;

		good = session_fetch(s, &q, &reply, t->reply) && t->row(s, &reply, &o);
	}
	if (good)
		print_report_end(p);
	else
		print_report_drop(p);
	return good;
}

static bool hidden(const struct address *a, const struct table_options *o)
{
	return a->family == ADDRESS_ID && !o->all;
}

static bool row_source(struct session *s, struct cmdmon_reply *reply, const struct table_options *o)
{
	struct report_source *r = &reply->u.source;
	char name[SESSION_NAME];
	struct layout_source source;

	if (hidden(&r->address, o))
		return true;
	source = who(
		s, &r->address, address_u32(&r->address), r->mode == REPORT_MODE_REFCLOCK, name);
	layout_source(&s->printer, &source, r);
	return true;
}

bool run_sources(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct table table = {"sources", CMDMON_SOURCE_DATA, CMDMON_REPLY_SOURCE_DATA,
		layout_sources_header, row_source};

	(void)c;
	return run_table(s, &table, a);
}

static bool row_sourcestats(
	struct session *s, struct cmdmon_reply *reply, const struct table_options *o)
{
	struct report_sourcestats *r = &reply->u.sourcestats;
	char name[SESSION_NAME];
	struct layout_source source;

	if (hidden(&r->address, o))
		return true;
	source = who(s, &r->address, r->refid, r->address.family == ADDRESS_NONE, name);
	layout_sourcestats(&s->printer, &source, r);
	return true;
}

bool run_sourcestats(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct table table = {"sourcestats", CMDMON_SOURCESTATS,
		CMDMON_REPLY_SOURCESTATS, layout_sourcestats_header, row_sourcestats};

	(void)c;
	return run_table(s, &table, a);
}

static bool row_selectdata(
	struct session *s, struct cmdmon_reply *reply, const struct table_options *o)
{
	struct report_select *r = &reply->u.select;
	char name[SESSION_NAME];
	struct layout_source source;

	if (hidden(&r->address, o))
		return true;
	source = who(s, &r->address, r->refid, r->address.family == ADDRESS_NONE, name);
	layout_selectdata(&s->printer, &source, r);
	return true;
}

bool run_selectdata(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct table table = {"selectdata", CMDMON_SELECT_DATA,
		CMDMON_REPLY_SELECT_DATA, layout_selectdata_header, row_selectdata};

	(void)c;
	return run_table(s, &table, a);
}

static bool row_authdata(
	struct session *s, struct cmdmon_reply *reply, const struct table_options *o)
{
	struct report_source *r = &reply->u.source;
	struct cmdmon_request q = {.command = CMDMON_AUTH_DATA, .address = r->address};
	struct cmdmon_reply auth;
	char name[SESSION_NAME];
	struct layout_source source;

	if (r->mode == REPORT_MODE_REFCLOCK || hidden(&r->address, o))
		return true;
	if (!session_fetch(s, &q, &auth, CMDMON_REPLY_AUTH_DATA))
		return false;
	source = who(s, &r->address, 0, false, name);
	layout_authdata(&s->printer, &source, &auth.u.auth);
	return true;
}

bool run_authdata(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct table table = {"authdata", CMDMON_SOURCE_DATA, CMDMON_REPLY_SOURCE_DATA,
		layout_authdata_header, row_authdata};

	(void)c;
	return run_table(s, &table, a);
}

static bool print_ntpdata(struct session *s, const struct address *a, const char *before)
{
	static const uint16_t kinds[] = {CMDMON_REPLY_NTP_DATA, CMDMON_REPLY_NTP_DATA_OLD, 0};
	struct cmdmon_request q = {.command = CMDMON_NTP_DATA, .address = *a};
	struct cmdmon_reply reply;

	if (!session_fetch_any(s, &q, &reply, kinds))
		return false;
	print_literal(&s->printer, before);
	layout_ntpdata(&s->printer, &reply.u.ntpdata, reply.kind == CMDMON_REPLY_NTP_DATA_OLD);
	return true;
}

static bool row_ntpdata(
	struct session *s, struct cmdmon_reply *reply, const struct table_options *o)
{
	struct report_source *r = &reply->u.source;

	(void)o;
	if (r->mode == REPORT_MODE_REFCLOCK ||
		(r->address.family != ADDRESS_IP4 && r->address.family != ADDRESS_IP6))
		return true;
	return print_ntpdata(s, &r->address, "\n");
}

static void no_header(struct printer *p, bool legend)
{
	(void)p;
	(void)legend;
}

bool run_ntpdata(struct session *s, const struct command *c, const struct command_words *a)
{
	static const struct table table = {
		"ntpdata", CMDMON_SOURCE_DATA, CMDMON_REPLY_SOURCE_DATA, no_header, row_ntpdata};
	struct address address;
	bool good;

	(void)c;
	if (a->n == 0)
		return run_table(s, &table, a);
	if (session_address(s, a->rest, &address) < 0)
		return session_complain(s, "Could not get address for hostname", NULL);
	print_report(&s->printer, "ntpdata", true);
	good = print_ntpdata(s, &address, "");
	if (good)
		print_report_end(&s->printer);
	else
		print_report_drop(&s->printer);
	return good;
}

bool run_sourcename(struct session *s, const struct command *c, const struct command_words *a)
{
	struct cmdmon_request q = {.command = CMDMON_NTP_SOURCE_NAME};
	struct cmdmon_reply reply;

	(void)c;
	if (a->n == 0 || session_address(s, a->rest, &q.address) < 0)
		return session_complain(s, "Could not read address", NULL);
	if (!session_fetch(s, &q, &reply, CMDMON_REPLY_NAME))
		return false;
	print_report(&s->printer, "sourcename", false);
	print_row(&s->printer);
	print_text(&s->printer, "", "name", reply.u.name, 0);
	print_row_end(&s->printer, "\n");
	print_report_end(&s->printer);
	return true;
}

void command_offer_sources(struct session *s, void (*offer)(void *arg, const char *word), void *arg)
{
	struct cmdmon_request count = {.command = CMDMON_N_SOURCES};
	struct cmdmon_reply reply;
	uint32_t n;

	if (s->daemon.ask(s->daemon.arg, &count, &reply) < 0 ||
		reply.kind != CMDMON_REPLY_N_SOURCES)
		return;
	n = reply.u.n_sources;
	for (uint32_t i = 0; i < n; i++) {
		struct cmdmon_request q = {.command = CMDMON_SOURCE_DATA, .number = (int32_t)i};
		char address[ADDRESS_TEXT], name[SESSION_NAME];

		if (s->daemon.ask(s->daemon.arg, &q, &reply) < 0 ||
			reply.kind != CMDMON_REPLY_SOURCE_DATA)
			return;
		if (reply.u.source.mode == REPORT_MODE_REFCLOCK)
			continue;
		address_format(&reply.u.source.address, address, sizeof(address));
		offer(arg, address);
		if (session_configured_name(s, &reply.u.source.address, name) == 0 &&
			strcmp(name, address) != 0)
			offer(arg, name);
	}
}
