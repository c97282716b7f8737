/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes on a serial line: lines are collected and read, and what is read is a time that can be;
 * the position in them can be hidden.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "refclocks/nmea_sentence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define EARLIEST (INT64_C(1767225600) * INSTANT_S)

/** What is hidden is hidden in its place. */
static void hide_line(const char *line, bool known)
{
	char hidden[NMEA_MAX + 8];
	size_t n = strlen(line);

	memcpy(hidden, line, n + 1);
	nmea_hide(hidden, known);
	for (size_t i = 0; i <= n; i++)
		if (hidden[i] != line[i] && hidden[i] != '_')
			abort();
}

static void read_line(const char *line)
{
	struct nmea_sentence s;

	hide_line(line, nmea_parse(line, EARLIEST, &s) == 0);
	if (nmea_parse(line, EARLIEST, &s) != 0 || !s.has_time)
		return;
	/* A time of day is put next to ours, be that what it may. */
	if (s.dateless) {
		int64_t ours = EARLIEST + 7 * s.utc;

		nmea_date(&s, ours);
		if (s.dateless || fabs(instant_diff_s(s.utc, ours)) > 43200)
			abort();
	}
	/* The last second of 2200 may be a leap second. */
	if (s.utc < 0 || s.utc > INT64_C(7289654401) * INSTANT_S)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nmea_line line = {.n = 0};
	char summed[NMEA_MAX + 8];
	unsigned sum = 0;
	size_t m = n < NMEA_MAX - 4 ? n : NMEA_MAX - 4;

	for (size_t i = 0; i < n; i++)
		if (nmea_collect(&line, data[i]))
			read_line(line.text);
	/* The same as the inside of a sentence whose sum is right. */
	summed[0] = '$';
	memcpy(summed + 1, data, m);
	for (size_t i = 1; i <= m; i++) {
		if (summed[i] == '*' || summed[i] == '\0')
			summed[i] = ',';
		sum ^= (unsigned char)summed[i];
	}
	summed[m + 1] = '*';
	summed[m + 2] = "0123456789ABCDEF"[sum >> 4 & 15];
	summed[m + 3] = "0123456789ABCDEF"[sum & 15];
	summed[m + 4] = '\0';
	read_line(summed);
	return 0;
}
