/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds from files. Both kinds of file become one table of midnights and what TAI is ahead
 * of UTC from each on.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "daemon/clock/leaptable.h"

#define NTP_UNIX 2208988800
#define DAY      86400
/* Seconds since 1900 that are believed: up to the year 2300. */
#define LATEST (INT64_C(400) * 366 * DAY)
/* TAI - UTC when leap seconds began, 1972, s; time zone files count from there. */
#define TAI_1972 10
#define TAI_MOST 1000

#define LINE_ROOM 128

static int add(struct leaptable *t, int64_t utc, int64_t tai)
{
	if (t->n == LEAPTABLE_ROOM || utc % DAY != 0 || tai < -TAI_MOST || tai > TAI_MOST ||
		(t->n > 0 && utc <= t->entries[t->n - 1].utc))
		return -EINVAL;
	t->entries[t->n].utc = utc;
	t->entries[t->n].tai = (int)tai;
	t->n++;
	return 0;
}

/* A time in s since 1900. */
static int read_time(const char *word, int64_t *ret)
{
	long long v;

	if (text_to_int(word, 0, LATEST, &v) < 0)
		return -EINVAL;
	*ret = v - NTP_UNIX;
	return 0;
}

/* One line without its end; comments other than the two special ones say nothing. */
static int take_line(struct leaptable *t, char *line, bool *io_updated)
{
	char *words[4];
	size_t n;
	int64_t when;
	long long tai;

	if (line[0] == '#') {
		if (line[1] != '$' && line[1] != '@')
			return 0;
		if (text_split(line + 2, words, 1) < 1 || read_time(words[0], &when) < 0)
			return -EINVAL;
		if (line[1] == '$')
			*io_updated = true;
		else
			t->expires = when;
		return 0;
	}
	n = text_split(line, words, 4);
	if (n == 0)
		return 0;
	/* What follows the numbers is a comment. */
	if (n < 2 || (n > 2 && words[2][0] != '#') || read_time(words[0], &when) < 0 ||
		text_to_int(words[1], -TAI_MOST, TAI_MOST, &tai) < 0)
		return -EINVAL;
	return add(t, when, tai);
}

int leaptable_parse_list(struct span text, struct leaptable *ret)
{
	struct leaptable t = {.n = 0};
	bool updated = false;

	while (text.n > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n, kept = n;
		char line[LINE_ROOM];

		/* Only comments are that long. */
		if (kept >= sizeof(line))
			kept = sizeof(line) - 1;
		if (kept < n && text.p[0] != '#')
			return -EINVAL;
		memcpy(line, text.p, kept);
		line[kept] = '\0';
		if (strlen(line) != kept || take_line(&t, line, &updated) < 0)
			return -EINVAL;
		text.p += end ? n + 1 : n;
		text.n -= end ? n + 1 : n;
	}
	if (!updated || t.expires == 0 || t.n == 0)
		return -EINVAL;
	*ret = t;
	return 0;
}

/* Five words of up to eight hexadecimal digits: zeros in front may be missing. */
static int read_hash(struct span line, uint8_t ret[LEAPTABLE_HASH])
{
	char copy[LINE_ROOM], *words[7];
	size_t n = line.n < sizeof(copy) ? line.n : sizeof(copy) - 1;

	memcpy(copy, line.p, n);
	copy[n] = '\0';
	if (text_split(copy, words, 7) != 5)
		return -EINVAL;
	for (size_t i = 0; i < 5; i++) {
		char *end;
		unsigned long v = strtoul(words[i], &end, 16);

		if (!isxdigit((unsigned char)words[i][0]) || *end != '\0' || v > UINT32_MAX)
			return -EINVAL;
		for (size_t j = 0; j < 4; j++)
			ret[4 * i + j] = (uint8_t)(v >> (24 - 8 * j));
	}
	return 0;
}

/* The digits of a line before its comment. */
static size_t take_digits(struct span line, uint8_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < line.n && line.p[i] != '#'; i++)
		if (line.p[i] >= '0' && line.p[i] <= '9')
			ret[n++] = line.p[i];
	return n;
}

int leaptable_signature(
	struct span text, uint8_t ret_hash[LEAPTABLE_HASH], uint8_t *ret_digits, size_t *ret_n)
{
	int r = -ENODATA;

