/* SPDX-License-Identifier: BSD-2-Clause */
/* Receivers: every second of true time they tell it, each by its own way. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/instant.h"
#include "refclocks/shm_segment.h"
#include "test/sim/world.h"

/** The datagram of SOCK. */
struct sock_datagram {
	int64_t s, us;
	double offset;
	int32_t pulse, leap, padding, magic;
};

#define SOCK_MAGIC 0x534f434b

/** What is wrong with this reading, s. */
static double error_of(struct sim_device *d)
{
	const struct sim_receiver *r = &d->receiver;
	double error = r->noise * sim_random_normal(&d->random);

	if (r->wild > 0 && sim_random_uniform(&d->random) < r->wild)
		error = r->wild_by * (2 * sim_random_uniform(&d->random) - 1);
	return error;
}

static void leave_in_memory(struct sim_device *d, int64_t reference)
{
	struct shm_segment *m;
	void *p;

	if (sim_memory_attach(&d->node->kernel, SHM_KEY + d->receiver.unit, sizeof(*m), 0, &p) < 0)
		return;
	m = p;
	m->mode = 1;
	m->count += 2;
	m->clock_s = instant_floor_s(reference);
	m->clock_ns = (uint32_t)instant_rest_ns(reference);
	m->clock_us = (int32_t)(m->clock_ns / 1000);
	m->receive_s = instant_floor_s(d->node->clock.system_ns);
	m->receive_ns = (uint32_t)instant_rest_ns(d->node->clock.system_ns);
	m->receive_us = (int32_t)(m->receive_ns / 1000);
	m->leap = d->receiver.leap;
	m->valid = 1;
}

static void send(struct sim_device *d, int64_t reference)
{
	int64_t system = d->node->clock.system_ns;
	int64_t us = instant_rest_ns(system) / 1000;
	struct sock_datagram g = {.s = instant_floor_s(system),
		.us = us,
		.offset = instant_diff_s(
			reference, instant_from_s(instant_floor_s(system), us * 1000)),
		.pulse = d->receiver.pulse,
		.leap = d->receiver.leap,
		.magic = SOCK_MAGIC};

	/* The reading is of the whole microsecond before. */
	g.offset -= 1e-9 * (double)(instant_rest_ns(system) - us * 1000);
	if (d->receiver.pulse)
		g.offset -= round(g.offset);
	sim_visit_path(d->node->sim, d->node->index, "", d->receiver.path,
		(struct span){(const uint8_t *)&g, sizeof(g)});
}

static void say(struct sim_device *d, int64_t reference)
{
	time_t second = instant_floor_s(reference);
	char body[80], line[100], fix = d->receiver.leap == LEAP_UNSYNCHRONISED ? 'V' : 'A';
	unsigned sum = 0;
	struct tm tm = *gmtime(&second);
	int n;

	if (d->receiver.dateless)
		snprintf(body, sizeof(body), "GPGLL,4807.038,N,01131.000,E,%02d%02d%02d.00,%c",
			tm.tm_hour, tm.tm_min, tm.tm_sec, fix);
	else
		snprintf(body, sizeof(body),
			"GPRMC,%02d%02d%02d.00,%c,4807.038,N,01131.000,E,0.0,0.0,%02d%02d%02d,,",
			tm.tm_hour, tm.tm_min, tm.tm_sec, fix, tm.tm_mday, tm.tm_mon + 1,
			tm.tm_year % 100);
	for (const char *c = body; *c; c++)
		sum ^= (unsigned char)*c;
	n = snprintf(line, sizeof(line), "$%s*%02X\r\n", body, sum);
	for (int i = 0; i < n && d->receiver.garbled; i++)
		line[i] = (char)(0x80 | (sim_random_u64(&d->random) & 0x7f));
	if (d->fd == 0 || d->n_line + (size_t)n > sizeof(d->line))
		return;
	memcpy(d->line + d->n_line, line, (size_t)n);
	d->n_line += (size_t)n;
}

static void pulse(struct sim_device *d, double error)
{
	if (d->next.at_ns <= d->node->clock.system_ns)
		d->pulse = d->next;
	d->next.sequence++;
	d->next.at_ns = instant_add_s(d->node->clock.system_ns, error - d->receiver.lie);
}

/** A second. */
static void tell(void *arg, struct sim *s)
{
	struct sim_device *d = arg;
	const struct sim_receiver *r = &d->receiver;
	double error = error_of(d), next = floor(sim_elapsed(s)) + 1;
	int64_t second = instant_floor_s(sim_utc(s)) * INSTANT_S;
	int64_t reference = instant_add_s(second, r->lie + r->drift * sim_elapsed(s) + error);

	if (r->kind == SIM_RTC)
		next = sim_elapsed(s) + sim_rtc_next(d);
	sim_at(s, next + r->late, tell, d);
	if (r->silent || r->gone || d->node->clock.asleep)
		return;
	sim_clock_advance(d->node, s->now_ns);
	switch (r->kind) {
	case SIM_SHM:
		leave_in_memory(d, reference);
		break;
	case SIM_SOCK:
		send(d, reference);
		break;
	case SIM_NMEA:
		say(d, instant_add_s(second, r->lie));
		break;
	case SIM_PPS:
		pulse(d, error);
		break;
	case SIM_RTC:
		d->ticked = d->fd != 0 && d->ticking;
		break;
	case SIM_PHC:
		break;
	}
	/* Whoever waits for it looks. */
	if (r->kind != SIM_NMEA && r->kind != SIM_RTC)
		return;
	sim_schedule(
		s, (struct sim_event){.at = s->now_ns, .what = SIM_ANSWER, .node = d->node->index});
}

struct sim_receiver *sim_add_receiver(struct sim *s, int node, const struct sim_receiver *r)
{
	struct sim_device *d = sim_alloc(sizeof(*d));
	struct sim_node *n = &s->nodes[node];
	uint64_t stream = 600 + 100 * (uint64_t)node;

	for (const struct sim_device *o = n->devices; o; o = o->following)
		stream++;
	d->receiver = *r;
	d->node = n;
	d->random = sim_random_from(s->seed, stream);
	d->following = n->devices;
	n->devices = d;
	sim_at(s, floor(sim_elapsed(s)) + 1 + r->late, tell, d);
	return &d->receiver;
}
