/* SPDX-License-Identifier: BSD-2-Clause */
/* A reader of dates: each word tells what it is, then the parts are put together. */
#define _GNU_SOURCE
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cli/date.h"
#include "common/instant.h"
#include "common/text.h"

#define WORDS 16

/* Years that an instant can hold. */
#define FIRST_YEAR 1970
#define LAST_YEAR  2261
#define NO_YEAR    (-1)

/* What was read so far. */
struct date {
	int year, month, day;     /* month 1 to 12; 0: not given */
	int hour, minute, second; /* hour -1: not given */
	double fraction;
	bool utc, absolute, relative;
	int64_t at;     /* ns since 1970, when absolute */
	int days;       /* to add */
	double seconds; /* to add */
};

/* The number of a month or day of the week by its first three letters; 0: none. */
static int name_number(const char *word, const char *const *names)
{
	size_t n = strlen(word);

	for (int i = 0; names[i]; i++) {
		if (n >= 3 && n <= strlen(names[i]) && strncasecmp(word, names[i], n) == 0)
			return i + 1;
	}
	return 0;
}

static int month_number(const char *word)
{
	static const char *const names[] = {"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December", NULL};

	return strcasecmp(word, "Sept") == 0 ? 9 : name_number(word, names);
}

static bool is_weekday(const char *word)
{
	static const char *const names[] = {
		"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", NULL};

	return name_number(word, names) != 0;
}

/* Seconds of a unit of time, in the singular or plural; 0: none. */
static double unit_s(const char *word)
{
	static const struct {
		const char *name;
		double s;
	} units[] = {{"second", 1}, {"sec", 1}, {"minute", 60}, {"min", 60}, {"hour", 3600},
		{"day", 86400}, {"week", 7 * 86400}};
	size_t n = strlen(word);

	if (n > 1 && tolower((unsigned char)word[n - 1]) == 's')
		n--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == n && strncasecmp(units[i].name, word, n) == 0)
			return units[i].s;
	}
	return 0;
}

static bool in_range(int v, int min, int max)
{
	return v >= min && v <= max;
}

/* Reads one to most digits. Returns what follows, or NULL. */
static const char *digits(const char *s, int most, int *ret)
{
	int v = 0, n = 0;

	for (; n < most && isdigit((unsigned char)s[n]); n++)
		v = 10 * v + (s[n] - '0');
	if (n == 0)
		return NULL;
	*ret = v;
	return s + n;
}

/* Reads digits after a separator. Returns what follows, or NULL. */
static const char *next_digits(const char *s, char separator, int most, int *ret)
{
	return s && *s == separator ? digits(s + 1, most, ret) : NULL;
}

/* Reads :SS[.FRACTION] where it is there. Returns what follows, or NULL. */
static const char *take_seconds(const char *s, double *ret)
{
	char copy[24];
	size_t n;

	*ret = 0;
	if (*s != ':')
		return s;
	n = strspn(s + 1, "0123456789.");
	if (n >= sizeof(copy))
		return NULL;
	memcpy(copy, s + 1, n);
	copy[n] = '\0';
	return text_to_real(copy, ret) == 0 ? s + 1 + n : NULL;
}

/* HH:MM[:SS[.FRACTION]] and what may follow it: Z. */
static bool take_time(struct date *d, const char *word)
{
	int hour, minute;
	double second;
	const char *rest = next_digits(digits(word, 2, &hour), ':', 2, &minute);

	if (rest)
		rest = take_seconds(rest, &second);
	if (!rest || d->hour >= 0)
		return false;
	if (strcmp(rest, "Z") == 0 || strcmp(rest, "z") == 0)
		d->utc = true;
	else if (rest[0])
		return false;
	if (!in_range(hour, 0, 23) || !in_range(minute, 0, 59) || !(second >= 0 && second < 61))
		return false;
	d->hour = hour;
	d->minute = minute;
	d->second = (int)second;
	d->fraction = second - d->second;
	return true;
}

/* A day as numbers: YYYY-MM-DD, which a time may follow after a T, MM/DD or MM/DD/YYYY. */
static bool take_day(struct date *d, const char *word)
{
	int year, month, day;
	const char *rest = next_digits(digits(word, 4, &year), '-', 2, &month);

	if (d->month)
		return false;
	rest = next_digits(rest, '-', 2, &day);
	if (rest) {
		if (*rest && ((*rest != 'T' && *rest != 't') || !take_time(d, rest + 1)))
			return false;
	} else {
		year = NO_YEAR;
		rest = next_digits(digits(word, 2, &month), '/', 2, &day);
		if (rest && *rest == '/')
			rest = next_digits(rest, '/', 4, &year);
		if (!rest || *rest)
			return false;
	}
	if (!in_range(month, 1, 12) || !in_range(day, 1, 31) ||
		(year != NO_YEAR && !in_range(year, FIRST_YEAR, LAST_YEAR)))
		return false;
	if (year != NO_YEAR)
		d->year = year;
	d->month = month;
	d->day = day;
	return true;
}

