/* SPDX-License-Identifier: BSD-2-Clause */
/* struct kernel over the simulated world. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "test/sim/world.h"

struct sim_node *sim_node_of(struct kernel *k)
{
	return (struct sim_node *)k;
}

static int64_t op_system(struct kernel *k)
{
	struct kernel_clocks now;

	sim_kernel_ops.clocks(k, &now);
	return now.system_ns;
}

/* Computing takes no time here. */
static int64_t op_cpu(struct kernel *k)
{
	(void)k;
	return 0;
}

static void op_clocks(struct kernel *k, struct kernel_clocks *ret)
{
	struct sim_node *n = sim_node_of(k);

	sim_clock_advance(n, n->sim->now_ns);
	ret->raw_ns = n->clock.raw_ns;
	ret->system_ns = n->clock.system_ns;
	ret->error_s = 0;
}

static int op_timex(struct kernel *k, struct kernel_timex *io)
{
	struct sim_node *n = sim_node_of(k);

	return n->dead ? -EPERM : sim_clock_timex(n, io);
}

static int op_step(struct kernel *k, int64_t delta_ns)
{
	struct sim_node *n = sim_node_of(k);

	if (n->dead)
		return -EPERM;
	sim_clock_step(n, delta_ns);
	return 0;
}

static int op_open(struct kernel *k, const struct kernel_socket *o)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_socket *s = NULL;
	int i;

	if (o->family == ADDRESS_IP6 && !n->ip6)
		return -EAFNOSUPPORT;
	for (i = 0; i < SIM_SOCKETS && !s; i++)
		if (!n->sockets[i].fd)
			s = &n->sockets[i];
	if (!s)
		return -EMFILE;
	memset(s, 0, sizeof(*s));
	s->local = o->local;
	if (!s->local.path[0] && !s->local.port) {
		n->next_port = n->next_port < 65535 ? n->next_port + 1 : 32768;
		s->local.port = (uint16_t)n->next_port;
	}
	s->family = o->family;
	s->connected = o->connect;
	s->remote = o->remote;
	s->stamps = o->stamps;
	s->fd = n->next_fd++;
	return s->fd;
}

static int op_receive(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct sim_socket *s = sim_socket_of(sim_node_of(k), fd);
	struct sim_datagram d;
	size_t i;

	if (!s)
		return -EBADF;
	for (i = 0; i < n && sim_queue_get(&s->received, &d); i++) {
		m[i].peer = d.from;
		m[i].local = d.to.address;
		m[i].interface = 1;
		m[i].n = d.n < m[i].room ? d.n : m[i].room;
		m[i].cut = d.n > m[i].room;
		memcpy(m[i].data, d.data, m[i].n);
		m[i].stamp_ns = d.stamp;
		m[i].stamp_source = s->stamps ? 'K' : 'D';
	}
	return (int)i;
}

/** A reply longer than what the same socket last received from that peer is an amplification. */
static void watch_amplification(
	struct sim_node *n, const struct sim_socket *s, const struct sim_datagram *d)
{
	const struct sim_queue *q = &s->received;
	size_t i;

	if (s->connected || !q->slot)
		return;
	for (i = 0; i < SIM_QUEUE; i++) {
		const struct sim_datagram *got =
			&q->slot[(q->first + SIM_QUEUE - 1 - i) % SIM_QUEUE];

		if (got->from.port != d->to.port ||
			!address_equal(&got->from.address, &d->to.address))
			continue;
		if (d->n > got->n)
			n->sim->amplified++;
		return;
	}
}

static int op_send(struct kernel *k, int fd, struct kernel_message *m, size_t n)
{
	struct sim_node *node = sim_node_of(k);
	struct sim_socket *s = sim_socket_of(node, fd);
	size_t i;

	if (!s)
		return -EBADF;
	sim_clock_advance(node, node->sim->now_ns);
	for (i = 0; i < n; i++) {
		struct sim_datagram d;

		if (m[i].n > sizeof(d.data))
			return i ? (int)i : -EMSGSIZE;
		if (sim_fault(node, node->faults.send))
			return i ? (int)i : -ENOBUFS;
		d.from = s->local;
		d.from.address = m[i].local.family != ADDRESS_NONE ? m[i].local
				 : s->local.address.family != ADDRESS_NONE
					 ? s->local.address
					 : sim_net_own(node, s->family);
		d.to = s->connected ? s->remote : m[i].peer;
		d.n = m[i].n;
		memcpy(d.data, m[i].data, m[i].n);
		d.stamp = node->clock.system_ns;
		watch_amplification(node, s, &d);
		m[i].stamp_ns = d.stamp;
		m[i].stamp_source = 'D';
		if (s->stamps && !sim_fault(node, node->faults.stamp))
			sim_queue_put(&s->sent, &d);
		sim_net_send(node, &d);
	}
	return (int)n;
}

