/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading gpsd's reports.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "refclocks/gpsd_report.h"
#include "refclocks/json_reader.h"

/** The numbers of TOFF and PPS. */
enum part {
	REAL_S,
	REAL_NS,
	CLOCK_S,
	CLOCK_NS,
	PARTS
};

/** What was read so far. */
struct reading {
	struct gpsd_report report;
	int64_t parts[PARTS];
	unsigned seen; /**< set of 1 << part */
};

static enum gpsd_class class_of(const char *name)
{
	static const struct {
		const char *name;
		enum gpsd_class class;
	} classes[] = {{"VERSION", GPSD_VERSION}, {"TPV", GPSD_TPV}, {"TOFF", GPSD_TOFF},
		{"PPS", GPSD_PPS}, {"ERROR", GPSD_ERROR}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(classes[i].name, name) == 0)
			return classes[i].class;
	return GPSD_OTHER;
}

static void take(void *arg, const char *name, const struct json_value *v)
{
	static const char *const parts[PARTS] = {
		"real_sec", "real_nsec", "clock_sec", "clock_nsec"};
	struct reading *r = arg;

	if (v->kind == JSON_STRING && strcmp(name, "class") == 0)
		r->report.class = class_of(v->text);
	if (v->kind == JSON_STRING && strcmp(name, "device") == 0)
		text_copy(r->report.device, sizeof(r->report.device), v->text);
	if (v->kind != JSON_NUMBER || !v->whole)
		return;
	if (strcmp(name, "mode") == 0 && v->number >= 0 && v->number <= 3)
		r->report.mode = (int)v->number;
	for (unsigned i = 0; i < PARTS; i++) {
		if (strcmp(name, parts[i]) == 0) {
			r->parts[i] = v->number;
			r->seen |= 1U << i;
		}
	}
}

int gpsd_parse(const char *line, size_t n, struct gpsd_report *ret)
{
	struct reading r = {.report = {.class = GPSD_OTHER}};
	bool timed;

	if (json_read(line, n, take, &r) < 0)
		return -EINVAL;
	timed = r.report.class == GPSD_TOFF || r.report.class == GPSD_PPS;
	if (timed && (r.seen != (1U << PARTS) - 1 || r.parts[REAL_NS] < 0 ||
			     r.parts[REAL_NS] >= INSTANT_S || r.parts[CLOCK_NS] < 0 ||
			     r.parts[CLOCK_NS] >= INSTANT_S))
		return -EINVAL;
	r.report.real = instant_from_s(r.parts[REAL_S], r.parts[REAL_NS]);
	r.report.clock = instant_from_s(r.parts[CLOCK_S], r.parts[CLOCK_NS]);
	*ret = r.report;
	return 0;
}
