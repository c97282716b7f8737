/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leap seconds (leapsecmode, leapseclist, leapsectz): who announces them, who makes them, and what
 * is told around them (chrony-behaviour 10).
 *
 * The oscillator runs on; UTC and with it true time move by a second against it, and the memory of
 * all sources moves along. The system clock is moved by the kernel, by a step or a slew of ours, or
 * not at all: then the second is found by measuring.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/sha1.h"
#include "common/text.h"
#include "daemon/discipline/state.h"
#include "daemon/words.h"

#define DAY (INT64_C(86400) * INSTANT_S)
/* From so long before until so long after no samples are taken, s. */
#define SAMPLES_PAUSE 5.0
/* So long nobody is told the time, s: the kernel has made its leap second by then. */
#define TOLD_PAUSE 2.0
/* How long a slew by a second takes at least, s. */
#define SLEW_DURATION 1.0
/* A system clock that is further off, s, makes its leap second at another time than everybody. */
#define SYSTEM_OFF 0.5
/* Leap second data is read anew this often, s. */
#define LOOK_INTERVAL 43200.0
#define FILE_ROOM     65536
#define ZONES         "/usr/share/zoneinfo/"
#define PATH_SIZE     256

static enum settings_leap_mode mode(const struct discipline *d)
{
	if (d->settings->leapsecmode == SETTINGS_LEAP_SYSTEM && !clock_controls(d->clock))
		return SETTINGS_LEAP_STEP;
	return d->settings->leapsecmode;
}

/* What is read is at p, which has FILE_ROOM bytes. */
static int load(struct discipline *d, const char *path, uint8_t *p, struct span *ret)
{
	*ret = (struct span){.p = p};
	return d->kernel->ops->file_load(d->kernel, path, p, FILE_ROOM, &ret->n);
}

/* Looks at the hash of a list, as ntpd does: a list with a wrong one is not taken. */
static void check_hash(struct span list, struct words_leap_list *io)
{
	uint8_t hash[LEAPTABLE_HASH], own[SHA1_LENGTH], *digits = malloc(FILE_ROOM);
	size_t n;
	int r;

	if (!digits)
		return;
	r = leaptable_signature(list, hash, digits, &n);
	if (r == 0)
		sha1(digits, n, own);
	if (r == -ENODATA)
		io->hash = WORDS_LIST_UNSIGNED;
	else if (r < 0)
		io->how = WORDS_LIST_UNREADABLE_HASH;
	else if (memcmp(hash, own, sizeof(own)) == 0)
		io->hash = WORDS_LIST_SIGNED;
	else
		io->how = WORDS_LIST_MISSIGNED;
	free(digits);
}

/* Reads the list: io says whether and how. */
static void read_list_file(struct discipline *d, struct leaptable *ret, struct words_leap_list *io)
{
	uint8_t *p = malloc(FILE_ROOM);
	struct span list;
	int r = p ? load(d, io->path, p, &list) : -ENOMEM;

	if (r == 0)
		r = leaptable_parse_list(list, ret);
	io->how = r == -EINVAL            ? WORDS_LIST_MALFORMED
		  : r < 0                 ? WORDS_LIST_UNREAD
		  : !leaptable_check(ret) ? WORDS_LIST_UNBELIEVED
					  : WORDS_LIST_TAKEN;
	if (io->how == WORDS_LIST_TAKEN && d->settings->ntp.style)
		check_hash(list, io);
	free(p);
}

/* The first reading also says whether there is anything to use. */
static void read_list(struct discipline *d, int64_t truth)
{
	struct leaptable t = {.n = 0};
	struct words_leap_list told = {.path = d->settings->leapseclist,
		.first = d->leap.looked == 0,
		.now_s = truth / INSTANT_S};

	read_list_file(d, &t, &told);
	told.expires = t.expires;
	if (t.n > 0) {
		told.last = t.entries[t.n - 1].utc;
		told.tai = t.entries[t.n - 1].tai;
	}
	words_say(d->log, leap_list, &told);
	if (told.how == WORDS_LIST_TAKEN)
		d->leap.table = t;
}

