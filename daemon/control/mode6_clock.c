/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of a reference clock. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/settings.h"
#include "daemon/control/mode6.h"
#include "daemon/source/clock_name.h"
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

int mode6_put_clock(
	const struct mode6 *m, const struct source *s, struct span names, struct mode6_text *t)
{
	struct source_refclock_report r;
	struct clock_view v;
	const struct mode6_view view = {.table = &table, .values = &v};
	(void)m;
	if (source_report_refclock(s, &r) < 0)
		return -EINVAL;
	v = (struct clock_view){
		.name = source_clock_driver(r.settings),
		.timecode = r.timecode,
		.device = source_clock_device(r.settings),
		.poll = r.polls,
		.noreply = r.silent,
		.badformat = (int64_t)r.bad_format,
		.baddata = (int64_t)r.bad_data,
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
