/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names a program can be called by, and what it stands in for then.
 */
#ifndef COMMON_CALLED_H
#define COMMON_CALLED_H

#include <stdbool.h>

/** The chrony whose interface this is: scripts compare the version of chronyd and chronyc. */
#define CALLED_CHRONY_VERSION "4.9"

/** Whether program (argv[0]) is called name, in whatever directory. */
bool called_is(const char *program, const char *name);

#endif
