/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of a run as SVG. */
#ifndef TEST_SIM_PLOT_H
#define TEST_SIM_PLOT_H

#include "test/sim/scenario.h"

/** A run as it was seen, second by second. */
struct plot {
	struct scenario_instant *seconds;
	size_t n, room;
};

/** Takes a second: a scenario_second whose arg is a struct plot. */
void plot_second(void *arg, const struct scenario_instant *now);
/** Writes the picture: above, the clock's true error and the daemon's idea of it; below, their
 * sizes with the error bound, on a logarithmic scale. Returns 0 or -errno. */
int plot_write(const struct plot *p, const char *path, const char *title, double warm_up);
void plot_free(struct plot *p);

#endif
