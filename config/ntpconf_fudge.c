/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What modes, paths and fudges of ntp.conf's reference clocks are to our drivers (the manuals of
 * ntpd's drivers, ntp-conf 5).
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_clocks.h"
#include "config/ntpconf_parse.h"

/** The stratum of the local clock when nothing is said. */
#define LOCAL_STRATUM 5

/** First unit of GPSD that stands for pulses. */
#define GPSD_PULSES 128
/** Modes of GPSD: only pulses together with the time; these as long as they come. */
#define GPSD_STRICT 1
#define GPSD_EITHER 2

/** The mode of those that others keep to themselves. */
#define SHM_PRIVATE 1
/** How far shared memory's time may be from ours, s, when flag1 asks for a limit: when time2 says
 * nothing of use, and what is of use. */
#define SHM_LIMIT       14400.0
#define SHM_LIMIT_LEAST 1.0
#define SHM_LIMIT_MOST  86400.0

/** How late sentences may be that nobody has measured, s. */
#define NMEA_LATE 0.5

static void write_shm(const struct settings_fudge *f, struct text *t)
{
	bool open = f->unit >= NTPCONF_PRIVATE_UNITS && (f->mode & SHM_PRIVATE) == 0;
	bool said = f->time2 >= SHM_LIMIT_LEAST && f->time2 <= SHM_LIMIT_MOST;

	text_add(t, "%d%s", f->unit, open ? ":perm=0666" : "");
	if ((f->flags & NTP_FLAG1) != 0) {
		text_add(t, ":limit=%.15g", said ? f->time2 : SHM_LIMIT);
	}
}

static void write_pps(const struct settings_fudge *f, struct text *t)
{
	const char *path = f->ppspath[0] != '\0' ? f->ppspath : f->path;

	if (path[0] != '\0') {
		text_add(t, "%s", path);
	} else {
		text_add(t, "/dev/%s%d", f->paired ? "gpspps" : "pps", f->unit);
	}
	if ((f->flags & NTP_FLAG2) != 0) {
		text_add(t, ":clear");
	}
}

/** Kinds of sentences by their bits in NMEA's mode. */
static const struct {
	int bit;
	const char *name;
} kinds[] = {{1, "RMC"}, {2, "GGA"}, {4, "GLL"}, {8, "ZDA"}};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void write_kinds(int mode, struct text *t)
{
	const char *before = ":only=";

	for (size_t i = 0; i < KINDS; i++) {
		if ((mode & kinds[i].bit) != 0) {
			text_add(t, "%s%s", before, kinds[i].name);
			before = "+";
		}
	}
}

int ntpconf_kinds_mode(const char *parameter)
{
	const char *name = strstr(parameter, ":only=");
	int mode = 0;

	for (name = name ? name + strlen(":only=") : ""; *name != '\0'; name++) {
		char word[4];
		size_t n = strcspn(name, "+:");

		for (size_t i = 0; i < KINDS && n < sizeof(word); i++) {
			snprintf(word, sizeof(word), "%.*s", (int)n, name);
			mode |= text_same_word(word, kinds[i].name) ? kinds[i].bit : 0;
		}
		name += n;
		if (*name != '+') {
			break;
		}
	}
	return mode;
}

static void write_nmea(const struct settings_fudge *f, struct text *t)
{
	if (f->path[0] != '\0') {
		text_add(t, "%s", f->path);
	} else {
		text_add(t, "/dev/gps%d", f->unit);
	}
	if (f->baud > 0) {
		text_add(t, ":baud=%d", f->baud);
	}
	if ((f->flags & NTP_FLAG4) != 0) {
		text_add(t, ":hide");
	}
	write_kinds(f->mode, t);
}

/** Whether a clock is one by sentences, but by pulses as long as they come. */
static bool is_either(const struct settings_fudge *f)
{
	return f->mode == GPSD_EITHER && f->unit < GPSD_PULSES && (f->flags & NTP_FLAG2) == 0;
}

static void write_gpsd(const struct settings_fudge *f, struct text *t)
{
	/* The upper half of the units are the pulses of the lower. */
	bool pulses = f->unit >= GPSD_PULSES || f->mode == GPSD_STRICT;

	text_add(t, "localhost:device=");
	if (f->path[0] != '\0') {
		text_add(t, "%s", f->path);
	} else {
		text_add(t, "/dev/gps%d", f->unit % GPSD_PULSES);
	}
	text_add(t, "%s", pulses ? ":pps" : "");
	if (!is_either(f)) {
		return;
	}
	text_add(t, ":auto");
	/* Time1 corrects what is of both. */
	if (!isnan(f->time2)) {
		text_add(t, ":late=%.15g", f->time2 - (isnan(f->time1) ? 0 : f->time1));
	}
}

/** What the driver is created with. */
static void write_parameter(struct settings_refclock *k)
{
	struct text t = text_on(k->parameter, sizeof(k->parameter));

	switch (k->fudge.type) {
	case NTP_CLOCK_SHM:
		write_shm(&k->fudge, &t);
		break;
	case NTP_CLOCK_PPS:
		write_pps(&k->fudge, &t);
		break;
	case NTP_CLOCK_NMEA:
		write_nmea(&k->fudge, &t);
		break;
	case NTP_CLOCK_GPSD:
		write_gpsd(&k->fudge, &t);
		break;
	case NTP_CLOCK_SOCK:
		if (k->fudge.path[0] != '\0') {
			text_add(&t, "%s", k->fudge.path);
		} else {
			text_add(&t, "/run/refclock%d.sock", k->fudge.unit);
		}
		break;
	default:
		text_add(&t, "%d", k->fudge.unit);
		break;
	}
}