static int read_zone_file(struct discipline *d, struct leaptable *ret)
{
	char path[PATH_SIZE];
	struct text name = text_on(path, sizeof(path));
	struct span data;
	uint8_t *p;
	int r;

	text_add(&name, ZONES "%s", d->settings->leapsectz);
	p = malloc(FILE_ROOM);
	if (!p)
		return -ENOMEM;
	r = load(d, path, p, &data);
	if (r == 0)
		r = leaptable_parse_tzif(data, ret);
	free(p);
	return r;
}

static void read_zone(struct discipline *d)
{
	const char *zone = d->settings->leapsectz;
	struct leaptable t;

	if (read_zone_file(d, &t) < 0 || !leaptable_check(&t)) {
		if (d->leap.looked == 0)
			log_warning(d->log, "Timezone %s failed leap second check, ignoring", zone);
		return;
	}
	if (d->leap.looked == 0)
		log_info(d->log, "Using %s timezone to obtain leap second data", zone);
	d->leap.table = t;
}

/* Reads the data when it is time to. */
static void look(struct discipline *d, int64_t raw, int64_t truth)
{
	if (d->leap.looked != 0 && instant_diff_s(raw, d->leap.looked) < LOOK_INTERVAL)
		return;
	if (d->settings->leapseclist[0] != '\0')
		read_list(d, truth);
	else if (d->settings->leapsectz[0] != '\0')
		read_zone(d);
	d->leap.looked = raw;
}

void discipline_leap_start(struct discipline *d)
{
	struct words_leap_list list = {.path = d->settings->leapseclist};
	struct clock_now now = clock_now(d->clock);
	struct leaptable t;

	if (!d->settings->ntp.style) {
		look(d, now.raw, now.truth);
		return;
	}
	/* ntpd tells what it finds in its list once it knows the time. */
	if (list.path[0] == '\0')
		return;
	read_list_file(d, &t, &list);
	if (list.how == WORDS_LIST_TAKEN)
		d->leap.table = t;
}

void discipline_refresh(struct discipline *d)
{
	d->leap.looked = 0;
}

/* Whether the kernel says that it has made a leap second: it does so of a clock that is
 * synchronised and as long as the flag for it stands. */
static bool kernel_made(struct discipline *d)
{
	struct kernel_timex t = {.modes = 0};

	return d->kernel->ops->timex(d->kernel, &t) == 0 && (t.status & KERNEL_STATUS_MADE) != 0;
}

/* True time has moved: everything that is kept on its scale follows. */
static void moved(void *arg)
{
	struct discipline *d = arg;

	d->leap.seen = true;
	d->leap.told = kernel_made(d);
	discipline_notice(d, DISCIPLINE_LEAPT, d->leap.leap == LEAP_INSERT ? -1 : 1);
	sources_shift(d->sources, d->leap.leap == LEAP_INSERT ? -INSTANT_S : INSTANT_S);
	joint_reset(d->joint);
}

void discipline_leap_forget(struct discipline *d)
{
	struct leap_plan *p = &d->leap;

	if (p->phase == LEAP_FAR)
		return;
	if (p->phase > LEAP_PLANNED)
		sources_hold(d->sources, false);
	else if (p->mode == SETTINGS_LEAP_SYSTEM)
		words_say(d->log, leap, WORDS_LEAP_DROPPED, p->leap == LEAP_INSERT);
	p->phase = LEAP_FAR;
	p->leap = LEAP_NONE;
	loop_timer_stop(d->loop, &p->timer);
	clock_plan_leap(d->clock, LEAP_NONE, 0, NULL, NULL);
}

/* The true instant that comes twice or is left out at the end of a day. */
static int64_t end_of_day(int64_t truth, enum leap leap)
{
	return (truth / DAY + 1) * DAY - (leap == LEAP_DELETE ? INSTANT_S : 0);
}

/* A new day may end with a leap second, and the next update may come after it. */
static void wait_for_day(struct discipline *d, int64_t truth)
{
	loop_timer_in(d->loop, &d->leap.timer, instant_diff_s(end_of_day(truth, LEAP_NONE), truth));
}

/* The timer is aimed anew at each update: the machine may have slept, or true time be another one
 * than it was thought to be. */
