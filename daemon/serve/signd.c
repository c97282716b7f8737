/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stream to Samba, one question at a time; the others wait in a ring.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/signd.h"
#include "daemon/wire/packet.h"

/* Slots, of which one stays empty. */
#define QUEUE 16
/* Samba answers at once or not at all, s. */
#define PATIENCE 2.0
/* Bytes of a question and the longest answer, with their length in front. */
#define QUESTION    (4 + 16 + PACKET_HEADER)
#define ANSWER_HEAD (4 + 12)
#define ANSWER      (ANSWER_HEAD + SIGND_PACKET)

/* The protocol. */
#define VERSION 0
#define SIGN    0
#define SUCCESS 3

/* An answer that waits. */
struct waiting {
	struct kernel_message message; /**< data is below */
	uint8_t packet[PACKET_HEADER];
	uint32_t key;
};

struct signd {
	struct signd_env env;
	char path[ENDPOINT_PATH];
	int fd; /**< -1: not connected */
	bool connected;
	bool told; /**< that it cannot be reached */
	struct waiting queue[QUEUE];
	size_t first, n;
	uint8_t buffer[ANSWER]; /**< of the question, then of its answer */
	size_t done;            /**< bytes of it */
	bool asked;             /**< it is the answer's */
	struct loop_timer timer;
};

static void hang_up(struct signd *s, int error)
{
	if (error != 0 && !s->told) {
		s->told = true;
		log_error(s->env.log, "Could not connect to signd socket %s : %s", s->path,
			strerror(error));
	}
	if (s->fd >= 0) {
		loop_unwatch(s->env.loop, s->fd);
		s->env.kernel->ops->close(s->env.kernel, s->fd);
	}
	loop_timer_stop(s->env.loop, &s->timer);
	s->fd = -1;
	s->connected = s->asked = false;
	s->done = 0;
	/* Who asked for the time long ago has no use for it. */
	s->n = 0;
}

static void patience_ends(void *arg)
{
	hang_up(arg, ETIMEDOUT);
}

static void write_question(struct signd *s)
{
	const struct waiting *q = &s->queue[s->first];
	struct writer w = writer_on(s->buffer, QUESTION);

	write_u32(&w, QUESTION - 4);
	write_u32(&w, VERSION);
	write_u32(&w, SIGN);
	write_u16(&w, (uint16_t)s->first);
	write_u16(&w, 0);
	write_u32(&w, q->key);
	write_bytes(&w, q->packet, PACKET_HEADER);
}

/* Says what there is to be said, or waits for the answer. */
static void ask(struct signd *s)
{
	int r;

	if (s->done == 0)
		write_question(s);
	r = s->env.kernel->ops->stream_write(
		s->env.kernel, s->fd, (struct span){s->buffer + s->done, QUESTION - s->done});
	if (r < 0 && r != -EAGAIN) {
		hang_up(s, -r);
		return;
	}
	s->done += r > 0 ? (size_t)r : 0;
	s->asked = s->done == QUESTION;
	if (s->asked)
		s->done = 0;
	loop_rewatch(s->env.loop, s->fd, s->asked ? KERNEL_READ : KERNEL_WRITE);
	loop_timer_in(s->env.loop, &s->timer, PATIENCE);
}

/* An answer is whole. Returns 0, or -EPROTO when it is none to the question. */
static int take(struct signd *s, size_t n)
{
	struct reader r = reader_on(s->buffer + 4, n);
	struct waiting *q = &s->queue[s->first];
	uint32_t version = read_u32(&r), operation = read_u32(&r), id = read_u32(&r);

	if (version != VERSION || id != s->first)
		return -EPROTO;
	s->told = false;
	if (operation == SUCCESS && n - (ANSWER_HEAD - 4) >= PACKET_HEADER) {
		q->message.data = s->buffer + ANSWER_HEAD;
		q->message.n = q->message.room = n - (ANSWER_HEAD - 4);
		s->env.send(s->env.arg, &q->message);
	}
	s->first = (s->first + 1) % QUEUE;
	s->n--;
	return 0;
}