bool ntpconf_by_time2(const struct settings_fudge *f)
{
	bool sentences = f->type == NTP_CLOCK_GPSD && f->unit < GPSD_PULSES &&
			 f->mode != GPSD_STRICT && !is_either(f);

	return f->type == NTP_CLOCK_NMEA || (sentences && !isnan(f->time2));
}

/** The correction of a clock, s. */
static double correction(const struct settings_fudge *f)
{
	double said = ntpconf_by_time2(f) ? f->time2 : f->time1;

	return isnan(said) ? 0 : said;
}

/** A local clock that is not preferred serves when nothing else is left. */
static void fall_back_on(struct settings *s, struct settings_refclock *k)
{
	if ((k->select & (SELECT_PREFER | SELECT_NOSELECT)) != 0) {
		return;
	}
	k->select |= SELECT_NOSELECT;
	k->fudge.last_resort = true;
	if (s->local.on) {
		return;
	}
	s->local = settings_local_default();
	s->local.on = k->stratum < 15;
	s->local.stratum = k->stratum + 1;
	s->local.waitunsynced = s->ntp.tos.orphanwait;
	s->local.waitsynced = s->ntp.tos.orphanwait;
}

static void finish(struct ntpconf *c, struct settings_refclock *k)
{
	const struct settings_fudge *f = &k->fudge;
	bool local = f->type == NTP_CLOCK_LOCAL;

	k->stratum = f->stratum >= 0 ? f->stratum : local ? LOCAL_STRATUM : 0;
	/* Who follows a clock of stratum 0 shows its name, else its address. */
	k->refid = k->stratum == 0
			   ? f->refid
			   : UINT32_C(0x7f7f0000) | (uint32_t)f->type << 8 | (uint32_t)f->unit;
	/* Whoever corrects the clock by itself never gets anywhere. */
	k->offset = local ? 0.0 : f->bias + correction(f);
	write_parameter(k);
	if ((f->flags & NTP_FLAG3) != 0 &&
		(f->type == NTP_CLOCK_NMEA || f->type == NTP_CLOCK_PPS)) {
		log_warning(c->log,
			"CONFIG: %s(%d): flag3 has no effect: pulses steer the clock through "
			"this daemon, not in the kernel",
			f->name, f->unit);
	}
	if (local) {
		fall_back_on(c->settings, k);
	}
}

/** The pulses of a receiver, which its flag1 asks for, as a clock of their own that it numbers. */
static int add_pulses(struct ntpconf *c, size_t nmea)
{
	struct settings_refclock k = c->settings->refclocks[nmea];

	if (k.fudge.type != NTP_CLOCK_NMEA) {
		return 0;
	}
	k.delay = settings_refclock_default().delay;
	/* Sentences whose lateness nobody has measured do not contradict the pulses. */
	c->settings->refclocks[nmea].delay =
		(k.fudge.flags & NTP_FLAG1) != 0 && isnan(k.fudge.time2) ? 2 * NMEA_LATE : k.delay;
	if ((k.fudge.flags & NTP_FLAG1) == 0) {
		return 0;
	}
	if (ntpconf_find_clock(c->settings, NTP_CLOCK_PPS, k.fudge.unit)) {
		log_warning(c->log, "CONFIG: NMEA(%d): its pulses are those of PPS(%d)",
			k.fudge.unit, k.fudge.unit);
		return 0;
	}
	text_copy(k.driver, sizeof(k.driver), "PPS");
	k.lock = k.refid;
	k.fudge.type = NTP_CLOCK_PPS;
	k.fudge.name = "PPS";
	k.fudge.refid = ntpconf_refid_of("PPS");
	k.fudge.paired = true;
	k.fudge.path[0] = '\0';
	k.fudge.mode = k.fudge.baud = 0;
	k.fudge.time2 = NAN;
	k.fudge.flags &= ~(unsigned)(NTP_FLAG1 | NTP_FLAG3);
	finish(c, &k);
	return settings_add_refclock(c->settings, &k);
}

/** Takes back what was made of the clocks before. */
static void begin_again(struct settings *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_refclocks; i++) {
		struct settings_refclock *k = &s->refclocks[i];

		if (k->fudge.last_resort) {
			k->fudge.last_resort = false;
			k->select &= ~(unsigned)SELECT_NOSELECT;
			s->local.on &= s->local.orphan;
		}
		if (!k->fudge.paired) {
			s->refclocks[n++] = *k;
		}
	}
	s->n_refclocks = n;
}

int ntpconf_finish_clocks(struct ntpconf *c)
{
	size_t n;
	int r = 0;

	begin_again(c->settings);
	n = c->settings->n_refclocks;
	for (size_t i = 0; i < n; i++) {
		if (c->settings->refclocks[i].fudge.type != 0) {
			finish(c, &c->settings->refclocks[i]);
		}
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		r = add_pulses(c, i);
	}
	return r;
}