static void plan(struct discipline *d, enum leap leap, const struct clock_now *now)
{
	struct leap_plan *p = &d->leap;
	double left;
	bool planned;

	if (p->phase > LEAP_PLANNED)
		return;
	if (leap != LEAP_INSERT && leap != LEAP_DELETE) {
		discipline_leap_forget(d);
		wait_for_day(d, now->truth);
		return;
	}
	p->leap = leap;
	p->seen = p->told = false;
	p->at = end_of_day(now->truth, leap);
	left = instant_diff_s(p->at, now->truth);
	if (left <= 0)
		return;
	planned = p->phase == LEAP_PLANNED && p->mode == SETTINGS_LEAP_SYSTEM;
	p->phase = LEAP_PLANNED;
	p->mode = mode(d);
	/* There is a slew already, of more than this. */
	if (p->mode == SETTINGS_LEAP_SYSTEM && fabs(clock_correction(d->clock)) > SYSTEM_OFF)
		p->mode = SETTINGS_LEAP_SLEW;
	loop_timer_in(d->loop, &p->timer, fmax(left - SAMPLES_PAUSE, 0.0));
	if (p->mode == SETTINGS_LEAP_SYSTEM) {
		clock_plan_leap(d->clock, leap, p->at, moved, d);
		if (!planned)
			words_say(d->log, leap, WORDS_LEAP_PLANNED, leap == LEAP_INSERT);
	} else
		clock_plan_leap(d->clock, LEAP_NONE, 0, NULL, NULL);
}

/* A list that is still good knows better than a receiver that has misread its almanac. */
static bool contradicts(
	const struct discipline *d, enum leap announced, enum leap known, int64_t truth)
{
	return announced != LEAP_NONE && announced != known &&
	       d->leap.table.expires > truth / INSTANT_S &&
	       policy_leap(announced, truth) == announced;
}

int64_t discipline_next_leap(void *arg, int64_t utc, enum leap announced)
{
	const struct discipline *d = arg;
	int tai;
	enum leap leap, known = leaptable_at(&d->leap.table, utc / INSTANT_S, &tai);

	leap = announced == LEAP_NONE || contradicts(d, announced, known, utc) ? known : announced;
	leap = policy_leap(leap, utc);
	return leap == LEAP_INSERT || leap == LEAP_DELETE ? end_of_day(utc, leap) : INT64_MAX;
}

static enum leap check_vote(struct discipline *d, enum leap voted, enum leap known, int64_t truth)
{
	bool wrong = contradicts(d, voted, known, truth);

	if (wrong && !d->leap.contradicted)
		log_warning(d->log,
			"Sources announce a leap second that the leap second list does not have: "
			"ignored");
	d->leap.contradicted = wrong;
	return voted == LEAP_NONE || wrong ? known : voted;
}

int discipline_tai(void *arg, int64_t tai_s)
{
	struct discipline *d = arg;
	int tai = 0;

	look(d, loop_now(d->loop), instant_from_s(tai_s, 0));
	/* The first answer is of an instant that is that much too late. */
	leaptable_at(&d->leap.table, tai_s, &tai);
	leaptable_at(&d->leap.table, tai_s - tai, &tai);
	return tai;
}

enum leap discipline_leap(struct discipline *d, enum leap voted, int64_t truth)
{
	struct clock_now now = clock_now(d->clock);
	enum leap leap, known;
	int tai = 0;

	look(d, now.raw, truth);
	known = leaptable_at(&d->leap.table, truth / INSTANT_S, &tai);
	leap = policy_leap(check_vote(d, voted, known, truth), truth);
	if (mode(d) != SETTINGS_LEAP_SYSTEM)
		tai = 0;
	clock_set_tai(d->clock, tai);
	if (tai != 0 && tai != d->leap.tai)
		words_say(d->log, tai, tai);
	d->leap.tai = tai;
	plan(d, leap, &now);
	return leap;
}

void discipline_report_leap(const struct discipline *d, struct report_leap *ret)
{
	const struct leaptable *t = &d->leap.table;
	int64_t now = clock_now(d->clock).truth / INSTANT_S;

	*ret = (struct report_leap){.expires = t->expires};
	leaptable_at(t, now, &ret->tai);
	for (unsigned i = 0; i < t->n; i++) {
		ret->next = t->entries[i].utc;
		if (t->entries[i].utc > now)
			break;
	}
}

/* Moves true time ourselves. */
static void move(struct discipline *d)
{
	clock_plan_leap(d->clock, LEAP_NONE, 0, NULL, NULL);
	clock_shift_truth(d->clock, d->leap.leap == LEAP_INSERT ? -INSTANT_S : INSTANT_S);
	moved(d);
}

