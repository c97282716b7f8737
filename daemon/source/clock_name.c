/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that ntpd has for its drivers and their units. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "common/text.h"
#include "config/settings.h"
#include "daemon/source/clock_name.h"
#include "daemon/source/source.h"

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
	{"SOCK", NTP_CLOCK_SOCK, "Unix socket of a time source"},
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

const char *source_clock_driver(const struct settings_refclock *settings)
{
	return settings->fudge.name != NULL ? settings->fudge.name : settings->driver;
}

const char *source_clock_device(const struct settings_refclock *settings)
{
	const struct driver *d = find(settings->driver);

	return d != NULL ? d->device : "";
}

/* Its number among those of the same driver. */
static int unit_of(
	struct sources *all, const struct source *s, const struct settings_refclock *settings)
{
	int unit = 0;

	if (settings->fudge.type != 0)
		return settings->fudge.unit;
	for (size_t i = 0; i < sources_count(all); i++) {
		const struct source *other = sources_at(all, i);
		struct source_refclock_report r;

		if (other == s)
			break;
		if (source_report_refclock(other, &r) == 0 &&
			text_same_word(r.settings->driver, settings->driver))
			unit++;
	}
	return unit;
}

int source_clock_name(
	struct sources *r, const struct source *s, char *ret, size_t n, struct address *ret_address)
{
	struct source_refclock_report c;
	const struct driver *d;
	int type, unit;

	if (source_report_refclock(s, &c) < 0)
		return -EINVAL;
	d = find(c.settings->driver);
	type = c.settings->fudge.type != 0 ? c.settings->fudge.type : d != NULL ? d->type : 0;
	unit = unit_of(r, s, c.settings);
	snprintf(ret, n, "%s(%d)", source_clock_driver(c.settings), unit);
	*ret_address = (struct address){ADDRESS_IP4, {127, 127, (uint8_t)type, (uint8_t)unit}};
	return 0;
}
