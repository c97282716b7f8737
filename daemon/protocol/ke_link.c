/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection that lives 16 seconds at the most, whatever the other end does.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/ke_link.h"
#include "daemon/words.h"

#define DEADLINE   16.0 /* s from the beginning (chrony-behaviour 9.1) */
#define BLOCK      4096 /* bytes read and written in one go */
#define BLOCKS_MAX 8    /* read in one turn of the loop, so that others have theirs */

struct ke_link {
	struct kernel *kernel;
	struct loop *loop;
	const struct log *log;
	void (*ended)(void *arg, enum ke_end end, const struct ke_result *result);
	void *arg;
	struct ke_client *client;
	struct loop_timer deadline;
	int64_t begun; /* raw */
	int fd;
	bool connected;
	uint8_t out[BLOCK]; /* what the socket did not take yet */
	size_t n_out, out_at;
};

static void disconnect(struct ke_link *l)
{
	if (l->fd < 0)
		return;
	loop_unwatch(l->loop, l->fd);
	l->kernel->ops->close(l->kernel, l->fd);
	l->fd = -1;
}

/* The last thing done with a link: it may be no more afterwards. */
static void end(struct ke_link *l, enum ke_end how)
{
	double took = instant_diff_s(loop_now(l->loop), l->begun);

	loop_timer_stop(l->loop, &l->deadline);
	disconnect(l);
	words_say(l->log, ke_ended, ke_client_words(l->client), took, how == KE_DONE);
	l->ended(l->arg, how, how == KE_DONE ? ke_client_result(l->client) : NULL);
}

static void on_deadline(void *arg)
{
	struct ke_link *l = arg;

	log_error(l->log, "NTS-KE session with %s timed out", ke_client_words(l->client)->label);
	end(l, l->connected ? KE_FAILED : KE_UNCONNECTED);
}

/* Sends what there is to send. Returns 0 or -errno. */
static int push(struct ke_link *l)
{
	struct kernel *k = l->kernel;

	for (;;) {
		int r;

		if (l->out_at == l->n_out) {
			l->out_at = 0;
			l->n_out = ke_client_drain(l->client, l->out, sizeof(l->out));
			if (l->n_out == 0)
				break;
		}
		r = k->ops->stream_write(
			k, l->fd, (struct span){l->out + l->out_at, l->n_out - l->out_at});
		if (r == -EAGAIN || r == 0)
			break;
		if (r < 0)
			return r;
		l->out_at += (size_t)r;
	}
	loop_rewatch(l->loop, l->fd, KERNEL_READ | (l->n_out > 0 ? KERNEL_WRITE : 0));
	return 0;
}

/* Takes what has arrived. Returns 0 to go on, 1 when done, -EPROTO after a message, or -errno. */
static int pull(struct ke_link *l)
{
	struct kernel *k = l->kernel;

	for (int blocks = 0; blocks < BLOCKS_MAX; blocks++) {
		uint8_t in[BLOCK];
		int got = k->ops->stream_read(k, l->fd, in, sizeof(in)), r;

		if (got == -EAGAIN)
			return 0;
		if (got < 0)
			return got;
		if (got == 0)
			return ke_client_closed(l->client);
		r = ke_client_feed(l->client, (struct span){in, (size_t)got});
		if (r != 0)
			return r;
		r = push(l);
		if (r < 0)
			return r;
	}
	return 0;
}

static void fail_stream(struct ke_link *l, const char *what, int error)
{
	log_error(l->log, "Could not %s %s : %s", what, ke_client_words(l->client)->label,
		strerror(-error));
	end(l, KE_FAILED);
}

/* Whether the connection stands; a failed one is ended. */
static bool is_connected(struct ke_link *l)
{
	int r;

	if (l->connected)
		return true;
	r = l->kernel->ops->stream_error(l->kernel, l->fd);
	if (r == -EINPROGRESS)
		return false;
	if (r < 0) {
		log_error(l->log, "Could not connect to %s : %s", ke_client_words(l->client)->label,
			strerror(-r));
		end(l, KE_UNCONNECTED);
		return false;
	}
	l->connected = true;
	return true;
}

static void on_ready(void *arg, unsigned got)
{
	struct ke_link *l = arg;
	int r = 0, written;

	if (!is_connected(l))
		return;
	if (got & KERNEL_READ)
		r = pull(l);
	/* After a failure too: the peer is to learn why. */
	written = push(l);
	if (r == 1)
		end(l, KE_DONE);
	else if (r == -EPROTO)
		end(l, KE_FAILED);
	else if (r < 0)
		fail_stream(l, "receive NTS-KE message from", r);
	else if (written < 0)
		fail_stream(l, "send NTS-KE message to", written);
}

/* Opens the socket and watches it. */
static int begin(struct ke_link *l, const struct kernel_socket *socket)
{
	struct kernel *k = l->kernel;
	int fd = k->ops->stream_connect(k, socket), r;

	if (fd < 0) {
		log_error(l->log, "Could not connect to %s : %s", ke_client_words(l->client)->label,
			strerror(-fd));
		return fd;
	}
	r = loop_watch(l->loop, fd, KERNEL_WRITE, on_ready, l);
	if (r < 0) {
		k->ops->close(k, fd);
		return r;
	}
	l->fd = fd;
	l->begun = loop_now(l->loop);
	loop_timer_in(l->loop, &l->deadline, DEADLINE);
	return 0;
}

int ke_link_create(const struct ke_link_settings *s, struct ke_link **ret)
{
	struct ke_link *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->kernel = s->kernel;
	l->loop = s->loop;
	l->log = s->client.log;
	l->ended = s->ended;
	l->arg = s->arg;
	l->fd = -1;
	r = loop_timer_init(l->loop, &l->deadline, on_deadline, l);
	if (r < 0)
		goto free_link;
	r = ke_client_create(&s->client, &l->client);
	if (r < 0)
		goto done_timer;
	r = begin(l, &s->socket);
	if (r < 0)
		goto destroy_client;
	*ret = l;
	return 0;
destroy_client:
	ke_client_destroy(l->client);
done_timer:
	loop_timer_done(l->loop, &l->deadline);
free_link:
	free(l);
	return r;
}

void ke_link_destroy(struct ke_link *l)
{
	if (!l)
		return;
	disconnect(l);
	loop_timer_done(l->loop, &l->deadline);
	ke_client_destroy(l->client);
	free(l);
}