	*ret_n = 0;
	while (text.n > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		struct span line = {text.p, end ? (size_t)(end - text.p) : text.n};
		size_t skip = end ? line.n + 1 : line.n;
		bool comment = line.n > 0 && line.p[0] == '#';
		uint8_t kind = line.n > 1 ? line.p[1] : 0;

		if (comment && kind == 'h')
			r = read_hash((struct span){line.p + 2, line.n - 2}, ret_hash);
		else if (comment && (kind == '$' || kind == '@'))
			*ret_n += take_digits(
				(struct span){line.p + 2, line.n - 2}, ret_digits + *ret_n);
		else if (!comment)
			*ret_n += take_digits(line, ret_digits + *ret_n);
		text.p += skip;
		text.n -= skip;
	}
	return r;
}

/* A TZif header: what there is of each kind. */
struct tzif_header {
	int version;
	uint32_t n_isut, n_isstd, n_leap, n_time, n_type, n_char;
};

static int read_header(struct reader *r, struct tzif_header *ret)
{
	uint8_t magic[4];

	read_bytes(r, magic, sizeof(magic));
	ret->version = read_u8(r);
	read_skip(r, 15);
	ret->n_isut = read_u32(r);
	ret->n_isstd = read_u32(r);
	ret->n_leap = read_u32(r);
	ret->n_time = read_u32(r);
	ret->n_type = read_u32(r);
	ret->n_char = read_u32(r);
	if (r->bad || memcmp(magic, "TZif", 4) != 0 || ret->n_leap > LEAPTABLE_ROOM ||
		ret->n_time > r->left || ret->n_type > r->left || ret->n_char > r->left ||
		ret->n_isstd > r->left || ret->n_isut > r->left)
		return -EINVAL;
	return 0;
}

/* Bytes before the leap seconds, with times of this size. */
static size_t before_leaps(const struct tzif_header *h, size_t size)
{
	return (size_t)h->n_time * (size + 1) + (size_t)h->n_type * 6 + h->n_char;
}

int leaptable_parse_tzif(struct span data, struct leaptable *ret)
{
	struct reader r = reader_on(data.p, data.n);
	struct leaptable t = {.n = 0};
	struct tzif_header h;
	size_t size = 4;
	int64_t before = 0;

	if (read_header(&r, &h) < 0)
		return -EINVAL;
	if (h.version >= '2') {
		/* The same again with times of 64 bits. */
		read_skip(&r, before_leaps(&h, 4) + (size_t)h.n_leap * 8 + h.n_isstd + h.n_isut);
		if (read_header(&r, &h) < 0)
			return -EINVAL;
		size = 8;
	}
	read_skip(&r, before_leaps(&h, size));
	for (uint32_t i = 0; i < h.n_leap; i++) {
		int64_t at = size == 8 ? (int64_t)read_u64(&r) : (int32_t)read_u32(&r);
		int64_t correction = (int32_t)read_u32(&r);

		/* Times of such files count the leap seconds before. The one that is deleted would
		 * have begun a second before midnight. */
		if (r.bad || at < -LATEST || at > LATEST)
			return -EINVAL;
		if (add(&t, at - before + (correction < before ? 1 : 0), TAI_1972 + correction) < 0)
			return -EINVAL;
		before = correction;
	}
	if (t.n == 0)
		return -EINVAL;
	*ret = t;
	return 0;
}

enum leap leaptable_at(const struct leaptable *t, int64_t utc, int *ret_tai)
{
	int64_t midnight = utc - ((utc % DAY) + DAY) % DAY + DAY;
	/* Before its first entry a table of differences knows only how that one began. */
	int tai = 0;

	for (unsigned i = 0; i < t->n; i++) {
		int before = i > 0 ? t->entries[i - 1].tai : TAI_1972;

		if (t->entries[i].utc == midnight && t->entries[i].tai != before) {
			*ret_tai = before;
			return t->entries[i].tai > before ? LEAP_INSERT : LEAP_DELETE;
		}
		if (t->entries[i].utc <= utc)
			tai = t->entries[i].tai;
	}
	*ret_tai = tai;
	return LEAP_NONE;
}

/* 2012-06-30 and 2012-12-31, at noon. */
#define JUNE_2012     1341057600
#define DECEMBER_2012 1356955200

bool leaptable_check(const struct leaptable *t)
{
	int tai;

	return leaptable_at(t, JUNE_2012, &tai) == LEAP_INSERT && tai == 34 &&
	       leaptable_at(t, DECEMBER_2012, &tai) == LEAP_NONE && tai == 35;
}
