/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns, letters and words as ntpq has them. */
#define _GNU_SOURCE
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"
#include "common/instant.h"
#include "common/status_words.h"
#include "common/text.h"

/* Width of lines of variables. */
#define COLUMNS 79

/* Columns of remote and refid. */
#define NAME 15

static void line(struct printer *p, int length)
{
	for (int i = 0; i < length; i++)
		fputc('=', p->out);
	fputc('\n', p->out);
}

/* "2026-11-23T09:34:18.937Z" of an NTP timestamp. */
static void date(uint64_t stamp, char *ret, size_t room)
{
	instant_format_rfc3339(
		instant_from_ntp(stamp, (int64_t)time(NULL) * INSTANT_S), 3, ret, room);
}

void layout_ntpq_peers_head(struct printer *p)
{
	fputs("     remote           refid      st t when poll reach   delay   offset   jitter\n",
		p->out);
	line(p, 79);
}

void layout_ntpq_remote(const char *text, char *ret, size_t room)
{
	ntpq_value(text, "srcadr", ret, room);
	if (strcmp(ret, "0.0.0.0") == 0 || strcmp(ret, "::") == 0 ||
		strncmp(ret, "127.127.", 8) == 0)
		ntpq_value(text, "srchost", ret, room);
}

static char kind_of(const char *text)
{
	char host[256], refid[32], cookies[16];

	switch (ntpq_integer(text, "hmode", 8)) {
	case 1:
		return 's';
	case 2:
		return 'S';
	case 5:
		return 'B';
	case 6:
	case 7:
		return 'b';
	default:
		break;
	}
	ntpq_value(text, "srchost", host, sizeof(host));
	ntpq_value(text, "refid", refid, sizeof(refid));
	if (strchr(host, '('))
		return 'l';
	if (strcmp(refid, "POOL") == 0)
		return 'p';
	if (ntpq_value(text, "ntscookies", cookies, sizeof(cookies)) && cookies[0] != '-')
		return cookies[0];
	return 'u';
}

/* Seconds in four columns. */
static void span(long long s, char ret[8])
{
	if (s <= 0)
		snprintf(ret, 8, "-");
	else if (s <= 2048)
		snprintf(ret, 8, "%d", (int)s);
	else if (s <= 300 * 60)
		snprintf(ret, 8, "%dm", (int)((s + 59) / 60));
	else if (s <= 96 * 3600)
		snprintf(ret, 8, "%dh", (int)((s + 3599) / 3600));
	else
		snprintf(ret, 8, "%dd", (int)(s / 86400 % 10000));
}

static void since(const char *text, char ret[8])
{
	char value[64];
	uint64_t rec = 0;
	struct timespec now;

	if (ntpq_value(text, "rec", value, sizeof(value)))
		rec = ntpq_stamp(value);
	clock_gettime(CLOCK_REALTIME, &now);
	span(rec == 0 ? 0
		      : instant_ntp_diff(
				instant_to_ntp(instant_from_s(now.tv_sec, now.tv_nsec)), rec) /
				INSTANT_S,
		ret);
}

static void refid_of(const char *text, char *ret, size_t room)
{
	char refid[64];
	size_t n;

	ntpq_value(text, "refid", refid, sizeof(refid));
	n = strlen(refid);
	if (!strpbrk(refid, ".:"))
		snprintf(ret, room, ".%s.", refid);
	else if (n > NAME)
		snprintf(ret, room, "-%s", refid + n - (NAME - 1));
	else
		snprintf(ret, room, "%s", refid);
}

