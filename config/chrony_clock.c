/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives about the machine's clock whose arguments come in more than one form.
 */
#include "config.h"

#include <string.h>

#include "common/text.h"
#include "config/chrony_parse.h"

/** Less than this is taken as this, s. */
#define TEMPCOMP_INTERVAL_LEAST 1.0

int chrony_initstep(struct directive_line *l)
{
	int r = directive_count(l, 1, l->n);

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
	if (l->n != 3 && l->n != 6) {
		return directive_fail(
			l, "Could not parse %s directive: it has 3 or 6 arguments", l->name);
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
