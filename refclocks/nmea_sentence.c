/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading NMEA 0183: "$GPRMC,hhmmss.ss,A,...,ddmmyy,...*hh".
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "refclocks/nmea_sentence.h"

/** The most fields that are looked at. */
#define FIELDS 16

/** Letters for the system of satellites, and for the kind. */
#define SYSTEM  2
#define LETTERS 3

#define DAY INT64_C(86400)
/** Weeks of a receiver's count, s. */
#define ROLLOVER (1024 * 7 * DAY)
/** At most so many: beyond that the date is nonsense. */
#define ROLLOVERS 3

bool nmea_collect(struct nmea_line *line, uint8_t byte)
{
	/* A sentence begins anew wherever its first character stands. */
	if (byte == '$') {
		line->n = 0;
		line->too_long = false;
	}
	if (byte == '\r' || byte == '\n') {
		bool ended = line->n > 0 && !line->too_long;

		line->text[line->n] = '\0';
		line->n = 0;
		line->too_long = false;
		return ended;
	}
	if (line->n == NMEA_MAX)
		line->too_long = true;
	else
		line->text[line->n++] = (char)byte;
	return false;
}

/** Checks the sum over what is between $ and *. Returns the length of that, or -errno. */
static int check_sum(const char *line)
{
	unsigned sum = 0;
	size_t n = 1;
	int high, low;

	if (line[0] != '$')
		return -EINVAL;
	for (; line[n] != '\0' && line[n] != '*'; n++)
		sum ^= (unsigned char)line[n];
	if (line[n] != '*')
		return -EBADMSG;
	high = text_hex_digit(line[n + 1]);
	low = high < 0 ? -1 : text_hex_digit(line[n + 2]);
	if (low < 0 || line[n + 3] != '\0' || (unsigned)(high << 4 | low) != sum)
		return -EBADMSG;
	return (int)n - 1;
}

/** Cuts a sentence at its commas. Returns the number of fields. */
static size_t cut(char *body, const char *ret[FIELDS])
{
	size_t n = 0;

	while (body != NULL && n < FIELDS) {
		ret[n++] = body;
		body = strchr(body, ',');
		if (body != NULL)
			*body++ = '\0';
	}
	return n;
}

/** Reads exactly n digits. Returns the number or -1. */
static int digits(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = 10 * v + (s[i] - '0');
	}
	return v;
}

/** A time of day, "hhmmss" with perhaps a fraction, in ns. */
static int read_time(const char *s, int64_t *ret_ns, bool *ret_leap)
{
	int hour = digits(s, 2), minute = hour < 0 ? -1 : digits(s + 2, 2);
	int second = minute < 0 ? -1 : digits(s + 4, 2);
	int64_t ns = 0, unit = INSTANT_S;

	if (second < 0 || hour > 23 || minute > 59 || second > 60)
		return -EINVAL;
	s += 6;
	if (*s == '.')
		s++;
	for (; *s >= '0' && *s <= '9'; s++) {
		unit /= 10;
		ns += unit * (*s - '0');
	}
	if (*s != '\0')
		return -EINVAL;
	*ret_ns = ((int64_t)hour * 3600 + minute * 60 + second) * INSTANT_S + ns;
	*ret_leap = second == 60;
	return 0;
}

static bool is_date(int year, int month, int day)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1980 || year > 2200 || month < 1 || month > 12 || day < 1 ||
		day > lengths[month - 1])
		return false;
	return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/** Days from 1970 to a date of the Gregorian calendar. */
static int64_t days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int since_march = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)365 * y + y / 4 - y / 100 + y / 400 + since_march - 719468;
}

static int put_together(
	int year, int month, int day, const char *time, int64_t earliest, struct nmea_sentence *s)
{
	int64_t of_day;

	if (!is_date(year, month, day) || read_time(time, &of_day, &s->leap_second) < 0)
		return -EINVAL;
	s->utc = days(year, month, day) * DAY * INSTANT_S + of_day;
	while (s->utc < earliest && s->rollovers < ROLLOVERS) {
		s->utc += ROLLOVER * INSTANT_S;
		s->rollovers++;
	}
	s->has_time = true;
	return 0;
}

static int read_rmc(const char *const *f, size_t n, int64_t earliest, struct nmea_sentence *s)
{
	int date;

	if (n < 10)
		return -EINVAL;
	s->says_fix = true;
	s->fix = f[2][0] == 'A';
	/* Without a fix receivers leave out what they do not know. */
	if (f[1][0] == '\0' || f[9][0] == '\0')
		return s->fix ? -EINVAL : 0;
	date = strlen(f[9]) == 6 ? digits(f[9], 6) : -1;
	if (date < 0)
		return -EINVAL;
	return put_together(2000 + date % 100, date / 100 % 100, date / 10000, f[1], earliest, s);
}

