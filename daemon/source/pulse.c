/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbering pulses (chrony-files 6).
 */
#include "config.h"

#include <math.h>

#include "daemon/source/pulse.h"

/** Part of an interval by which a pulse may be off. */
#define PART 0.4

bool pulse_number(const struct pulse_numbers *n, double offset, double doubt, double *ret_offset)
{
	double moved = offset + round((n->offset - offset) * n->rate) / n->rate;

	if (!(fabs(moved - n->offset) + doubt + n->doubt <= PART / n->rate))
		return false;
	*ret_offset = moved;
	return true;
}

bool pulse_is_edge(const struct pulse_numbers *n, double width, double offset, double distance)
{
	double most = fmin(width, 1 / n->rate - width) / 2;

	return fabs(offset - n->offset) <= most && distance <= most;
}