/* Reads what has come. Returns 0, -EAGAIN, or why the stream is of no use any more. */
static int listen(struct signd *s)
{
	for (;;) {
		size_t wanted = 4;
		int r;

		if (s->done >= 4) {
			struct reader head = reader_on(s->buffer, 4);
			uint32_t n = read_u32(&head);

			if (n < ANSWER_HEAD - 4 || n > ANSWER - 4)
				return -EPROTO;
			wanted += n;
			if (s->done == wanted)
				return take(s, n);
		}
		r = s->env.kernel->ops->stream_read(
			s->env.kernel, s->fd, s->buffer + s->done, wanted - s->done);
		if (r <= 0)
			return r < 0 ? r : -ECONNRESET;
		s->done += (size_t)r;
	}
}

static void ready(void *arg, unsigned got)
{
	struct signd *s = arg;
	int r;

	(void)got;
	if (!s->connected) {
		r = s->env.kernel->ops->stream_error(s->env.kernel, s->fd);
		if (r == -EINPROGRESS)
			return;
		if (r < 0) {
			hang_up(s, -r);
			return;
		}
		s->connected = true;
	}
	/* What comes unasked is the end, or worse. */
	if (!s->asked && s->n == 0)
		hang_up(s, 0);
	else if (!s->asked)
		ask(s);
	if (!s->asked)
		return;
	r = listen(s);
	if (r == -EAGAIN)
		return;
	if (r < 0) {
		hang_up(s, -r);
		return;
	}
	s->asked = false;
	s->done = 0;
	loop_timer_stop(s->env.loop, &s->timer);
	if (s->n > 0)
		ask(s);
}

static int call(struct signd *s)
{
	struct kernel_socket o = {.connect = true};
	int r;

	text_copy(o.remote.path, sizeof(o.remote.path), s->path);
	s->fd = s->env.kernel->ops->stream_connect(s->env.kernel, &o);
	if (s->fd < 0) {
		r = -s->fd;
		s->fd = -1;
		hang_up(s, r);
		return -r;
	}
	r = loop_watch(s->env.loop, s->fd, KERNEL_WRITE, ready, s);
	if (r < 0) {
		s->env.kernel->ops->close(s->env.kernel, s->fd);
		s->fd = -1;
		hang_up(s, -r);
		return r;
	}
	loop_timer_in(s->env.loop, &s->timer, PATIENCE);
	return 0;
}

int signd_create(const struct signd_env *env, struct signd **ret)
{
	struct signd *s = calloc(1, sizeof(*s));
	struct text t;

	if (!s)
		return -ENOMEM;
	s->env = *env;
	s->fd = -1;
	t = text_on(s->path, sizeof(s->path));
	text_add(&t, "%s/socket", env->directory);
	if (t.cut) {
		log_fatal(env->log, "Path of signd socket in %s is too long", env->directory);
		free(s);
		return -ENAMETOOLONG;
	}
	if (loop_timer_init(env->loop, &s->timer, patience_ends, s) < 0) {
		free(s);
		return -ENOMEM;
	}
	log_info(env->log, "MS-SNTP authentication enabled");
	*ret = s;
	return 0;
}

void signd_destroy(struct signd *s)
{
	if (!s)
		return;
	hang_up(s, 0);
	loop_timer_done(s->env.loop, &s->timer);
	free(s);
}

void signd_submit(struct signd *s, const struct kernel_message *m, uint32_t key)
{
	struct waiting *q = &s->queue[(s->first + s->n) % QUEUE];

	if (m->n != PACKET_HEADER || s->n == QUEUE - 1)
		return;
	if (s->fd < 0 && call(s) < 0)
		return;
	q->message = *m;
	q->key = key;
	memcpy(q->packet, m->data, PACKET_HEADER);
	s->n++;
	if (s->connected && !s->asked && s->done == 0)
		ask(s);
}
