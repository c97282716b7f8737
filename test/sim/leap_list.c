/* SPDX-License-Identifier: BSD-2-Clause */
/* The leap second of 2016. */
#include "config.h"

#include <string.h>

#include "test/sim/leap_list.h"
#include "test/sim/world.h"

/* Until the middle of 2016. */
#define BEGIN                                                                                      \
	"#$ 3676924800\n"                                                                          \
	"#@ 3928521600\n"                                                                          \
	"3439756800 34\n"                                                                          \
	"3550089600 35\n"                                                                          \
	"3644697600 36\n"

void leap_give(struct sim *s, int node, int direction)
{
	const char *list = direction > 0 ? BEGIN "3692217600 37\n" : BEGIN "3692217600 35\n";

	sim_file_write(&s->nodes[node], LEAP_LIST,
		(struct span){(const uint8_t *)list, strlen(list)}, false);
}
