/* SPDX-License-Identifier: BSD-2-Clause */
/* One value, three readers: each function knows how its kind of value looks to each of them. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/print.h"
#include "cli/print_json.h"
#include "common/instant.h"
#include "common/text.h"

/* Room for any number with nine digits after the point: a double below 1e20 in practice, but the
 * protocol's float could be anything a printf is given. */
#define NUMBER_TEXT 352

#define DAY_S  86400
#define YEAR_D 365

/* Whether the value goes to the stream now; if so what stands before it is written. */
static bool column(struct printer *p, const char *before)
{
	if (p->mode == PRINT_JSON || (p->mode == PRINT_HUMAN && !before))
		return false;
	if (p->mode == PRINT_HUMAN)
		fputs(before, p->out);
	else if (!p->first)
		putc(',', p->out);
	p->first = false;
	return true;
}

/* Where a JSON value goes, or NULL when nobody wants it. */
static struct json *json_for(struct printer *p, const char *key)
{
	return p->document && key ? print_document_json(p->document) : NULL;
}

static void json_text(struct printer *p, const char *key, const char *s)
{
	struct json *j = json_for(p, key);

	if (j)
		json_put_string(j, key, s && s[0] ? s : NULL);
}

static void json_whole(struct printer *p, const char *key, long long v, bool known)
{
	struct json *j = json_for(p, key);

	if (j && known)
		json_put_int(j, key, v);
	else if (j)
		json_put_null(j, key);
}

/* As many digits as CSV has: more would only show how the protocol rounds. */
static void json_rounded(struct printer *p, const char *key, double v, int digits)
{
	struct json *j = json_for(p, key);
	char s[NUMBER_TEXT];

	if (!j)
		return;
	snprintf(s, sizeof(s), "%.*f", digits, v);
	if (text_to_real(s, &v) == 0)
		json_put_real(j, key, v == 0 ? 0 : v);
	else
		json_put_null(j, key);
}

static void column_text(struct printer *p, const char *before, const char *s, int width)
{
	if (column(p, before))
		fprintf(p->out, "%*s", p->mode == PRINT_HUMAN ? width : 0, s);
}

void print_report(struct printer *p, const char *name, bool list)
{
	if (p->mode == PRINT_JSON)
		p->document = print_document_begin(name, list);
}

void print_report_end(struct printer *p)
{
	if (p->mode == PRINT_JSON &&
		(!p->document || print_document_write(p->document, p->out) < 0))
		p->failed = true;
	print_report_drop(p);
}

void print_report_drop(struct printer *p)
{
	print_document_destroy(p->document);
	p->document = NULL;
}

void print_row(struct printer *p)
{
	p->first = true;
	print_document_row(p->document);
}

void print_row_end(struct printer *p, const char *tail)
{
	if (p->mode == PRINT_HUMAN)
		fputs(tail, p->out);
	else if (p->mode == PRINT_CSV)
		putc('\n', p->out);
	print_document_row_end(p->document);
}

void print_header(struct printer *p, const char *left, const char *right)
{
	int gap = p->wide && right ? PRINT_WIDER : 0;
	size_t n = strlen(left) + (size_t)gap;

	if (p->mode != PRINT_HUMAN)
		return;
	if (right)
		n += strlen(right);
	fprintf(p->out, "%s%*s%s\n", left, gap, "", right ? right : "");
	for (size_t i = 0; i < n; i++)
		putc('=', p->out);
	putc('\n', p->out);
}

void print_literal(struct printer *p, const char *text)
{
	if (p->mode == PRINT_HUMAN)
		fputs(text, p->out);
}

/* Begins a document beside the report that may be under way, which is returned. */
static struct print_document *begin_beside(struct printer *p, const char *name)
{
	struct print_document *report = p->document;

	p->document = NULL;
	print_report(p, name, false);
	return report;
}

static void end_beside(struct printer *p, struct print_document *report)
{
	print_report_end(p);
	p->document = report;
}

void print_result(struct printer *p, int code, const char *message)
{
	struct print_document *report;

	if (p->mode != PRINT_JSON) {
		fprintf(p->out, "%d %s\n", code, message);
		return;
	}
	report = begin_beside(p, "result");
	print_int(p, NULL, "code", code, 0);
	print_json_text(p, "message", message);
	end_beside(p, report);
}

void print_complaint(struct printer *p, const char *message, const char *detail)
{
	struct print_document *report;

	if (p->mode != PRINT_JSON)
		return;
	report = begin_beside(p, "error");
	print_json_text(p, "message", message);
	print_json_text(p, "detail", detail);
	end_beside(p, report);
}

void print_text(struct printer *p, const char *before, const char *key, const char *s, int width)
{
	column_text(p, before, s ? s : "", width);
	json_text(p, key, s);
}

void print_name(struct printer *p, const char *before, const char *key, const char *s, int width)
{
	int wider = p->wide ? PRINT_WIDER : 0;

	print_text(p, before, key, s, width < 0 ? width - wider : width + wider);
}

