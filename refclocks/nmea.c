/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NMEA: a receiver on a serial line, without gpsd. Its sentences come late by a time that differs
 * from second to second; pulses of the same receiver (PPS with lock) are what is exact.
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "refclocks/device.h"
#include "refclocks/nmea_sentence.h"

/** Polls after which a state is worth a word, and the absence of a kind a reason to take another.
 */
#define PATIENCE 10
/** 2026-01-01: no receiver was asked by this program before. */
#define EARLIEST (INT64_C(1767225600) * INSTANT_S)

#define CHUNK 256
/** Room for the names of all kinds. */
#define KINDS 16

struct refclock_instance {
	struct device device;
	struct nmea_line line;
	int64_t begun;  /**< system instant at which the line's first byte was read */
	int64_t second; /**< UTC of the newest sample: one is taken of each second */
	bool fix, rolled_over;
	/* polls since the last of each, saturating */
	unsigned bytes_ago, sentence_ago, time_ago, fix_ago, ago[NMEA_KINDS];
	bool troubled;
	bool hide;                 /**< where we are is nobody's business */
	char only[KINDS];          /**< names of the kinds that count */
	unsigned kinds;            /**< the same, as set of 1 << enum nmea_kind */
	char newest[NMEA_MAX + 1]; /**< the newest sentence of a kind that counts */
	/** Since they were last asked for. */
	struct {
		unsigned heard, used, without_fix, bad, passed_over;
	} counts;
};

/** What is read when nothing is said. */
#define DATED "RMC+ZDA"

#define AT(field) offsetof(struct refclock_instance, field)

static const struct option_rule rules[] = {
	{"baud", OPTION_INT, AT(device.options.baud), 300, 921600, "bits per second"},
	{"hide", OPTION_FLAG, AT(hide), 0, 0, "no position is reported"},
	{"only", OPTION_TEXT, AT(only), 0, KINDS, "RMC, ZDA, GGA, GLL, with + between"},
	{NULL, OPTION_FLAG, 0, 0, 0, NULL},
};

static void tell_rollover(struct refclock_instance *i, const struct nmea_sentence *s)
{
	if (s->rollovers > 0 && !i->rolled_over)
		log_info(i->device.env->log,
			"Receiver at %s is %u times 1024 weeks behind: they are added",
			i->device.path, s->rollovers);
	i->rolled_over = s->rollovers > 0;
}

/** Whether a sentence that tells the time is one to be taken. */
static bool is_wanted(const struct refclock_instance *i, const struct nmea_sentence *s)
{
	if (s->leap_second || s->utc / INSTANT_S == i->second || (i->kinds & 1U << s->kind) == 0)
		return false;
	/* One kind only is taken, since others come later by a constant time: ZDA does not say
	 * whether there is a fix, and GGA and GLL not which day it is. */
	for (enum nmea_kind k = NMEA_OTHER + 1; k < s->kind; k++)
		if ((i->kinds & 1U << k) != 0 && i->ago[k] < PATIENCE)
			return false;
	return true;
}

static void take_sentence(struct refclock_instance *i, const struct nmea_sentence *s)
{
	struct device *d = &i->device;

	i->sentence_ago = 0;
	i->ago[s->kind] = 0;
	if (s->says_fix)
		i->fix = s->fix;
	if (i->fix)
		i->fix_ago = 0;
	if (!s->has_time)
		return;
	if ((i->kinds & 1U << s->kind) != 0)
		i->time_ago = 0;
	tell_rollover(i, s);
	i->counts.without_fix += !i->fix;
	i->counts.passed_over += i->fix && !is_wanted(i, s);
	if (!i->fix || !is_wanted(i, s))
		return;
	i->second = s->utc / INSTANT_S;
	i->counts.used += d->sink->sample(
		d->arg, i->begun, instant_diff_s(s->utc, i->begun), 0, LEAP_NONE, false);
}

/** Keeps a sentence for reports, which do not print everything. */
static void keep(struct refclock_instance *i, bool sound)
{
	memcpy(i->newest, i->line.text, sizeof(i->newest));
	for (char *c = i->newest; *c != '\0'; c++)
		if (*c < ' ' || *c > '~' || *c == '"')
			*c = '?';
	if (i->hide)
		nmea_hide(i->newest, sound);
}

