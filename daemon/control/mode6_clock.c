/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of a reference clock, and the names that ntpd has for its drivers. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/source/source.h"

/* Seconds as milliseconds. */
#define MS 1e3

struct clock_view {
	const char *name, *timecode, *device, *refid;
	char refid_text[16];
	int64_t poll, noreply, badformat, baddata, stratum, flags;
	double fudgetime1, fudgetime2;
};

#define AT(member) offsetof(struct clock_view, member)
#define DEF        MODE6_DEFAULT

static const struct mode6_variable rows[] = {
	{"name", MODE6_QUOTED, DEF, AT(name)},
	{"timecode", MODE6_QUOTED, DEF, AT(timecode)},
	{"poll", MODE6_INT, DEF, AT(poll)},
	{"noreply", MODE6_INT, DEF, AT(noreply)},
	{"badformat", MODE6_INT, DEF, AT(badformat)},
	{"baddata", MODE6_INT, DEF, AT(baddata)},
	{"fudgetime1", MODE6_REAL3, DEF, AT(fudgetime1)},
	{"fudgetime2", MODE6_REAL3, DEF, AT(fudgetime2)},
	{"stratum", MODE6_INT, DEF, AT(stratum)},
	{"refid", MODE6_BARE, DEF, AT(refid)},
	{"flags", MODE6_INT, DEF, AT(flags)},
	{"device", MODE6_QUOTED, DEF, AT(device)},
};

static const struct mode6_table table = {rows, sizeof(rows) / sizeof(rows[0]), "clock_var_list"};

/* Types of ntpd's drivers (the third number of 127.127.t.u) and what they are. Type 0: one that
 * ntpd has not. */
static const struct driver {
	const char *driver;
	int type;
	const char *device;
} drivers[] = {
	{"LOCAL", 1, "Undisciplined local clock"},
	{"NMEA", 20, "NMEA GPS receiver"},
	{"PPS", 22, "Pulse-per-second signal"},
	{"SHM", 28, "Shared memory interface"},
	{"GPSD", 46, "GPSD client"},
	{"SOCK", 0, "Unix socket of a time source"},
	{"PHC", 0, "PTP hardware clock"},
	{"RTC", 0, "Real-time clock"},
};

static const struct driver *find(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (text_same_word(drivers[i].driver, name))
			return &drivers[i];
	return NULL;
}

const char *mode6_clock_driver(const struct settings_refclock *settings)
{
	return settings->fudge.name != NULL ? settings->fudge.name : settings->driver;
}

int mode6_clock_stratum(const struct settings_refclock *settings)
{
	bool said = settings->fudge.type != 0 && settings->fudge.stratum >= 0;

	return said ? settings->fudge.stratum : settings->stratum;
}

uint32_t mode6_clock_refid(const struct source *s, const struct settings_refclock *settings)
{
	bool said = settings->fudge.type != 0 && settings->fudge.refid != 0;

	return said ? settings->fudge.refid : source_refid(s);
}

/* Its number among those of the same driver. */
static int unit_of(
	const struct mode6 *m, const struct source *s, const struct settings_refclock *settings)
{
	int unit = 0;

	if (settings->fudge.type != 0)
		return settings->fudge.unit;
	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		const struct source *other = sources_at(m->env->sources, i);
		struct source_refclock_report r;

		if (other == s)
			break;
		if (source_report_refclock(other, &r) == 0 &&
			text_same_word(r.settings->driver, settings->driver))
			unit++;
	}
	return unit;
}

int mode6_clock_name(const struct mode6 *m, const struct source *s, char *ret, size_t n,
	struct address *ret_address)
{
	struct source_refclock_report r;
	const struct driver *d;
	int type, unit;

	if (source_report_refclock(s, &r) < 0)
		return -EINVAL;
	d = find(r.settings->driver);
	type = r.settings->fudge.type != 0 ? r.settings->fudge.type : d != NULL ? d->type : 0;
	unit = unit_of(m, s, r.settings);
	snprintf(ret, n, "%s(%d)", mode6_clock_driver(r.settings), unit);
	*ret_address = (struct address){ADDRESS_IP4, {127, 127, (uint8_t)type, (uint8_t)unit}};
	return 0;
}

int mode6_put_clock(
	const struct mode6 *m, const struct source *s, struct span names, struct mode6_text *t)
{
	struct source_refclock_report r;
	struct clock_view v;
	const struct mode6_view view = {.table = &table, .values = &v};
	const struct driver *d;

	(void)m;
	if (source_report_refclock(s, &r) < 0)
		return -EINVAL;
	d = find(r.settings->driver);
	v = (struct clock_view){
		.name = mode6_clock_driver(r.settings),
		.timecode = "",
		.device = d != NULL ? d->device : "",
		.poll = r.polls,
		.noreply = r.silent,
		.stratum = mode6_clock_stratum(r.settings),
		.flags = r.settings->fudge.flags,
		.fudgetime1 = NAN,
		.fudgetime2 = NAN,
	};
	if (r.settings->fudge.type != 0) {
		v.fudgetime1 = r.settings->fudge.time1 * MS;
		v.fudgetime2 = r.settings->fudge.time2 * MS;
	} else if (r.settings->offset != 0) {
		v.fudgetime1 = r.settings->offset * MS;
	}
	/* As a quad, whatever it is: so ntpd does it. */
	mode6_refid(mode6_clock_refid(s, r.settings), 2, v.refid_text);
	v.refid = v.refid_text;
	return mode6_put(&view, names, t);
}
