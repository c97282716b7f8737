/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plans in a list by time: one pass finds the first free gap.
 */
#include "config.h"

#include <math.h>
#include <stddef.h>

#include "daemon/protocol/pace.h"

#define SEPARATION_MIN 0.002 /* s */
#define SEPARATION_MAX 0.2   /* s */
#define SPREAD         0.02  /* most that randomness adds, as a part */

int64_t pace_plan(
	struct protocol_pace *p, struct pace_slot *slot, int64_t at, int64_t separation_ns)
{
	struct pace_slot **link = &p->first;

	pace_drop(p, slot);
	if (p->last != 0 && at < p->last + separation_ns)
		at = p->last + separation_ns;
	while (*link && (*link)->at < at + separation_ns) {
		if ((*link)->at > at - separation_ns)
			at = (*link)->at + separation_ns;
		link = &(*link)->next;
	}
	slot->at = at;
	slot->planned = true;
	slot->next = *link;
	*link = slot;
	return at;
}

void pace_drop(struct protocol_pace *p, struct pace_slot *slot)
{
	struct pace_slot **link = &p->first;

	if (!slot->planned)
		return;
	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
	slot->planned = false;
}

void pace_due(struct protocol_pace *p, struct pace_slot *slot, int64_t now)
{
	pace_drop(p, slot);
	p->last = now;
}

double pace_separation(int poll, double random)
{
	double s = ldexp(1, poll - 3);

	return fmin(fmax(s, SEPARATION_MIN), SEPARATION_MAX) * (1 + SPREAD * random);
}
