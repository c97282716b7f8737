/* SPDX-License-Identifier: BSD-2-Clause */
/* Every NTP request that a node sends, with its time. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "test/sim/tape.h"

#define NTP_PORT 123

static void record(void *arg, struct sim *sim, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct tape *t = arg;
	struct tape_packet *p = &t->packet[t->n];

	if (node != t->node || t->n == TAPE_MOST || to->port != NTP_PORT || data.n < 48)
		return;
	p->at = sim_elapsed(sim);
	p->to = to->address.ip[3] - 1;
	p->port = from->port;
	p->n = data.n;
	memcpy(p->data, data.p, sizeof(p->data));
	t->n++;
}

void tape_begin(struct tape *t, struct small *s, int node)
{
	t->node = node;
	t->n = 0;
	sim_on_send(s->sim, record, t);
}

void tape_clear(struct tape *t)
{
	t->n = 0;
}

double tape_gap(const struct tape *t, size_t i)
{
	assert_true(i + 1 < t->n);
	return t->packet[i + 1].at - t->packet[i].at;
}
