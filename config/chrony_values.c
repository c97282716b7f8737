/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives with a small twist to their values: words of a list, clamps, an option behind.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "common/cmdmon.h"
#include "common/log.h"
#include "common/text.h"
#include "config/chrony_parse.h"

/** Room for a reason inside a message. */
#define REASON_TEXT 256

/** "BEGINNING: WORD, did you mean ...?" for a word that is none of choices. */
static int fail_choice(struct directive_line *l, const char *beginning, const char *word,
	const char *const *choices)
{
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));

	directive_suggest(&t, choices, word);
	return directive_fail(l, "%s: %s%s", beginning, word, reason);
}

const char *const chrony_log_words[] = {"measurements", "rawmeasurements", "statistics", "tracking",
	"rtc", "refclocks", "tempcomp", "selection", NULL};

const char *const chrony_leap_words[] = {"system", "slew", "step", "ignore", NULL};

const char *const chrony_auth_words[] = {"mix", "require", "prefer", "ignore", NULL};

int chrony_log(struct directive_line *l)
{
	for (size_t i = 0; i < l->n; i++) {
		int log = directive_choice(chrony_log_words, l->words[i], true);

		if (log < 0) {
			return fail_choice(
				l, "Invalid log parameter", l->words[i], chrony_log_words);
		}
		l->settings->logs |= 1U << log;
	}
	return 0;
}

int chrony_open(struct directive_line *l)
{
	unsigned groups = 0;

	for (size_t i = 0; i < l->n; i++) {
		int group = directive_choice(cmdmon_group_words, l->words[i], false);

		if (group < 0) {
			return fail_choice(l, "Could not parse opencommands directive", l->words[i],
				cmdmon_group_words);
		}
		groups |= 1U << group;
	}
	l->settings->opencommands = groups;
	l->settings->opencommands_set = true;
	return 0;
}

/** Reads the only argument as one of choices, by its index. */
static int read_choice(struct directive_line *l, const char *const *choices, int *ret)
{
	char beginning[64];
	struct text t = text_on(beginning, sizeof(beginning));
	int r = directive_count_plainly(l, 1, 1);

	if (r < 0) {
		return r;
	}
	r = directive_choice(choices, l->words[0], false);
	if (r < 0) {
		text_add(&t, "Could not parse %s directive", l->rule->word);
		return fail_choice(l, beginning, l->words[0], choices);
	}
	*ret = r;
	return 0;
}

int chrony_leap(struct directive_line *l)
{
	int mode = SETTINGS_LEAP_SYSTEM;
	int r = read_choice(l, chrony_leap_words, &mode);

	if (r == 0) {
		l->settings->leapsecmode = (enum settings_leap_mode)mode;
	}
	return r;
}

int chrony_auth_select(struct directive_line *l)
{
	int mode = SETTINGS_AUTH_MIX;
	int r = read_choice(l, chrony_auth_words, &mode);

	if (r == 0) {
		l->settings->authselectmode = (enum settings_auth_select)mode;
	}
	return r;
}

int chrony_drift(struct directive_line *l)
{
	long long interval = 3600;
	int r = directive_count_plainly(l, 1, 3);

	if (r < 0) {
		return r;
	}
	if (l->n > 1 && !text_same_word(l->words[1], "interval")) {
		return directive_fail(l, "Could not parse %s directive: %s is not interval",
			l->name, l->words[1]);
	}
	if (l->n == 2 || (l->n == 3 && text_to_int(l->words[2], 0, INT_MAX, &interval) < 0)) {
		return directive_fail(
			l, "Could not parse %s directive: interval is in seconds", l->name);
	}
	r = directive_values(l, 1);
	if (r == 0) {
		l->settings->drift_interval = (int)interval;
	}
	return r;
}

int chrony_maxchange(struct directive_line *l)
{
	int r = directive_values(l, l->n);

	if (r == 0) {
		l->settings->maxchange_on = true;
	}
	return r;
}

int chrony_smooth(struct directive_line *l)
{
	int r = directive_count(l, 2, 3);

	if (r < 0) {
		return r;
	}
	if (l->n == 3 && !text_same_word(l->words[2], "leaponly")) {
		return directive_fail(l, "Could not parse %s directive: %s is not leaponly",
			l->name, l->words[2]);
	}
	r = directive_values(l, 2);
	if (r == 0) {
		l->settings->smooth_leap_only = l->n == 3;
	}
	return r;
}

