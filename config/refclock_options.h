/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option words of a reference clock (chrony.conf(5), refclock).
 */
#ifndef CONFIG_REFCLOCK_OPTIONS_H
#define CONFIG_REFCLOCK_OPTIONS_H

#include "common/option.h"

/** A table for option_parse() into a struct settings_refclock. */
extern const struct option_rule refclock_option_rules[];

struct settings_refclock;

/** Whether two lines say the same of the same clock. */
bool refclock_says_same(const struct settings_refclock *a, const struct settings_refclock *b);

#endif
