/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From files of ntp.conf to statements.
 */
#ifndef CONFIG_NTPCONF_READER_H
#define CONFIG_NTPCONF_READER_H

#include <stddef.h>

struct ntpconf;

/**
 * Reads the file path with all that it includes, and the files in the directory ntp.d beside it. A
 * file that is not there is said and is no error. Returns 0 or -ENOMEM.
 */
int ntpconf_read_file(struct ntpconf *c, const char *path);

/** Reads n lines that stand in no file. Returns as ntpconf_read_file(). */
int ntpconf_read_lines(struct ntpconf *c, char *const *lines, size_t n);

/** Frees the statements. */
void ntpconf_reader_end(struct ntpconf *c);

#endif
