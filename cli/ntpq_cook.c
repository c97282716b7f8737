/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, dates, bits and words of mode 6's values. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/ntpq_cook.h"
#include "cli/ntpq_wire.h"
#include "common/instant.h"
#include "common/status_words.h"
#include "common/text.h"

#define DAY_S 86400

/* How a variable is shown. */
enum look {
	PLAIN, /* a number, or text in quotes */
	BARE,  /* text without quotes */
	LEAP,
	REACH,
	FLASH,
	STAMP,
	TIME,      /* ms */
	SECONDS,   /* s */
	FREQUENCY, /* ppm */
};

static enum look look_of(const char *name)
{
	static const struct {
		const char *names; /* each between blanks */
		enum look look;
	} looks[] = {
		{" leap ", LEAP},
		{" reach ", REACH},
		{" flash ", FLASH},
		{" reftime rec xmt org clock ", STAMP},
		{" refid srcadr dstadr peeradr ", BARE},
		{" rootdelay rootdisp rootdist offset sys_jitter clk_jitter delay jitter "
		 "dispersion authdelay koffset kmaxerr kesterr kprecis kppsjitter fudgetime1 "
		 "fudgetime2 leapsmearoffset bias ",
			TIME},
		{" tai ", SECONDS},
		{" frequency clk_wander clk_wander_threshold ", FREQUENCY},
	};
	char word[80];

	snprintf(word, sizeof(word), " %s ", name);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strstr(looks[i].names, word) != NULL)
			return looks[i].look;
	return PLAIN;
}

bool ntpq_is_array(const char *name)
{
	return strncmp(name, "filt", 4) == 0;
}

static bool is_whole(const char *value)
{
	size_t sign = value[0] == '-' || value[0] == '+';

	return value[sign] != '\0' && value[sign + strspn(value + sign, "0123456789")] == '\0';
}

static bool is_hexadecimal(const char *value)
{
	return strncmp(value, "0x", 2) == 0 && value[2] != '\0' &&
	       value[2 + strspn(value + 2, "0123456789abcdefABCDEF")] == '\0';
}

static bool is_number(const char *value)
{
	double v;

	return is_hexadecimal(value) || text_to_real(value, &v) == 0;
}

/* The fewest digits that read back as v. */
static void shortest(double v, char *ret, size_t room)
{
	char digits[40];
	int precision = 0;
	long exponent;

	do {
		snprintf(digits, sizeof(digits), "%.*e", precision, v);
	} while (strtod(digits, NULL) != v && ++precision < 17);
	exponent = strtol(digits + strcspn(digits, "e") + 1, NULL, 10);
	if (exponent < -4 || exponent >= 16)
		snprintf(ret, room, "%s", digits);
	else
		snprintf(
			ret, room, "%.*f", precision > exponent ? precision - (int)exponent : 1, v);
}

void ntpq_cook_number(const char *value, char *ret, size_t room)
{
	double v;

	if (is_hexadecimal(value))
		snprintf(ret, room, "%llu", strtoull(value, NULL, 16));
	else if (is_whole(value) || text_to_real(value, &v) < 0)
		snprintf(ret, room, "%s", value + (value[0] == '+'));
	else
		shortest(v, ret, room);
}

void ntpq_cook_stamp(const char *value, char *ret, size_t room)
{
	uint64_t stamp = ntpq_stamp(value);
	char when[INSTANT_TEXT];

	instant_format_rfc3339(
		instant_from_ntp(stamp, (int64_t)time(NULL) * INSTANT_S), 3, when, sizeof(when));
	snprintf(ret, room, "%08lx.%08lx %s", (unsigned long)(stamp >> 32),
		(unsigned long)(stamp & UINT32_MAX), when);
}

