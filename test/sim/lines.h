/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ntpd's files of statistics in a simulated world, line by line. They are in /stats/.
 */
#ifndef TEST_SIM_LINES_H
#define TEST_SIM_LINES_H

#include "test/sim/sim.h"

/** A node's files of a name, of all days so far, one after the other; the caller frees. */
char *lines_all(struct sim *s, int node, const char *name);

/** The line that *io_rest begins with, its end cut off, or NULL. */
char *lines_next(char **io_rest);

/** How many lines a node's file has; fails when one is not as the expression says, after the date.
 */
int lines_like(struct sim *s, int node, const char *name, const char *expression);

/** How many of them end in so. */
int lines_with(struct sim *s, int node, const char *name, const char *end);

#endif
