/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates as people type them. */
#ifndef CLI_DATE_H
#define CLI_DATE_H

#include <stdint.h>
#include <time.h>

/**
 * Reads a date and time in local time, in any order of its parts:
 *   16:30, 16:30:05.25, 4:30 pm       a time of the day (none: the beginning of the day)
 *   2026-11-23, 11/23/2026, 11/23     a day (none: today)
 *   Nov 23, 2026; 23 November         the same; a name of a day of the week is passed over
 *   2026-11-23T16:30:05Z              as RFC 3339
 *   UTC, GMT, Z                       the rest is UTC
 *   @1795424810.5                     seconds since 1970
 *   now, today, yesterday, tomorrow, 3 hours ago, +2 minutes, -1 day
 * now: seconds since 1970. Returns 0 with ns since 1970, or -EINVAL.
 */
int date_parse(const char *text, time_t now, int64_t *ret);

#endif
