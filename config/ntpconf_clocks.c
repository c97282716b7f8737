/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference clocks of ntp.conf: server 127.127.T.U with fudge, and refclock NAME unit U.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/ntpconf_clocks.h"
#include "config/ntpconf_parse.h"
#include "config/ntpconf_write.h"

/** The poll interval of a clock when nothing is said, log2 s; the longest. */
#define POLL     6
#define POLL_MAX 17

/** A driver of ntpd. */
struct driver {
	int type;
	const char *name, *refid;
	const char *engine; /**< our driver; NULL: there is none */
};

static const struct driver drivers[] = {
	{NTP_CLOCK_LOCAL, "LOCAL", "LOCL", "LOCAL"},
	{4, "SPECTRACOM", "WWVB", NULL},
	{5, "TRUETIME", "TRUE", NULL},
	{8, "GENERIC", "DCF", NULL},
	{11, "ARBITER", "GPS", NULL},
	{18, "MODEM", "NIST", NULL},
	{NTP_CLOCK_NMEA, "NMEA", "GPS", "NMEA"},
	{NTP_CLOCK_PPS, "PPS", "PPS", "PPS"},
	{26, "HPGPS", "GPS", NULL},
	{NTP_CLOCK_SHM, "SHM", "SHM", "SHM"},
	{29, "TRIMBLE", "GPS", NULL},
	{30, "ONCORE", "GPS", NULL},
	{40, "JJY", "JJY", NULL},
	{42, "ZYFER", "GPS", NULL},
	{NTP_CLOCK_GPSD, "GPSD", "GPSD", "GPSD"},
	{NTP_CLOCK_SOCK, "SOCK", "SOCK", "SOCK"},
	{0, NULL, NULL, NULL},
};

static const struct driver *find_type(int type)
{
	for (const struct driver *d = drivers; d->name; d++) {
		if (d->type == type) {
			return d;
		}
	}
	return NULL;
}

int ntpconf_driver_type(const char *name)
{
	for (const struct driver *d = drivers; d->name; d++) {
		if (text_same_word(d->name, name)) {
			return d->type;
		}
	}
	return 0;
}

int ntpconf_clock_of(const struct settings_refclock *k, int *ret_type, int *ret_unit)
{
	const char *digits = strpbrk(k->parameter, "0123456789");
	const struct driver *d = drivers;

	if (k->fudge.type != 0) {
		*ret_type = k->fudge.type;
		*ret_unit = k->fudge.unit;
		return 0;
	}
	while (d->name && (!d->engine || strcmp(d->engine, k->driver) != 0)) {
		d++;
	}
	if (!d->name || !digits) {
		return -ENOENT;
	}
	*ret_type = d->type;
	*ret_unit = (int)(strtoul(digits, NULL, 10) & 0xff);
	return 0;
}

int ntpconf_clock_address(const char *text, int *ret_type, int *ret_unit)
{
	struct address a;

	if (address_parse(text, &a) < 0 || a.family != ADDRESS_IP4 || a.ip[0] != 127 ||
		a.ip[1] != 127) {
		return -EINVAL;
	}
	*ret_type = a.ip[2];
	*ret_unit = a.ip[3];
	return 0;
}

uint32_t ntpconf_refid_of(const char *text)
{
	uint32_t id = 0;

	for (int i = 0; i < 4; i++) {
		id = id << 8 | (uint8_t)*text;
		text += *text != '\0';
	}
	return id;
}

/** Reads a flag's value; number is 1 to 4. */
static int read_flag(struct ntpconf_cursor *u, int number, struct settings_fudge *f)
{
	unsigned bit = 1U << (number - 1);
	bool on;
	int r = ntpconf_take_bool(u, &on);

	if (r == 0) {
		f->flags_said |= bit;
		f->flags = on ? f->flags | bit : f->flags & ~bit;
	}
	return r;
}

static int read_stratum(struct ntpconf_cursor *u, struct settings_fudge *f)
{
	int v, r = ntpconf_take_int(u, INT32_MIN, UINT32_MAX, &v);

	if (r == 0 && v >= 0 && v <= 16) {
		f->stratum = v;
	} else if (r == 0) {
		ntpconf_fault(u, "fudge factor: stratum value not in [0..16], ignored");
	}
	return r;
}

