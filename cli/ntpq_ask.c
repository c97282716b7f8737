/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions, keys, and the list of associations. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ntpq_ask.h"
#include "common/text.h"

bool ntpq_fail(struct session *s, const char *format, const char *what)
{
	char message[512];
	struct text t = text_on(message, sizeof(message));

	text_add(&t, format, what);
	return session_complain(s, message, NULL);
}

bool ntpq_say(struct session *s, const char *format, ...)
{
	char message[1024];
	struct text t = text_on(message, sizeof(message));
	va_list ap;

	va_start(ap, format);
	text_addv(&t, format, ap);
	va_end(ap);
	if (s->printer.mode == PRINT_JSON) {
		print_report(&s->printer, "setting", false);
		print_json_text(&s->printer, "message", message);
		print_report_end(&s->printer);
	} else {
		fprintf(s->printer.out, "%s\n", message);
	}
	return true;
}

bool ntpq_need_key(struct session *s)
{
	struct ntpq_state *state = s->ntp.state;
	char prompt[32], *typed;
	int r = -ENOKEY;

	if (state->key.id == 0)
		return ntpq_fail(s, "***Invalid key identifier%s", "");
	if (state->key.n > 0)
		return true;
	if (state->key_file != NULL)
		r = ntpq_key_read(state->key_file, &state->key);
	if (r == 0)
		return true;
	if (r == -ENOTSUP)
		return ntpq_fail(s, "***Keys other than MD5 and SHA1 are not known here%s", "");
	snprintf(prompt, sizeof(prompt), "%s Password: ", ntpq_digest_name(state->key.digest));
	typed = getpass(prompt);
	if (typed == NULL || ntpq_key_secret(&state->key, typed) < 0)
		return ntpq_fail(s, "***Invalid password%s", "");
	explicit_bzero(typed, strlen(typed));
	return true;
}

static bool ask_by(struct session *s, const struct ntpq_query *q, struct ntpq_answer *ret)
{
	int r = s->ntp.ask != NULL ? s->ntp.ask(s->ntp.arg, q, ret) : -ENOTCONN;

	if (r == -ECONNREFUSED)
		return ntpq_fail(s, "***Socket error; probably ntpd is not running%s",
			s->as_ntpq ? "\n" : "");
	if (r == -ETIMEDOUT)
		return ntpq_fail(s, "***Request timed out%s", s->as_ntpq ? "\n" : "");
	if (r < 0)
		return ntpq_fail(s, "***%s", strerror(-r));
	return true;
}

static bool is_error(struct session *s, const struct ntpq_answer *a)
{
	if (a->error >= 0)
		ntpq_fail(s, "***Server error code %s", ntpq_error_name(a->error));
	return a->error >= 0;
}

static struct ntpq_query query_of(
	const struct session *s, unsigned opcode, unsigned association, const char *data)
{
	return (struct ntpq_query){.opcode = opcode,
		.association = association,
		.data = data,
		.version = (unsigned)s->ntp.state->version,
		.timeout_ms = s->ntp.state->timeout_ms};
}

static bool ask_maybe_signed(struct session *s, struct ntpq_query *q, struct ntpq_answer *ret)
{
	if (s->ntp.state->authenticate) {
		if (!ntpq_need_key(s))
			return false;
		q->key = &s->ntp.state->key;
	}
	return ask_by(s, q, ret);
}

bool ntpq_ask(struct session *s, unsigned opcode, unsigned association, const char *data,
	struct ntpq_answer *ret)
{
	struct ntpq_query q = query_of(s, opcode, association, data);

	return ask_maybe_signed(s, &q, ret) && !is_error(s, ret);
}

bool ntpq_ask_signed(struct session *s, unsigned opcode, const char *data, struct ntpq_answer *ret)
{
	struct ntpq_query q = query_of(s, opcode, 0, data);

	if (!ntpq_need_key(s))
		return false;
	q.key = &s->ntp.state->key;
	return ask_by(s, &q, ret) && !is_error(s, ret);
}

bool ntpq_ask_quietly(
	struct session *s, unsigned association, const char *names, struct ntpq_answer *ret)
{
	struct ntpq_query q = query_of(s, NTPQ_READ_VARIABLES, association, names);

	return ask_maybe_signed(s, &q, ret);
}

/* By their numbers, big-endian at the front of each. */
static int by_number(const void *a, const void *b)
{
	return memcmp(a, b, 2);
}

bool ntpq_fetch_associations(struct session *s)
{
	struct ntpq_state *state = s->ntp.state;
	struct ntpq_answer *list = &state->associations;

	state->has_associations = ntpq_ask(s, NTPQ_READ_STATUS, 0, "", list);
	/* Numbers are given in the order of configuration; daemons list them as they like. */
	if (state->has_associations && list->n >= 4)
		qsort(list->text, list->n / 4, 4, by_number);
	return state->has_associations;
}

size_t ntpq_associations(const struct session *s)
{
	return s->ntp.state->has_associations ? s->ntp.state->associations.n / 4 : 0;
}

static unsigned u16_at(const char *p)
{
	return (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
}

void ntpq_association(const struct session *s, size_t i, unsigned *ret_id, unsigned *ret_status)
{
	const char *p = s->ntp.state->associations.text + 4 * i;

	*ret_id = u16_at(p);
	*ret_status = u16_at(p + 2);
}

/* The number of the association at a place from 1 on. */
static bool at_place(struct session *s, const char *word, unsigned *ret_id, size_t *ret_index)
{
	unsigned status;
	long long v;

	if (text_to_int(word + 1, 0, UINT16_MAX, &v) < 0)
		return ntpq_fail(s, "Invalid index literal.%s", "");
	if (v < 1 || (size_t)v > ntpq_associations(s))
		return ntpq_fail(s, "No such association as %s.", word + 1);
	*ret_index = (size_t)v;
	ntpq_association(s, (size_t)v - 1, ret_id, &status);
	return true;
}

bool ntpq_read_association(struct session *s, const char *word, unsigned *ret_id, size_t *ret_index)
{
	unsigned id, status;
	long long v = 0;

	if (word[0] != '&' && text_to_int(word, 0, UINT16_MAX, &v) < 0)
		return ntpq_fail(s, "Invalid associd literal.%s", "");
	if (word[0] != '&' && v == 0) {
		*ret_id = 0;
		*ret_index = 0;
		return true;
	}
	if (!s->ntp.state->has_associations && !ntpq_fetch_associations(s))
		return false;
	if (word[0] == '&')
		return at_place(s, word, ret_id, ret_index);
	for (size_t i = 0; i < ntpq_associations(s); i++) {
		ntpq_association(s, i, &id, &status);
		if (id != (unsigned)v)
			continue;
		*ret_id = id;
		*ret_index = i + 1;
		return true;
	}
	return ntpq_fail(s, "Unknown associd.%s", "");
}
