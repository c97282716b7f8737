/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement logs, chrony's columns byte for byte (chrony-files 2). Each line says the sign of
 * its offsets: inside an offset is true minus local, so positive means that the local clock is
 * slow.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/logs.h"

/** Room for one line with its newline, and for a banner. */
#define LINE_ROOM   512
#define BANNER_ROOM 1024

/** Permissions of the files. */
#define MODE 0644

/** The width that a year beyond 9999 cannot break. */
#define DATE_ROOM INSTANT_TEXT

/** One file. */
enum log_file {
	FILE_MEASUREMENTS,
	FILE_STATISTICS,
	FILE_TRACKING,
	FILE_SELECTION,
	FILE_REFCLOCKS,
	FILE_TEMPCOMP,
	FILE_RTC,
	FILES,
};

/** What is fixed of a file. */
static const struct {
	const char *name;
	unsigned bits; /**< set of enum settings_log that asks for it */
	const char *title;
} files[FILES] = {
	[FILE_MEASUREMENTS] = {"measurements",
		SETTINGS_LOG_MEASUREMENTS | SETTINGS_LOG_RAW_MEASUREMENTS,
		"   Date (UTC) Time     IP Address   L St 123 567 ABCD  LP RP Score    Offset"
		"  Peer del. Peer disp.  Root del. Root disp. Refid     MTxRx"},
	[FILE_STATISTICS] = {"statistics", SETTINGS_LOG_STATISTICS,
		"   Date (UTC) Time     IP Address    Std dev'n Est offset  Offset sd  Diff freq"
		"   Est skew  Stress  Ns  Bs  Nr  Asym"},
	[FILE_TRACKING] = {"tracking", SETTINGS_LOG_TRACKING,
		"   Date (UTC) Time     IP Address   St   Freq ppm   Skew ppm     Offset L Co"
		"  Offset sd Rem. corr. Root delay Root disp. Max. error"},
	[FILE_SELECTION] = {"selection", SETTINGS_LOG_SELECTION,
		"   Date (UTC) Time     IP Address   S EOpts Reach Score Last sample  Low end"
		"   High end"},
	[FILE_REFCLOCKS] = {"refclocks", SETTINGS_LOG_REFCLOCKS,
		"   Date (UTC) Time         Refid  DP L P  Raw offset   Cooked offset      Disp."},
	[FILE_TEMPCOMP] = {"tempcomp", SETTINGS_LOG_TEMPCOMP,
		"   Date (UTC) Time        Temp.       Comp."},
	[FILE_RTC] = {"rtc", SETTINGS_LOG_RTC,
		"   Date (UTC) Time   RTC fast (s) Val   Est fast (s)   Slope (ppm)  Ns  Nr Meas"},
};

struct logs {
	const struct settings *settings;
	struct kernel *kernel;
	const struct log *log;
	uint64_t lines[FILES]; /**< written since the file was begun */
	uint64_t lost[FILES];  /**< that could not be written lately, which was said at the first */
};

int logs_create(const struct settings *settings, struct kernel *kernel, const struct log *log,
	struct logs **ret)
{
	struct logs *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	l->settings = settings;
	l->kernel = kernel;
	l->log = log;
	*ret = l;
	return 0;
}

void logs_destroy(struct logs *l)
{
	free(l);
}

void logs_cycle(struct logs *l)
{
	memset(l->lines, 0, sizeof(l->lines));
	memset(l->lost, 0, sizeof(l->lost));
}

static bool is_on(const struct logs *l, enum log_file f)
{
	return (l->settings->logs & files[f].bits) != 0;
}

/** Appends the banner when it is its turn: before the first line and every logbanner lines. */
static void add_banner(const struct logs *l, enum log_file f, struct text *t)
{
	char row[160];
	size_t n = strlen(files[f].title);

	if (l->settings->logbanner <= 0 || l->lines[f] % (uint64_t)l->settings->logbanner != 0)
		return;
	memset(row, '=', sizeof(row));
	text_add(t, "%.*s\n%s\n%.*s\n", (int)n, row, files[f].title, (int)n, row);
}

/* Whether it is the disk that does not take a line, and not its name. */
static bool is_full(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG || error == -EIO;
}