void layout_ntpq_peer(struct printer *p, unsigned status, const char *remote, const char *text)
{
	static const char tallies[] = " x.-+#*o";
	int ours = ntpq_integer(text, "hpoll", 30), theirs = ntpq_integer(text, "ppoll", 30);
	char refid[80], when[8], poll[8];
	int width = NAME + (p->wide ? PRINT_WIDER : 0);

	refid_of(text, refid, sizeof(refid));
	since(text, when);
	span(1LL << (ours < theirs ? ours : theirs), poll);
	fprintf(p->out, "%c%-*.*s %-15s %2d %c %4s %4s %4o %8.4f %8.4f %8.4f\n",
		tallies[status >> 8 & 7], width, width, remote, refid,
		ntpq_integer(text, "stratum", 99), kind_of(text), when, poll,
		(unsigned)ntpq_integer(text, "reach", 0xff), ntpq_number(text, "delay"),
		ntpq_number(text, "offset"), ntpq_number(text, "jitter"));
}

void layout_ntpq_associations_head(struct printer *p)
{
	fputs("\nind assid status  conf reach auth condition  last_event cnt\n", p->out);
	line(p, 59);
}

void layout_ntpq_association(struct printer *p, size_t i, unsigned id, unsigned status)
{
	const char *auth = !(status & 0x4000) ? "none" : status & 0x2000 ? "ok " : "bad";

	fprintf(p->out, "%3zu %5u  %04x %5s %5s %5s %9s %11s %2u\n", i, id, status,
		status & 0x8000 ? "yes" : "no", status & 0x1000 ? "yes" : "no", auth,
		status_selection_name(status >> 8 & 7), status_peer_event_name(status & 0xf),
		status >> 4 & 0xf);
}

static void put_events(struct text *t, unsigned status)
{
	unsigned count = status >> 4 & 0xf;

	if (count == 0)
		text_add(t, "no events");
	else
		text_add(t, "%u event%s", count, count == 1 ? "" : "s");
}

static void status_line(struct printer *p, unsigned id, unsigned status)
{
	static const char *const leaps[] = {"none", "add_sec", "del_sec", "alarm"};
	static const struct {
		unsigned bit;
		const char *word;
	} bits[] = {{0x8000, "conf"}, {0x4000, "authenb"}, {0x2000, "auth"}, {0x1000, "reach"},
		{0x0800, "bcast"}};
	char buffer[256];
	struct text t = text_on(buffer, sizeof(buffer));

	text_add(&t, "associd=%u status=%04x ", id, status);
	if (id == 0) {
		text_add(&t, "leap_%s, sync_%s, ", leaps[status >> 14 & 3],
			status_clock_name(status >> 8 & 0x3f));
		put_events(&t, status);
		text_add(&t, ", %s,", status_event_name(status & 0xf));
	} else {
		for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
			if (status & bits[i].bit)
				text_add(&t, "%s, ", bits[i].word);
		text_add(&t, "sel_%s, ", status_selection_name(status >> 8 & 7));
		put_events(&t, status);
		text_add(&t, ", %s,", status_peer_event_name(status & 0xf));
	}
	fprintf(p->out, "%s\n", buffer);
}