static int read_zda(const char *const *f, size_t n, int64_t earliest, struct nmea_sentence *s)
{
	if (n < 5)
		return -EINVAL;
	if (f[1][0] == '\0' || f[4][0] == '\0')
		return 0;
	if (strlen(f[2]) != 2 || strlen(f[3]) != 2 || strlen(f[4]) != 4)
		return -EINVAL;
	return put_together(digits(f[4], 4), digits(f[3], 2), digits(f[2], 2), f[1], earliest, s);
}

/** The time of day alone. */
static int read_dateless(const char *time, bool fix, struct nmea_sentence *s)
{
	s->says_fix = true;
	s->fix = fix;
	if (time[0] == '\0')
		return fix ? -EINVAL : 0;
	if (read_time(time, &s->utc, &s->leap_second) < 0)
		return -EINVAL;
	s->has_time = s->dateless = true;
	return 0;
}

static int read_gga(const char *const *f, size_t n, int64_t earliest, struct nmea_sentence *s)
{
	(void)earliest;
	return n < 7 ? -EINVAL : read_dateless(f[1], f[6][0] > '0' && f[6][0] <= '9', s);
}

static int read_gll(const char *const *f, size_t n, int64_t earliest, struct nmea_sentence *s)
{
	(void)earliest;
	return n < 7 ? -EINVAL : read_dateless(f[5], f[6][0] == 'A', s);
}

static const struct {
	const char *name;
	int (*read)(const char *const *f, size_t n, int64_t earliest, struct nmea_sentence *s);
	int position; /**< field of the latitude, then its half, longitude, its half; 0: none */
} kinds[NMEA_KINDS] = {
	[NMEA_RMC] = {"RMC", read_rmc, 3},
	[NMEA_ZDA] = {"ZDA", read_zda, 0},
	[NMEA_GGA] = {"GGA", read_gga, 2},
	[NMEA_GLL] = {"GLL", read_gll, 1},
};

/** The kind of this name, of n letters; NMEA_OTHER: none. */
static enum nmea_kind kind_of(const char *name, size_t n)
{
	char word[LETTERS + 1] = "";

	if (n != LETTERS)
		return NMEA_OTHER;
	memcpy(word, name, n);
	for (enum nmea_kind k = NMEA_OTHER + 1; k < NMEA_KINDS; k++)
		if (text_same_word(word, kinds[k].name))
			return k;
	return NMEA_OTHER;
}

int nmea_parse(const char *line, int64_t earliest, struct nmea_sentence *ret)
{
	char body[NMEA_MAX + 1];
	const char *f[FIELDS];
	struct nmea_sentence s = {.kind = NMEA_OTHER};
	int n = check_sum(line), r = 0;
	size_t count;

	if (n < 0)
		return n;
	if (n > NMEA_MAX)
		return -EINVAL;
	memcpy(body, line + 1, (size_t)n);
	body[n] = '\0';
	count = cut(body, f);
	if (strlen(f[0]) == SYSTEM + LETTERS)
		s.kind = kind_of(f[0] + SYSTEM, LETTERS);
	if (s.kind != NMEA_OTHER)
		r = kinds[s.kind].read(f, count, earliest, &s);
	if (r == 0)
		*ret = s;
	return r;
}

void nmea_date(struct nmea_sentence *io, int64_t near)
{
	int64_t after = (io->utc - near) % (DAY * INSTANT_S);

	if (!io->dateless)
		return;
	if (after > DAY * INSTANT_S / 2)
		after -= DAY * INSTANT_S;
	if (after < -DAY * INSTANT_S / 2)
		after += DAY * INSTANT_S;
	io->utc = instant_add(near, after);
	io->dateless = false;
}

bool nmea_kinds_of(const char *names, unsigned *ret)
{
	unsigned set = 0;

	for (;;) {
		size_t n = strcspn(names, "+");
		enum nmea_kind k = kind_of(names, n);

		if (k == NMEA_OTHER)
			return false;
		set |= 1U << k;
		if (names[n] == '\0')
			break;
		names += n + 1;
	}
	*ret = set;
	return true;
}

void nmea_hide(char *line, bool sound)
{
	int first = strlen(line) > 1 + SYSTEM + LETTERS
			    ? kinds[kind_of(line + 1 + SYSTEM, LETTERS)].position
			    : 0;
	int field = 0;

	for (char *c = line; !sound && *c != '\0'; c++)
		if (strchr("$,.*", *c) == NULL)
			*c = '_';
	for (char *c = line; first > 0 && *c != '\0' && *c != '*'; c++) {
		field += *c == ',';
		if (*c != ',' && *c != '.' && field >= first && field < first + 4)
			*c = '_';
	}
}
