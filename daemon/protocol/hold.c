/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holding is worth it only where a stamp will come: by the interface that the answer came by.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "daemon/clock/cards.h"
#include "daemon/protocol/hold.h"
#include "daemon/wire/packet.h"

int hold_init(struct hold *h, const struct protocol_env *env, void (*release)(void *arg), void *arg)
{
	int r;

	*h = (struct hold){.env = env};
	if (env->cards == NULL)
		return 0;
	h->data = malloc(PACKET_ROOM);
	if (h->data == NULL)
		return -ENOMEM;
	r = loop_timer_init(env->loop, &h->timer, release, arg);
	if (r < 0) {
		free(h->data);
		h->data = NULL;
	}
	return r;
}

void hold_done(struct hold *h)
{
	if (h->data == NULL)
		return;
	loop_timer_done(h->env->loop, &h->timer);
	free(h->data);
	h->data = NULL;
}

/* Whether it seems to answer the request: it is judged when it is released. */
static bool answers(const struct client *c, const struct kernel_message *m)
{
	struct packet p;

	if (!c->request.waiting || c->request.sent.source == 'H' ||
		packet_decode((struct span){m->data, m->n}, &p) < 0)
		return false;
	return p.origin == c->request.transmit ||
	       (c->request.receive != 0 && p.origin == c->request.receive);
}

bool hold_take(struct hold *h, const struct client *c, const struct kernel_message *m)
{
	if (h->data == NULL || h->on || m->cut || m->n > PACKET_ROOM ||
		!cards_stamp_sent(h->env->cards, m) || !answers(c, m))
		return false;
	h->m = *m;
	h->m.data = h->data;
	h->m.room = PACKET_ROOM;
	memcpy(h->data, m->data, m->n);
	h->on = true;
	loop_timer_in(h->env->loop, &h->timer, fmax(h->env->settings->hwtstimeout, 0));
	return true;
}

const struct kernel_message *hold_release(struct hold *h)
{
	if (!h->on)
		return NULL;
	h->on = false;
	loop_timer_stop(h->env->loop, &h->timer);
	return &h->m;
}
