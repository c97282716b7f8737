/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of a source. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/control/mode6.h"
#include "daemon/discipline/events.h"
#include "daemon/select/select.h"
#include "daemon/source/clock_name.h"
#include "daemon/source/source.h"

/* Seconds as milliseconds. */
#define MS 1e3

/* Modes of NTP. */
#define MODE_ACTIVE 1
#define MODE_CLIENT 3
#define MODE_SERVER 4

/* Of a source that has told us nothing yet. */
#define STRATUM_NONE 16
#define NTP_PORT     123

struct peer_view {
	const char *srcadr, *dstadr, *refid, *srchost, *org;
	char srcadr_text[ADDRESS_TEXT], dstadr_text[ADDRESS_TEXT], refid_text[16];
	char srchost_text[SOURCE_NAME];
	int64_t srcport, dstport, leap, hmode, stratum, ppoll, hpoll, precision;
	double rootdelay, rootdisp;
	uint64_t reftime, rec, xmt;
	int64_t reach, unreach;
	double delay, offset, jitter, dispersion;
	int64_t keyid, pmode, flash, mode, headway;
	double filtdelay[REPORT_REGISTER], filtoffset[REPORT_REGISTER], filtdisp[REPORT_REGISTER];
	double bias;
	int64_t ntscookies, config, authenable, authentic;
	int64_t timer, timerec, timereach;
	int64_t received, sent, badauth, bogusorg, oldpkt, seldisp, selbroken, candidate;
};

#define AT(member) offsetof(struct peer_view, member)
#define DEF        MODE6_DEFAULT

static const struct mode6_variable rows[] = {
	{"srcadr", MODE6_BARE, DEF, AT(srcadr)},
	{"srcport", MODE6_INT, DEF, AT(srcport)},
	{"dstadr", MODE6_BARE, DEF, AT(dstadr)},
	{"dstport", MODE6_INT, DEF, AT(dstport)},
	{"leap", MODE6_INT, DEF, AT(leap)},
	{"hmode", MODE6_INT, DEF, AT(hmode)},
	{"stratum", MODE6_INT, DEF, AT(stratum)},
	{"ppoll", MODE6_INT, DEF, AT(ppoll)},
	{"hpoll", MODE6_INT, DEF, AT(hpoll)},
	{"precision", MODE6_INT, DEF, AT(precision)},
	{"rootdelay", MODE6_REAL3, DEF, AT(rootdelay)},
	{"rootdisp", MODE6_REAL3, DEF, AT(rootdisp)},
	{"refid", MODE6_BARE, DEF, AT(refid)},
	{"reftime", MODE6_STAMP, DEF, AT(reftime)},
	{"org", MODE6_BARE, 0, AT(org)},
	{"rec", MODE6_STAMP, DEF, AT(rec)},
	{"xmt", MODE6_STAMP, DEF, AT(xmt)},
	{"reach", MODE6_HEX, DEF, AT(reach)},
	{"unreach", MODE6_INT, DEF, AT(unreach)},
	{"delay", MODE6_REAL6, DEF, AT(delay)},
	{"offset", MODE6_REAL6, DEF, AT(offset)},
	{"jitter", MODE6_REAL6, DEF, AT(jitter)},
	{"dispersion", MODE6_REAL6, DEF, AT(dispersion)},
	{"keyid", MODE6_KEYID, DEF, AT(keyid)},
	{"filtdelay", MODE6_EIGHT, DEF, AT(filtdelay)},
	{"filtoffset", MODE6_EIGHT, DEF, AT(filtoffset)},
	{"pmode", MODE6_INT, DEF, AT(pmode)},
	{"filtdisp", MODE6_EIGHT, DEF, AT(filtdisp)},
	{"flash", MODE6_HEX, DEF, AT(flash)},
	{"mode", MODE6_INT, DEF, AT(mode)},
	{"headway", MODE6_INT, DEF, AT(headway)},
	{"bias", MODE6_REAL3, DEF, AT(bias)},
	{"srchost", MODE6_QUOTED, DEF, AT(srchost)},
	{"ntscookies", MODE6_INT, DEF, AT(ntscookies)},
	{"config", MODE6_INT, 0, AT(config)},
	{"authenable", MODE6_INT, 0, AT(authenable)},
	{"authentic", MODE6_INT, 0, AT(authentic)},
	{"timer", MODE6_INT, 0, AT(timer)},
	{"timerec", MODE6_INT, 0, AT(timerec)},
	{"timereach", MODE6_INT, 0, AT(timereach)},
	{"received", MODE6_INT, 0, AT(received)},
	{"sent", MODE6_INT, 0, AT(sent)},
	{"badauth", MODE6_INT, 0, AT(badauth)},
	{"bogusorg", MODE6_INT, 0, AT(bogusorg)},
	{"oldpkt", MODE6_INT, 0, AT(oldpkt)},
	{"seldisp", MODE6_INT, 0, AT(seldisp)},
	{"selbroken", MODE6_INT, 0, AT(selbroken)},
	{"candidate", MODE6_INT, 0, AT(candidate)},
};

