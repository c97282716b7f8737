/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded text, words, and numbers that read the same in every locale.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

/** Words longer than this are not compared. */
#define WORD_MAX 63

/** Decimal exponents beyond this give infinity or zero whatever the digits. */
#define EXPONENT_MAX 5000

struct text text_on(char *buffer, size_t room)
{
	buffer[0] = '\0';
	return (struct text){.s = buffer, .room = room};
}

void text_addv(struct text *t, const char *format, va_list ap)
{
	size_t left = t->room - t->n;
	int n = vsnprintf(t->s + t->n, left, format, ap);

	if (n < 0) {
		t->s[t->n] = '\0';
		t->cut = true;
	} else if ((size_t)n >= left) {
		t->n = t->room - 1;
		t->cut = true;
	} else {
		t->n += (size_t)n;
	}
}

void text_add(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	text_addv(t, format, ap);
	va_end(ap);
}

void text_tame(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f) {
			*s = '?';
		}
	}
}

void text_tame_name(char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s > '~') {
			*s = '?';
		}
	}
}

int text_copy(char *ret, size_t room, const char *s)
{
	size_t n = strlen(s);

	if (n >= room) {
		return -ENAMETOOLONG;
	}
	memcpy(ret, s, n + 1);
	return 0;
}

/** c in lower case, of ASCII only: the locale has no say in what a configuration means. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_same_word(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

unsigned text_distance(const char *a, const char *b)
{
	/* The optimal string alignment form: rows for the letter of a, the one before, and the one
	 * before that, which a transposition looks back to. */
	unsigned rows[3][WORD_MAX + 1];
	size_t na = strlen(a), nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX) {
		return UINT_MAX;
	}
	for (size_t j = 0; j <= nb; j++) {
		rows[0][j] = (unsigned)j;
	}
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
			 *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);
			unsigned least = above[j - 1] + (same ? 0 : 1);

			least = above[j] + 1 < least ? above[j] + 1 : least;
			least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
				lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < least) {
				least = before[j - 2] + 1;
			}
			row[j] = least;
		}
	}
	return rows[na % 3][nb];
}

struct text_nearest text_nearest_to(const char *typed)
{
	size_t n = strlen(typed);

	/* One slip in a short word, up to three in a long one: beyond that it is a guess. */
	return (struct text_nearest){.typed = typed,
		.distance = n < 6    ? 2
			    : n < 10 ? 3
				     : 4,
		.word = NULL};
}

void text_nearest_offer(struct text_nearest *n, const char *word)
{
	unsigned distance = text_distance(n->typed, word);

	if (distance < n->distance && distance < strlen(word)) {
		n->distance = distance;
		n->word = word;
	}
}

void text_add_nearest(struct text *t, const struct text_nearest *n)
{
	if (n->word) {
		text_add(t, ", did you mean %s?", n->word);
	}
}

size_t text_split(char *line, char **ret, size_t max)
{
	size_t n = 0;

	while (n < max) {
		while (text_is_space(*line)) {
			line++;
		}
		if (!*line) {
			break;
		}
		ret[n++] = line;
		while (*line && !text_is_space(*line)) {
			line++;
		}
		if (*line) {
			*line++ = '\0';
		}
	}
	return n;
}

int text_to_int(const char *s, long long min, long long max, long long *ret)
{
	bool negative = *s == '-';
	bool huge = false;
	long long v = 0;

	if (*s == '-' || *s == '+') {
		s++;
	}
	if (!*s) {
		return -EINVAL;
	}
	for (; *s; s++) {
		int digit = *s - '0';

		if (!is_digit(*s)) {
			return -EINVAL;
		}
		huge = huge || __builtin_mul_overflow(v, 10, &v) ||
		       __builtin_add_overflow(v, negative ? -digit : digit, &v);
	}
	if (huge || v < min || v > max) {
		return -ERANGE;
	}
	*ret = v;
	return 0;
}

int text_hex_digit(char c)
{
	c = lower(c);
	if (is_digit(c)) {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t text_hex(const char *s, uint8_t *ret, size_t room)
{
	size_t n = 0;

	for (; *s; s += 2, n++) {
		/* The last digit of an odd number meets the NUL, which is none. */
		int high = text_hex_digit(s[0]), low = high < 0 ? -1 : text_hex_digit(s[1]);

		if (low < 0 || n == room) {
			return 0;
		}
		ret[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}

/** The digits of a decimal number and where its point is. */
struct decimal {
	uint64_t digits; /**< the first 19 significant ones */
	int exponent;    /**< of ten, that they are multiplied by */
	bool any;        /**< there was a digit */
};

/** Reads digits from s on; those after the point lower the exponent. Returns what follows. */
static const char *take_digits(const char *s, bool after_point, struct decimal *d)
{
	for (; is_digit(*s); s++) {
		d->any = true;
		if (d->digits < UINT64_C(1000000000000000000)) {
			d->digits = d->digits * 10 + (uint64_t)(*s - '0');
			d->exponent -= after_point ? 1 : 0;
		} else {
			d->exponent += after_point ? 0 : 1;
		}
	}
	return s;
}

/** digits * 10^exponent, correctly rounded for up to 15 digits and exponents within 22. */
static double scale(uint64_t digits, int exponent)
{
	long double power = 1.0L, square = 10.0L;
	unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
	bool exact = e <= 22 && digits <= UINT64_C(1) << 53;

	for (; e > 0; e >>= 1) {
		if (e & 1) {
			power *= square;
		}
		square *= square;
	}
	if (exact) {
		/* Both are whole in a double, so that only this one operation rounds. */
		return exponent < 0 ? (double)digits / (double)power
				    : (double)digits * (double)power;
	}
	return (double)(exponent < 0 ? (long double)digits / power : (long double)digits * power);
}

int text_to_real(const char *s, double *ret)
{
	struct decimal d = {0};
	bool negative = *s == '-';
	long long exponent = 0;
	double v;

	if (*s == '-' || *s == '+') {
		s++;
	}
	s = take_digits(s, false, &d);
	if (*s == '.') {
		s = take_digits(s + 1, true, &d);
	}
	if (!d.any) {
		return -EINVAL;
	}
	if (*s == 'e' || *s == 'E') {
		if (text_to_int(s + 1, -EXPONENT_MAX, EXPONENT_MAX, &exponent) < 0) {
			return -EINVAL;
		}
	} else if (*s) {
		return -EINVAL;
	}
	v = d.digits == 0 ? 0.0 : scale(d.digits, d.exponent + (int)exponent);
	if (!isfinite(v)) {
		return -EINVAL;
	}
	*ret = negative ? -v : v;
	return 0;
}