/* A bare number: the day of a month that is named, or the year. */
static bool take_number(struct date *d, const char *word)
{
	long long v;

	if (text_to_int(word, 1, 9999, &v) < 0 || word[0] == '+' || word[0] == '-')
		return false;
	if (v <= 31 && d->day == 0)
		d->day = (int)v;
	else if (in_range((int)v, FIRST_YEAR, LAST_YEAR) && d->year == 0)
		d->year = (int)v;
	else
		return false;
	return true;
}

/* Words with a meaning of their own. */
static bool take_word(struct date *d, const char *word)
{
	bool pm = strcasecmp(word, "pm") == 0;

	if (pm || strcasecmp(word, "am") == 0) {
		if (!in_range(d->hour, 1, 12))
			return false;
		d->hour = d->hour % 12 + (pm ? 12 : 0);
		return true;
	}
	if (strcasecmp(word, "UTC") == 0 || strcasecmp(word, "GMT") == 0 ||
		strcasecmp(word, "Z") == 0) {
		d->utc = true;
		return true;
	}
	if (strcasecmp(word, "now") == 0)
		d->relative = true;
	else if (strcasecmp(word, "yesterday") == 0)
		d->days--;
	else if (strcasecmp(word, "tomorrow") == 0)
		d->days++;
	else if (strcasecmp(word, "today") != 0)
		return false;
	return true;
}

/* "N UNIT [ago]": returns the number of words taken, 0 when it is something else. */
static size_t take_relative(struct date *d, char *const *words, size_t n)
{
	bool ago = n > 2 && strcasecmp(words[2], "ago") == 0;
	double v, unit;

	if (n < 2 || text_to_real(words[0], &v) < 0)
		return 0;
	unit = unit_s(words[1]);
	if (unit == 0)
		return 0;
	d->relative = true;
	d->seconds += (ago ? -v : v) * unit;
	return ago ? 3 : 2;
}

/* Takes words from the front. Returns how many, 0 when they mean nothing. */
static size_t take(struct date *d, char *const *words, size_t n)
{
	size_t taken = take_relative(d, words, n);
	double at;
	int month = month_number(words[0]);

	if (taken)
		return taken;
	if (words[0][0] == '@') {
		if (text_to_real(words[0] + 1, &at) < 0)
			return 0;
		d->absolute = true;
		d->at = instant_ns(at);
		return 1;
	}
	if (month) {
		if (d->month)
			return 0;
		d->month = month;
		return 1;
	}
	return take_time(d, words[0]) || take_day(d, words[0]) || take_number(d, words[0]) ||
	       take_word(d, words[0]) || is_weekday(words[0]);
}

/* Puts the parts together. */
static int assemble(const struct date *d, time_t now, int64_t *ret)
{
	struct tm tm;
	time_t t;

	if (d->absolute) {
		*ret = d->at;
		return 0;
	}
	if ((d->month == 0) != (d->day == 0) || (d->year && !d->month))
		return -EINVAL;
	if (!(d->utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm)))
		return -EINVAL;
	if (d->month) {
		tm.tm_mon = d->month - 1;
		tm.tm_mday = d->day;
	}
	if (d->year)
		tm.tm_year = d->year - 1900;
	tm.tm_mday += d->days;
	if (d->hour >= 0 || !d->relative) {
		tm.tm_hour = d->hour >= 0 ? d->hour : 0;
		tm.tm_min = d->minute;
		tm.tm_sec = d->second;
	}
	tm.tm_isdst = -1;
	t = d->utc ? timegm(&tm) : mktime(&tm);
	*ret = instant_add_s((int64_t)t * INSTANT_S, d->fraction + d->seconds);
	return 0;
}

int date_parse(const char *text, time_t now, int64_t *ret)
{
	struct date d = {.hour = -1};
	char copy[256], *words[WORDS];
	size_t n, taken;

	if (text_copy(copy, sizeof(copy), text) < 0)
		return -EINVAL;
	for (char *comma = copy; (comma = strchr(comma, ','));)
		*comma = ' ';
	n = text_split(copy, words, WORDS);
	if (n == 0 || n == WORDS)
		return -EINVAL;
	for (size_t i = 0; i < n; i += taken) {
		taken = take(&d, words + i, n - i);
		if (taken == 0)
			return -EINVAL;
	}
	return assemble(&d, now, ret);
}