static const struct mode6_table table = {rows, sizeof(rows) / sizeof(rows[0]), "peer_var_list"};

static uint64_t stamp(int64_t system)
{
	return system != 0 ? instant_to_ntp(system) : 0;
}

static int64_t seconds_since(int64_t now, int64_t then)
{
	return then != 0 ? (int64_t)fmax(instant_diff_s(now, then), 0) : 0;
}

/* What every source has. */
static void fill_source(const struct mode6 *m, const struct source *s, struct peer_view *v)
{
	const struct source_options *o = source_get_options(s);
	const struct source_event_memory *events = source_events(s);
	struct report_register r;

	v->hmode = source_mode(s) == REPORT_MODE_PEER ? MODE_ACTIVE : MODE_CLIENT;
	v->hpoll = source_poll(s);
	v->reach = source_reach(s);
	v->unreach = source_unreachable_runs(s);
	v->flash = events_flash(s);
	v->mode = INT64_MIN;
	v->bias = o->offset != 0 ? o->offset * MS : NAN;
	v->config = 1;
	v->authenable = source_authenticated(s);
	v->authentic = events->authentic;
	v->timereach = seconds_since(mode6_now(m), events->reach_changed);
	source_report_register(s, &r);
	for (int i = 0; i < REPORT_REGISTER; i++) {
		v->filtdelay[i] = r.delay[i] * MS;
		v->filtoffset[i] = r.offset[i] * MS;
		v->filtdisp[i] = r.dispersion[i] * MS;
	}
	v->delay = r.best_delay * MS;
	v->offset = r.best_offset * MS;
	v->dispersion = r.best_dispersion * MS;
	v->jitter = r.jitter * MS;
}

/* The place of a source among those that are combined, 0 for none. */
static int64_t place_of(const struct mode6 *m, const struct source *s)
{
	int64_t place = 0;

	if (source_state(s) == (char)SELECT_SELECTED)
		return 1;
	if (source_state(s) != (char)SELECT_COMBINED)
		return 0;
	for (size_t i = 0; i < sources_count(m->env->sources); i++) {
		const struct source *other = sources_at(m->env->sources, i);

		place += source_state(other) == (char)SELECT_COMBINED;
		if (other == s)
			break;
	}
	return place + 1;
}

static void fill_response(const struct report_ntpdata *n, struct peer_view *v)
{
	v->leap = n->leap;
	v->stratum = n->stratum > 0 ? n->stratum : STRATUM_NONE;
	v->ppoll = n->poll;
	v->precision = n->precision;
	v->rootdelay = n->root_delay * MS;
	v->rootdisp = n->root_dispersion * MS;
	v->pmode = n->mode;
	v->reftime = stamp(n->reference_time);
	mode6_refid(n->refid, n->stratum, v->refid_text);
	v->refid = v->refid_text;
}

