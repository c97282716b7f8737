/* SPDX-License-Identifier: BSD-2-Clause */
/* Items and their lines; names and how they are looked up. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/control/mode6_text.h"

/* A line never reaches this column. */
#define COLUMNS 72
/* Room for any item: the longest is a list of all names. */
#define ITEM 6144
#define NAME 64

struct mode6_text mode6_text_on(char *buffer, size_t room)
{
	return (struct mode6_text){.s = buffer, .room = room};
}

size_t mode6_text_left(const struct mode6_text *t)
{
	return t->room - t->n;
}

static void append(struct mode6_text *t, const char *s, size_t n)
{
	if (t->cut || n > mode6_text_left(t)) {
		t->cut = true;
		return;
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->column += n;
}

void mode6_text_raw(struct mode6_text *t, const char *s)
{
	append(t, s, strlen(s));
}

void mode6_text_add(struct mode6_text *t, const char *format, ...)
{
	char item[ITEM];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(item, sizeof(item), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(item) || (size_t)n + 5 > mode6_text_left(t)) {
		t->cut = true;
		return;
	}
	if (t->n > 0 && t->column + 2 + (size_t)n >= COLUMNS) {
		append(t, ",\r\n", 3);
		t->column = 0;
	} else if (t->n > 0) {
		append(t, ", ", 2);
	}
	append(t, item, (size_t)n);
}

void mode6_text_end(struct mode6_text *t)
{
	if (t->n == 0 || mode6_text_left(t) < 2)
		return;
	t->cut = false;
	append(t, "\r\n", 2);
	t->column = 0;
}

/* What would end a quoted string, or command a terminal, becomes a question mark. */
static void put_string(struct mode6_text *t, const char *name, const char *s, bool quoted)
{
	char clean[1024];
	size_t n = 0;

	for (; s[n] != '\0' && n < sizeof(clean) - 1; n++)
		clean[n] = (s[n] < ' ' || s[n] > '~' || s[n] == '"') ? '?' : s[n];
	clean[n] = '\0';
	if (!quoted)
		for (char *p = clean; (p = strchr(p, ',')) != NULL;)
			*p = '?';
	mode6_text_add(t, quoted ? "%s=\"%s\"" : "%s=%s", name, clean);
}

static void put_eight(struct mode6_text *t, const char *name, const double *values)
{
	char buffer[256];
	struct text list = text_on(buffer, sizeof(buffer));

	for (size_t i = 0; i < REPORT_REGISTER; i++)
		text_add(&list, " %.2f", values[i]);
	mode6_text_add(t, "%s=%s", name, buffer);
}

static void put_date(struct mode6_text *t, const char *name, int64_t s)
{
	char date[INSTANT_TEXT];

	instant_format_s(s, date, sizeof(date));
	/* "2026-11-23 09:03:12" without its seconds. */
	date[10] = 'T';
	date[16] = '\0';
	mode6_text_add(t, "%s=%sZ", name, date);
}

static void put_int(struct mode6_text *t, const char *name, enum mode6_format format, int64_t v)
{
	bool hex = format == MODE6_HEX || (format == MODE6_KEYID && v > UINT16_MAX);

	if (v == INT64_MIN)
		return;
	if (hex)
		mode6_text_add(t, "%s=0x%llx", name, (unsigned long long)v);
	else
		mode6_text_add(t, "%s=%lld", name, (long long)v);
}

static void put_real(struct mode6_text *t, const char *name, int decimals, double v)
{
	if (isnan(v))
		return;
	/* Adding zero turns -0.0 into 0.0. */
	mode6_text_add(t, "%s=%.*f", name, decimals, isfinite(v) ? v + 0.0 : 0.0);
}

/* other: the value that goes by NAME_r. */
static void put_row(const struct mode6_view *view, const struct mode6_variable *row, bool other,
	struct mode6_text *t)
{
	const void *at = (const char *)view->values + row->at;
	bool total = ((row->flags & MODE6_TOTAL_FIRST) != 0) != other;
	const struct mode6_count *count = at;
	char name[NAME];
	const char *s;

	snprintf(name, sizeof(name), "%s%s", row->name, other ? "_r" : "");
	switch (row->format) {
	case MODE6_INT:
	case MODE6_HEX:
	case MODE6_KEYID:
		put_int(t, name, row->format, *(const int64_t *)at);
		break;
	case MODE6_REAL3:
		put_real(t, name, 3, *(const double *)at);
		break;
	case MODE6_REAL6:
		put_real(t, name, 6, *(const double *)at);
		break;
	case MODE6_STAMP:
		mode6_text_add(t, "%s=0x%08lx.%08lx", name,
			(unsigned long)(*(const uint64_t *)at >> 32),
			(unsigned long)(*(const uint64_t *)at & UINT32_MAX));
		break;
	case MODE6_QUOTED:
	case MODE6_BARE:
		s = *(const char *const *)at;
		if (s != NULL)
			put_string(t, name, s, row->format == MODE6_QUOTED);
		break;
	case MODE6_EIGHT:
		put_eight(t, name, at);
		break;
	case MODE6_DATE:
		put_date(t, name, *(const int64_t *)at);
		break;
	case MODE6_COUNT:
		put_real(t, name, 0, total ? count->total : count->recent);
		break;
	case MODE6_SECONDS:
		put_real(t, name, 3, total ? count->total : count->recent);
		break;
	}
}

static void put_extra(const struct settings_variable *e, struct mode6_text *t)
{
	put_string(t, e->name, e->value, true);
}

static bool is_double(const struct mode6_variable *row)
{
	return (row->flags & (MODE6_TOTAL_FIRST | MODE6_RECENT_FIRST)) != 0;
}

static void put_list(const struct mode6_view *v, struct mode6_text *t)
{
	char buffer[ITEM - NAME];
	struct text list = text_on(buffer, sizeof(buffer));

	for (size_t i = 0; i < v->table->n; i++) {
		const struct mode6_variable *row = &v->table->rows[i];

		text_add(&list, "%s%s", list.n > 0 ? "," : "", row->name);
		if (is_double(row))
			text_add(&list, ",%s_r", row->name);
	}
	text_add(&list, ",%s", v->table->list);
	for (size_t i = 0; i < v->n_extra; i++)
		text_add(&list, ",%s", v->extra[i].name);
	mode6_text_add(t, "%s=\"%s\"", v->table->list, buffer);
}

bool mode6_is(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

static int put_named(const struct mode6_view *v, struct span name, struct mode6_text *t)
{
	struct span stem = {name.p, name.n > 2 ? name.n - 2 : 0};

	for (size_t i = 0; i < v->n_extra; i++)
		if (mode6_is(name, v->extra[i].name)) {
			put_extra(&v->extra[i], t);
			return 0;
		}
	if (mode6_is(name, v->table->list)) {
		put_list(v, t);
		return 0;
	}
	for (size_t i = 0; i < v->table->n; i++) {
		const struct mode6_variable *row = &v->table->rows[i];
		bool other = is_double(row) && mode6_is(stem, row->name) &&
			     memcmp(name.p + stem.n, "_r", 2) == 0;

		if (!other && !mode6_is(name, row->name))
			continue;
		put_row(v, row, other, t);
		return 0;
	}
	return -ENOENT;
}

static void put_defaults(const struct mode6_view *v, struct mode6_text *t)
{
	for (size_t i = 0; i < v->table->n; i++)
		if (v->table->rows[i].flags & MODE6_DEFAULT)
			put_row(v, &v->table->rows[i], false, t);
	for (size_t i = 0; i < v->n_extra; i++)
		if (v->extra[i].by_default)
			put_extra(&v->extra[i], t);
}

int mode6_put(const struct mode6_view *v, struct span names, struct mode6_text *t)
{
	struct span name, value;
	bool any = false;

	while (mode6_next(&names, &name, &value)) {
		if (name.n == 0)
			continue;
		if (put_named(v, name, t) < 0)
			return -ENOENT;
		any = true;
	}
	if (!any)
		put_defaults(v, t);
	return 0;
}

static struct span trimmed(struct span s)
{
	while (s.n > 0 && (text_is_space((char)s.p[0]) || s.p[0] == '\0')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (text_is_space((char)s.p[s.n - 1]) || s.p[s.n - 1] == '\0'))
		s.n--;
	return s;
}

bool mode6_next(struct span *io, struct span *ret_name, struct span *ret_value)
{
	const uint8_t *comma, *equal;
	struct span item;

	if (io->n == 0)
		return false;
	comma = memchr(io->p, ',', io->n);
	item = (struct span){io->p, comma ? (size_t)(comma - io->p) : io->n};
	io->p += item.n + (comma != NULL);
	io->n -= item.n + (comma != NULL);
	equal = item.n > 0 ? memchr(item.p, '=', item.n) : NULL;
	*ret_value = (struct span){NULL, 0};
	if (equal != NULL) {
		size_t n = (size_t)(equal - item.p);

		*ret_value = trimmed((struct span){equal + 1, item.n - n - 1});
		item.n = n;
	}
	*ret_name = trimmed(item);
	return true;
}

void mode6_refid(uint32_t refid, int stratum, char ret[16])
{
	unsigned b[4] = {refid >> 24, refid >> 16 & 0xff, refid >> 8 & 0xff, refid & 0xff};
	size_t n = 0;

	if (stratum >= 2 && stratum < 16) {
		snprintf(ret, 16, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
		return;
	}
	while (n < 4 && b[n] != 0) {
		ret[n] = b[n] > ' ' && b[n] <= '~' && b[n] != ',' && b[n] != '"' ? (char)b[n] : '?';
		n++;
	}
	ret[n] = '\0';
}
