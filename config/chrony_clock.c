/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directives about the machine's clock whose arguments come in more than one form.
 */
#include "config.h"

#include "common/text.h"
#include "config/chrony_parse.h"

/** Less than this is taken as this, s. */
#define TEMPCOMP_INTERVAL_LEAST 1.0

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