/* The tests that a packet or its source failed. */
static void cook_flash(const char *value, char *ret, size_t room)
{
	static const char *const words[] = {"pkt_dup", "pkt_bogus", "pkt_unsync", "pkt_denied",
		"pkt_auth", "pkt_stratum", "pkt_header", "pkt_autokey", "pkt_crypto",
		"peer_stratum", "peer_dist", "peer_loop", "peer_unreach"};
	unsigned long flash = strtoul(value, NULL, 16);
	struct text t = text_on(ret, room);

	text_add(&t, "flash=%02lx%s", flash, flash == 0 ? " ok" : "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (flash >> i & 1)
			text_add(&t, " %s", words[i]);
}

/* "filtdelay= 0.10 0.13": values of the last samples. */
static bool is_register(const char *name)
{
	return strncmp(name, "filt", 4) == 0;
}

static void cook_register(const char *name, const char *value, char *ret, size_t room)
{
	snprintf(ret, room, "%10s =%s", name, value);
	for (char *p = ret + 10; (p = strchr(p + 2, ' ')) != NULL;)
		*p = '\t';
}

/* A variable as people read it. */
static void cook(const char *name, const char *value, char *ret, size_t room)
{
	uint64_t stamp;
	char when[INSTANT_TEXT];

	if (strcmp(name, "leap") == 0 && value[0] >= '0' && value[0] <= '3') {
		snprintf(ret, room, "%s=%d%d", name, (value[0] - '0') >> 1, (value[0] - '0') & 1);
	} else if (strcmp(name, "reach") == 0) {
		snprintf(ret, room, "%s=%03lo", name, strtoul(value, NULL, 16) & 0777);
	} else if (strcmp(name, "flash") == 0) {
		cook_flash(value, ret, room);
	} else if (is_register(name)) {
		cook_register(name, value, ret, room);
	} else if (strncmp(value, "0x", 2) == 0 && strchr(value, '.')) {
		stamp = ntpq_stamp(value);
		date(stamp, when, sizeof(when));
		snprintf(ret, room, "%s=%08lx.%08lx %s", name, (unsigned long)(stamp >> 32),
			(unsigned long)(stamp & UINT32_MAX), when);
	} else {
		snprintf(ret, room, "%s=%s", name, value);
	}
}

void layout_ntpq_variables(
	struct printer *p, unsigned id, unsigned status, bool with_status, const char *text)
{
	char name[64], value[1024], item[1200];
	size_t column = 0;

	if (with_status)
		status_line(p, id, status);
	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value))) {
		size_t n;

		if (name[0] == '\0')
			continue;
		cook(name, value, item, sizeof(item));
		n = strlen(item);
		if (column > 0 && (column + 2 + n >= COLUMNS || is_register(name))) {
			fputs(",\n", p->out);
			column = 0;
		} else if (column > 0) {
			fputs(", ", p->out);
			column += 2;
		}
		fputs(item, p->out);
		column += n;
	}
	fputc('\n', p->out);
}

void layout_ntpq_sysinfo(struct printer *p, unsigned status, const char *text)
{
	static const char *const modes[] = {"unspec", "sym_active", "sym_passive", "client",
		"server", "broadcast", "control", "private", "bclient"};
	static const struct {
		const char *label, *name;
	} rows[] = {{"system peer:", "peeradr"}, {"system peer mode:", "peermode"},
		{"leap indicator:", "leap"}, {"stratum:", "stratum"},
		{"log2 precision:", "precision"}, {"root delay:", "rootdelay"},
		{"root dispersion:", "rootdisp"}, {"root distance", "rootdist"},
		{"reference ID:", "refid"}, {"reference time:", "reftime"},
		{"system jitter:", "sys_jitter"}, {"clock jitter:", "clk_jitter"},
		{"clock wander:", "clk_wander"}, {"symm. auth. delay:", "authdelay"}};

	status_line(p, 0, status);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[128], item[256];
		int mode;

		ntpq_value(text, rows[i].name, value, sizeof(value));
		cook(rows[i].name, value, item, sizeof(item));
		if (strcmp(rows[i].name, "peermode") == 0) {
			mode = ntpq_integer(text, "peermode", 9);
			fprintf(p->out, "%-18s  %s\n", rows[i].label, modes[mode < 9 ? mode : 0]);
		} else {
			fprintf(p->out, "%-18s %13s\n", rows[i].label, strchr(item, '=') + 1);
		}
	}
}