void print_choice(struct printer *p, const char *before, const char *key,
	const struct print_choice *c, int width)
{
	column_text(p, before, p->mode == PRINT_CSV ? c->csv : c->human, width);
	json_text(p, key, c->json);
}

void print_bool(struct printer *p, const char *before, const char *key, bool b)
{
	column_text(p, before, b ? "Yes" : "No", 0);
	print_json_bool(p, key, b);
}

void print_int(struct printer *p, const char *before, const char *key, long long v, int width)
{
	char s[NUMBER_TEXT];

	snprintf(s, sizeof(s), "%lld", v);
	column_text(p, before, s, width);
	json_whole(p, key, v, true);
}

void print_u64(struct printer *p, const char *before, const char *key, uint64_t v, int width)
{
	struct json *j = json_for(p, key);
	char s[NUMBER_TEXT];

	snprintf(s, sizeof(s), "%llu", (unsigned long long)v);
	column_text(p, before, s, width);
	if (j)
		json_put_uint(j, key, v);
}

void print_octal(struct printer *p, const char *before, const char *key, unsigned v, int width)
{
	char s[NUMBER_TEXT];

	snprintf(s, sizeof(s), "%o", v);
	column_text(p, before, s, width);
	json_whole(p, key, v, true);
}

void print_hex(struct printer *p, const char *before, const char *key, uint32_t v)
{
	char s[NUMBER_TEXT];

	snprintf(s, sizeof(s), "%08X", (unsigned)v);
	column_text(p, before, s, 0);
	json_text(p, key, s);
}

void print_real(
	struct printer *p, const char *before, const char *key, double v, int width, int digits)
{
	if (column(p, before))
		fprintf(p->out, "%*.*f", p->mode == PRINT_HUMAN ? width : 0, digits, v);
	json_rounded(p, key, v, digits);
}

void print_signed(
	struct printer *p, const char *before, const char *key, double v, int width, int digits)
{
	if (p->mode != PRINT_HUMAN)
		print_real(p, before, key, v, width, digits);
	else if (column(p, before))
		fprintf(p->out, "%+*.*f", width, digits, v);
}

void print_either(struct printer *p, const char *before, const char *key, double v, int digits,
	const char *unit, const char *word)
{
	if (p->mode != PRINT_HUMAN)
		print_real(p, before, key, v, 0, digits);
	else if (column(p, before))
		fprintf(p->out, "%.*f %s %s", digits, fabs(v), unit, word);
}

void print_format_interval(uint32_t s, char *ret, size_t n)
{
	uint32_t days = s / DAY_S;

	if (s == REPORT_NEVER)
		snprintf(ret, n, "   -");
	else if (s < 1200)
		snprintf(ret, n, "%4u", (unsigned)s);
	else if (s < 10 * 3600)
		snprintf(ret, n, "%3um", (unsigned)s / 60);
	else if (s < 4 * DAY_S)
		snprintf(ret, n, "%3uh", (unsigned)s / 3600);
	else if (days <= 999)
		snprintf(ret, n, "%3ud", (unsigned)days);
	else
		snprintf(ret, n, "%3uy", (unsigned)days / YEAR_D);
}

