/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two settings say the same. Field by field: what lies between fields has no meaning.
 */
#include "config.h"

#include <math.h>

#include "config/settings.h"

bool settings_same_local(const struct settings_local *a, const struct settings_local *b)
{
	return a->on == b->on && a->stratum == b->stratum && a->orphan == b->orphan &&
	       a->distance == b->distance && a->activate == b->activate &&
	       a->waitsynced == b->waitsynced && a->waitunsynced == b->waitunsynced;
}

bool settings_same_access(
	const struct settings_access *a, size_t n_a, const struct settings_access *b, size_t n_b)
{
	bool same = n_a == n_b;

	for (size_t i = 0; same && i < n_a; i++) {
		same = a[i].allow == b[i].allow && a[i].all == b[i].all && a[i].bits == b[i].bits &&
		       address_equal(&a[i].prefix, &b[i].prefix);
	}
	return same;
}

bool settings_same_rate_limit(
	const struct settings_rate_limit *a, const struct settings_rate_limit *b)
{
	return a->on == b->on && a->interval == b->interval && a->burst == b->burst &&
	       a->leak == b->leak && a->kod == b->kod;
}

/** Two numbers, of which each may be none. */
static bool same_real(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

bool settings_same_fudge(const struct settings_fudge *a, const struct settings_fudge *b)
{
	return a->type == b->type && a->unit == b->unit && same_real(a->time1, b->time1) &&
	       same_real(a->time2, b->time2) && a->bias == b->bias && a->flags == b->flags &&
	       a->stratum == b->stratum && a->refid == b->refid && a->mode == b->mode &&
	       a->paired == b->paired;
}
