/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a mistake stands, in chronyd's words. Pure.
 */
#ifndef CONFIG_WHERE_H
#define CONFIG_WHERE_H

#include <stdbool.h>

struct text;

/**
 * Adds a complaint of a reader of configurations, "PLACE:N: WHAT, REST", to ret: as "WHAT at line
 * N, REST" when it is about a line of the command line, and as "WHAT at line N in file PLACE, REST"
 * when it is about a file and files is true. Anything else as it is.
 */
void where_said(const char *complaint, bool files, struct text *ret);

#endif