void layout_ntpq_ntsinfo(struct printer *p, const char *text)
{
	static const struct {
		const char *label, *name;
	} rows[] = {{"client sends:", "nts_client_send"},
		{"client recvs good:", "nts_client_recv_good"},
		{"client recvs w error:", "nts_client_recv_bad"},
		{"server recvs good:", "nts_server_recv_good"},
		{"server recvs w error:", "nts_server_recv_bad"},
		{"server sends:", "nts_server_send"}, {"make cookies:", "nts_cookie_make"},
		{"decode cookies:", "nts_cookie_decode"},
		{"decode cookies old:", "nts_cookie_decode_old"},
		{"decode cookies old2:", "nts_cookie_decode_old2"},
		{"decode cookies older:", "nts_cookie_decode_older"},
		{"decode cookies too old:", "nts_cookie_decode_too_old"},
		{"decode cookies error:", "nts_cookie_decode_error"},
		{"KE client probes good:", "nts_ke_probes_good"},
		{"KE client probes bad:", "nts_ke_probes_bad"},
		{"KE serves good:", "nts_ke_serves_good"}, {"KE serves bad:", "nts_ke_serves_bad"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char value[32];

		ntpq_value(text, rows[i].name, value, sizeof(value));
		fprintf(p->out, "NTS %-23s %13s\n", rows[i].label, value);
	}
}

void layout_ntpq_client_take(struct layout_ntpq_client *c, const char *name, const char *value)
{
	double score;

	if (strncmp(name, "addr.", 5) == 0) {
		snprintf(c->address, sizeof(c->address), "%s", value);
	} else if (strncmp(name, "last.", 5) == 0) {
		c->last = ntpq_stamp(value);
	} else if (strncmp(name, "first.", 6) == 0) {
		c->first = ntpq_stamp(value);
	} else if (strncmp(name, "ct.", 3) == 0) {
		c->count = strtoull(value, NULL, 10);
	} else if (strncmp(name, "mv.", 3) == 0) {
		c->mode = (unsigned)strtoul(value, NULL, 10) & 7;
		c->version = (unsigned)strtoul(value, NULL, 10) >> 3 & 7;
	} else if (strncmp(name, "rs.", 3) == 0) {
		c->restricts = (unsigned)strtoul(value, NULL, 16);
	} else if (strncmp(name, "sc.", 3) == 0) {
		if (text_to_real(value, &score) == 0)
			c->score = score;
	} else if (strncmp(name, "dr.", 3) == 0) {
		c->drops = strtoull(value, NULL, 10);
	}
}

static int compare(const void *a, const void *b)
{
	const struct layout_ntpq_client *x = a, *y = b;

	return (x->last < y->last) - (x->last > y->last);
}

static void put_client(struct printer *p, const struct layout_ntpq_client *c, uint64_t now)
{
	double average = c->count > 1 ? (double)instant_ntp_diff(c->last, c->first) / 1e9 /
						(double)(c->count - 1)
				      : 0;
	const char *colon = strrchr(c->address, ':');
	char address[128], interval[24];
	struct text t = text_on(address, sizeof(address));

	if (colon && c->address[0] == '[')
		text_add(&t, "%.*s", (int)(colon - c->address - 2), c->address + 1);
	else
		text_add(&t, "%.*s", (int)(colon ? colon - c->address : 0), c->address);
	snprintf(
		interval, sizeof(interval), average > 0 && average <= 5 ? "%.3f" : "%.0f", average);
	fprintf(p->out, "%7lld %6s %4x %c %u %u %6llu %8.3f %6llu %5s %s\n",
		(long long)(instant_ntp_diff(now, c->last) / INSTANT_S), interval, c->restricts,
		c->restricts & 0x400  ? 'K'
		: c->restricts & 0x20 ? 'L'
				      : '.',
		c->mode, c->version, c->count, c->score, c->drops, colon ? colon + 1 : "", address);
}

void layout_ntpq_mrulist(
	struct printer *p, struct layout_ntpq_client *clients, size_t n, uint64_t now)
{
	fputs(" lstint avgint rstr r m v  count    score   drop rport remote address\n", p->out);
	line(p, 69);
	if (n > 0)
		qsort(clients, n, sizeof(*clients), compare);
	for (size_t i = 0; i < n; i++)
		put_client(p, &clients[i], now);
	fprintf(p->out, "# Collected %zu slots\n", n);
}