void ntpq_cook_uptime(const char *value, char *ret, size_t room)
{
	long long s = strtoll(value, NULL, 0), day = s % DAY_S;
	struct text t = text_on(ret, room);

	if (s / DAY_S > 0)
		text_add(&t, "%lldD ", s / DAY_S);
	/* A moment that has passed lies in the day before. */
	if (day < 0)
		day += DAY_S;
	text_add(&t, "%02lld:%02lld:%02lld", day / 3600, day / 60 % 60, day % 60);
}

void ntpq_fit(double v, size_t width, char *ret, size_t room)
{
	for (int digits = 4; digits >= 0; digits--) {
		snprintf(ret, room, "%.*f", digits, v);
		if (strlen(ret) <= width)
			return;
	}
}

/* Where the point goes, and what unit that makes. */
static int steps_to_fit(double v, int decimals, int small, int largest)
{
	int steps = 0;

	if (v == 0)
		return decimals / 3;
	/* No digits are made up. */
	while (fabs(v) < 1 && decimals >= 3 * (steps + 1)) {
		v *= 1000;
		steps++;
	}
	while (fabs(v) >= 1000 && small + steps > largest) {
		v /= 1000;
		steps--;
	}
	return steps;
}

static void in_units(const char *value, const char *const *units, int n_units, int small,
	size_t width, char *ret, size_t room)
{
	const char *point = strchr(value, '.');
	int decimals = point != NULL ? (int)strlen(point + 1) : 0, steps, unit;
	double v;

	if (text_to_real(value, &v) < 0 || strchr(value, 'e') != NULL) {
		snprintf(ret, room, "%s", value);
		return;
	}
	steps = steps_to_fit(v, decimals, small, 0);
	if (small + steps >= n_units)
		steps = n_units - 1 - small;
	unit = small + steps;
	decimals = decimals > 3 * steps ? decimals - 3 * steps : 0;
	do {
		snprintf(ret, room, "%.*f%s", v == 0 ? 0 : decimals,
			v == 0 ? 0 : v * pow(1000, steps), units[unit]);
	} while (width > 0 && strlen(ret) > width && decimals-- > 0);
}

void ntpq_cook_time(const char *value, int small, size_t width, char *ret, size_t room)
{
	static const char *const units[] = {"s", "ms", "us", "ns", "ps"};

	in_units(value, units, 5, small, width, ret, room);
}

