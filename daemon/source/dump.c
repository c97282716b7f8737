/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a source dump file. Reading trusts nothing: the file lies in a directory that others
 * may have written to, and a wrong sample would move the clock.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/source/dump.h"

/** The first line. */
#define MAGIC "SRC0"

/** No offset, delay or dispersion of a file is larger, s: what rounds to 1e6 is not written. */
#define LIMIT 999999.0

/** Longest line with its NUL, and the most words of one. */
#define LINE_ROOM 512
#define WORDS     8

size_t dump_format(const struct dump *d, char *ret, size_t room)
{
	struct text t = text_on(ret, room);

	text_add(&t, MAGIC "\n%s\n%d %o %u %d %d\n%zu %d\n", d->name, d->authenticated, d->reach,
		d->reach_updates, d->stratum, (int)d->leap, d->n, d->asymmetry_run);
	for (size_t i = 0; i < d->n; i++) {
		const struct dump_sample *s = &d->samples[i];

		text_add(&t, "%lld.%09d %.6e %.6e %.6e %.6e %.6e %.6e\n",
			(long long)instant_floor_s(s->truth), (int)instant_rest_ns(s->truth),
			s->offset, s->original, s->delay, s->dispersion, s->root_delay,
			s->root_dispersion);
	}
	return t.cut ? 0 : t.n;
}

/** Copies the next line, without its newline, which must be there. */
static int next_line(struct span *in, char ret[LINE_ROOM])
{
	const uint8_t *end = in->n > 0 ? memchr(in->p, '\n', in->n) : NULL;
	size_t n = end != NULL ? (size_t)(end - in->p) : 0;

	if (end == NULL || n >= LINE_ROOM || memchr(in->p, '\0', n) != NULL)
		return -EINVAL;
	memcpy(ret, in->p, n);
	ret[n] = '\0';
	in->p += n + 1;
	in->n -= n + 1;
	return 0;
}

/** Splits the next line into exactly this many words. */
static int next_words(struct span *in, char line[LINE_ROOM], char **words, size_t wanted)
{
	if (next_line(in, line) < 0 || text_split(line, words, WORDS) != wanted)
		return -EINVAL;
	return 0;
}

static int parse_int(const char *s, int min, int max, int *ret)
{
	long long v;

	if (text_to_int(s, min, max, &v) < 0)
		return -EINVAL;
	*ret = (int)v;
	return 0;
}

/** The reach register in octal. */
static int parse_reach(const char *s, unsigned *ret)
{
	unsigned v = 0;
	size_t n = strlen(s);

	if (n < 1 || n > 3)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '7')
			return -EINVAL;
		v = v * 8 + (unsigned)(s[i] - '0');
	}
	if (v > 0xff)
		return -EINVAL;
	*ret = v;
	return 0;
}

/** Seconds and nine digits. No truth lies before 1970. */
static int parse_time(char *s, int64_t *ret)
{
	char *point = strchr(s, '.');
	long long whole, part;

	if (point == NULL || strlen(point + 1) != 9 || strspn(point + 1, "0123456789") != 9)
		return -EINVAL;
	*point = '\0';
	if (text_to_int(s, 0, INT64_MAX / INSTANT_S - 1, &whole) < 0 ||
		text_to_int(point + 1, 0, INSTANT_S - 1, &part) < 0)
		return -EINVAL;
	*ret = whole * INSTANT_S + part;
	return 0;
}

/** A number within the limit, and at least min. */
static int parse_real(const char *s, double min, double *ret)
{
	double v;

	if (text_to_real(s, &v) < 0 || v < min || fabs(v) > LIMIT)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int parse_sample(struct span *in, struct dump_sample *ret)
{
	char line[LINE_ROOM], *w[WORDS];

	if (next_words(in, line, w, 7) < 0 || parse_time(w[0], &ret->truth) < 0 ||
		parse_real(w[1], -LIMIT, &ret->offset) < 0 ||
		parse_real(w[2], -LIMIT, &ret->original) < 0 ||
		parse_real(w[3], 0, &ret->delay) < 0 || parse_real(w[4], 0, &ret->dispersion) < 0 ||
		parse_real(w[5], 0, &ret->root_delay) < 0 ||
		parse_real(w[6], 0, &ret->root_dispersion) < 0)
		return -EINVAL;
	return 0;
}

/** The four lines before the samples. */
static int parse_head(struct span *in, struct dump *ret)
{
	char line[LINE_ROOM], *w[WORDS];
	int authenticated, updates, leap, n;

	if (next_line(in, line) < 0 || strcmp(line, MAGIC) != 0)
		return -EINVAL;
	if (next_line(in, line) < 0 || line[0] == '\0' ||
		text_copy(ret->name, sizeof(ret->name), line) < 0)
		return -EINVAL;
	if (next_words(in, line, w, 5) < 0 || parse_int(w[0], 0, 1, &authenticated) < 0 ||
		parse_reach(w[1], &ret->reach) < 0 || parse_int(w[2], 0, 8, &updates) < 0 ||
		parse_int(w[3], 0, 15, &ret->stratum) < 0 ||
		parse_int(w[4], LEAP_NONE, LEAP_DELETE, &leap) < 0)
		return -EINVAL;
	if (next_words(in, line, w, 2) < 0 || parse_int(w[0], 1, DUMP_SAMPLES, &n) < 0 ||
		parse_int(w[1], INT32_MIN, INT32_MAX, &ret->asymmetry_run) < 0)
		return -EINVAL;
	ret->authenticated = authenticated != 0;
	ret->reach_updates = (unsigned)updates;
	ret->leap = (enum leap)leap;
	ret->n = (size_t)n;
	return 0;
}

int dump_parse(struct span content, int64_t now, struct dump *ret)
{
	struct span in = content;
	struct dump d;

	memset(&d, 0, sizeof(d));
	if (parse_head(&in, &d) < 0)
		return -EINVAL;
	for (size_t i = 0; i < d.n; i++) {
		if (parse_sample(&in, &d.samples[i]) < 0 || d.samples[i].truth > now ||
			(i > 0 && d.samples[i].truth <= d.samples[i - 1].truth))
			return -EINVAL;
	}
	if (in.n > 0)
		return -EINVAL;
	*ret = d;
	return 0;
}