int chrony_user(struct directive_line *l)
{
	int r = directive_values(l, l->n);

	if (r == 0) {
		l->settings->user_set = true;
	}
	return r;
}

int chrony_skew(struct directive_line *l)
{
	int r = directive_values(l, l->n);

	if (r == 0) {
		l->settings->maxupdateskew_ppm = fabs(l->settings->maxupdateskew_ppm);
	}
	return r;
}

int chrony_precision(struct directive_line *l)
{
	int r = directive_values(l, l->n);

	if (r == 0) {
		l->settings->clockprecision = fmin(fmax(l->settings->clockprecision, 1e-9), 1.0);
	}
	return r;
}

/** The most directories in one line. */
#define DIRECTORIES_MAX 10

int chrony_sourcedir(struct directive_line *l)
{
	struct settings *s = l->settings;
	int r = directive_count(l, 1, DIRECTORIES_MAX);

	for (size_t i = 0; r == 0 && i < l->n; i++) {
		if (s->n_sourcedirs >= SETTINGS_DIRS) {
			return directive_fail(l, "Too many directories in %s directives (max %d)",
				l->name, SETTINGS_DIRS);
		}
		if (text_copy(s->sourcedirs[s->n_sourcedirs], SETTINGS_PATH, l->words[i]) < 0) {
			return directive_fail(
				l, "Could not parse %s directive: path too long", l->name);
		}
		s->n_sourcedirs++;
	}
	return r;
}

int chrony_aeads(struct directive_line *l)
{
	uint16_t aeads[SETTINGS_AEADS];
	int r = directive_count(l, 0, SETTINGS_AEADS);

	if (r < 0) {
		return r;
	}
	for (size_t i = 0; i < l->n; i++) {
		long long number;

		if (text_to_int(l->words[i], 0, UINT16_MAX, &number) < 0) {
			return directive_fail(l,
				"Could not parse %s directive: %s is no AEAD algorithm", l->name,
				l->words[i]);
		}
		aeads[i] = (uint16_t)number;
	}
	for (size_t i = 0; i < l->n; i++) {
		l->settings->ntsaeads[i] = aeads[i];
	}
	l->settings->n_ntsaeads = l->n;
	return 0;
}

int chrony_min_tls(struct directive_line *l)
{
	static const char *const versions[] = {"TLS1.2", "TLS1.3", NULL};
	int r = directive_count(l, 1, 1);
	int i;

	if (r < 0) {
		return r;
	}
	i = directive_choice(versions, l->words[0], false);
	if (i < 0) {
		return fail_choice(l, "Could not parse ntsmintls directive", l->words[0], versions);
	}
	l->settings->nts_tls12 = i == 0;
	if (i == 0) {
		log_warning(l->log, "%s: NTS over TLS 1.2 is not what RFC 8915 allows", l->origin);
	}
	return 0;
}

int chrony_nts_file(struct directive_line *l)
{
	bool key = strcmp(l->rule->word, "ntsserverkey") == 0;
	int r = directive_count(l, 1, 1);

	if (r == 0) {
		r = settings_add_nts_file(l->settings, key, l->words[0]);
	}
	return r == -ENAMETOOLONG
		       ? directive_fail(l, "Could not parse %s directive: path too long", l->name)
		       : r;
}

int chrony_trust(struct directive_line *l)
{
	struct settings_trust trust = {0};
	int r = directive_count(l, 1, 2);
	long long set = 0;

	if (r < 0) {
		return r;
	}
	if (l->n == 2 && text_to_int(l->words[0], 0, UINT32_MAX, &set) < 0) {
		return directive_fail(l, "Could not parse %s directive: %s is no number of a set",
			l->name, l->words[0]);
	}
	trust.set = (uint32_t)set;
	if (text_copy(trust.path, sizeof(trust.path), l->words[l->n - 1]) < 0) {
		return directive_fail(l, "Could not parse %s directive: path too long", l->name);
	}
	return settings_add_trust(l->settings, &trust);
}
