/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GPSD: a receiver by gpsd's own protocol, lines of JSON over TCP. Slower than SHM and SOCK, but it
 * needs no shared memory, and gpsd may be in another container or on another machine.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "refclocks/gpsd_report.h"
#include "refclocks/parameter.h"
#include "refclocks/refclock.h"

/** The longest line that is read; longer ones are passed over. */
#define LINE_ROOM 10240

#define PORT 2947
/** Polls after which a state is worth a word. */
#define PATIENCE 10
/** Connections on which nothing comes for so long are made anew, s. */
#define SILENCE_MOST 60.0
/** A mode of TPV. */
#define NO_FIX 1
/** The most by which sentences are late, s. */
#define LATE_MOST 10.0
/** How long to wait before connecting again, s: at first, and at most. */
#define WAIT_FIRST 1.0
#define WAIT_MOST  64.0

struct options {
	int port;
	bool pps, either;
	double late; /**< s, of sentences after pulses, where both count */
	char device[GPSD_DEVICE];
};

struct refclock_instance {
	const struct refclock_env *env;
	const struct refclock_sink *sink;
	void *arg;
	struct options options;
	struct endpoint peer;
	int fd; /**< negative: not connected */
	bool connecting;
	int64_t next_at; /**< raw instant before which it is not tried again */
	int64_t heard;   /**< raw instant of the newest bytes, or of connecting */
	double wait;     /**< s */
	int mode;        /**< of the newest TPV */
	unsigned idle;   /**< polls since the newest sample */
	unsigned beat;   /**< polls since the newest pulse that was used, saturating */
	/** Since they were last asked for. */
	struct {
		unsigned reports, bad, no_fix;
		unsigned sentences, sentences_used;
		unsigned pulses, pulses_used;
	} counts;
	char newest[INSTANT_TEXT]; /**< true time of the newest sample */
	bool troubled;
	bool too_long; /**< the end of a line is awaited */
	size_t n;
	char line[LINE_ROOM];
};

