/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives about the machine's clock whose arguments come in more than one form.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "common/text.h"
#include "config/chrony_parse.h"

/** Room for a reason inside a message. */
#define REASON_TEXT 256

/** Less than this is taken as this, s. */
#define TEMPCOMP_INTERVAL_LEAST 1.0

#define AT(field) offsetof(struct settings_hwtimestamp, field)

const struct option_rule chrony_hwtimestamp_rules[] = {
	{"maxpoll", OPTION_INT, AT(maxpoll), -32, 32, "log2 s"},
	{"maxsamples", OPTION_INT, AT(maxsamples), 0, INT_MAX, "samples"},
	{"minpoll", OPTION_INT, AT(minpoll), -32, 32, "log2 s"},
	{"minsamples", OPTION_INT, AT(minsamples), 0, INT_MAX, "samples"},
	{"nocrossts", OPTION_FLAG, AT(nocrossts), 0, 0, "no precise cross timestamps"},
	{"precision", OPTION_REAL, AT(precision), 0, OPTION_ANY, "s"},
	{"rxcomp", OPTION_REAL, AT(rxcomp), -OPTION_ANY, OPTION_ANY, "s"},
	{"rxfilter", OPTION_TEXT, AT(rxfilter), 0, 8, "none, ntp, ptp or all"},
	{"txcomp", OPTION_REAL, AT(txcomp), -OPTION_ANY, OPTION_ANY, "s"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

/** What is effective of its polling intervals, log2 s. */
#define CARD_POLL_MIN (-6)
#define CARD_POLL_MAX 20

static int clamp_poll(int poll)
{
	return poll < CARD_POLL_MIN ? CARD_POLL_MIN : poll > CARD_POLL_MAX ? CARD_POLL_MAX : poll;
}

int chrony_hwtimestamp(struct directive_line *l)
{
	static const char *const filters[] = {"", "none", "ntp", "ptp", "all", NULL};
	struct settings_hwtimestamp h = settings_hwtimestamp_default();
	char reason[REASON_TEXT];
	struct text t = text_on(reason, sizeof(reason));
	size_t at;
	int r = directive_count_plainly(l, 1, l->n);

	if (r < 0) {
		return r;
	}
	if (text_copy(h.interface, sizeof(h.interface), l->words[0]) < 0) {
		return directive_fail(l, "Could not parse %s directive: %s is no interface",
			l->name, l->words[0]);
	}
	/* Not said: one more than minpoll. */
	h.maxpoll = INT_MIN;
	r = option_parse(chrony_hwtimestamp_rules, &h, sizeof(h), l->words + 1, l->n - 1, &at, &t);
	if (r == -ENOMEM) {
		return r;
	}
	if (r < 0 || directive_choice(filters, h.rxfilter, false) < 0) {
		return directive_fail(l, "Could not parse %s directive: %s", l->name,
			r < 0 ? reason : "rxfilter is none, ntp, ptp or all");
	}
	h.minpoll = clamp_poll(h.minpoll);
	h.maxpoll = h.maxpoll == INT_MIN ? h.minpoll + 1 : clamp_poll(h.maxpoll);
	if (h.maxpoll < h.minpoll) {
		h.maxpoll = h.minpoll;
	}
	return settings_add_hwtimestamp(l->settings, &h);
}

#undef AT

int chrony_initstep(struct directive_line *l)
{
	int r = directive_count_plainly(l, 1, l->n);

	for (size_t i = 1; i < l->n; i++) {
		if (strlen(l->words[i]) >= SETTINGS_NAME) {
			return directive_fail(l, "Could not parse %s directive: %s is too long",
				l->name, l->words[i]);
		}
	}
	r = r < 0 ? r : directive_values(l, 1);
	/* The last line counts. */
	l->settings->n_initstep = r == 0 ? 0 : l->settings->n_initstep;
	for (size_t i = 1; r == 0 && i < l->n; i++) {
		r = settings_add_initstep(l->settings, l->words[i]);
	}
	return r;
}

int chrony_tempcomp(struct directive_line *l)
{
	struct settings_tempcomp t = {0};
	double *const values[] = {&t.t0, &t.k0, &t.k1, &t.k2};
	int r = directive_count(l, 3, 6);

	if (r < 0) {
		return r;
	}
	if (l->n > 3) {
		r = directive_count(l, 6, 6);
	}
	if (r < 0) {
		return r;
	}
	if (text_copy(t.sensor, sizeof(t.sensor), l->words[0]) < 0 ||
		text_to_real(l->words[1], &t.interval) < 0) {
		return directive_fail(
			l, "Could not parse %s directive: %s is no interval", l->name, l->words[1]);
	}
	if (!(t.interval > 0)) {
		t.interval = TEMPCOMP_INTERVAL_LEAST;
	}
	if (l->n == 3 && text_copy(t.points, sizeof(t.points), l->words[2]) < 0) {
		return directive_fail(l, "Could not parse %s directive: path too long", l->name);
	}
	for (size_t i = 2; l->n == 6 && i < l->n; i++) {
		if (text_to_real(l->words[i], values[i - 2]) < 0) {
			return directive_fail(l, "Could not parse %s directive: %s is no number",
				l->name, l->words[i]);
		}
	}
	l->settings->tempcomp = t;
	return 0;
}