static void make(struct discipline *d)
{
	bool insert = d->leap.leap == LEAP_INSERT;

	switch (d->leap.mode) {
	case SETTINGS_LEAP_SYSTEM:
		clock_now(d->clock);
		break;
	case SETTINGS_LEAP_STEP:
		move(d);
		if (clock_step(d->clock) == 0)
			words_say(d->log, leap, WORDS_LEAP_STEPPED, insert);
		break;
	case SETTINGS_LEAP_SLEW:
		move(d);
		words_say(d->log, leap, WORDS_LEAP_SLEWED, insert);
		clock_slew(d->clock, SLEW_DURATION, d->policy.maxslewrate);
		break;
	case SETTINGS_LEAP_IGNORE:
		words_say(d->log, leap, WORDS_LEAP_IGNORED, insert);
		/* Until the sources are asked again nobody knows on which side of it we are. */
		d->real.root_dispersion += 1.0;
		sources_ignore_leap(d->sources, insert ? -INSTANT_S : INSTANT_S);
		joint_reset(d->joint);
		break;
	}
}

/* What the kernel did not do by now it will not do. */
static void make_up(struct discipline *d)
{
	clock_now(d->clock);
	if (d->leap.mode != SETTINGS_LEAP_SYSTEM || d->leap.seen)
		return;
	log_warning(d->log, "The system did not make the leap second");
	move(d);
	if (clock_step(d->clock) < 0)
		log_error(d->log, "Could not step system clock");
}

/* The kernel counts its TAI offset along with the leap second. When it did not say that it made
 * one, the offset is set anew, and the flag is taken back like one that came to nothing. */
static void tell_made(struct discipline *d, int64_t truth)
{
	bool made = d->leap.told;
	int tai = 0;

	leaptable_at(&d->leap.table, truth / INSTANT_S, &tai);
	clock_set_tai(d->clock, tai);
	if (!made && tai != 0 && tai != d->leap.tai)
		words_say(d->log, tai, tai);
	d->leap.tai = tai;
	words_say(d->log, leap, made ? WORDS_LEAP_MADE : WORDS_LEAP_DROPPED,
		d->leap.leap == LEAP_INSERT);
}

static void tell(struct discipline *d, enum leap leap)
{
	d->real.leap = leap;
	discipline_publish(d);
}

/* Plans what the day that has begun ends with, as far as that can be told without sources. */
static void begin_day(struct discipline *d, int64_t truth)
{
	enum leap leap;

	if (!d->real.synchronised)
		return;
	leap = discipline_leap(d, LEAP_NONE, truth);
	if (leap != d->real.leap)
		tell(d, leap);
}

void discipline_leap_timer(void *arg)
{
	struct discipline *d = arg;
	struct leap_plan *p = &d->leap;
	int64_t truth = clock_now(d->clock).truth;
	double left = instant_diff_s(p->at, truth);

	switch (p->phase) {
	case LEAP_PLANNED:
		p->phase = LEAP_NEAR;
		sources_hold(d->sources, true);
		loop_timer_in(d->loop, &p->timer, fmax(left, 0.0));
		break;
	case LEAP_NEAR:
		p->phase = LEAP_MADE;
		/* Smoothed time has no leap second: clients may go on asking. */
		if (!clock_smooth_hides_leap(d->clock) || p->mode != SETTINGS_LEAP_SLEW)
			tell(d, LEAP_UNSYNCHRONISED);
		make(d);
		loop_timer_in(d->loop, &p->timer, TOLD_PAUSE);
		break;
	case LEAP_MADE:
		p->phase = LEAP_SETTLES;
		make_up(d);
		if (p->mode == SETTINGS_LEAP_SYSTEM)
			tell_made(d, clock_now(d->clock).truth);
		clock_plan_leap(d->clock, LEAP_NONE, 0, NULL, NULL);
		tell(d, d->real.synchronised ? LEAP_NONE : LEAP_UNSYNCHRONISED);
		loop_timer_in(d->loop, &p->timer, SAMPLES_PAUSE - TOLD_PAUSE);
		break;
	case LEAP_SETTLES:
		p->phase = LEAP_FAR;
		p->leap = LEAP_NONE;
		sources_hold(d->sources, false);
		wait_for_day(d, truth);
		break;
	case LEAP_FAR:
		begin_day(d, truth);
		break;
	}
}
