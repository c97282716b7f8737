/* SPDX-License-Identifier: BSD-2-Clause */
/* All scenarios with published figures, beside these figures. */
#ifndef TEST_SIM_GRID_H
#define TEST_SIM_GRID_H

/** Runs the scenarios whose names contain `only`, with so many seeds each, and prints the table,
 * the geometric means and which targets are met. Returns 0, or 1 when something could not be run.
 */
int grid(unsigned long seeds, const char *only);

#endif
