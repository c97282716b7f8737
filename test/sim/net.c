/* SPDX-License-Identifier: BSD-2-Clause */
/* Links, datagrams in flight, sockets. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/world.h"

struct address sim_address(int node)
{
	struct address a = {.family = ADDRESS_IP4, .ip = {192, 168, 123, (uint8_t)(node + 1)}};

	return a;
}

int sim_net_find(const struct sim *s, const struct address *a)
{
	int i;

	for (i = 0; i < s->n_nodes; i++) {
		struct address own = sim_address(i);

		if (address_equal(&own, a))
			return i;
	}
	return -1;
}

/** The delay of the next packet of a link in s; negative: lost. */
static double link_delay(const struct sim_link *link, struct sim_random *r)
{
	bool lost = sim_random_uniform(r) < link->loss;
	bool wild = sim_random_uniform(r) < link->wild;
	double jitter = link->jitter * (wild ? link->wild_times : 1), delay;

	if (link->normal)
		delay = link->base + jitter * sim_random_normal(r);
	else
		delay = link->base + jitter * sim_random_exponential(r);
	return lost ? -1 : fmax(delay, 0);
}

void sim_net_send(struct sim_node *from, const struct sim_datagram *d)
{
	struct sim *s = from->sim;
	int to =
		address_is_loopback(&d->to.address) ? from->index : sim_net_find(s, &d->to.address);
	struct sim_datagram *copy;
	double delay;

	from->sent++;
	if (to < 0)
		return;
	delay = to == from->index
			? 1e-6
			: link_delay(&s->links[from->index][to], &s->link_random[from->index][to]);
	if (delay < 0)
		return;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return;
	*copy = *d;
	sim_schedule(s, instant_add_s(s->now_ns, delay), to, copy, ++s->order);
}

static bool socket_takes(const struct sim_socket *sock, const struct sim_datagram *d)
{
	if (!sock->fd || sock->local.path[0] || sock->local.port != d->to.port)
		return false;
	if (sock->local.address.family != ADDRESS_NONE &&
		!address_equal(&sock->local.address, &d->to.address))
		return false;
	return !sock->connected || (sock->remote.port == d->from.port &&
					   address_equal(&sock->remote.address, &d->from.address));
}

void sim_net_deliver(struct sim_node *to, const struct sim_datagram *d)
{
	struct sim_datagram stamped = *d;
	int i;

	sim_clock_advance(to, to->sim->now_ns);
	stamped.stamp = to->system_ns;
	for (i = 0; i < SIM_SOCKETS; i++)
		if (socket_takes(&to->sockets[i], d)) {
			if (sim_queue_put(&to->sockets[i].received, &stamped))
				to->runnable = true;
			return;
		}
}

bool sim_queue_put(struct sim_queue *q, const struct sim_datagram *d)
{
	if (!q->slot)
		q->slot = calloc(SIM_QUEUE, sizeof(*q->slot));
	if (!q->slot || q->n == SIM_QUEUE)
		return false;
	q->slot[(q->first + q->n++) % SIM_QUEUE] = *d;
	return true;
}

bool sim_queue_get(struct sim_queue *q, struct sim_datagram *ret)
{
	if (!q->n)
		return false;
	*ret = q->slot[q->first];
	q->first = (q->first + 1) % SIM_QUEUE;
	q->n--;
	return true;
}

struct sim_socket *sim_socket_of(struct sim_node *n, int fd)
{
	int i;

	for (i = 0; fd && i < SIM_SOCKETS; i++)
		if (n->sockets[i].fd == fd)
			return &n->sockets[i];
	return NULL;
}

void sim_socket_close(struct sim_socket *s)
{
	free(s->received.slot);
	free(s->sent.slot);
	memset(s, 0, sizeof(*s));
}
