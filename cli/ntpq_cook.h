/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of mode 6 as ntpq shows them to people. Pure. */
#ifndef CLI_NTPQ_COOK_H
#define CLI_NTPQ_COOK_H

#include <stdbool.h>
#include <stddef.h>

/** The longest item "name=value" that is shown. */
#define NTPQ_ITEM_MAX 1200

/** A number as the shortest text that reads back as the same one: 0.0, 1e-06, 15937.5. A value that
 * is none is copied. */
void ntpq_cook_number(const char *value, char *ret, size_t room);

/**
 * A value of the variable for people: numbers at their shortest, a leap indicator in two bits,
 * reach in octal, timestamps with their dates, texts in quotes, arrays with tabs; with units, times
 * and frequencies in the unit that fits.
 */
void ntpq_cook(const char *name, const char *value, bool units, char *ret, size_t room);

/** The same for programs: dates as RFC 3339 has them, numbers as they came but decimal, no quotes.
 */
void ntpq_cook_plain(const char *name, const char *value, char *ret, size_t room);

/** Whether a value is a list of the last samples: "filtdelay= 0.10 0.13". */
bool ntpq_is_array(const char *name);

/** A timestamp, "0xeeae871f.9d1aa58d", with its date. */
void ntpq_cook_stamp(const char *value, char *ret, size_t room);

/** Seconds as "hh:mm:ss", from a day on with "nD " before. */
void ntpq_cook_uptime(const char *value, char *ret, size_t room);

/** A time of decimal digits in the unit that fits: "0.078431" of ms (small 1; 0: s) is "78.431us".
 * At most width characters, 0: all of them. */
void ntpq_cook_time(const char *value, int small, size_t width, char *ret, size_t room);

/** A number in width characters: four digits after the point, or fewer where they do not fit. */
void ntpq_fit(double v, size_t width, char *ret, size_t room);

/** "associd=N status=XXXX" and the words of the status of an association, of the system (0), or of
 * a clock. */
void ntpq_cook_status(unsigned association, unsigned status, bool clock, char *ret, size_t room);

#endif