/* The tests that a packet or its source failed. */
static void cook_flash(const char *value, char *ret, size_t room)
{
	static const char *const words[] = {"pkt_dup", "pkt_bogus", "pkt_unsync", "pkt_denied",
		"pkt_auth", "pkt_stratum", "pkt_header", "pkt_autokey", "pkt_crypto",
		"peer_stratum", "peer_dist", "peer_loop", "peer_unreach"};
	unsigned long flash = strtoul(value, NULL, 16);
	struct text t = text_on(ret, room);

	text_add(&t, "%02lx%s", flash, flash == 0 ? " ok" : "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (flash >> i & 1)
			text_add(&t, " %s", words[i]);
}

/* The values of the last samples in ms, or in s when one of them is long. */
static void cook_array(const char *value, bool units, char *ret, size_t room)
{
	char copy[NTPQ_ITEM_MAX], *words[32], number[32];
	struct text t = text_on(ret, room);
	bool long_ones = false;
	size_t n;

	snprintf(copy, sizeof(copy), "%s", value);
	n = text_split(copy, words, 32);
	for (size_t i = 0; i < n; i++)
		long_ones |= fabs(strtod(words[i], NULL)) >= 1000;
	for (size_t i = 0; i < n; i++) {
		if (!units) {
			text_add(&t, "%s%s", i > 0 ? "\t" : "", words[i]);
		} else {
			snprintf(number, sizeof(number), "%.*f", long_ones ? 5 : 2,
				strtod(words[i], NULL) / (long_ones ? 1000 : 1));
			text_add(&t, "%s%7.7s", i > 0 ? " " : "", number);
		}
	}
	if (units)
		text_add(&t, " %s", long_ones ? "s" : "ms");
}

/* Text in quotes, unless it has them. */
static void cook_text(const char *value, char *ret, size_t room)
{
	snprintf(ret, room, value[0] == '"' ? "%s" : "\"%s\"", value);
}

void ntpq_cook(const char *name, const char *value, bool units, char *ret, size_t room)
{
	static const char *const frequencies[] = {"", "ppk", "ppm", "ppb", "ppt"};
	enum look look = look_of(name);

	if (ntpq_is_array(name))
		cook_array(value, units, ret, room);
	else if (look == LEAP && value[0] >= '0' && value[0] <= '3')
		snprintf(ret, room, "%d%d", (value[0] - '0') >> 1, (value[0] - '0') & 1);
	else if (look == REACH)
		snprintf(ret, room, "%03lo", strtoul(value, NULL, 16) & 0377);
	else if (look == FLASH)
		cook_flash(value, ret, room);
	else if (look == STAMP)
		ntpq_cook_stamp(value, ret, room);
	else if (look == BARE && !is_number(value))
		snprintf(ret, room, "%s", value);
	else if (!is_number(value))
		cook_text(value, ret, room);
	else if (units && (look == TIME || look == SECONDS))
		ntpq_cook_time(value, look == TIME, 0, ret, room);
	else if (units && look == FREQUENCY)
		in_units(value, frequencies, 5, 2, 0, ret, room);
	else
		ntpq_cook_number(value, ret, room);
}

void ntpq_cook_plain(const char *name, const char *value, char *ret, size_t room)
{
	size_t n = strlen(value);

	if (look_of(name) == STAMP)
		instant_format_rfc3339(
			instant_from_ntp(ntpq_stamp(value), (int64_t)time(NULL) * INSTANT_S), 3,
			ret, room);
	else if (n >= 2 && value[0] == '"' && value[n - 1] == '"')
		snprintf(ret, room, "%.*s", (int)n - 2, value + 1);
	else if (is_hexadecimal(value))
		ntpq_cook_number(value, ret, room);
	else
		snprintf(ret, room, "%s", value);
}

static void put_events(struct text *t, unsigned status)
{
	unsigned count = status >> 4 & 0xf;

	if (count == 0)
		text_add(t, "no events");
	else
		text_add(t, "%u event%s", count, count == 1 ? "" : "s");
}

static void put_event_name(struct text *t, unsigned code, const char *name)
{
	/* Those without a name go by their number, and nothing is not mentioned. */
	if (name[0] != '\0')
		text_add(t, ", %s,", name);
	else if (code != 0)
		text_add(t, ", _%u,", code);
	else
		text_add(t, ",");
}

void ntpq_cook_status(unsigned association, unsigned status, bool clock, char *ret, size_t room)
{
	static const char *const leaps[] = {"none", "add_sec", "del_sec", "alarm"};
	static const struct {
		unsigned bit;
		const char *word;
	} bits[] = {{0x8000, "conf"}, {0x4000, "authenb"}, {0x2000, "auth"}, {0x1000, "reach"},
		{0x0800, "bcast"}};
	struct text t = text_on(ret, room);

	text_add(&t, "associd=%u status=%04x ", association, status);
	if (clock) {
		put_events(&t, status);
		put_event_name(&t, status & 0xf, status_clock_fault_name(status & 0xf));
		return;
	}
	if (association == 0) {
		text_add(&t, "leap_%s, sync_%s, ", leaps[status >> 14 & 3],
			status_clock_name(status >> 8 & 0x3f));
		put_events(&t, status);
		put_event_name(&t, status & 0xf, status_event_name(status & 0xf));
		return;
	}
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (status & bits[i].bit)
			text_add(&t, "%s, ", bits[i].word);
	text_add(&t, "sel_%s, ", status_selection_name(status >> 8 & 7));
	put_events(&t, status);
	put_event_name(&t, status & 0xf, status_peer_event_name(status & 0xf));
}