static void write_line(struct logs *l, enum log_file f, const char *line)
{
	char path[SETTINGS_PATH + 32], content[BANNER_ROOM + LINE_ROOM];
	struct text p = text_on(path, sizeof(path)), t = text_on(content, sizeof(content));
	int e;

	if (l->settings->logdir[0] == '\0') {
		if (l->lost[f]++ == 0)
			log_warning(l->log, "logdir not specified");
		return;
	}
	text_add(&p, "%s/%s.log", l->settings->logdir, files[f].name);
	add_banner(l, f, &t);
	text_add(&t, "%s\n", line);
	e = l->kernel->ops->file_append(
		l->kernel, path, (struct span){.p = (const uint8_t *)content, .n = t.n}, MODE);
	/* A disk that was full may have room again: the next line is tried all the same. */
	if (e < 0) {
		if (l->lost[f]++ == 0)
			log_error(l->log,
				is_full(e) ? "Could not write to %s : %s"
					   : "Could not open %s : %s",
				path, strerror(-e));
		return;
	}
	if (l->lost[f] > 0)
		log_warning(l->log, "Writing to %s again, %llu lines were lost", path,
			(unsigned long long)l->lost[f]);
	l->lost[f] = 0;
	l->lines[f]++;
}

static char leap_letter(enum leap leap)
{
	return leap == LEAP_NONE     ? 'N'
	       : leap == LEAP_INSERT ? '+'
	       : leap == LEAP_DELETE ? '-'
				     : '?';
}

static int bit(unsigned set, unsigned which)
{
	return (set & which) != 0;
}

void logs_measurement(struct logs *l, const struct source *s, const struct protocol_measurement *m)
{
	const unsigned needed = PROTOCOL_TEST_1 | PROTOCOL_TEST_2 | PROTOCOL_TEST_3 |
				PROTOCOL_TEST_5 | PROTOCOL_TEST_6 | PROTOCOL_TEST_7;
	char date[DATE_ROOM], name[ADDRESS_TEXT], line[LINE_ROOM];

	(void)s;
	if (!is_on(l, FILE_MEASUREMENTS))
		return;
	if (!(l->settings->logs & SETTINGS_LOG_RAW_MEASUREMENTS) && (m->tests & needed) != needed)
		return;
	instant_format(m->truth, date, sizeof(date));
	address_format(&m->address, name, sizeof(name));
	/* The offset is positive where the local clock is slow. */
	snprintf(line, sizeof(line),
		"%s %-15s %1c %2d %1d%1d%1d %1d%1d%1d %1d%1d%1d%d  %2d %2d %4.2f %10.3e %10.3e "
		"%10.3e %10.3e %10.3e %08X %1d%1c %1c %1c",
		date, name, leap_letter(m->leap), m->stratum, bit(m->tests, PROTOCOL_TEST_1),
		bit(m->tests, PROTOCOL_TEST_2), bit(m->tests, PROTOCOL_TEST_3),
		bit(m->tests, PROTOCOL_TEST_5), bit(m->tests, PROTOCOL_TEST_6),
		bit(m->tests, PROTOCOL_TEST_7), bit(m->tests, PROTOCOL_TEST_A),
		bit(m->tests, PROTOCOL_TEST_B), bit(m->tests, PROTOCOL_TEST_C),
		bit(m->tests, PROTOCOL_TEST_D), m->local_poll, m->remote_poll, m->poll_score,
		m->offset, m->delay, m->dispersion, m->root_delay, m->root_dispersion,
		(unsigned)m->refid, m->mode, m->interleaved ? 'I' : 'B', m->tx_stamp, m->rx_stamp);
	write_line(l, FILE_MEASUREMENTS, line);
}

/** Fewer samples give no statistics worth a line, as chrony's regression. */
#define STATISTICS_SAMPLES 3

void logs_statistics(struct logs *l, struct sources *r, const struct source *s, int64_t truth)
{
	char date[DATE_ROOM], name[SOURCE_NAME], line[LINE_ROOM];
	struct report_sourcestats stats;

	if (!is_on(l, FILE_STATISTICS))
		return;
	source_report_stats(r, s, &stats);
	if (stats.samples < STATISTICS_SAMPLES)
		return;
	instant_format(truth, date, sizeof(date));
	source_text(s, name, sizeof(name));
	/* Offset and frequency are positive where the local clock is fast and gains. Every sample
	 * kept counts, so the best start is always the first; the path is taken as symmetric. */
	snprintf(line, sizeof(line),
		"%s %-15s %10.3e %10.3e %10.3e %10.3e %10.3e %7.1e %3d %3d %3d %5.2f", date, name,
		stats.std_dev, stats.offset, stats.offset_error, stats.residual_ppm * 1e-6,
		stats.skew_ppm * 1e-6, source_stress(s), (int)stats.samples, 0, (int)stats.runs,
		0.0);
	write_line(l, FILE_STATISTICS, line);
}

