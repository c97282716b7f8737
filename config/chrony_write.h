/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as a chrony.conf.
 */
#ifndef CONFIG_CHRONY_WRITE_H
#define CONFIG_CHRONY_WRITE_H

struct settings;

/** The write() of the dialect. */
int chrony_write(const struct settings *s, void (*line)(void *arg, const char *text), void *arg);

#endif
