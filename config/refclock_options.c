/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of refclock options.
 */
#include "config.h"

#include <limits.h>
#include <stddef.h>

#include <string.h>

#include "config/refclock_options.h"
#include "config/settings.h"

#define AT(field) offsetof(struct settings_refclock, field)

const struct option_rule refclock_option_rules[] = {
	{"delay", OPTION_REAL, AT(delay), -OPTION_ANY, OPTION_ANY, "s"},
	{"dpoll", OPTION_INT, AT(dpoll), -32, 32, "log2 s between readings"},
	{"filter", OPTION_INT, AT(filter), 0, INT_MAX, "readings of a poll made one sample"},
	{"local", OPTION_FLAG, AT(local), 0, 0, "not of true time, only stable"},
	{"lock", OPTION_REFID, AT(lock), 0, 0, "reference ID of the clock that numbers the pulses"},
	{"maxdispersion", OPTION_REAL, AT(maxdispersion), -OPTION_ANY, OPTION_ANY, "s; 0: off"},
	{"maxlockage", OPTION_INT, AT(maxlockage), 0, INT_MAX, "pulses"},
	{"maxsamples", OPTION_INT, AT(maxsamples), 0, INT_MAX, "samples"},
	{"maxunreach", OPTION_INT, AT(maxunreach), 0, INT_MAX, "polls without a sample"},
	{"minsamples", OPTION_INT, AT(minsamples), 0, INT_MAX, "samples"},
	{"noselect", OPTION_BIT, AT(select), SELECT_NOSELECT, 0, "never selected"},
	{"offset", OPTION_REAL, AT(offset), -SOURCE_OFFSET_MAX, SOURCE_OFFSET_MAX, "s"},
	{"optional", OPTION_FLAG, AT(optional), 0, 0, "may be missing"},
	{"poll", OPTION_INT, AT(poll), -32, 32, "log2 s between samples"},
	{"pps", OPTION_FLAG, AT(pps), 0, 0, "only the fraction of a second counts"},
	{"precision", OPTION_REAL, AT(precision), -OPTION_ANY, OPTION_ANY, "s"},
	{"prefer", OPTION_BIT, AT(select), SELECT_PREFER, 0, "preferred in the selection"},
	{"rate", OPTION_INT, AT(rate), 1, INT_MAX, "pulses per second"},
	{"refid", OPTION_REFID, AT(refid), 0, 0, "reference ID"},
	{"require", OPTION_BIT, AT(select), SELECT_REQUIRE, 0, "needed for an update"},
	{"stratum", OPTION_INT, AT(stratum), 0, 15, "stratum"},
	{"tai", OPTION_FLAG, AT(tai), 0, 0, "keeps TAI"},
	{"trust", OPTION_BIT, AT(select), SELECT_TRUST, 0, "never a falseticker"},
	{"width", OPTION_REAL, AT(width), -OPTION_ANY, OPTION_ANY, "s; 0: off"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

bool refclock_says_same(const struct settings_refclock *a, const struct settings_refclock *b)
{
	return strcmp(a->driver, b->driver) == 0 && strcmp(a->parameter, b->parameter) == 0 &&
	       option_same(refclock_option_rules, a, b);
}