/** Names a reference without a source: nothing, local mode, or characters such as MANU. */
static void name_refid(uint32_t refid, char *ret, size_t n)
{
	char letters[5] = {
		(char)(refid >> 24), (char)(refid >> 16), (char)(refid >> 8), (char)refid, '\0'};

	if (refid == 0 || refid == REFID_LOCAL)
		snprintf(ret, n, "%u.%u.%u.%u", (unsigned)(refid >> 24),
			(unsigned)(refid >> 16 & 0xff), (unsigned)(refid >> 8 & 0xff),
			(unsigned)(refid & 0xff));
	else
		snprintf(ret, n, "%s", letters);
}

void logs_tracking(struct logs *l, const struct discipline_update *u)
{
	char date[DATE_ROOM], name[SOURCE_NAME], line[LINE_ROOM];

	if (!is_on(l, FILE_TRACKING))
		return;
	instant_format(u->truth, date, sizeof(date));
	if (u->source != NULL)
		source_text(u->source, name, sizeof(name));
	else
		name_refid(u->refid, name, sizeof(name));
	/* The offset is positive where the local clock is fast, what remains where it is slow;
	 * nothing that remains is chronyd's -0. */
	snprintf(line, sizeof(line),
		"%s %-15s %2d %10.3f %10.3f %10.3e %1c %2d %10.3e %10.3e %10.3e %10.3e %10.3e",
		date, name, u->stratum, u->frequency_ppm, u->skew_ppm, u->offset,
		leap_letter(u->leap), (int)u->combined, u->offset_sd,
		u->remaining == 0 ? -0.0 : u->remaining, u->root_delay, u->root_dispersion,
		u->max_error);
	write_line(l, FILE_TRACKING, line);
}

void logs_selection(struct logs *l, int64_t truth, const struct select_candidate *c, size_t n)
{
	char date[DATE_ROOM], name[SOURCE_NAME], line[LINE_ROOM];

	if (!is_on(l, FILE_SELECTION))
		return;
	instant_format(truth, date, sizeof(date));
	for (size_t i = 0; i < n; i++, c++) {
		source_text(c->source, name, sizeof(name));
		/* The interval is positive where the local clock is fast. */
		snprintf(line, sizeof(line), "%s %-15s %c -%c%c%c%c %4o %5.2f %10.3e %10.3e %10.3e",
			date, name, (char)c->state, c->effective & SELECT_NOSELECT ? 'N' : '-',
			c->effective & SELECT_PREFER ? 'P' : '-',
			c->effective & SELECT_TRUST ? 'T' : '-',
			c->effective & SELECT_REQUIRE ? 'R' : '-', c->reach, c->score, c->age,
			0.0 - c->high, 0.0 - c->low);
		write_line(l, FILE_SELECTION, line);
	}
}

void logs_refclock(struct logs *l, const struct source *s, const struct source_refclock_sample *m)
{
	char date[DATE_ROOM], name[SOURCE_NAME], line[LINE_ROOM];
	int us;

	if (!is_on(l, FILE_REFCLOCKS))
		return;
	us = (int)((m->truth % INSTANT_S + INSTANT_S) % INSTANT_S / 1000);
	instant_format(m->truth, date, sizeof(date));
	source_text(s, name, sizeof(name));
	/* Offsets are positive where the local clock is slow. */
	if (m->tick < 0)
		snprintf(line, sizeof(line), "%s.%06d %-5s   - %1c -       -       %13.6e %10.3e",
			date, us, name, leap_letter(m->leap), m->cooked, m->dispersion);
	else
		snprintf(line, sizeof(line), "%s.%06d %-5s %3d %1c %1d %13.6e %13.6e %10.3e", date,
			us, name, m->tick, leap_letter(m->leap), m->pulse, m->raw, m->cooked,
			m->dispersion);
	write_line(l, FILE_REFCLOCKS, line);
}

void logs_temperature(struct logs *l, int64_t truth, double temperature, double ppm)
{
	char date[DATE_ROOM], line[LINE_ROOM];

	if (!is_on(l, FILE_TEMPCOMP))
		return;
	instant_format(truth, date, sizeof(date));
	/* Positive where the system clock is made to run faster. */
	snprintf(line, sizeof(line), "%s %11.4e %11.4e", date, temperature, ppm);
	write_line(l, FILE_TEMPCOMP, line);
}

void logs_rtc(struct logs *l, const struct rtc_measurement *m)
{
	char date[DATE_ROOM], line[LINE_ROOM];

	if (!is_on(l, FILE_RTC))
		return;
	instant_format(m->truth, date, sizeof(date));
	/* Positive where the RTC is fast, and gains. */
	snprintf(line, sizeof(line), "%s %14.6f %1d  %14.6f  %12.3f  %2d  %2d %4d", date, m->fast,
		m->valid, m->estimate, m->rate_ppm, m->samples, m->runs, m->interval);
	write_line(l, FILE_RTC, line);
}