static const struct option_rule rules[] = {
	{"auto", OPTION_FLAG, offsetof(struct refclock_instance, options.either), 0, 0,
		"its pulses as long as they come, else sentences"},
	{"device", OPTION_TEXT, offsetof(struct refclock_instance, options.device), 0, GPSD_DEVICE,
		"path of the receiver, as gpsd names it"},
	{"late", OPTION_REAL, offsetof(struct refclock_instance, options.late), -LATE_MOST,
		LATE_MOST, "s, that sentences come after pulses"},
	{"port", OPTION_INT, offsetof(struct refclock_instance, options.port), 1, 65535,
		"TCP port"},
	{"pps", OPTION_FLAG, offsetof(struct refclock_instance, options.pps), 0, 0, "its pulses"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static void set_trouble(struct refclock_instance *i, const char *what)
{
	enum status_clock_fault kind = what == NULL ? STATUS_CLOCK_FINE
				       : i->fd < 0  ? STATUS_CLOCK_FAULT
						    : STATUS_CLOCK_SIGNAL;

	if (what != NULL || i->troubled)
		i->sink->trouble(i->arg, kind, what);
	i->troubled = what != NULL;
}

static void hang_up(struct refclock_instance *i, const char *what)
{
	loop_unwatch(i->env->loop, i->fd);
	i->env->kernel->ops->close(i->env->kernel, i->fd);
	i->fd = -1;
	i->next_at = instant_add_s(loop_now(i->env->loop), i->wait);
	i->wait = fmin(2 * i->wait, WAIT_MOST);
	set_trouble(i, what);
}

/** Hands on the time that a report tells. */
static void take_time(struct refclock_instance *i, const struct gpsd_report *r)
{
	/* Without a fix it is what the receiver's own clock made of the last one. */
	if (i->mode == NO_FIX) {
		i->counts.no_fix++;
		return;
	}
	i->idle = 0;
	i->wait = WAIT_FIRST;
	set_trouble(i, NULL);
	instant_format(r->real, i->newest, sizeof(i->newest));
	if (!i->sink->sample(i->arg, r->clock,
		    instant_diff_s(r->real, r->clock) +
			    (r->class == GPSD_TOFF ? i->options.late : 0),
		    0, LEAP_NONE, false))
		return;
	if (r->class == GPSD_PPS)
		i->beat = 0;
	i->counts.sentences_used += r->class == GPSD_TOFF;
	i->counts.pulses_used += r->class == GPSD_PPS;
}

/** Whether reports of a class tell the time that is asked for. */
static bool is_wanted(const struct refclock_instance *i, enum gpsd_class class)
{
	bool beats = i->options.pps || (i->options.either && i->beat < PATIENCE);

	if (class == GPSD_PPS)
		return i->options.pps || i->options.either;
	return class == GPSD_TOFF && !beats;
}

static void take_line(struct refclock_instance *i)
{
	struct gpsd_report r;

	if (gpsd_parse(i->line, i->n, &r) < 0) {
		i->counts.bad++;
		i->sink->refused(i->arg, "what gpsd says cannot be read");
		return;
	}
	if (i->options.device[0] != '\0' && r.device[0] != '\0' &&
		strcmp(i->options.device, r.device) != 0)
		return;
	i->counts.reports += r.class != GPSD_OTHER;
	i->counts.sentences += r.class == GPSD_TOFF;
	i->counts.pulses += r.class == GPSD_PPS;
	if (r.class == GPSD_TPV)
		i->mode = r.mode;
	if (is_wanted(i, r.class))
		take_time(i, &r);
}

static void collect(struct refclock_instance *i, char c)
{
	if (c == '\n') {
		if (!i->too_long && i->n > 0)
			take_line(i);
		i->n = 0;
		i->too_long = false;
	} else if (i->n == LINE_ROOM) {
		i->too_long = true;
	} else {
		i->line[i->n++] = c;
	}
}

static void read_all(struct refclock_instance *i)
{
	struct kernel *k = i->env->kernel;
	uint8_t chunk[1024];
	int n = k->ops->stream_read(k, i->fd, chunk, sizeof(chunk));

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		hang_up(i, "gpsd has hung up");
		return;
	}
	i->heard = loop_now(i->env->loop);
	for (int j = 0; j < n; j++)
		collect(i, (char)chunk[j]);
}

static void ready(void *arg, unsigned got)
{
	static const char ask[] = "?WATCH={\"enable\":true,\"json\":true,\"pps\":true};\n";
	struct refclock_instance *i = arg;
	struct kernel *k = i->env->kernel;
	int e;

	if (!i->connecting) {
		if (got & KERNEL_READ)
			read_all(i);
		return;
	}
	e = k->ops->stream_error(k, i->fd);
	if (e == -EINPROGRESS)
		return;
	/* Some bytes into an empty buffer: they fit, or the connection is gone. */
	if (e == 0)
		e = k->ops->stream_write(
			k, i->fd, (struct span){(const uint8_t *)ask, sizeof(ask) - 1});
	if (e < (int)sizeof(ask) - 1) {
		hang_up(i, "gpsd cannot be reached: does it run, and listen there (-G)?");
		return;
	}
	i->connecting = false;
	loop_rewatch(i->env->loop, i->fd, KERNEL_READ);
}

static void call(struct refclock_instance *i)
{
	struct kernel *k = i->env->kernel;
	struct kernel_socket s = {
		.family = i->peer.address.family, .connect = true, .remote = i->peer};

	i->n = 0;
	i->too_long = false;
	i->mode = 0;
	i->heard = loop_now(i->env->loop);
	i->fd = k->ops->stream_connect(k, &s);
	if (i->fd >= 0 &&
		loop_watch(i->env->loop, i->fd, KERNEL_READ | KERNEL_WRITE, ready, i) < 0) {
		k->ops->close(k, i->fd);
		i->fd = -1;
	}
	i->connecting = i->fd >= 0;
	if (i->fd >= 0)
		return;
	i->next_at = instant_add_s(loop_now(i->env->loop), i->wait);
	i->wait = fmin(2 * i->wait, WAIT_MOST);
	set_trouble(i, "gpsd cannot be reached");
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {
		.env = env,
		.sink = sink,
		.arg = arg,
		.options = {.port = PORT},
		.fd = -1,
		.wait = WAIT_FIRST,
		.beat = PATIENCE,
	};
	struct refclock_instance *i;
	char host[ADDRESS_TEXT];
	int e = parameter_create(
		&like, sizeof(like), settings->parameter, rules, host, sizeof(host), why, &i);

	if (e < 0)
		return e;
	if (address_parse(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &i->peer.address) <
		0) {
		text_add(why, "refclock GPSD takes localhost or an IPv4 address, not %s", host);
		free(i);
		return -EINVAL;
	}
	i->peer.port = (uint16_t)i->options.port;
	*ret = i;
	return 0;
}

/** What keeps the time from coming over a connection. */
static const char *trouble(const struct refclock_instance *i)
{
	if (i->mode == NO_FIX)
		return "the receiver has no fix: does its antenna see the sky?";
	if (i->options.pps)
		return "gpsd tells of no pulses: is the receiver's line connected?";
	return "gpsd tells no time: has it a receiver, and that a fix?";
}

static void look(struct refclock_instance *i)
{
	if (i->fd < 0) {
		if (loop_now(i->env->loop) >= i->next_at)
			call(i);
		return;
	}
	if (i->idle < PATIENCE)
		i->idle++;
	if (i->beat < PATIENCE)
		i->beat++;
	if (i->connecting || i->idle < PATIENCE)
		return;
	set_trouble(i, trouble(i));
	/* A machine that went without a word leaves a connection on which nothing ever comes. */
	if (instant_diff_s(loop_now(i->env->loop), i->heard) >= SILENCE_MOST)
		hang_up(i, trouble(i));
}

static void count(struct refclock_instance *i, struct text *ret)
{
	text_add(ret, "%u %u %u %u %u %u %u", i->counts.reports, i->counts.bad, i->counts.no_fix,
		i->counts.sentences, i->counts.sentences_used, i->counts.pulses,
		i->counts.pulses_used);
	memset(&i->counts, 0, sizeof(i->counts));
}

static const char *timecode(const struct refclock_instance *i)
{
	return i->newest;
}

static void destroy(struct refclock_instance *i)
{
	if (i->fd >= 0) {
		loop_unwatch(i->env->loop, i->fd);
		i->env->kernel->ops->close(i->env->kernel, i->fd);
	}
	free(i);
}

const struct refclock_driver refclock_driver_gpsd = {
	.name = "GPSD",
	.create = create,
	.poll = look,
	.destroy = destroy,
	.count = count,
	.timecode = timecode,
};