void print_interval(struct printer *p, const char *before, const char *key, uint32_t s)
{
	char text[NUMBER_TEXT];

	if (p->mode == PRINT_HUMAN)
		print_format_interval(s, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%u", (unsigned)s);
	column_text(p, before, text, 0);
	json_whole(p, key, s, s != REPORT_NEVER);
}

/* From which amount on chronyc takes the next unit, and how it is written. */
static const struct {
	double below;  /* s */
	double scale;  /* of the number written */
	double divide; /* by this many seconds */
	int width, digits;
	const char *unit;
} scales[] = {
	{9999.5e-9, 1e9, 1, 4, 0, "ns"},
	{9999.5e-6, 1e6, 1, 4, 0, "us"},
	{9999.5e-3, 1e3, 1, 4, 0, "ms"},
	{999.5, 1, 1, 5, 1, "s"},
	{99999.5, 1, 1, 5, 0, "s"},
	{99999.5 * 60, 1, 60, 5, 0, "m"},
	{99999.5 * 3600, 1, 3600, 5, 0, "h"},
	{99999.5 * DAY_S, 1, DAY_S, 5, 0, "d"},
	{INFINITY, 1, (double)DAY_S *YEAR_D, 5, 0, "y"},
};

void print_format_seconds(double s, bool sign, char *ret, size_t n)
{
	size_t i = 0, last = sizeof(scales) / sizeof(scales[0]) - 1;
	double v;

	while (i < last && !(fabs(s) < scales[i].below))
		i++;
	v = (sign ? s : fabs(s)) * scales[i].scale / scales[i].divide;
	snprintf(ret, n, sign ? "%+*.*f%s" : "%*.*f%s", scales[i].width + sign, scales[i].digits, v,
		scales[i].unit);
}

static void seconds(struct printer *p, const char *before, const char *key, double s, bool sign)
{
	char text[NUMBER_TEXT];

	if (p->mode != PRINT_HUMAN) {
		print_real(p, before, key, s, 0, 9);
		return;
	}
	print_format_seconds(s, sign, text, sizeof(text));
	column_text(p, before, text, 0);
}

void print_amount(struct printer *p, const char *before, const char *key, double s)
{
	seconds(p, before, key, s, false);
}

void print_offset(struct printer *p, const char *before, const char *key, double s)
{
	seconds(p, before, key, s, true);
}

/* A frequency loses its fraction when the column would burst. */
static int ppm_digits(const struct printer *p, double ppm)
{
	return p->mode == PRINT_HUMAN && !(fabs(ppm) < 99999.5) ? 0 : 3;
}

void print_ppm(struct printer *p, const char *before, const char *key, double ppm)
{
	print_real(p, before, key, ppm, 10, ppm_digits(p, ppm));
}

void print_signed_ppm(struct printer *p, const char *before, const char *key, double ppm)
{
	print_signed(p, before, key, ppm, 10, ppm_digits(p, ppm));
}

/* Splits an instant into seconds, rounded down, and nanoseconds. */
static int64_t split(int64_t t, long *ret_ns)
{
	int64_t s = t / INSTANT_S, ns = t % INSTANT_S;

	if (ns < 0) {
		ns += INSTANT_S;
		s--;
	}
	*ret_ns = (long)ns;
	return s;
}

static void json_time(struct printer *p, const char *key, int64_t t)
{
	struct json *j = json_for(p, key);
	char s[INSTANT_TEXT], name[64];

	if (!j)
		return;
	instant_format_rfc3339(t, 9, s, sizeof(s));
	json_put_string(j, key, t != 0 ? s : NULL);
	snprintf(name, sizeof(name), "%s_unix_s", key);
	json_put_real(j, name, t != 0 ? (double)t / (double)INSTANT_S : NAN);
}

void print_time(struct printer *p, const char *before, const char *key, int64_t t)
{
	char s[NUMBER_TEXT];
	long ns;
	time_t sec = (time_t)split(t, &ns);
	struct tm tm;

	if (p->mode == PRINT_CSV)
		snprintf(s, sizeof(s), "%lld.%09ld", (long long)sec, ns);
	else if (!gmtime_r(&sec, &tm) || !strftime(s, sizeof(s), "%a %b %d %T %Y", &tm))
		snprintf(s, sizeof(s), "INVALID");
	column_text(p, before, s, 0);
	json_time(p, key, t);
}

void print_date(struct printer *p, const char *before, const char *key, int64_t t)
{
	char s[INSTANT_TEXT];

	instant_format(t, s, sizeof(s));
	column_text(p, before, s, 0);
	json_time(p, key, t);
}

void print_log2(struct printer *p, const char *before, const char *key, int v)
{
	char s[NUMBER_TEXT];
	bool known = v < 127;

	snprintf(s, sizeof(s), p->mode == PRINT_HUMAN ? "%2d" : "%d", v);
	column_text(p, before, p->mode == PRINT_HUMAN && !known ? " -" : s, 0);
	json_whole(p, key, v, known);
}

static const struct print_choice *leap_choice(enum leap leap)
{
	static const struct print_choice choices[] = {
		{"N", "Normal", "normal"},
		{"+", "Insert second", "insert"},
		{"-", "Delete second", "delete"},
		{"?", "Not synchronised", "unsynchronised"},
		{"?", "Invalid", NULL},
	};
	unsigned last = sizeof(choices) / sizeof(choices[0]) - 1;

	return &choices[(unsigned)leap < last ? (unsigned)leap : last];
}

void print_leap(struct printer *p, const char *before, const char *key, enum leap leap)
{
	struct print_choice c = *leap_choice(leap);

	c.human = c.csv;
	print_choice(p, before, key, &c, 0);
}

void print_leap_short(struct printer *p, const char *before, const char *key, enum leap leap)
{
	print_choice(p, before, key, leap_choice(leap), 0);
}

void print_select_options(struct printer *p, const char *before, const char *key, unsigned options)
{
	static const struct {
		unsigned bit;
		const char *letter, *word;
	} known[] = {
		{SELECT_NOSELECT, "N", "noselect"},
		{SELECT_PREFER, "P", "prefer"},
		{SELECT_TRUST, "T", "trust"},
		{SELECT_REQUIRE, "R", "require"},
		{0, "", ""},
	};
	struct json *j = json_for(p, key);

	if (j)
		json_put_array(j, key);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool set = options & known[i].bit;

		column_text(p, i == 0 ? before : "", set ? known[i].letter : "-", 0);
		if (j && set)
			json_put_string(j, NULL, known[i].word);
	}
	if (j)
		json_end(j);
}

void print_json_text(struct printer *p, const char *key, const char *s)
{
	json_text(p, key, s);
}

void print_json_bool(struct printer *p, const char *key, bool b)
{
	struct json *j = json_for(p, key);

	if (j)
		json_put_bool(j, key, b);
}

void print_json_address(struct printer *p, const char *key, const struct address *a)
{
	char s[ADDRESS_TEXT];

	address_format(a, s, sizeof(s));
	print_json_text(p, key, a->family == ADDRESS_IP4 || a->family == ADDRESS_IP6 ? s : NULL);
}
