/* SPDX-License-Identifier: BSD-2-Clause */
/* Names by the calendar of UTC. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/logs/filegen.h"

#define DAY_S INT64_C(86400)

/* The day of 1970-01-01. */
#define MJD_UNIX 40587

/* "YYYY-MM-DD" of instant_format(). */
struct date {
	int year, month, day;
};

static struct date date_of(int64_t system)
{
	char text[INSTANT_TEXT], *rest = text;
	struct date d;

	/* YYYY-MM-DD and the time */
	instant_format(system, text, sizeof(text));
	d.year = (int)strtol(rest, &rest, 10);
	d.month = (int)strtol(rest + 1, &rest, 10);
	d.day = (int)strtol(rest + 1, &rest, 10);
	return d;
}

/* 0 on January 1st. */
static int day_of_year(const struct date *d)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	bool leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;

	return before[(d->month - 1) % 12] + (leap && d->month > 2) + d->day - 1;
}

void filegen_suffix(enum ntp_filegen_type type, const struct filegen_moment *m, struct text *t)
{
	struct date d = date_of(m->system);

	switch (type) {
	case NTP_FILEGEN_NONE:
		break;
	case NTP_FILEGEN_PID:
		text_add(t, ".#%ld", m->pid);
		break;
	case NTP_FILEGEN_DAY:
		text_add(t, ".%04d%02d%02d", d.year, d.month, d.day);
		break;
	case NTP_FILEGEN_WEEK:
		text_add(t, ".%04dw%02d", d.year, day_of_year(&d) / 7);
		break;
	case NTP_FILEGEN_MONTH:
		text_add(t, ".%04d%02d", d.year, d.month);
		break;
	case NTP_FILEGEN_YEAR:
		text_add(t, ".%04d", d.year);
		break;
	case NTP_FILEGEN_AGE:
		text_add(t, ".a%08" PRId64, m->ran_s / DAY_S * DAY_S);
		break;
	}
}

void filegen_stamp(int64_t system, struct text *t)
{
	int64_t s = instant_floor_s(system), day = s / DAY_S, rest = s % DAY_S;

	if (rest < 0) {
		day--;
		rest += DAY_S;
	}
	text_add(t, "%" PRId64 " %" PRId64 ".%03d", day + MJD_UNIX, rest,
		(int)(instant_rest_ns(system) / 1000000));
}
