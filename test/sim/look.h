/* SPDX-License-Identifier: BSD-2-Clause */
/* What a daemon believes at this moment, read without its noticing, beside the truth. */
#ifndef TEST_SIM_LOOK_H
#define TEST_SIM_LOOK_H

#include <stdbool.h>

#include "test/sim/sim.h"

/** A look at a node. */
struct look {
	bool synchronised;
	double error;      /**< s, the time it would serve minus true time */
	double distance;   /**< s, root distance that it would serve and report with it */
	double correction; /**< s, its system clock minus what it takes for true time */
	double sd;         /**< s, standard deviation that its estimator gives to that */
};

/** Looks at a node; all zero when its daemon does not run. */
struct look look_at(struct sim *s, int node);

#endif
