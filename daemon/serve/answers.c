/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How answers leave: in batches, each with the time at which it will leave written into it at the
 * last moment; and what the kernel tells of that time afterwards.
 */
#include "config.h"

#include <errno.h>
#include <math.h>

#include "common/bytes.h"
#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/serve/internal.h"
#include "daemon/wire/ptp.h"

/* Answers handed over at once: more would save less than the measurement shows, and a process that
 * is kept waiting among them has told the wrong time to all that follow. */
#define CHUNK 8

/* Transmit timestamps taken at once. */
#define STAMPS 64

/* No pace of sending is slower, ns: other things went between. */
#define PACE_MOST_NS 20e3

/* Where a header has its receive timestamp. */
#define AT_RECEIVE 32

/* A stamp may be this much younger than what was read of the same clock after it. */
#define AHEAD_NS INT64_C(1000000)

int64_t serve_time(const struct serve *s, int64_t system)
{
	if (system < s->line.since || system > s->now + AHEAD_NS)
		return s->main ? served_by_line(&s->line, s->now)
			       : served_from_system(s->clock, system);
	return served_by_line(&s->line, system);
}

int64_t serve_read_system(struct serve *s)
{
	return s->now = s->kernel->ops->system(s->kernel);
}

/* A datagram left: its transmit timestamp is better than what was guessed before. */
static void note_sent(struct serve *s, const struct kernel_message *m)
{
	struct reader r = reader_on(m->data, m->n);

	read_skip(&r, AT_RECEIVE);
	serve_exclude(s, true);
	stamps_correct(s->stamps, read_u64(&r), instant_to_ntp(serve_time(s, m->stamp_ns)),
		m->stamp_source != 'D');
	serve_exclude(s, false);
}

void serve_unwrap(const struct port *p, struct kernel_message *io)
{
	struct span ntp = {io->data, 0};

	if (!p->ptp)
		return;
	ptp_unwrap((struct span){io->data, io->n}, p->serve->settings->ptpdomain, &ntp);
	io->data += PTP_OVERHEAD;
	io->n = ntp.n;
	io->room -= PTP_OVERHEAD;
}

/* Puts those of the requests round the answers. */
static void wrap_answers(const struct port *p)
{
	struct serve_answers *out = &p->serve->out;

	for (size_t i = 0; p->ptp && i < out->n; i++) {
		struct kernel_message *m = &out->messages[i];

		m->data -= PTP_OVERHEAD;
		m->room += PTP_OVERHEAD;
		m->n = ptp_wrap(
			m->data, m->n, p->serve->settings->ptpdomain, ptp_sequence(m->data));
	}
}

static void count_sent(const struct port *p, size_t i)
{
	struct serve *s = p->serve;
	struct kernel_message m = s->out.messages[i];

	if (s->out.each[i].kernel)
		s->counts.kernel_tx++;
	else
		s->counts.daemon_tx++;
	serve_unwrap(p, &m);
	if (m.want_stamp)
		note_sent(s, &m);
}

/* Where an answer begins in its datagram. */
static uint8_t *answer_in(const struct port *p, const struct kernel_message *m)
{
	return m->data + (p->ptp ? PTP_OVERHEAD : 0);
}

/*
 * Writes the transmit timestamps from the done-th answer on. They leave one after the other, each
 * so long after the one before as it was last time: what is told is when each will leave, not when
 * they all were handed over. That is learned from above slowly and from below at once, so that
 * timestamps are rather early than in the future.
 */
static void write_stamps(const struct port *p, size_t done, size_t end)
{
	struct serve *s = p->serve;
	struct serve_answers *out = &s->out;
	int64_t now = serve_read_system(s);

	for (size_t i = done; i < end; i++) {
		int64_t leaves = now + (int64_t)((double)(i - done) * s->pace_ns);

		if (out->each[i].late)
			responder_late(&out->each[i].stamp, s->snapshot.served.precision,
				served_by_line(&s->line, leaves), answer_in(p, &out->messages[i]));
	}
}

static void learn_pace(struct serve *s, int sent, int64_t began)
{
	double ns = (double)(serve_read_system(s) - began) / (sent > 0 ? sent : 1);

	if (sent < 2 || ns < 0)
		return;
	if (s->pace_ns == 0)
		s->pace_ns = fmin(ns, PACE_MOST_NS);
	s->pace_ns += ns < s->pace_ns ? ns - s->pace_ns
				      : fmin((ns - s->pace_ns) / 16, PACE_MOST_NS - s->pace_ns);
}

void serve_send_answers(struct port *p)
{
	struct serve *s = p->serve;
	struct serve_answers *out = &s->out;
	size_t done = 0;

	wrap_answers(p);
	while (done < out->n) {
		size_t end = out->n - done < CHUNK ? out->n : done + CHUNK;
		int64_t began;
		int r;

		write_stamps(p, done, end);
		began = s->now;
		r = s->kernel->ops->send(s->kernel, p->fd, out->messages + done, end - done);
		learn_pace(s, r, began);
		for (int i = 0; i < r; i++)
			count_sent(p, done + (size_t)i);
		serve_count_sent(p, out->messages + done, r);
		if (r <= 0)
			s->refused.unsent++;
		done += r > 0 ? (size_t)r : 1;
	}
}

void serve_take_stamps(struct port *p)
{
	struct serve *s = p->serve;

	for (int i = 0; i < STAMPS; i++) {
		struct kernel_message m = {.data = s->reply, .room = sizeof(s->reply)};

		if (s->kernel->ops->sent(s->kernel, p->fd, &m) <= 0)
			return;
		serve_stamp(s, &m, true);
		if (m.stamp_ns == 0)
			continue;
		serve_unwrap(p, &m);
		if (serve_mode(&m) == PACKET_ACTIVE && s->listener.sent)
			s->listener.sent(s->listener.arg, &m);
		else if (s->stamps)
			note_sent(s, &m);
	}
}
