/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking on behalf of commands, and the names of sources. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "cli/session.h"
#include "common/text.h"

/* Names from the DNS are cut to this many characters. */
#define NAME_COLUMN 25

#define CODE_NO_DAEMON 506
#define CODE_BAD_REPLY 508

bool session_stopped(const struct session *s)
{
	return s->stop && *s->stop;
}

bool session_complain(struct session *s, const char *message, const char *detail)
{
	fprintf(s->err, "%s\n", message);
	if (detail && detail[0] && !s->terse)
		fprintf(s->err, "%s\n", detail);
	print_complaint(&s->printer, message, detail);
	return false;
}

bool session_ask(struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	int r = s->daemon.ask(s->daemon.arg, q, ret);

	if (r == 0)
		return true;
	if (r == -ENOTCONN) {
		session_complain(s, "Could not open connection to daemon", NULL);
		if (!s->interactive)
			s->quit = true;
	} else {
		print_result(&s->printer, CODE_NO_DAEMON, "Cannot talk to daemon");
	}
	if ((r == -ENOTCONN || r == -ETIMEDOUT) && !s->terse)
		fputs(s->daemon.why(s->daemon.arg), s->err);
	return false;
}

bool session_print_status(struct session *s, uint16_t status)
{
	int code;
	const char *message = print_status_message(status, &code);

	print_result(&s->printer, code, message);
	return status == CMDMON_OK || status == CMDMON_ACCESS_ALLOWED ||
	       status == CMDMON_ACCESS_DENIED;
}

bool session_act(struct session *s, struct cmdmon_request *q)
{
	struct cmdmon_reply reply;

	return session_ask(s, q, &reply) && session_print_status(s, reply.status);
}

bool session_is_report(struct session *s, const struct cmdmon_reply *reply, const uint16_t *kinds)
{
	/* "Access allowed" is no refusal, but no report either. */
	if (reply->status != CMDMON_OK && !session_print_status(s, reply->status))
		return false;
	while (*kinds && *kinds != reply->kind)
		kinds++;
	if (!*kinds)
		print_result(&s->printer, CODE_BAD_REPLY, "Bad reply from daemon");
	return *kinds != 0;
}

bool session_fetch_any(struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret,
	const uint16_t *kinds)
{
	struct cmdmon_reply reply;

	if (!session_ask(s, q, &reply) || !session_is_report(s, &reply, kinds))
		return false;
	*ret = reply;
	return true;
}

bool session_fetch(
	struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret, uint16_t kind)
{
	return session_fetch_any(s, q, ret, (const uint16_t[]){kind, 0});
}

int session_address(struct session *s, const char *text, struct address *ret)
{
	long long id;

	if (strncmp(text, "ID#", 3) == 0) {
		if (text_to_int(text + 3, 0, UINT32_MAX, &id) < 0)
			return -EINVAL;
		*ret = address_id((uint32_t)id);
		return 0;
	}
	if (address_parse(text, ret) == 0)
		return 0;
	if (s->resolver->forward(s->resolver->arg, text, s->family, ret, 1) == 0)
		return -EINVAL;
	return 0;
}

int session_configured_name(struct session *s, const struct address *a, char *ret)
{
	struct cmdmon_request q = {.command = CMDMON_NTP_SOURCE_NAME, .address = *a};
	struct cmdmon_reply reply;

	if (s->daemon.ask(s->daemon.arg, &q, &reply) < 0 || reply.status != CMDMON_OK ||
		reply.kind != CMDMON_REPLY_NAME)
		return -ENOENT;
	return text_copy(ret, SESSION_NAME, reply.u.name) < 0 ? -ENOENT : 0;
}

static void numeric_name(const struct address *a, char *ret)
{
	if (a->family == ADDRESS_NONE)
		snprintf(ret, SESSION_NAME, "[UNSPEC]");
	else
		address_format(a, ret, SESSION_NAME);
}

/* The name in the DNS, or the address where there is none. */
static void dns_name(struct session *s, const struct address *a, char *ret)
{
	if (s->numeric || s->resolver->reverse(s->resolver->arg, a, ret, SESSION_NAME) < 0)
		numeric_name(a, ret);
	/* Whoever owns the address says in the DNS what he likes. */
	text_tame_name(ret);
}

void session_client_name(struct session *s, const struct address *a, char *ret)
{
	size_t room = NAME_COLUMN + (s->printer.wide ? PRINT_WIDER : 0);

	dns_name(s, a, ret);
	if (!s->numeric && strlen(ret) > room) {
		ret[room - 1] = '>';
		ret[room] = '\0';
	}
}

/* The configured name; when there is none people are told why, as chronyc does. */
static void configured_name(struct session *s, const struct address *a, char *ret)
{
	struct cmdmon_request q = {.command = CMDMON_NTP_SOURCE_NAME, .address = *a};
	struct cmdmon_reply reply;

	if (s->printer.mode == PRINT_JSON) {
		if (session_configured_name(s, a, ret) < 0)
			ret[0] = '\0';
	} else if (!session_fetch(s, &q, &reply, CMDMON_REPLY_NAME) ||
		   text_copy(ret, SESSION_NAME, reply.u.name) < 0) {
		snprintf(ret, SESSION_NAME, "?");
	}
}

void session_name(struct session *s, const struct address *a, char *ret)
{
	if (s->configured_names)
		configured_name(s, a, ret);
	else
		session_client_name(s, a, ret);
}

void session_whole_name(struct session *s, const struct address *a, char *ret)
{
	if (s->configured_names)
		configured_name(s, a, ret);
	else
		dns_name(s, a, ret);
}
