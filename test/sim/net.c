/* SPDX-License-Identifier: BSD-2-Clause */
/* Links, datagrams in flight, sockets. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/world.h"

struct address sim_address(int node)
{
	struct address a = {.family = ADDRESS_IP4, .ip = {192, 168, 123, (uint8_t)(node + 1)}};

	return a;
}

struct address sim_address6(int node)
{
	struct address a = {.family = ADDRESS_IP6, .ip = {0xfd, [15] = (uint8_t)(node + 1)}};

	return a;
}

struct address sim_net_own(const struct sim_node *n, enum address_family family)
{
	return family == ADDRESS_IP6 ? sim_address6(n->index) : sim_address(n->index);
}

/** Copies what is used of a datagram. */
static void copy_datagram(struct sim_datagram *ret, const struct sim_datagram *d)
{
	memcpy(ret, d, offsetof(struct sim_datagram, data) + d->n);
}

int sim_net_find(const struct sim *s, const struct address *a)
{
	int i;

	for (i = 0; i < s->n_nodes; i++) {
		struct address own = sim_net_own(&s->nodes[i], a->family);

		if (address_equal(&own, a) && (a->family != ADDRESS_IP6 || s->nodes[i].ip6))
			return i;
	}
	return -1;
}

/** One copy of a datagram, underway; bit: of it that is flipped, negative: none. */
static void fly(struct sim *s, const struct sim_datagram *d, int to, double delay, int64_t bit)
{
	struct sim_datagram *copy = sim_alloc(sizeof(*copy));

	copy_datagram(copy, d);
	if (bit >= 0)
		copy->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	sim_schedule(s, (struct sim_event){.at = instant_add_s(s->now_ns, delay),
				.what = SIM_ARRIVAL,
				.node = to,
				.datagram = copy});
}

/** The time between a kernel timestamp and the wire. */
static double lag(struct sim_node *n)
{
	return n->stamp_lag > 0 ? n->stamp_lag * sim_random_exponential(&n->lag_random) : 0;
}

void sim_net_send(struct sim_node *from, const struct sim_datagram *d)
{
	struct sim *s = from->sim;
	int to =
		address_is_loopback(&d->to.address) ? from->index : sim_net_find(s, &d->to.address);
	struct sim_fate fate = {.copies = 1, .delay = {1e-6}};
	int i;

	if (from->dead)
		return;
	from->counts.sent++;
	for (i = 0; i < SIM_HOOKS && s->hooks[i].call; i++)
		s->hooks[i].call(s->hooks[i].arg, s, from->index, &d->from, &d->to,
			(struct span){d->data, d->n});
	if (to < 0)
		return;
	if (to != from->index)
		fate = sim_link_next(&s->links[from->index][to], &s->link_random[from->index][to],
			sim_elapsed(s), d->n);
	if (to != from->index && (from->cut || s->nodes[to].cut))
		return;
	for (i = 0; i < fate.copies; i++)
		fly(s, d, to, fate.delay[i] + lag(from) + lag(&s->nodes[to]),
			fate.mangled[i] && d->n > 0 ? (int64_t)(fate.bit[i] % (8 * d->n)) : -1);
}

/** How well a socket fits a datagram, as Linux looks them up: connected before bound to an address
 * before bound to a port alone; 0: not at all. */
static int socket_fits(const struct sim_socket *sock, const struct sim_datagram *d)
{
	int fits = 1;

	if (d->to.path[0])
		return sock->fd && !strcmp(sock->local.path, d->to.path);
	if (!sock->fd || sock->local.path[0] || sock->local.port != d->to.port ||
		(sock->family == ADDRESS_IP6) != (d->to.address.family == ADDRESS_IP6))
		return 0;
	if (sock->local.address.family != ADDRESS_NONE) {
		if (!address_equal(&sock->local.address, &d->to.address))
			return 0;
		fits++;
	}
	if (sock->connected) {
		if (sock->remote.port != d->from.port ||
			!address_equal(&sock->remote.address, &d->from.address))
			return 0;
		fits += 2;
	}
	return fits;
}

void sim_net_deliver(struct sim_node *to, const struct sim_datagram *d)
{
	struct sim_datagram stamped;
	struct sim_socket *best = NULL;
	int i, most = 0;

	sim_clock_advance(to, to->sim->now_ns);
	to->counts.arrived++;
	copy_datagram(&stamped, d);
	stamped.stamp = to->clock.system_ns;
	for (i = 0; i < SIM_SOCKETS; i++) {
		int fits = socket_fits(&to->sockets[i], d);

		if (fits > most) {
			most = fits;
			best = &to->sockets[i];
		}
	}
	if (best && sim_queue_put(&best->received, &stamped))
		to->runnable = true;
}

bool sim_queue_put(struct sim_queue *q, const struct sim_datagram *d)
{
	if (!q->slot)
		q->slot = sim_alloc(SIM_QUEUE * sizeof(*q->slot));
	if (q->n == SIM_QUEUE)
		return false;
	copy_datagram(&q->slot[(q->first + q->n++) % SIM_QUEUE], d);
	return true;
}

bool sim_queue_get(struct sim_queue *q, struct sim_datagram *ret)
{
	if (!q->n)
		return false;
	copy_datagram(ret, &q->slot[q->first]);
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
	sim_free(s->received.slot);
	sim_free(s->sent.slot);
	memset(s, 0, sizeof(*s));
}

void sim_visit(struct sim *s, int node, uint16_t from_port, uint16_t to_port, struct span data)
{
	struct address loopback = {.family = ADDRESS_IP4, .ip = {127, 0, 0, 1}};
	struct sim_datagram d = {.from = {.address = loopback, .port = from_port},
		.to = {.address = loopback, .port = to_port},
		.n = data.n};

	if (data.n > sizeof(d.data))
		return;
	memcpy(d.data, data.p, data.n);
	fly(s, &d, node, 0, -1);
}

void sim_visit_path(struct sim *s, int node, const char *from, const char *path, struct span data)
{
	struct sim_datagram d = {.n = data.n};

	if (data.n > sizeof(d.data) || strlen(path) >= sizeof(d.to.path) ||
		strlen(from) >= sizeof(d.from.path))
		return;
	strcpy(d.from.path, from);
	strcpy(d.to.path, path);
	memcpy(d.data, data.p, data.n);
	fly(s, &d, node, 0, -1);
}