static int op_sent(struct kernel *k, int fd, struct kernel_message *m)
{
	struct sim_socket *s = sim_socket_of(sim_node_of(k), fd);
	struct sim_datagram d;

	if (!s)
		return -EBADF;
	if (!sim_queue_get(&s->sent, &d))
		return 0;
	m->peer = d.to;
	m->n = d.n < m->room ? d.n : m->room;
	m->cut = d.n > m->room;
	memcpy(m->data, d.data, m->n);
	m->stamp_ns = d.stamp;
	m->stamp_source = 'K';
	return 1;
}

static int op_local(struct kernel *k, int fd, struct endpoint *ret)
{
	const struct sim_socket *s = sim_socket_of(sim_node_of(k), fd);

	if (!s)
		return sim_stream_local(sim_node_of(k), fd, ret) ? 0 : -EBADF;
	*ret = s->local;
	if (ret->address.family == ADDRESS_NONE && !ret->path[0])
		ret->address = sim_net_own(sim_node_of(k), s->family);
	return 0;
}

static void op_close(struct kernel *k, int fd)
{
	struct sim_socket *s = sim_socket_of(sim_node_of(k), fd);

	if (s)
		sim_socket_close(s);
	else if (!sim_device_close(sim_node_of(k), fd))
		sim_stream_close(sim_node_of(k), fd);
}

static int op_wait(struct kernel *k, struct kernel_wait *w, size_t n, int64_t timeout_ns)
{
	struct sim_node *node = sim_node_of(k);
	int ready = 0;
	size_t i;

	if (sim_resolve_deliver(node))
		return 0;
	for (i = 0; i < n; i++) {
		const struct sim_socket *s = sim_socket_of(node, w[i].fd);

		w[i].got = s ? 0
			     : (sim_stream_ready(node, w[i].fd) | sim_device_ready(node, w[i].fd)) &
					   w[i].wanted;
		if (s && (w[i].wanted & KERNEL_READ) && s->received.n)
			w[i].got |= KERNEL_READ;
		if (s && (w[i].wanted & KERNEL_STAMP) && s->sent.n)
			w[i].got |= KERNEL_STAMP;
		if (w[i].got)
			ready++;
	}
	if (ready)
		return ready;
	sim_clock_advance(node, node->sim->now_ns);
	node->waiting = timeout_ns >= 0;
	node->deadline_raw = node->clock.raw_ns + (timeout_ns > 0 ? timeout_ns : 0);
	node->idle = timeout_ns != 0;
	return 0;
}

static int op_random(struct kernel *k, void *p, size_t n)
{
	struct sim_node *node = sim_node_of(k);
	uint8_t *at = p;

	while (n--)
		*at++ = (uint8_t)sim_random_u64(&node->random);
	return 0;
}

static void op_identity(struct kernel *k, struct kernel_identity *ret)
{
	(void)k;
	*ret = (struct kernel_identity){"x86_64", "Simulation", "1", "simulated"};
}

static void op_usage(struct kernel *k, struct kernel_usage *ret)
{
	(void)k;
	*ret = (struct kernel_usage){.pid = 1};
}

/* Nobody counts here. */
static void op_counts(const struct kernel *k, struct kernel_counts *ret)
{
	(void)k;
	*ret = (struct kernel_counts){0};
}

/* Every node has one. */
static int op_interface_name(struct kernel *k, uint32_t index, char *ret)
{
	(void)k;
	(void)index;
	strcpy(ret, "eth0");
	return 0;
}

/* Files have one name here. */
static int op_file_link(struct kernel *k, const char *path, const char *name, const char *aside)
{
	(void)k;
	(void)path;
	(void)name;
	(void)aside;
	return -ENOTSUP;
}

const struct kernel_ops sim_kernel_ops = {
	.clocks = op_clocks,
	.system = op_system,
	.cpu = op_cpu,
	.timex = op_timex,
	.step = op_step,
	.open = op_open,
	.receive = op_receive,
	.send = op_send,
	.sent = op_sent,
	.interface_name = op_interface_name,
	.stream_connect = sim_stream_connect,
	.stream_error = sim_stream_error,
	.stream_listen = sim_stream_listen,
	.stream_accept = sim_stream_accept,
	.stream_read = sim_stream_read,
	.stream_write = sim_stream_write,
	.device_open = sim_device_open,
	.device_read = sim_device_read,
	.device_pulse = sim_device_pulse,
	.device_compare = sim_device_compare,
	.rtc_tick = sim_rtc_tick,
	.rtc_read = sim_rtc_read,
	.rtc_set = sim_rtc_set,
	.memory_attach = sim_memory_attach,
	.memory_state = sim_memory_state,
	.memory_detach = sim_memory_detach,
	.local = op_local,
	.close = op_close,
	.wait = op_wait,
	.identity = op_identity,
	.counts = op_counts,
	.usage = op_usage,
	.random = op_random,
	.resolve = sim_resolve,
	.resolve_cancel = sim_resolve_cancel,
	.program = sim_program,
	.file_load = sim_file_load,
	.file_time = sim_file_time,
	.file_mode = sim_file_mode,
	.file_save = sim_file_save,
	.file_append = sim_file_append,
	.file_remove = sim_file_remove,
	.file_link = op_file_link,
	.file_list = sim_file_list,
};
