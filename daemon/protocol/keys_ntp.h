/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key files of ntpd: ID TYPE KEY [ADDRESSES], where a short key is a text and a long one
 * hexadecimal (ntp.conf(5), keys). A line is put in chrony's words, which keys.c reads. Pure.
 */
#ifndef DAEMON_PROTOCOL_KEYS_NTP_H
#define DAEMON_PROTOCOL_KEYS_NTP_H

#include <stddef.h>

struct log;
struct settings_ntp;

/**
 * Rewrites a line that is neither blank nor a comment, in place, within room bytes. Keys that are
 * not trusted, and what cannot be a key, become a blank line; the latter is said.
 */
void keys_ntp_line(char *line, size_t room, const struct settings_ntp *s, const struct log *log);

#endif
