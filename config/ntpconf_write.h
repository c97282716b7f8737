/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as an ntp.conf, between the files that write it.
 */
#ifndef CONFIG_NTPCONF_WRITE_H
#define CONFIG_NTPCONF_WRITE_H

#include "config/settings.h"

struct config_writing;

/** The write() of the dialect. */
int ntpconf_write(const struct settings *s, void (*line)(void *arg, const char *text), void *arg);

/** What is to stand around a text so that it is one word wherever it stands: a quote or nothing. */
const char *ntpconf_quote(const char *s);

void ntpconf_write_sources(const struct config_writing *w); /**< server, pool, fudge */
void ntpconf_write_access(const struct config_writing *w);  /**< restrict, limit, interface */

/** Fills settings as ntpd has them before a file is read. Returns 0 or -ENOMEM. */
int ntpconf_prepare(struct settings *s);

/** What ntp.conf calls an algorithm, or NULL. */
const char *ntpconf_aead_name(uint16_t number);

/** The type and unit of a reference clock of ours, by its driver and parameter. Returns 0, or
 * -ENOENT when ntpd has none such. */
int ntpconf_clock_of(const struct settings_refclock *k, int *ret_type, int *ret_unit);

#endif
