/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and shared memory of a node, as its daemon sees them. What happens in them is in
 * receiver.c. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/instant.h"
#include "refclocks/shm_segment.h"
#include "test/sim/world.h"

static struct sim_device *device_of(struct kernel *k, int fd)
{
	struct sim_device *d = sim_node_of(k)->devices;

	while (d && (d->fd != fd || fd == 0))
		d = d->following;
	return d;
}

static enum sim_receiver_kind kind_of(const struct kernel_device *o)
{
	switch (o->kind) {
	case KERNEL_DEVICE_PPS:
		return SIM_PPS;
	case KERNEL_DEVICE_PHC:
		return SIM_PHC;
	case KERNEL_DEVICE_SERIAL:
		return SIM_NMEA;
	case KERNEL_DEVICE_RTC:
		return SIM_RTC;
	}
	return SIM_SHM;
}

int sim_device_open(struct kernel *k, const struct kernel_device *o)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_device *d = n->devices;

	while (d && (d->receiver.kind != kind_of(o) || strcmp(d->receiver.path, o->path) != 0))
		d = d->following;
	if (!d || d->receiver.gone)
		return -ENOENT;
	if (d->receiver.forbidden)
		return -EACCES;
	d->fd = n->next_fd++;
	d->n_line = 0;
	d->ticking = !o->quiet;
	return d->fd;
}

int sim_device_read(struct kernel *k, int fd, uint8_t *p, size_t room)
{
	struct sim_device *d = device_of(k, fd);
	size_t n;

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	n = d->n_line < room ? d->n_line : room;
	if (n == 0)
		return -EAGAIN;
	memcpy(p, d->line, n);
	memmove(d->line, d->line + n, d->n_line - n);
	d->n_line -= n;
	return (int)n;
}

int sim_device_pulse(struct kernel *k, int fd, struct kernel_pulse *ret)
{
	struct sim_device *d = device_of(k, fd);
	struct sim_node *n = sim_node_of(k);

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	sim_clock_advance(n, n->sim->now_ns);
	if (d->next.at_ns <= n->clock.system_ns)
		d->pulse = d->next;
	if (d->pulse.at_ns == 0)
		return -EAGAIN;
	*ret = d->pulse;
	return 0;
}

/** What an RTC runs at: its own time. */
static int64_t rtc_time(const struct sim_device *d)
{
	const struct sim *s = d->node->sim;

	return instant_add_s(sim_utc(s), d->receiver.lie + d->receiver.drift * sim_elapsed(s));
}

double sim_rtc_next(const struct sim_device *d)
{
	return (double)(INSTANT_S - instant_rest_ns(rtc_time(d))) * 1e-9 /
	       (1.0 + d->receiver.drift);
}

int sim_rtc_tick(struct kernel *k, int fd, bool on)
{
	struct sim_device *d = device_of(k, fd);

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	d->ticking = on;
	d->ticked = false;
	return 0;
}

int sim_rtc_read(struct kernel *k, int fd, int64_t *ret_ns)
{
	struct sim_device *d = device_of(k, fd);

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	*ret_ns = instant_floor_s(rtc_time(d)) * INSTANT_S;
	return 0;
}

int sim_rtc_set(struct kernel *k, int fd, int64_t ns)
{
	struct sim_device *d = device_of(k, fd);

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	d->receiver.lie += instant_diff_s(ns, rtc_time(d));
	return 0;
}

/** s, from one reading of a clock to the next. */
#define READING 500e-9

int sim_device_compare(struct kernel *k, int fd, struct kernel_comparison *ret, size_t n)
{
	struct sim_device *d = device_of(k, fd);
	struct sim_node *node = sim_node_of(k);
	int64_t truth;

	if (!d || d->receiver.gone)
		return d ? -ENODEV : -EBADF;
	truth = instant_add_s(
		sim_utc(node->sim), d->receiver.lie + d->receiver.drift * sim_elapsed(node->sim));
	sim_clock_advance(node, node->sim->now_ns);
	if (d->receiver.kind == SIM_RTC) {
		if (!d->ticked)
			return -EAGAIN;
		d->ticked = false;
		ret[0] = (struct kernel_comparison){node->clock.system_ns, node->clock.system_ns,
			instant_floor_s(truth) * INSTANT_S};
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		double noise = d->receiver.noise * sim_random_normal(&d->random);
		double delay = READING * (2 + sim_random_exponential(&d->random));

		ret[i].after_ns = instant_add_s(node->clock.system_ns, -READING);
		ret[i].before_ns = instant_add_s(ret[i].after_ns, -delay);
		ret[i].device_ns = instant_add_s(truth, -READING - delay / 2 + noise);
	}
	return (int)n;
}

unsigned sim_device_ready(struct sim_node *n, int fd)
{
	const struct sim_device *d = device_of(&n->kernel, fd);

	return d && (d->receiver.gone || d->n_line > 0 || d->ticked) ? KERNEL_READ : 0;
}

bool sim_device_close(struct sim_node *n, int fd)
{
	struct sim_device *d = device_of(&n->kernel, fd);

	if (d)
		d->fd = 0;
	return d != NULL;
}

void sim_devices_close(struct sim_node *n)
{
	for (struct sim_device *d = n->devices; d; d = d->following)
		d->fd = 0;
}

void sim_devices_free(struct sim_node *n)
{
	while (n->devices) {
		struct sim_device *following = n->devices->following;

		sim_free(n->devices);
		n->devices = following;
	}
	while (n->memories) {
		struct sim_memory *next = n->memories->next;

		sim_free(n->memories);
		n->memories = next;
	}
}

int sim_memory_attach(struct kernel *k, int32_t key, size_t size, unsigned mode, void **ret)
{
	struct sim_node *n = sim_node_of(k);
	struct sim_memory *m = n->memories;

	while (m && (m->key != key || m->removed))
		m = m->next;
	if (m && m->n < size)
		return -EINVAL;
	if (!m) {
		m = sim_alloc(sizeof(*m) + size);
		m->key = key;
		m->id = n->next_memory++;
		m->mode = mode;
		m->n = size;
		m->next = n->memories;
		n->memories = m;
	}
	*ret = m->data;
	return m->id;
}

int sim_memory_state(struct kernel *k, int32_t key, int id, struct kernel_memory *ret)
{
	struct sim_memory *m = sim_node_of(k)->memories;

	while (m && m->id != id)
		m = m->next;
	if (!m || m->key != key || m->removed)
		return -EIDRM;
	*ret = (struct kernel_memory){.mode = m->mode};
	return 0;
}

void sim_memory_remove(struct sim *s, int node, int unit)
{
	struct sim_memory *m = s->nodes[node].memories;

	for (; m; m = m->next)
		m->removed |= m->key == SHM_KEY + unit;
}

void sim_memory_detach(struct kernel *k, void *memory)
{
	(void)k;
	(void)memory;
}