/** Reads what fudge and the line of the clock can both say. Returns 1 for something else. */
static int read_fudge(struct ntpconf_cursor *u, struct settings_fudge *f)
{
	static const char *const flags[] = {"flag1", "flag2", "flag3", "flag4"};
	const char *text;

	for (int i = 0; i < 4; i++) {
		if (ntpconf_take(u, flags[i])) {
			return read_flag(u, i + 1, f);
		}
	}
	if (ntpconf_take(u, "time1")) {
		return ntpconf_take_real(u, &f->time1);
	}
	if (ntpconf_take(u, "time2")) {
		return ntpconf_take_real(u, &f->time2);
	}
	if (ntpconf_take(u, "stratum")) {
		return read_stratum(u, f);
	}
	if (ntpconf_take(u, "refid")) {
		text = ntpconf_take_text(u);
		f->refid = text ? ntpconf_refid_of(text) : f->refid;
		return text ? 0 : -EINVAL;
	}
	return 1;
}

/** Reads the path of a device. */
static int read_path(struct ntpconf_cursor *u, char *ret, size_t room)
{
	const char *path = ntpconf_take_text(u);

	if (!path) {
		return -EINVAL;
	}
	if (text_copy(ret, room, path) < 0) {
		u->at--;
		return ntpconf_syntax(u);
	}
	return 0;
}

static int read_poll(struct ntpconf_cursor *u, int *ret)
{
	int v, r = ntpconf_take_int(u, INT32_MIN, UINT32_MAX, &v);

	if (r == 0) {
		*ret = v < 0 ? 0 : v > POLL_MAX ? POLL_MAX : v;
	}
	return r;
}

/** Reads what only the line of the clock can say. Returns 1 for something else. */
static int read_own(struct ntpconf_cursor *u, struct settings_refclock *k)
{
	/* These are for servers of the net; on clocks they change nothing. */
	static const char *const idle[] = {"iburst", "burst", NULL};
	int number;

	for (int i = 0; idle[i]; i++) {
		if (ntpconf_take(u, idle[i])) {
			return 0;
		}
	}
	if (ntpconf_take(u, "prefer")) {
		k->select |= SELECT_PREFER;
	} else if (ntpconf_take(u, "noselect")) {
		k->select |= SELECT_NOSELECT;
	} else if (ntpconf_take(u, "true")) {
		k->select |= SELECT_TRUST;
	} else if (ntpconf_take(u, "minpoll")) {
		return read_poll(u, &k->poll);
	} else if (ntpconf_take(u, "maxpoll")) {
		return read_poll(u, &number);
	} else if (ntpconf_take(u, "mode") || ntpconf_take(u, "subtype")) {
		return ntpconf_take_int(u, 0, UINT32_MAX, &k->fudge.mode);
	} else if (ntpconf_take(u, "baud")) {
		return ntpconf_take_int(u, 0, INT32_MAX, &k->fudge.baud);
	} else if (ntpconf_take(u, "version")) {
		return ntpconf_take_int(u, 0, 254, &number);
	} else if (ntpconf_take(u, "bias")) {
		return ntpconf_take_real(u, &k->fudge.bias);
	} else if (ntpconf_take(u, "path")) {
		return read_path(u, k->fudge.path, sizeof(k->fudge.path));
	} else if (ntpconf_take(u, "ppspath")) {
		return read_path(u, k->fudge.ppspath, sizeof(k->fudge.ppspath));
	} else {
		return 1;
	}
	return 0;
}

struct settings_refclock *ntpconf_find_clock(struct settings *s, int type, int unit)
{
	for (size_t i = 0; i < s->n_refclocks; i++) {
		if (s->refclocks[i].fudge.type == type && s->refclocks[i].fudge.unit == unit) {
			return &s->refclocks[i];
		}
	}
	return NULL;
}

