/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference clocks of ntp.conf, between reading them (ntpconf_clocks.c) and what the engine makes
 * of them (ntpconf_fudge.c).
 */
#ifndef CONFIG_NTPCONF_CLOCKS_H
#define CONFIG_NTPCONF_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct ntpconf;
struct settings;
struct settings_fudge;
struct settings_refclock;

/** Units of shared memory that only root may write. */
#define NTPCONF_PRIVATE_UNITS 2

/** The clock of this type and unit, or NULL. */
struct settings_refclock *ntpconf_find_clock(struct settings *s, int type, int unit);

/** The first four characters as a reference ID. */
uint32_t ntpconf_refid_of(const char *text);

/** Whether time2 corrects the clock, and time1 its pulses. */
bool ntpconf_by_time2(const struct settings_fudge *f);

/** The bits of NMEA's mode for the kinds of sentences that a parameter of our driver names. */
int ntpconf_kinds_mode(const char *parameter);

/** What the engine is to make of the reference clocks, once all is known of them. Returns 0 or
 * -ENOMEM. */
int ntpconf_finish_clocks(struct ntpconf *c);

#endif