static void fill_ntp(const struct mode6 *m, const struct source *s, struct peer_view *v)
{
	const struct source_options *o = source_get_options(s);
	int64_t system = clock_now(m->env->clock).system;
	struct report_ntpdata n;
	struct report_auth a;
	bool there = source_report_ntp(s, &n) == 0 && source_report_auth(s, &a) == 0;

	v->leap = LEAP_UNSYNCHRONISED;
	v->stratum = STRATUM_NONE;
	v->ppoll = v->hpoll;
	v->refid = there ? "INIT" : o->kind == SOURCE_POOL ? "POOL" : "DNS";
	v->srcport = o->port;
	v->keyid = o->key;
	v->ntscookies = o->nts ? 0 : -1;
	v->srchost = o->name;
	v->srcadr = v->dstadr = "0.0.0.0";
	v->dstport = NTP_PORT;
	if (!there)
		return;
	if (n.last_rx != 0)
		fill_response(&n, v);
	address_format(&n.remote, v->srcadr_text, sizeof(v->srcadr_text));
	v->srcadr = v->srcadr_text;
	v->srcport = n.port;
	if (n.local.family != ADDRESS_NONE) {
		address_format(&n.local, v->dstadr_text, sizeof(v->dstadr_text));
		v->dstadr = v->dstadr_text;
		v->dstport = n.local_port;
	}
	v->rec = stamp(n.last_rx);
	v->xmt = stamp(n.last_tx);
	v->timer = (int64_t)fmax(n.next_tx, 0);
	v->timerec = seconds_since(system, n.last_rx);
	v->received = n.total_rx;
	v->sent = n.total_tx;
	v->badauth = n.bad_auth;
	v->bogusorg = n.bogus;
	v->oldpkt = n.old;
	v->seldisp = n.distant;
	v->selbroken = n.looped;
	if (o->nts)
		v->ntscookies = a.cookies;
}

static void fill_clock(const struct mode6 *m, const struct source *s, struct peer_view *v)
{
	struct source_refclock_report c;
	struct address address;
	struct report_source r;
	struct clock_now now = clock_now(m->env->clock);

	if (source_report_refclock(s, &c) < 0 ||
		source_clock_name(
			m->env->sources, s, v->srchost_text, sizeof(v->srchost_text), &address) < 0)
		return;
	source_report(m->env->sources, s, &r);
	address_format(&address, v->srcadr_text, sizeof(v->srcadr_text));
	v->srcadr = v->srcadr_text;
	v->srcport = v->dstport = NTP_PORT;
	v->dstadr = "127.0.0.1";
	v->srchost = v->srchost_text;
	v->ppoll = v->hpoll;
	v->stratum = mode6_clock_stratum(c.settings);
	v->leap = r.age == REPORT_NEVER ? LEAP_UNSYNCHRONISED : LEAP_NONE;
	v->pmode = MODE_SERVER;
	v->precision = clock_precision_log2(m->env->clock);
	v->mode = c.settings->fudge.mode;
	v->ntscookies = -1;
	/* Always letters, whatever its stratum. */
	mode6_refid(mode6_clock_refid(s, c.settings), 0, v->refid_text);
	v->refid = v->refid_text;
	if (r.age != REPORT_NEVER) {
		v->rec = v->xmt = stamp(now.system - (int64_t)r.age * INSTANT_S);
		v->timerec = r.age;
	}
	v->received = c.polls - c.silent;
	v->sent = c.polls;
}

int mode6_put_peer(
	const struct mode6 *m, const struct source *s, struct span names, struct mode6_text *t)
{
	struct peer_view v;
	const struct mode6_view view = {.table = &table, .values = &v};

	memset(&v, 0, sizeof(v));
	fill_source(m, s, &v);
	v.candidate = place_of(m, s);
	if (source_mode(s) == REPORT_MODE_REFCLOCK)
		fill_clock(m, s, &v);
	else
		fill_ntp(m, s, &v);
	return mode6_put(&view, names, t);
}
