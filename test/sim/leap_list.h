/* SPDX-License-Identifier: BSD-2-Clause */
/* A leap second at the end of 2016, inserted as it was or deleted, in the forms it is told in. */
#ifndef TEST_SIM_LEAP_LIST_H
#define TEST_SIM_LEAP_LIST_H

#include <stdint.h>

#include "test/sim/sim.h"

/** 2017-01-01 00:00:00 UTC, ns since 1970. */
#define LEAP_MIDNIGHT (INT64_C(1483228800) * INT64_C(1000000000))

/** Where leap_give() writes. */
#define LEAP_LIST "/leap"

/** Writes a list for leapseclist to a node's disk: inserted (1) or deleted (-1). */
void leap_give(struct sim *s, int node, int direction);

#endif