int ntpconf_add_clock(struct ntpconf_cursor *u, int type, int unit)
{
	const struct driver *d = find_type(type);
	struct settings_refclock k = settings_refclock_default();

	k.poll = POLL;
	k.optional = true; /* what cannot be had does not end the daemon */
	k.fudge.type = type;
	k.fudge.unit = unit;
	while (ntpconf_peek(u)) {
		int r = read_own(u, &k);

		if (r == 1) {
			r = read_fudge(u, &k.fudge);
		}
		if (r == 1) {
			r = ntpconf_syntax(u);
		}
		if (r < 0) {
			return r;
		}
	}
	if (!d || !d->engine) {
		log_error(u->c->log, "REFCLOCK: refclock_newpeer: clock type %d invalid%s%s%s",
			type, d ? " (" : "", d ? d->name : "", d ? " is not in this program)" : "");
		u->c->errors++;
		return 0;
	}
	if (ntpconf_find_clock(u->c->settings, type, unit)) {
		log_warning(u->c->log, "CONFIG: configpeers: Ignoring duplicate '%s(%d)'", d->name,
			unit);
		return 0;
	}
	k.fudge.name = d->name;
	if (k.fudge.refid == 0) {
		k.fudge.refid = ntpconf_refid_of(d->refid);
	}
	text_copy(k.driver, sizeof(k.driver), d->engine);
	return settings_add_refclock(u->c->settings, &k);
}

int ntpconf_refclock(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	const char *name = ntpconf_take_text(&u);
	int type, unit = 0;

	if (!name) {
		return 0;
	}
	type = ntpconf_driver_type(name);
	if (type == 0) {
		text_add(c->why, "CONFIG: Unknown driver name %s", name);
		return -ERANGE;
	}
	if (ntpconf_take(&u, "unit")) {
		int r = ntpconf_take_int(&u, 0, 255, &unit);

		if (r < 0) {
			return ntpconf_go_on(r);
		}
	}
	return ntpconf_go_on(ntpconf_add_clock(&u, type, unit));
}

/** The clock that a line names by its address, or NULL after a message. */
static struct settings_refclock *named_clock(struct ntpconf_cursor *u)
{
	const char *name = ntpconf_take_text(u);
	struct settings_refclock *k;
	int type, unit;

	if (!name) {
		return NULL;
	}
	if (ntpconf_clock_address(name, &type, &unit) < 0) {
		log_error(u->c->log,
			"CONFIG: inappropriate address %s for the %s command, line ignored", name,
			u->s->rule->word);
		u->c->errors++;
		return NULL;
	}
	k = ntpconf_find_clock(u->c->settings, type, unit);
	if (!k) {
		ntpconf_note(u->c, u->s, "there is no clock %s to %s", name, u->s->rule->word);
	}
	return k;
}

int ntpconf_fudge(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings_refclock *k = named_clock(&u);
	struct settings_fudge f = k ? k->fudge : settings_refclock_default().fudge;

	if (!ntpconf_peek(&u)) {
		ntpconf_syntax(&u);
	}
	while (ntpconf_peek(&u)) {
		int r = read_fudge(&u, &f);

		if (r == 1) {
			r = ntpconf_syntax(&u);
		}
		if (r < 0) {
			return ntpconf_go_on(r);
		}
	}
	if (k) {
		k->fudge = f;
	}
	return 0;
}

/** `device 127.127.T.U [timedata PATH] [ppsdata PATH]` of ntp 4.2.8. */
int ntpconf_device(struct ntpconf *c, const struct ntpconf_statement *s)
{
	struct ntpconf_cursor u = {.c = c, .s = s, .at = 1};
	struct settings_refclock *k = named_clock(&u);
	int r = 0;

	while (k && r == 0 && ntpconf_peek(&u)) {
		if (ntpconf_take(&u, "timedata")) {
			r = read_path(&u, k->fudge.path, sizeof(k->fudge.path));
		} else if (ntpconf_take(&u, "ppsdata")) {
			r = read_path(&u, k->fudge.ppspath, sizeof(k->fudge.ppspath));
		} else {
			r = ntpconf_syntax(&u);
		}
	}
	return ntpconf_go_on(r);
}