static void take_line(struct refclock_instance *i)
{
	struct device *d = &i->device;
	struct nmea_sentence s;
	int e = nmea_parse(i->line.text, EARLIEST, &s);

	/* What needs our date tells no time unless it was asked to. */
	if (e == 0 && (i->kinds & 1U << s.kind) == 0)
		s.has_time = s.has_time && !s.dateless;
	else if (e == 0)
		nmea_date(&s, i->begun);
	if (e < 0 && e != -EBADMSG && i->line.text[0] != '$')
		return;
	i->counts.heard++;
	i->counts.bad += e < 0;
	if (e < 0 || s.has_time)
		keep(i, e == 0);
	if (e == 0)
		take_sentence(i, &s);
	else
		d->sink->refused(d->arg, e == -EBADMSG ? "checksum of a sentence"
						       : "a sentence that cannot be read");
}

static void read_all(void *arg, unsigned got)
{
	struct refclock_instance *i = arg;
	struct device *d = &i->device;
	uint8_t chunk[CHUNK];
	int64_t now = clock_now(d->env->clock).system;
	int n = d->env->kernel->ops->device_read(d->env->kernel, d->fd, chunk, sizeof(chunk));

	(void)got;
	if (n < 0) {
		device_failed(d, n);
		return;
	}
	i->bytes_ago = 0;
	for (int j = 0; j < n; j++) {
		if (chunk[j] == '$')
			i->begun = now;
		if (nmea_collect(&i->line, chunk[j]))
			take_line(i);
	}
}

static int create(const struct refclock_env *env, const struct settings_refclock *settings,
	const struct refclock_sink *sink, void *arg, struct text *why,
	struct refclock_instance **ret)
{
	struct refclock_instance like = {
		.device = {.env = env,
			.sink = sink,
			.arg = arg,
			.options = {.kind = KERNEL_DEVICE_SERIAL, .baud = 9600},
			.ready = read_all},
		.only = DATED,
	};
	struct refclock_instance *i;
	int e = device_create(&like, sizeof(like), settings->parameter, rules, why, &i);

	if (e < 0)
		return e;
	if (!nmea_kinds_of(i->only, &i->kinds)) {
		text_add(why, "refclock NMEA reads RMC, ZDA, GGA and GLL (only=RMC+GGA), not %s",
			i->only);
		device_destroy(i);
		return -EINVAL;
	}
	*ret = i;
	return 0;
}

/** What keeps the time from coming. */
static const char *trouble(const struct refclock_instance *i, enum status_clock_fault *ret_kind)
{
	*ret_kind = STATUS_CLOCK_SILENT;
	if (i->bytes_ago >= PATIENCE)
		return "nothing comes from the receiver: is it connected and switched on?";
	*ret_kind = STATUS_CLOCK_FORMAT;
	if (i->sentence_ago >= PATIENCE)
		return "what comes is no NMEA: is the baud rate (baud=) that of the receiver?";
	*ret_kind = STATUS_CLOCK_DATE;
	if (i->time_ago >= PATIENCE && i->fix)
		return "no sentence that is read tells the time: let the receiver send RMC or ZDA";
	*ret_kind = STATUS_CLOCK_SIGNAL;
	if (i->fix_ago >= PATIENCE)
		return "the receiver has no fix: does its antenna see the sky?";
	*ret_kind = STATUS_CLOCK_FINE;
	return NULL;
}

static void age(unsigned *ago)
{
	if (*ago < PATIENCE)
		++*ago;
}

static void look(struct refclock_instance *i)
{
	enum status_clock_fault kind;
	const char *what;

	if (!device_is_there(&i->device))
		return;
	age(&i->bytes_ago);
	age(&i->sentence_ago);
	age(&i->time_ago);
	age(&i->fix_ago);
	for (enum nmea_kind k = NMEA_OTHER; k < NMEA_KINDS; k++)
		age(&i->ago[k]);
	what = trouble(i, &kind);
	if (what != NULL || i->troubled)
		i->device.sink->trouble(i->device.arg, kind, what);
	i->troubled = what != NULL;
}

/** Pulses are a clock of their own: none. */
static void count(struct refclock_instance *i, struct text *ret)
{
	text_add(ret, "%u %u %u %u %u 0", i->counts.heard, i->counts.used, i->counts.without_fix,
		i->counts.bad, i->counts.passed_over);
	memset(&i->counts, 0, sizeof(i->counts));
}

static const char *timecode(const struct refclock_instance *i)
{
	return i->newest;
}

const struct refclock_driver refclock_driver_nmea = {
	.name = "NMEA",
	.create = create,
	.poll = look,
	.destroy = device_destroy,
	.count = count,
	.timecode = timecode,
};
